//! What a netlist takes of a device.

use std::ops::AddAssign;

use super::{Cell, Netlist};

/// Primitives of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resources {
    /// Lookup tables; one with two outputs counts once.
    pub lut: u64,
    /// Registers.
    pub ff: u64,
    /// Carry chains, in CARRY4.
    pub carry: u64,
}

impl AddAssign for Resources {
    fn add_assign(&mut self, other: Self) {
        self.lut += other.lut;
        self.ff += other.ff;
        self.carry += other.carry;
    }
}

impl Cell {
    /// What it takes.
    #[must_use]
    pub fn resources(&self) -> Resources {
        match self {
            Self::Lut { .. } | Self::Lut2 { .. } => Resources { lut: 1, ..Resources::default() },
            Self::Chain { s, .. } => Resources { carry: s.len().div_ceil(4) as u64, ..Resources::default() },
        }
    }
}

impl Netlist {
    /// What all cells take, registers aside.
    #[must_use]
    pub fn resources(&self) -> Resources {
        self.cells().fold(Resources::default(), |mut sum, (cell, _)| {
            sum += cell.resources();
            sum
        })
    }
}
