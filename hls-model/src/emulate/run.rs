//! Samples through a plan, a block of [`LANES`] at a time, on one thread or many.

use std::ops::Range;

use ndarray::{ArrayD, ArrayView2, IxDyn, s};
use rayon::prelude::*;

use super::clips::{ClipRange, Clips};
use super::plan::Plan;
use super::word::{LANES, Word, Words, with_word};
use super::{EmulateError, Emulator, NonFinite, Port, Record};

/// What an evaluation gives.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// The outputs, in the order of [`Emulator::outputs`].
    pub outputs: Vec<RawTensor>,
    /// With [`Record::Layers`] the results of the layers, in the order of [`Emulator::layers`].
    pub layers: Vec<RawTensor>,
}

/// The raw numbers of a tensor in many samples.
#[derive(Debug, Clone)]
pub struct RawTensor {
    port: Port,
    /// Sample after sample.
    words: Words,
}

impl RawTensor {
    fn empty(port: &Port, like: &Words, samples: usize) -> Self {
        Self { port: port.clone(), words: Words::with_capacity(like.size(), samples * port.len()) }
    }

    /// What the numbers belong to.
    #[must_use]
    pub fn port(&self) -> &Port {
        &self.port
    }

    /// Number of samples.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.words.len() / self.port.len().max(1)
    }

    /// An element of a sample; the value of a raw number `r` of a type with `f` fractional bits is `r · 2^-f`. `None` where there is none.
    #[must_use]
    pub fn get(&self, sample: usize, element: usize) -> Option<i128> {
        let at = sample.checked_mul(self.port.len())?.checked_add(element)?;
        if element < self.port.len() { self.words.get_raw(at) } else { None }
    }

    /// All raw numbers, sample after sample.
    pub fn raws(&self) -> impl Iterator<Item = i128> {
        (0..self.words.len()).filter_map(|at| self.words.get_raw(at))
    }

    /// All values `[samples, …shape]`, each the double nearest to it: exact up to 53 significant bits.
    #[must_use]
    pub fn values(&self) -> ArrayD<f64> {
        let ty = self.port.precision.storage();
        // A power of two within the range of ordinary doubles: the product is exact.
        let scale = (-1000..=1000).contains(&ty.frac()).then(|| 2_f64.powi(-ty.frac()));
        let values: Vec<f64> = with_word!(self.words.size(), W => {
            let words = self.words.get::<W>().iter().map(|word| word.raw());
            match scale {
                Some(scale) => words.map(|raw| raw as f64 * scale).collect(),
                None => words.map(|raw| ty.to_f64(raw)).collect(),
            }
        });
        let shape: Vec<usize> =
            std::iter::once(self.samples()).chain(self.port.shape.iter().copied()).collect();
        // There are as many numbers as the shape says: samples were counted by them.
        ArrayD::from_shape_vec(IxDyn(&shape), values).unwrap_or_default()
    }

    /// Appends the first `samples` samples of a buffer.
    fn append(&mut self, buffer: &Words, samples: usize) {
        with_word!(buffer.size(), W => {
            let (elements, _) = buffer.get::<W>().as_chunks::<LANES>();
            let words = self.words.get_mut::<W>();
            for sample in 0..samples {
                words.extend(elements.iter().map(|element| element[sample]));
            }
        });
    }

    fn append_all(&mut self, more: Self) {
        with_word!(self.words.size(), W => self.words.get_mut::<W>().extend_from_slice(more.words.get::<W>()));
    }
}

/// Fewer samples than this are not worth waking other threads for.
const SPAN: usize = 8 * LANES;

impl Emulator {
    /// Evaluates samples: for each input of the model an array `[samples, elements]`.
    ///
    /// # Errors
    /// The arrays do not fit the model, or hold NaN or infinities.
    pub fn evaluate(
        &self,
        inputs: &[ArrayView2<'_, f32>],
        record: Record,
    ) -> Result<Evaluation, EmulateError> {
        let samples = self.check(inputs)?;
        let spans: Vec<Range<usize>> =
            (0..samples).step_by(SPAN).map(|first| first..(first + SPAN).min(samples)).collect();
        if spans.len() < 2 {
            return self.finite(Session::new(self).evaluate(inputs, 0..samples, record), inputs);
        }
        let parts: Option<Vec<Evaluation>> = spans
            .into_par_iter()
            .map_init(|| Session::new(self), |session, span| session.evaluate(inputs, span, record))
            .collect();
        let mut parts = self.finite(parts, inputs)?.into_iter();
        let Some(mut whole) = parts.next() else {
            return self.finite(Session::new(self).evaluate(inputs, 0..0, record), inputs);
        };
        for part in parts {
            for (tensor, more) in whole.tensors().zip(part.into_tensors()) {
                tensor.append_all(more);
            }
        }
        Ok(whole)
    }

    /// Checks arrays and counts their samples.
    pub(super) fn check(&self, inputs: &[ArrayView2<'_, f32>]) -> Result<usize, EmulateError> {
        if inputs.len() != self.inputs.len() {
            return Err(EmulateError::Inputs { expected: self.inputs.len(), found: inputs.len() });
        }
        let samples = inputs.first().map_or(0, ArrayView2::nrows);
        for (port, array) in self.inputs.iter().zip(inputs) {
            if array.ncols() != port.len() {
                return Err(shape_error(port, array.shape()));
            }
            if array.nrows() != samples {
                let (expected, found) = (samples, array.nrows());
                return Err(EmulateError::Samples { input: port.name.clone(), expected, found });
            }
        }
        Ok(samples)
    }

    /// What came out of samples, if they were finite or need not be.
    fn finite<T>(&self, result: Option<T>, inputs: &[ArrayView2<'_, f32>]) -> Result<T, EmulateError> {
        let refused = || {
            let ports = self.inputs.iter().zip(inputs);
            // There is one: it was seen.
            ports
                .filter_map(|(port, array)| not_finite(port, array))
                .next()
                .unwrap_or(EmulateError::Inputs { expected: self.inputs.len(), found: inputs.len() })
        };
        result.ok_or_else(refused)
    }
}

pub(super) fn shape_error(port: &Port, found: &[usize]) -> EmulateError {
    EmulateError::Shape { input: port.name.clone(), expected: port.shape.clone(), found: found.to_vec() }
}

/// The first NaN or infinity of an array, as an error.
fn not_finite(port: &Port, array: &ArrayView2<'_, f32>) -> Option<EmulateError> {
    let ((sample, element), &value) = array.indexed_iter().find(|(_, value)| !value.is_finite())?;
    let cast = port.precision.storage().to_f64(port.precision.cast_f64(value.into()));
    let (input, precision) = (port.name.clone(), port.precision.cpp());
    Some(EmulateError::NotFinite { input, sample, element, value, precision, cast })
}

impl Evaluation {
    fn tensors(&mut self) -> impl Iterator<Item = &mut RawTensor> {
        self.outputs.iter_mut().chain(&mut self.layers)
    }

    fn into_tensors(self) -> impl Iterator<Item = RawTensor> {
        self.outputs.into_iter().chain(self.layers)
    }
}

/// Samples with what did not fit in its type.
pub(crate) struct Counted {
    pub(crate) samples: usize,
    pub(crate) inputs: Vec<CountedTensor>,
    pub(crate) layers: Vec<CountedTensor>,
}

/// The raw numbers of a tensor, and those that a cast cut.
pub(crate) struct CountedTensor {
    pub(crate) numbers: RawTensor,
    pub(crate) clipped: u64,
    pub(crate) clip_range: Option<ClipRange>,
    /// How often a slice of a softmax had a distance to its largest input that did not fit.
    pub(crate) wrapped_distances: u64,
    pub(crate) distance_range: Option<ClipRange>,
}

impl CountedTensor {
    fn take<'a>(&mut self, buffer: &Words, samples: usize, clips: impl IntoIterator<Item = &'a Clips>) {
        self.numbers.append(buffer, samples);
        let both = |all: Option<ClipRange>, more: Option<ClipRange>| match (all, more) {
            (Some(all), Some(more)) => Some(all.or(more)),
            (all, more) => all.or(more),
        };
        for clips in clips {
            self.clipped += clips.results().total();
            self.clip_range = both(self.clip_range, clips.results().range());
            self.wrapped_distances += clips.distances().total();
            self.distance_range = both(self.distance_range, clips.distances().range());
        }
    }
}

impl Emulator {
    /// Evaluates samples and counts what does not fit, in an emulator that was made for [counting](Self::counting).
    ///
    /// # Errors
    /// The arrays do not fit the model, or hold NaN or infinities.
    pub(crate) fn count(&self, inputs: &[ArrayView2<'_, f32>]) -> Result<Counted, EmulateError> {
        let samples = self.check(inputs)?;
        let mut session = Session::new(self);
        let plan = &self.plan;
        let tensor = |port: &Port, buffer: &Words| CountedTensor {
            numbers: RawTensor::empty(port, buffer, samples),
            clipped: 0,
            clip_range: None,
            wrapped_distances: 0,
            distance_range: None,
        };
        let (in_ports, layer_ports) =
            (self.inputs.iter().zip(&plan.inputs), self.layers.iter().zip(&plan.layers));
        let mut counted = Counted {
            samples,
            inputs: in_ports.map(|(port, input)| tensor(port, &session.buffers[input.slot])).collect(),
            layers: layer_ports.map(|(port, layer)| tensor(port, &session.buffers[layer.slot])).collect(),
        };
        for first in (0..samples).step_by(LANES) {
            let block = first..(first + LANES).min(samples);
            let mut input_clips: Vec<_> =
                self.inputs.iter().map(|port| Clips::counted(port.len(), block.len())).collect();
            let mut clips: Vec<_> =
                plan.elements().map(|elements| Clips::counted(elements, block.len())).collect();
            let ran = session.run(inputs, block.clone(), &mut input_clips, &mut clips);
            self.finite(ran, inputs)?;
            for ((tensor, input), clips) in counted.inputs.iter_mut().zip(&plan.inputs).zip(&input_clips) {
                tensor.take(&session.buffers[input.slot], block.len(), [clips]);
            }
            for (tensor, layer) in counted.layers.iter_mut().zip(&plan.layers) {
                let clips = layer.steps.iter().map(|&step| &clips[step]);
                tensor.take(&session.buffers[layer.slot], block.len(), clips);
            }
        }
        Ok(counted)
    }
}

/// An emulator with buffers to work in.
pub(super) struct Session<'a> {
    emulator: &'a Emulator,
    buffers: Vec<Words>,
}

impl<'a> Session<'a> {
    pub(super) fn new(emulator: &'a Emulator) -> Self {
        Self { emulator, buffers: emulator.plan.buffers() }
    }

    fn plan(&self) -> &'a Plan {
        &self.emulator.plan
    }

    /// Evaluates a range of samples, whose shapes have been checked; `None` if some are not finite and should be.
    fn evaluate(
        &mut self,
        inputs: &[ArrayView2<'_, f32>],
        samples: Range<usize>,
        record: Record,
    ) -> Option<Evaluation> {
        let mut evaluation = self.nothing(samples.len(), record);
        let mut clips = vec![Clips::ignored(); self.plan().len()];
        for first in samples.clone().step_by(LANES) {
            let block = first..(first + LANES).min(samples.end);
            self.run(inputs, block.clone(), &mut [], &mut clips)?;
            for (tensor, &slot) in evaluation.outputs.iter_mut().zip(&self.plan().outputs) {
                tensor.append(&self.buffers[slot], block.len());
            }
            for (tensor, layer) in evaluation.layers.iter_mut().zip(&self.plan().layers) {
                tensor.append(&self.buffers[layer.slot], block.len());
            }
        }
        Some(evaluation)
    }

    /// Runs a block of samples, which stay in the buffers; `None` if some are not finite and should be. Counters are for each input, if any,
    /// and for each step.
    pub(super) fn run(
        &mut self,
        inputs: &[ArrayView2<'_, f32>],
        block: Range<usize>,
        input_clips: &mut [Clips],
        clips: &mut [Clips],
    ) -> Option<()> {
        let mut finite = true;
        for (i, (input, array)) in self.plan().inputs.iter().zip(inputs).enumerate() {
            let samples = array.slice(s![block.clone(), ..]);
            let mut ignored = Clips::ignored();
            let clips = input_clips.get_mut(i).unwrap_or(&mut ignored);
            finite &= input.cast.load(samples, &mut self.buffers[input.slot], clips);
        }
        if !finite && self.emulator.non_finite == NonFinite::Refuse {
            return None;
        }
        self.plan().run(&mut self.buffers, clips);
        Some(())
    }

    /// Empty arrays for what is to be recorded.
    fn nothing(&self, samples: usize, record: Record) -> Evaluation {
        let plan = self.plan();
        let outputs = self.emulator.outputs.iter().zip(&plan.outputs);
        let outputs = outputs.map(|(port, &slot)| RawTensor::empty(port, &self.buffers[slot], samples));
        let layers = self.emulator.layers.iter().zip(&plan.layers);
        let layers = layers.map(|(port, layer)| RawTensor::empty(port, &self.buffers[layer.slot], samples));
        let layers = if record == Record::Layers { layers.collect() } else { Vec::new() };
        Evaluation { outputs: outputs.collect(), layers }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use serde_json::json;

    use super::*;
    use crate::config::Generator;

    /// A ReLU of three numbers.
    fn emulator() -> Emulator {
        let layer = |class: &str, name: &str, config: serde_json::Value, calls: serde_json::Value| json!({ "class_name": class, "name": name, "config": config, "inbound_nodes": calls });
        let architecture = json!({ "class_name": "Functional", "config": {
            "layers": [
                layer("InputLayer", "x", json!({ "name": "x", "batch_input_shape": [null, 3] }), json!([])),
                layer("ReLU", "y", json!({ "name": "y" }), json!([[["x", 0, 0, {}]]])),
            ],
            "input_layers": [["x", 0, 0]],
            "output_layers": [["y", 0, 0]],
        } });
        let model = crate::source::assemble(&architecture, [], "model.json".as_ref()).expect("a model");
        let model = crate::lower::lower(&model).expect("its layers are known");
        let config = Generator::default().generate(&model).expect("a configuration");
        Emulator::new(&crate::convert(&model, &config, crate::Target::default()).expect("a graph"))
            .expect("it can be emulated")
    }

    #[test]
    fn samples_that_are_not_finite_are_named_wherever_they_are() {
        for (samples, at, value) in [
            (1, (0, 0), f32::NAN),
            (LANES, (LANES - 1, 2), f32::INFINITY),
            (3 * SPAN + 5, (2 * SPAN + 7, 1), f32::NEG_INFINITY),
            (3 * SPAN + 5, (3 * SPAN + 4, 2), f32::NAN),
        ] {
            let mut numbers = Array2::<f32>::ones((samples, 3));
            numbers[at] = value;
            match emulator().evaluate(&[numbers.view()], Record::Outputs) {
                Err(EmulateError::NotFinite { sample, element, .. }) => assert_eq!((sample, element), at),
                other => panic!("{samples} samples: {other:?}"),
            }
            let cast = emulator().with_non_finite(NonFinite::Cast);
            let result = cast.evaluate(&[numbers.view()], Record::Outputs).expect("they are cast");
            assert_eq!(result.outputs[0].get(at.0, at.1), Some(0), "{samples} samples");
            assert_eq!(result.outputs[0].samples(), samples);
        }
    }
}
