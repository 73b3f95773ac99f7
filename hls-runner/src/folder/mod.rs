//! A job's project folder: made where nobody else writes, reduced to what is worth keeping, packed into an archive, and put under its name
//! without destroying what is not ours.
//!
//! Every step survives a crash at any point: whatever has the folder's name is whole. Nothing here knows tools or sweeps.

pub mod archive;
pub(crate) mod attempt;
pub(crate) mod claim;
pub mod error;
pub(crate) mod flush;
pub(crate) mod heart;
pub(crate) mod lock;
pub(crate) mod older;
pub(crate) mod pattern;
pub(crate) mod record_file;
pub mod retain;
pub(crate) mod scratch;

pub use lock::{Owner, working_in};
pub use pattern::{FilePattern, FilePatternError};
pub use retain::Retention;
