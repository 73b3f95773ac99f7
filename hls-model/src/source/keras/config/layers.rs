//! Configurations of layers without spatial axes.

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value as Json;

use super::activation::{Activation, ActivationFunction};
use super::fields::{BatchShape, dtype, nullable_scalar, scalar, typed, yes};
use crate::quantizer::Quantizer;

/// `InputLayer`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Input {
    /// Shape with the batch axis first.
    #[serde(alias = "batch_shape")]
    pub batch_input_shape: BatchShape,
    /// Element type, e.g. `float32`, `int32`.
    #[serde(default, deserialize_with = "dtype")]
    pub dtype: Option<String>,
}

/// `Dense` and its quantized forms. Kernel `[n_in, units]`, bias `[units]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Dense {
    /// Outputs.
    #[serde(deserialize_with = "scalar")]
    pub units: usize,
    /// Activation applied to the outputs.
    #[serde(default)]
    pub activation: Activation,
    /// Whether there is a bias.
    #[serde(default = "yes", deserialize_with = "scalar")]
    pub use_bias: bool,
    /// Quantizer of the kernel.
    #[serde(default)]
    pub kernel_quantizer: Option<Quantizer>,
    /// Quantizer of the bias.
    #[serde(default)]
    pub bias_quantizer: Option<Quantizer>,
}

/// `ReLU`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Relu {
    /// Upper bound.
    #[serde(default, deserialize_with = "scalar")]
    pub max_value: Option<f64>,
    /// Slope below the threshold.
    #[serde(default, deserialize_with = "nullable_scalar")]
    pub negative_slope: f64,
    /// Start of the linear part.
    #[serde(default, deserialize_with = "nullable_scalar")]
    pub threshold: f64,
}

/// `LeakyReLU`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LeakyRelu {
    /// Slope below zero.
    #[serde(default = "leaky_relu_alpha", alias = "negative_slope", deserialize_with = "scalar")]
    pub alpha: f64,
}

fn leaky_relu_alpha() -> f64 {
    0.3
}

fn one() -> f64 {
    1.0
}

/// `ThresholdedReLU`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ThresholdedRelu {
    /// Values up to this become zero.
    #[serde(default = "one", deserialize_with = "scalar")]
    pub theta: f64,
}

/// `ELU`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Elu {
    /// Scale of the exponential part.
    #[serde(default = "one", deserialize_with = "scalar")]
    pub alpha: f64,
}

/// `PReLU`. Weight `alpha`, shaped like the input without batch axis (shared axes have size 1).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Prelu {
    /// Axes along which slopes are shared.
    #[serde(default)]
    pub shared_axes: Option<Vec<i64>>,
}

/// `Softmax`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Softmax {
    /// Normalized axis.
    #[serde(default = "last_axis", deserialize_with = "scalar")]
    pub axis: i64,
}

fn last_axis() -> i64 {
    -1
}

fn epsilon() -> f64 {
    1e-3
}

/// `BatchNormalization` and `QBatchNormalization`. Weights `gamma`, `beta`, `moving_mean`, `moving_variance`: `[channels]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct BatchNorm {
    /// Normalized axis.
    #[serde(default = "last_axis", deserialize_with = "scalar")]
    pub axis: i64,
    /// Added to the variance.
    #[serde(default = "epsilon", deserialize_with = "scalar")]
    pub epsilon: f64,
    /// Whether there is a `beta`.
    #[serde(default = "yes", deserialize_with = "scalar")]
    pub center: bool,
    /// Whether there is a `gamma`.
    #[serde(default = "yes", deserialize_with = "scalar")]
    pub scale: bool,
    /// Quantizer of `gamma`.
    #[serde(default)]
    pub gamma_quantizer: Option<Quantizer>,
    /// Quantizer of `beta`.
    #[serde(default)]
    pub beta_quantizer: Option<Quantizer>,
    /// Quantizer of `moving_mean`.
    #[serde(default)]
    pub mean_quantizer: Option<Quantizer>,
    /// Quantizer of `moving_variance`.
    #[serde(default)]
    pub variance_quantizer: Option<Quantizer>,
}

/// `LayerNormalization`. Weights `gamma`, `beta`: `[features]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LayerNorm {
    /// Normalized axis.
    #[serde(default = "last_axis", deserialize_with = "scalar")]
    pub axis: i64,
    /// Added to the variance.
    #[serde(default = "epsilon", deserialize_with = "scalar")]
    pub epsilon: f64,
    /// Whether there is a `beta`.
    #[serde(default = "yes", deserialize_with = "scalar")]
    pub center: bool,
    /// Whether there is a `gamma`.
    #[serde(default = "yes", deserialize_with = "scalar")]
    pub scale: bool,
}

/// The element-wise merges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeOp {
    /// Sum.
    Add,
    /// First minus second.
    Subtract,
    /// Product.
    Multiply,
    /// Mean.
    Average,
    /// Greatest.
    Maximum,
    /// Least.
    Minimum,
}

/// `Concatenate`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Concatenate {
    /// Axis along which inputs are joined; the batch is axis 0.
    #[serde(default = "last_axis", deserialize_with = "scalar")]
    pub axis: i64,
}

/// `Dot`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Dot {
    /// The contracted axis of each input.
    #[serde(deserialize_with = "two_axes")]
    pub axes: [i64; 2],
    /// Whether inputs are normalized first.
    #[serde(default, deserialize_with = "scalar")]
    pub normalize: bool,
}

fn two_axes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[i64; 2], D::Error> {
    let value = Json::deserialize(deserializer)?;
    if let Some(both) = value.as_i64() {
        return Ok([both, both]);
    }
    <[i64; 2]>::deserialize(&value)
        .map_err(|_| D::Error::custom(format!("{value} is neither an axis nor a pair")))
}

/// `EinsumDense`: a product of the input and a kernel of weights by an equation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct EinsumDense {
    /// The equation with the batch axis, e.g. `bij,jk->bik`.
    pub equation: String,
    /// Activation applied to the outputs.
    #[serde(default)]
    pub activation: Activation,
    /// The letters of the axes that the bias has; no bias without them.
    #[serde(default)]
    pub bias_axes: Option<String>,
}

impl EinsumDense {
    /// Whether there is a bias.
    #[must_use]
    pub fn has_bias(&self) -> bool {
        self.bias_axes.as_ref().is_some_and(|axes| !axes.is_empty())
    }
}

/// `Reshape`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Reshape {
    /// Shape without the batch axis; one axis may be -1 (whatever is left).
    pub target_shape: Vec<i64>,
}

/// `Permute`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Permute {
    /// Old axis for each new one, counted from 1 (the batch is axis 0).
    pub dims: Vec<usize>,
}

/// `Embedding`. Weight `embeddings`: `[input_dim, output_dim]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Embedding {
    /// Vocabulary size.
    #[serde(deserialize_with = "scalar")]
    pub input_dim: usize,
    /// Features per token.
    #[serde(deserialize_with = "scalar")]
    pub output_dim: usize,
    /// Whether token 0 is masked.
    #[serde(default, deserialize_with = "scalar")]
    pub mask_zero: bool,
}

/// Which recurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RnnKind {
    /// `SimpleRNN`.
    Simple,
    /// `LSTM`; gates in the order input, forget, cell, output.
    Lstm,
    /// `GRU`; gates in the order update, reset, candidate.
    Gru,
}

impl RnnKind {
    /// Gates whose weights lie side by side in the kernels.
    #[must_use]
    pub fn gates(self) -> usize {
        match self {
            Self::Simple => 1,
            Self::Lstm => 4,
            Self::Gru => 3,
        }
    }
}

/// A recurrent layer. Kernel `[n_in, gates·units]`, recurrent kernel `[units, gates·units]`, bias `[gates·units]`
/// (`[2, 3·units]` for a GRU with `reset_after`).
#[derive(Debug, Clone, PartialEq)]
pub struct Rnn {
    /// Which recurrence.
    pub kind: RnnKind,
    /// The fields.
    pub fields: RnnFields,
}

/// Fields of all recurrent layers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RnnFields {
    /// State size.
    #[serde(deserialize_with = "scalar")]
    pub units: usize,
    /// Activation of the candidate.
    #[serde(default = "tanh")]
    pub activation: Activation,
    /// Activation of the gates (none in `SimpleRNN`).
    #[serde(default = "sigmoid")]
    pub recurrent_activation: Activation,
    /// Whether there is a bias.
    #[serde(default = "yes", deserialize_with = "scalar")]
    pub use_bias: bool,
    /// All steps instead of the last one.
    #[serde(default, deserialize_with = "scalar")]
    pub return_sequences: bool,
    /// The final state as further outputs.
    #[serde(default, deserialize_with = "scalar")]
    pub return_state: bool,
    /// Steps in reverse order.
    #[serde(default, deserialize_with = "scalar")]
    pub go_backwards: bool,
    /// State kept between batches.
    #[serde(default, deserialize_with = "scalar")]
    pub stateful: bool,
    /// Time axis before the batch axis.
    #[serde(default, deserialize_with = "scalar")]
    pub time_major: bool,
    /// GRU only: reset applied after the matrix product.
    #[serde(default, deserialize_with = "scalar")]
    pub reset_after: bool,
    /// Quantizer of the kernel.
    #[serde(default)]
    pub kernel_quantizer: Option<Quantizer>,
    /// Quantizer of the recurrent kernel.
    #[serde(default)]
    pub recurrent_quantizer: Option<Quantizer>,
    /// Quantizer of the bias.
    #[serde(default)]
    pub bias_quantizer: Option<Quantizer>,
    /// Quantizer of the state.
    #[serde(default)]
    pub state_quantizer: Option<Quantizer>,
}

impl std::ops::Deref for Rnn {
    type Target = RnnFields;

    fn deref(&self) -> &RnnFields {
        &self.fields
    }
}

fn tanh() -> Activation {
    Activation::Function(ActivationFunction::Tanh)
}

fn sigmoid() -> Activation {
    Activation::Function(ActivationFunction::Sigmoid)
}

pub(in crate::source) fn rnn(config: &Json, kind: RnnKind) -> Result<Rnn, String> {
    typed(config).map(|fields| Rnn { kind, fields })
}
