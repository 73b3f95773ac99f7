//! The zip archive that a `.keras` file is.
//!
//! Nothing in it is trusted: members are taken by their exact names, so that one whose name leads elsewhere is never looked at, and no more
//! of a member is unpacked than a limit, whatever size it claims.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::source::error::Problem;
use crate::source::h5::MAX_TEXT_BYTES;

/// The architecture.
pub(in crate::source) const CONFIG: &str = "config.json";
/// Which version of Keras wrote it, and when.
pub(in crate::source) const METADATA: &str = "metadata.json";
/// The arrays.
pub(in crate::source) const WEIGHTS: &str = "model.weights.h5";

/// An unpacked member may take this many bytes, as a file may (`MAX_FILE_BYTES`).
const MAX_MEMBER_BYTES: u64 = 1 << 30;
/// What a deflated byte can become, rounded up.
const MAX_EXPANSION: u64 = 1100;

/// Whether the bytes begin as a zip archive with members does.
pub(in crate::source) fn has_signature(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// An archive in memory.
pub(in crate::source) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    bytes: u64,
}

impl<'a> Archive<'a> {
    /// Reads the list of members.
    pub(in crate::source) fn open(bytes: &'a [u8]) -> Result<Self, Problem> {
        let zip = ZipArchive::new(Cursor::new(bytes))
            .map_err(|error| Problem::Archive { member: None, reason: error.to_string() })?;
        let archive = Self { zip, bytes: bytes.len() as u64 };
        if archive.zip.index_for_name(CONFIG).is_none() {
            return Err(archive.not_keras());
        }
        Ok(archive)
    }

    /// What the archive is, if it is none of Keras's.
    fn not_keras(&self) -> Problem {
        let has = |end: &str| self.zip.file_names().flatten().any(|name| name.ends_with(end));
        let found = if has(WEIGHTS) {
            "a zip archive without `config.json`"
        } else if has("data.pkl") {
            "a model of PyTorch"
        } else if has("saved_model.pb") {
            "a packed SavedModel"
        } else if has(".npy") {
            "an archive of NumPy arrays"
        } else if has(".keras") || has(".h5") {
            "an archive with model files in it; unpack it and name one of them"
        } else {
            "a zip archive without `config.json`"
        };
        Problem::NotAModel { found }
    }

    /// A member that is text.
    pub(in crate::source) fn text(&self, name: &'static str) -> Result<String, Problem> {
        let bytes = self.unpack(name, MAX_TEXT_BYTES as u64)?;
        String::from_utf8(bytes)
            .map_err(|_| Problem::Archive { member: Some(name), reason: "it is not UTF-8 text".to_owned() })
    }

    /// A member.
    pub(in crate::source) fn bytes(&self, name: &'static str) -> Result<Vec<u8>, Problem> {
        self.unpack(name, MAX_MEMBER_BYTES)
    }

    fn unpack(&self, name: &'static str, limit: u64) -> Result<Vec<u8>, Problem> {
        let wrong = |reason: String| Problem::Archive { member: Some(name), reason };
        // Reading moves a cursor, not the bytes.
        let mut zip = self.zip.clone();
        let member = zip.by_name(name).map_err(|error| match error {
            ZipError::FileNotFound => wrong("it is missing".to_owned()),
            ZipError::UnsupportedArchive(what) => {
                wrong(format!("{what} (members without a password, stored or deflated, are read)"))
            }
            other => wrong(other.to_string()),
        })?;
        let claimed = member.size();
        let limit = limit.min(self.bytes.saturating_mul(MAX_EXPANSION));
        if claimed > limit {
            return Err(wrong(format!("it claims {claimed} bytes, more than the {limit} that are allowed")));
        }
        let mut bytes = Vec::new();
        let read = member.take(limit + 1).read_to_end(&mut bytes);
        read.map_err(|error| wrong(error.to_string()))?;
        match bytes.len() as u64 {
            size if size == claimed => Ok(bytes),
            size => Err(wrong(format!("it has {size} bytes instead of the {claimed} that it claims"))),
        }
    }
}
