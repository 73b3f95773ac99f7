//! Which port carries what: the ports of the top module, matched with the inputs and outputs of the model.
//!
//! An array is one port, whose lowest bits are element 0, or a port for each element. A port has the name of the top function's
//! argument; Vivado HLS and early releases of Vitis HLS add `_V`.

use std::collections::BTreeMap;

use super::ports::{Direction, Port};
use crate::toolchain::project::{PortValues, Vectors};

/// How the module is driven, and what is read from it. Clock and handshake have the names of [`CONTROL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interface {
    /// `None` if the module has no reset.
    pub(crate) reset: Option<Reset>,
    /// Inputs that are 1 all the time.
    pub(crate) held_high: Vec<String>,
    /// The ports that take a sample.
    pub(crate) inputs: Vec<DataPort>,
    /// The ports that give its outputs.
    pub(crate) outputs: Vec<DataPort>,
    /// Bits of all inputs, and of all outputs.
    pub(crate) input_bits: usize,
    pub(crate) output_bits: usize,
}

/// The ports without which a module cannot be driven: clock, and the block-level protocol `ap_ctrl_hs`.
pub(crate) const CONTROL: [(Direction, &str); 4] = [
    (Direction::Input, "ap_clk"),
    (Direction::Input, "ap_start"),
    (Direction::Output, "ap_done"),
    (Direction::Output, "ap_ready"),
];

/// A reset, by the name of its port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reset {
    /// `ap_rst`, which resets while it is 1.
    ActiveHigh,
    /// `ap_rst_n`, which resets while it is 0.
    ActiveLow,
}

/// A port that carries a part of a sample's inputs or outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DataPort {
    pub(crate) port: String,
    /// Its lowest bit among those of all inputs, or all outputs, of a sample.
    pub(crate) at: usize,
    pub(crate) bits: usize,
    /// The port that says when it is valid. An output without one is valid with `ap_done`.
    pub(crate) valid: Option<String>,
}

/// Why a module cannot be driven.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InterfaceError {
    /// A port of [`CONTROL`] is not there.
    #[error(
        "it has no port {0}; only modules with ap_clk and the block-level protocol ap_ctrl_hs can be simulated"
    )]
    NoControl(&'static str),
    /// An input or output of the model that no port carries.
    #[error("no port carries the {0}: expected {1}; the {2}s that are left are {3}")]
    NotFound(Subject, String, &'static str, String),
    /// A port has the right name and another width.
    #[error("the port {port} has {found} bits, but the {subject} needs {expected}")]
    Width {
        /// What it should carry.
        subject: Subject,
        /// The port.
        port: String,
        /// The bits that it has.
        found: usize,
        /// The bits that it should have.
        expected: usize,
    },
    /// Ports that nothing is known about.
    #[error("these ports belong to no input or output of the model: {0}")]
    Unknown(String),
    /// Ports of a memory outside.
    #[error(
        "these ports read weights from a memory outside of the design (BramFactor), which the simulation does not have: {0}"
    )]
    Memory(String),
}

/// An input or output of the model, as it is named in messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    direction: Direction,
    layer: String,
    elements: usize,
    bits: u32,
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { direction, layer, elements, bits } = self;
        write!(f, "{} \"{layer}\" of the model ({elements} numbers of {bits} bits)", direction.word())
    }
}

impl Interface {
    /// Matches `ports` with what the model takes and gives.
    ///
    /// # Errors
    /// Something on either side has no counterpart on the other.
    pub(crate) fn of(ports: &[Port], vectors: &Vectors) -> Result<Self, InterfaceError> {
        let mut left = Unmatched(ports.iter().map(|port| (port.name.as_str(), port)).collect());
        for (direction, name) in CONTROL {
            left.take(direction, name).ok_or(InterfaceError::NoControl(name))?;
        }
        left.take(Direction::Output, "ap_idle");
        let reset = [("ap_rst", Reset::ActiveHigh), ("ap_rst_n", Reset::ActiveLow)];
        let reset = reset.into_iter().find(|(port, _)| left.take(Direction::Input, port).is_some());
        let (inputs, input_bits) = left.all(Direction::Input, &vectors.inputs)?;
        let (outputs, output_bits) = left.all(Direction::Output, &vectors.outputs)?;
        let control = ["ap_continue", "ap_ce"].into_iter();
        let control = control.filter(|port| left.take(Direction::Input, port).is_some()).map(str::to_owned);
        let held_high = control.chain(inputs.iter().filter_map(|input| input.valid.clone())).collect();
        left.require_nothing()?;
        Ok(Self { reset: reset.map(|(_, reset)| reset), held_high, inputs, outputs, input_bits, output_bits })
    }
}

/// The ports that have not been matched yet, by name.
struct Unmatched<'a>(BTreeMap<&'a str, &'a Port>);

impl Unmatched<'_> {
    /// Takes a port out, if it is there; returns its width.
    fn take(&mut self, direction: Direction, name: &str) -> Option<usize> {
        self.0.get(name).filter(|port| port.direction == direction)?;
        self.0.remove(name).map(|port| port.bits)
    }

    /// The ports of all inputs or outputs, and how many bits these have together: one after another, element 0 of the first lowest.
    fn all(
        &mut self,
        direction: Direction,
        values: &[PortValues],
    ) -> Result<(Vec<DataPort>, usize), InterfaceError> {
        let (mut ports, mut at) = (Vec::new(), 0);
        for value in values {
            for (port, bits) in self.carriers(direction, value)? {
                let valid = format!("{port}_ap_vld");
                let valid = self.take(direction, &valid).map(|_| valid);
                ports.push(DataPort { port, at, bits, valid });
                at += bits;
            }
        }
        Ok((ports, at))
    }

    /// The ports that carry an input or output together, in the order of its elements, with their widths.
    fn carriers(
        &mut self,
        direction: Direction,
        value: &PortValues,
    ) -> Result<Vec<(String, usize)>, InterfaceError> {
        let PortValues { name, elements, .. } = value;
        let bits = usize::try_from(value.bits).unwrap_or(usize::MAX);
        let total = bits.saturating_mul(*elements);
        for port in [name.clone(), format!("{name}_V")] {
            if let Some(found) = self.take(direction, &port) {
                return Ok(vec![of_width(direction, value, port, found, total)?]);
            }
        }
        let styles: [fn(&str, usize) -> String; 3] = [
            |name, i| format!("{name}_{i}"),
            |name, i| format!("{name}_{i}_V"),
            |name, i| format!("{name}_V_{i}"),
        ];
        for style in styles {
            if !self.0.contains_key(style(name, 0).as_str()) {
                continue;
            }
            let element = |i| {
                let port = style(name, i);
                let found = self
                    .take(direction, &port)
                    .ok_or_else(|| self.not_found(direction, value, port.clone()))?;
                of_width(direction, value, port, found, bits)
            };
            return (0..*elements).map(element).collect();
        }
        let expected =
            format!("{name} or {name}_V with {total} bits, or {name}_0, {name}_1, … with {bits} bits each");
        Err(self.not_found(direction, value, expected))
    }

    fn not_found(&self, direction: Direction, value: &PortValues, expected: String) -> InterfaceError {
        let found = self.0.values().filter(|port| port.direction == direction);
        let found = shortened(found.map(|port| format!("{} ({} bits)", port.name, port.bits)));
        InterfaceError::NotFound(subject(direction, value), expected, direction.word(), found)
    }

    fn require_nothing(&self) -> Result<(), InterfaceError> {
        let names = || shortened(self.0.keys().map(|name| (*name).to_owned()));
        if self.0.is_empty() {
            Ok(())
        } else if self.0.keys().any(|name| name.ends_with("_q0")) {
            Err(InterfaceError::Memory(names()))
        } else {
            Err(InterfaceError::Unknown(names()))
        }
    }
}

fn subject(direction: Direction, value: &PortValues) -> Subject {
    Subject { direction, layer: value.layer.clone(), elements: value.elements, bits: value.bits }
}

/// The port with its width, if that is as expected.
fn of_width(
    direction: Direction,
    value: &PortValues,
    port: String,
    found: usize,
    expected: usize,
) -> Result<(String, usize), InterfaceError> {
    if found == expected {
        Ok((port, found))
    } else {
        Err(InterfaceError::Width { subject: subject(direction, value), port, found, expected })
    }
}

/// Names that are listed in a message at most.
const LISTED: usize = 12;

fn shortened(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    let listed = names.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => "none".to_owned(),
        all if all > LISTED => format!("{listed} and {} more", all - LISTED),
        _ => listed,
    }
}

#[cfg(test)]
mod tests {
    use super::super::ports::ports;
    use super::*;

    fn value(name: &str, elements: usize, bits: u32) -> PortValues {
        let layer = format!("layer of {name}");
        PortValues {
            name: name.to_owned(),
            layer,
            elements,
            bits,
            signed: true,
            fraction: 0,
            raws: Vec::new(),
        }
    }

    /// Inputs and outputs as `port@lowest bit`, with the valid port of outputs, or the error.
    fn shown(declarations: &str) -> String {
        let control = "input ap_clk, input ap_start, output ap_done, output ap_ready";
        let ports = ports(&format!("module top({control}, {declarations});"), "top").expect("ports");
        let vectors =
            Vectors { inputs: vec![value("x", 3, 6)], outputs: vec![value("y", 2, 4), value("z", 1, 8)] };
        match Interface::of(&ports, &vectors) {
            Err(error) => error.to_string(),
            Ok(interface) => {
                let data = interface.inputs.iter().chain(&interface.outputs).map(|data| {
                    let valid = data.valid.as_ref().map(|valid| format!("/{valid}")).unwrap_or_default();
                    format!("{}@{}{valid}", data.port, data.at)
                });
                let data = data.collect::<Vec<_>>().join(" ");
                format!("{data}; {:?} {:?}", interface.reset, interface.held_high.join(" "))
            }
        }
    }

    #[test]
    fn ports_are_matched_by_name_and_width_or_refused() {
        let cases = [
            (
                "input ap_rst, output ap_idle, input [17:0] x, input x_ap_vld, output [3:0] y_0, output y_0_ap_vld, output [3:0] y_1, \
                 output y_1_ap_vld, output [7:0] z, output z_ap_vld",
                "x@0/x_ap_vld y_0@0/y_0_ap_vld y_1@4/y_1_ap_vld z@8/z_ap_vld; Some(ActiveHigh) \"x_ap_vld\"",
            ),
            (
                "input ap_rst_n, input ap_continue, input [17:0] x_V, output [7:0] y_V, output [7:0] z_V",
                "x_V@0 y_V@0 z_V@8; Some(ActiveLow) \"ap_continue\"",
            ),
            (
                "input [5:0] x_0_V, input [5:0] x_1_V, input [5:0] x_2_V, output [3:0] y_V_0, output [3:0] y_V_1, output [7:0] z_0",
                "x_0_V@0 x_1_V@6 x_2_V@12 y_V_0@0 y_V_1@4 z_0@8; None \"\"",
            ),
            (
                "input [5:0] x_0, input [5:0] x_2, output [7:0] y",
                "no port carries the input \"layer of x\" of the model (3 numbers of 6 bits): expected x_1; the inputs that are left are x_2 \
                 (6 bits)",
            ),
            (
                "input [23:0] x, output [7:0] y",
                "the port x has 24 bits, but the input \"layer of x\" of the model (3 numbers of 6 bits) needs 18",
            ),
            (
                "input [17:0] x, output [7:0] y, output [7:0] zz",
                "no port carries the output \"layer of z\" of the model (1 numbers of 8 bits): expected z or z_V with 8 bits, or z_0, z_1, … \
                 with 8 bits each; the outputs that are left are zz (8 bits)",
            ),
            (
                "input [17:0] x, output [7:0] y, output [7:0] z, output done, input [3:0] more",
                "these ports belong to no input or output of the model: done, more",
            ),
            (
                "input [17:0] x, output [7:0] y, output [7:0] z, output [4:0] w2_address0, output w2_ce0, input [15:0] w2_q0",
                "these ports read weights from a memory outside of the design (BramFactor), which the simulation does not have: w2_address0, \
                 w2_ce0, w2_q0",
            ),
        ];
        for (declarations, expected) in cases {
            assert_eq!(shown(declarations), expected, "{declarations}");
        }
        let ports =
            ports("module top(input ap_clk, input ap_start, output ap_ready);", "top").expect("ports");
        let error = Interface::of(&ports, &Vectors::default()).expect_err("no ap_done");
        assert_eq!(error, InterfaceError::NoControl("ap_done"));
    }
}
