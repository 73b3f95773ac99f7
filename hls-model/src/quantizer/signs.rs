//! `binary` and `ternary`.

use super::error::QuantizerError;
use super::float::{round, sign, sign_of_binary, tanh, through};
use super::kinds::{Alpha, Binary, Ternary};
use super::scale::{Channels, Scaled};

/// Half width of `ternary`'s dead band if none is given.
const DEFAULT_THRESHOLD: f64 = 0.33;

/// `binary`.
pub(super) fn binary(
    q: &Binary,
    x: Vec<f32>,
    channels: impl Fn() -> Result<Channels, QuantizerError>,
) -> Result<Scaled, QuantizerError> {
    let signs: Vec<f32> = x.iter().map(|&v| sign_of_binary(v)).collect();
    let signs = if q.use_01 { signs.into_iter().map(|s| (s + 1.0) / 2.0).collect() } else { signs };
    scaled_signs(q.alpha, x, signs, channels)
}

fn scaled_signs(
    alpha: Alpha,
    x: Vec<f32>,
    signs: Vec<f32>,
    channels: impl Fn() -> Result<Channels, QuantizerError>,
) -> Result<Scaled, QuantizerError> {
    let constant = match alpha {
        // Without a scale, QKeras passes the gradient of tanh, and so its rounding.
        Alpha::None => return Ok((x.iter().zip(&signs).map(|(&v, &s)| through(tanh(v), s)).collect(), None)),
        Alpha::Number(number) => number as f32,
        Alpha::Auto | Alpha::AutoPo2 => {
            let scale = channels()?.least_squares(alpha, &x, &signs);
            let value = |(at, (&v, &s)): (usize, (&f32, &f32))| through(v, scale.at(at) * s);
            let values = x.iter().zip(&signs).enumerate().map(value).collect();
            return Ok((values, Some(scale)));
        }
    };
    Ok((x.iter().zip(&signs).map(|(&v, &s)| through(v, constant * s)).collect(), None))
}

/// `ternary`.
pub(super) fn ternary(
    q: &Ternary,
    x: Vec<f32>,
    channels: impl Fn() -> Result<Channels, QuantizerError>,
) -> Result<Scaled, QuantizerError> {
    if q.alpha.is_automatic() {
        return Ok(scaled_ternary(q, x, &channels()?));
    }
    let threshold = q.threshold.unwrap_or(DEFAULT_THRESHOLD) as f32;
    let signs = x.iter().map(|&v| if v.abs() >= threshold { sign(v) } else { 0.0 }).collect();
    scaled_signs(q.alpha, x, signs, channels)
}

/// Scale and dead band found in turn (Li et al., <https://arxiv.org/abs/1605.04711>).
fn scaled_ternary(q: &Ternary, x: Vec<f32>, channels: &Channels) -> Scaled {
    let mut scale = channels.max_abs(&x).map(|greatest| 2.0 * greatest / 3.0);
    if q.alpha == Alpha::AutoPo2 {
        scale = scale.into_powers_of_two();
    }
    let mut signs = Vec::new();
    for _ in 0..q.number_of_unrolls {
        let outside = |(at, &v): (usize, &f32)| {
            let step = scale.at(at);
            if (step * round(v / step)).abs() >= step / 2.0 { sign(v) } else { 0.0 }
        };
        signs = x.iter().enumerate().map(outside).collect();
        scale = channels.least_squares(q.alpha, &x, &signs);
    }
    let value = |(at, (&v, &s)): (usize, (&f32, &f32))| through(v, scale.at(at) * s);
    let values = x.iter().zip(&signs).enumerate().map(value).collect();
    (values, Some(scale))
}
