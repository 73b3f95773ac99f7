//! Poolings.

use super::chain::Chain;
use super::error::ArithError;
use super::layer::Layer;
use crate::fixed::FixedType;
use crate::graph::TypeRole;
use crate::graph::op::{GlobalPooling, PoolOp, Pooling};
use crate::target::IoType;

/// Elements of the input that become one, for each element of the result.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowReduction {
    /// For each element of the result.
    pub pools: Vec<PoolWindow>,
    /// What the elements become.
    pub reduction: Reduction,
}

/// What one element of the result is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolWindow {
    /// The elements of the input.
    pub elements: Vec<usize>,
    /// Whether the window reaches beyond the edge.
    pub is_padded: bool,
}

/// What some elements become.
#[derive(Debug, Clone, PartialEq)]
pub enum Reduction {
    /// The largest.
    Maximum {
        /// The way of an element to what is compared.
        element: Chain,
        /// What counts as the number of a place beyond the edge, among what is compared.
        padding: i128,
        /// The way of the largest to the result.
        finish: Chain,
    },
    /// The mean.
    Average {
        /// The way of an element to what is added.
        element: Chain,
        /// How far the two terms of an addition move left: the sum so far and an element, or two sums.
        up: [u32; 2],
        /// What happens to the sum after each addition.
        sum: Chain,
        /// In which order the elements are added, which matters where a sum saturates.
        order: Additions,
        /// The way of the quotient to the result. The sum is divided by the number of elements, without those beyond the edge; what is left
        /// is dropped towards zero.
        finish: Chain,
    },
}

/// In which order the elements of a window are added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Additions {
    /// One after the other, beginning with zero.
    InTurn,
    /// As a balanced tree, whose left branch takes the largest power of two below the number of elements.
    Tree,
}

/// How many of `n` terms, at least two, are in the left branch of a balanced tree.
pub(crate) fn left_terms(n: usize) -> usize {
    1 << (n - 1).ilog2()
}

/// Windows of pixels become one, channel by channel.
pub(super) fn windows(layer: Layer<'_>, op: &Pooling) -> Result<WindowReduction, ArithError> {
    let pixels: usize = op.axes().map(|axis| axis.output).product();
    let pools = (0..pixels).flat_map(|pixel| {
        (0..op.n_filt).map(move |channel| PoolWindow {
            elements: op.window(pixel).flatten().map(|pixel| pixel * op.n_filt + channel).collect(),
            is_padded: op.window(pixel).any(|pixel| pixel.is_none()),
        })
    });
    Ok(WindowReduction { pools: pools.collect(), reduction: reduction(layer, op.op, Additions::Tree)? })
}

/// All pixels become one, channel by channel.
pub(super) fn global(layer: Layer<'_>, op: &GlobalPooling) -> Result<WindowReduction, ArithError> {
    let pools = (0..op.n_filt).map(|channel| PoolWindow {
        elements: (0..op.pixels()).map(|pixel| pixel * op.n_filt + channel).collect(),
        is_padded: false,
    });
    Ok(WindowReduction { pools: pools.collect(), reduction: reduction(layer, op.op, Additions::InTurn)? })
}

fn reduction(layer: Layer<'_>, op: PoolOp, of_streams: Additions) -> Result<Reduction, ArithError> {
    match layer.io_type() {
        IoType::Parallel => of_array(layer, op),
        IoType::Stream => of_stream(layer, op, of_streams),
    }
}

/// The kernels of streams compare and add numbers of the accumulator's type.
fn of_stream(layer: Layer<'_>, op: PoolOp, order: Additions) -> Result<Reduction, ArithError> {
    let accum = layer.ty(TypeRole::Accum)?.precision;
    let element = Chain::of(layer.input_term(0)?).cast(accum);
    let accum_t = layer.variable(accum)?;
    // The quotient keeps the accumulator's binary point.
    let finish = Chain::of(accum_t).cast(layer.result()?);
    match op {
        PoolOp::Max => Ok(Reduction::Maximum { element, padding: accum_t.low, finish }),
        PoolOp::Average => {
            let sum = Chain::of(layer.bounded(accum_t.add(&accum_t))?).cast(accum);
            Ok(Reduction::Average { element, up: [0, 0], sum, order, finish })
        }
    }
}

fn of_array(layer: Layer<'_>, op: PoolOp) -> Result<Reduction, ArithError> {
    let (x, accum) = (layer.input_term(0)?, layer.ty(TypeRole::Accum)?.precision);
    let element = Chain::of(x);
    match op {
        PoolOp::Max => {
            let finish = Chain::of(x).cast(accum).cast(layer.result()?);
            Ok(Reduction::Maximum { element, padding: padding(&x.ty.storage()), finish })
        }
        PoolOp::Average => {
            let accum_t = layer.variable(accum)?;
            let sum = Chain::of(layer.bounded(accum_t.add(&x))?).cast(accum);
            // The quotient keeps the accumulator's binary point.
            let finish = Chain::of(accum_t).cast(layer.result()?);
            let up = [accum_t.shift_to_add(&x), x.shift_to_add(&accum_t)];
            Ok(Reduction::Average { element, up, sum, order: Additions::InTurn, finish })
        }
    }
}

/// What a maximum takes for a pixel beyond the edge: the bit at the top alone. That is the most negative number, but half the range of an
/// unsigned type.
fn padding(ty: &FixedType) -> i128 {
    if ty.signed { -ty.max_raw() - 1 } else { (ty.max_raw() >> 1) + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::precision::Precision;

    #[test]
    fn padding_is_the_bit_at_the_top() {
        for (text, expected) in [("fixed<8,3>", -128), ("ufixed<8,3>", 128), ("uint<1>", 1), ("int<4>", -8)] {
            let ty: Precision = text.parse().expect(text);
            assert_eq!(padding(&ty.storage()), expected, "{text}");
        }
    }
}
