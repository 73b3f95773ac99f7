//! Convolutions: a matrix product for each output pixel.

use hls_model::config::Strategy;
use hls_model::graph::op::{Conv, ConvFlavour, Matrix, WindowAxis};
use hls_model::graph::{TypeRole, WeightRole};
use hls_model::target::IoType;
use serde::Serialize;

use super::{Headers, Layer, LayerEmission, adders, dense_unrolled, fill_buffer, product};
use crate::CodegenError;

/// What `layers/conv1d.h` and `layers/conv2d.h` are filled with.
#[derive(Serialize)]
struct ConvContext<'a> {
    config: &'a str,
    height: Option<Window>,
    width: Window,
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

/// What `layers/conv_adders.h` is filled with.
#[derive(Serialize)]
struct AddersContext<'a> {
    config: &'a str,
    height: Option<Window>,
    width: Window,
    n_chan: usize,
    n_filt: usize,
    n_partitions: usize,
    n_pixels: usize,
    strategy: &'static str,
    fill_buffer: String,
    kernel: String,
}

/// An axis that a window moves along, height or width.
#[derive(Serialize)]
pub(super) struct Window {
    input: usize,
    output: usize,
    filter: usize,
    stride: usize,
    pad_before: usize,
    pad_after: usize,
}

impl From<&WindowAxis> for Window {
    fn from(axis: &WindowAxis) -> Self {
        let WindowAxis { input, output, filter, stride, pad_before, pad_after, dilation: _ } = *axis;
        Self { input, output, filter, stride, pad_before, pad_after }
    }
}

/// The matrix product of the convolution.
#[derive(Serialize)]
struct Mult {
    n_in: usize,
    n_out: usize,
    multiplier_limit: u64,
    kernel: String,
}

pub(super) fn emit(layer: Layer<'_>, op: &Conv) -> Result<LayerEmission, CodegenError> {
    if (op.strategy, layer.io_type()) == (Strategy::DistributedArithmetic, IoType::Parallel) {
        return by_adders(layer, op);
    }
    let matrix = layer.node.op.matrix().ok_or_else(|| layer.incomplete("matrix"))?;
    let (weight, bias) = (layer.weight(WeightRole::Weight)?, layer.weight(WeightRole::Bias)?);
    let config = layer.config_name(None);
    let (reuse_factor, n_zeros) = (layer.node.reuse_factor, weight.census.zeros);
    let windows = Windows::of(layer, op)?;
    let context = ConvContext {
        config: &config,
        height: op.height.as_ref().map(Window::from),
        width: Window::from(&op.width),
        n_chan: op.n_chan,
        n_filt: op.n_filt,
        n_partitions: op.n_partitions,
        strategy: op.strategy.as_str(),
        reuse_factor,
        n_zeros,
        multiplier_limit: product::multiplier_limit(matrix.terms, matrix.n_out, reuse_factor, n_zeros),
        mult: mult(layer, op, matrix, n_zeros),
        accum_t: layer.type_name(TypeRole::Accum)?,
        bias_t: layer.weight_type_name(WeightRole::Bias)?,
        weight_t: layer.weight_type_name(WeightRole::Weight)?,
        product: layer.functor(&layer.input(0)?.ty.precision, &weight.ty.precision)?,
        fill_buffer: windows.class,
        kernel: match op.strategy {
            _ if is_batched(layer, op) => "nnet::BatchedDenseForConv1D",
            Strategy::Latency | Strategy::DistributedArithmetic => "nnet::Conv1DLatency",
            Strategy::Resource | Strategy::ResourceUnrolled => "nnet::Conv1DResource",
        },
    };
    let Entry { function, template, headers } = entry(op);
    let generated_kernel = windows.kernel + &generated_product(layer, op)?;
    let call = layer.call(function, &config, &[&weight.variable, &bias.variable])?;
    Ok(LayerEmission { generated_kernel, ..layer.emission(template, &context, call, headers)? })
}

/// For each window sums that need no weights.
fn by_adders(layer: Layer<'_>, op: &Conv) -> Result<LayerEmission, CodegenError> {
    let config = layer.config_name(None);
    let windows = Windows::of(layer, op)?;
    let context = AddersContext {
        config: &config,
        height: op.height.as_ref().map(Window::from),
        width: Window::from(&op.width),
        n_chan: op.n_chan,
        n_filt: op.n_filt,
        n_partitions: op.n_partitions,
        n_pixels: op.output_pixels() / op.n_partitions.max(1),
        strategy: op.strategy.as_str(),
        fill_buffer: windows.class,
        kernel: adders::qualified_class(layer),
    };
    let (function, headers) = adders_entry(op);
    let call = adders::conv_call(layer, function, &config)?;
    let emission = layer.emission("conv_adders.h", &context, call, headers)?;
    Ok(LayerEmission { generated_kernel: windows.kernel + &adders::kernel(layer)?, ..emission })
}

/// The kernel for the product of a window that is written for this layer alone, as C++ text; empty where the library's suffice.
fn generated_product(layer: Layer<'_>, op: &Conv) -> Result<String, CodegenError> {
    match (op.strategy, layer.io_type()) {
        (Strategy::DistributedArithmetic, _) => adders::kernel(layer),
        (Strategy::ResourceUnrolled, IoType::Stream) => {
            dense_unrolled::kernel(layer, op.n_chan * op.kernel_size())
        }
        (Strategy::ResourceUnrolled, IoType::Parallel) | (Strategy::Latency | Strategy::Resource, _) => {
            Ok(String::new())
        }
    }
}

/// How inputs get under the filter.
struct Windows {
    /// The class that the configuration names.
    class: String,
    /// Its definition, if it is not the library's.
    kernel: String,
}

impl Windows {
    fn of(layer: Layer<'_>, op: &Conv) -> Result<Self, CodegenError> {
        Ok(match layer.io_type() {
            IoType::Parallel => Windows {
                class: format!("{}::{}", layer.kernel_namespace, fill_buffer::class(layer)),
                kernel: fill_buffer::kernel(layer, op)?,
            },
            // A kernel over streams has line buffers; the class is named, but not used.
            IoType::Stream => Windows {
                class: format!("nnet::FillConv{}DBuffer", op.axes().count()),
                kernel: String::new(),
            },
        })
    }
}

/// Whether all pixels are computed at once, which they cannot be where they arrive one after the other.
fn is_batched(layer: Layer<'_>, op: &Conv) -> bool {
    layer.io_type() == IoType::Parallel && op.is_batched()
}

/// Where the library has a convolution.
struct Entry {
    function: &'static str,
    template: &'static str,
    headers: Headers,
}

fn entry(op: &Conv) -> Entry {
    // hls4ml's own kernels need headers for streams as well: types that the structs name are defined there.
    const FULL_1D: &[&str] = &["nnet_utils/nnet_conv1d.h", "nnet_utils/nnet_conv1d_stream.h"];
    const FULL_2D: &[&str] = &["nnet_utils/nnet_conv2d.h", "nnet_utils/nnet_conv2d_stream.h"];
    const POINTWISE_1D: &[&str] = &["nnet_utils/nnet_conv1d.h", "nnet_utils/nnet_sepconv1d_stream.h"];
    const POINTWISE_2D: &[&str] = &["nnet_utils/nnet_conv2d.h", "nnet_utils/nnet_sepconv2d_stream.h"];
    const DEPTHWISE_1D: &[&str] =
        &["nnet_utils/nnet_conv1d.h", "nnet_utils/nnet_sepconv1d.h", "nnet_utils/nnet_sepconv1d_stream.h"];
    const DEPTHWISE_2D: &[&str] =
        &["nnet_utils/nnet_conv2d.h", "nnet_utils/nnet_sepconv2d.h", "nnet_utils/nnet_sepconv2d_stream.h"];
    let (function, headers) = match (op.flavour, &op.height) {
        (ConvFlavour::Full | ConvFlavour::FoldedBatchNorm, None) => ("conv_1d_cl", FULL_1D),
        (ConvFlavour::Full | ConvFlavour::FoldedBatchNorm, Some(_)) => ("conv_2d_cl", FULL_2D),
        (ConvFlavour::Pointwise, None) => ("pointwise_conv_1d_cl", POINTWISE_1D),
        (ConvFlavour::Pointwise, Some(_)) => ("pointwise_conv_2d_cl", POINTWISE_2D),
        (ConvFlavour::Depthwise, None) => ("depthwise_conv_1d_cl", DEPTHWISE_1D),
        (ConvFlavour::Depthwise, Some(_)) => ("depthwise_conv_2d_cl", DEPTHWISE_2D),
    };
    let template = if op.height.is_some() { "conv2d.h" } else { "conv1d.h" };
    Entry { function, template, headers: Headers::always(headers) }
}

/// Where the library has a convolution whose products need no multipliers.
fn adders_entry(op: &Conv) -> (&'static str, Headers) {
    const HEADERS_1D: &[&str] =
        &["nnet_utils/nnet_conv1d.h", "nnet_utils/nnet_conv1d_stream.h", "nnet_utils/nnet_da_wrappers.h"];
    const HEADERS_2D: &[&str] =
        &["nnet_utils/nnet_conv2d.h", "nnet_utils/nnet_conv2d_stream.h", "nnet_utils/nnet_da_wrappers.h"];
    let (function, headers) =
        if op.height.is_some() { ("conv2d_cl", HEADERS_2D) } else { ("conv1d_cl", HEADERS_1D) };
    (function, Headers::always(headers))
}

fn mult(layer: Layer<'_>, op: &Conv, matrix: Matrix, n_zeros: usize) -> Mult {
    let reuse_factor = layer.node.reuse_factor;
    let pixels = if is_batched(layer, op) { op.width.input } else { 1 };
    let times = |n: usize| n.saturating_mul(pixels);
    Mult {
        n_in: times(matrix.n_in),
        n_out: times(matrix.n_out),
        multiplier_limit: product::multiplier_limit(
            times(matrix.terms),
            times(matrix.n_out),
            reuse_factor,
            n_zeros,
        ),
        kernel: match (op.flavour, op.strategy) {
            (_, Strategy::DistributedArithmetic) => adders::qualified_class(layer),
            (ConvFlavour::Depthwise, Strategy::Latency) => "nnet::DepthwiseDenseLatency".to_owned(),
            (ConvFlavour::Depthwise, Strategy::Resource | Strategy::ResourceUnrolled) => {
                product::depthwise_resource_kernel(matrix.n_out, reuse_factor).to_owned()
            }
            (_, Strategy::Latency) => "nnet::DenseLatency".to_owned(),
            (_, Strategy::ResourceUnrolled) if layer.io_type() == IoType::Stream => {
                format!("{}::{}", layer.kernel_namespace, dense_unrolled::class(layer))
            }
            (_, Strategy::Resource | Strategy::ResourceUnrolled) => {
                product::resource_kernel(times(matrix.n_in), reuse_factor).to_owned()
            }
        },
    }
}
