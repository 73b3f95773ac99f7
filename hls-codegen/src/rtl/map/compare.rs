//! Comparisons.

use super::{Mapper, Number};
use crate::rtl::circuit::Wire;
use crate::rtl::netlist::Bit;

/// Up to so many bits in all, a comparison is made of lookup tables alone.
const SMALL: usize = 6;

impl Mapper<'_> {
    /// Whether `a < b`.
    pub(super) fn less(&mut self, a: Wire, b: Wire) -> Bit {
        let width = self.width(a).max(self.width(b)) + 1;
        let (x, y) = (self.number(a), self.number(b));
        match (self.circuit.value(a), self.circuit.value(b)) {
            (_, Some(0)) => x.sign(),
            // Positive: not negative, and not zero.
            (Some(0), _) if y.signed => {
                let any = self.netlist.any(&y.bits);
                self.netlist.all(&[!y.sign(), any])
            }
            (Some(0), _) => self.netlist.any(&y.bits),
            _ => self.less_of(&x, &y, width),
        }
    }

    /// Whether `a < b`, both of which fit into `width` bits with a sign.
    pub(super) fn less_of(&mut self, a: &Number, b: &Number, width: usize) -> Bit {
        // With the signs turned, numbers compare as numbers without sign.
        let bits = |number: &Number| {
            let mut bits = number.padded(width);
            if let Some(sign) = bits.last_mut() {
                *sign = !*sign;
            }
            bits
        };
        let (a, b) = (bits(a), bits(b));
        let pairs: Vec<(Bit, Bit)> = a.into_iter().zip(b).filter(|(a, b)| a != b).collect();
        let mut nets: Vec<_> = pairs.iter().flat_map(|(a, b)| [a.net(), b.net()]).flatten().collect();
        nets.sort_unstable();
        nets.dedup();
        if nets.len() <= SMALL {
            return self.compared_at_once(&pairs);
        }
        let (mut s, mut di) = (Vec::new(), Vec::new());
        let mut rest = &pairs[..];
        while !rest.is_empty() {
            let taken = in_one_table(rest);
            let (group, others) = rest.split_at(taken);
            rest = others;
            let inputs: Vec<Bit> = group.iter().flat_map(|&(a, b)| [a, b]).collect();
            let [equal, less] = self.netlist.two_functions(
                &inputs,
                |x| order(x, taken) == std::cmp::Ordering::Equal,
                |x| order(x, taken) == std::cmp::Ordering::Less,
            );
            s.push(equal);
            di.push(less);
        }
        let (_, carry) = self.netlist.chain(s, di, Bit::ZERO, true);
        carry
    }

    fn compared_at_once(&mut self, pairs: &[(Bit, Bit)]) -> Bit {
        // From the lowest pair up: a pair that differs decides.
        let mut less = Bit::ZERO;
        for &(a, b) in pairs {
            less = self.netlist.function(&[a, b, less], |x| match x & 3 {
                0b01 => false,
                0b10 => true,
                _ => x & 4 != 0,
            });
        }
        less
    }
}

/// How many of the pairs fit into one table with two outputs.
fn in_one_table(pairs: &[(Bit, Bit)]) -> usize {
    let mut nets = Vec::new();
    for (taken, (a, b)) in pairs.iter().enumerate() {
        for net in [a.net(), b.net()].into_iter().flatten() {
            if !nets.contains(&net) {
                nets.push(net);
            }
        }
        if nets.len() > 5 || taken == 14 {
            return taken.max(1);
        }
    }
    pairs.len()
}

/// How two numbers compare whose bits alternate, the lowest first.
fn order(x: u32, pairs: usize) -> std::cmp::Ordering {
    let number = |offset: usize| (0..pairs).fold(0, |n, i| n | (x >> (2 * i + offset) & 1) << i);
    number(0).cmp(&number(1))
}
