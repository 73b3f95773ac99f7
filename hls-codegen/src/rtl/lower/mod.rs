//! Graphs become circuits: the exact arithmetic of each layer, on wires.
//!
//! One file for each family of operations of [`hls_model::arith`].

mod cast;
mod elementwise;
mod moves;
mod product;

use std::collections::{HashMap, HashSet};

use hls_model::arith::{Arithmetic, Operation};
use hls_model::graph::{Graph, TensorId};

use crate::adder_graph::Effort;
use crate::rtl::circuit::{Circuit, Port, Wire};
use crate::rtl::error::RtlError;

/// Additions of digits and entries of tables up to which a circuit is built.
const LIMIT: usize = 600_000;

/// Writes a graph as a circuit. Equal graphs give equal circuits.
///
/// # Errors
/// A layer has no exact arithmetic, or none that can be a circuit, or the circuit would be too large.
pub fn lower(graph: &Graph, effort: Effort) -> Result<Circuit, RtlError> {
    let mut circuit = Circuit::default();
    let mut tensors: HashMap<TensorId, Vec<Wire>> = HashMap::new();
    let mut operations = 0;
    for (port, &id) in graph.inputs.iter().enumerate() {
        let node = graph.node(id);
        let tensor = node.outputs[0];
        let ty = graph.tensor(tensor).ty.precision.storage();
        circuit.begin_layer(&node.name, node.op.class_name());
        let range = (ty.min_raw(), ty.max_raw());
        let wires: Vec<Wire> =
            (0..graph.tensor(tensor).len()).map(|element| circuit.input(port, element, range)).collect();
        circuit.inputs.push(port_of(graph, tensor, wires.clone()));
        tensors.insert(tensor, wires);
    }
    let needed = needed(graph);
    for &id in graph.order() {
        if !needed.contains(&graph.storage_of(graph.node(id).outputs[0])) {
            continue;
        }
        let Some(arithmetic) = Arithmetic::of(graph, id)? else { continue };
        let node = graph.node(id);
        circuit.begin_layer(&node.name, node.op.class_name());
        let inputs: Option<Vec<&[Wire]>> =
            node.inputs.iter().map(|&t| tensors.get(&graph.storage_of(t)).map(Vec::as_slice)).collect();
        let mut layer = Layer {
            circuit: &mut circuit,
            effort,
            name: &node.name,
            class: node.op.class_name(),
            operations: &mut operations,
        };
        let inputs = inputs.ok_or_else(|| layer.unsupported("nothing writes its input".to_owned()))?;
        let wires = layer.operation(&arithmetic, &inputs)?;
        tensors.insert(node.outputs[0], wires);
    }
    for &tensor in &graph.outputs {
        let wires = tensors.get(&graph.storage_of(tensor)).cloned().unwrap_or_default();
        circuit.outputs.push(port_of(graph, tensor, wires));
    }
    Ok(circuit)
}

/// The tensors that the outputs are made from.
fn needed(graph: &Graph) -> HashSet<TensorId> {
    let mut needed: HashSet<TensorId> =
        graph.outputs.iter().map(|&tensor| graph.storage_of(tensor)).collect();
    for &id in graph.order().iter().rev() {
        let node = graph.node(id);
        if node.outputs.iter().any(|&tensor| needed.contains(&graph.storage_of(tensor))) {
            needed.extend(node.inputs.iter().map(|&tensor| graph.storage_of(tensor)));
        }
    }
    needed
}

fn port_of(graph: &Graph, tensor: TensorId, wires: Vec<Wire>) -> Port {
    let tensor = graph.tensor(tensor);
    let ty = tensor.ty.precision.storage();
    Port { name: tensor.variable.clone(), width: ty.width, signed: ty.signed, fraction: ty.frac(), wires }
}

/// A layer on its way into a circuit.
struct Layer<'a> {
    circuit: &'a mut Circuit,
    effort: Effort,
    name: &'a str,
    class: &'static str,
    /// What the circuit takes so far.
    operations: &'a mut usize,
}

impl Layer<'_> {
    fn operation(&mut self, arithmetic: &Arithmetic, inputs: &[&[Wire]]) -> Result<Vec<Wire>, RtlError> {
        let x = inputs.first().copied().unwrap_or_default();
        match &arithmetic.operation {
            Operation::MatrixProduct(op) => self.matrix_product(op, x),
            Operation::Elementwise(op) => self.elementwise(op, x),
            Operation::Gather(op) => self.gather(op, inputs),
            Operation::Pairwise(_)
            | Operation::ScalarProduct(_)
            | Operation::WindowReduction(_)
            | Operation::SliceSoftmax(_)
            | Operation::VectorNormalization(_)
            | Operation::TableRows(_)
            | Operation::TimeStep(_) => Err(self.unsupported("it is not supported yet".to_owned())),
        }
    }

    fn unsupported(&self, reason: String) -> RtlError {
        RtlError::Unsupported { layer: self.name.to_owned(), class: self.class, reason }
    }

    /// Counts what is about to be made.
    ///
    /// # Errors
    /// It is too much.
    fn count(&mut self, operations: usize) -> Result<(), RtlError> {
        *self.operations += operations;
        if *self.operations > LIMIT {
            return Err(RtlError::TooLarge {
                layer: self.name.to_owned(),
                class: self.class,
                operations: *self.operations,
                limit: LIMIT,
            });
        }
        Ok(())
    }
}
