//! Softmax.

use hls_model::fixed::FixedType;
use hls_model::graph::TypeRole;
use hls_model::graph::op::{Softmax, SoftmaxImplementation};
use hls_model::precision::Precision;
use hls_model::target::IoType;
use serde::Serialize;

use super::activation::HEADERS;
use super::{Layer, LayerEmission};
use crate::CodegenError;

/// hls4ml's name for the type that a layer without a setting of its own gets.
const MODEL_DEFAULT: &str = "model_default_t";

/// What `layers/softmax.h` is filled with.
#[derive(Serialize)]
struct SoftmaxContext<'a> {
    config: &'a str,
    n_in: usize,
    n_slice: usize,
    n_outer: usize,
    n_inner: usize,
    exp_table_size: u64,
    inv_table_size: u64,
    reuse_factor: u64,
    axis: i64,
    implementation: &'static str,
    exp_table_t: &'a str,
    inv_table_t: &'a str,
    accum_t: &'a str,
    inv_inp_t: &'a str,
    inp_norm_t: String,
    exp_scale: String,
    parallelization_factor: i64,
}

pub(super) fn emit(layer: Layer<'_>, op: &Softmax) -> Result<LayerEmission, CodegenError> {
    if op.skip {
        return Err(layer.unsupported("it is marked to be skipped, but was not removed from the graph"));
    }
    let n_slice = op.n_slice().ok_or_else(|| layer.incomplete("slices"))?;
    let config = layer.config_name(Some("softmax"));
    let input = &layer.input(0)?.ty.precision;
    let exp_table_t = layer.type_name(TypeRole::ExpTable)?;
    let inv_inp_t = match layer.type_name(TypeRole::InvInput)? {
        MODEL_DEFAULT => exp_table_t,
        own => own,
    };
    let context = SoftmaxContext {
        config: &config,
        n_in: op.n_in,
        n_slice,
        n_outer: op.n_outer,
        n_inner: op.n_inner,
        exp_table_size: op.exp_table_size(input),
        inv_table_size: op.inv_table_size(),
        reuse_factor: layer.node.reuse_factor,
        axis: op.axis,
        implementation: op.implementation.kernel(),
        exp_table_t,
        inv_table_t: layer.type_name(TypeRole::InvTable)?,
        accum_t: layer.type_name(TypeRole::Accum)?,
        inv_inp_t,
        inp_norm_t: match layer.node.ty(TypeRole::InputNorm) {
            Some(own) => own.name.clone(),
            None => distance_type(op, input),
        },
        exp_scale: format!("{:?}", op.exp_scale()),
        // All at once.
        parallelization_factor: op
            .tables
            .map_or(-1, |tables| i64::try_from(tables.parallelization_factor).unwrap_or(i64::MAX)),
    };
    let function = match layer.io_type() {
        IoType::Parallel if op.n_inner * op.n_outer > 1 => "softmax_multidim",
        // Over streams, a slice is a pack.
        IoType::Parallel | IoType::Stream => "softmax",
    };
    layer.emission("softmax.h", &context, layer.call(function, &config, &[])?, HEADERS)
}

/// The type of the distance to the maximum.
fn distance_type(op: &Softmax, input: &Precision) -> String {
    match op.implementation {
        SoftmaxImplementation::Stable => {
            let FixedType { width, integer, .. } = op.distance_type(input);
            format!("ap_ufixed<{width}, {integer}>")
        }
        SoftmaxImplementation::Precise => Precision::from(op.distance_type(input)).cpp(),
        // Unused, but part of the interface.
        SoftmaxImplementation::Latency | SoftmaxImplementation::Argmax | SoftmaxImplementation::Legacy => {
            Precision::fixed(1, 0).cpp()
        }
    }
}
