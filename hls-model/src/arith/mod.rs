//! The exact arithmetic of each operation, as data.
//!
//! Everything that decides a bit of the firmware's results is written down here as plain structs: which element of the input goes where,
//! which constants it meets (as raw integers), what type and range every intermediate number has, where a number is cast and how that cast
//! rounds and overflows, in which order numbers are added where that matters, and what the entries of tables are. [`crate::emulate`]
//! compiles these structs to machine words and loops; a back end for hardware can print them. Both are then exact for the same reason, and
//! the compiled C++ of the firmware, which does not come from here, stays an independent witness.
//!
//! # Numbers
//!
//! A number is its *raw* integer `r`; what it stands for is `r · 2^-f`, `f` being the fractional bits of its type. A [`Term`] is the type
//! and the range of a C++ expression: `low..=high`, as raw integers, so a signed wire of [`Term::bits`] bits holds it. C++'s operators on
//! `ap_fixed` are exact, so the only things that ever change a number are
//!
//! - a [`Cast`], which moves the binary point ([`Alignment`]: for a wire nothing but a selection of bits, unless it rounds) and then deals
//!   with what does not fit ([`Fitting`]: `None` where the ranges show that everything fits);
//! - an index into a table, which is clamped to the entries that there are.
//!
//! A [`Chain`] is what happens to one number on its way: casts and lines `factor · x + addend`.
//!
//! # Operations
//!
//! [`Arithmetic::of`] gives one [`Operation`] for each node that computes something. They come in families:
//!
//! | family | operations of the graph |
//! |---|---|
//! | [`MatrixProduct`] | Dense, convolutions, contractions with weights: rows of constants over windows of the input |
//! | [`Elementwise`] | activations, thresholds, tables of activations, batch normalization, casts |
//! | [`Pairwise`], [`ScalarProducts`] | merges of two tensors, dot products and contractions of two tensors |
//! | [`WindowReduction`] | poolings |
//! | [`SliceSoftmax`], [`VectorNormalization`] | softmax, layer normalization |
//! | [`FunctionSums`] | sums of tables, each of one element |
//! | [`Recurrence`] | recurrent layers: operations of the other families, repeated for each time step |
//! | [`Gather`], [`TableRows`], [`TimeStep`] | padding, cropping, upsampling, transposing, concatenating; embedding; time-distributed layers |
//!
//! A tensor's elements are numbered in C order, the last axis fastest.
//!
//! # Order
//!
//! Sums of exact numbers do not care about their order, and [`Summation::Exact`] says where that is all there is to it: products may be
//! shared, trees balanced. Where an accumulator saturates, or rounds products in a way that is more than cutting off bits, each addition
//! is followed by its cast, in the order in which the kernels add ([`Summation::Stepwise`]).
//!
//! # Ranges
//!
//! [`Arithmetic::range`] carries the range of each element of the inputs through an operation, constants included, and [`ValueRanges`] does it
//! for a whole graph. That is often tighter than the type: bits above it need not be there. [`MatrixProduct::sum_ranges`] has the ranges of the
//! sums before they are cast, which is how wide adders must be.
//!
//! # Example
//!
//! The arithmetic of a dense layer, printed:
//!
//! ```
//! use hls_model::arith::{Arithmetic, Operation, Summation};
//! use hls_model::graph::Graph;
//!
//! /// The sums of a graph's dense and convolutional layers as text.
//! fn print(graph: &Graph) -> Result<String, hls_model::arith::ArithError> {
//!     let mut text = String::new();
//!     for &id in graph.order() {
//!         let Some(arithmetic) = Arithmetic::of(graph, id)? else { continue };
//!         let Operation::MatrixProduct(product) = &arithmetic.operation else { continue };
//!         for (window, places) in product.windows.iter().enumerate() {
//!             let places: Vec<_> = places.collect();
//!             for (output, row) in product.rows.iter().enumerate() {
//!                 let products = row.taps.iter().filter_map(|tap| {
//!                     Some(format!(" + {} * x[{}]", tap.line.factor, places[tap.position]?))
//!                 });
//!                 let sum: String = products.collect();
//!                 let exact = matches!(product.summation, Summation::Exact { .. });
//!                 let order = if exact { "" } else { ", cast after each addition" };
//!                 let number = window * product.rows.len() + output;
//!                 text += &format!("y[{number}] = {}{sum}{order}\n", row.bias);
//!             }
//!         }
//!         for link in product.finish.links() {
//!             text += &format!("then {}\n", link.result().ty);
//!         }
//!     }
//!     Ok(text)
//! }
//! # use hls_model::{Target, config::Generator, convert};
//! # use serde_json::json;
//! # use hls_model::source::{assemble, keras::Dtype, keras::NamedArray};
//! # use ndarray::arr2;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dense = json!({ "name": "d", "units": 2, "activation": "linear", "use_bias": true });
//! # let input = json!({ "name": "x", "batch_input_shape": [null, 3] });
//! # let architecture = json!({ "class_name": "Functional", "config": {
//! #     "layers": [
//! #         { "class_name": "InputLayer", "name": "x", "config": input, "inbound_nodes": [] },
//! #         { "class_name": "Dense", "name": "d", "config": dense, "inbound_nodes": [[["x", 0, 0, {}]]] },
//! #     ],
//! #     "input_layers": [["x", 0, 0]],
//! #     "output_layers": [["d", 0, 0]],
//! # } });
//! # let named = |role: &str, data| {
//! #     NamedArray { name: format!("d/{role}:0"), role: role.to_owned(), data, dtype: Dtype::F32 }
//! # };
//! # let kernel = arr2(&[[0.5, -1.0], [0.0, 2.0], [0.25, 1.5]]).into_dyn();
//! # let arrays = vec![named("kernel", kernel), named("bias", ndarray::arr1(&[1.0, -0.5]).into_dyn())];
//! # let model = assemble(&architecture, [("d".to_owned(), arrays)], "model.json".as_ref())?;
//! # let model = hls_model::lower(&model)?;
//! # let graph = convert(&model, &Generator::default().generate(&model)?, Target::default())?;
//! let text = print(&graph)?;
//! # println!("{text}");
//! assert!(text.starts_with("y[0] = 1048576 + 512 * x[0] + 0 * x[1] + 256 * x[2]\n"));
//! # Ok(())
//! # }
//! ```

mod cast;
mod cell;
mod chain;
mod elementwise;
mod embedding;
mod error;
mod function_sums;
mod layer;
mod levels;
mod line;
mod lookup;
mod merge;
mod moves;
mod normalization;
mod operation;
mod order;
mod pooling;
mod products;
mod ranges;
mod recurrence;
mod softmax;
mod tables;
mod term;

pub use cast::{Alignment, Cast, Fitting};
pub use chain::{Chain, Link};
pub use elementwise::{Affine, Capped, Chained, Elementwise, Fitted, Hard, Leaky, Thresholded};
pub use embedding::TableRows;
pub use error::ArithError;
pub use function_sums::{FunctionSums, FunctionTerm, SummedFunctions, TermValue};
pub use levels::Levels;
pub use line::Line;
pub use lookup::{SmoothRelu, TableLookup, TableProduct};
pub use merge::{Pairwise, ScalarProducts};
pub use moves::{ElementOrigin, Gather, TimeDirection, TimeStep};
pub use normalization::VectorNormalization;
pub use operation::{Arithmetic, Operation, Part, Recurrence, TimePass};
pub(crate) use pooling::left_terms;
pub use pooling::{Additions, PoolWindow, Reduction, WindowReduction};
pub(crate) use products::PADDING;
pub use products::{MatrixProduct, QuantizedInput, Row, Summation, Tap, Windows};
pub use ranges::{Range, ValueRanges};
pub use recurrence::{KeptOutputs, Register, State};
pub use softmax::{
    Address, ExponentialSoftmax, LegacySoftmax, SliceSoftmax, Slices, SoftmaxExponent, SoftmaxMethod,
};
pub use term::{Term, signed_bits};
