//! Sums that are cast after each addition.

use hls_model::arith::{Alignment, Cast, Chain, Link};

use super::Layer;
use crate::range::{Range, contains};
use crate::rtl::circuit::{Term, Wire};
use crate::rtl::error::RtlError;

/// A sum that is cast after each addition, in an order that counts.
///
/// A cast that cannot change the sum so far is left out, and so is one that only cuts off upper bits, since the last one does that as well. What
/// is added between two casts that count is a single sum of many numbers.
pub(super) struct Accumulator<'a> {
    cast: &'a Cast,
    terms: Vec<Term>,
    constant: i128,
    range: Range,
}

impl<'a> Accumulator<'a> {
    /// Nothing but a number of the accumulator's type. The cast must keep the binary point.
    pub(super) fn new(first: i128, cast: &'a Cast) -> Self {
        Self { cast, terms: Vec::new(), constant: first, range: (first, first) }
    }
}

impl Layer<'_> {
    /// Adds a number.
    pub(super) fn accumulate(&mut self, sum: &mut Accumulator<'_>, addend: Wire) -> Result<(), RtlError> {
        let (low, high) = self.circuit.range(addend);
        sum.terms.push(Term { wire: addend, shift: 0, negative: false });
        sum.range = (sum.range.0.saturating_add(low), sum.range.1.saturating_add(high));
        let into = sum.cast.to().storage();
        if sum.cast.is_modular() || contains((into.min_raw(), into.max_raw()), sum.range) {
            return Ok(());
        }
        let exact = self.circuit.sum_within(std::mem::take(&mut sum.terms), sum.constant, sum.range);
        let cast = self.cast(exact, sum.cast)?;
        sum.terms.push(Term { wire: cast, shift: 0, negative: false });
        (sum.constant, sum.range) = (0, self.circuit.range(cast));
        Ok(())
    }

    /// The sum of all that was added.
    pub(super) fn total(&mut self, sum: Accumulator<'_>) -> Result<Wire, RtlError> {
        let exact = self.circuit.sum_within(sum.terms, sum.constant, sum.range);
        self.cast(exact, sum.cast)
    }

    /// The sum of some numbers, beginning with zero, and cast after each addition.
    pub(super) fn accumulated(
        &mut self,
        addends: impl IntoIterator<Item = Wire>,
        cast: &Cast,
    ) -> Result<Wire, RtlError> {
        let mut sum = Accumulator::new(0, cast);
        for addend in addends {
            self.accumulate(&mut sum, addend)?;
        }
        self.total(sum)
    }

    /// The sum of some numbers in a balanced tree whose left branch takes the largest power of two below their number; each sum of two is
    /// cast.
    pub(super) fn tree_sum(&mut self, addends: &[Wire], cast: &Cast) -> Result<Wire, RtlError> {
        match *addends {
            [] => return Ok(self.circuit.constant(0)),
            [one] => return Ok(one),
            _ => {}
        }
        let ranges = addends.iter().map(|&wire| self.circuit.range(wire));
        // The range of any part of the sum.
        let parts = ranges.fold((0_i128, 0_i128), |(low, high), (a, b)| {
            (low.saturating_add(a.min(0)), high.saturating_add(b.max(0)))
        });
        let into = cast.to().storage();
        if cast.is_modular() || contains((into.min_raw(), into.max_raw()), parts) {
            return self.accumulated(addends.iter().copied(), cast);
        }
        let (left, right) = addends.split_at(1 << (addends.len() - 1).ilog2());
        let (left, right) = (self.tree_sum(left, cast)?, self.tree_sum(right, cast)?);
        let sum = self.circuit.sum([left, right].map(|wire| Term { wire, shift: 0, negative: false }), 0);
        self.cast(sum, cast)
    }

    /// The only operation of a chain: a cast that keeps the binary point.
    pub(super) fn only_cast<'a>(&self, chain: &'a Chain) -> Result<&'a Cast, RtlError> {
        match chain.links() {
            [Link::Cast(cast)] if cast.alignment() == Alignment::Keep => Ok(cast),
            _ => Err(self.unsupported("its sums change their binary point".to_owned())),
        }
    }
}
