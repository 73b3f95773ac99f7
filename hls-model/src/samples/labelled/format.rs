//! The formats of labelled samples.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::arrays::ArrayInfo;
use super::reader::{Request, RowReader, file_names};
use super::{hdf5, numpy, records, tfrecord};
use crate::samples::error::{SampleError, SampleProblem};

type Open = fn(&Path, &[Request]) -> Result<Box<dyn RowReader>, SampleError>;

/// What is asked of a format.
pub(super) struct Format {
    /// Whether a file begins like one of this format.
    matches: fn(beginning: &[u8]) -> bool,
    /// Whether a folder holds files of this format, by their names.
    in_folder: fn(name: &str) -> bool,
    /// The arrays, as far as can be said without reading them.
    pub list: fn(&Path) -> Result<Vec<ArrayInfo>, SampleError>,
    /// Reads some of them side by side.
    pub open: Open,
}

/// All formats. A file is of the first that its beginning matches.
const FORMATS: &[Format] = &[
    Format {
        matches: |beginning| beginning.starts_with(b"PK\x03\x04") || beginning.starts_with(b"PK\x05\x06"),
        in_folder: |_| false,
        list: numpy::list_archive,
        open: numpy::open_archive,
    },
    Format {
        matches: |_| false,
        in_folder: |name| name.ends_with(".npy"),
        list: numpy::list_folder,
        open: numpy::open_folder,
    },
    Format { matches: hdf5::has_signature, in_folder: |_| false, list: hdf5::list, open: hdf5::open },
    Format {
        matches: records::begins_with_record,
        in_folder: tfrecord::is_named_so,
        list: tfrecord::list,
        open: tfrecord::open,
    },
];

/// As much of a file as any format has to see.
const BEGINNING: u64 = 4096;

/// The format of a file or folder.
pub(super) fn of(path: &Path) -> Result<&'static Format, SampleError> {
    let refused = |error| SampleProblem::Read(error).of(path);
    let metadata = std::fs::metadata(path).map_err(refused)?;
    if metadata.is_dir() {
        let names = file_names(path)?;
        let mut found = FORMATS.iter().filter(|format| names.iter().any(|name| (format.in_folder)(name)));
        return match (found.next(), found.next()) {
            (Some(format), None) => Ok(format),
            (None, _) => Err(SampleProblem::EmptyFolder.of(path)),
            _ => Err(SampleProblem::MixedFolder.of(path)),
        };
    }
    let mut beginning = Vec::new();
    let file = File::open(path).map_err(refused)?;
    file.take(BEGINNING).read_to_end(&mut beginning).map_err(refused)?;
    let format = FORMATS.iter().find(|format| (format.matches)(&beginning));
    format.ok_or_else(|| SampleProblem::UnknownFormat.of(path))
}
