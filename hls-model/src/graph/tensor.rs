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
    /// For a reshape of an array: the tensor whose memory this one is another view of.
    pub in_place_of: Option<TensorId>,
    /// How it travels between layers.
    pub interface: Interface,
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

/// How a tensor travels from the layer that writes it to those that read it.
///
/// Exhaustive on purpose: code that writes one has to handle all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Interface {
    /// All elements at once, in an array.
    #[default]
    Array,
    /// One pixel or time step after the other, through a queue.
    Stream {
        /// Elements that travel together.
        pack: usize,
        /// Places in the queue, each for `pack` elements.
        depth: usize,
    },
}
