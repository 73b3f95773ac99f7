//! `NAME_cosim.rpt`: how the RTL did in simulation.

use super::flaw::{Flaw, Place};
use super::numbers::{CosimStatus, Cosimulation, RtlLanguage, Spread};
use super::table::{Row, rows};

/// Reads the row of the language that was simulated; Verilog's if both were.
///
/// # Errors
/// No language was simulated, its row was cut off, or it has words where numbers belong.
pub fn parse(text: &str) -> Result<Cosimulation, Flaw> {
    // Releases before Vitis HLS have no such column.
    let total = text.contains("Total Execution Time").then_some(8);
    let mut found: Option<Cosimulation> = None;
    for row in rows(text) {
        let language = match row.first() {
            "Verilog" => RtlLanguage::Verilog,
            "VHDL" => RtlLanguage::Vhdl,
            _ => continue,
        };
        let result = read(&row, language, total)?;
        if let Some(result) = result
            && (language == RtlLanguage::Verilog || found.is_none())
        {
            found = Some(result);
        }
    }
    found.ok_or_else(|| Flaw::new(Place::End, "a row with the result for Verilog or VHDL"))
}

/// `None` if this language was not simulated.
fn read(row: &Row<'_>, language: RtlLanguage, total: Option<usize>) -> Result<Option<Cosimulation>, Flaw> {
    let status = match row.cell(1)? {
        "Pass" => CosimStatus::Pass,
        "Fail" => CosimStatus::Fail,
        "NA" | "N/A" | "-" | "" => return Ok(None),
        other => return Err(Flaw::at_line(row.line, "the status Pass, Fail or NA", other)),
    };
    let spread = |first: usize| -> Result<Spread, Flaw> {
        Ok(Spread { min: row.count(first)?, avg: row.count(first + 1)?, max: row.count(first + 2)? })
    };
    let total_cycles = total.map(|column| row.count(column)).transpose()?.flatten();
    Ok(Some(Cosimulation {
        status,
        language,
        latency_cycles: spread(2)?,
        interval_cycles: spread(5)?,
        total_cycles,
    }))
}
