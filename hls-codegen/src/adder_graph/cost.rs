//! What a sum costs, in lookup tables.

/// The estimate by which patterns are chosen. A sum of `bits` bits in all, with a result of `width` bits, is compressed until about
/// [`FINAL_ROWS`](Self::FINAL_ROWS) numbers are left, which one adder takes, at one lookup table per bit of the result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// Bits that the compressors remove per lookup table.
    pub bits_per_lut: f64,
}

impl Default for Cost {
    fn default() -> Self {
        Self { bits_per_lut: 1.85 }
    }
}

/// What is known of a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// Operands.
    pub operands: usize,
    /// Bits of all operands.
    pub bits: u32,
    /// Bits of the result.
    pub width: u32,
    /// Lower bits of the result that only one operand has, and that need no adder.
    pub alone: u32,
}

impl Cost {
    /// Rows that the last adder takes on average.
    const FINAL_ROWS: f64 = 2.45;

    /// Lookup tables of a sum.
    pub(super) fn of(&self, shape: Shape) -> f64 {
        let Shape { operands, bits, width, alone } = shape;
        let adder = f64::from(width.saturating_sub(alone));
        match operands {
            0 | 1 => 0.0,
            2 => adder,
            _ => {
                let excess = f64::from(bits) - f64::from(alone) - Self::FINAL_ROWS * adder;
                adder + (excess / self.bits_per_lut).max(0.0)
            }
        }
    }
}
