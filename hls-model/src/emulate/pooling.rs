//! Poolings.

use super::EmulateError;
use super::chain::{Chain, ChainRule};
use super::clips::Clips;
use super::step::{Compiled, Kernel, Layer};
use super::term::signed_bits;
use super::word::{LANES, Word, with_word};
use crate::fixed::FixedType;
use crate::graph::TypeRole;
use crate::graph::op::{GlobalPooling, PoolOp, Pooling};
use multiversion::multiversion;

/// Windows of pixels become one, channel by channel.
pub(super) fn windows(layer: Layer<'_>, op: &Pooling) -> Result<Compiled, EmulateError> {
    let pixels: usize = op.axes().map(|axis| axis.output).product();
    let pools = (0..pixels).flat_map(|pixel| {
        (0..op.n_filt).map(move |channel| Pool {
            elements: op.window(pixel).flatten().map(|pixel| pixel * op.n_filt + channel).collect(),
            is_padded: op.window(pixel).any(|pixel| pixel.is_none()),
        })
    });
    compile(layer, op.op, pools.collect())
}

/// All pixels become one, channel by channel.
pub(super) fn global(layer: Layer<'_>, op: &GlobalPooling) -> Result<Compiled, EmulateError> {
    let pools = (0..op.n_filt).map(|channel| Pool {
        elements: (0..op.pixels()).map(|pixel| pixel * op.n_filt + channel).collect(),
        is_padded: false,
    });
    compile(layer, op.op, pools.collect())
}

/// What one element of the result is made of.
struct Pool {
    /// The elements of the input.
    elements: Vec<usize>,
    /// Whether the window reaches beyond the edge.
    is_padded: bool,
}

fn compile(layer: Layer<'_>, op: PoolOp, pools: Vec<Pool>) -> Result<Compiled, EmulateError> {
    match op {
        PoolOp::Max => maximum(layer, pools),
        PoolOp::Average => average(layer, pools),
    }
}

fn maximum(layer: Layer<'_>, pools: Vec<Pool>) -> Result<Compiled, EmulateError> {
    let (x, accum) = (layer.input_term(0)?, layer.ty(TypeRole::Accum)?.precision);
    let finish = ChainRule::of(x).cast(accum).cast(layer.result()?);
    let padding = padding(&x.ty.storage());
    let bits = finish.bits().max(signed_bits(padding));
    Ok(with_word!(layer.word(bits)?, W => {
        Compiled::new(Maximum::<W> { pools, padding: W::from_raw(padding), finish: finish.compile() })
    }))
}

/// What a maximum takes for a pixel beyond the edge: the bit at the top alone. That is the most negative number, but half the range of an
/// unsigned type.
fn padding(ty: &FixedType) -> i128 {
    if ty.signed { -ty.max_raw() - 1 } else { (ty.max_raw() >> 1) + 1 }
}

struct Maximum<W> {
    pools: Vec<Pool>,
    padding: W,
    finish: Chain<W>,
}

impl<W: Word> Kernel<W> for Maximum<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let (input, _) = inputs[0].as_chunks::<LANES>();
        let (output_rows, _) = output.as_chunks_mut::<LANES>();
        for (pool, y) in self.pools.iter().zip(output_rows) {
            match (pool.is_padded, pool.elements.split_first()) {
                (false, Some((&first, others))) => {
                    *y = input[first];
                    raise(y, input, others);
                }
                _ => {
                    *y = [self.padding; LANES];
                    raise(y, input, &pool.elements);
                }
            }
        }
        self.finish.apply(output, clips);
    }
}

/// Raises numbers to those of some elements.
#[multiversion(targets("x86_64+avx2"))]
fn raise<W: Word>(y: &mut [W; LANES], input: &[[W; LANES]], elements: &[usize]) {
    for &element in elements {
        for (y, &x) in y.iter_mut().zip(&input[element]) {
            *y = (*y).max(x);
        }
    }
}

fn average(layer: Layer<'_>, pools: Vec<Pool>) -> Result<Compiled, EmulateError> {
    let (x, accum) = (layer.input_term(0)?, layer.ty(TypeRole::Accum)?.precision);
    let accum_t = layer.variable(accum)?;
    let addition = layer.bounded(accum_t.add(&x))?;
    let step = ChainRule::of(addition).cast(accum);
    let finish = ChainRule::of(accum_t).cast(layer.result()?);
    let bits = step.bits().max(finish.bits()).max(x.bits());
    let up = [accum_t.shift_to_add(&x), x.shift_to_add(&accum_t)];
    Ok(with_word!(layer.word(bits)?, W => {
        Compiled::new(Average::<W> { pools, up, step: step.compile(), finish: finish.compile() })
    }))
}

struct Average<W> {
    pools: Vec<Pool>,
    /// How far the sum and an element move left to be added.
    up: [u32; 2],
    /// What happens to the sum after each addition.
    step: Chain<W>,
    finish: Chain<W>,
}

impl<W: Word> Kernel<W> for Average<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let (input, _) = inputs[0].as_chunks::<LANES>();
        let (output_rows, _) = output.as_chunks_mut::<LANES>();
        for (i, (pool, sum)) in self.pools.iter().zip(output_rows).enumerate() {
            *sum = [W::default(); LANES];
            for x in pool.elements.iter().map(|&element| &input[element]) {
                *sum = std::array::from_fn(|i| sum[i].shl(self.up[0]).add(x[i].shl(self.up[1])));
                self.step.apply(sum, clips.at(i));
            }
            // The quotient keeps the accumulator's binary point and drops what is left towards zero.
            let cells = pool.elements.len().max(1) as i128;
            *sum = sum.map(|sum| W::from_raw(sum.raw() / cells));
        }
        self.finish.apply(output, clips.at(0));
    }
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
