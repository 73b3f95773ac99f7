//! What the commands that compute on samples have in common.

use std::num::NonZeroUsize;
use std::path::Path;

use anyhow::{Context, Error, anyhow};
use hls_model::samples::NotFinite;
use hls_runner::CancelToken;

use crate::error::CliError;

/// Limits the emulator to a number of threads.
pub fn use_threads(threads: Option<NonZeroUsize>) -> Result<(), CliError> {
    let Some(threads) = threads else { return Ok(()) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build_global();
    pool.context("--threads").map_err(CliError::failed)
}

/// The result of the work, or whether it was interrupted, and what can be done about NaN and infinity in samples.
pub fn conclude<T>(result: Result<T, Error>, input: &Path, cancel: &CancelToken) -> Result<T, CliError> {
    result.map_err(|error| match error.downcast::<NotFinite>() {
        _ if cancel.is_cancelled() => CliError::interrupted(anyhow!("interrupted; nothing was written")),
        Ok(sample) => {
            let advice = "correct the sample, or add --non-finite cast to compute with that value";
            CliError::usage(anyhow!("{}: {sample}: {advice}", input.display()))
        }
        Err(error) => CliError::failed(error),
    })
}
