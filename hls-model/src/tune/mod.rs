//! Find the bits that can go: narrower types with which a network is as good on given samples.
//!
//! ```text
//! configuration ─▶ every type written down ─▶ softmaxes mended ─▶ type by type, fewer bits while the figure allows ─▶ configuration
//! ```
//!
//! [`tune`] tries types of results, accumulators and tables, layer by layer, and evaluates each trial with the emulator on all samples, so what it
//! finds is exact for these samples. What it writes is a configuration as hls4ml reads it. Nothing is random: the same model, samples and options
//! give the same configuration.
//!
//! - `knob`: which types there are, and how a configuration sets them.
//! - `trial`: a configuration evaluated: its bits, its figure, its outputs.
//! - `mend`: softmaxes whose largest output is not at their largest input.
//! - `search`: fewer bits.

mod knob;
mod mend;
mod search;
mod trial;

pub use knob::{Kind, Knob};
pub use mend::Mended;
pub use search::{Point, TuneOptions, Tuned, tune};
pub use trial::{Progress, Subject, TuneError};
