//! Keras-2 model files in legacy H5 form, as `model.save("m.h5")` writes them.

mod archive;
mod plain;
mod topology;
mod weights;

use std::path::Path;

use super::error::{Problem, SourceError};
use super::h5::H5Library;
use super::keras::{KerasModel, NamedArray};

/// Reads an H5 file.
pub(super) fn read(library: H5Library, bytes: &[u8]) -> Result<KerasModel, Problem> {
    let archive = archive::KerasArchive::read(library, bytes)?;
    let mut model = topology::model_from_json(&archive.model_config)?;
    model.keras_version = archive.keras_version;
    model.warnings.extend(archive.warnings);
    weights::attach(&mut model, archive.layers)?;
    Ok(model)
}

/// A model from its architecture, as Keras's `to_json()` gives it, and the arrays of its layers by name; for models that are made rather
/// than read. `origin` names it in messages.
///
/// # Errors
/// As [`read`](super::read): architecture and arrays pass the same checks.
pub fn assemble(
    architecture: &serde_json::Value,
    arrays: impl IntoIterator<Item = (String, Vec<NamedArray>)>,
    origin: &Path,
) -> Result<KerasModel, SourceError> {
    let assembled = || {
        let mut model = topology::model_from_json(architecture)?;
        let groups = arrays.into_iter().map(|(layer, arrays)| archive::LayerWeights { layer, arrays });
        weights::attach(&mut model, groups.collect())?;
        Ok(model)
    };
    assembled().map_err(|problem| SourceError { file: origin.to_owned(), problem })
}
