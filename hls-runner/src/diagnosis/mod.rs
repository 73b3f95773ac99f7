//! Say in words a person can act on why a tool failed.
//!
//! Evidence, in this order: how the process ended, whether the system killed something because memory ran out, and what its logs
//! say. The words looked for are those of Vitis HLS, Vivado, their compilers and the C library; the table in `words.rs` has them, and each
//! cause's advice is in [`Cause::advice`](crate::Cause::advice).

mod advice;
pub(crate) mod search;
#[cfg(test)]
mod tests;
mod words;

pub use search::{Diagnosis, diagnose};
