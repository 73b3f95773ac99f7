//! Arrays in npy and npz files, read row by row: whatever the number of samples, only some are in memory.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::CrcReader;
use flate2::read::DeflateDecoder;
use half::f16;
use npyz::{DType, Endianness, NpyHeader, Order, TypeChar};
use zip::{CompressionMethod, ZipArchive};

use super::error::{SampleError, SampleProblem};

/// An array that is read from its beginning, rows (entries along the first axis) at a time.
pub(super) struct ArrayReader {
    path: PathBuf,
    name: String,
    shape: Vec<usize>,
    numbers: Numbers,
    rows_left: usize,
    source: Source,
}

/// Where the numbers come from.
enum Source {
    /// They follow in C order.
    Stream(CrcReader<Box<dyn Read + Send>>, Option<u32>),
    /// They have been put in C order, the next one first.
    Memory(std::vec::IntoIter<f64>),
}

/// How a number is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers {
    kind: NumberKind,
    bytes: usize,
    big_endian: bool,
}

/// What a number is.
#[derive(Debug, Clone, Copy)]
pub(super) enum NumberKind {
    /// IEEE, of 2, 4 or 8 bytes.
    Float,
    /// Two's complement.
    Signed,
    /// Truth values are 0 and 1.
    Unsigned,
}

impl ArrayReader {
    fn new(
        path: &Path,
        name: &str,
        reader: Box<dyn Read + Send>,
        crc: Option<u32>,
    ) -> Result<Self, SampleError> {
        let refused = |problem: SampleProblem| problem.of_array(path, name);
        let mut counted = CrcReader::new(reader);
        let header =
            NpyHeader::from_reader(&mut counted).map_err(|error| refused(SampleProblem::Header(error)))?;
        let numbers = Numbers::of(&header.dtype()).map_err(refused)?;
        let extents = header.shape().iter().map(|&extent| usize::try_from(extent).ok());
        let shape: Vec<usize> =
            extents.collect::<Option<_>>().ok_or_else(|| refused(SampleProblem::TooLarge))?;
        let rows_left = shape.first().copied().unwrap_or(0);
        let (path, name) = (path.to_owned(), name.to_owned());
        let source = Source::Stream(counted, crc);
        let mut array = Self { path, name, shape, numbers, rows_left, source };
        if header.order() == Order::Fortran && array.shape.len() > 1 {
            array.reorder().map_err(|problem| array.blame(problem))?;
        }
        Ok(array)
    }

    /// The error that this array is to blame for.
    pub fn blame(&self, problem: SampleProblem) -> SampleError {
        problem.of_array(&self.path, &self.name)
    }

    /// The whole array's shape.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Elements of a row.
    pub fn row_len(&self) -> usize {
        self.shape.iter().skip(1).product()
    }

    /// The next rows, element after element; fewer where the array ends.
    ///
    /// # Errors
    /// The file ends early or is damaged.
    pub fn rows(&mut self, rows: usize) -> Result<Vec<f64>, SampleError> {
        self.read(rows).map_err(|problem| self.blame(problem))
    }

    fn read(&mut self, rows: usize) -> Result<Vec<f64>, SampleProblem> {
        let rows = rows.min(self.rows_left);
        self.rows_left -= rows;
        let numbers = rows * self.row_len();
        let at_end = self.rows_left == 0;
        let kind = self.numbers;
        match &mut self.source {
            Source::Memory(values) => Ok(values.take(numbers).collect()),
            Source::Stream(reader, crc) => {
                let mut bytes = vec![0; numbers * kind.bytes];
                reader.read_exact(&mut bytes).map_err(SampleProblem::Damaged)?;
                if at_end && crc.is_some_and(|crc| crc != reader.crc().sum()) {
                    return Err(SampleProblem::Checksum);
                }
                Ok(kind.decode(&bytes))
            }
        }
    }

    /// Reads an array in Fortran order as a whole and puts it in C order.
    fn reorder(&mut self) -> Result<(), SampleProblem> {
        let Source::Stream(reader, _) = &mut self.source else { return Ok(()) };
        let mut bytes = Vec::new();
        let expected =
            self.shape.iter().fold(self.numbers.bytes as u64, |all, &n| all.saturating_mul(n as u64));
        reader.take(expected).read_to_end(&mut bytes).map_err(SampleProblem::Damaged)?;
        let numbers = self.numbers.decode(&bytes);
        let reversed: Vec<usize> = self.shape.iter().rev().copied().collect();
        let array = ndarray::ArrayD::from_shape_vec(reversed, numbers)
            .map_err(|_| SampleProblem::Damaged(io::ErrorKind::UnexpectedEof.into()))?;
        self.source = Source::Memory(array.t().iter().copied().collect::<Vec<_>>().into_iter());
        Ok(())
    }
}

impl Numbers {
    /// Numbers of so many bytes, the lowest first.
    pub fn little_endian(kind: NumberKind, bytes: usize) -> Self {
        Self { kind, bytes, big_endian: false }
    }

    /// Bytes of each.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn of(dtype: &DType) -> Result<Self, SampleProblem> {
        let DType::Plain(ty) = dtype else { return Err(SampleProblem::Elements("records".to_owned())) };
        let refused = || SampleProblem::Elements(format!("of the type {ty}"));
        let (kind, sizes): (_, &[usize]) = match ty.type_char() {
            TypeChar::Float => (NumberKind::Float, &[2, 4, 8]),
            TypeChar::Int => (NumberKind::Signed, &[1, 2, 4, 8]),
            TypeChar::Uint => (NumberKind::Unsigned, &[1, 2, 4, 8]),
            TypeChar::Bool => (NumberKind::Unsigned, &[1]),
            _ => return Err(refused()),
        };
        let bytes = ty.num_bytes().filter(|bytes| sizes.contains(bytes)).ok_or_else(refused)?;
        Ok(Self { kind, bytes, big_endian: ty.endianness() == Endianness::Big })
    }

    /// As float64, which holds integers of up to 53 bits exactly.
    pub fn decode(&self, bytes: &[u8]) -> Vec<f64> {
        let numbers = bytes.chunks_exact(self.bytes);
        // The commonest by far.
        if let (NumberKind::Float, 4, false) = (self.kind, self.bytes, self.big_endian) {
            return numbers.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]).into()).collect();
        }
        numbers.map(|bytes| self.number(bytes)).collect()
    }

    fn number(&self, bytes: &[u8]) -> f64 {
        let bits = |bits: u64, byte: &u8| (bits << 8) | u64::from(*byte);
        let word =
            if self.big_endian { bytes.iter().fold(0, bits) } else { bytes.iter().rev().fold(0, bits) };
        let unused = 64 - 8 * self.bytes;
        match (self.kind, self.bytes) {
            (NumberKind::Float, 2) => f16::from_bits(word as u16).into(),
            (NumberKind::Float, 4) => f32::from_bits(word as u32).into(),
            (NumberKind::Float, _) => f64::from_bits(word),
            (NumberKind::Signed, _) => (((word << unused) as i64) >> unused) as f64,
            (NumberKind::Unsigned, _) => word as f64,
        }
    }
}

/// A file of arrays: an npz, or an npy with one that has no name.
pub(super) enum ArrayFile {
    /// One array without a name.
    Single(ArrayReader),
    /// Named arrays.
    Archive(NpzArchive),
}

/// An npz.
pub(super) struct NpzArchive {
    zip: ZipArchive<BufReader<File>>,
    path: PathBuf,
}

impl ArrayFile {
    /// Opens a file; what it is, its first bytes say.
    ///
    /// # Errors
    /// The file cannot be read, or is neither.
    pub fn open(path: &Path) -> Result<Self, SampleError> {
        let refused = |error| SampleProblem::Read(error).of(path);
        let mut file = BufReader::new(File::open(path).map_err(refused)?);
        let mut magic = Vec::new();
        file.by_ref().take(6).read_to_end(&mut magic).map_err(refused)?;
        file.seek(SeekFrom::Start(0)).map_err(refused)?;
        if magic == b"\x93NUMPY" {
            return Ok(Self::Single(ArrayReader::new(path, "", Box::new(file), None)?));
        }
        let zip = ZipArchive::new(file).map_err(|error| SampleProblem::Format(error.to_string()).of(path))?;
        Ok(Self::Archive(NpzArchive { zip, path: path.to_owned() }))
    }
}

impl NpzArchive {
    /// The arrays' names.
    pub fn names(&self) -> Vec<String> {
        // A name that is no text belongs to no array that anybody asks for.
        let names = self.zip.file_names().filter_map(Result::ok);
        names.map(|name| name.strip_suffix(".npy").unwrap_or(&name).to_owned()).collect()
    }

    /// An array; each reads the file for itself, so that several can be read side by side.
    ///
    /// # Errors
    /// There is no such array, or it is no array of numbers.
    pub fn array(&mut self, name: &str) -> Result<ArrayReader, SampleError> {
        let (reader, crc) = self.member(name).map_err(|problem| problem.of_array(&self.path, name))?;
        ArrayReader::new(&self.path, name, reader, Some(crc))
    }

    /// The unpacked bytes of an array, and their checksum.
    fn member(&mut self, name: &str) -> Result<(Box<dyn Read + Send>, u32), SampleProblem> {
        let unknown = |reason: &str| SampleProblem::Member(reason.to_owned());
        let index =
            [format!("{name}.npy"), name.to_owned()].iter().find_map(|file| self.zip.index_for_name(file));
        let index = index.ok_or_else(|| unknown("it is not there"))?;
        // Its header in front of the data has to be looked at for their beginning; the data are not.
        let member = self.zip.by_index(index).map_err(|error| unknown(&error.to_string()))?;
        let start = member.data_start().ok_or_else(|| unknown("its place in the file is unknown"))?;
        let (len, method, crc) = (member.compressed_size(), member.compression(), member.crc32());
        if member.encrypted() {
            return Err(SampleProblem::Encrypted);
        }
        let mut file = File::open(&self.path).map_err(SampleProblem::Read)?;
        file.seek(SeekFrom::Start(start)).map_err(SampleProblem::Read)?;
        let data = BufReader::new(file).take(len);
        let reader: Box<dyn Read + Send> = match method {
            CompressionMethod::Stored => Box::new(data),
            CompressionMethod::Deflated => Box::new(DeflateDecoder::new(data)),
            other => return Err(SampleProblem::Compression(other.to_string())),
        };
        Ok((reader, crc))
    }
}
