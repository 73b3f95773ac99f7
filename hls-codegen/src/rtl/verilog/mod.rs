//! Designs as Verilog: once to read and simulate, once in primitives.

mod names;
mod plain;
mod primitives;

pub use plain::plain;
pub use primitives::primitives;
