//! Quantization of weight arrays, operation by operation as in QKeras 0.9.0 (`qkeras/quantizers.py`) in inference mode.

use ndarray::{ArrayD, IxDyn};

use super::classes::Quantizer;
use super::error::QuantizerError;
use super::fixed_point::{hswish, quantize_bits, relu, sigmoid, tanh, ulaw};
use super::float::EigenPath;
use super::kinds::{Binary, Ternary};
use super::powers::{po2, relu_po2};
use super::scale::{Channels, Scale};
use super::signs::{binary, ternary};

/// A quantized array and, with an automatic alpha, its scale.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantizedWeights {
    /// The quantized values, scale included, shaped like the input.
    pub values: ArrayD<f32>,
    /// The scale that QKeras keeps: an array that broadcasts against the values (1 along every axis but that of the
    /// output channels). `None` where it is a constant (alpha is [`super::Alpha::None`] or a number).
    pub scale: Option<ArrayD<f32>>,
}

/// Quantizes `weights` exactly as QKeras does in float32.
///
/// # Errors
/// [`QuantizerError::NotApplicable`] for values that are not finite, for `bernoulli`, which draws random weights at
/// every use, and for an automatic scale of a scalar or along an axis that the array lacks.
pub fn quantize_weights(
    quantizer: &Quantizer,
    weights: &ArrayD<f32>,
) -> Result<QuantizedWeights, QuantizerError> {
    let refuse = |reason: String| QuantizerError::NotApplicable { quantizer: quantizer.to_string(), reason };
    if let Some(odd) = weights.iter().find(|value| !value.is_finite()) {
        return Err(refuse(format!("one of them is {odd}")));
    }
    let x: Vec<f32> = weights.iter().copied().collect();
    let shape = weights.shape();
    let channels = |axis| {
        let missing =
            || format!("an automatic alpha needs an axis of output channels; their shape is {shape:?}");
        Channels::of(shape, axis).ok_or_else(|| refuse(missing()))
    };
    let (values, scale) = match quantizer {
        Quantizer::Bits(q) => quantize_bits(q, x, || channels(q.scale_axis))?,
        Quantizer::Hswish(q) => quantize_bits(&q.bits, hswish(q, &x), || channels(q.bits.scale_axis))?,
        Quantizer::Relu(q) => (each(x, |v, _| relu(q, v)), None),
        Quantizer::Tanh(q) => (each(x, |v, _| tanh(q, v)), None),
        Quantizer::Sigmoid(q) => (each(x, |v, _| sigmoid(q, v)), None),
        Quantizer::Ulaw(q) => (each(x, |v, path| ulaw(q, v, path)), None),
        Quantizer::Binary(q) => binary(q, x, || channels(None))?,
        Quantizer::Ternary(q) => ternary(q, x, || channels(None))?,
        Quantizer::StochasticBinary(q) => {
            binary(&Binary { alpha: q.alpha, ..Binary::default() }, x, || channels(None))?
        }
        Quantizer::StochasticTernary(q) => {
            let number_of_unrolls = q.number_of_unrolls;
            let settled =
                Ternary { alpha: q.alpha, threshold: q.threshold, number_of_unrolls, ..Ternary::default() };
            ternary(&settled, x, || channels(None))?
        }
        Quantizer::Bernoulli(_) => return Err(refuse("it draws random values at every use".to_owned())),
        Quantizer::Po2(q) => (each(x, |v, path| po2(&q.exponent, v, path)), None),
        Quantizer::ReluPo2(q) => (each(x, |v, path| relu_po2(q, v, path)), None),
    };
    let values = ArrayD::from_shape_vec(IxDyn(shape), values).map_err(|e| refuse(e.to_string()))?;
    Ok(QuantizedWeights { values, scale: scale.and_then(Scale::into_array) })
}

fn each(x: Vec<f32>, f: impl Fn(f32, EigenPath) -> f32) -> Vec<f32> {
    let len = x.len();
    x.into_iter().enumerate().map(|(at, v)| f(v, EigenPath::of(at, len))).collect()
}
