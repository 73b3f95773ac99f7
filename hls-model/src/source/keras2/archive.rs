//! What Keras puts where in an H5 file: attributes `model_config`, `keras_version` at the root; a group
//! `model_weights` with one group per layer, whose attribute `weight_names` lists datasets below it.
//!
//! Lists of names too long for one attribute are split into numbered ones (`layer_names0`, `layer_names1`, …).

use ndarray::{ArrayD, IxDyn};

use crate::source::error::Problem;
use crate::source::h5::{self, Dataset, Group, H5Error, H5Library};
use crate::source::keras::NamedArray;
use crate::source::python_json;

/// All arrays of a file together may take this many bytes as float64.
const MAX_WEIGHT_BYTES: usize = 2 << 30;
/// Names in one list; far above any model.
const MAX_NAMES: usize = 1 << 20;
/// How messages name the container as a whole.
const ROOT: &str = "the file's root";

/// A Keras file taken apart.
pub(in crate::source) struct KerasArchive {
    pub model_config: serde_json::Value,
    pub keras_version: Option<String>,
    pub layers: Vec<LayerWeights>,
}

/// The arrays under one top-level layer's group.
pub(in crate::source) struct LayerWeights {
    pub layer: String,
    pub arrays: Vec<NamedArray>,
}

impl KerasArchive {
    pub fn read(library: H5Library, bytes: &[u8]) -> Result<Self, Problem> {
        check_length(bytes)?;
        match library {
            H5Library::Pure => Self::from_root(at(ROOT, h5::pure::open(bytes))?, bytes.len()),
            #[cfg(feature = "libhdf5")]
            H5Library::Libhdf5 => Self::from_root(at(ROOT, h5::libhdf5::open(bytes))?, bytes.len()),
        }
    }

    fn from_root(root: impl Group, file_bytes: usize) -> Result<Self, Problem> {
        let text = single_text(&root, "model_config")?;
        let keras_version = single_text(&root, "keras_version")?;
        let Some(text) = text else { return Err(missing_architecture(&root)) };
        let model_config = python_json::parse(&text)
            .map_err(|e| Problem::Json { of: "model_config", reason: e.to_string() })?;
        let weights = at("model_weights", root.group("model_weights"))?.ok_or(Problem::NoWeights)?;
        Ok(Self { model_config, keras_version, layers: read_layers(weights, file_bytes)? })
    }
}

/// A file shorter than its own header says is cut off, even if what is missing would not be read.
pub(in crate::source) fn check_length(bytes: &[u8]) -> Result<(), Problem> {
    let actual = bytes.len() as u64;
    match h5::pure::recorded_length(bytes) {
        Some(expected) if expected > actual => Err(Problem::Truncated { expected, actual }),
        _ => Ok(()),
    }
}

fn missing_architecture(root: &impl Group) -> Problem {
    let has = |name: &str| matches!(root.group(name), Ok(Some(_)));
    let has_names = |name: &str| matches!(root.texts(name), Ok(Some(_)));
    // Keras 2.13 and later, and Keras 3, write `layers/…/vars` groups into files called `….weights.h5`.
    let of_objects = ["layers", "vars", "_layer_checkpoint_dependencies"].into_iter().any(has);
    let of_layers = has_names("layer_names") || has_names("layer_names0") || has("model_weights");
    if of_objects || of_layers { Problem::WeightsOnly } else { Problem::NotKeras }
}

fn read_layers(weights: impl Group, file_bytes: usize) -> Result<Vec<LayerWeights>, Problem> {
    let place = "group \"model_weights\"";
    let names = names(&weights, "layer_names", place)?;
    // One-byte elements become eight bytes. Names that lead to the same array again and again do not get around this.
    let mut budget = MAX_WEIGHT_BYTES.min(h5::dataset_limit(file_bytes).saturating_mul(8));
    names.into_iter().map(|layer| read_layer(&weights, layer, &mut budget)).collect()
}

fn read_layer(weights: &impl Group, layer: String, budget: &mut usize) -> Result<LayerWeights, Problem> {
    let place = format!("weights of layer {layer:?}");
    let group = at(&place, walk(weights, &layer))?.ok_or_else(|| {
        Problem::weights(&layer, "it is listed in `layer_names` but has no group in `model_weights`")
    })?;
    let names = names(&group, "weight_names", &place)?;
    let mut arrays = Vec::with_capacity(names.len().min(1024));
    for name in names {
        let place = format!("weight {name:?} of layer {layer:?}");
        let dataset = at(&place, find_dataset(&group, &name))?.ok_or_else(|| {
            Problem::weights(&layer, format!("its weight {name:?} is listed but not there"))
        })?;
        let bytes = dataset.values.len().saturating_mul(size_of::<f64>());
        *budget = budget.checked_sub(bytes).ok_or_else(|| {
            Problem::architecture(
                "its weights take more bytes together than a file of this size can hold".to_owned(),
            )
        })?;
        arrays.push(named_array(&layer, name, dataset)?);
    }
    Ok(LayerWeights { layer, arrays })
}

fn walk<G: Group>(from: &G, path: &str) -> Result<Option<G>, H5Error> {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    match from.group(first)? {
        Some(group) => group.descend(rest),
        None => Ok(None),
    }
}

fn find_dataset<G: Group>(group: &G, path: &str) -> Result<Option<Dataset>, H5Error> {
    match path.rsplit_once('/') {
        None => group.dataset(path),
        Some((parent, name)) => match walk(group, parent)? {
            Some(parent) => parent.dataset(name),
            None => Ok(None),
        },
    }
}

fn named_array(layer: &str, name: String, dataset: Dataset) -> Result<NamedArray, Problem> {
    let Dataset { shape, dtype, values } = dataset;
    let data = ArrayD::from_shape_vec(IxDyn(&shape), values).map_err(|e| {
        Problem::weights(layer, format!("its weight {name:?} of shape {shape:?} is broken ({e})"))
    })?;
    let last = name.rsplit('/').next().unwrap_or(&name);
    let role = last.split(':').next().unwrap_or(last).to_owned();
    Ok(NamedArray { name, role, data, dtype })
}

/// A list of names, whole or in numbered parts.
fn names(group: &impl Group, attribute: &str, place: &str) -> Result<Vec<String>, Problem> {
    if let Some(names) = at(place, group.texts(attribute))? {
        return Ok(names);
    }
    let mut all = Vec::new();
    for part in 0.. {
        match at(place, group.texts(&format!("{attribute}{part}")))? {
            Some(names) => all.extend(names),
            None if part == 0 => {
                let missing = format!("the attribute `{attribute}` is missing");
                return Err(Problem::Container { place: place.to_owned(), error: H5Error::Damaged(missing) });
            }
            None => break,
        }
        if all.len() > MAX_NAMES {
            return Err(Problem::architecture(format!("`{attribute}` lists more than {MAX_NAMES} names")));
        }
    }
    Ok(all)
}

fn single_text(root: &impl Group, attribute: &str) -> Result<Option<String>, Problem> {
    let texts = at(&format!("attribute `{attribute}`"), root.texts(attribute))?;
    Ok(texts.and_then(|texts| texts.into_iter().next()))
}

fn at<T>(place: &str, result: Result<T, H5Error>) -> Result<T, Problem> {
    result.map_err(|error| Problem::Container { place: place.to_owned(), error })
}
