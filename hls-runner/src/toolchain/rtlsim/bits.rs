//! Wide bit vectors as hexadecimal digits, the form in which test benches read and write them.

/// A vector of bits, the lowest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bits(Vec<bool>);

impl Bits {
    /// So many zeros.
    pub(super) fn zeros(bits: usize) -> Self {
        Self(vec![false; bits])
    }

    /// Puts the lowest `bits` bits of a number in two's complement at a place.
    pub(super) fn put(&mut self, at: usize, bits: usize, raw: i128) {
        for (place, bit) in self.0.iter_mut().skip(at).zip(0..bits) {
            *place = raw >> bit.min(127) & 1 == 1;
        }
    }
}

impl std::fmt::Display for Bits {
    /// The highest digit first.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.chunks(4).rev().try_for_each(|digit| {
            let value = digit.iter().rev().fold(0, |value, bit| value * 2 + u8::from(*bit));
            write!(f, "{value:x}")
        })
    }
}

/// The bits `at..at + bits` (at most 128) of a number in hexadecimal digits; `None` if one of them is no known bit.
pub(super) fn bits_of(digits: &str, at: usize, bits: u32) -> Option<u128> {
    let digits = digits.as_bytes();
    (0..bits).rev().try_fold(0_u128, |value, bit| {
        let at = at.checked_add(usize::try_from(bit).ok()?)?;
        let digit = digits.len().checked_sub(1 + at / 4).and_then(|place| digits.get(place))?;
        let digit = char::from(*digit).to_digit(16)?;
        Some(value << 1 | u128::from(digit >> (at % 4) & 1))
    })
}

/// The lowest `bits` bits (at most 128) as a number.
pub(super) fn number(bits: u128, width: u32, signed: bool) -> i128 {
    let unused = 128_u32.saturating_sub(width).min(127);
    let highest = bits << unused;
    if signed { highest.cast_signed() >> unused } else { (highest >> unused).cast_signed() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_printed_and_read() {
        let mut bits = Bits::zeros(22);
        bits.put(0, 6, -1);
        bits.put(6, 6, 5);
        bits.put(12, 10, -512);
        assert_eq!(bits.to_string(), "20017f");
        for (at, width, expected) in [(0, 6, 0x3f), (6, 6, 5), (12, 10, 0x200), (0, 22, 0x20_017f)] {
            assert_eq!(bits_of("20017f", at, width), Some(expected), "{at} {width}");
        }
        assert_eq!(bits_of("1xf", 0, 4), Some(0xf));
        assert_eq!(bits_of("1xf", 0, 5), None);
        assert_eq!(bits_of("1xf", 8, 4), Some(1));
        assert_eq!(bits_of("1xf", 9, 4), None, "beyond the last digit");
        for (width, signed, expected) in [(4, true, -1), (4, false, 15), (5, true, 15), (128, true, 15)] {
            assert_eq!(number(15, width, signed), expected, "{width} {signed}");
        }
        assert_eq!(Bits::zeros(0).to_string(), "");
        let mut wide = Bits::zeros(130);
        wide.put(0, 130, -1);
        assert_eq!(wide.to_string(), format!("3{}", "f".repeat(32)));
    }
}
