//! The intermediate representation: what hls4ml calls a `ModelGraph`.
//!
//! # What is in it
//!
//! - A [`Node`] is one layer of the firmware. It has one [`Op`] (what it computes, with everything that is particular to the operation),
//!   reads [`Tensor`]s, writes tensors, and owns [`Weight`]s and named types for what is inside it: accumulators, tables, parameters.
//! - A [`Tensor`] is a value between nodes: a shape without the batch axis (the last axis varies fastest), an element type, and the
//!   [`Interface`] by which it travels. A reshape of an array is no copy but another view of it (`in_place_of`); nothing else says so.
//! - A [`NamedType`] is a [`Precision`](crate::precision::Precision) under a name. The name counts: of two layers that use one name, the
//!   first defines the type and the other gets it, as in a C++ header.
//! - A [`Weight`] has its values twice: as the file has them, and as the quantizer leaves them. What the firmware uses is the latter *as its
//!   type stores them* ([`Weight::stored`]): a value that is not on the grid of the type is quantized once more when it is read.
//!
//! Nodes and tensors refer to each other by id, never by reference, so a pass can edit the graph freely. The list of nodes is ordered: it is
//! the order in which the firmware calls the layers, and each node comes after those whose tensors it reads.
//!
//! Names are hls4ml's, because users' configurations, scripts, traces and eyes know them: `layer4_out`, `weight2_t`, `dense0_accum_t`.
//! An index is given once, when a node is made, and never again; removed layers leave gaps.
//!
//! # What settles when
//!
//! | stage | type | settled |
//! |---|---|---|
//! | [`lower`](mod@crate::lower) | [`LoweredModel`] of [`LayerSpec`]s | operations, shapes, names, the quantizers' types |
//! | `build` | [`Draft`] | indices, names of types, what the configuration says: precisions (one may still be `auto`), attributes, traces |
//! | flow `convert` | [`Draft`] | which layers there are: composite ones are taken apart, others fused or removed; then every precision |
//! | flows of the back end | [`Draft`] | strategy and reuse factor, views, table sizes, the layout of weights, last precisions |
//! | `settle` | [`Graph`] | everything. `Graph` is `Graph<Precision>`: nothing after this can meet an open type |
//!
//! A pass may change the nodes, their order, tensors, types and weights, and nothing else: not the names by which the configuration knows a
//! layer, not an index, not [`Requests`]. [`passes::flows`](crate::passes::flows) lists them in order. `Graph::validate` checks the rules
//! between flows, in debug builds after each change.
//!
//! # The order of additions is part of the meaning
//!
//! A sum in an accumulator that wraps is the same in any order; in one that saturates or rounds it is not. The kernels add in an order that
//! depends on the strategy, the reuse factor, and on whether the weights are transposed. So these three are facts of the graph although
//! they look like matters of scheduling, and the emulator reads them. What changes no number is not here: pragmas, the
//! schedule of the top function and storage are decided by the back end, from the graph and what the configuration asked for
//! ([`Requests`]).
//!
//! The [crate's page](crate) follows one small model through every stage.

mod edit;
mod facts;
mod kernel_layout;
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
mod widths;

pub use facts::facts;
pub use kernel_layout::KernelLayout;
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
pub use widths::{Width, Widths};
