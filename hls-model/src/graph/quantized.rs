//! What hls4ml makes of a QKeras quantizer.
//!
//! Source: hls4ml 1.3.0, `model/quantizers.py` for weights and `utils/config.py` for activations.

use super::kernel_layout::KernelLayout;
use super::op::PowerOfTwo;
use super::values::{FloatWidth, Values};
use crate::fixed::{FixedType, Overflow, Rounding};
use crate::precision::Precision;
use crate::quantizer::{QuantizedWeights, Quantizer, QuantizerError, quantize_weights};

/// A QKeras weight quantizer with what hls4ml derives from it.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightQuantizer {
    /// The quantizer as the model states it.
    pub quantizer: Quantizer,
    /// How hls4ml encodes its values.
    pub encoding: WeightEncoding,
    /// The type of the stored values.
    pub precision: Precision,
    /// Whether a scale still has to be taken out (cleared by the pass that does it).
    pub scaled: bool,
    /// Where the array that it acts on lies in the one that is multiplied with.
    pub layout: KernelLayout,
}

/// How quantized values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightEncoding {
    /// As they are.
    Value,
    /// -1 as 0 and +1 as 1, for XNOR products.
    ZeroOne,
    /// -1 and +1.
    PlusMinusOne,
    /// As sign and exponent.
    PowerOfTwo,
}

impl WeightQuantizer {
    /// The values as the firmware stores them: quantized, then encoded.
    ///
    /// # Errors
    /// The quantizer refuses the values.
    pub fn apply(&self, values: &Values) -> Result<Values, QuantizeError> {
        let quantized = self.quantize(values)?;
        let quantized = Values::single(&quantized.values);
        let encoded = match self.encoding {
            WeightEncoding::Value | WeightEncoding::PowerOfTwo => quantized,
            WeightEncoding::ZeroOne => {
                Values { width: FloatWidth::Double, ..quantized.map(|v| f64::from(u8::from(v >= 0.0))) }
            }
            WeightEncoding::PlusMinusOne => quantized.map(|v| if v >= 0.0 { 1.0 } else { -1.0 }),
        };
        Ok(self.layout.spread(&encoded))
    }

    /// What QKeras makes of the values, and its scale, in the layout of the file.
    pub(crate) fn quantize(&self, values: &Values) -> Result<QuantizedWeights, QuantizeError> {
        let stored = self.layout.gather(values);
        quantize_weights(&self.quantizer, &stored.to_f32()).map_err(QuantizeError)
    }
}

/// A quantizer refuses some values.
#[derive(Debug)]
pub struct QuantizeError(pub(crate) QuantizerError);

/// The precision of a quantized activation's result, as a generated configuration gives it; `None` for quantizers
/// that are not taken as activations.
#[must_use]
pub fn activation_precision(quantizer: &Quantizer) -> Option<Precision> {
    let (bits, integer, signed, overflow) = match quantizer {
        Quantizer::Bits(q) => (q.bits, q.integer + 1, true, Overflow::Sat),
        Quantizer::Relu(q) if q.negative_slope != 0.0 => (q.bits, q.integer + 1, true, Overflow::Sat),
        Quantizer::Relu(q) => (q.bits, q.integer, false, Overflow::Sat),
        Quantizer::Tanh(q) => (q.bits, 1, true, if q.symmetric { Overflow::SatSym } else { Overflow::Sat }),
        Quantizer::Sigmoid(q) => (q.bits, 0, false, Overflow::Sat),
        Quantizer::Binary(_)
        | Quantizer::Ternary(_)
        | Quantizer::StochasticBinary(_)
        | Quantizer::StochasticTernary(_) => return Some(Precision::int(2)),
        Quantizer::Po2(_) | Quantizer::ReluPo2(_) => {
            return PowerOfTwo::of(quantizer, 0).map(|(op, _)| op.precision());
        }
        Quantizer::Bernoulli(_) | Quantizer::Ulaw(_) | Quantizer::Hswish(_) => return None,
    };
    if bits > integer {
        let width = u32::try_from(bits).ok()?;
        let ty = if signed { FixedType::signed(width, integer) } else { FixedType::unsigned(width, integer) };
        return Some(FixedType { rounding: Rounding::RndConv, overflow, ..ty }.into());
    }
    // Without fractional bits hls4ml takes an integer, and rounding and saturation are lost.
    let width = u32::try_from(integer).ok().filter(|&w| w > 0)?;
    Some(Precision::Integer { width, signed })
}
