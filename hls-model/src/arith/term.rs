//! What a C++ expression of the kernels can be: its type, and the raw numbers that it can have.
//!
//! `ap_fixed` operators keep full precision, so an intermediate number is exact and only a cast changes it. Still its type matters in
//! places: where a cast to an integer depends on it, or where a number is stored in a variable of that type. The types are those of
//! UG1399, "Arbitrary Precision Fixed-Point Data Types": `RType` of `ap_fixed` and `ap_int`.

use crate::fixed::{FixedType, shifted_left};
use crate::precision::Precision;

/// An expression's type and range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// The C++ type, with the default modes unless it is a variable's.
    pub ty: Precision,
    /// The smallest raw number that can occur.
    pub low: i128,
    /// The largest raw number that can occur.
    pub high: i128,
}

/// A number may be too large for the widest word.
pub(crate) type Bounded<T = Term> = Option<T>;

impl Term {
    /// A variable that can have every number of its type; `None` for types wider than can be computed with.
    #[must_use]
    pub fn variable(ty: Precision) -> Option<Self> {
        let storage = ty.storage();
        storage.check_arithmetic().ok()?;
        Some(Self { ty, low: storage.min_raw(), high: storage.max_raw() })
    }

    /// A C++ `int` or a constant of it.
    #[must_use]
    pub fn int(value: i32) -> Self {
        Self { ty: Precision::int(32), low: value.into(), high: value.into() }
    }

    /// A constant of a type, given as a raw number.
    #[must_use]
    pub fn constant(ty: Precision, raw: i128) -> Self {
        Self { ty, low: raw, high: raw }
    }

    /// The same with another range.
    #[must_use]
    pub fn within(self, low: i128, high: i128) -> Self {
        Self { low, high, ..self }
    }

    /// Bits right of the binary point.
    #[must_use]
    pub fn frac(&self) -> i32 {
        self.ty.frac()
    }

    /// Bits of a signed word that holds every number in the range.
    #[must_use]
    pub fn bits(&self) -> u32 {
        signed_bits(self.low).max(signed_bits(self.high))
    }

    /// The product. `None` if it is wider than can be computed with.
    #[must_use]
    pub fn mul(&self, other: &Self) -> Option<Self> {
        let (a, b) = (Shape::of(self), Shape::of(other));
        let products = [
            self.low.checked_mul(other.low)?,
            self.low.checked_mul(other.high)?,
            self.high.checked_mul(other.low)?,
            self.high.checked_mul(other.high)?,
        ];
        let ty = Shape { width: a.width + b.width, integer: a.integer + b.integer, ..a.joined(&b) };
        let low = products.iter().copied().min()?;
        Some(Self { ty: ty.precision(), low, high: products.into_iter().max()? })
    }

    /// The sum. `None` if it is wider than can be computed with.
    #[must_use]
    pub fn add(&self, other: &Self) -> Option<Self> {
        let (a, b) = (self.aligned(other)?, other.aligned(self)?);
        let (low, high) = (a.low.checked_add(b.low)?, a.high.checked_add(b.high)?);
        Some(Self { ty: Shape::of(self).sum(&Shape::of(other)).precision(), low, high })
    }

    /// The difference. `None` if it is wider than can be computed with.
    #[must_use]
    pub fn sub(&self, other: &Self) -> Option<Self> {
        let (a, b) = (self.aligned(other)?, other.aligned(self)?);
        let (low, high) = (a.low.checked_sub(b.high)?, a.high.checked_sub(b.low)?);
        let shape = Shape { signed: true, ..Shape::of(self).sum(&Shape::of(other)) };
        Some(Self { ty: shape.precision(), low, high })
    }

    /// The number with the sign turned. `None` if it is wider than can be computed with.
    #[must_use]
    pub fn neg(&self) -> Option<Self> {
        let shape = Shape::of(self);
        let shape = Shape { width: shape.width + 1, integer: shape.integer + 1, signed: true, ..shape };
        Some(Self { ty: shape.precision(), low: self.high.checked_neg()?, high: self.low.checked_neg()? })
    }

    /// How far raw numbers must move left to have the binary point of a sum with `other`.
    #[must_use]
    pub fn shift_to_add(&self, other: &Self) -> u32 {
        let shift = i64::from(other.frac().max(self.frac())) - i64::from(self.frac());
        u32::try_from(shift).unwrap_or(u32::MAX)
    }

    pub(crate) fn aligned(&self, other: &Self) -> Option<Self> {
        let shift = self.shift_to_add(other);
        Some(self.within(shifted_left(self.low, shift.into())?, shifted_left(self.high, shift.into())?))
    }
}

/// Bits of a signed word that holds the number.
#[must_use]
pub fn signed_bits(raw: i128) -> u32 {
    let magnitude = if raw < 0 { !raw } else { raw };
    129 - magnitude.leading_zeros()
}

/// The parameters that result types are made from.
#[derive(Debug, Clone, Copy)]
struct Shape {
    width: i64,
    integer: i64,
    signed: bool,
    /// Whether it is an `ap_int`.
    whole: bool,
}

impl Shape {
    fn of(term: &Term) -> Self {
        let FixedType { width, integer, signed, .. } = term.ty.storage();
        let whole = !matches!(term.ty, Precision::Fixed(_));
        Self { width: width.into(), integer: integer.into(), signed, whole }
    }

    fn joined(&self, other: &Self) -> Self {
        Self { signed: self.signed || other.signed, whole: self.whole && other.whole, ..*self }
    }

    fn sum(&self, other: &Self) -> Self {
        let side = |a: &Self, b: &Self| a.integer + i64::from(b.signed && !a.signed);
        let integer = side(self, other).max(side(other, self)) + 1;
        let fraction = (self.width - self.integer).max(other.width - other.integer);
        Self { width: integer + fraction, integer, ..self.joined(other) }
    }

    fn precision(&self) -> Precision {
        let width = u32::try_from(self.width.max(1)).unwrap_or(u32::MAX);
        let integer = i32::try_from(self.integer).unwrap_or(i32::MAX);
        match (self.whole, self.signed) {
            (true, signed) => Precision::Integer { width, signed },
            (false, true) => Precision::fixed(width, integer),
            (false, false) => Precision::ufixed(width, integer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(text: &str) -> Term {
        Term::variable(text.parse().expect(text)).expect(text)
    }

    #[test]
    fn operators_have_the_result_types_of_ap_fixed() {
        let table = [
            ("fixed<8,3>", "*", "ufixed<4,1>", "fixed<12,4>"),
            ("fixed<8,3>", "+", "ufixed<4,1>", "fixed<9,4>"),
            ("ufixed<8,3>", "+", "fixed<8,3>", "fixed<10,5>"),
            ("ufixed<8,3>", "+", "ufixed<4,1>", "ufixed<9,4>"),
            ("ufixed<8,3>", "-", "ufixed<4,1>", "fixed<9,4>"),
            ("fixed<8,3>", "-", "fixed<8,1>", "fixed<11,4>"),
            ("int<8>", "*", "uint<4>", "int<12>"),
            ("uint<8>", "+", "uint<8>", "uint<9>"),
            ("uint<8>", "-", "uint<8>", "int<9>"),
            ("int<8>", "+", "fixed<8,3>", "fixed<14,9>"),
        ];
        for (a, operator, b, expected) in table {
            let (x, y) = (variable(a), variable(b));
            let result = match operator {
                "*" => x.mul(&y),
                "+" => x.add(&y),
                _ => x.sub(&y),
            };
            let expected: Precision = expected.parse().expect(expected);
            assert_eq!(result.map(|term| term.ty), Some(expected), "{a} {operator} {b}");
        }
        assert_eq!(variable("uint<2>").neg().map(|term| term.ty), Some(Precision::int(3)));
    }

    #[test]
    fn ranges_are_exact() {
        let (x, y) = (variable("fixed<4,2>"), variable("ufixed<3,0>"));
        let range = |term: Option<Term>| term.map(|t| (t.low, t.high));
        assert_eq!(range(x.mul(&y)), Some((-56, 49)));
        // x moves one place to the left.
        assert_eq!(range(x.add(&y)), Some((-16, 21)));
        assert_eq!(range(x.sub(&y)), Some((-23, 14)));
        assert_eq!(range(x.neg()), Some((-7, 8)));
        let wide = variable("fixed<100,50>");
        assert_eq!(wide.mul(&wide), None);
        assert_eq!(Term::variable(Precision::fixed(121, 60)), None);
    }

    #[test]
    fn words_are_as_wide_as_their_numbers() {
        for (raw, bits) in [(0, 1), (-1, 1), (1, 2), (-2, 2), (127, 8), (-128, 8), (128, 9), (i128::MIN, 128)]
        {
            assert_eq!(signed_bits(raw), bits, "{raw}");
        }
    }
}
