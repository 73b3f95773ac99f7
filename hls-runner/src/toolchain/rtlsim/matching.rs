//! The ports of the top module, matched with the inputs and outputs of the model.
//!
//! An array is one port, whose lowest bits are element 0, or a port for each element, or an AXI-stream. A port has the name of the top
//! function's argument; Vivado HLS and early releases of Vitis HLS add `_V`.

use std::collections::BTreeMap;

use super::interface::{CONTROL, DataPort, Interface, InterfaceError, Reset, Side, Subject, Transfer};
use super::ports::{Direction, Port};
use crate::toolchain::project::{PortValues, Vectors};

/// Matches `ports` with what the model takes and gives.
///
/// # Errors
/// Something on either side has no counterpart on the other.
pub(super) fn interface(ports: &[Port], vectors: &Vectors) -> Result<Interface, InterfaceError> {
    let mut left = Unmatched(ports.iter().map(|port| (port.name.as_str(), port)).collect());
    for (direction, name) in CONTROL {
        left.take(direction, name).ok_or(InterfaceError::NoControl(name))?;
    }
    left.take(Direction::Output, "ap_idle");
    let reset = [("ap_rst", Reset::ActiveHigh), ("ap_rst_n", Reset::ActiveLow)];
    let reset = reset.into_iter().find(|(port, _)| left.take(Direction::Input, port).is_some());
    let inputs = left.all(Direction::Input, &vectors.inputs)?;
    let outputs = left.all(Direction::Output, &vectors.outputs)?;
    let control = ["ap_continue", "ap_ce"].into_iter();
    let control = control.filter(|port| left.take(Direction::Input, port).is_some()).map(str::to_owned);
    let valid = inputs.ports.iter().filter_map(|input| match &input.transfer {
        Transfer::AtOnce { valid } => valid.clone(),
        Transfer::Stream { .. } => None,
    });
    let held_high = control.chain(valid).collect();
    left.require_nothing()?;
    Ok(Interface { reset: reset.map(|(_, reset)| reset), held_high, inputs, outputs })
}

/// The ports that have not been matched yet, by name.
struct Unmatched<'a>(BTreeMap<&'a str, &'a Port>);

impl Unmatched<'_> {
    /// Takes a port out, if it is there; returns its width.
    fn take(&mut self, direction: Direction, name: &str) -> Option<usize> {
        self.0.get(name).filter(|port| port.direction == direction)?;
        self.0.remove(name).map(|port| port.bits)
    }

    /// The ports of all inputs or outputs.
    fn all(&mut self, direction: Direction, values: &[PortValues]) -> Result<Side, InterfaceError> {
        let mut side = Side::default();
        for value in values {
            let (ports, stride) = match self.stream(direction, value)? {
                Some((port, stride)) => (vec![port], stride),
                None => (self.at_once(direction, value)?, width(value)),
            };
            side.strides.push(stride);
            for port in ports {
                let port = DataPort { at: side.bits, ..port };
                side.bits = side.bits.saturating_add(port.all_bits());
                side.ports.push(port);
            }
        }
        Ok(side)
    }

    /// An input or output that is an AXI-stream: each number is padded to whole bytes, and a beat has one or several of them, the first
    /// in the lowest bits. Its stride is returned, too.
    fn stream(
        &mut self,
        direction: Direction,
        value: &PortValues,
    ) -> Result<Option<(DataPort, usize)>, InterfaceError> {
        let PortValues { name, elements, .. } = value;
        for prefix in [name.clone(), format!("{name}_V"), format!("{name}_V_V")] {
            let port = format!("{prefix}_TDATA");
            let Some(bits) = self.take(direction, &port) else { continue };
            let mut handshake = |towards, suffix| {
                let port = format!("{prefix}_{suffix}");
                match self.take(towards, &port) {
                    Some(_) => Ok(port),
                    None => Err(self.not_found(direction, value, port)),
                }
            };
            let valid = handshake(direction, "TVALID")?;
            let ready = handshake(direction.opposite(), "TREADY")?;
            let stride = width(value).next_multiple_of(8);
            let in_beat = bits / stride.max(1);
            if in_beat == 0 || bits % stride != 0 || elements % in_beat != 0 {
                let subject = subject(direction, value);
                return Err(InterfaceError::Beat { subject, port, found: bits, stride });
            }
            let transfer = Transfer::Stream { beats: elements / in_beat, valid, ready };
            return Ok(Some((DataPort { port, at: 0, bits, transfer }, stride)));
        }
        Ok(None)
    }

    /// The ports that carry an input or output at once, in the order of its elements.
    fn at_once(&mut self, direction: Direction, value: &PortValues) -> Result<Vec<DataPort>, InterfaceError> {
        let carriers = self.carriers(direction, value)?;
        let port = |(port, bits): (String, usize)| {
            let valid = format!("{port}_ap_vld");
            let valid = self.take(direction, &valid).map(|_| valid);
            DataPort { port, at: 0, bits, transfer: Transfer::AtOnce { valid } }
        };
        Ok(carriers.into_iter().map(port).collect())
    }

    /// The names of these ports with their widths.
    fn carriers(
        &mut self,
        direction: Direction,
        value: &PortValues,
    ) -> Result<Vec<(String, usize)>, InterfaceError> {
        let PortValues { name, elements, .. } = value;
        let bits = width(value);
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

fn width(value: &PortValues) -> usize {
    usize::try_from(value.bits).unwrap_or(usize::MAX)
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
        match interface(&ports, &vectors) {
            Err(error) => error.to_string(),
            Ok(interface) => {
                let data = interface.inputs.ports.iter().chain(&interface.outputs.ports).map(|data| {
                    let transfer = match &data.transfer {
                        Transfer::AtOnce { valid: None } => String::new(),
                        Transfer::AtOnce { valid: Some(valid) } => format!("/{valid}"),
                        Transfer::Stream { beats, valid, ready } => format!("*{beats}/{valid}/{ready}"),
                    };
                    format!("{}@{}{transfer}", data.port, data.at)
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
            // A beat of one number, padded to a byte, and one of two numbers.
            (
                "input [7:0] x_TDATA, input x_TVALID, output x_TREADY, output [15:0] y_V_V_TDATA, output y_V_V_TVALID, input y_V_V_TREADY, \
                 output [7:0] z",
                "x_TDATA@0*3/x_TVALID/x_TREADY y_V_V_TDATA@0*1/y_V_V_TVALID/y_V_V_TREADY z@16; None \"\"",
            ),
            (
                "input [15:0] x_TDATA, input x_TVALID, output x_TREADY",
                "the port x_TDATA has 16 bits, but the input \"layer of x\" of the model (3 numbers of 6 bits) needs a beat of one or several \
                 numbers of 8 bits each, and as many in each beat",
            ),
            (
                "input [7:0] x_TDATA, input x_TVALID",
                "no port carries the input \"layer of x\" of the model (3 numbers of 6 bits): expected x_TREADY; the inputs that are left are \
                 none",
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
        let error = interface(&ports, &Vectors::default()).expect_err("no ap_done");
        assert_eq!(error, InterfaceError::NoControl("ap_done"));
    }
}
