//! Names of wires and modules.

use std::collections::{HashMap, HashSet};

use crate::rtl::circuit::{Circuit, Wire};

/// Words that Verilog and SystemVerilog keep for themselves, as far as layers may be called so.
const RESERVED: [&str; 40] = [
    "always",
    "and",
    "assign",
    "begin",
    "bit",
    "buf",
    "case",
    "cell",
    "class",
    "clk",
    "config",
    "default",
    "design",
    "do",
    "edge",
    "else",
    "end",
    "event",
    "for",
    "force",
    "function",
    "if",
    "in_valid",
    "initial",
    "input",
    "instance",
    "int",
    "logic",
    "module",
    "not",
    "or",
    "out_valid",
    "output",
    "reg",
    "release",
    "small",
    "table",
    "time",
    "wire",
    "xor",
];

/// The names in a design.
pub(super) struct Names {
    /// For each layer the name of its module, and the stem of its wires.
    layers: Vec<String>,
    wires: HashMap<Wire, String>,
}

impl Names {
    /// Names for everything in a circuit whose top module has this name.
    pub fn of(circuit: &Circuit, top: &str) -> Self {
        let mut taken: HashSet<String> = RESERVED.iter().map(|&word| word.to_owned()).collect();
        taken.insert(top.to_owned());
        taken.extend(circuit.inputs.iter().chain(&circuit.outputs).map(|port| port.name.clone()));
        let mut layers = Vec::new();
        for layer in circuit.layers() {
            let stem = identifier(&layer.name);
            let mut name = stem.clone();
            let mut number = 1;
            while !taken.insert(name.clone()) {
                number += 1;
                name = format!("{stem}_{number}");
            }
            layers.push(name);
        }
        let mut names = Self { layers, wires: HashMap::new() };
        names.name_wires(circuit);
        names
    }

    /// The elements of a result are named after the layer; everything else is numbered in its layer.
    fn name_wires(&mut self, circuit: &Circuit) {
        for (layer, result) in circuit.results().iter().enumerate() {
            for (element, &wire) in result.iter().enumerate() {
                // Layers that change nothing hand on what another has named.
                if circuit.node(wire).layer == layer {
                    self.wires.entry(wire).or_insert_with(|| format!("{}_{element}", self.layers[layer]));
                }
            }
        }
        let mut numbers = vec![0; self.layers.len()];
        for (wire, node) in circuit.nodes() {
            if !self.wires.contains_key(&wire) {
                let stem = self.layers.get(node.layer).map_or("top", String::as_str);
                self.wires.insert(wire, format!("{stem}_t{}", numbers.get(node.layer).copied().unwrap_or(0)));
                if let Some(number) = numbers.get_mut(node.layer) {
                    *number += 1;
                }
            }
        }
    }

    /// The module of a layer.
    pub fn module(&self, layer: usize) -> &str {
        &self.layers[layer]
    }

    /// A wire, after so many registers.
    pub fn wire(&self, wire: Wire, registers: u32) -> String {
        match registers {
            0 => self.wires[&wire].clone(),
            _ => format!("{}_d{registers}", self.wires[&wire]),
        }
    }
}

fn identifier(name: &str) -> String {
    let mut text: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if text.chars().next().is_none_or(|c| c.is_ascii_digit()) {
        text.insert(0, 'l');
    }
    text
}
