//! Rounding to powers of two.

use hls_model::graph::op::{NegativeSide, PowerOfTwo};
use hls_model::precision::Precision;
use hls_model::quantizer::Log2Rounding;
use serde::Serialize;

use super::{Headers, Layer, LayerEmission};
use crate::CodegenError;

const HEADERS: Headers = Headers {
    arrays: &["nnet_utils/nnet_power_of_two.h"],
    streams: &["nnet_utils/nnet_power_of_two.h", "nnet_utils/nnet_power_of_two_stream.h"],
};

/// What `layers/power_of_two.h` is filled with.
#[derive(Serialize)]
struct PowerOfTwoContext<'a> {
    config: &'a str,
    n_in: usize,
    reuse_factor: u64,
    /// The type of an input's magnitude.
    magnitude_t: String,
    /// Its fractional bits.
    magnitude_frac: i32,
    /// Raw magnitudes that count as zero are below it, for positive and for negative numbers.
    least_positive: u64,
    least_negative: u64,
    low: i32,
    high: i32,
    nearest: bool,
    mirrored: bool,
    negative_shift: i32,
}

pub(super) fn emit(layer: Layer<'_>, op: &PowerOfTwo) -> Result<LayerEmission, CodegenError> {
    let input = &layer.input(0)?.ty.precision;
    if !op.takes(input) {
        return Err(layer.unsupported(op.too_wide()));
    }
    let config = layer.config_name(Some("power_of_two"));
    let (mirrored, negative_shift) = match op.negative {
        NegativeSide::Lowest => (false, 0),
        NegativeSide::Mirrored { shift } => (true, shift),
    };
    let frac = i32::try_from(input.width()).unwrap_or(i32::MAX) - input.integer();
    let least = |frac| u64::try_from(PowerOfTwo::least_seen(frac)).unwrap_or(u64::MAX);
    let context = PowerOfTwoContext {
        config: &config,
        n_in: op.n_in,
        reuse_factor: layer.node.reuse_factor,
        magnitude_t: Precision::ufixed(input.width(), input.integer()).cpp(),
        magnitude_frac: frac,
        least_positive: least(frac),
        least_negative: least(frac + negative_shift),
        low: op.low,
        high: op.high,
        nearest: op.rounding == Log2Rounding::Round,
        mirrored,
        negative_shift,
    };
    layer.emission("power_of_two.h", &context, layer.call("power_of_two", &config, &[])?, HEADERS)
}
