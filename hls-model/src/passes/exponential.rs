//! The exponential function grows beyond every type.

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::op::Function;
use crate::graph::{Draft, NodeId, Op};
use crate::precision::Precision;

/// Integer bits of a type that is worth suggesting.
const SUGGESTED: f64 = 24.0;

/// Warns of an exponential whose result has no room for that of the largest input.
pub(super) fn warn_of_limited_exponential(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    let is_exponential = matches!(&node.op, Op::Activation(op) if op.function == Function::Exponential);
    let (true, Some(input)) = (is_exponential, graph.input_of(id)) else { return Ok(Outcome::Continue) };
    let types = (input.ty.precision.known(), graph.output_of(id).ty.precision.known());
    if let (Some(input), Some(result)) = types
        && let Some(message) = limit(&node.name, input, result)
    {
        let name = node.name.clone();
        graph.warn(&name, message);
    }
    Ok(Outcome::Continue)
}

fn limit(name: &str, input: Precision, result: Precision) -> Option<String> {
    let largest = |ty: Precision| ty.storage().to_f64(ty.storage().max_raw());
    let (x, y) = (largest(input), largest(result));
    let end = y.ln();
    if x <= end {
        return None;
    }
    let fraction = result.frac().max(0).unsigned_abs();
    let needed = (x * std::f64::consts::LOG2_E).floor() + 2.0;
    let wider = (needed <= SUGGESTED).then(|| {
        let wider = Precision::fixed(needed as u32 + fraction, needed as i32).configuration_form();
        format!("give it a result with more integer bits (--set LayerName.{name}.Precision.result='{wider}')")
    });
    let advice = wider.unwrap_or_else(|| {
        format!("give it a result with more integer bits (--set LayerName.{name}.Precision.result=…), or the layer before it fewer")
    });
    Some(format!(
        "its result ends at {y} ({}), which it is for every input above {end:.3}; unless inputs, of the type {}, are always smaller, {advice}",
        result.configuration_form(),
        input.configuration_form(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_where_a_result_ends_and_what_would_hold_more() {
        let said = |input: &str, result: &str| {
            let ty = |text: &str| text.parse().expect("a precision");
            limit("act", ty(input), ty(result))
        };
        let table = [
            ("fixed<8,3>", "fixed<16,6>", Some("LayerName.act.Precision.result='fixed<17,7>'")),
            ("fixed<16,6>", "fixed<16,6>", Some("or the layer before it fewer")),
            ("fixed<8,3>", "fixed<16,7>", None),
            ("fixed<8,0>", "ufixed<8,1>", None),
            ("ufixed<8,0>", "ufixed<8,1>", Some("above 0.689")),
        ];
        for (input, result, expected) in table {
            let found = said(input, result);
            let is_right = match (&found, expected) {
                (Some(found), Some(expected)) => found.contains(expected),
                (found, expected) => found.is_none() && expected.is_none(),
            };
            assert!(is_right, "{input} {result}: {found:?}");
        }
    }
}
