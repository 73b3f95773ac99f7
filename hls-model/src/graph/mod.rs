//! The intermediate representation: what hls4ml calls a `ModelGraph`.
//!
//! A [`Graph`] is an ordered list of [`Node`]s; each node has one [`Op`] (what it computes), reads [`Tensor`]s, owns
//! the tensors it writes and the [`Weight`]s it needs. Nodes and tensors refer to each other by id, never by
//! reference, so a pass can edit the graph freely; order is the order in which the firmware calls the layers.
//!
//! Two types share this definition. A [`Draft`] is what the passes work on: a precision may still be
//! [`Auto`](PrecisionSpec::Auto). A [`Graph`] (that is, `Graph<Precision>`) is what
//! [`convert`](crate::convert) returns: every precision is known, and nothing after it can meet an unknown one.
//!
//! Names are hls4ml's, because users' configurations, scripts and eyes know them: `layer4_out`, `weight2_t`,
//! `dense0_accum_t`. Indices are given once, when a node is made, and are never reused; removed layers leave gaps.

mod build;
mod edit;
mod facts;
mod lower;
pub mod op;
mod settle;
mod stored;
mod unread;
mod validate;
mod values;

pub use build::build;
pub(crate) use build::{
    PARALLELIZATION, add_layer, check_entries_of_made_layers, configured_op, flag, loop_parallelism,
};
pub use edit::{NewNode, NewWeight, QuantizeError};
pub use facts::{facts, facts_as_written};
pub use lower::{LayerSpec, LoweredModel, WeightSpec, lower};
pub use op::Op;
pub use settle::MAX_WIDTH;
pub use stored::{MAX_DECIMALS, StoreError, Stored, exponent_of_two};
pub use validate::ValidationError;
pub use values::{FloatWidth, Values};

use crate::precision::{Precision, PrecisionSpec};
use crate::quantizer::Quantizer;

/// Identifies a node within its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) usize);

/// Identifies a tensor within its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TensorId(pub(crate) usize);

/// A graph in which precisions may still be `auto`.
pub type Draft = Graph<PrecisionSpec>;

/// A model as hls4ml sees it after conversion; see the [module documentation](self).
#[derive(Debug, Clone)]
pub struct Graph<P = Precision> {
    /// The name that the Keras model gives itself (not an identifier: it may hold any character).
    pub model_name: String,
    nodes: Vec<Node<P>>,
    tensors: Vec<Tensor<P>>,
    order: Vec<NodeId>,
    /// The input nodes, in the order of the top function's arguments.
    pub inputs: Vec<NodeId>,
    /// The output tensors, in the order of the top function's arguments.
    pub outputs: Vec<TensorId>,
    /// The Keras layers whose results the outputs are, in the same order; each name once.
    pub output_names: Vec<String>,
    /// How the top function is scheduled.
    pub pipeline: Pipeline,
    /// What a user should know about this conversion: settings that had no effect, values that were changed.
    pub warnings: Vec<Warning>,
    next_index: usize,
}

/// One layer of the firmware.
#[derive(Debug, Clone)]
pub struct Node<P = Precision> {
    /// Unique name, the Keras layer's where there is one.
    pub name: String,
    /// The name by which the configuration knows the layer: the Keras name, which need not be an identifier.
    pub config_name: String,
    /// hls4ml's layer number; `N` in `layerN_out`, `configN`, `wN`.
    pub index: usize,
    /// The class that the Keras file or the inserting pass gave (`QDense`, `Alpha`), if any.
    pub source_class: Option<String>,
    /// What the node computes.
    pub op: Op,
    /// Tensors read, in argument order.
    pub inputs: Vec<TensorId>,
    /// Tensors written.
    pub outputs: Vec<TensorId>,
    /// Named types other than those of outputs and weights: accumulator, tables, parameters.
    pub types: Vec<(TypeRole, NamedType<P>)>,
    /// Constant arrays.
    pub weights: Vec<Weight<P>>,
    /// Whether the firmware records this layer's output for the trace.
    pub trace: bool,
    /// Times that one multiplier is used per inference (after snapping to a valid value).
    pub reuse_factor: u64,
    /// `TargetCycles` of the configuration, in clock cycles.
    pub target_cycles: Option<u64>,
    /// The quantizer of a QKeras activation, for warnings and the generated configuration.
    pub activation_quantizer: Option<Quantizer>,
}

/// A value that flows between layers.
#[derive(Debug, Clone)]
pub struct Tensor<P = Precision> {
    /// hls4ml's name of the output: that of the layer that writes it.
    pub name: String,
    /// The C++ variable.
    pub variable: String,
    /// Extent of each axis, without the batch axis; the last axis varies fastest.
    pub shape: Vec<usize>,
    /// Element type.
    pub ty: NamedType<P>,
    /// For a reshape with io_parallel: the tensor whose memory this one is another view of.
    pub in_place_of: Option<TensorId>,
    /// How the array is laid out in hardware.
    pub layout: Layout,
}

impl<P> Tensor<P> {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether the tensor has no elements (never true in a valid graph).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How an array is laid out in hardware (the pragma that the firmware puts on it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `ARRAY_RESHAPE complete`: one wide word; hls4ml's choice for inputs.
    Reshape,
    /// `ARRAY_PARTITION complete`: one register per element.
    Partition,
    /// No pragma: another view of a tensor that has one.
    View,
}

/// A precision with the name of its C++ typedef.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedType<P = Precision> {
    /// The typedef's name; several layers may share one (`model_default_t`).
    pub name: String,
    /// The precision itself.
    pub precision: P,
}

impl<P> NamedType<P> {
    /// Names a precision.
    pub fn new(name: impl Into<String>, precision: P) -> Self {
        Self { name: name.into(), precision }
    }
}

/// What a [`NamedType`] of a node is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TypeRole {
    /// Accumulator of sums.
    Accum,
    /// Index type of compressed weights (unused, but part of the interface).
    Index,
    /// Entries of an activation table.
    Table,
    /// Entries of the softmax exponential table.
    ExpTable,
    /// Entries of the softmax reciprocal table.
    InvTable,
    /// Sum of exponentials, which indexes the reciprocal table.
    InvInput,
    /// Parameter of a parametrized activation.
    Param,
    /// Slope of a hard activation.
    Slope,
    /// Shift of a hard activation.
    Shift,
    /// Slope precision as a QKeras activation states it.
    SlopePrecision,
    /// Shift precision as a QKeras activation states it.
    ShiftPrecision,
}

impl TypeRole {
    /// hls4ml's attribute name.
    pub fn attribute(self) -> &'static str {
        match self {
            Self::Accum => "accum_t",
            Self::Index => "index_t",
            Self::Table => "table_t",
            Self::ExpTable => "exp_table_t",
            Self::InvTable => "inv_table_t",
            Self::InvInput => "inv_inp_t",
            Self::Param => "param_t",
            Self::Slope => "slope_t",
            Self::Shift => "shift_t",
            Self::SlopePrecision => "slope_prec",
            Self::ShiftPrecision => "shift_prec",
        }
    }
}

/// What a weight array is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WeightRole {
    /// Kernel of a Dense layer or a convolution.
    Weight,
    /// Kernel of the depthwise part of a separable convolution.
    Depthwise,
    /// Kernel of the pointwise part of a separable convolution.
    Pointwise,
    /// Table of an embedding.
    Embeddings,
    /// Bias.
    Bias,
    /// Scale of a batch normalization.
    Scale,
    /// Slopes of a PReLU.
    Param,
    /// Threshold of a merged batch normalization and binary activation.
    Threshold,
    /// Upper threshold of a merged batch normalization and ternary activation.
    ThresholdHigh,
    /// Lower threshold of a merged batch normalization and ternary activation.
    ThresholdLow,
}

impl WeightRole {
    /// hls4ml's attribute name.
    pub fn attribute(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::Depthwise => "depthwise",
            Self::Pointwise => "pointwise",
            Self::Embeddings => "embeddings",
            Self::Bias => "bias",
            Self::Scale => "scale",
            Self::Param => "param",
            Self::Threshold => "threshold",
            Self::ThresholdHigh => "threshold_hi",
            Self::ThresholdLow => "threshold_lo",
        }
    }

    /// Prefix of the C++ variable, which the layer's index follows.
    pub fn variable_prefix(self) -> &'static str {
        match self {
            Self::Weight => "w",
            Self::Depthwise => "d",
            Self::Pointwise => "p",
            Self::Embeddings => "e",
            Self::Bias => "b",
            Self::Scale => "s",
            Self::Param => "a",
            Self::Threshold => "t",
            Self::ThresholdHigh => "th",
            Self::ThresholdLow => "tl",
        }
    }
}

/// A constant array of a node.
#[derive(Debug, Clone)]
pub struct Weight<P = Precision> {
    /// What it is for.
    pub role: WeightRole,
    /// The C++ variable, also the stem of the weight files.
    pub variable: String,
    /// Element type.
    pub ty: NamedType<P>,
    /// The values that the firmware uses. Not necessarily on the grid of `ty`: writing them as text and reading
    /// them back into the C++ type quantizes, as it does in hls4ml.
    pub values: Values,
    /// The values before any quantizer, as the file had them.
    pub unquantized: Values,
    /// What was counted when the array was first quantized; hls4ml never recounts.
    pub census: Census,
    /// The quantizer that made the values, if the model has one.
    pub quantizer: Option<WeightQuantizer>,
    /// The quantizer that hls4ml's passes see: also that of a bias which the layer does not have, but not that of a depthwise
    /// convolution's weights.
    pub seen_quantizer: Option<WeightQuantizer>,
    /// Where the array lives.
    pub storage: Storage,
}

/// Facts about a weight array at the time when it was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Census {
    /// Shape as hls4ml reports it.
    pub shape: Vec<usize>,
    /// Elements equal to zero.
    pub zeros: usize,
    /// Elements not equal to zero.
    pub nonzeros: usize,
    /// Smallest element.
    pub min: f64,
    /// Largest element.
    pub max: f64,
}

/// Where a weight array lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// In the firmware, as registers or ROM.
    Register,
    /// Outside: an argument of the top function, because it has more elements than `BramFactor`.
    Bram,
}

/// A QKeras weight quantizer with what hls4ml derives from it.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightQuantizer {
    /// The quantizer as the model states it.
    pub quantizer: Quantizer,
    /// How hls4ml encodes its values.
    pub encoding: WeightEncoding,
    /// The type of the stored values.
    pub precision: Precision,
    /// Whether a scale still has to be taken out (cleared by the pass that does it).
    pub scaled: bool,
}

/// How quantized values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightEncoding {
    /// As they are.
    Value,
    /// -1 as 0 and +1 as 1, for XNOR products.
    ZeroOne,
    /// -1 and +1.
    PlusMinusOne,
    /// As sign and exponent.
    PowerOfTwo,
}

/// How the top function is scheduled.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pipeline {
    /// The pragma on the top function.
    pub style: PipelineStyle,
    /// Initiation interval in clock cycles, if one is asked for.
    pub interval: Option<u64>,
}

/// The pragma on the top function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PipelineStyle {
    /// `#pragma HLS PIPELINE`: the whole network is one pipeline.
    #[default]
    Pipeline,
    /// `#pragma HLS DATAFLOW`: each layer is a process.
    Dataflow,
}

impl PipelineStyle {
    /// hls4ml's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pipeline => "pipeline",
            Self::Dataflow => "dataflow",
        }
    }
}

/// Something that a user should know about a conversion that nevertheless succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The layer, if it concerns one.
    pub layer: Option<String>,
    /// A sentence.
    pub message: String,
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.layer {
            Some(layer) => write!(f, "layer \"{layer}\": {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl<P> Graph<P> {
    /// The nodes in the order in which the firmware calls them.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = &Node<P>> {
        self.order.iter().map(|id| &self.nodes[id.0])
    }

    /// The ids of the nodes, in order.
    pub fn order(&self) -> &[NodeId] {
        &self.order
    }

    /// The node with this id.
    pub fn node(&self, id: NodeId) -> &Node<P> {
        &self.nodes[id.0]
    }

    /// The tensor with this id.
    pub fn tensor(&self, id: TensorId) -> &Tensor<P> {
        &self.tensors[id.0]
    }

    /// The tensor whose memory holds this one's elements (itself, unless it is a view).
    pub fn storage_of(&self, id: TensorId) -> TensorId {
        let mut at = id;
        while let Some(parent) = self.tensor(at).in_place_of {
            at = parent;
        }
        at
    }

    /// The index that the next node will get.
    pub(crate) fn next_index(&self) -> usize {
        self.next_index
    }

    /// The first tensor that a node writes.
    pub fn output_of(&self, id: NodeId) -> &Tensor<P> {
        self.tensor(self.node(id).outputs[0])
    }

    /// The first tensor that a node reads; `None` for an input.
    pub fn input_of(&self, id: NodeId) -> Option<&Tensor<P>> {
        self.node(id).inputs.first().map(|&t| self.tensor(t))
    }

    /// The node that writes a tensor.
    pub fn producer(&self, tensor: TensorId) -> Option<NodeId> {
        self.order.iter().copied().find(|&n| self.node(n).outputs.contains(&tensor))
    }

    /// The nodes that read a tensor, once for each time they read it.
    pub fn consumers(&self, tensor: TensorId) -> Vec<NodeId> {
        let uses = |&n: &NodeId| {
            self.node(n).inputs.iter().filter(|&&t| t == tensor).map(move |_| n).collect::<Vec<_>>()
        };
        self.order.iter().flat_map(uses).collect()
    }

    /// Whether one node reads the tensor, once, and nobody outside the graph does.
    pub(crate) fn has_one_reader(&self, tensor: TensorId) -> bool {
        self.consumers(tensor).len() == 1 && !self.outputs.contains(&tensor)
    }
}

impl<P> Weight<P> {
    /// Whether it stands for the bias that a layer with this index does not have.
    pub(crate) fn is_absent_bias(&self, index: usize) -> bool {
        // No configuration gives a type the layer's index for a name.
        self.role == WeightRole::Bias && self.quantizer.is_none() && self.ty.name == format!("bias{index}_t")
    }
}

impl<P> Node<P> {
    /// The weight with this role.
    pub fn weight(&self, role: WeightRole) -> Option<&Weight<P>> {
        self.weights.iter().find(|w| w.role == role)
    }

    /// The named type with this role.
    pub fn ty(&self, role: TypeRole) -> Option<&NamedType<P>> {
        self.types.iter().find(|(r, _)| *r == role).map(|(_, t)| t)
    }

    pub(crate) fn weight_mut(&mut self, role: WeightRole) -> Option<&mut Weight<P>> {
        self.weights.iter_mut().find(|w| w.role == role)
    }

    pub(crate) fn ty_mut(&mut self, role: TypeRole) -> Option<&mut NamedType<P>> {
        self.types.iter_mut().find(|(r, _)| *r == role).map(|(_, t)| t)
    }

    /// Sets a named type, keeping its place if it had one.
    pub(crate) fn set_ty(&mut self, role: TypeRole, ty: NamedType<P>) {
        match self.ty_mut(role) {
            Some(slot) => *slot = ty,
            None => self.types.push((role, ty)),
        }
    }

    /// Sets a weight, keeping its place if it had one.
    pub(crate) fn set_weight(&mut self, weight: Weight<P>) {
        match self.weight_mut(weight.role) {
            Some(slot) => *slot = weight,
            None => self.weights.push(weight),
        }
    }
}
