//! Operations on one element.

use ndarray::{Array2, Ix2};

use super::layer::{Arithmetic, FloatLayer, FloatModelError};
use crate::fixed::{FixedType, Overflow, Rounding};
use crate::graph::WeightRole;
use crate::graph::op::{
    Activation, FixedPointQuantizer, Function, HardActivation, HardFunction, NegativeSide,
    ParametrizedActivation, ParametrizedFunction, PowerOfTwo, UnaryLut,
};
use crate::quantizer::{Quantizer, quantize_weights};

pub(super) fn prelu(layer: FloatLayer<'_>, x: &Array2<f64>) -> Array2<f64> {
    let slopes = layer.weights(WeightRole::Param);
    by_channel(x, |x, i| if x > 0.0 { x } else { x * slopes[i % slopes.len()] })
}

/// Scale and bias, for each channel.
pub(super) fn scaled(layer: FloatLayer<'_>, x: &Array2<f64>) -> Array2<f64> {
    let (scale, bias) = (layer.weights(WeightRole::Scale), layer.weights(WeightRole::Bias));
    by_channel(x, |x, i| x * scale[i % scale.len()] + bias[i % bias.len()])
}

/// Each element in a type of its own, or as it is where quantizers do nothing.
pub(super) fn fitted(
    layer: FloatLayer<'_>,
    x: &Array2<f64>,
    op: &FixedPointQuantizer,
) -> Result<Array2<f64>, FloatModelError> {
    if layer.arithmetic == Arithmetic::Float {
        return Ok(x.clone());
    }
    let types = op.types(&layer.spec.shape).filter(|types| types.len() == x.ncols());
    let types = types.ok_or_else(|| layer.error("its widths do not fit its input"))?;
    Ok(by_channel(x, |x, i| types[i].map_or(0.0, |ty| ty.to_f64(ty.from_f64(x)))))
}

/// The value that a table has for the number of its domain that is nearest.
pub(super) fn tabulated(
    layer: FloatLayer<'_>,
    x: &Array2<f64>,
    op: &UnaryLut,
) -> Result<Array2<f64>, FloatModelError> {
    let values = layer.weights(WeightRole::Table);
    let domain = op.domain.fixed(Rounding::Rnd, Overflow::Sat);
    let fits = |ty: &FixedType| 1_usize.checked_shl(ty.width) == Some(values.len());
    let domain = domain.filter(fits).ok_or_else(|| layer.error("its table does not fit its domain"))?;
    let place = |x: f64| usize::try_from(domain.from_f64(x).rem_euclid(values.len() as i128)).ok();
    Ok(x.mapv(|x| place(x).and_then(|place| values.get(place)).copied().unwrap_or(0.0)))
}

/// What a QKeras quantizer makes of results, in float32 as there.
pub(super) fn quantized(
    layer: FloatLayer<'_>,
    x: &Array2<f64>,
    quantizer: &Quantizer,
) -> Result<Array2<f64>, FloatModelError> {
    let quantized = quantize_weights(quantizer, &x.mapv(|x| x as f32).into_dyn());
    let values = quantized.map_err(|error| layer.error(error.to_string()))?.values.mapv(f64::from);
    values.into_dimensionality().map_err(|_| layer.error("its quantizer changes its shape"))
}

/// A function of an element and its place.
fn by_channel(x: &Array2<f64>, f: impl Fn(f64, usize) -> f64) -> Array2<f64> {
    Array2::from_shape_fn(x.raw_dim(), |at: <Ix2 as ndarray::Dimension>::Pattern| f(x[at], at.1))
}

/// The commonest are loops of their own.
pub(super) fn activation(op: &Activation, x: &Array2<f64>) -> Array2<f64> {
    match op.function {
        Function::Linear => x.clone(),
        Function::Relu => x.mapv(|x| x.max(0.0)),
        _ => x.mapv(|x| function(op, x)),
    }
}

pub(super) fn function(op: &Activation, x: f64) -> f64 {
    match op.function {
        Function::Linear => x,
        Function::Relu => x.max(0.0),
        Function::Relu6 => x.clamp(0.0, 6.0),
        Function::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Function::Tanh => x.tanh(),
        // Without overflow for large numbers.
        Function::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
        Function::Softsign => x / (1.0 + x.abs()),
        Function::Selu => SELU_LAMBDA * if x > 0.0 { x } else { SELU_ALPHA * x.exp_m1() },
        Function::Gelu => gelu(x),
        Function::Swish => x / (1.0 + (-x).exp()),
        Function::Mish => x.max(0.0) + mish_less_relu(x),
        Function::Exponential => x.exp(),
        Function::BinaryTanh => {
            if x >= 0.0 {
                1.0
            } else {
                -1.0
            }
        }
    }
}

/// x · Φ(x), Φ being the distribution function of the normal distribution.
pub(crate) fn gelu(x: f64) -> f64 {
    0.5 * x * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// x · tanh(ln(1 + eˣ)) - max(x, 0). With n = eˣ (eˣ + 2), the hyperbolic tangent is n / (n + 2).
pub(crate) fn mish_less_relu(x: f64) -> f64 {
    let e = x.exp();
    let n = e * (e + 2.0);
    if x > 0.0 { -2.0 * x / (n + 2.0) } else { x * n / (n + 2.0) }
}

/// λ and α of Klambauer et al. 2017, "Self-Normalizing Neural Networks".
pub(crate) const SELU_LAMBDA: f64 = 1.050_700_987_355_480_493_419_334_985_294_6;
pub(crate) const SELU_ALPHA: f64 = 1.673_263_242_354_377_284_817_042_991_671_7;

pub(super) fn hard(op: &HardActivation, x: f64) -> f64 {
    let y = (op.exact_slope() * x + op.shift).clamp(0.0, 1.0);
    match op.function {
        HardFunction::Sigmoid => y,
        HardFunction::Tanh => 2.0 * y - 1.0,
    }
}

pub(super) fn parametrized(op: &ParametrizedActivation, x: f64) -> f64 {
    match op.function {
        ParametrizedFunction::LeakyRelu if x > 0.0 => x,
        ParametrizedFunction::LeakyRelu => op.parameter * x,
        ParametrizedFunction::ThresholdedRelu if x > op.parameter => x,
        ParametrizedFunction::ThresholdedRelu => 0.0,
        ParametrizedFunction::Elu if x >= 0.0 => x,
        ParametrizedFunction::Elu => op.parameter * x.exp_m1(),
    }
}

/// What is rounded to a power of two.
pub(super) fn unrounded(op: &PowerOfTwo, x: f64) -> f64 {
    match op.negative {
        _ if x >= 0.0 => x,
        NegativeSide::Lowest => 0.0,
        NegativeSide::Mirrored { shift } => x * f64::from(-shift).exp2(),
    }
}
