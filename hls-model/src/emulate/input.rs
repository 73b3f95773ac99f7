//! Samples become raw numbers of the input's type, as the `ap_fixed` constructor makes them of a float.

use super::clips::Clips;
use super::word::{LANES, Word, Words, with_word};
use crate::fixed::{Overflow, Rounding};
use crate::precision::Precision;
use multiversion::multiversion;
use ndarray::ArrayView2;

/// The cast of floats to the type of an input.
#[derive(Debug, Clone, Copy)]
pub(super) struct InputCast {
    ty: Precision,
    quick: Option<Quick>,
}

/// What covers almost every number of almost every input: scale it, round it down, fit it into the type, all in doubles and words of
/// 64 bits, for many numbers at a time.
#[derive(Debug, Clone, Copy)]
struct Quick {
    /// 2^frac
    scale: f64,
    /// What saturates does so before it becomes an integer.
    low: f64,
    high: f64,
    /// What wraps does so afterwards.
    width: u32,
    signed: bool,
}

/// Scaled magnitudes below this survive the way through [`INTEGER_BITS`].
const QUICK_LIMIT: f64 = 2_251_799_813_685_248.0;
/// Added to a whole number below 2^51, this leaves the number, in two's complement, in the lowest bits of the double.
const INTEGER_BITS: f64 = 6_755_399_441_055_744.0;
/// 2^frac and its inverse are ordinary doubles up to here.
const QUICK_FRAC: i32 = 500;
/// Types up to this width keep all their bits.
const QUICK_WIDTH: u32 = 50;

impl InputCast {
    pub(super) fn new(ty: Precision) -> Self {
        Self { ty, quick: Quick::new(ty) }
    }

    /// Casts up to [`LANES`] samples, `[samples, elements]`, into a buffer. Samples that are not there are zeros.
    pub(super) fn load(&self, samples: ArrayView2<'_, f32>, words: &mut Words, clips: &mut Clips) {
        // Rows behind each other, as they almost always are.
        let samples = samples.as_standard_layout();
        let (rows, width) = (samples.as_slice().unwrap_or_default(), samples.ncols());
        let mut elements = [[0_f32; LANES]; TILE];
        with_word!(words.size(), W => {
            for (tile, words) in words.get_mut::<W>().chunks_mut(TILE * LANES).enumerate() {
                transpose(rows, width, tile * TILE, &mut elements);
                for (values, words) in elements.iter().zip(words.chunks_exact_mut(LANES)) {
                    self.load_element(values, words);
                }
            }
        });
        if clips.are_counted() {
            let storage = self.ty.storage();
            let cut = |value: f32| storage.overflows_f64(value.into()).then(|| value.into());
            for (element, values) in samples.columns().into_iter().enumerate() {
                clips.at(element).mark(values.iter().map(|&value| cut(value)));
            }
        }
    }

    fn load_element<W: Word>(&self, values: &[f32; LANES], words: &mut [W]) {
        if self.quick.is_some_and(|quick| cast_quickly(quick, values, words)) {
            return;
        }
        for (word, &value) in words.iter_mut().zip(values) {
            *word = W::from_raw(self.ty.cast_f64(value.into()));
        }
    }
}

/// Elements of a sample that lie in one line of the cache.
const TILE: usize = 16;

/// Some elements of each row, element by element.
fn transpose(rows: &[f32], width: usize, first: usize, elements: &mut [[f32; LANES]; TILE]) {
    let count = TILE.min(width - first);
    for (lane, row) in rows.chunks_exact(width).enumerate().take(LANES) {
        let row = &row[first..first + count];
        if let Ok(row) = <&[f32; TILE]>::try_from(row) {
            // Of a known length, which makes it much faster.
            (0..TILE).for_each(|i| elements[i][lane] = row[i]);
        } else {
            row.iter().zip(elements.iter_mut()).for_each(|(&value, element)| element[lane] = value);
        }
    }
}

impl Quick {
    fn new(ty: Precision) -> Option<Self> {
        let Precision::Fixed(ty) = ty else { return None };
        if ty.rounding != Rounding::Trn || ty.width > QUICK_WIDTH || ty.frac().abs() > QUICK_FRAC {
            return None;
        }
        let (low, high) = match ty.overflow {
            Overflow::Sat | Overflow::SatSym => (ty.min_raw() as f64, ty.max_raw() as f64),
            Overflow::Wrap if ty.saturation_bits == 0 => (-QUICK_LIMIT, QUICK_LIMIT),
            Overflow::Wrap | Overflow::SatZero => return None,
        };
        Some(Self { scale: 2_f64.powi(ty.frac()), low, high, width: ty.width, signed: ty.signed })
    }
}

/// Whether all numbers could be cast; if not, the words are of no use.
#[multiversion(targets("x86_64+avx2"))]
fn cast_quickly<W: Word>(quick: Quick, values: &[f32; LANES], words: &mut [W]) -> bool {
    let mut fits = true;
    let unused = W::BITS.saturating_sub(quick.width).min(W::BITS - 1);
    let mask = W::from_i64((1_i64 << quick.width) - 1);
    for (word, &value) in words.iter_mut().zip(values) {
        let scaled = f64::from(value) * quick.scale;
        // False for NaN as well.
        fits &= scaled.abs() < QUICK_LIMIT;
        let whole = scaled.floor().max(quick.low).min(quick.high);
        let integer =
            W::from_i64((whole + INTEGER_BITS).to_bits().wrapping_sub(INTEGER_BITS.to_bits()) as i64);
        *word = if quick.signed { integer.shl(unused).shr(unused) } else { integer.and(mask) };
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulate::term::Term;
    use crate::emulate::word::WordSize;
    use crate::fixed::FixedType;
    use ndarray::Array2;
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
            let term = Term::variable(ty).expect("narrow");
            let mut words = Words::zeros(WordSize::for_bits(term.bits()).expect("narrow"), LANES);
            let samples = [0.25, value, -3.5];
            let array = Array2::from_shape_vec((3, 1), samples.to_vec()).expect("three samples");
            InputCast::new(ty).load(array.view(), &mut words, &mut Clips::ignored());
            for (i, value) in samples.into_iter().chain([0.0]).enumerate() {
                prop_assert_eq!(words.get_raw(i), Some(ty.cast_f64(value.into())), "{} in {}", value, ty);
            }
        }
    }
}
