//! Operations on two tensors.

use multiversion::multiversion;

use super::EmulateError;
use super::chain::WordChain;
use super::clips::Clips;
use super::products::upper_half;
use super::step::{Compiled, Kernel, Overflows, Site};
use super::word::{LANES, Word, WordSize, with_word};
use crate::arith::{Alignment, Chain, Fitting, Link, Pairwise, ScalarProducts};
use crate::fixed::{Overflow, Rounding};
use crate::graph::op::{MergeKind, Product};

/// Element by element; the smaller tensor is repeated to the size of the larger one.
pub(super) fn pairwise(site: Site<'_>, op: &Pairwise) -> Result<Compiled, EmulateError> {
    let (a, b) = (site.input(0)?, site.input(1)?);
    if let Some(product) = ShortProduct::of(site, op, a.bits().max(b.bits())) {
        return Ok(Compiled::new(product));
    }
    // Moved to a common binary point, neither side is larger than their difference can be, give or take a bit.
    let aligned = a.sub(&b).map_or(u32::MAX, |difference| difference.bits() + 1);
    let exact = aligned.max(op.finish[0].bits()).max(op.finish[1].bits());
    let bits = match wrapping_bits(site, op) {
        Some(bits) => bits.max(a.bits()).max(b.bits()).min(exact),
        None => exact,
    };
    Ok(with_word!(site.word(bits)?, W => Compiled::new(MergeKernel::<W> {
        kind: op.kind,
        up: op.up,
        chains: op.finish.each_ref().map(Chain::compile),
    })))
}

/// Bits of a word that the outcome may wrap in, because of all its bits the cast to the result only keeps those.
fn wrapping_bits(site: Site<'_>, op: &Pairwise) -> Option<u32> {
    let is_polynomial = match op.kind {
        MergeKind::Add
        | MergeKind::Subtract
        | MergeKind::Multiply
        | MergeKind::Average
        | MergeKind::PartialSum(_)
        | MergeKind::Mean(_) => true,
        MergeKind::Maximum | MergeKind::Minimum => false,
    };
    let [Link::Cast(cast)] = op.finish[0].links() else { return None };
    let up = op.up[0].max(op.up[1]);
    let bits = cast.wrapping_bits().filter(|&bits| up < bits)?;
    (is_polynomial && site.overflows == Overflows::Unseen).then_some(bits)
}

/// Products of 16-bit numbers that are rounded down to 16 bits, without a wider word.
struct ShortProduct {
    down: u32,
}

impl ShortProduct {
    /// `None` for anything else. `bits` are those of the inputs.
    fn of(site: Site<'_>, op: &Pairwise, bits: u32) -> Option<Self> {
        let [Link::Cast(cast)] = op.finish[0].links() else { return None };
        let Alignment::Right(down, Rounding::Trn) = cast.alignment() else { return None };
        let is_short = |bits| site.word(bits).is_ok_and(|size| size == WordSize::Bits16);
        // What wraps is cut to the word.
        let ends = match cast.fitting() {
            Fitting::None => true,
            Fitting::Mode => {
                let into = cast.to().storage();
                into.overflow == Overflow::Wrap && into.signed && into.width == i16::BITS
            }
            Fitting::General => false,
        };
        let is_product = op.kind == MergeKind::Multiply && site.overflows == Overflows::Unseen;
        (is_product && ends && down <= i16::BITS && is_short(bits) && is_short(site.result_bits()))
            .then_some(Self { down })
    }
}

impl Kernel<i16> for ShortProduct {
    fn run(&self, inputs: &[&[i16]], output: &mut [i16], _: &mut Clips) {
        let sides = inputs[0].chunks_exact(LANES).cycle().zip(inputs[1].chunks_exact(LANES).cycle());
        for ((a, b), y) in sides.zip(output.chunks_exact_mut(LANES)) {
            floored_products(self.down, a, b, y);
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn floored_products(down: u32, a: &[i16], b: &[i16], output: &mut [i16]) {
    // Of the lower half nothing is left if all its bits are dropped.
    let kept = if down < i16::BITS { u16::MAX } else { 0 };
    let (left, right) = (i16::BITS - down, down.min(i16::BITS - 1));
    for ((y, &a), &b) in output.iter_mut().zip(a).zip(b) {
        let lower = (a.wrapping_mul(b) as u16 & kept) >> right;
        *y = upper_half(a, b).wrapping_shl(left) | lower as i16;
    }
}

struct MergeKernel<W> {
    kind: MergeKind,
    /// How far each side moves left to the common binary point.
    up: [u32; 2],
    chains: [WordChain<W>; 2],
}

impl<W: Word> Kernel<W> for MergeKernel<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let is_chosen = matches!(self.kind, MergeKind::Maximum | MergeKind::Minimum);
        if !is_chosen && inputs.iter().all(|side| side.len() == output.len()) {
            combine(self.kind, self.up, inputs[0], inputs[1], output);
            return self.chains[0].apply(output, clips);
        }
        let sides = inputs[0].chunks_exact(LANES).cycle().zip(inputs[1].chunks_exact(LANES).cycle());
        for (i, ((a, b), y)) in sides.zip(output.chunks_exact_mut(LANES)).enumerate() {
            match self.kind {
                MergeKind::Maximum => self.choose((a, b), y, |a, b| a > b, clips.at(i)),
                MergeKind::Minimum => self.choose((a, b), y, |a, b| a < b, clips.at(i)),
                kind => combine(kind, self.up, a, b, y),
            }
        }
        if !is_chosen {
            self.chains[0].apply(output, clips);
        }
    }
}

impl<W: Word> MergeKernel<W> {
    fn choose(&self, (a, b): (&[W], &[W]), output: &mut [W], wins: impl Fn(W, W) -> bool, clips: &mut Clips) {
        let zero = W::default();
        let first: [bool; LANES] = std::array::from_fn(|i| wins(a[i].shl(self.up[0]), b[i].shl(self.up[1])));
        let mut sides = [[zero; LANES]; 2];
        for lane in 0..LANES {
            // What is not chosen must not count as clipped.
            sides[usize::from(!first[lane])][lane] = if first[lane] { a[lane] } else { b[lane] };
        }
        self.chains[0].apply(&mut sides[0], clips);
        self.chains[1].apply(&mut sides[1], clips);
        for lane in 0..LANES {
            output[lane] = sides[usize::from(!first[lane])][lane];
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn combine<W: Word>(kind: MergeKind, up: [u32; 2], a: &[W], b: &[W], output: &mut [W]) {
    for ((y, &a), &b) in output.iter_mut().zip(a).zip(b) {
        let (up_a, up_b) = (a.shl(up[0]), b.shl(up[1]));
        *y = match kind {
            MergeKind::Add | MergeKind::Average | MergeKind::PartialSum(_) | MergeKind::Mean(_) => {
                up_a.add(up_b)
            }
            MergeKind::Subtract => up_a.sub(up_b),
            MergeKind::Multiply => a.mul(b),
            // Chosen, not combined.
            MergeKind::Maximum | MergeKind::Minimum => a,
        };
    }
}

/// The scalar product of two vectors.
pub(super) fn scalar_products(site: Site<'_>, op: &ScalarProducts) -> Result<Compiled, EmulateError> {
    let (a, b) = (site.input(0)?.bits(), site.input(1)?.bits());
    let bits = op.product.bits().max(op.sum.bits()).max(op.finish.bits()).max(a).max(b);
    Ok(with_word!(site.word(bits)?, W => Compiled::new(SumsOfProducts::<W> {
        sums: op.sums.clone(),
        functor: op.functor,
        product: op.product.compile(),
        up: op.up,
        step: op.sum.compile(),
        finish: op.finish.compile(),
    })))
}

struct SumsOfProducts<W> {
    sums: Vec<Vec<[usize; 2]>>,
    functor: Product,
    product: WordChain<W>,
    /// How far the sum and a product move left to the common binary point.
    up: [u32; 2],
    /// What happens to the sum after each addition.
    step: WordChain<W>,
    finish: WordChain<W>,
}

impl<W: Word> Kernel<W> for SumsOfProducts<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let element = |input: usize, place: usize| &inputs[input][place * LANES..(place + 1) * LANES];
        let results = output.chunks_exact_mut(LANES).zip(&self.sums);
        for (i, (result, pairs)) in results.enumerate() {
            let mut sum = [W::default(); LANES];
            for &[a, b] in pairs {
                let (a, b) = (element(0, a), element(1, b));
                let mut product: [W; LANES] = std::array::from_fn(|i| multiply(self.functor, a[i], b[i]));
                self.product.apply(&mut product, clips.at(i));
                for (sum, product) in sum.iter_mut().zip(product) {
                    *sum = sum.shl(self.up[0]).add(product.shl(self.up[1]));
                }
                self.step.apply(&mut sum, clips.at(i));
            }
            self.finish.apply(&mut sum, clips.at(i));
            result.copy_from_slice(&sum);
        }
    }
}

/// The product of two variables, as the functor makes it of their raw numbers.
fn multiply<W: Word>(functor: Product, x: W, w: W) -> W {
    let zero = W::default();
    let signed = |positive: bool, number: W| if positive { number } else { zero.sub(number) };
    match functor {
        Product::Mult | Product::WeightExponential => x.mul(w),
        Product::BothBinary => W::from_raw((x == w).into()),
        Product::WeightBinary => signed(w != zero, x),
        Product::DataBinary => signed(x != zero, w),
        Product::WeightTernary if w == zero => zero,
        Product::WeightTernary => signed(w.raw() != -1, x),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_product_is_rounded_down() {
        let numbers = [i16::MIN, -12345, -1024, -1, 0, 1, 1023, 12345, i16::MAX];
        for down in 1..=16 {
            for b in numbers {
                let mut got = [0; 9];
                floored_products(down, &numbers, &[b; 9], &mut got);
                let expected = numbers.map(|a| ((i32::from(a) * i32::from(b)) >> down) as i16);
                assert_eq!(got, expected, "times {b}, {down} bits dropped");
            }
        }
    }
}
