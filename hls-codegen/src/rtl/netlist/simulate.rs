//! What a netlist computes, for 64 samples at once.

use super::bits::{Bit, Net};
use super::{Cell, Netlist};

impl Netlist {
    /// The bits of the outputs, for the bits of the inputs, in the order of the ports. Bit `k` of each word is that of sample `k`. Registers are left out.
    #[must_use]
    pub fn simulate(&self, inputs: &[u64]) -> Vec<u64> {
        let mut nets = vec![0_u64; self.nets()];
        let bits = self.inputs.iter().flat_map(|port| &port.bits);
        for (bit, &word) in bits.zip(inputs) {
            if let Some(net) = bit.net() {
                nets[net.index()] = word;
            }
        }
        for cell in &self.cells {
            match cell {
                Cell::Lut { inputs, table, output } => {
                    nets[output.index()] = looked_up(&nets, inputs, *table)
                }
                Cell::Lut2 { inputs, tables, outputs } => {
                    for (table, output) in tables.iter().zip(outputs) {
                        nets[output.index()] = looked_up(&nets, inputs, (*table).into());
                    }
                }
                Cell::Chain { s, di, carry_in, sums, carry_out } => {
                    let mut carry = word(&nets, *carry_in);
                    for ((s, di), sum) in s.iter().zip(di).zip(sums) {
                        let (s, di) = (word(&nets, *s), word(&nets, *di));
                        nets[sum.index()] = s ^ carry;
                        carry = s & carry | !s & di;
                    }
                    if let Some(net) = carry_out {
                        nets[net.index()] = carry;
                    }
                }
            }
        }
        self.outputs.iter().flat_map(|port| &port.bits).map(|&bit| word(&nets, bit)).collect()
    }
}

fn word(nets: &[u64], bit: Bit) -> u64 {
    match bit {
        Bit::Constant(value) => {
            if value {
                u64::MAX
            } else {
                0
            }
        }
        Bit::Of { net, inverted } => nets[net.index()] ^ if inverted { u64::MAX } else { 0 },
    }
}

/// A table as a tree of choices, folded from the last input to the first.
fn looked_up(nets: &[u64], inputs: &[Net], table: u64) -> u64 {
    let mut level: Vec<u64> =
        (0..1_u64 << inputs.len()).map(|i| if table >> i & 1 == 1 { u64::MAX } else { 0 }).collect();
    for input in inputs {
        let x = nets[input.index()];
        level = level.chunks_exact(2).map(|pair| !x & pair[0] | x & pair[1]).collect();
    }
    level[0]
}
