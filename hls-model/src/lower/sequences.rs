//! Layers that work on sequences.

use super::{Lowering, Source};
use crate::error::ConvertError;
use crate::graph::op::{Embedding, LayerNormalization, Op, TimeDistributed, TimeParallelism, TimePart};
use crate::graph::{LayerSpec, Values, WeightRole, WeightSpec};
use crate::source::keras::config;
use crate::source::keras::{KerasLayer, LayerConfig};

/// Entries of the table of a layer normalization unless a configuration says otherwise.
const LAYERNORM_TABLE_SIZE: u64 = 4096;

impl Lowering {
    pub(super) fn embedding(
        &mut self,
        source: &Source<'_>,
        config: &config::Embedding,
    ) -> Result<(), ConvertError> {
        let &[n_in] = source.shape()? else {
            return Err(source.unsupported(format!(
                "its input has the shape {:?}; it must be a vector of numbers",
                source.shape()?
            )));
        };
        let (vocab_size, n_out) = (config.input_dim, config.output_dim);
        let embeddings = source.values("embeddings", &[vocab_size, n_out])?;
        let weights = vec![WeightSpec::plain(WeightRole::Embeddings, embeddings)];
        let op = Op::Embedding(Embedding { n_in, n_out, vocab_size });
        let shape = source.sized(vec![n_in, n_out])?;
        let spec = LayerSpec { weights, ..self.spec(source, "Embedding", op, shape) };
        self.add(spec, &source.keras.name);
        Ok(())
    }

    pub(super) fn layer_normalization(
        &mut self,
        source: &Source<'_>,
        config: &config::LayerNorm,
    ) -> Result<(), ConvertError> {
        let shape = source.shape()?.to_vec();
        let Some((&dim, vectors)) = shape.split_last() else {
            return Err(source.unsupported("its input has no axes".into()));
        };
        if config.axis != -1 && usize::try_from(config.axis) != Ok(shape.len()) {
            return Err(source
                .unsupported(format!("it normalizes axis {}; only the last axis is possible", config.axis)));
        }
        let exponent = -config.epsilon.log10().round();
        if !(1.0..=30.0).contains(&exponent) {
            return Err(source.unsupported(format!(
                "its epsilon is {}; it must be a power of ten from 1e-30 to 0.1",
                config.epsilon
            )));
        }
        if (config.epsilon / 10f64.powf(-exponent) - 1.0).abs() > 1e-6 {
            let message = format!("hls4ml rounds its epsilon {} to 1e-{exponent}", config.epsilon);
            self.warn(&source.keras.name, message);
        }
        // hls4ml fails on a layer without one of them.
        let array = |has: bool, name, neutral| match has {
            true => source.values(name, &[dim]),
            false => Ok(Values::full(&[dim], neutral)),
        };
        let weights = vec![
            WeightSpec::plain(WeightRole::Scale, array(config.scale, "gamma", 1.0)?),
            WeightSpec::plain(WeightRole::Bias, array(config.center, "beta", 0.0)?),
        ];
        let op = Op::LayerNormalization(LayerNormalization {
            n_in: shape.iter().product(),
            seq_len: vectors.iter().product(),
            epsilon_power_of_10: exponent as u32,
            table_range_power2: 0,
            table_size: LAYERNORM_TABLE_SIZE,
        });
        let spec = LayerSpec { weights, ..self.spec(source, "LayerNormalization", op, shape.clone()) };
        self.add(spec, &source.keras.name);
        Ok(())
    }

    /// A layer for each time step. The layer inside is lowered as if it read one step.
    pub(super) fn time_distributed(
        &mut self,
        source: &Source<'_>,
        inner: &KerasLayer,
    ) -> Result<(), ConvertError> {
        let shape = source.keras_shape()?.to_vec();
        let (n_time_steps, step) = match shape.split_first() {
            Some((&steps, step)) if (1..=3).contains(&step.len()) => (steps, step.to_vec()),
            _ => {
                return Err(source.unsupported(format!(
                    "its input has the shape {shape:?}; time steps of one to three axes are possible"
                )));
            }
        };
        let name = source.keras.name.clone();
        let spec = self.time_step(source, inner, step.clone())?;
        let shape = source.sized([&[n_time_steps], &spec.shape[..]].concat())?;
        let op = Op::TimeDistributed(TimeDistributed {
            part: TimePart::Whole { inner: Box::new(spec), step },
            n_time_steps,
            parallelism: TimeParallelism::default(),
        });
        let spec = self.spec(source, "TimeDistributed", op, shape);
        self.add(spec, &name);
        Ok(())
    }

    /// The layer inside, alone.
    fn time_step(
        &mut self,
        source: &Source<'_>,
        inner: &KerasLayer,
        step: Vec<usize>,
    ) -> Result<LayerSpec, ConvertError> {
        let outer = source.keras.name.clone();
        let mut lowering = Lowering {
            names: self.names.nested(&outer, std::iter::once(inner.name.as_str())),
            ..Lowering::empty(self.generation)
        };
        let one_step = Source {
            generation: self.generation,
            keras: inner,
            inputs: vec![outer.clone()],
            shapes: vec![step.into()],
        };
        if one_step.has_channels_first() {
            return Err(source.unsupported(format!(
                "the layer \"{}\" inside has data_format=\"channels_first\"; retrain with channels_last",
                inner.name
            )));
        }
        if let LayerConfig::Conv1DTranspose(_) | LayerConfig::Conv2DTranspose(_) = &inner.config {
            return Err(source.unsupported(format!(
                "the layer \"{}\" inside is a transposed convolution, which is several layers here; use a Conv2DTranspose over all time \
                 steps with a filter and a stride of 1 along them",
                inner.name
            )));
        }
        lowering.lower(&one_step)?;
        self.names.absorb(&lowering.names);
        self.warnings.append(&mut lowering.warnings);
        let mut layers = lowering.layers.into_iter();
        let Some(spec) = layers.next() else {
            return Err(source.unsupported(format!(
                "the layer \"{}\" inside does nothing; remove the TimeDistributed",
                inner.name
            )));
        };
        if let Some(activation) = layers.next().filter(|layer| !layer.is_identity()) {
            self.warn(
                &outer,
                format!(
                    "the activation of the layer inside ({}) is ignored by hls4ml; move it to a layer of its own after this one",
                    activation.name
                ),
            );
        }
        Ok(spec)
    }
}
