//! Sums of products: Dense and convolutions.
//!
//! Each output is `bias + Σ weight · input`, where the kernels cast every product to the accumulator's type before they add it. Whatever
//! the functor, such a product is a [`Line`] in raw numbers. Where casting each product and each sum comes to the same as casting the exact
//! sum once, [`Summation`] says so; only elsewhere does the order of the additions matter, and then it is the kernel's.

mod exact;
mod quantized;

use super::cast::Cast;
use super::chain::Chain;
use super::error::ArithError;
use super::layer::Layer;
use super::line::{Functor, Line};
use super::order::{Connection, conv_order, dense_order};
use super::tables::index_bits;
use super::term::{Bounded, Term};
use crate::fixed::{Rounding, shifted_left};
use crate::graph::op::{Conv, Dense, EinsumDense, Strategy, Transpose};
use crate::graph::{TypeRole, Weight, WeightRole};
use crate::precision::Precision;
use crate::target::IoType;
pub use quantized::QuantizedInput;

/// A matrix product with biases, applied to one or more windows of the input: Dense and convolutions.
///
/// The output of row `r` for window `w` is element `w · rows + r` of the result.
#[derive(Debug, Clone, PartialEq)]
pub struct MatrixProduct {
    /// What is made of the input's elements before they are multiplied, if anything is.
    pub quantized: Option<QuantizedInput>,
    /// Which elements of the input each window holds.
    pub windows: Windows,
    /// The rows of the matrix: one for each output of a window.
    pub rows: Vec<Row>,
    /// Any product, in full precision.
    pub product: Term,
    /// The accumulator's type.
    pub accum: Precision,
    /// How products are added up.
    pub summation: Summation,
    /// The way of a sum, in the accumulator's type, to the result.
    pub finish: Chain,
}

/// Which input elements the sums read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows {
    n_in: usize,
    places: Vec<u32>,
}

/// A zero beyond the edge of the input.
pub(crate) const PADDING: u32 = u32::MAX;

/// One output of each window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The bias in the accumulator's type.
    pub bias: i128,
    /// The products, in the order of the additions.
    pub taps: Vec<Tap>,
}

/// One product of a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tap {
    /// Which element of the window is the input.
    pub position: usize,
    /// The product with the weight. Weights of zero are among them.
    pub line: Line,
    /// Whether the products since the last such tap are added up among themselves first: only of interest to [`Summation::Stepwise`]. A row
    /// has no such tap, or ends with one.
    pub ends_group: bool,
}

/// How the products of a row are added up.
#[derive(Debug, Clone, PartialEq)]
pub enum Summation {
    /// No product is rounded, and sums cannot overflow, or only wrap. The products are at the accumulator's binary point, with all addends
    /// taken into the biases, so `bias + Σ factor · input` is exact and can be made in any order; in the end it is cast.
    Exact {
        /// The cast of the exact sum to the accumulator's type.
        sum: Cast,
    },
    /// The same, but each product is rounded down: `bias + Σ ⌊factor · input / 2^down⌋`.
    Floored {
        /// Bits that each product loses.
        down: u32,
        /// The cast of the sum to the accumulator's type.
        sum: Cast,
    },
    /// Each product is cast, and the sum again after each addition, in the order of the taps.
    Stepwise {
        /// The way of a product to the accumulator's type.
        product: Chain,
        /// The cast of a sum after an addition.
        sum: Cast,
    },
}

impl Windows {
    /// Vectors, one after the other.
    fn vectors(count: usize, n_in: usize) -> Self {
        Self { n_in, places: (0..count * n_in).map(|place| Self::place(Some(place))).collect() }
    }

    /// What is under the filter, for each pixel: `[filter height, filter width, channels]` of `[height, width, channels]`.
    fn of_conv(op: &Conv) -> Self {
        let pixels = (0..op.output_pixels()).flat_map(|pixel| op.window(pixel));
        let places = pixels.flat_map(|pixel| {
            (0..op.n_chan).map(move |channel| Self::place(pixel.map(|pixel| pixel * op.n_chan + channel)))
        });
        Self { n_in: op.kernel_size() * op.n_chan, places: places.collect() }
    }

    fn place(element: Option<usize>) -> u32 {
        element.and_then(|element| u32::try_from(element).ok()).unwrap_or(PADDING)
    }

    /// Elements of each window.
    #[must_use]
    pub fn n_in(&self) -> usize {
        self.n_in
    }

    /// The windows: for each of their elements which element of the input it is, or `None` for a zero beyond the edge.
    pub fn iter(&self) -> impl Iterator<Item = impl Iterator<Item = Option<usize>>> {
        let element = |&place: &u32| (place != PADDING).then_some(place as usize);
        self.places.chunks_exact(self.n_in.max(1)).map(move |window| window.iter().map(element))
    }

    /// The windows one after the other, with [`PADDING`] for zeros.
    pub(crate) fn places(&self) -> &[u32] {
        &self.places
    }
}

/// What a layer says about its matrix product.
struct Source<'a> {
    quantized: Option<QuantizedInput>,
    windows: Windows,
    n_out: usize,
    /// Which weight connects which input with which output, in the order of the additions.
    connections: Vec<Connection>,
    weight: &'a Weight,
    bias: &'a Weight,
    strategy: Strategy,
    /// Number of inputs that the kernel turns a count of agreements back with.
    agreements: usize,
}

pub(super) fn dense(layer: Layer<'_>, op: &Dense) -> Result<MatrixProduct, ArithError> {
    let vectors = layer.output()?.len() / op.n_out.max(1);
    let source = Source {
        quantized: QuantizedInput::of(layer, op.input_quantizer.as_deref(), op.strategy)?,
        windows: Windows::vectors(vectors, op.n_in),
        n_out: op.n_out,
        connections: dense_order(op, layer.node.reuse_factor),
        weight: layer.weight(WeightRole::Weight)?,
        bias: layer.weight(WeightRole::Bias)?,
        strategy: op.strategy,
        agreements: op.n_in,
    };
    matrix_product(layer, source)
}

pub(super) fn conv(layer: Layer<'_>, op: &Conv) -> Result<MatrixProduct, ArithError> {
    let n_in = op.kernel_size() * op.n_chan;
    let source = Source {
        quantized: QuantizedInput::of(layer, op.input_quantizer.as_deref(), op.strategy)?,
        windows: Windows::of_conv(op),
        n_out: op.n_filt,
        connections: conv_order(op, layer.node.reuse_factor),
        weight: layer.weight(WeightRole::Weight)?,
        bias: layer.weight(WeightRole::Bias)?,
        strategy: op.strategy,
        // hls4ml describes the product of all pixels together where it computes them at once.
        agreements: match layer.io_type() {
            IoType::Parallel if op.is_batched() => n_in * op.width.input,
            IoType::Parallel | IoType::Stream => n_in,
        },
    };
    matrix_product(layer, source)
}

/// One window, the whole input, with a row for each element of the result: weights and biases differ from one to the next.
pub(super) fn einsum_dense(layer: Layer<'_>, op: &EinsumDense) -> Result<MatrixProduct, ArithError> {
    let contraction = &op.contraction;
    let [len, _] = contraction.input_lens();
    let [n_contract, n_free] = [contraction.n_contract, contraction.n_free[1]];
    let input = Transpose { from: contraction.shapes[0].clone(), perm: contraction.permutations[0].clone() };
    let n_out = contraction.output_len();
    // The kernel computes the result with its axes in another order, and has the biases in that.
    let connections = (0..n_out).flat_map(|output| {
        let (vector, place) = (output / n_free.max(1), output % n_free.max(1));
        let inplace = vector / contraction.n_free[0].max(1);
        let input = &input;
        (0..n_contract).map(move |c| Connection {
            output,
            input: input.source(vector * n_contract + c),
            weight: (inplace * n_contract + c) * n_free + place,
            ends_group: false,
        })
    });
    let source = Source {
        quantized: None,
        windows: Windows::vectors(1, len),
        n_out,
        connections: connections.collect(),
        weight: layer.weight(WeightRole::Weight)?,
        bias: layer.weight(WeightRole::Bias)?,
        strategy: op.strategy,
        agreements: n_contract,
    };
    let product = matrix_product(layer, source)?;
    let rows = (0..n_out).map(|element| product.rows.get(contraction.computed(element)).cloned());
    let rows = rows.collect::<Option<_>>().ok_or_else(|| layer.incomplete("sum for each output"))?;
    Ok(MatrixProduct { rows, ..product })
}

fn matrix_product(layer: Layer<'_>, source: Source<'_>) -> Result<MatrixProduct, ArithError> {
    if source.strategy == Strategy::DistributedArithmetic {
        return exact::matrix_product(layer, source);
    }
    let sums = Sums::new(layer, &source)?;
    let accum_t = layer.variable(sums.accum)?;
    let range = layer.bounded(sums.range())?;
    let product = sums.cast_of_product();
    let sum = Cast::new(Term { ty: sums.accum, low: range.0, high: range.1 }, sums.accum);
    let wraps = !sum.may_overflow() || sum.is_modular();
    let (summation, summed) = match sums.shift_of_products() {
        Some(Shift::Left(_)) if wraps => (Summation::Exact { sum }, sum.result()),
        Some(Shift::Floor(down)) if wraps => (Summation::Floored { down, sum }, sum.result()),
        _ => {
            // After each addition the sum is a number of the accumulator's type again.
            let step = layer.bounded(accum_t.add(&product.result()))?;
            let sum = Cast::new(Term { ty: sums.accum, ..step }, sums.accum);
            (Summation::Stepwise { product, sum }, accum_t)
        }
    };
    let finish = finish(layer, &source, Chain::of(summed))?;
    let rows = match (&summation, sums.shift_of_products()) {
        (Summation::Exact { .. }, Some(Shift::Left(shift))) => {
            layer.bounded(aligned_rows(sums.rows, shift))?
        }
        _ => sums.rows,
    };
    let (product, accum) = (sums.product, sums.accum);
    Ok(MatrixProduct { quantized: None, windows: source.windows, rows, product, accum, summation, finish })
}

/// The cast from accumulator to result, which turns a count of agreements back into a sum first.
fn finish(layer: Layer<'_>, source: &Source<'_>, sum: Chain) -> Result<Chain, ArithError> {
    let binary = |precision: Precision| precision == Precision::Xnor;
    let result = layer.result()?;
    if !(binary(layer.input(0)?.ty.precision) && binary(source.weight.ty.precision)) {
        return Ok(sum.cast(result));
    }
    let n = i32::try_from(source.agreements).unwrap_or(i32::MAX);
    let count = sum.result();
    let doubled = layer.bounded(count.mul(&Term::int(2)))?;
    let difference = layer.bounded(doubled.sub(&Term { ty: Precision::uint(32), ..Term::int(n) }))?;
    let two = layer.bounded(shifted_left(2, doubled.shift_to_add(&difference).into()))?;
    let n = layer.bounded(shifted_left(n.into(), u64::try_from(difference.frac()).unwrap_or(0)))?;
    let width = index_bits(source.agreements) + 2;
    Ok(sum.affine(two, -n, difference).cast(Precision::int(width)).cast(result))
}

/// How products have to move to the accumulator's binary point.
enum Shift {
    Left(u32),
    Floor(u32),
}

/// How products are made and summed up.
struct Sums {
    functor: Functor,
    /// Any product, in full precision.
    product: Term,
    accum: Precision,
    rows: Vec<Row>,
}

impl Sums {
    fn new(layer: Layer<'_>, source: &Source<'_>) -> Result<Self, ArithError> {
        let accum = layer.ty(TypeRole::Accum)?.precision;
        let functor = Functor::new(layer, source.weight.ty.precision)?;
        let weights = layer.stored(source.weight)?;
        let mut rows: Vec<Row> = biases(layer, source, accum)?
            .into_iter()
            .map(|bias| Row { bias, taps: Vec::with_capacity(source.windows.n_in) })
            .collect();
        for connection in &source.connections {
            let stored =
                weights.get(connection.weight).ok_or_else(|| layer.incomplete("weight for each product"))?;
            let line = layer.bounded(functor.line(*stored))?;
            let row =
                rows.get_mut(connection.output).ok_or_else(|| layer.incomplete("bias for each output"))?;
            row.taps.push(Tap { position: connection.input, line, ends_group: connection.ends_group });
        }
        let lines = rows.iter().flat_map(|row| &row.taps).map(|tap| &tap.line);
        let product = layer.bounded(functor.product(lines))?;
        Ok(Self { functor, product, accum, rows })
    }

    fn lines(&self) -> impl Iterator<Item = &Line> {
        self.rows.iter().flat_map(|row| &row.taps).map(|tap| &tap.line)
    }

    /// The way of a product into the accumulator's type.
    fn cast_of_product(&self) -> Chain {
        let product = Chain::of(self.product);
        match self.functor.wraps_in(&self.product) {
            Some(ty) => product.cast(ty).cast(self.accum),
            None => product.cast(self.accum),
        }
    }

    /// The shift that the cast of a product amounts to, overflows aside.
    fn shift_of_products(&self) -> Option<Shift> {
        let dropped = i64::from(self.product.frac()) - i64::from(self.accum.frac());
        let shift = u32::try_from(dropped.unsigned_abs()).ok().filter(|&shift| shift < 100)?;
        if self.functor.wraps_in(&self.product).is_some() || self.lines().any(|line| line.down > 0) {
            return None;
        }
        let floors = matches!(self.accum, Precision::Fixed(ty) if ty.rounding == Rounding::Trn);
        match dropped {
            ..=0 => Some(Shift::Left(shift)),
            _ if floors && self.lines().all(|line| line.addend == 0) => Some(Shift::Floor(shift)),
            _ => None,
        }
    }

    /// The range of all sums of biases and products at the accumulator's binary point, if nothing overflows; of any part of a sum as
    /// well, and of each product.
    fn range(&self) -> Bounded<(i128, i128)> {
        self.rows.iter().try_fold((0_i128, 0_i128), |(lowest, highest), row| {
            let mut range = (row.bias.min(0), row.bias.max(0));
            for tap in &row.taps {
                let (low, high) = self.aligned_range_of(tap)?;
                range = (range.0.checked_add(low.min(0))?, range.1.checked_add(high.max(0))?);
            }
            Some((lowest.min(range.0), highest.max(range.1)))
        })
    }

    fn aligned_range_of(&self, tap: &Tap) -> Bounded<(i128, i128)> {
        let product = match self.functor.wraps_in(&self.product) {
            Some(ty) => Term::variable(ty)?,
            None => {
                let (low, high) = self.functor.range(&tap.line)?;
                self.product.within(low, high)
            }
        };
        Cast::new(product, self.accum).aligned()
    }
}

/// The rows with factors at the accumulator's binary point and addends taken into the biases.
fn aligned_rows(mut rows: Vec<Row>, shift: u32) -> Bounded<Vec<Row>> {
    let shift = u64::from(shift);
    for row in &mut rows {
        for tap in &mut row.taps {
            row.bias = row.bias.checked_add(shifted_left(tap.line.addend, shift)?)?;
            tap.line = Line { factor: shifted_left(tap.line.factor, shift)?, addend: 0, ..tap.line };
        }
    }
    Some(rows)
}

fn biases(layer: Layer<'_>, source: &Source<'_>, accum: Precision) -> Result<Vec<i128>, ArithError> {
    let term = layer.variable(source.bias.ty.precision)?;
    let rule = Chain::of(term).cast(accum);
    let raws = layer.raw_weights(WeightRole::Bias)?;
    if raws.len() < source.n_out {
        return Err(layer.incomplete("bias for each output"));
    }
    layer.evaluate_all(&rule, raws.into_iter().take(source.n_out))
}
