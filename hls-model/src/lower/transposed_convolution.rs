//! Transposed convolutions: an image with zeros around and between its pixels, then an ordinary convolution with the kernel turned around.
//! hls4ml has none.

use super::convolution::spread;
use super::images::Image;
use super::weights::ArrayOf;
use super::{Lowering, Source};
use crate::error::ConvertError;
use crate::graph::op::{ConvFlavour, MarginAxis, Op, Spacing, WindowAxis, ZeroPadding};
use crate::graph::{KernelLayout, WeightRole};
use crate::source::keras::config::{ConvTranspose, Convolution, Padding};

/// An axis of a transposed convolution.
#[derive(Debug, Clone, Copy)]
struct TransposedAxis {
    /// Pixels of the input.
    input: usize,
    /// Pixels of the filter.
    filter: usize,
    /// Distance of neighbouring pixels of the input in the output.
    stride: usize,
    /// Distance of neighbouring pixels of the filter.
    dilation: usize,
    /// Pixels added to the output; `None` for the size that the padding implies.
    output_padding: Option<usize>,
}

impl TransposedAxis {
    /// Pixels from the first to the last of the filter.
    fn reach(&self) -> usize {
        spread(self.filter, self.dilation)
    }

    /// Pixels from the first to the last of the input, with zeros between them.
    fn stretched(&self) -> usize {
        spread(self.input, self.stride)
    }

    /// Pixels of the output.
    ///
    /// Source: Keras 2.14, `deconv_output_length` in `keras/utils/conv_utils.py`.
    fn output(&self, padding: Padding) -> Option<usize> {
        let full = self.stretched().checked_add(self.reach())?.checked_sub(1)?;
        match (padding, self.output_padding) {
            (Padding::Same, None) => self.input.checked_mul(self.stride),
            (Padding::Valid, None) => full.checked_add(self.stride.saturating_sub(self.reach())),
            (Padding::Same, Some(more)) => full.checked_add(more)?.checked_sub(self.reach() / 2 * 2),
            (Padding::Valid, Some(more)) => full.checked_add(more),
            (Padding::Causal, _) => None,
        }
    }

    /// Margins and window that compute an output of this size. `None` unless the ordinary convolution with these parameters makes this axis's
    /// input of it: TensorFlow then computes nothing.
    fn arranged(&self, padding: Padding, output: usize) -> Option<(MarginAxis, WindowAxis)> {
        let (pixels, cropped) = match padding {
            Padding::Same => {
                let full = self.stretched() + self.reach() - 1;
                (output.div_ceil(self.stride), full.saturating_sub(output) / 2)
            }
            Padding::Valid => ((output + 1).saturating_sub(self.reach()).div_ceil(self.stride), 0),
            Padding::Causal => return None,
        };
        let before = (self.reach() - 1).checked_sub(cropped)?;
        let after = (output + cropped).checked_sub(self.stretched())?;
        let padded = before + self.stretched() + after;
        let margins = MarginAxis { input: self.input, output: padded, before, after };
        let window = WindowAxis {
            input: padded,
            output,
            filter: self.filter,
            stride: 1,
            dilation: self.dilation,
            pad_before: 0,
            pad_after: 0,
        };
        (pixels == self.input && output > 0).then_some((margins, window))
    }
}

impl Lowering {
    pub(super) fn transposed_convolution<const N: usize>(
        &mut self,
        source: &Source<'_>,
        config: &ConvTranspose<N>,
    ) -> Result<(), ConvertError> {
        let Convolution { common, own } = config;
        let Image { channels, .. } = source.image::<N>()?;
        let axes = source.arranged(config)?;
        let (margins, mut windows): (Vec<_>, Vec<_>) = axes.into_iter().unzip();
        let mut inputs = source.inputs.clone();
        if common.strides == [1; N] {
            // Without zeros between pixels, the convolution has its padding itself, as any other.
            for (window, margin) in windows.iter_mut().zip(&margins) {
                let MarginAxis { input, before, after, .. } = *margin;
                *window = WindowAxis { input, pad_before: before, pad_after: after, ..*window };
            }
        } else {
            inputs = vec![self.stuffed(source, &margins, &common.strides, channels)?];
        }
        let conv = source.conv_op(&windows, ConvFlavour::Full, own.filters)?;
        let shape = [&common.kernel_size[..], &[conv.n_filt, conv.n_chan]].concat();
        let kernel = ArrayOf { name: "kernel", shape, quantizer: &own.kernel_quantizer };
        let kernel = self.kernel(source, WeightRole::Weight, kernel)?;
        let kernel = self.laid_out(source, kernel, KernelLayout::Transposed)?;
        let bias = self.bias(source, own.filters, common.use_bias, &common.bias_quantizer)?;
        let shape = conv.output_shape();
        let convolution = Source { inputs, shapes: source.shapes.clone(), ..*source };
        self.add_convolution(&convolution, Op::Conv(conv), shape, vec![kernel, bias], &common.activation)
    }

    /// Adds the layer that puts zeros around and between the pixels, and gives its name.
    fn stuffed(
        &mut self,
        source: &Source<'_>,
        margins: &[MarginAxis],
        strides: &[usize],
        n_chan: usize,
    ) -> Result<String, ConvertError> {
        let (width, height) = source.width_and_height(margins)?;
        let (along_width, along_height) = source.width_and_height(strides)?;
        let spacing = Spacing { height: along_height.unwrap_or(1), width: along_width };
        let shape = source.sized(margins.iter().map(|margin| margin.output).chain([n_chan]).collect())?;
        let op = Op::ZeroPadding(ZeroPadding { height, width, n_chan, spacing });
        let (name, class) = (format!("{}_zeros", source.keras.name), op.class_name());
        Ok(self.add_inner(name, class, op, source.inputs.clone(), shape))
    }
}

impl Source<'_> {
    /// Margins and windows of all axes.
    fn arranged<const N: usize>(
        &self,
        config: &ConvTranspose<N>,
    ) -> Result<Vec<(MarginAxis, WindowAxis)>, ConvertError> {
        let Convolution { common, own } = config;
        let Image { axes, .. } = self.image::<N>()?;
        if common.padding == Padding::Causal {
            let reason = "Keras computes no transposed convolution with padding=\"causal\"; use padding=\"valid\" and a Cropping1D";
            return Err(self.unsupported(reason.into()));
        }
        let (strides, dilation) = (common.strides, common.dilation_rate);
        if strides.iter().any(|&stride| stride > 1) && dilation.iter().any(|&rate| rate > 1) {
            return Err(self.unsupported(format!(
                "it has strides {strides:?} and dilation_rate {dilation:?}, which Keras does not combine; use strides=1 or \
                 dilation_rate=1"
            )));
        }
        let arranged = |n: usize| {
            let axis = TransposedAxis {
                input: axes[n],
                filter: common.kernel_size[n],
                stride: strides[n],
                dilation: dilation[n],
                output_padding: own.output_padding.map(|amounts| amounts[n]),
            };
            let too_much = axis.output_padding.is_some_and(|amount| amount >= axis.stride);
            let output = axis.output(common.padding).filter(|_| !too_much);
            let arranged = output.and_then(|output| axis.arranged(common.padding, output));
            arranged.ok_or_else(|| self.unsupported(not_arranged(&axis)))
        };
        (0..N).map(arranged).collect()
    }
}

fn not_arranged(axis: &TransposedAxis) -> String {
    let TransposedAxis { input, filter, stride, output_padding, .. } = axis;
    let amount = output_padding.map_or_else(|| "None".to_owned(), |amount| amount.to_string());
    format!(
        "Keras makes nothing of {input} pixels with a filter of {filter}, a stride of {stride} and output_padding={amount}; use \
         output_padding=None, or one that is smaller than the stride and, with an even filter and padding=\"same\", not 0"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_those_of_keras() {
        use Padding::{Same, Valid};
        // Input, filter, stride, dilation, output_padding; zeros before and after, output.
        let table = [
            ((4, 3, 2, 1, None), Same, Some((2, 1, 8))),
            ((4, 3, 2, 1, None), Valid, Some((2, 2, 9))),
            ((4, 2, 3, 1, None), Valid, Some((1, 2, 12))),
            ((4, 2, 3, 1, Some(0)), Valid, Some((1, 1, 11))),
            ((4, 3, 2, 1, Some(0)), Same, Some((1, 1, 7))),
            ((4, 3, 2, 1, Some(1)), Same, Some((2, 1, 8))),
            ((5, 3, 1, 2, None), Same, Some((2, 2, 5))),
            ((5, 3, 1, 2, None), Valid, Some((4, 4, 9))),
            ((1, 1, 1, 1, None), Same, Some((0, 0, 1))),
            // One pixel less than the ordinary convolution makes four of.
            ((4, 2, 2, 1, Some(0)), Same, None),
        ];
        for ((input, filter, stride, dilation, output_padding), padding, expected) in table {
            let axis = TransposedAxis { input, filter, stride, dilation, output_padding };
            let output = axis.output(padding).expect("a size");
            let found = axis.arranged(padding, output).map(|(m, w)| (m.before, m.after, w.output));
            assert_eq!(found, expected, "{axis:?} {padding:?}");
        }
    }
}
