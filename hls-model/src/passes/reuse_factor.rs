//! Which reuse factors a matrix product can have.

/// All valid reuse factors of a product of `n_in` inputs and `n_out` outputs, ascending.
///
/// The resource kernels step through the weights in blocks; a reuse factor is valid if the blocks divide the matrix
/// evenly and end at the boundaries of outputs.
#[must_use]
pub fn valid_reuse_factors(n_in: usize, n_out: usize) -> Vec<u64> {
    let (n_in, n_out) = (n_in as u64, n_out as u64);
    let products = n_in.saturating_mul(n_out);
    let is_valid = |&rf: &u64| {
        let multipliers = products.div_ceil(n_in.min(rf));
        if rf < n_in { multipliers % n_out == 0 } else { rf % n_in == 0 }
    };
    if products == 0 { vec![1] } else { divisors(products).into_iter().filter(is_valid).collect() }
}

/// All divisors of a number above 0, ascending.
pub(super) fn divisors(number: u64) -> Vec<u64> {
    let small = (1..).take_while(|d| d * d <= number).filter(|d| number.is_multiple_of(*d));
    let mut all: Vec<u64> = small.flat_map(|d| [d, number / d]).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The valid reuse factor nearest to what is asked for, the smaller of two that are equally near.
pub(super) fn closest(valid: &[u64], asked: f64) -> u64 {
    let distance = |&rf: &u64| (rf as f64 - asked).abs();
    valid.iter().copied().min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// hls4ml's own check, number by number.
    fn by_definition(n_in: u64, n_out: u64) -> Vec<u64> {
        let valid = |&rf: &u64| {
            let limit = (n_in * n_out).div_ceil(n_in.min(rf));
            (limit % n_out == 0 || rf >= n_in)
                && (rf % n_in == 0 || rf < n_in)
                && (n_in * n_out).is_multiple_of(rf)
        };
        (1..=n_in * n_out).filter(valid).collect()
    }

    #[test]
    fn valid_factors_are_those_of_the_definition() {
        for n_in in 1..24 {
            for n_out in 1..24 {
                assert_eq!(
                    valid_reuse_factors(n_in as usize, n_out as usize),
                    by_definition(n_in, n_out),
                    "{n_in} {n_out}"
                );
            }
        }
    }

    #[test]
    fn the_smaller_of_two_equally_near_factors_is_taken() {
        for (asked, chosen) in [(3.0, 2), (1.5, 1), (5.0, 4), (100.0, 8), (0.2, 1)] {
            assert_eq!(closest(&[1, 2, 4, 8], asked), chosen);
        }
    }
}
