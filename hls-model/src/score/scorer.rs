//! Scores of a model, from its firmware's exact outputs.

use ndarray::{ArrayView2, aview2};

use super::error::ScoreError;
use super::metric::{Metric, Predictions};
use super::outputs::OutputKind;
use super::questions::Questions;
use super::reference::Reference;
use super::task::Task;
use super::truth::Truth;
use crate::emulate::{EmulateError, Emulator, NonFinite, Port, Record};
use crate::float_model::{QuantizedModel, has_quantizers};
use crate::graph::{Graph, LoweredModel};
use crate::samples::batch_size;

/// Collects a model's outputs, batch after batch of samples.
pub struct Scorer {
    emulator: Emulator,
    outputs: usize,
    kind: OutputKind,
    reference_rows: usize,
    samples: usize,
    /// Sample after sample.
    values: Vec<f64>,
    float: Option<Reference>,
    quantized: Option<Result<Reference, String>>,
}

/// The scores of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelScores {
    /// Number of samples.
    pub samples: usize,
    /// What the model was taken to do.
    pub task: Task,
    /// Metrics of the firmware's outputs.
    pub metrics: Vec<Metric>,
    /// The same metrics of the model in floating point, without quantizers, in the same order; why there are none, if they were asked for in
    /// vain.
    pub float: Option<Result<Vec<Metric>, String>>,
    /// The same of the model with QKeras's quantizers, if it has any.
    pub quantized: Option<Result<Vec<Metric>, String>>,
}

impl ModelScores {
    /// What the conversion is measured by: the model with its quantizers, or in floating point if it has none or they cannot be computed.
    #[must_use]
    pub fn reference(&self) -> Option<(&'static str, &[Metric])> {
        let known = |side: &'_ Option<Result<Vec<Metric>, String>>| matches!(side, Some(Ok(_)));
        let (name, side) = match known(&self.quantized) {
            true => ("quantized", &self.quantized),
            false => ("float", &self.float),
        };
        Some((name, side.as_ref()?.as_ref().ok()?.as_slice()))
    }
}

impl Scorer {
    /// A scorer for a converted model.
    ///
    /// # Errors
    /// The graph cannot be emulated.
    pub fn new(graph: &Graph) -> Result<Self, ScoreError> {
        let emulator = Emulator::new(graph)?;
        Ok(Self {
            outputs: emulator.outputs().iter().map(Port::len).sum(),
            kind: OutputKind::of(graph),
            reference_rows: batch_size(graph, Record::Layers),
            emulator,
            samples: 0,
            values: Vec::new(),
            float: None,
            quantized: None,
        })
    }

    /// With another treatment of NaN and infinities in samples.
    #[must_use]
    pub fn with_non_finite(self, non_finite: NonFinite) -> Self {
        Self { emulator: self.emulator.with_non_finite(non_finite), ..self }
    }

    /// Scores the model also as it was before the conversion: in floating point, and with QKeras's quantizers, if it has any. The model
    /// must be the one that the graph was converted from.
    #[must_use]
    pub fn with_references(self, model: LoweredModel) -> Self {
        let rows = self.reference_rows;
        let quantized = has_quantizers(&model).then(|| QuantizedModel::new(model.clone()));
        let quantized = quantized.map(|made| made.map(|model| Reference::quantized(model, rows)));
        Self {
            quantized: quantized.map(|made| made.map_err(|error| error.to_string())),
            float: Some(Reference::float(model, rows)),
            ..self
        }
    }

    /// The inputs, in the order in which arrays are given.
    #[must_use]
    pub fn inputs(&self) -> &[Port] {
        self.emulator.inputs()
    }

    /// Bytes that are kept of a sample.
    #[must_use]
    pub fn bytes_per_sample(&self) -> usize {
        let references =
            usize::from(self.float.is_some()) + usize::from(matches!(self.quantized, Some(Ok(_))));
        size_of::<f64>() * self.outputs * (1 + references)
    }

    /// Adds samples: for each input of the model an array `[samples, elements]`.
    ///
    /// # Errors
    /// The arrays do not fit the model, or hold NaN or infinities; samples are counted from the first that was ever added.
    pub fn add(&mut self, inputs: &[ArrayView2<'_, f32>]) -> Result<(), ScoreError> {
        let evaluation = self.emulator.evaluate(inputs, Record::Outputs).map_err(|error| match error {
            EmulateError::NotFinite { input, sample, element, value, precision, cast } => {
                let sample = sample + self.samples;
                EmulateError::NotFinite { input, sample, element, value, precision, cast }
            }
            other => other,
        })?;
        let samples = inputs.first().map_or(0, ArrayView2::nrows);
        let outputs: Vec<_> =
            evaluation.outputs.iter().map(|output| (output.port().len(), output.values())).collect();
        match outputs.as_slice() {
            [(_, only)] => self.values.extend(only),
            several => {
                for sample in 0..samples {
                    for (len, values) in several {
                        let row = values.as_slice().and_then(|all| all.get(sample * len..(sample + 1) * len));
                        self.values.extend(row.unwrap_or_default());
                    }
                }
            }
        }
        let references = self.float.iter_mut().chain(self.quantized.iter_mut().flatten());
        references.for_each(|reference| reference.add(inputs));
        self.samples += samples;
        Ok(())
    }

    /// The scores, given the truth about all samples that were added.
    ///
    /// # Errors
    /// Labels and outputs do not go together, or not with the task.
    pub fn finish(self, truth: &Truth, questions: &Questions) -> Result<ModelScores, ScoreError> {
        let (outputs, kind) = (self.outputs, self.kind);
        let score = |values: &[f64]| {
            let rows = values.len() / outputs.max(1);
            let values =
                ArrayView2::from_shape((rows, outputs), values).unwrap_or_else(|_| aview2::<f64, 0>(&[]));
            Predictions { values, kind }.score(truth, questions)
        };
        let (task, metrics) = score(&self.values)?;
        let of_reference = |reference: Reference| {
            let values = reference.finish().map_err(|error| error.to_string())?;
            score(&values).map(|(_, metrics)| metrics).map_err(|error| error.to_string())
        };
        let float = self.float.map(of_reference);
        let quantized = self.quantized.map(|made| made.and_then(of_reference));
        Ok(ModelScores { samples: self.samples, task, metrics, float, quantized })
    }
}
