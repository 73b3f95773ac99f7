//! Sums of products: intervals of the numbers that matrix products, convolutions and contractions make.

use super::interval::Interval;
use super::kif::{Kif, Kifs, of_constants};
use super::tensors::{Bits, Obstacle, all, biased, constants, counted, intervals, tensor};
use crate::graph::op::{Contraction, Conv, ConvFlavour, Dense, Transpose};
use crate::graph::{Node, WeightRole};
use crate::precision::PrecisionSpec;

/// A matrix product of each vector along the last axis.
pub(super) fn multiplied(node: &Node<PrecisionSpec>, op: &Dense, input: &Kifs, shape: &[usize]) -> Bits {
    let (x, kernel) = (intervals(input), constants(node, WeightRole::Weight)?);
    if op.n_in == 0 || !x.len().is_multiple_of(op.n_in) || kernel.len() != op.n_in * op.n_out {
        return Err(Obstacle::Shape);
    }
    let sum = |vector: &[Interval], output: usize| {
        let column = kernel.iter().skip(output).step_by(op.n_out.max(1));
        Interval::scalar_product(vector.iter().copied().zip(column.copied()))
    };
    let sums: Vec<_> =
        x.chunks(op.n_in).flat_map(|vector| (0..op.n_out).map(move |output| (vector, output))).collect();
    biased(node, &sums.into_iter().map(|(vector, output)| sum(vector, output)).collect::<Vec<_>>(), shape)
}

/// A matrix product of each window of pixels; what lies in the padding has no bits.
pub(super) fn convolved(node: &Node<PrecisionSpec>, op: &Conv, input: &Kifs, shape: &[usize]) -> Bits {
    let (x, kernel) = (intervals(input), constants(node, WeightRole::Weight)?);
    let depthwise = op.flavour == ConvFlavour::Depthwise;
    let per_channel = if depthwise { op.depth_multiplier() } else { op.n_filt };
    if x.len() != op.input_len() || kernel.len() != op.kernel_size() * op.n_chan * per_channel {
        return Err(Obstacle::Shape);
    }
    let outside = Interval::of(Kif::ZERO);
    let mut sums = Vec::with_capacity(op.output_pixels() * op.n_filt);
    for pixel in 0..op.output_pixels() {
        let window: Vec<Option<usize>> = op.window(pixel).collect();
        for filter in 0..op.n_filt {
            let channels = if depthwise { channel_of(op, filter) } else { 0..op.n_chan };
            let terms = window.iter().enumerate().flat_map(|(tap, &source)| {
                let (x, kernel) = (&x, &kernel);
                channels.clone().map(move |channel| {
                    let number = source.map_or(outside, |source| x[source * op.n_chan + channel]);
                    (number, kernel[op.weight_index(tap, channel, filter)])
                })
            });
            sums.push(Interval::scalar_product(terms));
        }
    }
    biased(node, &sums, shape)
}

/// The only channel that a filter of a depthwise convolution sees.
fn channel_of(op: &Conv, filter: usize) -> std::ops::Range<usize> {
    let channel = filter / op.depth_multiplier().max(1);
    channel..channel + 1
}

/// A contraction with constants. Kernel and bias lie as the loops read them, which end with other axes than the result.
pub(super) fn contracted(
    node: &Node<PrecisionSpec>,
    contraction: &Contraction,
    input: &Kifs,
    shape: &[usize],
) -> Bits {
    let (x, kernel) = (intervals(input), constants(node, WeightRole::Weight)?);
    let [free, width] = contraction.n_free.map(|free| free.max(1));
    let read = Transpose { from: contraction.shapes[0].clone(), perm: contraction.permutations[0].clone() };
    let sums = (0..contraction.output_len()).map(|output| {
        let (vector, place) = (output / width, output % width);
        let inplace = vector / free;
        let terms = (0..contraction.n_contract).map(|c| {
            let number = x.get(read.source(vector * contraction.n_contract + c));
            let constant = kernel.get((inplace * contraction.n_contract + c) * width + place);
            Some((*number?, *constant?))
        });
        let terms: Option<Vec<_>> = terms.collect();
        Ok(Interval::scalar_product(terms.ok_or(Obstacle::Shape)?.into_iter()))
    });
    let computed: Vec<Kif> =
        biased(node, &sums.collect::<Result<Vec<_>, _>>()?, &contraction.result_shape)?.into_iter().collect();
    let moved = (0..computed.len()).map(|element| computed.get(contraction.computed(element)).copied());
    tensor(shape, moved.collect::<Option<_>>().ok_or(Obstacle::Shape)?)
}

/// A sum of products of two tensors for each list of pairs of elements.
pub(super) fn dotted(
    sums: impl Iterator<Item = impl Iterator<Item = [usize; 2]>>,
    a: &Kifs,
    b: &Kifs,
    shape: &[usize],
) -> Bits {
    let (a, b) = (intervals(a), intervals(b));
    let sums = sums.map(|terms| {
        let terms: Option<Vec<_>> = terms.map(|[i, j]| Some((*a.get(i)?, *b.get(j)?))).collect();
        Ok(Interval::sum_of_products(terms.ok_or(Obstacle::Shape)?.into_iter()))
    });
    counted(shape, sums.collect::<Result<Vec<_>, _>>()?)
}

/// A scale and a bias that go round the last axes.
pub(super) fn affine(node: &Node<PrecisionSpec>, input: &Kifs) -> Bits {
    let scale = constants(node, WeightRole::Scale)?;
    if scale.is_empty() {
        return Err(Obstacle::Shape);
    }
    let products = intervals(input).into_iter().zip(scale.iter().cycle());
    let products: Vec<_> = products.map(|(x, &scale)| x.times_constant(scale).on_grid()).collect();
    biased(node, &products, input.shape())
}

/// Any row of a table.
pub(super) fn embedded(node: &Node<PrecisionSpec>, shape: &[usize]) -> Bits {
    let table = node.weight(WeightRole::Embeddings).ok_or(Obstacle::Shape)?;
    Ok(all(shape, of_constants(&table.values.data)))
}
