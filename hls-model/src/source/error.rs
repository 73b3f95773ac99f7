//! Everything that can be wrong with a model file, as sentences for the person who has to fix it.

use super::h5::H5Error;
use super::keras::SUPPORTED_CLASSES;
use std::path::PathBuf;

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
        "it is a directory; name an H5 file (a SavedModel directory has to be saved again with `model.save(\"m.h5\")`)"
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
    #[error("it is not an HDF5 file but {found}; save the model with Keras 2 as `model.save(\"m.h5\")`")]
    NotHdf5 {
        /// What it looks like instead.
        found: &'static str,
    },
    /// The file ends early.
    #[error(
        "the file is truncated: it has {actual} of {expected} bytes; copy it again or save the model anew"
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
        "it holds weights without an architecture (no `model_config`); save the whole model with `model.save(\"m.h5\")` \
         instead of `save_weights`"
    )]
    WeightsOnly,
    /// HDF5, but not from Keras.
    #[error(
        "it is an HDF5 file without `model_config`, so no Keras model; save one with `model.save(\"m.h5\")`"
    )]
    NotKeras,
    /// An architecture without weights.
    #[error("it has no `model_weights` group; save the model with its weights, `model.save(\"m.h5\")`")]
    NoWeights,
    /// Saved by Keras 3, whose configuration differs.
    #[error(
        "it was saved by Keras 3 ({detail}); load it with tf_keras (Keras 2) and save it as H5 from there"
    )]
    Keras3 {
        /// What gave it away.
        detail: String,
    },
    /// `model_config` is not JSON.
    #[error("its `model_config` is not valid JSON ({reason}); the file is damaged, save the model anew")]
    Json {
        /// The parser's words.
        reason: String,
    },
    /// The architecture as a whole makes no sense.
    #[error("its architecture (`model_config`) cannot be used: {reason}")]
    Architecture {
        /// What is wrong.
        reason: String,
    },
    /// A layer of a class that cannot be converted.
    #[error(
        "layer {layer:?} is of class {class:?}, which is not supported{}; classes that can be read are {} (docs/layers.md says what becomes of each)",
        instead_of(class),
        SUPPORTED_CLASSES.join(", ")
    )]
    UnsupportedLayer {
        /// The layer's name.
        layer: String,
        /// Its class as the file spells it.
        class: String,
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
    #[error("layer {layer:?}: {reason}; the file is damaged or was edited, save the model anew")]
    Weights {
        /// The layer's name.
        layer: String,
        /// What is wrong.
        reason: String,
    },
}

/// What to build a model of instead of some classes.
fn instead_of(class: &str) -> &'static str {
    match class {
        "Lambda" | "TFOpLambda" | "SlicingOpLambda" => {
            ": the file holds its code for Python; use layers of Keras and QKeras"
        }
        "Conv1DTranspose" | "Conv2DTranspose" => {
            ": use UpSampling1D or UpSampling2D with a convolution behind it"
        }
        "MultiHeadAttention" | "Attention" | "AdditiveAttention" => ": use Dense, Dot and Softmax layers",
        "Conv3D" | "MaxPooling3D" | "AveragePooling3D" => ": use layers of one or two dimensions",
        "ConvLSTM1D" | "ConvLSTM2D" => ": use TimeDistributed convolutions",
        _ => "",
    }
}

impl Problem {
    pub(crate) fn architecture(reason: impl Into<String>) -> Self {
        Self::Architecture { reason: reason.into() }
    }

    pub(crate) fn weights(layer: &str, reason: impl Into<String>) -> Self {
        Self::Weights { layer: layer.to_owned(), reason: reason.into() }
    }
}
