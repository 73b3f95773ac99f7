//! Which arithmetic an operation is. To emulate a new one: an arm here, and its arithmetic in the file of its family.

use super::EmulateError;
use super::products::{self, Products, Windows, conv_order, dense_order};
use super::step::{Compiled, Layer};
use super::{elementwise, merge, pooling, rearrange, sequences, softmax};
use crate::graph::op::{Conv, Dense};
use crate::graph::{Op, WeightRole};

/// Compiles a node's arithmetic; `None` for one that has none.
pub(super) fn compile(layer: Layer<'_>) -> Result<Option<Compiled>, EmulateError> {
    let compiled = match &layer.node.op {
        Op::Input(_) => return Ok(None),
        Op::Reshape(_) if layer.output()?.in_place_of.is_some() => return Ok(None),
        Op::Reshape(_) => elementwise::linear(layer),
        Op::Dense(op) => dense(layer, op),
        Op::Conv(op) => conv(layer, op),
        Op::Pooling(op) => pooling::windows(layer, op),
        Op::GlobalPooling(op) => pooling::global(layer, op),
        Op::ZeroPadding(op) => rearrange::copy(layer, |element| op.source(element)),
        Op::Cropping(op) => rearrange::copy(layer, |element| Some(op.source(element))),
        Op::Resize(op) => rearrange::copy(layer, |element| Some(op.source(element))),
        Op::Transpose(op) => rearrange::copy(layer, |element| Some(op.source(element))),
        Op::Embedding(op) => sequences::embedding(layer, op),
        Op::Activation(op) => elementwise::activation(layer, op),
        Op::HardActivation(op) => elementwise::hard(layer, op),
        Op::ParametrizedActivation(op) => elementwise::parametrized(layer, op),
        Op::PRelu(_) => elementwise::prelu(layer),
        Op::TernaryTanh(_) => elementwise::ternary_tanh(layer),
        Op::PowerOfTwo(op) => elementwise::power_of_two(layer, op),
        Op::Softmax(op) => softmax::compile(layer, op),
        Op::BatchNormalization(_) | Op::ApplyAlpha(_) => elementwise::batch_normalization(layer),
        Op::LayerNormalization(op) => sequences::layer_normalization(layer, op),
        Op::QuantizedTanh(op) => elementwise::quantized_tanh(layer, op),
        Op::Merge(op) => merge::merge(layer, op),
        Op::Concatenate(op) => rearrange::concatenate(layer, op),
        Op::Dot(op) => merge::dot(layer, op),
        Op::TimeDistributed(op) => sequences::time_step(layer, &op.part),
        Op::LayerGroup(_) | Op::SeparableConv(_) => {
            Err(layer.unsupported("only its parts can; convert the model with hls_model::convert"))
        }
    };
    compiled.map(Some)
}

fn dense(layer: Layer<'_>, op: &Dense) -> Result<Compiled, EmulateError> {
    let vectors = layer.output()?.len() / op.n_out.max(1);
    let products = Products {
        windows: Windows::vectors(vectors, op.n_in),
        n_out: op.n_out,
        places: dense_order(op, layer.node.reuse_factor),
        weight: layer.weight(WeightRole::Weight)?,
        bias: layer.weight(WeightRole::Bias)?,
        agreements: op.n_in,
    };
    products::compile(layer, &products)
}

fn conv(layer: Layer<'_>, op: &Conv) -> Result<Compiled, EmulateError> {
    let n_in = op.kernel_size() * op.n_chan;
    let products = Products {
        windows: conv_windows(op),
        n_out: op.n_filt,
        places: conv_order(op, layer.node.reuse_factor),
        weight: layer.weight(WeightRole::Weight)?,
        bias: layer.weight(WeightRole::Bias)?,
        // hls4ml describes the product of all pixels together where it computes them at once.
        agreements: if op.is_batched() { n_in * op.width.input } else { n_in },
    };
    products::compile(layer, &products)
}

/// Under the filter, for each pixel: `[filter height, filter width, channels]` of `[height, width, channels]`.
fn conv_windows(op: &Conv) -> Windows {
    let pixels = (0..op.output_pixels()).flat_map(|pixel| op.window(pixel));
    let places = pixels.flat_map(|pixel| {
        (0..op.n_chan).map(move |channel| Windows::place(pixel.map(|pixel| pixel * op.n_chan + channel)))
    });
    Windows { n_in: op.kernel_size() * op.n_chan, places: places.collect() }
}
