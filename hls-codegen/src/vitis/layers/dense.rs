//! Matrix product plus bias.

use hls_model::config::Strategy;
use hls_model::graph::op::Dense;
use hls_model::graph::{TypeRole, WeightRole};
use hls_model::target::IoType;
use serde::Serialize;

use super::{Headers, Layer, LayerEmission, adders, dense_unrolled, product};
use crate::CodegenError;

const HEADERS: Headers = Headers {
    arrays: &["nnet_utils/nnet_dense.h"],
    streams: &["nnet_utils/nnet_dense.h", "nnet_utils/nnet_dense_stream.h"],
};

/// What `layers/dense.h` is filled with.
#[derive(Serialize)]
struct DenseContext<'a> {
    config: &'a str,
    n_in: usize,
    n_out: usize,
    strategy: &'static str,
    reuse_factor: u64,
    n_zeros: usize,
    n_nonzeros: usize,
    multiplier_limit: u64,
    accum_t: &'a str,
    bias_t: &'a str,
    weight_t: &'a str,
    index_t: &'a str,
    kernel: String,
    product: &'static str,
}

/// What `layers/dense_adders.h` is filled with.
#[derive(Serialize)]
struct AddersContext<'a> {
    config: &'a str,
    n_in: usize,
    n_out: usize,
    strategy: &'static str,
    kernel: String,
}

pub(super) fn emit(layer: Layer<'_>, op: &Dense) -> Result<LayerEmission, CodegenError> {
    if op.strategy == Strategy::DistributedArithmetic {
        return by_adders(layer, op);
    }
    let (weight, bias) = (layer.weight(WeightRole::Weight)?, layer.weight(WeightRole::Bias)?);
    let config = layer.config_name(None);
    let context = DenseContext {
        config: &config,
        n_in: op.n_in,
        n_out: op.n_out,
        strategy: op.strategy.as_str(),
        reuse_factor: layer.node.reuse_factor,
        n_zeros: weight.census.zeros,
        n_nonzeros: weight.census.nonzeros,
        multiplier_limit: product::multiplier_limit(
            op.n_in,
            op.n_out,
            layer.node.reuse_factor,
            weight.census.zeros,
        ),
        accum_t: layer.type_name(TypeRole::Accum)?,
        bias_t: layer.weight_type_name(WeightRole::Bias)?,
        weight_t: layer.weight_type_name(WeightRole::Weight)?,
        index_t: layer.type_name(TypeRole::Index)?,
        kernel: kernel(layer, op),
        product: layer.functor(&layer.input(0)?.ty.precision, &weight.ty.precision)?,
    };
    let call = layer.call("dense", &config, &[&weight.variable, &bias.variable])?;
    let generated_kernel = match op.strategy {
        Strategy::ResourceUnrolled => dense_unrolled::kernel(layer, op.n_in)?,
        Strategy::Latency | Strategy::Resource | Strategy::DistributedArithmetic => String::new(),
    };
    let emission = layer.emission("dense.h", &context, call, HEADERS)?;
    Ok(LayerEmission { generated_kernel, ..emission })
}

/// Sums that need no weights; between arrays they need no struct either.
fn by_adders(layer: Layer<'_>, op: &Dense) -> Result<LayerEmission, CodegenError> {
    const STREAMS: Headers = Headers::always(&["nnet_utils/nnet_da_wrappers.h"]);
    let emission = match layer.io_type() {
        IoType::Parallel => LayerEmission {
            calls: vec![adders::call(layer)?],
            headers: HEADERS.of(layer),
            ..LayerEmission::default()
        },
        IoType::Stream => {
            let config = layer.config_name(None);
            let kernel = adders::qualified_class(layer);
            let strategy = op.strategy.as_str();
            let context = AddersContext { config: &config, n_in: op.n_in, n_out: op.n_out, strategy, kernel };
            let call = layer.call("dense", &config, &[])?;
            layer.emission("dense_adders.h", &context, call, STREAMS)?
        }
    };
    Ok(LayerEmission { generated_kernel: adders::kernel(layer)?, ..emission })
}

fn kernel(layer: Layer<'_>, op: &Dense) -> String {
    match op.strategy {
        Strategy::Latency => "nnet::DenseLatency".to_owned(),
        Strategy::Resource => product::resource_kernel(op.n_in, layer.node.reuse_factor).to_owned(),
        Strategy::ResourceUnrolled => {
            format!("{}::{}", layer.kernel_namespace, dense_unrolled::class(layer))
        }
        Strategy::DistributedArithmetic => adders::qualified_class(layer),
    }
}
