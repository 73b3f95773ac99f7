//! hls4ml's inference of precisions that the configuration leaves to it (`auto`). The rule of each operation is in its file below
//! `graph/op/`; here is when they are asked, and what becomes of the answers.

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::op::{Known, ResultRule};
use crate::graph::{Draft, NodeId, TypeRole};
use crate::precision::PrecisionSpec;

/// Settles every `auto` of a node.
pub(super) fn infer_precision_types(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    let open_result = graph.output_of(id).ty.precision == PrecisionSpec::Auto;
    let open_types = node.types.iter().any(|(_, t)| t.precision == PrecisionSpec::Auto);
    let open_weights = node.weights.iter().any(|w| w.ty.precision == PrecisionSpec::Auto);
    if !(open_result || open_types || open_weights) {
        return Ok(Outcome::Continue);
    }
    let mut known = known(graph, id, lookup)?;
    settle_weights(graph, id, &mut known);
    settle_types(graph, id, &known);
    if open_result {
        settle_result(graph, id, &known);
        return Ok(Outcome::Restart);
    }
    Ok(Outcome::Continue)
}

fn known(graph: &Draft, id: NodeId, lookup: &Lookup) -> Result<Known, ConvertError> {
    let settled = |spec: PrecisionSpec| spec.known().ok_or(ConvertError::Unsettled { flow: "convert" });
    let inputs = graph.node(id).inputs.iter().map(|&tensor| settled(graph.tensor(tensor).ty.precision));
    Ok(Known {
        default: settled(lookup.default_precision())?,
        maximum: lookup.maximum_precision().and_then(|precision| precision.known()),
        inputs: inputs.collect::<Result<_, _>>()?,
        weights: Vec::new(),
    })
}

/// Settles the weights' types and makes them known.
fn settle_weights(graph: &mut Draft, id: NodeId, known: &mut Known) {
    let node = graph.node_mut(id);
    for weight in &mut node.weights {
        let open = || node.op.weight_type(weight.role, known);
        let precision = weight.ty.precision.known().unwrap_or_else(open);
        weight.ty.precision = precision.into();
        known.weights.push((weight.role, precision));
    }
}

fn settle_types(graph: &mut Draft, id: NodeId, known: &Known) {
    let node = graph.node_mut(id);
    for (role, ty) in node.types.iter_mut().filter(|(_, ty)| ty.precision == PrecisionSpec::Auto) {
        let accumulator = (*role == TypeRole::Accum).then(|| node.op.accumulator_type(known)).flatten();
        if accumulator.is_some() {
            ty.name = format!("{}_{}", node.name, role.attribute());
        }
        ty.precision = accumulator.unwrap_or_else(|| node.op.parameter_type(*role, known)).into();
    }
}

fn settle_result(graph: &mut Draft, id: NodeId, known: &Known) {
    let node = graph.node(id);
    let (name, output, rule) =
        (format!("{}_result_t", node.name), node.outputs[0], node.op.result_rule(known));
    let ty = &mut graph.tensor_mut(output).ty;
    ty.precision = match rule {
        ResultRule::Own(precision) => {
            ty.name = name;
            precision
        }
        ResultRule::Input => known.input(0),
        ResultRule::Default => known.default,
    }
    .into();
}
