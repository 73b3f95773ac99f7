//! What the back end decides for each layer: reuse factor, strategy.

use super::Outcome;
use super::reuse_factor::{closest, divisors, valid_reuse_factors};
use crate::build::{PARALLELIZATION, warn_of_replaced_factor};
use crate::config::{Lookup, Recognised, Strategy};
use crate::error::ConvertError;
use crate::graph::{Draft, NamedType, NodeId, Op, TypeRole};
use crate::precision::{Precision, PrecisionSpec};
use crate::target::IoType;

/// Clock cycles that hls4ml estimates for moving data, per output.
const SHUFFLE_CYCLES: u64 = 6;

/// Takes reuse factor and target cycles from the configuration.
pub(super) fn init_base_layer(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let (reuse_factor, target_cycles) =
        (lookup.reuse_factor(graph.scope(id))?, lookup.target_cycles(graph.scope(id)));
    let node = graph.node_mut(id);
    node.reuse_factor = reuse_factor;
    node.target_cycles = target_cycles;
    Ok(Outcome::Continue)
}

/// Chooses the strategy of a Dense layer and snaps its reuse factor.
pub(super) fn init_dense(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    if !matches!(graph.node(id).op, Op::Dense(_)) {
        return Ok(Outcome::Continue);
    }
    let strategy = init_product(graph, id, lookup)?;
    let node = graph.node_mut(id);
    if let Op::Dense(dense) = &mut node.op {
        dense.strategy = strategy;
    }
    let index = NamedType::new(format!("layer{}_index", node.index), Precision::uint(1).into());
    node.set_ty(TypeRole::Index, index);
    Ok(Outcome::Continue)
}

/// Chooses the strategy of a contraction with weights, which shares no multipliers.
pub(super) fn init_einsum_dense(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    if !matches!(graph.node(id).op, Op::EinsumDense(_)) {
        return Ok(Outcome::Continue);
    }
    let strategy = match known_strategy(graph, id, lookup) {
        Strategy::DistributedArithmetic => {
            check_distributed_arithmetic(graph, id, lookup)?;
            Strategy::DistributedArithmetic
        }
        Strategy::Latency => Strategy::Latency,
        Strategy::Resource | Strategy::ResourceUnrolled => {
            let name = graph.node(id).name.clone();
            graph.warn(
                &name,
                "an EinsumDense has the strategies Latency and DistributedArithmetic alone; using Latency",
            );
            Strategy::Latency
        }
    };
    if let Op::EinsumDense(op) = &mut graph.node_mut(id).op {
        op.strategy = strategy;
    }
    Ok(Outcome::Continue)
}

/// Chooses the strategy of a convolution, snaps its reuse factor, and divides its pixels into partitions.
pub(super) fn init_conv(graph: &mut Draft, id: NodeId, lookup: &mut Lookup) -> Result<Outcome, ConvertError> {
    let Op::Conv(conv) = graph.node(id).op.clone() else { return Ok(Outcome::Continue) };
    let strategy = init_product(graph, id, lookup)?;
    let asked = lookup.natural_setting(graph.scope(id), PARALLELIZATION)?;
    if lookup.is_hidden(graph.scope(id), PARALLELIZATION) {
        let name = graph.node(id).name.clone();
        let message = "Model.ParallelizationFactor does not reach this layer, because the configuration has an entry for the \
                       layer that leaves it out; set it there";
        graph.warn(&name, message);
    }
    let asked = asked.unwrap_or(conv.parallelization_factor);
    warn_of_replaced_factor(graph, id, conv.parallelization_factor, asked);
    let pixels = conv.output_pixels() as u64;
    let valid = divisors(pixels);
    let factor = closest(&valid, asked as f64);
    if factor != asked {
        let name = graph.node(id).name.clone();
        let list: Vec<_> = valid.iter().map(u64::to_string).collect();
        graph.warn(
            &name,
            format!(
                "ParallelizationFactor {asked} does not divide the {pixels} output pixels; using {factor}. Valid ones are {}",
                list.join(", ")
            ),
        );
    }
    let mut partitions = pixels / factor;
    let mut strategy = strategy;
    if graph.node(id).op.is_depthwise() {
        // hls4ml asks once more, in its own way: an entry that says nothing means 1, and it knows two strategies only.
        let asked = lookup.natural_setting(graph.scope(id), PARALLELIZATION)?.unwrap_or(1);
        partitions = pixels / closest(&valid, asked as f64);
        if lookup.strategy(graph.scope(id)).0 == Strategy::ResourceUnrolled {
            strategy = Strategy::Latency;
        }
    }
    if let Op::Conv(conv) = &mut graph.node_mut(id).op {
        conv.strategy = strategy;
        conv.parallelization_factor = factor;
        conv.n_partitions = usize::try_from(partitions).unwrap_or(usize::MAX);
    }
    Ok(Outcome::Continue)
}

/// Chooses how a matrix product shares multipliers, and snaps the reuse factor to one that this strategy can have.
fn init_product(graph: &mut Draft, id: NodeId, lookup: &Lookup) -> Result<Strategy, ConvertError> {
    let node = graph.node(id);
    let Some(matrix) = node.op.matrix() else { return Ok(Strategy::default()) };
    let (name, is_conv) = (node.name.clone(), matches!(node.op, Op::Conv(_)));
    let asked = known_strategy(graph, id, lookup);
    if asked == Strategy::DistributedArithmetic {
        check_distributed_arithmetic(graph, id, lookup)?;
        return Ok(asked);
    }
    let obstacle = match asked {
        Strategy::ResourceUnrolled if graph.node(id).reuse_factor == 1 => Some("reuse factor 1"),
        Strategy::ResourceUnrolled if is_conv && graph.target.io_type() == IoType::Parallel => {
            Some("a convolution with io_parallel")
        }
        Strategy::Latency
        | Strategy::Resource
        | Strategy::ResourceUnrolled
        | Strategy::DistributedArithmetic => None,
    };
    if let Some(obstacle) = obstacle {
        graph.warn(&name, format!("ResourceUnrolled cannot be combined with {obstacle}; using Resource"));
    }
    let strategy = if obstacle.is_some() { Strategy::Resource } else { asked };
    if strategy != Strategy::Latency {
        let mut valid = valid_reuse_factors(matrix.n_in, matrix.n_out);
        if strategy == Strategy::ResourceUnrolled && valid.len() > 1 {
            valid.pop();
        }
        snap(graph, id, &name, matrix.uses as u64, &valid);
    }
    Ok(strategy)
}

/// Sums of shifted inputs share no hardware over time, and need inputs whose bits are a binary number.
fn check_distributed_arithmetic(graph: &mut Draft, id: NodeId, lookup: &Lookup) -> Result<(), ConvertError> {
    let (node, scope) = (graph.node(id), graph.scope(id));
    let input = graph.input_of(id).and_then(|tensor| tensor.ty.precision.known());
    let reason = match input {
        _ if node.reuse_factor != 1 => Some(format!(
            "the strategy DistributedArithmetic uses every sum in every cycle, so it needs ReuseFactor 1, and the layer has {}; set \
             LayerName.{}.ReuseFactor to 1 or use Resource",
            node.reuse_factor, node.config_name
        )),
        Some(Precision::Xnor | Precision::Exponent { .. }) => Some(format!(
            "the strategy DistributedArithmetic needs inputs of a fixed-point type, and these are {}; use Latency",
            input.map_or_else(String::new, |ty| ty.cpp())
        )),
        Some(Precision::Fixed(_) | Precision::Integer { .. }) | None => None,
    };
    if let Some(reason) = reason {
        let (layer, class) = (node.name.clone(), node.op.class_name().to_owned());
        return Err(ConvertError::Unsupported { layer, class, reason });
    }
    if lookup.names_precision(scope, "accum") && lookup.precision(scope, "accum").0 != PrecisionSpec::Auto {
        let name = node.name.clone();
        let message = "Precision.accum has no effect with the strategy DistributedArithmetic, whose sums are exact until they are \
                       cast to the result's type";
        graph.warn(&name, message);
    }
    Ok(())
}

/// The strategy that is asked for; for a word that is none, Latency.
pub(super) fn known_strategy(graph: &mut Draft, id: NodeId, lookup: &Lookup) -> Strategy {
    let (asked, recognised) = lookup.strategy(graph.scope(id));
    if let Recognised::No(word) = recognised {
        let name = graph.node(id).name.clone();
        graph.warn(
            &name,
            format!("Strategy \"{word}\" is unknown (Latency, Resource, ResourceUnrolled, DistributedArithmetic); using Latency"),
        );
    }
    asked
}

fn snap(graph: &mut Draft, id: NodeId, name: &str, uses: u64, valid: &[u64]) {
    let node = graph.node(id);
    let asked = match node.target_cycles {
        None => node.reuse_factor as f64,
        Some(cycles) if cycles < SHUFFLE_CYCLES * uses => {
            let minimum = SHUFFLE_CYCLES * uses + 1;
            let keep = node.reuse_factor as f64;
            graph.warn(
                name,
                format!(
                    "TargetCycles {cycles} cannot be reached; the minimum is {minimum}, so it is ignored"
                ),
            );
            keep
        }
        Some(cycles) => (cycles - SHUFFLE_CYCLES * uses) as f64 / uses as f64,
    };
    let chosen = closest(valid, asked);
    if chosen as f64 != asked {
        let list: Vec<_> = valid.iter().map(u64::to_string).collect();
        graph.warn(
            name,
            format!("ReuseFactor {asked} is not valid; using {chosen}. Valid ones are {}", list.join(", ")),
        );
    }
    graph.node_mut(id).reuse_factor = chosen;
}

/// Warns of an implementation of convolutions that Vitis does not have.
pub(super) fn validate_conv_implementation(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    if !matches!(graph.node(id).op, Op::Conv(_)) {
        return Ok(Outcome::Continue);
    }
    let asked = lookup.setting(graph.scope(id), "conv_implementation").and_then(|word| word.as_str());
    if let Some(word) = asked.filter(|word| !word.eq_ignore_ascii_case("LineBuffer")) {
        let (name, message) = (
            graph.node(id).name.clone(),
            format!("ConvImplementation \"{word}\" is not available with Vitis; using LineBuffer"),
        );
        graph.warn(&name, message);
    }
    Ok(Outcome::Continue)
}

/// Warns of a reuse factor for which old Vitis HLS versions build dividers.
pub(super) fn validate_resource_strategy(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    if let Some(matrix) = node.op.matrix() {
        let (rf, n_in) = (node.reuse_factor, matrix.n_in as u64);
        if matrix.strategy == Strategy::Resource && rf > n_in && n_in > 0 && rf % n_in > 0 {
            let name = node.name.clone();
            graph.warn(
                &name,
                "this reuse factor may be slow in Vitis HLS 2022.1 and older, which build dividers for it",
            );
        }
    }
    Ok(Outcome::Continue)
}
