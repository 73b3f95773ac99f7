//! Convolutions over arrays whose last axis holds the channels.

use serde_json::{Value, json};

use super::fixed_point_quantizer::FixedPointQuantizer;
use super::matrix::Matrix;
use super::strategy::Strategy;
use super::window::{WindowAxis, window};

/// A convolution over one or two axes: a matrix product for each output pixel.
#[derive(Debug, Clone, PartialEq)]
pub struct Conv {
    /// Which of hls4ml's classes, and so which kernel.
    pub flavour: ConvFlavour,
    /// The first of two axes; `None` for a convolution over one.
    pub height: Option<WindowAxis>,
    /// The only or the second axis.
    pub width: WindowAxis,
    /// Channels of the input.
    pub n_chan: usize,
    /// Channels of the output.
    pub n_filt: usize,
    /// How products share multipliers.
    pub strategy: Strategy,
    /// Output pixels that are computed in parallel, as hls4ml reports it; `n_partitions` is what counts.
    pub parallelization_factor: u64,
    /// Groups of pixels that are computed one after the other.
    pub n_partitions: usize,
    /// Whether the weights have been transposed to `[n_filt, …, n_chan]`, as the resource strategy needs them.
    pub transposed: bool,
    /// A quantizer of the input that the kernel has taken in, which only that of distributed arithmetic does. It has one width for each
    /// channel.
    pub input_quantizer: Option<Box<FixedPointQuantizer>>,
}

/// Which of hls4ml's classes a convolution is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConvFlavour {
    /// `Conv1D` and `Conv2D`. Weights `[…filter, n_chan, n_filt]`.
    Full,
    /// `Conv2DBatchnorm`: as `Full`, made from a layer that had a batch normalization folded in.
    FoldedBatchNorm,
    /// `PointwiseConv1D` and `PointwiseConv2D`: a filter of one pixel.
    Pointwise,
    /// `DepthwiseConv1D` and `DepthwiseConv2D`: each output channel sees one input channel only, `n_filt / n_chan` of them
    /// the same one. Weights `[…filter, n_chan, n_filt / n_chan]`.
    Depthwise,
}

impl Conv {
    /// Height, where there is one, and width.
    pub fn axes(&self) -> impl Iterator<Item = &WindowAxis> {
        self.height.iter().chain([&self.width])
    }

    /// Elements of the input.
    #[must_use]
    pub fn input_len(&self) -> usize {
        self.axes().map(|axis| axis.input).product::<usize>() * self.n_chan
    }

    /// Pixels of the output.
    #[must_use]
    pub fn output_pixels(&self) -> usize {
        self.axes().map(|axis| axis.output).product()
    }

    /// Extent of each axis of the output, channels last.
    #[must_use]
    pub fn output_shape(&self) -> Vec<usize> {
        self.axes().map(|axis| axis.output).chain([self.n_filt]).collect()
    }

    /// Pixels of the filter.
    #[must_use]
    pub fn kernel_size(&self) -> usize {
        self.axes().map(|axis| axis.filter).product()
    }

    /// The input pixel under each pixel of the filter at an output pixel, both in C order; `None` in the padding.
    pub fn window(&self, pixel: usize) -> impl Iterator<Item = Option<usize>> {
        window(self.height, self.width, pixel)
    }

    /// Where in the array of weights the one lies that takes channel `channel` of the filter's pixel `tap` to the output channel
    /// `filter` (which, of a depthwise convolution, must be one of that channel's).
    #[must_use]
    pub fn weight_index(&self, tap: usize, channel: usize, filter: usize) -> usize {
        let (inner, outputs) = match self.flavour {
            ConvFlavour::Depthwise => (filter - channel * self.depth_multiplier(), self.depth_multiplier()),
            ConvFlavour::Full | ConvFlavour::FoldedBatchNorm | ConvFlavour::Pointwise => {
                (filter, self.n_filt)
            }
        };
        let input = tap * self.n_chan + channel;
        match self.transposed {
            true => inner * self.kernel_size() * self.n_chan + input,
            false => input * outputs + inner,
        }
    }

    /// Whether the window of every pixel is the input pixel with the same number.
    #[must_use]
    pub fn is_pixelwise(&self) -> bool {
        self.axes().all(|axis| *axis == WindowAxis::pointwise(axis.input))
    }

    /// Output channels for each input channel of a depthwise convolution.
    #[must_use]
    pub fn depth_multiplier(&self) -> usize {
        self.n_filt / self.n_chan.max(1)
    }

    /// Whether hls4ml computes all pixels at once, as one Dense over the whole tensor.
    #[must_use]
    pub fn is_batched(&self) -> bool {
        self.height.is_none()
            && self.flavour != ConvFlavour::Depthwise
            && self.kernel_size() == 1
            && self.strategy == Strategy::Latency
            && self.n_partitions == 1
    }

    pub(super) fn matrix(&self) -> Matrix {
        let n_in = self.n_chan * self.kernel_size();
        Matrix {
            n_in,
            n_out: self.n_filt,
            terms: if self.flavour == ConvFlavour::Depthwise { self.kernel_size() } else { n_in },
            uses: self.output_pixels(),
            pixels_at_once: Some(self.output_pixels().div_ceil(self.n_partitions.max(1))),
            transposed: self.transposed,
            strategy: self.strategy,
        }
    }

    pub(super) fn class_name(&self) -> &'static str {
        match (self.flavour, &self.height) {
            (ConvFlavour::Full, None) => "Conv1D",
            (ConvFlavour::Full, Some(_)) => "Conv2D",
            (ConvFlavour::FoldedBatchNorm, _) => "Conv2DBatchnorm",
            (ConvFlavour::Pointwise, None) => "PointwiseConv1D",
            (ConvFlavour::Pointwise, Some(_)) => "PointwiseConv2D",
            (ConvFlavour::Depthwise, None) => "DepthwiseConv1D",
            (ConvFlavour::Depthwise, Some(_)) => "DepthwiseConv2D",
        }
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        let width = &self.width;
        let mut attributes = vec![
            ("n_chan", json!(self.n_chan)),
            ("n_filt", json!(self.n_filt)),
            ("in_width", json!(width.input)),
            ("out_width", json!(width.output)),
            ("filt_width", json!(width.filter)),
            ("stride_width", json!(width.stride)),
            ("pad_left", json!(width.pad_before)),
            ("pad_right", json!(width.pad_after)),
            ("strategy", json!(self.strategy.as_str())),
            ("parallelization_factor", json!(self.parallelization_factor)),
            ("n_partitions", json!(self.n_partitions)),
            // The other one that hls4ml knows is for streams and not for Vitis.
            ("implementation", json!("linebuffer")),
        ];
        if let Some(height) = &self.height {
            attributes.extend([
                ("in_height", json!(height.input)),
                ("out_height", json!(height.output)),
                ("filt_height", json!(height.filter)),
                ("stride_height", json!(height.stride)),
                ("pad_top", json!(height.pad_before)),
                ("pad_bottom", json!(height.pad_after)),
            ]);
        }
        if self.flavour == ConvFlavour::FoldedBatchNorm {
            // What the batch normalization says of itself.
            let elements = self.output_pixels() * self.n_filt;
            attributes.extend([("n_in", json!(elements)), ("n_out", json!(elements))]);
        }
        if self.flavour == ConvFlavour::Depthwise {
            attributes.push(("depth_multiplier", json!(self.depth_multiplier())));
        }
        if self.transposed {
            attributes.push(("_weights_transposed", json!(true)));
        }
        attributes
    }
}
