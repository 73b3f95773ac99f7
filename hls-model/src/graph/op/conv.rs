//! Convolutions over arrays whose last axis holds the channels.

use crate::config::Strategy;
use serde_json::{Value, json};

/// A convolution over one or two axes: a matrix product for each output pixel.
#[derive(Debug, Clone, PartialEq)]
pub struct Conv {
    /// Which of hls4ml's classes, and so which kernel.
    pub flavour: ConvFlavour,
    /// The first of two axes; `None` for a convolution over one.
    pub height: Option<ConvAxis>,
    /// The only or the second axis.
    pub width: ConvAxis,
    /// Channels of the input.
    pub n_chan: usize,
    /// Channels of the output.
    pub n_filt: usize,
    /// How products share multipliers.
    pub strategy: Strategy,
    /// Output pixels that are computed side by side, as hls4ml reports it; `n_partitions` is what counts.
    pub parallelization_factor: u64,
    /// Groups of pixels that are computed one after the other.
    pub n_partitions: usize,
    /// Whether the weights have been turned to `[n_filt, …, n_chan]`, as the resource strategy wants them.
    pub transposed: bool,
}

/// Which of hls4ml's classes a convolution is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConvFlavour {
    /// `Conv1D` and `Conv2D`
    Full,
    /// `PointwiseConv1D` and `PointwiseConv2D`: a filter of one pixel.
    Pointwise,
}

/// A convolution along one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvAxis {
    /// Pixels of the input.
    pub input: usize,
    /// Pixels of the output.
    pub output: usize,
    /// Pixels of the filter.
    pub filter: usize,
    /// Distance between neighbouring places of the filter.
    pub stride: usize,
    /// Zeros in front of the input.
    pub pad_before: usize,
    /// Zeros behind the input.
    pub pad_after: usize,
}

impl ConvAxis {
    /// A filter of one pixel that goes to every pixel.
    pub(crate) fn pointwise(pixels: usize) -> Self {
        Self { input: pixels, output: pixels, filter: 1, stride: 1, pad_before: 0, pad_after: 0 }
    }

    /// The input pixel under one of the filter's, for an output pixel; `None` for padding.
    pub(crate) fn input_at(&self, output: usize, filter: usize) -> Option<usize> {
        let padded = output * self.stride + filter;
        padded.checked_sub(self.pad_before).filter(|&pixel| pixel < self.input)
    }
}

impl Conv {
    /// Height, where there is one, and width.
    pub fn axes(&self) -> impl Iterator<Item = &ConvAxis> {
        self.height.iter().chain([&self.width])
    }

    /// Elements of the input.
    pub fn input_len(&self) -> usize {
        self.axes().map(|axis| axis.input).product::<usize>() * self.n_chan
    }

    /// Pixels of the output.
    pub fn output_pixels(&self) -> usize {
        self.axes().map(|axis| axis.output).product()
    }

    /// Pixels of the filter.
    pub fn kernel_size(&self) -> usize {
        self.axes().map(|axis| axis.filter).product()
    }

    /// Whether hls4ml computes all pixels at once, as one Dense over the whole tensor.
    pub fn is_batched(&self) -> bool {
        self.height.is_none()
            && self.kernel_size() == 1
            && self.strategy == Strategy::Latency
            && self.n_partitions == 1
    }

    pub(super) fn class_name(&self) -> &'static str {
        match (self.flavour, &self.height) {
            (ConvFlavour::Full, None) => "Conv1D",
            (ConvFlavour::Full, Some(_)) => "Conv2D",
            (ConvFlavour::Pointwise, None) => "PointwiseConv1D",
            (ConvFlavour::Pointwise, Some(_)) => "PointwiseConv2D",
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
        if self.transposed {
            attributes.push(("_weights_transposed", json!(true)));
        }
        attributes
    }
}
