//! The intermediate representation: what hls4ml calls a `ModelGraph`.
//!
//! A [`Graph`] is an ordered list of [`Node`]s; each node has one [`Op`] (what it computes), reads [`Tensor`]s, owns
//! the tensors it writes and the [`Weight`]s it needs. Nodes and tensors refer to each other by id, never by
//! reference, so a pass can edit the graph freely; order is the order in which the firmware calls the layers.
//!
//! Two types share this definition. A [`Draft`] is what the passes work on: a precision may still be
//! [`Auto`](PrecisionSpec::Auto). A [`Graph`] (that is, `Graph<Precision>`) is what
//! [`convert`](crate::convert) returns: every precision is known, and nothing after it can meet an unknown one.
//!
//! Names are hls4ml's, because users' configurations, scripts and eyes know them: `layer4_out`, `weight2_t`,
//! `dense0_accum_t`. Indices are given once, when a node is made, and are never reused; removed layers leave gaps.

mod edit;
mod facts;
mod model;
mod node;
pub mod op;
mod quantized;
mod request;
mod settle;
mod spec;
mod stored;
mod tensor;
mod types;
mod validate;
mod values;
mod weight;

pub use facts::facts;
pub use model::{Draft, Graph, NodeId};
pub use node::Node;
pub use op::{Op, Strategy};
pub use quantized::{QuantizeError, WeightEncoding, WeightQuantizer, activation_precision};
pub use request::{PipelineStyle, Requests};
pub use settle::TooWide;
pub use spec::{LayerSpec, LoweredModel, WeightSpec};
pub use stored::{MAX_DECIMALS, StoreError, Stored, exponent_of_two};
pub use tensor::{Interface, Tensor, TensorId};
pub use types::{NamedType, TypeRole};
pub use validate::ValidationError;
pub(crate) use values::broadcast;
pub use values::{FloatWidth, Values};
pub use weight::{Census, Presence, Weight, WeightRole};
