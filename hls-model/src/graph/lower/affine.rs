//! Batch normalizations.

use super::{LayerSpec, Lowering, Source, WeightSpec, quantizers};
use crate::ConvertError;
use crate::graph::op::{BatchNormalization, Op};
use crate::graph::{Values, WeightRole};
use crate::keras::config::BatchNorm;

impl Lowering {
    pub(super) fn batch_normalization(
        &mut self,
        source: &Source<'_>,
        config: &BatchNorm,
    ) -> Result<(), ConvertError> {
        let shape = source.shape()?.to_vec();
        let channels = shape.last().copied().unwrap_or(0);
        let is_last = config.axis == -1 || usize::try_from(config.axis) == Ok(shape.len());
        if !is_last {
            return Err(source
                .unsupported(format!("it normalizes axis {}; only the last axis is possible", config.axis)));
        }
        let (scale, bias) = scale_and_bias(source, config, channels)?;
        let op = Op::BatchNormalization(BatchNormalization {
            n_in: shape.iter().product(),
            n_filt: (shape.len() > 1).then_some(channels),
        });
        let weight = |role, values| WeightSpec { role, values: Some(values), quantizer: None };
        let quantizers = [
            ("mean", &config.mean_quantizer),
            ("variance", &config.variance_quantizer),
            ("beta", &config.beta_quantizer),
            ("gamma", &config.gamma_quantizer),
        ];
        let ignored = quantizers
            .iter()
            .filter_map(|(name, q)| Some((*name, quantizers::ignored_precision(q.as_ref()?))));
        let ignored: Vec<_> = ignored.collect();
        if !ignored.is_empty() {
            let message = "the quantizers of the batch normalization are ignored by hls4ml; scale and bias are computed from the \
                           unquantized values";
            self.warn(&source.keras.name, message);
        }
        let class = source.keras.class_name.clone();
        let spec = LayerSpec {
            weights: vec![weight(WeightRole::Scale, scale), weight(WeightRole::Bias, bias)],
            ignored_precisions: ignored,
            ..self.spec(source, &class, op, shape)
        };
        self.add(spec, &source.keras.name);
        Ok(())
    }
}

/// `gamma / sqrt(variance + epsilon)` and `beta - scale · mean`, in float32 as NumPy computes them.
fn scale_and_bias(
    source: &Source<'_>,
    config: &BatchNorm,
    channels: usize,
) -> Result<(Values, Values), ConvertError> {
    let read = |role| -> Result<Values, ConvertError> {
        let array = source.array(role)?;
        source.check_shape(role, array, &[channels])?;
        Ok(Values::single(&array.data))
    };
    let combine = |a: &Values, b: &Values, f: fn(f64, f64) -> f64| {
        a.zip(b, f).ok_or_else(|| source.unsupported("its arrays do not fit each other".into()))
    };
    let (mean, variance) = (read("moving_mean")?, read("moving_variance")?);
    let epsilon = f64::from(config.epsilon as f32);
    let deviation = variance.map(|v| v + epsilon).map(f64::sqrt);
    let scale = match config.scale {
        true => combine(&read("gamma")?, &deviation, |g, d| g / d)?,
        false => deviation.map(|d| 1.0 / d),
    };
    let shift = combine(&scale, &mean, |s, m| s * m)?;
    let bias = match config.center {
        true => combine(&read("beta")?, &shift, |b, s| b - s)?,
        false => shift.map(|s| 0.0 - s),
    };
    if scale.data.iter().chain(&bias.data).any(|v| !v.is_finite()) {
        return Err(ConvertError::NotFinite { layer: source.keras.name.clone(), array: "moving_variance" });
    }
    Ok((scale, bias))
}
