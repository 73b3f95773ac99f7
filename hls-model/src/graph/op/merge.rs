//! Operations on two tensors.

use serde_json::{Value, json};

/// Two tensors combined element by element.
#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    /// How.
    pub kind: MergeKind,
}

/// How [`Merge`] combines two elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeKind {
    /// a + b
    Add,
    /// a - b
    Subtract,
    /// a · b
    Multiply,
    /// (a + b) / 2
    Average,
    /// the larger
    Maximum,
    /// the smaller
    Minimum,
}

impl MergeKind {
    /// hls4ml's word, also the name of the C++ function.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Subtract => "subtract",
            Self::Multiply => "multiply",
            Self::Average => "average",
            Self::Maximum => "maximum",
            Self::Minimum => "minimum",
        }
    }
}

/// Two tensors behind each other along an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Concatenate {
    /// Number of axes, without the batch axis: 1, 2 or 3.
    pub rank: usize,
    /// The axis as Keras gives it: counted with the batch axis, or negative from the end.
    pub axis: i64,
}

impl Concatenate {
    /// The axis counted without the batch axis, from 0.
    pub fn tensor_axis(&self) -> Option<usize> {
        let rank = i64::try_from(self.rank).ok()?;
        let axis = if self.axis > 0 { self.axis - 1 } else { self.axis + rank };
        usize::try_from(axis).ok().filter(|&a| a < self.rank)
    }
}

/// Scalar product of two vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Dot {
    /// Number of elements of each vector.
    pub n_in: usize,
}

impl Merge {
    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![("op", json!(self.kind.as_str()))]
    }
}

impl Concatenate {
    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![("op", json!(format!("concatenate{}d", self.rank))), ("axis", json!(self.axis))]
    }
}

impl Dot {
    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![("op", json!("dot1d"))]
    }
}
