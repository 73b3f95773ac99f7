//! Which clock cycle each cell works in: where registers are.
//!
//! A carry chain and the lookup tables in front of it are next to each other in the device, so nothing can be between them: together they are
//! a [unit](units). Cuts through time divide the units into cycles ([cuts]): among the fewest cuts that keep every cycle within the
//! period, those that the fewest bits cross. Afterwards single units go to a neighbouring cycle where that saves registers ([retime]).
//!
//! Delays are estimates: of a 7-series device of speed grade -1, without placement.

mod cuts;
mod retime;
mod units;

use super::netlist::{Net, Netlist};
use units::Units;

/// When each cell works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The cycle of each cell, in the netlist's order.
    pub stages: Vec<u32>,
    /// The cycle in which each net is first there.
    pub ready: Vec<u32>,
    /// Registers after each net, in a row: what reads it later reads it from one of them.
    pub registers: Vec<u32>,
    /// Cycles from inputs to outputs, which are registered: at least one.
    pub latency: u32,
    /// The longest path between registers, in picoseconds.
    pub longest_path: u32,
}

impl Schedule {
    /// The schedule for a clock of a period, in picoseconds.
    #[must_use]
    pub fn new(netlist: &Netlist, period: u32) -> Self {
        let units = Units::of(netlist);
        let (earliest, latest) = (units.arrivals(), units.deadlines());
        // In quarters of the way from the earliest to the latest moment.
        let schedules = (0..=4).map(|quarters| {
            let between = |(&early, &late): (&u32, &u32)| early + (late - early) / 4 * quarters;
            let times: Vec<u32> = earliest.iter().zip(&latest).map(between).collect();
            Self::cut(netlist, &units, &times, period)
        });
        let cost = |schedule: &Self| (schedule.latency, schedule.register_count());
        schedules.min_by_key(cost).unwrap_or_else(|| Self::cut(netlist, &units, &earliest, period))
    }

    /// The schedule that cuts where units have been finished by these times.
    fn cut(netlist: &Netlist, units: &Units, times: &[u32], period: u32) -> Self {
        let mut units = units.clone();
        units.stages = cuts::stages(&units, times, period);
        let latency = units.stages.iter().max().map_or(1, |&last| last + 1);
        retime::retime(&mut units, latency, period);
        let longest_path = units.longest_path();
        let stages: Vec<u32> =
            (0..netlist.cells().len()).map(|cell| units.stages[units.of_cell[cell]]).collect();
        let mut schedule = Self { stages, ready: Vec::new(), registers: Vec::new(), latency, longest_path };
        schedule.find_registers(netlist);
        schedule
    }

    /// Registers in all; those that pass on whether outputs are valid are among them.
    #[must_use]
    pub fn register_count(&self) -> u64 {
        self.registers.iter().map(|&count| u64::from(count)).sum::<u64>() + u64::from(self.latency)
    }

    fn find_registers(&mut self, netlist: &Netlist) {
        self.ready = vec![0; netlist.nets()];
        self.registers = vec![0; netlist.nets()];
        for ((cell, _), &stage) in netlist.cells().zip(&self.stages) {
            for net in cell.drives() {
                self.ready[net.index()] = stage;
            }
        }
        let mut read = |ready: &[u32], net: Net, stage: u32| {
            let registers = &mut self.registers[net.index()];
            *registers = (*registers).max(stage.saturating_sub(ready[net.index()]));
        };
        for ((cell, _), &stage) in netlist.cells().zip(&self.stages) {
            cell.reads().for_each(|net| read(&self.ready, net, stage));
        }
        for bit in netlist.outputs.iter().flat_map(|port| &port.bits) {
            if let Some(net) = bit.net() {
                read(&self.ready, net, self.latency);
            }
        }
    }
}
