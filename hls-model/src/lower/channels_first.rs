//! Layers whose channels come before the pixels. The hardware has them after the pixels, so such a layer is put between two
//! transpositions; hls4ml fails on them.

use super::{Lowering, Shape, Source};
use crate::error::ConvertError;
use crate::graph::op::{Op, Transpose};
use crate::source::keras::config::DataFormat;
use crate::source::keras::{KerasLayer, LayerConfig};

/// Where a layer has its channels; `None` for layers that have none.
fn data_format(layer: &KerasLayer) -> Option<DataFormat> {
    use LayerConfig as L;
    Some(match &layer.config {
        L::Conv1D(config) => config.common.data_format,
        L::Conv2D(config) => config.common.data_format,
        L::Conv2DBatchNorm(layer) => layer.0.common.data_format,
        L::Conv1DTranspose(config) => config.common.data_format,
        L::Conv2DTranspose(config) => config.common.data_format,
        L::DepthwiseConv1D(config) => config.common.data_format,
        L::DepthwiseConv2D(config) => config.common.data_format,
        L::SeparableConv1D(config) => config.common.data_format,
        L::SeparableConv2D(config) => config.common.data_format,
        L::Pooling1D(_, config) => config.data_format,
        L::Pooling2D(_, config) => config.data_format,
        L::GlobalPooling1D(_, config) | L::GlobalPooling2D(_, config) => config.data_format,
        L::ZeroPadding1D(config) | L::Cropping1D(config) => config.data_format,
        L::ZeroPadding2D(config) | L::Cropping2D(config) => config.data_format,
        L::UpSampling2D(config) => config.data_format,
        L::Input(_)
        | L::Dense(_)
        | L::DenseBatchNorm(_)
        | L::Activation(_)
        | L::Relu(_)
        | L::LeakyRelu(_)
        | L::ThresholdedRelu(_)
        | L::Elu(_)
        | L::Prelu(_)
        | L::Softmax(_)
        | L::BatchNormalization(_)
        | L::LayerNormalization(_)
        | L::Merge(_)
        | L::Concatenate(_)
        | L::Dot(_)
        | L::EinsumDense(_)
        | L::Flatten(_)
        | L::Reshape(_)
        | L::Permute(_)
        | L::InferenceIdentity
        | L::RepeatVector(_)
        | L::UpSampling1D(_)
        | L::Embedding(_)
        | L::Rnn(_)
        | L::Hgq(_)
        | L::TimeDistributed(_)
        | L::Bidirectional(_)
        | L::Model(_) => return None,
    })
}

impl Source<'_> {
    /// Whether the channels come first in what it reads.
    pub(super) fn has_channels_first(&self) -> bool {
        data_format(self.keras) == Some(DataFormat::ChannelsFirst)
    }
}

impl Lowering {
    /// A layer with channels first, lowered as one with channels last.
    pub(super) fn channels_first(&mut self, source: &Source<'_>) -> Result<(), ConvertError> {
        let name = source.keras.name.clone();
        let from = source.keras_shape()?.to_vec();
        let axes = from.len();
        let to_back = Transpose { perm: (1..axes).chain([0]).collect(), from };
        let moved = self.transposition(format!("{name}_channels_last"), source.input()?.to_owned(), to_back);
        let shape = self.shapes.get(&moved).cloned().unwrap_or_else(|| Vec::new().into());
        self.lower_channels_last(&Source {
            generation: self.generation,
            keras: source.keras,
            inputs: vec![moved],
            shapes: vec![shape],
        })?;

        let Some(result) = self.results.get(&name).cloned() else { return Ok(()) };
        let Some(Shape { keras: from, .. }) = self.shapes.get(&result).cloned() else { return Ok(()) };
        if let Some(last) = from.len().checked_sub(1).filter(|&last| last > 0) {
            let to_front = Transpose { perm: std::iter::once(last).chain(0..last).collect(), from };
            let back = self.transposition(format!("{name}_channels_first"), result, to_front);
            self.results.insert(name, back);
        }
        Ok(())
    }

    /// Adds a transposition and gives its name.
    fn transposition(&mut self, config_name: String, input: String, op: Transpose) -> String {
        let shape = op.to();
        self.add_inner(config_name, "Transpose", Op::Transpose(op), vec![input], shape)
    }
}
