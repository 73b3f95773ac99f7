//! Conditions, choices and tables.

use super::Layer;
use crate::rtl::circuit::{Term, Wire};
use crate::rtl::error::RtlError;

impl Layer<'_> {
    /// One if the bit is zero, else zero.
    pub(super) fn not(&mut self, bit: Wire) -> Wire {
        let [zero, one] = [0, 1].map(|value| self.circuit.constant(value));
        self.circuit.select(bit, zero, one)
    }

    /// One if both bits are.
    pub(super) fn both(&mut self, a: Wire, b: Wire) -> Wire {
        let zero = self.circuit.constant(0);
        self.circuit.select(a, b, zero)
    }

    /// One if two numbers are equal, else zero.
    pub(super) fn equal(&mut self, a: Wire, b: Wire) -> Wire {
        let [less, greater] = [self.circuit.less(a, b), self.circuit.less(b, a)];
        let [not_less, not_greater] = [self.not(less), self.not(greater)];
        self.both(not_less, not_greater)
    }

    /// One if a number is not zero, else zero.
    pub(super) fn is_not_zero(&mut self, x: Wire) -> Wire {
        if self.circuit.range(x) == (0, 1) {
            return x;
        }
        let zero = self.circuit.constant(0);
        let is_zero = self.equal(x, zero);
        self.not(is_zero)
    }

    /// The number with the sign turned.
    pub(super) fn negated(&mut self, x: Wire) -> Wire {
        self.circuit.sum([Term { wire: x, shift: 0, negative: true }], 0)
    }

    /// `a - b`.
    pub(super) fn difference(&mut self, a: Wire, b: Wire) -> Wire {
        let terms = [(a, false), (b, true)].map(|(wire, negative)| Term { wire, shift: 0, negative });
        self.circuit.sum(terms, 0)
    }

    /// The greatest of some numbers; zero if there are none. A balanced tree of comparisons.
    pub(super) fn greatest(&mut self, numbers: &[Wire]) -> Wire {
        match *numbers {
            [] => self.circuit.constant(0),
            [one] => one,
            _ => {
                let (left, right) = numbers.split_at(numbers.len() / 2);
                let (left, right) = (self.greatest(left), self.greatest(right));
                self.circuit.max(left, right)
            }
        }
    }

    /// An entry of a table, or the nearest one.
    pub(super) fn entry_of(&mut self, table: &[i128], index: Wire) -> Result<Wire, RtlError> {
        let last = table.len().max(1) as i128 - 1;
        let index = self.circuit.clamp(index, (0, last));
        let (first, last) = self.circuit.range(index);
        let reached = table.get(first as usize..=last as usize).unwrap_or_default();
        let range = reached.iter().fold((0, 0), |(low, high), &entry| (entry.min(low), entry.max(high)));
        self.count_table(reached.len(), crate::range::width(range))?;
        Ok(self.circuit.lookup(index, table))
    }
}
