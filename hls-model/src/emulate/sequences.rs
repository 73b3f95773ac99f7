//! Layers that work on sequences.

use super::EmulateError;
use super::chain::{Chain, ChainRule};
use super::clips::Clips;
use super::elementwise::clamped;
use super::step::{Compiled, Kernel, Layer, Step};
use super::tables;
use super::term::{Term, signed_bits};
use super::word::{LANES, Word, Words, with_word};
use crate::fixed::shifted_left;
use crate::graph::op::{Embedding, LayerNormalization, Product, TimePart};
use crate::graph::{TypeRole, WeightRole};
use crate::precision::Precision;
use std::sync::Arc;

/// A row of a table for each number.
pub(super) fn embedding(layer: Layer<'_>, op: &Embedding) -> Result<Compiled, EmulateError> {
    let x = layer.input_term(0)?;
    let unsigned = |n: usize| {
        let n = i32::try_from(n).map_err(|_| layer.incomplete("table of a usable size"))?;
        Ok::<_, EmulateError>(Term { ty: Precision::uint(32), ..Term::int(n) })
    };
    // The element, in full precision, cut to a C int at the end.
    let n_out = unsigned(op.n_out)?;
    let product = layer.bounded(x.mul(&n_out))?;
    let columns = (0..op.n_out).map(|column| {
        let column = unsigned(column)?;
        let element = layer.bounded(product.add(&column))?;
        let up = product.shift_to_add(&column);
        let factor = layer.bounded(shifted_left(n_out.low, up.into()))?;
        let addend = layer.bounded(shifted_left(column.low, column.shift_to_add(&product).into()))?;
        Ok(ChainRule::of(x).affine(factor, addend, element).cast(Precision::int(32)))
    });
    let columns = columns.collect::<Result<Vec<_>, EmulateError>>()?;
    let entries = layer.raw_weights(WeightRole::Embeddings)?;
    let to_result = ChainRule::of(layer.variable(layer.weight(WeightRole::Embeddings)?.ty.precision)?);
    let to_result = to_result.cast(layer.result()?);
    layer.word(to_result.bits())?;
    let to_result = to_result.compile::<i128>();
    let entries: Vec<i128> = entries.into_iter().map(|entry| to_result.one(entry)).collect();
    if entries.is_empty() {
        return Err(layer.incomplete("table"));
    }
    let widest = entries.iter().copied().map(signed_bits).max().unwrap_or(1);
    let bits = columns.iter().map(ChainRule::bits).max().unwrap_or(1).max(widest).max(32);
    let bits = bits.max(layer.variable(layer.result()?)?.bits());
    Ok(with_word!(layer.word(bits)?, W => Compiled::new(Rows::<W> {
        columns: columns.iter().map(ChainRule::compile).collect(),
        entries: entries.iter().map(|&entry| W::from_raw(entry)).collect(),
    })))
}

struct Rows<W> {
    /// For each column the way from a number to the element.
    columns: Vec<Chain<W>>,
    /// The table, row by row.
    entries: Vec<W>,
}

impl<W: Word> Kernel<W> for Rows<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], _: &mut Clips) {
        let rows =
            inputs[0].chunks_exact(LANES).zip(output.chunks_exact_mut(LANES * self.columns.len().max(1)));
        for (x, row) in rows {
            for (column, y) in self.columns.iter().zip(row.chunks_exact_mut(LANES)) {
                y.copy_from_slice(x);
                column.apply(y, &mut Clips::ignored());
                for y in y {
                    *y = self.entries[clamped(y.raw() as i64, self.entries.len())];
                }
            }
        }
    }
}

/// A time step of a tensor, taken out or put in: each element cast to the result's type.
pub(super) fn time_step(layer: Layer<'_>, part: &TimePart) -> Result<Compiled, EmulateError> {
    let rule = ChainRule::of(layer.input_term(0)?).cast(layer.result()?);
    let steps = match part {
        TimePart::Begin => TimeStep::Take { words: layer.output()?.len() * LANES },
        TimePart::End => TimeStep::Put { words: layer.input(0)?.len() * LANES },
        TimePart::Whole { .. } => {
            return Err(layer.unsupported("only its parts can; convert the model with hls_model::convert"));
        }
    };
    let size = layer.word(rule.bits())?;
    let step: Arc<dyn Step> =
        with_word!(size, W => Arc::new(TimeStepInWords::<W> { steps, cast: rule.compile() }));
    Ok(Compiled { size, step })
}

/// Words of a time step, on their way out of a tensor or into one.
enum TimeStep {
    Take { words: usize },
    Put { words: usize },
}

struct TimeStepInWords<W> {
    steps: TimeStep,
    cast: Chain<W>,
}

impl<W: Word> Step for TimeStepInWords<W> {
    fn run(&self, time: usize, inputs: &[&Words], output: &mut Words, clips: &mut Clips) {
        let Some(input) = inputs.first() else { return };
        let (input, output) = (input.get::<W>(), output.get_mut::<W>());
        let (from, to) = match self.steps {
            TimeStep::Take { words } => (&input[time * words..(time + 1) * words], &mut output[..]),
            TimeStep::Put { words } => (input, &mut output[time * words..(time + 1) * words]),
        };
        to.copy_from_slice(from);
        self.cast.apply(to, clips);
    }
}

/// Each vector by its own mean and variance. Everything but the last product is kept in the accumulator's type.
pub(super) fn layer_normalization(
    layer: Layer<'_>,
    op: &LayerNormalization,
) -> Result<Compiled, EmulateError> {
    let (x, accum) = (layer.input_term(0)?, layer.ty(TypeRole::Accum)?.precision);
    let accum_t = layer.variable(accum)?;
    let storage = accum.storage();
    let dim = op.dim();
    let inverse = accum.cast_f64(1.0 / dim as f64);
    let scale_t = layer.weight(WeightRole::Scale)?.ty.precision;
    let functor =
        Product::of(&x.ty, &scale_t).ok_or_else(|| layer.unsupported("its inputs are exponents"))?;
    // hls4ml takes the functor for its scale for the means as well; that of a 2-bit scale leaves the sum as it is.
    let mean = match functor {
        Product::Mult => {
            let product = layer.bounded(accum_t.mul(&Term::constant(accum, inverse)))?;
            ChainRule::of(accum_t).affine(inverse, 0, product).cast(accum)
        }
        Product::WeightTernary if inverse != 0 => ChainRule::of(accum_t).cast(accum),
        Product::WeightTernary => ChainRule::of(accum_t).affine(0, 0, accum_t.within(0, 0)).cast(accum),
        _ => {
            return Err(layer.unsupported("only numbers with more than one bit can be its inputs and scales"));
        }
    };
    let sum = ChainRule::of(Term { ty: accum, ..layer.bounded(accum_t.add(&accum_t))? }).cast(accum);
    let difference = ChainRule::of(layer.bounded(accum_t.sub(&accum_t))?).cast(accum);
    let square = ChainRule::of(layer.bounded(accum_t.mul(&accum_t))?).cast(accum);
    let to_accum = ChainRule::of(x).cast(accum);

    let entries = usize::try_from(op.table_size).ok().filter(|&n| n > 0);
    let entries = entries.ok_or_else(|| layer.incomplete("table of a usable size"))?;
    let n = i32::try_from(entries).map_err(|_| layer.incomplete("table of a usable size"))?;
    let range_inverse = 1_i32.checked_shl(op.table_range_power2).filter(|&n| n > 0);
    let range_inverse = Term::int(range_inverse.ok_or_else(|| layer.incomplete("table of a usable range"))?);
    let n = Term { ty: Precision::uint(32), ..Term::int(n) };
    let scaled = layer.bounded(accum_t.mul(&n).and_then(|product| product.mul(&range_inverse)))?;
    let factor = layer.bounded(n.low.checked_mul(range_inverse.low))?;
    let index = ChainRule::of(accum_t).affine(factor, 0, scaled).cast(Precision::int(32));

    let table_t = layer.ty(TypeRole::Table)?.precision;
    let table = tables::inverse_root(op.epsilon_power_of_10, op.table_range_power2, entries, table_t);
    let (scales, biases) = (layer.raw_weights(WeightRole::Scale)?, layer.raw_weights(WeightRole::Bias)?);
    if scales.len() < dim || biases.len() < dim {
        return Err(layer.incomplete("scale and bias for each element of a vector"));
    }
    let bias_t = layer.variable(layer.weight(WeightRole::Bias)?.ty.precision)?;
    let normalized =
        accum_t.mul(&layer.variable(table_t)?).and_then(|n| n.mul(&layer.variable(scale_t).ok()?));
    let normalized = layer.bounded(normalized)?;
    let result = layer.bounded(normalized.add(&bias_t))?;
    let finish = ChainRule::of(result).cast(layer.result()?);
    let up = normalized.shift_to_add(&bias_t);
    let bias_up = bias_t.shift_to_add(&normalized);
    let biases = biases.into_iter().map(|raw| layer.bounded(shifted_left(raw, bias_up.into())));
    let biases = biases.collect::<Result<Vec<_>, _>>()?;

    let chains = [&mean, &sum, &difference, &square, &to_accum, &index, &finish];
    let bits = chains.iter().map(|chain| chain.bits()).max().unwrap_or(1).max(storage.width + 1);
    Ok(with_word!(layer.word(bits)?, W => Compiled::new(Normalization::<W> {
        dim,
        to_accum: to_accum.compile(),
        sum: sum.compile(),
        mean: mean.compile(),
        difference: difference.compile(),
        square: square.compile(),
        index: index.compile(),
        table: words(&table),
        scales: words(&scales),
        up,
        biases: words(&biases),
        finish: finish.compile(),
    })))
}

fn words<W: Word>(raws: &[i128]) -> Vec<W> {
    raws.iter().map(|&raw| W::from_raw(raw)).collect()
}

struct Normalization<W> {
    /// Elements of a vector.
    dim: usize,
    to_accum: Chain<W>,
    /// What happens to a sum after each addition.
    sum: Chain<W>,
    /// A sum's way to the mean.
    mean: Chain<W>,
    difference: Chain<W>,
    square: Chain<W>,
    /// A variance's way to an index.
    index: Chain<W>,
    table: Vec<W>,
    scales: Vec<W>,
    /// How far products move left to the binary point of the biases.
    up: u32,
    biases: Vec<W>,
    finish: Chain<W>,
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
