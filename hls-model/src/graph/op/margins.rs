//! Zeros around an image and between its pixels, and pixels cut off from it.

use serde_json::{Value, json};

/// What is added at, or taken from, both ends of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarginAxis {
    /// Pixels of the input.
    pub input: usize,
    /// Pixels of the output.
    pub output: usize,
    /// Pixels in front.
    pub before: usize,
    /// Pixels after.
    pub after: usize,
}

/// Zeros around an image, and between its pixels where a transposed convolution needs them.
#[derive(Debug, Clone, PartialEq)]
pub struct ZeroPadding {
    /// The first of two axes; `None` for a sequence of pixels.
    pub height: Option<MarginAxis>,
    /// The only or the second axis.
    pub width: MarginAxis,
    /// Channels.
    pub n_chan: usize,
    /// Distances, from 1, of neighbouring pixels of the input in the output.
    pub spacing: Spacing,
}

/// A distance along each axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spacing {
    /// Along the first of two axes.
    pub height: usize,
    /// Along the only or the second axis.
    pub width: usize,
}

impl Spacing {
    /// Neighbours stay neighbours.
    pub const NONE: Self = Self { height: 1, width: 1 };
}

/// The inner part of an image.
#[derive(Debug, Clone, PartialEq)]
pub struct Cropping {
    /// The first of two axes; `None` for a sequence of pixels.
    pub height: Option<MarginAxis>,
    /// The only or the second axis.
    pub width: MarginAxis,
    /// Channels.
    pub n_chan: usize,
}

impl MarginAxis {
    /// The pixel of the input at a place of the padded output.
    fn pixel(&self, place: usize, spacing: usize) -> Option<usize> {
        let inside = place.checked_sub(self.before)?;
        let pixel = inside / spacing.max(1);
        (inside.is_multiple_of(spacing.max(1)) && pixel < self.input).then_some(pixel)
    }
}

/// An axis with one pixel and no margins.
const FLAT: MarginAxis = MarginAxis { input: 1, output: 1, before: 0, after: 0 };

impl ZeroPadding {
    /// Elements of the input.
    #[must_use]
    pub fn input_len(&self) -> usize {
        self.height.unwrap_or(FLAT).input * self.width.input * self.n_chan
    }

    /// The input element that an output element copies; `None` for a zero.
    #[must_use]
    pub fn source(&self, element: usize) -> Option<usize> {
        let (height, width) = (self.height.unwrap_or(FLAT), self.width);
        let (row, col, channel) = split(element, &width, self.n_chan);
        let y = height.pixel(row, self.spacing.height)?;
        let x = width.pixel(col, self.spacing.width)?;
        Some((y * width.input + x) * self.n_chan + channel)
    }

    /// Whether there are zeros between the pixels, too.
    #[must_use]
    pub fn spreads(&self) -> bool {
        self.spacing != Spacing::NONE
    }

    pub(super) fn class_name(&self) -> &'static str {
        if self.height.is_some() { "ZeroPadding2D" } else { "ZeroPadding1D" }
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        let sides = ["pad_top", "pad_bottom", "pad_left", "pad_right"];
        let mut attributes = attributes(self.height, self.width, self.n_chan, sides);
        if self.spreads() {
            attributes.push(("spacing_width", json!(self.spacing.width)));
        }
        if self.spreads() && self.height.is_some() {
            attributes.push(("spacing_height", json!(self.spacing.height)));
        }
        attributes
    }
}

impl Cropping {
    /// Elements of the input.
    #[must_use]
    pub fn input_len(&self) -> usize {
        self.height.unwrap_or(FLAT).input * self.width.input * self.n_chan
    }

    /// The input element that an output element copies.
    #[must_use]
    pub fn source(&self, element: usize) -> usize {
        let (height, width) = (self.height.unwrap_or(FLAT), self.width);
        let (row, col, channel) = split(element, &width, self.n_chan);
        ((row + height.before) * width.input + col + width.before) * self.n_chan + channel
    }

    pub(super) fn class_name(&self) -> &'static str {
        if self.height.is_some() { "Cropping2D" } else { "Cropping1D" }
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        attributes(
            self.height,
            self.width,
            self.n_chan,
            ["crop_top", "crop_bottom", "crop_left", "crop_right"],
        )
    }
}

/// Row, column and channel of an output element.
fn split(element: usize, width: &MarginAxis, n_chan: usize) -> (usize, usize, usize) {
    let (pixel, channel) = (element / n_chan.max(1), element % n_chan.max(1));
    (pixel / width.output.max(1), pixel % width.output.max(1), channel)
}

fn attributes(
    height: Option<MarginAxis>,
    width: MarginAxis,
    n_chan: usize,
    [top, bottom, left, right]: [&'static str; 4],
) -> Vec<(&'static str, Value)> {
    let mut attributes = vec![
        ("n_chan", json!(n_chan)),
        ("in_width", json!(width.input)),
        ("out_width", json!(width.output)),
        (left, json!(width.before)),
        (right, json!(width.after)),
    ];
    if let Some(height) = height {
        attributes.extend([
            ("in_height", json!(height.input)),
            ("out_height", json!(height.output)),
            (top, json!(height.before)),
            (bottom, json!(height.after)),
        ]);
    }
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_and_cropping_undo_each_other() {
        let axis = |input, before, after| MarginAxis { input, output: input + before + after, before, after };
        let inverse = |a: MarginAxis| MarginAxis { input: a.output, output: a.input, ..a };
        let (height, width) = (axis(2, 1, 0), axis(3, 0, 2));
        let padding = ZeroPadding { height: Some(height), width, n_chan: 2, spacing: Spacing::NONE };
        let cropping = Cropping { height: Some(inverse(height)), width: inverse(width), n_chan: 2 };
        for element in 0..padding.input_len() {
            assert_eq!(padding.source(cropping.source(element)), Some(element));
        }
        let copied = (0..cropping.input_len()).filter(|&e| padding.source(e).is_some()).count();
        assert_eq!((copied, padding.source(0), padding.source(10)), (12, None, Some(0)));
    }

    #[test]
    fn zeros_come_between_pixels() {
        let height = MarginAxis { input: 2, output: 4, before: 0, after: 0 };
        let width = MarginAxis { input: 2, output: 5, before: 1, after: 1 };
        let spacing = Spacing { height: 3, width: 2 };
        let padding = ZeroPadding { height: Some(height), width, n_chan: 1, spacing };
        let copied: Vec<_> = (0..20).filter_map(|place| Some((place, padding.source(place)?))).collect();
        assert_eq!(copied, [(1, 0), (3, 1), (16, 2), (18, 3)]);
    }
}
