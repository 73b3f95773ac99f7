//! A file of labelled samples, and what models want of it.

use std::path::{Path, PathBuf};

use super::arrays::{ArrayInfo, Extents, Wanted};
use super::format::{self, Format};
use super::reader::Request;
use super::stream::LabelledStream;
use crate::emulate::Port;
use crate::samples::error::{SampleError, SampleProblem};

/// A file, or a folder of files, with arrays for the inputs of models, with labels, and with weights if there are any.
pub struct LabelledFile {
    path: PathBuf,
    format: &'static Format,
    arrays: Vec<ArrayInfo>,
    labels: String,
    weights: Option<String>,
}

/// More numbers for each sample are no labels.
const MOST_LABELS: usize = 1 << 16;

impl LabelledFile {
    /// Looks at a file: what format it has, and which arrays. `labels` and `weights` are the names of those arrays.
    ///
    /// # Errors
    /// The file cannot be read, its format is unknown, or it has no such arrays.
    pub fn open(path: &Path, labels: &str, weights: Option<&str>) -> Result<Self, SampleError> {
        let format = format::of(path)?;
        let arrays = (format.list)(path)?;
        let file = Self {
            path: path.to_owned(),
            format,
            arrays,
            labels: labels.to_owned(),
            weights: weights.map(str::to_owned),
        };
        let has = file.names();
        for (what, name) in [("labels", Some(labels)), ("weights", weights)] {
            let Some(name) = name else { continue };
            let Some(array) = file.array(name) else {
                return Err(SampleProblem::MissingArray { what, name: name.to_owned(), has }.of(path));
            };
            let per_sample = match &array.extents {
                Extents::Samples(extents) => {
                    extents.first().and_then(|&samples| array.extents.per_sample(samples))
                }
                Extents::Record(_) | Extents::List(_) => None,
            };
            if per_sample.is_some_and(|numbers| numbers > MOST_LABELS) {
                return Err(SampleProblem::TooLarge.of_array(path, name));
            }
        }
        Ok(file)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its arrays.
    #[must_use]
    pub fn arrays(&self) -> &[ArrayInfo] {
        &self.arrays
    }

    /// The name of the labels.
    #[must_use]
    pub fn labels(&self) -> &str {
        &self.labels
    }

    fn array(&self, name: &str) -> Option<&ArrayInfo> {
        self.arrays.iter().find(|array| array.name == name)
    }

    fn names(&self) -> String {
        self.arrays.iter().map(|array| array.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The arrays that a model reads, for each of its inputs: the one of the same name, or the only one there is for a model with one input.
    ///
    /// # Errors
    /// There is no such array, or its samples have another shape than the input.
    pub fn wanted_by(&self, inputs: &[Port]) -> Result<Vec<Wanted>, SampleError> {
        inputs.iter().map(|input| self.wanted_for(input, inputs.len() == 1)).collect()
    }

    fn wanted_for(&self, input: &Port, is_only: bool) -> Result<Wanted, SampleError> {
        // Labels in a group of an HDF5 file have their inputs in the same group.
        let group = self.labels.rfind('/').map_or("", |end| &self.labels[..=end]);
        let named = [&input.name, &input.identifier]
            .into_iter()
            .find_map(|name| self.array(&format!("{group}{name}")).or_else(|| self.array(name)));
        let is_input =
            |array: &&ArrayInfo| array.name != self.labels && Some(&array.name) != self.weights.as_ref();
        let mut others = self.arrays.iter().filter(is_input);
        let only = match (others.next(), others.next()) {
            (Some(only), None) if is_only => Some(only),
            _ => None,
        };
        let Some(array) = named.or(only) else {
            let (input, has) = (input.name.clone(), self.names());
            return Err(SampleProblem::MissingInput { input, has }.of(&self.path));
        };
        if array.extents.samples(&input.shape).is_none() {
            let shape = input.shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
            let needed = format!("[samples, {shape}] is needed for \"{}\"", input.name);
            let found = array.extents.to_string();
            return Err(SampleProblem::Extents { found, needed }.of_array(&self.path, &array.name));
        }
        Ok(Wanted { array: array.name.clone(), shape: input.shape.clone() })
    }

    /// Reads the arrays that are wanted, with labels and weights, from the beginning.
    ///
    /// # Errors
    /// The file is damaged, or its arrays do not fit together.
    pub fn read(&self, wanted: &[Wanted]) -> Result<LabelledStream, SampleError> {
        let inputs = wanted.iter().map(|wanted| (&wanted.array, Some(wanted.shape.clone())));
        let others =
            [Some(&self.labels), self.weights.as_ref()].into_iter().flatten().map(|name| (name, None));
        let requests: Vec<Request> =
            inputs.chain(others).map(|(name, shape)| Request { name: name.clone(), shape }).collect();
        let rows = (self.format.open)(&self.path, &requests)?;
        Ok(LabelledStream::new(&self.path, rows, wanted, &self.labels, self.weights.as_deref()))
    }
}
