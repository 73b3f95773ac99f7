//! The HDF5 container behind a small interface: groups, text attributes, numeric datasets — all that a Keras file uses.
//!
//! Two libraries read it: the pure Rust `hdf5-reader` (`pure`, always there and the default), and the C library
//! through `hdf5-metno` (`libhdf5`, with the cargo feature of that name). Files are not trusted: sizes are capped before
//! anything is allocated, and data outside the file itself (external links, external storage, virtual datasets) is refused.

#[cfg(feature = "libhdf5")]
pub(crate) mod libhdf5;
pub(crate) mod pure;

/// How an HDF5 file begins, after a user block if it has one.
const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";
/// No HDF5 file is smaller.
pub(crate) const SMALLEST_FILE_BYTES: u64 = 96;
/// Strings (names, the model configuration) in one attribute may take this many bytes together.
pub(crate) const MAX_TEXT_BYTES: usize = 64 << 20;
/// One dataset may take this many bytes once unpacked.
pub(crate) const MAX_DATASET_BYTES: usize = 512 << 20;
/// Names in one attribute; far above any model.
pub(crate) const MAX_TEXTS: usize = 1 << 20;
/// What deflate can make of one byte, rounded up. HDF5 can also leave chunks out and claim any shape for nothing; Keras never does.
pub(crate) const MAX_EXPANSION: usize = 1100;
/// More dimensions than any weight has.
pub(crate) const MAX_RANK: usize = 8;

/// Which library reads the container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum H5Library {
    /// The pure Rust reader.
    #[default]
    Pure,
    /// The C library, through a temporary copy of the bytes. It is not hardened against hostile files.
    #[cfg(feature = "libhdf5")]
    Libhdf5,
}

/// Element type of a dataset as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dtype {
    /// IEEE half precision.
    F16,
    /// IEEE single precision.
    F32,
    /// IEEE double precision.
    F64,
    /// Two's complement integer of this many bytes.
    Int(usize),
    /// Unsigned integer of this many bytes.
    UInt(usize),
}

impl Dtype {
    /// Bytes per element.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::F16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
            Self::Int(size) | Self::UInt(size) => size,
        }
    }
}

/// A dataset, its elements converted to float64.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dataset {
    pub shape: Vec<usize>,
    pub dtype: Dtype,
    pub values: Vec<f64>,
}

/// What can go wrong inside the container; the caller adds the file and the layer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum H5Error {
    /// The data structures contradict themselves.
    #[error("the HDF5 structures are damaged ({0}); copy the file again or save the model again")]
    Damaged(String),
    /// LZF, the h5py-only compression.
    #[error("it is compressed with LZF, which only h5py reads; save it uncompressed or with gzip")]
    Lzf,
    /// Another filter that is not built in.
    #[error("it uses an HDF5 filter that is not supported ({0}); save it uncompressed or with gzip")]
    Filter(String),
    /// Data that is not in the file.
    #[error(
        "its data lies outside the file ({0}); only self-contained files are read, so save the model again"
    )]
    External(String),
    /// A storage form that no Keras version writes.
    #[error("it is stored in a form that is not supported ({0}); save the model again with Keras")]
    Unsupported(String),
    /// The element type is not numeric, or not text.
    #[error(
        "the file holds {found} where {expected} should be; it is damaged or was edited, save the model again"
    )]
    Type {
        /// What the reader needs.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// More than the caps allow.
    #[error(
        "it claims {size} bytes, more than the {limit} that are allowed; the file is damaged or not a Keras model"
    )]
    TooLarge {
        /// Bytes claimed.
        size: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// A list longer than the caps allow.
    #[error(
        "it claims {count} strings, more than the {limit} that are allowed; the file is damaged or not a Keras model"
    )]
    TooMany {
        /// Texts claimed.
        count: u64,
        /// Texts allowed.
        limit: u64,
    },
}

/// A group of the container.
pub(crate) trait Group: Sized {
    /// The strings of an attribute: one for a scalar, several for an array. `None` if there is no such attribute.
    fn texts(&self, attribute: &str) -> Result<Option<Vec<String>>, H5Error>;
    /// A direct subgroup, or `None`.
    fn group(&self, name: &str) -> Result<Option<Self>, H5Error>;
    /// A dataset of this group, or `None`.
    fn dataset(&self, name: &str) -> Result<Option<Dataset>, H5Error>;

    /// Descends along a path; Keras nests groups wherever a layer or weight name has a `/`.
    fn descend(self, path: &str) -> Result<Option<Self>, H5Error> {
        /// Deeper than any name scope.
        const MAX_DEPTH: usize = 64;
        let mut at = self;
        for (depth, name) in path.split('/').filter(|part| !part.is_empty()).enumerate() {
            if depth == MAX_DEPTH {
                return Err(H5Error::Unsupported(format!("groups nested more than {MAX_DEPTH} deep")));
            }
            match at.group(name)? {
                Some(next) => at = next,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }
}

/// Whether the bytes are an HDF5 file by their signature.
pub(crate) fn has_signature(bytes: &[u8]) -> bool {
    // A user block may precede the signature; its size is a power of two from 512.
    let offsets = std::iter::successors(Some(512usize), |offset| offset.checked_mul(2));
    let mut starts = std::iter::once(0).chain(offsets.take_while(|&offset| offset < bytes.len()));
    starts.any(|start| bytes.get(start..).is_some_and(|rest| rest.starts_with(SIGNATURE)))
}

/// Whether the bytes end before an HDF5 file's signature does.
pub(crate) fn is_cut_within_signature(bytes: &[u8]) -> bool {
    bytes.len() < SIGNATURE.len() && SIGNATURE.starts_with(bytes)
}

/// What one dataset of a file of `file_bytes` may take once unpacked, in bytes: no more than the file can really hold.
pub(crate) fn dataset_limit(file_bytes: usize) -> usize {
    MAX_DATASET_BYTES.min(file_bytes.saturating_mul(MAX_EXPANSION))
}

/// Number of elements of a dataset, after checking rank and size against the caps.
pub(crate) fn checked_elements(shape: &[u64], element_size: usize) -> Result<usize, H5Error> {
    if shape.len() > MAX_RANK {
        return Err(H5Error::Unsupported(format!("{} dimensions", shape.len())));
    }
    let elements = shape.iter().try_fold(1u64, |product, &d| product.checked_mul(d)).unwrap_or(u64::MAX);
    let size = elements.saturating_mul(element_size as u64);
    let limit = MAX_DATASET_BYTES as u64;
    if size > limit {
        return Err(H5Error::TooLarge { size, limit });
    }
    usize::try_from(elements).map_err(|_| H5Error::TooLarge { size, limit })
}
