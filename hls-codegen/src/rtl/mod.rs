//! The back end for open tools: circuits in Verilog, without any HLS.
//!
//! ```text
//! Graph ─▶ lower ─▶ Circuit ─▶ map ─▶ Netlist ─▶ schedule ─▶ Design ─▶ verilog, facts ─▶ Project
//!          exact arithmetic    LUTs, carry chains  registers
//! ```
//!
//! - [`circuit`]: whole numbers, each with its range; [`lower`]: what a graph computes, as a circuit.
//! - [`netlist`]: lookup tables and carry chains of a 7-series device; [`map`]: circuits as netlists.
//! - [`schedule`]: which clock cycle each cell works in.
//! - [`design`]: all of it together; [`facts`]: its figures, known without any tool.
//! - [`verilog`]: the design to read and simulate, and the same in primitives; [`vectors`]: samples for its test bench.
//!
//! Sums of products are the heart of it: [`adder_graph`](crate::adder_graph) finds what rows of a matrix share, and `map/heap.rs` how the
//! bits of a sum go through carry chains.

pub mod circuit;
pub mod design;
pub mod error;
mod evaluate;
pub mod facts;
mod integration;
pub mod layout;
pub mod lower;
pub mod map;
pub mod netlist;
pub mod project;
pub mod schedule;
pub mod vectors;
pub mod verilog;

mod backend;
mod options;
mod templates;

pub use backend::Rtl;
pub use design::Design;
pub use error::RtlError;
pub use options::{Goal, RtlOptions};
