//! The back end for open tools: a circuit in Verilog, without any HLS.

pub mod circuit;
pub mod error;
mod evaluate;
pub mod lower;
pub mod map;
pub mod netlist;
pub mod vectors;

pub use error::RtlError;
