//! Softmax, in the ways that the kernels know.

use super::EmulateError;
use super::chain::WordChain;
use super::clips::{Clips, Part};
use super::step::{Compiled, Kernel, Site};
use super::word::{LANES, Word, clamped, with_word, words};
use crate::arith::{
    Address, Chain, ExponentialSoftmax, LegacySoftmax, SliceSoftmax, Slices, SoftmaxExponent, SoftmaxMethod,
    left_terms, signed_bits,
};
use crate::fixed::Overflow;

/// Compiles a softmax over each slice of a tensor.
pub(super) fn compile(site: Site<'_>, op: &SliceSoftmax) -> Result<Compiled, EmulateError> {
    match &op.method {
        SoftmaxMethod::Argmax { one } => argmax(site, op.slices, *one),
        SoftmaxMethod::Legacy(method) => legacy(site, op.slices, method),
        SoftmaxMethod::Exponentials(method) => by_exponentials(site, op.slices, method),
    }
}

/// The softmax of one slice.
trait SliceKernel<W: Word>: Send + Sync + 'static {
    /// `x` and `y` hold one row of samples for each element of the slice.
    fn run(&self, x: &[[W; LANES]], y: &mut [[W; LANES]], clips: &mut Clips);
}

struct EachSlice<W, K> {
    slices: Slices,
    kernel: K,
    words: std::marker::PhantomData<W>,
}

impl<W: Word, K: SliceKernel<W>> EachSlice<W, K> {
    fn compiled(slices: Slices, kernel: K) -> Compiled {
        Compiled::new(Self { slices, kernel, words: std::marker::PhantomData })
    }
}

impl<W: Word, K: SliceKernel<W>> Kernel<W> for EachSlice<W, K> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let Slices { n, outer, inner } = self.slices;
        let (input, _) = inputs[0].as_chunks::<LANES>();
        let (output, _) = output.as_chunks_mut::<LANES>();
        let mut x = vec![[W::default(); LANES]; n];
        let mut y = x.clone();
        for (i, k) in (0..outer).flat_map(|i| (0..inner).map(move |k| (i, k))) {
            let element = |j: usize| (i * n + j) * inner + k;
            for (j, row) in x.iter_mut().enumerate() {
                *row = input[element(j)];
            }
            // Whatever is cut off in a slice counts at its first element.
            self.kernel.run(&x, &mut y, clips.at(element(0)));
            for (j, row) in y.iter().enumerate() {
                output[element(j)] = *row;
            }
        }
    }
}

fn by_exponentials(
    site: Site<'_>,
    slices: Slices,
    op: &ExponentialSoftmax,
) -> Result<Compiled, EmulateError> {
    let x = site.input(0)?;
    let distance = x.sub(&x).map_or(u32::MAX, |distance| distance.bits());
    let chains = [&op.prepare, &op.sum, &op.to_address, &op.finish];
    let bits = chains.iter().map(|chain| chain.bits()).max().unwrap_or(1).max(distance);
    let inverses = op.inverses.iter().copied().map(signed_bits).max().unwrap_or(1);
    Ok(
        with_word!(site.word(bits.max(inverses))?, W => EachSlice::<W, _>::compiled(slices, ByExponentials::<W> {
            exponent: op.exponent,
            prepare: op.prepare.compile(),
            distances: if saturates(&op.prepare) { Counting::Not } else { Counting::Wrapped },
            exps: words(&op.exps),
            exp_address: op.exp_address,
            node: op.sum.compile(),
            to_address: op.to_address.compile(),
            inverses: words(&op.inverses),
            inv_address: op.inv_address,
            finish: op.finish.compile(),
        })),
    )
}

/// The entry that a number addresses.
fn entry<W: Word>(address: Address, x: W) -> usize {
    x.shr(address.below).and(W::from_raw(address.mask)).index().min(address.entries - 1)
}

/// Whether distances that do not fit in their type matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counting {
    /// They saturate, at a distance whose exponential is nothing.
    Not,
    /// They wrap around.
    Wrapped,
}

fn saturates(chain: &Chain) -> bool {
    chain.links().last().is_some_and(|link| link.result().ty.overflow() == Overflow::Sat)
}

struct ByExponentials<W> {
    exponent: SoftmaxExponent,
    prepare: WordChain<W>,
    distances: Counting,
    /// In the accumulator's type.
    exps: Vec<W>,
    exp_address: Address,
    /// What happens to each sum of two on the way to the sum of all.
    node: WordChain<W>,
    to_address: WordChain<W>,
    inverses: Vec<W>,
    inv_address: Address,
    finish: WordChain<W>,
}

impl<W: Word> SliceKernel<W> for ByExponentials<W> {
    fn run(&self, x: &[[W; LANES]], y: &mut [[W; LANES]], clips: &mut Clips) {
        let maximum = maximum(x);
        for (x, y) in x.iter().zip(y.iter_mut()) {
            *y = match self.exponent {
                SoftmaxExponent::Itself => *x,
                SoftmaxExponent::BelowMaximum => std::array::from_fn(|i| maximum[i].sub(x[i])),
            };
            match self.distances {
                Counting::Wrapped => self.prepare.apply(y, clips.of(Part::Distance)),
                Counting::Not => self.prepare.apply(y, &mut Clips::ignored()),
            }
            for y in y.iter_mut() {
                *y = self.exps[entry(self.exp_address, *y)];
            }
        }
        let mut inverse = self.sum(y, clips.of(Part::Result));
        self.to_address.apply(&mut inverse, clips);
        for inverse in &mut inverse {
            *inverse = self.inverses[entry(self.inv_address, *inverse)];
        }
        for y in y {
            *y = std::array::from_fn(|i| y[i].mul(inverse[i]));
            self.finish.apply(y, clips);
        }
    }
}

impl<W: Word> ByExponentials<W> {
    /// The sum by a balanced tree, as `nnet::reduce` builds it: the left branch takes the largest power of two below the number of terms.
    fn sum(&self, terms: &[[W; LANES]], clips: &mut Clips) -> [W; LANES] {
        if let [] | [_] = terms {
            return terms.first().copied().unwrap_or([W::default(); LANES]);
        }
        let (left, right) = terms.split_at(left_terms(terms.len()));
        let (left, right) = (self.sum(left, clips), self.sum(right, clips));
        let mut sum: [W; LANES] = std::array::from_fn(|i| left[i].add(right[i]));
        self.node.apply(&mut sum, clips);
        sum
    }
}

fn maximum<W: Word>(x: &[[W; LANES]]) -> [W; LANES] {
    let mut rows = x.iter();
    let first = rows.next().copied().unwrap_or([W::default(); LANES]);
    rows.fold(first, |maximum, row| std::array::from_fn(|i| maximum[i].max(row[i])))
}

/// One where the first largest number is, else zero.
fn argmax(site: Site<'_>, slices: Slices, one: i128) -> Result<Compiled, EmulateError> {
    let bits = site.input(0)?.bits().max(site.result_bits()).max(signed_bits(one));
    Ok(with_word!(site.word(bits)?, W => {
        EachSlice::<W, _>::compiled(slices, Argmax { one: W::from_raw(one) })
    }))
}

struct Argmax<W> {
    one: W,
}

impl<W: Word> SliceKernel<W> for Argmax<W> {
    fn run(&self, x: &[[W; LANES]], y: &mut [[W; LANES]], _: &mut Clips) {
        let maximum = maximum(x);
        let mut found = [false; LANES];
        for (x, y) in x.iter().zip(y) {
            for lane in 0..LANES {
                let is_first = !found[lane] && x[lane] == maximum[lane];
                found[lane] |= is_first;
                y[lane] = if is_first { self.one } else { W::default() };
            }
        }
    }
}

fn legacy(site: Site<'_>, slices: Slices, op: &LegacySoftmax) -> Result<Compiled, EmulateError> {
    let results = op.inverses.iter().copied().map(signed_bits).max().unwrap_or(1);
    let bits = op.exp_index.bits().max(op.sum.bits()).max(op.inv_index.bits()).max(results);
    Ok(
        with_word!(site.word(bits.max(site.result_bits()))?, W => EachSlice::<W, _>::compiled(slices, Legacy::<W> {
            exp_index: op.exp_index.compile(),
            exps: words(&op.exps),
            one: W::from_raw(op.one),
            sum: op.sum.compile(),
            inv_index: op.inv_index.compile(),
            inverses: words(&op.inverses),
        })),
    )
}

struct Legacy<W> {
    exp_index: WordChain<W>,
    exps: Vec<W>,
    one: W,
    /// What happens to the sum after each addition.
    sum: WordChain<W>,
    inv_index: WordChain<W>,
    /// As results.
    inverses: Vec<W>,
}

impl<W: Word> SliceKernel<W> for Legacy<W> {
    fn run(&self, x: &[[W; LANES]], y: &mut [[W; LANES]], clips: &mut Clips) {
        let offset = self.exps.len() as i64 / 2;
        for (i, y) in y.iter_mut().enumerate() {
            let mut sum = [W::default(); LANES];
            for (j, other) in x.iter().enumerate() {
                let mut terms = [self.one; LANES];
                if j != i {
                    terms = std::array::from_fn(|lane| other[lane].sub(x[i][lane]));
                    self.exp_index.apply(&mut terms, &mut Clips::ignored());
                    for term in &mut terms {
                        *term = self.exps[clamped(term.raw() as i64 + offset, self.exps.len())];
                    }
                }
                for (sum, term) in sum.iter_mut().zip(terms) {
                    *sum = sum.add(term);
                }
                self.sum.apply(&mut sum, clips);
            }
            self.inv_index.apply(&mut sum, &mut Clips::ignored());
            for (y, index) in y.iter_mut().zip(sum) {
                *y = self.inverses[clamped(index.raw() as i64, self.inverses.len())];
            }
        }
    }
}
