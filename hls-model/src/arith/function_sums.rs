//! Sums of functions of single elements.

use super::chain::Chain;
use super::error::ArithError;
use super::layer::{Layer, MAX_BITS};
use super::term::{Term, signed_bits};
use crate::fixed::{FixedType, shifted_left};
use crate::graph::op::{FunctionSum, Grid, Sum, SumFunction, SumQuantizer, SumTerm};
use crate::precision::Precision;

/// A sum of functions of single elements for each element of the result. Sums are exact.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionSums {
    /// What is added up for each element of the result.
    pub sums: Vec<SummedFunctions>,
    /// The tables that terms read. None is empty.
    pub tables: Vec<Vec<i128>>,
}

/// What is added up for one element of the result.
#[derive(Debug, Clone, PartialEq)]
pub struct SummedFunctions {
    /// The functions.
    pub terms: Vec<FunctionTerm>,
    /// What is added to them.
    pub constant: i128,
    /// Whether negative sums become zero.
    pub relu: bool,
    /// The way of the sum to the result; `None` for one that is always zero.
    pub finish: Option<Chain>,
    /// The range of the sum.
    pub range: (i128, i128),
    /// Bits of a signed word that all of it can be computed in exactly.
    pub bits: u32,
}

/// A function of one element: what it comes to, moved left by `up` to the binary point of the sum.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionTerm {
    /// The element.
    pub element: usize,
    /// The way of the element to the function's argument.
    pub argument: Chain,
    /// The function.
    pub value: TermValue,
    /// How far its value moves left.
    pub up: u32,
}

/// What is added of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermValue {
    /// The argument itself.
    Argument,
    /// Entry `argument + offset` of the table with this number. There is one for each number that an argument can be.
    Entry {
        /// The table's number.
        table: usize,
        /// What is added to the argument.
        offset: i128,
    },
}

impl SummedFunctions {
    /// What the sum, or its range, comes to; `apply` is what a chain does to it.
    pub(super) fn result<T: Rectified>(&self, sum: T, apply: impl Fn(&Chain, T) -> T) -> T {
        let sum = if self.relu { sum.rectified() } else { sum };
        self.finish.as_ref().map_or(T::default(), |finish| apply(finish, sum))
    }
}

/// What a ReLU can be applied to.
pub(super) trait Rectified: Default {
    fn rectified(self) -> Self;
}

impl Rectified for (i128, i128) {
    fn rectified(self) -> Self {
        (self.0.max(0), self.1.max(0))
    }
}

pub(super) fn function_sums(layer: Layer<'_>, op: &FunctionSum) -> Result<FunctionSums, ArithError> {
    let input = layer.input(0)?;
    if !matches!(input.ty.precision, Precision::Fixed(_) | Precision::Integer { .. }) {
        return Err(layer.unsupported(
            "its inputs are signs or powers of two; put a quantizer of fixed-point numbers before it",
        ));
    }
    let elements = input.len();
    let fits = |term: &SumTerm| {
        let table = match term.function {
            SumFunction::Scaled(_) => None,
            SumFunction::Table(table) => Some(table),
        };
        term.element < elements && table.is_none_or(|table| table < op.tables.len())
    };
    let places = op.sums.iter().flat_map(|sum| &sum.terms);
    if op.sums.len() != layer.output()?.len() || !places.into_iter().all(fits) {
        return Err(layer.incomplete("sum for each element"));
    }
    let sums = op.sums.iter().map(|sum| summed(layer, op, sum));
    let tables = op.tables.iter().map(|table| table.entries.iter().map(|&entry| entry.into()).collect());
    Ok(FunctionSums { sums: sums.collect::<Result<_, _>>()?, tables: tables.collect() })
}

fn summed(layer: Layer<'_>, op: &FunctionSum, sum: &Sum) -> Result<SummedFunctions, ArithError> {
    let terms: Vec<Valued> =
        sum.terms.iter().map(|term| valued(layer, op, term)).collect::<Result<_, _>>()?;
    let Grid { raw, fraction } = sum.constant;
    let own = (raw != 0).then_some(fraction);
    let fraction = terms.iter().map(|term| term.fraction).chain(own).max().unwrap_or(0);
    let up = |from: i32| u64::try_from(i64::from(fraction) - i64::from(from)).unwrap_or(u64::MAX);
    let moved = |number: i128, from: i32| layer.bounded(shifted_left(number, up(from)));
    let constant = if raw == 0 { 0 } else { moved(raw.into(), sum.constant.fraction)? };
    let (mut low, mut high) = (constant, constant);
    let mut bits = signed_bits(constant);
    let mut all = Vec::with_capacity(terms.len());
    for Valued { mut term, range, fraction: from } in terms {
        let (least, most) = (moved(range.0, from)?, moved(range.1, from)?);
        low = layer.bounded(low.checked_add(least))?;
        high = layer.bounded(high.checked_add(most))?;
        // A part of the sum may reach farther than all of it.
        let part = [least, most, low, high].into_iter().map(signed_bits).max().unwrap_or(1);
        bits = bits.max(part).max(term.argument.bits());
        term.up = u32::try_from(up(from)).unwrap_or(u32::MAX);
        all.push(term);
    }
    let finish = finished(layer, sum, (low, high), fraction)?;
    let bits = finish.as_ref().map_or(bits, |finish| bits.max(finish.bits()));
    layer.bounded((bits <= MAX_BITS).then_some(()))?;
    Ok(SummedFunctions { terms: all, constant, relu: sum.finish.relu, finish, range: (low, high), bits })
}

/// The way of a sum of this range to the result.
fn finished(
    layer: Layer<'_>,
    sum: &Sum,
    (low, high): (i128, i128),
    fraction: i32,
) -> Result<Option<Chain>, ArithError> {
    let (low, high) = if sum.finish.relu { (low.max(0), high.max(0)) } else { (low, high) };
    let width = signed_bits(low).max(signed_bits(high));
    let integer = i32::try_from(i64::from(width) - i64::from(fraction));
    let integer = layer.bounded(integer.ok())?;
    let exact = Chain::of(Term { ty: Precision::fixed(width, integer), low, high });
    Ok(match sum.finish.quantizer {
        SumQuantizer::None => Some(exact.cast(layer.result()?)),
        SumQuantizer::Zero => None,
        SumQuantizer::To(ty) => Some(exact.cast(ty.into()).cast(layer.result()?)),
    })
}

/// A term whose value does not yet have the binary point of the sum.
struct Valued {
    term: FunctionTerm,
    /// The range of its value.
    range: (i128, i128),
    /// Bits right of its value's binary point.
    fraction: i32,
}

fn valued(layer: Layer<'_>, op: &FunctionSum, term: &SumTerm) -> Result<Valued, ArithError> {
    let x = Chain::of(layer.input_term(0)?);
    let argument = match term.argument {
        Some(ty) => x.cast(ty.into()),
        None => x,
    };
    let number = argument.result();
    let (value, range, fraction) = match term.function {
        SumFunction::Scaled(exponent) => {
            (TermValue::Argument, (number.low, number.high), number.frac().saturating_sub(exponent))
        }
        SumFunction::Table(table) => {
            let found = &op.tables[table];
            let FixedType { width, signed, .. } = number.ty.storage();
            let least = if signed { -(1_i128 << (width.clamp(1, 127) - 1)) } else { 0 };
            let last = number.high.checked_sub(least).and_then(|last| usize::try_from(last).ok());
            if last.is_none_or(|last| last >= found.entries.len()) {
                return Err(layer.incomplete("entry for each number of an argument"));
            }
            let (low, high) = found.range();
            (TermValue::Entry { table, offset: -least }, (low.into(), high.into()), found.fraction)
        }
    };
    Ok(Valued { term: FunctionTerm { element: term.element, argument, value, up: 0 }, range, fraction })
}
