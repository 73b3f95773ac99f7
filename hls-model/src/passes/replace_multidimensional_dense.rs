//! A Dense over several axes is a convolution with a filter of one pixel.

use super::Outcome;
use crate::build::{NewNode, PARALLELIZATION, flag, warn_of_replaced_factor};
use crate::config::{Lookup, Scope};
use crate::error::ConvertError;
use crate::graph::op::{Conv, ConvFlavour, Dense, WindowAxis};
use crate::graph::{
    Draft, Node, NodeId, Op, Presence, Values, Weight, WeightQuantizer, WeightRole, WeightSpec,
};
use crate::precision::PrecisionSpec;

/// Makes the convolution again from the arrays of the file: quantizers of the Dense, and scales that were taken out of its
/// weights, are lost; the configuration is asked again, about a `Conv1D` or `Conv2D`.
pub(super) fn replace_multidimensional_dense_with_conv(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    let Op::Dense(dense) = &node.op else { return Ok(Outcome::Continue) };
    let (height, width) = match *graph.tensor(node.inputs[0]).shape {
        [] | [_] => return Ok(Outcome::Continue),
        [width, _] => (None, width),
        [height, width, _] => (Some(height), width),
        ref axes => {
            return Err(ConvertError::Unsupported {
                layer: node.name.clone(),
                class: "Dense".into(),
                reason: format!("its input has the {} axes {axes:?}; at most 3 are possible", axes.len()),
            });
        }
    };
    let mut conv = Conv {
        flavour: ConvFlavour::Full,
        height: height.map(WindowAxis::pointwise),
        width: WindowAxis::pointwise(width),
        n_chan: dense.n_in,
        n_filt: dense.n_out,
        strategy: dense.strategy,
        parallelization_factor: 1,
        n_partitions: 1,
        transposed: false,
        input_quantizer: None,
    };
    let weights = file_weights(node, dense, conv.axes().count())?;
    let class = Op::Conv(conv.clone()).class_name();
    let (asked, scope) = (graph.scope(id), Scope { name: &node.config_name, class });
    let factor = lookup.natural_attribute(scope, PARALLELIZATION)?;
    conv.parallelization_factor = match factor {
        Some(factor) => factor,
        None => {
            let asked = lookup.natural_attribute(asked, PARALLELIZATION)?;
            asked.or(dense.parallelization_factor).unwrap_or(1)
        }
    };
    let (of_model, used) = (dense.parallelization_factor.unwrap_or(1), conv.parallelization_factor);
    let new = NewNode {
        name: node.name.clone(),
        config_name: node.config_name.clone(),
        source_class: None,
        op: Op::Conv(conv),
        inputs: node.inputs.clone(),
        shape: graph.output_of(id).shape.clone(),
        weights,
        result: None,
        trace: flag(lookup, scope, "trace")?.unwrap_or(false),
        activation_quantizer: None,
    };
    warn_of_hidden_class(graph, id, class, lookup);
    let conv = graph.make_node(new, lookup)?;
    warn_of_replaced_factor(graph, conv, of_model, used);
    warn_of_lost_quantizers(graph, id, conv);
    graph.replace(id, conv);
    Ok(Outcome::Restart)
}

/// The arrays as the file has them, the kernel with an axis of one pixel for each axis of the filter.
fn file_weights(
    node: &Node<PrecisionSpec>,
    dense: &Dense,
    axes: usize,
) -> Result<Vec<WeightSpec>, ConvertError> {
    let plain = |role, values| WeightSpec::new(role, values, None);
    let missing = |array| ConvertError::MissingWeight { layer: node.name.clone(), array };
    let kernel = node.weight(WeightRole::Weight).ok_or_else(|| missing("kernel"))?;
    let bias = node.weight(WeightRole::Bias).ok_or_else(|| missing("bias"))?;
    let shape: Vec<usize> = std::iter::repeat_n(1, axes).chain([dense.n_in, dense.n_out]).collect();
    let kernel: Values = kernel.unquantized.reshaped(&shape).ok_or_else(|| missing("kernel"))?;
    let bias = (bias.presence == Presence::Given).then(|| bias.unquantized.clone());
    Ok(vec![plain(WeightRole::Weight, Some(kernel)), plain(WeightRole::Bias, bias)])
}

/// Settings for all Dense layers do not reach this one.
fn warn_of_hidden_class(graph: &mut Draft, id: NodeId, class: &'static str, lookup: &Lookup) {
    let dense = graph.scope(id);
    let conv = Scope { class, ..dense };
    let reuse_factor = |scope| lookup.reuse_factor(scope).ok();
    let precisions = |scope| {
        graph.node(id).op.read_precisions().iter().map(|v| lookup.precision(scope, v).0).collect::<Vec<_>>()
    };
    let differs = lookup.strategy(dense) != lookup.strategy(conv)
        || reuse_factor(dense) != reuse_factor(conv)
        || precisions(dense) != precisions(conv);
    if differs {
        let name = graph.node(id).name.clone();
        graph.warn(
            &name,
            format!(
                "LayerType.Dense does not reach this layer: its input has several axes, so hls4ml turns it into a {class} and \
                 looks it up as such; write its settings under LayerName.{name}"
            ),
        );
    }
}

/// Quantizers that change the arrays and are gone now.
fn warn_of_lost_quantizers(graph: &mut Draft, dense: NodeId, conv: NodeId) {
    let output = graph.node(dense).outputs[0];
    let is_scaled = graph.consumers(output).iter().any(|&c| matches!(graph.node(c).op, Op::ApplyAlpha(_)));
    let changes = |weight: &&Weight<PrecisionSpec>| {
        let values = |q: &WeightQuantizer| q.apply(&weight.unquantized).map(|values| values.data).ok();
        let quantizer = weight.quantizer.as_ref();
        quantizer.is_some_and(|q| is_scaled || values(q).as_ref() != Some(&weight.unquantized.data))
    };
    let lost: Vec<_> = graph.node(dense).weights.iter().filter(changes).map(|w| w.role.attribute()).collect();
    if lost.is_empty() {
        return;
    }
    let scaled = if is_scaled { ", and then multiplies the result by the quantizer's scale" } else { "" };
    let name = graph.node(conv).name.clone();
    graph.warn(
        &name,
        format!(
            "the quantizer of {} has no effect: the input has several axes, so hls4ml turns the layer into a convolution and \
             casts the file's values to their type instead{scaled}. Expect results that differ from Keras's unless the file \
             holds quantized values (QKeras: model_save_quantized_weights) and alpha is 1",
            lost.join(" and of ")
        ),
    );
}
