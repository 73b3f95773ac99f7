//! How much of their types' range and precision the numbers of a network use, and which of them do not fit.
//!
//! A [`Profiler`] emulates samples with exact sums, so that it sees every number before its type cuts something off, and keeps
//! statistics of the weights and of the results of all layers. Given a float model as well, it also measures how far results are from
//! those without quantization.

mod float_side;
mod largest;
mod measures;
mod profiler;
mod rows;
mod statistics;

pub use measures::{
    Deviation, LargestElements, LayerProfile, Magnitudes, Profile, TensorProfile, WrappedDistances,
};
pub use profiler::{ProfileError, Profiler};
pub use rows::{ProfileRow, RESULT, short_number};
