//! Products of 16-bit numbers that are rounded down, without a wider word.

use std::collections::BTreeMap;

use multiversion::multiversion;

use crate::arith::{PADDING, Row, Windows};
use crate::emulate::chain::WordChain;
use crate::emulate::clips::Clips;
use crate::emulate::step::Kernel;
use crate::emulate::word::LANES;

/// Sums of `⌊factor · input / 2^down⌋` of which 16 bits count.
///
/// A factor is `rest + whole · 2^down` with a `rest` of `down` bits, so that the product is `⌊rest · input / 2^down⌋ + whole · input`. With
/// the rest moved left to 16 bits, the first of these is the upper half of a product, for which there is an instruction; the second is
/// there for large factors only.
pub(super) struct FlooredShort {
    n_in: usize,
    places: Vec<u32>,
    pairs: Vec<Pair>,
    finish: WordChain<i16>,
}

/// Two rows, which read their inputs together; the last one may be alone.
#[derive(Default)]
struct Pair {
    /// How many there are.
    rows: usize,
    biases: [i16; 2],
    /// Positions of inputs, with the rests of both rows moved left.
    rests: Vec<(u32, [i16; 2])>,
    /// For each row positions of inputs, with the lowest bits of the multiples of `2^down`.
    wholes: [Vec<(u32, i16)>; 2],
}

impl FlooredShort {
    /// `None` if more bits are dropped than the lower half of a product has.
    pub(super) fn new(windows: &Windows, rows: &[Row], down: u32, finish: WordChain<i16>) -> Option<Self> {
        if !(1..=i16::BITS).contains(&down) {
            return None;
        }
        let pairs = rows.chunks(2).map(|rows| Pair::new(rows, down)).collect();
        Some(Self { n_in: windows.n_in(), places: windows.places().to_vec(), pairs, finish })
    }
}

impl Pair {
    fn new(rows: &[Row], down: u32) -> Self {
        let mut pair = Self { rows: rows.len(), ..Self::default() };
        let mut rests: BTreeMap<u32, [i16; 2]> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate().take(2) {
            pair.biases[at] = row.bias as i16;
            for tap in &row.taps {
                let position = u32::try_from(tap.position).unwrap_or(PADDING);
                let (whole, rest) = split(tap.line.factor, down);
                if rest != 0 {
                    rests.entry(position).or_default()[at] = rest;
                }
                if whole != 0 {
                    pair.wholes[at].push((position, whole));
                }
            }
        }
        pair.rests = rests.into_iter().collect();
        pair
    }
}

/// A factor as the lowest bits of a multiple of `2^down`, and a rest moved left to 16 bits.
fn split(factor: i128, down: u32) -> (i16, i16) {
    let half = 1_i128 << (down - 1);
    let whole = (factor + half) >> down;
    let rest = factor - (whole << down);
    (whole as i16, (rest << (i16::BITS - down)) as i16)
}

impl Kernel<i16> for FlooredShort {
    fn run(&self, inputs: &[&[i16]], output: &mut [i16], clips: &mut Clips) {
        sums(self, inputs[0], output);
        self.finish.apply(output, clips);
    }
}

// There are few instructions in the loop besides those on vectors: wider ones pay.
#[multiversion(targets("x86_64+avx512f+avx512bw", "x86_64+avx2"))]
fn sums(matrix: &FlooredShort, x: &[i16], output: &mut [i16]) {
    let (elements, _) = x.as_chunks::<LANES>();
    let (sums, _) = output.as_chunks_mut::<LANES>();
    let mut sums = sums.iter_mut();
    for window in matrix.places.chunks_exact(matrix.n_in.max(1)) {
        for pair in &matrix.pairs {
            // No closures here: they would not have the vector instructions of this function.
            let (mut first, mut second) = ([pair.biases[0]; LANES], [pair.biases[1]; LANES]);
            for &(position, rests) in &pair.rests {
                let Some(numbers) = under(elements, window, position) else { continue };
                for lane in 0..LANES {
                    first[lane] = first[lane].wrapping_add(upper_half(numbers[lane], rests[0]));
                }
                for lane in 0..LANES {
                    second[lane] = second[lane].wrapping_add(upper_half(numbers[lane], rests[1]));
                }
            }
            for &(position, whole) in &pair.wholes[0] {
                let Some(numbers) = under(elements, window, position) else { continue };
                for lane in 0..LANES {
                    first[lane] = first[lane].wrapping_add(numbers[lane].wrapping_mul(whole));
                }
            }
            for &(position, whole) in &pair.wholes[1] {
                let Some(numbers) = under(elements, window, position) else { continue };
                for lane in 0..LANES {
                    second[lane] = second[lane].wrapping_add(numbers[lane].wrapping_mul(whole));
                }
            }
            if let Some(sum) = sums.next() {
                *sum = first;
            }
            if pair.rows == 2
                && let Some(sum) = sums.next()
            {
                *sum = second;
            }
        }
    }
}

/// The numbers of an element of a window; beyond the edge there are none.
#[inline(always)]
fn under<'a>(elements: &'a [[i16; LANES]], window: &[u32], position: u32) -> Option<&'a [i16; LANES]> {
    elements.get(*window.get(position as usize)? as usize)
}

/// The upper half of a product.
#[inline(always)]
pub(in crate::emulate) fn upper_half(a: i16, b: i16) -> i16 {
    ((i32::from(a) * i32::from(b)) >> i16::BITS) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_rounded_down_in_two_parts() {
        let numbers = [i16::MIN, -12345, -1024, -1, 0, 1, 1023, 12345, i16::MAX];
        let factors = [
            -40_000, -32_768, -1500, -1025, -1024, -512, -511, -1, 0, 1, 511, 512, 1024, 2047, 32_767, 70_000,
        ];
        for down in 1..=16 {
            for (&x, &factor) in numbers.iter().flat_map(|x| factors.iter().map(move |factor| (x, factor))) {
                let (whole, rest) = split(factor, down);
                let got = upper_half(x, rest).wrapping_add(x.wrapping_mul(whole));
                assert_eq!(got, ((i128::from(x) * factor) >> down) as i16, "{x} · {factor} / 2^{down}");
            }
        }
    }
}
