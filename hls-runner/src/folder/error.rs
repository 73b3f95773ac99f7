//! What can be wrong with a job's folder.

use std::path::PathBuf;

/// Why a project folder could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// Something that we did not write has the folder's name.
    #[error(
        "{} is in the way: it was not written by this program (no project.tcl in it), so it is not \
         replaced; move it away or choose another output folder",
        path.display()
    )]
    Foreign {
        /// The path.
        path: PathBuf,
    },
    /// An older folder could not be removed, or a new one not be made.
    #[error(
        "project folder {} could not be prepared; check the free space and the permissions",
        path.display()
    )]
    Io {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The results could not be put where they belong.
    #[error("the results could not be put at {}; check the free space and the permissions", path.display())]
    Commit {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
