//! `vivado_synth_timing.rpt`, `vivado_impl_timing.rpt`: Vivado's `report_timing_summary`.

use super::flaw::{Flaw, Place};
use super::numbers::Timing;
use super::table::lines;

/// The heading of the summary's numbers; older scripts and newer releases put other columns behind these.
const SLACKS: [&str; 2] = ["WNS(ns)", "TNS(ns)"];

/// Reads the slacks of the whole design, and the period of its clock.
///
/// # Errors
/// The summary of the design or that of the clocks is missing or cut off, or has words where numbers belong.
pub fn parse(text: &str) -> Result<Timing, Flaw> {
    let mut sections = Sections::default();
    for (index, line) in lines(text).enumerate() {
        sections.take(index + 1, line)?;
    }
    let missing = |what: &str| Flaw::new(Place::End, what);
    let slacks = sections.slacks.ok_or_else(|| missing("the numbers of the Design Timing Summary"))?;
    // The clocks may be none; their table is whole once the next section begins.
    if !sections.clocks_are_over {
        return Err(missing("the section Intra Clock Table, which follows the clocks"));
    }
    Ok(Timing { clock_period_ns: sections.period(), ..slacks })
}

/// Which section is read.
#[derive(Default, PartialEq)]
enum Section {
    #[default]
    Other,
    Design,
    Clocks,
}

#[derive(Default)]
struct Sections {
    section: Section,
    /// The columns of the slacks, once their heading was read: the hold times' is not everywhere.
    heading: Option<Option<usize>>,
    slacks: Option<Timing>,
    /// Where the periods are, counted in words from the end of a row.
    period_from_end: Option<usize>,
    periods: Vec<(String, f64)>,
    clocks_are_over: bool,
}

impl Sections {
    fn take(&mut self, number: usize, line: &str) -> Result<(), Flaw> {
        if let Some(title) = line.trim().strip_prefix("| ").filter(|title| !title.starts_with('-')) {
            self.clocks_are_over |= title.trim() == "Intra Clock Table";
            self.section = match title.trim() {
                "Design Timing Summary" => Section::Design,
                "Clock Summary" => Section::Clocks,
                _ => Section::Other,
            };
            return Ok(());
        }
        match self.section {
            Section::Design if self.slacks.is_none() => self.slack(number, line),
            Section::Clocks if !self.clocks_are_over => self.clock(number, line),
            _ => Ok(()),
        }
    }

    /// Headings have single spaces inside, and two or more between them; so the numbers are counted by the headings before theirs.
    fn slack(&mut self, number: usize, line: &str) -> Result<(), Flaw> {
        let line = line.trim();
        if line.is_empty() || line.starts_with("---") {
            return Ok(());
        }
        let Some(hold) = self.heading else {
            let names: Vec<&str> = line.split("  ").map(str::trim).filter(|name| !name.is_empty()).collect();
            if names.get(..2) == Some(&SLACKS) {
                self.heading = Some(names.iter().position(|name| *name == "WHS(ns)"));
            }
            return Ok(());
        };
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = |column: usize| {
            let word = words.get(column).copied().unwrap_or_default();
            number_of(word).map_err(|NotATime| Flaw::at_line(number, "a slack in ns", word))
        };
        self.slacks = Some(Timing {
            worst_negative_slack_ns: at(0)?,
            total_negative_slack_ns: at(1)?,
            worst_hold_slack_ns: hold.map(at).transpose()?.flatten(),
            clock_period_ns: None,
        });
        Ok(())
    }

    /// `ap_clk  {0.000 2.500}        5.000           200.000`
    fn clock(&mut self, number: usize, line: &str) -> Result<(), Flaw> {
        let line = line.trim();
        if line.starts_with("Clock") && line.contains("Period(ns)") {
            let after = line.split("Period(ns)").nth(1).unwrap_or_default();
            self.period_from_end = Some(after.split_whitespace().count());
            return Ok(());
        }
        let (Some(after), false) = (self.period_from_end, line.is_empty() || line.starts_with("---")) else {
            return Ok(());
        };
        let words: Vec<&str> = line.split_whitespace().collect();
        let word = words.iter().rev().nth(after).copied().unwrap_or_default();
        match number_of(word) {
            Ok(Some(period)) if period > 0.0 => {
                let name = words.first().copied().unwrap_or_default();
                self.periods.push((name.to_owned(), period));
                Ok(())
            }
            _ => Err(Flaw::at_line(number, "a clock with its period in ns", line)),
        }
    }

    /// The period to which the worst slack belongs, where there is no doubt.
    fn period(&self) -> Option<f64> {
        let (_, first) = self.periods.first()?;
        self.periods.iter().all(|(_, period)| period == first).then_some(*first)
    }
}

/// What stands there is no time.
struct NotATime;

/// A number of nanoseconds; `None` where no path has a constraint.
fn number_of(word: &str) -> Result<Option<f64>, NotATime> {
    if matches!(word, "NA" | "N/A" | "inf" | "-inf") {
        return Ok(None);
    }
    let plain = word.bytes().all(|byte| byte.is_ascii_digit() || b".+-".contains(&byte));
    let number: f64 = if plain { word.parse().map_err(|_| NotATime)? } else { return Err(NotATime) };
    if number.is_finite() { Ok(Some(number)) } else { Err(NotATime) }
}
