//! Sums of functions of single elements, of which hls4ml's flow knows nothing: what they produce, and what they ask for.

use super::casts::{asked_by_cast, sees_sign};
use super::interval::Interval;
use super::kif::{Kif, Kifs};
use super::tensors::{Bits, Obstacle, tensor};
use crate::fixed::{FixedType, Overflow};
use crate::graph::op::{FunctionSum, Sum, SumFunction, SumQuantizer, SumTerm};

/// The bits of each element of the result of this shape.
pub(super) fn summed(op: &FunctionSum, input: &Kifs, shape: &[usize]) -> Bits {
    let elements: Vec<Kif> = input.iter().copied().collect();
    let element = |at: usize| elements.get(at).copied().ok_or(Obstacle::Shape);
    let bits = op.sums.iter().map(|sum| match sum.copied() {
        Some(at) => element(at),
        None => sum_of(op, sum, &element)?.kif().ok_or(Obstacle::TooWide),
    });
    tensor(shape, bits.collect::<Result<_, _>>()?)
}

fn sum_of(
    op: &FunctionSum,
    sum: &Sum,
    element: &impl Fn(usize) -> Result<Kif, Obstacle>,
) -> Result<Interval, Obstacle> {
    let constant = Interval::of_steps((sum.constant.raw, sum.constant.raw), sum.constant.fraction);
    // Nothing has no step.
    let start = if sum.constant.raw == 0 { Interval { step: f64::INFINITY, ..constant } } else { constant };
    let total = sum
        .terms
        .iter()
        .try_fold(start, |total, term| Ok(total.plus(term_of(op, term, element(term.element)?)?)))?;
    let total = match sum.finish.relu {
        true => Interval { min: total.min.max(0.0), max: total.max.max(0.0), ..total },
        false => total,
    };
    Ok(match sum.finish.quantizer {
        SumQuantizer::None => total,
        SumQuantizer::Zero => Interval::of(Kif::ZERO),
        SumQuantizer::To(ty) => Interval::of(Kif::of_type(ty.into())),
    })
}

fn term_of(op: &FunctionSum, term: &SumTerm, input: Kif) -> Result<Interval, Obstacle> {
    Ok(match term.function {
        SumFunction::Scaled(exponent) => {
            let argument = term.argument.map_or(input, |ty| cast(ty, input));
            let factor = f64::from(exponent).exp2();
            let Interval { min, max, step } = Interval::of(argument);
            Interval { min: min * factor, max: max * factor, step: step * factor }
        }
        SumFunction::Table(table) => {
            let table = op.tables.get(table).ok_or(Obstacle::Shape)?;
            Interval::of_steps(table.range(), table.fraction)
        }
    })
}

/// The bits of what a cast makes of numbers: their own where it changes none.
fn cast(ty: FixedType, input: Kif) -> Kif {
    let own = Kif::of_type(ty.into());
    let (all, kept) = (Interval::of(input), Interval::of(own));
    let is_symmetric = ty.overflow == Overflow::SatSym;
    let holds_all = kept.max >= all.max && kept.min <= all.min && own.fractional >= input.fractional;
    if holds_all && !(is_symmetric && kept.min == all.min) { input } else { own }
}

/// What the sums ask of each element of their input, whose shape this is; `results` is what is asked of the sums.
pub(super) fn asked(op: &FunctionSum, results: &Kifs, shape: &[usize]) -> Bits {
    let mut asked = vec![Kif::NOTHING; shape.iter().product()];
    for (sum, &result) in op.sums.iter().zip(results) {
        for term in &sum.terms {
            let bits = match term.argument {
                // What wraps where there is no sign has to know it nevertheless.
                Some(ty) => {
                    let own = Kif::of_type(ty.into());
                    Kif { signed: true, ..asked_by_cast(own, ty.rounding, ty.overflow) }
                }
                None if sum.copied().is_some() => result,
                None => Kif::ANY,
            };
            let most = asked.get_mut(term.element).ok_or(Obstacle::Shape)?;
            *most = most.max(bits);
        }
    }
    tensor(shape, asked)
}

/// Whether any of the casts has to see the sign of what wraps.
pub(super) fn wraps(op: &FunctionSum) -> bool {
    let arguments = op.sums.iter().flat_map(|sum| &sum.terms).filter_map(|term| term.argument);
    arguments.into_iter().any(|ty| sees_sign(ty.overflow))
}

impl Interval {
    /// From the first to the second number of steps of `2^-fraction`.
    fn of_steps((low, high): (i64, i64), fraction: i32) -> Self {
        let step = f64::from(-fraction).exp2();
        Self { min: low as f64 * step, max: high as f64 * step, step }
    }
}
