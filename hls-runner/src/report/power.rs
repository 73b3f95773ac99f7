//! `vivado_synth_power.rpt`, `vivado_impl_power.rpt`: Vivado's `report_power`.

use super::flaw::{Flaw, Place};
use super::numbers::Power;
use super::table::{Row, rows};

/// Reads the summary.
///
/// # Errors
/// One of its rows is missing or cut off, or has words where numbers belong.
pub fn parse(text: &str) -> Result<Power, Flaw> {
    const ROWS: [&str; 3] = ["Total On-Chip Power (W)", "Dynamic (W)", "Device Static (W)"];
    let mut found: [Option<f64>; 3] = [None; 3];
    for row in rows(text) {
        let Some(at) = ROWS.iter().position(|name| *name == row.first()) else { continue };
        // The summary comes first; tables of details have other names.
        let place = &mut found[at];
        if place.is_none() {
            *place = Some(watts(&row)?);
        }
    }
    if let Some(missing) = ROWS.iter().zip(&found).find(|(_, found)| found.is_none()) {
        return Err(Flaw::new(Place::End, format!("a row {} with a number", missing.0)));
    }
    let [total_w, dynamic_w, static_w] = found;
    Ok(Power { total_w, dynamic_w, static_w })
}

/// `0.265`, or `101.384 (Junction temp exceeded!)`.
fn watts(row: &Row<'_>) -> Result<f64, Flaw> {
    let cell = row.cell(1)?;
    let word = cell.split_whitespace().next().unwrap_or_default();
    let plain = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: Option<f64> = word.parse().ok().filter(|number: &f64| plain && number.is_finite());
    number.ok_or_else(|| Flaw::at_line(row.line, "a power in W", cell))
}
