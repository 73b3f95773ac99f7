//! Weight arrays as text.
//!
//! hls4ml prints a weight with as many decimals as its type has fractional bits. A binary fraction with *n* bits has at most *n*
//! decimals, so every number on the type's grid is written exactly, and reading it back (as a double, then cast) gives the same
//! number. A number off the grid is first rounded to those decimals, and then to the grid by the C++ type, as in hls4ml.

use std::fmt::Write;

use hls_model::graph::{MAX_DECIMALS, Weight, exponent_of_two};
use hls_model::precision::Precision;

use crate::CodegenError;
use crate::vitis::cpp::identifier;

/// How the elements of an array are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One decimal number with this many decimals.
    Decimal {
        /// Digits after the decimal point.
        places: usize,
    },
    /// `{sign, exponent}` of a power of two; the sign is 1 for positive numbers.
    SignExponent,
}

impl Format {
    /// The format that hls4ml uses for a precision.
    #[must_use]
    pub fn of(precision: &Precision) -> Self {
        match precision {
            Precision::Exponent { .. } => Format::SignExponent,
            other => Format::Decimal { places: other.decimal_places().min(MAX_DECIMALS) },
        }
    }
}

/// The elements of a weight array in C order, separated by `, `.
///
/// # Errors
/// When an element is not finite, or not a power of two where the type stores exponents.
pub fn elements(weight: &Weight) -> Result<String, CodegenError> {
    let precision = weight.ty.precision;
    let format = Format::of(&precision);
    let mut text = String::with_capacity(weight.values.data.len() * 10);
    for (i, &value) in weight.values.data.iter().enumerate() {
        if !value.is_finite() {
            return Err(CodegenError::NotFinite { variable: weight.variable.clone(), value });
        }
        if i > 0 {
            text.push_str(", ");
        }
        match format {
            Format::Decimal { places } => push_decimal(&mut text, value, places),
            Format::SignExponent => {
                let exponent = exponent_of_two(value).ok_or_else(|| CodegenError::NotAPowerOfTwo {
                    variable: weight.variable.clone(),
                    value,
                    precision,
                })?;
                push(&mut text, format_args!("{{{}, {exponent}}}", u8::from(value > 0.0)));
            }
        }
    }
    Ok(text)
}

/// The C++ declaration of a weight array, such as `weight2_t w2[48]`.
///
/// # Errors
/// When its names are not identifiers.
pub fn declaration(weight: &Weight) -> Result<String, CodegenError> {
    let ty = identifier(&weight.ty.name, "a weight's type")?;
    let variable = identifier(&weight.variable, "a weight")?;
    Ok(format!("{ty} {variable}[{}]", weight.values.data.len()))
}

/// Rust's formatting and Python's agree: both round the exact binary value, halves to even.
fn push_decimal(text: &mut String, value: f64, places: usize) {
    match dyadic_digits(value, places) {
        Some((whole, digits)) => {
            let sign = if value.is_sign_negative() { "-" } else { "" };
            let point = if places > 0 { "." } else { "" };
            push(text, format_args!("{sign}{whole}{point}"));
            if places > 0 {
                push(text, format_args!("{digits:0places$}"));
            }
        }
        None => push(text, format_args!("{value:.places$}")),
    }
}

/// The digits before and after the decimal point of a number that needs no rounding, as most weights do not: a shortcut that takes
/// a fraction of the time of the general algorithm.
fn dyadic_digits(value: f64, places: usize) -> Option<(u64, u64)> {
    /// Decimals whose power of ten fits in 64 bits together with as many binary places.
    const MAX_PLACES: u32 = 18;
    /// Above it, not every double has a fraction.
    const MAX_WHOLE: f64 = 4_294_967_296.0;
    let places = u32::try_from(places).ok().filter(|places| *places <= MAX_PLACES)?;
    let magnitude = value.abs();
    if magnitude >= MAX_WHOLE {
        return None;
    }
    // A multiplication by a power of two is exact; n binary places need n decimals.
    let scaled = magnitude * f64::from(1_u32 << places);
    if scaled.fract() != 0.0 {
        return None;
    }
    let raw = scaled as u64;
    let (whole, fraction) = (raw >> places, raw & ((1 << places) - 1));
    let digits = (u128::from(fraction) * 10_u128.pow(places)) >> places;
    u64::try_from(digits).ok().map(|digits| (whole, digits))
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // A String grows as needed; its Write never fails.
    let _ = text.write_fmt(arguments);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(value: f64, places: usize) -> String {
        let mut text = String::new();
        push_decimal(&mut text, value, places);
        text
    }

    #[test]
    fn numbers_look_as_python_prints_them() {
        // '{:.Nf}'.format(x) of CPython 3.11.
        let table = [
            (0.5, 0, "0"),
            (1.5, 0, "2"),
            (2.5, 0, "2"),
            (-0.5, 0, "-0"),
            (-0.0, 3, "-0.000"),
            (0.125, 2, "0.12"),
            (0.375, 2, "0.38"),
            (0.1, 10, "0.1000000000"),
            (f64::from(0.1_f32), 10, "0.1000000015"),
            (f64::from(0.1_f32), 30, "0.100000001490116119384765625000"),
            (-1.0, 0, "-1"),
            (1e22, 1, "10000000000000000000000.0"),
            (5e-324, 4, "0.0000"),
            (-1e-9, 4, "-0.0000"),
        ];
        for (value, places, expected) in table {
            assert_eq!(decimal(value, places), expected);
        }
    }

    #[test]
    fn formats_follow_the_type() {
        let table = [
            (Precision::fixed(16, 6), Format::Decimal { places: 10 }),
            (Precision::fixed(4, 6), Format::Decimal { places: 0 }),
            (Precision::int(4), Format::Decimal { places: 0 }),
            (Precision::Xnor, Format::Decimal { places: 0 }),
            (Precision::Exponent { width: 4, signed: true }, Format::SignExponent),
        ];
        for (precision, expected) in table {
            assert_eq!(Format::of(&precision), expected, "{precision}");
        }
    }

    #[test]
    fn only_powers_of_two_have_an_exponent() {
        let table = [
            (1.0, Some(0)),
            (-8.0, Some(3)),
            (0.125, Some(-3)),
            (2_f64.powi(-1022), Some(-1022)),
            (3.0, None),
            (0.0, None),
            (5e-324, None),
        ];
        for (value, expected) in table {
            assert_eq!(exponent_of_two(value), expected, "{value}");
        }
    }

    proptest! {
        #[test]
        fn the_shortcut_prints_what_the_general_algorithm_prints(raw in any::<i32>(), shift in 0_i32..24, places in 0_usize..22) {
            let value = f64::from(raw) * 2_f64.powi(-shift);
            prop_assert_eq!(decimal(value, places), format!("{value:.places$}"));
        }

        #[test]
        fn numbers_on_the_grid_are_written_as_all_others(raw in any::<i64>(), shift in 0_u32..60, places in 0_usize..25) {
            let value = (raw >> shift) as f64 / 2_f64.powi(i32::try_from(places).unwrap_or(0));
            prop_assert_eq!(decimal(value, places), format!("{value:.places$}"));
            prop_assert_eq!(decimal(-value, places), format!("{:.places$}", -value));
        }

        #[test]
        fn text_gives_the_number_back(width in 1_u32..=53, integer in -12_i32..=40, signed in any::<bool>(), raw in any::<i64>()) {
            let precision = if signed { Precision::fixed(width, integer) } else { Precision::ufixed(width, integer) };
            let ty = precision.storage();
            let raw = ty.cast_raw(i128::from(raw), ty.frac());
            let Format::Decimal { places } = Format::of(&precision) else { unreachable!("fixed-point is decimal") };
            prop_assert_eq!(ty.from_decimal_str(&decimal(ty.to_f64(raw), places)), Ok(raw));
        }
    }
}
