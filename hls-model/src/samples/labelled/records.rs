//! Records of a TFRecord file, one after another: a length and its checksum, then that many bytes and theirs.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::samples::error::{SampleError, SampleProblem};

/// Records may be this large, which is far above any that is written.
const MOST_BYTES: u64 = 256 << 20;
/// Bytes before a record: its length, and the checksum of that.
const HEADER: usize = 12;
const GZIP: &[u8] = b"\x1f\x8b";

/// Whether a file begins with a record, compressed or not.
pub(super) fn begins_with_record(beginning: &[u8]) -> bool {
    let mut header = [0; HEADER];
    let read = match beginning.starts_with(GZIP) {
        true => MultiGzDecoder::new(beginning).read_exact(&mut header),
        false => Read::read_exact(&mut { beginning }, &mut header),
    };
    read.is_ok() && length(&header).is_some()
}

/// The length that a header states, if its checksum is right.
fn length(header: &[u8; HEADER]) -> Option<u64> {
    let (length, checksum) = header.split_first_chunk::<8>()?;
    (checksum == masked(length)).then_some(u64::from_le_bytes(*length))
}

/// A checksum as TFRecord files have it: CRC-32C, rotated and shifted, so that checksums of checksums differ.
fn masked(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// A file whose records are read one after another.
pub(super) struct Records {
    path: PathBuf,
    reader: Box<dyn Read + Send>,
    /// Records before the next.
    read: usize,
}

impl Records {
    pub fn open(path: &Path) -> Result<Self, SampleError> {
        let refused = |error| SampleProblem::Read(error).of(path);
        let mut file = BufReader::new(File::open(path).map_err(refused)?);
        let mut magic = Vec::new();
        file.by_ref().take(GZIP.len() as u64).read_to_end(&mut magic).map_err(refused)?;
        file.seek(SeekFrom::Start(0)).map_err(refused)?;
        let reader: Box<dyn Read + Send> = match magic == GZIP {
            true => Box::new(BufReader::new(MultiGzDecoder::new(file))),
            false => Box::new(file),
        };
        Ok(Self { path: path.to_owned(), reader, read: 0 })
    }

    /// The error that the record read last is to blame for.
    pub fn blame(&self, problem: impl Into<String>) -> SampleError {
        let record = self.read.saturating_sub(1);
        SampleProblem::Record { record, problem: problem.into() }.of(&self.path)
    }

    /// The bytes of the next record; `None` after the last.
    pub fn next(&mut self) -> Result<Option<Vec<u8>>, SampleError> {
        self.read += 1;
        let mut header = Vec::new();
        self.part(HEADER as u64, &mut header)?;
        if header.is_empty() {
            return Ok(None);
        }
        let header = <[u8; HEADER]>::try_from(header).map_err(|_| self.blame("it ends within its length"))?;
        let length = length(&header).ok_or_else(|| self.blame("the checksum of its length is wrong"))?;
        if length > MOST_BYTES {
            let problem =
                format!("it claims {length} bytes, more than the {MOST_BYTES} that are read at a time");
            return Err(self.blame(problem));
        }
        let (mut bytes, mut checksum) = (Vec::new(), Vec::new());
        self.part(length, &mut bytes)?;
        self.part(4, &mut checksum)?;
        if bytes.len() as u64 != length || checksum.len() != 4 {
            return Err(self.blame(format!("the file ends after {} of its {length} bytes", bytes.len())));
        }
        if checksum != masked(&bytes) {
            return Err(self.blame("its checksum is wrong"));
        }
        Ok(Some(bytes))
    }

    /// As many bytes, or fewer where the file ends; no more memory is taken than there are bytes.
    fn part(&mut self, length: u64, bytes: &mut Vec<u8>) -> Result<(), SampleError> {
        let read = self.reader.by_ref().take(length).read_to_end(bytes);
        let explained = |error: io::Error| format!("it cannot be read: {error}");
        read.map(drop).map_err(|error| self.blame(explained(error)))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn record(bytes: &[u8]) -> Vec<u8> {
        let length = (bytes.len() as u64).to_le_bytes();
        [&length[..], &masked(&length), bytes, &masked(bytes)].concat()
    }

    fn read(bytes: &[u8]) -> Result<Vec<Vec<u8>>, String> {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(bytes).expect("bytes");
        let mut records = Records::open(file.path()).map_err(|error| error.to_string())?;
        let mut all = Vec::new();
        while let Some(bytes) = records.next().map_err(|error| error.to_string())? {
            all.push(bytes);
        }
        Ok(all)
    }

    #[test]
    fn checksums_are_those_of_the_format() {
        // A record without bytes, as TensorFlow writes it.
        let empty = [0, 0, 0, 0, 0, 0, 0, 0, 0x29, 0x03, 0x98, 0x07, 0xd8, 0xea, 0x82, 0xa2];
        assert_eq!(record(b""), empty);
        assert!(begins_with_record(&empty));
        assert_eq!(read(&[record(b""), record(b"abc")].concat()), Ok(vec![vec![], b"abc".to_vec()]));
    }

    #[test]
    fn damage_is_named_with_its_record() {
        let whole = [record(b"first"), record(b"second")].concat();
        let changed = |at: usize| {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            bytes
        };
        let long = u64::MAX.to_le_bytes();
        let lies = [&long[..], &masked(&long), b"little"].concat();
        let missing = (1_u64 << 27).to_le_bytes();
        let missing = [&missing[..], &masked(&missing), b"little"].concat();
        let table = [
            (
                whole[..whole.len() - 1].to_vec(),
                "record 1 (counted from 0): the file ends after 6 of its 6 bytes",
            ),
            (
                whole[..whole.len() - 7].to_vec(),
                "record 1 (counted from 0): the file ends after 3 of its 6 bytes",
            ),
            (whole[..25].to_vec(), "record 1 (counted from 0): it ends within its length"),
            (changed(0), "record 0 (counted from 0): the checksum of its length is wrong"),
            (changed(14), "record 0 (counted from 0): its checksum is wrong"),
            (lies, "record 0 (counted from 0): it claims 18446744073709551615 bytes"),
            (missing, "record 0 (counted from 0): the file ends after 6 of its 134217728 bytes"),
        ];
        for (bytes, expected) in table {
            let error = read(&bytes).expect_err(expected);
            assert!(error.contains(expected), "{error}");
        }
    }
}
