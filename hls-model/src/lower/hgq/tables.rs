//! Functions of HGQ2 that become tables.

use ndarray::ArrayD;

use super::{Lowering, Source};
use crate::error::ConvertError;
use crate::fixed::FixedType;
use crate::graph::op::{Op, UnaryLut};
use crate::graph::{LayerSpec, NamedType, Values, WeightRole, WeightSpec};
use crate::precision::Precision;
use crate::source::keras::config::{ActivationFunction, Hgq, HgqSoftmax, InputQuantizers, Placed};

/// Values of the largest table, in bits; hls4ml takes a million.
const MAX_TABLE_BITS: i32 = 19;

impl Lowering {
    /// A function of one element as a table of all values that its input's quantizer makes.
    pub(super) fn unary_function(
        &mut self,
        source: &Source<'_>,
        config: &Hgq,
        function: ActivationFunction,
    ) -> Result<(), ConvertError> {
        let (InputQuantizers::One(input), Some(output)) = (&config.inputs, &config.output) else {
            return Err(source.unsupported(
                "a table needs a quantizer of its input and one of its result; build it with enable_iq=True and enable_oq=True".into(),
            ));
        };
        let widths = source.widths(&Placed { place: "iq".into(), quantizer: input })?;
        let (signed, integer, fractional) = widths.and_then(|widths| widths.largest()).ok_or_else(|| {
            source.unsupported("its input's quantizer leaves no bit of any element, so its result is constant; remove it".into())
        })?;
        let bits = i32::from(signed) + integer + fractional;
        if bits > MAX_TABLE_BITS {
            return Err(source.unsupported(format!(
                "its table would have 2^{bits} values, and 2^{MAX_TABLE_BITS} are possible; train its input's quantizer with fewer bits"
            )));
        }
        let negative = if signed { 1i64 << (bits - 1) } else { 0 };
        let step = (-f64::from(fractional)).exp2();
        // By bit pattern: what is not negative comes first.
        let inputs = (0..1i64 << bits).map(|at| if at < (1 << bits) - negative { at } else { at - (1 << bits) });
        let value = float_function(function).ok_or_else(|| {
            source.unsupported(format!("{function} has no table here; use one of Keras's functions of one element"))
        })?;
        let values: Vec<f32> = inputs.map(|raw| value(raw as f64 * step) as f32).collect();
        let len = values.len();
        let values = ArrayD::from_shape_vec(vec![1, len], values).map_err(|e| source.unsupported(e.to_string()))?;
        let placed = Placed { place: "oq".into(), quantizer: output };
        let widths = source.widths(&placed)?;
        let refuse = |reason: String| source.unsupported(format!("its quantizer `oq`: {reason}"));
        let values = output.quantize(widths.as_ref(), &values).map_err(refuse)?;
        let values = values.into_shape_with_order(vec![len]).map_err(|e| refuse(e.to_string()))?;
        let ty = source.single_type(&placed)?;
        let op = Op::UnaryLut(UnaryLut { n_in: source.shape()?.iter().product(), table_size: len });
        let spec = self.spec(source, "UnaryLUT", op, source.shape()?.to_vec());
        let ty = NamedType::new(format!("{}_table_t", spec.name), Precision::Fixed(ty).into());
        let table = WeightSpec { ty: Some(ty), ..WeightSpec::plain(WeightRole::Table, Values::single(&values)) };
        let spec = LayerSpec { weights: vec![table], ..spec };
        self.add_shaped(spec, &source.keras.name, source.keras_shape()?.to_vec());
        Ok(())
    }

    /// A softmax of exponentials and reciprocals from tables with types of their own.
    pub(super) fn quantized_softmax(
        &mut self,
        source: &Source<'_>,
        _config: &Hgq,
        _softmax: &HgqSoftmax,
    ) -> Result<(), ConvertError> {
        Err(source.unsupported("softmax".into()))
    }
}

impl Source<'_> {
    /// The type of a quantizer that has one for all elements.
    fn single_type(&self, placed: &Placed<'_>) -> Result<FixedType, ConvertError> {
        let widths = self.widths(placed)?;
        let widths = widths.filter(|widths| widths.is_one()).and_then(|widths| widths.each().next());
        let (signed, integer, fractional) = widths.ok_or_else(|| {
            self.unsupported(format!(
                "its quantizer `{}` does not have one type for all elements; build it with heterogeneous_axis=()",
                placed.place
            ))
        })?;
        let sign = i32::from(signed);
        let width = u32::try_from(sign + integer + fractional).unwrap_or(0).max(1);
        let integer = sign + integer;
        Ok(if signed { FixedType::signed(width, integer) } else { FixedType::unsigned(width, integer) })
    }
}

/// Keras 3's function of one element, in double precision: the float32 that HGQ2 computes is the nearest one or its neighbour, which quantizers with
/// few bits do not tell apart.
fn float_function(function: ActivationFunction) -> Option<fn(f64) -> f64> {
    use ActivationFunction as F;
    Some(match function {
        F::Linear => |x| x,
        F::Relu => |x| x.max(0.0),
        F::Relu6 => |x| x.clamp(0.0, 6.0),
        F::Sigmoid => |x| 1.0 / (1.0 + (-x).exp()),
        F::Tanh => f64::tanh,
        F::Softplus => |x| x.max(0.0) + (-x.abs()).exp().ln_1p(),
        F::Softsign => |x| x / (1.0 + x.abs()),
        F::Elu => |x| if x > 0.0 { x } else { x.exp_m1() },
        F::Selu => |x| 1.050_700_987_355_480_5 * if x > 0.0 { x } else { 1.673_263_242_354_377_2 * x.exp_m1() },
        F::Exponential => f64::exp,
        F::HardSigmoid => |x| (x / 6.0 + 0.5).clamp(0.0, 1.0),
        F::LeakyRelu => |x| if x > 0.0 { x } else { 0.2 * x },
        F::Swish => |x| x / (1.0 + (-x).exp()),
        F::Mish => |x| x * (x.max(0.0) + (-x.abs()).exp().ln_1p()).tanh(),
        F::Softmax
        | F::Gelu
        | F::HardTanh
        | F::SmoothSigmoid
        | F::SmoothTanh
        | F::BinarySigmoid
        | F::BinaryTanh
        | F::TernaryTanh => return None,
    })
}
