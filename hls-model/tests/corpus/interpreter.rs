//! A second user of `hls_model::arith`: it computes one sample at a time, number by number, with nothing but what the data structures say.
//! That it agrees with the emulator shows that they say everything; on its way it checks that every number is within the range that they give.

use std::collections::HashMap;

use hls_model::arith::{
    Additions, Address, Alignment, Arithmetic, Chain, ElementOrigin, Elementwise, Fitting, FunctionSums,
    FunctionTerm, Levels, Link, MatrixProduct, Operation, Pairwise, Recurrence, Reduction, ScalarProducts,
    SliceSoftmax, SoftmaxExponent, SoftmaxMethod, Summation, SummedFunctions, TermValue, TimeDirection,
    TimePass, TimeStep, ValueRanges, VectorNormalization, WindowReduction,
};
use hls_model::fixed::FixedType;
use hls_model::graph::op::{MergeKind, Product};
use hls_model::graph::{Graph, NodeId, TensorId};

/// The arithmetic of a graph, and the ranges of its tensors.
pub struct Interpreter<'a> {
    graph: &'a Graph,
    nodes: Vec<(NodeId, Arithmetic)>,
    ranges: ValueRanges,
}

/// The raw numbers of each tensor of a sample.
pub type Numbers = HashMap<TensorId, Vec<i128>>;

impl<'a> Interpreter<'a> {
    pub fn new(graph: &'a Graph) -> Result<Self, String> {
        let arithmetic = |&id: &NodeId| Some(Arithmetic::of(graph, id).transpose()?.map(|found| (id, found)));
        let nodes = graph.order().iter().filter_map(arithmetic).collect::<Result<_, _>>();
        let ranges = ValueRanges::of(graph).map_err(|e| e.to_string())?;
        Ok(Self { graph, nodes: nodes.map_err(|e| e.to_string())?, ranges })
    }

    /// Computes a sample: for each input of the model its values.
    pub fn run(&self, inputs: &[Vec<f32>]) -> Numbers {
        let mut numbers = Numbers::new();
        for (&id, values) in self.graph.inputs.iter().zip(inputs) {
            let ty = self.graph.output_of(id).ty.precision;
            let raws = values.iter().map(|&value| ty.cast_f64(value.into())).collect();
            numbers.insert(self.graph.node(id).outputs[0], raws);
        }
        self.steps(0..self.nodes.len(), 0, &mut numbers);
        for (&tensor, raws) in &numbers {
            let ranges = self.ranges.get(self.graph, tensor).expect("every tensor has ranges");
            assert_eq!(ranges.len(), raws.len());
            for (at, (&raw, &(low, high))) in raws.iter().zip(ranges).enumerate() {
                let name = &self.graph.tensor(tensor).name;
                assert!(low <= raw && raw <= high, "{name}: element {at} is {raw}, outside {low} to {high}");
            }
        }
        numbers
    }

    /// Runs some nodes; those between the beginning and the end of a loop for each time step.
    fn steps(&self, nodes: std::ops::Range<usize>, time: usize, numbers: &mut Numbers) {
        let mut at = nodes.start;
        while at < nodes.end {
            let begins = |step: &TimeStep| step.direction == TimeDirection::Take;
            match &self.nodes[at].1.operation {
                Operation::TimeStep(step) if begins(step) => {
                    let is_end = |(_, node): &(NodeId, Arithmetic)| matches!(&node.operation, Operation::TimeStep(step) if !begins(step));
                    let end = at + self.nodes[at..].iter().position(is_end).expect("a loop ends");
                    for time in 0..step.n_time_steps {
                        self.step(at, time, numbers);
                        self.steps(at + 1..end, time, numbers);
                        self.step(end, time, numbers);
                    }
                    at = end + 1;
                }
                _ => {
                    self.step(at, time, numbers);
                    at += 1;
                }
            }
        }
    }

    fn step(&self, at: usize, time: usize, numbers: &mut Numbers) {
        let (id, arithmetic) = &self.nodes[at];
        let node = self.graph.node(*id);
        let inputs: Vec<&[i128]> =
            node.inputs.iter().map(|&tensor| numbers[&self.graph.origin_of(tensor)].as_slice()).collect();
        let before = numbers.get(&node.outputs[0]).cloned();
        let before = before.unwrap_or_else(|| vec![0; arithmetic.elements]);
        let result = compute(arithmetic, &inputs, before, time);
        assert_eq!(result.len(), arithmetic.elements, "{}", node.name);
        numbers.insert(node.outputs[0], result);
    }
}

fn compute(arithmetic: &Arithmetic, inputs: &[&[i128]], before: Vec<i128>, time: usize) -> Vec<i128> {
    let x = inputs[0];
    match &arithmetic.operation {
        Operation::MatrixProduct(op) => matrix_product(op, x),
        Operation::Elementwise(op) => x.iter().enumerate().map(|(i, &x)| element(op, i, x)).collect(),
        Operation::Pairwise(op) => (0..arithmetic.elements)
            .map(|i| pair(op, x[i % x.len()], inputs[1][i % inputs[1].len()]))
            .collect(),
        Operation::ScalarProducts(op) => {
            op.sums.iter().map(|pairs| scalar_product(op, pairs, x, inputs[1])).collect()
        }
        Operation::WindowReduction(op) => windows(op, x),
        Operation::SliceSoftmax(op) => softmax(op, x),
        Operation::VectorNormalization(op) => {
            x.chunks_exact(op.dim).flat_map(|vector| normalized(op, vector)).collect()
        }
        Operation::Gather(op) => {
            let moved = |&origin: &ElementOrigin| match origin {
                ElementOrigin::Element { input, element } => chain(&op.casts[input], inputs[input][element]),
                ElementOrigin::Nothing => 0,
            };
            op.origins.iter().map(moved).collect()
        }
        Operation::TableRows(op) => {
            let row = |&x: &i128| op.columns.iter().map(move |column| nearest(&op.entries, chain(column, x)));
            x.iter().flat_map(row).collect()
        }
        Operation::FunctionSums(op) => op.sums.iter().map(|sum| function_sum(op, sum, x)).collect(),
        Operation::Recurrence(op) => recurrence(op, x),
        Operation::TimeStep(op) => {
            let of_whole = time * op.elements..(time + 1) * op.elements;
            match op.direction {
                TimeDirection::Take => x[of_whole].iter().map(|&x| chain(&op.cast, x)).collect(),
                TimeDirection::Put => {
                    let mut whole = before;
                    whole[of_whole].iter_mut().zip(x).for_each(|(y, &x)| *y = chain(&op.cast, x));
                    whole
                }
            }
        }
    }
}

fn function_sum(op: &FunctionSums, sum: &SummedFunctions, x: &[i128]) -> i128 {
    let term = |term: &FunctionTerm| {
        let argument = chain(&term.argument, x[term.element]);
        let value = match term.value {
            TermValue::Argument => argument,
            // There is an entry for each argument.
            TermValue::Entry { table, offset } => op.tables[table][(argument + offset) as usize],
        };
        value << term.up
    };
    let total = sum.constant + sum.terms.iter().map(term).sum::<i128>();
    assert!(sum.range.0 <= total && total <= sum.range.1, "{total} is outside {:?}", sum.range);
    let total = if sum.relu { total.max(0) } else { total };
    sum.finish.as_ref().map_or(0, |finish| chain(finish, total))
}

fn recurrence(op: &Recurrence, x: &[i128]) -> Vec<i128> {
    let results: Vec<Vec<i128>> = op.passes.iter().map(|pass| time_pass(pass, x)).collect();
    match &op.join {
        Some(join) => compute(join, &results.iter().map(Vec::as_slice).collect::<Vec<_>>(), Vec::new(), 0),
        None => results.concat(),
    }
}

fn time_pass(pass: &TimePass, x: &[i128]) -> Vec<i128> {
    let mut result = vec![0; pass.result_elements()];
    let mut states: Vec<Vec<i128>> = pass.states.iter().map(|state| vec![0; state.elements]).collect();
    for k in 0..pass.n_time_steps {
        let first = pass.time(k) * pass.elements;
        let mut registers = vec![x[first..first + pass.elements].to_vec()];
        registers.append(&mut states);
        for part in &pass.parts {
            let inputs: Vec<&[i128]> = part.inputs.iter().map(|&input| registers[input].as_slice()).collect();
            registers.push(compute(&part.arithmetic, &inputs, Vec::new(), 0));
        }
        if let Some(place) = pass.place(k) {
            let first = place * pass.output_elements;
            result[first..first + pass.output_elements].copy_from_slice(&registers[pass.output]);
        }
        for state in &pass.states {
            let next = registers[state.next].clone();
            assert!(next.iter().all(|&raw| state.term.low <= raw && raw <= state.term.high));
            states.push(next);
        }
    }
    result
}

/// One number through a chain, with every number on the way in the range that is given for it.
fn chain(chain: &Chain, raw: i128) -> i128 {
    let from = chain.from();
    assert!(from.low <= raw && raw <= from.high, "{raw} is no number of {from:?}");
    let mut frac = from.frac();
    let mut raw = raw;
    for link in chain.links() {
        raw = match link {
            Link::Cast(cast) => cast_of(cast.alignment(), cast.fitting(), cast.to().storage(), raw, frac),
            Link::Affine { factor, addend, .. } => factor * raw + addend,
        };
        let result = link.result();
        assert!(result.low <= raw && raw <= result.high, "{raw} is outside {result:?}");
        frac = result.frac();
    }
    raw
}

fn cast_of(align: Alignment, fit: Fitting, into: FixedType, raw: i128, frac: i32) -> i128 {
    if fit == Fitting::General {
        return into.cast_raw(raw, frac);
    }
    let aligned = match align {
        Alignment::Keep => raw,
        // Whatever is above the type's bits wraps.
        Alignment::Left(bits) => raw << bits,
        Alignment::Right(bits, rounding) => rounding.apply(raw, bits.into()),
    };
    if fit == Fitting::None { aligned } else { into.cast_raw(aligned, into.frac()) }
}

fn nearest(table: &[i128], index: i128) -> i128 {
    table[usize::try_from(index.max(0)).expect("an index").min(table.len() - 1)]
}

fn matrix_product(op: &MatrixProduct, x: &[i128]) -> Vec<i128> {
    let mut result = Vec::new();
    let quantized: Vec<i128> = x.iter().enumerate().map(|(i, &x)| quantized(op, i, x)).collect();
    let x = &quantized;
    for places in op.windows.iter() {
        let window: Vec<i128> = places.map(|place| place.map_or(0, |place| x[place])).collect();
        for row in &op.rows {
            let products = row.taps.iter().map(|tap| {
                let line = tap.line;
                (tap, (window[tap.position] >> line.down) * line.factor + line.addend)
            });
            let sum = match &op.summation {
                Summation::Exact { sum } => {
                    cast(sum, products.fold(row.bias, |total, (_, product)| total + product))
                }
                Summation::Floored { down, sum } => {
                    cast(sum, products.fold(row.bias, |total, (_, product)| total + (product >> down)))
                }
                Summation::Stepwise { product: rule, sum } => {
                    let grouped = row.taps.iter().any(|tap| tap.ends_group);
                    let (mut total, mut group) = (row.bias, 0);
                    for (tap, product) in products {
                        let to = if grouped { &mut group } else { &mut total };
                        *to = cast(sum, *to + chain(rule, product));
                        if tap.ends_group {
                            total = cast(sum, total + group);
                            group = 0;
                        }
                    }
                    total
                }
            };
            result.push(chain(&op.finish, sum));
        }
    }
    result
}

/// An element as the kernel multiplies it.
fn quantized(op: &MatrixProduct, i: usize, x: i128) -> i128 {
    match &op.quantized {
        Some(quantized) => quantized.fitted.chains[i].as_ref().map_or(0, |fit| chain(fit, x)),
        None => x,
    }
}

fn cast(cast: &hls_model::arith::Cast, raw: i128) -> i128 {
    let from = cast.from();
    assert!(from.low <= raw && raw <= from.high, "{raw} is no number of {from:?}");
    cast_of(cast.alignment(), cast.fitting(), cast.to().storage(), raw, from.frac())
}

fn element(op: &Elementwise, i: usize, x: i128) -> i128 {
    match op {
        Elementwise::Chained(op) => chain(&op.chain, op.floor.map_or(x, |floor| x.max(floor))),
        Elementwise::Fitted(op) => op.chains[i].as_ref().map_or(0, |fit| chain(fit, x)),
        Elementwise::Capped(op) if x >= op.above => op.cap,
        Elementwise::Capped(op) => chain(&op.chain, x.max(0)),
        Elementwise::Levels(op) => level(op, i, x),
        Elementwise::Hard(op) => {
            let y = chain(&op.line, x);
            chain(&op.after, if y >= op.above_one { op.one } else { y.max(0) })
        }
        Elementwise::Leaky(op) if x > 0 => chain(&op.positive, x),
        Elementwise::Leaky(op) => chain(&op.negative, x * op.slopes[i % op.slopes.len()]),
        Elementwise::Thresholded(op) => {
            let passes = x > op.limit || (op.below_zero_passes && x < 0);
            chain(&op.chain, if passes { x } else { 0 })
        }
        Elementwise::Affine(op) => {
            let line = op.scales[i % op.scales.len()];
            let product = chain(&op.between, (x >> line.down) * line.factor + line.addend);
            chain(&op.after, (product << op.up) + op.biases[i % op.biases.len()])
        }
        Elementwise::Lookup(op) => match &op.positive {
            Some(positive) if x >= 0 => chain(positive, x),
            _ => nearest(&op.table, chain(&op.index, x) + i128::from(op.offset)),
        },
        Elementwise::SmoothRelu(op) => {
            let (positive, index) =
                if x >= 0 { (x << op.up, chain(&op.above, x)) } else { (0, chain(&op.below, x)) };
            chain(&op.after, positive + nearest(&op.entries, index))
        }
        Elementwise::TableProduct(op) => {
            let place = chain(&op.place, x);
            let lower = place % (1 << op.lower_bits);
            chain(&op.after, op.upper[(place >> op.lower_bits) as usize] * op.lower[lower as usize])
        }
    }
}

fn level(op: &Levels, i: usize, x: i128) -> i128 {
    let x = op.prepare.as_ref().map_or(x, |prepare| chain(prepare, x));
    let levels = &op.channels[i % op.channels.len()];
    levels.iter().rev().find(|&&(begin, _)| x >= begin).map_or(op.below, |&(_, value)| value)
}

fn pair(op: &Pairwise, a: i128, b: i128) -> i128 {
    let (up_a, up_b) = (a << op.up[0], b << op.up[1]);
    let choose = |first: bool| chain(&op.finish[usize::from(!first)], if first { a } else { b });
    match op.kind {
        MergeKind::Add | MergeKind::Average | MergeKind::PartialSum(_) | MergeKind::Mean(_) => {
            chain(&op.finish[0], up_a + up_b)
        }
        MergeKind::Subtract => chain(&op.finish[0], up_a - up_b),
        MergeKind::Multiply => chain(&op.finish[0], a * b),
        MergeKind::Maximum => choose(up_a > up_b),
        MergeKind::Minimum => choose(up_a < up_b),
    }
}

fn scalar_product(op: &ScalarProducts, pairs: &[[usize; 2]], a: &[i128], b: &[i128]) -> i128 {
    let mut sum = 0;
    for &[of_a, of_b] in pairs {
        let (x, w) = (a[of_a], b[of_b]);
        let product = match op.functor {
            Product::Mult | Product::WeightExponential => x * w,
            Product::BothBinary => i128::from(x == w),
            Product::WeightBinary => {
                if w == 0 {
                    -x
                } else {
                    x
                }
            }
            Product::DataBinary => {
                if x == 0 {
                    -w
                } else {
                    w
                }
            }
            Product::WeightTernary => {
                x * match w {
                    0 => 0,
                    -1 => -1,
                    _ => 1,
                }
            }
        };
        sum = chain(&op.sum, (sum << op.up[0]) + (chain(&op.product, product) << op.up[1]));
    }
    chain(&op.finish, sum)
}

fn windows(op: &WindowReduction, x: &[i128]) -> Vec<i128> {
    let pool = |pool: &hls_model::arith::PoolWindow| {
        let elements = pool.elements.iter().map(|&element| x[element]);
        match &op.reduction {
            Reduction::Maximum { element, padding, finish } => {
                let compared = elements.map(|x| chain(element, x));
                chain(finish, compared.chain(pool.is_padded.then_some(*padding)).max().unwrap_or(*padding))
            }
            Reduction::Average { element, up, sum, order, finish } => {
                let terms: Vec<i128> = elements.map(|x| chain(element, x)).collect();
                let total = match order {
                    Additions::InTurn => {
                        terms.iter().fold(0, |total, x| chain(sum, (total << up[0]) + (x << up[1])))
                    }
                    Additions::Tree => {
                        assert_eq!(*up, [0, 0], "both terms have the accumulator's binary point");
                        tree(sum, &terms)
                    }
                };
                chain(finish, total / i128::try_from(pool.elements.len().max(1)).expect("a size"))
            }
        }
    };
    op.pools.iter().map(pool).collect()
}

fn softmax(op: &SliceSoftmax, x: &[i128]) -> Vec<i128> {
    let mut result = vec![0; x.len()];
    for slice in op.slices.iter() {
        let places: Vec<usize> = slice.collect();
        let x: Vec<i128> = places.iter().map(|&place| x[place]).collect();
        for (place, y) in places.into_iter().zip(softmax_of(&op.method, &x)) {
            result[place] = y;
        }
    }
    result
}

fn softmax_of(method: &SoftmaxMethod, x: &[i128]) -> Vec<i128> {
    let greatest = x.iter().copied().max().expect("a slice has elements");
    match method {
        SoftmaxMethod::Argmax { one } => {
            let first = x.iter().position(|&x| x == greatest);
            (0..x.len()).map(|i| if Some(i) == first { *one } else { 0 }).collect()
        }
        SoftmaxMethod::Legacy(method) => {
            let half = i128::try_from(method.exps.len() / 2).expect("a size");
            let exp = |i: usize, j: usize| match i == j {
                true => method.one,
                false => nearest(&method.exps, chain(&method.exp_index, x[j] - x[i]) + half),
            };
            let sum = |i| (0..x.len()).fold(0, |sum, j| chain(&method.sum, sum + exp(i, j)));
            (0..x.len()).map(|i| nearest(&method.inverses, chain(&method.inv_index, sum(i)))).collect()
        }
        SoftmaxMethod::Exponentials(method) => {
            let exponent = |x: i128| match method.exponent {
                SoftmaxExponent::Itself => x,
                SoftmaxExponent::BelowMaximum => greatest - x,
            };
            let address = |to: Address, x: i128| {
                usize::try_from((x >> to.below) & to.mask).expect("an address").min(to.entries - 1)
            };
            let exp =
                |&x: &i128| method.exps[address(method.exp_address, chain(&method.prepare, exponent(x)))];
            let exps: Vec<i128> = x.iter().map(exp).collect();
            let sum = tree(&method.sum, &exps);
            let inverse = method.inverses[address(method.inv_address, chain(&method.to_address, sum))];
            exps.iter().map(|exp| chain(&method.finish, exp * inverse)).collect()
        }
    }
}

fn tree(sum: &Chain, terms: &[i128]) -> i128 {
    if let [only] = terms {
        return *only;
    }
    let mut left = 1;
    while 2 * left < terms.len() {
        left *= 2;
    }
    chain(sum, tree(sum, &terms[..left]) + tree(sum, &terms[left..]))
}

fn normalized(op: &VectorNormalization, x: &[i128]) -> Vec<i128> {
    let sum = |numbers: &[i128]| numbers.iter().fold(0, |sum, &number| chain(&op.sum, sum + number));
    let x: Vec<i128> = x.iter().map(|&x| chain(&op.to_accum, x)).collect();
    let mean = chain(&op.mean, sum(&x));
    let x: Vec<i128> = x.iter().map(|&x| chain(&op.difference, x - mean)).collect();
    let squares: Vec<i128> = x.iter().map(|&x| chain(&op.square, x * x)).collect();
    let inverse = nearest(&op.table, chain(&op.index, chain(&op.mean, sum(&squares))));
    let scaled = x.iter().zip(&op.scales).map(|(&x, &scale)| (x * inverse * scale) << op.up);
    scaled.zip(&op.biases).map(|(product, &bias)| chain(&op.finish, product + bias)).collect()
}
