//! The samples of a model in a file, batch by batch.

use std::path::Path;

use ndarray::Array2;

use super::error::{NotFinite, SampleError, SampleProblem};
use super::npy::{ArrayFile, ArrayReader};
use crate::emulate::Record;
use crate::graph::{Graph, Tensor, TensorId};

/// Samples that follow each other.
#[derive(Debug, Clone)]
pub struct Batch {
    /// How many there are before them.
    pub first: usize,
    /// For each input of the model `[samples, elements]`, C order of the tensor's own axes.
    pub inputs: Vec<Array2<f32>>,
}

impl Batch {
    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inputs.first().map_or(0, Array2::nrows)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sample after sample, the elements of all inputs one after another.
    pub fn numbers(&self) -> impl Iterator<Item = f32> {
        (0..self.len())
            .flat_map(|sample| self.inputs.iter().flat_map(move |array| array.row(sample).to_vec()))
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

/// Numbers of a batch that are kept in memory at a time.
const BATCH_NUMBERS: usize = 1 << 20;
/// Samples that are computed at a time are a multiple of this.
const BATCH_STEP: usize = 512;

/// Samples that are worth computing together and fit in memory with what is recorded of them.
#[must_use]
pub fn batch_size(graph: &Graph, record: Record) -> usize {
    let tensor_len = |id: &TensorId| graph.tensor(*id).len();
    let outputs: usize = graph.outputs.iter().map(tensor_len).sum();
    let inputs: usize = graph.inputs.iter().map(|&id| graph.output_of(id).len()).sum();
    let layers = match record {
        Record::Outputs => 0,
        Record::Layers => graph.nodes().flat_map(|node| &node.outputs).map(tensor_len).sum(),
    };
    let samples = BATCH_NUMBERS / (inputs + outputs + layers).max(1);
    (samples / BATCH_STEP).max(1) * BATCH_STEP
}

/// The samples of a model in a file, read from the beginning.
pub struct SampleStream {
    inputs: Vec<ArrayReader>,
    samples: usize,
    read: usize,
}

impl SampleStream {
    /// Opens an npz with one array per input, or an npy for a model with one.
    ///
    /// # Errors
    /// The file does not hold samples of the model.
    pub fn open(path: &Path, graph: &Graph) -> Result<Self, SampleError> {
        let inputs = match ArrayFile::open(path)? {
            ArrayFile::Single(array) => match graph.inputs.as_slice() {
                [input] => vec![checked(array, graph.output_of(*input))?],
                several => return Err(SampleProblem::SingleArray(several.len()).of(path)),
            },
            ArrayFile::Archive(mut archive) => {
                let names = archive.names();
                let inputs = graph.inputs.iter().map(|&id| {
                    let node = graph.node(id);
                    let name = [&node.config_name, &node.name].into_iter().find(|name| names.contains(name));
                    let missing = || {
                        let (input, has) = (node.config_name.clone(), names.join(", "));
                        SampleProblem::MissingInput { input, has }.of(path)
                    };
                    checked(archive.array(name.ok_or_else(missing)?)?, graph.output_of(id))
                });
                inputs.collect::<Result<Vec<_>, SampleError>>()?
            }
        };
        let samples = inputs.first().map_or(0, samples_of);
        check_counts(samples, inputs.iter().map(samples_of)).map_err(|problem| problem.of(path))?;
        Ok(Self { inputs, samples, read: 0 })
    }

    /// Number of samples in the file.
    #[must_use]
    pub fn len(&self) -> usize {
        self.samples
    }

    /// Whether the file holds none; such a file is not opened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples == 0
    }

    /// The next samples, at most as many; `None` after the last.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn next_batch(&mut self, at_most: usize) -> Result<Option<Batch>, SampleError> {
        let count = at_most.min(self.samples - self.read);
        if count == 0 {
            return Ok(None);
        }
        let inputs = self.inputs.iter_mut().map(|array| {
            let values: Vec<f32> = array.rows(count)?.into_iter().map(|value| value as f32).collect();
            matrix(array, count, values)
        });
        let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
        let first = self.read;
        self.read += count;
        Ok(Some(Batch { first, inputs }))
    }
}

/// Numbers of an array as `[samples, elements]`.
pub(super) fn matrix<T>(
    array: &ArrayReader,
    samples: usize,
    numbers: Vec<T>,
) -> Result<Array2<T>, SampleError> {
    Array2::from_shape_vec((samples, array.row_len()), numbers)
        .map_err(|_| array.blame(SampleProblem::Damaged(std::io::ErrorKind::UnexpectedEof.into())))
}

pub(super) fn samples_of(array: &ArrayReader) -> usize {
    array.shape().first().copied().unwrap_or(0)
}

/// Insists on `[samples, …shape]` or anything with as many elements.
pub(super) fn checked(array: ArrayReader, tensor: &Tensor) -> Result<ArrayReader, SampleError> {
    if array.shape().is_empty() {
        return Err(array.blame(SampleProblem::Scalar));
    }
    if array.row_len() != tensor.len() {
        let needed = tensor.shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        let found = array.shape().to_vec();
        return Err(array.blame(SampleProblem::Shape { found, needed, tensor: tensor.name.clone() }));
    }
    Ok(array)
}

/// Insists on the same number of samples in all arrays, and on at least one.
pub(super) fn check_counts(
    samples: usize,
    mut counts: impl Iterator<Item = usize>,
) -> Result<(), SampleProblem> {
    if samples == 0 {
        return Err(SampleProblem::Empty);
    }
    match counts.find(|&count| count != samples) {
        Some(other) => Err(SampleProblem::Counts { first: samples, other }),
        None => Ok(()),
    }
}
