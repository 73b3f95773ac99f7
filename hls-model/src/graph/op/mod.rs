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
//! | [`LayerGroup`] | `LayerGroup`: a nested model, until its layers take its place |
//! | [`TimeDistributed`] | `TimeDistributed`: begin and end of layers that are repeated for each time step |
//!
//! To add one: a file here, an arm in each `match` below (the compiler lists them), its lowering from Keras in
//! `lower/`, its precision rule in `passes/infer_precision.rs`; `docs/adding-a-layer.md` goes through it.

mod activation;
mod batch_normalization;
mod conv;
mod dense;
mod embedding;
mod input;
mod layer_group;
mod layer_normalization;
mod margins;
mod merge;
mod pooling;
mod power_of_two;
mod product;
mod reshape;
mod resize;
mod separable;
mod softmax;
mod strategy;
mod time_distributed;
mod transpose;
mod window;

pub use activation::{
    Activation, Function, HardActivation, HardFunction, HardOrigin, PRelu, ParametrizedActivation,
    ParametrizedFunction, TernaryTanh,
};
pub use batch_normalization::{BatchNormalization, QuantizedLevels, QuantizedTanh};
pub use conv::{Conv, ConvFlavour};
pub use dense::Dense;
pub use embedding::Embedding;
pub use input::{Elements, Input};
pub use layer_group::LayerGroup;
pub use layer_normalization::LayerNormalization;
pub use margins::{Cropping, MarginAxis, ZeroPadding};
pub use merge::{Concatenate, Dot, Merge, MergeKind};
pub use pooling::{GlobalPooling, PoolOp, Pooling};
pub(crate) use power_of_two::EXPONENTS;
pub use power_of_two::{Exponents, NegativeSide, PowerOfTwo};
pub use product::Product;
pub use reshape::Reshape;
pub use resize::Resize;
pub use separable::SeparableConv;
pub use softmax::{Softmax, SoftmaxImplementation};
pub use strategy::Strategy;
pub use time_distributed::{TimeDistributed, TimeParallelism, TimePart};
pub use transpose::Transpose;
pub use window::WindowAxis;

use super::types::TypeRole;
use serde_json::{Value, json};

/// What a node computes.
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
    /// A batch normalization and the binary or ternary activation behind it, as comparisons.
    QuantizedTanh(QuantizedTanh),
    /// Two tensors combined element by element.
    Merge(Merge),
    /// Two tensors behind each other along an axis.
    Concatenate(Concatenate),
    /// Scalar product of two vectors.
    Dot(Dot),
    /// Another shape for the same elements.
    Reshape(Reshape),
    /// A nested model.
    LayerGroup(LayerGroup),
    /// Begin or end of layers that are repeated for each time step.
    TimeDistributed(TimeDistributed),
}

/// A product of a vector with a matrix of weights, plus a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matrix {
    /// Elements of the vector.
    pub n_in: usize,
    /// Elements of the result.
    pub n_out: usize,
    /// Products that are summed for each of them: `n_in`, of a depthwise convolution the pixels of the filter.
    pub terms: usize,
    /// What hls4ml divides target cycles by: outputs of a Dense, pixels of a convolution.
    pub uses: usize,
    /// How products share multipliers.
    pub strategy: Strategy,
}

/// What a generated configuration says about layers of a class, beyond the precision of the result.
#[derive(Debug, Clone, Copy)]
pub struct Configurable {
    /// Precision variables with their defaults; `None` is `auto`.
    pub precisions: &'static [(&'static str, Option<&'static str>)],
    /// Whether a reuse factor is written.
    pub reuse_factor: bool,
    /// Further keys with their defaults.
    pub settings: &'static [(&'static str, SettingDefault)],
}

/// Default of a configurable key.
#[derive(Debug, Clone, Copy)]
pub enum SettingDefault {
    /// A number.
    Number(u64),
    /// A truth value.
    Flag(bool),
    /// A word.
    Word(&'static str),
}

impl SettingDefault {
    /// As JSON.
    pub fn to_json(self) -> Value {
        match self {
            Self::Number(n) => json!(n),
            Self::Flag(f) => json!(f),
            Self::Word(w) => json!(w),
        }
    }
}

const TABLE_DEFAULT: &str = "fixed<18,8,TRN,WRAP,0>";
const SOFTMAX_DEFAULT: &str = "fixed<18,8,RND,SAT,0>";
const LAYERNORM_TABLE_DEFAULT: &str = "ufixed<8,5,RND_CONV,SAT,0>";
const LAYERNORM_ACCUM_DEFAULT: &str = "fixed<14,4,RND_CONV,SAT,0>";
const IMPLEMENTATION: (&str, SettingDefault) = ("ConvImplementation", SettingDefault::Word("LineBuffer"));
const TABLE_SIZE: (&str, SettingDefault) = ("TableSize", SettingDefault::Number(1024));

impl Op {
    /// hls4ml's class name, by which `LayerType` looks layers up.
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
            Self::LayerGroup(_) => "LayerGroup",
            Self::TimeDistributed(_) => "TimeDistributed",
        }
    }

    /// What a generated configuration says about such a layer.
    pub fn configurable(&self) -> Configurable {
        const fn entry(
            precisions: &'static [(&'static str, Option<&'static str>)],
            settings: &'static [(&'static str, SettingDefault)],
        ) -> Configurable {
            Configurable { precisions, reuse_factor: true, settings }
        }
        const fn without_reuse(
            precisions: &'static [(&'static str, Option<&'static str>)],
            settings: &'static [(&'static str, SettingDefault)],
        ) -> Configurable {
            Configurable { precisions, reuse_factor: false, settings }
        }
        match self {
            Self::Input(_)
            | Self::Reshape(_)
            | Self::ZeroPadding(_)
            | Self::Cropping(_)
            | Self::Transpose(_)
            | Self::LayerGroup(_) => without_reuse(&[], &[]),
            Self::Resize(_) => without_reuse(&[], &[("Algorithm", SettingDefault::Word("nearest"))]),
            Self::TimeDistributed(_) => {
                without_reuse(&[], &[("TimeStepLoopParallelism", SettingDefault::Word("Off"))])
            }
            Self::Dense(_) => entry(&[("weight", None), ("bias", None), ("accum", None)], &[]),
            Self::Conv(_) => entry(
                &[("weight", None), ("bias", None), ("accum", None)],
                &[("ParallelizationFactor", SettingDefault::Number(1)), IMPLEMENTATION],
            ),
            Self::SeparableConv(_) => without_reuse(
                &[
                    ("depthwise", None),
                    ("pointwise", None),
                    ("bias", None),
                    ("depthwise_accum", None),
                    ("pointwise_accum", None),
                    ("depthwise_result", None),
                ],
                &[
                    ("DepthwiseReuseFactor", SettingDefault::Number(1)),
                    ("PointwiseReuseFactor", SettingDefault::Number(1)),
                    IMPLEMENTATION,
                ],
            ),
            Self::Pooling(_) => entry(&[("accum", None)], &[IMPLEMENTATION]),
            Self::GlobalPooling(_) => entry(&[("accum", None)], &[]),
            Self::Embedding(_) => entry(&[("embeddings", None)], &[]),
            Self::Activation(_) | Self::TernaryTanh(_) => {
                entry(&[("table", Some(TABLE_DEFAULT))], &[TABLE_SIZE])
            }
            Self::HardActivation(_) => {
                entry(&[("slope", None), ("shift", None), ("table", Some(TABLE_DEFAULT))], &[TABLE_SIZE])
            }
            Self::ParametrizedActivation(_) | Self::PRelu(_) => {
                entry(&[("param", None), ("table", Some(TABLE_DEFAULT))], &[TABLE_SIZE])
            }
            Self::Softmax(_) => entry(
                &[
                    ("table", Some(TABLE_DEFAULT)),
                    ("exp_table", Some(SOFTMAX_DEFAULT)),
                    ("inv_table", Some(SOFTMAX_DEFAULT)),
                    ("inv_inp", Some(SOFTMAX_DEFAULT)),
                    ("accum", Some(SOFTMAX_DEFAULT)),
                ],
                &[
                    TABLE_SIZE,
                    ("Implementation", SettingDefault::Word("stable")),
                    ("Skip", SettingDefault::Flag(false)),
                ],
            ),
            Self::BatchNormalization(_) | Self::ApplyAlpha(_) => {
                entry(&[("scale", None), ("bias", None)], &[])
            }
            Self::LayerNormalization(_) => entry(
                &[
                    ("scale", None),
                    ("bias", None),
                    ("accum", Some(LAYERNORM_ACCUM_DEFAULT)),
                    ("table", Some(LAYERNORM_TABLE_DEFAULT)),
                ],
                &[
                    ("TableRangePower2", SettingDefault::Number(0)),
                    ("TableSize", SettingDefault::Number(4096)),
                ],
            ),
            Self::QuantizedTanh(_) => entry(&[("accum", None)], &[]),
            Self::PowerOfTwo(_) | Self::Merge(_) | Self::Concatenate(_) => entry(&[], &[]),
            Self::Dot(_) => entry(&[("accum", None)], &[]),
        }
    }

    /// Precision variables that hls4ml really reads for such a layer; it ignores the others.
    pub fn read_precisions(&self) -> &'static [&'static str] {
        match self {
            Self::Dense(_) | Self::Conv(_) => &["result", "weight", "bias", "accum"],
            Self::SeparableConv(_) => &[
                "result",
                "depthwise",
                "pointwise",
                "bias",
                "accum",
                "depthwise_accum",
                "pointwise_accum",
                "depthwise_result",
                "pointwise_result",
            ],
            // Their results have the type of their inputs, whatever a configuration says.
            Self::ZeroPadding(_) | Self::Cropping(_) | Self::Resize(_) | Self::Transpose(_) => &[],
            Self::Embedding(_) => &["result", "embeddings"],
            Self::LayerNormalization(_) => &["result", "scale", "bias", "accum"],
            Self::BatchNormalization(_) | Self::ApplyAlpha(_) => &["result", "scale", "bias"],
            Self::ParametrizedActivation(_) | Self::PRelu(_) => &["result", "param"],
            Self::Softmax(_) | Self::Dot(_) | Self::Pooling(_) | Self::GlobalPooling(_) => {
                &["result", "accum"]
            }
            _ => &["result"],
        }
    }

    /// Entries of the activation table, where the operation has one.
    pub fn table_size(&self) -> Option<u64> {
        match self {
            Self::Activation(a) => Some(a.table_size),
            Self::HardActivation(a) => Some(a.table_size),
            Self::ParametrizedActivation(a) => Some(a.table_size),
            Self::PRelu(a) => Some(a.table_size),
            Self::Softmax(s) => Some(s.table_size),
            Self::TernaryTanh(t) => Some(t.table_size),
            Self::LayerNormalization(n) => Some(n.table_size),
            _ => None,
        }
    }

    pub(crate) fn set_table_size(&mut self, size: u64) {
        match self {
            Self::Activation(a) => a.table_size = size,
            Self::HardActivation(a) => a.table_size = size,
            Self::ParametrizedActivation(a) => a.table_size = size,
            Self::PRelu(a) => a.table_size = size,
            Self::Softmax(s) => s.table_size = size,
            Self::TernaryTanh(t) => t.table_size = size,
            Self::LayerNormalization(n) => n.table_size = size,
            _ => {}
        }
    }

    /// Whether hls4ml counts it among its activations (whose output precision may be set from outside).
    pub fn is_activation(&self) -> bool {
        matches!(
            self,
            Self::Activation(_)
                | Self::HardActivation(_)
                | Self::ParametrizedActivation(_)
                | Self::PRelu(_)
                | Self::Softmax(_)
                | Self::TernaryTanh(_)
        )
    }

    /// The matrix product that the operation is made of, once or for each pixel.
    pub fn matrix(&self) -> Option<Matrix> {
        match self {
            Self::Dense(dense) => Some(Matrix {
                n_in: dense.n_in,
                n_out: dense.n_out,
                terms: dense.n_in,
                uses: dense.n_out,
                strategy: dense.strategy,
            }),
            Self::Conv(conv) => Some(conv.matrix()),
            _ => None,
        }
    }

    /// Whether it is a convolution that keeps channels apart.
    pub fn is_depthwise(&self) -> bool {
        matches!(self, Self::Conv(Conv { flavour: ConvFlavour::Depthwise, .. }))
    }

    /// Whether it is `scale · x + bias`.
    pub fn is_affine(&self) -> bool {
        matches!(self, Self::BatchNormalization(_) | Self::ApplyAlpha(_))
    }

    /// Whether its result has the type that its input has when the operation enters the graph.
    pub(crate) fn takes_input_type(&self) -> bool {
        matches!(self, Self::ZeroPadding(_) | Self::Cropping(_) | Self::Resize(_) | Self::Transpose(_))
    }

    /// Whether sums are collected in a type of their own.
    pub(crate) fn has_accumulator(&self) -> bool {
        matches!(
            self,
            Self::Dense(_)
                | Self::Conv(_)
                | Self::Pooling(_)
                | Self::GlobalPooling(_)
                | Self::Softmax(_)
                | Self::Dot(_)
                | Self::LayerNormalization(_)
                | Self::QuantizedTanh(_)
        )
    }

    /// Types that always have the same precision unless an attribute like `table_t` says otherwise.
    pub(crate) fn fixed_types(&self) -> &'static [(TypeRole, &'static str)] {
        match self {
            Self::Softmax(_) => &[
                (TypeRole::Table, TABLE_DEFAULT),
                (TypeRole::ExpTable, SOFTMAX_DEFAULT),
                (TypeRole::InvTable, SOFTMAX_DEFAULT),
                (TypeRole::InvInput, SOFTMAX_DEFAULT),
            ],
            Self::LayerNormalization(_) => &[(TypeRole::Table, LAYERNORM_TABLE_DEFAULT)],
            op if op.is_activation() => &[(TypeRole::Table, TABLE_DEFAULT)],
            _ => &[],
        }
    }

    /// The operation's own facts, under hls4ml's attribute names.
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
            Self::LayerGroup(_) | Self::SeparableConv(_) => Vec::new(),
        }
    }
}
