//! Casts, prepared: what [`Cast`] does to one number, done to buffers of them in words of one size.

use multiversion::multiversion;

use super::clips::Clips;
use super::word::Word;
use crate::arith::{Alignment, Cast, Fitting};
use crate::fixed::{FixedType, Overflow, Rounding};

impl Cast {
    /// The cast in words of a size that has at least [`bits`](Self::bits); fewer will do for a [modular](Self::is_modular) cast,
    /// if they are as many as the type has.
    pub(super) fn compile<W: Word>(&self) -> WordCast<W> {
        let into = self.to().storage();
        if self.fitting() == Fitting::General {
            let fit = Fit::General { into, frac: self.from().frac() };
            return WordCast { align: Align::Keep, fit, into };
        }
        let align = match self.alignment() {
            Alignment::Keep => Align::Keep,
            Alignment::Left(bits) if bits >= W::BITS => Align::Vanish,
            Alignment::Left(bits) => Align::Left(bits),
            Alignment::Right(bits, rounding) => Align::Right(bits, rounding),
        };
        WordCast { align, fit: self.compile_fit(), into }
    }

    fn compile_fit<W: Word>(&self) -> Fit<W> {
        let into = self.to().storage();
        let FixedType { width, signed, overflow, .. } = into;
        let (low, high) = (W::from_raw(into.min_raw()), W::from_raw(into.max_raw()));
        match (self.fitting(), overflow) {
            (Fitting::None | Fitting::General, _) => Fit::Keep,
            // The machine's own wrapping.
            (_, Overflow::Wrap) if signed && width >= W::BITS => Fit::Keep,
            (_, Overflow::Wrap) if signed => Fit::WrapSigned { unused: W::BITS - width },
            (_, Overflow::Wrap) => Fit::WrapUnsigned { mask: high },
            (_, Overflow::Sat | Overflow::SatSym) => Fit::Clamp { low, high },
            (_, Overflow::SatZero) => Fit::OrZero { low, high },
        }
    }
}

/// A cast in words of one size.
#[derive(Debug, Clone, Copy)]
pub(super) struct WordCast<W> {
    align: Align,
    fit: Fit<W>,
    /// What the numbers are cast to.
    into: FixedType,
}

#[derive(Debug, Clone, Copy)]
enum Align {
    Keep,
    Left(u32),
    Right(u32, Rounding),
    Vanish,
}

#[derive(Debug, Clone, Copy)]
enum Fit<W> {
    Keep,
    WrapSigned { unused: u32 },
    WrapUnsigned { mask: W },
    Clamp { low: W, high: W },
    OrZero { low: W, high: W },
    General { into: FixedType, frac: i32 },
}

impl<W: Word> WordCast<W> {
    /// Whether no number changes.
    pub(super) fn is_identity(&self) -> bool {
        matches!((self.align, self.fit), (Align::Keep, Fit::Keep))
    }

    /// Casts each number where it is.
    pub(super) fn apply(&self, values: &mut [W], clips: &mut Clips) {
        if let Fit::General { into, frac } = self.fit {
            return general(values, into, frac, clips);
        }
        // What a quantizer does, in one go.
        if let (Align::Right(bits, rounding), Fit::Clamp { low, high }, false) =
            (self.align, self.fit, clips.are_counted())
        {
            return round(values, bits, rounding, |v| v.max(low).min(high));
        }
        align(values, self.align);
        if clips.are_counted() {
            let cut = |value: W| (fitted(value, self.fit) != value).then(|| self.into.to_f64(value.raw()));
            clips.mark(values.iter().map(|&value| cut(value)));
        }
        fit(values, self.fit);
    }
}

fn general<W: Word>(values: &mut [W], into: FixedType, frac: i32, clips: &mut Clips) {
    if clips.are_counted() {
        let whole = FixedType { integer: into.integer + (into.frac() - frac), ..into };
        let cut = |raw: i128| into.overflows(raw, frac).then(|| whole.to_f64(raw));
        clips.mark(values.iter().map(|value| cut(value.raw())));
    }
    values.iter_mut().for_each(|value| *value = W::from_raw(into.cast_raw(value.raw(), frac)));
}

/// Moves numbers to the binary point that they are cast to.
fn align<W: Word>(values: &mut [W], align: Align) {
    match align {
        Align::Keep => {}
        Align::Vanish => values.fill(W::default()),
        Align::Left(bits) => each(values, |v| v.shl(bits)),
        Align::Right(bits, rounding) => round(values, bits, rounding, |v| v),
    }
}

/// Rounds numbers and does something with what comes out.
#[inline(always)]
fn round<W: Word>(values: &mut [W], bits: u32, rounding: Rounding, then: impl Fn(W) -> W) {
    // The floor of the number plus something: half a unit, less the least bit where ties go down.
    let floor = |v: W, addend: W| then(v.add(addend).shr(bits));
    let minus_if_negative = |v: W| v.shr(W::BITS - 1);
    let one = W::from_raw(1);
    let half = one.shl(bits - 1);
    let below_half = half.sub(one);
    let below_unit = half.add(below_half);
    match rounding {
        Rounding::Trn => each(values, |v| then(v.shr(bits))),
        Rounding::TrnZero => each(values, |v| floor(v, minus_if_negative(v).and(below_unit))),
        Rounding::Rnd => each(values, |v| floor(v, half)),
        Rounding::RndZero => each(values, |v| floor(v, below_half.sub(minus_if_negative(v)))),
        Rounding::RndMinInf => each(values, |v| floor(v, below_half)),
        Rounding::RndInf => each(values, |v| floor(v, half.add(minus_if_negative(v)))),
        Rounding::RndConv => each(values, |v| floor(v, below_half.add(v.shr(bits).and(one)))),
    }
}

/// Cuts off what does not fit.
fn fit<W: Word>(values: &mut [W], fit: Fit<W>) {
    match fit {
        Fit::Keep | Fit::General { .. } => {}
        Fit::WrapSigned { unused } => each(values, |v| v.shl(unused).shr(unused)),
        Fit::WrapUnsigned { mask } => each(values, |v| v.and(mask)),
        Fit::Clamp { low, high } => each(values, |v| v.max(low).min(high)),
        Fit::OrZero { low, high } => {
            each(values, |v| if v < low || v > high { W::default() } else { v });
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn each<W: Word, F: Fn(W) -> W>(values: &mut [W], change: F) {
    for value in values {
        *value = change(*value);
    }
}

fn fitted<W: Word>(value: W, how: Fit<W>) -> W {
    let mut value = [value];
    fit(&mut value, how);
    value[0]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::arith::Term;
    use crate::emulate::clips::ClipRange;
    use crate::emulate::word::{WordSize, with_word};
    use crate::precision::Precision;

    impl<W: Word> WordCast<W> {
        /// Casts one number.
        fn one(&self, value: W) -> W {
            let mut value = [value];
            self.apply(&mut value, &mut Clips::ignored());
            value[0]
        }
    }

    fn any_type() -> impl Strategy<Value = FixedType> {
        let modes = (0..Rounding::NAMES.len(), 0..Overflow::NAMES.len(), 0_u32..4);
        (1_u32..=40, -12_i32..=44, any::<bool>(), modes).prop_map(|(width, integer, signed, (q, o, n))| {
            let ty = FixedType { signed, ..FixedType::signed(width, integer) };
            let ty = ty.with_modes(Rounding::NAMES[q].0, Overflow::NAMES[o].0);
            // Most types have no saturation bits.
            FixedType { saturation_bits: if n == 3 { width.min(2) } else { 0 }, ..ty }
        })
    }

    fn check<W: Word>(rule: &Cast, from: FixedType, raws: &[i128]) -> Result<(), TestCaseError> {
        let cast = rule.compile::<W>();
        let (mut words, mut clips) =
            (raws.iter().map(|&raw| W::from_raw(raw)).collect::<Vec<_>>(), Clips::ignored());
        cast.apply(&mut words, &mut clips);
        let into = rule.to().storage();
        for (&raw, word) in raws.iter().zip(words) {
            let expected = into.cast_raw(raw, from.frac());
            prop_assert_eq!(word.raw(), expected, "{} of {} into {} in {} bits", raw, from, into, W::BITS);
            let result = rule.result();
            prop_assert!(
                result.low <= expected && expected <= result.high,
                "{} is outside {:?}",
                expected,
                result
            );
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn prepared_casts_are_casts(from in any_type(), into in any_type(), seeds in prop::collection::vec(any::<i64>(), 64)) {
            let from = FixedType { overflow: Overflow::Wrap, saturation_bits: 0, ..from };
            let corners = [from.min_raw(), from.max_raw(), 0, from.min_raw() / 2, from.max_raw() / 2];
            let raws: Vec<i128> =
                seeds.iter().map(|&seed| from.cast_raw(seed.into(), from.frac())).chain(corners).collect();
            let term = Term::variable(from.into()).expect("narrow");
            let rule = Cast::new(term, into.into());
            let narrowest = WordSize::for_bits(rule.bits()).expect("narrow");
            for size in [WordSize::Bits16, WordSize::Bits32, WordSize::Bits64, WordSize::Bits128] {
                if size >= narrowest {
                    with_word!(size, W => check::<W>(&rule, from, &raws)?);
                }
            }
        }

        #[test]
        fn a_modular_cast_does_not_mind_numbers_that_wrapped(raw in any::<i64>(), width in 1_u32..=32, signed in any::<bool>()) {
            let into = FixedType { signed, ..FixedType::signed(width, 10) };
            let from = Term { ty: Precision::fixed(64, 10 + 32), low: i64::MIN.into(), high: i64::MAX.into() };
            let from = Term { ty: Precision::fixed(64, 64 - into.frac()), ..from };
            let rule = Cast::new(from, into.into());
            prop_assert!(rule.is_modular());
            let expected = into.cast_raw(raw.into(), into.frac());
            prop_assert_eq!(rule.compile::<i64>().one(raw).raw(), expected);
            if width < 32 || signed {
                prop_assert_eq!(rule.compile::<i32>().one(raw as i32).raw(), expected);
            }
        }
    }

    #[test]
    fn numbers_that_do_not_fit_are_counted() {
        let from = Term::variable(Precision::fixed(8, 8)).expect("narrow");
        let table = [
            (FixedType::signed(4, 4), 2),
            (FixedType::signed(4, 4).with_modes(Rounding::Trn, Overflow::Sat), 2),
            (FixedType::unsigned(4, 4), 2),
            (FixedType { saturation_bits: 1, ..FixedType::signed(4, 4) }, 2),
            (FixedType::signed(8, 8), 0),
            // Rounding alone is no clip.
            (FixedType::signed(4, 8), 0),
        ];
        for (into, expected) in table {
            let mut clips = Clips::counted(1, 4);
            let cast = Cast::new(from, into.into()).compile::<i32>();
            // The last number is in a sample that is not there.
            cast.apply(&mut [7, 9, -3, -20, 100], &mut clips);
            assert_eq!(clips.results().total(), expected, "{into}");
            let range = (expected > 0)
                .then_some(ClipRange { low: -20.0, high: if into.signed { 9.0 } else { -3.0 } });
            assert_eq!(clips.results().range(), range, "{into}");
        }
    }

    #[test]
    fn integers_without_integer_bits_read_as_xilinxs() {
        let cast = |from: Precision, raw: i32| {
            let rule = Cast::new(Term::variable(from).expect("narrow"), Precision::int(4));
            rule.compile::<i32>().one(raw)
        };
        let table = [
            (Precision::fixed(4, 2), -3, 0),
            (Precision::fixed(4, 1), -3, 0),
            (Precision::fixed(4, 0), -3, -1),
            (Precision::fixed(4, 0), 3, 0),
            (Precision::ufixed(4, 0), 15, 0),
            (Precision::fixed(4, -1), -3, -1),
            (Precision::fixed(4, -9), -1, -1),
            (Precision::fixed(4, -1), 3, 0),
            (Precision::int(3), -3, -3),
        ];
        for (from, raw, expected) in table {
            assert_eq!(cast(from, raw), expected, "{raw} of {from}");
        }
    }
}
