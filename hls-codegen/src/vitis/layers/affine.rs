//! `scale · x + bias`, and comparisons that replace it.

use hls_model::graph::op::{BatchNormalization, QuantizedLevels, QuantizedTanh};
use hls_model::graph::{Tensor, WeightRole};
use serde::Serialize;

use super::{Headers, Layer, LayerEmission};
use crate::CodegenError;
use crate::vitis::cpp::Call;

const HEADERS: Headers = Headers {
    arrays: &["nnet_utils/nnet_batchnorm.h"],
    streams: &["nnet_utils/nnet_batchnorm.h", "nnet_utils/nnet_batchnorm_stream.h"],
};

/// What `layers/batchnorm.h` is filled with.
#[derive(Serialize)]
struct Affine<'a> {
    config: &'a str,
    #[serde(flatten)]
    extent: Extent,
    multiplier_limit: usize,
    bias_t: &'a str,
    scale_t: &'a str,
    product: &'static str,
}

/// What `layers/batchnorm_quantized_tanh.h` is filled with.
#[derive(Serialize)]
struct Comparison<'a> {
    config: &'a str,
    #[serde(flatten)]
    extent: Extent,
}

/// Over how many elements scales or thresholds go.
#[derive(Serialize)]
struct Extent {
    n_in: String,
    /// Channels, or -1 where each element has its own scale.
    n_filt: String,
    n_scale_bias: String,
    reuse_factor: u64,
}

impl Extent {
    fn new(layer: Layer<'_>, n_filt: Option<usize>) -> Result<Self, CodegenError> {
        let n_in = layer.input_size()?;
        let channels = n_filt.map(|n| n.to_string());
        Ok(Extent {
            n_filt: channels.clone().unwrap_or_else(|| "-1".to_owned()),
            n_scale_bias: channels.unwrap_or_else(|| n_in.clone()),
            n_in,
            reuse_factor: layer.node.reuse_factor,
        })
    }
}

pub(super) fn batch_normalization(
    layer: Layer<'_>,
    op: &BatchNormalization,
) -> Result<LayerEmission, CodegenError> {
    let (scale, bias) = (layer.weight(WeightRole::Scale)?, layer.weight(WeightRole::Bias)?);
    let config = layer.config_name(None);
    let reuse_factor = usize::try_from(layer.node.reuse_factor.max(1)).unwrap_or(usize::MAX);
    // hls4ml says -1 for the scales of a Dense over several axes, and its kernel reads past their array.
    let channels = op.n_filt.or_else(|| {
        let scales = scale.values.data.len();
        (scales < layer.input(0).map_or(0, Tensor::len)).then_some(scales)
    });
    let context = Affine {
        config: &config,
        extent: Extent::new(layer, channels)?,
        multiplier_limit: layer.input(0)?.len().div_ceil(reuse_factor),
        bias_t: layer.weight_type_name(WeightRole::Bias)?,
        scale_t: layer.weight_type_name(WeightRole::Scale)?,
        product: layer.functor(&layer.input(0)?.ty.precision, &scale.ty.precision)?,
    };
    let call = layer.call("normalize", &config, &[&scale.variable, &bias.variable])?;
    layer.emission("batchnorm.h", &context, call, HEADERS)
}

pub(super) fn quantized_tanh(layer: Layer<'_>, op: &QuantizedTanh) -> Result<LayerEmission, CodegenError> {
    let config = layer.config_name(None);
    let context = Comparison { config: &config, extent: Extent::new(layer, op.n_filt)? };
    let (function, thresholds): (_, &[WeightRole]) = match op.levels {
        QuantizedLevels::Binary => ("normalize_binary_tanh", &[WeightRole::Threshold]),
        QuantizedLevels::Ternary => {
            ("normalize_ternary_tanh", &[WeightRole::ThresholdHigh, WeightRole::ThresholdLow])
        }
    };
    let (input, output) = (layer.input(0)?, layer.output()?);
    let mut arguments = vec![input.variable.clone(), output.variable.clone()];
    for &role in thresholds {
        arguments.push(layer.weight(role)?.variable.clone());
    }
    // The result's type follows from the number of levels, so it is not an argument of these templates.
    let template_arguments = vec![input.ty.name.clone(), config.clone()];
    let call = Call { function: function.to_owned(), template_arguments, arguments };
    layer.emission("batchnorm_quantized_tanh.h", &context, call.to_string(), HEADERS)
}
