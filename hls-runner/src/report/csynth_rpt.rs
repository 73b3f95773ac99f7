//! `NAME_csynth.rpt`: what Vitis HLS estimates, for people to read. Of `csynth.rpt`, the summary, `csynth_summary.rs` reads what it has.

use super::csynth_summary;
use super::flaw::{Flaw, Place};
use super::numbers::{Estimate, Resources};
use super::table::{ResourceColumns, Row, heading, nanoseconds, rows};

/// Reads the top function's estimates, of either report.
///
/// # Errors
/// One of the tables for clock, latency and utilization is missing, ends early, or has words where numbers
/// belong.
pub fn parse(text: &str) -> Result<Estimate, Flaw> {
    if csynth_summary::is_summary(text) {
        return csynth_summary::parse(text);
    }
    let mut tables = Tables::default();
    for row in rows(text) {
        if tables.take(&row)? {
            break;
        }
    }
    tables.finish(Estimate {
        tool_version: heading(text, "* Version:"),
        part: heading(text, "* Target device:"),
        ..Estimate::default()
    })
}

/// Target, estimate and uncertainty in ns.
type Clock = [Option<f64>; 3];
/// Least and greatest latency, least and greatest interval.
type Cycles = [Option<u64>; 4];

/// The summaries, which come before the details that have the same columns.
#[derive(Default)]
struct Tables {
    clock: Option<Clock>,
    cycles: Option<Cycles>,
    used: Option<Resources>,
    available: Option<Resources>,
    current: Current,
}

/// What the next row belongs to.
#[derive(Default)]
enum Current {
    #[default]
    Nothing,
    Clock,
    /// Columns of the least interval, after which that of the greatest follows.
    Cycles(usize),
    Utilization(ResourceColumns),
}

impl Tables {
    /// Returns whether nothing more is to be read.
    fn take(&mut self, row: &Row<'_>) -> Result<bool, Flaw> {
        if let Some(next) = self.heading(row) {
            self.current = next;
            return Ok(false);
        }
        match &self.current {
            Current::Nothing => {}
            Current::Clock => {
                self.clock = Some([time(row, 1)?, time(row, 2)?, time(row, 3)?]);
                self.current = Current::Nothing;
            }
            Current::Cycles(interval) => {
                let columns = [0, 1, *interval, *interval + 1];
                let [best, worst, least, most] = columns.map(|column| row.count(column));
                self.cycles = Some([best?, worst?, least?, most?]);
                self.current = Current::Nothing;
            }
            Current::Utilization(columns) => match row.first() {
                "Total" => self.used = Some(columns.read(row)?),
                "Available" => {
                    self.available = Some(columns.read(row)?);
                    return Ok(true);
                }
                _ => {}
            },
        }
        Ok(false)
    }

    fn heading(&self, row: &Row<'_>) -> Option<Current> {
        match row.cells.as_slice() {
            ["Clock", "Target", "Estimated", ..] if self.clock.is_none() => Some(Current::Clock),
            ["min", "max", "min", "max", "min", "max", ..] if self.cycles.is_none() => {
                Some(Current::Cycles(4))
            }
            // Vivado HLS before 2020 left the absolute latency out.
            ["min", "max", "min", "max", ..] if self.cycles.is_none() => Some(Current::Cycles(2)),
            ["Name", ..] if self.available.is_none() => ResourceColumns::find(row).map(Current::Utilization),
            _ => None,
        }
    }

    fn finish(self, estimate: Estimate) -> Result<Estimate, Flaw> {
        let missing = |what: &str| Flaw::new(Place::End, what);
        let [target, estimated, uncertainty] =
            self.clock.ok_or_else(|| missing("the table of the clocks"))?;
        let [best, worst, least, most] = self.cycles.ok_or_else(|| missing("the summary of the latency"))?;
        let used = self.used.ok_or_else(|| missing("the row Total of the utilization summary"))?;
        let available =
            self.available.ok_or_else(|| missing("the row Available of the utilization summary"))?;
        Ok(Estimate {
            clock_period_target_ns: target,
            clock_period_estimated_ns: estimated,
            clock_uncertainty_ns: uncertainty,
            latency_min_cycles: best,
            latency_max_cycles: worst,
            interval_min_cycles: least,
            interval_max_cycles: most,
            resources: used,
            resources_available: available,
            ..estimate
        })
    }
}

fn time(row: &Row<'_>, column: usize) -> Result<Option<f64>, Flaw> {
    let cell = row.cell(column)?;
    nanoseconds(cell).map_err(|_| Flaw::at_line(row.line, "a time in ns", cell))
}
