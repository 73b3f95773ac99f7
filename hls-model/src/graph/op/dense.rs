//! Matrix product plus bias.

use serde_json::{Value, json};

use super::fixed_point_quantizer::FixedPointQuantizer;
use super::matrix::Matrix;
use super::strategy::Strategy;

/// `y[o] = Σ_i x[i] · w[i][o] + b[o]` over a vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    /// Number of inputs.
    pub n_in: usize,
    /// Number of outputs.
    pub n_out: usize,
    /// How many vectors of an input of several axes are computed at once, where the file says so.
    pub parallelization_factor: Option<u64>,
    /// How products share multipliers.
    pub strategy: Strategy,
    /// Whether the weights have been transposed to `[n_out, n_in]`, as the resource strategy needs them.
    pub transposed: bool,
    /// A quantizer of the input that the kernel has taken in, which only that of distributed arithmetic does.
    pub input_quantizer: Option<Box<FixedPointQuantizer>>,
}

impl Dense {
    /// A dense layer as a file describes it.
    pub(crate) fn new(n_in: usize, n_out: usize) -> Self {
        Self {
            n_in,
            n_out,
            parallelization_factor: None,
            strategy: Strategy::default(),
            transposed: false,
            input_quantizer: None,
        }
    }

    pub(super) fn matrix(&self) -> Matrix {
        Matrix {
            n_in: self.n_in,
            n_out: self.n_out,
            terms: self.n_in,
            uses: self.n_out,
            pixels_at_once: None,
            transposed: self.transposed,
            strategy: self.strategy,
        }
    }

    /// Elements of the input for as many of the output: it is applied to every vector along the last axis.
    pub(super) fn reads(&self, written: usize) -> usize {
        written / self.n_out.max(1) * self.n_in
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        let mut attributes = vec![
            ("n_in", json!(self.n_in)),
            ("n_out", json!(self.n_out)),
            ("strategy", json!(self.strategy.as_str())),
        ];
        if self.transposed {
            attributes.push(("_weights_transposed", json!(true)));
        }
        attributes
    }
}
