//! What formats have in common: what is asked of them, and how they answer.

use std::path::Path;

use ndarray::Array2;

use crate::samples::error::{SampleError, SampleProblem};

/// Arrays that are read side by side, from their beginning.
pub(super) trait RowReader: Send {
    /// The next samples of all arrays, at most as many, in the order in which the arrays were asked for: `[samples, elements]` each, with
    /// the same number of samples. `None` after the last.
    fn next(&mut self, at_most: usize) -> Result<Option<Vec<Array2<f64>>>, SampleError>;

    /// Samples in all, where that is known.
    fn len(&self) -> Option<usize>;
}

/// An array that is wanted.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub name: String,
    /// The shape of a sample; `None` for whatever it is.
    pub shape: Option<Vec<usize>>,
}

/// Names of the files in a folder, in alphabetical order.
pub(super) fn file_names(folder: &Path) -> Result<Vec<String>, SampleError> {
    let refused = |error| SampleProblem::Read(error).of(folder);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(refused)? {
        let name = entry.map_err(refused)?.file_name();
        names.extend(name.into_string().ok().filter(|name| !name.starts_with('.')));
    }
    names.sort();
    Ok(names)
}
