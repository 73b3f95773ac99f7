//! Questions about operations that decide what happens to a node. Each answer names every operation, so that a new one has to be
//! given its own. Those about types are in `type_questions.rs`.

use super::matrix::Matrix;
use super::{ConvFlavour, Function, Op, Strategy, TimePart};

impl Op {
    /// Whether hls4ml counts it among its activations (whose output precision may be set from outside).
    #[must_use]
    pub fn is_activation(&self) -> bool {
        match self {
            Self::Activation(_)
            | Self::HardActivation(_)
            | Self::ParametrizedActivation(_)
            | Self::PRelu(_)
            | Self::Softmax(_)
            | Self::TernaryTanh(_) => true,
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

    /// Whether it is `scale · x + bias`.
    #[must_use]
    pub fn is_affine(&self) -> bool {
        match self {
            Self::BatchNormalization(_) | Self::ApplyAlpha(_) => true,
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
            | Self::LayerNormalization(_)
            | Self::FixedPointQuantizer(_)
            | Self::EinsumDense(_)
            | Self::Einsum(_)
            | Self::UnaryLut(_)
            | Self::FunctionSum(_)
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

    /// Whether its result has the type that its input has when the operation enters the graph.
    #[must_use]
    pub(crate) fn takes_input_type(&self) -> bool {
        match self {
            Self::ZeroPadding(_)
            | Self::Cropping(_)
            | Self::Resize(_)
            | Self::Transpose(_)
            | Self::Clone(_)
            | Self::Broadcast(_) => true,
            Self::Input(_)
            | Self::Dense(_)
            | Self::Conv(_)
            | Self::SeparableConv(_)
            | Self::Pooling(_)
            | Self::GlobalPooling(_)
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
            | Self::LayerGroup(_)
            | Self::Recurrent(_)
            | Self::Bidirectional(_)
            | Self::TimeDistributed(_) => false,
        }
    }

    /// Whether its result has the type of its own rule, whatever the configuration says.
    #[must_use]
    pub(crate) fn has_exact_result(&self) -> bool {
        matches!(self, Self::Merge(merge) if merge.kind.is_exact())
    }

    /// Whether sums are collected in a type of their own.
    #[must_use]
    pub(crate) fn has_accumulator(&self) -> bool {
        match self {
            Self::Dense(_)
            | Self::EinsumDense(_)
            | Self::Einsum(_)
            | Self::Conv(_)
            | Self::Pooling(_)
            | Self::GlobalPooling(_)
            | Self::Softmax(_)
            | Self::LayerNormalization(_)
            | Self::QuantizedTanh(_)
            | Self::Recurrent(_)
            | Self::Bidirectional(_)
            | Self::Dot(_) => true,
            Self::Input(_)
            | Self::SeparableConv(_)
            | Self::ZeroPadding(_)
            | Self::Cropping(_)
            | Self::Resize(_)
            | Self::Transpose(_)
            | Self::Embedding(_)
            | Self::Activation(_)
            | Self::HardActivation(_)
            | Self::ParametrizedActivation(_)
            | Self::PRelu(_)
            | Self::TernaryTanh(_)
            | Self::PowerOfTwo(_)
            | Self::FixedPointQuantizer(_)
            | Self::UnaryLut(_)
            | Self::FunctionSum(_)
            | Self::BatchNormalization(_)
            | Self::ApplyAlpha(_)
            | Self::Merge(_)
            | Self::Concatenate(_)
            | Self::Reshape(_)
            | Self::Repack(_)
            | Self::Clone(_)
            | Self::Broadcast(_)
            | Self::LayerGroup(_)
            | Self::TimeDistributed(_) => false,
        }
    }

    /// Whether it is a convolution that keeps channels apart.
    #[must_use]
    pub fn is_depthwise(&self) -> bool {
        matches!(self, Self::Conv(conv) if conv.flavour == ConvFlavour::Depthwise)
    }

    /// The matrix product that the operation is made of, once or for each pixel; of a recurrent layer that with the input.
    #[must_use]
    pub fn matrix(&self) -> Option<Matrix> {
        match self {
            Self::Dense(dense) => Some(dense.matrix()),
            Self::Conv(conv) => Some(conv.matrix()),
            Self::EinsumDense(op) => Some(op.matrix()),
            Self::Recurrent(op) => Some(op.matrix()),
            Self::Bidirectional(op) => Some(op.forward.matrix()),
            Self::Input(_)
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
            | Self::TimeDistributed(_) => None,
        }
    }

    /// Whether it takes a time step out of its input, or puts one into its output.
    #[must_use]
    pub fn time_part(&self) -> Option<&TimePart> {
        match self {
            Self::TimeDistributed(block) => Some(&block.part),
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
            | Self::Recurrent(_)
            | Self::Bidirectional(_)
            | Self::Repack(_)
            | Self::Clone(_)
            | Self::Broadcast(_)
            | Self::LayerGroup(_) => None,
        }
    }

    /// How many tensors it reads; `None` for any number.
    pub(crate) fn arity(&self) -> Option<usize> {
        match self {
            Self::Input(_) => Some(0),
            Self::Merge(_) | Self::Concatenate(_) | Self::Dot(_) | Self::Einsum(_) => Some(2),
            Self::LayerGroup(_) => None,
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
            | Self::UnaryLut(_)
            | Self::FunctionSum(_)
            | Self::BatchNormalization(_)
            | Self::ApplyAlpha(_)
            | Self::LayerNormalization(_)
            | Self::QuantizedTanh(_)
            | Self::Reshape(_)
            | Self::Recurrent(_)
            | Self::Bidirectional(_)
            | Self::Repack(_)
            | Self::Clone(_)
            | Self::Broadcast(_)
            | Self::TimeDistributed(_) => Some(1),
        }
    }

    /// How many elements it reads to write as many as `written`, where the smallest of its inputs has `smallest`; `None` where its
    /// parts decide that.
    pub(crate) fn reads(&self, written: usize, smallest: usize) -> Option<usize> {
        match self {
            Self::Input(_) | Self::LayerGroup(_) => None,
            Self::Dense(dense) => Some(dense.reads(written)),
            Self::Conv(conv) => Some(conv.input_len()),
            Self::SeparableConv(conv) => Some(conv.depthwise.input_len()),
            Self::Pooling(pooling) => Some(pooling.input_len()),
            Self::GlobalPooling(pooling) => Some(pooling.pixels() * pooling.n_filt),
            Self::ZeroPadding(padding) => Some(padding.input_len()),
            Self::Cropping(cropping) => Some(cropping.input_len()),
            Self::Resize(resize) => Some(resize.input_len()),
            Self::Embedding(embedding) => Some(embedding.n_in),
            Self::FunctionSum(op) => Some(op.n_in()),
            Self::Recurrent(op) => Some(op.input_len()),
            Self::Bidirectional(op) => Some(op.forward.input_len()),
            Self::TimeDistributed(block) => block.reads(written),
            // The smaller input may be repeated.
            Self::Merge(_) => Some(written + smallest),
            Self::Dot(dot) => Some(2 * dot.n_in),
            Self::EinsumDense(op) => Some(op.contraction.input_lens()[0]),
            Self::Einsum(op) => Some(op.contraction.input_lens().iter().sum()),
            Self::Transpose(_)
            | Self::Activation(_)
            | Self::HardActivation(_)
            | Self::ParametrizedActivation(_)
            | Self::PRelu(_)
            | Self::Softmax(_)
            | Self::TernaryTanh(_)
            | Self::PowerOfTwo(_)
            | Self::FixedPointQuantizer(_)
            | Self::UnaryLut(_)
            | Self::BatchNormalization(_)
            | Self::ApplyAlpha(_)
            | Self::LayerNormalization(_)
            | Self::QuantizedTanh(_)
            | Self::Concatenate(_)
            | Self::Reshape(_)
            | Self::Repack(_)
            | Self::Clone(_) => Some(written),
            Self::Broadcast(broadcast) => Some(broadcast.input_len()),
        }
    }

    /// The strategy of a layer's one matrix product, and whether its weights are stored output by output; both for a pass to decide.
    pub(crate) fn matrix_storage(&mut self) -> Option<(Strategy, &mut bool)> {
        match self {
            Self::Dense(dense) => Some((dense.strategy, &mut dense.transposed)),
            Self::Conv(conv) => Some((conv.strategy, &mut conv.transposed)),
            Self::Input(_)
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
            | Self::TimeDistributed(_) => None,
        }
    }

    /// The number of channels for each of which a scale applies; `None` where each element has its own.
    pub(crate) fn scaled_channels(&self) -> Option<usize> {
        match self {
            Self::Conv(conv) => Some(conv.n_filt),
            Self::Input(_)
            | Self::Dense(_)
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
            | Self::TimeDistributed(_) => None,
        }
    }

    /// Whether it hands its input on as it is.
    pub(crate) fn is_identity(&self) -> bool {
        match self {
            Self::Activation(activation) => activation.function == Function::Linear,
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
            | Self::TimeDistributed(_) => false,
        }
    }
}
