//! A ternary activation compares with ±0.5; another threshold becomes a scale in front of it.

use super::Outcome;
use crate::build::NewNode;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::op::{BatchNormalization, TernaryTanh};
use crate::graph::{Draft, NodeId, Op, Values, WeightRole, WeightSpec};

const THRESHOLD: f64 = 0.5;

/// Inserts the scale `0.5 / threshold`.
pub(super) fn extract_ternary_threshold(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    let Op::TernaryTanh(TernaryTanh { threshold, .. }) = node.op else { return Ok(Outcome::Continue) };
    if threshold == THRESHOLD {
        return Ok(Outcome::Continue);
    }
    let shape = graph.tensor(node.inputs[0]).shape.clone();
    let n_in = shape.iter().product();
    let name = format!("{}_scale", node.name);
    let weight = |role, value| WeightSpec::new(role, Some(Values::full(&shape, value)), None);
    let scale = NewNode {
        config_name: format!("{}_scale", node.config_name),
        name,
        source_class: Some("Alpha".into()),
        op: Op::ApplyAlpha(BatchNormalization { n_in, n_filt: None }),
        inputs: node.inputs.clone(),
        weights: vec![weight(WeightRole::Scale, THRESHOLD / threshold), weight(WeightRole::Bias, 0.0)],
        shape,
        result: None,
        trace: node.trace,
        activation_quantizer: None,
    };
    if let Op::TernaryTanh(ternary) = &mut graph.node_mut(id).op {
        ternary.threshold = THRESHOLD;
    }
    let scale = graph.make_node(scale, lookup)?;
    graph.insert(scale, Some(id));
    Ok(Outcome::Restart)
}
