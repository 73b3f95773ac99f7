//! `csynth.rpt`: the summary of a synthesis, which some flows (those for Versal among them) keep alone.
//!
//! Its table has a row for the top function and rows for everything below it. It does not say the clocks, only the slack, and of the
//! device only the shares that are used.

use super::flaw::{Flaw, Place};
use super::numbers::{Estimate, Resources};
use super::table::{Row, heading, lines, rows};

/// Whether the text is such a summary.
pub(super) fn is_summary(text: &str) -> bool {
    lines(text).any(|line| line.trim_start().starts_with("== Synthesis Summary Report"))
}

/// Reads the top function's estimates.
///
/// # Errors
/// The table ends before the top function's row, or has words where numbers belong.
pub(super) fn parse(text: &str) -> Result<Estimate, Flaw> {
    let mut columns = None;
    for row in rows(text) {
        match &columns {
            None => columns = Columns::find(&row),
            Some(columns) => {
                return columns.read(&row).map(|estimate| Estimate {
                    tool_version: heading(text, "* Version:"),
                    part: heading(text, "* Target device:"),
                    ..estimate
                });
            }
        }
    }
    Err(Flaw::new(Place::End, "the top function's row of the performance and resource estimates"))
}

/// Where the numbers are, by the second line of the heading.
struct Columns {
    slack: usize,
    latency: usize,
    interval: usize,
    lut: usize,
    ff: usize,
    dsp: usize,
    bram: usize,
    uram: usize,
}

impl Columns {
    /// `None` if the row is not that heading.
    fn find(row: &Row<'_>) -> Option<Self> {
        Some(Self {
            slack: row.column(&["Slack"])?,
            latency: row.column(&["(cycles)"])?,
            interval: row.column(&["Interval"])?,
            lut: row.column(&["LUT"])?,
            ff: row.column(&["FF"])?,
            dsp: row.column(&["DSP"])?,
            bram: row.column(&["BRAM"])?,
            uram: row.column(&["URAM"])?,
        })
    }

    fn read(&self, row: &Row<'_>) -> Result<Estimate, Flaw> {
        // One number for both: the greatest, where they differ.
        let (latency, interval) = (row.count(self.latency)?, row.count(self.interval)?);
        Ok(Estimate {
            slack_ns: slack(row, self.slack)?,
            latency_max_cycles: latency,
            interval_max_cycles: interval,
            resources: Resources {
                lut: amount(row, self.lut)?,
                ff: amount(row, self.ff)?,
                dsp: amount(row, self.dsp)?,
                bram_18k: amount(row, self.bram)?,
                uram: amount(row, self.uram)?,
            },
            ..Estimate::default()
        })
    }
}

/// `814 (1233%)`; where nothing is used, this report has a dash.
fn amount(row: &Row<'_>, column: usize) -> Result<Option<u64>, Flaw> {
    let cell = row.cell(column)?;
    let number = cell.split_once(" (").map_or(cell, |(number, _)| number);
    match number {
        "-" => Ok(Some(0)),
        number => number.parse().map(Some).map_err(|_| Flaw::at_line(row.line, "a whole number", cell)),
    }
}

fn slack(row: &Row<'_>, column: usize) -> Result<Option<f64>, Flaw> {
    let cell = row.cell(column)?;
    if cell == "-" {
        return Ok(None);
    }
    let plain = cell.bytes().all(|byte| byte.is_ascii_digit() || b".+-".contains(&byte));
    let number = if plain { cell.parse().ok() } else { None };
    number.map(Some).ok_or_else(|| Flaw::at_line(row.line, "a slack in ns", cell))
}
