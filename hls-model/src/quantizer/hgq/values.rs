//! What the quantizers do to arrays, operation by operation in float32.

use ndarray::{ArrayD, Zip};

use super::config::{FixedQuantizer, HgqKind, HgqQuantizer};
use super::widths::HgqWidths;
use crate::fixed::{Overflow, Rounding};
use crate::quantizer::float::power_of_two;

impl HgqQuantizer {
    /// The quantized values of an array, as outside training. `widths` are those of a quantizer to fixed-point numbers.
    ///
    /// # Errors
    /// The widths do not fit the array, or the kind of quantizer has no hardware.
    pub fn quantize(&self, widths: Option<&HgqWidths>, values: &ArrayD<f32>) -> Result<ArrayD<f32>, String> {
        let scaled = match self.scaler {
            Some(scaler) => values.mapv(|x| x / scaler),
            None => values.clone(),
        };
        let mut quantized = match (&self.kind, widths) {
            (HgqKind::Dummy, _) => scaled,
            (HgqKind::Fixed(fixed), Some(widths)) => fixed.quantize(widths, &scaled)?,
            (HgqKind::Fixed(_), None) => return Err("its widths are missing".to_owned()),
            (HgqKind::Float, _) => {
                return Err("it makes floating-point numbers; use q_type=\"kif\" or \"kbi\"".to_owned());
            }
        };
        if let Some(scaler) = self.scaler {
            quantized.mapv_inplace(|x| x * scaler);
        }
        if let Some([scale, shift]) = self.affine {
            quantized.mapv_inplace(|x| x * scale + shift);
        }
        Ok(quantized)
    }
}

impl FixedQuantizer {
    /// The quantized values of an array, as outside training.
    ///
    /// # Errors
    /// The widths do not fit the array.
    pub fn quantize(&self, widths: &HgqWidths, values: &ArrayD<f32>) -> Result<ArrayD<f32>, String> {
        let all = widths.repeated(values.shape()).ok_or_else(|| {
            format!("its widths have the shape {:?}, what it quantizes {:?}", widths.shape(), values.shape())
        })?;
        let only_rounds = self.only_rounds();
        let mut quantized = values.clone();
        Zip::from(&mut quantized).and(&all.signed).and(&all.integer).and(&all.fractional).for_each(
            |x, &signed, &integer, &fractional| {
                *x = match only_rounds {
                    true => round(self.rounding, *x, fractional),
                    false => self.value(*x, signed, integer, fractional),
                };
            },
        );
        Ok(quantized)
    }

    /// Whether it never limits its values: HGQ2 gives weights that wrap around as many integer bits as they need.
    fn only_rounds(&self) -> bool {
        use super::config::Parametrization::{Kbi, Kif};
        let free = self.overflow == Overflow::Wrap && self.is_weight && self.trainable;
        match self.parametrization {
            Kif => free,
            // Here it looks at the rounding mode, too.
            Kbi => free && self.rounding == Rounding::Rnd,
        }
    }

    /// One quantized value.
    fn value(&self, x: f32, signed: bool, integer: i32, fractional: i32) -> f32 {
        if i32::from(signed) + integer + fractional <= 0 {
            return 0.0;
        }
        let integer = integer.max(-fractional);
        let k = f32::from(u8::from(signed));
        let (bound, step) = (power_of_two(integer), power_of_two(-fractional));
        // HGQ2 limits first and rounds then, except where it wraps.
        match self.overflow {
            Overflow::Wrap => {
                let rounded = round(self.rounding, x, fractional);
                let span = if signed { bound * 2.0 } else { bound };
                let bias = k * bound;
                floor_mod(rounded + bias, span) - bias
            }
            Overflow::Sat => round(self.rounding, limit(x, -bound * k, bound - step), fractional),
            Overflow::SatSym => {
                let most = bound - step;
                round(self.rounding, limit(x, -most * k, most), fractional)
            }
            Overflow::SatZero => {
                let rounded = round(self.rounding, x, fractional);
                if (-bound * k..=bound - step).contains(&rounded) { rounded } else { 0.0 }
            }
        }
    }
}

fn limit(x: f32, low: f32, high: f32) -> f32 {
    if x > high {
        high
    } else if x < low {
        low
    } else {
        x
    }
}

/// The remainder with the divisor's sign.
fn floor_mod(x: f32, by: f32) -> f32 {
    let rest = x % by;
    if rest < 0.0 { rest + by } else { rest }
}

/// The nearest multiple of `2^-fractional`.
fn round(mode: Rounding, x: f32, fractional: i32) -> f32 {
    let scale = power_of_two(fractional);
    let x = x * scale;
    let sign = crate::quantizer::float::sign(x);
    let rounded = match mode {
        Rounding::Trn => x.floor(),
        Rounding::TrnZero => x.abs().floor() * sign,
        Rounding::Rnd => (x + 0.5).floor(),
        Rounding::RndZero => -(-x.abs() + 0.5).floor() * sign,
        Rounding::RndMinInf => -(-x + 0.5).floor(),
        Rounding::RndInf => (x.abs() + 0.5).floor() * sign,
        Rounding::RndConv => x.round_ties_even(),
    };
    rounded / scale
}

#[cfg(test)]
mod tests {
    use ndarray::arr1;

    use super::super::config::Parametrization;
    use super::*;

    fn quantized(
        rounding: Rounding,
        overflow: Overflow,
        (k, i, f): (f64, f64, f64),
        is_weight: bool,
        x: f32,
    ) -> f32 {
        let fixed = FixedQuantizer {
            parametrization: Parametrization::Kif,
            rounding,
            overflow,
            trainable: true,
            is_weight,
        };
        let arrays = [arr1(&[k]).into_dyn(), arr1(&[i]).into_dyn(), arr1(&[f]).into_dyn()];
        let widths = HgqWidths::of(&fixed, |name| {
            ["k", "i", "f"].iter().position(|n| *n == name).map(|at| &arrays[at])
        });
        fixed.quantize(&widths.expect("widths"), &arr1(&[x]).into_dyn()).expect("fits")[0]
    }

    #[test]
    fn values_are_rounded_and_limited_as_in_hgq2() {
        use Overflow::{Sat, SatSym, Wrap};
        use Rounding::{Rnd, RndConv, Trn};
        for (rounding, overflow, widths, x, expected) in [
            (Trn, Wrap, (1.0, 2.0, 2.0), -0.3, -0.5),
            (Rnd, Wrap, (1.0, 2.0, 2.0), 0.125, 0.25),
            (Rnd, Wrap, (1.0, 2.0, 2.0), -0.125, 0.0),
            (RndConv, Wrap, (1.0, 2.0, 2.0), 0.125, 0.0),
            (RndConv, Wrap, (1.0, 2.0, 2.0), 0.375, 0.5),
            (Rnd, Wrap, (1.0, 2.0, 2.0), 4.0, -4.0),
            (Rnd, Wrap, (0.0, 2.0, 2.0), -0.25, 3.75),
            (Rnd, Sat, (1.0, 2.0, 2.0), 9.0, 3.75),
            (Rnd, Sat, (1.0, 2.0, 2.0), -9.0, -4.0),
            (Rnd, SatSym, (1.0, 2.0, 2.0), -9.0, -3.75),
            (Rnd, SatSym, (0.0, 2.0, 2.0), -9.0, 0.0),
            // Widths are rounded, ties to even.
            (Rnd, Sat, (1.0, 2.5, 1.5), 9.0, 3.75),
            // No bits.
            (Rnd, Sat, (0.0, 2.0, -2.0), 9.0, 0.0),
            (Rnd, Wrap, (1.0, 2.0, -3.0), 9.0, 0.0),
        ] {
            let is = quantized(rounding, overflow, widths, false, x);
            assert_eq!(is, expected, "{rounding} {overflow:?} {widths:?} {x}");
        }
        assert_eq!(
            quantized(Rnd, Wrap, (1.0, 2.0, 2.0), true, 9.2),
            9.25,
            "weights that wrap are only rounded"
        );
    }
}
