//! Ranges of whole numbers, and how many bits they take.

use hls_model::arith::signed_bits;

/// The smallest and the largest number.
pub type Range = (i128, i128);

/// Bits for all numbers of a range: without a sign where none is negative.
#[must_use]
pub fn width((low, high): Range) -> u32 {
    match low {
        0.. => signed_bits(high) - 1,
        _ => signed_bits(low).max(signed_bits(high)),
    }
}

/// The numbers of so many bits, at most 126.
#[must_use]
pub fn type_range(width: u32, signed: bool) -> Range {
    match (width, signed) {
        (0, _) => (0, 0),
        (_, true) => (-(1 << (width - 1)), (1 << (width - 1)) - 1),
        (_, false) => (0, (1 << width) - 1),
    }
}

/// Whether all numbers of one range are in another.
#[must_use]
pub fn contains(outer: Range, inner: Range) -> bool {
    outer.0 <= inner.0 && inner.1 <= outer.1
}
