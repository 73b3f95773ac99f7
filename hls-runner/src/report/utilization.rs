//! `vivado_synth.rpt`, `vivado_impl_utilization.rpt`: Vivado's `report_utilization` after logic synthesis, and after place and route.

use super::flaw::{Flaw, Place};
use super::numbers::{LogicSynthesis, Resources};
use super::table::{Row, count, lines, rows};

/// Reads the numbers of the whole device.
///
/// # Errors
/// The row of a resource is missing (only UltraRAM may be), or has words where numbers belong.
pub fn parse(text: &str) -> Result<LogicSynthesis, Flaw> {
    let mut used = Resources::default();
    let mut available = Resources::default();
    let mut columns = None;
    for row in rows(text) {
        if row.first() == "Site Type" {
            // Tables of single regions (SLR) have other columns.
            columns = row.column(&["Used"]).zip(row.column(&["Available"]));
            continue;
        }
        let Some((use_column, limit_column)) = columns else { continue };
        let Some(kind) = RowKind::named(row.first().trim_end_matches('*')) else { continue };
        // The first table is that of the whole device.
        if kind.of(&mut used).is_none() {
            *kind.of(&mut used) = kind.read(&row, use_column)?;
            *kind.of(&mut available) = kind.read(&row, limit_column)?;
        }
    }
    let required = [RowKind::Lut, RowKind::Ff, RowKind::Dsp, RowKind::Bram];
    if let Some(kind) = required.into_iter().find(|kind| kind.of(&mut used).is_none()) {
        return Err(Flaw::new(Place::End, format!("a row {} with a number", kind.names().join(" or "))));
    }
    Ok(LogicSynthesis {
        tool_version: header(text, "Tool Version").map(|version| release(&version)),
        part: header(text, "Device"),
        resources: used,
        resources_available: available,
        worst_negative_slack_ns: worst_slack(text),
        ..LogicSynthesis::default()
    })
}

#[derive(Clone, Copy)]
enum RowKind {
    Lut,
    Ff,
    Dsp,
    Bram,
    Uram,
}

impl RowKind {
    const ALL: [Self; 5] = [Self::Lut, Self::Ff, Self::Dsp, Self::Bram, Self::Uram];

    /// Names of its row: 7-series, then UltraScale and later, then Versal.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Lut => &["Slice LUTs", "CLB LUTs"],
            Self::Ff => &["Slice Registers", "CLB Registers", "Registers"],
            Self::Dsp => &["DSPs", "DSP Slices"],
            Self::Bram => &["Block RAM Tile"],
            Self::Uram => &["URAM"],
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.names().contains(&name))
    }

    fn of(self, resources: &mut Resources) -> &mut Option<u64> {
        match self {
            Self::Lut => &mut resources.lut,
            Self::Ff => &mut resources.ff,
            Self::Dsp => &mut resources.dsp,
            Self::Bram => &mut resources.bram_18k,
            Self::Uram => &mut resources.uram,
        }
    }

    fn read(self, row: &Row<'_>, column: usize) -> Result<Option<u64>, Flaw> {
        if !matches!(self, Self::Bram) {
            return row.count(column);
        }
        // A tile is one RAMB36 or two RAMB18; a single RAMB18 is half a tile.
        let cell = row.cell(column)?;
        let (whole, half) = match cell.split_once('.') {
            Some((whole, "0")) => (whole, 0),
            Some((whole, "5")) => (whole, 1),
            Some(_) => return Err(Flaw::at_line(row.line, "a number of whole or half tiles", cell)),
            None => (cell, 0),
        };
        let tiles = count(whole).map_err(|_| Flaw::at_line(row.line, "a number of tiles", cell))?;
        Ok(tiles.map(|tiles| tiles.saturating_mul(2).saturating_add(half)))
    }
}

/// The number below `WNS(ns)` in the summary of `report_timing_summary`, which scripts append to the report.
fn worst_slack(text: &str) -> Option<f64> {
    let mut from = lines(text).skip_while(|line| !line.trim_start().starts_with("WNS(ns)"));
    // A line of dashes is between the heading and the numbers.
    let numbers = from.nth(2)?;
    numbers.split_whitespace().next()?.parse().ok().filter(|slack: &f64| slack.is_finite())
}

/// The value of a line such as `| Device       : xc7z020clg400-1`.
fn header(text: &str, label: &str) -> Option<String> {
    lines(text).find_map(|line| {
        let (name, value) = line.trim().strip_prefix('|')?.split_once(':')?;
        (name.trim() == label).then(|| value.trim().chars().take(64).collect())
    })
}

/// `2024.1` of `Vivado v.2024.1 (lin64) Build 5076996`.
fn release(version: &str) -> String {
    let number = version.split_whitespace().find_map(|word| word.strip_prefix("v."));
    number.unwrap_or(version).to_owned()
}
