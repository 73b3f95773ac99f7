//! Datasets of an HDF5 file, in its root group or in groups, whose names are then paths.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hdf5_reader::error::Error as ReaderError;
use hdf5_reader::{Dataset, Datatype, H5Type, Hdf5File, OpenOptions, SliceInfo, SliceInfoElem};
use ndarray::Array2;

use super::arrays::{ArrayInfo, Extents};
use super::reader::{Request, RowReader};
use crate::samples::batch::check_counts;
use crate::samples::error::{SampleError, SampleProblem};
use crate::source::h5;

/// Whether a file begins as HDF5 does, after a user block if it has a short one.
pub(super) fn has_signature(beginning: &[u8]) -> bool {
    h5::has_signature(beginning)
}

/// More datasets are not listed, and groups are not followed deeper: links can lead in circles.
const MOST_MEMBERS: usize = 4096;
const DEEPEST_GROUP: usize = 8;

pub(super) fn list(path: &Path) -> Result<Vec<ArrayInfo>, SampleError> {
    let file = open_file(path)?;
    let root = file.root_group().map_err(|error| refused(error).of(path))?;
    let mut arrays = Vec::new();
    let mut groups = vec![(String::new(), 0, root)];
    while let Some((prefix, depth, group)) = groups.pop() {
        let (subgroups, datasets) = group.members().map_err(|error| refused(error).of(path))?;
        for dataset in datasets {
            let name = dataset.name().trim_matches('/');
            let name = name.rsplit('/').next().unwrap_or(name);
            let extents = dataset.shape().iter().map(|&extent| usize::try_from(extent).unwrap_or(usize::MAX));
            // Text and records do no harm as long as nobody asks for them.
            if Number::kind(dataset.dtype()).is_some() {
                let extents = Extents::Samples(extents.collect());
                arrays.push(ArrayInfo { name: format!("{prefix}{name}"), extents });
            }
        }
        for subgroup in subgroups.into_iter().filter(|_| depth < DEEPEST_GROUP) {
            let name = subgroup.name().trim_matches('/');
            let name = name.rsplit('/').next().unwrap_or(name);
            groups.push((format!("{prefix}{name}/"), depth + 1, subgroup));
        }
        if arrays.len() + groups.len() > MOST_MEMBERS {
            return Err(SampleProblem::Hdf5(format!("it has more than {MOST_MEMBERS} members")).of(path));
        }
    }
    arrays.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(arrays)
}

pub(super) fn open(path: &Path, wanted: &[Request]) -> Result<Box<dyn RowReader>, SampleError> {
    let file = open_file(path)?;
    let file_bytes = std::fs::metadata(path).map_err(|error| SampleProblem::Read(error).of(path))?.len();
    let datasets = wanted.iter().map(|request| {
        let dataset =
            file.dataset(&request.name).map_err(|error| refused(error).of_array(path, &request.name))?;
        let bytes = dataset.raw_byte_len().unwrap_or(usize::MAX) as u64;
        // Chunks may be left out, and any shape be claimed for nothing.
        if bytes > file_bytes.saturating_mul(h5::MAX_EXPANSION as u64) {
            return Err(SampleProblem::TooLarge.of_array(path, &request.name));
        }
        Ok(Column { name: request.name.clone(), dataset })
    });
    let columns = datasets.collect::<Result<Vec<_>, SampleError>>()?;
    let samples = columns.first().map_or(0, Column::samples);
    check_counts(samples, columns.iter().map(Column::samples)).map_err(|problem| problem.of(path))?;
    Ok(Box::new(Columns { path: path.to_owned(), columns, samples, read: 0 }))
}

fn open_file(path: &Path) -> Result<Hdf5File, SampleError> {
    let options = OpenOptions {
        external_file_resolver: Some(Arc::new(h5::pure::Refuse)),
        external_link_resolver: Some(Arc::new(h5::pure::Refuse)),
        max_read_bytes: h5::MAX_DATASET_BYTES,
        ..OpenOptions::default()
    };
    Hdf5File::open_with_options(path, options).map_err(|error| refused(error).of(path))
}

fn refused(error: ReaderError) -> SampleProblem {
    SampleProblem::Hdf5(h5::pure::convert(error).to_string())
}

struct Columns {
    path: PathBuf,
    columns: Vec<Column>,
    samples: usize,
    read: usize,
}

struct Column {
    name: String,
    dataset: Dataset,
}

impl Column {
    fn samples(&self) -> usize {
        self.dataset.shape().first().map_or(0, |&samples| usize::try_from(samples).unwrap_or(usize::MAX))
    }

    fn rows(&self, first: usize, count: usize) -> Result<Array2<f64>, SampleProblem> {
        let all = SliceInfoElem::Slice { start: 0, end: u64::MAX, step: 1 };
        let mut selections = vec![all; self.dataset.ndim()];
        if let Some(rows) = selections.first_mut() {
            *rows = SliceInfoElem::Slice { start: first as u64, end: (first + count) as u64, step: 1 };
        }
        let rows = self.dataset.read_slice::<Number>(&SliceInfo { selections }).map_err(refused)?;
        let elements = rows.len() / count.max(1);
        let numbers = rows.into_iter().map(|number| number.0).collect();
        Array2::from_shape_vec((count, elements), numbers)
            .map_err(|error| SampleProblem::Hdf5(error.to_string()))
    }
}

impl RowReader for Columns {
    fn next(&mut self, at_most: usize) -> Result<Option<Vec<Array2<f64>>>, SampleError> {
        let count = at_most.min(self.samples - self.read);
        if count == 0 {
            return Ok(None);
        }
        let first = self.read;
        self.read += count;
        let rows = self.columns.iter().map(|column| {
            column.rows(first, count).map_err(|problem| problem.of_array(&self.path, &column.name))
        });
        rows.collect::<Result<Vec<_>, _>>().map(Some)
    }

    fn len(&self) -> Option<usize> {
        Some(self.samples)
    }
}

/// A number of any type, as the nearest float64.
#[derive(Debug, Clone)]
struct Number(f64);

impl Number {
    /// How such numbers are stored; `None` if they are none. Truth values are an enumeration of numbers.
    fn kind(datatype: &Datatype) -> Option<(h5::Dtype, hdf5_reader::ByteOrder)> {
        match datatype {
            Datatype::Enum { base, .. } => h5::pure::element_type(base).ok(),
            other => h5::pure::element_type(other).ok(),
        }
    }

    fn decode(bytes: &[u8], datatype: &Datatype) -> Result<Vec<Self>, ReaderError> {
        let unknown = || ReaderError::Other("its elements are not numbers".to_owned());
        let (dtype, order) = Self::kind(datatype).ok_or_else(unknown)?;
        Ok(h5::pure::to_f64(bytes, dtype, order).into_iter().map(Self).collect())
    }
}

impl H5Type for Number {
    fn hdf5_type() -> Datatype {
        f64::hdf5_type()
    }

    fn from_bytes(bytes: &[u8], datatype: &Datatype) -> Result<Self, ReaderError> {
        let short = || ReaderError::Other("an element is cut off".to_owned());
        Self::decode(bytes, datatype)?.into_iter().next().ok_or_else(short)
    }

    fn element_size(datatype: &Datatype) -> usize {
        Self::kind(datatype).map_or(1, |(dtype, _)| dtype.size())
    }

    fn decode_vec(raw: &[u8], datatype: &Datatype, count: usize) -> Option<Result<Vec<Self>, ReaderError>> {
        let bytes = raw.get(..count.checked_mul(Self::element_size(datatype))?)?;
        Some(Self::decode(bytes, datatype))
    }
}
