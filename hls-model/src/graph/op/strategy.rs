//! How products share multipliers.

/// How a layer multiplies its weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strategy {
    /// Every product has its own multiplier unless the reuse factor says otherwise; lowest latency.
    #[default]
    Latency,
    /// Multipliers are shared `reuse_factor` times, weights live in block RAM.
    Resource,
    /// As `Resource`, with code generated for the given weights.
    ResourceUnrolled,
    /// No multipliers and no stored weights: sums of shifted inputs that share parts, exact until the cast to the result's type.
    DistributedArithmetic,
}

impl Strategy {
    /// hls4ml's word for it, as in `nnet::latency`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Resource => "resource",
            Self::ResourceUnrolled => "resource_unrolled",
            Self::DistributedArithmetic => "distributed_arithmetic",
        }
    }
}
