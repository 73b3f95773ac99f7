//! The longest path: where it ends, and from there back to where it starts.

use crate::toolchain::open::netlist::{CellKind, Direction};
use crate::toolchain::open::timing::arrival::Arrival;
use crate::toolchain::open::timing::delays::Fabric;

/// The longest path of a netlist.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::toolchain::open) struct LongestPath {
    /// From the clock edge, or from an input port, to the flip-flop's setup time, or to an output port; 0 if there is no path.
    pub(in crate::toolchain::open) delay_ns: f64,
    /// Where it starts.
    pub(in crate::toolchain::open) start: String,
    /// Where it ends.
    pub(in crate::toolchain::open) end: String,
    /// The outputs of cells on its way.
    pub(in crate::toolchain::open) steps: Vec<Step>,
}

/// An output of a cell on the path.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::toolchain::open) struct Step {
    /// When the signal is there, in ns.
    pub(in crate::toolchain::open) at: f64,
    /// The cell.
    pub(in crate::toolchain::open) cell: String,
    /// Its type.
    pub(in crate::toolchain::open) type_name: String,
    /// Its port and bit.
    pub(in crate::toolchain::open) pin: String,
    /// Whether the signal starts here instead of passing through.
    pub(in crate::toolchain::open) starts: bool,
}

/// Where a path can end.
struct End {
    net: usize,
    delay: f64,
    name: String,
}

/// Looks at every end, and follows the latest back.
pub(super) fn longest(fabric: &Fabric<'_>, arrivals: &[Arrival]) -> LongestPath {
    let at = |net: usize| arrivals.get(net).map_or(0.0, |arrival| arrival.at);
    let mut worst: Option<End> = None;
    let mut consider = |net: usize, more: f64, name: &dyn Fn() -> String| {
        let delay = at(net) + more;
        if worst.as_ref().is_none_or(|worst| delay > worst.delay) {
            worst = Some(End { net, delay, name: name() });
        }
    };
    for cell in fabric.netlist.cells.iter().filter(|cell| cell.kind == CellKind::FlipFlop) {
        for (port, net) in cell.inputs().filter(|(port, _)| *port != "C") {
            consider(net, fabric.way_to_flip_flop(net, port), &|| {
                format!("{} ({}.{port})", cell.name, cell.type_name)
            });
        }
    }
    for port in fabric.netlist.ports.iter().filter(|port| port.direction != Direction::Input) {
        for (index, bit) in port.bits.iter().enumerate() {
            if let Some(net) = bit.net() {
                consider(net, 0.0, &|| format!("output port {}[{index}]", port.name));
            }
        }
    }
    worst.map_or_else(LongestPath::default, |end| follow(fabric, arrivals, end))
}

fn follow(fabric: &Fabric<'_>, arrivals: &[Arrival], end: End) -> LongestPath {
    let mut steps = Vec::new();
    let mut next = Some(end.net);
    let mut first = end.net;
    while let Some(net) = next {
        first = net;
        let arrival = arrivals.get(net).copied();
        next = arrival.and_then(|arrival| arrival.from);
        let Some(driver) = fabric.driver(net) else { continue };
        let Some(cell) = fabric.cell(driver) else { continue };
        steps.push(Step {
            at: arrival.map_or(0.0, |arrival| arrival.at),
            cell: cell.name.to_string(),
            type_name: cell.type_name.to_string(),
            pin: format!("{}[{}]", driver.port, driver.index),
            starts: next.is_none(),
        });
    }
    steps.reverse();
    let start = match steps.first().filter(|step| step.starts) {
        Some(step) => format!("{} ({}.{})", step.cell, step.type_name, step.pin),
        None => input_port(fabric, first),
    };
    LongestPath { delay_ns: end.delay, start, end: end.name, steps }
}

/// The input port at which a net begins.
fn input_port(fabric: &Fabric<'_>, net: usize) -> String {
    let found = fabric.netlist.ports.iter().find_map(|port| {
        let index = port.bits.iter().position(|bit| bit.net() == Some(net))?;
        Some(format!("input port {}[{index}]", port.name))
    });
    found.unwrap_or_else(|| "a net that nothing drives".to_owned())
}

impl LongestPath {
    /// How many cells of these types the signal passes through.
    pub(super) fn levels(&self, meant: impl Fn(&str) -> bool) -> usize {
        self.steps.iter().filter(|step| !step.starts && meant(&step.type_name)).count()
    }
}
