//! placeholder first page, replaced by the crate's explanation
