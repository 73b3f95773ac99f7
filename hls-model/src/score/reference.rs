//! What a model predicts without the firmware's arithmetic.

use ndarray::{Array2, ArrayView2, s};

use crate::float_model::{self, FloatModelError, QuantizedModel};
use crate::graph::LoweredModel;

/// What a model's firmware is compared with.
pub(super) struct Reference {
    arithmetic: Arithmetic,
    /// Samples that are computed together.
    rows: usize,
    /// Sample after sample.
    outputs: Vec<f64>,
    failure: Option<FloatModelError>,
}

enum Arithmetic {
    Float(LoweredModel),
    Quantized(QuantizedModel),
}

impl Reference {
    /// The model in floating point, without any quantizer ([`float_model`]), for so many samples at a time.
    pub fn float(model: LoweredModel, rows: usize) -> Self {
        Self { arithmetic: Arithmetic::Float(model), rows, outputs: Vec::new(), failure: None }
    }

    /// The model with QKeras's quantizers ([`QuantizedModel`]).
    pub fn quantized(model: QuantizedModel, rows: usize) -> Self {
        Self { arithmetic: Arithmetic::Quantized(model), rows, outputs: Vec::new(), failure: None }
    }

    /// Computes samples and keeps their outputs. Once that has failed, nothing more is computed.
    pub(super) fn add(&mut self, inputs: &[ArrayView2<'_, f32>]) {
        let samples = inputs.first().map_or(0, ArrayView2::nrows);
        for first in (0..samples).step_by(self.rows.max(1)) {
            let last = (first + self.rows.max(1)).min(samples);
            let part: Vec<_> = inputs.iter().map(|input| input.slice_move(s![first..last, ..])).collect();
            if self.failure.is_none() {
                self.failure = self.compute(&part).err();
            }
        }
    }

    fn compute(&mut self, inputs: &[ArrayView2<'_, f32>]) -> Result<(), FloatModelError> {
        let (results, model) = match &self.arithmetic {
            Arithmetic::Float(model) => (float_model::evaluate(model, inputs)?, model),
            Arithmetic::Quantized(quantized) => (quantized.evaluate(inputs)?, quantized.model()),
        };
        let outputs: Vec<&Array2<f64>> = model.outputs.iter().filter_map(|name| results.get(name)).collect();
        for sample in 0..inputs.first().map_or(0, ArrayView2::nrows) {
            outputs.iter().for_each(|output| self.outputs.extend(output.row(sample)));
        }
        Ok(())
    }

    /// The outputs, sample after sample.
    pub(super) fn finish(self) -> Result<Vec<f64>, FloatModelError> {
        self.failure.map_or(Ok(self.outputs), Err)
    }
}
