//! `circuit.json`: what this program says of a circuit that it wrote.

use serde::Deserialize;

use super::circuit::{Cells, Circuit, InstantEstimate};
use super::flaw::Flaw;
use super::record::parse as parse_record;

/// The file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CircuitFile {
    /// The top module.
    pub top: String,
    /// Cycles from a sample's input to its output; 0 where the circuit is combinational.
    pub latency_cycles: u64,
    /// Cycles until the next sample may follow.
    pub interval_cycles: u64,
    /// The clock period that its pipeline stages were made for.
    pub clock_period_ns: f64,
    /// What it should need.
    pub estimated: Option<Cells>,
    /// Its ports with data, in the order in which vectors hold them.
    pub ports: Vec<CircuitPort>,
    /// Its layers; earlier versions did not write them.
    #[serde(default)]
    pub layers: Vec<CircuitLayer>,
}

/// What a layer of the circuit takes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct CircuitLayer {
    /// Its name.
    pub name: String,
    /// hls4ml's name of what it does.
    pub class: String,
    /// Look-up tables.
    pub lut: u64,
    /// Flip-flops.
    pub ff: u64,
    /// Carry chains of four bits.
    pub carry: u64,
    /// Cycles from the circuit's inputs to this layer's last operation.
    pub latency_cycles: u64,
}

/// A port with all elements of a tensor, element 0 in the lowest bits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CircuitPort {
    /// Its name in the Verilog.
    pub name: String,
    /// Whether samples enter or leave there.
    pub direction: PortDirection,
    /// Number of elements.
    pub elements: usize,
    /// Bits of each element.
    pub bits: u32,
    /// Whether elements are in two's complement.
    #[serde(default)]
    pub signed: bool,
    /// Bits right of the binary point.
    #[serde(default)]
    pub fraction: i32,
}

/// The direction of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PortDirection {
    /// Samples enter.
    Input,
    /// Results leave.
    Output,
}

/// Reads the file.
///
/// # Errors
/// The text is not the JSON of such a file.
pub fn parse(text: &str) -> Result<CircuitFile, Flaw> {
    parse_record(text, "the description of a circuit")
}

impl CircuitFile {
    /// The numbers in it.
    #[must_use]
    pub fn numbers(&self) -> Circuit {
        Circuit {
            latency_cycles: Some(self.latency_cycles),
            interval_cycles: Some(self.interval_cycles),
            clock_period_ns: Some(self.clock_period_ns),
            estimated: self.estimated.map(|resources| InstantEstimate { resources }),
            ..Circuit::default()
        }
    }

    /// The ports where results leave.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &CircuitPort> {
        self.ports.iter().filter(|port| port.direction == PortDirection::Output)
    }
}
