//! The range of each element of each tensor.
//!
//! Inputs can be every number of their types; constants are known. From there ranges go through the operations: exactly through what is
//! linear (the ends of a sum of products are the sums of the products' ends), and never too narrow elsewhere. What a number has to do with
//! another one is not followed, so `x - x` has a range.

use std::collections::HashMap;

use super::elementwise::{Elementwise, Fitted};
use super::embedding::TableRows;
use super::error::ArithError;
use super::function_sums::{FunctionSums, FunctionTerm, SummedFunctions, TermValue};
use super::layer::Layer;
use super::levels::Levels;
use super::lookup::{SmoothRelu, TableLookup, TableProduct};
use super::merge::{Pairwise, ScalarProducts};
use super::moves::{ElementOrigin, Gather, TimeDirection, TimeStep};
use super::normalization::VectorNormalization;
use super::operation::{Arithmetic, Operation, Recurrence, TimePass};
use super::pooling::{Additions, PoolWindow, Reduction, WindowReduction, left_terms};
use super::products::{MatrixProduct, Row, Summation};
use super::softmax::{SliceSoftmax, SoftmaxMethod};
use crate::fixed::shifted_left;
use crate::graph::op::{MergeKind, Product};
use crate::graph::{Graph, TensorId};

/// The smallest and the largest raw number.
pub type Range = (i128, i128);

/// The range of each element of each tensor of a graph.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueRanges {
    tensors: HashMap<TensorId, Vec<Range>>,
}

impl ValueRanges {
    /// The ranges for inputs that can be every number of their types.
    ///
    /// # Errors
    /// As [`Arithmetic::of`].
    pub fn of(graph: &Graph) -> Result<Self, ArithError> {
        let mut tensors = HashMap::new();
        for &id in &graph.inputs {
            let layer = Layer { graph, node: graph.node(id) };
            let term = layer.variable(layer.result()?)?;
            tensors.insert(layer.node.outputs[0], vec![(term.low, term.high); layer.output()?.len()]);
        }
        for &id in graph.order() {
            let Some(arithmetic) = Arithmetic::of(graph, id)? else { continue };
            let layer = Layer { graph, node: graph.node(id) };
            let inputs = layer.node.inputs.iter().map(|&tensor| tensors.get(&graph.origin_of(tensor)));
            let inputs: Option<Vec<&[Range]>> = inputs.map(|ranges| ranges.map(Vec::as_slice)).collect();
            let inputs = inputs.ok_or_else(|| layer.incomplete("layer before it that writes its input"))?;
            let result = arithmetic.range(&inputs);
            tensors.insert(layer.node.outputs[0], result);
        }
        Ok(Self { tensors })
    }

    /// The ranges of a tensor's elements; `None` for one that nothing computes.
    pub fn get(&self, graph: &Graph, tensor: TensorId) -> Option<&[Range]> {
        self.tensors.get(&graph.origin_of(tensor)).map(Vec::as_slice)
    }
}

impl Arithmetic {
    /// The range of each element of the result for ranges of the inputs' elements. It is never too narrow; it is exact for sums of products
    /// that do not wrap, and for most operations on one element.
    #[must_use]
    pub fn range(&self, inputs: &[&[Range]]) -> Vec<Range> {
        let whole = (self.result.low, self.result.high);
        let input = |position: usize| inputs.get(position).copied().unwrap_or_default();
        let x = input(0);
        let within = |range: Option<Range>| range.unwrap_or(whole);
        match &self.operation {
            Operation::MatrixProduct(op) => {
                let result = |sum: Range| op.finish.range(op.accumulated(sum));
                op.sum_ranges(x).into_iter().map(|sum| sum.map_or(whole, result)).collect()
            }
            Operation::Elementwise(op) => {
                x.iter().enumerate().map(|(i, &x)| within(element(op, i, x))).collect()
            }
            Operation::Pairwise(op) => {
                let sides = (0..self.elements).map(|i| (x[i % x.len()], input(1)[i % input(1).len()]));
                sides.map(|(a, b)| within(pair(op, a, b))).collect()
            }
            Operation::ScalarProducts(op) => {
                op.sums.iter().map(|pairs| within(scalar_product(op, pairs, x, input(1)))).collect()
            }
            Operation::WindowReduction(op) => {
                op.pools.iter().map(|pool| within(reduction(op, pool, x))).collect()
            }
            Operation::SliceSoftmax(op) => vec![within(softmax(op)); self.elements],
            Operation::VectorNormalization(op) => {
                (0..self.elements).map(|i| within(normalized(op, i % op.dim.max(1)))).collect()
            }
            Operation::Gather(op) => op.origins.iter().map(|&origin| moved(op, origin, inputs)).collect(),
            Operation::TableRows(op) => x.iter().flat_map(|&x| row(op, x)).collect(),
            Operation::FunctionSums(op) => {
                op.sums.iter().map(|sum| within(function_sum(op, sum, x))).collect()
            }
            Operation::Recurrence(op) => recurrence(op, x),
            Operation::TimeStep(op) => time_step(op, x, self.elements),
        }
    }
}

impl MatrixProduct {
    /// The range of each sum for ranges of the input's elements, window after window: how wide an adder must be. With [`Summation::Exact`] and
    /// [`Summation::Floored`] it is the exact sum's, before the cast to the accumulator's type, and exact; with [`Summation::Stepwise`] it is
    /// that of the sum after its last cast. `None` beyond 127 bits.
    #[must_use]
    pub fn sum_ranges(&self, x: &[Range]) -> Vec<Option<Range>> {
        let quantized = self.quantized.as_ref().map(|quantized| {
            let elements = x.iter().enumerate();
            elements.map(|(i, &x)| {
                fitted(&quantized.fitted, i, x).unwrap_or((quantized.term.low, quantized.term.high))
            })
        });
        let quantized: Option<Vec<Range>> = quantized.map(Iterator::collect);
        let x = quantized.as_deref().unwrap_or(x);
        let windows = self.windows.iter().map(|places| {
            let elements = places.map(|place| place.and_then(|place| x.get(place)).copied());
            elements.map(|range| range.unwrap_or((0, 0))).collect::<Vec<_>>()
        });
        windows
            .flat_map(|window| {
                self.rows.iter().map(move |row| row_sum(self, row, &window)).collect::<Vec<_>>()
            })
            .collect()
    }

    /// The range of what the cast to the accumulator's type makes of a sum of a range.
    fn accumulated(&self, sum: Range) -> Range {
        match &self.summation {
            Summation::Exact { sum: cast } | Summation::Floored { sum: cast, .. } => cast.range(sum),
            Summation::Stepwise { .. } => sum,
        }
    }
}

fn hull(a: Range, b: Range) -> Range {
    (a.0.min(b.0), a.1.max(b.1))
}

/// The range around all that can occur; `None` if nothing can.
fn hull_of(ranges: impl IntoIterator<Item = Range>) -> Option<Range> {
    ranges.into_iter().reduce(hull)
}

fn add(a: Range, b: Range) -> Option<Range> {
    Some((a.0.checked_add(b.0)?, a.1.checked_add(b.1)?))
}

fn mul(a: Range, b: Range) -> Option<Range> {
    let corners = [(a.0, b.0), (a.0, b.1), (a.1, b.0), (a.1, b.1)].map(|(a, b)| a.checked_mul(b));
    let corners = corners.into_iter().collect::<Option<Vec<_>>>()?;
    hull_of(corners.into_iter().map(|corner| (corner, corner)))
}

fn left((low, high): Range, bits: u32) -> Option<Range> {
    mul((low, high), (1_i128.checked_shl(bits).filter(|&unit| unit > 0)?, 1_i128 << bits))
}

/// The part of a range below a number.
fn below((low, high): Range, end: i128) -> Option<Range> {
    (low < end).then(|| (low, high.min(end - 1)))
}

/// The part of a range from a number on.
fn from((low, high): Range, begin: i128) -> Option<Range> {
    (high >= begin).then(|| (low.max(begin), high))
}

/// The range of the entries that indices of a range can find.
fn entries(table: &[i128], (low, high): Range) -> Option<Range> {
    let last = i128::try_from(table.len()).ok()? - 1;
    let place = |index: i128| usize::try_from(index.clamp(0, last)).ok();
    let found = table.get(place(low)?..=place(high)?)?;
    hull_of(found.iter().map(|&entry| (entry, entry)))
}

/// Time step after time step, from states of zero.
fn recurrence(op: &Recurrence, x: &[Range]) -> Vec<Range> {
    let results: Vec<Vec<Range>> = op.passes.iter().map(|pass| time_pass(pass, x)).collect();
    match &op.join {
        Some(join) => join.range(&results.iter().map(Vec::as_slice).collect::<Vec<_>>()),
        None => results.into_iter().next().unwrap_or_default(),
    }
}

fn time_pass(pass: &TimePass, x: &[Range]) -> Vec<Range> {
    let mut result = vec![(pass.result.low, pass.result.high); pass.result_elements()];
    let mut states: Vec<Vec<Range>> = pass.states.iter().map(|state| vec![(0, 0); state.elements]).collect();
    let mut steps = x.chunks_exact(pass.elements.max(1)).collect::<Vec<_>>();
    steps.resize(pass.n_time_steps, &[]);
    for k in 0..pass.n_time_steps {
        let mut registers: Vec<Vec<Range>> =
            std::iter::once(steps[pass.time(k)].to_vec()).chain(states).collect();
        for part in &pass.parts {
            let inputs: Vec<&[Range]> = part.inputs.iter().map(|&input| &registers[input][..]).collect();
            let found = part.arithmetic.range(&inputs);
            registers.push(found);
        }
        states = pass.states.iter().map(|state| registers[state.next].clone()).collect();
        if let Some(place) = pass.place(k) {
            let elements = pass.output_elements;
            result[place * elements..(place + 1) * elements].copy_from_slice(&registers[pass.output]);
        }
    }
    result
}

/// The sum of a row, as [`MatrixProduct::sum_ranges`] describes it.
fn row_sum(op: &MatrixProduct, row: &Row, window: &[Range]) -> Option<Range> {
    let products = || row.taps.iter().map(|tap| tap.line.range(*window.get(tap.position)?));
    let bias = (row.bias, row.bias);
    match &op.summation {
        Summation::Exact { .. } => products().try_fold(bias, |total, product| add(total, product?)),
        Summation::Floored { down, .. } => {
            let floored = |(low, high): Range| (low >> down, high >> down);
            products().try_fold(bias, |total, product| add(total, floored(product?)))
        }
        Summation::Stepwise { product, sum } => {
            let grouped = row.taps.iter().any(|tap| tap.ends_group);
            let (mut total, mut group) = (bias, (0, 0));
            for (tap, range) in row.taps.iter().zip(products()) {
                let to = if grouped { &mut group } else { &mut total };
                *to = sum.range(add(*to, product.range(range?))?);
                if tap.ends_group {
                    total = sum.range(add(total, group)?);
                    group = (0, 0);
                }
            }
            Some(total)
        }
    }
}

/// A chain for each element, which is number `i`.
fn fitted(op: &Fitted, i: usize, x: Range) -> Option<Range> {
    match op.chains.get(i % op.chains.len().max(1))? {
        Some(chain) => Some(chain.range(x)),
        None => Some((0, 0)),
    }
}

/// Operations on one element, which is number `i`.
fn element(op: &Elementwise, i: usize, x: Range) -> Option<Range> {
    let of_channel = |numbers: &[i128]| numbers.get(i % numbers.len().max(1)).copied();
    match op {
        Elementwise::Chained(op) => {
            let floor = op.floor.unwrap_or(i128::MIN);
            Some(op.chain.range((x.0.max(floor), x.1.max(floor))))
        }
        Elementwise::Fitted(op) => fitted(op, i, x),
        Elementwise::Capped(op) => {
            let chained = below(x, op.above).map(|x| op.chain.range((x.0.max(0), x.1.max(0))));
            let capped = from(x, op.above).map(|_| (op.cap, op.cap));
            hull_of(chained.into_iter().chain(capped))
        }
        Elementwise::Levels(op) => levels(op, i, x),
        Elementwise::Hard(op) => {
            let x = op.line.range(x);
            let line = below(x, op.above_one).map(|x| (x.0.max(0), x.1.max(0)));
            let one = from(x, op.above_one).map(|_| (op.one, op.one));
            hull_of(line.into_iter().chain(one).map(|x| op.after.range(x)))
        }
        Elementwise::Leaky(op) => {
            let slope = of_channel(&op.slopes)?;
            let positive = from(x, 1).map(|x| op.positive.range(x));
            let negative = match below(x, 1) {
                Some(x) => Some(op.negative.range(mul(x, (slope, slope))?)),
                None => None,
            };
            hull_of(positive.into_iter().chain(negative))
        }
        Elementwise::Thresholded(op) => {
            let zero = below(x, op.limit.checked_add(1)?).map(|_| (0, 0));
            let above = from(x, op.limit.checked_add(1)?);
            let negative = below(x, 0).filter(|_| op.below_zero_passes);
            hull_of(zero.into_iter().chain(above).chain(negative).map(|x| op.chain.range(x)))
        }
        Elementwise::Affine(op) => {
            let product = op.scales.get(i % op.scales.len().max(1))?.range(x)?;
            let bias = of_channel(&op.biases)?;
            Some(op.after.range(add(left(op.between.range(product), op.up)?, (bias, bias))?))
        }
        Elementwise::Lookup(op) => lookup(op, x),
        Elementwise::SmoothRelu(op) => smooth_relu(op, x),
        Elementwise::TableProduct(op) => table_product(op, x),
    }
}

fn levels(op: &Levels, i: usize, x: Range) -> Option<Range> {
    let levels = op.channels.get(i % op.channels.len().max(1))?;
    let x = op.prepare.as_ref().map_or(x, |prepare| prepare.range(x));
    let begins = std::iter::once((i128::MIN, op.below)).chain(levels.iter().copied());
    let ends = levels.iter().map(|&(begin, _)| begin - 1).chain([i128::MAX]);
    let reached = begins.zip(ends).filter(|&((begin, _), end)| x.0 <= end && begin <= x.1);
    hull_of(reached.map(|((_, value), _)| (value, value)))
}

fn lookup(op: &TableLookup, x: Range) -> Option<Range> {
    let found = |x: Range| {
        let offset = i128::from(op.offset);
        entries(&op.table, add(op.index.range(x), (offset, offset))?)
    };
    let Some(positive) = &op.positive else { return found(x) };
    let above = from(x, 0).map(|x| positive.range(x));
    match below(x, 0) {
        Some(x) => hull_of(above.into_iter().chain([found(x)?])),
        None => above,
    }
}

fn smooth_relu(op: &SmoothRelu, x: Range) -> Option<Range> {
    let negative = match below(x, 0) {
        Some(x) => Some(entries(&op.entries, op.below.range(x))?),
        None => None,
    };
    let positive = match from(x, 0) {
        Some(x) => Some(add(left(x, op.up)?, entries(&op.entries, op.above.range(x))?)?),
        None => None,
    };
    hull_of(negative.into_iter().chain(positive)).map(|sum| op.after.range(sum))
}

fn table_product(op: &TableProduct, x: Range) -> Option<Range> {
    let (first, last) = op.place.range(x);
    let (from, to) = (first >> op.lower_bits, last >> op.lower_bits);
    let beyond = 1_i128 << op.lower_bits;
    let lower = if from == to { (first % beyond, last % beyond) } else { (0, beyond - 1) };
    let product = mul(entries(&op.upper, (from, to))?, entries(&op.lower, lower)?)?;
    Some(op.after.range(product))
}

fn pair(op: &Pairwise, a: Range, b: Range) -> Option<Range> {
    let (up_a, up_b) = (left(a, op.up[0])?, left(b, op.up[1])?);
    match op.kind {
        MergeKind::Add | MergeKind::Average | MergeKind::PartialSum(_) | MergeKind::Mean(_) => {
            Some(op.finish[0].range(add(up_a, up_b)?))
        }
        MergeKind::Subtract => Some(op.finish[0].range(add(up_a, mul(up_b, (-1, -1))?)?)),
        MergeKind::Multiply => Some(op.finish[0].range(mul(a, b)?)),
        // A side that wins is not on the wrong side of every number of the other.
        MergeKind::Maximum => {
            let a = from(a, up_b.0 >> op.up[0]).filter(|_| up_a.1 > up_b.0);
            let b = from(b, up_a.0 >> op.up[1]).filter(|_| up_b.1 >= up_a.0);
            chosen(op, a, b)
        }
        MergeKind::Minimum => {
            let a = below(a, (up_b.1 >> op.up[0]) + 1).filter(|_| up_a.0 < up_b.1);
            let b = below(b, (up_a.1 >> op.up[1]) + 1).filter(|_| up_b.0 <= up_a.1);
            chosen(op, a, b)
        }
    }
}

fn chosen(op: &Pairwise, a: Option<Range>, b: Option<Range>) -> Option<Range> {
    hull_of([a, b].into_iter().zip(&op.finish).filter_map(|(x, finish)| Some(finish.range(x?))))
}

fn scalar_product(op: &ScalarProducts, pairs: &[[usize; 2]], a: &[Range], b: &[Range]) -> Option<Range> {
    let signed = |x: Range| Some(hull(x, mul(x, (-1, -1))?));
    let mut sum = (0, 0);
    for &[a_place, b_place] in pairs {
        let (a, b) = (*a.get(a_place)?, *b.get(b_place)?);
        let product = match op.functor {
            Product::Mult | Product::WeightExponential => mul(a, b)?,
            Product::BothBinary => (0, 1),
            Product::WeightBinary => signed(a)?,
            Product::DataBinary => signed(b)?,
            Product::WeightTernary => hull(signed(a)?, (0, 0)),
        };
        let [up_sum, up_product] = op.up;
        let up = |range: Range, bits: u32| {
            Some((shifted_left(range.0, bits.into())?, shifted_left(range.1, bits.into())?))
        };
        sum = op.sum.range(add(up(sum, up_sum)?, up(op.product.range(product), up_product)?)?);
    }
    Some(op.finish.range(sum))
}

fn reduction(op: &WindowReduction, pool: &PoolWindow, x: &[Range]) -> Option<Range> {
    let elements = || pool.elements.iter().map(|&element| x.get(element).copied());
    match &op.reduction {
        Reduction::Maximum { element, padding, finish } => {
            let is_padded = pool.is_padded || pool.elements.is_empty();
            let padding = is_padded.then_some(Some((*padding, *padding)));
            let compared = elements().map(|range| Some(element.range(range?)));
            let all = compared.chain(padding).collect::<Option<Vec<_>>>()?;
            let greatest = all.into_iter().reduce(|a, b| (a.0.max(b.0), a.1.max(b.1)))?;
            Some(finish.range(greatest))
        }
        Reduction::Average { element, up, sum, order, finish } => {
            let terms = elements().map(|range| Some(element.range(range?))).collect::<Option<Vec<_>>>()?;
            let plus = |a: Range, b: Range| Some(sum.range(add(left(a, up[0])?, left(b, up[1])?)?));
            let total = match order {
                Additions::InTurn => terms.into_iter().try_fold((0, 0), plus)?,
                Additions::Tree => tree(&terms, &plus)?,
            };
            let cells = i128::try_from(pool.elements.len().max(1)).ok()?;
            Some(finish.range((total.0 / cells, total.1 / cells)))
        }
    }
}

/// What comes of some numbers in a balanced tree, as the kernels build it.
fn tree<T: Copy>(terms: &[T], plus: &impl Fn(T, T) -> Option<T>) -> Option<T> {
    match terms {
        [] => None,
        [term] => Some(*term),
        _ => {
            let (left, right) = terms.split_at(left_terms(terms.len()));
            plus(tree(left, plus)?, tree(right, plus)?)
        }
    }
}

fn all(numbers: &[i128]) -> Option<Range> {
    hull_of(numbers.iter().map(|&number| (number, number)))
}

fn softmax(op: &SliceSoftmax) -> Option<Range> {
    match &op.method {
        SoftmaxMethod::Argmax { one } if op.slices.n == 1 => Some((*one, *one)),
        SoftmaxMethod::Argmax { one } => Some(hull((0, 0), (*one, *one))),
        SoftmaxMethod::Legacy(method) => all(&method.inverses),
        SoftmaxMethod::Exponentials(method) => {
            Some(method.finish.range(mul(all(&method.exps)?, all(&method.inverses)?)?))
        }
    }
}

/// Element `j` of a vector.
fn normalized(op: &VectorNormalization, j: usize) -> Option<Range> {
    let (scale, bias) = (*op.scales.get(j)?, *op.biases.get(j)?);
    let difference = op.difference.result();
    let product = mul((difference.low, difference.high), all(&op.table)?)?;
    let product = left(mul(product, (scale, scale))?, op.up)?;
    Some(op.finish.range(add(product, (bias, bias))?))
}

fn moved(op: &Gather, origin: ElementOrigin, inputs: &[&[Range]]) -> Range {
    match origin {
        ElementOrigin::Element { input, element } => op.casts[input].range(inputs[input][element]),
        ElementOrigin::Nothing => (0, 0),
    }
}

fn row<'a>(op: &'a TableRows, x: Range) -> impl Iterator<Item = Range> + 'a {
    let columns = op.columns.iter().map(move |column| entries(&op.entries, column.range(x)));
    // A table has entries: without them there is no such arithmetic.
    columns.map(|range| range.unwrap_or((0, 0)))
}

fn function_sum(op: &FunctionSums, sum: &SummedFunctions, x: &[Range]) -> Option<Range> {
    let start = (sum.constant, sum.constant);
    let total = sum.terms.iter().try_fold(start, |total, term| add(total, function(op, term, x)?))?;
    Some(sum.result(total, |chain, range| chain.range(range)))
}

fn function(op: &FunctionSums, term: &FunctionTerm, x: &[Range]) -> Option<Range> {
    let (low, high) = term.argument.range(*x.get(term.element)?);
    let value = match term.value {
        TermValue::Argument => (low, high),
        TermValue::Entry { table, offset } => {
            entries(op.tables.get(table)?, (low.checked_add(offset)?, high.checked_add(offset)?))?
        }
    };
    left(value, term.up)
}

/// A time step can be any of them.
fn time_step(op: &TimeStep, x: &[Range], elements: usize) -> Vec<Range> {
    let any = |i: usize| hull_of(x.iter().skip(i).step_by(op.elements.max(1)).copied());
    let ranges = (0..elements).map(|i| match op.direction {
        TimeDirection::Take => any(i),
        TimeDirection::Put => x.get(i % op.elements.max(1)).copied(),
    });
    ranges
        .map(|range| range.map_or((op.cast.result().low, op.cast.result().high), |x| op.cast.range(x)))
        .collect()
}
