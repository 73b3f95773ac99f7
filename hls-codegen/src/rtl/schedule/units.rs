//! Cells that stay together, and what flows between them.

use super::super::netlist::{Cell, Net, Netlist, delay};

/// Cells that work in the same cycle, in an order in which each comes after those that it reads from.
#[derive(Debug, Clone, Default)]
pub(super) struct Units {
    /// The unit of each cell.
    pub of_cell: Vec<usize>,
    /// How long a signal takes through each unit, in picoseconds.
    pub delays: Vec<u32>,
    /// The units that each reads from.
    pub sources: Vec<Vec<usize>>,
    /// The units that read from each.
    pub targets: Vec<Vec<usize>>,
    /// The cycle of each.
    pub stages: Vec<u32>,
    /// The nets that leave a unit or an input.
    pub flows: Vec<Flow>,
    /// The flows that each unit reads.
    pub reads: Vec<Vec<usize>>,
    /// The flows that each unit drives.
    pub drives: Vec<Vec<usize>>,
}

/// A net between units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flow {
    /// Where it comes from; `None` for an input.
    pub from: Option<usize>,
    /// The units that read it.
    pub to: Vec<usize>,
    /// Whether it is a bit of an output.
    pub is_output: bool,
}

impl Units {
    pub fn of(netlist: &Netlist) -> Self {
        let cells: Vec<&Cell> = netlist.cells().map(|(cell, _)| cell).collect();
        let leaders = leaders(&cells, netlist);
        // Units are numbered by their last cell, which is the chain.
        let mut numbers = vec![usize::MAX; cells.len()];
        let mut units = Self::default();
        for (i, cell) in cells.iter().enumerate() {
            if leaders[i] == i {
                numbers[i] = units.delays.len();
                units.delays.push(delay_of(cell));
            }
        }
        units.of_cell = leaders.iter().map(|&leader| numbers[leader]).collect();
        let count = units.delays.len();
        units.sources = vec![Vec::new(); count];
        units.targets = vec![Vec::new(); count];
        units.reads = vec![Vec::new(); count];
        units.drives = vec![Vec::new(); count];
        units.connect(netlist, &cells);
        units
    }

    fn connect(&mut self, netlist: &Netlist, cells: &[&Cell]) {
        let mut flow_of: Vec<Option<usize>> = vec![None; netlist.nets()];
        let mut driver: Vec<Option<usize>> = vec![None; netlist.nets()];
        for (i, cell) in cells.iter().enumerate() {
            for net in cell.drives() {
                driver[net.index()] = Some(self.of_cell[i]);
            }
        }
        let mut flow = |units: &mut Self, net: Net| {
            let from = driver[net.index()];
            *flow_of[net.index()].get_or_insert_with(|| {
                units.flows.push(Flow { from, to: Vec::new(), is_output: false });
                if let Some(from) = from {
                    units.drives[from].push(units.flows.len() - 1);
                }
                units.flows.len() - 1
            })
        };
        for (i, cell) in cells.iter().enumerate() {
            let unit = self.of_cell[i];
            for net in cell.reads() {
                if driver[net.index()] == Some(unit) {
                    continue;
                }
                let at = flow(self, net);
                if !self.flows[at].to.contains(&unit) {
                    self.flows[at].to.push(unit);
                    self.reads[unit].push(at);
                }
                let from = driver[net.index()].filter(|from| !self.sources[unit].contains(from));
                if let Some(from) = from {
                    self.sources[unit].push(from);
                    self.targets[from].push(unit);
                }
            }
        }
        for bit in netlist.outputs.iter().flat_map(|port| &port.bits) {
            if let Some(net) = bit.net() {
                let at = flow(self, net);
                self.flows[at].is_output = true;
            }
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.delays.len()
    }

    /// The units, each after those that it reads from.
    pub fn in_order(&self) -> Vec<usize> {
        let mut missing: Vec<usize> = self.sources.iter().map(Vec::len).collect();
        let mut order: Vec<usize> = (0..self.len()).filter(|&unit| missing[unit] == 0).collect();
        let mut next = 0;
        while next < order.len() {
            for &target in &self.targets[order[next]] {
                missing[target] -= 1;
                if missing[target] == 0 {
                    order.push(target);
                }
            }
            next += 1;
        }
        order
    }

    /// When each unit's outputs are there without any registers.
    pub fn arrivals(&self) -> Vec<u32> {
        let mut arrivals = vec![0; self.len()];
        for unit in self.in_order() {
            let begin = self.sources[unit].iter().map(|&source| arrivals[source]).max().unwrap_or(0);
            arrivals[unit] = begin + self.delays[unit];
        }
        arrivals
    }

    /// When each unit's outputs are there at the latest, without any registers, if everything is to be over as early as it can.
    pub fn deadlines(&self) -> Vec<u32> {
        let end = self.arrivals().into_iter().max().unwrap_or(0);
        let mut deadlines = vec![end; self.len()];
        for unit in self.in_order().into_iter().rev() {
            let begins = self.targets[unit].iter().map(|&target| deadlines[target] - self.delays[target]);
            deadlines[unit] = begins.min().unwrap_or(end);
        }
        deadlines
    }

    /// The longest path within a cycle, with the registers at its ends.
    pub fn longest_path(&self) -> u32 {
        let mut arrivals = vec![0; self.len()];
        for unit in self.in_order() {
            let same = self.sources[unit].iter().filter(|&&source| self.stages[source] == self.stages[unit]);
            arrivals[unit] = same.map(|&source| arrivals[source]).max().unwrap_or(0) + self.delays[unit];
        }
        arrivals.into_iter().max().unwrap_or(0) + delay::REGISTER
    }
}

/// How long a signal takes through a cell, from nets that come over wires; a chain's own tables are in front of it.
fn delay_of(cell: &Cell) -> u32 {
    match cell {
        Cell::Lut { .. } | Cell::Lut2 { .. } => delay::NET + delay::LUT,
        Cell::Chain { s, .. } => delay::NET + delay::LUT + delay::CHAIN + delay::CARRY * s.len() as u32,
    }
}

/// For each cell the one that stands for its unit: for tables that only a carry chain reads the chain, for others the cell itself.
fn leaders(cells: &[&Cell], netlist: &Netlist) -> Vec<usize> {
    let nets = netlist.nets();
    let readers = netlist.readers();
    let mut next_to: Vec<Option<usize>> = vec![None; nets];
    for (i, cell) in cells.iter().enumerate() {
        if let Cell::Chain { s, .. } = cell {
            for net in s.iter().filter_map(|bit| bit.net()).filter(|net| readers[net.index()] == 1) {
                next_to[net.index()] = Some(i);
            }
        }
    }
    let leader = |(i, cell): (usize, &&Cell)| match cell {
        Cell::Chain { .. } => i,
        Cell::Lut { output, .. } => next_to[output.index()].unwrap_or(i),
        Cell::Lut2 { outputs, .. } => next_to[outputs[0].index()].unwrap_or(i),
    };
    cells.iter().enumerate().map(leader).collect()
}
