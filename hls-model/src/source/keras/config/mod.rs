//! Layer configurations, typed: one struct per family of layer classes, with the fields that matter for inference.
//!
//! Fields that only matter in training (initializers, regularizers, constraints) and unknown ones are ignored; the whole
//! object stays available as [`KerasLayer::raw`](super::KerasLayer::raw).
//!
//! A layer is called here what Keras calls it. Some names recur in [`graph::op`](crate::graph::op), where they are the operations that
//! such layers become: `config::Dense` is what a file says, `op::Dense` what the hardware computes.

mod activation;
mod fields;
mod hgq;
mod hgq_fields;
mod hgq_tables;
mod layers;
mod spatial;

pub(in crate::source) use activation::of_layer;
pub use activation::{Activation, ActivationFunction};
pub use fields::{BatchShape, DataFormat, Padding};
pub(in crate::source) use fields::{data_format_of, typed};
pub use hgq::{FoldedNorm, HGQ_CLASSES, Hgq, HgqLayer, HgqSoftmax, InputQuantizers, Placed};
pub(in crate::source) use hgq::{HgqReader, hgq_layer};
pub use hgq_tables::{AxisSum, TableLayer, TableNorm, TablePatches};
pub(in crate::source) use layers::rnn;
pub use layers::{
    BatchNorm, Concatenate, Dense, Dot, EinsumDense, Elu, Embedding, Input, LayerNorm, LeakyRelu, MergeOp,
    Permute, Prelu, Relu, Reshape, Rnn, RnnFields, RnnKind, Softmax, ThresholdedRelu,
};
pub use spatial::{
    BatchNormFolding, Conv, ConvFields, ConvTranspose, Convolution, Depthwise, DepthwiseConv, FullConv,
    GlobalPool, Margins, Pool, PoolKind, Separable, SeparableConv, UpSampling1D, UpSampling2D,
};
pub(in crate::source) use spatial::{convolution, margins, repeats};
