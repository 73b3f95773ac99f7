//! The graph itself, and questions to it.

use std::collections::HashSet;

use super::node::Node;
use super::op::Op;
use super::request::Requests;
use super::tensor::{Interface, Tensor, TensorId};
use crate::precision::{Precision, PrecisionSpec};
use crate::target::Target;
use crate::warning::Warning;

/// Identifies a node within its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) usize);

/// A graph in which precisions may still be `auto`.
pub type Draft = Graph<PrecisionSpec>;

/// A model as hls4ml sees it after conversion; see the [module documentation](super).
#[derive(Debug, Clone)]
pub struct Graph<P = Precision> {
    /// The name that the Keras model gives itself (not an identifier: it may hold any character).
    pub model_name: String,
    pub(super) nodes: Vec<Node<P>>,
    pub(super) tensors: Vec<Tensor<P>>,
    pub(super) order: Vec<NodeId>,
    /// The input nodes, in the order of the top function's arguments.
    pub inputs: Vec<NodeId>,
    /// The output tensors, in the order of the top function's arguments.
    pub outputs: Vec<TensorId>,
    /// The Keras layers whose results the outputs are, in the same order; each name once.
    pub output_names: Vec<String>,
    /// HGQ2's cost figure (EBOPs) of the file's layers that have one, by the layer's name in the file: products of the bits of what is multiplied.
    pub ebops: Vec<(String, u64)>,
    /// What it was converted for.
    pub target: Target,
    /// What the configuration asks of the back end.
    pub requests: Requests,
    /// What a user should know about this conversion: settings that had no effect, values that were changed.
    pub warnings: Vec<Warning>,
    pub(super) next_index: usize,
    /// How far the bit-exact flow has come.
    pub(crate) bit_exact: BitExactProgress,
}

/// What the bit-exact flow has done with the nodes of a draft.
#[derive(Debug, Clone, Default)]
pub(crate) struct BitExactProgress {
    /// Nodes that it has given their types.
    pub typed: HashSet<NodeId>,
    /// Nodes whose result has the type of a quantizer that came after them.
    pub cast: HashSet<NodeId>,
    /// Inputs whose type it takes as given.
    pub trusted: HashSet<NodeId>,
}

impl<P> Graph<P> {
    /// The nodes in the order in which the firmware calls them.
    #[must_use]
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = &Node<P>> {
        self.order.iter().map(|id| &self.nodes[id.0])
    }

    /// The sum of all layers' EBOPs; `None` for a model without them.
    #[must_use]
    pub fn total_ebops(&self) -> Option<u64> {
        self.ebops.iter().map(|(_, ebops)| *ebops).reduce(u64::saturating_add)
    }

    /// Every node that was ever made, also those that passes have removed.
    pub(crate) fn every_node(&self) -> impl Iterator<Item = &Node<P>> {
        self.nodes.iter()
    }

    /// The ids of the nodes, in order.
    #[must_use]
    pub fn order(&self) -> &[NodeId] {
        &self.order
    }

    /// The node with this id.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node<P> {
        &self.nodes[id.0]
    }

    /// The tensor with this id.
    #[must_use]
    pub fn tensor(&self, id: TensorId) -> &Tensor<P> {
        &self.tensors[id.0]
    }

    /// The tensor whose memory holds this one's elements (itself, unless it is a view).
    #[must_use]
    pub fn storage_of(&self, id: TensorId) -> TensorId {
        let mut at = id;
        while let Some(parent) = self.tensor(at).in_place_of {
            at = parent;
        }
        at
    }

    /// Gives the queue that carries a tensor another number of places. A tensor in an array has none: nothing happens.
    pub fn set_stream_depth(&mut self, id: TensorId, places: usize) {
        if let Interface::Stream { depth, .. } = &mut self.tensors[id.0].interface {
            *depth = places;
        }
    }

    /// The tensor that has its numbers first: what it is a view or a copy of, through any number of them; else itself.
    #[must_use]
    pub fn origin_of(&self, id: TensorId) -> TensorId {
        let mut at = self.storage_of(id);
        while let Some(source) = self.copied(at) {
            at = self.storage_of(source);
        }
        at
    }

    /// What a tensor is a copy of.
    fn copied(&self, id: TensorId) -> Option<TensorId> {
        let node = self.node(self.producer(id)?);
        matches!(node.op, Op::Clone(_)).then(|| node.inputs.first().copied()).flatten()
    }

    /// The index that the next node will get.
    pub(crate) fn next_index(&self) -> usize {
        self.next_index
    }

    /// The first tensor that a node writes.
    #[must_use]
    pub fn output_of(&self, id: NodeId) -> &Tensor<P> {
        self.tensor(self.node(id).outputs[0])
    }

    /// The first tensor that a node reads; `None` for an input.
    #[must_use]
    pub fn input_of(&self, id: NodeId) -> Option<&Tensor<P>> {
        self.node(id).inputs.first().map(|&t| self.tensor(t))
    }

    /// The node that writes a tensor.
    #[must_use]
    pub fn producer(&self, tensor: TensorId) -> Option<NodeId> {
        self.order.iter().copied().find(|&n| self.node(n).outputs.contains(&tensor))
    }

    /// The nodes that read a tensor, once for each time they read it.
    #[must_use]
    pub fn consumers(&self, tensor: TensorId) -> Vec<NodeId> {
        let uses = |&n: &NodeId| {
            self.node(n).inputs.iter().filter(|&&t| t == tensor).map(move |_| n).collect::<Vec<_>>()
        };
        self.order.iter().flat_map(uses).collect()
    }

    /// Whether one node reads the tensor, once, and nothing outside the graph does.
    pub(crate) fn has_one_reader(&self, tensor: TensorId) -> bool {
        self.consumers(tensor).len() == 1 && !self.outputs.contains(&tensor)
    }
}
