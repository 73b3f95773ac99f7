//! Circuits bit by bit, in the primitives of a 7-series device: lookup tables and carry chains.
//!
//! Every cell stands for what a device has: a [`Cell::Lut`] is a LUT of up to six inputs, a [`Cell::Lut2`] one with two outputs (LUT6_2), a
//! position of a [`Cell::Chain`] a quarter of a CARRY4 (AMD UG474, "7 Series FPGAs Configurable Logic Block"). Registers are not here: the
//! [schedule](super::schedule) says between which cells they are.
//!
//! Inverters cost nothing: a [`Bit`] knows whether it is the opposite of its net, and the table of the LUT that reads it takes care of that.

mod bits;
mod count;
mod logic;
mod optimize;
mod simulate;

use std::collections::HashMap;

pub use bits::{Bit, Net};
pub use count::Resources;

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// A lookup table with up to six inputs.
    Lut {
        /// The inputs; the first is the lowest bit of an index into the table.
        inputs: Vec<Net>,
        /// The table: bit `i` is the output for inputs that make up `i`.
        table: u64,
        /// What it drives.
        output: Net,
    },
    /// Two lookup tables with the same inputs, up to five.
    Lut2 {
        /// The inputs.
        inputs: Vec<Net>,
        /// The tables of the outputs O6 and O5.
        tables: [u32; 2],
        /// The outputs O6 and O5.
        outputs: [Net; 2],
    },
    /// A carry chain. Position `i` puts out `s ⊕ carry`, and passes the carry on where `s` is one, else `di`.
    Chain {
        /// For each position whether its two addends differ; from a LUT of its own.
        s: Vec<Bit>,
        /// For each position one of them.
        di: Vec<Bit>,
        /// The first carry.
        carry_in: Bit,
        /// What the positions put out.
        sums: Vec<Net>,
        /// The last carry, if anybody reads it.
        carry_out: Option<Net>,
    },
}

/// An input or an output, bit by bit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BitPort {
    /// Its name.
    pub name: String,
    /// Its bits, the lowest of the first element first.
    pub bits: Vec<Bit>,
}

/// A circuit in primitives. Cells are in an order in which each comes after those that drive it.
#[derive(Debug, Clone, Default)]
pub struct Netlist {
    cells: Vec<Cell>,
    /// The layer of each cell.
    layers: Vec<usize>,
    /// The layer to which new cells belong.
    pub(super) layer: usize,
    nets: u32,
    /// When each net settles, without any registers, in picoseconds after the inputs.
    arrivals: Vec<u32>,
    known: HashMap<(Vec<Net>, u64), Net>,
    /// What goes in.
    pub inputs: Vec<BitPort>,
    /// What comes out.
    pub outputs: Vec<BitPort>,
}

impl Netlist {
    /// The cells, with their layers.
    #[must_use]
    pub fn cells(&self) -> impl ExactSizeIterator<Item = (&Cell, usize)> {
        self.cells.iter().zip(self.layers.iter().copied())
    }

    /// Number of nets; they are numbered from zero.
    #[must_use]
    pub fn nets(&self) -> usize {
        self.nets as usize
    }

    /// When a net settles without registers, in picoseconds.
    #[must_use]
    pub fn arrival(&self, net: Net) -> u32 {
        self.arrivals[net.index()]
    }

    /// When a bit settles.
    #[must_use]
    pub fn arrival_of(&self, bit: Bit) -> u32 {
        bit.net().map_or(0, |net| self.arrival(net))
    }

    /// A net of an input.
    pub(super) fn input(&mut self) -> Net {
        self.net(0)
    }

    fn net(&mut self, arrival: u32) -> Net {
        self.arrivals.push(arrival);
        self.nets += 1;
        Net(self.nets - 1)
    }

    fn push(&mut self, cell: Cell) {
        self.cells.push(cell);
        self.layers.push(self.layer);
    }

    /// The latest arrival of some nets.
    fn latest(&self, nets: &[Net]) -> u32 {
        nets.iter().map(|&net| self.arrival(net)).max().unwrap_or(0)
    }

    /// A carry chain; positions whose output nobody reads may be left out of the result by the caller.
    pub(super) fn chain(
        &mut self,
        s: Vec<Bit>,
        di: Vec<Bit>,
        carry_in: Bit,
        with_carry: bool,
    ) -> (Vec<Bit>, Bit) {
        let bits = s.iter().chain(&di).chain([&carry_in]);
        let begin = bits.map(|&bit| self.arrival_of(bit)).max().unwrap_or(0);
        let end = begin + delay::CHAIN + delay::CARRY * s.len() as u32;
        let sums: Vec<Net> = s.iter().map(|_| self.net(end)).collect();
        let carry_out = with_carry.then(|| self.net(end));
        let outputs = sums.iter().map(|&net| Bit::from(net)).collect();
        self.push(Cell::Chain { s, di, carry_in, sums, carry_out });
        (outputs, carry_out.map_or(Bit::ZERO, Bit::from))
    }
}

impl Cell {
    /// The nets that it reads.
    #[must_use]
    pub fn reads(&self) -> Box<dyn Iterator<Item = Net> + '_> {
        match self {
            Self::Lut { inputs, .. } | Self::Lut2 { inputs, .. } => Box::new(inputs.iter().copied()),
            Self::Chain { s, di, carry_in, .. } => {
                Box::new(s.iter().chain(di).chain([carry_in]).filter_map(|bit| bit.net()))
            }
        }
    }

    /// The nets that it drives.
    #[must_use]
    pub fn drives(&self) -> Box<dyn Iterator<Item = Net> + '_> {
        match self {
            Self::Lut { output, .. } => Box::new(std::iter::once(*output)),
            Self::Lut2 { outputs, .. } => Box::new(outputs.iter().copied()),
            Self::Chain { sums, carry_out, .. } => Box::new(sums.iter().chain(carry_out).copied()),
        }
    }
}

/// Delays in picoseconds, of a 7-series device of speed grade -1: of cells from Project X-Ray's timing data for zynq7 (slow corner), of nets
/// a typical value, as there is no placement yet.
pub(super) mod delay {
    /// A net.
    pub const NET: u32 = 650;
    /// Through a LUT.
    pub const LUT: u32 = 124;
    /// From the LUT before a carry chain to the output of the same position.
    pub const CHAIN: u32 = 330;
    /// For each further position.
    pub const CARRY: u32 = 29;
    /// From the clock to the output of a register, and what must be there before the clock.
    pub const REGISTER: u32 = 456 + 60;
}
