//! Mish and the exponential function, which hls4ml does not have.

use hls_model::graph::TypeRole;
use hls_model::graph::op::{Activation, Exponential};
use hls_model::precision::Precision;
use serde::Serialize;

use super::{Headers, Layer, LayerEmission};
use crate::CodegenError;

const MISH_HEADERS: Headers = Headers {
    arrays: &["nnet_utils/nnet_mish.h"],
    streams: &["nnet_utils/nnet_mish.h", "nnet_utils/nnet_mish_stream.h"],
};

const EXPONENTIAL_HEADERS: Headers = Headers {
    arrays: &["nnet_utils/nnet_exponential.h"],
    streams: &["nnet_utils/nnet_exponential.h", "nnet_utils/nnet_exponential_stream.h"],
};

/// What `layers/mish.h` is filled with.
#[derive(Serialize)]
struct MishContext<'a> {
    config: &'a str,
    n_in: usize,
    table_size: u64,
    reuse_factor: u64,
    data_frac: i32,
    table_frac: i32,
    table_t: &'a str,
}

/// What `layers/exponential.h` is filled with.
#[derive(Serialize)]
struct ExponentialContext<'a> {
    config: &'a str,
    n_in: usize,
    reuse_factor: u64,
    argument_t: String,
    argument_frac: i32,
    lower_bits: u32,
    upper_t: String,
    upper_frac: i32,
    /// An upper factor is at most 2 to the power of it.
    upper_limit: i32,
    lower_t: String,
    lower_frac: i32,
    rounded_t: String,
}

pub(super) fn mish(layer: Layer<'_>, op: &Activation) -> Result<LayerEmission, CodegenError> {
    let config = layer.config_name(Some("mish"));
    let table = layer.node.ty(TypeRole::Table).map_or(0, |ty| ty.precision.frac());
    let context = MishContext {
        config: &config,
        n_in: op.n_in,
        table_size: op.table_size,
        reuse_factor: layer.node.reuse_factor,
        data_frac: layer.input(0)?.ty.precision.frac(),
        table_frac: table,
        table_t: layer.type_name(TypeRole::Table)?,
    };
    layer.emission("mish.h", &context, layer.call("mish", &config, &[])?, MISH_HEADERS)
}

pub(super) fn exponential(layer: Layer<'_>, op: &Activation) -> Result<LayerEmission, CodegenError> {
    let config = layer.config_name(Some("exponential"));
    let types = Exponential::of(layer.input(0)?.ty.precision, layer.output()?.ty.precision);
    let context = ExponentialContext {
        config: &config,
        n_in: op.n_in,
        reuse_factor: layer.node.reuse_factor,
        argument_t: Precision::from(types.argument).cpp(),
        argument_frac: types.argument.frac(),
        lower_bits: types.lower_bits,
        upper_t: Precision::from(types.upper).cpp(),
        upper_frac: types.upper.frac(),
        upper_limit: types.upper.integer - 1,
        lower_t: Precision::from(types.lower).cpp(),
        lower_frac: types.lower.frac(),
        rounded_t: Precision::from(types.rounded).cpp(),
    };
    let call = layer.call("exponential", &config, &[])?;
    layer.emission("exponential.h", &context, call, EXPONENTIAL_HEADERS)
}
