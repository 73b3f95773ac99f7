//! Keras-2 model files in legacy H5 form, as `model.save("m.h5")` writes them, read into typed layers with their weights.
//!
//! ```text
//! bytes ─▶ h5/ (container) ─▶ archive (what Keras puts where) ─┬▶ topology + config/ (architecture) ─┐
//!                                                              └▶ weights (arrays by layer) ─────────┴▶ KerasModel
//! ```
//!
//! A file is read into memory once, so that one that changes meanwhile cannot confuse; nothing in it is trusted. Names,
//! classes, references between layers and weight shapes are checked here; tensor shapes are the graph builder's business.

mod archive;
pub mod config;
mod error;
pub mod h5;
mod plain;
mod topology;
mod weights;

pub use config::LayerConfig;
pub use error::{KerasError, Problem};
pub use h5::{Backend, Dtype, H5Error};

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Files above this size are refused.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

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
    /// The configuration object as it stands in the file.
    pub raw: serde_json::Value,
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

/// Something odd that does not prevent reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The layer concerned, if it is one.
    pub layer: Option<String>,
    /// A sentence.
    pub message: String,
}

impl KerasModel {
    /// The layer of this name.
    pub fn layer(&self, name: &str) -> Option<&KerasLayer> {
        self.layers.iter().find(|layer| layer.name == name)
    }
}

impl KerasLayer {
    /// The weight in this role (`kernel`, `bias`, `gamma`, …).
    pub fn weight(&self, role: &str) -> Option<&NamedArray> {
        self.weights.iter().find(|weight| weight.role == role)
    }

    /// Whether its weights are float64 (`keras.backend.set_floatx("float64")`, or its own `dtype`).
    pub fn has_double_precision(&self) -> bool {
        let dtype = self.raw.get("dtype");
        // A policy is an object that names itself.
        let policy = dtype.and_then(|dtype| dtype.get("config")?.get("name"));
        policy.or(dtype).and_then(serde_json::Value::as_str) == Some("float64")
    }
}

/// Reads a model file.
///
/// # Errors
/// [`KerasError`] names the file, the layer where one is concerned, what is wrong, and what to do.
pub fn read(path: &Path) -> Result<KerasModel, KerasError> {
    let bytes = load(path).map_err(|problem| KerasError { file: path.to_owned(), problem })?;
    read_bytes(&bytes, path)
}

/// Reads a model file that is already in memory; `origin` names it in messages.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(bytes: &[u8], origin: &Path) -> Result<KerasModel, KerasError> {
    read_bytes_with(Backend::default(), bytes, origin)
}

/// As [`read_bytes`], with a chosen container library.
///
/// # Errors
/// As [`read`].
pub fn read_bytes_with(backend: Backend, bytes: &[u8], origin: &Path) -> Result<KerasModel, KerasError> {
    read_model(backend, bytes).map_err(|problem| KerasError { file: origin.to_owned(), problem })
}

/// A model from its architecture, as Keras's `to_json()` gives it, and the arrays of its layers by name; for models that are made rather
/// than read. `origin` names it in messages.
///
/// # Errors
/// As [`read`]: architecture and arrays pass the same checks.
pub fn assemble(
    architecture: &serde_json::Value,
    arrays: impl IntoIterator<Item = (String, Vec<NamedArray>)>,
    origin: &Path,
) -> Result<KerasModel, KerasError> {
    let assembled = || {
        let mut model = topology::model_from_json(architecture)?;
        let groups = arrays.into_iter().map(|(layer, arrays)| archive::LayerWeights { layer, arrays });
        weights::attach(&mut model, groups.collect())?;
        Ok(model)
    };
    assembled().map_err(|problem| KerasError { file: origin.to_owned(), problem })
}

fn read_model(backend: Backend, bytes: &[u8]) -> Result<KerasModel, Problem> {
    let archive = archive::Archive::read(backend, bytes)?;
    let mut model = topology::model_from_json(&archive.model_config)?;
    model.keras_version = archive.keras_version;
    model.warnings.extend(archive.warnings);
    weights::attach(&mut model, archive.layers)?;
    Ok(model)
}

fn load(path: &Path) -> Result<Vec<u8>, Problem> {
    let unreadable = |reason: std::io::Error| match reason.kind() {
        std::io::ErrorKind::NotFound => Problem::Missing,
        _ => Problem::Unreadable { reason },
    };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(Problem::Directory);
    }
    let too_large = |size| Problem::TooLarge { size, limit: MAX_FILE_BYTES };
    if metadata.len() > MAX_FILE_BYTES {
        return Err(too_large(metadata.len()));
    }
    // The cap also holds for files that grow and for devices that never end.
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes.len() as u64 {
        size if size > MAX_FILE_BYTES => Err(too_large(size)),
        _ => Ok(bytes),
    }
}
