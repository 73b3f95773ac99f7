//! `quantized_bits` and the activations that round to a fixed-point grid.

use super::error::QuantizerError;
use super::float::{
    EigenPath, blend, clip, hard_sigmoid, leaky, ln, power_of_two, round, sign, sign_of_binary, through,
};
use super::kinds::{Alpha, Bits, Hswish, Relu, Sigmoid, Tanh, Ulaw};
use super::scale::{Channels, Scaled};

/// `quantized_bits`.
pub(super) fn quantize_bits(
    q: &Bits,
    x: Vec<f32>,
    channels: impl Fn() -> Result<Channels, QuantizerError>,
) -> Result<Scaled, QuantizerError> {
    let alpha = match q.alpha {
        Alpha::None => 1.0,
        Alpha::Number(number) => number as f32,
        Alpha::Auto | Alpha::AutoPo2 => return Ok(scaled_bits(q, x, &channels()?)),
    };
    Ok((x.into_iter().map(|v| blend(&q.blend, v, alpha * plain_bits(q, v))).collect(), None))
}

/// The nearest grid value, before any scale.
fn plain_bits(q: &Bits, x: f32) -> f32 {
    let unsigned_bits = q.bits - i32::from(q.keep_negative);
    if unsigned_bits == 0 {
        return sign_of_binary(x);
    }
    let (m, m_i) = (power_of_two(unsigned_bits), power_of_two(q.integer));
    let low = if q.keep_negative { -m + f32::from(u8::from(q.symmetric)) } else { 0.0 };
    m_i * clip(round(x * m / m_i), low, m - 1.0) / m
}

/// With a scale per channel: multiples of the scale up to half the number of levels.
fn scaled_bits(q: &Bits, x: Vec<f32>, channels: &Channels) -> Scaled {
    let (m, m_i) = (power_of_two(q.bits - i32::from(q.keep_negative)), power_of_two(q.integer));
    let levels = (power_of_two(q.bits - 1) - 1.0) * 2.0;
    let x: Vec<f32> = x.into_iter().map(|v| v / m_i).collect();
    let mut scale = channels.max_abs(&x).map(|greatest| greatest * 2.0 / levels);
    let multiples = |scale: &super::scale::Scale| -> Vec<f32> {
        let multiple = |(at, &v): (usize, &f32)| {
            let steps = (v.abs() / scale.at(at) + 0.5).floor();
            sign(v) * if steps < levels / 2.0 { steps } else { levels / 2.0 }
        };
        x.iter().enumerate().map(multiple).collect()
    };
    let mut z = Vec::new();
    if q.alpha == Alpha::AutoPo2 {
        scale = scale.into_powers_of_two();
        // QKeras refines scale and multiples in turn, five times; before v3 the last scale goes with the multiples before it.
        for _ in 0..5 {
            z = multiples(&scale);
            scale = channels.least_squares(Alpha::AutoPo2, &x, &z);
        }
        if q.ends_with_values {
            z = multiples(&scale);
        }
    } else {
        z = multiples(&scale);
    }
    let scale = scale.map(|s| s * m);
    let value =
        |(at, (&v, &z)): (usize, (&f32, &f32))| blend(&q.blend, m_i * v, scale.at(at) * (m_i * z / m));
    let values = x.iter().zip(&z).enumerate().map(value).collect();
    (values, Some(scale))
}

/// The unquantized hard swish in front of `quantized_hswish`.
pub(super) fn hswish(q: &Hswish, x: &[f32]) -> Vec<f32> {
    let (shift, bound) = (q.relu_shift as f32, q.relu_upper_bound as f32);
    x.iter()
        .map(|&v| {
            let shifted = v + shift;
            let gate = if shifted <= bound { shifted.max(0.0) } else { bound };
            v * gate / bound
        })
        .collect()
}

/// `quantized_relu`.
pub(super) fn relu(q: &Relu, x: f32) -> f32 {
    let slope = q.negative_slope as f32;
    let non_sign_bits = q.bits - i32::from(slope != 0.0);
    let (m, m_i) = (power_of_two(non_sign_bits), power_of_two(q.integer));
    let bound = match (q.is_quantized_clip, q.relu_upper_bound) {
        (true, _) => Some(m_i - power_of_two(q.integer - non_sign_bits)),
        (false, bound) => bound.map(|b| b as f32),
    };
    let unquantized = match bound {
        Some(bound) if x > bound => bound,
        _ => leaky(x, slope),
    };
    let p = if q.use_sigmoid { hard_sigmoid(x / m_i) * m } else { x * m / m_i };
    // The sigmoid's middle stands for zero.
    let centre = |v: f32| if q.use_sigmoid { 2.0 * v - 1.0 } else { v };
    let mut xq = m_i * clip(centre(round(p) / m), 0.0, 1.0 - 1.0 / m);
    if slope > 0.0 {
        let neg_factor = 1.0 / (slope * m);
        xq += m_i * slope * clip(centre(round(p * slope) * neg_factor), -1.0, 0.0);
    }
    // A bound of zero counts as none here, as in QKeras.
    match q.relu_upper_bound {
        Some(bound) if bound != 0.0 && !q.is_quantized_clip && xq > bound as f32 => xq = bound as f32,
        _ => {}
    }
    blend(&q.blend, unquantized, xq)
}

/// `quantized_tanh`.
pub(super) fn tanh(q: &Tanh, x: f32) -> f32 {
    let m = power_of_two(q.bits - 1);
    let p = if q.use_real_tanh { super::float::tanh(x) } else { 2.0 * hard_sigmoid(x) - 1.0 };
    let low = -1.0 + f32::from(u8::from(q.symmetric)) / m;
    clip(round(p * m) / m, low, 1.0 - 1.0 / m)
}

/// `quantized_sigmoid`.
pub(super) fn sigmoid(q: &Sigmoid, x: f32) -> f32 {
    let m = power_of_two(q.bits);
    let p = if q.use_real_sigmoid { super::float::sigmoid(x) } else { hard_sigmoid(x) };
    clip(round(p * m) / m, f32::from(u8::from(q.symmetric)) / m, 1.0 - 1.0 / m)
}

/// `quantized_ulaw`.
pub(super) fn ulaw(q: &Ulaw, x: f32, path: EigenPath) -> f32 {
    let (m, m_i, u) = (power_of_two(q.bits - 1), power_of_two(q.integer), q.u as f32);
    let p = hard_sigmoid(x / m_i) * m;
    let rounded = 2.0 * (through(p, p.round_ties_even()) / m) - 1.0;
    let companded = sign(rounded) * ln(1.0 + u * rounded.abs(), path) / ((1.0 + q.u) as f32).ln();
    let low = -1.0 + f32::from(u8::from(q.symmetric)) / m;
    m_i * clip(companded, low, 1.0 - 1.0 / m)
}
