//! Verilog-2005 that people and any synthesis tool can read: a module for each layer, sums as `+`.
//!
//! Every wire is signed, with room for a sign also where no number is negative, so that Verilog's rules for mixed expressions never matter.
//! A wire is there in a known cycle; what reads it later reads it from registers next to it. Sums that the primitives spread
//! over several cycles are written in one, with the registers after them.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;
use std::sync::Arc;

use hls_model::arith::signed_bits;

use super::names::Names;
use crate::rtl::circuit::{Circuit, Node, Op, Port, Wire};
use crate::rtl::design::Design;

/// The design as plain Verilog. `header` is a comment in front of it.
#[must_use]
pub fn plain(design: &Design, top: &str, header: &str) -> String {
    let mut writer = Writer {
        design,
        circuit: &design.circuit,
        names: Names::of(&design.circuit, top),
        delays: Vec::new(),
    };
    writer.delays = writer.find_delays();
    let mut text = format!("{header}\n");
    for layer in 0..design.circuit.layers().len() {
        text += &writer.layer(layer);
    }
    text + &writer.top(top)
}

struct Writer<'a> {
    design: &'a Design,
    circuit: &'a Circuit,
    names: Names,
    /// How many registers follow each wire.
    delays: Vec<u32>,
}

/// A wire after some registers.
type Signal = (Wire, u32);

impl Writer<'_> {
    fn ready(&self, wire: Wire) -> u32 {
        self.design.ready[wire.0 as usize].unwrap_or(0)
    }

    fn is_live(&self, wire: Wire) -> bool {
        self.design.ready[wire.0 as usize].is_some()
    }

    /// Registers between a wire and a cycle. What is constant has none.
    fn registers(&self, wire: Wire, cycle: u32) -> u32 {
        match self.circuit.value(wire) {
            Some(_) => 0,
            None => cycle - self.ready(wire),
        }
    }

    fn find_delays(&self) -> Vec<u32> {
        let mut delays = vec![0; self.circuit.nodes().len()];
        let mut read = |wire: Wire, registers: u32| {
            let delay: &mut u32 = &mut delays[wire.0 as usize];
            *delay = (*delay).max(registers);
        };
        for (wire, node) in self.circuit.nodes().filter(|&(wire, _)| self.is_live(wire)) {
            for operand in node.op.operands() {
                read(operand, self.registers(operand, self.ready(wire)));
            }
        }
        for &wire in self.circuit.outputs.iter().flat_map(|port| &port.wires) {
            read(wire, self.registers(wire, self.design.latency()));
        }
        delays
    }

    fn bits(&self, wire: Wire) -> u32 {
        let (low, high) = self.circuit.range(wire);
        signed_bits(low).max(signed_bits(high))
    }

    fn declared(&self, kind: &str, wire: Wire, registers: u32) -> String {
        format!("{kind} signed [{}:0] {}", self.bits(wire) - 1, self.names.wire(wire, registers))
    }

    /// A wire in an expression. Of one that no gate computes, no bit gets as far as an output: any number will do.
    fn read(&self, wire: Wire, cycle: u32) -> String {
        match self.circuit.value(wire) {
            Some(value) => literal(value, self.bits(wire)),
            None if !self.is_live(wire) => literal(0, self.bits(wire)),
            None => self.names.wire(wire, self.registers(wire, cycle)),
        }
    }

    /// The wires that a layer computes.
    fn wires_of(&self, layer: usize) -> impl Iterator<Item = (Wire, &Node)> {
        self.circuit.nodes().filter(move |(wire, node)| {
            node.layer == layer && self.is_live(*wire) && !matches!(node.op, Op::Constant | Op::Input { .. })
        })
    }

    /// What a layer reads of other layers.
    fn imports(&self, layer: usize) -> BTreeSet<Signal> {
        let mut imports = BTreeSet::new();
        for (wire, node) in self.wires_of(layer) {
            for operand in node.op.operands() {
                let foreign = self.circuit.node(operand).layer != layer || self.is_input(operand);
                if foreign && self.circuit.value(operand).is_none() && self.is_live(operand) {
                    imports.insert((operand, self.registers(operand, self.ready(wire))));
                }
            }
        }
        imports
    }

    fn is_input(&self, wire: Wire) -> bool {
        matches!(self.circuit.node(wire).op, Op::Input { .. })
    }

    /// What others read of each layer.
    fn exports(&self) -> HashMap<usize, BTreeSet<Signal>> {
        let mut exports: HashMap<usize, BTreeSet<Signal>> = HashMap::new();
        let mut export = |signal: Signal| {
            exports.entry(self.circuit.node(signal.0).layer).or_default().insert(signal);
        };
        for layer in 0..self.circuit.layers().len() {
            self.imports(layer).into_iter().for_each(&mut export);
        }
        for &wire in self.circuit.outputs.iter().flat_map(|port| &port.wires) {
            if self.circuit.value(wire).is_none() {
                export((wire, self.registers(wire, self.design.latency())));
            }
        }
        exports
    }

    fn layer(&self, layer: usize) -> String {
        if self.wires_of(layer).next().is_none() {
            return String::new();
        }
        let exports = self.exports().remove(&layer).unwrap_or_default();
        let mut ports = vec!["    input wire clk".to_owned()];
        ports.extend(
            self.imports(layer)
                .iter()
                .map(|&(wire, d)| format!("    {}", self.declared("input wire", wire, d))),
        );
        ports.extend(exports.iter().map(|&(wire, d)| {
            let kind = if d == 0 { "output wire" } else { "output reg" };
            format!("    {}", self.declared(kind, wire, d))
        }));
        let info = &self.circuit.layers()[layer];
        let mut text = format!(
            "// Layer {} ({})\nmodule {} (\n{}\n);\n",
            info.name,
            info.class,
            self.names.module(layer),
            ports.join(",\n")
        );
        let mut tables = HashMap::new();
        for (wire, node) in self.wires_of(layer) {
            if let Op::Lookup { index, table } = &node.op {
                let number = tables.len();
                let bits = self.bits(wire);
                let key = (Arc::clone(table), bits, self.bits(*index));
                tables.entry(key).or_insert_with(|| {
                    text += &function(number, table, bits, self.bits(*index));
                    number
                });
            }
        }
        for (wire, node) in self.wires_of(layer) {
            if !exports.contains(&(wire, 0)) {
                let _ = writeln!(text, "  {};", self.declared("wire", wire, 0));
            }
            let table = match &node.op {
                Op::Lookup { index, table } => {
                    tables.get(&(Arc::clone(table), self.bits(wire), self.bits(*index)))
                }
                _ => None,
            };
            let _ = writeln!(
                text,
                "  assign {} = {};",
                self.names.wire(wire, 0),
                self.expression(wire, node, table.copied())
            );
        }
        let wires: Vec<Wire> = self.wires_of(layer).map(|(wire, _)| wire).collect();
        text += &self.registers_of(&wires, &exports);
        text + "endmodule\n\n"
    }

    /// The registers after some wires.
    fn registers_of(&self, wires: &[Wire], declared: &BTreeSet<Signal>) -> String {
        let (mut text, mut always) = (String::new(), String::new());
        for &wire in wires {
            for d in 1..=self.delays[wire.0 as usize] {
                if !declared.contains(&(wire, d)) {
                    let _ = writeln!(text, "  {};", self.declared("reg", wire, d));
                }
                let _ =
                    writeln!(always, "    {} <= {};", self.names.wire(wire, d), self.names.wire(wire, d - 1));
            }
        }
        if !always.is_empty() {
            let _ = write!(text, "  always @(posedge clk) begin\n{always}  end\n");
        }
        text
    }

    fn expression(&self, wire: Wire, node: &Node, table: Option<usize>) -> String {
        let cycle = self.ready(wire);
        let read = |wire: Wire| self.read(wire, cycle);
        let constant = |value: i128| literal(value, signed_bits(value));
        match &node.op {
            Op::Input { .. } | Op::Constant => String::new(),
            Op::Sum { terms, constant: added } => {
                let mut text = String::new();
                for term in terms {
                    text += match (text.is_empty(), term.negative) {
                        (true, false) => "",
                        (true, true) => "-",
                        (false, false) => " + ",
                        (false, true) => " - ",
                    };
                    let x = read(term.wire);
                    text += &if term.shift == 0 { x } else { format!("({x} <<< {})", term.shift) };
                }
                match added {
                    0 => text,
                    _ => format!("{text} + {}", constant(*added)),
                }
            }
            Op::Floor { x, down } => format!("{} >>> {down}", read(*x)),
            Op::Wrap { x, width, signed } => {
                let (x, bits) = (read(*x), self.bits(*x));
                // A number of fewer bits repeats its sign.
                let cut = match width.saturating_sub(bits) {
                    0 => format!("{x}[{}:0]", width - 1),
                    more => format!("{{{{{more}{{{x}[{}]}}}}, {x}}}", bits - 1),
                };
                if *signed { format!("$signed({cut})") } else { format!("$signed({{1'b0, {cut}}})") }
            }
            Op::Even { x, down } => {
                // Of a number of fewer bits, all must be zero.
                let dropped = self.bits(*x).min(*down);
                let x = read(*x);
                format!(
                    "({x}[{}:0] == {dropped}'d0) ? (({x} >>> {down}) & -{}) : ({x} >>> {down})",
                    dropped - 1,
                    literal(2, 3)
                )
            }
            Op::Clamp { x } => {
                let ((low, high), x_range) = (node.range, self.circuit.range(*x));
                let x = read(*x);
                let mut text = String::new();
                if x_range.1 > high {
                    text += &format!("({x} > {0}) ? {0} : ", constant(high));
                }
                if x_range.0 < low {
                    text += &format!("({x} < {0}) ? {0} : ", constant(low));
                }
                text + &x
            }
            Op::Less { a, b } => format!("({} < {}) ? 2'sd1 : 2'sd0", read(*a), read(*b)),
            Op::Select { condition, then, otherwise } => {
                format!("{}[0] ? {} : {}", read(*condition), read(*then), read(*otherwise))
            }
            Op::Product { a, b } => format!("{} * {}", read(*a), read(*b)),
            Op::Lookup { index, .. } => format!("table{}({})", table.unwrap_or(0), read(*index)),
        }
    }

    fn top(&self, top: &str) -> String {
        let latency = self.design.latency();
        let port = |direction: &str, port: &Port| {
            format!("    {direction} wire [{}:0] {}", port.width * port.wires.len() as u32 - 1, port.name)
        };
        let mut ports = vec!["    input wire clk".to_owned(), "    input wire in_valid".to_owned()];
        ports.extend(self.circuit.inputs.iter().map(|it| port("input", it)));
        ports.push("    output wire out_valid".to_owned());
        ports.extend(self.circuit.outputs.iter().map(|it| port("output", it)));
        let mut text = format!(
            "// One sample per cycle; results follow {latency} cycles after their inputs.\nmodule {top} (\n{}\n);\n",
            ports.join(",\n")
        );
        let _ = writeln!(text, "  reg [{}:0] valid = {latency}'d0;", latency - 1);
        let shifted = if latency > 1 {
            format!("{{valid[{}:0], in_valid}}", latency - 2)
        } else {
            "in_valid".to_owned()
        };
        let _ = writeln!(
            text,
            "  always @(posedge clk) valid <= {shifted};\n  assign out_valid = valid[{}];",
            latency - 1
        );
        let inputs: Vec<(Wire, &Op)> = self
            .circuit
            .nodes()
            .filter(|&(wire, _)| self.is_live(wire) && self.is_input(wire))
            .map(|(w, n)| (w, &n.op))
            .collect();
        for (wire, op) in &inputs {
            let Op::Input { port, element } = op else { continue };
            let port = &self.circuit.inputs[*port];
            let first = *element as u32 * port.width;
            let bits = format!("{}[{}:{first}]", port.name, first + port.width - 1);
            let value =
                if port.signed { format!("$signed({bits})") } else { format!("$signed({{1'b0, {bits}}})") };
            let _ = writeln!(text, "  {} = {value};", self.declared("wire", *wire, 0));
        }
        let wires: Vec<Wire> = inputs.iter().map(|&(wire, _)| wire).collect();
        text += &self.registers_of(&wires, &BTreeSet::new());
        text += &self.instances();
        for output in &self.circuit.outputs {
            text += &self.output(output);
        }
        text + "endmodule\n"
    }

    fn instances(&self) -> String {
        let mut text = String::new();
        let exports = self.exports();
        for layer in 0..self.circuit.layers().len() {
            if self.wires_of(layer).next().is_none() {
                continue;
            }
            let own = exports.get(&layer).cloned().unwrap_or_default();
            let mut connections = vec![".clk(clk)".to_owned()];
            for &(wire, d) in &own {
                let _ = writeln!(text, "  {};", self.declared("wire", wire, d));
            }
            for (wire, d) in self.imports(layer).into_iter().chain(own) {
                let name = self.names.wire(wire, d);
                connections.push(format!(".{name}({name})"));
            }
            let module = self.names.module(layer);
            let _ = writeln!(text, "  {module} {module}_i ({});", connections.join(", "));
        }
        text
    }

    fn output(&self, port: &Port) -> String {
        let mut text = String::new();
        for (element, &wire) in port.wires.iter().enumerate() {
            let first = element as u32 * port.width;
            let part = format!("{}_{element}_bits", port.name);
            let _ = writeln!(
                text,
                "  wire signed [{}:0] {part} = {};",
                port.width,
                self.read(wire, self.design.latency())
            );
            let _ = writeln!(
                text,
                "  assign {}[{}:{first}] = {part}[{}:0];",
                port.name,
                first + port.width - 1,
                port.width - 1
            );
        }
        text
    }
}

/// A table as a function.
fn function(number: usize, table: &[i128], bits: u32, index_bits: u32) -> String {
    let mut text = format!(
        "  function signed [{}:0] table{number};\n    input [{}:0] index;\n    case (index)\n",
        bits - 1,
        index_bits - 1
    );
    for (i, &entry) in table.iter().enumerate() {
        if signed_bits(i as i128) <= index_bits {
            let _ = writeln!(text, "      {index_bits}'d{i}: table{number} = {};", literal(entry, bits));
        }
    }
    let last = table.last().copied().unwrap_or(0);
    let _ =
        write!(text, "      default: table{number} = {};\n    endcase\n  endfunction\n", literal(last, bits));
    text
}

/// A signed constant.
fn literal(value: i128, bits: u32) -> String {
    let bits = bits.max(signed_bits(value)).max(1);
    match value {
        0.. => format!("{bits}'sd{value}"),
        // The most negative number has no positive counterpart of its width.
        _ => format!("-{}'sd{}", bits + 1, value.unsigned_abs()),
    }
}
