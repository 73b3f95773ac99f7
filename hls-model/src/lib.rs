//! placeholder first page, replaced by the crate's explanation

pub mod fixed;
pub mod precision;
