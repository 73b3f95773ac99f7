//! Graphs become circuits: the exact arithmetic of each layer, on wires.
//!
//! One file for each family of operations of [`hls_model::arith`].

mod accumulate;
mod cast;
mod divide;
mod elementwise;
mod embedding;
mod function_sums;
mod logic;
mod merge;
mod moves;
mod normalization;
mod pooling;
mod product;
mod recurrence;
mod softmax;
mod steps;
mod tensors;

use std::collections::HashSet;

use hls_model::arith::{Arithmetic, Operation};
use hls_model::graph::{Graph, TensorId};

use crate::adder_graph::Effort;
use crate::rtl::circuit::{Circuit, Port, Wire};
use crate::rtl::error::RtlError;
use tensors::Tensors;

/// LUTs, roughly estimated, up to which a circuit is built: somewhat more than a large device has.
const LIMIT: usize = 1_000_000;

/// Writes a graph as a circuit. Equal graphs give equal circuits.
///
/// # Errors
/// A layer has no exact arithmetic, or none that can be a circuit, or the circuit would be too large.
pub fn lower(graph: &Graph, effort: Effort) -> Result<Circuit, RtlError> {
    let mut circuit = Circuit::default();
    let mut tensors = Tensors::default();
    let mut luts = 0;
    for (port, &id) in graph.inputs.iter().enumerate() {
        let node = graph.node(id);
        let tensor = graph.output_of(id);
        let ty = tensor.ty.precision.storage();
        circuit.begin_layer(&node.name, node.op.class_name());
        let range = (ty.min_raw(), ty.max_raw());
        let wires: Vec<Wire> = (0..tensor.len()).map(|element| circuit.input(port, element, range)).collect();
        circuit.end_layer(&wires);
        circuit.inputs.push(port_of(graph, node.outputs[0], wires.clone()));
        tensors.insert(node.outputs[0], vec![wires]);
        if circuit.is_too_wide() {
            return Err(RtlError::TooWide { layer: node.name.clone(), class: node.op.class_name() });
        }
    }
    let needed = needed(graph);
    for &id in graph.order() {
        let node = graph.node(id);
        if !node.outputs.iter().any(|&tensor| needed.contains(&graph.origin_of(tensor))) {
            continue;
        }
        let Some(arithmetic) = Arithmetic::of(graph, id)? else { continue };
        circuit.begin_layer(&node.name, node.op.class_name());
        let mut layer = Layer {
            circuit: &mut circuit,
            effort,
            name: &node.name,
            class: node.op.class_name(),
            luts: &mut luts,
        };
        layer.node(graph, node, &arithmetic, &mut tensors)?;
        if layer.circuit.is_too_wide() {
            return Err(layer.too_wide());
        }
        let result: Vec<Wire> =
            tensors.get(graph, node.outputs[0]).unwrap_or_default().iter().flatten().copied().collect();
        circuit.end_layer(&result);
    }
    for &tensor in &graph.outputs {
        let wires = tensors.get(graph, tensor).and_then(<[_]>::last).cloned().unwrap_or_default();
        circuit.outputs.push(port_of(graph, tensor, wires));
    }
    Ok(circuit)
}

/// The tensors that the outputs are made from.
fn needed(graph: &Graph) -> HashSet<TensorId> {
    let mut needed: HashSet<TensorId> = graph.outputs.iter().map(|&tensor| graph.origin_of(tensor)).collect();
    for &id in graph.order().iter().rev() {
        let node = graph.node(id);
        if node.outputs.iter().any(|&tensor| needed.contains(&graph.origin_of(tensor))) {
            needed.extend(node.inputs.iter().map(|&tensor| graph.origin_of(tensor)));
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
    /// What the circuit takes so far, roughly.
    luts: &'a mut usize,
}

impl Layer<'_> {
    fn operation(&mut self, arithmetic: &Arithmetic, inputs: &[&[Wire]]) -> Result<Vec<Wire>, RtlError> {
        let input = |position: usize| inputs.get(position).copied().unwrap_or_default();
        let (x, elements) = (input(0), arithmetic.elements);
        match &arithmetic.operation {
            Operation::MatrixProduct(op) => self.matrix_product(op, x),
            Operation::Elementwise(op) => self.elementwise(op, x),
            Operation::Pairwise(op) => self.pairwise(op, elements, x, input(1)),
            Operation::ScalarProducts(op) => self.scalar_products(op, x, input(1)),
            Operation::WindowReduction(op) => self.window_reduction(op, x),
            Operation::SliceSoftmax(op) => self.slice_softmax(op, elements, x),
            Operation::VectorNormalization(op) => self.vector_normalization(op, x),
            Operation::Gather(op) => self.gather(op, inputs),
            Operation::TableRows(op) => self.table_rows(op, x),
            Operation::FunctionSums(op) => self.function_sums(op, x),
            Operation::Recurrence(op) => self.recurrence(op, x),
            // They are what repeats the others.
            Operation::TimeStep(_) => Err(self.unsupported("a time step is no operation".to_owned())),
        }
    }

    fn unsupported(&self, reason: String) -> RtlError {
        RtlError::Unsupported { layer: self.name.to_owned(), class: self.class, reason }
    }

    fn too_wide(&self) -> RtlError {
        RtlError::TooWide { layer: self.name.to_owned(), class: self.class }
    }

    /// Counts LUTs that are about to be made.
    ///
    /// # Errors
    /// They are too many.
    fn count(&mut self, luts: usize) -> Result<(), RtlError> {
        *self.luts = self.luts.saturating_add(luts);
        if *self.luts > LIMIT {
            let (layer, luts) = (self.name.to_owned(), *self.luts);
            return Err(RtlError::TooLarge { layer, class: self.class, luts, limit: LIMIT });
        }
        Ok(())
    }

    /// Counts bits that are added, compared or chosen: about a LUT for each two of them.
    fn count_bits(&mut self, bits: u32) -> Result<(), RtlError> {
        self.count(bits.div_ceil(2) as usize)
    }

    /// Counts a table.
    fn count_table(&mut self, entries: usize, width: u32) -> Result<(), RtlError> {
        self.count(entries.saturating_mul(width as usize) / TABLE_BITS)
    }
}

/// Bits of a table for each of its LUTs, which hold 64 each and must be chosen from.
const TABLE_BITS: usize = 48;
