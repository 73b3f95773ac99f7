//! Quantizers of HGQ2: fixed-point types with trained widths, one for each element, each channel or the whole array.
//!
//! A file's configuration says how such a quantizer rounds and what it does beyond its range ([`HgqQuantizer`]); its widths are arrays among the
//! weights ([`HgqWidths`]), because they are trained. The configuration's own numbers (`k0`, `i0`, `f0`, `b0`) are only what training began with.
//!
//! Source: HGQ2 0.2.0, `hgq/quantizer/`, and the package `quantizers` 1.2.2, which computes the values.

mod config;
mod values;
mod widths;

pub use config::{FixedQuantizer, HgqKind, HgqQuantizer, Parametrization};
pub use widths::HgqWidths;
