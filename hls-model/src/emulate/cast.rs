//! Casts between types, prepared: what `FixedType::cast_raw` does to one number, done to buffers of them.
//!
//! A [`CastRule`] knows the numbers that go in and the type that they are cast to; so it can tell how wide a word must be and which
//! of the steps can never change anything. A [`Cast`] is what is left to do, in words of one size.

use super::clips::Clips;
use super::term::{Bounded, Term, signed_bits};
use super::word::Word;
use crate::fixed::{FixedType, Overflow, Rounding, shifted_left};
use crate::precision::Precision;
use multiversion::multiversion;

/// Distances between binary points beyond this are left to the general algorithm.
const FAR: u32 = 100;

/// A cast of numbers whose type and range are known.
#[derive(Debug, Clone, Copy)]
pub(super) struct CastRule {
    from: Term,
    to: Precision,
    into: FixedType,
    align: Alignment,
    fit: Fitting,
    aligned: Bounded<(i128, i128)>,
}

/// What a cast does to the binary point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alignment {
    Keep,
    Left(u32),
    Right(u32, Rounding),
}

/// What a cast does to numbers that do not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fitting {
    /// There are none.
    None,
    /// What the type's mode says.
    Mode,
    /// The same, by way of the general algorithm: for saturated upper bits and absurd distances of the binary points.
    General,
}

impl CastRule {
    pub(super) fn new(from: Term, to: Precision) -> Self {
        let into = to.storage();
        let align = alignment(&from, to);
        let aligned = match align {
            Alignment::Keep => Some((from.low, from.high)),
            Alignment::Left(bits) => {
                shifted_left(from.low, bits.into()).zip(shifted_left(from.high, bits.into()))
            }
            // Rounding is monotonic.
            Alignment::Right(bits, rounding) => {
                Some((rounding.apply(from.low, bits.into()), rounding.apply(from.high, bits.into())))
            }
        };
        let fits = aligned.is_some_and(|(low, high)| into.min_raw() <= low && high <= into.max_raw());
        let far = matches!(align, Alignment::Left(bits) | Alignment::Right(bits, _) if bits > FAR);
        let fit = match (fits, far, into.overflow, into.saturation_bits) {
            (true, false, ..) => Fitting::None,
            (false, false, Overflow::Wrap, 0) => Fitting::Mode,
            (false, false, Overflow::Sat | Overflow::SatZero | Overflow::SatSym, _) if aligned.is_some() => {
                Fitting::Mode
            }
            _ => Fitting::General,
        };
        Self { from, to, into, align, fit, aligned }
    }

    /// What comes out.
    pub(super) fn result(&self) -> Term {
        let whole = (self.into.min_raw(), self.into.max_raw());
        let (low, high) = match (self.fit, self.into.overflow, self.aligned) {
            (Fitting::None, _, Some(range)) => range,
            (Fitting::Mode, Overflow::Sat | Overflow::SatSym, Some((low, high))) => {
                (low.clamp(whole.0, whole.1), high.clamp(whole.0, whole.1))
            }
            _ => whole,
        };
        Term { ty: self.to, low, high }
    }

    /// The range in front of the overflow mode; `None` if it is out of reach.
    pub(super) fn aligned(&self) -> Bounded<(i128, i128)> {
        self.aligned
    }

    /// Whether a number can be changed by more than rounding.
    pub(super) fn may_overflow(&self) -> bool {
        self.fit != Fitting::None
    }

    /// Whether numbers may wrap before the cast as well without changing its result: it cuts off upper bits and nothing else.
    pub(super) fn is_modular(&self) -> bool {
        let wraps = self.fit == Fitting::Mode && self.into.overflow == Overflow::Wrap;
        (wraps || self.fit == Fitting::None) && matches!(self.align, Alignment::Keep | Alignment::Left(_))
    }

    /// Bits of the word that the cast can be computed in exactly.
    pub(super) fn bits(&self) -> u32 {
        let output = signed_bits(self.into.max_raw()).max(signed_bits(self.into.min_raw()));
        let aligned = |range: Bounded<(i128, i128)>| {
            range.map_or(u32::MAX, |(low, high)| signed_bits(low).max(signed_bits(high)))
        };
        let between = match (self.fit, self.align) {
            (Fitting::General, _) | (_, Alignment::Keep) => 0,
            // What is shifted out at the top would be cut off anyway.
            (Fitting::Mode, Alignment::Left(_)) if self.into.overflow == Overflow::Wrap => 0,
            (_, Alignment::Left(_)) => aligned(self.aligned),
            // Rounding adds up to half a unit first.
            (_, Alignment::Right(bits, _)) => {
                let unit = 1_i128 << bits;
                let widest = self.from.low.unsigned_abs().max(self.from.high.unsigned_abs());
                let sum = i128::try_from(widest).ok().and_then(|widest| widest.checked_add(unit));
                sum.map_or(u32::MAX, signed_bits)
            }
        };
        self.from.bits().max(output).max(between)
    }

    /// The cast in words of a size that has at least [`bits`](Self::bits); fewer will do for a [modular](Self::is_modular) cast,
    /// if they are as many as the type has.
    pub(super) fn compile<W: Word>(&self) -> Cast<W> {
        if self.fit == Fitting::General {
            let fit = Fit::General { into: self.into, frac: self.from.frac() };
            return Cast { align: Align::Keep, fit, into: self.into };
        }
        let align = match self.align {
            Alignment::Keep => Align::Keep,
            Alignment::Left(bits) if bits >= W::BITS => Align::Vanish,
            Alignment::Left(bits) => Align::Left(bits),
            Alignment::Right(bits, rounding) => Align::Right(bits, rounding),
        };
        Cast { align, fit: self.compile_fit(), into: self.into }
    }

    fn compile_fit<W: Word>(&self) -> Fit<W> {
        let FixedType { width, signed, overflow, .. } = self.into;
        let (low, high) = (W::from_raw(self.into.min_raw()), W::from_raw(self.into.max_raw()));
        match (self.fit, overflow) {
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

fn alignment(from: &Term, to: Precision) -> Alignment {
    let into = to.storage();
    // Xilinx's conversion from ap_fixed to ap_int goes through an integer with as many bits as the number has integer bits, but at
    // least one. Without any, the one bit is the carry of rounding a negative number up, and reads as -1: the floor.
    let rounding = match (to, from.ty) {
        (Precision::Fixed(_), _) => into.rounding,
        (_, Precision::Fixed(ty)) if ty.integer <= 0 && ty.signed => Rounding::Trn,
        _ => into.rounding,
    };
    let dropped = i64::from(from.frac()) - i64::from(into.frac());
    let bits = u32::try_from(dropped.unsigned_abs()).unwrap_or(u32::MAX);
    match dropped {
        0 => Alignment::Keep,
        ..0 => Alignment::Left(bits),
        _ => Alignment::Right(bits, rounding),
    }
}

/// A cast in words of one size.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cast<W> {
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

impl<W: Word> Cast<W> {
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

    /// Casts one number.
    pub(super) fn one(&self, value: W) -> W {
        let mut value = [value];
        self.apply(&mut value, &mut Clips::ignored());
        value[0]
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
    use super::*;
    use crate::emulate::clips::ClipRange;
    use crate::emulate::word::{WordSize, with_word};
    use proptest::prelude::*;

    fn any_type() -> impl Strategy<Value = FixedType> {
        let modes = (0..Rounding::NAMES.len(), 0..Overflow::NAMES.len(), 0_u32..4);
        (1_u32..=40, -12_i32..=44, any::<bool>(), modes).prop_map(|(width, integer, signed, (q, o, n))| {
            let ty = FixedType { signed, ..FixedType::signed(width, integer) };
            let ty = ty.with_modes(Rounding::NAMES[q].0, Overflow::NAMES[o].0);
            // Most types have no saturation bits.
            FixedType { saturation_bits: if n == 3 { width.min(2) } else { 0 }, ..ty }
        })
    }

    fn check<W: Word>(rule: &CastRule, from: FixedType, raws: &[i128]) -> Result<(), TestCaseError> {
        let cast = rule.compile::<W>();
        let (mut words, mut clips) =
            (raws.iter().map(|&raw| W::from_raw(raw)).collect::<Vec<_>>(), Clips::ignored());
        cast.apply(&mut words, &mut clips);
        let into = rule.to.storage();
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
            let rule = CastRule::new(term, into.into());
            let narrowest = WordSize::for_bits(rule.bits()).expect("narrow");
            for size in [WordSize::Bits32, WordSize::Bits64, WordSize::Bits128] {
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
            let rule = CastRule::new(from, into.into());
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
            let cast = CastRule::new(from, into.into()).compile::<i32>();
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
            let rule = CastRule::new(Term::variable(from).expect("narrow"), Precision::int(4));
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
