//! What makes two jobs the same: the model's bytes and everything else that shapes the results.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Two jobs with the same fingerprint have the same results. In hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Fingerprint {
    /// Of these bytes and nothing else.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self::from_hash(Sha256::digest(bytes))
    }

    fn from_hash(hash: impl AsRef<[u8]>) -> Self {
        Self(hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Of a file's bytes.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn of_file(path: &Path) -> io::Result<Self> {
        Self::of(path, "")
    }

    /// Of the file `model` under `settings`, which describe everything else.
    pub(crate) fn of(model: &Path, settings: &str) -> io::Result<Self> {
        let mut hash = Sha256::new();
        // The length in front keeps one text from ending where the other begins.
        hash.update((settings.len() as u64).to_le_bytes());
        hash.update(settings);
        let mut file = File::open(model)?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => hash.update(buffer.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self::from_hash(hash.finalize()))
    }
}
