//! Sums of products of two tensors, by Einstein's convention: with a kernel of weights, or with one another.

mod contraction;

use serde_json::{Value, json};

pub use contraction::{Contraction, EquationError};

use super::matrix::Matrix;
use super::strategy::Strategy;

/// A contraction of the input with a kernel, plus a bias. The node's weight is `[n_inplace, n_contract, n_free]`, its bias
/// [`Contraction::result_shape`]: both as the loops read them, not as Keras stores them ([`EinsumDense::kernel_axes`]).
#[derive(Debug, Clone, PartialEq)]
pub struct EinsumDense {
    /// How input and kernel meet.
    pub contraction: Contraction,
    /// How products share multipliers.
    pub strategy: Strategy,
    /// How many vectors of the input are computed at once.
    pub parallelization_factor: usize,
}

/// A contraction of two tensors.
#[derive(Debug, Clone, PartialEq)]
pub struct Einsum {
    /// How they meet.
    pub contraction: Contraction,
}

impl EinsumDense {
    /// A layer as a file describes it.
    #[must_use]
    pub fn new(contraction: Contraction) -> Self {
        let parallelization_factor = contraction.n_free[0];
        Self { contraction, strategy: Strategy::default(), parallelization_factor }
    }

    /// Keras's axes of the kernel in the order in which the weight has them, before the last two groups change places: in place, free, contracted.
    #[must_use]
    pub fn kernel_axes(&self) -> &[usize] {
        &self.contraction.permutations[1]
    }

    pub(super) fn matrix(&self) -> Matrix {
        let contraction = &self.contraction;
        Matrix {
            n_in: contraction.n_contract,
            n_out: contraction.n_free[1],
            terms: contraction.n_contract,
            uses: contraction.n_free[1],
            pixels_at_once: Some(contraction.n_free[0] * contraction.n_inplace),
            transposed: false,
            strategy: self.strategy,
        }
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        let contraction = &self.contraction;
        vec![
            ("equation", json!(contraction.equation)),
            ("inp_shape", json!(contraction.shapes[0])),
            ("out_shape", json!(contraction.output_shape())),
            ("inp_tpose_idxs", json!(contraction.permutations[0])),
            ("out_tpose_idxs", json!(contraction.result_permutation)),
            ("out_interpert_shape", json!(contraction.result_shape)),
            ("n_free_kernel", json!(contraction.n_free[1])),
            ("n_inplace", json!(contraction.n_inplace)),
            ("n_contract", json!(contraction.n_contract)),
            ("parallelization_factor", json!(self.parallelization_factor)),
            ("strategy", json!(self.strategy.as_str())),
        ]
    }
}

impl Einsum {
    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        let contraction = &self.contraction;
        vec![
            ("equation", json!(contraction.equation)),
            ("inp0_shape", json!(contraction.shapes[0])),
            ("inp1_shape", json!(contraction.shapes[1])),
            ("out_shape", json!(contraction.output_shape())),
            ("inp0_tpose_idxs", json!(contraction.permutations[0])),
            ("inp1_tpose_idxs", json!(contraction.permutations[1])),
            ("out_tpose_idxs", json!(contraction.result_permutation)),
            ("out_interpert_shape", json!(contraction.result_shape)),
            ("n_free0", json!(contraction.n_free[0])),
            ("n_free1", json!(contraction.n_free[1])),
            ("n_inplace", json!(contraction.n_inplace)),
            ("n_contract", json!(contraction.n_contract)),
            ("parallelization_factor", json!(contraction.n_free[0])),
            ("strategy", json!(Strategy::Latency.as_str())),
        ]
    }
}
