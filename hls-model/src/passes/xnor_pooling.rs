//! The largest of several bits that stand for -1 and +1 is such a bit.

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::op::{GlobalPooling, PoolOp, Pooling};
use crate::graph::{Draft, NodeId, Op};
use crate::precision::{Precision, PrecisionSpec};

/// Gives the result of a maximum pooling the type of binary inputs.
pub(super) fn xnor_pooling(graph: &mut Draft, id: NodeId, _: &mut Lookup) -> Result<Outcome, ConvertError> {
    const XNOR: PrecisionSpec = PrecisionSpec::Is(Precision::Xnor);
    let takes_maximum = matches!(
        graph.node(id).op,
        Op::Pooling(Pooling { op: PoolOp::Max, .. })
            | Op::GlobalPooling(GlobalPooling { op: PoolOp::Max, .. })
    );
    let is_binary = graph.input_of(id).is_some_and(|t| t.ty.precision == XNOR);
    if !takes_maximum || !is_binary || graph.output_of(id).ty.precision == XNOR {
        return Ok(Outcome::Continue);
    }
    let output = graph.node(id).outputs[0];
    graph.tensor_mut(output).ty.precision = XNOR;
    Ok(Outcome::Restart)
}
