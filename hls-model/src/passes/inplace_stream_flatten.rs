//! A stream need not be packed anew to be read as a vector.

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::{Draft, NodeId, Op};

/// Makes the output of a reshape to one axis a view of its input, where all that read it collect a vector from as many packets as it comes in.
///
/// hls4ml does so whatever reads it. Its kernels of most operations then take one packet where there are many, so here the reshape becomes a
/// packing of its own for them, as with more axes.
pub(super) fn inplace_stream_flatten(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    if !is_view(graph, id) {
        return Ok(Outcome::Continue);
    }
    let node = graph.node(id);
    let (input, output) = (node.inputs[0], node.outputs[0]);
    let ty = graph.tensor(input).ty.clone();
    let view = graph.tensor_mut(output);
    view.in_place_of = Some(input);
    view.ty = ty;
    Ok(Outcome::Continue)
}

/// Whether a node is a reshape that costs nothing between streams.
pub(super) fn is_view(graph: &Draft, id: NodeId) -> bool {
    let node = graph.node(id);
    let output = node.outputs[0];
    matches!(node.op, Op::Reshape(_))
        && graph.tensor(output).shape.len() == 1
        && !graph.outputs.contains(&output)
        && graph.consumers(output).into_iter().all(|reader| collects(graph, reader))
}

/// Whether a node reads all packets of a vector, however many these are.
fn collects(graph: &Draft, reader: NodeId) -> bool {
    match &graph.node(reader).op {
        Op::Dense(_) | Op::Repack(_) => true,
        Op::Concatenate(concatenate) => concatenate.rank() == 1,
        Op::Reshape(_) => graph.output_of(reader).shape.len() > 1 || is_view(graph, reader),
        Op::Clone(_) => graph.node(reader).outputs.iter().all(|&copy| {
            let readers = graph.consumers(copy);
            !graph.outputs.contains(&copy) && readers.into_iter().all(|reader| collects(graph, reader))
        }),
        Op::Input(_)
        | Op::Conv(_)
        | Op::SeparableConv(_)
        | Op::Pooling(_)
        | Op::GlobalPooling(_)
        | Op::ZeroPadding(_)
        | Op::Cropping(_)
        | Op::Resize(_)
        | Op::Transpose(_)
        | Op::Embedding(_)
        | Op::Activation(_)
        | Op::HardActivation(_)
        | Op::ParametrizedActivation(_)
        | Op::PRelu(_)
        | Op::Softmax(_)
        | Op::TernaryTanh(_)
        | Op::PowerOfTwo(_)
        | Op::FixedPointQuantizer(_)
        | Op::EinsumDense(_)
        | Op::Einsum(_)
        | Op::UnaryLut(_)
        | Op::FunctionSum(_)
        | Op::BatchNormalization(_)
        | Op::ApplyAlpha(_)
        | Op::LayerNormalization(_)
        | Op::QuantizedTanh(_)
        | Op::Merge(_)
        | Op::Dot(_)
        | Op::Broadcast(_)
        | Op::LayerGroup(_)
        | Op::Recurrent(_)
        | Op::Bidirectional(_)
        | Op::TimeDistributed(_) => false,
    }
}
