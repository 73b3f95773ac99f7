//! What Keras 2 writes: legacy H5 files, as `model.save("m.h5")` writes them, and the architecture in them. Keras 3 writes such files as
//! well, and its architecture is put into the same words before it is read.

pub(super) mod archive;
pub(super) mod hgq;
mod plain;
pub(super) mod topology;
pub(super) mod weights;
