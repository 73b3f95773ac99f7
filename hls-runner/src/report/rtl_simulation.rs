//! `result.json` of an RTL simulation: the record that the stage `rtlsim` leaves in the project's folder, passed or failed.

use super::flaw::Flaw;
use super::numbers::RtlSimulation;
use super::record::parse as parse_record;

/// Reads the record.
///
/// # Errors
/// The text is not the JSON of such a record.
pub fn parse(text: &str) -> Result<RtlSimulation, Flaw> {
    parse_record(text, "the record of an RTL simulation")
}
