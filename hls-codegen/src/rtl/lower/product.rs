//! Sums of products: the constant matrix product.

use std::collections::HashMap;

use hls_model::arith::{Elementwise, MatrixProduct, Row, Summation};

use super::Layer;
use super::accumulate::Accumulator;
use crate::adder_graph::{Addend, AdderGraph, Operand, share, signed_digits};
use crate::range::Range;
use crate::rtl::circuit::{Term, Wire};
use crate::rtl::error::RtlError;

/// Bits of addends for each LUT of a matrix product, roughly: compressors take two of them, shared sums some, and casts are extra.
const PRODUCT_BITS: usize = 2;

/// The sums of one window with its inputs as the matrix sees them.
struct Window<'a> {
    rows: &'a [Row],
    /// The inputs that are not constant, with their places in the window.
    inputs: Vec<Wire>,
    places: HashMap<usize, usize>,
    /// The inputs that are.
    constants: HashMap<usize, i128>,
}

impl Layer<'_> {
    pub(super) fn matrix_product(&mut self, op: &MatrixProduct, x: &[Wire]) -> Result<Vec<Wire>, RtlError> {
        let ranges: Vec<Range> = x.iter().map(|&wire| self.circuit.range(wire)).collect();
        let sum_ranges = op.sum_ranges(&ranges);
        let quantized = match &op.quantized {
            Some(quantized) => self.elementwise(&Elementwise::Fitted(quantized.fitted.clone()), x)?,
            None => x.to_vec(),
        };
        let x = &quantized[..];
        self.count_products(op, x)?;
        let mut graphs = HashMap::new();
        let mut results = Vec::with_capacity(sum_ranges.len());
        let windows = op.windows.iter().zip(sum_ranges.chunks(op.rows.len().max(1)));
        for (places, known) in windows {
            let zero = self.circuit.constant(0);
            let window: Vec<Wire> = places.map(|place| place.map_or(zero, |place| x[place])).collect();
            let sums = match &op.summation {
                Summation::Exact { sum } => {
                    let sums = self.exact_sums(&op.rows, &window, known, &mut graphs)?;
                    sums.into_iter().map(|wire| self.cast(wire, sum)).collect::<Result<Vec<_>, _>>()?
                }
                Summation::Floored { down, sum } => {
                    let sums = self.floored_sums(&op.rows, &window, *down, known, &mut graphs)?;
                    sums.into_iter().map(|wire| self.cast(wire, sum)).collect::<Result<Vec<_>, _>>()?
                }
                Summation::Stepwise { .. } => self.stepwise_sums(op, &window)?,
            };
            for sum in sums {
                results.push(self.chain(sum, &op.finish)?);
            }
        }
        Ok(results)
    }

    /// Counts all that is to be added up, before any of it is made.
    fn count_products(&mut self, op: &MatrixProduct, x: &[Wire]) -> Result<(), RtlError> {
        // For each position of a window the digits of its factors in all rows.
        let mut digits = vec![0_usize; op.windows.n_in()];
        for tap in op.rows.iter().flat_map(|row| &row.taps) {
            if let Some(digits) = digits.get_mut(tap.position) {
                *digits += signed_digits(tap.line.factor).len();
            }
        }
        let mut bits = 0_usize;
        for window in op.windows.iter() {
            for (place, &digits) in window.zip(&digits) {
                let width = place.and_then(|place| x.get(place)).map_or(0, |&wire| self.circuit.width(wire));
                bits = bits.saturating_add(digits.saturating_mul(width as usize));
            }
        }
        self.count(bits / PRODUCT_BITS)
    }

    /// `bias + Σ factor · input`.
    fn exact_sums(
        &mut self,
        rows: &[Row],
        window: &[Wire],
        known: &[Option<Range>],
        graphs: &mut Graphs,
    ) -> Result<Vec<Wire>, RtlError> {
        let window = self.window(rows, window);
        let factors = window.factors();
        let ranges: Vec<Range> = window.inputs.iter().map(|&wire| self.circuit.range(wire)).collect();
        let effort = self.effort;
        let key = (factors, ranges);
        let graph = graphs.entry(key).or_insert_with_key(|(factors, ranges)| share(factors, ranges, effort));
        let shared = self.shared_sums(graph, &window.inputs);
        let sums = graph.rows.iter().enumerate().map(|(i, addends)| {
            let terms = addends.iter().map(|addend| term(addend, &window.inputs, &shared));
            let constant = rows[i].bias + window.constant_part(&rows[i]);
            self.circuit.sum_within(terms, constant, known[i].unwrap_or((i128::MIN, i128::MAX)))
        });
        Ok(sums.collect())
    }

    fn shared_sums(&mut self, graph: &AdderGraph, inputs: &[Wire]) -> Vec<Wire> {
        let mut shared: Vec<Wire> = Vec::with_capacity(graph.shared.len());
        for sum in &graph.shared {
            let terms: Vec<Term> = sum.addends.iter().map(|addend| term(addend, inputs, &shared)).collect();
            shared.push(self.circuit.sum_within(terms, 0, sum.range));
        }
        shared
    }

    /// `bias + Σ ⌊factor · input / 2^down⌋`: only the multiples of one input have anything in common.
    fn floored_sums(
        &mut self,
        rows: &[Row],
        window: &[Wire],
        down: u32,
        known: &[Option<Range>],
        graphs: &mut Graphs,
    ) -> Result<Vec<Wire>, RtlError> {
        let window = self.window(rows, window);
        let mut multiples: HashMap<(usize, i128), Wire> = HashMap::new();
        for input in 0..window.inputs.len() {
            let factors = window.factors();
            let of_input = factors.iter().flatten().filter(|&&(i, _)| i == input);
            let mut odd: Vec<i128> = of_input.map(|&(_, factor)| odd_part(factor)).collect();
            odd.sort_unstable();
            odd.dedup();
            let wire = window.inputs[input];
            let ranges = vec![self.circuit.range(wire)];
            let matrix: Vec<Vec<(usize, i128)>> = odd.iter().map(|&factor| vec![(0, factor)]).collect();
            let effort = self.effort;
            let graph = graphs
                .entry((matrix, ranges))
                .or_insert_with_key(|(matrix, ranges)| share(matrix, ranges, effort));
            let shared = self.shared_sums(graph, &[wire]);
            for (factor, addends) in odd.iter().zip(&graph.rows) {
                let terms = addends.iter().map(|addend| term(addend, &[wire], &shared));
                let product = self.circuit.sum(terms, 0);
                multiples.insert((input, *factor), product);
            }
        }
        let mut sums = Vec::with_capacity(rows.len());
        for (row, known) in rows.iter().zip(known) {
            let mut terms = Vec::new();
            let mut constant = row.bias;
            for tap in &row.taps {
                if let Some(value) = window.constants.get(&tap.position) {
                    constant += tap.line.factor.wrapping_mul(*value) >> down;
                    continue;
                }
                let input = window.places[&tap.position];
                if tap.line.factor != 0 {
                    let multiple = multiples[&(input, odd_part(tap.line.factor))];
                    terms.extend(self.floored(multiple, tap.line.factor, down));
                }
            }
            sums.push(self.circuit.sum_within(terms, constant, known.unwrap_or((i128::MIN, i128::MAX))));
        }
        Ok(sums)
    }

    /// `⌊factor · x / 2^down⌋`, given the multiple of `x` with the odd part of the factor.
    fn floored(&mut self, multiple: Wire, factor: i128, down: u32) -> Vec<Term> {
        let up = factor.trailing_zeros();
        let negative = factor < 0;
        let whole = |wire, shift| Term { wire, shift, negative };
        if up >= down {
            return vec![whole(multiple, up - down)];
        }
        let floor = self.circuit.floor(multiple, down - up);
        if !negative {
            return vec![whole(floor, 0)];
        }
        // The floor of a negative number is one less, unless nothing fell off.
        let rest = self.circuit.wrap(multiple, down - up, false);
        let zero = self.circuit.constant(0);
        let inexact = self.circuit.less(zero, rest);
        vec![whole(floor, 0), whole(inexact, 0)]
    }

    /// Each product is cast, and the sum again after each addition.
    fn stepwise_sums(&mut self, op: &MatrixProduct, window: &[Wire]) -> Result<Vec<Wire>, RtlError> {
        let Summation::Stepwise { product, sum } = &op.summation else { return Ok(Vec::new()) };
        let mut sums = Vec::with_capacity(op.rows.len());
        for row in &op.rows {
            let grouped = row.taps.iter().any(|tap| tap.ends_group);
            let mut total = Accumulator::new(row.bias, sum);
            let mut group = Accumulator::new(0, sum);
            for tap in &row.taps {
                let input = self.circuit.floor(window[tap.position], tap.line.down);
                let multiple = self.times(input, tap.line.factor);
                let line = self.circuit.add_constant(multiple, tap.line.addend);
                let addend = self.chain(line, product)?;
                self.accumulate(if grouped { &mut group } else { &mut total }, addend)?;
                if tap.ends_group {
                    let whole = std::mem::replace(&mut group, Accumulator::new(0, sum));
                    let whole = self.total(whole)?;
                    self.accumulate(&mut total, whole)?;
                }
            }
            sums.push(self.total(total)?);
        }
        Ok(sums)
    }

    fn window<'a>(&self, rows: &'a [Row], wires: &[Wire]) -> Window<'a> {
        let mut window =
            Window { rows, inputs: Vec::new(), places: HashMap::new(), constants: HashMap::new() };
        for (position, &wire) in wires.iter().enumerate() {
            match self.circuit.value(wire) {
                Some(value) => drop(window.constants.insert(position, value)),
                None => {
                    window.places.insert(position, window.inputs.len());
                    window.inputs.push(wire);
                }
            }
        }
        window
    }
}

/// The graphs that were made, by matrix and ranges.
type Graphs = HashMap<(Vec<Vec<(usize, i128)>>, Vec<Range>), AdderGraph>;

impl Window<'_> {
    /// For each row the inputs with factors that are not zero.
    fn factors(&self) -> Vec<Vec<(usize, i128)>> {
        let row = |row: &Row| {
            let mut factors: Vec<(usize, i128)> = Vec::new();
            for tap in row.taps.iter().filter(|tap| tap.line.factor != 0) {
                if let Some(&input) = self.places.get(&tap.position) {
                    factors.push((input, tap.line.factor));
                }
            }
            factors.sort_unstable();
            factors
        };
        self.rows.iter().map(row).collect()
    }

    fn constant_part(&self, row: &Row) -> i128 {
        let products =
            row.taps.iter().filter_map(|tap| Some(tap.line.factor * self.constants.get(&tap.position)?));
        products.sum()
    }
}

fn odd_part(factor: i128) -> i128 {
    factor.abs() >> factor.trailing_zeros().min(127)
}

fn term(addend: &Addend, inputs: &[Wire], shared: &[Wire]) -> Term {
    let wire = match addend.operand {
        Operand::Input(i) => inputs[i],
        Operand::Shared(i) => shared[i],
    };
    Term { wire, shift: addend.shift, negative: addend.negative }
}
