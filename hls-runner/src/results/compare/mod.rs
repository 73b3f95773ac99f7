//! Two sweeps, model by model: what became larger or smaller, by how much, and what was different when they ran.
//!
//! [`Side`] is a sweep as it is compared: a results folder of this program or of scripts, or a table that `report --csv` wrote. [`compare`]
//! finds the jobs that belong together ([`matching`]), puts their figures side by side and sums the ratios up ([`figures`]), and says
//! which settings, tools and inputs differ ([`changes`]). A figure is a column of [`COLUMNS`](super::columns::COLUMNS), so both of its numbers
//! have one origin: what C synthesis estimates is never compared with what Vivado counts.

mod changes;
mod comparison;
mod csv;
mod error;
mod figures;
mod matching;
mod side;

pub use changes::Change;
pub use comparison::{Comparison, Ending, Lonely, Pair, compare};
pub use error::{CompareError, Which};
pub use figures::{Compared, Figure};
pub use matching::Where;
pub use side::Side;
