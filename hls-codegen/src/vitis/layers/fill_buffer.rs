//! Which inputs lie under the filter of a convolution, written out pixel by pixel.
//!
//! HLS makes poor hardware from loops that compute these positions. So each convolution gets a class of its own with one statement for
//! each run of neighbouring inputs, in place of hls4ml's one for each input.

use hls_model::graph::op::Conv;
use serde::Serialize;

use super::Layer;
use crate::CodegenError;
use crate::vitis::{cpp, templates};

/// What `layers/fill_buffer.h` is filled with.
#[derive(Serialize)]
struct FillBufferContext<'a> {
    comment: String,
    class: &'a str,
    rank: usize,
    /// Statements for each partition; none where every window is the pixel with the output pixel's number.
    partitions: Vec<Vec<String>>,
}

/// Neighbouring elements of a window that are neighbours in the input as well, or zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    /// The first element within the window.
    to: usize,
    /// The first element of the input; `None` for zeros.
    from: Option<usize>,
    len: usize,
}

/// The class, as hls4ml names it.
pub(super) fn class(layer: Layer<'_>) -> String {
    format!("fill_buffer_{}", layer.node.index)
}

/// The class's definition.
pub(super) fn kernel(layer: Layer<'_>, op: &Conv) -> Result<String, CodegenError> {
    let context = FillBufferContext {
        comment: cpp::comment(&layer.node.name),
        class: &class(layer),
        rank: op.axes().count(),
        partitions: if op.is_pixelwise() { Vec::new() } else { partitions(op) },
    };
    templates::render("firmware/layers/fill_buffer.h", &context)
}

fn partitions(op: &Conv) -> Vec<Vec<String>> {
    let pixels = op.output_pixels() / op.n_partitions.max(1);
    let statements = |partition: usize| {
        let windows = (0..pixels).map(|slot| (slot, runs(op, partition * pixels + slot)));
        windows.flat_map(|(slot, runs)| runs.into_iter().map(move |run| run.statement(slot))).collect()
    };
    (0..op.n_partitions).map(statements).collect()
}

/// The window of an output pixel.
fn runs(op: &Conv, pixel: usize) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (i, source) in op.window(pixel).enumerate() {
        let next = Run { to: i * op.n_chan, from: source.map(|s| s * op.n_chan), len: op.n_chan };
        match runs.last_mut() {
            Some(last) if last.from.map(|from| from + last.len) == next.from => last.len += next.len,
            _ => runs.push(next),
        }
    }
    runs
}

impl Run {
    fn statement(self, slot: usize) -> String {
        let Run { to, from, len } = self;
        match from {
            Some(from) => format!("copy<{len}>(buffer[{slot}], {to}, data, {from});"),
            None => format!("clear<{len}>(buffer[{slot}], {to});"),
        }
    }
}

#[cfg(test)]
mod tests {
    use hls_model::config::Strategy;
    use hls_model::graph::op::{ConvFlavour, WindowAxis};

    use super::*;

    #[test]
    fn neighbours_are_copied_together() {
        let axis = WindowAxis {
            input: 3,
            output: 3,
            filter: 2,
            stride: 1,
            dilation: 1,
            pad_before: 0,
            pad_after: 1,
        };
        let conv = Conv {
            flavour: ConvFlavour::Full,
            height: Some(axis),
            width: axis,
            n_chan: 2,
            n_filt: 1,
            strategy: Strategy::Latency,
            parallelization_factor: 1,
            n_partitions: 3,
            transposed: false,
            input_quantizer: None,
        };
        let run = |to, from, len| Run { to, from, len };
        assert_eq!(runs(&conv, 0), [run(0, Some(0), 4), run(4, Some(6), 4)]);
        assert_eq!(
            runs(&conv, 2),
            [run(0, Some(4), 2), run(2, None, 2), run(4, Some(10), 2), run(6, None, 2)]
        );
        assert_eq!(runs(&conv, 8), [run(0, Some(16), 2), run(2, None, 6)]);
        assert_eq!(partitions(&conv)[2][5], "clear<6>(buffer[2], 2);");
    }
}
