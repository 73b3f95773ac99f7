//! Where the firmware's numbers are not the model's, because hls4ml's are not.

use super::super::Outcome;
use super::flow::Flow;
use super::kif::Kifs;
use super::quantizer::{Narrowed, is_changed, is_lone_sign};
use super::widths;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::fixed::{MAX_ARITHMETIC_WIDTH, Overflow, Rounding};
use crate::graph::op::{
    Activation, FixedPointQuantizer, Function, ParametrizedActivation, ParametrizedFunction,
};
use crate::graph::{Draft, NodeId, Op};

/// Entries of the largest tables that compilers still take, as a power of two.
const LARGEST_TABLE_BITS: i32 = 20;

impl Flow<'_> {
    /// Compares a quantizer with what hls4ml makes of it for numbers with these bits.
    pub(super) fn warn_of_quantizer(
        &mut self,
        id: NodeId,
        op: &FixedPointQuantizer,
        input: &Kifs,
        narrow: &Narrowed,
    ) {
        let name = self.graph.node(id).name.clone();
        let own = widths::kifs(&op.widths);
        let own = own.as_ref().and_then(|own| own.broadcast(input.raw_dim()));
        let pairs = own.iter().flatten().zip(input);
        let changed =
            pairs.filter(|&(&own, &input)| is_changed(own, input, op.rounding, op.overflow)).count();
        if changed > 0 {
            let message = format!(
                "of {changed} of its {} numbers hls4ml's bit-exact flow keeps fewer bits than the quantizer needs, so that results near \
                 the limits or below the smallest step differ from the model's; docs/bit-exact.md says when",
                input.len()
            );
            self.graph.warn(&name, message);
        }
        let lone = narrow.result.iter().filter(|&&bits| is_lone_sign(bits, op.overflow)).count();
        if lone > 0 {
            let message = format!(
                "{lone} of its {} numbers have one bit, a sign, and saturate symmetrically (SAT_SYM): in the model they are always 0, in \
                 the firmware negative ones become the smallest number of the type; give them another bit, or overflow_mode=\"SAT\"",
                input.len()
            );
            self.graph.warn(&name, message);
        }
        self.warn_of_nothing(id, &name, input, narrow);
    }

    /// Warns of a quantizer that leaves zeros only and becomes the type of the layer before it: there is no type without bits.
    fn warn_of_nothing(&mut self, id: NodeId, name: &str, input: &Kifs, narrow: &Narrowed) {
        let is_nothing = narrow.result.iter().all(|bits| bits.width() <= 0);
        let has_numbers = input.iter().any(|bits| bits.width() > 0);
        let Some(source) = self.only_source(id).filter(|_| self.graph.is_removable(id)) else { return };
        if is_nothing && has_numbers {
            let before = self.graph.node(source).name.clone();
            let message = format!(
                "its numbers are always 0 in the model, but hls4ml has no type without bits: in the firmware \"{before}\" gets one whose \
                 numbers can be others, and so do the layers after it; train this quantizer with at least one bit, or remove what reads it"
            );
            self.graph.warn(name, message);
        }
    }

    /// Warns of a quantizer without negative numbers that wraps and becomes the type of the layer before it, and is read by one with negative
    /// numbers: hls4ml gives that type a sign.
    pub(super) fn warn_of_kept_sign(&mut self, id: NodeId) {
        let node = self.graph.node(id);
        let Op::FixedPointQuantizer(op) = &node.op else { return };
        let wraps = (op.rounding, op.overflow) == (Rounding::Trn, Overflow::Wrap);
        let is_unsigned = op.widths.uniform().is_some_and(|width| !width.signed && width.bits > 0);
        let result = self.graph.output_of(id).ty.precision.known();
        if wraps && is_unsigned && result.is_some_and(|ty| ty.is_signed()) && self.only_source(id).is_some() {
            let name = node.name.clone();
            let message = "it has no negative numbers and is read by a quantizer that has some: hls4ml gives its type a sign, so that what wraps \
                           around becomes negative, other than in the model; leave one of the two quantizers out";
            self.graph.warn(&name, message);
        }
    }

    /// Warns of a table that has more entries than any tool builds.
    pub(super) fn warn_of_large_table(&mut self, id: NodeId, bits: i32) {
        if bits > LARGEST_TABLE_BITS {
            let name = self.graph.node(id).name.clone();
            let message = format!(
                "its table has 2^{bits} entries, one for each number that it may read, as in hls4ml, and neither compilers nor the emulator take \
                 it; put a quantizer with fewer bits before it"
            );
            self.graph.warn(&name, message);
        }
    }

    /// The layer that a quantizer reads, if no other layer reads that.
    fn only_source(&self, id: NodeId) -> Option<NodeId> {
        let input = *self.graph.node(id).inputs.first()?;
        let source = self.graph.producer(input)?;
        (self.readers(source) == [id]).then_some(source)
    }

    /// Whether a layer looks its results up in one of hls4ml's tables.
    pub(super) fn has_table(&self, id: NodeId) -> bool {
        match &self.graph.node(id).op {
            Op::Activation(Activation { function, .. }) => !matches!(
                function,
                Function::Linear | Function::Relu | Function::Relu6 | Function::BinaryTanh
            ),
            Op::ParametrizedActivation(ParametrizedActivation { function, .. }) => {
                *function == ParametrizedFunction::Elu
            }
            _ => false,
        }
    }

    /// Warns of a function of one element whose curve hls4ml looks up in a table of its own.
    pub(super) fn warn_of_curve(&mut self, id: NodeId) {
        if !self.has_table(id) || self.is_given(id) {
            return;
        }
        let name = self.graph.node(id).name.clone();
        let message = "its curve comes from hls4ml's table, whose steps, range and rounding are not the model's, so that results differ by \
                       some steps; for the model's own numbers use a QUnaryFunctionLUT";
        self.graph.warn(&name, message);
    }
}

/// Warns of results that are wider than what can be computed with outside of firmware: of curves that no quantizer limits.
pub(in super::super) fn warn_of_endless_results(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let width = graph.output_of(id).ty.precision.known().map_or(0, |ty| ty.width());
    if graph.bit_exact.typed.contains(&id) && width > MAX_ARITHMETIC_WIDTH {
        let name = graph.node(id).name.clone();
        let message = format!(
            "nothing limits its results, which have {width} bits, as in hls4ml: the firmware holds them, the emulator does not; give it a \
             quantizer with one type for all elements (enable_oq=True with heterogeneous_axis=(), or a Quantizer after it)"
        );
        graph.warn(&name, message);
    }
    Ok(Outcome::Continue)
}
