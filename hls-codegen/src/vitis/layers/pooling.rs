//! Pooling layers.

use hls_model::graph::TypeRole;
use hls_model::graph::op::{GlobalPooling, Pooling};
use serde::Serialize;

use super::conv::Window;
use super::{Headers, Layer, LayerEmission};
use crate::CodegenError;

const HEADERS: Headers = Headers::always(&["nnet_utils/nnet_pooling.h", "nnet_utils/nnet_pooling_stream.h"]);

/// What `layers/pooling.h` is filled with.
#[derive(Serialize)]
struct Windows<'a> {
    config: &'a str,
    height: Option<Window>,
    width: Window,
    n_filt: usize,
    pool_op: &'static str,
    reuse_factor: u64,
    accum_t: &'a str,
}

/// What `layers/global_pooling.h` is filled with.
#[derive(Serialize)]
struct Whole<'a> {
    config: &'a str,
    height: Option<usize>,
    width: usize,
    n_filt: usize,
    pool_op: &'static str,
    reuse_factor: u64,
    accum_t: &'a str,
}

pub(super) fn window(layer: Layer<'_>, op: &Pooling) -> Result<LayerEmission, CodegenError> {
    let config = layer.config_name(None);
    let context = Windows {
        config: &config,
        height: op.height.as_ref().map(Window::from),
        width: Window::from(&op.width),
        n_filt: op.n_filt,
        pool_op: op.op.as_str(),
        reuse_factor: layer.node.reuse_factor,
        accum_t: layer.type_name(TypeRole::Accum)?,
    };
    let function = if op.height.is_some() { "pooling2d_cl" } else { "pooling1d_cl" };
    layer.emission("pooling.h", &context, layer.call(function, &config, &[])?, HEADERS)
}

pub(super) fn whole(layer: Layer<'_>, op: &GlobalPooling) -> Result<LayerEmission, CodegenError> {
    let config = layer.config_name(None);
    let context = Whole {
        config: &config,
        height: op.height,
        width: op.width,
        n_filt: op.n_filt,
        pool_op: op.op.as_str(),
        reuse_factor: layer.node.reuse_factor,
        accum_t: layer.type_name(TypeRole::Accum)?,
    };
    let function = if op.height.is_some() { "global_pooling2d_cl" } else { "global_pooling1d_cl" };
    layer.emission("global_pooling.h", &context, layer.call(function, &config, &[])?, HEADERS)
}
