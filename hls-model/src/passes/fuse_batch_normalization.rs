//! A batch normalization after a Dense layer or a convolution disappears into its weights.

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::{Draft, NodeId, Op, Values, Weight, WeightRole, WeightSpec};
use crate::precision::{Precision, PrecisionSpec};

/// Multiplies the scale into the weights of the layer before, and the bias into its bias, where that layer's result
/// is still to be inferred, nothing else reads it, and no two quantizers would have to become one.
pub(super) fn fuse_batch_normalization(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    if !graph.node(id).op.is_affine() {
        return Ok(Outcome::Continue);
    }
    let input = graph.node(id).inputs[0];
    let is_product = |&p: &NodeId| matches!(graph.node(p).op, Op::Dense(_) | Op::Conv(_));
    let Some(parent) = graph.producer(input).filter(is_product) else { return Ok(Outcome::Continue) };
    let single_use = graph.consumers(input).len() == 1 && graph.is_removable(id);
    if graph.tensor(input).ty.precision != PrecisionSpec::Auto || !single_use {
        return Ok(Outcome::Continue);
    }
    let Some(Fused { weight, bias }) = fused(graph, parent, id) else { return Ok(Outcome::Continue) };
    warn_of_mixed_channels(graph, parent, id, &weight);
    warn_of_changed_output(graph, parent, id);
    graph.set_weight(parent, weight, lookup)?;
    graph.set_weight(parent, bias, lookup)?;
    graph.remove(id);
    Ok(Outcome::Restart)
}

/// hls4ml multiplies the scales with the last axis of the weights, which in a depthwise convolution is not that of the channels:
/// each weight is multiplied by every channel's scale, and the firmware uses the first of all these products.
fn warn_of_mixed_channels(graph: &mut Draft, parent: NodeId, norm: NodeId, fused: &WeightSpec) {
    let node = graph.node(parent);
    let before = node.weight(WeightRole::Weight).map(|w| w.values.data.len());
    let after = fused.values.as_ref().map(|v| v.data.len());
    if node.op.is_depthwise() && before != after {
        let (name, norm) = (node.name.clone(), graph.node(norm).name.clone());
        graph.warn(
            &name,
            format!(
                "hls4ml mixes up channels when it fuses the batch normalization \"{norm}\" into this depthwise convolution, so the \
                 outputs are not the model's; set LayerName.{name}.Precision.result to a type to keep the layers apart"
            ),
        );
    }
}

/// hls4ml does not count the model's outputs among the readers of a layer.
fn warn_of_changed_output(graph: &mut Draft, parent: NodeId, norm: NodeId) {
    let node = graph.node(parent);
    if graph.outputs.contains(&node.outputs[0]) {
        let (name, norm) = (node.name.clone(), graph.node(norm).name.clone());
        graph.warn(
            &name,
            format!(
                "hls4ml fuses the scale \"{norm}\" that follows into this layer although it is an output of the model, so that \
                 output is not the model's; set LayerName.{name}.Precision.result to a type to keep the layers apart"
            ),
        );
    }
}

struct Fused {
    weight: WeightSpec,
    bias: WeightSpec,
}

fn fused(graph: &Draft, dense: NodeId, norm: NodeId) -> Option<Fused> {
    let (dense, norm) = (graph.node(dense), graph.node(norm));
    let (w, b) = (dense.weight(WeightRole::Weight)?, dense.weight(WeightRole::Bias)?);
    let (scale, shift) = (norm.weight(WeightRole::Scale)?, norm.weight(WeightRole::Bias)?);
    let plain = |weight: &&Weight<PrecisionSpec>| {
        !matches!(weight.ty.precision, PrecisionSpec::Is(Precision::Xnor | Precision::Exponent { .. }))
    };
    if ![w, b, scale, shift].iter().all(plain) || !compatible(w, scale, 1.0) || !compatible(b, shift, 0.0) {
        return None;
    }
    let weight = scale.values.zip(&w.values, |s, w| s * w)?;
    let bias = scale.values.zip(&b.values, |s, b| s * b)?.zip(&shift.values, |b, t| b + t)?;
    let new = |role, values: Values, first: &Weight<_>, second: &Weight<_>| {
        let quantizer = first.seen_quantizer.clone().or_else(|| second.seen_quantizer.clone());
        WeightSpec::new(role, Some(values), quantizer)
    };
    Some(Fused {
        weight: new(WeightRole::Weight, weight, scale, w),
        bias: new(WeightRole::Bias, bias, shift, b),
    })
}

/// Whether two arrays may become one: neither has a quantizer, or one of them is neutral and has none.
fn compatible(first: &Weight<PrecisionSpec>, second: &Weight<PrecisionSpec>, neutral: f64) -> bool {
    let free = |w: &Weight<_>| w.seen_quantizer.is_none();
    let idle = |w: &Weight<PrecisionSpec>| free(w) && w.unquantized.all_equal(neutral);
    (free(first) && free(second)) || idle(first) || idle(second)
}
