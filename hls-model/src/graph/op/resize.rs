//! Enlarged images.

use serde_json::{Value, json};

/// Each pixel repeated along both axes (nearest neighbour).
#[derive(Debug, Clone, PartialEq)]
pub struct Resize {
    /// Rows of the input; 1 for a sequence of pixels.
    pub in_height: usize,
    /// Columns of the input.
    pub in_width: usize,
    /// Rows of the output.
    pub out_height: usize,
    /// Columns of the output.
    pub out_width: usize,
    /// Channels.
    pub n_chan: usize,
}

impl Resize {
    /// Elements of the input.
    #[must_use]
    pub fn input_len(&self) -> usize {
        self.in_height * self.in_width * self.n_chan
    }

    /// The input element that an output element copies.
    #[must_use]
    pub fn source(&self, element: usize) -> usize {
        let (pixel, channel) = (element / self.n_chan.max(1), element % self.n_chan.max(1));
        let y = nearest(pixel / self.out_width.max(1), self.in_height, self.out_height);
        let x = nearest(pixel % self.out_width.max(1), self.in_width, self.out_width);
        (y * self.in_width + x) * self.n_chan + channel
    }

    /// The same for a stream, whose kernel repeats each pixel as often as the axes have grown; only whole numbers of times are possible.
    #[must_use]
    pub fn repeated_source(&self, element: usize) -> usize {
        let (pixel, channel) = (element / self.n_chan.max(1), element % self.n_chan.max(1));
        let y = pixel / self.out_width.max(1) * self.in_height / self.out_height.max(1);
        let x = pixel % self.out_width.max(1) * self.in_width / self.out_width.max(1);
        (y * self.in_width + x) * self.n_chan + channel
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("in_height", json!(self.in_height)),
            ("in_width", json!(self.in_width)),
            ("out_height", json!(self.out_height)),
            ("out_width", json!(self.out_width)),
            ("n_chan", json!(self.n_chan)),
            ("algorithm", json!("nearest")),
            ("align_corners", json!(false)),
        ]
    }
}

/// hls4ml's choice of the nearest pixel, in steps of 2⁻¹⁶ that are a little too long: after very many pixels it is one ahead
/// (but, unlike hls4ml's, never beyond the last).
fn nearest(pixel: usize, input: usize, output: usize) -> usize {
    const FRACTION: u32 = 16;
    let step = (input << FRACTION) / output.max(1) + 1;
    ((pixel * step) >> FRACTION).min(input.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pixel_is_repeated() {
        let resize = Resize { in_height: 2, in_width: 2, out_height: 4, out_width: 6, n_chan: 1 };
        let (upper, lower) = ([0, 0, 0, 1, 1, 1], [2, 2, 2, 3, 3, 3]);
        let expected = [upper, upper, lower, lower].concat();
        assert_eq!((0..24).map(|e| resize.source(e)).collect::<Vec<_>>(), expected);
        assert_eq!((0..24).map(|e| resize.repeated_source(e)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn arrays_and_streams_part_after_very_many_pixels() {
        let resize = Resize { in_height: 1, in_width: 1 << 15, out_height: 1, out_width: 1 << 16, n_chan: 1 };
        let at = (1 << 15) + 1;
        assert_eq!((resize.source(at), resize.repeated_source(at)), (at / 2 + 1, at / 2));
    }
}
