//! A tensor: a value that flows between layers.

use super::types::NamedType;
use crate::precision::Precision;

/// Identifies a tensor within its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TensorId(pub(super) usize);

/// A value that flows between layers.
#[derive(Debug, Clone)]
pub struct Tensor<P = Precision> {
    /// hls4ml's name of the output: that of the layer that writes it.
    pub name: String,
    /// The C++ variable.
    pub variable: String,
    /// Extent of each axis, without the batch axis; the last axis varies fastest.
    pub shape: Vec<usize>,
    /// Element type.
    pub ty: NamedType<P>,
    /// For a reshape with io_parallel: the tensor whose memory this one is another view of.
    pub in_place_of: Option<TensorId>,
    /// How the array is laid out in hardware.
    pub layout: Layout,
}

impl<P> Tensor<P> {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether the tensor has no elements (never true in a valid graph).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How an array is laid out in hardware (the pragma that the firmware puts on it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `ARRAY_RESHAPE complete`: one wide word; hls4ml's choice for inputs.
    Reshape,
    /// `ARRAY_PARTITION complete`: one register per element.
    Partition,
    /// No pragma: another view of a tensor that has one.
    View,
}
