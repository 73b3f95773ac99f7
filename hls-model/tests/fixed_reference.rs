//! `FixedType`'s casts against their definition, computed with big rationals.

use hls_model::fixed::{FixedType, Overflow, Rounding};
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use proptest::prelude::*;

fn power_of_two(exponent: i32) -> BigRational {
    let two = BigRational::from_integer(BigInt::from(2));
    two.pow(exponent)
}

fn value(raw: i128, frac: i32) -> BigRational {
    BigRational::from_integer(BigInt::from(raw)) * power_of_two(-frac)
}

/// The integer that `mode` picks for `exact`, from the two neighbours and their distances.
fn rounded(exact: &BigRational, mode: Rounding) -> BigInt {
    let (floor, ceil) = (exact.floor().to_integer(), exact.ceil().to_integer());
    let zero = BigInt::from(0);
    let towards_zero = if exact.numer() < &zero { ceil.clone() } else { floor.clone() };
    let away_from_zero = if exact.numer() < &zero { floor.clone() } else { ceil.clone() };
    let to_floor = exact - BigRational::from_integer(floor.clone());
    let to_ceil = BigRational::from_integer(ceil.clone()) - exact;
    let nearest = |on_tie: BigInt| match to_floor.cmp(&to_ceil) {
        std::cmp::Ordering::Less => floor.clone(),
        std::cmp::Ordering::Greater => ceil.clone(),
        std::cmp::Ordering::Equal => on_tie,
    };
    match mode {
        Rounding::Trn => floor,
        Rounding::TrnZero => towards_zero,
        Rounding::Rnd => nearest(ceil.clone()),
        Rounding::RndZero => nearest(towards_zero),
        Rounding::RndMinInf => nearest(floor.clone()),
        Rounding::RndInf => nearest(away_from_zero),
        Rounding::RndConv => nearest(if floor.is_even() { floor.clone() } else { ceil.clone() }),
    }
}

/// The number of `ty` that stands for `number`, per the definition of each overflow mode.
fn fitted(number: BigInt, ty: &FixedType) -> BigInt {
    let two = BigInt::from(2);
    let span = two.pow(ty.width);
    let largest: BigInt = if ty.signed { two.pow(ty.width - 1) - 1 } else { span.clone() - 1 };
    let lowest = if ty.signed { -two.pow(ty.width - 1) } else { BigInt::from(0) };
    let smallest = match ty.overflow {
        Overflow::SatSym if ty.signed && ty.width > 1 => -largest.clone(),
        _ => lowest.clone(),
    };
    if smallest <= number && number <= largest {
        return number;
    }
    match ty.overflow {
        Overflow::Sat | Overflow::SatSym if number > largest => largest,
        Overflow::Sat | Overflow::SatSym => smallest,
        Overflow::SatZero => BigInt::from(0),
        Overflow::Wrap => (number - lowest.clone()).mod_floor(&span) + lowest,
    }
}

fn any_type() -> impl Strategy<Value = FixedType> {
    let rounding = prop::sample::select(Rounding::NAMES.map(|(mode, _)| mode).to_vec());
    let overflow = prop::sample::select(Overflow::NAMES.map(|(mode, _)| mode).to_vec());
    let width = prop_oneof![1_u32..=8, 1_u32..=120];
    (width, -20_i32..=60, any::<bool>(), rounding, overflow).prop_map(
        |(width, integer, signed, rounding, overflow)| {
            let ty =
                if signed { FixedType::signed(width, integer) } else { FixedType::unsigned(width, integer) };
            ty.with_modes(rounding, overflow)
        },
    )
}

/// Raw numbers of every magnitude, with many ties and borders among them.
fn any_raw() -> impl Strategy<Value = i128> {
    prop_oneof![
        -40_i128..=40,
        any::<i128>(),
        (any::<i128>(), 0_u32..127).prop_map(|(raw, shift)| raw >> shift),
        (-3_i128..=3, 0_u32..120, -1_i128..=1).prop_map(|(few, shift, off)| (few << shift) + off),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_cast_is_rounding_then_overflow(ty in any_type(), raw in any_raw(), from_frac in -30_i32..=160) {
        let exact = value(raw, from_frac) / power_of_two(-ty.frac());
        let expected = fitted(rounded(&exact, ty.rounding), &ty);
        prop_assert_eq!(BigInt::from(ty.cast_raw(raw, from_frac)), expected);
    }

    #[test]
    fn a_double_is_cast_from_its_exact_value(ty in any_type(), bits in any::<u64>(), near in -300.0_f64..300.0) {
        for number in [f64::from_bits(bits), near, f64::from(near as f32), near.round() / 8.0] {
            if let Some(exact) = BigRational::from_float(number) {
                let expected = fitted(rounded(&(exact / power_of_two(-ty.frac())), ty.rounding), &ty);
                prop_assert_eq!(BigInt::from(ty.from_f64(number)), expected);
            }
        }
    }

    #[test]
    fn numbers_of_up_to_53_bits_survive_a_double_and_decimal_text(
        width in 1_u32..=53, integer in -20_i32..=60, signed in any::<bool>(), raw in any::<i128>(),
    ) {
        let ty = if signed { FixedType::signed(width, integer) } else { FixedType::unsigned(width, integer) };
        let raw = ty.cast_raw(raw, ty.frac());
        prop_assert_eq!(ty.from_f64(ty.to_f64(raw)), raw);
        let places = usize::try_from(ty.frac()).unwrap_or(0);
        let text = format!("{:.places$}", ty.to_f64(raw));
        prop_assert_eq!(ty.from_decimal_str(&text), Ok(raw));
    }
}
