//! Products of 16-bit numbers that are rounded down, without a wider word.

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
    rows: Vec<ShortRow>,
    finish: WordChain<i16>,
}

struct ShortRow {
    bias: i16,
    /// Positions of inputs, with rests moved left.
    rests: Vec<(u32, i16)>,
    /// Positions of inputs, with the lowest bits of the multiples of `2^down`.
    wholes: Vec<(u32, i16)>,
}

impl FlooredShort {
    /// `None` if more bits are dropped than the lower half of a product has.
    pub(super) fn new(windows: &Windows, rows: &[Row], down: u32, finish: WordChain<i16>) -> Option<Self> {
        if !(1..=i16::BITS).contains(&down) {
            return None;
        }
        let rows = rows.iter().map(|row| ShortRow::new(row, down)).collect();
        Some(Self { n_in: windows.n_in(), places: windows.places().to_vec(), rows, finish })
    }
}

impl ShortRow {
    fn new(row: &Row, down: u32) -> Self {
        let mut short = Self { bias: row.bias as i16, rests: Vec::new(), wholes: Vec::new() };
        for tap in &row.taps {
            let position = u32::try_from(tap.position).unwrap_or(PADDING);
            let (whole, rest) = split(tap.line.factor, down);
            if rest != 0 {
                short.rests.push((position, rest));
            }
            if whole != 0 {
                short.wholes.push((position, whole));
            }
        }
        short
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

#[multiversion(targets("x86_64+avx2"))]
fn sums(matrix: &FlooredShort, x: &[i16], output: &mut [i16]) {
    let (elements, _) = x.as_chunks::<LANES>();
    let (sums, _) = output.as_chunks_mut::<LANES>();
    let mut sums = sums.iter_mut();
    for window in matrix.places.chunks_exact(matrix.n_in.max(1)) {
        for (row, result) in matrix.rows.iter().zip(&mut sums) {
            let mut sum = [row.bias; LANES];
            for &(position, rest) in &row.rests {
                // Beyond the edge there is nothing.
                let Some(numbers) = elements.get(window[position as usize] as usize) else { continue };
                for lane in 0..LANES {
                    let product = i32::from(numbers[lane]) * i32::from(rest);
                    sum[lane] = sum[lane].wrapping_add((product >> i16::BITS) as i16);
                }
            }
            for &(position, whole) in &row.wholes {
                let Some(numbers) = elements.get(window[position as usize] as usize) else { continue };
                for lane in 0..LANES {
                    sum[lane] = sum[lane].wrapping_add(numbers[lane].wrapping_mul(whole));
                }
            }
            *result = sum;
        }
    }
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
                let upper = (i32::from(x) * i32::from(rest)) >> 16;
                let got = (upper as i16).wrapping_add(x.wrapping_mul(whole));
                assert_eq!(got, ((i128::from(x) * factor) >> down) as i16, "{x} · {factor} / 2^{down}");
            }
        }
    }
}
