//! Lookup tables joined: into one that reads the inputs of both, or into one with two outputs.

use std::collections::HashMap;

use super::bits::{Bit, Net};
use super::logic::{LUT_INPUTS, without_idle};
use super::{Cell, Netlist};

impl Netlist {
    /// Joins tables and drops what nobody reads.
    pub(in crate::rtl) fn optimize(&mut self) {
        self.collapse();
        self.sweep();
        self.pair();
    }

    /// A table that only one other reads becomes part of it, where both together have no more than six inputs.
    fn collapse(&mut self) {
        let mut readers = self.readers();
        let mut tables: HashMap<Net, usize> = HashMap::new();
        for i in 0..self.cells.len() {
            let Cell::Lut { inputs, table, output } = self.cells[i].clone() else { continue };
            let (mut inputs, mut table) = (inputs, table);
            while let Some((joined_inputs, joined_table, part)) = inputs.iter().find_map(|&input| {
                let part = *tables.get(&input).filter(|_| readers[input.index()] == 1)?;
                let Cell::Lut { inputs: more, table: inner, .. } = &self.cells[part] else { return None };
                let (joined, table) = composed(&inputs, table, input, more, *inner)?;
                Some((joined, table, part))
            }) {
                // What the part read, this table reads instead; an input that both read is read once less.
                for net in self.cells[part].reads().collect::<Vec<_>>() {
                    if inputs.contains(&net) {
                        readers[net.index()] -= 1;
                    }
                }
                for net in self.cells[part].drives().collect::<Vec<_>>() {
                    readers[net.index()] = 0;
                }
                (inputs, table) = (joined_inputs, joined_table);
            }
            tables.insert(output, i);
            self.cells[i] = Cell::Lut { inputs, table, output };
        }
    }

    /// Drops cells whose outputs nobody reads.
    fn sweep(&mut self) {
        let mut is_read = vec![false; self.nets()];
        for bit in self.outputs.iter().flat_map(|port| &port.bits) {
            if let Some(net) = bit.net() {
                is_read[net.index()] = true;
            }
        }
        let mut kept = vec![false; self.cells.len()];
        for (i, cell) in self.cells.iter_mut().enumerate().rev() {
            if !cell.drives().any(|net| is_read[net.index()]) {
                continue;
            }
            kept[i] = true;
            if let Cell::Chain { carry_out, .. } = cell {
                *carry_out = carry_out.filter(|net| is_read[net.index()]);
            }
            for net in cell.reads() {
                is_read[net.index()] = true;
            }
        }
        self.keep(&kept);
    }

    /// Drops the cells that are not to be kept.
    fn keep(&mut self, kept: &[bool]) {
        let mut cells = kept.iter();
        self.cells.retain(|_| cells.next().is_some_and(|&kept| kept));
        let mut layers = kept.iter();
        self.layers.retain(|_| layers.next().is_some_and(|&kept| kept));
    }

    /// Two tables of one layer that together read no more than five nets become one with two outputs. Tables next to carry chains stay as
    /// they are: their place in the device is taken by the chain's own output.
    fn pair(&mut self) {
        let next_to_chain = self.next_to_chains();
        let mut partner: HashMap<usize, usize> = HashMap::new();
        let mut open: Vec<usize> = Vec::new();
        for i in 0..self.cells.len() {
            let Cell::Lut { inputs, output, .. } = &self.cells[i] else { continue };
            if inputs.len() > LUT_INPUTS - 1 || next_to_chain[output.index()] {
                continue;
            }
            let fits = |&&other: &&usize| {
                let Cell::Lut { inputs: others, .. } = &self.cells[other] else { return false };
                let more = others.iter().filter(|net| !inputs.contains(net)).count();
                self.layers[other] == self.layers[i] && inputs.len() + more < LUT_INPUTS
            };
            let most = |&&other: &&usize| {
                let shared = self.cells[other].reads().filter(|net| inputs.contains(net)).count();
                (shared, other)
            };
            // Only a few of the last: what belongs together was made together. The two must also settle at about the same time.
            let recent = open.iter().rev().take(64).filter(fits);
            let near = recent.filter(|&&other| self.settle_together(other, i));
            match near.max_by_key(most).copied() {
                Some(other) => {
                    // It is among the last, so little moves.
                    if let Some(place) = open.iter().rposition(|&at| at == other) {
                        open.remove(place);
                    }
                    partner.insert(i, other);
                }
                None => open.push(i),
            }
        }
        for (&later, &earlier) in &partner {
            self.cells[later] = joined(&self.cells[earlier], &self.cells[later]);
        }
        let mut kept = vec![true; self.cells.len()];
        for &earlier in partner.values() {
            kept[earlier] = false;
        }
        self.keep(&kept);
        self.sort();
    }

    fn settle_together(&self, a: usize, b: usize) -> bool {
        let at = |cell: usize| self.cells[cell].drives().map(|net| self.arrival(net)).max().unwrap_or(0);
        at(a).abs_diff(at(b)) < 400 && !self.depends(a, b)
    }

    /// Whether one of two tables reads the other directly.
    fn depends(&self, a: usize, b: usize) -> bool {
        let reads = |x: usize, y: usize| {
            self.cells[x].reads().any(|net| self.cells[y].drives().any(|driven| driven == net))
        };
        reads(a, b) || reads(b, a)
    }

    fn next_to_chains(&self) -> Vec<bool> {
        let mut next = vec![false; self.nets()];
        for cell in &self.cells {
            if let Cell::Chain { s, .. } = cell {
                for net in s.iter().filter_map(|bit| bit.net()) {
                    next[net.index()] = true;
                }
            }
        }
        next
    }

    /// How many cells and outputs read each net.
    pub(in crate::rtl) fn readers(&self) -> Vec<u32> {
        let mut readers = vec![0; self.nets()];
        let outputs = self.outputs.iter().flat_map(|port| &port.bits).filter_map(|bit: &Bit| bit.net());
        for net in self.cells.iter().flat_map(Cell::reads).chain(outputs) {
            readers[net.index()] += 1;
        }
        readers
    }

    /// Puts cells into an order in which each comes after those that drive it.
    fn sort(&mut self) {
        let mut driver: Vec<Option<usize>> = vec![None; self.nets()];
        for (i, cell) in self.cells.iter().enumerate() {
            for net in cell.drives() {
                driver[net.index()] = Some(i);
            }
        }
        let mut order: Vec<usize> = Vec::with_capacity(self.cells.len());
        let mut done = vec![false; self.cells.len()];
        for first in 0..self.cells.len() {
            let mut open = vec![first];
            while let Some(&at) = open.last() {
                if done[at] {
                    open.pop();
                    continue;
                }
                let before = self.cells[at].reads().filter_map(|net| driver[net.index()]);
                let missing: Vec<usize> = before.filter(|&cell| !done[cell]).collect();
                if missing.is_empty() {
                    done[at] = true;
                    order.push(at);
                    open.pop();
                } else {
                    open.extend(missing);
                }
            }
        }
        let mut cells: Vec<Option<Cell>> = self.cells.drain(..).map(Some).collect();
        let layers = std::mem::take(&mut self.layers);
        self.layers = order.iter().map(|&i| layers[i]).collect();
        self.cells = order.iter().filter_map(|&i| cells[i].take()).collect();
    }
}

/// Two tables as one with two outputs.
fn joined(a: &Cell, b: &Cell) -> Cell {
    let mut nets: Vec<Net> = a.reads().chain(b.reads()).collect();
    nets.sort_unstable();
    nets.dedup();
    let on_all = |cell: &Cell| {
        let Cell::Lut { inputs, table, output } = cell else { return (0, Net(0)) };
        let all = (0..1_u32 << nets.len()).fold(0_u32, |all, i| {
            let index = inputs.iter().enumerate().fold(0, |index, (at, net)| {
                let place = nets.binary_search(net).unwrap_or(0);
                index | (i >> place & 1) << at
            });
            all | ((*table >> index & 1) as u32) << i
        });
        (all, *output)
    };
    let ((a, o6), (b, o5)) = (on_all(a), on_all(b));
    Cell::Lut2 { inputs: nets, tables: [a, b], outputs: [o6, o5] }
}

/// The table that reads what `inner` reads instead of `input`; `None` if that is too much.
fn composed(
    outer: &[Net],
    table: u64,
    input: Net,
    inner: &[Net],
    inner_table: u64,
) -> Option<(Vec<Net>, u64)> {
    let mut nets: Vec<Net> = outer.iter().filter(|&&net| net != input).chain(inner).copied().collect();
    nets.sort_unstable();
    nets.dedup();
    if nets.len() > LUT_INPUTS {
        return None;
    }
    let index = |of: &[Net], values: u64, replaced: Option<bool>| {
        of.iter().enumerate().fold(0_u64, |index, (at, net)| {
            let value = match replaced {
                Some(value) if *net == input => value,
                _ => values >> nets.binary_search(net).unwrap_or(0) & 1 == 1,
            };
            index | u64::from(value) << at
        })
    };
    let all = (0..1_u64 << nets.len()).fold(0, |all, values| {
        let inside = inner_table >> index(inner, values, None) & 1 == 1;
        all | (table >> index(outer, values, Some(inside)) & 1) << values
    });
    Some(without_idle(nets, all))
}
