//! `vivado_impl_route.rpt`: Vivado's `report_route_status`.

use super::flaw::{Flaw, Place};
use super::table::lines;

/// Nets of a design that the router has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RouteStatus {
    /// Nets that need wires.
    pub routable: u64,
    /// Those that have all of theirs.
    pub routed: u64,
    /// Those with errors: not routed, or only in part, or in conflict with others.
    pub with_errors: u64,
}

impl RouteStatus {
    /// Whether the design can be built.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.with_errors == 0 && self.routed >= self.routable
    }
}

/// Reads the summary.
///
/// # Errors
/// A row is missing or cut off, or has words where numbers belong.
pub fn parse(text: &str) -> Result<RouteStatus, Flaw> {
    let row = |name: &str| {
        let found = lines(text).enumerate().find_map(|(index, line)| {
            // `# of routable nets..................... :        4567 :`
            let rest = line.trim().strip_prefix(name)?.trim_start_matches('.').trim_start();
            Some((index + 1, rest.strip_prefix(':')?.strip_suffix(':')?))
        });
        let (line, count) = found.ok_or_else(|| Flaw::new(Place::End, format!("a row {name}")))?;
        count.trim().parse().map_err(|_| Flaw::at_line(line, "a number of nets", count))
    };
    // A design without routable nets has no row of them.
    let routable = match row("# of routable nets") {
        Err(Flaw { place: Place::End, .. }) => 0,
        other => other?,
    };
    let routed = match row("# of fully routed nets") {
        Err(Flaw { place: Place::End, .. }) if routable == 0 => 0,
        other => other?,
    };
    Ok(RouteStatus { routable, routed, with_errors: row("# of nets with routing errors")? })
}
