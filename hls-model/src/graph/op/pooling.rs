//! Poolings.

use serde_json::{Value, json};

use super::inference::{Extent, Known};
use super::window::{WindowAxis, window};
use crate::precision::Precision;

/// What a pooling does with the pixels of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolOp {
    /// Keeps the largest.
    Max,
    /// Takes the mean of those inside the input.
    Average,
}

impl PoolOp {
    /// hls4ml's word, as in `nnet::Max`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Max => "Max",
            Self::Average => "Average",
        }
    }
}

/// Windows of pixels become one, channel by channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Pooling {
    /// How.
    pub op: PoolOp,
    /// The first of two axes; `None` for a pooling over one.
    pub height: Option<WindowAxis>,
    /// The only or the second axis.
    pub width: WindowAxis,
    /// Channels.
    pub n_filt: usize,
}

impl Pooling {
    /// Height, where there is one, and width.
    pub fn axes(&self) -> impl Iterator<Item = &WindowAxis> {
        self.height.iter().chain([&self.width])
    }

    /// Pixels of a window, those in the padding among them.
    #[must_use]
    pub fn pool_size(&self) -> usize {
        self.axes().map(|axis| axis.filter).product()
    }

    /// Elements of the input.
    #[must_use]
    pub fn input_len(&self) -> usize {
        self.axes().map(|axis| axis.input).product::<usize>() * self.n_filt
    }

    /// The input pixels in the window of an output pixel, both in C order; `None` in the padding. hls4ml's maximum takes the
    /// most negative number of the input's type for padding, or (its mistake) half the range of an unsigned type.
    pub fn window(&self, pixel: usize) -> impl Iterator<Item = Option<usize>> {
        window(self.height, self.width, pixel)
    }

    /// The accumulator; hls4ml does not apply the maximum here.
    pub(super) fn sum_type(&self, known: &Known) -> Precision {
        match (self.op, known.extent(0)) {
            (PoolOp::Max, _) => known.input(0),
            (PoolOp::Average, None) => known.default,
            (PoolOp::Average, Some(extent)) => {
                let sum = extent.summed(self.pool_size());
                // As many bits again after the point, for the quotient.
                let quotient = sum.width - extent.width;
                Extent { width: sum.width + quotient, ..sum }.ty().into()
            }
        }
    }

    pub(super) fn class_name(&self) -> &'static str {
        if self.height.is_some() { "Pooling2D" } else { "Pooling1D" }
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        let width = &self.width;
        let mut attributes = vec![
            ("n_filt", json!(self.n_filt)),
            ("pool_width", json!(width.filter)),
            ("stride_width", json!(width.stride)),
            ("pad_left", json!(width.pad_before)),
            ("pad_right", json!(width.pad_after)),
            ("pool_op", json!(self.op.as_str())),
            ("count_pad", json!(false)),
            ("implementation", json!("linebuffer")),
        ];
        match &self.height {
            None => attributes.extend([("n_in", json!(width.input)), ("n_out", json!(width.output))]),
            Some(height) => attributes.extend([
                ("in_height", json!(height.input)),
                ("in_width", json!(width.input)),
                ("out_height", json!(height.output)),
                ("out_width", json!(width.output)),
                ("pool_height", json!(height.filter)),
                ("stride_height", json!(height.stride)),
                ("pad_top", json!(height.pad_before)),
                ("pad_bottom", json!(height.pad_after)),
            ]),
        }
        attributes
    }
}

/// All pixels become one, channel by channel.
#[derive(Debug, Clone, PartialEq)]
pub struct GlobalPooling {
    /// How.
    pub op: PoolOp,
    /// Extent of the first of two axes; `None` for a pooling over one.
    pub height: Option<usize>,
    /// Extent of the only or the second axis.
    pub width: usize,
    /// Channels.
    pub n_filt: usize,
}

impl GlobalPooling {
    /// Pixels of the input.
    #[must_use]
    pub fn pixels(&self) -> usize {
        self.height.unwrap_or(1) * self.width
    }

    pub(super) fn class_name(&self) -> &'static str {
        if self.height.is_some() { "GlobalPooling2D" } else { "GlobalPooling1D" }
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        let mut attributes = vec![("n_filt", json!(self.n_filt)), ("pool_op", json!(self.op.as_str()))];
        match self.height {
            None => attributes.push(("n_in", json!(self.width))),
            Some(height) => {
                attributes.extend([("in_height", json!(height)), ("in_width", json!(self.width))]);
            }
        }
        attributes
    }
}
