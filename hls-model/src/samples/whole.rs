//! The samples of a model as a whole: read, or made up.

use std::path::Path;

use ndarray::Array2;

use super::batch::{SampleStream, check_counts, checked, matrix, samples_of};
use super::error::{SampleError, SampleProblem};
use super::npy::{ArrayFile, NpzArchive};
use crate::fixed::FixedType;
use crate::graph::{Graph, Tensor};

/// Inputs of a model, and outputs where they are known.
#[derive(Debug, Clone)]
pub struct Samples {
    /// For each input of the model `[samples, elements]`, C order of the tensor's own axes.
    pub inputs: Vec<Array2<f32>>,
    /// The same for each output, if exact outputs are known.
    pub expected: Option<Vec<Array2<f64>>>,
}

/// Samples that are made up for a model without data.
const RANDOM_SAMPLES: usize = 32;
/// Random samples for comparing two ways to compute, after those of [`CORNERS`].
const COMPARED_SAMPLES: usize = 194;
/// Whole samples of one number: what the number is, for a type.
const CORNERS: [fn(&FixedType) -> f64; 6] = [
    |_| 0.0,
    |ty| ty.to_f64(ty.max_raw()),
    |ty| ty.to_f64(ty.min_raw()),
    |ty| ty.to_f64(1),
    |ty| ty.to_f64(-1),
    // Just outside.
    |ty| ty.to_f64(ty.max_raw()) + ty.to_f64(1) * 1.5,
];

impl Samples {
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

    /// Reads samples for a model: an npz with one array per input, or an npy for a model with one. Exact outputs are arrays `y0`,
    /// `y1`, …, or are named after the output layers.
    ///
    /// # Errors
    /// The file does not hold samples of the model, or a number is not finite.
    pub fn read(path: &Path, graph: &Graph) -> Result<Self, SampleError> {
        let mut stream = SampleStream::open(path, graph)?;
        let batch = stream.next_batch(usize::MAX)?.ok_or_else(|| SampleProblem::Empty.of(path))?;
        for (&id, array) in graph.inputs.iter().zip(&batch.inputs) {
            check_finite(array, graph.output_of(id)).map_err(|problem| problem.of(path))?;
        }
        let expected = match ArrayFile::open(path)? {
            ArrayFile::Single(_) => None,
            ArrayFile::Archive(mut archive) => expected(path, &mut archive, graph)?,
        };
        let samples = Self { inputs: batch.inputs, expected };
        let outputs = samples.expected.iter().flatten().map(Array2::nrows);
        check_counts(samples.len(), outputs).map_err(|problem| problem.of(path))?;
        Ok(samples)
    }

    /// Makes up samples, the same for the same name and graph: half of them small, half over the whole range of
    /// the input type.
    #[must_use]
    pub fn random(name: &str, graph: &Graph) -> Self {
        let mut random = seeded(name);
        let inputs = graph.inputs.iter().map(|&id| {
            let tensor = graph.output_of(id);
            let ty = tensor.ty.precision.storage();
            let (low, high) = (ty.to_f64(ty.min_raw()), ty.to_f64(ty.max_raw()));
            Array2::from_shape_fn((RANDOM_SAMPLES, tensor.len()), |(sample, _)| {
                let unit = random.f64();
                let (from, to) = if sample % 2 == 0 { (low.max(-1.0), high.min(1.0)) } else { (low, high) };
                (from + unit * (to - from)) as f32
            })
        });
        Self { inputs: inputs.collect(), expected: None }
    }

    /// Makes up samples that are likely to show a mistake, the same for the same name and graph: corners of the input types, then random
    /// numbers of all magnitudes, some on the type's grid, some between, some outside. For each input `[samples, elements]`.
    #[must_use]
    pub fn corners(name: &str, graph: &Graph) -> Vec<Array2<f32>> {
        let mut random = seeded(name);
        let inputs = graph.inputs.iter().map(|&id| {
            let tensor = graph.output_of(id);
            let ty = tensor.ty.precision.storage();
            Array2::from_shape_fn((CORNERS.len() + COMPARED_SAMPLES, tensor.len()), |(sample, _)| {
                let value = match CORNERS.get(sample) {
                    Some(corner) => corner(&ty),
                    None => any_number(&ty, &mut random),
                };
                value as f32
            })
        });
        inputs.collect()
    }
}

/// A random number for a name: equal names give equal samples.
fn seeded(name: &str) -> fastrand::Rng {
    let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    fastrand::Rng::with_seed(name.bytes().fold(0xcbf2_9ce4_8422_2325, fnv))
}

/// A number of a random magnitude, up to twice as large as the type's largest.
fn any_number(ty: &FixedType, random: &mut fastrand::Rng) -> f64 {
    let octaves = f64::from(ty.width.min(24)) + 1.0;
    let magnitude = 2.0 * ty.to_f64(ty.max_raw()) * 2_f64.powf(-octaves * random.f64());
    let sign = if ty.signed && random.bool() { -1.0 } else { 1.0 };
    let value = sign * magnitude;
    if random.bool() { ty.to_f64(ty.from_f64(value)) } else { value }
}

/// Exact outputs, if there are any.
fn expected(
    path: &Path,
    archive: &mut NpzArchive,
    graph: &Graph,
) -> Result<Option<Vec<Array2<f64>>>, SampleError> {
    let names = archive.names();
    let mut outputs = Vec::new();
    for (i, (&id, layer)) in graph.outputs.iter().zip(&graph.output_names).enumerate() {
        let tensor = graph.tensor(id);
        let numbered = format!("y{i}");
        let Some(name) = [&numbered, layer].into_iter().find(|n| names.contains(n)) else { break };
        let mut array = checked(archive.array(name)?, tensor)?;
        let samples = samples_of(&array);
        let numbers = array.rows(samples)?;
        let values = matrix(&array, samples, numbers)?;
        check_finite(&values, tensor).map_err(|problem| array.blame(problem))?;
        outputs.push(values);
    }
    let (found, outputs_of_model) = (outputs.len(), graph.outputs.len());
    match found {
        0 => Ok(None),
        _ if found == outputs_of_model => Ok(Some(outputs)),
        _ => Err(SampleProblem::MissingOutputs { found, outputs: outputs_of_model }.of(path)),
    }
}

/// Insists on numbers that fixed point can hold.
fn check_finite<T: Copy + Into<f64>>(array: &Array2<T>, tensor: &Tensor) -> Result<(), SampleProblem> {
    match array.indexed_iter().find(|(_, value)| !(**value).into().is_finite()) {
        None => Ok(()),
        Some(((sample, _), _)) => Err(SampleProblem::NotFinite { sample, tensor: tensor.name.clone() }),
    }
}
