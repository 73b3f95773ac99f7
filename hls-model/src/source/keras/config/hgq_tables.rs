//! HGQ2's layers that are sums of functions of single elements: trained tables, sums along axes.

use serde::Deserialize;
use serde_json::Value as Json;

use super::activation::{Activation, ActivationFunction};
use super::fields::{scalar, typed, yes};
use super::hgq_fields::required;
use super::spatial::{ConvFields, Convolution, convolution};
use crate::quantizer::HgqQuantizer;

/// A layer of trained tables. Each pair of an input and an output has a small network of its own, from one number to one number, which training trains and the
/// hardware has as a table. An output is the sum of its tables.
#[derive(Debug, Clone, PartialEq)]
pub struct TableLayer {
    /// The inputs of the tables; `None` for the last axis.
    pub patches: Option<TablePatches>,
    /// Outputs.
    pub outputs: usize,
    /// Hidden layers of each small network.
    pub hidden_layers: usize,
    /// Units of each hidden layer.
    pub hidden_units: usize,
    /// Activation of the hidden layers.
    pub hidden_activation: ActivationFunction,
    /// Whether the small networks' layers have biases.
    pub use_bias: bool,
    /// Normalization of what the networks compute, whose result is divided by the square root of the number of inputs.
    pub normalization: Option<TableNorm>,
    /// Quantizer of the tables' entries.
    pub table: HgqQuantizer,
    /// What is applied to the sums.
    pub activation: ActivationFunction,
}

/// Patches of an image, whose elements are the inputs of the tables.
#[derive(Debug, Clone, PartialEq)]
pub enum TablePatches {
    /// Of a sequence.
    One(ConvFields<1>),
    /// Of an image.
    Two(ConvFields<2>),
}

/// A batch normalization for each output.
#[derive(Debug, Clone, PartialEq)]
pub struct TableNorm {
    /// Whether there is a `beta`.
    pub center: bool,
    /// Whether there is a `gamma`.
    pub scale: bool,
    /// Added to the variance.
    pub epsilon: f32,
}

/// Sums along axes.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisSum {
    /// The axes; the batch is axis 0.
    pub axes: Vec<i64>,
    /// What sums are multiplied with, a power of two; `None` for the one that is nearest to one part in the number of elements.
    pub scale: Option<f64>,
    /// Whether the axes stay, with one element each.
    pub keepdims: bool,
}

/// The fields of all layers of tables.
#[derive(Deserialize)]
struct TableFields {
    #[serde(deserialize_with = "scalar")]
    n_hl: usize,
    #[serde(deserialize_with = "scalar")]
    d_hl: usize,
    #[serde(default = "yes", deserialize_with = "scalar")]
    use_bias: bool,
    #[serde(default, deserialize_with = "scalar")]
    batch_norm: bool,
    #[serde(default = "yes", deserialize_with = "scalar")]
    bn_center: bool,
    #[serde(default = "yes", deserialize_with = "scalar")]
    bn_scale: bool,
    #[serde(default = "epsilon", deserialize_with = "scalar")]
    bn_epsilon: f64,
}

fn epsilon() -> f64 {
    1e-3
}

/// More units than this in a small network are damage.
const MAX_UNITS: usize = 1 << 12;

fn tables(config: &Json, outputs: usize, patches: Option<TablePatches>) -> Result<TableLayer, String> {
    let fields: TableFields = typed(config)?;
    if fields.n_hl > MAX_UNITS || fields.d_hl > MAX_UNITS {
        return Err(format!(
            "`n_hl` and `d_hl` are {} and {}; up to {MAX_UNITS} are possible",
            fields.n_hl, fields.d_hl
        ));
    }
    Ok(TableLayer {
        patches,
        outputs,
        hidden_layers: fields.n_hl,
        hidden_units: fields.d_hl,
        hidden_activation: function(config, "subnn_activation")?,
        use_bias: fields.use_bias,
        normalization: fields.batch_norm.then_some(TableNorm {
            center: fields.bn_center,
            scale: fields.bn_scale,
            epsilon: fields.bn_epsilon as f32,
        }),
        table: required(config, "toq_conf")?,
        activation: function(config, "activation")?,
    })
}

fn function(config: &Json, field: &str) -> Result<ActivationFunction, String> {
    let value = config.get(field).unwrap_or(&Json::Null);
    match Activation::from_json(value).map_err(|e| format!("`{field}`: {e}"))? {
        Activation::Function(function) => Ok(function),
        Activation::Quantizer(quantizer) => {
            Err(format!("`{field}`: {quantizer} is a quantizer of QKeras; use a function"))
        }
    }
}

/// `QDenseT`.
pub(super) fn dense(config: &Json) -> Result<TableLayer, String> {
    tables(config, count(config, "n_out")?, None)
}

/// `QConvT1D`.
pub(super) fn convolution_1d(config: &Json) -> Result<TableLayer, String> {
    let Convolution { common, .. }: Convolution<1, NoMore> = convolution(config)?;
    tables(config, count(config, "filters")?, Some(TablePatches::One(common)))
}

/// `QConvT2D`.
pub(super) fn convolution_2d(config: &Json) -> Result<TableLayer, String> {
    let Convolution { common, .. }: Convolution<2, NoMore> = convolution(config)?;
    tables(config, count(config, "filters")?, Some(TablePatches::Two(common)))
}

/// Nothing but the fields of all convolutions.
#[derive(Deserialize)]
struct NoMore {}

/// `QSum`.
pub(super) fn sum(config: &Json) -> Result<AxisSum, String> {
    let scale = config.get("scale").map_or(Some(1.0), Json::as_f64);
    let scale = scale.filter(|&scale| scale > 0.0 && scale.log2().fract() == 0.0);
    along_axes(config, Some(scale.ok_or("`scale` is not a power of two")?))
}

/// `QMeanPow2`.
pub(super) fn mean(config: &Json) -> Result<AxisSum, String> {
    along_axes(config, None)
}

fn along_axes(config: &Json, scale: Option<f64>) -> Result<AxisSum, String> {
    let axes = config.get("axes").map(|axes| axes.get("items").unwrap_or(axes));
    let axes: Option<Vec<i64>> = match axes {
        Some(Json::Array(axes)) => axes.iter().map(Json::as_i64).collect(),
        Some(axis) => axis.as_i64().map(|axis| vec![axis]),
        None => None,
    };
    let axes = axes.filter(|axes| !axes.is_empty()).ok_or("`axes` is not a list of axes")?;
    let keepdims = config.get("keepdims").and_then(Json::as_bool).unwrap_or(false);
    Ok(AxisSum { axes, scale, keepdims })
}

fn count(config: &Json, field: &str) -> Result<usize, String> {
    let count = config.get(field).and_then(Json::as_u64).and_then(|count| usize::try_from(count).ok());
    count.filter(|&count| count > 0).ok_or_else(|| format!("`{field}` is missing or no number of outputs"))
}
