//! What all matrix products have in common: functor, kernel of the Resource strategy, limit of multipliers.

use hls_model::precision::Precision;

/// The functor's name in `nnet::product` for `data · weight`; `None` where there is no such product.
pub(super) fn functor(data: &Precision, weight: &Precision) -> Option<&'static str> {
    Some(match (data, weight) {
        (Precision::Exponent { .. }, _) => return None,
        (_, Precision::Exponent { .. }) => "weight_exponential",
        (Precision::Xnor, Precision::Xnor) => "both_binary",
        (_, Precision::Xnor) => "weight_binary",
        (Precision::Xnor, _) => "data_binary",
        (_, Precision::Integer { width: 2, signed: true }) => "weight_ternary",
        _ => "mult",
    })
}

/// The kernel of the Resource strategy for a reuse factor.
pub(super) fn resource_kernel(n_in: usize, reuse_factor: u64) -> &'static str {
    match u64::try_from(n_in).unwrap_or(u64::MAX) {
        n_in if reuse_factor <= n_in => "nnet::DenseResource_rf_leq_nin",
        n_in if reuse_factor.is_multiple_of(n_in) => "nnet::DenseResource_rf_gt_nin_rem0",
        _ => "nnet::DenseResource_rf_gt_nin",
    }
}

/// Multipliers that the scheduler may use: what the reuse factor leaves of all products but those with a zero weight.
pub(super) fn multiplier_limit(n_in: usize, n_out: usize, reuse_factor: u64, zeros: usize) -> u64 {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let reuse_factor = reuse_factor.max(1);
    let products = count(n_in).saturating_mul(count(n_out));
    products.div_ceil(reuse_factor).saturating_sub(count(zeros) / reuse_factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_numbers_have_special_products() {
        let po2 = Precision::Exponent { width: 4, signed: true };
        let fixed = Precision::fixed(16, 6);
        let table = [
            (fixed, fixed, Some("mult")),
            (fixed, Precision::int(2), Some("weight_ternary")),
            (fixed, Precision::uint(2), Some("mult")),
            (fixed, Precision::Xnor, Some("weight_binary")),
            (Precision::Xnor, fixed, Some("data_binary")),
            (Precision::Xnor, Precision::int(2), Some("data_binary")),
            (Precision::Xnor, Precision::Xnor, Some("both_binary")),
            (fixed, po2, Some("weight_exponential")),
            (po2, fixed, None),
        ];
        for (data, weight, expected) in table {
            assert_eq!(functor(&data, &weight), expected, "{data} · {weight}");
        }
    }

    #[test]
    fn the_resource_kernel_follows_from_the_reuse_factor() {
        for (n_in, reuse_factor, kernel) in
            [(6, 3, "leq_nin"), (6, 6, "leq_nin"), (6, 12, "gt_nin_rem0"), (6, 8, "gt_nin")]
        {
            assert_eq!(resource_kernel(n_in, reuse_factor), format!("nnet::DenseResource_rf_{kernel}"));
        }
    }

    #[test]
    fn zero_weights_need_no_multiplier() {
        for (n_in, n_out, reuse_factor, zeros, limit) in
            [(4, 3, 1, 0, 12), (4, 3, 1, 5, 7), (4, 3, 5, 0, 3), (4, 3, 4, 8, 1), (4, 3, 0, 0, 12)]
        {
            assert_eq!(multiplier_limit(n_in, n_out, reuse_factor, zeros), limit);
        }
    }
}
