//! Numbers limited to a range.

use super::{Mapper, Number};
use crate::range::Range;
use crate::rtl::circuit::Wire;
use crate::rtl::netlist::Bit;

impl Mapper<'_> {
    /// The nearest number in a range.
    pub(super) fn clamp(&mut self, x: Wire, limits: Range, needed: usize) -> Vec<Bit> {
        let (low, high) = self.circuit.range(x);
        let number = self.number(x);
        let width = self.width(x);
        let under = (low < limits.0).then(|| self.below(&number, width, limits.0));
        let over = (high > limits.1).then(|| self.above(&number, width, limits.1));
        let (under, over) = (under.unwrap_or(Bit::ZERO), over.unwrap_or(Bit::ZERO));
        let limit = |limit: i128, i: usize| limit >> i.min(127) & 1 == 1;
        (0..needed)
            .map(|i| {
                let (low, high) = (limit(limits.0, i), limit(limits.1, i));
                self.netlist.function(&[number.bit(i), under, over], |x| match x >> 1 {
                    0 => x & 1 == 1,
                    1 => low,
                    _ => high,
                })
            })
            .collect()
    }

    /// Whether a number is below a limit.
    fn below(&mut self, number: &Number, width: usize, limit: i128) -> Bit {
        match limit {
            0 => number.sign(),
            // Minus a power of two: the sign, and not all of the bits from there on.
            _ if limit < 0 && (-limit).count_ones() == 1 => {
                let from = limit.unsigned_abs().trailing_zeros() as usize;
                let upper: Vec<Bit> = (from..width.saturating_sub(1)).map(|i| number.bit(i)).collect();
                let all = self.netlist.all(&upper);
                self.netlist.all(&[number.sign(), !all])
            }
            _ => self.less_than_constant(number, width, limit),
        }
    }

    /// Whether a number is above a limit.
    fn above(&mut self, number: &Number, width: usize, limit: i128) -> Bit {
        if limit < -1 || (limit + 1).count_ones() > 1 {
            return !self.less_than_constant(number, width, limit + 1);
        }
        // One less than a power of two: not negative, and any of the bits from there on.
        let from = (limit + 1).trailing_zeros() as usize;
        let end = if number.signed { width.saturating_sub(1) } else { width };
        if limit == -1 {
            return !number.sign();
        }
        let upper: Vec<Bit> = (from..end).map(|i| number.bit(i)).collect();
        let any = self.netlist.any(&upper);
        self.netlist.all(&[!number.sign(), any])
    }

    /// Whether a number is less than a constant.
    fn less_than_constant(&mut self, number: &Number, width: usize, limit: i128) -> Bit {
        let width = width.max(crate::range::width((limit.min(0), limit.max(0))) as usize + 1) + 1;
        let right = Number {
            bits: (0..width).map(|i| Bit::Constant(limit >> i.min(127) & 1 == 1)).collect(),
            signed: true,
        };
        self.less_of(number, &right, width)
    }
}
