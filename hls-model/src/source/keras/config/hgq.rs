//! Configurations of HGQ2's layers: a plain layer whose input, arrays and result are quantized.

use serde::Deserialize;
use serde_json::Value as Json;

use super::activation::{Activation, ActivationFunction};
use super::fields::{DataFormat, data_format_of, scalar, typed, yes};
use super::hgq_fields::{flag, quantizer, required};
use super::hgq_tables::{self as tables, AxisSum, TableLayer};
use super::layers::{BatchNorm, Dense, Dot, EinsumDense, MergeOp};
use super::spatial::{Conv, GlobalPool, Pool, PoolKind, convolution};
use crate::quantizer::HgqQuantizer;

/// A layer of HGQ2.
#[derive(Debug, Clone, PartialEq)]
pub struct Hgq {
    /// What it computes.
    pub layer: HgqLayer,
    /// Quantizers of its inputs.
    pub inputs: InputQuantizers,
    /// Quantizer of its result.
    pub output: Option<HgqQuantizer>,
    /// Quantizer of its kernel, or of the scale of a batch normalization.
    pub kernel: Option<HgqQuantizer>,
    /// Quantizer of its bias, or of the offset of a batch normalization.
    pub bias: Option<HgqQuantizer>,
    /// How many of its copies work side by side; negative for all.
    pub parallelization_factor: i64,
    /// Whether it has the variables of HGQ2's cost figure.
    pub has_ebops: bool,
}

/// Quantizers of a layer's inputs.
#[derive(Debug, Clone, PartialEq)]
pub enum InputQuantizers {
    /// The inputs are not quantized.
    None,
    /// The only input's.
    One(HgqQuantizer),
    /// One for each input of a layer that has several.
    Each(Vec<HgqQuantizer>),
}

/// What a layer of HGQ2 computes between its quantizers.
#[derive(Debug, Clone, PartialEq)]
pub enum HgqLayer {
    /// `QDense`.
    Dense(Dense),
    /// `QBatchNormDense`: its input is normalized.
    BatchNormDense(Dense, FoldedNorm),
    /// `QConv1D`.
    Conv1D(Conv<1>),
    /// `QConv2D`.
    Conv2D(Conv<2>),
    /// `QBatchNormalization`.
    BatchNormalization(BatchNorm),
    /// `QEinsumDense`.
    EinsumDense(EinsumDense),
    /// `QEinsumDenseBatchnorm`: its result is normalized along these axes, letters of the equation.
    EinsumDenseBatchNorm(EinsumDense, FoldedNorm, String),
    /// `QEinsum`: a product of two inputs by this equation.
    Einsum(String),
    /// `QAdd`, `QSubtract`, `QMultiply`, `QMaximum`, `QMinimum`.
    Merge(MergeOp),
    /// `QAveragePow2`: the sum, times the power of two that is nearest to a share.
    AveragePow2,
    /// `QDot`.
    Dot(Dot),
    /// `QMaxPooling1D`, `QAveragePooling1D`.
    Pooling1D(PoolKind, Pool<1>),
    /// `QMaxPooling2D`, `QAveragePooling2D`.
    Pooling2D(PoolKind, Pool<2>),
    /// `QGlobalMaxPooling1D`, `QGlobalAveragePooling1D`.
    GlobalPooling1D(PoolKind, GlobalPool),
    /// `QGlobalMaxPooling2D`, `QGlobalAveragePooling2D`.
    GlobalPooling2D(PoolKind, GlobalPool),
    /// `QSoftmax`.
    Softmax(Box<HgqSoftmax>),
    /// `QUnaryFunctionLUT`: a function as a table.
    UnaryFunction(ActivationFunction),
    /// `QDenseT`, `QConvT1D`, `QConvT2D`: sums of trained tables.
    Tables(Box<TableLayer>),
    /// `QSum`: sums along axes, which count the batch as axis 0, times a power of two.
    Sum(AxisSum),
    /// `Quantizer`: its input's quantizer and nothing else.
    Quantizer,
}

/// A batch normalization folded into another layer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FoldedNorm {
    /// Added to the variance, where HGQ2 reads it.
    #[serde(default = "epsilon", deserialize_with = "scalar")]
    pub epsilon: f64,
    /// Whether there is a `gamma`.
    #[serde(default = "yes", deserialize_with = "scalar")]
    pub scale: bool,
}

fn epsilon() -> f64 {
    1e-3
}

/// `QSoftmax`.
#[derive(Debug, Clone, PartialEq)]
pub struct HgqSoftmax {
    /// The axes whose exponentials are summed; the batch is axis 0.
    pub axes: Vec<i64>,
    /// Whether the largest element is subtracted first.
    pub stable: bool,
    /// What inputs are multiplied with.
    pub input_scaler: f64,
    /// Quantizer of what exponentials are taken of, in a stable one.
    pub exp_input: Option<HgqQuantizer>,
    /// Quantizer of exponentials.
    pub exp_output: HgqQuantizer,
    /// Quantizer of their sums.
    pub inv_input: HgqQuantizer,
    /// Quantizer of the sums' reciprocals.
    pub inv_output: HgqQuantizer,
}

/// A quantizer of a layer, with the place of its variables below the layer's: `kq`, `iq/1`, `exp_table/oq`.
#[derive(Debug, Clone)]
pub struct Placed<'a> {
    /// Its place.
    pub place: String,
    /// The quantizer.
    pub quantizer: &'a HgqQuantizer,
}

impl Hgq {
    /// All quantizers of the layer.
    #[must_use]
    pub fn quantizers(&self) -> Vec<Placed<'_>> {
        let placed = |place: &str, quantizer| Placed { place: place.to_owned(), quantizer };
        let mut all = match &self.inputs {
            InputQuantizers::None => Vec::new(),
            InputQuantizers::One(quantizer) => vec![placed("iq", quantizer)],
            InputQuantizers::Each(each) => each
                .iter()
                .enumerate()
                .map(|(at, quantizer)| placed(&format!("iq/{at}"), quantizer))
                .collect(),
        };
        for (place, quantizer) in [("oq", &self.output), ("kq", &self.kernel), ("bq", &self.bias)] {
            all.extend(quantizer.iter().map(|quantizer| placed(place, quantizer)));
        }
        if let HgqLayer::Softmax(softmax) = &self.layer {
            all.extend(softmax.exp_input.iter().map(|quantizer| placed("exp_table/iq", quantizer)));
            all.push(placed("exp_table/oq", &softmax.exp_output));
            all.push(placed("inv_table/iq", &softmax.inv_input));
            all.push(placed("inv_table/oq", &softmax.inv_output));
        }
        if let HgqLayer::Tables(tables) = &self.layer {
            all.push(placed("toq", &tables.table));
        }
        all
    }
}

/// Reads a layer of HGQ2; `layer` reads what it computes.
fn hgq(config: &Json, layer: HgqLayer) -> Result<Hgq, String> {
    if data_format_of(config)? == DataFormat::ChannelsFirst {
        return Err(
            "data_format=\"channels_first\" is not possible in a layer of HGQ2; use channels_last".to_owned()
        );
    }
    let is_quantizer = matches!(layer, HgqLayer::Quantizer);
    let inputs =
        if is_quantizer { InputQuantizers::One(required(config, "config")?) } else { inputs(config)? };
    let has_output = !is_quantizer && flag(config, "enable_oq", None)?;
    Ok(Hgq {
        inputs,
        output: if has_output { Some(required(config, "oq_conf")?) } else { None },
        kernel: quantizer(config, "kq_conf")?,
        bias: quantizer(config, "bq_conf")?,
        parallelization_factor: match config.get("parallelization_factor") {
            None | Some(Json::Null) => -1,
            Some(factor) => factor
                .as_i64()
                .ok_or_else(|| format!("`parallelization_factor`: {factor} is not a whole number"))?,
        },
        has_ebops: flag(config, "enable_ebops", Some(false))?,
        layer,
    })
}

fn inputs(config: &Json) -> Result<InputQuantizers, String> {
    if !flag(config, "enable_iq", None)? {
        return Ok(InputQuantizers::None);
    }
    match config.get("iq_confs") {
        Some(Json::Array(each)) => {
            let each =
                each.iter().map(|one| HgqQuantizer::from_json(one).map_err(|e| format!("`iq_confs`: {e}")));
            each.collect::<Result<_, _>>().map(InputQuantizers::Each)
        }
        // A tuple is an object in some files.
        Some(Json::Object(tuple)) if tuple.get("items").is_some_and(Json::is_array) => {
            inputs(&serde_json::json!({ "enable_iq": true, "iq_confs": tuple["items"] }))
        }
        Some(Json::Object(_)) => {
            Err("`iq_confs` is one quantizer for all inputs, as in a layer that was never called".to_owned())
        }
        _ => required(config, "iq_conf").map(InputQuantizers::One),
    }
}

/// Reads the configuration object of a class.
pub(in crate::source) type HgqReader = fn(&Json) -> Result<Hgq, String>;

/// The readers of the classes, each under its name without the package.
pub(in crate::source) fn hgq_layer(class: &str) -> Option<HgqReader> {
    use HgqLayer as L;
    use PoolKind::{Average, Max};
    Some(match class {
        "QDense" => |v| hgq(v, L::Dense(typed(v)?)),
        "QBatchNormDense" => |v| hgq(v, L::BatchNormDense(typed(v)?, typed(v)?)),
        "QConv1D" => |v| hgq(v, L::Conv1D(convolution(v)?)),
        "QConv2D" => |v| hgq(v, L::Conv2D(convolution(v)?)),
        "QBatchNormalization" => |v| hgq(v, L::BatchNormalization(typed(v)?)),
        "QEinsumDense" => |v| hgq(v, L::EinsumDense(typed(v)?)),
        "QEinsumDenseBatchnorm" => einsum_dense_batch_norm,
        "QEinsum" => |v| hgq(v, L::Einsum(text(v, "equation")?)),
        "QAdd" => |v| hgq(v, L::Merge(MergeOp::Add)),
        "QSubtract" => |v| hgq(v, L::Merge(MergeOp::Subtract)),
        "QMultiply" => |v| hgq(v, L::Merge(MergeOp::Multiply)),
        "QMaximum" => |v| hgq(v, L::Merge(MergeOp::Maximum)),
        "QMinimum" => |v| hgq(v, L::Merge(MergeOp::Minimum)),
        "QAveragePow2" => |v| hgq(v, L::AveragePow2),
        "QDot" => |v| hgq(v, L::Dot(typed(v)?)),
        "QMaxPooling1D" => |v| hgq(v, L::Pooling1D(Max, typed(v)?)),
        "QMaxPooling2D" => |v| hgq(v, L::Pooling2D(Max, typed(v)?)),
        "QAveragePooling1D" => |v| hgq(v, L::Pooling1D(Average, typed(v)?)),
        "QAveragePooling2D" => |v| hgq(v, L::Pooling2D(Average, typed(v)?)),
        "QGlobalMaxPooling1D" => |v| hgq(v, L::GlobalPooling1D(Max, typed(v)?)),
        "QGlobalMaxPooling2D" => |v| hgq(v, L::GlobalPooling2D(Max, typed(v)?)),
        "QGlobalAveragePooling1D" => |v| hgq(v, L::GlobalPooling1D(Average, typed(v)?)),
        "QGlobalAveragePooling2D" => |v| hgq(v, L::GlobalPooling2D(Average, typed(v)?)),
        "QSoftmax" => softmax,
        "QUnaryFunctionLUT" => unary_function,
        "QDenseT" => |v| hgq(v, L::Tables(Box::new(tables::dense(v)?))),
        "QConvT1D" => |v| hgq(v, L::Tables(Box::new(tables::convolution_1d(v)?))),
        "QConvT2D" => |v| hgq(v, L::Tables(Box::new(tables::convolution_2d(v)?))),
        "QSum" => |v| hgq(v, L::Sum(tables::sum(v)?)),
        "QMeanPow2" => |v| hgq(v, L::Sum(tables::mean(v)?)),
        "Quantizer" => |v| hgq(v, L::Quantizer),
        _ => return None,
    })
}

/// The classes that are read, without the package.
pub const HGQ_CLASSES: [&str; 31] = [
    "QDense",
    "QBatchNormDense",
    "QConv1D",
    "QConv2D",
    "QBatchNormalization",
    "QEinsumDense",
    "QEinsumDenseBatchnorm",
    "QEinsum",
    "QAdd",
    "QSubtract",
    "QMultiply",
    "QMaximum",
    "QMinimum",
    "QAveragePow2",
    "QDot",
    "QMaxPooling1D",
    "QMaxPooling2D",
    "QAveragePooling1D",
    "QAveragePooling2D",
    "QGlobalMaxPooling1D",
    "QGlobalMaxPooling2D",
    "QGlobalAveragePooling1D",
    "QGlobalAveragePooling2D",
    "QSoftmax",
    "QUnaryFunctionLUT",
    "QDenseT",
    "QConvT1D",
    "QConvT2D",
    "QSum",
    "QMeanPow2",
    "Quantizer",
];

fn text(config: &Json, field: &str) -> Result<String, String> {
    let text = config.get(field).and_then(Json::as_str);
    text.map(str::to_owned).ok_or_else(|| format!("`{field}` is missing or no text"))
}

fn einsum_dense_batch_norm(config: &Json) -> Result<Hgq, String> {
    let axes = ["normalize_axes", "bias_axes"].into_iter().find_map(|field| config.get(field)?.as_str());
    let axes = axes.ok_or("neither `normalize_axes` nor `bias_axes` says what is normalized")?.to_owned();
    hgq(config, HgqLayer::EinsumDenseBatchNorm(typed(config)?, typed(config)?, axes))
}

fn softmax(config: &Json) -> Result<Hgq, String> {
    if flag(config, "allow_heterogeneous_table", Some(false))? {
        return Err(heterogeneous("QSoftmax"));
    }
    let axes = config.get("axes").map(|axes| axes.get("items").unwrap_or(axes)).and_then(Json::as_array);
    let axes: Option<Vec<i64>> = axes.and_then(|axes| axes.iter().map(Json::as_i64).collect());
    let stable = flag(config, "stable", Some(true))?;
    let input_scaler = config.get("input_scaler").map_or(Some(1.0), Json::as_f64);
    let softmax = HgqSoftmax {
        axes: axes.filter(|axes| !axes.is_empty()).ok_or("`axes` is not a list of axes")?,
        stable,
        input_scaler: input_scaler.ok_or("`input_scaler` is not a number")?,
        exp_input: if stable { Some(required(config, "exp_iq_conf")?) } else { None },
        exp_output: required(config, "exp_oq_conf")?,
        inv_input: required(config, "inv_iq_conf")?,
        inv_output: required(config, "inv_oq_conf")?,
    };
    hgq(config, HgqLayer::Softmax(Box::new(softmax)))
}

fn unary_function(config: &Json) -> Result<Hgq, String> {
    // hls4ml needs one table for all elements.
    if flag(config, "allow_heterogeneous_table", Some(true))? {
        return Err(heterogeneous("QUnaryFunctionLUT"));
    }
    let activation = config.get("activation").ok_or("the field `activation` is missing")?;
    match Activation::from_json(activation).map_err(|e| format!("`activation`: {e}"))? {
        Activation::Function(ActivationFunction::Softmax) => {
            Err("`activation`: softmax is no function of one element; use QSoftmax".to_owned())
        }
        Activation::Function(function) => hgq(config, HgqLayer::UnaryFunction(function)),
        Activation::Quantizer(quantizer) => Err(format!(
            "`activation`: {quantizer} is a quantizer of QKeras; use a function, and oq_conf for its result"
        )),
    }
}

fn heterogeneous(class: &str) -> String {
    format!(
        "allow_heterogeneous_table=True would need a table for each element; build it as {class}(…, allow_heterogeneous_table=False)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_in_the_list_has_a_reader() {
        assert!(HGQ_CLASSES.iter().all(|class| hgq_layer(class).is_some()));
        assert!(hgq_layer("QGRU").is_none());
    }
}
