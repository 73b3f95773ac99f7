//! How often a softmax changes which element is the largest.

use ndarray::Array2;

use super::measures::LargestElements;
use crate::arith::Slices;
use crate::emulate::{Emulator, RawTensor};
use crate::graph::{Graph, Node, Op};

/// A softmax whose largest elements are compared.
pub(super) struct LargestSide {
    /// Its place among the layers.
    pub(super) layer: usize,
    input: Place,
    slices: Slices,
    counts: LargestElements,
}

/// Where the numbers are that a softmax reads.
#[derive(Debug, Clone, Copy)]
enum Place {
    Input(usize),
    Layer(usize),
}

impl LargestSide {
    /// Every softmax of the graph whose input the emulator shows.
    pub(super) fn all(graph: &Graph, emulator: &Emulator) -> Vec<Self> {
        let softmax = |(layer, name): (usize, &str)| {
            let node = graph.nodes().find(|node| node.name == name)?;
            let Op::Softmax(op) = &node.op else { return None };
            let slices = Slices { n: op.n_slice()?, outer: op.n_outer, inner: op.n_inner };
            let input = Place::of_input(graph, emulator, node)?;
            Some(Self { layer, input, slices, counts: LargestElements::default() })
        };
        let names = emulator.layers().iter().map(|port| port.identifier.as_str());
        names.enumerate().filter_map(softmax).collect()
    }

    /// Counts the slices in which the largest output is another element than the largest input, and than the largest of the float model's
    /// results.
    pub(super) fn compare(
        &mut self,
        inputs: &[&RawTensor],
        layers: &[&RawTensor],
        float: Option<&Array2<f64>>,
    ) {
        let input = match self.input {
            Place::Input(at) => inputs.get(at),
            Place::Layer(at) => layers.get(at),
        };
        let (Some(output), Some(input)) = (layers.get(self.layer), input) else { return };
        let outputs = self.largest(&output.raws().collect::<Vec<_>>());
        self.counts.slices += outputs.len() as u64;
        self.counts.not_inputs += differences(&outputs, &self.largest(&input.raws().collect::<Vec<_>>()));
        if let Some(float) = float {
            let references = self.largest(&float.iter().copied().collect::<Vec<_>>());
            *self.counts.not_float.get_or_insert(0) += differences(&outputs, &references);
        }
    }

    pub(super) fn finish(self) -> (usize, LargestElements) {
        (self.layer, self.counts)
    }

    /// The first largest element of each slice of each sample.
    fn largest<T: PartialOrd + Copy>(&self, numbers: &[T]) -> Vec<usize> {
        let Slices { n, outer, inner } = self.slices;
        let samples = numbers.chunks_exact((n * outer * inner).max(1));
        let first_largest = |sample: &[T], slice: Vec<usize>| {
            let better =
                |best: usize, i: usize| if sample[slice[i]] > sample[slice[best]] { i } else { best };
            (0..slice.len()).fold(0, better)
        };
        samples
            .flat_map(|sample| self.slices.iter().map(move |slice| first_largest(sample, slice.collect())))
            .collect()
    }
}

impl Place {
    fn of_input(graph: &Graph, emulator: &Emulator, node: &Node) -> Option<Self> {
        let producer = graph.producer(graph.storage_of(*node.inputs.first()?))?;
        let name = &graph.node(producer).name;
        let layer = emulator.layers().iter().position(|port| port.identifier == *name);
        let input = emulator.inputs().iter().position(|port| port.identifier == *name);
        layer.map(Self::Layer).or(input.map(Self::Input))
    }
}

fn differences(a: &[usize], b: &[usize]) -> u64 {
    a.iter().zip(b).map(|(a, b)| u64::from(a != b)).sum()
}
