//! What Keras 3 writes: the `.keras` archive, and the architecture in it and in Keras 3's own H5 files.
//!
//! - [`container`]: the zip archive and its members.
//! - [`architecture`]: the architecture in the words of Keras 2, which the reader of those files takes.
//! - [`variables`]: the arrays in `model.weights.h5`, which that file knows by class and number, not by name.

pub(super) mod architecture;
pub(super) mod container;
pub(super) mod variables;
