//! Emulates samples and counts what their numbers use.

use ndarray::ArrayView2;

use super::float_side::FloatSide;
use super::largest::LargestSide;
use super::measures::{LayerProfile, Profile, TensorProfile, WrappedDistances};
use super::statistics::Statistics;
use crate::emulate::{ClipRange, EmulateError, Emulator, Port};
use crate::fixed::FixedType;
use crate::float_model::FloatModelError;
use crate::graph::{Graph, LoweredModel, Node, Weight};
use crate::precision::Precision;

/// Collects statistics, batch after batch of samples.
pub struct Profiler {
    emulator: Emulator,
    samples: usize,
    inputs: Vec<Statistics>,
    layers: Vec<Statistics>,
    distances: Vec<Option<WrappedDistances>>,
    softmaxes: Vec<LargestSide>,
    weights: Vec<Vec<(&'static str, TensorProfile)>>,
    float: Option<FloatSide>,
}

/// Why samples could not be profiled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// The emulator cannot be made, or refuses the samples.
    #[error(transparent)]
    Emulate(#[from] EmulateError),
    /// The float model cannot be evaluated.
    #[error(transparent)]
    Float(#[from] FloatModelError),
}

impl Profiler {
    /// A profiler for a converted model.
    ///
    /// # Errors
    /// The graph cannot be emulated with exact sums.
    pub fn new(graph: &Graph) -> Result<Self, ProfileError> {
        let emulator = Emulator::counting(graph)?;
        let statistics = |ports: &[Port]| ports.iter().map(Statistics::new).collect();
        let nodes: Vec<&Node> = emulator
            .layers()
            .iter()
            .filter_map(|port| graph.nodes().find(|n| n.name == port.identifier))
            .collect();
        let weights = nodes.iter().map(|node| weights(node)).collect();
        let (inputs, layers) = (statistics(emulator.inputs()), statistics(emulator.layers()));
        let distances = vec![None; emulator.layers().len()];
        let softmaxes = LargestSide::all(graph, &emulator);
        Ok(Self { emulator, samples: 0, inputs, layers, distances, softmaxes, weights, float: None })
    }

    /// The same, which compares with the float model as well: the model that the graph was converted from.
    #[must_use]
    pub fn with_float_model(self, graph: &Graph, model: LoweredModel) -> Self {
        let float = FloatSide::new(graph, model, self.emulator.layers());
        Self { float: Some(float), ..self }
    }

    /// Adds samples: for each input of the model an array `[samples, elements]`.
    ///
    /// # Errors
    /// The arrays do not fit the model, or hold NaN or infinities.
    pub fn add(&mut self, inputs: &[ArrayView2<'_, f32>]) -> Result<(), ProfileError> {
        let counted = self.emulator.count(inputs)?;
        self.samples += counted.samples;
        for (statistics, tensor) in self.inputs.iter_mut().zip(&counted.inputs) {
            statistics.add(&tensor.numbers, tensor.clipped, tensor.clip_range);
        }
        for (statistics, tensor) in self.layers.iter_mut().zip(&counted.layers) {
            statistics.add(&tensor.numbers, tensor.clipped, tensor.clip_range);
        }
        for (distances, tensor) in self.distances.iter_mut().zip(&counted.layers) {
            if let Some(range) = tensor.distance_range {
                let before = distances.unwrap_or(WrappedDistances { times: 0, largest: range.high });
                *distances = Some(WrappedDistances {
                    times: before.times + tensor.wrapped_distances,
                    largest: before.largest.max(range.high),
                });
            }
        }
        let [seen, layers] = [&counted.inputs, &counted.layers]
            .map(|tensors| tensors.iter().map(|tensor| &tensor.numbers).collect::<Vec<_>>());
        let float = match &mut self.float {
            Some(side) => Some(side.compare(inputs, layers.iter().copied())?),
            None => None,
        };
        for softmax in &mut self.softmaxes {
            let sides = self.float.as_ref().zip(float.as_ref());
            let reference = sides.and_then(|(side, results)| side.reference(softmax.layer, results));
            softmax.compare(&seen, &layers, reference);
        }
        Ok(())
    }

    /// The statistics of all samples.
    pub fn finish(self) -> Profile {
        let float = self.float.map(|float| float.finish()).unwrap_or_default();
        let float = float.into_iter().chain(std::iter::repeat(None));
        let ports = self.emulator.layers().iter().zip(&self.layers);
        let layers = ports.zip(self.weights).zip(self.distances).zip(float);
        let layers = layers.map(|((((port, statistics), weights), distances), float)| LayerProfile {
            class: port.class,
            weights,
            result: statistics.finish(),
            distances,
            largest: None,
            float,
        });
        let mut layers: Vec<_> = layers.collect();
        for (at, counts) in self.softmaxes.into_iter().map(LargestSide::finish) {
            if let Some(layer) = layers.get_mut(at) {
                layer.largest = Some(counts);
            }
        }
        let inputs = self.inputs.iter().map(Statistics::finish).collect();
        Profile { samples: self.samples, inputs, layers }
    }
}

fn weights(node: &Node) -> Vec<(&'static str, TensorProfile)> {
    let arrays = node.weights.iter().filter(|weight| weight.values.data.iter().any(|&value| value != 0.0));
    arrays.map(|weight| (weight.role.attribute(), weight_profile(node, weight))).collect()
}

/// Weights are profiled as the values that the firmware is given; those that do not fit are cut off by their type.
fn weight_profile(node: &Node, weight: &Weight) -> TensorProfile {
    let precision = weight.ty.precision;
    let ty = match precision {
        // The value, not its exponent, is what counts.
        Precision::Exponent { .. } => FixedType::signed(64, 32),
        Precision::Fixed(_) | Precision::Integer { .. } | Precision::Xnor => precision.storage(),
    };
    let mut statistics = Statistics::of(&node.config_name, precision, ty);
    for &value in &weight.values.data {
        statistics.number(ty.from_f64(value));
        if ty.overflows_f64(value) {
            statistics.clipped += 1;
            let range = ClipRange { low: value, high: value };
            statistics.clip_range = Some(statistics.clip_range.map_or(range, |all| all.or(range)));
        }
    }
    statistics.finish()
}
