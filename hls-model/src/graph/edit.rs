//! Changing a graph: the primitives that passes are written in.

use super::model::{BitExactProgress, Draft, Graph, NodeId};
use super::node::Node;
use super::request::Requests;
use super::tensor::{Tensor, TensorId};
use crate::precision::PrecisionSpec;
use crate::target::Target;
use crate::warning::Warning;

impl<P> Graph<P> {
    pub(crate) fn empty(model_name: String, target: Target) -> Self {
        Self {
            model_name,
            nodes: Vec::new(),
            tensors: Vec::new(),
            order: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            output_names: Vec::new(),
            ebops: Vec::new(),
            target,
            requests: Requests::default(),
            warnings: Vec::new(),
            next_index: 1,
            bit_exact: BitExactProgress::default(),
        }
    }

    /// Adds a node that is not yet in the order of execution.
    pub(crate) fn add_node(&mut self, node: Node<P>) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() - 1)
    }

    /// Adds a tensor.
    pub(crate) fn add_tensor(&mut self, tensor: Tensor<P>) -> TensorId {
        self.tensors.push(tensor);
        TensorId(self.tensors.len() - 1)
    }

    /// Puts a node at the end of the order.
    pub(crate) fn append(&mut self, id: NodeId) {
        self.order.push(id);
    }
}

impl Draft {
    pub(crate) fn node_mut(&mut self, id: NodeId) -> &mut Node<PrecisionSpec> {
        &mut self.nodes[id.0]
    }

    pub(crate) fn tensor_mut(&mut self, id: TensorId) -> &mut Tensor<PrecisionSpec> {
        &mut self.tensors[id.0]
    }

    pub(crate) fn warn(&mut self, layer: &str, message: impl Into<String>) {
        let warning = Warning { layer: Some(layer.into()), message: message.into() };
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Puts a node right after the producer of its input and in front of `before` (or, without one, of the first
    /// consumer; of the graph's output where nothing consumes it).
    pub(crate) fn insert(&mut self, id: NodeId, before: Option<NodeId>) {
        let source = self.node(id).inputs[0];
        let output = self.node(id).outputs[0];
        let next = before
            .or_else(|| self.order.iter().copied().find(|&n| self.node(n).inputs.first() == Some(&source)));
        match next {
            Some(next) => {
                if let Some(slot) = self.node_mut(next).inputs.iter_mut().find(|t| **t == source) {
                    *slot = output;
                }
            }
            None => self.outputs.iter_mut().filter(|t| **t == source).for_each(|t| *t = output),
        }
        let producer = self.producer(source);
        let at = self.order.iter().position(|&n| Some(n) == producer).map_or(self.order.len(), |p| p + 1);
        self.order.insert(at, id);
    }

    /// Gives each place among the graph's outputs that a tensor has, and each of its readers, a copy of its own: the outputs of `clone`, in this
    /// order. The node is put right after the one that writes the tensor.
    pub(crate) fn fork(&mut self, tensor: TensorId, clone: NodeId) {
        let mut copies = self.node(clone).outputs.clone().into_iter();
        let mut place = |slot: &mut TensorId| *slot = copies.next().unwrap_or(*slot);
        self.outputs.iter_mut().filter(|t| **t == tensor).for_each(&mut place);
        for &id in &self.order {
            self.nodes[id.0].inputs.iter_mut().filter(|t| **t == tensor).for_each(&mut place);
        }
        if let Some(producer) = self.producer(tensor) {
            self.insert_behind(producer, &[clone]);
        }
    }

    /// The next free index.
    pub(crate) fn take_index(&mut self) -> usize {
        let index = self.next_index;
        self.next_index += 1;
        index
    }

    /// Puts several nodes in the place of one; whatever read its output reads `result` instead.
    pub(crate) fn expand(&mut self, id: NodeId, nodes: &[NodeId], result: TensorId) {
        let at = self.order.iter().position(|&n| n == id).unwrap_or(self.order.len());
        self.order.splice(at..(at + 1).min(self.order.len()), nodes.iter().copied());
        let output = self.node(id).outputs[0];
        self.redirect(output, result);
        self.name_result_type();
    }

    /// Puts nodes right after another in the order.
    pub(crate) fn insert_behind(&mut self, id: NodeId, nodes: &[NodeId]) {
        let at = self.order.iter().position(|&n| n == id).map_or(self.order.len(), |p| p + 1);
        self.order.splice(at..at, nodes.iter().copied());
    }

    /// Whether [`remove`](Self::remove) would leave a valid graph: it would not if the node's input and output are
    /// both outputs of the graph.
    pub(crate) fn is_removable(&self, id: NodeId) -> bool {
        let node = self.node(id);
        let both = |input: &TensorId, output: &TensorId| {
            self.outputs.contains(output) && self.outputs.contains(input)
        };
        node.inputs.len() == 1 && !both(&node.inputs[0], &node.outputs[0])
    }

    /// Takes a node with one input out; whatever read its output reads its input instead.
    pub(crate) fn remove(&mut self, id: NodeId) {
        let (input, output) = (self.node(id).inputs[0], self.node(id).outputs[0]);
        self.order.retain(|&n| n != id);
        self.redirect(output, input);
    }

    /// Puts `new` in the place of `old`; whatever read the output of `old` reads that of `new`.
    pub(crate) fn replace(&mut self, old: NodeId, new: NodeId) {
        let (from, to) = (self.node(old).outputs[0], self.node(new).outputs[0]);
        self.order.iter_mut().filter(|n| **n == old).for_each(|n| *n = new);
        self.redirect(from, to);
        self.name_result_type();
    }

    /// Names the type of a single output `result_t`. A layer keeps that name when another is put after it.
    pub(crate) fn name_result_type(&mut self) {
        if let [output] = self.outputs[..] {
            self.tensor_mut(output).ty.name = "result_t".into();
        }
    }

    pub(crate) fn redirect(&mut self, from: TensorId, to: TensorId) {
        for &id in &self.order {
            self.nodes[id.0].inputs.iter_mut().filter(|t| **t == from).for_each(|t| *t = to);
        }
        self.outputs.iter_mut().filter(|t| **t == from).for_each(|t| *t = to);
    }
}
