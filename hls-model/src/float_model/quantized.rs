//! The model as QKeras or HGQ2 computes it: weights and activations quantized, everything else exact.

use ndarray::ArrayView2;

use super::evaluate::{FloatResults, evaluate_in};
use super::layer::{Arithmetic, FloatLayer, FloatModelError};
use crate::graph::op::{Op, TimePart};
use crate::graph::{LayerSpec, LoweredModel, Values, WeightSpec};
use crate::quantizer::quantize_weights;

/// A model whose weights are quantized once, and whose activations are quantized as it is evaluated.
///
/// QKeras's quantizers are computed in float32, as it does; sums and functions in float64, where it has float32. A sum that falls just beside
/// the middle between two steps of a quantizer may therefore be rounded to the other one.
#[derive(Debug, Clone)]
pub struct QuantizedModel(LoweredModel);

impl QuantizedModel {
    /// Quantizes a model's weights.
    ///
    /// # Errors
    /// A quantizer refuses the weights, or a recurrent layer has quantizers: those of its states and gates are not computed here.
    pub fn new(mut model: LoweredModel) -> Result<Self, FloatModelError> {
        model.layers.iter_mut().try_for_each(quantize)?;
        Ok(Self(model))
    }

    /// The model with its quantized weights.
    #[must_use]
    pub fn model(&self) -> &LoweredModel {
        &self.0
    }

    /// Evaluates samples: for each input of the model an array `[samples, elements]`.
    ///
    /// # Errors
    /// An array or a layer does not fit the model, or a quantizer refuses its input.
    pub fn evaluate(&self, inputs: &[ArrayView2<'_, f32>]) -> Result<FloatResults, FloatModelError> {
        evaluate_in(Arithmetic::Quantized, &self.0, inputs)
    }
}

/// Whether any layer has a quantizer.
#[must_use]
pub fn has_quantizers(model: &LoweredModel) -> bool {
    model.layers.iter().any(is_quantized)
}

fn is_quantized(layer: &LayerSpec) -> bool {
    let inside = match &layer.op {
        Op::LayerGroup(group) => group.layers.iter().any(is_quantized),
        Op::TimeDistributed(op) => matches!(&op.part, TimePart::Whole { inner, .. } if is_quantized(inner)),
        _ => false,
    };
    inside
        || matches!(layer.op, Op::FixedPointQuantizer(_))
        || matches!(&layer.op, Op::FunctionSum(op) if !op.only_copies())
        || layer.activation_quantizer.is_some()
        || layer.weights.iter().any(|weight| quantizer(weight).is_some())
}

fn quantizer(weight: &WeightSpec) -> Option<&crate::quantizer::Quantizer> {
    weight.quantizer.as_ref().or(weight.stated.as_ref()).map(|made| &made.quantizer)
}

/// Puts the quantized values into a layer and those inside it.
fn quantize(layer: &mut LayerSpec) -> Result<(), FloatModelError> {
    if matches!(layer.op, Op::Recurrent(_) | Op::Bidirectional(_)) && is_quantized(layer) {
        let reason = "quantizers of states and gates are not computed here";
        return Err(FloatLayer { spec: layer, arithmetic: Arithmetic::Quantized }.error(reason));
    }
    match &mut layer.op {
        Op::LayerGroup(group) => group.layers.iter_mut().try_for_each(quantize)?,
        Op::TimeDistributed(op) => {
            if let TimePart::Whole { inner, .. } = &mut op.part {
                quantize(inner)?;
            }
        }
        _ => {}
    }
    for at in 0..layer.weights.len() {
        let weight = &layer.weights[at];
        let values = weight.folded.as_ref().or(weight.values.as_ref());
        let Some((quantizer, values)) = quantizer(weight).zip(values) else { continue };
        let quantized = quantize_weights(quantizer, &values.to_f32()).map_err(|error| {
            FloatLayer { spec: layer, arithmetic: Arithmetic::Quantized }.error(error.to_string())
        })?;
        let values = Some(Values::single(&quantized.values));
        let weight = &mut layer.weights[at];
        (weight.values, weight.folded) = (values, None);
    }
    Ok(())
}
