//! Canonical signed digits: a number as the shortest sum of powers of two with signs.

/// `± 2^shift`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digit {
    /// The exponent.
    pub shift: u32,
    /// The sign.
    pub negative: bool,
}

/// The canonical signed digits of a number, lowest first: no two are neighbours, and no other form has fewer
/// (G. W. Reitwiesner, "Binary arithmetic", Advances in Computers 1, 1960).
#[must_use]
pub fn signed_digits(number: i128) -> Vec<Digit> {
    let mut digits = Vec::new();
    let (mut rest, mut shift) = (number, 0);
    while rest != 0 {
        let zeros = rest.trailing_zeros();
        rest >>= zeros;
        shift += zeros;
        // The lower two bits are 01 or 11: the digit that makes the next one zero.
        let negative = rest & 3 == 3;
        digits.push(Digit { shift, negative });
        rest -= if negative { -1 } else { 1 };
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_sum_up_and_are_never_neighbours() {
        for number in -3000_i128..3000 {
            let digits = signed_digits(number);
            let sum: i128 =
                digits.iter().map(|d| if d.negative { -(1 << d.shift) } else { 1 << d.shift }).sum();
            assert_eq!(sum, number);
            assert!(digits.windows(2).all(|pair| pair[1].shift > pair[0].shift + 1), "{number}");
        }
    }
}
