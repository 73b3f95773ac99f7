//! Examples in a TFRecord file, or in a folder of them: each record is one sample, or several along the first axis of its tensors.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use ndarray::Array2;
use prost::Message;

use super::arrays::ArrayInfo;
use super::proto::{Example, Features};
use super::reader::{Request, RowReader, file_names};
use super::records::Records;
use super::tensor::Tensor;
use crate::samples::error::{SampleError, SampleProblem};

/// Whether a file in a folder is one of them, by its name.
pub(super) fn is_named_so(name: &str) -> bool {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    [".tfrecord", ".tfrecords", ".tfrec"].iter().any(|extension| name.ends_with(extension))
}

/// The files, in alphabetical order.
fn files(path: &Path) -> Result<Vec<PathBuf>, SampleError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let names = file_names(path)?;
    Ok(names.iter().filter(|name| is_named_so(name)).map(|name| path.join(name)).collect())
}

/// The features of the first record.
pub(super) fn list(path: &Path) -> Result<Vec<ArrayInfo>, SampleError> {
    for file in files(path)? {
        let mut records = Records::open(&file)?;
        if let Some(features) = next_features(&mut records)? {
            // Features that are no numbers do no harm as long as nobody asks for them.
            let arrays = features.feature.into_iter().filter_map(|(name, feature)| {
                Some(ArrayInfo { name, extents: Tensor::of(feature).ok()?.extents })
            });
            return Ok(arrays.collect());
        }
    }
    Err(SampleProblem::Empty.of(path))
}

pub(super) fn open(path: &Path, wanted: &[Request]) -> Result<Box<dyn RowReader>, SampleError> {
    let columns =
        wanted.iter().map(|request| Column { request: request.clone(), width: None, rows: VecDeque::new() });
    let (columns, files) = (columns.collect(), files(path)?.into_iter());
    Ok(Box::new(Examples { files, records: None, columns, samples: 0 }))
}

fn next_features(records: &mut Records) -> Result<Option<Features>, SampleError> {
    let Some(bytes) = records.next()? else { return Ok(None) };
    let example = Example::decode(&bytes[..])
        .map_err(|error| records.blame(format!("it is not a tf.train.Example ({error})")))?;
    Ok(Some(example.features.unwrap_or_default()))
}

/// Examples of files that are read one after another.
struct Examples {
    files: std::vec::IntoIter<PathBuf>,
    records: Option<Records>,
    columns: Vec<Column>,
    /// Samples that have been read and not handed on.
    samples: usize,
}

/// Numbers of a feature that have been read and not handed on, sample after sample.
struct Column {
    request: Request,
    /// Numbers of a sample, once they are known.
    width: Option<usize>,
    rows: VecDeque<f64>,
}

impl Examples {
    /// Reads a record; false after the last.
    fn read(&mut self) -> Result<bool, SampleError> {
        loop {
            if self.records.is_none() {
                let Some(file) = self.files.next() else { return Ok(false) };
                self.records = Some(Records::open(&file)?);
            }
            let Some(records) = &mut self.records else { return Ok(false) };
            match next_features(records)? {
                Some(features) => {
                    let read =
                        append(&mut self.columns, features).map_err(|problem| records.blame(problem))?;
                    self.samples += read;
                    return Ok(true);
                }
                None => self.records = None,
            }
        }
    }
}

/// Appends the samples of a record, and says how many they are, or what is wrong with it.
fn append(columns: &mut [Column], mut features: Features) -> Result<usize, String> {
    let mut samples = None;
    for column in columns {
        let name = &column.request.name;
        let feature = features.feature.remove(name).ok_or_else(|| format!("it has no feature \"{name}\""))?;
        let Tensor { extents, numbers } =
            Tensor::of(feature).map_err(|problem| format!("feature \"{name}\": {problem}"))?;
        let count = match (&column.request.shape, samples) {
            (Some(shape), _) => extents.samples(shape),
            // Labels and weights follow the inputs.
            (None, Some(samples)) => Some(samples),
            (None, None) => Some(1),
        };
        let misfit = || {
            let wanted = column
                .request
                .shape
                .as_ref()
                .map_or(String::new(), |shape| format!(", not samples of {shape:?}"));
            format!("feature \"{name}\" holds {} numbers{wanted}", numbers.len())
        };
        let count = count.ok_or_else(misfit)?;
        if let Some(other) = samples.filter(|&other| other != count) {
            return Err(format!("feature \"{name}\" holds {count} samples, but the one before it {other}"));
        }
        samples = Some(count);
        let width = if count == 0 {
            column.width.unwrap_or(0)
        } else {
            extents.per_sample(count).ok_or_else(misfit)?
        };
        if let Some(before) = column.width.filter(|&before| before != width) {
            return Err(format!(
                "feature \"{name}\" has {width} numbers for each sample, but {before} in records before"
            ));
        }
        if count > 0 {
            column.width = Some(width);
        }
        column.rows.extend(numbers);
    }
    Ok(samples.unwrap_or(0))
}

impl RowReader for Examples {
    fn next(&mut self, at_most: usize) -> Result<Option<Vec<Array2<f64>>>, SampleError> {
        while self.samples < at_most && self.read()? {}
        let count = at_most.min(self.samples);
        if count == 0 {
            return Ok(None);
        }
        self.samples -= count;
        let rows = self.columns.iter_mut().map(|column| {
            let width = column.width.unwrap_or(0);
            let numbers = column.rows.drain(..(count * width).min(column.rows.len())).collect();
            // There are as many numbers as the widths say: both were counted together.
            Array2::from_shape_vec((count, width), numbers).unwrap_or_default()
        });
        Ok(Some(rows.collect()))
    }

    fn len(&self) -> Option<usize> {
        None
    }
}
