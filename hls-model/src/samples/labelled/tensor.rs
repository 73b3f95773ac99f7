//! Features of an example as arrays of numbers.

use half::f16;
use prost::Message;

use super::arrays::Extents;
use super::proto::{Feature, Kind, TensorProto};
use crate::samples::npy::{NumberKind, Numbers};

/// Numbers of a feature.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tensor {
    pub extents: Extents,
    pub numbers: Vec<f64>,
}

/// More elements are not made of a single number that stands for all.
const MOST_REPEATED: usize = 1 << 24;

impl Tensor {
    /// A feature's numbers, or what is wrong with it.
    pub fn of(feature: Feature) -> Result<Self, String> {
        match feature.kind {
            None => Err("it is empty".to_owned()),
            Some(Kind::Floats(list)) => Ok(Self::list(list.value.into_iter().map(f64::from).collect())),
            Some(Kind::Integers(list)) => Ok(Self::list(list.value.into_iter().map(|n| n as f64).collect())),
            Some(Kind::Bytes(list)) => match list.value.as_slice() {
                [bytes] => Self::deserialized(bytes),
                several => Err(format!("it has {} texts instead of one serialized tensor", several.len())),
            },
        }
    }

    fn list(numbers: Vec<f64>) -> Self {
        Self { extents: Extents::List(numbers.len()), numbers }
    }

    /// What `tf.io.serialize_tensor` made.
    fn deserialized(bytes: &[u8]) -> Result<Self, String> {
        let tensor = TensorProto::decode(bytes).map_err(|error| {
            format!("its bytes are not a tensor that tf.io.serialize_tensor made ({error})")
        })?;
        let extents = extents(&tensor)?;
        let elements = extents.iter().try_fold(1_usize, |all, &extent| all.checked_mul(extent));
        let elements =
            elements.ok_or_else(|| format!("it claims the shape {extents:?}, which is too large"))?;
        let numbers = match tensor.tensor_content.is_empty() {
            false => content(&tensor, elements)?,
            true => listed(tensor, elements)?,
        };
        Ok(Self { extents: Extents::Record(extents), numbers })
    }
}

fn extents(tensor: &TensorProto) -> Result<Vec<usize>, String> {
    let shape = tensor.tensor_shape.as_ref();
    if shape.is_some_and(|shape| shape.unknown_rank) {
        return Err("the shape of its tensor is unknown".to_owned());
    }
    let extents = shape.into_iter().flat_map(|shape| &shape.dim);
    let extents = extents
        .map(|dim| usize::try_from(dim.size).map_err(|_| format!("an axis has the extent {}", dim.size)));
    extents.collect()
}

/// How elements of a type are stored, by TensorFlow's `DataType`.
fn stored(dtype: i32) -> Option<Numbers> {
    let (kind, bytes) = match dtype {
        1 => (NumberKind::Float, 4),
        2 => (NumberKind::Float, 8),
        3 => (NumberKind::Signed, 4),
        4 => (NumberKind::Unsigned, 1),
        5 => (NumberKind::Signed, 2),
        6 => (NumberKind::Signed, 1),
        9 => (NumberKind::Signed, 8),
        10 => (NumberKind::Unsigned, 1),
        17 => (NumberKind::Unsigned, 2),
        19 => (NumberKind::Float, 2),
        22 => (NumberKind::Unsigned, 4),
        23 => (NumberKind::Unsigned, 8),
        _ => return None,
    };
    Some(Numbers::little_endian(kind, bytes))
}

fn unknown(dtype: i32) -> String {
    format!("its elements are of TensorFlow's type {dtype}, which is not read; save it as float32")
}

fn content(tensor: &TensorProto, elements: usize) -> Result<Vec<f64>, String> {
    let numbers = stored(tensor.dtype).ok_or_else(|| unknown(tensor.dtype))?;
    let found = tensor.tensor_content.len();
    if elements.checked_mul(numbers.bytes()) != Some(found) {
        return Err(format!("it has {found} bytes for {elements} elements of {} bytes", numbers.bytes()));
    }
    Ok(numbers.decode(&tensor.tensor_content))
}

fn listed(tensor: TensorProto, elements: usize) -> Result<Vec<f64>, String> {
    let mut numbers: Vec<f64> = match tensor.dtype {
        1 => tensor.float_val.into_iter().map(f64::from).collect(),
        2 => tensor.double_val,
        3..=6 | 17 => tensor.int_val.into_iter().map(f64::from).collect(),
        9 => tensor.int64_val.into_iter().map(|number| number as f64).collect(),
        10 => tensor.bool_val.into_iter().map(|truth| f64::from(u8::from(truth))).collect(),
        19 => tensor.half_val.into_iter().map(|bits| f16::from_bits(bits as u16).to_f64()).collect(),
        22 => tensor.uint32_val.into_iter().map(f64::from).collect(),
        23 => tensor.uint64_val.into_iter().map(|number| number as f64).collect(),
        other => return Err(unknown(other)),
    };
    match (numbers.len(), numbers.last().copied()) {
        (found, _) if found == elements => Ok(numbers),
        (found, Some(last)) if found < elements && elements <= MOST_REPEATED => {
            numbers.resize(elements, last);
            Ok(numbers)
        }
        (found, _) => Err(format!("it has {found} numbers for {elements} elements")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::proto::{BytesList, Dim, FloatList, TensorShapeProto};
    use super::*;

    fn tensor(dtype: i32, shape: &[i64]) -> TensorProto {
        let dim = shape.iter().map(|&size| Dim { size }).collect();
        let tensor_shape = Some(TensorShapeProto { dim, unknown_rank: false });
        TensorProto { dtype, tensor_shape, ..TensorProto::default() }
    }

    fn read(tensor: &TensorProto) -> Result<Tensor, String> {
        let value = vec![tensor.encode_to_vec()];
        Tensor::of(Feature { kind: Some(Kind::Bytes(BytesList { value })) })
    }

    #[test]
    fn numbers_of_all_types() {
        let content =
            |dtype, bytes: &[u8]| TensorProto { tensor_content: bytes.to_vec(), ..tensor(dtype, &[2]) };
        let table = [
            (content(1, &[0, 0, 128, 63, 0, 0, 0, 192]), [1.0, -2.0]),
            (content(6, &[255, 2]), [-1.0, 2.0]),
            (content(4, &[255, 2]), [255.0, 2.0]),
            (content(10, &[0, 1]), [0.0, 1.0]),
            (content(19, &[0, 60, 0, 192]), [1.0, -2.0]),
            (content(9, &[[255; 8], [1, 0, 0, 0, 0, 0, 0, 0]].concat()), [-1.0, 1.0]),
            (TensorProto { float_val: vec![1.5, 2.5], ..tensor(1, &[2]) }, [1.5, 2.5]),
            // The last number stands for all that follow.
            (TensorProto { float_val: vec![1.5], ..tensor(1, &[2]) }, [1.5, 1.5]),
            (TensorProto { half_val: vec![15360, 49152], ..tensor(19, &[2]) }, [1.0, -2.0]),
        ];
        for (proto, expected) in table {
            let found = read(&proto).expect("it can be read");
            assert_eq!(found, Tensor { extents: Extents::Record(vec![2]), numbers: expected.to_vec() });
        }
    }

    #[test]
    fn tensors_that_lie_are_refused() {
        let unranked = TensorShapeProto { dim: Vec::new(), unknown_rank: true };
        let table = [
            (
                TensorProto { tensor_content: vec![0; 7], ..tensor(1, &[2]) },
                "7 bytes for 2 elements of 4 bytes",
            ),
            (TensorProto { float_val: vec![1.0], ..tensor(1, &[1 << 40]) }, "1 numbers for"),
            (TensorProto { tensor_content: vec![0; 4], ..tensor(1, &[i64::MAX, i64::MAX]) }, "too large"),
            (TensorProto { tensor_content: vec![0; 4], ..tensor(1, &[-1]) }, "the extent -1"),
            (TensorProto { tensor_content: vec![0; 4], ..tensor(7, &[1]) }, "type 7"),
            (TensorProto { tensor_shape: Some(unranked), ..tensor(1, &[]) }, "is unknown"),
            (tensor(1, &[3]), "0 numbers for 3 elements"),
        ];
        for (proto, expected) in table {
            let error = read(&proto).expect_err(expected);
            assert!(error.contains(expected), "{error}");
        }
        let raw = Feature { kind: Some(Kind::Bytes(BytesList { value: vec![vec![7; 5]] })) };
        assert!(Tensor::of(raw).expect_err("no tensor").contains("tf.io.serialize_tensor"));
        assert!(Tensor::of(Feature { kind: None }).is_err());
        let list = FloatList { value: vec![0.5, 1.0] };
        let list = Tensor::of(Feature { kind: Some(Kind::Floats(list)) }).expect("a list");
        assert_eq!(list.extents, Extents::List(2));
    }
}
