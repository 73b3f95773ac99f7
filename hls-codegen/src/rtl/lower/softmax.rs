//! Softmax, in the ways that the kernels know.

use hls_model::arith::{
    Address, ExponentialSoftmax, LegacySoftmax, SliceSoftmax, SoftmaxExponent, SoftmaxMethod,
};

use super::Layer;
use crate::rtl::circuit::{Term, Wire};
use crate::rtl::error::RtlError;

/// Up to so many numbers, the largest is found by comparing all pairs at once.
const PAIRS: usize = 8;

impl Layer<'_> {
    pub(super) fn slice_softmax(
        &mut self,
        op: &SliceSoftmax,
        elements: usize,
        x: &[Wire],
    ) -> Result<Vec<Wire>, RtlError> {
        let mut results = vec![self.circuit.constant(0); elements];
        for places in op.slices.iter() {
            let places: Vec<usize> = places.collect();
            let slice: Vec<Wire> = places.iter().map(|&place| x[place]).collect();
            let softmax = match &op.method {
                SoftmaxMethod::Argmax { one } => self.argmax(*one, &slice)?,
                SoftmaxMethod::Legacy(method) => self.legacy_softmax(method, &slice)?,
                SoftmaxMethod::Exponentials(method) => self.exponential_softmax(method, &slice)?,
            };
            for (place, wire) in places.into_iter().zip(softmax) {
                results[place] = wire;
            }
        }
        Ok(results)
    }

    /// One where the first largest number is, else zero.
    fn argmax(&mut self, one: i128, x: &[Wire]) -> Result<Vec<Wire>, RtlError> {
        let widths = x.iter().map(|&wire| self.circuit.width(wire)).sum::<u32>();
        self.count_bits(widths.saturating_mul(x.len().min(PAIRS) as u32))?;
        let is_largest = if x.len() <= PAIRS { self.largest_of_pairs(x) } else { self.largest_of_tree(x) };
        let [zero, one] = [0, one].map(|value| self.circuit.constant(value));
        Ok(is_largest.into_iter().map(|bit| self.circuit.select(bit, one, zero)).collect())
    }

    /// Which number is greater than all before it, and not less than any after it.
    fn largest_of_pairs(&mut self, x: &[Wire]) -> Vec<Wire> {
        let mut is_largest = vec![self.circuit.constant(1); x.len()];
        for later in 1..x.len() {
            for earlier in 0..later {
                let greater = self.circuit.less(x[earlier], x[later]);
                let not_greater = self.not(greater);
                is_largest[later] = self.both(greater, is_largest[later]);
                is_largest[earlier] = self.both(not_greater, is_largest[earlier]);
            }
        }
        is_largest
    }

    /// Which number is the first that is not less than the greatest.
    fn largest_of_tree(&mut self, x: &[Wire]) -> Vec<Wire> {
        let greatest = self.greatest(x);
        let mut none_before = self.circuit.constant(1);
        let mut is_largest = Vec::with_capacity(x.len());
        for &x in x {
            let less = self.circuit.less(x, greatest);
            let reaches = self.not(less);
            is_largest.push(self.both(none_before, reaches));
            none_before = self.both(none_before, less);
        }
        is_largest
    }

    /// The reciprocal of the sum of the exponentials of all differences.
    fn legacy_softmax(&mut self, op: &LegacySoftmax, x: &[Wire]) -> Result<Vec<Wire>, RtlError> {
        let sum = self.only_cast(&op.sum)?;
        let offset = (op.exps.len() / 2) as i128;
        let mut results = Vec::with_capacity(x.len());
        for i in 0..x.len() {
            let mut terms = Vec::with_capacity(x.len());
            for j in 0..x.len() {
                terms.push(if i == j {
                    self.circuit.constant(op.one)
                } else {
                    let difference = self.difference(x[j], x[i]);
                    let index = self.chain(difference, &op.exp_index)?;
                    let index = self.circuit.add_constant(index, offset);
                    self.entry_of(&op.exps, index)?
                });
            }
            let sum = self.accumulated(terms, sum)?;
            let index = self.chain(sum, &op.inv_index)?;
            results.push(self.entry_of(&op.inverses, index)?);
        }
        Ok(results)
    }

    /// Exponentials from a table, their sum, its reciprocal from another table, and products.
    fn exponential_softmax(&mut self, op: &ExponentialSoftmax, x: &[Wire]) -> Result<Vec<Wire>, RtlError> {
        let exponents = match op.exponent {
            SoftmaxExponent::Itself => x.to_vec(),
            SoftmaxExponent::BelowMaximum => self.distances(x)?,
        };
        let mut exps = Vec::with_capacity(x.len());
        for exponent in exponents {
            let argument = self.chain(exponent, &op.prepare)?;
            exps.push(self.addressed(op.exp_address, &op.exps, argument)?);
        }
        let sum = self.tree_sum(&exps, self.only_cast(&op.sum)?)?;
        let argument = self.chain(sum, &op.to_address)?;
        let inverse = self.addressed(op.inv_address, &op.inverses, argument)?;
        let mut results = Vec::with_capacity(x.len());
        for exp in exps {
            let product = self.multiplied(exp, inverse)?;
            results.push(self.chain(product, &op.finish)?);
        }
        Ok(results)
    }

    /// How far each number is below the greatest.
    fn distances(&mut self, x: &[Wire]) -> Result<Vec<Wire>, RtlError> {
        let widths = x.iter().map(|&wire| self.circuit.width(wire)).sum::<u32>();
        self.count_bits(widths.saturating_mul(2))?;
        let greatest = self.greatest(x);
        let (_, high) = self.circuit.range(greatest);
        let distance = |&x: &Wire| {
            let terms = [(greatest, false), (x, true)];
            let terms = terms.map(|(wire, negative)| Term { wire, shift: 0, negative });
            let farthest = high.saturating_sub(self.circuit.range(x).0);
            self.circuit.sum_within(terms, 0, (0, farthest))
        };
        Ok(x.iter().map(distance).collect())
    }

    /// The entry that the top bits of a number address.
    fn addressed(&mut self, address: Address, table: &[i128], x: Wire) -> Result<Wire, RtlError> {
        let cut = self.circuit.floor(x, address.below);
        let index = self.circuit.wrap(cut, address.mask.count_ones(), false);
        self.entry_of(table, index)
    }
}
