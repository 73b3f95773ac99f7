//! Tables with constant entries.

use std::collections::HashMap;

use super::Mapper;
use crate::rtl::circuit::Wire;
use crate::rtl::netlist::Bit;

/// Index bits that one lookup table decides.
const LEAF: usize = 6;

impl Mapper<'_> {
    /// An entry of a table. Each bit of the entries is a function of the index, made of lookup tables for the lower bits of the index, and
    /// choices between them by the upper ones; equal parts are made once.
    pub(super) fn lookup(&mut self, index: Wire, table: &[i128], needed: usize) -> Vec<Bit> {
        let index = self.number(index).bits;
        let last = table.last().copied().unwrap_or(0);
        let mut known = HashMap::new();
        (0..needed)
            .map(|bit| {
                // Beyond the table, which no index is, the last entry.
                let entry = |i: usize| table.get(i).copied().unwrap_or(last) >> bit.min(127) & 1 == 1;
                let values: Vec<bool> = (0..1_usize << index.len()).map(entry).collect();
                self.decided(&index, &values, &mut known)
            })
            .collect()
    }

    /// The value that the index bits choose.
    fn decided(&mut self, index: &[Bit], values: &[bool], known: &mut HashMap<Vec<bool>, Bit>) -> Bit {
        if let Some(&bit) = known.get(values) {
            return bit;
        }
        let opposite: Vec<bool> = values.iter().map(|value| !value).collect();
        if let Some(&bit) = known.get(&opposite) {
            return !bit;
        }
        let bit = if index.len() <= LEAF {
            self.netlist.function(index, |x| values[x as usize])
        } else {
            // Two bits at a time: a choice of four is one table.
            let n = if index.len() == LEAF + 1 { 1 } else { 2 };
            let (lower, upper) = index.split_at(index.len() - n);
            let parts: Vec<Bit> =
                values.chunks(values.len() >> n).map(|part| self.decided(lower, part, known)).collect();
            let inputs: Vec<Bit> = upper.iter().copied().chain(parts).collect();
            self.netlist.function(&inputs, |x| {
                let chosen = x & ((1 << n) - 1);
                x >> (n as u32 + chosen) & 1 == 1
            })
        };
        known.insert(values.to_vec(), bit);
        bit
    }
}
