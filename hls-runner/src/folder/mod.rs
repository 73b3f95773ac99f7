//! A job's project folder: claimed without destroying what is not ours, reduced to what is worth keeping, packed into an archive.
//!
//! Every step survives a crash at any point: what is under the folder's name is either whole or marked as unfinished. Nothing here knows
//! tools or sweeps.

pub mod archive;
pub(crate) mod attempt;
pub(crate) mod claim;
pub(crate) mod flush;
pub(crate) mod lock;
pub mod retain;

pub use lock::{Owner, working_in};
pub use retain::Retention;
