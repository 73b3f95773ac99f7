//! A maximum over windows that reach beyond the edge must not see what is there.

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::op::PoolOp;
use crate::graph::{Draft, NodeId, Op};

/// Warns of a max pooling with padding whose numbers have no sign: hls4ml's kernel for arrays pads with the bit at the top, which is the lowest
/// number of a signed type, but half the range of an unsigned one.
pub(super) fn warn_of_padded_maximum(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let (Op::Pooling(op), Some(input)) = (&graph.node(id).op, graph.input_of(id)) else {
        return Ok(Outcome::Continue);
    };
    let Some(ty) = input.ty.precision.known().filter(|ty| !ty.is_signed()) else {
        return Ok(Outcome::Continue);
    };
    let pixels = op.axes().map(|axis| axis.output).product();
    let is_padded = (0..pixels).any(|pixel| op.window(pixel).any(|source| source.is_none()));
    if op.op == PoolOp::Max && is_padded {
        let half = f64::from(ty.integer() - 1).exp2();
        let name = graph.node(id).name.clone();
        let message = format!(
            "beyond the edge hls4ml's firmware, and so this one, sees {half} instead of nothing, because its input's type {ty} has no sign: \
             maxima of windows at the edge are never below that; use padding=\"valid\", or let the layer read signed numbers"
        );
        graph.warn(&name, message);
    }
    Ok(Outcome::Continue)
}
