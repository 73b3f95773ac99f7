//! What computes the outputs of a converted model, and whether two of them agree.
//!
//! There are two, which share no arithmetic: the [`Emulation`] in this program, and the [`CompiledFirmware`] that a C++ compiler makes
//! of the project. Both compute [`Computed`] for a batch of samples; [`compare`](compare()) finds the first number in which they differ.
//! [`PredictionWriter`] puts what one of them computes into npz files.

mod compare;
mod computed;
mod emulation;
mod firmware;
mod prediction;

pub use compare::{Difference, compare};
pub use computed::{Computed, Engine, EngineError, LayerValues};
pub use emulation::Emulation;
pub use firmware::{CompiledFirmware, decode};
pub use prediction::{PredictionError, PredictionWriter};
