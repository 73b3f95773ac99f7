//! Samples become raw numbers of the input's type, as the `ap_fixed` constructor makes them of a float.

use super::clips::Clips;
use super::word::{LANES, Word, Words, with_word};
use crate::fixed::{Overflow, Rounding};
use crate::precision::Precision;
use ndarray::ArrayView2;

/// The cast of floats to the type of an input.
#[derive(Debug, Clone, Copy)]
pub(super) struct InputCast {
    ty: Precision,
    quick: Option<Quick>,
}

/// What covers almost every number of almost every input: scale it, round it down, fit it into the type, all within 64 bits.
#[derive(Debug, Clone, Copy)]
struct Quick {
    /// 2^frac
    scale: f64,
    fit: QuickFit,
}

#[derive(Debug, Clone, Copy)]
enum QuickFit {
    WrapSigned { unused: u32 },
    WrapUnsigned { mask: i64 },
    Clamp { low: i64, high: i64 },
}

/// Scaled magnitudes below this fit in 64 bits after rounding.
const QUICK_LIMIT: f64 = 4e18;
/// 2^frac and its inverse are ordinary doubles up to here.
const QUICK_FRAC: i32 = 500;

impl InputCast {
    pub(super) fn new(ty: Precision) -> Self {
        Self { ty, quick: Quick::new(ty) }
    }

    fn cast(&self, value: f32) -> i128 {
        match self.quick.and_then(|quick| quick.cast(value)) {
            Some(raw) => raw.into(),
            None => self.ty.cast_f64(value.into()),
        }
    }

    /// Casts up to [`LANES`] samples, `[samples, elements]`, into a buffer. Samples that are not there are zeros.
    pub(super) fn load(&self, samples: ArrayView2<'_, f32>, words: &mut Words, clips: &mut Clips) {
        with_word!(words.size(), W => self.load_words::<W>(samples, words.get_mut()));
        if clips.are_counted() {
            let storage = self.ty.storage();
            let elements = samples.columns().into_iter();
            for element in elements {
                clips.count(element.iter().map(|&value| storage.overflows_f64(value.into())));
            }
        }
    }

    fn load_words<W: Word>(&self, samples: ArrayView2<'_, f32>, words: &mut [W]) {
        if samples.nrows() < LANES {
            words.fill(W::default());
        }
        for (lane, sample) in samples.rows().into_iter().enumerate().take(LANES) {
            for (element, &value) in sample.iter().enumerate() {
                if let Some(word) = words.get_mut(element * LANES + lane) {
                    *word = W::from_raw(self.cast(value));
                }
            }
        }
    }
}

impl Quick {
    fn new(ty: Precision) -> Option<Self> {
        let Precision::Fixed(ty) = ty else { return None };
        if ty.rounding != Rounding::Trn || ty.width > 62 || ty.frac().abs() > QUICK_FRAC {
            return None;
        }
        let (low, high) = (i64::try_from(ty.min_raw()).ok()?, i64::try_from(ty.max_raw()).ok()?);
        let fit = match ty.overflow {
            Overflow::Wrap if ty.saturation_bits > 0 => return None,
            Overflow::Wrap if ty.signed => QuickFit::WrapSigned { unused: 64 - ty.width },
            Overflow::Wrap => QuickFit::WrapUnsigned { mask: high },
            Overflow::Sat | Overflow::SatSym => QuickFit::Clamp { low, high },
            Overflow::SatZero => return None,
        };
        Some(Self { scale: 2_f64.powi(ty.frac()), fit })
    }

    /// `None` for numbers that are too large, NaN among them.
    fn cast(&self, value: f32) -> Option<i64> {
        let scaled = f64::from(value) * self.scale;
        if !(scaled.abs() < QUICK_LIMIT) {
            return None;
        }
        let towards_zero = scaled as i64;
        let floor = towards_zero - i64::from(scaled < towards_zero as f64);
        Some(match self.fit {
            QuickFit::WrapSigned { unused } => (floor << unused) >> unused,
            QuickFit::WrapUnsigned { mask } => floor & mask,
            QuickFit::Clamp { low, high } => floor.clamp(low, high),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixed::FixedType;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_shortcut_reads_floats_as_the_constructor_does(
            value in prop_oneof![any::<f32>(), -40.0_f32..40.0, Just(-1e-30), Just(f32::NAN), Just(f32::INFINITY)],
            width in 1_u32..=64,
            integer in -10_i32..=70,
            signed in any::<bool>(),
            mode in 0..Overflow::NAMES.len(),
        ) {
            let ty = FixedType { signed, ..FixedType::signed(width, integer) };
            let ty = Precision::Fixed(ty.with_modes(Rounding::Trn, Overflow::NAMES[mode].0));
            prop_assert_eq!(InputCast::new(ty).cast(value), ty.cast_f64(value.into()), "{} in {}", value, ty);
        }
    }
}
