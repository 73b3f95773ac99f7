//! Whether emulator and C simulation agree.

use std::fmt;

use hls_model::graph::{Graph, Tensor};
use hls_model::precision::Precision;
use hls_model::samples::Batch;

use crate::engine::computed::Computed;

/// The first number in which emulator and C simulation differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where it is.
    pub place: DifferentTensor,
    /// Which sample, counted from 0.
    pub sample: usize,
    /// Which of the tensor's elements, counted from 0.
    pub element: usize,
    /// The number's type.
    pub precision: Precision,
    /// What the emulator computes, as a raw number; nothing where it computes fewer numbers.
    pub emulated: Option<i128>,
    /// What the C simulation computes.
    pub simulated: Option<i128>,
}

/// The tensor that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DifferentTensor {
    /// The result of a layer; no layer before it differs.
    Layer {
        /// Its name in the model.
        name: String,
        /// hls4ml's class.
        class: &'static str,
    },
    /// An output of the model, by its name.
    Output(String),
    /// A layer that only the C simulation recorded, by its name in the firmware.
    NotEmulated(String),
}

impl std::error::Error for Difference {}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let after = match &self.place {
            DifferentTensor::Layer { name, class } => {
                write!(f, "layer \"{name}\" ({class}), ")?;
                "; no layer before it differs"
            }
            DifferentTensor::Output(name) => {
                write!(f, "output \"{name}\", ")?;
                ""
            }
            DifferentTensor::NotEmulated(name) => {
                return write!(f, "the emulator did not record \"{name}\"");
            }
        };
        let shown = |raw: Option<i128>| match raw {
            Some(raw) => format!("{} (raw {raw})", self.precision.storage().to_f64(raw)),
            None => "nothing".to_owned(),
        };
        write!(
            f,
            "sample {}, element {} (counted from 0): the emulator computes {}, the C simulation {}, of type {}{after}",
            self.sample,
            self.element,
            shown(self.emulated),
            shown(self.simulated),
            self.precision.cpp()
        )
    }
}

/// Insists that emulator and C simulation computed the same: layer by layer in the order of the firmware if those of the simulation were
/// recorded, then the outputs.
///
/// # Errors
/// They differ; the error says where first.
pub fn compare(
    graph: &Graph,
    batch: &Batch,
    emulated: &Computed,
    simulated: &Computed,
) -> Result<(), Box<Difference>> {
    for layer in &simulated.layers {
        let node = graph.nodes().find(|node| node.name == layer.identifier);
        let tensor = node.and_then(|node| node.outputs.first()).map(|&id| graph.tensor(id));
        let Some((node, tensor)) = node.zip(tensor) else { continue };
        let ours = emulated.layers.iter().find(|ours| ours.identifier == layer.identifier);
        let Some(ours) = ours else {
            let place = DifferentTensor::NotEmulated(layer.identifier.clone());
            return Err(difference(place, tensor, batch, 0, None, None));
        };
        if let Some(at) = first_difference(&ours.values, &layer.values) {
            let ty = tensor.ty.precision.storage();
            let raw = |values: &[f64]| values.get(at).map(|&value| ty.from_f64(value));
            let place =
                DifferentTensor::Layer { name: node.config_name.clone(), class: node.op.class_name() };
            return Err(difference(place, tensor, batch, at, raw(&ours.values), raw(&layer.values)));
        }
    }
    for (i, (&id, name)) in graph.outputs.iter().zip(&graph.output_names).enumerate() {
        let (Some(ours), Some(other)) = (emulated.outputs.get(i), simulated.outputs.get(i)) else { continue };
        if let Some(at) = first_difference(ours, other) {
            let (place, tensor) = (DifferentTensor::Output(name.clone()), graph.tensor(id));
            return Err(difference(place, tensor, batch, at, ours.get(at).copied(), other.get(at).copied()));
        }
    }
    Ok(())
}

/// The difference at a place among the tensor's numbers in all samples of a batch.
fn difference(
    place: DifferentTensor,
    tensor: &Tensor,
    batch: &Batch,
    at: usize,
    emulated: Option<i128>,
    simulated: Option<i128>,
) -> Box<Difference> {
    let len = tensor.len().max(1);
    Box::new(Difference {
        place,
        sample: batch.first + at / len,
        element: at % len,
        precision: tensor.ty.precision,
        emulated,
        simulated,
    })
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
