//! The samples of a model in a file, in portions.

use super::npy::{ArrayFile, ArrayReader};
use crate::engine::Layers;
use anyhow::{Context, Error, anyhow, bail};
use hls_model::graph::{Graph, Tensor, TensorId};
use ndarray::Array2;
use std::path::{Path, PathBuf};

/// The samples of a model, read from the beginning.
pub struct SampleStream {
    path: PathBuf,
    inputs: Vec<ArrayReader>,
    samples: usize,
    read: usize,
}

/// Samples that follow each other.
pub struct Portion {
    /// How many there are before them.
    pub first: usize,
    /// For each input of the model `[samples, elements]`, C order of the tensor's own axes.
    pub inputs: Vec<Array2<f32>>,
}

impl Portion {
    /// Number of samples.
    pub fn len(&self) -> usize {
        self.inputs.first().map_or(0, Array2::nrows)
    }

    /// The bytes that a test bench's mode `--raw` reads.
    pub fn encoded(&self) -> Vec<u8> {
        let rows =
            (0..self.len()).flat_map(|i| self.inputs.iter().flat_map(move |array| array.row(i).to_vec()));
        hls_codegen::vitis::raw::encode_samples(rows)
    }

    /// Insists on numbers that fixed point can hold.
    ///
    /// # Errors
    /// Names the first that is none.
    pub fn check_finite(&self, graph: &Graph) -> Result<(), NotFinite> {
        for (&id, array) in graph.inputs.iter().zip(&self.inputs) {
            let found = array.indexed_iter().find(|(_, value)| !value.is_finite());
            let Some(((sample, element), &value)) = found else { continue };
            let ty = graph.output_of(id).ty.precision;
            return Err(NotFinite {
                input: graph.node(id).config_name.clone(),
                sample: self.first + sample,
                element,
                value,
                ty: ty.cpp(),
                cast: ty.storage().to_f64(ty.cast_f64(value.into())),
            });
        }
        Ok(())
    }
}

/// Numbers of a portion that are kept in memory at a time.
const PORTION_NUMBERS: usize = 1 << 20;
/// Samples that are computed at a time are a multiple of this.
const PORTION_STEP: usize = 512;

/// Samples that are worth computing together and fit in memory.
pub fn portion_size(graph: &Graph, layers: Layers) -> usize {
    let tensor_len = |id: &TensorId| graph.tensor(*id).len();
    let outputs: usize = graph.outputs.iter().map(tensor_len).sum();
    let inputs: usize = graph.inputs.iter().map(|&id| graph.output_of(id).len()).sum();
    let all: usize = graph.nodes().flat_map(|node| &node.outputs).map(tensor_len).sum();
    let numbers = inputs + outputs + if layers == Layers::Record { all } else { 0 };
    let samples = PORTION_NUMBERS / numbers.max(1);
    (samples / PORTION_STEP).max(1) * PORTION_STEP
}

/// A sample holds something that is no number.
#[derive(Debug, thiserror::Error)]
#[error(
    "sample {sample}, element {element} of \"{input}\" (counted from 0) is {value}, which no fixed-point number is; the hardware's \
     cast to {ty} would make {cast} of it: correct the sample, or compute with that by adding --non-finite cast"
)]
pub struct NotFinite {
    input: String,
    sample: usize,
    element: usize,
    value: f32,
    ty: String,
    cast: f64,
}

impl SampleStream {
    /// Opens an npz with one array per input, or an npy for a model with one.
    ///
    /// # Errors
    /// The file does not hold samples of the model.
    pub fn open(path: &Path, graph: &Graph) -> Result<Self, Error> {
        let at = || path.display().to_string();
        let inputs = match ArrayFile::open(path).with_context(at)? {
            ArrayFile::Single(array) => vec![single(array, graph).with_context(at)?],
            ArrayFile::Archive(mut archive) => {
                let names = archive.names();
                let inputs = graph.inputs.iter().map(|&id| {
                    let node = graph.node(id);
                    let name = [&node.config_name, &node.name].into_iter().find(|name| names.contains(name));
                    let name = name.ok_or_else(|| {
                        let (input, has) = (&node.config_name, names.join(", "));
                        anyhow!("it has no array \"{input}\" for that input; it has {has}")
                    })?;
                    let array = archive.array(name)?;
                    check_shape(&array, graph.output_of(id)).with_context(|| format!("array \"{name}\""))?;
                    Ok(array)
                });
                inputs.collect::<Result<Vec<_>, Error>>().with_context(at)?
            }
        };
        let samples = inputs.first().map_or(0, samples_of);
        let counts = inputs.iter().map(samples_of);
        check_counts(samples, counts).with_context(at)?;
        Ok(Self { path: path.to_owned(), inputs, samples, read: 0 })
    }

    /// Number of samples in the file.
    pub fn len(&self) -> usize {
        self.samples
    }

    /// The next samples, at most as many; `None` behind the last.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn next(&mut self, at_most: usize) -> Result<Option<Portion>, Error> {
        let count = at_most.min(self.samples - self.read);
        if count == 0 {
            return Ok(None);
        }
        let inputs = self.inputs.iter_mut().map(|array| {
            let values: Vec<f32> = array.rows(count)?.into_iter().map(|value| value as f32).collect();
            let shape = (count, array.row_len());
            Array2::from_shape_vec(shape, values).map_err(|e| anyhow!("array \"{}\": {e}", array.name()))
        });
        let inputs = inputs.collect::<Result<Vec<_>, Error>>();
        let first = self.read;
        self.read += count;
        Ok(Some(Portion { first, inputs: inputs.with_context(|| self.path.display().to_string())? }))
    }
}

fn single(array: ArrayReader, graph: &Graph) -> Result<ArrayReader, Error> {
    let [input] = graph.inputs.as_slice() else {
        bail!("the model has {} inputs, which need an npz with an array for each", graph.inputs.len());
    };
    check_shape(&array, graph.output_of(*input))?;
    Ok(array)
}

fn samples_of(array: &ArrayReader) -> usize {
    array.shape().first().copied().unwrap_or(0)
}

/// Insists on `[samples, …shape]` or anything with as many elements.
pub(super) fn check_shape(array: &ArrayReader, tensor: &Tensor) -> Result<(), Error> {
    if array.shape().is_empty() {
        bail!("it is a single number");
    }
    if array.row_len() != tensor.len() {
        let needed = tensor.shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        let (shape, name) = (array.shape(), &tensor.name);
        bail!("its shape is {shape:?}, but [samples, {needed}] is needed for \"{name}\"");
    }
    Ok(())
}

/// Insists on the same number of samples in all arrays, and on at least one.
pub(super) fn check_counts(samples: usize, mut counts: impl Iterator<Item = usize>) -> Result<(), Error> {
    if samples == 0 {
        bail!("it holds no samples");
    }
    match counts.find(|&count| count != samples) {
        Some(count) => bail!("its arrays hold {samples} and {count} samples; they must hold the same number"),
        None => Ok(()),
    }
}
