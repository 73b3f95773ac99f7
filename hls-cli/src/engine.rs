//! What computes the outputs of a converted model: the emulator, or the compiled firmware.

use crate::data::Portion;
use anyhow::{Context, Error, anyhow};
use hls_codegen::vitis::raw;
use hls_codegen::{Converted, Trace};
use hls_model::emulate::{Emulator, NonFinite, RawTensor, Record};
use hls_model::graph::{Graph, Tensor};
use hls_runner::process::Limits;
use hls_runner::toolchain::{Csim, Effort};
use hls_runner::{CancelToken, LayerOutputs, Simulated, Simulator};
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
        converted.traced_project()?.write_to(folder.path())?;
        let effort = if samples > MANY_SAMPLES { Effort::FastRun } else { Effort::FastCompile };
        let limits = Limits::default();
        let name = &converted.options.project_name;
        let simulator = Simulator::build(&csim, folder.path(), name, effort, limits, cancel)?;
        Ok(Self { graph: converted.graph.clone(), simulator, _folder: folder })
    }
}

impl Engine for Compiled {
    fn run(&self, portion: &Portion, layers: Layers) -> Result<Computed, Error> {
        let wanted = if layers == Layers::Record { LayerOutputs::Record } else { LayerOutputs::Discard };
        let simulated = self.simulator.run(&portion.encoded(), wanted)?;
        decode(&self.graph, portion.len(), &simulated, layers)
    }
}

/// What a test bench wrote.
pub fn decode(
    graph: &Graph,
    samples: usize,
    simulated: &Simulated,
    layers: Layers,
) -> Result<Computed, Error> {
    let outputs = raw::decode_outputs(graph, samples, &simulated.outputs)?;
    let layers = match layers {
        Layers::Discard => Vec::new(),
        Layers::Record => raw::decode_trace(graph, Trace::All, samples, &simulated.trace)?,
    };
    let layers = layers.into_iter().map(|(identifier, values)| LayerValues { identifier, values });
    Ok(Computed { outputs, layers: layers.collect() })
}

/// Insists that emulator and C simulation computed the same: layer by layer in the order of the firmware if those of the simulation were
/// recorded, then the outputs.
pub fn require_equal(
    graph: &Graph,
    portion: &Portion,
    emulated: &Computed,
    simulated: &Computed,
) -> Result<(), Error> {
    for layer in &simulated.layers {
        let ours = emulated.layers.iter().find(|ours| ours.identifier == layer.identifier);
        let ours = ours.ok_or_else(|| anyhow!("the emulator did not record \"{}\"", layer.identifier))?;
        let node = graph.nodes().find(|node| node.name == layer.identifier);
        let tensor = node.and_then(|node| node.outputs.first()).map(|&id| graph.tensor(id));
        let Some((node, tensor)) = node.zip(tensor) else { continue };
        if let Some(at) = first_difference(&ours.values, &layer.values) {
            let ty = tensor.ty.precision.storage();
            let raw = |values: &[f64]| values.get(at).map(|&value| ty.from_f64(value));
            let what = format!("layer \"{}\" ({}), ", node.config_name, node.op.class_name());
            let before = "; no layer before it differs";
            let place = Place { what, tensor, portion, at };
            return Err(place.difference(raw(&ours.values), raw(&layer.values), before));
        }
    }
    for (i, (&id, name)) in graph.outputs.iter().zip(&graph.output_names).enumerate() {
        let (Some(ours), Some(other)) = (emulated.outputs.get(i), simulated.outputs.get(i)) else { continue };
        if let Some(at) = first_difference(ours, other) {
            let place = Place { what: format!("output \"{name}\", "), tensor: graph.tensor(id), portion, at };
            return Err(place.difference(ours.get(at).copied(), other.get(at).copied(), ""));
        }
    }
    Ok(())
}

/// Where two engines differ.
struct Place<'a> {
    what: String,
    tensor: &'a Tensor,
    portion: &'a Portion,
    /// The number's place among the tensor's numbers in all samples.
    at: usize,
}

impl Place<'_> {
    fn difference(&self, ours: Option<i128>, other: Option<i128>, more: &str) -> Error {
        let len = self.tensor.len().max(1);
        let (sample, element) = (self.portion.first + self.at / len, self.at % len);
        let ty = self.tensor.ty.precision;
        let shown = |raw: Option<i128>| match raw {
            Some(raw) => format!("{} (raw {raw})", ty.storage().to_f64(raw)),
            None => "nothing".to_owned(),
        };
        anyhow!(
            "{}sample {sample}, element {element} (counted from 0): the emulator computes {}, the C simulation {}, of type {}{more}",
            self.what,
            shown(ours),
            shown(other),
            ty.cpp()
        )
    }
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
