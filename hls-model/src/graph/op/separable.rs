//! Separable convolutions, which hls4ml takes apart.

use super::conv::Conv;

/// A depthwise convolution followed by a pointwise one, until a pass puts both in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct SeparableConv {
    /// The filter over each channel.
    pub depthwise: Conv,
    /// The mixing of channels.
    pub pointwise: Conv,
}

impl SeparableConv {
    pub(super) fn class_name(&self) -> &'static str {
        match self.depthwise.height {
            None => "SeparableConv1D",
            Some(_) => "SeparableConv2D",
        }
    }
}
