//! The product of a vector with a matrix of weights, which dense layers and convolutions are made of.

use super::inference::Known;
use super::strategy::Strategy;
use crate::graph::weight::WeightRole;
use crate::precision::Precision;

/// A product of a vector with a matrix of weights, plus a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matrix {
    /// Elements of the vector.
    pub n_in: usize,
    /// Elements of the result.
    pub n_out: usize,
    /// Products that are summed for each of them: `n_in`, of a depthwise convolution the pixels of the filter.
    pub terms: usize,
    /// What hls4ml divides target cycles by: outputs of a Dense, pixels of a convolution.
    pub uses: usize,
    /// Pixels that are computed in parallel; `None` where the vector is the whole input.
    pub pixels_at_once: Option<usize>,
    /// Whether the weights have been transposed to outputs first, as the resource strategy needs them.
    pub transposed: bool,
    /// How products share multipliers.
    pub strategy: Strategy,
}

impl Matrix {
    /// Accumulator and result: a sum of products, plus a bias.
    pub(super) fn sum_type(&self, known: &Known) -> Precision {
        let factors = known.extent(0).zip(known.weight(WeightRole::Weight));
        let sum = factors.map(|(input, weight)| input.times(weight).summed(self.terms));
        let biased = sum.zip(known.weight(WeightRole::Bias)).map(|(sum, bias)| sum.plus(bias));
        known.capped_or_default(biased)
    }
}
