//! Which format a file has. Its content says so, never its name.

use super::assemble;
use super::error::Problem;
use super::h5::{self, H5Library};
use super::keras::KerasModel;
use super::keras3::container;

/// Makes a model of the bytes of a file.
type Reader = fn(H5Library, &[u8]) -> Result<KerasModel, Problem>;

/// A file format.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// What messages call a file of this format.
    pub name: &'static str,
    /// Whether the bytes carry its signature.
    matches: fn(&[u8]) -> bool,
    /// What reads it; without one it is recognised only to be refused by name.
    read: Option<Reader>,
}

/// Every format that is recognised, in the order in which the signatures are tried.
pub const FORMATS: &[Format] = &[
    // Before HDF5, whose signature may come later in a file: an archive holds such a file unpacked.
    Format {
        name: "a Keras 3 archive",
        matches: container::has_signature,
        read: Some(assemble::read_archive),
    },
    Format { name: "an HDF5 file", matches: h5::has_signature, read: Some(assemble::read_h5) },
    Format { name: "gzip data", matches: |bytes| bytes.starts_with(b"\x1f\x8b"), read: None },
    Format {
        name: "a git-lfs pointer (run `git lfs pull`)",
        matches: |bytes| bytes.starts_with(b"version htt"),
        read: None,
    },
    Format { name: "JSON text", matches: |bytes| bytes.starts_with(b"{"), read: None },
    Format { name: "text", matches: is_text, read: None },
];

/// Reads a model with the reader of its format.
pub(super) fn read(library: H5Library, bytes: &[u8]) -> Result<KerasModel, Problem> {
    if bytes.is_empty() {
        return Err(Problem::Empty);
    }
    if h5::is_cut_within_signature(bytes) {
        return Err(Problem::Truncated { expected: h5::SMALLEST_FILE_BYTES, actual: bytes.len() as u64 });
    }
    let format = FORMATS.iter().find(|format| (format.matches)(bytes));
    match format.and_then(|format| format.read) {
        Some(read) => read(library, bytes),
        None => Err(Problem::NotAModel { found: format.map_or("something else", |format| format.name) }),
    }
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().take(512).all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace())
}
