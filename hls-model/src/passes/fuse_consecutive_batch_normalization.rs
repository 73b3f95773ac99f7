//! Two batch normalizations in a row become one.

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::{Draft, NodeId, Weight, WeightQuantizer, WeightRole, WeightSpec};
use crate::precision::PrecisionSpec;

/// Folds the normalization before a node into it, where the earlier one's result is still to be inferred and nothing
/// else reads it.
pub(super) fn fuse_consecutive_batch_normalization(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    if !graph.node(id).op.is_affine() {
        return Ok(Outcome::Continue);
    }
    let input = graph.node(id).inputs[0];
    let Some(previous) = graph.producer(input).filter(|&p| graph.node(p).op.is_affine()) else {
        return Ok(Outcome::Continue);
    };
    if graph.tensor(input).ty.precision != PrecisionSpec::Auto || !graph.has_one_reader(input) {
        return Ok(Outcome::Continue);
    }
    let Some((scale, bias)) = fused(graph, previous, id) else { return Ok(Outcome::Continue) };
    graph.set_weight(id, scale, lookup)?;
    graph.set_weight(id, bias, lookup)?;
    graph.remove(previous);
    Ok(Outcome::Restart)
}

fn fused(graph: &Draft, first: NodeId, second: NodeId) -> Option<(WeightSpec, WeightSpec)> {
    let weight = |id: NodeId, role| graph.node(id).weight(role);
    let (s0, b0) = (weight(first, WeightRole::Scale)?, weight(first, WeightRole::Bias)?);
    let (s1, b1) = (weight(second, WeightRole::Scale)?, weight(second, WeightRole::Bias)?);
    if !compatible(s0, s1, 1.0) || !compatible(b0, b1, 0.0) {
        return None;
    }
    let scale = s0.unquantized.zip(&s1.unquantized, |a, b| a * b)?;
    let bias = s1.unquantized.zip(&b0.unquantized, |s, b| s * b)?.zip(&b1.unquantized, |a, b| a + b)?;
    let new = |role, values, quantizer| WeightSpec::new(role, Some(values), quantizer);
    // hls4ml also checks whether the biases are all one (not zero).
    Some((new(WeightRole::Scale, scale, surviving(s0, s1)), new(WeightRole::Bias, bias, surviving(b0, b1))))
}

fn compatible(first: &Weight<PrecisionSpec>, second: &Weight<PrecisionSpec>, neutral: f64) -> bool {
    let one_free = first.quantizer.is_none() || second.quantizer.is_none();
    one_free || first.unquantized.all_equal(neutral) || second.unquantized.all_equal(neutral)
}

fn surviving(first: &Weight<PrecisionSpec>, second: &Weight<PrecisionSpec>) -> Option<WeightQuantizer> {
    if first.unquantized.all_equal(1.0) {
        second.quantizer.clone()
    } else if second.unquantized.all_equal(1.0) {
        first.quantizer.clone()
    } else {
        None
    }
}
