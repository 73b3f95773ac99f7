//! When signals arrive at nets, counted from the clock edge that sends them on their way.

use crate::toolchain::open::netlist::CellKind;
use crate::toolchain::open::timing::TimingError;
use crate::toolchain::open::timing::delays::{Arc, CLOCK_TO_OUTPUT, Fabric};

/// The latest signal on a net.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Arrival {
    /// When it is there, in ns.
    pub(super) at: f64,
    /// The net that it comes from; nothing where it begins.
    pub(super) from: Option<usize>,
}

/// Where the search is with a net.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Progress {
    New,
    /// It waits for the nets before it.
    Waiting,
    Done(Arrival),
}

/// The arrival on each net. Netlists are deeper than a thread's stack, so that nets which wait are on a list.
///
/// # Errors
/// Signals run in a circle.
pub(super) fn arrivals(fabric: &Fabric<'_>) -> Result<Vec<Arrival>, TimingError> {
    let mut progress = vec![Progress::New; fabric.netlist.nets];
    let (mut waiting, mut arcs) = (Vec::new(), Vec::new());
    for net in 0..fabric.netlist.nets {
        waiting.push(net);
        while let Some(net) = waiting.pop() {
            let so_far = progress.get(net).copied().unwrap_or(Progress::Waiting);
            if let Progress::Done(_) = so_far {
                continue;
            }
            fabric.arcs(net, &mut arcs);
            let missing = |arc: &&Arc| !matches!(progress.get(arc.from), Some(Progress::Done(_)));
            let first_missing = arcs.iter().find(missing);
            let now = match (first_missing, so_far) {
                (None, _) => Progress::Done(latest(fabric, net, &arcs, &progress)),
                // It waited for all of them, so one of them waits for it.
                (Some(_), Progress::Waiting) => return Err(TimingError::Loop(cell_name(fabric, net))),
                (Some(_), _) => {
                    waiting.push(net);
                    waiting.extend(arcs.iter().filter(missing).map(|arc| arc.from));
                    Progress::Waiting
                }
            };
            if let Some(slot) = progress.get_mut(net) {
                *slot = now;
            }
        }
    }
    let done = progress.into_iter().map(|progress| match progress {
        Progress::Done(arrival) => arrival,
        Progress::New | Progress::Waiting => Arrival { at: 0.0, from: None },
    });
    Ok(done.collect())
}

/// The latest of the ways to a net whose beginnings are known.
fn latest(fabric: &Fabric<'_>, net: usize, arcs: &[Arc], progress: &[Progress]) -> Arrival {
    let begin = Arrival { at: begins_at(fabric, net), from: None };
    arcs.iter().fold(begin, |latest, arc| match progress.get(arc.from) {
        Some(Progress::Done(before)) if before.at + arc.delay > latest.at => {
            Arrival { at: before.at + arc.delay, from: Some(arc.from) }
        }
        _ => latest,
    })
}

/// When a signal that begins at a net is there.
fn begins_at(fabric: &Fabric<'_>, net: usize) -> f64 {
    let cell = fabric.driver(net).and_then(|driver| fabric.cell(driver));
    if cell.is_some_and(|cell| cell.kind == CellKind::FlipFlop) { CLOCK_TO_OUTPUT } else { 0.0 }
}

fn cell_name(fabric: &Fabric<'_>, net: usize) -> String {
    let cell = fabric.driver(net).and_then(|driver| fabric.cell(driver));
    cell.map(|cell| cell.name.to_string()).unwrap_or_default()
}
