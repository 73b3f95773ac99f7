//! What it takes to use a circuit in a design: wrappers with the usual protocols, a script for Vivado, a FuseSoC core file, and what places and
//! routes it by itself.

use serde::Serialize;

use super::facts::{Facts, PortFacts};
use super::{layout, templates};
use crate::CodegenError;
use crate::options::Options;

/// Templates, and the files that are made of them, where `NAME` is the top module's.
const FILES: [&str; 8] = [
    "rtl/NAME_ap_ctrl.v",
    "rtl/NAME_axis.v",
    "vivado_ooc.tcl",
    "vivado_ooc.xdc",
    "NAME.core",
    "pnr/NAME_pins.v",
    layout::PNR_SCRIPT,
    layout::PNR_PINS,
];

/// What the templates are filled in with.
#[derive(Serialize)]
struct Context<'a> {
    name: &'a str,
    part: &'a str,
    clock_period: f64,
    latency: u32,
    /// Bits of a number of cycles up to the latency and one more.
    counter_bits: u32,
    /// Results for which the wrapper with streams has room, a power of two.
    depth: u32,
    address_bits: u32,
    inputs: Vec<Port>,
    input_bits: usize,
    /// Bits of all inputs, each element in bytes of its own.
    input_lanes: usize,
    outputs: Vec<Port>,
    output_bits: usize,
    output_lanes: usize,
    no_bram: bool,
    power: bool,
    place_and_route: bool,
}

/// A port of the circuit, and where it is among those of its direction.
#[derive(Serialize)]
struct Port {
    /// What the circuit calls it.
    pin: String,
    /// What a wrapper calls it that has ports of its own besides.
    name: String,
    elements: usize,
    /// Bits of an element.
    width: usize,
    /// Bits of an element in whole bytes.
    lane: usize,
    /// Bits in all.
    bits: usize,
    signed: bool,
    /// Where it begins.
    low: usize,
    /// Where it begins if each element is in bytes of its own.
    low_lane: usize,
}

/// The files, each with its path in the project.
///
/// # Errors
/// A template cannot be filled in.
pub(super) fn files(facts: &Facts, options: &Options) -> Result<Vec<(String, String)>, CodegenError> {
    let context = Context::of(facts, options);
    let file = |template: &&str| {
        let text = templates::render(template, &context)?;
        Ok((template.replace("NAME", &facts.top), text))
    };
    FILES.iter().map(file).collect()
}

impl<'a> Context<'a> {
    fn of(facts: &'a Facts, options: &'a Options) -> Self {
        let latency = facts.latency_cycles;
        // A result is in the memory a cycle after it left the circuit, and its room is free a cycle after it was taken.
        let depth = (latency + 2).next_power_of_two();
        let (inputs, input_bits, input_lanes) = ports(facts, "input");
        let (outputs, output_bits, output_lanes) = ports(facts, "output");
        Self {
            name: &facts.top,
            part: options.part.as_str(),
            clock_period: facts.clock_period_ns,
            latency,
            counter_bits: u32::BITS - (latency + 1).leading_zeros(),
            depth,
            address_bits: depth.trailing_zeros(),
            inputs,
            input_bits,
            input_lanes,
            outputs,
            output_bits,
            output_lanes,
            no_bram: options.avoided.bram,
            power: options.vivado.power,
            place_and_route: options.vivado.place_and_route,
        }
    }
}

/// The ports of a direction, with their bits in all: as they are, and with each element in bytes of its own.
fn ports(facts: &Facts, direction: &str) -> (Vec<Port>, usize, usize) {
    let (mut low, mut low_lane) = (0, 0);
    let port = |facts: &PortFacts| {
        let width = facts.bits as usize;
        let lane = width.next_multiple_of(8);
        let bits = width * facts.elements;
        let port = Port {
            pin: facts.name.clone(),
            name: free_name(&facts.name),
            elements: facts.elements,
            width,
            lane,
            bits,
            signed: facts.signed,
            low,
            low_lane,
        };
        low += bits;
        low_lane += lane * facts.elements;
        port
    };
    let ports = facts.ports.iter().filter(|port| port.direction == direction).map(port).collect();
    (ports, low, low_lane)
}

/// The protocol's own signals begin with `ap_`.
fn free_name(pin: &str) -> String {
    if pin.starts_with("ap_") { format!("data_{pin}") } else { pin.to_owned() }
}
