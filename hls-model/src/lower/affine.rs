//! Batch normalizations.

use super::{Lowering, Source, quantizers};
use crate::error::ConvertError;
use crate::graph::op::{BatchNormalization, Op};
use crate::graph::{LayerSpec, WeightRole, WeightSpec};
use crate::source::keras::config::BatchNorm;

impl Lowering {
    pub(super) fn batch_normalization(
        &mut self,
        source: &Source<'_>,
        config: &BatchNorm,
    ) -> Result<(), ConvertError> {
        let (shape, keras_shape) = (source.shape()?.to_vec(), source.keras_shape()?.to_vec());
        let channels = keras_shape.last().copied().unwrap_or(0);
        let is_last = config.axis == -1 || usize::try_from(config.axis) == Ok(keras_shape.len());
        if !is_last {
            return Err(source
                .unsupported(format!("it normalizes axis {}; only the last axis is possible", config.axis)));
        }
        let (scale, bias) = source.scale_and_bias(config, channels)?;
        let op = Op::BatchNormalization(BatchNormalization {
            n_in: shape.iter().product(),
            n_filt: (keras_shape.len() > 1).then_some(channels),
        });
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
            weights: vec![
                WeightSpec::plain(WeightRole::Scale, scale),
                WeightSpec::plain(WeightRole::Bias, bias),
            ],
            ignored_precisions: ignored,
            ..self.spec(source, &class, op, shape)
        };
        self.add_shaped(spec, &source.keras.name, keras_shape);
        Ok(())
    }
}
