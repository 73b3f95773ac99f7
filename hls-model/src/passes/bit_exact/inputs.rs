//! Inputs of which quantizers keep the whole range get the type that those quantizers need.

use std::collections::{BTreeSet, HashSet};

use super::super::Outcome;
use super::flow::Flow;
use super::kif::Kif;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::fixed::{FixedType, Overflow, Rounding};
use crate::graph::{Draft, NodeId, Op};
use crate::precision::Precision;

/// Types wider than this stand for "everything".
const WIDEST: u32 = 100;

/// Fractional bits of an input that is rounded in a way that looks at all of them.
const FRACTIONAL_BITS: i32 = 24;

/// Narrows an input whose quantizers saturate, or round to even.
pub(in super::super) fn fix_input_precision(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let typed = graph.bit_exact.typed.contains(&id);
    let ty = graph.output_of(id).ty.precision.known().filter(|ty| ty.width() > WIDEST);
    let (true, Op::Input(_), Some(ty)) = (typed, &graph.node(id).op, ty) else {
        return Ok(Outcome::Continue);
    };
    let mut flow = Flow::new(graph);
    let Readers { moves, quantizers, arguments } = readers(&flow, id)?;
    let mut bits: Vec<Kif> = arguments.iter().map(|&ty| Kif::of_type(ty.into())).collect();
    for &quantizer in &quantizers {
        bits.extend(flow.fresh(quantizer)?.iter().copied());
    }
    if quantizers.is_empty() && arguments.is_empty() {
        return Err(flow.refusal(
            id,
            "no layer reads it, so nothing gives its numbers a type; remove it from the model".into(),
        ));
    }
    let widest = Kif::widest(&bits);
    let modes = quantizers.iter().filter_map(|&id| match &flow.graph.node(id).op {
        Op::FixedPointQuantizer(op) => Some((op.rounding, op.overflow)),
        _ => None,
    });
    let modes: Vec<_> = modes.chain(arguments.iter().map(|ty| (ty.rounding, ty.overflow))).collect();
    let exact = modes.iter().all(|(rounding, _)| matches!(rounding, Rounding::Trn | Rounding::Rnd));
    let saturates = modes.iter().all(|(_, overflow)| *overflow != Overflow::Wrap);
    warn(flow.graph, id, &modes, exact);
    let fractional = if exact { ty.frac() } else { FRACTIONAL_BITS };
    let precision = match (Kif { fractional, ..widest }).precision() {
        Precision::Fixed(ty) => {
            let overflow = if saturates { Overflow::Sat } else { Overflow::Wrap };
            Precision::from(FixedType { overflow, ..ty })
        }
        other => other,
    };
    let output = flow.graph.node(id).outputs[0];
    flow.graph.tensor_mut(output).ty.precision = precision.into();
    flow.trust(id);
    for &layer in &moves {
        flow.store(layer)?;
    }
    for &layer in &moves {
        flow.set_types(layer, lookup)?;
    }
    Ok(Outcome::Continue)
}

/// What reads an input.
#[derive(Default)]
struct Readers {
    /// Layers that only move elements.
    moves: Vec<NodeId>,
    /// Quantizers, directly or after these layers.
    quantizers: Vec<NodeId>,
    /// The types to which sums of functions cast elements.
    arguments: HashSet<FixedType>,
}

fn readers(flow: &Flow<'_>, input: NodeId) -> Result<Readers, ConvertError> {
    let mut readers = Readers::default();
    let mut open = flow.readers(input);
    while let Some(id) = open.pop() {
        match &flow.graph.node(id).op {
            Op::FixedPointQuantizer(_) => readers.quantizers.push(id),
            Op::Reshape(_) | Op::Transpose(_) | Op::Concatenate(_) => {
                readers.moves.push(id);
                open.extend(flow.readers(id));
            }
            Op::FunctionSum(op) if op.only_copies() => {
                readers.moves.push(id);
                open.extend(flow.readers(id));
            }
            Op::FunctionSum(op) => {
                let arguments = op.sums.iter().flat_map(|sum| &sum.terms).map(|term| term.argument);
                for argument in arguments {
                    readers.arguments.insert(argument.ok_or_else(|| unquantized(flow, input, id))?);
                }
            }
            _ => return Err(unquantized(flow, input, id)),
        }
    }
    readers.moves.dedup();
    Ok(readers)
}

fn unquantized(flow: &Flow<'_>, input: NodeId, reader: NodeId) -> ConvertError {
    let node = flow.graph.node(reader);
    let (layer, class) = (&node.name, node.op.class_name());
    flow.refusal(
        input,
        format!(
            "its numbers have no type: bit-exact types follow from the quantizers of a model, and \"{layer}\" ({class}) reads this input \
             without one. Put a quantizer between the two (of HGQ2, or a QActivation with quantized_bits); for a model without any, \
             remove Model.BitExact from the configuration"
        ),
    )
}

/// Warns where no one type serves all quantizers.
fn warn(graph: &mut Draft, input: NodeId, modes: &[(Rounding, Overflow)], exact: bool) {
    let name = graph.node(input).name.clone();
    let overflows: BTreeSet<_> = modes.iter().map(|(_, overflow)| overflow.name()).collect();
    let wraps = modes.iter().any(|(_, overflow)| *overflow == Overflow::Wrap);
    if wraps && overflows.len() > 1 {
        let all: Vec<_> = overflows.into_iter().collect();
        graph.warn(
            &name,
            format!(
                "quantizers with different overflow modes ({}) read this input, whose type can do only one of them: numbers beyond it give \
                 other results than in the model; scale the inputs so that they fit {}",
                all.join(", "),
                graph.output_of(input).ty.name
            ),
        );
    }
    if !exact {
        graph.warn(
            &name,
            format!(
                "a quantizer of this input rounds in a way that looks at every bit; the input's type has {FRACTIONAL_BITS} fractional \
                 bits, and numbers that need more may be rounded differently than in the model"
            ),
        );
    }
}
