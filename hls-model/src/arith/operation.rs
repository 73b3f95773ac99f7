//! Which arithmetic an operation is. To write down a new one: an arm here, and its arithmetic in the file of its family.

use super::elementwise::{self, Elementwise};
use super::embedding::{self, TableRows};
use super::error::ArithError;
use super::function_sums::{self, FunctionSums};
use super::layer::Layer;
use super::lookup;
use super::merge::{self, Pairwise, ScalarProducts};
use super::moves::{self, Gather, TimeStep};
use super::normalization::{self, VectorNormalization};
use super::pooling::{self, WindowReduction};
use super::products::{self, MatrixProduct};
use super::recurrence;
use super::softmax::{self, SliceSoftmax};
use super::term::Term;
use crate::graph::{Graph, NodeId, Op};
use crate::target::IoType;

/// A recurrence of operations.
pub type Recurrence = recurrence::Recurrence<Arithmetic>;
/// A pass over time steps.
pub type TimePass = recurrence::TimePass<Arithmetic>;
/// An operation of a time step.
pub type Part = recurrence::Part<Arithmetic>;

/// What a node computes.
#[derive(Debug, Clone, PartialEq)]
pub struct Arithmetic {
    /// What an element of each input can be: its type, and every number of it.
    pub inputs: Vec<Term>,
    /// The same of the result.
    pub result: Term,
    /// Elements of the result.
    pub elements: usize,
    /// How the result comes from the inputs.
    pub operation: Operation,
}

/// How a result comes from inputs. Users match every family: a new one must not be overlooked.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// Sums of products with constants.
    MatrixProduct(MatrixProduct),
    /// Each element by itself.
    Elementwise(Elementwise),
    /// Two tensors, element by element.
    Pairwise(Pairwise),
    /// Sums of products of two tensors' elements.
    ScalarProducts(ScalarProducts),
    /// Windows of elements become one.
    WindowReduction(WindowReduction),
    /// A softmax of each slice.
    SliceSoftmax(SliceSoftmax),
    /// Vectors by their mean and variance.
    VectorNormalization(Box<VectorNormalization>),
    /// Elements in other places.
    Gather(Gather),
    /// Rows of a table.
    TableRows(TableRows),
    /// Sums of functions of single elements.
    FunctionSums(FunctionSums),
    /// The same operations for each time step, with states that go from one to the next.
    Recurrence(Recurrence),
    /// The beginning or end of what is done for each time step.
    TimeStep(TimeStep),
}

impl Arithmetic {
    /// The arithmetic of a node; `None` for one that has none: inputs, views and copies of other tensors.
    ///
    /// # Errors
    /// The arithmetic is not defined, or its numbers are too wide to be written down.
    pub fn of(graph: &Graph, id: NodeId) -> Result<Option<Self>, ArithError> {
        let layer = Layer { graph, node: graph.node(id) };
        let Some(operation) = operation(layer)? else { return Ok(None) };
        let inputs = (0..layer.node.inputs.len()).map(|position| layer.input_term(position));
        Ok(Some(Self {
            inputs: inputs.collect::<Result<_, _>>()?,
            result: layer.variable(layer.result()?)?,
            elements: layer.output()?.len(),
            operation,
        }))
    }
}

fn operation(layer: Layer<'_>) -> Result<Option<Operation>, ArithError> {
    use Operation as To;
    Ok(Some(match &layer.node.op {
        Op::Input(_) => return Ok(None),
        Op::Reshape(_) if layer.output()?.in_place_of.is_some() => return Ok(None),
        // Copies are made of streams, not of numbers.
        Op::Clone(_) => return Ok(None),
        Op::Reshape(_) | Op::Repack(_) => To::Elementwise(elementwise::linear(layer)?),
        Op::Broadcast(op) => To::Gather(moves::copy(layer, |element| Some(op.source(element)))?),
        Op::Dense(op) => To::MatrixProduct(products::dense(layer, op)?),
        Op::Conv(op) => To::MatrixProduct(products::conv(layer, op)?),
        Op::Pooling(op) => To::WindowReduction(pooling::windows(layer, op)?),
        Op::GlobalPooling(op) => To::WindowReduction(pooling::global(layer, op)?),
        Op::ZeroPadding(op) => To::Gather(moves::copy(layer, |element| op.source(element))?),
        Op::Cropping(op) => To::Gather(moves::copy(layer, |element| Some(op.source(element)))?),
        Op::Resize(op) => {
            let source = |element| match layer.io_type() {
                IoType::Parallel => op.source(element),
                IoType::Stream => op.repeated_source(element),
            };
            To::Gather(moves::copy(layer, |element| Some(source(element)))?)
        }
        Op::Transpose(op) => To::Gather(moves::copy(layer, |element| Some(op.source(element)))?),
        Op::Concatenate(op) => To::Gather(moves::concatenate(layer, op)?),
        Op::Embedding(op) => To::TableRows(embedding::embedding(layer, op)?),
        Op::Activation(op) => To::Elementwise(elementwise::activation(layer, op)?),
        Op::HardActivation(op) => To::Elementwise(elementwise::hard(layer, op)?),
        Op::ParametrizedActivation(op) => To::Elementwise(elementwise::parametrized(layer, op)?),
        Op::PRelu(_) => To::Elementwise(elementwise::prelu(layer)?),
        Op::TernaryTanh(_) => To::Elementwise(elementwise::ternary_tanh(layer)?),
        Op::PowerOfTwo(op) => To::Elementwise(elementwise::power_of_two(layer, op)?),
        Op::BatchNormalization(_) | Op::ApplyAlpha(_) => {
            To::Elementwise(elementwise::batch_normalization(layer)?)
        }
        Op::QuantizedTanh(op) => To::Elementwise(elementwise::quantized_tanh(layer, op)?),
        Op::Softmax(op) => To::SliceSoftmax(softmax::softmax(layer, op)?),
        Op::LayerNormalization(op) => {
            To::VectorNormalization(Box::new(normalization::layer_normalization(layer, op)?))
        }
        Op::Merge(op) => To::Pairwise(merge::merge(layer, op)?),
        Op::Dot(op) => To::ScalarProducts(merge::dot(layer, op)?),
        Op::Recurrent(op) => To::Recurrence(recurrence::recurrent(layer, op, &Arithmetic::of)?),
        Op::Bidirectional(op) => To::Recurrence(recurrence::bidirectional(layer, op, &Arithmetic::of)?),
        Op::TimeDistributed(op) => To::TimeStep(moves::time_step(layer, &op.part, op.n_time_steps)?),
        Op::FixedPointQuantizer(op) => To::Elementwise(elementwise::fitted(layer, op)?),
        Op::UnaryLut(_) => To::Elementwise(Elementwise::Lookup(lookup::unary(layer)?)),
        Op::FunctionSum(op) => To::FunctionSums(function_sums::function_sums(layer, op)?),
        Op::EinsumDense(op) => To::MatrixProduct(products::einsum_dense(layer, op)?),
        Op::Einsum(op) => To::ScalarProducts(merge::einsum(layer, op)?),
        Op::LayerGroup(_) | Op::SeparableConv(_) => return Err(layer.only_parts()),
    }))
}
