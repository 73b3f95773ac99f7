//! The default back end: the pure Rust `hdf5-reader`, opened from bytes.

use std::sync::Arc;

use hdf5_reader::error::Error as ReaderError;
use hdf5_reader::io::Cursor;
use hdf5_reader::storage::DynStorage;
use hdf5_reader::superblock::Superblock;
use hdf5_reader::{
    ByteOrder, Datatype, ExternalFileResolver, ExternalLinkResolver, Hdf5File, OpenOptions, RawAttribute,
    StringSize, VarLenKind,
};

use super::{Dataset, Dtype, Group, H5Error, MAX_TEXT_BYTES, MAX_TEXTS, checked_elements, dataset_limit};

/// A group as `hdf5-reader` sees it.
pub(crate) struct PureGroup(hdf5_reader::group::Group);

/// Refuses everything that points out of the file.
pub(crate) struct Refuse;

/// Marks our own refusals among the reader's errors.
const OUTSIDE: &str = "points to";

impl ExternalFileResolver for Refuse {
    fn resolve_external_file(&self, filename: &str) -> Result<Option<DynStorage>, ReaderError> {
        Err(ReaderError::Other(format!("{OUTSIDE} {filename:?}")))
    }
}

impl ExternalLinkResolver for Refuse {
    fn resolve_external_link(&self, filename: &str) -> Result<Option<Hdf5File>, ReaderError> {
        Err(ReaderError::Other(format!("{OUTSIDE} {filename:?}")))
    }
}

/// Opens the root group. `bytes` must begin with the HDF5 signature.
pub(crate) fn open(bytes: &[u8]) -> Result<PureGroup, H5Error> {
    let options = OpenOptions {
        // A model is read once, so caching chunks only costs memory.
        chunk_cache_bytes: 0,
        external_file_resolver: Some(Arc::new(Refuse)),
        external_link_resolver: Some(Arc::new(Refuse)),
        max_read_bytes: dataset_limit(bytes.len()),
        max_chunk_bytes: dataset_limit(bytes.len()),
        ..OpenOptions::default()
    };
    let file = Hdf5File::from_bytes_with_options(bytes, options).map_err(convert)?;
    file.root_group().map(PureGroup).map_err(convert)
}

/// The end of file that the header records, in bytes from the start of the file.
pub(crate) fn recorded_length(bytes: &[u8]) -> Option<u64> {
    let header = Superblock::parse(&mut Cursor::new(bytes)).ok()?;
    // After a user block, writers disagree on where the count starts.
    (header.base_address == 0).then_some(header.eof_address)
}

impl Group for PureGroup {
    fn texts(&self, attribute: &str) -> Result<Option<Vec<String>>, H5Error> {
        let all = self.0.raw_attributes().map_err(convert)?;
        all.iter().find(|found| found.name() == attribute).map(|found| self.decode_texts(found)).transpose()
    }

    fn group(&self, name: &str) -> Result<Option<Self>, H5Error> {
        match self.0.group(name) {
            Ok(group) => Ok(Some(Self(group))),
            Err(ReaderError::GroupNotFound(_)) => Ok(None),
            Err(error) => Err(convert(error)),
        }
    }

    fn dataset(&self, name: &str) -> Result<Option<Dataset>, H5Error> {
        match self.0.dataset(name) {
            Ok(dataset) => read_dataset(&dataset).map(Some),
            Err(ReaderError::DatasetNotFound(_)) => Ok(None),
            Err(error) => Err(convert(error)),
        }
    }
}

impl PureGroup {
    fn decode_texts(&self, attribute: &RawAttribute) -> Result<Vec<String>, H5Error> {
        let message = attribute.message();
        let count = message.dataspace.num_elements().map_err(|e| H5Error::Damaged(e.to_string()))?;
        // Keras writes an empty list as a float64 array without elements.
        if count == 0 {
            return Ok(Vec::new());
        }
        if count > MAX_TEXTS as u64 {
            return Err(H5Error::TooMany { count, limit: MAX_TEXTS as u64 });
        }
        let chunks = match &message.datatype {
            Datatype::String { size: StringSize::Fixed(width), .. } => {
                return split(&message.raw_data, *width as usize, count)?.map(decode_fixed).collect();
            }
            Datatype::String { size: StringSize::Variable, .. }
            | Datatype::VarLen { kind: VarLenKind::String, .. } => {
                split(&message.raw_data, 8 + usize::from(self.0.offset_size()), count)?
            }
            other => return Err(H5Error::Type { expected: "text", found: format!("{other:?}") }),
        };
        self.decode_references(chunks)
    }

    /// Follows references into the global heap; many references may name one large text, so their sum is capped.
    fn decode_references<'a>(
        &self,
        references: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Vec<String>, H5Error> {
        let mut total = 0usize;
        let mut texts = Vec::new();
        for reference in references {
            let length = reference.first_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize);
            total = total.saturating_add(length);
            if total > MAX_TEXT_BYTES {
                return Err(H5Error::TooLarge { size: total as u64, limit: MAX_TEXT_BYTES as u64 });
            }
            let bytes = match length {
                0 => Vec::new(),
                _ => self.0.resolve_vlen_reference_bytes(reference, 1).map_err(convert)?,
            };
            texts.push(decode_fixed(&bytes)?);
        }
        Ok(texts)
    }
}

/// Cuts `raw` into `count` elements of `width` bytes, if they are all there.
fn split(raw: &[u8], width: usize, count: u64) -> Result<impl Iterator<Item = &[u8]>, H5Error> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if width == 0 || count > raw.len() / width {
        return Err(H5Error::Damaged(format!("{count} texts of {width} bytes in {} bytes", raw.len())));
    }
    Ok(raw.chunks_exact(width).take(count))
}

/// A text padded with NULs (h5py, C) or with spaces nobody needs (Fortran).
fn decode_fixed(bytes: &[u8]) -> Result<String, H5Error> {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    let text = std::str::from_utf8(bytes.get(..end).unwrap_or(bytes));
    text.map(str::to_owned).map_err(|e| H5Error::Damaged(format!("a string is not UTF-8: {e}")))
}

fn read_dataset(dataset: &hdf5_reader::Dataset) -> Result<Dataset, H5Error> {
    let (dtype, order) = element_type(dataset.dtype())?;
    let elements = checked_elements(dataset.shape(), dtype.size())?;
    let shape = dataset.shape().iter().map(|&d| d as usize).collect();
    let raw = match elements {
        0 => Vec::new(),
        _ => dataset.read_raw_bytes().map_err(convert)?,
    };
    if raw.len() != elements * dtype.size() {
        return Err(H5Error::Damaged(format!("{} bytes for {elements} elements", raw.len())));
    }
    Ok(Dataset { shape, dtype, values: to_f64(&raw, dtype, order) })
}

pub(crate) fn element_type(datatype: &Datatype) -> Result<(Dtype, ByteOrder), H5Error> {
    let integer = |size: u8| matches!(size, 1 | 2 | 4 | 8);
    match datatype {
        Datatype::FloatingPoint { size: 2, byte_order } => Ok((Dtype::F16, *byte_order)),
        Datatype::FloatingPoint { size: 4, byte_order } => Ok((Dtype::F32, *byte_order)),
        Datatype::FloatingPoint { size: 8, byte_order } => Ok((Dtype::F64, *byte_order)),
        Datatype::FixedPoint { size, signed: true, byte_order } if integer(*size) => {
            Ok((Dtype::Int(usize::from(*size)), *byte_order))
        }
        Datatype::FixedPoint { size, signed: false, byte_order } if integer(*size) => {
            Ok((Dtype::UInt(usize::from(*size)), *byte_order))
        }
        Datatype::String { .. } | Datatype::VarLen { kind: VarLenKind::String, .. } => {
            Err(H5Error::Type { expected: "numbers", found: "text".to_owned() })
        }
        other => Err(H5Error::Type { expected: "numbers", found: format!("{other:?}") }),
    }
}

pub(crate) fn to_f64(raw: &[u8], dtype: Dtype, order: ByteOrder) -> Vec<f64> {
    fn each<const N: usize>(raw: &[u8], order: ByteOrder, convert: impl Fn([u8; N]) -> f64) -> Vec<f64> {
        let elements = raw.chunks_exact(N).filter_map(|element| <[u8; N]>::try_from(element).ok());
        let little_endian = elements.map(|mut element| {
            if order == ByteOrder::BigEndian {
                element.reverse();
            }
            element
        });
        little_endian.map(convert).collect()
    }
    match dtype {
        Dtype::F16 => each(raw, order, |b| half::f16::from_le_bytes(b).to_f64()),
        Dtype::F32 => each(raw, order, |b| f64::from(f32::from_le_bytes(b))),
        Dtype::F64 => each(raw, order, f64::from_le_bytes),
        Dtype::Int(1) => each(raw, order, |b| f64::from(i8::from_le_bytes(b))),
        Dtype::Int(2) => each(raw, order, |b| f64::from(i16::from_le_bytes(b))),
        Dtype::Int(4) => each(raw, order, |b| f64::from(i32::from_le_bytes(b))),
        Dtype::Int(_) => each(raw, order, |b| i64::from_le_bytes(b) as f64),
        Dtype::UInt(1) => each(raw, order, |b| f64::from(u8::from_le_bytes(b))),
        Dtype::UInt(2) => each(raw, order, |b| f64::from(u16::from_le_bytes(b))),
        Dtype::UInt(4) => each(raw, order, |b| f64::from(u32::from_le_bytes(b))),
        Dtype::UInt(_) => each(raw, order, |b| u64::from_le_bytes(b) as f64),
    }
}

/// The number that h5py registered for LZF with the HDF Group.
const LZF_FILTER: &str = "32000";
/// The layout class of virtual datasets in the HDF5 format.
const VIRTUAL_LAYOUT: u8 = 3;

pub(crate) fn convert(error: ReaderError) -> H5Error {
    match error {
        ReaderError::Context { source, .. } => convert(*source),
        ReaderError::UnsupportedFilter(what) if what.contains(LZF_FILTER) => H5Error::Lzf,
        ReaderError::UnsupportedFilter(what) => H5Error::Filter(what),
        ReaderError::Other(what) if what.starts_with(OUTSIDE) => H5Error::External(what),
        ReaderError::UnsupportedLayoutClass(VIRTUAL_LAYOUT) => {
            H5Error::External("a virtual dataset".to_owned())
        }
        ReaderError::UnsupportedEncoding(what) if what.to_lowercase().contains("virtual") => {
            H5Error::External(what)
        }
        ReaderError::UnsupportedEncoding(what) => H5Error::Unsupported(what),
        other => H5Error::Damaged(other.to_string()),
    }
}
