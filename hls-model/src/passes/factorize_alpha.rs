//! The scale of a QKeras quantizer leaves the weights and becomes a layer of its own.

use super::Outcome;
use crate::build::NewNode;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::op::{BatchNormalization, Conv, ConvFlavour};
use crate::graph::{
    Draft, FloatWidth, KernelLayout, NodeId, Op, Values, Weight, WeightEncoding, WeightQuantizer, WeightRole,
    WeightSpec,
};
use crate::precision::{Precision, PrecisionSpec};
use crate::quantizer::{Alpha, Quantizer};

/// Divides the scale out of the weights of a Dense layer or a convolution and inserts an `ApplyAlpha` after it, which takes
/// the scale and the bias; the layer keeps zeros for its bias.
///
/// The order of hls4ml's float32 operations is kept: the quantizer runs on the raw kernel, its result is multiplied
/// by 1 / scale, and that is quantized again with alpha 1.
pub(super) fn qkeras_factorize_alpha(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    let is_scaled =
        |role| node.weight(role).and_then(|w| w.seen_quantizer.as_ref()).is_some_and(|q| q.scaled);
    if !has_scale_taken_out(&node.op) || !(is_scaled(WeightRole::Weight) || is_scaled(WeightRole::Bias)) {
        return Ok(Outcome::Continue);
    }
    let Some(quantizer) = node.weight(WeightRole::Weight).and_then(|w| w.quantizer.clone()) else {
        return bias_alone(graph, id);
    };
    if quantizer.encoding == WeightEncoding::PowerOfTwo {
        return bias_alone(graph, id);
    }
    let alpha = quantizer.quantizer.alpha();
    let (new_weights, scale) = factorized(graph, id, &quantizer)?;
    let alpha_node = apply_alpha(graph, id, alpha, scale);

    let unscaled =
        WeightQuantizer { quantizer: quantizer.quantizer.with_unit_alpha(), scaled: false, ..quantizer };
    let values =
        unscaled.apply(&new_weights).map_err(|e| ConvertError::quantizer(&graph.node(id).name, e))?;
    let node = graph.node_mut(id);
    if let Some(weight) = node.weight_mut(WeightRole::Weight) {
        weight.values = values;
        weight.quantizer = Some(unscaled.clone());
        weight.seen_quantizer = Some(unscaled);
    }
    if let Some(bias) = node.weight_mut(WeightRole::Bias) {
        bias.values = Values::full(bias.values.data.shape(), 0.0);
        bias.forget_scale();
    }
    lookup.infer_all(&alpha_node.config_name);
    let alpha_node = graph.make_node(alpha_node, lookup)?;
    graph.insert(alpha_node, None);
    Ok(Outcome::Restart)
}

/// hls4ml knows no other layers with scales.
fn has_scale_taken_out(op: &Op) -> bool {
    matches!(
        op,
        Op::Dense(_) | Op::Conv(Conv { flavour: ConvFlavour::Full | ConvFlavour::FoldedBatchNorm, .. })
    )
}

impl Weight<PrecisionSpec> {
    fn forget_scale(&mut self) {
        for quantizer in [&mut self.quantizer, &mut self.seen_quantizer].into_iter().flatten() {
            quantizer.scaled = false;
        }
    }
}

/// A bias with a scale next to weights without one: hls4ml fails on it. The bias keeps its quantized values.
fn bias_alone(graph: &mut Draft, id: NodeId) -> Result<Outcome, ConvertError> {
    let name = graph.node(id).name.clone();
    for weight in &mut graph.node_mut(id).weights {
        weight.forget_scale();
    }
    let message = "the bias quantizer has a scale (alpha) and the kernel quantizer none that can be taken out; hls4ml fails \
                   here, this conversion keeps the scaled bias";
    graph.warn(&name, message);
    Ok(Outcome::Restart)
}

/// The weights without their scale, and the scale.
fn factorized(
    graph: &Draft,
    id: NodeId,
    quantizer: &WeightQuantizer,
) -> Result<(Values, Values), ConvertError> {
    let node = graph.node(id);
    let empty = Values::full(&[0], 0.0);
    let raw = node.weight(WeightRole::Weight).map_or(&empty, |w| &w.unquantized);
    let quantized = quantizer.quantize(raw).map_err(|e| ConvertError::quantizer(&node.name, e))?;
    let scale = match &quantized.scale {
        Some(scale) if scale.len() > 1 || scale.ndim() > 0 => Values::single(scale),
        // A number scales every channel; NumPy makes it an array of float64.
        other => {
            let n_out = graph.output_of(id).shape.last().copied().unwrap_or(1);
            let number = other.as_ref().and_then(|s| s.iter().next().copied()).map_or(1.0, f64::from);
            Values::full(&[n_out], quantizer.quantizer.alpha().number().unwrap_or(number))
        }
    };
    // TensorFlow multiplies in float32 whatever NumPy made of the scale.
    let unscale = Values { data: scale.map(|s| 1.0 / s).to_f32().mapv(f64::from), width: FloatWidth::Single };
    let weights = unscale.zip(&Values::single(&quantized.values), |u, w| u * w);
    let weights = weights.map(|stored| quantizer.layout.spread(&stored));
    let weights = weights.ok_or_else(|| ConvertError::ScaleShape {
        layer: node.name.clone(),
        shape: scale.data.shape().to_vec(),
    })?;
    Ok((weights, scale))
}

/// The layer that applies scale and bias.
fn apply_alpha(graph: &Draft, id: NodeId, alpha: Alpha, scale: Values) -> NewNode {
    let node = graph.node(id);
    let shape = graph.output_of(id).shape.clone();
    let n_filt = node.op.scaled_channels();
    let bias = node.weight(WeightRole::Bias);
    let scale_quantizer = (alpha == Alpha::AutoPo2).then(|| {
        let exponents = scale.data.iter().map(|s| FloatWidth::Single.round(s.abs().log2()).abs());
        // Truncated after the maximum, as NumPy's astype('int') does.
        let largest = exponents.fold(0.0, f64::max) as u32;
        WeightQuantizer::power_of_two((largest + 1).max(2))
    });
    NewNode {
        name: format!("{}_alpha", node.name),
        config_name: format!("{}_alpha", node.config_name),
        source_class: Some("Alpha".into()),
        op: Op::ApplyAlpha(BatchNormalization { n_in: shape.iter().product(), n_filt }),
        inputs: vec![node.outputs[0]],
        weights: vec![
            WeightSpec::new(WeightRole::Scale, Some(scale), scale_quantizer),
            WeightSpec::new(
                WeightRole::Bias,
                bias.map(|b| b.values.clone()),
                bias.and_then(|b| b.quantizer.clone()).map(WeightQuantizer::without_scale),
            ),
        ],
        shape,
        result: None,
        trace: node.trace,
        activation_quantizer: None,
    }
}

impl WeightQuantizer {
    /// A power-of-two quantizer with as many bits, for scales that are powers of two already.
    fn power_of_two(bits: u32) -> Self {
        Self {
            quantizer: Quantizer::power_of_two(bits),
            encoding: WeightEncoding::PowerOfTwo,
            precision: Precision::Exponent { width: bits, signed: true },
            scaled: false,
            layout: KernelLayout::Same,
        }
    }

    /// The same quantizer for a layer from which the scale has been taken out. Its function still has the scale:
    /// hls4ml clears its own flag, not that of the QKeras object.
    fn without_scale(self) -> Self {
        Self { scaled: false, ..self }
    }
}
