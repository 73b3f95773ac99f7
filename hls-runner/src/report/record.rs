//! Small JSON records that stages leave for whoever reads the reports.

use serde::de::DeserializeOwned;

use super::flaw::{Flaw, Place};

/// Reads a record; `what` says what it is.
///
/// # Errors
/// The text is not the JSON of such a record.
pub(super) fn parse<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, Flaw> {
    serde_json::from_str(text)
        .map_err(|error| Flaw::new(Place::Line(error.line()), what).but_found(&error.to_string()))
}
