//! Questions about operations that decide the types of their results, weights and parameters. Each answer names every operation, so
//! that a new one has to be given its own.

use super::inference::{Known, ResultRule};
use super::{Cell, Op};
use crate::graph::types::{NamedType, TypeRole};
use crate::graph::weight::WeightRole;
use crate::precision::Precision;

/// The names of something that a node writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResultNames {
    /// hls4ml's name of the output.
    pub(crate) name: String,
    /// The C++ variable.
    pub(crate) variable: String,
    /// The variable's type.
    pub(crate) ty: String,
}

impl Op {
    /// The type of its result where the configuration leaves that open.
    pub(crate) fn result_rule(&self, known: &Known) -> ResultRule {
        match self {
            Self::Dense(dense) => ResultRule::Own(dense.matrix().sum_type(known)),
            Self::Conv(conv) => ResultRule::Own(conv.matrix().sum_type(known)),
            Self::BatchNormalization(_) | Self::ApplyAlpha(_) | Self::LayerNormalization(_) => {
                ResultRule::Own(super::batch_normalization::affine_type(known))
            }
            Self::Embedding(_) => ResultRule::Own(known.default),
            Self::FixedPointQuantizer(op) => ResultRule::Own(op.result_type().into()),
            Self::UnaryLut(_) => ResultRule::Own(known.weight_type(WeightRole::Table)),
            Self::Merge(merge) => ResultRule::Own(merge.result_type(known)),
            Self::Concatenate(concatenate) => ResultRule::Own(concatenate.result_type(known)),
            Self::Dot(dot) => ResultRule::Own(dot.sum_type(known)),
            Self::Softmax(softmax) => softmax.result_type(known).map_or(ResultRule::Default, ResultRule::Own),
            Self::Reshape(_)
            | Self::Repack(_)
            | Self::Clone(_)
            | Self::Broadcast(_)
            | Self::Resize(_)
            | Self::Transpose(_)
            | Self::ZeroPadding(_)
            | Self::Pooling(_)
            // hls4ml takes the default here, and its firmware does not compile unless the input has that as well.
            | Self::TimeDistributed(_) => ResultRule::Input,
            Self::Input(_)
            | Self::SeparableConv(_)
            | Self::GlobalPooling(_)
            | Self::Cropping(_)
            | Self::Activation(_)
            | Self::HardActivation(_)
            | Self::ParametrizedActivation(_)
            | Self::PRelu(_)
            | Self::TernaryTanh(_)
            | Self::PowerOfTwo(_)
            | Self::QuantizedTanh(_)
            | Self::EinsumDense(_)
            | Self::Einsum(_)
            | Self::FunctionSum(_)
            | Self::Recurrent(_)
            | Self::Bidirectional(_)
            | Self::LayerGroup(_) => ResultRule::Default,
        }
    }

    /// The type of its accumulator where the configuration leaves that open; `None` for the model's default, under the name that it has.
    pub(crate) fn accumulator_type(&self, known: &Known) -> Option<Precision> {
        match self {
            Self::Dense(dense) => Some(dense.matrix().sum_type(known)),
            Self::Conv(conv) => Some(conv.matrix().sum_type(known)),
            // hls4ml stops here.
            Self::Dot(dot) => Some(dot.sum_type(known)),
            Self::Pooling(pooling) => Some(pooling.sum_type(known)),
            Self::Input(_)
            | Self::SeparableConv(_)
            | Self::GlobalPooling(_)
            | Self::ZeroPadding(_)
            | Self::Cropping(_)
            | Self::Resize(_)
            | Self::Transpose(_)
            | Self::Embedding(_)
            | Self::Activation(_)
            | Self::HardActivation(_)
            | Self::ParametrizedActivation(_)
            | Self::PRelu(_)
            | Self::Softmax(_)
            | Self::TernaryTanh(_)
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
            | Self::Reshape(_)
            | Self::Repack(_)
            | Self::Clone(_)
            | Self::Broadcast(_)
            | Self::LayerGroup(_)
            | Self::Recurrent(_)
            | Self::Bidirectional(_)
            | Self::TimeDistributed(_) => None,
        }
    }

    /// The type of a parameter where the configuration leaves that open.
    pub(crate) fn parameter_type(&self, role: TypeRole, known: &Known) -> Precision {
        match self {
            Self::ParametrizedActivation(op) if role == TypeRole::Param => op.parameter_type(known),
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
            | Self::HardActivation(_)
            | Self::ParametrizedActivation(_)
            | Self::PRelu(_)
            | Self::Softmax(_)
            | Self::TernaryTanh(_)
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
            | Self::TimeDistributed(_) => known.default,
        }
    }

    /// The type of a weight where the configuration leaves that open.
    pub(crate) fn weight_type(&self, role: WeightRole, known: &Known) -> Precision {
        match self {
            // The slopes.
            Self::PRelu(_) if role == WeightRole::Param => known.input(0),
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
            | Self::HardActivation(_)
            | Self::ParametrizedActivation(_)
            | Self::PRelu(_)
            | Self::Softmax(_)
            | Self::TernaryTanh(_)
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
            | Self::TimeDistributed(_) => known.default,
        }
    }

    /// Whether hls4ml's firmware compiles only where the result has the accumulator's type.
    pub(crate) fn needs_accumulator_as_result(&self) -> bool {
        matches!(self, Self::Recurrent(recurrent) if recurrent.cell == Cell::Lstm)
    }

    /// Whether a precision is what hls4ml makes of a state quantizer for the accumulators, in which gates would wrap; the states alone
    /// are rounded to it here.
    pub(crate) fn is_type_of_state(&self, precision: Precision) -> bool {
        let Self::Recurrent(recurrent) = self else { return false };
        recurrent.state_type.is_some_and(|state| {
            let (width, integer, signed) = (state.width(), state.integer(), state.is_signed());
            (precision.width(), precision.integer(), precision.is_signed()) == (width, integer, signed)
        })
    }

    /// The configuration's name for the precision of an array.
    pub(crate) fn precision_name(&self, role: WeightRole) -> &'static str {
        // A mistake of hls4ml's: what it reads is "weight".
        if self.is_depthwise() && role == WeightRole::Weight { "depthwise" } else { role.attribute() }
    }

    /// What it writes, in the order of the node's outputs, for the node with this name and index.
    pub(crate) fn results(&self, node: &str, index: usize) -> Vec<ResultNames> {
        let one = |variable: String, ty: String| vec![ResultNames { name: node.to_owned(), variable, ty }];
        match self {
            Self::Input(input) => one(node.to_owned(), input.type_name(index)),
            Self::Clone(copies) => copies.results(index),
            Self::Dense(_)
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
            | Self::HardActivation(_)
            | Self::ParametrizedActivation(_)
            | Self::PRelu(_)
            | Self::Softmax(_)
            | Self::TernaryTanh(_)
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
            | Self::Broadcast(_)
            | Self::LayerGroup(_)
            | Self::Recurrent(_)
            | Self::Bidirectional(_)
            | Self::TimeDistributed(_) => one(format!("layer{index}_out"), format!("layer{index}_t")),
        }
    }

    /// Whether it has a number as parameter whose type the configuration gives.
    pub(crate) fn has_parameter(&self) -> bool {
        match self {
            Self::ParametrizedActivation(_) => true,
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
            | Self::HardActivation(_)
            | Self::PRelu(_)
            | Self::Softmax(_)
            | Self::TernaryTanh(_)
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
            | Self::TimeDistributed(_) => false,
        }
    }

    /// Types that the operation itself gives a node of this name and index, whatever the configuration says.
    pub(crate) fn own_types(&self, node: &str, index: usize) -> Vec<(TypeRole, NamedType)> {
        match self {
            Self::HardActivation(hard) => hard.own_types(node, index),
            Self::Softmax(softmax) => softmax.own_types(node),
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
            | Self::ParametrizedActivation(_)
            | Self::PRelu(_)
            | Self::TernaryTanh(_)
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
}
