//! A weight: a constant array of a node.

use super::quantized::{WeightEncoding, WeightQuantizer};
use super::types::NamedType;
use super::values::Values;
use crate::precision::Precision;

/// What a weight array is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WeightRole {
    /// Kernel of a Dense layer, a convolution, or a recurrent layer's product with its input.
    Weight,
    /// Kernel of the depthwise part of a separable convolution.
    Depthwise,
    /// Kernel of the pointwise part of a separable convolution.
    Pointwise,
    /// Table of an embedding.
    Embeddings,
    /// Bias.
    Bias,
    /// Kernel of a recurrent layer's product with its state.
    RecurrentWeight,
    /// What is added to that product.
    RecurrentBias,
    /// [`Weight`](Self::Weight) of the forward direction of a bidirectional layer.
    ForwardWeight,
    /// [`RecurrentWeight`](Self::RecurrentWeight) of the forward direction.
    ForwardRecurrentWeight,
    /// [`Bias`](Self::Bias) of the forward direction.
    ForwardBias,
    /// [`RecurrentBias`](Self::RecurrentBias) of the forward direction.
    ForwardRecurrentBias,
    /// [`Weight`](Self::Weight) of the backward direction.
    BackwardWeight,
    /// [`RecurrentWeight`](Self::RecurrentWeight) of the backward direction.
    BackwardRecurrentWeight,
    /// [`Bias`](Self::Bias) of the backward direction.
    BackwardBias,
    /// [`RecurrentBias`](Self::RecurrentBias) of the backward direction.
    BackwardRecurrentBias,
    /// Scale of a batch normalization.
    Scale,
    /// Values of a function as a table.
    Table,
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
    #[must_use]
    pub fn attribute(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::Depthwise => "depthwise",
            Self::Pointwise => "pointwise",
            Self::Embeddings => "embeddings",
            Self::Bias => "bias",
            Self::RecurrentWeight => "recurrent_weight",
            Self::RecurrentBias => "recurrent_bias",
            Self::ForwardWeight => "forward_weight",
            Self::ForwardRecurrentWeight => "forward_recurrent_weight",
            Self::ForwardBias => "forward_bias",
            Self::ForwardRecurrentBias => "forward_recurrent_bias",
            Self::BackwardWeight => "backward_weight",
            Self::BackwardRecurrentWeight => "backward_recurrent_weight",
            Self::BackwardBias => "backward_bias",
            Self::BackwardRecurrentBias => "backward_recurrent_bias",
            Self::Scale => "scale",
            Self::Table => "table",
            Self::Param => "param",
            Self::Threshold => "threshold",
            Self::ThresholdHigh => "threshold_hi",
            Self::ThresholdLow => "threshold_lo",
        }
    }

    /// Prefix of the C++ variable, which the layer's index follows.
    #[must_use]
    pub fn variable_prefix(self) -> &'static str {
        match self {
            Self::Weight => "w",
            Self::Depthwise => "d",
            Self::Pointwise => "p",
            Self::Embeddings => "e",
            Self::Bias => "b",
            Self::RecurrentWeight => "wr",
            Self::RecurrentBias => "br",
            Self::ForwardWeight => "w_f_",
            Self::ForwardRecurrentWeight => "wr_f_",
            Self::ForwardBias => "b_f_",
            Self::ForwardRecurrentBias => "br_f_",
            Self::BackwardWeight => "w_b_",
            Self::BackwardRecurrentWeight => "wr_b_",
            Self::BackwardBias => "b_b_",
            Self::BackwardRecurrentBias => "br_b_",
            Self::Scale => "s",
            Self::Table => "table",
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
    /// Whether the layer has it.
    pub presence: Presence,
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

/// Whether a layer has an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It has.
    Given,
    /// Zeros stand in for a bias that it does not have; the kernels always take one.
    Absent,
}

impl<P> Weight<P> {
    /// The same array in another role.
    pub(crate) fn in_role(self, role: WeightRole) -> Self {
        Self { role, ..self }
    }

    /// As many zeros.
    pub(crate) fn zeros(&self) -> Self
    where
        P: Clone,
    {
        let values = self.values.map(|_| 0.0);
        Self { values, ..self.clone() }
    }

    /// What the array holds as it is now; [`Weight::census`] says what it held when it was first quantized.
    pub fn count(&self) -> Census {
        Census::of(&self.values, self.quantizer.as_ref())
    }
}

impl Census {
    /// Counts an array.
    pub(crate) fn of(values: &Values, quantizer: Option<&WeightQuantizer>) -> Self {
        let mut shape = values.data.shape().to_vec();
        if quantizer.is_some_and(|q| q.encoding == WeightEncoding::PowerOfTwo) {
            // hls4ml leaves room for the pair of sign and exponent that it never adds.
            shape.pop();
        }
        let zeros = values.data.iter().filter(|&&v| v == 0.0).count();
        let extreme = |pick: fn(f64, f64) -> f64| values.data.iter().copied().reduce(pick).unwrap_or(0.0);
        Self {
            shape,
            zeros,
            nonzeros: values.data.len() - zeros,
            min: extreme(f64::min),
            max: extreme(f64::max),
        }
    }
}
