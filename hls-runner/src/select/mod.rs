//! Choose models: Pareto fronts over what scores, reports and training summaries say of them.
//!
//! ```text
//! gather ─▶ Table (a row for each model, a column for each figure) ─▶ choose ─▶ Selection ─▶ write
//! ```
//!
//! [`gather`] finds the models of folders (each folder is a run) and joins what is known of them by name: `scores.json`, the results of a
//! sweep, summaries of a hyperparameter search, any CSV. [`choose`] keeps the models within limits and sorts them into [`fronts`]. [`write()`] puts
//! the first two fronts into `pareto_primary/` and `pareto_secondary/`, as [`discover`](crate::discover()) reads them.

mod choice;
mod column;
mod documents;
mod error;
mod front;
mod gather;
mod parts;
pub(crate) mod records;
mod sweep;
mod table;
mod trials;
mod write;

pub use choice::{Judged, LeftOut, Limit, Objective, Place, Request, Selection, choose};
pub use column::{Bound, Figure, Goal};
pub use documents::SelectionView;
pub use error::{GatherError, SelectError, WriteError};
pub use front::fronts;
pub use gather::{Gathered, gather};
pub use parts::{PARTS, Part, part};
pub(crate) use sweep::RUN;
pub use sweep::gather_sweep;
pub use table::{Row, Table};
pub use write::{How, SELECTION_CSV, SELECTION_JSON, Written, write};
