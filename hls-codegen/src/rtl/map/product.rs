//! Products of two numbers.
//!
//! One factor is read in digits of two bits and the next lower one, each from -2 to 2 (A. D. Booth, "A signed binary multiplication technique", 1951, in the
//! form of O. L. MacSorley, 1961). A digit's multiple of the other factor is a choice of two neighbouring bits, perhaps inverted, which
//! goes into the same lookup table as the addition to what is there already: a product of `n` by `m` bits takes about `n / 2 · (m + 2)` tables.

use super::{Mapper, Number};
use crate::rtl::circuit::Wire;
use crate::rtl::netlist::{Bit, Netlist};

impl Mapper<'_> {
    /// The lowest `needed` bits of a product.
    pub(super) fn product(&mut self, a: Wire, b: Wire, needed: usize) -> Vec<Bit> {
        let ((a, zeros_a), (b, zeros_b)) = (trimmed(self.number(a)), trimmed(self.number(b)));
        let zeros = zeros_a + zeros_b;
        if fits_in_tables(&a, &b) {
            return self.tabulated_product(&a, &b, zeros, needed);
        }
        let (x, digits) = if tables(&a, &b) < tables(&b, &a) { (a, b) } else { (b, a) };
        let mut product = vec![Bit::ZERO; zeros.min(needed)];
        let mut sum: Vec<Bit> = Vec::new();
        for digit in digits_of(&digits) {
            if product.len() >= needed {
                break;
            }
            if !digit.is_zero() {
                let width = row_width(&x).min(needed - product.len());
                sum = with_multiple(&mut self.netlist, &sum, digit, &x, width);
            }
            // The next digit counts four times as much.
            let sign = sum.last().copied().unwrap_or(Bit::ZERO);
            product.extend((0..2).map(|i| sum.get(i).copied().unwrap_or(sign)));
            sum.drain(..sum.len().min(2));
            if sum.is_empty() {
                sum.push(sign);
            }
        }
        product.extend(sum);
        // Beyond the last row there are only copies of its sign.
        let sign = product.last().copied().unwrap_or(Bit::ZERO);
        product.resize(needed, sign);
        product
    }

    /// A product of which each bit is a table by itself.
    fn tabulated_product(&mut self, a: &Number, b: &Number, zeros: usize, needed: usize) -> Vec<Bit> {
        let inputs = [a.bits.as_slice(), &b.bits].concat();
        let value = |word: u32, number: &Number| {
            let word = i64::from(word) & ((1 << number.bits.len()) - 1);
            let is_negative = number.signed && word >> (number.bits.len().max(1) - 1) == 1;
            word - if is_negative { 1 << number.bits.len() } else { 0 }
        };
        let product = |word: u32| value(word, a) * value(word >> a.bits.len(), b);
        let mut bits = vec![Bit::ZERO; zeros.min(needed)];
        for i in 0..needed - bits.len() {
            bits.push(self.netlist.function(&inputs, |word| product(word) >> i.min(63) & 1 == 1));
        }
        bits
    }
}

/// Whether each bit of a product is a function of few enough bits.
fn fits_in_tables(a: &Number, b: &Number) -> bool {
    let mut nets: Vec<_> = a.bits.iter().chain(&b.bits).filter_map(|bit| bit.net()).collect();
    nets.sort_unstable();
    nets.dedup();
    nets.len() <= TABLE_INPUTS && a.bits.len() + b.bits.len() <= MAX_INPUTS
}

/// The most nets of both factors together of which each bit of the product is one lookup table.
const TABLE_INPUTS: usize = 6;

/// The most bits of both factors together that are tabulated, the same ones counted again.
const MAX_INPUTS: usize = 24;

/// A number without zeros at its lower end, with how many these were, and without bits at its upper end that repeat its sign.
fn trimmed(mut number: Number) -> (Number, usize) {
    let zeros = number.bits.iter().take_while(|&&bit| bit == Bit::ZERO).count();
    number.bits.drain(..zeros);
    let is_idle = |bits: &[Bit]| match *bits {
        [.., before, last] if number.signed => before == last,
        [.., last] => !number.signed && last == Bit::ZERO,
        [] => false,
    };
    while is_idle(&number.bits) {
        number.bits.pop();
    }
    (number, zeros)
}

/// A digit: `below + bits[0] - 2 · bits[1]`.
#[derive(Debug, Clone, Copy)]
struct Digit {
    below: Bit,
    bits: [Bit; 2],
}

impl Digit {
    /// Whether it is always zero: all its bits are the same.
    fn is_zero(&self) -> bool {
        self.bits == [self.below; 2]
    }
}

fn digits_of(number: &Number) -> Vec<Digit> {
    let bit = |i: usize| number.bit(i);
    let digit = |k: usize| Digit {
        below: if k == 0 { Bit::ZERO } else { bit(2 * k - 1) },
        bits: [bit(2 * k), bit(2 * k + 1)],
    };
    (0..signed_width(number).div_ceil(2)).map(digit).collect()
}

/// Bits of a number with a sign.
fn signed_width(number: &Number) -> usize {
    number.bits.len() + usize::from(!number.signed)
}

/// Bits of a multiple, added to a quarter of the sum of those before: that is less than 8/3 of the factor's magnitude.
fn row_width(x: &Number) -> usize {
    signed_width(x) + 2
}

/// What a product takes.
fn tables(x: &Number, digits: &Number) -> usize {
    signed_width(digits).div_ceil(2) * row_width(x)
}

/// `sum + digit · x`, in so many bits.
fn with_multiple(netlist: &mut Netlist, sum: &[Bit], digit: Digit, x: &Number, width: usize) -> Vec<Bit> {
    let is_first = sum.iter().all(|&bit| bit == Bit::ZERO);
    if is_first && digit.below == Bit::ZERO && digit.bits[1] == Bit::ZERO {
        return (0..width).map(|i| netlist.all(&[digit.bits[0], x.bit(i)])).collect();
    }
    let sign = sum.last().copied().unwrap_or(Bit::ZERO);
    let (mut s, mut di) = (Vec::with_capacity(width), Vec::with_capacity(width));
    for i in 0..width {
        let before = sum.get(i).copied().unwrap_or(sign);
        let doubled = if i == 0 { Bit::ZERO } else { x.bit(i - 1) };
        let inputs = [digit.below, digit.bits[0], digit.bits[1], x.bit(i), doubled, before];
        s.push(netlist.own_function(&inputs, |inputs| {
            let is = |at: u32| inputs >> at & 1 == 1;
            // Once: one of the lower two bits. Twice: neither or both, unlike the upper one.
            let once = is(0) != is(1);
            let twice = is(0) == is(1) && is(0) != is(2);
            (once && is(3) || twice && is(4)) ^ is(2) ^ is(5)
        }));
        di.push(before);
    }
    // A negative multiple is the inverted one plus one.
    netlist.chain(s, di, digit.bits[1], false).0
}
