//! A quantizer with one type for all elements is a cast, which the layer before it can do.

use super::super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::fixed::{FixedType, Overflow, Rounding};
use crate::graph::op::{Activation, Function};
use crate::graph::{Draft, NodeId, Op};
use crate::precision::Precision;

/// Gives the type of a quantizer to the layer before it, where nothing else reads that, and removes the quantizer.
pub(in super::super) fn fuse_fixed_point_quantizer(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let Some(precision) = cast(graph, id) else { return Ok(Outcome::Continue) };
    let Some(source) = only_source(graph, id).filter(|_| graph.is_removable(id)) else {
        return Ok(Outcome::Continue);
    };
    hand_up(graph, source, precision);
    graph.remove(id);
    Ok(Outcome::Restart)
}

/// The type to which a node casts every element, if that is all it does.
fn cast(graph: &Draft, id: NodeId) -> Option<Precision> {
    let node = graph.node(id);
    let own = graph.output_of(id).ty.precision.known();
    if !graph.bit_exact.typed.contains(&id) {
        return None;
    }
    match &node.op {
        Op::FixedPointQuantizer(op) => {
            let width = op.widths.uniform()?;
            if (op.rounding, op.overflow) == (Rounding::Trn, Overflow::Wrap) {
                return own;
            }
            let bits = u32::try_from(width.bits.max(1)).ok()?;
            let ty = match width.signed {
                true => FixedType::signed(bits, width.integer),
                false => FixedType::unsigned(bits, width.integer),
            };
            Some(ty.with_modes(op.rounding, op.overflow).into())
        }
        Op::Activation(Activation { function: Function::Linear, .. }) => {
            own.filter(|_| node.activation_quantizer.is_some())
        }
        _ => None,
    }
}

/// The layer before, if no other layer reads it.
fn only_source(graph: &Draft, id: NodeId) -> Option<NodeId> {
    let input = *graph.node(id).inputs.first()?;
    let mut readers = graph.consumers(input);
    readers.dedup();
    graph.producer(input).filter(|_| readers == [id])
}

/// Gives a layer the type of its result. A layer that only moves elements hands it on to the one before it, as far as it can.
fn hand_up(graph: &mut Draft, id: NodeId, precision: Precision) {
    if !graph.bit_exact.cast.insert(id) {
        let name = graph.node(id).name.clone();
        let message = "two quantizers in a row that are both put into this layer: the second takes the place of the first, as in \
                       hls4ml, and the results may differ from the model's; leave one of them out";
        graph.warn(&name, message);
    }
    let moves = match &graph.node(id).op {
        Op::Reshape(_) | Op::Transpose(_) => true,
        Op::FunctionSum(op) => op.only_copies(),
        _ => false,
    };
    let source = only_source(graph, id).filter(|_| moves);
    let output = graph.node(id).outputs[0];
    graph.tensor_mut(output).ty.precision = match source {
        Some(_) => plain(precision).into(),
        None => precision.into(),
    };
    if let Some(source) = source {
        hand_up(graph, source, precision);
    }
}

/// The same numbers without modes: what comes was cast before.
fn plain(precision: Precision) -> Precision {
    match precision {
        Precision::Fixed(ty) => {
            FixedType { saturation_bits: 0, ..ty.with_modes(Rounding::Trn, Overflow::Wrap) }.into()
        }
        Precision::Integer { .. } | Precision::Xnor | Precision::Exponent { .. } => precision,
    }
}
