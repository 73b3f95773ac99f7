//! The wires of tensors, time steps included.
//!
//! What a graph does for each time step becomes as many circuits side by side: between the beginning and the end of such a loop, a tensor has a
//! copy for each time step. What is read of them after the loop is the last one, as in the kernels.

use std::collections::HashMap;

use hls_model::graph::{Graph, TensorId};

use crate::rtl::circuit::Wire;

/// The wires of each tensor: one copy, or one for each time step.
#[derive(Debug, Default)]
pub(super) struct Tensors {
    copies: HashMap<TensorId, Vec<Vec<Wire>>>,
}

impl Tensors {
    /// The copies of a tensor's wires.
    pub(super) fn get(&self, graph: &Graph, tensor: TensorId) -> Option<&[Vec<Wire>]> {
        self.copies.get(&graph.origin_of(tensor)).map(Vec::as_slice)
    }

    pub(super) fn insert(&mut self, tensor: TensorId, copies: Vec<Vec<Wire>>) {
        self.copies.insert(tensor, copies);
    }

    /// Keeps the last time step of each tensor.
    pub(super) fn end_loop(&mut self) {
        for copies in self.copies.values_mut() {
            copies.drain(..copies.len().saturating_sub(1));
        }
    }
}
