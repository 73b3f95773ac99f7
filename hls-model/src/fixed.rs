//! Fixed-point types and the one place where their arithmetic is exact.
//!
//! A number of a [`FixedType`] is its *raw* integer `r`; the value it stands for is `r · 2^-frac`. Casting between types follows
//! `ap_fixed`: first the bits below the new binary point are dropped by the rounding mode ([`Rounding`], the *Q* parameter), then
//! what does not fit is brought back by the overflow mode ([`Overflow`], the *O* and *N* parameters).
//! See AMD UG1399, "Arbitrary Precision Fixed-Point Data Types".

mod modes;

use std::fmt;

pub use modes::{Overflow, Rounding};

/// The widest type whose raw numbers this module can cast exactly, in bits.
///
/// Wider types can still be named, printed and emitted as C++; [`FixedType::check_arithmetic`] tells them apart.
pub const MAX_ARITHMETIC_WIDTH: u32 = 120;

/// The widest type that the C++ side accepts (`AP_INT_MAX_W`), in bits.
pub const MAX_WIDTH: u32 = 1024;

/// The largest distance of the binary point from the least significant bit, in either direction.
const MAX_INTEGER_BITS: i32 = 4096;

/// What is wrong with a fixed-point type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FixedError {
    /// The width is zero or above [`MAX_WIDTH`].
    #[error("{width} is not a usable width of a number: choose 1 to {MAX_WIDTH} bits")]
    Width {
        /// The width in bits.
        width: u32,
    },
    /// The binary point is absurdly far away.
    #[error(
        "{integer} integer bits are out of reach: choose a number between -{MAX_INTEGER_BITS} and {MAX_INTEGER_BITS}"
    )]
    Integer {
        /// The number of integer bits.
        integer: i32,
    },
    /// More bits are to be saturated than the type has.
    #[error("{saturation_bits} saturation bits do not fit in a type of {width} bits: choose at most {width}")]
    SaturationBits {
        /// The number of saturation bits.
        saturation_bits: u32,
        /// The width in bits.
        width: u32,
    },
    /// The type is fine for C++, but too wide to be computed with here.
    #[error(
        "{ty} is wider than {MAX_ARITHMETIC_WIDTH} bits, the limit of exact computation: give the layers before it a narrower \
         precision, or set a maximum precision for the model"
    )]
    TooWide {
        /// The type.
        ty: FixedType,
    },
    /// Not one of the rounding modes.
    #[error(
        "`{text}` is not a rounding mode: use TRN, TRN_ZERO, RND, RND_ZERO, RND_MIN_INF, RND_INF or RND_CONV"
    )]
    Rounding {
        /// The text found.
        text: String,
    },
    /// Not one of the overflow modes.
    #[error("`{text}` is not an overflow mode: use WRAP, SAT, SAT_ZERO or SAT_SYM")]
    Overflow {
        /// The text found.
        text: String,
    },
    /// The one overflow mode of `ap_fixed` that hls4ml has no name for.
    #[error(
        "the overflow mode WRAP_SM (sign-magnitude wrapping) is not supported by hls4ml: use WRAP, SAT, SAT_ZERO or SAT_SYM"
    )]
    WrapSignMagnitude,
    /// The text is not a decimal number.
    #[error("`{text}` is not a decimal number")]
    Decimal {
        /// The text found.
        text: String,
    },
}

/// A fixed-point type: `ap_fixed<width, integer, rounding, overflow, saturation_bits>` or its unsigned counterpart.
///
/// `integer` counts the bits left of the binary point, the sign among them; it may be negative or exceed `width`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FixedType {
    /// All bits, the sign among them.
    pub width: u32,
    /// Bits left of the binary point, the sign among them.
    pub integer: i32,
    /// Two's complement, or never negative.
    pub signed: bool,
    /// How a cast into this type drops bits.
    pub rounding: Rounding,
    /// How a cast into this type treats what does not fit.
    pub overflow: Overflow,
    /// Upper bits that [`Overflow::Wrap`] saturates instead of wrapping (the *N* parameter); unused by the other modes.
    pub saturation_bits: u32,
}

impl fmt::Display for FixedType {
    /// hls4ml's short form, such as `fixed<16,6,TRN,WRAP,0>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unsigned = if self.signed { "" } else { "u" };
        let FixedType { width, integer, rounding, overflow, saturation_bits, .. } = self;
        write!(f, "{unsigned}fixed<{width},{integer},{rounding},{overflow},{saturation_bits}>")
    }
}

impl FixedType {
    /// A signed type with the default modes (`TRN`, `WRAP`).
    #[must_use]
    pub const fn signed(width: u32, integer: i32) -> Self {
        FixedType {
            width,
            integer,
            signed: true,
            rounding: Rounding::Trn,
            overflow: Overflow::Wrap,
            saturation_bits: 0,
        }
    }

    /// An unsigned type with the default modes (`TRN`, `WRAP`).
    #[must_use]
    pub const fn unsigned(width: u32, integer: i32) -> Self {
        FixedType { signed: false, ..Self::signed(width, integer) }
    }

    /// The same numbers with other modes.
    #[must_use]
    pub const fn with_modes(self, rounding: Rounding, overflow: Overflow) -> Self {
        FixedType { rounding, overflow, ..self }
    }

    /// Whether the modes are those that C++ assumes when none are written.
    #[must_use]
    pub fn has_default_modes(&self) -> bool {
        self.rounding == Rounding::Trn && self.overflow == Overflow::Wrap && self.saturation_bits == 0
    }

    /// Bits right of the binary point; negative when the least significant bit is worth 2 or more.
    #[must_use]
    pub fn frac(&self) -> i32 {
        let frac = i64::from(self.width) - i64::from(self.integer);
        i32::try_from(frac).unwrap_or(if frac < 0 { i32::MIN } else { i32::MAX })
    }

    /// The largest raw number.
    #[must_use]
    pub fn max_raw(&self) -> i128 {
        let value_bits = if self.signed { self.width.saturating_sub(1) } else { self.width };
        i128::try_from(low_bits(value_bits)).unwrap_or(i128::MAX)
    }

    /// The smallest raw number; with [`Overflow::SatSym`] the smallest that a cast can produce.
    #[must_use]
    pub fn min_raw(&self) -> i128 {
        match (self.signed, self.overflow) {
            (false, _) => 0,
            // A single signed bit has no room for symmetry: ap_fixed saturates it to -1.
            (true, Overflow::SatSym) if self.width > 1 => -self.max_raw(),
            (true, _) => -self.max_raw() - 1,
        }
    }

    /// Checks that the parameters make a type that C++ accepts.
    ///
    /// # Errors
    /// When the width, the number of integer bits or of saturation bits is out of range.
    pub fn validate(&self) -> Result<(), FixedError> {
        let FixedType { width, integer, saturation_bits, .. } = *self;
        if !(1..=MAX_WIDTH).contains(&width) {
            return Err(FixedError::Width { width });
        }
        if !(-MAX_INTEGER_BITS..=MAX_INTEGER_BITS).contains(&integer) {
            return Err(FixedError::Integer { integer });
        }
        if saturation_bits > width {
            return Err(FixedError::SaturationBits { saturation_bits, width });
        }
        Ok(())
    }

    /// Checks that [`cast_raw`](Self::cast_raw) and its relatives are exact for this type.
    ///
    /// # Errors
    /// When the type is invalid or wider than [`MAX_ARITHMETIC_WIDTH`].
    pub fn check_arithmetic(&self) -> Result<(), FixedError> {
        self.validate()?;
        if self.width > MAX_ARITHMETIC_WIDTH {
            return Err(FixedError::TooWide { ty: *self });
        }
        Ok(())
    }

    /// Brings `raw · 2^-from_frac` into this type: rounding first, then overflow. Returns the new raw number.
    ///
    /// Exact for every type that passes [`check_arithmetic`](Self::check_arithmetic).
    #[must_use]
    pub fn cast_raw(&self, raw: i128, from_frac: i32) -> i128 {
        let dropped = i64::from(from_frac) - i64::from(self.frac());
        match u64::try_from(dropped) {
            Ok(bits) => self.fit(self.rounding.apply(raw, bits)),
            Err(_) => self.fit_shifted(raw, dropped.unsigned_abs()),
        }
    }

    /// The raw number that `ap_fixed` makes of a double.
    ///
    /// Like its constructor, this reads an infinity or NaN as a number of magnitude 2^1024 or more.
    #[must_use]
    pub fn from_f64(&self, value: f64) -> i128 {
        let (mantissa, frac) = mantissa(value);
        self.cast_raw(mantissa, frac)
    }

    /// Whether [`from_f64`](Self::from_f64) does more than round.
    #[must_use]
    pub fn overflows_f64(&self, value: f64) -> bool {
        let (mantissa, frac) = mantissa(value);
        self.overflows(mantissa, frac)
    }

    /// The double nearest to a raw number's value; exact while the number has at most 53 significant bits.
    #[must_use]
    pub fn to_f64(&self, raw: i128) -> f64 {
        scale_by_power_of_two(raw as f64, -i64::from(self.frac()))
    }

    /// The raw number that C++ reads from decimal text: the nearest double, then [`from_f64`](Self::from_f64).
    ///
    /// # Errors
    /// When the text is not a finite decimal number.
    pub fn from_decimal_str(&self, text: &str) -> Result<i128, FixedError> {
        let text = text.trim();
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(self.from_f64(value)),
            _ => Err(FixedError::Decimal { text: text.to_owned() }),
        }
    }

    /// Whether a cast of `raw · 2^-from_frac` into this type does more than round it.
    #[must_use]
    pub fn overflows(&self, raw: i128, from_frac: i32) -> bool {
        let dropped = i64::from(from_frac) - i64::from(self.frac());
        let fits = |raw: i128| (self.min_raw()..=self.max_raw()).contains(&raw);
        match u64::try_from(dropped) {
            Ok(bits) => !fits(self.rounding.apply(raw, bits)),
            Err(_) => raw != 0 && !shifted_left(raw, dropped.unsigned_abs()).is_some_and(fits),
        }
    }

    /// Applies the overflow mode to a number whose binary point is already in place.
    fn fit(&self, raw: i128) -> i128 {
        if (self.min_raw()..=self.max_raw()).contains(&raw) { raw } else { self.bring_back(raw, raw as u128) }
    }

    /// [`fit`](Self::fit) for `raw · 2^bits`, which may be too large to be written down.
    fn fit_shifted(&self, raw: i128, bits: u64) -> i128 {
        if raw == 0 {
            return 0;
        }
        match shifted_left(raw, bits) {
            Some(shifted) => self.fit(shifted),
            None => {
                let bits = u32::try_from(bits).unwrap_or(u32::MAX);
                self.bring_back(raw, (raw as u128).checked_shl(bits).unwrap_or(0))
            }
        }
    }

    /// The overflow mode's answer for a number outside the type, given something of its sign and its lowest 128 bits.
    fn bring_back(&self, sign: i128, low: u128) -> i128 {
        match (self.overflow, sign < 0) {
            (Overflow::SatZero, _) => 0,
            (Overflow::Sat | Overflow::SatSym, true) => self.min_raw(),
            (Overflow::Sat | Overflow::SatSym, false) => self.max_raw(),
            (Overflow::Wrap, negative) => self.wrap(low, negative),
        }
    }

    fn wrap(&self, low: u128, negative: bool) -> i128 {
        let kept = low & low_bits(self.width);
        let below = |bits: u32| low_bits(self.width.saturating_sub(bits));
        let word = match (self.saturation_bits, self.signed) {
            (0, _) => kept,
            (n, false) => kept & below(n) | (low_bits(self.width) & !below(n)),
            (n, true) if negative => kept & below(n) | (low_bits(self.width) & !below(1)),
            (n, true) => kept & below(n) | (below(1) & !below(n)),
        };
        self.read_word(word)
    }

    /// The raw number that a word of `width` bits stands for.
    ///
    /// Exact for widths up to 128; bits above the width must be zero.
    #[must_use]
    pub fn read_word(&self, word: u128) -> i128 {
        let unused = 128_u32.saturating_sub(self.width);
        if self.signed { ((word << unused) as i128) >> unused } else { word as i128 }
    }
}

/// A double as a raw number and its fractional bits.
fn mantissa(value: f64) -> (i128, i32) {
    let bits = value.to_bits();
    let exponent = i32::try_from((bits >> 52) & 0x7ff).unwrap_or_default();
    let fraction = i128::from(bits & ((1 << 52) - 1));
    let (magnitude, exponent) = if exponent == 0 { (fraction, 1) } else { (fraction | (1 << 52), exponent) };
    (if value.is_sign_negative() { -magnitude } else { magnitude }, 1075 - exponent)
}

/// `raw · 2^bits`, if that can be written down.
pub(crate) fn shifted_left(raw: i128, bits: u64) -> Option<i128> {
    let bits = u32::try_from(bits).ok()?;
    raw.checked_shl(bits).filter(|shifted| shifted >> bits == raw)
}

/// What is left of a number above its floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    Nothing,
    BelowHalf,
    Half,
    AboveHalf,
}

/// The floor of `raw · 2^-bits` and what is left above it.
fn split(raw: i128, bits: u64) -> (i128, Rest) {
    if raw == 0 || bits == 0 {
        return (raw, Rest::Nothing);
    }
    let Some(bits) = u32::try_from(bits).ok().filter(|bits| *bits < 128) else {
        // |raw| is at most 2^127, so |raw · 2^-bits| is at most a half, and exactly that for one number only.
        let rest = match (raw < 0, raw == i128::MIN && bits == 128) {
            (false, _) => Rest::BelowHalf,
            (true, true) => Rest::Half,
            (true, false) => Rest::AboveHalf,
        };
        return (raw >> 127, rest);
    };
    let half = 1_u128 << (bits - 1);
    let rest = match (raw as u128) & low_bits(bits) {
        0 => Rest::Nothing,
        rest if rest < half => Rest::BelowHalf,
        rest if rest == half => Rest::Half,
        _ => Rest::AboveHalf,
    };
    (raw >> bits, rest)
}

/// A mask of the lowest `bits` bits.
fn low_bits(bits: u32) -> u128 {
    u128::MAX.checked_shr(128_u32.saturating_sub(bits)).unwrap_or(0)
}

/// `value · 2^exponent`, in steps whose factors are themselves finite.
fn scale_by_power_of_two(value: f64, exponent: i64) -> f64 {
    const STEP: i64 = 1000;
    let mut value = value;
    let mut exponent = exponent.clamp(-3 * STEP, 3 * STEP);
    while exponent != 0 {
        let step = exponent.clamp(-STEP, STEP);
        value *= f64::from_bits((1023 + step).unsigned_abs() << 52);
        exponent -= step;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_modes_differ_only_as_documented() {
        // Halves and quarters of either sign, cast to integers.
        let quarters = [-7, -6, -5, -2, -1, 1, 2, 5, 6, 7];
        let table = [
            (Rounding::Trn, [-2, -2, -2, -1, -1, 0, 0, 1, 1, 1]),
            (Rounding::TrnZero, [-1, -1, -1, 0, 0, 0, 0, 1, 1, 1]),
            (Rounding::Rnd, [-2, -1, -1, 0, 0, 0, 1, 1, 2, 2]),
            (Rounding::RndZero, [-2, -1, -1, 0, 0, 0, 0, 1, 1, 2]),
            (Rounding::RndMinInf, [-2, -2, -1, -1, 0, 0, 0, 1, 1, 2]),
            (Rounding::RndInf, [-2, -2, -1, -1, 0, 0, 1, 1, 2, 2]),
            (Rounding::RndConv, [-2, -2, -1, 0, 0, 0, 0, 1, 2, 2]),
        ];
        for (mode, expected) in table {
            let ty = FixedType::signed(8, 8).with_modes(mode, Overflow::Wrap);
            assert_eq!(quarters.map(|raw| ty.cast_raw(raw, 2)), expected, "{mode}");
        }
    }

    #[test]
    fn overflow_modes_differ_only_as_documented() {
        let numbers = [-9, -8, -7, 7, 8, 15, 16];
        let table = [
            (FixedType::signed(4, 4), Overflow::Wrap, [7, -8, -7, 7, -8, -1, 0]),
            (FixedType::signed(4, 4), Overflow::Sat, [-8, -8, -7, 7, 7, 7, 7]),
            (FixedType::signed(4, 4), Overflow::SatZero, [0, -8, -7, 7, 0, 0, 0]),
            (FixedType::signed(4, 4), Overflow::SatSym, [-7, -7, -7, 7, 7, 7, 7]),
            (FixedType::unsigned(4, 4), Overflow::Wrap, [7, 8, 9, 7, 8, 15, 0]),
            (FixedType::unsigned(4, 4), Overflow::Sat, [0, 0, 0, 7, 8, 15, 15]),
            (FixedType::unsigned(4, 4), Overflow::SatZero, [0, 0, 0, 7, 8, 15, 0]),
            (FixedType::unsigned(4, 4), Overflow::SatSym, [0, 0, 0, 7, 8, 15, 15]),
        ];
        for (ty, overflow, expected) in table {
            let ty = ty.with_modes(Rounding::Trn, overflow);
            assert_eq!(numbers.map(|raw| ty.cast_raw(raw, 0)), expected, "{ty}");
        }
    }

    #[test]
    fn saturation_bits_keep_the_sign_of_what_wrapped() {
        let table = [
            (
                FixedType { saturation_bits: 1, ..FixedType::signed(4, 4) },
                [(8, 0), (13, 5), (-9, -1), (-13, -5)],
            ),
            (
                FixedType { saturation_bits: 2, ..FixedType::signed(4, 4) },
                [(8, 4), (13, 5), (-9, -5), (-13, -5)],
            ),
            (
                FixedType { saturation_bits: 2, ..FixedType::unsigned(4, 4) },
                [(15, 15), (16, 12), (19, 15), (-1, 15)],
            ),
        ];
        for (ty, cases) in table {
            for (raw, expected) in cases {
                assert_eq!(ty.cast_raw(raw, 0), expected, "{raw} in {ty}");
            }
        }
    }

    #[test]
    fn doubles_are_read_like_the_ap_fixed_constructor_reads_them() {
        let wrap = FixedType::signed(16, 6);
        let sat = wrap.with_modes(Rounding::RndConv, Overflow::Sat);
        let table = [
            (wrap, 1.5, 1536),
            (wrap, -0.000_1, -1),
            (sat, -0.000_1, 0),
            (wrap, 33.0, -31 * 1024),
            (sat, 33.0, 32767),
            (sat, -1e300, -32768),
            (wrap, 1e300, 0),
            (sat, f64::INFINITY, 32767),
            (sat, f64::NEG_INFINITY, -32768),
            (wrap, f64::NAN, 0),
            (wrap, -f64::from_bits(1), -1),
            (FixedType::signed(8, 12), 24.0, 1),
            (FixedType::unsigned(4, -2), 0.125, 8),
        ];
        for (ty, value, expected) in table {
            assert_eq!(ty.from_f64(value), expected, "{value} in {ty}");
        }
    }

    #[test]
    fn impossible_types_are_refused() {
        let table = [
            (FixedType::signed(0, 0), FixedError::Width { width: 0 }),
            (FixedType::signed(1025, 6), FixedError::Width { width: 1025 }),
            (FixedType::signed(8, 1_000_000), FixedError::Integer { integer: 1_000_000 }),
            (
                FixedType { saturation_bits: 9, ..FixedType::signed(8, 1) },
                FixedError::SaturationBits { saturation_bits: 9, width: 8 },
            ),
        ];
        for (ty, error) in table {
            assert_eq!(ty.validate(), Err(error));
        }
        let wide = FixedType::signed(121, 40);
        assert_eq!(wide.validate(), Ok(()));
        assert_eq!(wide.check_arithmetic(), Err(FixedError::TooWide { ty: wide }));
    }
}
