//! A graph on its way to a project: its circuit, its netlist, and when each part of it works.

use hls_model::graph::Graph;

use super::circuit::{Circuit, Wire};
use super::error::RtlError;
use super::lower::lower;
use super::map::{Mapped, map};
use super::netlist::{Netlist, Resources};
use super::options::RtlOptions;
use super::schedule::Schedule;
use crate::settings::{ClockPeriod, ClockUncertainty};

/// A circuit with everything that was decided about it.
#[derive(Debug, Clone)]
pub struct Design {
    /// What it computes.
    pub circuit: Circuit,
    /// The same in primitives.
    pub netlist: Netlist,
    /// When each cell works.
    pub schedule: Schedule,
    /// The cycle in which each wire is there; `None` for wires that nothing needs.
    pub ready: Vec<Option<u32>>,
}

/// What a layer takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LayerCost {
    /// Its primitives.
    pub resources: Resources,
    /// The last cycle in which something of it works, counted from one.
    pub last_cycle: u32,
}

impl Design {
    /// Designs a circuit for a graph: for a clock of this period, of which the uncertainty is not used.
    ///
    /// # Errors
    /// The graph holds something that cannot be a circuit, or would be too large.
    pub fn new(
        graph: &Graph,
        options: RtlOptions,
        period: &ClockPeriod,
        uncertainty: &ClockUncertainty,
    ) -> Result<Self, RtlError> {
        let cycle = budget(period, uncertainty);
        let circuit = lower(graph, options.effort)?;
        let Mapped { netlist, wires } = map(&circuit, options, cycle);
        let schedule = Schedule::new(&netlist, cycle);
        let mut design = Self { circuit, netlist, schedule, ready: Vec::new() };
        design.ready = design.ready_wires(&wires);
        Ok(design)
    }

    /// Cycles from the inputs to the outputs.
    #[must_use]
    pub fn latency(&self) -> u32 {
        self.schedule.latency
    }

    /// What it takes.
    #[must_use]
    pub fn resources(&self) -> Resources {
        Resources { ff: self.schedule.register_count(), ..self.netlist.resources() }
    }

    /// What each layer takes; registers belong to the layer that drives them.
    #[must_use]
    pub fn layer_costs(&self) -> Vec<LayerCost> {
        let mut costs = vec![LayerCost::default(); self.circuit.layers().len()];
        for ((cell, layer), &stage) in self.netlist.cells().zip(&self.schedule.stages) {
            let Some(cost) = costs.get_mut(layer) else { continue };
            cost.resources += cell.resources();
            cost.last_cycle = cost.last_cycle.max(stage + 1);
            cost.resources.ff +=
                cell.drives().map(|net| u64::from(self.schedule.registers[net.index()])).sum::<u64>();
        }
        costs
    }

    /// A wire is there with the last of its bits, and not before those that it is made from.
    fn ready_wires(&self, bits: &[Vec<super::netlist::Bit>]) -> Vec<Option<u32>> {
        let mut ready: Vec<Option<u32>> = Vec::with_capacity(bits.len());
        for (wire, node) in self.circuit.nodes() {
            let bits = &bits[wire.0 as usize];
            let own = bits.iter().filter_map(|bit| bit.net()).map(|net| self.schedule.ready[net.index()]);
            let operands =
                node.op.operands().into_iter().filter_map(|operand: Wire| ready[operand.0 as usize]);
            let latest = own.chain(operands).max().unwrap_or(0);
            ready.push((!bits.is_empty()).then_some(latest));
        }
        ready
    }
}

/// The part of a period that paths may take, in picoseconds.
fn budget(period: &ClockPeriod, uncertainty: &ClockUncertainty) -> u32 {
    let period = period.ns();
    let left = period - uncertainty.ns(period);
    // At least one lookup table must fit between two registers.
    (left * 1000.0).clamp(1.0, 1e9) as u32
}
