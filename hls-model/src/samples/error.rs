//! What can go wrong with files of samples.

use std::io;
use std::path::{Path, PathBuf};

/// A file of samples that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}{}: {problem}", path.display(), named(array.as_deref()))]
pub struct SampleError {
    /// The file.
    pub path: PathBuf,
    /// The array in it, if one alone is to blame.
    pub array: Option<String>,
    /// What is wrong.
    pub problem: SampleProblem,
}

fn named(array: Option<&str>) -> String {
    array.map_or_else(String::new, |name| format!(": array \"{name}\""))
}

/// What is wrong with a file of samples, or with one array in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SampleProblem {
    /// The system refuses.
    #[error("it cannot be read: {0}")]
    Read(io::Error),
    /// It is another kind of file.
    #[error("it is neither an npz nor an npy file ({0}); write it with numpy.savez or numpy.save")]
    Format(String),
    /// An array's beginning is not that of an npy file.
    #[error("its header cannot be read: {0}")]
    Header(io::Error),
    /// An array in an npz cannot be found or read.
    #[error("it cannot be read from the archive: {0}")]
    Member(String),
    /// An array is shorter than its header says, or cannot be unpacked.
    #[error("it is damaged or ends early: {0}")]
    Damaged(io::Error),
    /// An array is not what was put into the archive.
    #[error("it is damaged: its checksum is wrong")]
    Checksum,
    /// An array needs a password.
    #[error("it is encrypted")]
    Encrypted,
    /// An array is packed in a way that is unknown here.
    #[error("it is compressed in a way that NumPy does not use ({0})")]
    Compression(String),
    /// An array's elements are not numbers.
    #[error("its elements are {0}, which cannot be read; save it as float32, float64 or integers")]
    Elements(String),
    /// An array has more elements than can be addressed.
    #[error("it is too large for this machine")]
    TooLarge,
    /// An array has no axis for samples.
    #[error("it is a single number")]
    Scalar,
    /// An array's samples have another size than the tensor.
    #[error("its shape is {found:?}, but [samples, {needed}] is needed for \"{tensor}\"")]
    Shape {
        /// The array's shape.
        found: Vec<usize>,
        /// The tensor's extents, separated by commas.
        needed: String,
        /// The tensor.
        tensor: String,
    },
    /// There is nothing to compute.
    #[error("it holds no samples")]
    Empty,
    /// Arrays differ in their number of samples.
    #[error("its arrays hold {first} and {other} samples; they must hold the same number")]
    Counts {
        /// Samples of the first array.
        first: usize,
        /// Samples of another.
        other: usize,
    },
    /// One array cannot serve several inputs.
    #[error("the model has {0} inputs, which need an npz with an array for each")]
    SingleArray(usize),
    /// An input has no array.
    #[error("it has no array \"{input}\" for that input; it has {has}")]
    MissingInput {
        /// The input.
        input: String,
        /// The arrays that there are, separated by commas.
        has: String,
    },
    /// Labels or weights are not there.
    #[error("it has no array \"{name}\" with {what}; it has {has}")]
    MissingArray {
        /// Labels or weights.
        what: &'static str,
        /// How the array should be called.
        name: String,
        /// The arrays that there are, separated by commas.
        has: String,
    },
    /// An array's samples have another size than the input, or it is no whole number of them.
    #[error("it is {found}, but {needed}")]
    Extents {
        /// What the array is.
        found: String,
        /// What is needed, and for which input.
        needed: String,
    },
    /// A label that is no number.
    #[error("sample {sample} (counted from 0) has the label {value}; remove or correct it")]
    Label {
        /// Which sample, counted from 0.
        sample: usize,
        /// NaN or an infinity.
        value: f64,
    },
    /// A weight that is no weight.
    #[error("sample {sample} (counted from 0) has the weight {value}; weights are finite and not negative")]
    Weight {
        /// Which sample, counted from 0.
        sample: usize,
        /// What it has.
        value: f64,
    },
    /// More than one weight for a sample.
    #[error("it has {0} numbers for each sample; a weight is one")]
    WeightColumns(usize),
    /// A file of no known kind.
    #[error(
        "its format is not known; an npz, an HDF5 file, a TFRecord file, and folders of npy or TFRecord files are read"
    )]
    UnknownFormat,
    /// A folder without samples.
    #[error("the folder holds no .npy and no .tfrecord files")]
    EmptyFolder,
    /// A folder with files of two formats.
    #[error("the folder holds .npy and .tfrecord files; keep those of one format in it")]
    MixedFolder,
    /// A record of a file that cannot be used.
    #[error("record {record} (counted from 0): {problem}")]
    Record {
        /// Which record, counted from 0.
        record: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// An HDF5 file that cannot be read.
    #[error("it cannot be read as HDF5: {0}")]
    Hdf5(String),
    /// Only some outputs are given.
    #[error("it holds {found} of the model's {outputs} outputs; give all of them or none")]
    MissingOutputs {
        /// Outputs that there are.
        found: usize,
        /// Outputs of the model.
        outputs: usize,
    },
    /// A number that is none.
    #[error(
        "sample {sample} of \"{tensor}\" holds NaN or infinity, which fixed-point numbers cannot represent"
    )]
    NotFinite {
        /// Which sample, counted from 0.
        sample: usize,
        /// The tensor that it is for.
        tensor: String,
    },
}

impl SampleProblem {
    /// The problem as one of a whole file.
    pub(super) fn of(self, path: &Path) -> SampleError {
        SampleError { path: path.to_owned(), array: None, problem: self }
    }

    /// The problem as one of an array in a file; the only array of an npy file has no name.
    pub(super) fn of_array(self, path: &Path, array: &str) -> SampleError {
        let array = Some(array.to_owned()).filter(|name| !name.is_empty());
        SampleError { path: path.to_owned(), array, problem: self }
    }
}

/// A sample holds something that is no number.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "sample {sample}, element {element} of \"{input}\" (counted from 0) is {value}, which is not a fixed-point number; the \
     hardware's cast to {ty} would turn it into {cast}"
)]
pub struct NotFinite {
    /// The input.
    pub input: String,
    /// Which sample, counted from 0.
    pub sample: usize,
    /// Which of the sample's elements, counted from 0.
    pub element: usize,
    /// NaN or an infinity.
    pub value: f32,
    /// The input's type, as `ap_fixed<…>`.
    pub ty: String,
    /// What a cast to that type gives.
    pub cast: f64,
}

/// A file that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}", path.display())]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

impl WriteError {
    /// Turns what the system says into an error about a file.
    pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self { path: path.to_owned(), source }
    }
}
