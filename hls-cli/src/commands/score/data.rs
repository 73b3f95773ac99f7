//! The samples: in memory if they fit, otherwise read again for each group of models.

use hls_model::samples::{LabelledBatch, LabelledFile, SampleError, Wanted};
use hls_model::score::Truth;
use hls_runner::CancelToken;

/// Numbers of samples that are kept in memory, 4 bytes each.
const KEPT_NUMBERS: usize = 1 << 28;

/// The samples that some models read.
pub struct Data {
    /// What the models read of the file.
    pub wanted: Vec<Wanted>,
    /// Labels and weights of all samples.
    pub truth: Truth,
    /// The samples; `None` if they are too many.
    pub kept: Option<Vec<LabelledBatch>>,
}

impl Data {
    /// Reads the samples once. An interruption ends that early.
    pub fn read(file: &LabelledFile, wanted: Vec<Wanted>, cancel: &CancelToken) -> Result<Self, SampleError> {
        let mut stream = file.read(&wanted)?;
        let (mut truth, mut kept, mut numbers) = (Truth::default(), Some(Vec::new()), 0);
        while let Some(batch) = stream.next_batch()? {
            truth.add_batch(&batch);
            numbers += batch.numbers();
            if numbers > KEPT_NUMBERS {
                kept = None;
            }
            if let Some(kept) = &mut kept {
                kept.push(batch);
            }
            if cancel.is_cancelled() {
                break;
            }
        }
        Ok(Self { wanted, truth, kept })
    }

    /// The places of arrays among those that were read; `None` if one was not.
    pub fn places(&self, wanted: &[Wanted]) -> Option<Vec<usize>> {
        wanted.iter().map(|wanted| self.wanted.iter().position(|known| known == wanted)).collect()
    }
}
