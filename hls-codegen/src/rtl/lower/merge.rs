//! Two tensors: merges and scalar products.

use hls_model::arith::{Chain, Pairwise, ScalarProducts};
use hls_model::graph::op::{MergeKind, Product};

use super::Layer;
use crate::rtl::circuit::{Term, Wire};
use crate::rtl::error::RtlError;

impl Layer<'_> {
    /// Element by element; the smaller tensor is repeated to the size of the larger one.
    pub(super) fn pairwise(
        &mut self,
        op: &Pairwise,
        elements: usize,
        a: &[Wire],
        b: &[Wire],
    ) -> Result<Vec<Wire>, RtlError> {
        let sides = a.iter().cycle().zip(b.iter().cycle()).take(elements);
        sides.map(|(&a, &b)| self.pair(op, a, b)).collect()
    }

    fn pair(&mut self, op: &Pairwise, a: Wire, b: Wire) -> Result<Wire, RtlError> {
        let term = |wire, shift, negative| Term { wire, shift, negative };
        let [up_a, up_b] = op.up;
        let combined = match op.kind {
            MergeKind::Add | MergeKind::Average | MergeKind::PartialSum(_) | MergeKind::Mean(_) => {
                self.circuit.sum([term(a, up_a, false), term(b, up_b, false)], 0)
            }
            MergeKind::Subtract => self.circuit.sum([term(a, up_a, false), term(b, up_b, true)], 0),
            MergeKind::Multiply => self.multiplied(a, b)?,
            MergeKind::Maximum | MergeKind::Minimum => return self.chosen(op, a, b),
        };
        self.chain(combined, &op.finish[0])
    }

    /// The larger or the smaller of two numbers, each with its own way to the result. Of two equal numbers it is the second.
    fn chosen(&mut self, op: &Pairwise, a: Wire, b: Wire) -> Result<Wire, RtlError> {
        let (up_a, up_b) = (self.circuit.left(a, op.up[0]), self.circuit.left(b, op.up[1]));
        let first = match op.kind {
            MergeKind::Maximum => self.circuit.less(up_b, up_a),
            _ => self.circuit.less(up_a, up_b),
        };
        let (a, b) = (self.chain(a, &op.finish[0])?, self.chain(b, &op.finish[1])?);
        self.count_bits(self.circuit.width(a).max(self.circuit.width(b)))?;
        Ok(self.circuit.select(first, a, b))
    }

    /// Sums of products of two tensors' elements.
    pub(super) fn scalar_products(
        &mut self,
        op: &ScalarProducts,
        a: &[Wire],
        b: &[Wire],
    ) -> Result<Vec<Wire>, RtlError> {
        let mut results = Vec::with_capacity(op.sums.len());
        for pairs in &op.sums {
            let mut products = Vec::with_capacity(pairs.len());
            for &[of_a, of_b] in pairs {
                let product = self.product_of(op.functor, a[of_a], b[of_b])?;
                products.push(self.chain(product, &op.product)?);
            }
            let sum = match op.up {
                [0, 0] => self.accumulated(products, self.only_cast(&op.sum)?)?,
                up => self.added_one_by_one(products, up, &op.sum)?,
            };
            results.push(self.chain(sum, &op.finish)?);
        }
        Ok(results)
    }

    /// A sum that goes through a chain after each addition, and has another binary point than what is added.
    fn added_one_by_one(
        &mut self,
        products: Vec<Wire>,
        up: [u32; 2],
        chain: &Chain,
    ) -> Result<Wire, RtlError> {
        let zero = self.circuit.constant(0);
        products.into_iter().try_fold(zero, |sum, product| {
            let terms = [(sum, up[0]), (product, up[1])];
            let terms = terms.map(|(wire, shift)| Term { wire, shift, negative: false });
            let sum = self.circuit.sum(terms, 0);
            self.chain(sum, chain)
        })
    }

    /// The product of two numbers, as the functor makes it of their raw numbers.
    fn product_of(&mut self, functor: Product, x: Wire, w: Wire) -> Result<Wire, RtlError> {
        Ok(match functor {
            Product::Mult | Product::WeightExponential => self.multiplied(x, w)?,
            Product::BothBinary => self.equal(x, w),
            Product::WeightBinary => {
                let is_positive = self.is_not_zero(w);
                self.with_sign(is_positive, x)
            }
            Product::DataBinary => {
                let is_positive = self.is_not_zero(x);
                self.with_sign(is_positive, w)
            }
            Product::WeightTernary => {
                let minus_one = self.circuit.constant(-1);
                let is_negative = self.equal(w, minus_one);
                let is_positive = self.not(is_negative);
                let product = self.with_sign(is_positive, x);
                let counts = self.is_not_zero(w);
                let zero = self.circuit.constant(0);
                self.circuit.select(counts, product, zero)
            }
        })
    }

    fn with_sign(&mut self, is_positive: Wire, x: Wire) -> Wire {
        let negated = self.negated(x);
        self.circuit.select(is_positive, x, negated)
    }

    /// A product of two numbers that are not constant.
    pub(super) fn multiplied(&mut self, a: Wire, b: Wire) -> Result<Wire, RtlError> {
        match (self.circuit.value(a), self.circuit.value(b)) {
            (Some(factor), _) => Ok(self.times(b, factor)),
            (_, Some(factor)) => Ok(self.times(a, factor)),
            (None, None) => {
                self.count(self.circuit.width(a) as usize * self.circuit.width(b) as usize)?;
                Ok(self.circuit.product(a, b))
            }
        }
    }
}
