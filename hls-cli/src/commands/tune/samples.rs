//! The samples that a network is tuned on: all of them, or some.

use std::num::NonZeroUsize;

use anyhow::anyhow;
use hls_model::emulate::Emulator;
use hls_model::graph::Graph;
use hls_model::samples::{LabelledBatch, LabelledFile};
use hls_model::score::Truth;
use hls_runner::CancelToken;
use ndarray::{Array2, Axis, concatenate};

use crate::error::CliError;

/// Samples with their labels.
pub struct Samples {
    /// For each input of the model `[samples, elements]`.
    pub inputs: Vec<Array2<f32>>,
    /// The labels.
    pub truth: Truth,
}

/// Which samples to keep.
struct Choice {
    at_most: Option<usize>,
    /// Samples in all, where that is known before they are read.
    total: Option<usize>,
}

impl Samples {
    /// Reads them; `at_most` of them, evenly spread, so that sorted samples are not cut off.
    pub fn read(
        file: &LabelledFile,
        graph: &Graph,
        at_most: Option<NonZeroUsize>,
        cancel: &CancelToken,
    ) -> Result<Self, CliError> {
        let emulator = Emulator::new(graph).map_err(CliError::failed)?;
        let wanted = file.wanted_by(emulator.inputs()).map_err(CliError::usage)?;
        let mut stream = file.read(&wanted).map_err(CliError::usage)?;
        let choice = Choice { at_most: at_most.map(NonZeroUsize::get), total: stream.samples() };
        let mut batches = Vec::new();
        while let Some(batch) = stream.next_batch().map_err(CliError::usage)? {
            let rows: Vec<usize> = (0..batch.len()).filter(|row| choice.keeps(batch.first + row)).collect();
            batches.push(chosen(&batch, &rows));
            if cancel.is_cancelled() {
                return Err(CliError::interrupted(anyhow!("interrupted; nothing was written")));
            }
        }
        // Where the number of samples was not known, now it is.
        let total = batches.iter().map(LabelledBatch::len).sum();
        let late = Choice { total: Some(total), ..choice };
        if choice.total.is_none() && choice.at_most.is_some() {
            let mut first = 0;
            for batch in &mut batches {
                let rows: Vec<usize> = (0..batch.len()).filter(|row| late.keeps(first + row)).collect();
                first += batch.len();
                *batch = chosen(batch, &rows);
            }
        }
        let mut truth = Truth::default();
        batches.iter().for_each(|batch| truth.add_batch(batch));
        let input = |at: usize| {
            let views: Vec<_> =
                batches.iter().filter_map(|batch| batch.arrays.get(at)).map(|a| a.view()).collect();
            concatenate(Axis(0), &views).map_err(CliError::failed)
        };
        Ok(Self { inputs: (0..wanted.len()).map(input).collect::<Result<_, _>>()?, truth })
    }
}

impl Choice {
    /// Whether a sample is one of those that are evenly spread over all.
    fn keeps(&self, sample: usize) -> bool {
        let (Some(at_most), Some(total)) = (self.at_most, self.total) else { return true };
        // The first of each of so many equal parts.
        let part = |sample: usize| (sample as u128 * at_most as u128 / total.max(1) as u128) as usize;
        at_most >= total || sample == 0 || part(sample) != part(sample - 1)
    }
}

fn chosen(batch: &LabelledBatch, rows: &[usize]) -> LabelledBatch {
    LabelledBatch {
        first: batch.first,
        arrays: batch.arrays.iter().map(|array| array.select(Axis(0), rows)).collect(),
        labels: batch.labels.select(Axis(0), rows),
        weights: batch.weights.as_ref().map(|weights| rows.iter().map(|&row| weights[row]).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_evenly_spread() {
        let kept = |at_most, total| {
            let choice = Choice { at_most: Some(at_most), total: Some(total) };
            (0..total).filter(|&sample| choice.keeps(sample)).collect::<Vec<_>>()
        };
        assert_eq!(kept(3, 9), [0, 3, 6]);
        assert_eq!(kept(4, 10), [0, 3, 5, 8]);
        assert_eq!(kept(10, 4), [0, 1, 2, 3]);
    }
}
