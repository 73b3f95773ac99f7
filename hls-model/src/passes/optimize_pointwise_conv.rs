//! A convolution with a filter of one pixel has a kernel of its own.

use super::Outcome;
use super::reuse_factor::valid_reuse_factors;
use crate::build::{PARALLELIZATION, flag};
use crate::config::{Lookup, Scope, Strategy};
use crate::error::ConvertError;
use crate::graph::op::{Conv, ConvFlavour};
use crate::graph::{Draft, NodeId, Op};

/// Makes a `PointwiseConv` of it. hls4ml makes a new layer with the old one's variables: it has the next index, and what the
/// configuration says about it once more replaces what was decided in the meantime, such as a reuse factor that was snapped
/// to a valid one.
pub(super) fn optimize_pointwise_conv(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let Op::Conv(conv) = &graph.node(id).op else { return Ok(Outcome::Continue) };
    // hls4ml leaves a Conv1D alone whose kernel is generated.
    let has_own_kernel = conv.strategy == Strategy::DistributedArithmetic && conv.height.is_none();
    if conv.flavour != ConvFlavour::Full || conv.kernel_size() != 1 || has_own_kernel {
        return Ok(Outcome::Continue);
    }
    let mut conv = Conv { flavour: ConvFlavour::Pointwise, ..conv.clone() };
    let class = Op::Conv(conv.clone()).class_name();
    let name = graph.node(id).config_name.clone();
    let scope = Scope { name: &name, class };
    if let Some(factor) = lookup.natural_attribute(scope, PARALLELIZATION)? {
        conv.parallelization_factor = factor;
    }
    let reuse_factor = lookup.natural_attribute(scope, "reuse_factor")?;
    let target_cycles = lookup.natural_attribute(scope, "target_cycles")?;
    let trace = flag(lookup, scope, "trace")?;
    let index = graph.take_index();
    let node = graph.node_mut(id);
    node.op = Op::Conv(conv);
    node.index = index;
    node.trace = trace.unwrap_or(node.trace);
    node.target_cycles = target_cycles.or(node.target_cycles);
    let snapped = node.reuse_factor;
    node.reuse_factor = reuse_factor.unwrap_or(snapped);
    if node.reuse_factor != snapped {
        warn_of_unsnapped(graph, id, snapped);
    }
    Ok(Outcome::Restart)
}

fn warn_of_unsnapped(graph: &mut Draft, id: NodeId, snapped: u64) {
    let node = graph.node(id);
    let Some(matrix) = node.op.matrix() else { return };
    let (name, asked) = (node.name.clone(), node.reuse_factor);
    let is_valid = matches!(matrix.strategy, Strategy::Latency | Strategy::DistributedArithmetic)
        || valid_reuse_factors(matrix.n_in, matrix.n_out).contains(&asked);
    let consequence = if is_valid { "" } else { "; hls4ml's own firmware fails with it" };
    graph.warn(
        &name,
        format!(
            "ReuseFactor {asked} is used as given rather than snapped to {snapped}, because hls4ml reads the configuration \
             again when it turns the layer into a pointwise convolution{consequence}"
        ),
    );
}
