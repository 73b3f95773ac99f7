//! What is known of a design without any tool: `circuit.json`.

use hls_model::graph::Graph;
use serde::Serialize;

use super::circuit::Port;
use super::design::Design;
use super::error::RtlError;
use super::netlist::Resources;
use crate::options::Options;

/// The design in figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Facts {
    /// Version of this form.
    pub schema: u32,
    /// The top module.
    pub top: String,
    /// Cycles from inputs to outputs.
    pub latency_cycles: u32,
    /// Cycles between samples.
    pub interval_cycles: u32,
    /// The period that the schedule was made for, in ns.
    pub clock_period_ns: f64,
    /// The longest path between registers by the schedule's own estimate, in ns.
    pub longest_path_ns: f64,
    /// What it takes.
    pub estimated: EstimatedResources,
    /// Its inputs and outputs.
    pub ports: Vec<PortFacts>,
    /// Its layers; those that take nothing are left out.
    pub layers: Vec<LayerFacts>,
}

/// Primitives of a device, as counted while the design was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct EstimatedResources {
    /// Lookup tables.
    pub lut: u64,
    /// Registers.
    pub ff: u64,
    /// Carry chains, in CARRY4.
    pub carry: u64,
    /// Multipliers: none.
    pub dsp: u64,
    /// Block RAMs of 18 kbit: none.
    pub bram_18k: u64,
}

/// A port of the top module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PortFacts {
    /// Its name.
    pub name: String,
    /// `input` or `output`.
    pub direction: &'static str,
    /// Elements of the tensor; the first is in the lowest bits.
    pub elements: usize,
    /// Bits of an element.
    pub bits: u32,
    /// Whether elements have a sign.
    pub signed: bool,
    /// Bits of an element right of the binary point.
    pub fraction: i32,
}

/// A layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LayerFacts {
    /// Its name.
    pub name: String,
    /// hls4ml's name of what it does.
    pub class: &'static str,
    /// Lookup tables.
    pub lut: u64,
    /// Registers.
    pub ff: u64,
    /// Carry chains, in CARRY4.
    pub carry: u64,
    /// Cycles from the circuit's inputs to this layer's last operation.
    pub latency_cycles: u32,
}

impl From<Resources> for EstimatedResources {
    fn from(Resources { lut, ff, carry }: Resources) -> Self {
        Self { lut, ff, carry, ..Self::default() }
    }
}

impl Facts {
    /// Designs a graph's circuit, and keeps only its figures.
    ///
    /// # Errors
    /// As [`Design::new`].
    pub fn estimate(graph: &Graph, options: &Options) -> Result<Self, RtlError> {
        let period = &options.clock_period;
        let design = Design::new(graph, options.rtl, period, &options.clock_uncertainty)?;
        Ok(Self::of(&design, &options.project_name, period.ns()))
    }

    /// From a sample's input to its output, in ns: with the clock that was asked for, or with the fastest possible one if that is slower.
    #[must_use]
    pub fn latency_ns(&self) -> f64 {
        f64::from(self.latency_cycles) * self.clock_period_ns.max(self.longest_path_ns)
    }

    /// Registers that belong to no layer: they hold inputs until they are needed, and pass on whether outputs are valid.
    #[must_use]
    pub fn registers_beside_layers(&self) -> u64 {
        let in_layers: u64 = self.layers.iter().map(|layer| layer.ff).sum();
        self.estimated.ff.saturating_sub(in_layers)
    }

    /// The figures of a design.
    #[must_use]
    pub fn of(design: &Design, top: &str, clock_period_ns: f64) -> Self {
        let port = |port: &Port, direction| PortFacts {
            name: port.name.clone(),
            direction,
            elements: port.wires.len(),
            bits: port.width,
            signed: port.signed,
            fraction: port.fraction,
        };
        let circuit = &design.circuit;
        let inputs = circuit.inputs.iter().map(|it| port(it, "input"));
        let outputs = circuit.outputs.iter().map(|it| port(it, "output"));
        let layers = circuit.layers().iter().zip(design.layer_costs());
        let layers = layers.filter(|(_, cost)| cost.resources != Resources::default());
        Self {
            schema: 1,
            top: top.to_owned(),
            latency_cycles: design.latency(),
            interval_cycles: 1,
            clock_period_ns,
            longest_path_ns: f64::from(design.schedule.longest_path) / 1000.0,
            estimated: design.resources().into(),
            ports: inputs.chain(outputs).collect(),
            layers: layers
                .map(|(layer, cost)| LayerFacts {
                    name: layer.name.clone(),
                    class: layer.class,
                    lut: cost.resources.lut,
                    ff: cost.resources.ff,
                    carry: cost.resources.carry,
                    latency_cycles: cost.last_cycle,
                })
                .collect(),
        }
    }
}
