//! Products of two numbers.

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
        for (i, pair) in few.bits.chunks(2).enumerate() {
            let shift = 2 * i;
            let has_sign = few.signed && shift + pair.len() == few.bits.len();
            let needed = needed.saturating_sub(shift);
            if needed == 0 {
                break;
            }
            rows.push(match *pair {
                [lower, upper] => {
                    let bits = of_two_bits(&mut self.netlist, &many, [lower, upper], has_sign, needed);
                    Row { bits, signed: many.signed || has_sign, shift, negative: false }
                }
                _ => {
                    let gated = many.bits.iter().map(|&bit| self.netlist.all(&[bit, pair[0]]));
                    Row { bits: gated.collect(), signed: many.signed, shift, negative: has_sign }
                }
            });
        }
        sum(&mut self.netlist, &self.planning, &rows, 0, needed)
    }
}

/// `x` times a number of two bits, the upper of which may be a sign: one carry chain, whose tables choose both addends.
fn of_two_bits(
    netlist: &mut Netlist,
    x: &Number,
    [lower, upper]: [Bit; 2],
    has_sign: bool,
    needed: usize,
) -> Vec<Bit> {
    let width = (x.bits.len() + 2).min(needed);
    let (mut s, mut di) = (Vec::with_capacity(width), Vec::with_capacity(width));
    for i in 0..width {
        let below = if i == 0 { Bit::ZERO } else { x.bit(i - 1) };
        let inputs = [x.bit(i), lower, below, upper];
        let first = |bits: u32| bits & 3 == 3;
        // Subtracted, the second addend is its opposite plus one, which is the first carry.
        let second = |bits: u32| (bits >> 2 == 3) ^ has_sign;
        let [differ, one] = netlist.two_functions(&inputs, |bits| first(bits) ^ second(bits), first);
        s.push(differ);
        di.push(one);
    }
    netlist.chain(s, di, Bit::Constant(has_sign), false).0
}
