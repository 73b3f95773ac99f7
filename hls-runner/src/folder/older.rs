//! Results that newer ones replace.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A folder that an attempt may replace, recognised whatever happens to its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Older {
    device: u64,
    inode: u64,
}

impl Older {
    /// The folder that has this name now.
    pub(crate) fn at(folder: &Path) -> Option<Self> {
        let found = fs::symlink_metadata(folder).ok()?;
        found.is_dir().then(|| Self { device: found.dev(), inode: found.ino() })
    }
}
