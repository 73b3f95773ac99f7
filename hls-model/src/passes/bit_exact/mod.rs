//! hls4ml's bit-exact flow: types that follow from the exact range and step of every number, for models whose quantizers say everything.
//!
//! From the inputs on, the flow finds out what each element of each tensor can be ([`forward`]), and takes from the quantizers what no number
//! uses ([`quantizer`]). From the readers back it finds out what they can make use of ([`requested`]). A layer's result gets the bits that are
//! both produced and asked for ([`types`]); accumulators get all that is produced, weights what they need. A quantizer
//! with one type for all elements then becomes the type of the layer before it ([`fuse`]), and inputs that were left without limits get those of
//! their quantizers ([`inputs`]). Nothing that a configuration says about precisions is read.
//!
//! The arithmetic is in [`kif`], [`interval`], [`quantizer`]: pure functions without a graph. Source of the rules: hls4ml 1.3.0,
//! `model/optimizer/passes/bit_exact.py`, `hgq_proxy_model.py`, and `utils/qinterval.py`.

mod casts;
mod flow;
mod forward;
mod function_sums;
mod fuse;
mod inputs;
mod interval;
mod kif;
mod products;
mod quantizer;
mod requested;
mod tensors;
mod types;
mod warnings;
mod widths;
mod windows;

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::op::{Activation, Function};
use crate::graph::{Draft, NodeId, Op};

use flow::Flow;

pub(super) use fuse::fuse_fixed_point_quantizer;
pub(super) use inputs::fix_input_precision;
pub(super) use warnings::warn_of_endless_results;

/// Gives every layer its types, once, if the model has quantizers of its own or the configuration asks for it.
pub(super) fn bit_exact(graph: &mut Draft, id: NodeId, lookup: &mut Lookup) -> Result<Outcome, ConvertError> {
    let is_first = graph.order().first() == Some(&id);
    let quantized = graph.nodes().any(|node| matches!(node.op, Op::FixedPointQuantizer(_)));
    if !is_first || !graph.bit_exact.typed.is_empty() || !lookup.bit_exact().unwrap_or(quantized) {
        return Ok(Outcome::Continue);
    }
    if quantized {
        remove_linear(graph);
    }
    let order = graph.order().to_vec();
    let mut flow = Flow::new(graph);
    for &id in &order {
        flow.store(id)?;
    }
    for &id in &order {
        flow.set_types(id, lookup)?;
    }
    graph.bit_exact.typed.extend(order);
    Ok(Outcome::Continue)
}

/// Linear activations cast, and here only quantizers do.
fn remove_linear(graph: &mut Draft) {
    let is_linear = |op: &Op| matches!(op, Op::Activation(Activation { function: Function::Linear, .. }));
    for id in graph.order().to_vec() {
        if is_linear(&graph.node(id).op) && graph.is_removable(id) {
            graph.remove(id);
        }
    }
}
