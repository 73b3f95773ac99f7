//! Sums of products: Dense and convolutions.

use ndarray::Array2;

use super::layer::{FloatLayer, FloatModelError};
use crate::graph::WeightRole;
use crate::graph::op::{Conv, ConvFlavour, Dense, EinsumDense, SeparableConv};

pub(super) fn dense(
    layer: FloatLayer<'_>,
    x: &Array2<f64>,
    op: &Dense,
) -> Result<Array2<f64>, FloatModelError> {
    product(layer, x, WeightRole::Weight, op.n_in, op.n_out)
}

/// A contraction with weights `[n_inplace, n_contract, n_free]`.
pub(super) fn einsum_dense(
    layer: FloatLayer<'_>,
    x: &Array2<f64>,
    op: &EinsumDense,
) -> Result<Array2<f64>, FloatModelError> {
    let contraction = &op.contraction;
    let (weights, bias) = (layer.weights(WeightRole::Weight), layer.weights(WeightRole::Bias));
    let [n_contract, n_free] = [contraction.n_contract, contraction.n_free[1].max(1)];
    let [read, expected] = [contraction.input_lens()[0], contraction.n_inplace * n_contract * n_free];
    if x.ncols() != read || weights.len() != expected {
        return Err(layer.error("its weights do not fit its input"));
    }
    let sums: Vec<Vec<[usize; 2]>> = (0..contraction.output_len())
        .zip(contraction.terms())
        .map(|(element, terms)| {
            let vector = contraction.vectors(element)[1];
            let (inplace, place) = (vector / n_free, vector % n_free);
            let weight = |c: usize| (inplace * n_contract + c) * n_free + place;
            terms.enumerate().map(|(c, [input, _])| [input, weight(c)]).collect()
        })
        .collect();
    Ok(Array2::from_shape_fn((x.nrows(), sums.len()), |(sample, i)| {
        let products = sums[i].iter().map(|&[input, weight]| x[(sample, input)] * weights[weight]);
        products.sum::<f64>() + bias.get(contraction.computed(i)).copied().unwrap_or(0.0)
    }))
}

/// Each channel by itself, then all of a pixel together.
pub(super) fn separable(
    layer: FloatLayer<'_>,
    x: &Array2<f64>,
    op: &SeparableConv,
) -> Result<Array2<f64>, FloatModelError> {
    let between = depthwise(layer, x, &op.depthwise, WeightRole::Depthwise, &[]);
    convolution(layer, &between, &op.pointwise, WeightRole::Pointwise)
}

/// A convolution with the weights of a role.
pub(super) fn convolution(
    layer: FloatLayer<'_>,
    x: &Array2<f64>,
    conv: &Conv,
    role: WeightRole,
) -> Result<Array2<f64>, FloatModelError> {
    match conv.flavour {
        ConvFlavour::Depthwise => Ok(depthwise(layer, x, conv, role, &layer.weights(WeightRole::Bias))),
        ConvFlavour::Full | ConvFlavour::FoldedBatchNorm | ConvFlavour::Pointwise => {
            product(layer, &windows(x, conv), role, conv.kernel_size() * conv.n_chan, conv.n_filt)
        }
    }
}

/// Each channel by itself; without a bias where there is none.
fn depthwise(
    layer: FloatLayer<'_>,
    x: &Array2<f64>,
    conv: &Conv,
    role: WeightRole,
    bias: &[f64],
) -> Array2<f64> {
    let weights = layer.weights(role);
    let windows = windows(x, conv);
    let n_in = conv.kernel_size() * conv.n_chan;
    Array2::from_shape_fn((x.nrows(), conv.output_pixels() * conv.n_filt), |(sample, i)| {
        let (pixel, filter) = (i / conv.n_filt, i % conv.n_filt);
        let channel = filter / conv.depth_multiplier().max(1);
        let products = (0..conv.kernel_size()).map(|tap| {
            windows[(sample, pixel * n_in + tap * conv.n_chan + channel)]
                * weights[conv.weight_index(tap, channel, filter)]
        });
        products.sum::<f64>() + bias.get(filter).copied().unwrap_or(0.0)
    })
}

/// Each vector of `n_in` elements times the kernel, plus the bias.
fn product(
    layer: FloatLayer<'_>,
    x: &Array2<f64>,
    role: WeightRole,
    n_in: usize,
    n_out: usize,
) -> Result<Array2<f64>, FloatModelError> {
    let samples = x.nrows();
    let shape = || layer.error("its arrays do not fit its input");
    let kernel = Array2::from_shape_vec((n_in, n_out), layer.weights(role)).map_err(|_| shape())?;
    let vectors = x.len().checked_div(n_in).ok_or_else(shape)?;
    let vectors = x.to_shape((vectors, n_in)).map_err(|_| shape())?;
    let mut products = vectors.dot(&kernel);
    let bias = layer.weights(WeightRole::Bias);
    if bias.len() == n_out {
        products
            .rows_mut()
            .into_iter()
            .for_each(|mut row| row.iter_mut().zip(&bias).for_each(|(y, b)| *y += b));
    }
    let elements = products.len() / samples.max(1);
    products.into_shape_with_order((samples, elements)).map_err(|_| shape())
}

/// What lies under the filter, pixel after pixel: `[filter, n_chan]` each.
fn windows(x: &Array2<f64>, conv: &Conv) -> Array2<f64> {
    let pixels = (0..conv.output_pixels()).flat_map(|pixel| conv.window(pixel));
    let places: Vec<Option<usize>> = pixels
        .flat_map(|pixel| (0..conv.n_chan).map(move |channel| Some(pixel? * conv.n_chan + channel)))
        .collect();
    let at = |sample, i: usize| places[i].map_or(0.0, |place| x[(sample, place)]);
    Array2::from_shape_fn((x.nrows(), places.len()), |(sample, i)| at(sample, i))
}
