//! The kernels of convolutions over streams have no padding of their own.

use super::Outcome;
use crate::build::NewNode;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::op::{Conv, MarginAxis, Spacing, WindowAxis, ZeroPadding};
use crate::graph::{Draft, NodeId, Op};

/// Puts the zeros around the input of a convolution over one axis in a layer before it.
pub(super) fn insert_zero_padding_before_conv1d(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    match &graph.node(id).op {
        Op::Conv(conv) if conv.height.is_none() => pad(graph, id, conv.clone(), lookup),
        _ => Ok(Outcome::Continue),
    }
}

/// The same for two axes.
pub(super) fn insert_zero_padding_before_conv2d(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    match &graph.node(id).op {
        Op::Conv(conv) if conv.height.is_some() => pad(graph, id, conv.clone(), lookup),
        _ => Ok(Outcome::Continue),
    }
}

/// Where one tensor has two such convolutions over one axis, hls4ml puts both layers before the first of them; here each is before its own.
fn pad(graph: &mut Draft, id: NodeId, conv: Conv, lookup: &Lookup) -> Result<Outcome, ConvertError> {
    if conv.axes().all(|axis| axis.pad_before == 0 && axis.pad_after == 0) {
        return Ok(Outcome::Continue);
    }
    let axis = |axis: &WindowAxis| MarginAxis {
        input: axis.input,
        output: axis.pad_before + axis.input + axis.pad_after,
        before: axis.pad_before,
        after: axis.pad_after,
    };
    let (height, width) = (conv.height.as_ref().map(axis), axis(&conv.width));
    let op = ZeroPadding { height, width, n_chan: conv.n_chan, spacing: Spacing::NONE };
    let (prefix, extents) = match op.height {
        None => ("zp1d", vec![op.width.output]),
        Some(height) => ("zp2d", vec![height.output, op.width.output]),
    };
    let node = graph.node(id);
    let padding = NewNode {
        name: format!("{prefix}_{}", node.name),
        config_name: format!("{prefix}_{}", node.config_name),
        source_class: None,
        inputs: node.inputs.clone(),
        shape: [extents, vec![conv.n_chan]].concat(),
        op: Op::ZeroPadding(op),
        weights: Vec::new(),
        result: None,
        trace: false,
        activation_quantizer: None,
    };
    let padding = graph.make_node(padding, lookup)?;
    graph.insert(padding, Some(id));
    if let Op::Conv(conv) = &mut graph.node_mut(id).op {
        conv.height = conv.height.map(WindowAxis::padded);
        conv.width = conv.width.padded();
    }
    Ok(Outcome::Restart)
}
