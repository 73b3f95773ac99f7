//! Layer normalization.

use super::EmulateError;
use super::chain::WordChain;
use super::clips::Clips;
use super::step::{Compiled, Kernel, Site};
use super::word::{LANES, Word, clamped, with_word, words};
use crate::arith::VectorNormalization;

pub(super) fn compile(site: Site<'_>, op: &VectorNormalization) -> Result<Compiled, EmulateError> {
    let chains = [&op.mean, &op.sum, &op.difference, &op.square, &op.to_accum, &op.index, &op.finish];
    let bits = chains.iter().map(|chain| chain.bits()).max().unwrap_or(1);
    let bits = bits.max(op.to_accum.result().ty.width() + 1);
    Ok(with_word!(site.word(bits)?, W => Compiled::new(Normalization::<W> {
        dim: op.dim,
        to_accum: op.to_accum.compile(),
        sum: op.sum.compile(),
        mean: op.mean.compile(),
        difference: op.difference.compile(),
        square: op.square.compile(),
        index: op.index.compile(),
        table: words(&op.table),
        scales: words(&op.scales),
        up: op.up,
        biases: words(&op.biases),
        finish: op.finish.compile(),
    })))
}

struct Normalization<W> {
    /// Elements of a vector.
    dim: usize,
    to_accum: WordChain<W>,
    /// What happens to a sum after each addition.
    sum: WordChain<W>,
    /// A sum's way to the mean.
    mean: WordChain<W>,
    difference: WordChain<W>,
    square: WordChain<W>,
    /// A variance's way to an index.
    index: WordChain<W>,
    table: Vec<W>,
    scales: Vec<W>,
    /// How far products move left to the binary point of the biases.
    up: u32,
    biases: Vec<W>,
    finish: WordChain<W>,
}

impl<W: Word> Kernel<W> for Normalization<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let (input, _) = inputs[0].as_chunks::<LANES>();
        let (output, _) = output.as_chunks_mut::<LANES>();
        let vectors = input.chunks_exact(self.dim).zip(output.chunks_exact_mut(self.dim));
        for (i, (x, y)) in vectors.enumerate() {
            self.vector(x, y, i * self.dim, clips);
        }
    }
}

impl<W: Word> Normalization<W> {
    fn vector(&self, x: &[[W; LANES]], y: &mut [[W; LANES]], first: usize, clips: &mut Clips) {
        let zero = [W::default(); LANES];
        let mut mean = zero;
        for (x, y) in x.iter().zip(y.iter_mut()) {
            *y = *x;
            self.to_accum.apply(y, clips.at(first));
            mean = std::array::from_fn(|i| mean[i].add(y[i]));
            self.sum.apply(&mut mean, clips);
        }
        self.mean.apply(&mut mean, clips);
        let mut variance = zero;
        for (j, y) in y.iter_mut().enumerate() {
            *y = std::array::from_fn(|i| y[i].sub(mean[i]));
            self.difference.apply(y, clips.at(first + j));
            let mut square: [W; LANES] = std::array::from_fn(|i| y[i].mul(y[i]));
            self.square.apply(&mut square, clips);
            variance = std::array::from_fn(|i| variance[i].add(square[i]));
            self.sum.apply(&mut variance, clips);
        }
        self.mean.apply(&mut variance, clips.at(first));
        self.index.apply(&mut variance, &mut Clips::ignored());
        let inverse_root = variance.map(|index| self.table[clamped(index.raw() as i64, self.table.len())]);
        for (j, y) in y.iter_mut().enumerate() {
            let (scale, bias) = (self.scales[j], self.biases[j]);
            *y = std::array::from_fn(|i| y[i].mul(inverse_root[i]).mul(scale).shl(self.up).add(bias));
            self.finish.apply(y, clips.at(first + j));
        }
    }
}
