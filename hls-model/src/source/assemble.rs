//! Files whose layers are described as Keras does: the architecture becomes a model, which then gets its arrays.

use std::path::Path;

use serde_json::Value as Json;

use super::error::{Problem, SourceError};
use super::h5::{self, H5Library};
use super::keras::{Generation, KerasModel, LayerConfig, NamedArray};
use super::keras2::archive::{KerasArchive, LayerWeights, check_length};
use super::keras2::{topology, weights};
use super::keras3::container::{Archive, CONFIG, METADATA, WEIGHTS};
use super::keras3::{architecture, variables};
use super::python_json;
use crate::warning::Warning;

/// Reads an H5 file as `model.save("m.h5")` writes it, in any version of Keras.
pub(super) fn read_h5(library: H5Library, bytes: &[u8]) -> Result<KerasModel, Problem> {
    let archive = KerasArchive::read(library, bytes)?;
    let mut model = model(&archive.model_config, archive.keras_version)?;
    weights::attach(&mut model, archive.layers)?;
    Ok(model)
}

/// Reads a `.keras` archive.
pub(super) fn read_archive(library: H5Library, bytes: &[u8]) -> Result<KerasModel, Problem> {
    let archive = Archive::open(bytes)?;
    let config = python_json::parse(&archive.text(CONFIG)?)
        .map_err(|error| Problem::Json { of: CONFIG, reason: error.to_string() })?;
    // What is not known of the version shows in the architecture.
    let metadata = archive.text(METADATA).ok().and_then(|text| python_json::parse(&text).ok());
    let version = metadata.as_ref().and_then(|metadata| metadata.get("keras_version")?.as_str());
    let mut model = model(&config, version.map(str::to_owned))?;

    let bytes = archive.bytes(WEIGHTS)?;
    check_length(&bytes)?;
    let layers = match library {
        H5Library::Pure => variables::read(&model, h5::pure::open(&bytes)),
        #[cfg(feature = "libhdf5")]
        H5Library::Libhdf5 => variables::read(&model, h5::libhdf5::open(&bytes)),
    };
    weights::attach(&mut model, layers?)?;
    Ok(model)
}

/// The model without its arrays.
fn model(architecture: &Json, version: Option<String>) -> Result<KerasModel, Problem> {
    let generation = Generation::of(architecture, version.as_deref());
    let mut model = match generation {
        Generation::Keras2 => topology::model_from_json(architecture)?,
        Generation::Keras3 => topology::model_from_json(&architecture::in_words_of_keras2(architecture)?)?,
    };
    mark(&mut model, generation);
    let is_known =
        version.as_deref().is_some_and(|version| version.starts_with("2.") || version.starts_with("3."));
    if !is_known {
        let message = format!(
            "the file names {} as its Keras version; it is read as {generation}",
            version.as_deref().unwrap_or("none")
        );
        model.warnings.push(Warning { layer: None, message });
    }
    model.keras_version = version;
    Ok(model)
}

fn mark(model: &mut KerasModel, generation: Generation) {
    model.generation = generation;
    for layer in &mut model.layers {
        if let LayerConfig::Model(inner) = &mut layer.config {
            mark(inner, generation);
        }
    }
}

/// A model from its architecture, as Keras's `to_json()` gives it, and the arrays of its layers by name; for models that are made rather
/// than read. `origin` names it in messages.
///
/// # Errors
/// As [`read`](super::read): architecture and arrays pass the same checks.
pub fn assemble(
    architecture: &Json,
    arrays: impl IntoIterator<Item = (String, Vec<NamedArray>)>,
    origin: &Path,
) -> Result<KerasModel, SourceError> {
    let assembled = || {
        let mut model = model(architecture, None)?;
        // Nobody wrote a file.
        model.warnings.clear();
        let groups = arrays.into_iter().map(|(layer, arrays)| LayerWeights { layer, arrays });
        weights::attach(&mut model, groups.collect())?;
        Ok(model)
    };
    assembled().map_err(|problem| SourceError { file: origin.to_owned(), problem })
}
