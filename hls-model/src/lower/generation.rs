//! Where hls4ml's two readers, of Keras 2 and of Keras 3, make different layers of the same model. The version that wrote the file decides.
//!
//! | | Keras 2 | Keras 3 |
//! |---|---|---|
//! | order | the file's | of what is left, always the first call whose inputs are there |
//! | a shared layer | converted once, with the inputs of its first call | once for each call |
//! | a name that is in use | `_2`, for layers that the file does not have | `_0` ([`Names`](super::names::Names)) |
//! | dropouts | vanish | linear activations, which vanish later and have used an index |
//! | `activation="linear"` | a layer, which vanishes later and has used an index | nothing |
//! | a quantizer as an argument | `<layer>_<its class>` | `<layer>_activation` |
//! | `hard_sigmoid` | slope 0.2 | slope 0.2, where Keras 3 itself has 1/6 |
//! | how an activation's class is spelled | `LeakyReLU` | `leakyrelu` |
//! | a causal convolution with strides | padded by less than in Keras | padded as in Keras |
//! | `ReLU` | a relu; its parameters are ignored | a ThresholdedReLU or a LeakyReLU |

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::graph::op::HardOrigin;
use crate::source::keras::{Generation, KerasLayer, KerasModel};

/// A call of a layer that becomes layers of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    pub layer: &'a KerasLayer,
    /// Which of the layer's calls, an index into [`KerasLayer::calls`].
    pub node: usize,
}

/// The calls that are converted, in order.
pub(super) fn calls(model: &KerasModel) -> Vec<Call<'_>> {
    match model.generation {
        Generation::Keras2 => model.layers.iter().map(|layer| Call { layer, node: 0 }).collect(),
        Generation::Keras3 => first_of_what_is_ready(model),
    }
}

fn first_of_what_is_ready(model: &KerasModel) -> Vec<Call<'_>> {
    let all: Vec<Call<'_>> = model
        .layers
        .iter()
        // An input is never called.
        .flat_map(|layer| (0..layer.calls.len().max(1)).map(move |node| Call { layer, node }))
        .collect();
    let positions: HashMap<(&str, usize), usize> = all
        .iter()
        .enumerate()
        .map(|(position, call)| ((call.layer.name.as_str(), call.node), position))
        .collect();
    let mut readers = vec![Vec::new(); all.len()];
    let mut missing = vec![0usize; all.len()];
    for (position, call) in all.iter().enumerate() {
        for tensor in call.layer.calls.get(call.node).into_iter().flatten() {
            if let Some(&source) = positions.get(&(tensor.layer.as_str(), tensor.node)) {
                readers[source].push(position);
                missing[position] += 1;
            }
        }
    }
    let ready = missing.iter().enumerate().filter(|&(_, &missing)| missing == 0);
    let mut ready: BinaryHeap<_> = ready.map(|(position, _)| Reverse(position)).collect();
    let mut order = Vec::with_capacity(all.len());
    while let Some(Reverse(position)) = ready.pop() {
        order.push(all[position]);
        for &reader in &readers[position] {
            missing[reader] -= 1;
            if missing[reader] == 0 {
                ready.push(Reverse(reader));
            }
        }
    }
    order
}

impl Generation {
    /// Whose `hard_sigmoid` Keras's own layers have.
    pub(super) fn hard_origin(self) -> HardOrigin {
        match self {
            Self::Keras2 => HardOrigin::Keras,
            Self::Keras3 => HardOrigin::Keras3,
        }
    }

    /// What hls4ml calls the function of an activation layer of a class.
    pub(super) fn label(self, class: &'static str) -> Cow<'static, str> {
        match self {
            Self::Keras2 => class.into(),
            Self::Keras3 => class.to_lowercase().into(),
        }
    }
}
