//! Sums of products: Dense and convolutions.
//!
//! Each output is `bias + Σ weight · input`, where the kernels cast every product to the accumulator's type before they add it. Whatever
//! the functor, such a product is `factor · (input >> down) + addend` in raw numbers; what is a matrix for one functor is an
//! addend for another ([`Functor`]). Four ways to sum them up, all exact:
//!
//! | way | where | inner loop |
//! |---|---|---|
//! | plain | products need no rounding; sums cannot overflow, or wrap | multiply, add |
//! | grouped | as before, and several products fit in half a word | the same, with twice as many samples in a register |
//! | floored | as before, but products are rounded down | multiply, shift, add |
//! | stepwise | everything else: other roundings, saturating accumulators | multiply, cast, add, cast |
//!
//! A sum that wraps may do so in the machine's word: only its lowest bits count. Where it saturates, the order of the additions
//! matters, and is the kernel's.

mod kernels;
mod order;

pub(super) use order::{Place, conv_order, dense_order};

use super::EmulateError;
use super::cast::CastRule;
use super::chain::ChainRule;
use super::functor::{Functor, Line};
use super::step::{Compiled, Layer, Overflows};
use super::tables::index_bits;
use super::term::{Bounded, Term};
use super::word::with_word;
use crate::fixed::{Rounding, shifted_left};
use crate::graph::{TypeRole, Weight, WeightRole};
use crate::precision::Precision;
use kernels::{Floored, Grouped, Matrix, Plain, Stepwise};

/// Which input elements a sum reads.
#[derive(Debug, Clone)]
pub(super) struct Windows {
    /// Elements that each sum reads.
    pub(super) n_in: usize,
    /// For each pixel the places of its `n_in` elements in the input; [`PADDING`] for a zero beyond the edge.
    pub(super) places: Vec<u32>,
}

/// A zero beyond the edge of the input.
const PADDING: u32 = u32::MAX;

impl Windows {
    /// Vectors behind each other.
    pub(super) fn vectors(count: usize, n_in: usize) -> Self {
        Self { n_in, places: (0..count * n_in).map(|place| Self::place(Some(place))).collect() }
    }

    /// An element of the input, or a zero beyond its edge.
    pub(super) fn place(element: Option<usize>) -> u32 {
        element.and_then(|element| u32::try_from(element).ok()).unwrap_or(PADDING)
    }
}

/// The matrix product behind a layer.
pub(super) struct Products<'a> {
    pub(super) windows: Windows,
    pub(super) n_out: usize,
    /// Which weight connects which input with which output, in the order of the additions.
    pub(super) places: Vec<Place>,
    pub(super) weight: &'a Weight,
    pub(super) bias: &'a Weight,
    /// Number of inputs that the kernel turns a count of agreements back with.
    pub(super) agreements: usize,
}

/// One product of a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tap {
    position: usize,
    line: Line,
    /// Whether the products since the last such tap are added up among themselves first.
    ends_group: bool,
}

/// The products of one output.
#[derive(Debug, Clone)]
struct Row {
    /// The bias in the accumulator's type.
    bias: i128,
    taps: Vec<Tap>,
}

/// How products are made and summed up.
struct Sums {
    functor: Functor,
    x: Term,
    /// Any product, in full precision.
    product: Term,
    accum: Precision,
    rows: Vec<Row>,
}

/// Compiles the sums of a layer with weights and biases.
pub(super) fn compile(layer: Layer<'_>, products: &Products<'_>) -> Result<Compiled, EmulateError> {
    let sums = Sums::new(layer, products)?;
    let accum_t = layer.variable(sums.accum)?;
    let range = layer.bounded(sums.range())?;
    let product = sums.cast_of_product();
    let exact_range = Term { ty: sums.accum, low: range.0, high: range.1 };
    let sum = CastRule::new(exact_range, sums.accum);
    let wraps = !sum.may_overflow() || sum.is_modular();
    let finish = |rule: ChainRule| finish(layer, products, rule);
    let exact = layer.overflows == Overflows::Counted || !sum.may_overflow();
    let summed = if exact {
        ChainRule::of(exact_range).cast(sums.accum)
    } else {
        ChainRule::of(accum_t).modular_cast(sum)
    };
    match sums.shift_of_products() {
        Some(Shift::Left(shift)) if wraps => {
            let rows = layer.bounded(sums.aligned_rows(shift))?;
            let finish = finish(summed)?;
            let size = layer.word(finish.bits().max(sums.x.bits()))?;
            Ok(with_word!(size, W => {
                let grouped = Grouped::<W>::new(&products.windows, &rows, &sums.x, finish.compile());
                match grouped.filter(Grouped::pays) {
                    Some(grouped) => Compiled::new(grouped),
                    None => {
                        let halves = sums.x.bits() <= W::BITS / 2 && fit_in_halves(&rows, W::BITS);
                        let matrix = Matrix::<W>::new(&products.windows, &rows);
                        Compiled::new(Plain { matrix, halves, finish: finish.compile() })
                    }
                }
            }))
        }
        Some(Shift::Floor(shift)) if wraps => {
            let finish = finish(summed)?;
            let bits = finish.bits().max(sums.x.bits()).max(sums.product.bits());
            Ok(with_word!(layer.word(bits)?, W => {
                let halves = sums.x.bits() <= W::BITS / 2 && fit_in_halves(&sums.rows, W::BITS);
                let matrix = Matrix::<W>::new(&products.windows, &sums.rows);
                Compiled::new(Floored { matrix, halves, shift, finish: finish.compile() })
            }))
        }
        _ => {
            // After each addition the sum is a number of the accumulator's type again.
            let step = layer.bounded(accum_t.add(&product.result()))?;
            let step = CastRule::new(Term { ty: sums.accum, ..step }, sums.accum);
            let finish = finish(ChainRule::of(accum_t))?;
            let bits = finish.bits().max(step.bits()).max(product.bits()).max(sums.x.bits());
            Ok(with_word!(layer.word(bits)?, W => {
                let product = product.compile();
                Compiled::new(Stepwise::<W>::new(&products.windows, &sums.rows, product, step.compile(), finish.compile()))
            }))
        }
    }
}

/// The cast from accumulator to result, which turns a count of agreements back into a sum first.
fn finish(layer: Layer<'_>, products: &Products<'_>, sum: ChainRule) -> Result<ChainRule, EmulateError> {
    let binary = |precision: Precision| precision == Precision::Xnor;
    let result = layer.result()?;
    if !(binary(layer.input(0)?.ty.precision) && binary(products.weight.ty.precision)) {
        return Ok(sum.cast(result));
    }
    let n = i32::try_from(products.agreements).unwrap_or(i32::MAX);
    let count = sum.result();
    let doubled = layer.bounded(count.mul(&Term::int(2)))?;
    let difference = layer.bounded(doubled.sub(&Term { ty: Precision::uint(32), ..Term::int(n) }))?;
    let two = layer.bounded(shifted_left(2, doubled.shift_to_add(&difference).into()))?;
    let n = layer.bounded(shifted_left(n.into(), u64::try_from(difference.frac()).unwrap_or(0)))?;
    let width = index_bits(products.agreements) + 2;
    Ok(sum.affine(two, -n, difference).cast(Precision::int(width)).cast(result))
}

fn fit_in_halves(rows: &[Row], bits: u32) -> bool {
    let limit = 1_i128 << (bits / 2 - 1);
    rows.iter().flat_map(|row| &row.taps).all(|tap| (-limit..limit).contains(&tap.line.factor))
}

/// How products have to move to the accumulator's binary point.
enum Shift {
    Left(u32),
    Floor(u32),
}

impl Sums {
    fn new(layer: Layer<'_>, products: &Products<'_>) -> Result<Self, EmulateError> {
        let accum = layer.ty(TypeRole::Accum)?.precision;
        let functor = Functor::new(layer, products.weight.ty.precision)?;
        let weights = layer.stored(products.weight)?;
        let mut rows: Vec<Row> = biases(layer, products, accum)?
            .into_iter()
            .map(|bias| Row { bias, taps: Vec::with_capacity(products.windows.n_in) })
            .collect();
        for place in &products.places {
            let stored =
                weights.get(place.weight).ok_or_else(|| layer.incomplete("weight for each product"))?;
            let line = layer.bounded(functor.line(*stored))?;
            let row = rows.get_mut(place.output).ok_or_else(|| layer.incomplete("bias for each output"))?;
            row.taps.push(Tap { position: place.input, line, ends_group: place.ends_group });
        }
        let lines = rows.iter().flat_map(|row| &row.taps).map(|tap| &tap.line);
        let product = layer.bounded(functor.product(lines))?;
        Ok(Self { functor, x: layer.input_term(0)?, product, accum, rows })
    }

    fn lines(&self) -> impl Iterator<Item = &Line> {
        self.rows.iter().flat_map(|row| &row.taps).map(|tap| &tap.line)
    }

    /// The way of a product into the accumulator's type.
    fn cast_of_product(&self) -> ChainRule {
        let product = ChainRule::of(self.product);
        match self.functor.wraps_in(&self.product) {
            Some(ty) => product.cast(ty).cast(self.accum),
            None => product.cast(self.accum),
        }
    }

    /// The shift that is all there is to the cast of a product, but for overflows.
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
        CastRule::new(product, self.accum).aligned()
    }

    /// The rows with factors at the accumulator's binary point and addends taken into the biases.
    fn aligned_rows(&self, shift: u32) -> Bounded<Vec<Row>> {
        let shift = u64::from(shift);
        let aligned = self.rows.iter().map(|row| {
            let mut aligned = Row { bias: row.bias, taps: Vec::with_capacity(row.taps.len()) };
            for tap in &row.taps {
                let Line { factor, addend, down } = tap.line;
                aligned.bias = aligned.bias.checked_add(shifted_left(addend, shift)?)?;
                let line = Line { factor: shifted_left(factor, shift)?, addend: 0, down };
                aligned.taps.push(Tap { line, ..*tap });
            }
            Some(aligned)
        });
        aligned.collect()
    }
}

fn biases(layer: Layer<'_>, products: &Products<'_>, accum: Precision) -> Result<Vec<i128>, EmulateError> {
    let term = layer.variable(products.bias.ty.precision)?;
    let rule = CastRule::new(term, accum);
    let raws = layer.raw_weights(WeightRole::Bias)?;
    if raws.len() < products.n_out {
        return Err(layer.incomplete("bias for each output"));
    }
    layer.word(rule.bits())?;
    let cast = rule.compile::<i128>();
    Ok(raws.into_iter().take(products.n_out).map(|raw| cast.one(raw)).collect())
}
