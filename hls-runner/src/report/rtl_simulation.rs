//! `result.json` of an RTL simulation: the record that the stage `rtlsim` leaves in the project's folder, passed or failed.

use super::flaw::{Flaw, Place};
use super::numbers::RtlSimulation;

/// Reads the record.
///
/// # Errors
/// The text is not the JSON of such a record.
pub fn parse(text: &str) -> Result<RtlSimulation, Flaw> {
    serde_json::from_str(text).map_err(|error| {
        let found = format!("{error}");
        Flaw::new(Place::Line(error.line()), "the record of an RTL simulation").but_found(&found)
    })
}
