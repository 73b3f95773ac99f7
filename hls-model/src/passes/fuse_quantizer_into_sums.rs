//! The kernel of distributed arithmetic is written for each layer, so it can cast each of its inputs to a type of its own.

use ndarray::Zip;

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::fixed::{FixedType, Overflow, Rounding};
use crate::graph::op::{FixedPointQuantizer, Strategy};
use crate::graph::{Draft, NodeId, Op, Widths};
use crate::precision::Precision;

/// Takes a quantizer into the kernels that read it, if all of them are dense layers or convolutions with distributed arithmetic. With several
/// readers, which then repeat it, it has to be one that costs next to nothing.
pub(super) fn fuse_quantizer_into_d_a_layers(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    let Op::FixedPointQuantizer(quantizer) = &node.op else { return Ok(Outcome::Continue) };
    let output = node.outputs[0];
    let Some(Precision::Fixed(ty)) = graph.tensor(output).ty.precision.known() else {
        return Ok(Outcome::Continue);
    };
    let quantizer = FixedPointQuantizer { widths: within(&quantizer.widths, ty), ..quantizer.clone() };
    let mut readers = graph.consumers(output);
    readers.dedup();
    let is_cheap = (quantizer.rounding, quantizer.overflow) == (Rounding::Rnd, Overflow::Wrap);
    let takes = |&reader: &NodeId| takes(graph, reader, &quantizer);
    let is_seen = graph.outputs.contains(&output) || !graph.is_removable(id);
    if is_seen || readers.is_empty() || !(readers.len() == 1 || is_cheap) || !readers.iter().all(takes) {
        return Ok(Outcome::Continue);
    }
    for reader in readers {
        let taken = Some(Box::new(quantizer.clone()));
        match &mut graph.node_mut(reader).op {
            Op::Dense(op) => op.input_quantizer = taken,
            Op::Conv(op) => op.input_quantizer = taken,
            _ => {}
        }
    }
    graph.remove(id);
    Ok(Outcome::Restart)
}

/// The bits that both the widths and the type of the result have: a configuration can give it fewer.
fn within(widths: &Widths, ty: FixedType) -> Widths {
    let (sign, fractional) = (i32::from(ty.signed), ty.frac());
    let mut within = widths.clone();
    let parts = Zip::from(&mut within.signed).and(&mut within.bits).and(&mut within.integer);
    parts.for_each(|signed, bits, integer| {
        let own = i32::from(*signed);
        let (below, whole) = ((*bits - *integer).min(fractional), (*integer - own).min(ty.integer - sign));
        *signed &= ty.signed;
        *integer = whole + i32::from(*signed);
        *bits = if *bits > 0 { *integer + below } else { *bits };
    });
    within
}

/// Whether a layer's kernel can cast what it reads. That of a convolution is the same for every pixel.
fn takes(graph: &Draft, reader: NodeId, quantizer: &FixedPointQuantizer) -> bool {
    let Some(input) = graph.input_of(reader) else { return false };
    let fits = quantizer.widths.broadcast(&input.shape).is_some();
    let is_by_channel = || {
        let pixels = quantizer.widths.shape().and_then(|shape| Some(shape.split_last()?.1));
        pixels.is_some_and(|extents| extents.iter().all(|&extent| extent == 1))
    };
    fits && match &graph.node(reader).op {
        Op::Dense(op) => {
            op.strategy == Strategy::DistributedArithmetic
                && op.input_quantizer.is_none()
                && op.n_in == input.len()
        }
        Op::Conv(op) => {
            op.strategy == Strategy::DistributedArithmetic && op.input_quantizer.is_none() && is_by_channel()
        }
        _ => false,
    }
}
