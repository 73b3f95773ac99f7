//! Everything that can be wrong with a model file, as sentences for the person who has to fix it.

use std::path::PathBuf;

use super::h5::H5Error;
use super::keras::config::HGQ_CLASSES;
use super::keras::{SUPPORTED_CLASSES, hgq_class};

/// A model file that cannot be read: which file, and what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the model {}: {problem}", file.display())]
pub struct SourceError {
    /// The file, as named by the caller.
    pub file: PathBuf,
    /// What is wrong (part of the message, so it is no `source` of its own).
    pub problem: Problem,
}

/// What is wrong with a model file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The operating system refuses.
    #[error("{reason}; check the path and its permissions")]
    Unreadable {
        /// The operating system's words.
        reason: std::io::Error,
    },
    /// There is no such file.
    #[error("the file does not exist; check the path")]
    Missing,
    /// The path names a directory.
    #[error(
        "it is a directory; name a model file (a SavedModel directory has to be saved again with `model.save(\"m.keras\")`)"
    )]
    Directory,
    /// Nothing in it.
    #[error("the file is empty; was it copied completely?")]
    Empty,
    /// More than the reader takes.
    #[error("the file has {size} bytes; models of at most {limit} bytes are read")]
    TooLarge {
        /// Bytes in the file.
        size: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// The signature is missing.
    #[error(
        "it is neither an HDF5 file nor a Keras 3 archive but {found}; save the model as `model.save(\"m.keras\")` or, with Keras 2, \
         as `model.save(\"m.h5\")`"
    )]
    NotAModel {
        /// What it looks like instead.
        found: &'static str,
    },
    /// The file ends early.
    #[error(
        "the file is truncated: it has {actual} of {expected} bytes; copy it again or save the model again"
    )]
    Truncated {
        /// Bytes that the file's header promises.
        expected: u64,
        /// Bytes present.
        actual: u64,
    },
    /// Trouble inside the container.
    #[error("{place}: {error}")]
    Container {
        /// The group, attribute or dataset concerned.
        place: String,
        /// What is wrong there.
        error: H5Error,
    },
    /// There are weights but no architecture.
    #[error(
        "it holds weights without an architecture (no `model_config`), as `save_weights` writes them; load them into the \
         model that they belong to (`model.load_weights`), and save the whole of it with Keras 2 as `model.save(\"m.h5\")`"
    )]
    WeightsOnly,
    /// HDF5, but not from Keras.
    #[error(
        "it is an HDF5 file without `model_config`, so it is not a Keras model; save one with `model.save(\"m.h5\")`"
    )]
    NotKeras,
    /// An architecture without weights.
    #[error("it has no `model_weights` group; save the model with its weights, `model.save(\"m.h5\")`")]
    NoWeights,
    /// The zip archive, or a member of it, cannot be read.
    #[error(
        "{}: {reason}; copy the file again or save the model again",
        member.map_or("the zip archive is damaged".to_owned(), |name| format!("its member `{name}` cannot be read"))
    )]
    Archive {
        /// The member concerned.
        member: Option<&'static str>,
        /// What is wrong with it.
        reason: String,
    },
    /// `model_config` is not JSON.
    #[error("its `{of}` is not valid JSON ({reason}); the file is damaged, save the model again")]
    Json {
        /// The attribute or member.
        of: &'static str,
        /// The parser's words.
        reason: String,
    },
    /// The architecture as a whole makes no sense.
    #[error("its architecture cannot be used: {reason}")]
    Architecture {
        /// What is wrong.
        reason: String,
    },
    /// A layer of a class that cannot be converted.
    #[error(
        "layer {layer:?} is of class {class:?}, which is not supported{}; classes that can be read are {} (docs/layers.md says \
         what becomes of each)",
        instead_of(class, function.as_deref()),
        readable(class)
    )]
    UnsupportedLayer {
        /// The layer's name.
        layer: String,
        /// Its class as the file spells it.
        class: String,
        /// The function of TensorFlow or Keras that it calls, if it is a layer that does nothing else.
        function: Option<String>,
    },
    /// A layer's configuration makes no sense.
    #[error("layer {layer:?} ({class}): its configuration cannot be used: {reason}")]
    LayerConfig {
        /// The layer's name.
        layer: String,
        /// Its class as the file spells it.
        class: String,
        /// What is wrong.
        reason: String,
    },
    /// A layer's weights do not fit its configuration.
    #[error("layer {layer:?}: {reason}; the file is damaged or was edited, save the model again")]
    Weights {
        /// The layer's name.
        layer: String,
        /// What is wrong.
        reason: String,
    },
}

/// The classes that can be read, of the package that a class is of.
fn readable(class: &str) -> String {
    match hgq_class(class) {
        Some(_) => format!("of HGQ2 {}, and Keras's own", HGQ_CLASSES.join(", ")),
        None => SUPPORTED_CLASSES.join(", "),
    }
}

/// What to build a model of instead of some classes.
fn instead_of(class: &str, function: Option<&str>) -> String {
    // A registered class is saved as "package>name".
    let name = class.rsplit('>').next().unwrap_or(class);
    let advice = match name {
        _ if hgq_class(class).is_some() => instead_of_hgq(name),
        "Lambda" => "the file holds its code for Python; use layers of Keras and QKeras",
        _ if function.is_some() => return instead_of_function(function),
        "TFOpLambda" | "SlicingOpLambda" => return instead_of_function(function),
        "MultiHeadAttention" | "Attention" | "AdditiveAttention" => "use Dense, Dot and Softmax layers",
        "Conv3D" | "MaxPooling3D" | "AveragePooling3D" => "use layers of one or two dimensions",
        "ConvLSTM1D" | "ConvLSTM2D" => "use TimeDistributed convolutions",
        "ClusterWeights" | "ClusterWeightsMHA" => {
            "it is a wrapper for weight clustering; save `tfmot.clustering.keras.strip_clustering(model)` instead of the model"
        }
        "QuantizeLayer" | "QuantizeWrapper" | "QuantizeWrapperV2" | "QuantizeAnnotate" => {
            "it belongs to tfmot's quantization-aware training, which nothing strips; build the model of QKeras layers (QDense, \
             QConv2D, QActivation) and train it with those"
        }
        "FixedPointQuantizer" | "UnaryLUT" => {
            "it is a proxy layer of HGQ, which hls4ml converts and this program does not; use QKeras's quantizers"
        }
        "GroupNormalization" | "UnitNormalization" | "RMSNormalization" => {
            "use BatchNormalization, which costs nothing after a Dense or a convolution, or LayerNormalization"
        }
        "Rescaling" | "Normalization" => "scale the samples before the model, or use BatchNormalization",
        "GarNet" | "GarNetStack" => "hls4ml converts it and this program does not",
        _ => match class.split_once('>') {
            Some((package, _)) if function.is_none() => {
                return format!(
                    ": it belongs to {package}, whose code the file does not hold; use layers of Keras and QKeras"
                );
            }
            _ => return String::new(),
        },
    };
    format!(": {advice}")
}

/// What to use instead of layers of HGQ2 that have no place in a firmware.
fn instead_of_hgq(name: &str) -> &'static str {
    match name {
        "QGRU" | "QSimpleRNN" => {
            "hls4ml has no firmware for HGQ2's recurrent layers; use a QLSTM or QGRU of QKeras, or QConv1D"
        }
        "QMultiHeadAttention" | "QLinformerAttention" | "QMultiHeadAttentionT" | "QLinformerAttentionT" => {
            "hls4ml 1.3.0 converts it into something else without saying so; use QEinsumDense, QEinsum and QSoftmax"
        }
        "QEinsumDenseT" => {
            "HGQ2 0.2.0 itself cannot compute it with hidden layers, nor does hls4ml convert it; use QDenseT, QConvT1D or QConvT2D"
        }
        "QConv3D"
        | "QMaxPooling3D"
        | "QAveragePooling3D"
        | "QGlobalMaxPooling3D"
        | "QGlobalAveragePooling3D" => "use layers of one or two dimensions",
        "QAffinedUnaryFunctionLUT" => "use a QBatchNormalization and a QUnaryFunctionLUT",
        _ => "it is a layer of HGQ2 that hls4ml does not convert, either; use others of its layers",
    }
}

/// The layers that do what a TensorFlow function does that was called on a tensor of a functional model.
fn instead_of_function(function: Option<&str>) -> String {
    let Some(function) = function else {
        return ": it stands for a TensorFlow function that was called on a tensor; use layers of Keras and QKeras".to_owned();
    };
    let name = function.rsplit('.').next().unwrap_or(function);
    let layer = match name {
        "add" | "multiply" | "mul" | "subtract" | "sub" | "maximum" | "minimum" => {
            "an Add, Multiply, Subtract, Maximum or Minimum layer for two tensors, a BatchNormalization for a constant factor or \
             summand"
        }
        "relu" | "relu6" | "sigmoid" | "tanh" | "softmax" | "softplus" | "softsign" | "elu" | "selu"
        | "leaky_relu" | "gelu" | "silu" | "swish" => "an Activation layer",
        "concat" | "concatenate" => "a Concatenate layer",
        "reshape" | "squeeze" | "expand_dims" => "a Reshape layer",
        "transpose" => "a Permute layer",
        "getitem" | "strided_slice" | "slice" => "a Cropping1D or Cropping2D layer",
        "reduce_mean" | "reduce_max" => "a global pooling layer",
        "mean" | "max" | "get_item" if function.starts_with("keras.") => {
            "a global pooling layer, or a Cropping1D or Cropping2D layer"
        }
        "matmul" | "tensordot" | "einsum" => "a Dense or Dot layer",
        "pad" => "a ZeroPadding1D or ZeroPadding2D layer",
        "resize" => "an UpSampling2D layer",
        _ => "layers of Keras and QKeras",
    };
    let origin = if function.starts_with("keras.") { "" } else { "TensorFlow " };
    format!(": it calls the {origin}function `{function}`; use {layer} instead")
}

impl Problem {
    pub(crate) fn architecture(reason: impl Into<String>) -> Self {
        Self::Architecture { reason: reason.into() }
    }

    pub(crate) fn weights(layer: &str, reason: impl Into<String>) -> Self {
        Self::Weights { layer: layer.to_owned(), reason: reason.into() }
    }
}
