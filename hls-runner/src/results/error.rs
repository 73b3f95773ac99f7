//! Why there is no summary.

use std::io;
use std::path::PathBuf;

use crate::plan::jobs::DEFAULT_OUTPUT;
use crate::results::write::RESULTS_FILE;

/// Why there is no summary.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SummaryError {
    /// There is no such place.
    #[error("{} does not exist; give the output folder of a sweep (by default INPUT_DIR/{DEFAULT_OUTPUT})", dir.display())]
    NoPlace {
        /// The place.
        dir: PathBuf,
    },
    /// There are no results.
    #[error(
        "there is no {RESULTS_FILE} in {}, and no project folder hls_*/ or archive hls_*.tar.gz with reports that could be read instead; \
         give the output folder of a sweep (by default INPUT_DIR/{DEFAULT_OUTPUT})",
        dir.display()
    )]
    NoResults {
        /// Where they were looked for.
        dir: PathBuf,
    },
    /// The place is one project of a sweep.
    #[error("{} is the project folder of one job; give the folder that holds it: {}", dir.display(), parent.display())]
    OneJob {
        /// The place.
        dir: PathBuf,
        /// Where the results are, or would be.
        parent: PathBuf,
    },
    /// Several folders in the place have results.
    #[error("{} has the results of several sweeps; give one of them: {}", dir.display(), names.join(", "))]
    Several {
        /// The place.
        dir: PathBuf,
        /// The names of the folders in it.
        names: Vec<String>,
    },
    /// The system would not give the file or the folder.
    #[error("{} could not be read: {source}; check its permissions", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not what a sweep writes.
    #[error(
        "{} is not the results file of a sweep: {why}; give the {RESULTS_FILE} that hls-cli or a script wrote, or its folder",
        path.display()
    )]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}
