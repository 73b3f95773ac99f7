//! Writing npz files of any size: arrays grow on the disk, all at once, and are packed in the end.

use std::collections::HashSet;
use std::fs::{File, Permissions};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use npyz::WriterBuilder;
use tempfile::NamedTempFile;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::error::WriteError;

/// An npz in the making. The file is there whole or not at all.
pub struct NpzSpool {
    path: PathBuf,
    /// Made at the beginning, so that a folder that cannot be written to is known before any work is done.
    file: NamedTempFile,
    arrays: Vec<SpooledArray>,
}

/// The level of compression: higher ones take most of the time of a prediction, for little.
const FAST: i64 = 1;

/// An array on its way, as float64.
struct SpooledArray {
    name: String,
    /// Extent of each axis but the first.
    shape: Vec<usize>,
    numbers: u64,
    file: BufWriter<File>,
}

impl NpzSpool {
    /// Begins an npz at `path` with arrays of these names and shapes of a row.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn new<'a>(
        path: &Path,
        arrays: impl IntoIterator<Item = (&'a str, &'a [usize])>,
    ) -> Result<Self, WriteError> {
        let refused = WriteError::at(path);
        let (file, folder) = temporary_for(path).map_err(&refused)?;
        let mut taken = HashSet::new();
        let arrays = arrays.into_iter().map(|(name, shape)| {
            let file = BufWriter::new(tempfile::tempfile_in(folder)?);
            let name = distinct(member_name(name), &mut taken);
            Ok(SpooledArray { name, shape: shape.to_vec(), numbers: 0, file })
        });
        let arrays = arrays.collect::<io::Result<Vec<_>>>().map_err(&refused)?;
        Ok(Self { path: path.to_owned(), file, arrays })
    }

    /// Appends numbers to one of the arrays.
    ///
    /// # Errors
    /// The disk is full.
    pub fn append(&mut self, array: usize, numbers: impl IntoIterator<Item = f64>) -> Result<(), WriteError> {
        let refused = WriteError::at(&self.path);
        let Some(array) = self.arrays.get_mut(array) else { return Ok(()) };
        for number in numbers {
            array.file.write_all(&number.to_le_bytes()).map_err(&refused)?;
            array.numbers += 1;
        }
        Ok(())
    }

    /// Packs the arrays and puts the file in its place.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(self) -> Result<(), WriteError> {
        let refused = WriteError::at(&self.path);
        let mut zip = ZipWriter::new(BufWriter::new(self.file.as_file()));
        for array in self.arrays {
            array.pack(&mut zip).map_err(&refused)?;
        }
        let mut packed = zip.finish().map_err(io::Error::from).map_err(&refused)?;
        packed.flush().map_err(&refused)?;
        drop(packed);
        self.file.persist(&self.path).map_err(|error| refused(error.error))?;
        Ok(())
    }
}

/// The name of an array as that of a member of an archive. Names with `/` are common in Keras and stay; none may lead out of
/// the folder into which somebody unpacks the archive.
fn member_name(name: &str) -> String {
    let inside = |part: &str| !part.is_empty() && !part.chars().all(|c| c == '.');
    let parts = name.split('/').map(|part| if inside(part) { part } else { "_" });
    let path = parts.collect::<Vec<_>>().join("/");
    path.chars().map(|c| if c.is_control() || c == '\\' { '_' } else { c }).take(LONGEST_NAME).collect()
}

/// Longer names than file systems take help nobody.
const LONGEST_NAME: usize = 200;

/// The name, with a number after it if there is such a member already.
fn distinct(name: String, taken: &mut HashSet<String>) -> String {
    let numbered = (2..).map(|number: usize| format!("{name}_{number}"));
    let fresh = std::iter::once(name.clone()).chain(numbered).find(|name| taken.insert(name.clone()));
    fresh.unwrap_or(name)
}

/// A file that can take the place of `path`, and the folder that both are in.
fn temporary_for(path: &Path) -> io::Result<(NamedTempFile, &Path)> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A temporary file is private; this one is to have the permissions that a new file gets.
    let permissions = Permissions::from_mode(0o666);
    Ok((tempfile::Builder::new().permissions(permissions).tempfile_in(folder)?, folder))
}

/// Writes a file as a whole or not at all.
///
/// # Errors
/// The folder cannot be written to, or the disk is full.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let refused = WriteError::at(path);
    let (mut file, _) = temporary_for(path).map_err(&refused)?;
    file.write_all(bytes).map_err(&refused)?;
    file.persist(path).map_err(|error| refused(error.error))?;
    Ok(())
}

impl SpooledArray {
    fn pack<W: Write + Seek>(self, zip: &mut ZipWriter<W>) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(FAST))
            .large_file(self.numbers * 8 >= u64::from(u32::MAX));
        zip.start_file(format!("{}.npy", self.name), options)?;
        let row: u64 = self.shape.iter().map(|&extent| extent as u64).product();
        let shape: Vec<u64> = std::iter::once(self.numbers / row.max(1))
            .chain(self.shape.iter().map(|&extent| extent as u64))
            .collect();
        npyz::WriteOptions::<f64>::new()
            .default_dtype()
            .shape(&shape)
            .writer(&mut *zip)
            .write_header_only()?;
        let mut file = self.file.into_inner().map_err(|e| e.into_error())?;
        file.seek(SeekFrom::Start(0))?;
        // float64 in little endian is what the header says, too.
        io::copy(&mut BufReader::with_capacity(1 << 16, file).by_ref().take(self.numbers * 8), zip)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_stay_inside_and_apart() {
        let mut taken = HashSet::new();
        for (name, member) in [
            ("dense", "dense"),
            ("block/dense:0", "block/dense:0"),
            ("../../x", "_/_/x"),
            ("/etc/passwd", "_/etc/passwd"),
            ("_/etc/passwd", "_/etc/passwd_2"),
            ("a\\..\\b", "a_.._b"),
            ("line\nbreak\u{1b}", "line_break_"),
            ("", "_"),
            ("..", "__2"),
        ] {
            assert_eq!(distinct(member_name(name), &mut taken), member, "{name:?}");
        }
        assert_eq!(member_name(&"n".repeat(3000)).len(), LONGEST_NAME);
    }
}
