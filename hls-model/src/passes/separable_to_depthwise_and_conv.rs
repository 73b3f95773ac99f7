//! A separable convolution becomes a depthwise one and one with a filter of a pixel.

use super::Outcome;
use crate::build::{NewNode, configured_op, flag};
use crate::config::{Lookup, Scope};
use crate::error::ConvertError;
use crate::graph::op::{Conv, SeparableConv};
use crate::graph::{Draft, NodeId, Op, Presence, TensorId, WeightRole, WeightSpec};

/// One of the two parts.
struct Part {
    /// What is appended to the layer's name, and put before the variables in its configuration.
    suffix: &'static str,
    role: WeightRole,
    conv: Conv,
    /// Whether it takes the bias.
    has_bias: bool,
}

/// Puts both parts in the layer's place. The configuration of each is the layer's own, with the variables of its part
/// (`depthwise_accum`) under their plain names (`accum`).
pub(super) fn separable_to_depthwise_and_conv(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let Op::SeparableConv(SeparableConv { depthwise, pointwise }) = graph.node(id).op.clone() else {
        return Ok(Outcome::Continue);
    };
    let parts = [
        Part { suffix: "depthwise", role: WeightRole::Depthwise, conv: depthwise, has_bias: false },
        Part { suffix: "pointwise", role: WeightRole::Pointwise, conv: pointwise, has_bias: true },
    ];
    let mut input = graph.node(id).inputs.clone();
    let mut made = Vec::new();
    for part in parts {
        let node = part.make(graph, id, input, lookup)?;
        input = graph.node(node).outputs.clone();
        made.push(node);
    }
    graph.expand(id, &made, input[0]);
    Ok(Outcome::Restart)
}

impl Part {
    fn make(
        self,
        graph: &mut Draft,
        whole: NodeId,
        inputs: Vec<TensorId>,
        lookup: &mut Lookup,
    ) -> Result<NodeId, ConvertError> {
        let node = graph.node(whole);
        let config_name = format!("{}_{}", node.config_name, self.suffix);
        lookup.derive(graph.scope(whole), self.suffix, &config_name)?;
        let op = Op::Conv(self.conv.clone());
        let scope = Scope { name: &config_name, class: op.class_name() };
        let op = configured_op(&op, lookup, scope)?;
        // Quantized again, as the layer is made again.
        let weight = |from, to| {
            let weight = node.weight(from);
            let values = weight.filter(|w| w.presence == Presence::Given).map(|w| w.unquantized.clone());
            WeightSpec::new(to, values, weight.and_then(|w| w.seen_quantizer.clone()))
        };
        let bias = match self.has_bias {
            true => weight(WeightRole::Bias, WeightRole::Bias),
            false => WeightSpec::new(WeightRole::Bias, None, None),
        };
        let new = NewNode {
            name: format!("{}_{}", node.name, self.suffix),
            source_class: None,
            inputs,
            shape: self.conv.output_shape(),
            weights: vec![weight(self.role, WeightRole::Weight), bias],
            result: None,
            trace: flag(lookup, scope, "trace")?.unwrap_or(false),
            activation_quantizer: None,
            config_name: config_name.clone(),
            op,
        };
        graph.make_node(new, lookup)
    }
}
