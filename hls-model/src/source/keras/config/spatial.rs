//! Configurations of layers with spatial axes; `N` is their number.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use super::activation::Activation;
use super::fields::{
    DataFormat, Padding, Scalar, data_format_of, nullable, optional_amounts, optional_sizes, scalar, sizes,
    typed, yes,
};
use crate::quantizer::Quantizer;

fn ones<const N: usize>() -> [usize; N] {
    [1; N]
}

fn one() -> usize {
    1
}

/// A convolution: what all kinds have in common, and what is this kind's own.
#[derive(Debug, Clone, PartialEq)]
pub struct Convolution<const N: usize, K> {
    /// The fields of all kinds.
    pub common: ConvFields<N>,
    /// The fields of this kind.
    pub own: K,
}

/// Kernel `[…kernel_size, channels / groups, filters]`, bias `[filters]`.
pub type Conv<const N: usize> = Convolution<N, FullConv>;
/// Kernel `[…kernel_size, channels, depth_multiplier]`, bias `[channels·depth_multiplier]`.
pub type DepthwiseConv<const N: usize> = Convolution<N, Depthwise>;
/// `depthwise_kernel` `[…kernel_size, channels, depth_multiplier]`, `pointwise_kernel`
/// `[1…, channels·depth_multiplier, filters]`, bias `[filters]`.
pub type SeparableConv<const N: usize> = Convolution<N, Separable>;

/// Kernel `[…kernel_size, filters, channels]`, bias `[filters]`.
pub type ConvTranspose<const N: usize> = Convolution<N, Transposed<N>>;

/// Fields of all convolutions.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ConvFields<const N: usize> {
    /// Kernel cells per axis.
    #[serde(deserialize_with = "sizes")]
    pub kernel_size: [usize; N],
    /// Step per axis.
    #[serde(default = "ones", deserialize_with = "sizes")]
    pub strides: [usize; N],
    /// Border treatment.
    #[serde(default)]
    pub padding: Padding,
    /// Axis order.
    #[serde(default, deserialize_with = "nullable")]
    pub data_format: DataFormat,
    /// Distance of kernel cells per axis.
    #[serde(default = "ones", deserialize_with = "sizes")]
    pub dilation_rate: [usize; N],
    /// Activation applied to the outputs.
    #[serde(default)]
    pub activation: Activation,
    /// Whether there is a bias.
    #[serde(default = "yes", deserialize_with = "scalar")]
    pub use_bias: bool,
    /// Quantizer of the bias.
    #[serde(default)]
    pub bias_quantizer: Option<Quantizer>,
}

/// A convolution of all channels.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FullConv {
    /// Output channels.
    #[serde(deserialize_with = "scalar")]
    pub filters: usize,
    /// Independent channel groups.
    #[serde(default = "one", deserialize_with = "scalar")]
    pub groups: usize,
    /// Quantizer of the kernel.
    #[serde(default)]
    pub kernel_quantizer: Option<Quantizer>,
}

/// A convolution of each channel on its own.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Depthwise {
    /// Output channels per input channel.
    #[serde(default = "one", deserialize_with = "scalar")]
    pub depth_multiplier: usize,
    /// Quantizer of the kernel.
    #[serde(default)]
    pub depthwise_quantizer: Option<Quantizer>,
}

/// A depthwise convolution and a pointwise one.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Separable {
    /// Output channels.
    #[serde(deserialize_with = "scalar")]
    pub filters: usize,
    /// Intermediate channels per input channel.
    #[serde(default = "one", deserialize_with = "scalar")]
    pub depth_multiplier: usize,
    /// Quantizer of the depthwise kernel.
    #[serde(default)]
    pub depthwise_quantizer: Option<Quantizer>,
    /// Quantizer of the pointwise kernel.
    #[serde(default)]
    pub pointwise_quantizer: Option<Quantizer>,
}

/// A convolution whose gradient is that of an ordinary one. Keras reads `groups` for it, too, and does nothing with them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Transposed<const N: usize> {
    /// Output channels.
    #[serde(deserialize_with = "scalar")]
    pub filters: usize,
    /// Pixels added at the end of each axis of the output; `None` for the size that the border treatment implies.
    #[serde(default, deserialize_with = "optional_amounts")]
    pub output_padding: Option<[usize; N]>,
    /// Quantizer of the kernel.
    #[serde(default)]
    pub kernel_quantizer: Option<Quantizer>,
}

pub(in crate::source) fn convolution<const N: usize, K: DeserializeOwned>(
    config: &Json,
) -> Result<Convolution<N, K>, String> {
    Ok(Convolution { common: typed(config)?, own: typed(config)? })
}

/// When the folded layers of QKeras fold their batch normalization.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct BatchNormFolding {
    /// `ema_stats_folding` or `batch_stats_folding`.
    #[serde(default)]
    pub folding_mode: Option<String>,
    /// Training step from which statistics are frozen.
    #[serde(default, deserialize_with = "scalar")]
    pub ema_freeze_delay: Option<i64>,
}

/// Maximum or mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolKind {
    /// Greatest value.
    Max,
    /// Mean over the cells inside the image.
    Average,
}

/// A pooling.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "PoolFields<N>")]
pub struct Pool<const N: usize> {
    /// Cells per axis.
    pub pool_size: [usize; N],
    /// Step per axis.
    pub strides: [usize; N],
    /// Border treatment.
    pub padding: Padding,
    /// Axis order.
    pub data_format: DataFormat,
}

#[derive(Deserialize)]
struct PoolFields<const N: usize> {
    #[serde(deserialize_with = "sizes")]
    pool_size: [usize; N],
    #[serde(default, deserialize_with = "optional_sizes")]
    strides: Option<[usize; N]>,
    #[serde(default)]
    padding: Padding,
    #[serde(default, deserialize_with = "nullable")]
    data_format: DataFormat,
}

impl<const N: usize> From<PoolFields<N>> for Pool<N> {
    fn from(fields: PoolFields<N>) -> Self {
        let PoolFields { pool_size, strides, padding, data_format } = fields;
        // Keras: strides that are not given equal the pool size.
        Self { pool_size, strides: strides.unwrap_or(pool_size), padding, data_format }
    }
}

/// A global pooling.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct GlobalPool {
    /// Axis order.
    #[serde(default, deserialize_with = "nullable")]
    pub data_format: DataFormat,
    /// Whether the pooled axes stay, with size 1.
    #[serde(default, deserialize_with = "scalar")]
    pub keepdims: bool,
}

/// Cells added (padding) or removed (cropping) at both ends of each axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Margins<const N: usize> {
    /// `[before, after]` per axis.
    pub amounts: [[usize; 2]; N],
    /// Axis order.
    pub data_format: DataFormat,
}

/// How many times a `RepeatVector` repeats its input.
pub(in crate::source) fn repeats(config: &Json) -> Result<usize, String> {
    let n = config.get("n").and_then(Json::as_u64).and_then(|n| usize::try_from(n).ok());
    n.filter(|&n| n > 0).ok_or_else(|| "`n` is missing or no number of repetitions".to_owned())
}

/// Reads margins in any of Keras's spellings: one number, a number per axis, a pair per axis, for one axis just a pair.
pub(in crate::source) fn margins<const N: usize>(config: &Json, field: &str) -> Result<Margins<N>, String> {
    let value = config.get(field).ok_or_else(|| format!("the field `{field}` is missing"))?;
    let amounts =
        amounts_of(value).ok_or_else(|| format!("`{field}`: {value} is not a margin for {N} axes"))?;
    Ok(Margins { amounts, data_format: data_format_of(config)? })
}

fn amounts_of<const N: usize>(value: &Json) -> Option<[[usize; 2]; N]> {
    let number = |value: &Json| match value {
        Json::Array(_) => None,
        scalar => usize::from_json(scalar).ok().filter(|&n| u32::try_from(n).is_ok()),
    };
    let pair = |value: &Json| match value {
        Json::Array(ends) => match ends.as_slice() {
            [before, after] => Some([number(before)?, number(after)?]),
            _ => None,
        },
        both => Some([number(both)?; 2]),
    };
    if let Some(same) = number(value) {
        return Some([[same; 2]; N]);
    }
    // For one axis, a pair is that axis's two ends, not two axes.
    if N == 1 {
        return pair(value).map(|only| [only; N]);
    }
    let axes: Vec<[usize; 2]> = value.as_array()?.iter().map(pair).collect::<Option<_>>()?;
    axes.try_into().ok()
}

/// `UpSampling1D`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct UpSampling1D {
    /// Repetitions of each step.
    #[serde(deserialize_with = "single_size")]
    pub size: usize,
}

fn single_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    sizes::<D, 1>(deserializer).map(|[size]| size)
}

/// `UpSampling2D`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct UpSampling2D {
    /// Repetitions per axis.
    #[serde(deserialize_with = "sizes")]
    pub size: [usize; 2],
    /// `nearest`, `bilinear`, …
    #[serde(default = "nearest")]
    pub interpolation: String,
    /// Axis order.
    #[serde(default, deserialize_with = "nullable")]
    pub data_format: DataFormat,
}

fn nearest() -> String {
    "nearest".to_owned()
}
