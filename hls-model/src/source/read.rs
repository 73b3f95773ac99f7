//! From a path or bytes to a model.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::error::{Problem, SourceError};
use super::format;
use super::h5::H5Library;
use super::keras::KerasModel;

/// Files above this size are refused.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

/// Reads a model file.
///
/// # Errors
/// [`SourceError`] names the file, the layer where one is concerned, what is wrong, and what to do.
pub fn read(path: &Path) -> Result<KerasModel, SourceError> {
    let bytes = load(path).map_err(|problem| SourceError { file: path.to_owned(), problem })?;
    open(&bytes, path)
}

/// Reads a model file that is already in memory; `origin` names it in messages.
///
/// # Errors
/// As [`read`].
pub fn open(bytes: &[u8], origin: &Path) -> Result<KerasModel, SourceError> {
    open_with(H5Library::default(), bytes, origin)
}

/// As [`open`], with a chosen library for HDF5.
///
/// # Errors
/// As [`read`].
pub fn open_with(library: H5Library, bytes: &[u8], origin: &Path) -> Result<KerasModel, SourceError> {
    format::read(library, bytes).map_err(|problem| SourceError { file: origin.to_owned(), problem })
}

fn load(path: &Path) -> Result<Vec<u8>, Problem> {
    let unreadable = |reason: std::io::Error| match reason.kind() {
        std::io::ErrorKind::NotFound => Problem::Missing,
        _ => Problem::Unreadable { reason },
    };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(Problem::Directory);
    }
    let too_large = |size| Problem::TooLarge { size, limit: MAX_FILE_BYTES };
    if metadata.len() > MAX_FILE_BYTES {
        return Err(too_large(metadata.len()));
    }
    // The cap also holds for files that grow and for devices that never end.
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes.len() as u64 {
        size if size > MAX_FILE_BYTES => Err(too_large(size)),
        _ => Ok(bytes),
    }
}
