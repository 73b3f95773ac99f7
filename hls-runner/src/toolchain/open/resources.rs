//! The cells of a mapped netlist, counted.

use std::collections::BTreeMap;

use crate::report::Cells;
use crate::toolchain::open::netlist::{CellKind, Netlist};

/// What [`count`] found.
pub(super) struct Counted {
    pub(super) cells: Cells,
    /// Types of cells that no resource counts, and how many there are.
    pub(super) others: BTreeMap<String, u64>,
}

/// Counts every cell of the netlist.
pub(super) fn count(netlist: &Netlist<'_>) -> Counted {
    let mut cells = Cells::default();
    let mut others = BTreeMap::new();
    for cell in &netlist.cells {
        match cell.kind {
            // Each occupies a look-up table, until a placer finds two small ones that share inputs.
            CellKind::Lut | CellKind::DoubleLut | CellKind::Inverter | CellKind::ShiftRegister => {
                cells.lut += 1
            }
            CellKind::FlipFlop => cells.ff += 1,
            CellKind::Carry => cells.carry += 1,
            CellKind::Dsp => cells.dsp += 1,
            CellKind::BlockRam18 => cells.bram_18k += 1,
            CellKind::BlockRam36 => cells.bram_18k += 2,
            // Part of every slice.
            CellKind::WideMux | CellKind::Wire => {}
            CellKind::Other => *others.entry(cell.type_name.to_string()).or_default() += 1,
        }
    }
    Counted { cells, others }
}

impl Counted {
    /// What a person must know of cells that were not counted.
    pub(super) fn warning(&self) -> Option<String> {
        let listed: Vec<String> = self.others.iter().map(|(name, count)| format!("{count} {name}")).collect();
        (!listed.is_empty()).then(|| {
            format!(
                "the mapped netlist has cells that no resource counts: {}; the real need is larger",
                listed.join(", ")
            )
        })
    }
}
