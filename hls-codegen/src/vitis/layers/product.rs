//! What all matrix products have in common: kernel of the Resource strategy, limit of multipliers.

/// The kernel of the Resource strategy for a reuse factor.
pub(super) fn resource_kernel(n_in: usize, reuse_factor: u64) -> &'static str {
    match u64::try_from(n_in).unwrap_or(u64::MAX) {
        n_in if reuse_factor <= n_in => "nnet::DenseResource_rf_leq_nin",
        n_in if reuse_factor.is_multiple_of(n_in) => "nnet::DenseResource_rf_gt_nin_rem0",
        _ => "nnet::DenseResource_rf_gt_nin",
    }
}

/// The kernel of the Resource strategy of a depthwise product.
pub(super) fn depthwise_resource_kernel(n_out: usize, reuse_factor: u64) -> &'static str {
    match u64::try_from(n_out).unwrap_or(u64::MAX) {
        n_out if reuse_factor <= n_out => "nnet::DepthwiseDenseResource_rf_leq_nout",
        n_out if reuse_factor.is_multiple_of(n_out) => "nnet::DepthwiseDenseResource_rf_gt_nout_rem0",
        _ => "nnet::DepthwiseDenseResource_rf_gt_nout",
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
