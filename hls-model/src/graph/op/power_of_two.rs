//! Rounding to a power of two: QKeras's `quantized_po2` and `quantized_relu_po2` as activations, which hls4ml does not have.

use serde_json::{Value, json};

use crate::precision::Precision;
use crate::quantizer::{Exponent, Log2Rounding, Quantizer};

/// Exponents that a result can have. Those of wide quantizers go far beyond what a sum of products can be.
pub(crate) const EXPONENTS: std::ops::RangeInclusive<i32> = -32..=31;

/// Bits that an input can have.
const WIDEST: u32 = 64;

/// Each element becomes the power of two that is nearest on a logarithmic scale.
#[derive(Debug, Clone, PartialEq)]
pub struct PowerOfTwo {
    /// The lowest exponent: what zero and smaller numbers become.
    pub low: i32,
    /// The highest exponent.
    pub high: i32,
    /// How logarithms become whole numbers.
    pub rounding: Log2Rounding,
    /// What negative numbers become.
    pub negative: NegativeSide,
    /// Number of elements.
    pub n_in: usize,
}

/// What [`PowerOfTwo`] makes of negative numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NegativeSide {
    /// The lowest power, as of zero.
    Lowest,
    /// The negative of what their magnitude, times `2^-shift`, becomes.
    Mirrored {
        /// Number of places.
        shift: i32,
    },
}

impl PowerOfTwo {
    /// What a quantizer does to activations, and whether its exponents had to be cut; `None` if it does not make powers of two or
    /// makes them in another way.
    #[must_use]
    pub fn of(quantizer: &Quantizer, n_in: usize) -> Option<(Self, Exponents)> {
        let (exponent, bits, negative) = match quantizer {
            Quantizer::Po2(q) => (&q.exponent, q.exponent.bits - 1, NegativeSide::Mirrored { shift: 0 }),
            Quantizer::ReluPo2(q) => (&q.exponent, q.exponent.bits, relu_side(q.negative_slope)?),
            Quantizer::Bits(_)
            | Quantizer::Relu(_)
            | Quantizer::Tanh(_)
            | Quantizer::Sigmoid(_)
            | Quantizer::Binary(_)
            | Quantizer::Ternary(_)
            | Quantizer::StochasticBinary(_)
            | Quantizer::StochasticTernary(_)
            | Quantizer::Bernoulli(_)
            | Quantizer::Ulaw(_)
            | Quantizer::Hswish(_) => return None,
        };
        if exponent.quadratic_approximation || exponent.blend.qnoise_factor != 1.0 {
            return None;
        }
        let (low, high) = exponent.range(bits);
        let cut = |exponent: i32| exponent.clamp(*EXPONENTS.start(), *EXPONENTS.end());
        let exponents =
            if (cut(low), cut(high)) == (low, high) { Exponents::All } else { Exponents::Cut { low, high } };
        let (low, high, rounding) = (cut(low), cut(high), exponent.log2_rounding);
        Some((Self { low, high, rounding, negative, n_in }, exponents))
    }

    /// The smallest type that holds every result.
    #[must_use]
    pub fn precision(&self) -> Precision {
        let places = self.high.abs_diff(self.low) + 1;
        match self.negative {
            NegativeSide::Lowest => Precision::ufixed(places, self.high + 1),
            NegativeSide::Mirrored { .. } => Precision::fixed(places + 1, self.high + 2),
        }
    }

    /// Whether inputs of this type can be rounded.
    #[must_use]
    pub fn takes(&self, input: &Precision) -> bool {
        input.width() <= WIDEST
    }

    /// Why inputs of other types cannot, and what to change.
    #[must_use]
    pub fn too_wide(&self) -> String {
        format!(
            "its input has more than {WIDEST} bits; give the layer before it a narrower result (Precision.result in the \
             configuration)"
        )
    }

    /// The smallest magnitude, in steps of `2^-frac`, that QKeras distinguishes from zero: Keras's epsilon.
    #[must_use]
    pub fn least_seen(frac: i32) -> u128 {
        let least = f64::from(Exponent::LEAST) * f64::from(frac).exp2();
        least.ceil() as u128
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("activation", json!("power_of_two")),
            ("n_in", json!(self.n_in)),
            ("lowest_exponent", json!(self.low)),
            ("highest_exponent", json!(self.high)),
        ]
    }
}

/// Whether all of a quantizer's exponents are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exponents {
    /// They are.
    All,
    /// They are cut to -32 … 31.
    Cut {
        /// The quantizer's lowest.
        low: i32,
        /// The quantizer's highest.
        high: i32,
    },
}

/// `None` for a slope that is no power of two.
fn relu_side(slope: f64) -> Option<NegativeSide> {
    if slope == 0.0 {
        return Some(NegativeSide::Lowest);
    }
    let shift = -slope.log2();
    (shift.fract() == 0.0 && shift.abs() <= 32.0).then_some(NegativeSide::Mirrored { shift: shift as i32 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_holds_every_power() {
        for (quantizer, expected) in [
            ("quantized_po2(4)", Some((-4, 3, "fixed<9,5>"))),
            ("quantized_po2(4,1)", Some((-8, 0, "fixed<10,2>"))),
            ("quantized_po2(4,max_value=2)", Some((-4, 1, "fixed<7,3>"))),
            ("quantized_po2(2)", Some((-1, 0, "fixed<3,2>"))),
            ("quantized_relu_po2(4)", Some((-8, 7, "ufixed<16,8>"))),
            ("quantized_relu_po2(4,negative_slope=0.25)", Some((-8, 7, "fixed<17,9>"))),
            ("quantized_relu_po2(6)", Some((-32, 31, "ufixed<64,32>"))),
            ("quantized_relu_po2(8)", Some((-32, 31, "ufixed<64,32>"))),
            ("quantized_po2(4,quadratic_approximation=True)", None),
            ("quantized_bits(4,0)", None),
        ] {
            let quantizer = Quantizer::parse(quantizer).expect("a quantizer");
            let op = PowerOfTwo::of(&quantizer, 1).map(|(op, _)| (op.low, op.high, op.precision()));
            let expected = expected.map(|(low, high, ty)| (low, high, ty.parse().expect("a precision")));
            assert_eq!(op, expected, "{quantizer}");
        }
    }
}
