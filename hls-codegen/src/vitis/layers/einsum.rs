//! Contractions: with weights, and of two tensors.

use hls_model::config::Strategy;
use hls_model::graph::op::{Contraction, Einsum, EinsumDense, Transpose};
use hls_model::graph::{TypeRole, WeightRole};
use serde::Serialize;

use super::{Headers, Layer, LayerEmission, adders, images, merge, product};
use crate::CodegenError;

const DENSE_HEADERS: Headers =
    Headers::always(&["nnet_utils/nnet_einsum_dense.h", "nnet_utils/nnet_dense.h"]);
const HEADERS: Headers = Headers::always(&["nnet_utils/nnet_einsum.h"]);
const ADDER_HEADERS: Headers = Headers::always(&["nnet_utils/nnet_dense.h"]);

/// What `layers/einsum_dense.h` is filled with.
#[derive(Serialize)]
struct WithWeights<'a> {
    config: &'a str,
    n_free_data: usize,
    n_free_kernel: usize,
    n_contract: usize,
    n_inplace: usize,
    reuse_factor: u64,
    parallelization_factor: usize,
    n_zeros: usize,
    multiplier_limit: u64,
    accum_t: &'a str,
    bias_t: &'a str,
    weight_t: &'a str,
    product: &'static str,
}

/// What `layers/einsum_adders.h` is filled with.
#[derive(Serialize)]
struct Adders<'a> {
    config: &'a str,
    n_in: usize,
    n_out: usize,
    reuse_factor: u64,
}

/// What `layers/einsum.h` is filled with.
#[derive(Serialize)]
struct OfTensors<'a> {
    config: &'a str,
    n_free0: usize,
    n_free1: usize,
    n_contract: usize,
    n_inplace: usize,
    reuse_factor: u64,
    multiplier_limit: u64,
    accum_t: &'a str,
    product: &'static str,
}

pub(super) fn with_weights(layer: Layer<'_>, op: &EinsumDense) -> Result<LayerEmission, CodegenError> {
    if op.strategy == Strategy::DistributedArithmetic {
        return by_adders(layer, op);
    }
    let (weight, bias) = (layer.weight(WeightRole::Weight)?, layer.weight(WeightRole::Bias)?);
    let contraction = &op.contraction;
    let config = layer.config_name(None);
    // Each of several matrices has zeros of its own.
    let n_zeros = if contraction.n_inplace == 1 { weight.census.zeros } else { 0 };
    let (n_contract, n_free_kernel) = (contraction.n_contract, contraction.n_free[1]);
    let reuse_factor = layer.node.reuse_factor;
    let context = WithWeights {
        config: &config,
        n_free_data: contraction.n_free[0],
        n_free_kernel,
        n_contract,
        n_inplace: contraction.n_inplace,
        reuse_factor,
        parallelization_factor: op.parallelization_factor,
        n_zeros,
        multiplier_limit: product::multiplier_limit(n_contract, n_free_kernel, reuse_factor, n_zeros),
        accum_t: layer.type_name(TypeRole::Accum)?,
        bias_t: layer.weight_type_name(WeightRole::Bias)?,
        weight_t: layer.weight_type_name(WeightRole::Weight)?,
        product: layer.functor(&layer.input(0)?.ty.precision, &weight.ty.precision)?,
    };
    let call = layer.call("einsum_dense", &config, &[&weight.variable, &bias.variable])?;
    let emission = layer.emission("einsum_dense.h", &context, call, DENSE_HEADERS)?;
    let before = turned(layer, &config, contraction, &[("inp", 0)])?;
    Ok(LayerEmission { config: before + &emission.config, ..emission })
}

/// The whole contraction as sums of shifted inputs: nothing has to be moved.
fn by_adders(layer: Layer<'_>, op: &EinsumDense) -> Result<LayerEmission, CodegenError> {
    let config = layer.config_name(None);
    let context = Adders {
        config: &config,
        n_in: op.contraction.input_lens()[0],
        n_out: op.contraction.output_len(),
        reuse_factor: layer.node.reuse_factor,
    };
    let emission = layer.emission("einsum_adders.h", &context, adders::call(layer)?, ADDER_HEADERS)?;
    Ok(LayerEmission { generated_kernel: adders::kernel(layer)?, ..emission })
}

pub(super) fn of_tensors(layer: Layer<'_>, op: &Einsum) -> Result<LayerEmission, CodegenError> {
    let contraction = &op.contraction;
    let config = layer.config_name(None);
    let [n_free0, n_free1] = contraction.n_free;
    let products = [n_free1, contraction.n_contract, contraction.n_inplace];
    let products = products.iter().fold(n_free0, |product, &extent| product.saturating_mul(extent));
    let (first, second) = (layer.input(0)?, layer.input(1)?);
    let context = OfTensors {
        config: &config,
        n_free0,
        n_free1,
        n_contract: contraction.n_contract,
        n_inplace: contraction.n_inplace,
        reuse_factor: layer.node.reuse_factor,
        multiplier_limit: u64::try_from(products)
            .unwrap_or(u64::MAX)
            .div_ceil(layer.node.reuse_factor.max(1)),
        accum_t: layer.type_name(TypeRole::Accum)?,
        product: layer.functor(&first.ty.precision, &second.ty.precision)?,
    };
    let emission = layer.emission("einsum.h", &context, merge::call(layer, "einsum", &config)?, HEADERS)?;
    let before = turned(layer, &config, contraction, &[("inp0", 0), ("inp1", 1)])?;
    Ok(LayerEmission { config: before + &emission.config, ..emission })
}

/// The transpositions of the named tensors and of the result.
fn turned(
    layer: Layer<'_>,
    config: &str,
    contraction: &Contraction,
    tensors: &[(&str, usize)],
) -> Result<String, CodegenError> {
    let mut text = String::new();
    let of_input = |tensor: usize| Transpose {
        from: contraction.shapes[tensor].clone(),
        perm: contraction.permutations[tensor].clone(),
    };
    let result =
        Transpose { from: contraction.result_shape.clone(), perm: contraction.result_permutation.clone() };
    let all = tensors.iter().map(|&(name, tensor)| (name, of_input(tensor))).chain([("out", result)]);
    for (name, transpose) in all {
        text += &images::turned(layer, &format!("{config}_tpose_{name}"), &transpose)?;
        text += "\n\n";
    }
    Ok(text)
}
