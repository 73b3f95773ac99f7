//! The samples: in memory if they fit, otherwise read again for each group of models.

use hls_model::samples::{LabelledBatch, LabelledFile, SampleError, Wanted};
use hls_model::score::Truth;
use hls_runner::CancelToken;

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
    /// Reads the samples once, and keeps them if they take no more than so many bytes. An interruption ends that early.
    pub fn read(
        file: &LabelledFile,
        wanted: Vec<Wanted>,
        max_bytes: u64,
        cancel: &CancelToken,
    ) -> Result<Self, SampleError> {
        let mut stream = file.read(&wanted)?;
        let (mut truth, mut kept, mut bytes) = (Truth::default(), Some(Vec::new()), 0);
        while let Some(batch) = stream.next_batch()? {
            truth.add_batch(&batch);
            bytes += (size_of::<f32>() * batch.numbers()) as u64;
            if bytes > max_bytes {
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
