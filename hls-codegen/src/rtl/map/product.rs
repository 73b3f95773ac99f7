//! Products of two numbers.

use super::heap::Planning;
use super::sum::{Row, sum};
use super::{Mapper, Number};
use crate::rtl::circuit::Wire;
use crate::rtl::netlist::{Bit, Netlist};

impl Mapper<'_> {
    /// The lowest `needed` bits of a product: multiples of one factor by two bits of the other at a time, added up.
    pub(super) fn product(&mut self, a: Wire, b: Wire, needed: usize) -> Vec<Bit> {
        let (a, b) = (self.number(a), self.number(b));
        let (many, few) = if a.bits.len() >= b.bits.len() { (a, b) } else { (b, a) };
        let mut rows = Vec::new();
        let mut at = 0;
        while at < few.bits.len() {
            let pair = few.bits.len() - at > 1;
            let is_last = at + 2 >= few.bits.len();
            let bits = &few.bits[at..at + 1 + usize::from(pair)];
            let multiple = multiple(
                &mut self.netlist,
                &self.planning,
                &many,
                bits,
                few.signed && is_last,
                needed.saturating_sub(at),
            );
            rows.push(Row { bits: multiple, signed: true, shift: at, negative: false });
            at += 2;
        }
        sum(&mut self.netlist, &self.planning, &rows, 0, needed)
    }
}

/// `x` times a number of one or two bits, the upper of which may be a sign.
fn multiple(
    netlist: &mut Netlist,
    planning: &Planning,
    x: &Number,
    bits: &[Bit],
    signed: bool,
    needed: usize,
) -> Vec<Bit> {
    let width = (x.bits.len() + 3).min(needed.max(1) + 1);
    let gated = |netlist: &mut Netlist, by: Bit| -> Vec<Bit> {
        (0..width).map(|i| netlist.all(&[x.bit(i), by])).collect()
    };
    let rows: Vec<Row> = bits
        .iter()
        .enumerate()
        .map(|(i, &bit)| Row {
            bits: gated(netlist, bit),
            signed: true,
            shift: i,
            negative: signed && i + 1 == bits.len(),
        })
        .collect();
    sum(netlist, planning, &rows, 0, width + 1)
}
