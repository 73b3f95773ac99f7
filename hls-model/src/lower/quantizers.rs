//! What hls4ml makes of a QKeras quantizer: the type of its values.
//!
//! Source: hls4ml 1.3.0, `model/quantizers.py` for weights and `utils/config.py` for activations. The two do not agree
//! with each other, nor always with QKeras; where that changes numbers, there is a warning.

use super::{Lowering, Source};
use crate::graph::op::EXPONENTS;
use crate::graph::{KernelLayout, Values, WeightEncoding, WeightQuantizer};
use crate::precision::Precision;
use crate::quantizer::{Alpha, Quantizer, quantize_weights};

/// The type of weights that a quantizer makes, where hls4ml has a rule.
fn weight_precision(quantizer: &Quantizer) -> Option<Precision> {
    match quantizer {
        Quantizer::Bits(q) => {
            let width = u32::try_from(q.bits).ok()?;
            Some(match (width, q.bits == q.integer) {
                (1, true) => Precision::Xnor,
                (_, true) => Precision::int(width),
                (_, false) => Precision::fixed(width, q.integer + 1),
            })
        }
        Quantizer::Ternary(_) | Quantizer::StochasticTernary(_) => Some(Precision::int(2)),
        Quantizer::Binary(_) | Quantizer::StochasticBinary(_) => Some(Precision::Xnor),
        Quantizer::Po2(q) => {
            Some(Precision::Exponent { width: u32::try_from(q.exponent.bits).ok()?, signed: true })
        }
        Quantizer::Relu(_)
        | Quantizer::Tanh(_)
        | Quantizer::Sigmoid(_)
        | Quantizer::Bernoulli(_)
        | Quantizer::Ulaw(_)
        | Quantizer::ReluPo2(_)
        | Quantizer::Hswish(_) => None,
    }
}

/// The smallest fixed-point type for the powers of two that a quantizer makes of values.
pub(super) fn precision_of_powers(quantizer: &Quantizer, values: &Values) -> Precision {
    precision_of(quantizer, values, |power| {
        let exponent = power.abs().log2() as i32;
        [exponent, exponent]
    })
}

/// The smallest fixed-point type for what a quantizer makes of values, scale included.
pub(super) fn precision_of_values(quantizer: &Quantizer, values: &Values) -> Precision {
    precision_of(quantizer, values, |value| {
        // A float32 is its significand, 24 bits with a leading one, times a power of two.
        let highest = value.abs().log2().floor() as i32;
        let significand = (f64::from(value.abs()) * (23.0 - f64::from(highest)).exp2()) as u64;
        [highest - 23 + significand.trailing_zeros().min(23).cast_signed(), highest]
    })
}

/// The smallest type for quantized values; `bits` gives the places of the lowest and the highest bit of one.
fn precision_of(quantizer: &Quantizer, values: &Values, bits: impl Fn(f32) -> [i32; 2]) -> Precision {
    let quantized = quantize_weights(quantizer, &values.to_f32());
    let values = quantized.iter().flat_map(|quantized| &quantized.values).filter(|value| **value != 0.0);
    let places = values.map(|&value| bits(value).map(|bit| bit.clamp(*EXPONENTS.start(), *EXPONENTS.end())));
    let (low, high) = places.fold((i32::MAX, i32::MIN), |(low, high), [l, h]| (low.min(l), high.max(h)));
    if low > high { Precision::fixed(2, 2) } else { Precision::fixed(low.abs_diff(high) + 2, high + 2) }
}

impl Lowering {
    /// What a quantizer makes of an array, which is called as in the file.
    pub(super) fn weight_quantizer(
        &mut self,
        source: &Source<'_>,
        quantizer: &Quantizer,
        array: &str,
    ) -> WeightQuantizer {
        let binary = matches!(quantizer, Quantizer::Binary(_) | Quantizer::StochasticBinary(_));
        let (encoding, precision) = match (binary, array) {
            // Of all arrays these have XNOR products.
            (true, "kernel") => (WeightEncoding::ZeroOne, Some(Precision::Xnor)),
            (true, _) => (WeightEncoding::PlusMinusOne, Some(Precision::int(2))),
            (false, _) if matches!(quantizer, Quantizer::Po2(_)) => {
                (WeightEncoding::PowerOfTwo, weight_precision(quantizer))
            }
            (false, _) => (WeightEncoding::Value, weight_precision(quantizer)),
        };
        if precision.is_none() {
            let class = quantizer.class_name();
            self.warn(
                &source.keras.name,
                format!(
                    "hls4ml has no type for {class} as {array} quantizer; the values are kept in fixed<16,6>"
                ),
            );
        }
        if let Quantizer::Bits(q) = quantizer {
            if !q.keep_negative {
                self.warn(
                    &source.keras.name,
                    format!("keep_negative=False of the {array} quantizer is ignored by hls4ml"),
                );
            }
            if q.bits == q.integer {
                let message = format!(
                    "the {array} quantizer has no fractional bits; hls4ml leaves no bit for the sign of {} bits, so the largest \
                     weights wrap",
                    q.bits
                );
                self.warn(&source.keras.name, message);
            }
        }
        let scaled = !matches!(quantizer, Quantizer::Po2(_))
            && !matches!(quantizer.alpha(), Alpha::None)
            && quantizer.alpha() != Alpha::Number(1.0);
        WeightQuantizer {
            quantizer: quantizer.clone(),
            encoding,
            precision: precision.unwrap_or(Precision::fixed(16, 6)),
            scaled,
            layout: KernelLayout::Same,
        }
    }
}

/// The precision that hls4ml writes into a configuration for the quantizers of a QBatchNormalization.
pub(super) fn ignored_precision(quantizer: &Quantizer) -> Precision {
    match quantizer {
        Quantizer::Po2(_) => Precision::fixed(16, 6),
        other => weight_precision(other).unwrap_or(Precision::fixed(16, 6)),
    }
}
