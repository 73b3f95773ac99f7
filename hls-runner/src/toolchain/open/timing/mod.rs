//! The longest path of a mapped netlist, without placing it.
//!
//! Cells have the delays of the 7 series in speed grade -1; a connection through the routing has a delay that grows with the number of pins
//! it drives, because nobody knows yet how far apart they will be. Carry chains, the look-up tables that feed them, and the flip-flops
//! that follow a cell of their own slice are connected inside it.
//!
//! - `delays`: the delays of cells and connections.
//! - `arrival`: when signals arrive, from flip-flops and ports on, without recursion.
//! - `path`: the longest path, from its end back to its start.
//! - `report`: the same for people.

mod arrival;
mod delays;
mod path;
mod report;

use crate::report::TimingEstimate;
use crate::toolchain::open::netlist::Netlist;

pub(super) use path::LongestPath;
pub(super) use report::describe;

/// What the estimate rests on, and how far off it may be.
const METHOD: &str =
    "longest path of the mapped netlist with 7-series delays, speed grade -1; no placement; +-25 %";

/// Why a netlist has no longest path.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TimingError {
    /// Signals run in a circle.
    #[error("signals run in a circle through the cell {0} without meeting a flip-flop")]
    Loop(String),
}

/// Finds the longest path of a netlist.
///
/// # Errors
/// There is a combinational loop.
pub(super) fn longest_path(netlist: &Netlist<'_>) -> Result<LongestPath, TimingError> {
    let fabric = delays::Fabric::of(netlist);
    let arrivals = arrival::arrivals(&fabric)?;
    Ok(path::longest(&fabric, &arrivals))
}

/// The clock that a path allows.
pub(super) fn estimate(path: &LongestPath) -> TimingEstimate {
    // The clock network has a limit of its own.
    let period_ns = path.delay_ns.max(delays::CLOCK_BUFFER_NS);
    // Picoseconds are more than anybody knows.
    let rounded = |value: f64, steps: f64| (value * steps).round() / steps;
    TimingEstimate {
        period_ns: rounded(period_ns, 1000.0),
        fmax_mhz: rounded(1000.0 / period_ns, 10.0),
        method: METHOD.to_owned(),
    }
}

#[cfg(test)]
mod tests;
