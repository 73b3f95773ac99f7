//! What a configuration may say about an operation, and what a generated one says.

use serde_json::{Value, json};

use super::activation::{self, Function};
use super::{Cell, Op};
use crate::graph::types::TypeRole;

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
    #[must_use]
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
const TABLE_SIZE: (&str, SettingDefault) = ("TableSize", SettingDefault::Number(activation::TABLE_SIZE));
const MISH_TABLE_SIZE: (&str, SettingDefault) =
    ("TableSize", SettingDefault::Number(activation::MISH_TABLE_SIZE));

/// Precision variables with their defaults.
type Precisions<const N: usize> = [(&'static str, Option<&'static str>); N];

const SIMPLE_PRECISIONS: Precisions<5> = [
    ("weight", None),
    ("bias", None),
    ("recurrent_weight", None),
    ("accum", None),
    ("table", Some(TABLE_DEFAULT)),
];
const GATED_PRECISIONS: Precisions<6> = [
    ("weight", None),
    ("bias", None),
    ("recurrent_weight", None),
    ("recurrent_bias", None),
    ("accum", None),
    ("table", Some(TABLE_DEFAULT)),
];
const BIDIRECTIONAL_PRECISIONS: Precisions<10> = [
    ("forward_weight", None),
    ("forward_bias", None),
    ("forward_recurrent_weight", None),
    ("forward_recurrent_bias", None),
    ("backward_weight", None),
    ("backward_bias", None),
    ("backward_recurrent_weight", None),
    ("backward_recurrent_bias", None),
    ("accum", None),
    ("table", Some(TABLE_DEFAULT)),
];
const SIMPLE_SETTINGS: [(&str, SettingDefault); 4] = [
    ("Direction", SettingDefault::Word("forward")),
    ("RecurrentReuseFactor", SettingDefault::Number(1)),
    ("Static", SettingDefault::Flag(true)),
    TABLE_SIZE,
];
const GATED_SETTINGS: [(&str, SettingDefault); 3] =
    [("RecurrentReuseFactor", SettingDefault::Number(1)), ("Static", SettingDefault::Flag(true)), TABLE_SIZE];
const BIDIRECTIONAL_SETTINGS: [(&str, SettingDefault); 6] = [
    ("ForwardReuseFactor", SettingDefault::Number(1)),
    ("BackwardReuseFactor", SettingDefault::Number(1)),
    ("ForwardRecurrentReuseFactor", SettingDefault::Number(1)),
    ("BackwardRecurrentReuseFactor", SettingDefault::Number(1)),
    ("Static", SettingDefault::Flag(true)),
    TABLE_SIZE,
];

impl Op {
    /// What a generated configuration says about such a layer.
    #[must_use]
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
            | Self::Repack(_)
            | Self::Clone(_)
            | Self::Broadcast(_)
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
            Self::EinsumDense(_) => without_reuse(&[("weight", None), ("bias", None), ("accum", None)], &[]),
            Self::Einsum(_) => without_reuse(&[("accum", None)], &[]),
            Self::UnaryLut(_) => without_reuse(&[("table", Some(TABLE_DEFAULT))], &[]),
            Self::FixedPointQuantizer(_) | Self::FunctionSum(_) => without_reuse(&[], &[]),
            Self::Activation(op) if op.function == Function::Mish => {
                entry(&[("table", Some(TABLE_DEFAULT))], &[MISH_TABLE_SIZE])
            }
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
            Self::Recurrent(op) => match op.cell {
                Cell::Simple => entry(&SIMPLE_PRECISIONS, &SIMPLE_SETTINGS),
                Cell::Lstm | Cell::Gru(_) => entry(&GATED_PRECISIONS, &GATED_SETTINGS),
            },
            Self::Bidirectional(_) => entry(&BIDIRECTIONAL_PRECISIONS, &BIDIRECTIONAL_SETTINGS),
            Self::QuantizedTanh(_) => entry(&[("accum", None)], &[]),
            Self::PowerOfTwo(_) | Self::Merge(_) | Self::Concatenate(_) => entry(&[], &[]),
            Self::Dot(_) => entry(&[("accum", None)], &[]),
        }
    }

    /// Precision variables that hls4ml really reads for such a layer; it ignores the others.
    #[must_use]
    pub fn read_precisions(&self) -> &'static [&'static str] {
        match self {
            Self::Dense(_) | Self::Conv(_) | Self::EinsumDense(_) => &["result", "weight", "bias", "accum"],
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
            Self::ZeroPadding(_)
            | Self::Cropping(_)
            | Self::Resize(_)
            | Self::Transpose(_)
            | Self::Repack(_)
            | Self::Clone(_)
            | Self::Broadcast(_) => &[],
            // Its types are the operation.
            Self::FixedPointQuantizer(_) => &[],
            // Holds the sum of an average whatever a configuration says.
            Self::Merge(op) if op.kind.is_exact() => &[],
            Self::Embedding(_) => &["result", "embeddings"],
            Self::Recurrent(op) => match op.cell {
                Cell::Simple => &["result", "weight", "bias", "recurrent_weight", "accum"],
                Cell::Lstm | Cell::Gru(_) => {
                    &["result", "weight", "bias", "recurrent_weight", "recurrent_bias", "accum"]
                }
            },
            Self::Bidirectional(_) => &[
                "result",
                "forward_weight",
                "forward_bias",
                "forward_recurrent_weight",
                "forward_recurrent_bias",
                "backward_weight",
                "backward_bias",
                "backward_recurrent_weight",
                "backward_recurrent_bias",
                "accum",
            ],
            Self::LayerNormalization(_) => &["result", "scale", "bias", "accum"],
            Self::BatchNormalization(_) | Self::ApplyAlpha(_) => &["result", "scale", "bias"],
            Self::ParametrizedActivation(_) | Self::PRelu(_) => &["result", "param"],
            Self::Softmax(_) | Self::Dot(_) | Self::Einsum(_) | Self::Pooling(_) | Self::GlobalPooling(_) => {
                &["result", "accum"]
            }
            Self::Input(_)
            | Self::Activation(_)
            | Self::HardActivation(_)
            | Self::TernaryTanh(_)
            | Self::PowerOfTwo(_)
            | Self::QuantizedTanh(_)
            | Self::Merge(_)
            | Self::Concatenate(_)
            | Self::Reshape(_)
            // The table has the type of its quantizer.
            | Self::UnaryLut(_)
            | Self::FunctionSum(_)
            | Self::LayerGroup(_)
            | Self::TimeDistributed(_) => &["result"],
        }
    }

    /// Entries of the activation table, where the operation has one.
    #[must_use]
    pub fn table_size(&self) -> Option<u64> {
        match self {
            Self::Activation(op) => Some(op.table_size),
            Self::HardActivation(op) => Some(op.table_size),
            Self::ParametrizedActivation(op) => Some(op.table_size),
            Self::PRelu(op) => Some(op.table_size),
            Self::Softmax(op) => Some(op.table_size),
            Self::TernaryTanh(op) => Some(op.table_size),
            Self::LayerNormalization(op) => Some(op.table_size),
            Self::Recurrent(op) => Some(op.table_size),
            Self::Bidirectional(op) => Some(op.forward.table_size),
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
            | Self::PowerOfTwo(_)
            | Self::FixedPointQuantizer(_)
            | Self::EinsumDense(_)
            | Self::Einsum(_)
            | Self::UnaryLut(_)
            | Self::FunctionSum(_)
            | Self::BatchNormalization(_)
            | Self::ApplyAlpha(_)
            | Self::QuantizedTanh(_)
            | Self::Merge(_)
            | Self::Concatenate(_)
            | Self::Dot(_)
            | Self::Reshape(_)
            | Self::Repack(_)
            | Self::Clone(_)
            | Self::Broadcast(_)
            | Self::LayerGroup(_)
            | Self::TimeDistributed(_) => None,
        }
    }

    pub(crate) fn set_table_size(&mut self, size: u64) {
        match self {
            Self::Activation(op) => op.table_size = size,
            Self::HardActivation(op) => op.table_size = size,
            Self::ParametrizedActivation(op) => op.table_size = size,
            Self::PRelu(op) => op.table_size = size,
            Self::Softmax(op) => op.table_size = size,
            Self::TernaryTanh(op) => op.table_size = size,
            Self::LayerNormalization(op) => op.table_size = size,
            Self::Recurrent(op) => op.table_size = size,
            Self::Bidirectional(op) => op.each_mut().into_iter().for_each(|one| one.table_size = size),
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
            | Self::PowerOfTwo(_)
            | Self::FixedPointQuantizer(_)
            | Self::EinsumDense(_)
            | Self::Einsum(_)
            | Self::UnaryLut(_)
            | Self::FunctionSum(_)
            | Self::BatchNormalization(_)
            | Self::ApplyAlpha(_)
            | Self::QuantizedTanh(_)
            | Self::Merge(_)
            | Self::Concatenate(_)
            | Self::Dot(_)
            | Self::Reshape(_)
            | Self::Repack(_)
            | Self::Clone(_)
            | Self::Broadcast(_)
            | Self::LayerGroup(_)
            | Self::TimeDistributed(_) => {}
        }
    }

    /// Types that always have the same precision unless an attribute like `table_t` says otherwise.
    pub(crate) fn fixed_types(&self) -> &'static [(TypeRole, &'static str)] {
        match self {
            // Its other tables have the types of the file.
            Self::Softmax(op) if op.tables.is_some() => &[(TypeRole::Table, TABLE_DEFAULT)],
            Self::Softmax(_) => &[
                (TypeRole::Table, TABLE_DEFAULT),
                (TypeRole::ExpTable, SOFTMAX_DEFAULT),
                (TypeRole::InvTable, SOFTMAX_DEFAULT),
                (TypeRole::InvInput, SOFTMAX_DEFAULT),
            ],
            Self::LayerNormalization(_) => &[(TypeRole::Table, LAYERNORM_TABLE_DEFAULT)],
            Self::Activation(_)
            | Self::HardActivation(_)
            | Self::ParametrizedActivation(_)
            | Self::PRelu(_)
            | Self::Recurrent(_)
            | Self::Bidirectional(_)
            | Self::TernaryTanh(_) => &[(TypeRole::Table, TABLE_DEFAULT)],
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
            | Self::PowerOfTwo(_)
            | Self::FixedPointQuantizer(_)
            | Self::EinsumDense(_)
            | Self::Einsum(_)
            | Self::UnaryLut(_)
            | Self::FunctionSum(_)
            | Self::BatchNormalization(_)
            | Self::ApplyAlpha(_)
            | Self::QuantizedTanh(_)
            | Self::Merge(_)
            | Self::Concatenate(_)
            | Self::Dot(_)
            | Self::Reshape(_)
            | Self::Repack(_)
            | Self::Clone(_)
            | Self::Broadcast(_)
            | Self::LayerGroup(_)
            | Self::TimeDistributed(_) => &[],
        }
    }
}
