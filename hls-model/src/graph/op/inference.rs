//! What the precision rules of operations speak of: the types of what a node reads, and how many bits formulas need.
//!
//! Sums and products get as many bits as can never overflow. Source of the rules: hls4ml 1.3.0,
//! `model/optimizer/passes/infer_precision.py`.

use crate::fixed::FixedType;
use crate::graph::weight::WeightRole;
use crate::precision::Precision;

/// What a rule may ask about a node whose precisions are to be inferred.
pub(crate) struct Known {
    /// The model's default.
    pub default: Precision,
    /// The widest that may be inferred.
    pub maximum: Option<Precision>,
    /// The types of the inputs, in order.
    pub inputs: Vec<Precision>,
    /// The types of the weights.
    pub weights: Vec<(WeightRole, Precision)>,
}

/// The type of a result for which the configuration has none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ResultRule {
    /// A type of the layer's own, under a name of its own.
    Own(Precision),
    /// That of the first input; the type keeps its name.
    Input,
    /// The model's default; the type keeps its name.
    Default,
}

impl Known {
    pub fn input(&self, index: usize) -> Precision {
        self.inputs.get(index).copied().unwrap_or(self.default)
    }

    /// The extent of an input; `None` for what the rules do not cover.
    pub fn extent(&self, index: usize) -> Option<Extent> {
        Extent::of(self.input(index))
    }

    /// The extent of a weight; `None` where there is none, or for what the rules do not cover.
    pub fn weight(&self, role: WeightRole) -> Option<Extent> {
        self.weights.iter().find(|(r, _)| *r == role).and_then(|(_, precision)| Extent::of(*precision))
    }

    /// The type of a weight; the default where there is none.
    pub fn weight_type(&self, role: WeightRole) -> Precision {
        let weight = self.weights.iter().find(|(r, _)| *r == role);
        weight.map_or(self.default, |(_, precision)| *precision)
    }

    /// The type of a number of this extent, within the maximum where there is one; without an extent, the default.
    pub fn capped_or_default(&self, extent: Option<Extent>) -> Precision {
        extent.map_or(self.default, |extent| self.capped(extent).into())
    }

    /// A plain fixed-point type, within the maximum where there is one.
    pub fn capped(&self, extent: Extent) -> FixedType {
        let Some(max) = self.maximum else { return extent.ty() };
        let (width, integer) = (i64::from(max.width()), i64::from(max.integer()));
        Extent { width: extent.width.min(width), integer: extent.integer.min(integer), ..extent }.ty()
    }
}

/// Bits, integer bits and sign of a number on its way through a formula.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    pub width: i64,
    pub integer: i64,
    pub signed: bool,
}

impl Extent {
    /// `None` for what the rules do not cover: XNOR and exponent types.
    pub fn of(precision: Precision) -> Option<Self> {
        match precision {
            Precision::Fixed(_) | Precision::Integer { .. } => Some(Self {
                width: precision.width().into(),
                integer: precision.integer().into(),
                signed: precision.is_signed(),
            }),
            Precision::Xnor | Precision::Exponent { .. } => None,
        }
    }

    /// The plain fixed-point type of this extent.
    pub fn ty(self) -> FixedType {
        let width = u32::try_from(self.width.max(1)).unwrap_or(u32::MAX);
        let integer = i32::try_from(self.integer).unwrap_or(i32::MAX);
        match self.signed {
            true => FixedType::signed(width, integer),
            false => FixedType::unsigned(width, integer),
        }
    }

    fn frac(self) -> i64 {
        self.width - self.integer
    }

    pub fn times(self, other: Self) -> Self {
        Self {
            width: self.width + other.width,
            integer: self.integer + other.integer,
            signed: self.signed || other.signed,
        }
    }

    /// A sum of `terms` such numbers.
    pub fn summed(self, terms: usize) -> Self {
        let bits = bits_of_terms(terms);
        Self { width: self.width + bits, integer: self.integer + bits, ..self }
    }

    /// One of the `terms` numbers of which this is the sum.
    pub fn summand(self, terms: u32) -> Self {
        let bits = bits_of_terms(terms as usize);
        Self { width: self.width - bits, integer: self.integer - bits, ..self }
    }

    pub fn plus(self, other: Self) -> Self {
        let extra = |a: Self, b: Self| a.integer + i64::from(b.signed && !a.signed);
        let integer = extra(self, other).max(extra(other, self)) + 1;
        Self { width: integer + self.frac().max(other.frac()), integer, signed: self.signed || other.signed }
    }

    /// The smallest type that holds both.
    pub fn union(self, other: Self) -> Self {
        let signed = self.signed || other.signed;
        let integer = |e: Self| e.integer + i64::from(signed && !e.signed);
        let integer = integer(self).max(integer(other));
        Self { width: self.frac().max(other.frac()) + integer, integer, signed }
    }
}

/// How many bits a sum has more than its terms.
fn bits_of_terms(terms: usize) -> i64 {
    i64::from(terms.max(1).next_power_of_two().trailing_zeros())
}

/// Bits that a constant may take, besides its sign.
const CONSTANT_WIDTH: i64 = 8;

/// The smallest type for a constant, cut to eight bits.
pub(super) fn constant(value: f64) -> Precision {
    if value == 0.0 || !value.is_finite() {
        return Precision::ufixed(1, 1);
    }
    let frac = fractional_bits(value);
    let unit = 2f64.powi(-frac);
    let integer = (value + unit).max(-value).log2().ceil() as i64;
    let sign = i64::from(value < 0.0);
    let width = (sign + integer + i64::from(frac)).min(sign + CONSTANT_WIDTH);
    Extent { width, integer: sign + integer, signed: sign == 1 }.ty().into()
}

/// The range in which hls4ml seeks the fractional bits of a constant.
const FRACTIONAL_BITS: [i32; 2] = [-31, 32];

/// The smallest `f` within what hls4ml tries for which `value · 2^f` is a whole number (negative for multiples of two).
pub(crate) fn fractional_bits(value: f64) -> i32 {
    let [least, most] = FRACTIONAL_BITS;
    if value == 0.0 {
        return least;
    }
    let bits = value.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    let mantissa = bits & ((1 << 52) - 1);
    let (mantissa, exponent) = if exponent == 0 { (mantissa, 1) } else { (mantissa | 1 << 52, exponent) };
    (1075 - exponent - mantissa.trailing_zeros() as i32).clamp(least, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_get_the_smallest_type() {
        for (value, expected) in [
            (1.0, "ufixed<1,1>"),
            (0.25, "ufixed<1,-1>"),
            (f64::from(0.3f32), "ufixed<8,-1>"),
            (0.0, "ufixed<1,1>"),
            (-0.5, "fixed<1,0>"),
            (3.0, "ufixed<2,2>"),
        ] {
            assert_eq!(constant(value), expected.parse().unwrap(), "{value}");
        }
    }
}
