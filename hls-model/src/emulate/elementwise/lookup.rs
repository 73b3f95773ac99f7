//! The loops of activations that are read from a table.

use multiversion::multiversion;

use crate::arith::{Alignment, Chain, Fitting, Link, signed_bits};
use crate::emulate::chain::WordChain;
use crate::emulate::clips::Clips;
use crate::emulate::step::Kernel;
use crate::emulate::word::{Word, clamped};
use crate::fixed::Rounding;

/// A table, addressed by what a chain makes of the input.
pub(super) struct TableLookup<W> {
    pub(super) index: WordChain<W>,
    /// The same in one go, for chains that are no more than that.
    pub(super) scaled: Option<ScaledIndex<W>>,
    /// What is added to each index.
    pub(super) offset: i64,
    pub(super) table: Vec<W>,
    /// What happens to numbers that are not negative, if not that.
    pub(super) positive: Option<WordChain<W>>,
}

impl<W: Word> Kernel<W> for TableLookup<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        match &self.scaled {
            Some(scaled) => {
                places(inputs[0], scaled, W::from_i64(self.offset), self.table.len(), output);
                // By itself: the vector instruction for it is slower than one entry after the other.
                look_up(&self.table, output);
            }
            None => {
                output.copy_from_slice(inputs[0]);
                // An index that wraps is none of the result's business.
                self.index.apply(output, &mut Clips::ignored());
                for y in output.iter_mut() {
                    *y = self.table[clamped(y.raw() as i64 + self.offset, self.table.len())];
                }
            }
        }
        let Some(positive) = &self.positive else { return };
        let mut numbers: Vec<W> = inputs[0].iter().map(|&x| x.max(W::default())).collect();
        positive.apply(&mut numbers, clips);
        for ((y, &x), &positive) in output.iter_mut().zip(inputs[0]).zip(&numbers) {
            if x >= W::default() {
                *y = positive;
            }
        }
    }
}

/// An index that is a multiple of the input, cut towards zero.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    factor: i128,
    /// Bits that are cut off.
    down: u32,
    /// Bits of a word in which the multiple can be computed and cut.
    pub(super) bits: u32,
    /// Bits of what comes out.
    pub(super) place_bits: u32,
}

impl Scale {
    /// `None` for a chain that does anything else.
    pub(super) fn of(index: &Chain) -> Option<Self> {
        let [Link::Affine { factor, addend: 0, result }, casts @ ..] = index.links() else { return None };
        let mut down = 0;
        for link in casts {
            let Link::Cast(cast) = link else { return None };
            down += match (cast.fitting(), cast.alignment()) {
                (Fitting::None, Alignment::Keep) => 0,
                // Cut twice towards zero is cut once.
                (Fitting::None, Alignment::Right(bits, Rounding::TrnZero)) => bits,
                _ => return None,
            };
        }
        let unit = 1_i128.checked_shl(down).filter(|&unit| unit > 0)?;
        // What factor and unit have in common makes no difference.
        let common = factor.trailing_zeros().min(down);
        let (factor, unit, down) = (factor >> common, unit >> common, down - common);
        // A negative number is raised by less than a unit.
        let (low, high) = (result.low >> common, (result.high >> common).max(unit - 1));
        let bits = signed_bits(low).max(signed_bits(high));
        let place_bits = signed_bits(low >> down).max(signed_bits(high >> down));
        Some(Self { factor, down, bits, place_bits })
    }

    pub(super) fn compile<W: Word>(self) -> ScaledIndex<W> {
        ScaledIndex { factor: W::from_raw(self.factor), down: self.down }
    }
}

/// A [`Scale`] in words of one size.
pub(super) struct ScaledIndex<W> {
    factor: W,
    down: u32,
}

/// Puts the places in a table of `len` entries where numbers are.
#[multiversion(targets("x86_64+avx2"))]
fn places<W: Word>(x: &[W], index: &ScaledIndex<W>, offset: W, len: usize, places: &mut [W]) {
    let (zero, last) = (W::default(), W::from_i64(len as i64 - 1));
    let rest = W::from_i64(1).shl(index.down).sub(W::from_i64(1));
    for (place, &x) in places.iter_mut().zip(x) {
        let multiple = x.mul(index.factor);
        // The floor of a negative number that has been raised by all but one step.
        let raised = multiple.add(multiple.shr(W::BITS - 1).and(rest));
        *place = raised.shr(index.down).add(offset).max(zero).min(last);
    }
}

/// Puts the entries of a table where their places are.
fn look_up<W: Word>(table: &[W], places: &mut [W]) {
    fn masked<W: Word, const N: usize>(table: &[W; N], places: &mut [W]) {
        places.iter_mut().for_each(|y| *y = table[y.index() % N]);
    }
    // With a size that the compiler knows no place has to be checked. These are sizes that are used.
    if let Ok(table) = <&[W; 1024]>::try_from(table) {
        masked(table, places);
    } else if let Ok(table) = <&[W; 2048]>::try_from(table) {
        masked(table, places);
    } else if let Ok(table) = <&[W; 4096]>::try_from(table) {
        masked(table, places);
    } else {
        places.iter_mut().for_each(|y| *y = table[y.index()]);
    }
}

/// The input where it is positive, and added to it an entry of a table.
pub(super) struct SmoothRelu<W> {
    /// The indices of negative and of other numbers.
    pub(super) below: WordChain<W>,
    pub(super) above: WordChain<W>,
    /// At the binary point of the sum.
    pub(super) entries: Vec<W>,
    /// How far inputs move left to the binary point of the sum.
    pub(super) up: u32,
    pub(super) after: WordChain<W>,
}

impl<W: Word> Kernel<W> for SmoothRelu<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let (mut below, mut above) = (inputs[0].to_vec(), inputs[0].to_vec());
        below.iter_mut().for_each(|x| *x = (*x).min(W::default()));
        above.iter_mut().for_each(|x| *x = (*x).max(W::default()));
        self.below.apply(&mut below, &mut Clips::ignored());
        self.above.apply(&mut above, &mut Clips::ignored());
        for (((y, &x), below), above) in output.iter_mut().zip(inputs[0]).zip(below).zip(above) {
            let (positive, index) = if x >= W::default() {
                (x.shl(self.up.min(W::BITS - 1)), above)
            } else {
                (W::default(), below)
            };
            *y = positive.add(self.entries[clamped(index.raw() as i64, self.entries.len())]);
        }
        self.after.apply(output, clips);
    }
}

/// The product of entries of two tables.
pub(super) struct TableProduct<W> {
    pub(super) place: WordChain<W>,
    pub(super) lower_bits: u32,
    pub(super) upper: Vec<W>,
    pub(super) lower: Vec<W>,
    pub(super) after: WordChain<W>,
}

impl<W: Word> Kernel<W> for TableProduct<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        output.copy_from_slice(inputs[0]);
        // What an argument saturates at does not change the result.
        self.place.apply(output, &mut Clips::ignored());
        let lowest = W::from_i64((1 << self.lower_bits) - 1);
        for y in output.iter_mut() {
            let (upper, lower) = (y.shr(self.lower_bits), y.and(lowest));
            *y = self.upper[upper.index()].mul(self.lower[lower.index()]);
        }
        self.after.apply(output, clips);
    }
}
