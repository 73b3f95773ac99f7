//! The binary files of the test bench's `--raw` mode, for programs that run a network's C simulation.
//!
//! Samples go in as float32, all inputs of a sample one after another. Outputs come out as the bits of each number, so nothing is
//! rounded, whatever the output's type; layer outputs (the trace) as float64. Everything is in this machine's byte order: the files
//! pass between processes on one machine.

use hls_model::graph::{Graph, Tensor};

use crate::options::Trace;
use crate::vitis::layers;
use crate::vitis::project::is_traced;

/// Bits that one word of an output holds.
const WORD_BITS: u32 = 64;

/// Why a file is not the output of a network's test bench.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RawError {
    /// The file has the wrong length.
    #[error(
        "the C simulation wrote {found} bytes, but {samples} samples of {what} need {expected}; perhaps it was stopped, or the disk was full"
    )]
    Length {
        /// Bytes found.
        found: usize,
        /// Bytes that there should be.
        expected: usize,
        /// Number of samples.
        samples: usize,
        /// Outputs or trace.
        what: &'static str,
    },
    /// A number is wider than can be handled.
    #[error(
        "output \"{tensor}\" has numbers of {width} bits, but at most 128 can be read; give it a narrower precision"
    )]
    TooWide {
        /// The tensor.
        tensor: String,
        /// Its width.
        width: u32,
    },
}

/// Float32 samples as the test bench reads them.
pub fn encode_samples(samples: impl IntoIterator<Item = f32>) -> Vec<u8> {
    samples.into_iter().flat_map(f32::to_ne_bytes).collect()
}

/// The outputs of `samples` samples: for each output of the graph its raw numbers, sample after sample.
///
/// The value of a raw number is `raw · 2^-frac`, see [`FixedType::to_f64`](hls_model::fixed::FixedType::to_f64) of the output's
/// [`storage`](hls_model::precision::Precision::storage).
///
/// # Errors
/// When the bytes are not that many samples, or an output is wider than 128 bits.
pub fn decode_outputs(graph: &Graph, samples: usize, bytes: &[u8]) -> Result<Vec<Vec<i128>>, RawError> {
    let tensors: Vec<&Tensor> = graph.outputs.iter().map(|&id| graph.tensor(id)).collect();
    if let Some(wide) = tensors.iter().find(|tensor| tensor.ty.precision.width() > 128) {
        return Err(RawError::TooWide { tensor: wide.name.clone(), width: wide.ty.precision.width() });
    }
    let words: usize = tensors.iter().map(|tensor| tensor.len().saturating_mul(words_of(tensor))).sum();
    check_length(bytes, samples, words, "these outputs")?;
    let mut rest = bytes;
    let mut outputs: Vec<Vec<i128>> =
        tensors.iter().map(|tensor| Vec::with_capacity(tensor.len() * samples)).collect();
    for _ in 0..samples {
        for (tensor, output) in tensors.iter().zip(&mut outputs) {
            output.extend((0..tensor.len()).map(|_| number(tensor, &mut rest)));
        }
    }
    Ok(outputs)
}

/// The layer outputs of `samples` samples: for each traced layer its name and its values, sample after sample.
///
/// # Errors
/// When the bytes are not that many samples.
pub fn decode_trace(
    graph: &Graph,
    trace: Trace,
    samples: usize,
    bytes: &[u8],
) -> Result<Vec<(String, Vec<f64>)>, RawError> {
    let nodes = graph.nodes().filter(|node| is_traced(node, trace) && layers::computes(&node.op));
    let tensors: Vec<_> = nodes
        .flat_map(|node| layers::recorded(graph, node).map(move |tensor| (node.name.clone(), tensor.len())))
        .collect();
    let words: usize = tensors.iter().map(|(_, len)| len).sum();
    check_length(bytes, samples, words, "this trace")?;
    let mut rest = bytes;
    let mut traces: Vec<(String, Vec<f64>)> =
        tensors.iter().map(|(name, _)| (name.clone(), Vec::new())).collect();
    for _ in 0..samples {
        for ((_, len), (_, values)) in tensors.iter().zip(&mut traces) {
            values.extend((0..*len).map(|_| f64::from_ne_bytes(next_word(&mut rest))));
        }
    }
    Ok(traces)
}

fn check_length(bytes: &[u8], samples: usize, words: usize, what: &'static str) -> Result<(), RawError> {
    let expected = samples.saturating_mul(words).saturating_mul(8);
    if bytes.len() == expected {
        Ok(())
    } else {
        Err(RawError::Length { found: bytes.len(), expected, samples, what })
    }
}

fn words_of(tensor: &Tensor) -> usize {
    usize::try_from(tensor.ty.precision.width().div_ceil(WORD_BITS)).unwrap_or(usize::MAX)
}

fn number(tensor: &Tensor, rest: &mut &[u8]) -> i128 {
    let mut bits = 0_u128;
    for shift in (0..words_of(tensor)).map(|word| word * 64) {
        bits |= u128::from(u64::from_ne_bytes(next_word(rest))) << shift;
    }
    tensor.ty.precision.storage().read_word(bits)
}

/// Takes eight bytes; the length has been checked, so there are eight.
fn next_word(rest: &mut &[u8]) -> [u8; 8] {
    match rest.split_first_chunk() {
        Some((word, more)) => {
            *rest = more;
            *word
        }
        None => [0; 8],
    }
}
