//! Softmax, in the four ways that the kernels know.

use super::EmulateError;
use super::chain::{Chain, ChainRule};
use super::clips::{Clips, Part};
use super::elementwise::{IndexRule, clamped};
use super::step::{Compiled, Kernel, Layer};
use super::tables::{self, Curve, index_bits};
use super::term::{Term, signed_bits};
use super::word::{LANES, Word, with_word};
use crate::graph::TypeRole;
use crate::graph::op::{Softmax, SoftmaxImplementation};
use crate::precision::Precision;

/// Compiles a softmax over each slice of a tensor.
pub(super) fn compile(layer: Layer<'_>, op: &Softmax) -> Result<Compiled, EmulateError> {
    let n = op.n_slice().filter(|&n| n > 0).ok_or_else(|| layer.incomplete("slices"))?;
    let slices = Slices { n, outer: op.n_outer, inner: op.n_inner };
    match op.implementation {
        SoftmaxImplementation::Argmax => argmax(layer, slices),
        SoftmaxImplementation::Legacy => legacy(layer, op, slices),
        SoftmaxImplementation::Stable => by_exponentials(layer, op, slices, Exponent::BelowMaximum),
        SoftmaxImplementation::Latency => by_exponentials(layer, op, slices, Exponent::Itself),
    }
}

/// The slices of a tensor `[outer, n, inner]`.
#[derive(Debug, Clone, Copy)]
struct Slices {
    n: usize,
    outer: usize,
    inner: usize,
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

/// What the exponential is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exponent {
    /// The distance below the maximum, with the sign turned.
    BelowMaximum,
    /// The number itself.
    Itself,
}

/// Exponentials from a table, their sum, its reciprocal from another table, and products.
fn by_exponentials(
    layer: Layer<'_>,
    op: &Softmax,
    slices: Slices,
    exponent: Exponent,
) -> Result<Compiled, EmulateError> {
    let ty = |role| layer.ty(role).map(|ty| ty.precision);
    let (accum, exp_t) = (ty(TypeRole::Accum)?, ty(TypeRole::ExpTable)?);
    let (inv_t, inv_inp_t) = (ty(TypeRole::InvTable)?, ty(TypeRole::InvInput)?);
    let x = layer.input_term(0)?;
    let (argument, prepare) = match exponent {
        Exponent::Itself => (x.ty, ChainRule::of(x)),
        Exponent::BelowMaximum => {
            let norm = Precision::from(Softmax::distance_type(&x.ty));
            let distance = layer.bounded(x.sub(&x))?;
            let distance = distance.within(0, distance.high);
            (norm, ChainRule::of(distance).cast(norm))
        }
    };
    let exp_table = Addressed::new(layer, argument, usize_of(layer, op.exp_table_size(&x.ty))?)?;
    let inv_table = Addressed::new(layer, inv_inp_t, usize_of(layer, op.table_size)?)?;
    let exps = tables::by_top_bits(argument, exp_table.entries, exp_t, |x| match exponent {
        Exponent::Itself => x.exp(),
        Exponent::BelowMaximum => (-x).exp(),
    });
    let inverses = tables::by_top_bits(inv_inp_t, inv_table.entries, inv_t, |x| 1.0 / x);
    let to_accum = ChainRule::of(layer.variable(exp_t)?).cast(accum);
    layer.word(to_accum.bits())?;
    let to_accum = to_accum.compile::<i128>();
    let exps: Vec<i128> = exps.into_iter().map(|exp| to_accum.one(exp)).collect();

    let accum_t = layer.variable(accum)?;
    let node = ChainRule::of(Term { ty: accum, ..layer.bounded(accum_t.add(&accum_t))? }).cast(accum);
    let to_address = ChainRule::of(accum_t).cast(inv_inp_t);
    let product = layer.bounded(accum_t.mul(&layer.variable(inv_t)?))?;
    let finish = ChainRule::of(product).cast(layer.result()?);
    let distance = layer.bounded(x.sub(&x))?.bits();
    let bits = [prepare.bits(), distance, node.bits(), to_address.bits(), finish.bits()];
    let bits = bits.into_iter().max().unwrap_or(1).max(layer.variable(inv_t)?.bits());
    Ok(with_word!(layer.word(bits)?, W => EachSlice::<W, _>::compiled(slices, ByExponentials::<W> {
        exponent,
        prepare: prepare.compile(),
        exps: words(&exps),
        exp_address: exp_table,
        node: node.compile(),
        to_address: to_address.compile(),
        inverses: words(&inverses),
        inv_address: inv_table,
        finish: finish.compile(),
    })))
}

fn words<W: Word>(raws: &[i128]) -> Vec<W> {
    raws.iter().map(|&raw| W::from_raw(raw)).collect()
}

fn usize_of(layer: Layer<'_>, entries: u64) -> Result<usize, EmulateError> {
    usize::try_from(entries).ok().filter(|&n| n > 0).ok_or_else(|| layer.incomplete("table of a usable size"))
}

/// How the top bits of a number address a table.
#[derive(Debug, Clone, Copy)]
struct Addressed {
    entries: usize,
    /// Bits below those that count.
    below: u32,
    /// The bits that count, moved down.
    mask: i128,
}

impl Addressed {
    fn new(layer: Layer<'_>, argument: Precision, entries: usize) -> Result<Self, EmulateError> {
        let (width, bits) = (argument.width(), index_bits(entries));
        let below = width.checked_sub(bits).ok_or_else(|| {
            layer.unsupported(format!(
                "a table of {entries} entries is addressed with {bits} bits, but {} has {width}; set a smaller TableSize",
                argument.cpp()
            ))
        })?;
        Ok(Self { entries, below, mask: (1 << bits) - 1 })
    }

    fn of<W: Word>(&self, x: W) -> usize {
        x.shr(self.below).and(W::from_raw(self.mask)).index().min(self.entries - 1)
    }
}

struct ByExponentials<W> {
    exponent: Exponent,
    prepare: Chain<W>,
    /// In the accumulator's type.
    exps: Vec<W>,
    exp_address: Addressed,
    /// What happens to each sum of two on the way to the sum of all.
    node: Chain<W>,
    to_address: Chain<W>,
    inverses: Vec<W>,
    inv_address: Addressed,
    finish: Chain<W>,
}

impl<W: Word> SliceKernel<W> for ByExponentials<W> {
    fn run(&self, x: &[[W; LANES]], y: &mut [[W; LANES]], clips: &mut Clips) {
        let maximum = maximum(x);
        for (x, y) in x.iter().zip(y.iter_mut()) {
            *y = match self.exponent {
                Exponent::Itself => *x,
                Exponent::BelowMaximum => std::array::from_fn(|i| maximum[i].sub(x[i])),
            };
            self.prepare.apply(y, clips.of(Part::Distance));
            for y in y.iter_mut() {
                *y = self.exps[self.exp_address.of(*y)];
            }
        }
        let mut inverse = self.sum(y, clips.of(Part::Result));
        self.to_address.apply(&mut inverse, clips);
        for inverse in &mut inverse {
            *inverse = self.inverses[self.inv_address.of(*inverse)];
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

/// The largest power of two below `n`, which is at least 2.
fn left_terms(n: usize) -> usize {
    1 << (n - 1).ilog2()
}

fn maximum<W: Word>(x: &[[W; LANES]]) -> [W; LANES] {
    let mut rows = x.iter();
    let first = rows.next().copied().unwrap_or([W::default(); LANES]);
    rows.fold(first, |maximum, row| std::array::from_fn(|i| maximum[i].max(row[i])))
}

/// One where the first largest number is, else zero.
fn argmax(layer: Layer<'_>, slices: Slices) -> Result<Compiled, EmulateError> {
    let (x, result) = (layer.input_term(0)?, layer.result()?);
    let rule = ChainRule::of(Term::int(1)).cast(result);
    let bits = rule.bits().max(x.bits()).max(layer.variable(result)?.bits());
    Ok(with_word!(layer.word(bits)?, W => {
        EachSlice::<W, _>::compiled(slices, Argmax { one: rule.compile::<W>().one(W::from_raw(1)) })
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

/// The reciprocal of a sum of exponentials of differences, for each element.
fn legacy(layer: Layer<'_>, op: &Softmax, slices: Slices) -> Result<Compiled, EmulateError> {
    let table_t = Softmax::LEGACY_TABLE;
    let entries = usize_of(layer, op.table_size)?;
    let n = i32::try_from(entries).map_err(|_| layer.incomplete("table of a usable size"))?;
    let x = layer.input_term(0)?;
    let difference = layer.bounded(x.sub(&x))?;
    let exp_index = IndexRule { factor: n, divisor: 2 * Curve::Exp.range() }.chain(layer, &difference)?;
    let entry = layer.variable(table_t)?;
    let sum = layer.bounded(entry.add(&entry))?;
    let sum = ChainRule::of(Term { ty: table_t, ..sum }).cast(table_t);
    let inv_index = IndexRule { factor: n, divisor: 64 }.chain(layer, &entry)?;
    let one = ChainRule::of(Term::int(1)).cast(table_t);
    layer.word(one.bits())?;
    let one = one.compile::<i128>().one(1);
    let inverses = tables::legacy_reciprocal(entries, table_t);
    let to_result = ChainRule::of(entry).cast(layer.result()?);
    layer.word(to_result.bits())?;
    let to_result = to_result.compile::<i128>();
    let inverses: Vec<i128> = inverses.into_iter().map(|entry| to_result.one(entry)).collect();
    let results = inverses.iter().copied().map(signed_bits).max().unwrap_or(1);
    let bits = exp_index.bits().max(sum.bits()).max(inv_index.bits()).max(results);
    let bits = bits.max(layer.variable(layer.result()?)?.bits());
    Ok(with_word!(layer.word(bits)?, W => EachSlice::<W, _>::compiled(slices, Legacy::<W> {
        exp_index: exp_index.compile(),
        exps: words(&tables::centred(Curve::Exp, entries, table_t)),
        one: W::from_raw(one),
        sum: sum.compile(),
        inv_index: inv_index.compile(),
        inverses: words(&inverses),
    })))
}

struct Legacy<W> {
    exp_index: Chain<W>,
    exps: Vec<W>,
    one: W,
    /// What happens to the sum after each addition.
    sum: Chain<W>,
    inv_index: Chain<W>,
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
