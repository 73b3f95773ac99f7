//! What each operation contributes to the firmware: a configuration struct, a call of a kernel, the headers it needs.
//!
//! To add an operation: a file here (or a function in the file of its family), an arm in [`emit`], a template in
//! `templates/firmware/layers/`, a kernel in `kernels/nnet_utils/`.

mod activation;
mod adders;
mod affine;
mod conv;
mod dense;
mod dense_unrolled;
mod einsum;
mod fill_buffer;
mod function_sum;
mod images;
mod merge;
mod pooling;
mod power_of_two;
mod product;
mod quantizer;
mod recurrent;
mod sequences;
mod smooth;
mod softmax;
pub(super) mod stream;

use hls_model::graph::op::{Product, TimePart};
use hls_model::graph::{Graph, NamedType, Node, Op, Strategy, Tensor, TypeRole, Weight, WeightRole};
use hls_model::precision::Precision;
use hls_model::target::IoType;
use serde::Serialize;

use crate::CodegenError;
pub use crate::vitis::cpp::DefinedType;
use crate::vitis::cpp::{Call, identifier, size};
use crate::vitis::templates;

/// One operation's contribution to the firmware.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LayerEmission {
    /// The struct that configures the kernel, as C++ text; empty for operations without one.
    pub config: String,
    /// Statements before those of the layer: the beginning of a loop around it and others. Streams inside the loop are declared after them.
    pub before: Vec<String>,
    /// Statements in the top function, in order; empty for operations that need no hardware.
    pub calls: Vec<String>,
    /// A kernel written for this layer alone, as C++ text; empty where the library's suffice.
    pub generated_kernel: String,
    /// Headers of the kernels called, below `firmware/`.
    pub headers: &'static [&'static str],
}

/// What `node` contributes to the firmware. `kernel_namespace` is the C++ namespace of generated kernels.
///
/// # Errors
/// When the node asks for something that this back end does not emit, or lacks something that its class needs.
pub fn emit(graph: &Graph, node: &Node, kernel_namespace: &str) -> Result<LayerEmission, CodegenError> {
    let layer = Layer { graph, node, kernel_namespace };
    match &node.op {
        // An argument of the top function, and another view of the same array.
        Op::Input(_) | Op::Reshape(_) => Ok(LayerEmission::default()),
        Op::Dense(op) => dense::emit(layer, op),
        Op::Conv(op) => conv::emit(layer, op),
        Op::Pooling(op) => pooling::window(layer, op),
        Op::GlobalPooling(op) => pooling::whole(layer, op),
        Op::ZeroPadding(op) => images::padding(layer, op),
        Op::Cropping(op) => images::cropping(layer, op),
        Op::Resize(op) => images::resize(layer, op),
        Op::Transpose(op) => images::transpose(layer, op),
        Op::Embedding(op) => sequences::embedding(layer, op),
        Op::LayerNormalization(op) => sequences::layer_normalization(layer, op),
        Op::Recurrent(op) => recurrent::one_direction(layer, op),
        Op::Bidirectional(op) => recurrent::bidirectional(layer, op),
        Op::TimeDistributed(op) => sequences::time_distributed(layer, op),
        Op::Activation(op) => activation::plain(layer, op),
        Op::HardActivation(op) => activation::hard(layer, op),
        Op::ParametrizedActivation(op) => activation::parametrized(layer, op),
        Op::PRelu(op) => activation::prelu(layer, op),
        Op::TernaryTanh(op) => activation::ternary(layer, op),
        Op::PowerOfTwo(op) => power_of_two::emit(layer, op),
        Op::Softmax(op) => softmax::emit(layer, op),
        Op::BatchNormalization(op) | Op::ApplyAlpha(op) => affine::batch_normalization(layer, op),
        Op::QuantizedTanh(op) => affine::quantized_tanh(layer, op),
        Op::Merge(op) => merge::elementwise(layer, op),
        Op::Concatenate(op) => merge::concatenate(layer, op),
        Op::Dot(op) => merge::dot(layer, op),
        Op::Clone(op) => stream::clone(layer, op),
        Op::Repack(op) => stream::repack(layer, op),
        Op::Broadcast(op) => stream::broadcast(layer, op),
        Op::FixedPointQuantizer(op) => quantizer::emit(layer, op),
        Op::EinsumDense(op) => einsum::with_weights(layer, op),
        Op::Einsum(op) => einsum::of_tensors(layer, op),
        Op::UnaryLut(op) => activation::tabulated(layer, op),
        Op::FunctionSum(_) => function_sum::emit(layer),
        Op::LayerGroup(_) | Op::SeparableConv(_) => Err(layer.unsupported(ONLY_PARTS)),
    }
}

/// Operations that the first passes take apart.
const ONLY_PARTS: &str = "only its parts can; convert the model with hls_model::convert";

/// Whether an operation can be written, whatever its numbers.
///
/// # Errors
/// Why it cannot, as the end of a sentence that names the layer.
pub fn takes(op: &Op) -> Result<(), &'static str> {
    match op {
        Op::LayerGroup(_) | Op::SeparableConv(_) => Err(ONLY_PARTS),
        Op::TimeDistributed(op) => match op.part {
            TimePart::Whole { .. } => Err(ONLY_PARTS),
            TimePart::Begin | TimePart::End => Ok(()),
        },
        Op::Input(_)
        | Op::Reshape(_)
        | Op::Dense(_)
        | Op::Conv(_)
        | Op::Pooling(_)
        | Op::GlobalPooling(_)
        | Op::ZeroPadding(_)
        | Op::Cropping(_)
        | Op::Resize(_)
        | Op::Transpose(_)
        | Op::Embedding(_)
        | Op::LayerNormalization(_)
        | Op::Recurrent(_)
        | Op::Bidirectional(_)
        | Op::Activation(_)
        | Op::HardActivation(_)
        | Op::ParametrizedActivation(_)
        | Op::PRelu(_)
        | Op::TernaryTanh(_)
        | Op::PowerOfTwo(_)
        | Op::FixedPointQuantizer(_)
        | Op::EinsumDense(_)
        | Op::Einsum(_)
        | Op::UnaryLut(_)
        | Op::FunctionSum(_)
        | Op::Softmax(_)
        | Op::BatchNormalization(_)
        | Op::ApplyAlpha(_)
        | Op::QuantizedTanh(_)
        | Op::Merge(_)
        | Op::Concatenate(_)
        | Op::Dot(_)
        | Op::Clone(_)
        | Op::Repack(_)
        | Op::Broadcast(_) => Ok(()),
    }
}

/// Whether an operation has a result of its own, which can be traced: all but arguments, views and copies do.
#[must_use]
pub fn computes(op: &Op) -> bool {
    !matches!(op, Op::Input(_) | Op::Reshape(_) | Op::Clone(_))
}

/// The weights that the firmware holds as arrays: all but those that a generated kernel has in its shifts.
pub fn stored_weights(graph: &Graph) -> impl Iterator<Item = &Weight> {
    graph.nodes().filter(|node| stores_weights(graph, node)).flat_map(|node| &node.weights)
}

/// Whether a node's weights are arrays. Convolutions between streams and sequences take the arrays of any layer, and so of one whose kernel
/// does not need them.
fn stores_weights(graph: &Graph, node: &Node) -> bool {
    let strategy = node.op.matrix().map(|matrix| matrix.strategy);
    let is_sequence = matches!(node.op, Op::Recurrent(_) | Op::Bidirectional(_));
    let is_stream = graph.target.io_type() == IoType::Stream && !matches!(node.op, Op::Dense(_));
    is_sequence || is_stream || strategy != Some(Strategy::DistributedArithmetic)
}

/// The tensors of a node that are recorded: what it writes, unless that is a copy of what another one does.
pub fn recorded<'a>(graph: &'a Graph, node: &'a Node) -> impl Iterator<Item = &'a Tensor> {
    let is_new = !matches!(node.op, Op::Clone(_));
    node.outputs.iter().filter(move |_| is_new).map(|&id| graph.tensor(id))
}

/// The typedefs that a node needs, in hls4ml's order; names may repeat those of other nodes.
pub fn types<'a>(graph: &'a Graph, node: &'a Node) -> impl Iterator<Item = DefinedType<'a>> {
    let own = |wanted: fn(TypeRole) -> bool| {
        node.types.iter().filter(move |(role, _)| wanted(*role)).map(|(_, ty)| DefinedType::Number(ty))
    };
    let weights = node.weights.iter().filter(move |_| stores_weights(graph, node));
    let before_result =
        |role| matches!(role, TypeRole::Accum | TypeRole::SlopePrecision | TypeRole::ShiftPrecision);
    own(before_result)
        .chain(node.outputs.iter().map(|&id| DefinedType::of(graph.tensor(id))))
        .chain(weights.map(|weight| DefinedType::Number(&weight.ty)))
        .chain(own(|role| {
            !matches!(role, TypeRole::Accum | TypeRole::SlopePrecision | TypeRole::ShiftPrecision)
        }))
}

/// A node in its graph, with the questions that every emitter asks.
#[derive(Clone, Copy)]
struct Layer<'a> {
    graph: &'a Graph,
    node: &'a Node,
    kernel_namespace: &'a str,
}

impl<'a> Layer<'a> {
    fn input(self, position: usize) -> Result<&'a Tensor, CodegenError> {
        let id = self.node.inputs.get(position).ok_or_else(|| self.incomplete("input"))?;
        Ok(self.graph.tensor(*id))
    }

    fn output(self) -> Result<&'a Tensor, CodegenError> {
        let id = self.node.outputs.first().ok_or_else(|| self.incomplete("output"))?;
        Ok(self.graph.tensor(*id))
    }

    fn weight(self, role: WeightRole) -> Result<&'a Weight, CodegenError> {
        self.node.weight(role).ok_or_else(|| self.incomplete(role.attribute()))
    }

    fn ty(self, role: TypeRole) -> Result<&'a NamedType, CodegenError> {
        self.node.ty(role).ok_or_else(|| self.incomplete(role.attribute()))
    }

    /// The name of a type, for a template.
    fn type_name(self, role: TypeRole) -> Result<&'a str, CodegenError> {
        identifier(&self.ty(role)?.name, "a type")
    }

    /// The name of a weight's type, for a template.
    fn weight_type_name(self, role: WeightRole) -> Result<&'a str, CodegenError> {
        identifier(&self.weight(role)?.ty.name, "a weight's type")
    }

    /// The name of the configuration struct; activations put their function before it.
    fn config_name(self, function: Option<&str>) -> String {
        match function {
            Some(function) => format!("{function}_config{}", self.node.index),
            None => format!("config{}", self.node.index),
        }
    }

    /// The number of input elements, as the product of the axes.
    fn input_size(self) -> Result<String, CodegenError> {
        Ok(size(self.input(0)?))
    }

    /// `nnet::function<input type, output type, config>(input, output, more…);`
    fn call(self, function: &str, config: &str, more: &[&str]) -> Result<String, CodegenError> {
        let (input, output) = (self.input(0)?, self.output()?);
        let arguments = [input.variable.as_str(), &output.variable].into_iter().chain(more.iter().copied());
        Ok(Call {
            function: function.to_owned(),
            template_arguments: vec![input.ty.name.clone(), output.ty.name.clone(), config.to_owned()],
            arguments: arguments.map(str::to_owned).collect(),
        }
        .to_string())
    }

    /// The functor's name in `nnet::product` for products of numbers of two precisions.
    fn functor(self, data: &Precision, weight: &Precision) -> Result<&'static str, CodegenError> {
        Product::of(data, weight).map(Product::as_str).ok_or_else(|| {
            self.unsupported("its inputs are exponents; only weights and scales can be powers of two")
        })
    }

    /// How the layer's inputs and outputs travel.
    fn io_type(self) -> IoType {
        self.graph.target.io_type()
    }

    /// A contribution of one struct and one call.
    fn emission(
        self,
        template: &str,
        context: &impl Serialize,
        call: String,
        headers: Headers,
    ) -> Result<LayerEmission, CodegenError> {
        let config = self.config(template, context)?;
        Ok(LayerEmission { config, calls: vec![call], headers: headers.of(self), ..LayerEmission::default() })
    }

    /// The text of a struct.
    fn config(self, template: &str, context: &impl Serialize) -> Result<String, CodegenError> {
        let context = WithInterface { io_type: self.io_type().as_str(), context };
        templates::render(&format!("firmware/layers/{template}"), &context)
    }

    fn incomplete(self, missing: &'static str) -> CodegenError {
        CodegenError::Incomplete { layer: self.node.name.clone(), class: self.node.op.class_name(), missing }
    }

    fn unsupported(self, reason: impl Into<String>) -> CodegenError {
        CodegenError::Unsupported {
            layer: self.node.name.clone(),
            class: self.node.op.class_name(),
            reason: reason.into(),
        }
    }
}

/// The headers of a family of kernels. A kernel over streams has the name of that over arrays, and its own header.
#[derive(Clone, Copy)]
struct Headers {
    /// With arrays between layers.
    arrays: &'static [&'static str],
    /// With streams between layers.
    streams: &'static [&'static str],
}

impl Headers {
    /// Headers that a layer needs in any case.
    const fn always(headers: &'static [&'static str]) -> Self {
        Self { arrays: headers, streams: headers }
    }

    /// Those that a layer needs.
    fn of(self, layer: Layer<'_>) -> &'static [&'static str] {
        match layer.io_type() {
            IoType::Parallel => self.arrays,
            IoType::Stream => self.streams,
        }
    }
}

/// What a template of a layer is filled with, and the interface that all of them name.
#[derive(Serialize)]
struct WithInterface<'a, C> {
    io_type: &'static str,
    #[serde(flatten)]
    context: &'a C,
}
