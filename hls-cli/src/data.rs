//! Samples: read from npz and npy files, made up, and written for test benches.

use anyhow::{Context, Error, anyhow, bail};
use hls_model::graph::{Graph, Tensor};
use ndarray::{Array2, ArrayD, IxDyn, OwnedRepr};
use ndarray_npy::{NpzReader, ReadNpyExt, ViewElement};
use std::fmt::Write as _;
use std::fs::{self, File};
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

impl Samples {
    /// Number of samples.
    pub fn len(&self) -> usize {
        self.inputs.first().map_or(0, Array2::nrows)
    }

    /// Reads samples for a model: an npz with one array per input, or an npy for a model with one.
    pub fn read(path: &Path, graph: &Graph) -> Result<Self, Error> {
        let at = || path.display().to_string();
        let inputs: Vec<&Tensor> = graph.inputs.iter().map(|&id| graph.output_of(id)).collect();
        let file = File::open(path).with_context(|| format!("{} cannot be opened", at()))?;
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("npy")) {
            let [input] = inputs.as_slice() else {
                bail!(
                    "{}: the model has {} inputs, which need an npz with an array for each",
                    at(),
                    inputs.len()
                );
            };
            let array =
                ArrayD::<f32>::read_npy(file).map_err(|e| anyhow!("{}: {e}; save it as float32", at()))?;
            return Ok(Self { inputs: vec![rows(&array, input).with_context(at)?], expected: None });
        }
        let mut npz = NpzReader::new(file).map_err(|e| anyhow!("{} is not an npz file: {e}", at()))?;
        let names: Vec<String> = npz.names()?.iter().map(|n| n.trim_end_matches(".npy").to_owned()).collect();
        let inputs = graph.inputs.iter().zip(&inputs).map(|(&id, tensor)| {
            let node = graph.node(id);
            let name = [&node.config_name, &node.name].into_iter().find(|n| names.contains(n));
            let name = name.ok_or_else(|| {
                anyhow!(
                    "{} has no array \"{}\" for that input; it has {}",
                    at(),
                    node.config_name,
                    names.join(", ")
                )
            })?;
            let array = read_array(&mut npz, name).with_context(at)?;
            let rows = rows(&array, tensor).with_context(|| format!("{}: array \"{name}\"", at()))?;
            Ok(rows.mapv(|v| v as f32))
        });
        let inputs = inputs.collect::<Result<Vec<_>, Error>>()?;
        let samples = Self { inputs, expected: expected(&mut npz, &names, graph).with_context(at)? };
        samples.check_counts().with_context(at)?;
        Ok(samples)
    }

    /// Makes up samples, the same for the same name and graph: half of them small, half over the whole range of
    /// the input type.
    pub fn random(name: &str, graph: &Graph) -> Self {
        let seed = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
        let mut random = fastrand::Rng::with_seed(seed);
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

    fn check_counts(&self) -> Result<(), Error> {
        let n = self.len();
        if n == 0 {
            bail!("it holds no samples");
        }
        let outputs = self.expected.iter().flatten().map(Array2::nrows);
        match self.inputs.iter().map(Array2::nrows).chain(outputs).find(|&m| m != n) {
            Some(m) => bail!("its arrays hold {n} and {m} samples; they must hold the same number"),
            None => Ok(()),
        }
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
fn expected(
    npz: &mut NpzReader<File>,
    names: &[String],
    graph: &Graph,
) -> Result<Option<Vec<Array2<f64>>>, Error> {
    let mut outputs = Vec::new();
    for (i, (&id, layer)) in graph.outputs.iter().zip(&graph.output_names).enumerate() {
        let tensor = graph.tensor(id);
        let numbered = format!("y{i}");
        let Some(name) = [&numbered, layer].into_iter().find(|n| names.contains(n)) else { break };
        let array = read_array(npz, name)?;
        outputs.push(rows(&array, tensor).with_context(|| format!("array \"{name}\""))?);
    }
    match outputs.len() {
        0 => Ok(None),
        n if n == graph.outputs.len() => Ok(Some(outputs)),
        n => bail!("it holds {n} of the model's {} outputs; give all of them or none", graph.outputs.len()),
    }
}

/// An array of any usual element type.
fn read_array(npz: &mut NpzReader<File>, name: &str) -> Result<ArrayD<f64>, Error> {
    fn attempt<T: ViewElement + ndarray_npy::ReadableElement + Copy>(
        npz: &mut NpzReader<File>,
        name: &str,
        f: fn(T) -> f64,
    ) -> Option<ArrayD<f64>> {
        let file = format!("{name}.npy");
        let array =
            npz.by_name::<OwnedRepr<T>, IxDyn>(&file).or_else(|_| npz.by_name::<OwnedRepr<T>, IxDyn>(name));
        array.ok().map(|a| a.mapv(f))
    }
    attempt::<f32>(npz, name, f64::from)
        .or_else(|| attempt::<f64>(npz, name, |v| v))
        .or_else(|| attempt::<i64>(npz, name, |v| v as f64))
        .or_else(|| attempt::<i32>(npz, name, f64::from))
        .or_else(|| attempt::<i16>(npz, name, f64::from))
        .or_else(|| attempt::<i8>(npz, name, f64::from))
        .or_else(|| attempt::<u8>(npz, name, f64::from))
        .ok_or_else(|| anyhow!("array \"{name}\" cannot be read; save it as float32, float64 or integers"))
}

/// `[samples, …shape]` as `[samples, elements]`, finite throughout.
fn rows<T: Copy + Into<f64>>(array: &ArrayD<T>, tensor: &Tensor) -> Result<Array2<T>, Error> {
    let (samples, rest) = array.shape().split_first().ok_or_else(|| anyhow!("it is a single number"))?;
    if rest.iter().product::<usize>() != tensor.len() {
        bail!(
            "its shape is {:?}, but [samples, {}] is needed for \"{}\"",
            array.shape(),
            join(&tensor.shape),
            tensor.name
        );
    }
    if let Some(i) = array.iter().position(|&v| !v.into().is_finite()) {
        bail!("sample {} holds NaN or infinity, which no fixed-point number is", i / tensor.len().max(1));
    }
    let flat: Vec<T> = array.iter().copied().collect();
    Array2::from_shape_vec((*samples, tensor.len()), flat).map_err(|e| anyhow!("{e}"))
}

fn join(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}
