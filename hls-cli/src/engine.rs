//! What computes the outputs of a converted model: the emulator, or the compiled firmware.

use crate::conversion::Converted;
use crate::data::Portion;
use anyhow::{Context, Error, anyhow};
use hls_codegen::options::Trace;
use hls_codegen::{Options, Project, raw};
use hls_model::emulate::{Emulator, NonFinite, RawTensor, Record};
use hls_model::graph::Graph;
use hls_runner::process::Limits;
use hls_runner::toolchain::{Csim, Effort};
use hls_runner::{CancelToken, LayerOutputs, Simulator};
use tempfile::TempDir;

/// More samples than this are worth a longer compilation.
const MANY_SAMPLES: usize = 20_000;

/// Whether the results of the layers are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layers {
    /// Only outputs.
    Discard,
    /// Those of all layers.
    Record,
}

/// What an engine computed for some samples.
pub struct Computed {
    /// For each output of the model its raw numbers, sample after sample.
    pub outputs: Vec<Vec<i128>>,
    /// The values of the layers' results, if they were recorded.
    pub layers: Vec<LayerValues>,
}

/// The result of a layer, sample after sample.
pub struct LayerValues {
    /// The layer's name in the firmware.
    pub identifier: String,
    pub values: Vec<f64>,
}

/// Something that computes a model's outputs.
pub trait Engine {
    /// Computes the outputs of samples.
    fn run(&self, portion: &Portion, layers: Layers) -> Result<Computed, Error>;
}

/// The emulator in this program.
pub struct Emulation(Emulator);

impl Emulation {
    /// Prepares a graph. Infinities and NaN are cast as the hardware would; whether they are allowed is decided before.
    pub fn new(graph: &Graph) -> Result<Self, Error> {
        let emulator = Emulator::new(graph).context("the model cannot be emulated")?;
        Ok(Self(emulator.with_non_finite(NonFinite::Cast)))
    }
}

impl Engine for Emulation {
    fn run(&self, portion: &Portion, layers: Layers) -> Result<Computed, Error> {
        let record = if layers == Layers::Record { Record::Layers } else { Record::Outputs };
        let views: Vec<_> = portion.inputs.iter().map(|array| array.view()).collect();
        let evaluation = self.0.evaluate(&views, record)?;
        let values = |tensor: &RawTensor| LayerValues {
            identifier: tensor.port().identifier.clone(),
            values: tensor.values().into_iter().collect(),
        };
        Ok(Computed {
            outputs: evaluation.outputs.iter().map(|tensor| tensor.raws().collect()).collect(),
            layers: evaluation.layers.iter().map(values).collect(),
        })
    }
}

/// The firmware, compiled with g++ or clang++.
pub struct Compiled {
    graph: Graph,
    simulator: Simulator,
    /// Holds the project while it is needed.
    _folder: TempDir,
}

impl Compiled {
    /// Writes the project into a scratch folder and compiles it.
    pub fn new(converted: &Converted, samples: usize, cancel: &CancelToken) -> Result<Self, Error> {
        let csim = Csim::find()?;
        let folder = tempfile::Builder::new().prefix("hls-cli-").tempdir();
        let folder = folder.context("cannot create a scratch folder")?;
        let options = Options { trace: Trace::All, ..converted.options.clone() };
        Project::new(&converted.graph, &options)?.write_to(folder.path())?;
        let effort = if samples > MANY_SAMPLES { Effort::FastRun } else { Effort::FastCompile };
        let limits = Limits::default();
        let simulator =
            Simulator::build(&csim, folder.path(), &options.project_name, effort, limits, cancel)?;
        Ok(Self { graph: converted.graph.clone(), simulator, _folder: folder })
    }
}

impl Engine for Compiled {
    fn run(&self, portion: &Portion, layers: Layers) -> Result<Computed, Error> {
        let samples = portion.len();
        let rows = (0..samples).flat_map(|i| portion.inputs.iter().flat_map(move |a| a.row(i).to_vec()));
        let wanted =
            if layers == Layers::Record { LayerOutputs::Record } else { LayerOutputs::Discard };
        let simulated = self.simulator.run(&raw::encode_samples(rows), wanted)?;
        let outputs = raw::decode_outputs(&self.graph, samples, &simulated.outputs)?;
        let layers = match layers {
            Layers::Discard => Vec::new(),
            Layers::Record => raw::decode_trace(&self.graph, Trace::All, samples, &simulated.trace)?,
        };
        let layers = layers.into_iter().map(|(identifier, values)| LayerValues { identifier, values });
        Ok(Computed { outputs, layers: layers.collect() })
    }
}

/// Insists that two engines computed the same: layer by layer in the order of the firmware, then the outputs.
pub fn require_equal(
    graph: &Graph,
    portion: &Portion,
    emulated: &Computed,
    simulated: &Computed,
) -> Result<(), Error> {
    for layer in &emulated.layers {
        let other = simulated.layers.iter().find(|other| other.identifier == layer.identifier);
        let other = other.ok_or_else(|| anyhow!("the C simulation did not record \"{}\"", layer.identifier))?;
        let node = graph.nodes().find(|node| node.name == layer.identifier);
        let tensor = node.and_then(|node| node.outputs.first()).map(|&id| graph.tensor(id));
        let Some((node, tensor)) = node.zip(tensor) else { continue };
        if let Some(at) = first_difference(&layer.values, &other.values) {
            let ty = tensor.ty.precision;
            let raw = |values: &[f64]| {
                let value = values.get(at).copied().unwrap_or(f64::NAN);
                format!("{} (raw {})", value, ty.storage().from_f64(value))
            };
            let (sample, element) = (portion.first + at / tensor.len().max(1), at % tensor.len().max(1));
            return Err(anyhow!(
                "layer \"{}\" ({}), sample {sample}, element {element} (counted from 0): the emulator computes {}, the C simulation \
                 {}; the type is {}. No layer before it differs. This is a mistake in this program; please report it with the model",
                node.config_name,
                node.op.class_name(),
                raw(&layer.values),
                raw(&other.values),
                ty.cpp()
            ));
        }
    }
    for (i, (&id, name)) in graph.outputs.iter().zip(&graph.output_names).enumerate() {
        let (Some(ours), Some(other)) = (emulated.outputs.get(i), simulated.outputs.get(i)) else { continue };
        if let Some(at) = first_difference(ours, other) {
            let tensor = graph.tensor(id);
            let raw = |raws: &[i128]| raws.get(at).copied().unwrap_or_default();
            return Err(anyhow!(
                "output \"{name}\", sample {}, element {} (counted from 0): the emulator computes raw {}, the C simulation raw {}; the \
                 type is {}. This is a mistake in this program; please report it with the model",
                portion.first + at / tensor.len().max(1),
                at % tensor.len().max(1),
                raw(ours),
                raw(other),
                tensor.ty.precision.cpp()
            ));
        }
    }
    Ok(())
}

/// The first place where two lists differ, the end of the shorter one among them.
fn first_difference<T: PartialEq>(a: &[T], b: &[T]) -> Option<usize> {
    let differs = a.iter().zip(b).position(|(a, b)| a != b);
    differs.or_else(|| (a.len() != b.len()).then(|| a.len().min(b.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_found() {
        let table: [(&[i32], &[i32], Option<usize>); 4] = [
            (&[1, 2], &[1, 2], None),
            (&[1, 2], &[1, 3], Some(1)),
            (&[1], &[1, 2], Some(1)),
            (&[], &[], None),
        ];
        for (a, b, expected) in table {
            assert_eq!(first_difference(a, b), expected, "{a:?} {b:?}");
        }
    }
}
