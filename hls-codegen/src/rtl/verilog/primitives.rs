//! Verilog in the primitives of a 7-series device (AMD UG953, "Vivado Design Suite 7 Series FPGA Libraries Guide"): a module for each layer,
//! whose nets are numbered as in the netlist. What Yosys maps and counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::names::Names;
use crate::rtl::design::Design;
use crate::rtl::netlist::{Bit, BitPort, Cell, Net};

/// The design in primitives. `header` is a comment in front of it.
#[must_use]
pub fn primitives(design: &Design, top: &str, header: &str) -> String {
    let names = Names::of(&design.circuit, top);
    let writer = Writer::new(design);
    let mut text = format!("{header}\n");
    for (layer, cells) in &writer.cells {
        text += &writer.layer(names.module(*layer), *layer, cells);
    }
    text + &writer.top(top, &names)
}

/// A net after some registers.
type Signal = (Net, u32);

/// A cell with the cycle in which it works.
type Placed<'a> = (&'a Cell, u32);

struct Writer<'a> {
    design: &'a Design,
    /// The cells of each layer.
    cells: BTreeMap<usize, Vec<Placed<'a>>>,
    /// The layer of each net; `None` for inputs.
    layers: Vec<Option<usize>>,
    /// What each layer reads of others.
    imports: BTreeMap<usize, BTreeSet<Signal>>,
    /// What others read of each layer.
    exports: BTreeMap<usize, BTreeSet<Signal>>,
}

impl<'a> Writer<'a> {
    fn new(design: &'a Design) -> Self {
        let netlist = &design.netlist;
        let mut cells: BTreeMap<usize, Vec<Placed<'a>>> = BTreeMap::new();
        let mut layers = vec![None; netlist.nets()];
        for ((cell, layer), &stage) in netlist.cells().zip(&design.schedule.stages) {
            cells.entry(layer).or_default().push((cell, stage));
            for net in cell.drives() {
                layers[net.index()] = Some(layer);
            }
        }
        let mut writer = Self { design, cells, layers, imports: BTreeMap::new(), exports: BTreeMap::new() };
        writer.connect();
        writer
    }

    fn connect(&mut self) {
        let mut crossing: Vec<(Option<usize>, Signal)> = Vec::new();
        for (&layer, cells) in &self.cells {
            for &(cell, stage) in cells {
                for net in cell.reads().filter(|net| self.layers[net.index()] != Some(layer)) {
                    crossing.push((Some(layer), (net, self.registers(net, stage))));
                }
            }
        }
        for net in self.output_nets() {
            crossing.push((None, (net, self.registers(net, self.design.latency()))));
        }
        for (reader, signal) in crossing {
            if let Some(reader) = reader {
                self.imports.entry(reader).or_default().insert(signal);
            }
            if let Some(driver) = self.layers[signal.0.index()] {
                self.exports.entry(driver).or_default().insert(signal);
            }
        }
    }

    fn output_nets(&self) -> Vec<Net> {
        let bits = self.design.netlist.outputs.iter().flat_map(|port| &port.bits);
        bits.filter_map(|bit| bit.net()).collect()
    }

    fn registers(&self, net: Net, stage: u32) -> u32 {
        stage - self.design.schedule.ready[net.index()]
    }

    fn bit(&self, bit: Bit, stage: u32) -> String {
        match bit {
            Bit::Constant(value) => format!("1'b{}", u8::from(value)),
            Bit::Of { net, .. } => name((net, self.registers(net, stage))),
        }
    }

    fn layer(&self, module: &str, layer: usize, cells: &[Placed<'_>]) -> String {
        let none = BTreeSet::new();
        let imports = self.imports.get(&layer).unwrap_or(&none);
        let exports = self.exports.get(&layer).unwrap_or(&none);
        let mut ports = vec!["input wire clk".to_owned()];
        ports.extend(imports.iter().map(|&signal| format!("input wire {}", name(signal))));
        ports.extend(exports.iter().map(|&signal| format!("output wire {}", name(signal))));
        let info = &self.design.circuit.layers()[layer];
        let mut text = format!(
            "// Layer {} ({})\nmodule {module} (\n    {}\n);\n",
            info.name,
            info.class,
            ports.join(",\n    ")
        );
        for (i, &(cell, stage)) in cells.iter().enumerate() {
            for net in cell.drives() {
                self.declare(&mut text, net, exports);
            }
            self.cell(&mut text, i, cell, stage);
        }
        text + "endmodule\n\n"
    }

    /// Declares a net with the registers after it.
    fn declare(&self, text: &mut String, net: Net, ports: &BTreeSet<Signal>) {
        for registers in 0..=self.design.schedule.registers[net.index()] {
            let signal = (net, registers);
            if !ports.contains(&signal) {
                let _ = writeln!(text, "  wire {};", name(signal));
            }
            if registers > 0 {
                let (q, d) = (name(signal), name((net, registers - 1)));
                let _ = writeln!(
                    text,
                    "  FDRE #(.INIT(1'b0)) {q}_r (.C(clk), .CE(1'b1), .R(1'b0), .D({d}), .Q({q}));"
                );
            }
        }
    }

    fn cell(&self, text: &mut String, i: usize, cell: &Cell, stage: u32) {
        let pins = |inputs: &[Net]| {
            let pins = inputs
                .iter()
                .enumerate()
                .map(|(pin, &net)| format!(", .I{pin}({})", self.bit(net.into(), stage)));
            pins.collect::<String>()
        };
        match cell {
            Cell::Lut { inputs, table, output } => {
                let n = inputs.len().max(1);
                let digits = (1_usize << n).div_ceil(4);
                let idle = if inputs.is_empty() { ", .I0(1'b0)" } else { "" };
                let _ = writeln!(
                    text,
                    "  LUT{n} #(.INIT({}'h{table:0digits$x})) c{i} (.O({}){}{idle});",
                    1 << n,
                    name((*output, 0)),
                    pins(inputs)
                );
            }
            Cell::Lut2 { inputs, tables, outputs } => {
                let idle: String = (inputs.len()..5).map(|pin| format!(", .I{pin}(1'b0)")).collect();
                let _ = writeln!(
                    text,
                    "  LUT6_2 #(.INIT(64'h{:08x}{:08x})) c{i} (.O6({}), .O5({}){}{idle}, .I5(1'b1));",
                    tables[0],
                    tables[1],
                    name((outputs[0], 0)),
                    name((outputs[1], 0)),
                    pins(inputs)
                );
            }
            Cell::Chain { s, di, carry_in, sums, carry_out } => {
                let last = (s.len() - 1) / 4;
                for block in 0..=last {
                    let of = |bits: &[Bit]| {
                        let bits = (0..4).rev().map(|k| {
                            bits.get(4 * block + k).map_or("1'b0".to_owned(), |&bit| self.bit(bit, stage))
                        });
                        bits.collect::<Vec<_>>().join(", ")
                    };
                    let outputs = (0..4).rev().map(|k| {
                        sums.get(4 * block + k).map_or(format!("c{i}_x{block}_{k}"), |&net| name((net, 0)))
                    });
                    let outputs = outputs.collect::<Vec<_>>().join(", ");
                    for k in 0..4 {
                        if sums.get(4 * block + k).is_none() {
                            let _ = writeln!(text, "  wire c{i}_x{block}_{k};");
                        }
                    }
                    let carry = match block {
                        0 => format!(".CI(1'b0), .CYINIT({})", self.bit(*carry_in, stage)),
                        _ => format!(".CI(c{i}_co{}[3]), .CYINIT(1'b0)", block - 1),
                    };
                    let _ = writeln!(
                        text,
                        "  wire [3:0] c{i}_co{block};\n  CARRY4 c{i}_{block} ({carry}, .S({{{}}}), .DI({{{}}}), .O({{{outputs}}}), .CO(c{i}_co{block}));",
                        of(s),
                        of(di)
                    );
                }
                if let Some(net) = carry_out {
                    let position = (s.len() - 1) % 4;
                    let _ = writeln!(text, "  assign {} = c{i}_co{last}[{position}];", name((*net, 0)));
                }
            }
        }
    }

    fn top(&self, top: &str, names: &Names) -> String {
        let latency = self.design.latency();
        let netlist = &self.design.netlist;
        let port = |direction: &str, port: &BitPort| {
            format!("{direction} wire [{}:0] {}", port.bits.len().max(1) - 1, port.name)
        };
        let mut ports = vec!["input wire clk".to_owned(), "input wire in_valid".to_owned()];
        ports.extend(netlist.inputs.iter().map(|it| port("input", it)));
        ports.push("output wire out_valid".to_owned());
        ports.extend(netlist.outputs.iter().map(|it| port("output", it)));
        let mut text = format!(
            "// One sample per cycle; results follow {latency} cycles after their inputs.\nmodule {top} (\n    {}\n);\n",
            ports.join(",\n    ")
        );
        let _ = writeln!(
            text,
            "  wire [{latency}:0] valid;\n  assign valid[0] = in_valid;\n  assign out_valid = valid[{latency}];"
        );
        for cycle in 1..=latency {
            let _ = writeln!(
                text,
                "  FDRE #(.INIT(1'b0)) valid_{cycle} (.C(clk), .CE(1'b1), .R(1'b0), .D(valid[{}]), .Q(valid[{cycle}]));",
                cycle - 1
            );
        }
        let none = BTreeSet::new();
        for input in &netlist.inputs {
            for (i, net) in input.bits.iter().enumerate().filter_map(|(i, bit)| Some((i, bit.net()?))) {
                self.declare(&mut text, net, &none);
                let _ = writeln!(text, "  assign {} = {}[{i}];", name((net, 0)), input.name);
            }
        }
        for &layer in self.cells.keys() {
            let exports = self.exports.get(&layer).unwrap_or(&none);
            for &signal in exports {
                let _ = writeln!(text, "  wire {};", name(signal));
            }
            let mut connections = vec![".clk(clk)".to_owned()];
            for &signal in self.imports.get(&layer).unwrap_or(&none).iter().chain(exports) {
                connections.push(format!(".{0}({0})", name(signal)));
            }
            let module = names.module(layer);
            let _ = writeln!(text, "  {module} {module}_i ({});", connections.join(", "));
        }
        for output in &netlist.outputs {
            for (i, &bit) in output.bits.iter().enumerate() {
                let _ = writeln!(text, "  assign {}[{i}] = {};", output.name, self.bit(bit, latency));
            }
        }
        text + "endmodule\n"
    }
}

fn name((net, registers): Signal) -> String {
    match registers {
        0 => format!("n{}", net.index()),
        _ => format!("n{}_d{registers}", net.index()),
    }
}
