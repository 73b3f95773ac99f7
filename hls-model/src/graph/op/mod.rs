//! What a node computes: one file per operation (or family), holding all that is particular to it.
//!
//! | here | hls4ml class |
//! |---|---|
//! | [`Input`] | `Input` |
//! | [`Dense`] | `Dense` |
//! | [`Conv`] | `Conv1D`, `Conv2D`, `PointwiseConv1D`, `PointwiseConv2D` |
//! | [`Activation`] | `Activation`: functions without parameters |
//! | [`HardActivation`] | `HardActivation`: piecewise linear sigmoid and tanh |
//! | [`ParametrizedActivation`] | `ParametrizedActivation`: one number as parameter |
//! | [`PRelu`] | `PReLU`: an array of slopes |
//! | [`Softmax`] | `Softmax` |
//! | [`TernaryTanh`] | `TernaryTanh` |
//! | [`BatchNormalization`] | `BatchNormalization`, `ApplyAlpha` |
//! | [`QuantizedTanh`] | `BatchNormalizationQuantizedTanh` |
//! | [`Merge`], [`Concatenate`], [`Dot`] | `Merge`, `Concatenate`, `Dot` |
//! | [`Reshape`] | `Reshape` |
//! | [`LayerGroup`] | `LayerGroup`: a nested model, until its layers take its place |
//!
//! To add one: a file here, an arm in each `match` below (the compiler lists them), its lowering from Keras in
//! `graph/lower.rs`, its precision rule in `passes/infer_precision.rs`.

mod activation;
mod batch_normalization;
mod conv;
mod dense;
mod input;
mod layer_group;
mod merge;
mod product;
mod reshape;
mod softmax;

pub use activation::{
    Activation, Function, HardActivation, HardFunction, HardOrigin, PRelu, ParametrizedActivation,
    ParametrizedFunction, TernaryTanh,
};
pub use batch_normalization::{BatchNormalization, QuantizedLevels, QuantizedTanh};
pub use conv::{Conv, ConvAxis, ConvFlavour};
pub use dense::Dense;
pub use input::{Elements, Input};
pub use layer_group::LayerGroup;
pub use merge::{Concatenate, Dot, Merge, MergeKind};
pub use product::Product;
pub use reshape::Reshape;
pub use softmax::{Softmax, SoftmaxImplementation};

use super::TypeRole;
use crate::config::Strategy;
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
    /// `scale · x + bias`, from a batch normalization.
    BatchNormalization(BatchNormalization),
    /// `scale · x + bias`, from the scale of a quantizer.
    ApplyAlpha(BatchNormalization),
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
}

/// A product of a vector with a matrix of weights, plus a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matrix {
    /// Elements of the vector.
    pub n_in: usize,
    /// Elements of the result.
    pub n_out: usize,
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
const TABLE_SIZE: (&str, SettingDefault) = ("TableSize", SettingDefault::Number(1024));

impl Op {
    /// hls4ml's class name, by which `LayerType` looks layers up.
    pub fn class_name(&self) -> &'static str {
        match self {
            Self::Input(_) => "Input",
            Self::Dense(_) => "Dense",
            Self::Conv(conv) => conv.class_name(),
            Self::Activation(_) => "Activation",
            Self::HardActivation(_) => "HardActivation",
            Self::ParametrizedActivation(_) => "ParametrizedActivation",
            Self::PRelu(_) => "PReLU",
            Self::Softmax(_) => "Softmax",
            Self::TernaryTanh(_) => "TernaryTanh",
            Self::BatchNormalization(_) => "BatchNormalization",
            Self::ApplyAlpha(_) => "ApplyAlpha",
            Self::QuantizedTanh(_) => "BatchNormalizationQuantizedTanh",
            Self::Merge(_) => "Merge",
            Self::Concatenate(_) => "Concatenate",
            Self::Dot(_) => "Dot",
            Self::Reshape(_) => "Reshape",
            Self::LayerGroup(_) => "LayerGroup",
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
        match self {
            Self::Input(_) | Self::Reshape(_) | Self::LayerGroup(_) => {
                Configurable { precisions: &[], reuse_factor: false, settings: &[] }
            }
            Self::Dense(_) => entry(&[("weight", None), ("bias", None), ("accum", None)], &[]),
            Self::Conv(_) => entry(
                &[("weight", None), ("bias", None), ("accum", None)],
                &[
                    ("ParallelizationFactor", SettingDefault::Number(1)),
                    ("ConvImplementation", SettingDefault::Word("LineBuffer")),
                ],
            ),
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
            Self::QuantizedTanh(_) => entry(&[("accum", None)], &[]),
            Self::Merge(_) | Self::Concatenate(_) => entry(&[], &[]),
            Self::Dot(_) => entry(&[("accum", None)], &[]),
        }
    }

    /// Precision variables that hls4ml really reads for such a layer; it ignores the others.
    pub fn read_precisions(&self) -> &'static [&'static str] {
        match self {
            Self::Dense(_) | Self::Conv(_) => &["result", "weight", "bias", "accum"],
            Self::BatchNormalization(_) | Self::ApplyAlpha(_) => &["result", "scale", "bias"],
            Self::ParametrizedActivation(_) | Self::PRelu(_) => &["result", "param"],
            Self::Softmax(_) | Self::Dot(_) => &["result", "accum"],
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
                uses: dense.n_out,
                strategy: dense.strategy,
            }),
            Self::Conv(conv) => Some(Matrix {
                n_in: conv.n_chan * conv.kernel_size(),
                n_out: conv.n_filt,
                uses: conv.output_pixels(),
                strategy: conv.strategy,
            }),
            _ => None,
        }
    }

    /// Whether it is `scale · x + bias`.
    pub fn is_affine(&self) -> bool {
        matches!(self, Self::BatchNormalization(_) | Self::ApplyAlpha(_))
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
            Self::Activation(op) => op.attributes(),
            Self::HardActivation(op) => op.attributes(),
            Self::ParametrizedActivation(op) => op.attributes(),
            Self::PRelu(op) => op.attributes(),
            Self::Softmax(op) => op.attributes(),
            Self::TernaryTanh(op) => op.attributes(),
            Self::BatchNormalization(op) => op.attributes(),
            Self::ApplyAlpha(op) => op.alpha_attributes(),
            Self::QuantizedTanh(op) => op.attributes(),
            Self::Merge(op) => op.attributes(),
            Self::Concatenate(op) => op.attributes(),
            Self::Dot(op) => op.attributes(),
            Self::Reshape(op) => op.attributes(),
            Self::LayerGroup(_) => Vec::new(),
        }
    }
}
