//! Transpositions that hls4ml can do without.

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::op::Transpose;
use crate::graph::{Draft, NodeId, Op, WeightRole};
use crate::target::IoType;

/// Turns the weights of a Dense layer instead of the image before it, where there is only a Flatten between them. Streams have no flat array
/// that could be read in another order.
pub(super) fn remove_transpose_before_flatten(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    let (Op::Reshape(reshape), IoType::Parallel) = (&node.op, graph.target.io_type()) else {
        return Ok(Outcome::Continue);
    };
    let transpose = graph.producer(node.inputs[0]);
    let consumers = graph.consumers(node.outputs[0]);
    let (Some(transpose), &[dense], 1) = (transpose, &consumers[..], reshape.target_shape.len()) else {
        return Ok(Outcome::Continue);
    };
    let Op::Transpose(op) = graph.node(transpose).op.clone() else { return Ok(Outcome::Continue) };
    // How the weights are permuted, whatever the transposition is.
    let undone: &[usize] = match op.perm.len() {
        2 => &[1, 0],
        3 => &[1, 2, 0],
        _ => return Ok(Outcome::Continue),
    };
    let is_free = graph.consumers(graph.node(transpose).outputs[0]).len() == 1;
    if !matches!(graph.node(dense).op, Op::Dense(_)) || !is_free || !graph.is_removable(transpose) {
        return Ok(Outcome::Continue);
    }
    if !turn_weights(graph, dense, &op, undone) {
        return Ok(Outcome::Continue);
    }
    let is_inverse = (0..undone.len()).all(|axis| op.perm[undone[axis]] == axis);
    if !is_inverse {
        warn_of_wrong_order(graph, transpose, "in front of Flatten and Dense");
    }
    graph.remove(transpose);
    Ok(Outcome::Restart)
}

/// Permutes the rows of a Dense layer's weights; whether that was possible.
fn turn_weights(graph: &mut Draft, dense: NodeId, op: &Transpose, order: &[usize]) -> bool {
    let Some(weight) = graph.node_mut(dense).weight_mut(WeightRole::Weight) else { return false };
    let turned = [&weight.values, &weight.unquantized].map(|values| values.rows_permuted(&op.to(), order));
    let [Some(values), Some(unquantized)] = turned else { return false };
    (weight.values, weight.unquantized) = (values, unquantized);
    true
}

/// Removes a transposition of a vector.
pub(super) fn remove_nop_transpose(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let is_nop = matches!(&graph.node(id).op, Op::Transpose(transpose) if transpose.perm == [0]);
    if !is_nop || !graph.is_removable(id) {
        return Ok(Outcome::Continue);
    }
    graph.remove(id);
    Ok(Outcome::Restart)
}

/// Removes the transposition of an input whose first axis has one element: the array in memory stays the same, if that axis
/// goes to the end.
pub(super) fn remove_single_channel_transpose(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    let (Op::Transpose(op), IoType::Parallel) = (node.op.clone(), graph.target.io_type()) else {
        return Ok(Outcome::Continue);
    };
    let input = node.inputs[0];
    let reads_input = graph.producer(input).is_some_and(|p| matches!(graph.node(p).op, Op::Input(_)));
    if !reads_input || graph.tensor(input).shape.first() != Some(&1) || !graph.is_removable(id) {
        return Ok(Outcome::Continue);
    }
    let elements: usize = op.from.iter().product();
    if (0..elements).any(|element| op.source(element) != element) {
        warn_of_wrong_order(graph, id, "after an input with one channel");
    }
    graph.tensor_mut(input).shape.rotate_left(1);
    if let Some(producer) = graph.producer(input)
        && let Op::Input(input) = &mut graph.node_mut(producer).op
    {
        input.shape.rotate_left(1);
    }
    graph.remove(id);
    Ok(Outcome::Restart)
}

fn warn_of_wrong_order(graph: &mut Draft, transpose: NodeId, place: &str) {
    let name = graph.node(transpose).name.clone();
    graph.warn(
        &name,
        format!(
            "hls4ml removes a Permute {place} as if it moved the first axis to the end or back; this one does not, so the \
             outputs are not the model's. Put an Activation layer (relu, or a quantizer) between the layers"
        ),
    );
}
