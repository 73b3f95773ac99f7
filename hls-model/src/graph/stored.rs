//! Weights as the firmware stores them.
//!
//! hls4ml writes a weight as decimal text with as many decimals as its type has fractional bits, and C++ reads that text into the
//! type. For a number on the type's grid the text is exact; another one is rounded to those decimals first and to the grid by
//! the type afterwards.

use super::weight::Weight;
use crate::precision::Precision;

/// Decimals beyond this are zeros for any double.
pub const MAX_DECIMALS: usize = 1100;

/// An element of a weight array as the firmware stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// A raw number of the array's type.
    Raw(i128),
    /// ± a power of two.
    PowerOfTwo {
        /// Whether the number is below zero.
        negative: bool,
        /// The exponent, within the array's type.
        exponent: i128,
    },
}

/// An element that cannot be stored.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// NaN or an infinity.
    #[error("{value} is not a number that hardware can represent")]
    NotFinite {
        /// The element.
        value: f64,
    },
    /// The type stores exponents.
    #[error("{value} is not a power of two, but its type {} stores exponents", precision.graph_form())]
    NotAPowerOfTwo {
        /// The element.
        value: f64,
        /// The array's precision.
        precision: Precision,
    },
}

impl Weight {
    /// The elements in C order as C++ reads them from the weight files.
    ///
    /// # Errors
    /// An element is not finite, or not a power of two where the type stores exponents.
    pub fn stored(&self) -> Result<Vec<Stored>, StoreError> {
        let precision = self.ty.precision;
        self.values.data.iter().map(|&value| stored(value, precision)).collect()
    }
}

fn stored(value: f64, precision: Precision) -> Result<Stored, StoreError> {
    if !value.is_finite() {
        return Err(StoreError::NotFinite { value });
    }
    let ty = precision.storage();
    if let Precision::Exponent { .. } = precision {
        let exponent = exponent_of_two(value).ok_or(StoreError::NotAPowerOfTwo { value, precision })?;
        return Ok(Stored::PowerOfTwo { negative: value < 0.0, exponent: ty.cast_raw(exponent.into(), 0) });
    }
    let raw = ty.from_f64(value);
    if ty.to_f64(raw) == value {
        return Ok(Stored::Raw(raw));
    }
    let places = precision.decimal_places().min(MAX_DECIMALS);
    let text = format!("{value:.places$}");
    // A finite number's text is a number.
    Ok(Stored::Raw(ty.from_decimal_str(&text).unwrap_or(raw)))
}

/// `n` where `|value|` is 2ⁿ.
#[must_use]
pub fn exponent_of_two(value: f64) -> Option<i32> {
    let bits = value.abs().to_bits();
    let exponent = i32::try_from(bits >> 52).ok()?;
    let is_power = bits & ((1 << 52) - 1) == 0 && exponent != 0;
    is_power.then_some(exponent - 1023)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_stored_as_their_text_reads() {
        let fixed = Precision::fixed(6, 2);
        let po2 = Precision::Exponent { width: 4, signed: true };
        let power = |negative, exponent| Ok(Stored::PowerOfTwo { negative, exponent });
        let table = [
            (0.5, fixed, Ok(Stored::Raw(8))),
            // 0.06249 is written as 0.0625, which is one step, though it lies below it.
            (0.062_49, fixed, Ok(Stored::Raw(1))),
            (0.062_44, fixed, Ok(Stored::Raw(0))),
            (-0.062_44, fixed, Ok(Stored::Raw(-1))),
            (2.5, fixed, Ok(Stored::Raw(-24))),
            (-1.6, Precision::int(4), Ok(Stored::Raw(-2))),
            (0.25, po2, power(false, -2)),
            (-8.0, po2, power(true, 3)),
            (0.3, po2, Err(StoreError::NotAPowerOfTwo { value: 0.3, precision: po2 })),
            (f64::INFINITY, fixed, Err(StoreError::NotFinite { value: f64::INFINITY })),
        ];
        for (value, precision, expected) in table {
            assert_eq!(stored(value, precision), expected, "{value} as {precision}");
        }
    }
}
