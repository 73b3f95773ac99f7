//! What a node computes: one file per operation (or family), holding all that is particular to it.
//!
//! | here | hls4ml class |
//! |---|---|
//! | [`Input`] | `Input` |
//! | [`Dense`] | `Dense` |
//! | [`Conv`] | `Conv1D`, `Conv2D`, `Conv2DBatchnorm`, `PointwiseConv1D`, `PointwiseConv2D`, `DepthwiseConv1D`, `DepthwiseConv2D` |
//! | [`SeparableConv`] | `SeparableConv1D`, `SeparableConv2D`, until a depthwise and a pointwise convolution take its place |
//! | [`Pooling`], [`GlobalPooling`] | `Pooling1D`, `Pooling2D`, `GlobalPooling1D`, `GlobalPooling2D` |
//! | [`ZeroPadding`], [`Cropping`] | `ZeroPadding1D`, `ZeroPadding2D`, `Cropping1D`, `Cropping2D` |
//! | [`Resize`], [`Transpose`] | `Resize`, `Transpose` |
//! | [`Embedding`] | `Embedding` |
//! | [`Activation`] | `Activation`: functions without parameters |
//! | [`HardActivation`] | `HardActivation`: piecewise linear sigmoid and tanh |
//! | [`ParametrizedActivation`] | `ParametrizedActivation`: one number as parameter |
//! | [`PRelu`] | `PReLU`: an array of slopes |
//! | [`Softmax`] | `Softmax` |
//! | [`TernaryTanh`] | `TernaryTanh` |
//! | [`PowerOfTwo`] | `PowerOfTwo`, which hls4ml does not have |
//! | [`BatchNormalization`] | `BatchNormalization`, `ApplyAlpha` |
//! | [`LayerNormalization`] | `LayerNormalization` |
//! | [`QuantizedTanh`] | `BatchNormalizationQuantizedTanh` |
//! | [`Merge`], [`Concatenate`], [`Dot`] | `Merge`, `Concatenate`, `Dot` |
//! | [`Reshape`] | `Reshape` |
//! | [`Repack`], [`Copies`], [`Broadcast`] | `Repack`, `Clone`, `Broadcast`: only between streams |
//! | [`LayerGroup`] | `LayerGroup`: a nested model, until its layers take its place |
//! | [`FixedPointQuantizer`] | `FixedPointQuantizer` |
//! | [`EinsumDense`], [`Einsum`] | `EinsumDense`, `Einsum` |
//! | [`UnaryLut`] | `UnaryLUT`: a table of all values |
//! | [`FunctionSum`] | `DACombinational`: sums of tables, and of elements |
//! | [`Recurrent`], [`Bidirectional`] | `SimpleRNN`, `LSTM`, `GRU`; `Bidirectional` |
//! | [`TimeDistributed`] | `TimeDistributed`: begin and end of layers that are repeated for each time step |
//!
//! To add one: a file here with its struct, its rules of shape and precision and its facts, an arm in each `match` of this folder
//! (the compiler lists them: no question about operations has a default), and its lowering from Keras in `lower/`;
//! `docs/adding-a-layer.md` goes through it.

mod activation;
mod batch_normalization;
mod bidirectional;
mod broadcast;
mod configurable;
mod conv;
mod copies;
mod dense;
mod einsum;
mod embedding;
mod exponential;
mod fixed_point_quantizer;
mod function_sum;
mod inference;
mod input;
mod layer_group;
mod layer_normalization;
mod margins;
mod matrix;
mod merge;
mod pooling;
mod power_of_two;
mod product;
mod questions;
mod reciprocal;
mod recurrent;
mod repack;
mod reshape;
mod resize;
mod separable;
mod softmax;
mod strategy;
mod time_distributed;
mod transpose;
mod type_questions;
mod unary_lut;
mod window;

pub use activation::{
    Activation, Function, HardActivation, HardFunction, HardOrigin, PRelu, ParametrizedActivation,
    ParametrizedFunction, TernaryTanh,
};
pub use batch_normalization::{BatchNormalization, QuantizedLevels, QuantizedTanh};
pub use bidirectional::{Bidirectional, DirectionMerge};
pub use broadcast::Broadcast;
pub use configurable::{Configurable, SettingDefault};
pub use conv::{Conv, ConvFlavour};
pub use copies::Copies;
pub use dense::Dense;
pub use einsum::{Contraction, Einsum, EinsumDense, EquationError};
pub use embedding::Embedding;
pub use exponential::Exponential;
pub use fixed_point_quantizer::FixedPointQuantizer;
pub use function_sum::{FunctionSum, Grid, Sum, SumFinish, SumFunction, SumQuantizer, SumTerm, Table};
pub(crate) use inference::{Known, ResultRule, fractional_bits};
pub use input::{Elements, Input};
pub use layer_group::LayerGroup;
pub use layer_normalization::LayerNormalization;
pub use margins::{Cropping, MarginAxis, Spacing, ZeroPadding};
pub use matrix::Matrix;
pub use merge::{Concatenate, Dot, Merge, MergeKind};
pub use pooling::{GlobalPooling, PoolOp, Pooling};
pub(crate) use power_of_two::EXPONENTS;
pub use power_of_two::{Exponents, NegativeSide, PowerOfTwo};
pub use product::Product;
pub use reciprocal::Reciprocal;
pub use recurrent::{
    Cell, CellSharing, CellWeights, GateActivation, GateFunction, Recurrent, ResetGate, Returns, TimeOrder,
};
pub use repack::Repack;
pub use reshape::Reshape;
pub use resize::Resize;
pub use separable::SeparableConv;
pub use softmax::{Softmax, SoftmaxImplementation, SoftmaxTables};
pub use strategy::Strategy;
pub use time_distributed::{TimeDistributed, TimeParallelism, TimePart};
pub use transpose::Transpose;
pub use unary_lut::UnaryLut;
pub use window::WindowAxis;

use serde_json::Value;

/// What a node computes.
///
/// Exhaustive on purpose: a back end or an emulator that decides by operation has to decide for a new one.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// An argument of the network.
    Input(Input),
    /// Matrix product plus bias.
    Dense(Dense),
    /// A matrix product for each pixel of a tensor.
    Conv(Conv),
    /// A depthwise and a pointwise convolution.
    SeparableConv(SeparableConv),
    /// Windows of pixels become one.
    Pooling(Pooling),
    /// All pixels become one.
    GlobalPooling(GlobalPooling),
    /// Zeros around an image.
    ZeroPadding(ZeroPadding),
    /// The inner part of an image.
    Cropping(Cropping),
    /// Each pixel repeated.
    Resize(Resize),
    /// Axes in another order.
    Transpose(Transpose),
    /// A row of a table for each number.
    Embedding(Embedding),
    /// A function of one element, without parameters.
    Activation(Activation),
    /// A piecewise linear sigmoid or tanh.
    HardActivation(HardActivation),
    /// A function of one element with one number as parameter.
    ParametrizedActivation(ParametrizedActivation),
    /// A leaky ReLU with a slope for each element.
    PRelu(PRelu),
    /// Softmax.
    Softmax(Softmax),
    /// -1, 0 or +1 by two thresholds.
    TernaryTanh(TernaryTanh),
    /// The nearest powers of two.
    PowerOfTwo(PowerOfTwo),
    /// `scale · x + bias`, from a batch normalization.
    BatchNormalization(BatchNormalization),
    /// `scale · x + bias`, from the scale of a quantizer.
    ApplyAlpha(BatchNormalization),
    /// Normalization of each vector by its own mean and variance.
    LayerNormalization(LayerNormalization),
    /// A batch normalization and the binary or ternary activation after it, as comparisons.
    QuantizedTanh(QuantizedTanh),
    /// Two tensors combined element by element.
    Merge(Merge),
    /// Two tensors joined along an axis.
    Concatenate(Concatenate),
    /// Scalar product of two vectors.
    Dot(Dot),
    /// Another shape for the same elements.
    Reshape(Reshape),
    /// Another shape for the same elements of a stream.
    Repack(Repack),
    /// A stream for each reader.
    Clone(Copies),
    /// Axes of one element repeated.
    Broadcast(Broadcast),
    /// Each element in a fixed-point type of its own.
    FixedPointQuantizer(FixedPointQuantizer),
    /// A contraction of a tensor with weights, plus bias.
    EinsumDense(EinsumDense),
    /// A contraction of two tensors.
    Einsum(Einsum),
    /// A function of one element as a table of all its values.
    UnaryLut(UnaryLut),
    /// Sums of functions of single elements.
    FunctionSum(FunctionSum),
    /// A nested model.
    LayerGroup(LayerGroup),
    /// A recurrent layer.
    Recurrent(Recurrent),
    /// Two recurrent layers, one from each end.
    Bidirectional(Bidirectional),
    /// Begin or end of layers that are repeated for each time step.
    TimeDistributed(TimeDistributed),
}

impl Op {
    /// Numbers of the model that a configuration can overwrite, by the name of hls4ml's attribute.
    pub(crate) fn numbers(&mut self) -> Vec<(&'static str, &mut f64)> {
        match self {
            Self::ParametrizedActivation(op) => vec![("activ_param", &mut op.parameter)],
            Self::HardActivation(op) => vec![("slope", &mut op.slope), ("shift", &mut op.shift)],
            Self::TernaryTanh(op) => vec![("threshold", &mut op.threshold)],
            Self::Input(_)
            | Self::Dense(_)
            | Self::Conv(_)
            | Self::SeparableConv(_)
            | Self::Pooling(_)
            | Self::GlobalPooling(_)
            | Self::ZeroPadding(_)
            | Self::Cropping(_)
            | Self::Resize(_)
            | Self::Transpose(_)
            | Self::Embedding(_)
            | Self::Activation(_)
            | Self::PRelu(_)
            | Self::Softmax(_)
            | Self::PowerOfTwo(_)
            | Self::FixedPointQuantizer(_)
            | Self::EinsumDense(_)
            | Self::Einsum(_)
            | Self::UnaryLut(_)
            | Self::FunctionSum(_)
            | Self::BatchNormalization(_)
            | Self::ApplyAlpha(_)
            | Self::LayerNormalization(_)
            | Self::QuantizedTanh(_)
            | Self::Merge(_)
            | Self::Concatenate(_)
            | Self::Dot(_)
            | Self::Reshape(_)
            | Self::Repack(_)
            | Self::Clone(_)
            | Self::Broadcast(_)
            | Self::LayerGroup(_)
            | Self::Recurrent(_)
            | Self::Bidirectional(_)
            | Self::TimeDistributed(_) => Vec::new(),
        }
    }

    /// hls4ml's class name, by which `LayerType` looks layers up.
    #[must_use]
    pub fn class_name(&self) -> &'static str {
        match self {
            Self::Input(_) => "Input",
            Self::Dense(_) => "Dense",
            Self::Conv(conv) => conv.class_name(),
            Self::SeparableConv(conv) => conv.class_name(),
            Self::Pooling(pooling) => pooling.class_name(),
            Self::GlobalPooling(pooling) => pooling.class_name(),
            Self::ZeroPadding(padding) => padding.class_name(),
            Self::Cropping(cropping) => cropping.class_name(),
            Self::Resize(_) => "Resize",
            Self::Transpose(_) => "Transpose",
            Self::Embedding(_) => "Embedding",
            Self::Activation(_) => "Activation",
            Self::HardActivation(_) => "HardActivation",
            Self::ParametrizedActivation(_) => "ParametrizedActivation",
            Self::PRelu(_) => "PReLU",
            Self::Softmax(_) => "Softmax",
            Self::TernaryTanh(_) => "TernaryTanh",
            Self::PowerOfTwo(_) => "PowerOfTwo",
            Self::BatchNormalization(_) => "BatchNormalization",
            Self::ApplyAlpha(_) => "ApplyAlpha",
            Self::LayerNormalization(_) => "LayerNormalization",
            Self::QuantizedTanh(_) => "BatchNormalizationQuantizedTanh",
            Self::Merge(_) => "Merge",
            Self::Concatenate(_) => "Concatenate",
            Self::Dot(_) => "Dot",
            Self::Reshape(_) => "Reshape",
            Self::Repack(_) => "Repack",
            Self::Clone(_) => "Clone",
            Self::Broadcast(_) => "Broadcast",
            Self::FixedPointQuantizer(_) => "FixedPointQuantizer",
            Self::EinsumDense(_) => "EinsumDense",
            Self::Einsum(_) => "Einsum",
            Self::UnaryLut(_) => "UnaryLUT",
            Self::FunctionSum(_) => "DACombinational",
            Self::LayerGroup(_) => "LayerGroup",
            Self::Recurrent(op) => op.cell.class_name(),
            Self::Bidirectional(_) => "Bidirectional",
            Self::TimeDistributed(_) => "TimeDistributed",
        }
    }

    /// The operation's own facts, under hls4ml's attribute names.
    #[must_use]
    pub fn attributes(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Input(op) => op.attributes(),
            Self::Dense(op) => op.attributes(),
            Self::Conv(op) => op.attributes(),
            Self::Pooling(op) => op.attributes(),
            Self::GlobalPooling(op) => op.attributes(),
            Self::ZeroPadding(op) => op.attributes(),
            Self::Cropping(op) => op.attributes(),
            Self::Resize(op) => op.attributes(),
            Self::Transpose(op) => op.attributes(),
            Self::Embedding(op) => op.attributes(),
            Self::LayerNormalization(op) => op.attributes(),
            Self::Recurrent(op) => op.attributes(),
            Self::Bidirectional(op) => op.attributes(),
            Self::TimeDistributed(op) => op.attributes(),
            Self::Activation(op) => op.attributes(),
            Self::HardActivation(op) => op.attributes(),
            Self::ParametrizedActivation(op) => op.attributes(),
            Self::PRelu(op) => op.attributes(),
            Self::Softmax(op) => op.attributes(),
            Self::TernaryTanh(op) => op.attributes(),
            Self::PowerOfTwo(op) => op.attributes(),
            Self::BatchNormalization(op) => op.attributes(),
            Self::ApplyAlpha(op) => op.alpha_attributes(),
            Self::QuantizedTanh(op) => op.attributes(),
            Self::Merge(op) => op.attributes(),
            Self::Concatenate(op) => op.attributes(),
            Self::Dot(op) => op.attributes(),
            Self::Reshape(op) => op.attributes(),
            Self::Repack(op) => op.attributes(),
            Self::Clone(op) => op.attributes(),
            Self::Broadcast(op) => op.attributes(),
            Self::FixedPointQuantizer(op) => op.attributes(),
            Self::EinsumDense(op) => op.attributes(),
            Self::Einsum(op) => op.attributes(),
            Self::UnaryLut(op) => op.attributes(),
            Self::FunctionSum(op) => op.attributes(),
            Self::LayerGroup(_) | Self::SeparableConv(_) => Vec::new(),
        }
    }
}
