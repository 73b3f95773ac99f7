//! Figures that are computed from columns of one origin: sums of resources, and cycles as time.

use super::column::{SheetColumn, Source};
use crate::results::columns::{COLUMNS, Cell, Origin};
use crate::select::{Goal, Row, Table};

/// Cycles as time: the name, who says the cycles, the cycles, and the clocks of which the first that is known counts.
const TIMES: [(&str, Origin, &str, &[&str]); 4] = [
    ("latency_max_ns", Origin::CSynthesis, "latency_max_cycles", &["clock_period_target_ns"]),
    ("cosim_latency_max_ns", Origin::Cosimulation, "cosim_latency_max_cycles", &["clock_period_target_ns"]),
    (
        "rtlsim_latency_ns",
        Origin::RtlSimulation,
        "rtlsim_latency_cycles",
        &["circuit_clock_period_ns", "clock_period_target_ns"],
    ),
    ("circuit_latency_ns", Origin::Circuit, "circuit_latency_cycles", &["circuit_clock_period_ns"]),
];

/// `LUT + FF` of each origin that counts both: its name, and the columns that are added.
fn sums() -> impl Iterator<Item = (String, Origin, [String; 2])> {
    let luts = COLUMNS.iter().filter_map(|column| Some((column.name.strip_suffix("lut")?, column.origin)));
    let counted = luts.filter(|(_, origin)| *origin != Origin::Sweep);
    counted.map(|(prefix, origin)| {
        let parts = ["lut", "ff"].map(|resource| format!("{prefix}{resource}"));
        (parts.join("+"), origin, parts)
    })
}

/// Columns of flip-flops and of look-up tables that one origin counts.
pub fn areas() -> impl Iterator<Item = (Origin, [String; 2])> {
    sums().map(|(_, origin, [lut, ff])| (origin, [ff, lut]))
}

/// The columns, whether a job has something there or not.
pub(super) fn columns() -> impl Iterator<Item = SheetColumn> {
    let sums = sums().map(|(name, origin, _)| (name, origin));
    let times = TIMES.iter().map(|(name, origin, ..)| ((*name).to_owned(), *origin));
    sums.chain(times)
        .map(|(name, origin)| SheetColumn::new(&name, Source::Tool(origin), Some(Goal::Minimize)))
}

/// Adds the figures to a table.
pub(super) fn add(table: &mut Table) {
    let sums: Vec<_> = sums().collect();
    for row in &mut table.rows {
        for (name, _, parts) in &sums {
            let sum = parts.iter().map(|part| row.number(part)).sum::<Option<f64>>();
            put(row, name, sum.map(|sum| Cell::Count(sum as u64)));
        }
        for (name, _, cycles, clocks) in TIMES {
            let clock = clocks.iter().find_map(|clock| row.number(clock));
            let time = row.number(cycles).zip(clock).map(|(cycles, clock)| cycles * clock);
            // Clocks have few decimals; more come from binary fractions.
            put(row, name, time.map(|time| Cell::Number((time * 1e6).round() / 1e6)));
        }
    }
    table.columns.extend(columns().map(|column| column.name));
}

/// What is computed here counts, even if a file had such a column.
fn put(row: &mut Row, name: &str, cell: Option<Cell>) {
    match cell {
        Some(cell) => _ = row.values.insert(name.to_owned(), cell),
        None => _ = row.values.remove(name),
    }
}
