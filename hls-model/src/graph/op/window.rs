//! Windows that slide over an image: the filters of convolutions, the pools of poolings.

/// A window that slides along one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowAxis {
    /// Pixels of the input.
    pub input: usize,
    /// Pixels of the output.
    pub output: usize,
    /// Pixels of the window: of the filter, of the pool.
    pub filter: usize,
    /// Distance between neighbouring places of the window.
    pub stride: usize,
    /// Distance between neighbouring pixels of the window (1 unless hls4ml could not convert the model at all).
    pub dilation: usize,
    /// Zeros in front of the input.
    pub pad_before: usize,
    /// Zeros after the input.
    pub pad_after: usize,
}

impl WindowAxis {
    /// A window of one pixel that goes to every pixel.
    pub(crate) fn pointwise(pixels: usize) -> Self {
        Self { input: pixels, output: pixels, filter: 1, stride: 1, dilation: 1, pad_before: 0, pad_after: 0 }
    }

    /// The same window over an input that has the zeros in it.
    pub(crate) fn padded(self) -> Self {
        Self { input: self.pad_before + self.input + self.pad_after, pad_before: 0, pad_after: 0, ..self }
    }

    /// The input pixel under a pixel of the window; `None` in the padding.
    #[must_use]
    pub fn source(&self, output: usize, inside: usize) -> Option<usize> {
        let padded = output * self.stride + inside * self.dilation;
        padded.checked_sub(self.pad_before).filter(|&pixel| pixel < self.input)
    }
}

/// The input pixels in the window of an output pixel, all in C order; `None` in the padding.
pub(super) fn window(
    height: Option<WindowAxis>,
    width: WindowAxis,
    pixel: usize,
) -> impl Iterator<Item = Option<usize>> {
    let height = height.unwrap_or(WindowAxis::pointwise(1));
    let (row, col) = (pixel / width.output.max(1), pixel % width.output.max(1));
    (0..height.filter * width.filter).map(move |i| {
        let y = height.source(row, i / width.filter)?;
        Some(y * width.input + width.source(col, i % width.filter)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_hold_the_pixels_under_the_filter() {
        let axis = |input, filter, stride, dilation| WindowAxis {
            input,
            output: 2,
            filter,
            stride,
            dilation,
            pad_before: 1,
            pad_after: 0,
        };
        let (height, width) = (axis(3, 2, 2, 1), axis(4, 2, 1, 2));
        let table = [
            (0, [None, None, None, Some(1)]),
            (1, [None, None, Some(0), Some(2)]),
            (2, [None, Some(5), None, Some(9)]),
            (3, [Some(4), Some(6), Some(8), Some(10)]),
        ];
        for (pixel, expected) in table {
            assert_eq!(window(Some(height), width, pixel).collect::<Vec<_>>(), expected, "pixel {pixel}");
        }
    }
}
