//! Evaluates a graph with the exact integer arithmetic of the emitted C++, thousands of times faster than a compiler and a C simulation.
//!
//! ```text
//! Graph ─▶ plan: one step per layer, in the narrowest machine word that is exact ─▶ blocks of 64 samples, on all cores
//! ```
//!
//! Which arithmetic that is comes from [`crate::arith`]: every cast with its rounding and its overflow, in the kernels' order. What lies
//! between is exact in both, so it may be computed in any way that is exact: that is where the speed comes from.
//!
//! - `cast`, `chain`: casts that can change something, prepared for whole buffers.
//! - `families`: which loops an operation becomes; `products`, `elementwise`, `softmax`, `merge`, `pooling`, `moves`, … are the families.
//! - `plan`: the steps of a graph; `run`: blocks of samples through them.
//!
//! Each inner loop runs over samples, not over the elements of a tensor, so it is the same simple loop for every layer.
//!
//! ```
//! use hls_model::emulate::{EmulateError, Emulator};
//! use hls_model::graph::Graph;
//! use ndarray::{ArrayD, ArrayViewD};
//!
//! /// The outputs of a network with one input, for samples of the shape `[samples, …]`.
//! fn outputs(graph: &Graph, samples: ArrayViewD<'_, f32>) -> Result<Vec<ArrayD<f64>>, EmulateError> {
//!     Emulator::new(graph)?.predict(&[samples])
//! }
//! ```

mod cast;
mod chain;
mod clips;
mod elementwise;
mod embedding;
mod error;
mod families;
mod function_sums;
mod input;
mod merge;
mod moves;
mod normalization;
mod plan;
mod pooling;
mod products;
mod recurrence;
mod run;
mod softmax;
mod step;
mod word;

pub use clips::ClipRange;
pub use error::EmulateError;
pub use run::{Evaluation, RawTensor};

use ndarray::{ArrayD, ArrayViewD, CowArray, Ix2};

use crate::graph::{Graph, Node, Tensor};
use crate::precision::Precision;
use plan::Plan;
use step::Overflows;

/// A graph that is ready to be evaluated.
///
/// Evaluation is a pure function of the samples; it can be called from several threads. Large inputs are spread over the threads of
/// the current [rayon] pool.
pub struct Emulator {
    plan: Plan,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
    layers: Vec<Port>,
    non_finite: NonFinite,
}

/// A tensor that goes into the emulator or comes out of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Port {
    /// The Keras layer's name, by which users know it.
    pub name: String,
    /// The layer's name in the firmware, an identifier.
    pub identifier: String,
    /// hls4ml's class of the layer.
    pub class: &'static str,
    /// Extent of each axis, without the samples; the last varies fastest.
    pub shape: Vec<usize>,
    /// The type of the elements.
    pub precision: Precision,
}

impl Port {
    fn new(name: &str, node: &Node, tensor: &Tensor) -> Self {
        Self {
            name: name.to_owned(),
            identifier: node.name.clone(),
            class: node.op.class_name(),
            shape: tensor.shape.clone(),
            precision: tensor.ty.precision,
        }
    }

    /// Number of elements in a sample.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether a sample has no elements (never true in a valid graph).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What happens to NaN and infinities in samples.
///
/// The constructor of `ap_fixed` takes a double apart without looking for them: an infinity or NaN is read as a number of magnitude
/// 2^1024 or more with the sign and the fraction that its bits have. A type that wraps turns it into 0, a saturating one into its
/// largest or smallest number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NonFinite {
    /// They are an error, which says where they are and what the hardware's cast would make of them.
    #[default]
    Refuse,
    /// They are cast as the hardware casts them.
    Cast,
}

/// What an evaluation returns besides the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Record {
    /// Nothing.
    #[default]
    Outputs,
    /// The result of every layer.
    Layers,
}

impl Emulator {
    /// Prepares a graph.
    ///
    /// # Errors
    /// A layer's arithmetic is not defined, or its numbers are wider than the widest machine word.
    pub fn new(graph: &Graph) -> Result<Self, EmulateError> {
        Self::with_plan(graph, Plan::new(graph, Overflows::Unseen)?)
    }

    /// The same with exact sums, so that numbers that do not fit can be [counted](Self::count).
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(crate) fn counting(graph: &Graph) -> Result<Self, EmulateError> {
        Self::with_plan(graph, Plan::new(graph, Overflows::Counted)?)
    }

    fn with_plan(graph: &Graph, plan: Plan) -> Result<Self, EmulateError> {
        let inputs = graph.inputs.iter().map(|&id| {
            let node = graph.node(id);
            Port::new(&node.config_name, node, graph.output_of(id))
        });
        let outputs = graph.outputs.iter().zip(&graph.output_names).filter_map(|(&id, name)| {
            let node = graph.node(graph.producer(id)?);
            Some(Port::new(name, node, graph.tensor(id)))
        });
        let layers = plan.layers.iter().map(|layer| {
            let node = graph.node(layer.node);
            Port::new(&node.config_name, node, graph.tensor(layer.tensor))
        });
        Ok(Self {
            inputs: inputs.collect(),
            outputs: outputs.collect(),
            layers: layers.collect(),
            plan,
            non_finite: NonFinite::default(),
        })
    }

    /// The same emulator with another treatment of NaN and infinities.
    #[must_use]
    pub fn with_non_finite(self, non_finite: NonFinite) -> Self {
        Self { non_finite, ..self }
    }

    /// The inputs, in the order in which arrays are given.
    #[must_use]
    pub fn inputs(&self) -> &[Port] {
        &self.inputs
    }

    /// The outputs, in the order in which arrays are returned.
    #[must_use]
    pub fn outputs(&self) -> &[Port] {
        &self.outputs
    }

    /// The layers whose results [`Record::Layers`] returns: all that compute something, in the order in which the firmware calls them.
    #[must_use]
    pub fn layers(&self) -> &[Port] {
        &self.layers
    }

    /// The outputs for samples: for each input of the model an array `[samples, …]` of its shape (or `[samples, elements]`) goes in, for
    /// each output an array `[samples, …]` comes out. Values are exact up to 53 significant bits.
    ///
    /// # Errors
    /// The arrays do not fit the model, or hold NaN or infinities.
    pub fn predict(&self, inputs: &[ArrayViewD<'_, f32>]) -> Result<Vec<ArrayD<f64>>, EmulateError> {
        Ok(self.predict_raw(inputs)?.iter().map(RawTensor::values).collect())
    }

    /// As [`predict`](Self::predict), with the outputs as raw numbers.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn predict_raw(&self, inputs: &[ArrayViewD<'_, f32>]) -> Result<Vec<RawTensor>, EmulateError> {
        let rows = self.rows(inputs)?;
        let rows: Vec<_> = rows.iter().map(|rows| rows.view()).collect();
        Ok(self.evaluate(&rows, Record::Outputs)?.outputs)
    }

    /// Arrays of a sample's shape as rows of elements.
    fn rows<'a>(
        &self,
        inputs: &'a [ArrayViewD<'_, f32>],
    ) -> Result<Vec<CowArray<'a, f32, Ix2>>, EmulateError> {
        let rows = inputs.iter().enumerate().map(|(i, array)| {
            let (samples, shape) = array.shape().split_first().map_or((0, &[][..]), |(n, shape)| (*n, shape));
            let Some(port) = self.inputs.get(i) else {
                return Err(EmulateError::Inputs { expected: self.inputs.len(), found: inputs.len() });
            };
            if shape != port.shape && shape != [port.len()] {
                return Err(run::shape_error(port, array.shape()));
            }
            array.to_shape((samples, port.len())).map_err(|_| run::shape_error(port, array.shape()))
        });
        rows.collect()
    }
}
