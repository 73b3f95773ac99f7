//! Convolutions: a matrix product for each output pixel.

use hls_model::config::Strategy;
use hls_model::graph::op::{Conv, ConvAxis, ConvFlavour, Matrix};
use hls_model::graph::{TypeRole, WeightRole};
use serde::Serialize;

use super::{Layer, LayerEmission, emission, product};
use crate::{CodegenError, templates};

/// What `layers/conv1d.h` and `layers/conv2d.h` are filled with.
#[derive(Serialize)]
struct Context<'a> {
    config: &'a str,
    height: Option<Axis>,
    width: Axis,
    n_chan: usize,
    n_filt: usize,
    n_partitions: usize,
    strategy: &'static str,
    reuse_factor: u64,
    n_zeros: usize,
    multiplier_limit: u64,
    mult: Mult,
    accum_t: &'a str,
    bias_t: &'a str,
    weight_t: &'a str,
    product: &'static str,
    fill_buffer: String,
    kernel: &'static str,
}

/// An axis, under the names that hls4ml's structs have for both.
#[derive(Serialize)]
struct Axis {
    input: usize,
    output: usize,
    filter: usize,
    stride: usize,
    pad_before: usize,
    pad_after: usize,
}

impl From<&ConvAxis> for Axis {
    fn from(axis: &ConvAxis) -> Self {
        let ConvAxis { input, output, filter, stride, pad_before, pad_after } = *axis;
        Self { input, output, filter, stride, pad_before, pad_after }
    }
}

/// The matrix product behind the convolution.
#[derive(Serialize)]
struct Mult {
    n_in: usize,
    n_out: usize,
    multiplier_limit: u64,
    kernel: &'static str,
}

/// What `layers/fill_buffer.h` is filled with.
#[derive(Serialize)]
struct FillBuffer<'a> {
    class: &'a str,
    rank: usize,
}

pub(super) fn emit(layer: Layer<'_>, op: &Conv) -> Result<LayerEmission, CodegenError> {
    if op.flavour != ConvFlavour::Pointwise {
        return Err(layer.unsupported("only convolutions with a filter of one pixel can be written"));
    }
    let matrix = layer.node.op.matrix().ok_or_else(|| layer.incomplete("matrix"))?;
    let (weight, bias) = (layer.weight(WeightRole::Weight)?, layer.weight(WeightRole::Bias)?);
    let config = layer.config_name(None);
    let (reuse_factor, n_zeros) = (layer.node.reuse_factor, weight.census.zeros);
    let class = format!("fill_buffer_{}", layer.node.index);
    let context = Context {
        config: &config,
        height: op.height.as_ref().map(Axis::from),
        width: Axis::from(&op.width),
        n_chan: op.n_chan,
        n_filt: op.n_filt,
        n_partitions: op.n_partitions,
        strategy: op.strategy.as_str(),
        reuse_factor,
        n_zeros,
        multiplier_limit: product::multiplier_limit(matrix.n_in, matrix.n_out, reuse_factor, n_zeros),
        mult: mult(layer, op, matrix, n_zeros),
        accum_t: layer.type_name(TypeRole::Accum)?,
        bias_t: layer.weight_type_name(WeightRole::Bias)?,
        weight_t: layer.weight_type_name(WeightRole::Weight)?,
        product: layer.functor(&layer.input(0)?.ty.precision, &weight.ty.precision)?,
        fill_buffer: format!("{}::{class}", layer.kernel_namespace),
        kernel: match op.strategy {
            _ if op.is_batched() => "nnet::BatchedDenseForConv1D",
            Strategy::Latency => "nnet::Conv1DLatency",
            Strategy::Resource | Strategy::ResourceUnrolled => "nnet::Conv1DResource",
        },
    };
    let rank = op.axes().count();
    let function = format!("pointwise_conv_{rank}d_cl");
    let call = layer.call(&function, &config, &[&weight.variable, &bias.variable])?;
    // hls4ml's own kernels need the headers for streams as well: types that the structs name stand there.
    let (template, headers): (_, &[&str]) = match rank {
        1 => ("conv1d.h", &["nnet_utils/nnet_conv1d.h", "nnet_utils/nnet_sepconv1d_stream.h"]),
        _ => ("conv2d.h", &["nnet_utils/nnet_conv2d.h", "nnet_utils/nnet_sepconv2d_stream.h"]),
    };
    let generated_kernel =
        templates::render("firmware/layers/fill_buffer.h", &FillBuffer { class: &class, rank })?;
    Ok(LayerEmission { generated_kernel, ..emission(template, &context, call, headers)? })
}

fn mult(layer: Layer<'_>, op: &Conv, matrix: Matrix, n_zeros: usize) -> Mult {
    let reuse_factor = layer.node.reuse_factor;
    let pixels = if op.is_batched() { op.width.input } else { 1 };
    let (n_in, n_out) = (matrix.n_in.saturating_mul(pixels), matrix.n_out.saturating_mul(pixels));
    Mult {
        n_in,
        n_out,
        multiplier_limit: product::multiplier_limit(n_in, n_out, reuse_factor, n_zeros),
        kernel: match op.strategy {
            Strategy::Latency => "nnet::DenseLatency",
            Strategy::Resource | Strategy::ResourceUnrolled => product::resource_kernel(n_in, reuse_factor),
        },
    }
}
