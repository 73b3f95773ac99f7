//! An npz, or a folder with an npy for each array.

use std::path::Path;

use ndarray::Array2;

use super::arrays::{ArrayInfo, Extents};
use super::reader::{Request, RowReader, file_names};
use crate::samples::batch::{check_counts, matrix, samples_of};
use crate::samples::error::{SampleError, SampleProblem};
use crate::samples::npy::{ArrayFile, ArrayReader, NpzArchive};

pub(super) fn list_archive(path: &Path) -> Result<Vec<ArrayInfo>, SampleError> {
    let mut archive = archive(path)?;
    // Arrays that cannot be read do no harm as long as nobody asks for them.
    let arrays =
        archive.names().into_iter().filter_map(|name| Some(info(&name, &archive.array(&name).ok()?)));
    Ok(arrays.collect())
}

pub(super) fn list_folder(path: &Path) -> Result<Vec<ArrayInfo>, SampleError> {
    let names = file_names(path)?;
    let names = names.iter().filter_map(|name| name.strip_suffix(".npy"));
    Ok(names.filter_map(|name| Some(info(name, &in_folder(path, name).ok()?))).collect())
}

fn info(name: &str, array: &ArrayReader) -> ArrayInfo {
    ArrayInfo { name: name.to_owned(), extents: Extents::Samples(array.shape().to_vec()) }
}

pub(super) fn open_archive(path: &Path, wanted: &[Request]) -> Result<Box<dyn RowReader>, SampleError> {
    let mut archive = archive(path)?;
    open(path, wanted, |name| archive.array(name))
}

pub(super) fn open_folder(path: &Path, wanted: &[Request]) -> Result<Box<dyn RowReader>, SampleError> {
    open(path, wanted, |name| in_folder(path, name))
}

fn archive(path: &Path) -> Result<NpzArchive, SampleError> {
    match ArrayFile::open(path)? {
        ArrayFile::Archive(archive) => Ok(archive),
        ArrayFile::Single(_) => Err(SampleProblem::UnknownFormat.of(path)),
    }
}

fn in_folder(folder: &Path, name: &str) -> Result<ArrayReader, SampleError> {
    let path = folder.join(format!("{name}.npy"));
    match ArrayFile::open(&path)? {
        ArrayFile::Single(array) => Ok(array),
        ArrayFile::Archive(_) => Err(SampleProblem::UnknownFormat.of(&path)),
    }
}

fn open(
    path: &Path,
    wanted: &[Request],
    mut array: impl FnMut(&str) -> Result<ArrayReader, SampleError>,
) -> Result<Box<dyn RowReader>, SampleError> {
    let arrays = wanted.iter().map(|request| array(&request.name)).collect::<Result<Vec<_>, _>>()?;
    let samples = arrays.first().map_or(0, samples_of);
    check_counts(samples, arrays.iter().map(samples_of)).map_err(|problem| problem.of(path))?;
    Ok(Box::new(Arrays { arrays, samples, read: 0 }))
}

struct Arrays {
    arrays: Vec<ArrayReader>,
    samples: usize,
    read: usize,
}

impl RowReader for Arrays {
    fn next(&mut self, at_most: usize) -> Result<Option<Vec<Array2<f64>>>, SampleError> {
        let count = at_most.min(self.samples - self.read);
        if count == 0 {
            return Ok(None);
        }
        self.read += count;
        let rows = self.arrays.iter_mut().map(|array| {
            let numbers = array.rows(count)?;
            matrix(array, count, numbers)
        });
        rows.collect::<Result<Vec<_>, _>>().map(Some)
    }

    fn len(&self) -> Option<usize> {
        Some(self.samples)
    }
}
