//! Delays of the 7 series in speed grade -1, in ns, and of connections that are not placed yet.
//!
//! Cells: the slow corner of the public SDF data of the Zynq 7000's slices. Connections: what Vivado assumes of unplaced nets in public
//! reports of the same devices is 0.76 to 0.80 ns for a single pin, routed ones take 0.6 to 1.3 ns.

use crate::toolchain::open::netlist::{Bit, Cell, CellKind, Direction, Netlist};

/// From the clock to a flip-flop's output.
pub(super) const CLOCK_TO_OUTPUT: f64 = 0.456;
/// How long before the clock a flip-flop's input must be there.
pub(super) const SETUP: f64 = 0.06;
/// The shortest period of the global clock buffers in speed grade -1: 464 MHz.
pub(super) const CLOCK_BUFFER_NS: f64 = 1000.0 / 464.0;

/// From any input of a look-up table to its output.
const LUT: f64 = 0.124;
/// To the lower one of two outputs.
const LUT_LOWER_OUTPUT: f64 = 0.15;
/// Through a multiplexer between look-up tables.
const WIDE_MUX: f64 = 0.25;
/// From the carry input to each carry output of a chain, and to each sum.
const CARRY_IN_TO_CARRY: [f64; 4] = [0.271, 0.157, 0.228, 0.114];
const CARRY_IN_TO_SUM: [f64; 4] = [0.222, 0.334, 0.239, 0.313];
/// From the input that begins a chain.
const CARRY_INIT: f64 = 0.55;
/// From a cell to a flip-flop of the same slice.
const INTO_FLIP_FLOP: f64 = 0.05;

/// A connection through the routing with one pin, how much more pins add, and the most that is assumed.
const NET: f64 = 0.6;
const NET_PER_ROOT_OF_PINS: f64 = 0.08;
const LONGEST_NET: f64 = 1.6;

/// From a net that enters a cell to one that leaves it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Arc {
    /// The net that enters.
    pub(super) from: usize,
    /// Its way to the cell, and through it.
    pub(super) delay: f64,
}

/// Where a net begins: a bit of a cell's output.
#[derive(Debug, Clone, Copy)]
pub(super) struct Driver<'n> {
    /// The cell's place in the netlist.
    pub(super) cell: usize,
    pub(super) port: &'n str,
    pub(super) index: usize,
}

/// Who drives each net, and how many pins it drives.
pub(super) struct Fabric<'n> {
    pub(super) netlist: &'n Netlist<'n>,
    drivers: Vec<Option<Driver<'n>>>,
    pins: Vec<u32>,
}

impl<'n> Fabric<'n> {
    pub(super) fn of(netlist: &'n Netlist<'n>) -> Self {
        let mut fabric = Self { netlist, drivers: vec![None; netlist.nets], pins: vec![0; netlist.nets] };
        for (cell, it) in netlist.cells.iter().enumerate() {
            for pins in &it.pins {
                for (index, bit) in pins.bits.iter().enumerate() {
                    let Some(net) = bit.net() else { continue };
                    match pins.direction {
                        Direction::Output => fabric.drive(net, Driver { cell, port: &pins.port, index }),
                        Direction::Input | Direction::Inout => fabric.load(net),
                    }
                }
            }
        }
        fabric
    }

    fn drive(&mut self, net: usize, driver: Driver<'n>) {
        if let Some(slot) = self.drivers.get_mut(net) {
            *slot = Some(driver);
        }
    }

    fn load(&mut self, net: usize) {
        if let Some(pins) = self.pins.get_mut(net) {
            *pins += 1;
        }
    }

    pub(super) fn driver(&self, net: usize) -> Option<Driver<'n>> {
        self.drivers.get(net).copied().flatten()
    }

    pub(super) fn cell(&self, driver: Driver<'_>) -> Option<&'n Cell<'n>> {
        self.netlist.cells.get(driver.cell)
    }

    fn kind_before(&self, net: usize) -> Option<CellKind> {
        self.driver(net).and_then(|driver| self.cell(driver)).map(|cell| cell.kind)
    }

    /// The way of a net through the routing.
    fn routed(&self, net: usize) -> f64 {
        let pins = self.pins.get(net).copied().unwrap_or(1).max(1);
        (NET + NET_PER_ROOT_OF_PINS * f64::from(pins - 1).sqrt()).min(LONGEST_NET)
    }

    /// The way of a net to a flip-flop's data input, with the time that it must be there before the clock.
    pub(super) fn way_to_flip_flop(&self, net: usize, port: &str) -> f64 {
        let own_slice = match self.kind_before(net) {
            Some(CellKind::FlipFlop) | None => false,
            Some(_) => port == "D",
        };
        SETUP + if own_slice { INTO_FLIP_FLOP } else { self.routed(net) }
    }

    /// What a net waits for: every way through the cell that drives it. None where a signal begins: at flip-flops and ports.
    pub(super) fn arcs(&self, net: usize, arcs: &mut Vec<Arc>) {
        arcs.clear();
        let Some(driver) = self.driver(net) else { return };
        let Some(cell) = self.cell(driver) else { return };
        match cell.kind {
            CellKind::FlipFlop => {}
            CellKind::Carry => self.carry_arcs(cell, driver, arcs),
            CellKind::Lut | CellKind::Inverter => self.through(cell, |_| true, LUT, arcs),
            // The lower output does not see the last input.
            CellKind::DoubleLut if driver.port == "O5" => {
                self.through(cell, |port| port != "I5", LUT_LOWER_OUTPUT, arcs);
            }
            CellKind::DoubleLut => self.through(cell, |_| true, LUT, arcs),
            CellKind::WideMux => {
                let selects = |port: &str| port == "S";
                self.through(cell, selects, WIDE_MUX, arcs);
                arcs.extend(
                    cell.inputs()
                        .filter(|(port, _)| !selects(port))
                        .map(|(_, from)| Arc { from, delay: WIDE_MUX }),
                );
            }
            CellKind::ShiftRegister
            | CellKind::Dsp
            | CellKind::BlockRam18
            | CellKind::BlockRam36
            | CellKind::Wire
            | CellKind::Other => self.through(cell, |_| true, 0.0, arcs),
        }
    }

    /// From all inputs whose port is meant, through the routing.
    fn through(&self, cell: &Cell<'_>, meant: impl Fn(&str) -> bool, delay: f64, arcs: &mut Vec<Arc>) {
        let inputs = cell.inputs().filter(|(port, _)| meant(port));
        arcs.extend(inputs.map(|(_, from)| Arc { from, delay: self.routed(from) + delay }));
    }

    fn carry_arcs(&self, cell: &Cell<'_>, driver: Driver<'_>, arcs: &mut Vec<Arc>) {
        let sum = driver.port == "O";
        let last = driver.index;
        let mut add = |bit: Bit, delay: &dyn Fn(usize) -> f64| {
            arcs.extend(bit.net().map(|from| Arc { from, delay: delay(from) }));
        };
        let from_carry = if sum { CARRY_IN_TO_SUM } else { CARRY_IN_TO_CARRY };
        add(cell.bit("CI", 0), &|_| from_carry.get(last).copied().unwrap_or_default());
        add(cell.bit("CYINIT", 0), &|net| self.routed(net) + CARRY_INIT);
        for index in 0..=last {
            let (select, data) = (cell.bit("S", index), cell.bit("DI", index));
            let steps = (last - index) as f64;
            add(select, &|net| self.way_to_select(net) + select_to(sum, steps));
            // A bit's data is in its carry, not in its own sum.
            if !sum || index < last {
                add(data, &|net| self.way_to_data(net, select) + 0.379 + 0.05 * steps);
            }
        }
    }

    /// The way to a chain's select input: from a look-up table of its slice, or else through one.
    fn way_to_select(&self, net: usize) -> f64 {
        match self.kind_before(net) {
            Some(CellKind::Lut | CellKind::DoubleLut | CellKind::Inverter) => 0.0,
            _ => self.routed(net) + LUT,
        }
    }

    /// The way to a chain's data input: from the lower output of the look-up table that selects, or else through the routing.
    fn way_to_data(&self, net: usize, select: Bit) -> f64 {
        let cell = |net: usize| self.driver(net).map(|driver| driver.cell);
        let beside = self.kind_before(net) == Some(CellKind::DoubleLut)
            && select.net().is_some_and(|select| cell(select) == cell(net));
        if beside { 0.0 } else { self.routed(net) }
    }
}

/// From a chain's select input to a sum or a carry so many bits further.
fn select_to(sum: bool, steps: f64) -> f64 {
    match (sum, steps > 0.0) {
        (true, false) => 0.247,
        (true, true) => 0.400 + 0.06 * steps,
        (false, _) => 0.411 + 0.04 * steps,
    }
}
