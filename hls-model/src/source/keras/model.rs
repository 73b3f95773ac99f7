//! A Keras model as its layers and their arrays, whichever file they came from.

use super::config::*;
use super::generation::Generation;
use crate::source::h5::Dtype;
use crate::warning::Warning;

/// A model with its weights.
#[derive(Debug, Clone)]
pub struct KerasModel {
    /// The model's name.
    pub name: String,
    /// How it was built.
    pub kind: ModelKind,
    /// The layers in the order of the file's configuration.
    pub layers: Vec<KerasLayer>,
    /// The input tensors, in order.
    pub inputs: Vec<TensorRef>,
    /// The output tensors, in order.
    pub outputs: Vec<TensorRef>,
    /// The Keras version that saved the file (not set for nested models).
    pub keras_version: Option<String>,
    /// The generation of that version, which decides what some layers become.
    pub generation: Generation,
    /// What is odd but can be read.
    pub warnings: Vec<Warning>,
}

/// How a model was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelKind {
    /// A plain stack.
    Sequential,
    /// A graph of calls.
    Functional,
}

/// One output tensor of one call of a layer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TensorRef {
    /// The layer's name.
    pub layer: String,
    /// Which call of the layer, an index into [`KerasLayer::calls`]; 0 for input layers.
    pub node: usize,
    /// Which output of that call.
    pub tensor: usize,
}

/// A layer with its weights.
#[derive(Debug, Clone)]
pub struct KerasLayer {
    /// The layer's name, unique in its model.
    pub name: String,
    /// The class, under the name that Keras has for it (`BatchNormalization` for `BatchNormalizationV1`).
    pub class_name: String,
    /// What it does.
    pub config: LayerConfig,
    /// Input tensors of each call; input layers and wrapped layers have none.
    pub calls: Vec<Vec<TensorRef>>,
    /// The name by which the file's weights know it: that of the pruning wrapper around it, otherwise its own.
    pub saved_as: String,
    /// The weights in file order (nested layers hold their own).
    pub weights: Vec<NamedArray>,
    /// The configuration object as it is in the file.
    pub raw: serde_json::Value,
}

/// What a layer is and does, by class.
///
/// Exhaustive on purpose: code that decides by it has to decide for a new one.
#[derive(Debug, Clone)]
pub enum LayerConfig {
    /// `InputLayer`.
    Input(Input),
    /// `Dense`, `QDense`, `BinaryDense`, `TernaryDense`.
    Dense(Dense),
    /// `QDenseBatchnorm`: a dense layer with a folded batch normalization.
    DenseBatchNorm(Box<(Dense, BatchNorm, BatchNormFolding)>),
    /// `EinsumDense`.
    EinsumDense(EinsumDense),
    /// `Activation` and `QActivation`.
    Activation(Activation),
    /// `ReLU`.
    Relu(Relu),
    /// `LeakyReLU`.
    LeakyRelu(LeakyRelu),
    /// `ThresholdedReLU`.
    ThresholdedRelu(ThresholdedRelu),
    /// `ELU`.
    Elu(Elu),
    /// `PReLU`.
    Prelu(Prelu),
    /// `Softmax`.
    Softmax(Softmax),
    /// `BatchNormalization` and `QBatchNormalization`.
    BatchNormalization(BatchNorm),
    /// `LayerNormalization`.
    LayerNormalization(LayerNorm),
    /// `Add`, `Subtract`, `Multiply`, `Average`, `Maximum`, `Minimum`.
    Merge(MergeOp),
    /// `Concatenate`.
    Concatenate(Concatenate),
    /// `Dot`.
    Dot(Dot),
    /// `Flatten`.
    Flatten(DataFormat),
    /// `Reshape`.
    Reshape(Reshape),
    /// `Permute`.
    Permute(Permute),
    /// Layers that only act in training: the dropouts, the noises, `ActivityRegularization`.
    InferenceIdentity,
    /// `RepeatVector`: how many times.
    RepeatVector(usize),
    /// `Conv1D`, `QConv1D`.
    Conv1D(Conv<1>),
    /// `Conv2D`, `QConv2D`.
    Conv2D(Conv<2>),
    /// `QConv2DBatchnorm`: a convolution with a folded batch normalization.
    Conv2DBatchNorm(Box<(Conv<2>, BatchNorm, BatchNormFolding)>),
    /// `Conv1DTranspose`.
    Conv1DTranspose(ConvTranspose<1>),
    /// `Conv2DTranspose`, `QConv2DTranspose`.
    Conv2DTranspose(ConvTranspose<2>),
    /// `DepthwiseConv1D`.
    DepthwiseConv1D(DepthwiseConv<1>),
    /// `DepthwiseConv2D`, `QDepthwiseConv2D`.
    DepthwiseConv2D(DepthwiseConv<2>),
    /// `SeparableConv1D`, `QSeparableConv1D`.
    SeparableConv1D(SeparableConv<1>),
    /// `SeparableConv2D`, `QSeparableConv2D`.
    SeparableConv2D(SeparableConv<2>),
    /// `MaxPooling1D`, `AveragePooling1D`.
    Pooling1D(PoolKind, Pool<1>),
    /// `MaxPooling2D`, `AveragePooling2D`.
    Pooling2D(PoolKind, Pool<2>),
    /// `GlobalMaxPooling1D`, `GlobalAveragePooling1D`.
    GlobalPooling1D(PoolKind, GlobalPool),
    /// `GlobalMaxPooling2D`, `GlobalAveragePooling2D`.
    GlobalPooling2D(PoolKind, GlobalPool),
    /// `ZeroPadding1D`.
    ZeroPadding1D(Margins<1>),
    /// `ZeroPadding2D`.
    ZeroPadding2D(Margins<2>),
    /// `Cropping1D`.
    Cropping1D(Margins<1>),
    /// `Cropping2D`.
    Cropping2D(Margins<2>),
    /// `UpSampling1D`.
    UpSampling1D(UpSampling1D),
    /// `UpSampling2D`.
    UpSampling2D(UpSampling2D),
    /// `Embedding`.
    Embedding(Embedding),
    /// `SimpleRNN`, `LSTM`, `GRU` and their quantized forms.
    Rnn(Rnn),
    /// A layer of HGQ2.
    Hgq(Box<Hgq>),
    /// `TimeDistributed` and the layer that it repeats.
    TimeDistributed(Box<KerasLayer>),
    /// `Bidirectional`.
    Bidirectional(Box<Bidirectional>),
    /// A nested `Functional`, `Sequential` or `Model`.
    Model(Box<KerasModel>),
}

/// `Bidirectional`: both directions as layers of their own, each with its weights.
#[derive(Debug, Clone)]
pub struct Bidirectional {
    /// The layer given as `layer`; its weights are the ones saved as `forward_…`.
    pub forward: KerasLayer,
    /// The layer given as `backward_layer`, or `forward`'s configuration; weights saved as `backward_…`.
    pub backward: KerasLayer,
    /// Whether `backward_layer` was given in the file.
    pub explicit_backward: bool,
    /// How both outputs are joined: `concat`, `sum`, `mul`, `ave`, or `None` for two outputs.
    pub merge_mode: Option<String>,
}

/// A weight array.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedArray {
    /// The name in the file, e.g. `dense0/kernel:0`.
    pub name: String,
    /// The last part of the name, e.g. `kernel`.
    pub role: String,
    /// The values as Keras holds them: rounded to float32, unless the layer computes in float64.
    pub data: ndarray::ArrayD<f64>,
    /// The element type in the file.
    pub dtype: Dtype,
}

impl KerasModel {
    /// The layer of this name.
    #[must_use]
    pub fn layer(&self, name: &str) -> Option<&KerasLayer> {
        self.layers.iter().find(|layer| layer.name == name)
    }

    /// The sum of its layers' [`ebops`](KerasLayer::ebops); `None` if no layer has any.
    #[must_use]
    pub fn ebops(&self) -> Option<u64> {
        self.layers.iter().filter_map(KerasLayer::ebops).reduce(u64::saturating_add)
    }
}

impl KerasLayer {
    /// The weight in this role (`kernel`, `bias`, `gamma`, …).
    #[must_use]
    pub fn weight(&self, role: &str) -> Option<&NamedArray> {
        self.weights.iter().find(|weight| weight.role == role)
    }

    /// HGQ2's cost figure of the layer, as the file has it (EBOPs: products of the bits of what is multiplied); `None` for a layer that has none.
    /// It is 0 until the model is trained or traced.
    #[must_use]
    pub fn ebops(&self) -> Option<u64> {
        let roles = ["ebops", "exp_table/ebops", "inv_table/ebops"];
        let own = roles.iter().filter_map(|role| self.weight(role)?.data.first().copied());
        let own: Option<f64> = own.reduce(|sum, next| sum + next);
        match &self.config {
            LayerConfig::Hgq(_) => own.map(|ebops| ebops as u64),
            LayerConfig::TimeDistributed(inner) => inner.ebops(),
            LayerConfig::Model(inner) => inner.ebops(),
            _ => None,
        }
    }

    /// Whether its weights are float64 (`keras.backend.set_floatx("float64")`, or its own `dtype`).
    pub fn has_double_precision(&self) -> bool {
        let dtype = self.raw.get("dtype");
        // A policy is an object that names itself.
        let policy = dtype.and_then(|dtype| dtype.get("config")?.get("name"));
        policy.or(dtype).and_then(serde_json::Value::as_str) == Some("float64")
    }
}
