//! Samples become raw numbers of the input's type, as the `ap_fixed` constructor makes them of a float.

use multiversion::multiversion;
use ndarray::ArrayView2;

use super::clips::Clips;
use super::word::{LANES, TILE, Word, Words, with_word};
use crate::fixed::{FixedType, Overflow, Rounding};
use crate::precision::Precision;

/// The cast of floats to the type of an input.
#[derive(Debug, Clone, Copy)]
pub(super) struct InputCast {
    ty: Precision,
    quick: Option<Quick>,
}

/// What covers almost every number of almost every input: scale it, round it down, fit it into the type, for many numbers at a time; in
/// doubles and words of 64 bits, or for narrow types in floats and words of 32 bits.
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
    narrow: Option<Narrow>,
}

/// The same in floats.
#[derive(Debug, Clone, Copy)]
struct Narrow {
    scale: f32,
    low: f32,
    high: f32,
    /// Scaled magnitudes that are too large: for what wraps because they lose bits, for what saturates because they are infinite.
    limit: f32,
}

/// Scaled magnitudes below this survive the way through [`INTEGER_BITS`].
const QUICK_LIMIT: f64 = 2_251_799_813_685_248.0;
/// Added to a whole number below 2^51, this leaves the number, in two's complement, in the lowest bits of the double.
const INTEGER_BITS: f64 = 6_755_399_441_055_744.0;
/// As [`QUICK_LIMIT`] and [`INTEGER_BITS`], for floats.
const NARROW_LIMIT: f32 = 4_194_304.0;
const NARROW_INTEGER_BITS: f32 = 12_582_912.0;
/// 2^frac is an ordinary float up to here, and no product with it is too small for one.
const NARROW_FRAC: std::ops::RangeInclusive<i32> = 0..=100;
/// Limits of types up to this width are ordinary floats below [`NARROW_LIMIT`].
const NARROW_WIDTH: u32 = 22;
/// 2^frac and its inverse are ordinary doubles up to here.
const QUICK_FRAC: i32 = 500;
/// Types up to this width keep all their bits.
const QUICK_WIDTH: u32 = 50;

impl InputCast {
    pub(super) fn new(ty: Precision) -> Self {
        Self { ty, quick: Quick::new(ty) }
    }

    /// Casts up to [`LANES`] samples, `[samples, elements]`, into a buffer, and says whether all were finite. Samples that are not there
    /// are zeros.
    pub(super) fn load(&self, samples: ArrayView2<'_, f32>, words: &mut Words, clips: &mut Clips) -> bool {
        // Rows one after another, as they almost always are.
        let samples = samples.as_standard_layout();
        let (rows, width) = (samples.as_slice().unwrap_or_default(), samples.ncols());
        let mut elements = [[0_f32; LANES]; TILE];
        let mut finite = true;
        with_word!(words.size(), W => {
            for (tile, words) in words.get_mut::<W>().chunks_mut(TILE * LANES).enumerate() {
                transpose(rows, width, tile * TILE, &mut elements);
                finite &= self.load_tile(elements.as_flattened(), words);
            }
        });
        if clips.are_counted() {
            let storage = self.ty.storage();
            let cut = |value: f32| storage.overflows_f64(value.into()).then(|| value.into());
            for (element, values) in samples.columns().into_iter().enumerate() {
                clips.at(element).mark(values.iter().map(|&value| cut(value)));
            }
        }
        finite
    }

    /// Casts as many numbers as there are words, and says whether all were finite.
    fn load_tile<W: Word>(&self, values: &[f32], words: &mut [W]) -> bool {
        let values = &values[..words.len()];
        let Some(quick) = self.quick else { return self.load_one_by_one(values, words) };
        if quick.narrow.is_some_and(|narrow| cast_narrowly(quick, narrow, values, words)) {
            return true;
        }
        let elements = values.chunks(LANES).zip(words.chunks_mut(LANES));
        elements.fold(true, |finite, (values, words)| {
            finite & (cast_quickly(quick, values, words) || self.load_one_by_one(values, words))
        })
    }

    fn load_one_by_one<W: Word>(&self, values: &[f32], words: &mut [W]) -> bool {
        for (word, &value) in words.iter_mut().zip(values) {
            *word = W::from_raw(self.ty.cast_f64(value.into()));
        }
        values.iter().all(|value| value.is_finite())
    }
}

/// Rows that are turned into columns together.
const BAND: usize = 4;

/// [`TILE`] elements of each row, element by element.
#[multiversion(targets("x86_64+avx2"))]
fn transpose(rows: &[f32], width: usize, first: usize, elements: &mut [[f32; LANES]; TILE]) {
    let part = |row: &'_ [f32]| first..(first + TILE).min(row.len());
    let mut bands = rows.chunks_exact(BAND * width);
    let mut lane = 0;
    for band in bands.by_ref().take(LANES / BAND) {
        let (a, rest) = band.split_at(width);
        let (b, rest) = rest.split_at(width);
        let (c, d) = rest.split_at(width);
        let rows = a[part(a)].iter().zip(&b[part(b)]).zip(&c[part(c)]).zip(&d[part(d)]);
        // In two loops, each of which becomes vector instructions.
        let mut columns = [[0_f32; BAND]; TILE];
        for (column, (((&a, &b), &c), &d)) in columns.iter_mut().zip(rows) {
            *column = [a, b, c, d];
        }
        for (element, column) in elements.iter_mut().zip(&columns) {
            element[lane..lane + BAND].copy_from_slice(column);
        }
        lane += BAND;
    }
    for row in bands.remainder().chunks_exact(width) {
        elements.iter_mut().zip(&row[part(row)]).for_each(|(element, &value)| element[lane] = value);
        lane += 1;
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
        let narrow = Narrow::new(ty);
        Some(Self { scale: 2_f64.powi(ty.frac()), low, high, width: ty.width, signed: ty.signed, narrow })
    }
}

impl Narrow {
    /// For a type that has a [`Quick`] way.
    fn new(ty: FixedType) -> Option<Self> {
        if !NARROW_FRAC.contains(&ty.frac()) || ty.width > NARROW_WIDTH {
            return None;
        }
        let scale = 2_f32.powi(ty.frac());
        Some(match ty.overflow {
            Overflow::Wrap => Self { scale, low: -NARROW_LIMIT, high: NARROW_LIMIT, limit: NARROW_LIMIT },
            _ => Self { scale, low: ty.min_raw() as f32, high: ty.max_raw() as f32, limit: f32::INFINITY },
        })
    }
}

/// Whether all numbers could be cast; if not, the words are of no use. Twice as many numbers at a time as in [`cast_quickly`].
#[multiversion(targets("x86_64+avx2"))]
fn cast_narrowly<W: Word>(quick: Quick, narrow: Narrow, values: &[f32], words: &mut [W]) -> bool {
    // As bits, magnitudes are in the order of whole numbers, and NaN is above them all.
    let mut largest = 0_u32;
    let unused = W::BITS.saturating_sub(quick.width).min(W::BITS - 1);
    let mask = W::from_i64((1_i64 << quick.width) - 1);
    for (word, &value) in words.iter_mut().zip(values) {
        let scaled = value * narrow.scale;
        largest = largest.max(scaled.abs().to_bits());
        // Not `clamp`, `max` and `min`, whose treatment of NaN costs as much again.
        let whole = scaled.floor();
        let whole = if whole > narrow.low { whole } else { narrow.low };
        let whole = if whole < narrow.high { whole } else { narrow.high };
        let bits = (whole + NARROW_INTEGER_BITS).to_bits().wrapping_sub(NARROW_INTEGER_BITS.to_bits());
        let integer = W::from_i64((bits as i32).into());
        *word = if quick.signed { integer.shl(unused).shr(unused) } else { integer.and(mask) };
    }
    largest < narrow.limit.to_bits()
}

/// Whether all numbers could be cast; if not, the words are of no use.
#[multiversion(targets("x86_64+avx2"))]
fn cast_quickly<W: Word>(quick: Quick, values: &[f32], words: &mut [W]) -> bool {
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
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;
    use crate::arith::Term;
    use crate::emulate::word::WordSize;
    use crate::fixed::FixedType;

    proptest! {
        #[test]
        fn the_shortcut_reads_floats_as_the_constructor_does(
            value in prop_oneof![
                any::<f32>(),
                -40.0_f32..40.0,
                // Near the limits of the narrow way.
                (-4_194_310_i32..4_194_310, -30_i32..10).prop_map(|(n, places)| n as f32 * 2_f32.powi(places)),
                Just(-1e-30),
                Just(f32::NAN),
                Just(f32::INFINITY),
            ],
            width in 1_u32..=64,
            integer in -10_i32..=70,
            signed in any::<bool>(),
            mode in 0..Overflow::NAMES.len(),
        ) {
            let ty = FixedType { signed, ..FixedType::signed(width, integer) };
            let ty = Precision::Fixed(ty.with_modes(Rounding::Trn, Overflow::NAMES[mode].0));
            let term = Term::variable(ty).expect("narrow");
            // More samples than a band and more elements than a tile, neither a multiple.
            let (samples, elements) = (BAND + 3, TILE + 2);
            let mut words = Words::zeros(WordSize::for_bits(term.bits()).expect("narrow"), elements * LANES);
            let values = [0.25, value, -3.5];
            let array = Array2::from_shape_fn((samples, elements), |(i, j)| values[(i + 2 * j) % values.len()]);
            let finite = InputCast::new(ty).load(array.view(), &mut words, &mut Clips::ignored());
            prop_assert_eq!(finite, value.is_finite());
            for (at, lane) in (0..elements * LANES).map(|at| (at, at % LANES)) {
                let value = if lane < samples { array[(lane, at / LANES)] } else { 0.0 };
                prop_assert_eq!(words.get_raw(at), Some(ty.cast_f64(value.into())), "{} in {}", value, ty);
            }
        }
    }
}
