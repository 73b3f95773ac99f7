//! The kernel generated for a matrix product with the strategy ResourceUnrolled: a Dense layer, a convolution between streams, or one of a
//! recurrent layer's two.
//!
//! It is the Resource kernel's loop over cycles written out: weights lie `[n_out, n_in]` row by row, multiplier *m* works on
//! weights `m·RF` up to `(m+1)·RF`, one per cycle. Products with a zero weight are left out, so a multiplier that would meet
//! nothing else is never built. The others keep the Resource kernel's order, which saturating accumulators make visible.

use hls_model::graph::{Weight, WeightRole};
use hls_model::precision::Precision;
use serde::Serialize;

use super::Layer;
use crate::CodegenError;
use crate::vitis::{cpp, templates};

/// What `layers/dense_unrolled.h` is filled with.
#[derive(Serialize)]
struct UnrolledContext {
    comment: String,
    class: String,
    reuse_factor: u64,
    blocks: usize,
    multiplier_limit: usize,
    cycles: Vec<Cycle>,
}

/// What is multiplied in one clock cycle.
#[derive(Debug, PartialEq, Serialize)]
struct Cycle {
    number: usize,
    products: Vec<WeightProduct>,
}

/// One multiplication, by the elements of the arrays that it touches.
#[derive(Debug, PartialEq, Serialize)]
struct WeightProduct {
    output: usize,
    input: usize,
    weight: usize,
}

/// How the products of a layer are spread over multipliers and cycles.
struct MultiplierPlan {
    n_in: usize,
    /// Clock cycles per inference: the reuse factor, within the number of weights.
    cycles: usize,
    /// Whether a weight's product is always zero, in the order of the array.
    zero: Vec<bool>,
}

/// The kernel's class, as hls4ml names it.
pub(super) fn class(layer: Layer<'_>) -> String {
    format!("dense_resource_unrolled_{}", layer.node.index)
}

/// The definition of the kernel of a layer that is one product, of `n_in` inputs.
pub(super) fn kernel(layer: Layer<'_>, n_in: usize) -> Result<String, CodegenError> {
    kernel_of(layer, class(layer), layer.weight(WeightRole::Weight)?, n_in, layer.node.reuse_factor)
}

/// The definition of the kernel of a product of `n_in` inputs.
pub(super) fn kernel_of(
    layer: Layer<'_>,
    class: String,
    weight: &Weight,
    n_in: usize,
    reuse_factor: u64,
) -> Result<String, CodegenError> {
    let schedule = MultiplierPlan::new(weight, n_in, reuse_factor);
    let context = UnrolledContext {
        comment: cpp::comment(&layer.node.name),
        class,
        reuse_factor,
        blocks: schedule.blocks(),
        multiplier_limit: schedule.multiplier_limit(),
        cycles: schedule.products(),
    };
    templates::render("firmware/layers/dense_unrolled.h", &context)
}

impl MultiplierPlan {
    fn new(weight: &Weight, n_in: usize, reuse_factor: u64) -> Self {
        // An XNOR weight of 0 stands for -1. (hls4ml 1.3.0 leaves its products out, and computes something other than the model.)
        let zero_is_zero = weight.ty.precision != Precision::Xnor;
        let zero: Vec<bool> = weight.values.data.iter().map(|&value| zero_is_zero && value == 0.0).collect();
        let cycles = usize::try_from(reuse_factor).unwrap_or(usize::MAX).clamp(1, zero.len().max(1));
        MultiplierPlan { n_in: n_in.max(1), cycles, zero }
    }

    /// Blocks into which the weights are divided, one for each multiplier.
    fn blocks(&self) -> usize {
        self.zero.len().div_ceil(self.cycles)
    }

    /// hls4ml's limit: a multiplier for every `min(RF, n_in)` weights, less those with nothing but zeros.
    fn multiplier_limit(&self) -> usize {
        let idle = self.zero.chunks(self.cycles).filter(|block| block.iter().all(|zero| *zero)).count();
        self.zero.len().div_ceil(self.cycles.min(self.n_in)).saturating_sub(idle)
    }

    /// The cycles in which something is multiplied.
    fn products(&self) -> Vec<Cycle> {
        let cycle = |number| Cycle { number, products: self.products_in(number).collect() };
        (0..self.cycles).map(cycle).filter(|cycle| !cycle.products.is_empty()).collect()
    }

    fn products_in(&self, cycle: usize) -> impl Iterator<Item = WeightProduct> {
        let weights = self.zero.iter().enumerate().skip(cycle).step_by(self.cycles);
        weights.filter(|(_, zero)| !**zero).map(|(weight, _)| WeightProduct {
            output: weight / self.n_in,
            input: weight % self.n_in,
            weight,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cycles with their products: output, input, weight.
    type Products = &'static [(usize, &'static [(usize, usize, usize)])];

    fn cycle((number, products): &(usize, &[(usize, usize, usize)])) -> Cycle {
        let product =
            |&(output, input, weight): &(usize, usize, usize)| WeightProduct { output, input, weight };
        Cycle { number: *number, products: products.iter().map(product).collect() }
    }

    #[test]
    fn multipliers_take_one_weight_per_cycle() {
        const W: bool = false;
        const O: bool = true;
        // n_in, cycles, zeros, blocks, limit, products
        let table: [(usize, usize, [bool; 4], usize, usize, Products); 5] = [
            (2, 1, [W, W, O, W], 4, 3, &[(0, &[(0, 0, 0), (0, 1, 1), (1, 1, 3)])]),
            (2, 2, [W, W, O, W], 2, 2, &[(0, &[(0, 0, 0)]), (1, &[(0, 1, 1), (1, 1, 3)])]),
            (2, 2, [O, O, O, W], 2, 1, &[(1, &[(1, 1, 3)])]),
            (1, 2, [W, W, O, W], 2, 4, &[(0, &[(0, 0, 0)]), (1, &[(1, 0, 1), (3, 0, 3)])]),
            (2, 2, [O, O, O, O], 2, 0, &[]),
        ];
        for (n_in, cycles, zero, blocks, limit, expected) in table {
            let at = format!("n_in {n_in}, {cycles} cycles, zeros {zero:?}");
            let schedule = MultiplierPlan { n_in, cycles, zero: zero.to_vec() };
            assert_eq!((schedule.blocks(), schedule.multiplier_limit()), (blocks, limit), "{at}");
            assert_eq!(schedule.products(), expected.iter().map(cycle).collect::<Vec<_>>(), "{at}");
        }
    }
}
