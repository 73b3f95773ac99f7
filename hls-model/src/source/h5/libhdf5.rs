//! The C library through `hdf5-metno`: the second opinion against which the default back end is checked.

use std::io::Write;
use std::rc::Rc;

use hdf5_metno as hdf5;
use hdf5_metno::types::{FixedAscii, FixedUnicode, FloatSize, TypeDescriptor, VarLenAscii, VarLenUnicode};
use hdf5_metno::{LinkType, dataset::Layout};

use super::{Dataset, Dtype, Group, H5Error, MAX_TEXT_BYTES, checked_elements};

/// A group, together with the temporary file that the library reads from.
pub(crate) struct LibGroup {
    group: hdf5::Group,
    copy: Rc<tempfile::NamedTempFile>,
}

/// Opens the root group of a temporary copy of `bytes`.
pub(crate) fn open(bytes: &[u8]) -> Result<LibGroup, H5Error> {
    let io = |e: std::io::Error| H5Error::Unsupported(format!("no temporary copy could be made: {e}"));
    let mut copy = tempfile::NamedTempFile::new().map_err(io)?;
    copy.write_all(bytes).and_then(|()| copy.flush()).map_err(io)?;
    let file = hdf5::File::open(copy.path()).map_err(convert)?;
    let group = file.as_group().map_err(convert)?;
    Ok(LibGroup { group, copy: Rc::new(copy) })
}

impl LibGroup {
    /// The kind of a link, external ones refused.
    fn link(&self, name: &str) -> Result<Option<LinkType>, H5Error> {
        let mut found = None;
        let visit = |link: &str, info: hdf5::LinkInfo| {
            if link == name {
                found = Some(info.link_type);
            }
            Ok(())
        };
        self.group.iter_visit_default(visit).map_err(convert)?;
        match found {
            Some(LinkType::External) => {
                Err(H5Error::External(format!("the link {name:?} leads to another file")))
            }
            other => Ok(other),
        }
    }
}

impl Group for LibGroup {
    fn texts(&self, attribute: &str) -> Result<Option<Vec<String>>, H5Error> {
        if !self.group.attr_names().map_err(convert)?.iter().any(|name| name == attribute) {
            return Ok(None);
        }
        let attribute = self.group.attr(attribute).map_err(convert)?;
        if attribute.size() == 0 {
            return Ok(Some(Vec::new()));
        }
        let texts = match attribute.dtype().and_then(|d| d.to_descriptor()).map_err(convert)? {
            TypeDescriptor::VarLenAscii => {
                texts_of(&attribute.read_raw::<VarLenAscii>().map_err(convert)?, VarLenAscii::as_bytes)
            }
            TypeDescriptor::VarLenUnicode => {
                texts_of(&attribute.read_raw::<VarLenUnicode>().map_err(convert)?, VarLenUnicode::as_bytes)
            }
            TypeDescriptor::FixedAscii(width) => fixed_texts(&attribute, width, Charset::Ascii),
            TypeDescriptor::FixedUnicode(width) => fixed_texts(&attribute, width, Charset::Unicode),
            other => Err(H5Error::Type { expected: "text", found: other.to_string() }),
        };
        texts.map(Some)
    }

    fn group(&self, name: &str) -> Result<Option<Self>, H5Error> {
        match self.link(name)? {
            None => Ok(None),
            Some(_) => {
                let group = self.group.group(name).map_err(convert)?;
                Ok(Some(Self { group, copy: Rc::clone(&self.copy) }))
            }
        }
    }

    fn dataset(&self, name: &str) -> Result<Option<Dataset>, H5Error> {
        match self.link(name)? {
            None => Ok(None),
            Some(_) => read_dataset(&self.group.dataset(name).map_err(convert)?).map(Some),
        }
    }
}

#[derive(Clone, Copy)]
enum Charset {
    Ascii,
    Unicode,
}

/// The library converts between widths but not between character sets, and its Rust types have fixed widths.
fn fixed_texts(attribute: &hdf5::Attribute, width: usize, charset: Charset) -> Result<Vec<String>, H5Error> {
    fn read<const N: usize>(attribute: &hdf5::Attribute, charset: Charset) -> Result<Vec<String>, H5Error> {
        let size = attribute.size().saturating_mul(N);
        if size > MAX_TEXT_BYTES {
            return Err(H5Error::TooLarge { size: size as u64, limit: MAX_TEXT_BYTES as u64 });
        }
        match charset {
            Charset::Ascii => {
                texts_of(&attribute.read_raw::<FixedAscii<N>>().map_err(convert)?, FixedAscii::as_bytes)
            }
            Charset::Unicode => {
                texts_of(&attribute.read_raw::<FixedUnicode<N>>().map_err(convert)?, FixedUnicode::as_bytes)
            }
        }
    }
    match width {
        0..=256 => read::<256>(attribute, charset),
        257..=4096 => read::<4096>(attribute, charset),
        4097..=65536 => read::<65536>(attribute, charset),
        _ => Err(H5Error::TooLarge { size: width as u64, limit: 65536 }),
    }
}

fn texts_of<T>(texts: &[T], bytes: impl Fn(&T) -> &[u8]) -> Result<Vec<String>, H5Error> {
    let decode = |text: &T| std::str::from_utf8(bytes(text)).map(str::to_owned);
    texts
        .iter()
        .map(decode)
        .collect::<Result<_, _>>()
        .map_err(|e| H5Error::Damaged(format!("a string is not UTF-8: {e}")))
}

fn read_dataset(dataset: &hdf5::Dataset) -> Result<Dataset, H5Error> {
    if dataset.layout() == Layout::Virtual {
        return Err(H5Error::External("a virtual dataset".to_owned()));
    }
    let plist = dataset.create_plist().map_err(convert)?;
    if !plist.get_external().map_err(convert)?.is_empty() {
        return Err(H5Error::External("external storage".to_owned()));
    }
    let dtype = match dataset.dtype().and_then(|d| d.to_descriptor()).map_err(convert)? {
        TypeDescriptor::Float(FloatSize::U2) => Dtype::F16,
        TypeDescriptor::Float(FloatSize::U4) => Dtype::F32,
        TypeDescriptor::Float(FloatSize::U8) => Dtype::F64,
        TypeDescriptor::Integer(size) => Dtype::Int(size as usize),
        TypeDescriptor::Unsigned(size) => Dtype::UInt(size as usize),
        other => return Err(H5Error::Type { expected: "numbers", found: other.to_string() }),
    };
    let shape = dataset.shape();
    let sizes: Vec<u64> = shape.iter().map(|&size| size as u64).collect();
    let values = match checked_elements(&sizes, dtype.size())? {
        0 => Vec::new(),
        _ => dataset.as_reader().conversion(hdf5::Conversion::Soft).read_raw::<f64>().map_err(convert)?,
    };
    Ok(Dataset { shape, dtype, values })
}

fn convert(error: hdf5::Error) -> H5Error {
    let text = error.to_string();
    // The library names a filter that it lacks by its registered name.
    match text.to_lowercase().contains("lzf") {
        true => H5Error::Lzf,
        false => H5Error::Damaged(text),
    }
}
