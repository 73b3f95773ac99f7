//! Operations on two tensors.

use serde_json::{Value, json};

/// Two tensors combined element by element; the smaller one is repeated until it is as large as the other.
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
    /// Whether more than two tensors can be combined pair by pair.
    pub(crate) fn is_associative(self) -> bool {
        matches!(self, Self::Add | Self::Multiply | Self::Maximum | Self::Minimum)
    }

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
    /// Extent of each axis of the first tensor: 1, 2 or 3 axes, without the batch axis.
    pub first: Vec<usize>,
    /// Extent of each axis of the second tensor.
    pub second: Vec<usize>,
    /// The axis as Keras gives it: counted with the batch axis, or negative from the end.
    pub axis: i64,
}

impl Concatenate {
    /// Number of axes.
    pub fn rank(&self) -> usize {
        self.first.len()
    }

    /// The axis counted without the batch axis, from 0.
    pub fn tensor_axis(&self) -> Option<usize> {
        let rank = i64::try_from(self.rank()).ok()?;
        let axis = if self.axis > 0 { self.axis - 1 } else { self.axis + rank };
        usize::try_from(axis).ok().filter(|&a| a < self.rank())
    }

    /// How many elements in a row come from either tensor, in turn.
    pub fn runs(&self) -> [usize; 2] {
        let axis = self.tensor_axis().unwrap_or(0);
        [&self.first, &self.second].map(|shape| shape.iter().skip(axis).product())
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
        vec![("op", json!(format!("concatenate{}d", self.rank()))), ("axis", json!(self.axis))]
    }
}

impl Dot {
    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![("op", json!("dot1d"))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_follow_from_the_axis() {
        let shapes = (vec![2, 3, 4], vec![2, 5, 4]);
        for (axis, expected) in
            [(-1, Some(2)), (3, Some(2)), (2, Some(1)), (-2, Some(1)), (1, Some(0)), (4, None)]
        {
            let op = Concatenate { first: shapes.0.clone(), second: shapes.1.clone(), axis };
            assert_eq!(op.tensor_axis(), expected, "axis {axis}");
        }
        let op = Concatenate { first: shapes.0, second: shapes.1, axis: 2 };
        assert_eq!(op.runs(), [12, 20]);
    }
}
