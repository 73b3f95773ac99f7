//! Samples: read from npz and npy files, made up, and written for test benches and users.

mod npy;
mod npz;
mod stream;

pub use npz::{NpzSpool, replace_file};
pub use stream::{NotFinite, Portion, SampleStream, portion_size};

use anyhow::{Context, Error, anyhow, bail};
use hls_model::fixed::FixedType;
use hls_model::graph::{Graph, Tensor};
use ndarray::Array2;
use npy::{Archive, ArrayFile};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

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
/// Random samples for comparing two ways to compute, beside those of [`CORNERS`].
const COMPARED_SAMPLES: usize = 192;
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
    pub fn len(&self) -> usize {
        self.inputs.first().map_or(0, Array2::nrows)
    }

    /// Reads samples for a model: an npz with one array per input, or an npy for a model with one.
    pub fn read(path: &Path, graph: &Graph) -> Result<Self, Error> {
        let at = || path.display().to_string();
        let mut stream = SampleStream::open(path, graph)?;
        let portion =
            stream.next(usize::MAX)?.ok_or_else(|| anyhow!("it holds no samples")).with_context(at)?;
        for (&id, array) in graph.inputs.iter().zip(&portion.inputs) {
            check_finite(array, graph.output_of(id)).with_context(at)?;
        }
        let expected = match ArrayFile::open(path).with_context(at)? {
            ArrayFile::Single(_) => None,
            ArrayFile::Archive(mut archive) => expected(&mut archive, graph).with_context(at)?,
        };
        let samples = Self { inputs: portion.inputs, expected };
        let outputs = samples.expected.iter().flatten().map(Array2::nrows);
        stream::check_counts(samples.len(), outputs).with_context(at)?;
        Ok(samples)
    }

    /// Makes up samples, the same for the same name and graph: half of them small, half over the whole range of
    /// the input type.
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

    /// Writes `tb_data/tb_input_features.dat` and, where outputs are known, `tb_data/tb_output_predictions.dat`.
    pub fn write(&self, project: &Path) -> Result<(), Error> {
        let folder = project.join("tb_data");
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        // Doubles: their shortest text gives the float32 back through any number of roundings.
        let inputs = self.inputs.iter().map(|a| a.mapv(f64::from)).collect::<Vec<_>>();
        write_lines(&folder.join("tb_input_features.dat"), &inputs)?;
        match &self.expected {
            Some(outputs) => write_lines(&folder.join("tb_output_predictions.dat"), outputs),
            None => Ok(()),
        }
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

fn write_lines(path: &Path, arrays: &[Array2<f64>]) -> Result<(), Error> {
    let mut text = String::new();
    for sample in 0..arrays.first().map_or(0, Array2::nrows) {
        for (i, value) in arrays.iter().flat_map(|a| a.row(sample).to_vec()).enumerate() {
            let gap = if i == 0 { "" } else { " " };
            write!(text, "{gap}{value}")?;
        }
        text.push('\n');
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Exact outputs: `y0, y1, …`, or arrays named after the output layers.
fn expected(archive: &mut Archive, graph: &Graph) -> Result<Option<Vec<Array2<f64>>>, Error> {
    let names = archive.names();
    let mut outputs = Vec::new();
    for (i, (&id, layer)) in graph.outputs.iter().zip(&graph.output_names).enumerate() {
        let tensor = graph.tensor(id);
        let numbered = format!("y{i}");
        let Some(name) = [&numbered, layer].into_iter().find(|n| names.contains(n)) else { break };
        let mut array = archive.array(name)?;
        stream::check_shape(&array, tensor).with_context(|| format!("array \"{name}\""))?;
        let shape = (array.shape().first().copied().unwrap_or(0), array.row_len());
        let values = Array2::from_shape_vec(shape, array.rows(shape.0)?).map_err(|e| anyhow!("{e}"))?;
        check_finite(&values, tensor).with_context(|| format!("array \"{name}\""))?;
        outputs.push(values);
    }
    match outputs.len() {
        0 => Ok(None),
        n if n == graph.outputs.len() => Ok(Some(outputs)),
        n => bail!("it holds {n} of the model's {} outputs; give all of them or none", graph.outputs.len()),
    }
}

/// Insists on numbers that fixed point can hold.
fn check_finite<T: Copy + Into<f64>>(array: &Array2<T>, tensor: &Tensor) -> Result<(), Error> {
    match array.indexed_iter().find(|(_, value)| !(**value).into().is_finite()) {
        None => Ok(()),
        Some(((sample, _), _)) => {
            let name = &tensor.name;
            bail!("sample {sample} of \"{name}\" holds NaN or infinity, which no fixed-point number is")
        }
    }
}
