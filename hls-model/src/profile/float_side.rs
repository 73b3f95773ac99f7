//! Distances of results to those of the float model.

use ndarray::{Array2, ArrayView2};

use super::measures::Deviation;
use crate::emulate::{Port, RawTensor};
use crate::float_model::{self, FloatModelError, FloatResults};
use crate::graph::{Graph, LayerSpec, LoweredModel, Op};

/// The float model and which of its layers each layer is compared with.
pub(super) struct FloatSide {
    model: LoweredModel,
    counterparts: Vec<Option<String>>,
    deviations: Vec<DeviationSums>,
}

impl FloatSide {
    /// Pairs each layer of the emulator with a layer of the model.
    pub(super) fn new(graph: &Graph, model: LoweredModel, layers: &[Port]) -> Self {
        let counterparts: Vec<_> =
            layers.iter().map(|port| counterpart(graph, &model, &port.identifier)).collect();
        let deviations = vec![DeviationSums::default(); counterparts.len()];
        Self { model, counterparts, deviations }
    }

    /// Evaluates the model for the same samples as the emulator's `layers`, and returns its results.
    pub(super) fn compare<'a>(
        &mut self,
        inputs: &[ArrayView2<'_, f32>],
        layers: impl Iterator<Item = &'a RawTensor>,
    ) -> Result<FloatResults, FloatModelError> {
        let results = float_model::evaluate(&self.model, inputs)?;
        self.add(&results, layers);
        Ok(results)
    }

    /// What a layer of the emulator is compared with.
    pub(super) fn reference<'a>(&self, layer: usize, results: &'a FloatResults) -> Option<&'a Array2<f64>> {
        results.get(self.counterparts.get(layer)?.as_ref()?)
    }

    /// For each layer of the emulator the distances to its counterpart.
    pub(super) fn finish(&self) -> Vec<Option<Deviation>> {
        self.deviations.iter().map(DeviationSums::finish).collect()
    }

    fn add<'a>(&mut self, results: &FloatResults, layers: impl Iterator<Item = &'a RawTensor>) {
        for ((sums, counterpart), numbers) in self.deviations.iter_mut().zip(&self.counterparts).zip(layers) {
            let Some(reference) = counterpart.as_ref().and_then(|name| results.get(name)) else { continue };
            for (value, &reference) in numbers.values().iter().zip(reference) {
                sums.add(*value, reference);
            }
        }
    }
}

/// The layer of the float model whose result a layer's is.
///
/// That is the layer of the same name, or, where passes merged later layers into it, the last of those. A layer whose scale was taken
/// out has none: the layer that applies the scale is compared instead.
fn counterpart(graph: &Graph, model: &LoweredModel, identifier: &str) -> Option<String> {
    let all = all_layers(&model.layers);
    let is_node = |name: &str| graph.nodes().any(|node| node.name == name);
    if is_node(&format!("{identifier}_alpha")) && all.iter().any(|layer| layer.name == identifier) {
        return None;
    }
    let base = identifier.strip_suffix("_alpha").filter(|base| all.iter().any(|layer| layer.name == *base));
    let mut at = *all.iter().find(|layer| layer.name == base.unwrap_or(identifier))?;
    loop {
        let mut readers = all.iter().filter(|layer| layer.inputs.contains(&at.name));
        match (readers.next(), readers.next()) {
            (Some(only), None) if !is_node(&only.name) && only.shape == at.shape => at = only,
            _ => return Some(at.name.clone()),
        }
    }
}

fn all_layers(layers: &[LayerSpec]) -> Vec<&LayerSpec> {
    let nested = layers.iter().flat_map(|layer| match &layer.op {
        Op::LayerGroup(group) => all_layers(&group.layers),
        _ => vec![layer],
    });
    nested.collect()
}

#[derive(Debug, Clone, Copy, Default)]
struct DeviationSums {
    count: u64,
    max: f64,
    distances: f64,
    squares: f64,
    reference_squares: f64,
}

impl DeviationSums {
    fn add(&mut self, value: f64, reference: f64) {
        let distance = (value - reference).abs();
        self.count += 1;
        self.max = self.max.max(distance);
        self.distances += distance;
        self.squares += distance * distance;
        self.reference_squares += reference * reference;
    }

    fn finish(&self) -> Option<Deviation> {
        let n = self.count as f64;
        (self.count > 0).then(|| Deviation {
            max: self.max,
            mean: self.distances / n,
            rms: (self.squares / n).sqrt(),
            reference_rms: (self.reference_squares / n).sqrt(),
        })
    }
}
