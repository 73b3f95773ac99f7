//! Keras models as typed layers, whichever file they came from: what every reader makes, and all that the rest of the crate
//! knows of Keras.

mod classes;
pub mod config;
mod generation;
mod model;

pub use super::h5::Dtype;
pub use classes::SUPPORTED_CLASSES;
pub(super) use classes::{Reader, canonical_class, hgq_class, reader_of};
pub use generation::Generation;
pub use model::{Bidirectional, KerasLayer, KerasModel, LayerConfig, ModelKind, NamedArray, TensorRef};
