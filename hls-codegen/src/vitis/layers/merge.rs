//! Operations on two tensors.

use hls_model::graph::TypeRole;
use hls_model::graph::op::{Concatenate, Dot, Merge, MergeKind, Reciprocal};
use hls_model::precision::Precision;
use serde::Serialize;

use super::{Headers, Layer, LayerEmission};
use crate::CodegenError;
use crate::vitis::cpp::{Call, size};

const HEADERS: Headers = Headers {
    arrays: &["nnet_utils/nnet_merge.h"],
    streams: &["nnet_utils/nnet_merge.h", "nnet_utils/nnet_merge_stream.h"],
};

/// Headers of the average of more than two tensors, which hls4ml does not have.
const MEAN_HEADERS: Headers = Headers {
    arrays: &["nnet_utils/nnet_mean.h"],
    streams: &["nnet_utils/nnet_mean.h", "nnet_utils/nnet_mean_stream.h"],
};

/// The most axes that the concatenation kernels know.
const MAX_RANK: usize = 3;

/// What `layers/merge.h` is filled with.
#[derive(Serialize)]
struct Elementwise<'a> {
    config: &'a str,
    n_elem: String,
    n_elem1: String,
    n_elem2: String,
    reuse_factor: u64,
}

/// What `layers/mean.h` is filled with.
#[derive(Serialize)]
struct Mean<'a> {
    #[serde(flatten)]
    elements: Elementwise<'a>,
    reciprocal: u64,
    reciprocal_bits: u32,
    fraction: u32,
    /// Whether products are raised by the only number of the type that is not zero.
    raises: bool,
    raised_t: String,
}

/// What `layers/concatenate.h` is filled with.
#[derive(Serialize)]
struct Concatenation<'a> {
    config: &'a str,
    first: [usize; MAX_RANK],
    second: [usize; MAX_RANK],
    axis: i64,
}

/// What `layers/dot.h` is filled with.
#[derive(Serialize)]
struct ScalarProduct<'a> {
    config: &'a str,
    n_in: usize,
    reuse_factor: u64,
    multiplier_limit: u64,
    accum_t: &'a str,
    product: &'static str,
}

pub(super) fn elementwise(layer: Layer<'_>, op: &Merge) -> Result<LayerEmission, CodegenError> {
    let (first, second) = (layer.input(0)?, layer.input(1)?);
    let config = layer.config_name(None);
    let longer = if first.len() >= second.len() { first } else { second };
    let context = Elementwise {
        config: &config,
        n_elem: size(longer),
        n_elem1: size(first),
        n_elem2: size(second),
        reuse_factor: layer.node.reuse_factor,
    };
    if let MergeKind::Mean(terms) = op.kind {
        return mean(layer, terms, context);
    }
    layer.emission("merge.h", &context, call(layer, op.kind.as_str(), &config)?, HEADERS)
}

fn mean(layer: Layer<'_>, terms: u32, elements: Elementwise<'_>) -> Result<LayerEmission, CodegenError> {
    let inputs = [layer.input(0)?.ty.precision, layer.input(1)?.ty.precision];
    let by = Reciprocal::of(terms, inputs, layer.output()?.ty.precision);
    let frac = inputs[0].frac().max(inputs[1].frac()) + by.fraction as i32;
    let call = call(layer, "mean", elements.config)?;
    let context = Mean {
        elements,
        reciprocal: by.factor,
        reciprocal_bits: by.factor.ilog2() + 1,
        fraction: by.fraction,
        raises: by.raised.is_some(),
        raised_t: Precision::ufixed(1, by.raised.map_or(1, |bits| bits as i32 + 1 - frac)).cpp(),
    };
    layer.emission("mean.h", &context, call, MEAN_HEADERS)
}

pub(super) fn concatenate(layer: Layer<'_>, op: &Concatenate) -> Result<LayerEmission, CodegenError> {
    let rank = op.rank();
    if !(1..=MAX_RANK).contains(&rank) {
        return Err(
            layer.unsupported(format!("it joins tensors of {rank} axes; 1 to {MAX_RANK} are possible"))
        );
    }
    let config = layer.config_name(None);
    let context = Concatenation {
        config: &config,
        first: extents(&op.first),
        second: extents(&op.second),
        axis: op.axis,
    };
    layer.emission("concatenate.h", &context, call(layer, &format!("concatenate{rank}d"), &config)?, HEADERS)
}

pub(super) fn dot(layer: Layer<'_>, op: &Dot) -> Result<LayerEmission, CodegenError> {
    let (first, second) = (layer.input(0)?, layer.input(1)?);
    let config = layer.config_name(None);
    let context = ScalarProduct {
        config: &config,
        n_in: op.n_in,
        reuse_factor: layer.node.reuse_factor,
        multiplier_limit: u64::try_from(op.n_in).unwrap_or(u64::MAX).div_ceil(layer.node.reuse_factor.max(1)),
        accum_t: layer.type_name(TypeRole::Accum)?,
        product: layer.functor(&first.ty.precision, &second.ty.precision)?,
    };
    layer.emission("dot.h", &context, call(layer, "dot1d", &config)?, HEADERS)
}

/// The extents of the axes, zero for those that the tensor does not have.
fn extents(shape: &[usize]) -> [usize; MAX_RANK] {
    let mut extents = [0; MAX_RANK];
    for (slot, &extent) in extents.iter_mut().zip(shape) {
        *slot = extent;
    }
    extents
}

/// `nnet::function<first type, second type, output type, config>(first, second, output);`
pub(super) fn call(layer: Layer<'_>, function: &str, config: &str) -> Result<String, CodegenError> {
    let tensors = [layer.input(0)?, layer.input(1)?, layer.output()?];
    let mut template_arguments: Vec<String> = tensors.iter().map(|tensor| tensor.ty.name.clone()).collect();
    template_arguments.push(config.to_owned());
    let arguments = tensors.iter().map(|tensor| tensor.variable.clone()).collect();
    Ok(Call { function: function.to_owned(), template_arguments, arguments }.to_string())
}
