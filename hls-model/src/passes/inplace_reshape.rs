//! With io_parallel a reshape is another view of the same flat array.

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::{Draft, NodeId, Op};

/// Makes the output of a reshape a view of its input.
pub(super) fn inplace_parallel_reshape(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    if !matches!(node.op, Op::Reshape(_)) {
        return Ok(Outcome::Continue);
    }
    let (input, output) = (node.inputs[0], node.outputs[0]);
    let ty = graph.tensor(input).ty.clone();
    let view = graph.tensor_mut(output);
    view.in_place_of = Some(input);
    view.ty = ty;
    Ok(Outcome::Continue)
}
