//! Poolings.

use hls_model::arith::{
    Additions, Alignment, Cast, Chain, Link, PoolWindow, Reduction, Term as Numbers, WindowReduction,
};
use hls_model::fixed::Rounding;

use super::Layer;
use super::cast::rounded;
use crate::rtl::circuit::{Term, Wire};
use crate::rtl::error::RtlError;

impl Layer<'_> {
    pub(super) fn window_reduction(
        &mut self,
        op: &WindowReduction,
        x: &[Wire],
    ) -> Result<Vec<Wire>, RtlError> {
        let pools = op.pools.iter().map(|pool| match &op.reduction {
            Reduction::Maximum { element, padding, finish } => {
                let numbers = self.elements(pool, element, x)?;
                self.maximum(numbers, pool.is_padded.then_some(*padding), finish)
            }
            Reduction::Average { element, up, sum, order, finish } => {
                let elements = self.elements(pool, element, x)?;
                let total = match order {
                    Additions::InTurn => self.pool_sum(&elements, *up, sum)?,
                    Additions::Tree => self.tree_sum(&elements, self.only_cast(sum)?)?,
                };
                let mean = self.divided(total, pool.elements.len().max(1) as i128)?;
                self.chain(mean, finish)
            }
        });
        pools.collect()
    }

    /// The elements of a window, ready to meet.
    fn elements(&mut self, pool: &PoolWindow, element: &Chain, x: &[Wire]) -> Result<Vec<Wire>, RtlError> {
        pool.elements.iter().map(|&at| self.chain(x[at], element)).collect()
    }

    fn maximum(
        &mut self,
        mut numbers: Vec<Wire>,
        padding: Option<i128>,
        finish: &Chain,
    ) -> Result<Wire, RtlError> {
        numbers.extend(padding.map(|padding| self.circuit.constant(padding)));
        let widths = numbers.iter().map(|&wire| self.circuit.width(wire)).sum();
        self.count_bits(widths)?;
        let greatest = self.greatest(&numbers);
        self.chain(greatest, finish)
    }

    /// The sum of a window's elements in the accumulator's type.
    fn pool_sum(&mut self, elements: &[Wire], up: [u32; 2], sum: &Chain) -> Result<Wire, RtlError> {
        match sum.links() {
            [Link::Cast(cast)] if cast.alignment() == Alignment::Keep && up[0] == 0 => {
                let moved: Vec<Wire> = elements.iter().map(|&x| self.circuit.left(x, up[1])).collect();
                self.accumulated(moved, cast)
            }
            [Link::Cast(cast)] => match RoundedApart::of(cast, up) {
                Some(RoundedApart { bits, rounding, cast }) => {
                    let apart: Vec<Wire> =
                        elements.iter().map(|&x| rounded(self.circuit, x, bits, rounding)).collect();
                    self.accumulated(apart, &cast)
                }
                None => self.step_by_step(elements, up, sum),
            },
            _ => self.step_by_step(elements, up, sum),
        }
    }

    fn step_by_step(&mut self, elements: &[Wire], up: [u32; 2], sum: &Chain) -> Result<Wire, RtlError> {
        let mut total = self.circuit.constant(0);
        for &x in elements {
            let terms =
                [(total, up[0]), (x, up[1])].map(|(wire, shift)| Term { wire, shift, negative: false });
            let exact = self.circuit.sum(terms, 0);
            total = self.chain(exact, sum)?;
        }
        Ok(total)
    }
}

/// A sum of numbers with more fractional bits than the accumulator has, of which each can be rounded by itself: a whole number plus an element
/// rounds to that number plus the rounded element.
struct RoundedApart {
    /// Fractional bits that an element loses.
    bits: u32,
    rounding: Rounding,
    /// What happens to the sum after each addition of a rounded element.
    cast: Cast,
}

impl RoundedApart {
    fn of(cast: &Cast, up: [u32; 2]) -> Option<Self> {
        let Alignment::Right(bits, rounding) = cast.alignment() else { return None };
        // The other modes look at the sign of the sum, or whether it is even.
        let is_apart = matches!(rounding, Rounding::Trn | Rounding::Rnd | Rounding::RndMinInf);
        let (low, high) = cast.aligned().filter(|_| is_apart && up == [bits, 0])?;
        let cast = Cast::new(Numbers { ty: cast.to(), low, high }, cast.to());
        Some(Self { bits, rounding, cast })
    }
}
