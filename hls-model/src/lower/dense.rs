//! Dense layers.

use super::weights::ArrayOf;
use super::{Lowering, Source};
use crate::error::ConvertError;
use crate::graph::op::{Dense, Op};
use crate::graph::{LayerSpec, WeightRole};
use crate::source::keras::config::{self, BatchNorm};

/// Axes that the input of a Dense can have: those of a two-dimensional convolution and the channels.
const MAX_AXES: usize = 3;

impl Lowering {
    pub(super) fn dense(&mut self, source: &Source<'_>, config: &config::Dense) -> Result<(), ConvertError> {
        self.dense_with(source, config, None)
    }

    /// A dense layer with a batch normalization folded in. hls4ml has none; it is folded as hls4ml folds a convolution's.
    pub(super) fn dense_batch_norm(
        &mut self,
        source: &Source<'_>,
        config: &config::Dense,
        norm: &BatchNorm,
    ) -> Result<(), ConvertError> {
        self.dense_with(source, config, Some(norm))
    }

    fn dense_with(
        &mut self,
        source: &Source<'_>,
        config: &config::Dense,
        norm: Option<&BatchNorm>,
    ) -> Result<(), ConvertError> {
        if matches!(source.keras.class_name.as_str(), "BinaryDense" | "TernaryDense") {
            return Err(
                source.unsupported("use a QDense with a binary or ternary kernel quantizer instead".into())
            );
        }
        let shape = source.shape()?.to_vec();
        let n_in = shape.last().copied().unwrap_or(0);
        if shape.len() > MAX_AXES {
            return Err(source.unsupported(format!(
                "its input has the shape {shape:?}; hls4ml can convert a Dense over up to {MAX_AXES} axes. Put a Reshape that \
                 joins the leading axes before it, and one that restores them after it"
            )));
        }
        let kernel =
            ArrayOf { name: "kernel", shape: vec![n_in, config.units], quantizer: &config.kernel_quantizer };
        let mut kernel = self.kernel(source, WeightRole::Weight, kernel)?;
        let mut bias = self.bias(source, config.units, config.use_bias, &config.bias_quantizer)?;
        if let (Some(norm), Some(values)) = (norm, &kernel.values) {
            let (folded, shift) = source.folded(norm, values, bias.values.as_ref())?;
            (kernel.values, bias.values) = (Some(folded), Some(shift));
        }
        let op = Op::Dense(Dense::new(n_in, config.units));
        let class = source.keras.class_name.clone();
        let over = |axes: &[usize]| {
            let leading = axes.iter().take(axes.len().saturating_sub(1)).copied();
            leading.chain([config.units]).collect::<Vec<_>>()
        };
        let (shape, keras_shape) = (source.sized(over(&shape))?, over(source.keras_shape()?));
        let spec = LayerSpec { weights: vec![kernel, bias], ..self.spec(source, &class, op, shape) };
        self.add_shaped(spec, &source.keras.name, keras_shape);
        self.argument_activation(source, &config.activation)
    }
}
