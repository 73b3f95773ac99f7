//! Circuits become netlists: each operation in lookup tables and carry chains.
//!
//! Only bits that something needs are made: of a sum that is cut to its lower bits no higher ones, of a number that no one reads none.

mod compare;
mod heap;
mod limit;
mod lookup;
mod position;
mod product;
mod sum;

use heap::Planning;

use crate::range::width;
use crate::rtl::RtlOptions;
use crate::rtl::circuit::{Circuit, Op, Wire};
use crate::rtl::netlist::{Bit, BitPort, Netlist};

/// A circuit as a netlist.
#[derive(Debug, Clone)]
pub struct Mapped {
    /// The netlist.
    pub netlist: Netlist,
    /// The bits of each wire, the lowest first, as far as something needs them. Not every net of them need have been left in the netlist.
    pub wires: Vec<Vec<Bit>>,
}

/// Writes a circuit as a netlist that will work in cycles of this length, in picoseconds.
#[must_use]
pub fn map(circuit: &Circuit, options: RtlOptions, cycle: u32) -> Mapped {
    let needed = needed_bits(circuit);
    let planning = Planning::new(options, cycle);
    let mut mapper = Mapper { circuit, planning, netlist: Netlist::default(), wires: Vec::new() };
    for (port, input) in circuit.inputs.iter().enumerate() {
        let bits = input.wires.iter().flat_map(|_| 0..input.width);
        let bits: Vec<Bit> = bits.map(|_| mapper.netlist.input().into()).collect();
        mapper.netlist.inputs.push(BitPort { name: input.name.clone(), bits });
        debug_assert_eq!(mapper.netlist.inputs.len(), port + 1);
    }
    for (wire, node) in circuit.nodes() {
        mapper.netlist.layer = node.layer;
        let bits = mapper.bits_of(wire, needed[wire.0 as usize] as usize);
        mapper.wires.push(bits);
    }
    for output in &circuit.outputs {
        let bits = output.wires.iter().flat_map(|&wire| mapper.number(wire).padded(output.width as usize));
        let bits: Vec<Bit> = bits.collect();
        // A pin has no table that could invert what it reads.
        let bits = bits.into_iter().map(|bit| mapper.netlist.plain(bit)).collect();
        mapper.netlist.outputs.push(BitPort { name: output.name.clone(), bits });
    }
    let Mapper { mut netlist, wires, .. } = mapper;
    netlist.optimize();
    Mapped { netlist, wires }
}

/// How many of the lower bits of each wire something needs.
fn needed_bits(circuit: &Circuit) -> Vec<u32> {
    let nodes: Vec<_> = circuit.nodes().collect();
    let mut needed = vec![0; nodes.len()];
    let need = |needed: &mut Vec<u32>, wire: Wire, bits: u32| {
        let at = &mut needed[wire.0 as usize];
        *at = (*at).max(bits.min(circuit.width(wire)));
    };
    for output in &circuit.outputs {
        for &wire in &output.wires {
            need(&mut needed, wire, u32::MAX);
        }
    }
    for (wire, node) in nodes.into_iter().rev() {
        let own = needed[wire.0 as usize];
        if own == 0 {
            continue;
        }
        match &node.op {
            Op::Input { .. } | Op::Constant => {}
            Op::Sum { terms, .. } => {
                for term in terms {
                    need(&mut needed, term.wire, own.saturating_sub(term.shift));
                }
            }
            Op::Floor { x, down } => need(&mut needed, *x, own.saturating_add(*down)),
            Op::Wrap { x, width, .. } => need(&mut needed, *x, own.min(*width)),
            Op::Even { x, .. } | Op::Clamp { x } => need(&mut needed, *x, u32::MAX),
            Op::Less { a, b } => [a, b].into_iter().for_each(|&x| need(&mut needed, x, u32::MAX)),
            Op::Select { condition, then, otherwise } => {
                need(&mut needed, *condition, 1);
                need(&mut needed, *then, own);
                need(&mut needed, *otherwise, own);
            }
            Op::Product { a, b } => [a, b].into_iter().for_each(|&x| need(&mut needed, x, u32::MAX)),
            Op::Lookup { index, .. } => need(&mut needed, *index, u32::MAX),
        }
    }
    needed
}

/// A number, bit by bit.
#[derive(Debug, Clone)]
struct Number {
    bits: Vec<Bit>,
    signed: bool,
}

impl Number {
    /// A bit; beyond the last the sign, or zero.
    fn bit(&self, i: usize) -> Bit {
        match (self.bits.get(i), self.signed) {
            (Some(&bit), _) => bit,
            (None, true) => self.sign(),
            (None, false) => Bit::ZERO,
        }
    }

    /// Whether it is negative.
    fn sign(&self) -> Bit {
        if self.signed { self.bits.last().copied().unwrap_or(Bit::ZERO) } else { Bit::ZERO }
    }

    /// So many bits.
    fn padded(&self, width: usize) -> Vec<Bit> {
        (0..width).map(|i| self.bit(i)).collect()
    }
}

struct Mapper<'a> {
    circuit: &'a Circuit,
    planning: Planning,
    netlist: Netlist,
    /// The bits of each wire that are needed.
    wires: Vec<Vec<Bit>>,
}

impl Mapper<'_> {
    /// A number with those of its bits that were made.
    fn number(&self, wire: Wire) -> Number {
        let bits = self.wires[wire.0 as usize].clone();
        // Where the upper bits are not needed, nobody reads beyond the last.
        Number { bits, signed: self.circuit.range(wire).0 < 0 }
    }

    fn bits_of(&mut self, wire: Wire, needed: usize) -> Vec<Bit> {
        let node = self.circuit.node(wire);
        match &node.op {
            _ if needed == 0 => Vec::new(),
            Op::Constant => (0..needed).map(|i| Bit::Constant(node.range.0 >> i.min(127) & 1 == 1)).collect(),
            Op::Input { port, element } => {
                let width = self.circuit.inputs[*port].width as usize;
                self.netlist.inputs[*port].bits[element * width..][..needed].to_vec()
            }
            Op::Sum { terms, constant } => {
                let rows: Vec<sum::Row> = terms
                    .iter()
                    .map(|term| {
                        let Number { bits, signed } = self.number(term.wire);
                        let whole = self.circuit.width(term.wire) as usize;
                        // A number that is cut has no sign left.
                        let signed = signed && bits.len() == whole;
                        sum::Row { bits, signed, shift: term.shift as usize, negative: term.negative }
                    })
                    .collect();
                sum::sum(&mut self.netlist, &self.planning, &rows, *constant, needed)
            }
            Op::Floor { x, down } => {
                let number = self.number(*x);
                (0..needed).map(|i| number.bit(i + *down as usize)).collect()
            }
            Op::Wrap { x, .. } => self.number(*x).padded(needed),
            Op::Even { x, down } => self.even(*x, *down as usize, needed),
            Op::Clamp { x } => self.clamp(*x, node.range, needed),
            Op::Less { a, b } => vec![self.less(*a, *b)],
            Op::Select { condition, then, otherwise } => {
                let condition = self.number(*condition).bit(0);
                let (then, otherwise) = (self.number(*then), self.number(*otherwise));
                let bits = (0..needed).map(|i| self.netlist.choose(condition, then.bit(i), otherwise.bit(i)));
                bits.collect()
            }
            Op::Product { a, b } => self.product(*a, *b, needed),
            Op::Lookup { index, table } => self.lookup(*index, table, needed),
        }
    }

    /// The width of a wire's numbers.
    fn width(&self, wire: Wire) -> usize {
        width(self.circuit.range(wire)) as usize
    }

    fn even(&mut self, x: Wire, down: usize, needed: usize) -> Vec<Bit> {
        let number = self.number(x);
        let dropped: Vec<Bit> = (0..down).map(|i| number.bit(i)).collect();
        let inexact = self.netlist.any(&dropped);
        let mut bits: Vec<Bit> = (0..needed).map(|i| number.bit(i + down)).collect();
        if let Some(lowest) = bits.first_mut() {
            *lowest = self.netlist.all(&[*lowest, inexact]);
        }
        bits
    }
}
