//! Functions of HGQ2 that become tables.

use std::collections::BTreeSet;

use ndarray::ArrayD;

use super::{Lowering, Source};
use crate::error::ConvertError;
use crate::fixed::{FixedType, Overflow, Rounding};
use crate::graph::op::{Op, Softmax, SoftmaxImplementation, SoftmaxTables, UnaryLut};
use crate::graph::{LayerSpec, NamedType, Values, WeightRole, WeightSpec, Width};
use crate::precision::Precision;
use crate::quantizer::HgqKind;
use crate::source::keras::config::{ActivationFunction, Hgq, HgqSoftmax, InputQuantizers, Placed};

/// hls4ml's size of tables, which no table here has.
const TABLE_SIZE: u64 = 1024;

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
            source.unsupported(
                "its input's quantizer leaves no bit of any element, so its result is constant; remove it"
                    .into(),
            )
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
        let inputs =
            (0..1i64 << bits).map(|at| if at < (1 << bits) - negative { at } else { at - (1 << bits) });
        let value = float_function(function).ok_or_else(|| {
            source.unsupported(format!(
                "{function} has no table here; use one of Keras's functions of one element"
            ))
        })?;
        let values: Vec<f32> = inputs.map(|raw| value((raw as f64 * step) as f32)).collect();
        let len = values.len();
        let placed = Placed { place: "oq".into(), quantizer: output };
        let widths = source.widths(&placed)?;
        // The widths have as many axes as the layer's result.
        let rank = widths.as_ref().map_or(1, |widths| widths.shape().len()).max(1);
        let shape = [vec![1; rank - 1], vec![len]].concat();
        let values = ArrayD::from_shape_vec(shape, values).map_err(|e| source.unsupported(e.to_string()))?;
        let refuse = |reason: String| source.unsupported(format!("its quantizer `oq`: {reason}"));
        let values = output.quantize(widths.as_ref(), &values).map_err(refuse)?;
        if values.iter().any(|value| !value.is_finite()) {
            return Err(refuse(
                "makes numbers of an infinite one; train its input's quantizer with fewer integer bits"
                    .into(),
            ));
        }
        let values = values.into_shape_with_order(vec![len]).map_err(|e| refuse(e.to_string()))?;
        let ty = source.single_type(&placed)?;
        let domain = Width { signed, bits, integer: integer + i32::from(signed) };
        let op = UnaryLut { n_in: source.shape()?.iter().product(), domain, table_size: len };
        let op = Op::UnaryLut(op);
        let spec = self.spec(source, "UnaryLUT", op, source.shape()?.to_vec());
        // The table's values are on its grid already.
        let ty = ty.with_modes(Rounding::default(), Overflow::default());
        let ty = NamedType::new(format!("{}_table_t", spec.name), Precision::Fixed(ty).into());
        let table =
            WeightSpec { ty: Some(ty), ..WeightSpec::plain(WeightRole::Table, Values::single(&values)) };
        let spec = LayerSpec { weights: vec![table], ..spec };
        self.add_shaped(spec, &source.keras.name, source.keras_shape()?.to_vec());
        Ok(())
    }

    /// A softmax of exponentials and reciprocals from tables with types of their own.
    pub(super) fn quantized_softmax(
        &mut self,
        source: &Source<'_>,
        softmax: &HgqSoftmax,
    ) -> Result<(), ConvertError> {
        let ty = |place: &str, quantizer| source.single_type(&Placed { place: place.to_owned(), quantizer });
        let tables = SoftmaxTables {
            input_norm: softmax.exp_input.as_ref().map(|q| ty("exp_table/iq", q)).transpose()?,
            exp: ty("exp_table/oq", &softmax.exp_output)?,
            exp_scale: softmax.input_scaler,
            inv_input: ty("inv_table/iq", &softmax.inv_input)?,
            inv: ty("inv_table/oq", &softmax.inv_output)?,
            // Set with those of all layers.
            parallelization_factor: 1,
        };
        let widest = tables.input_norm.into_iter().chain([tables.inv_input]).map(|ty| ty.width).max();
        if let Some(width) = widest.filter(|&width| i64::from(width) > i64::from(MAX_TABLE_BITS)) {
            return Err(source.unsupported(format!(
                "one of its tables would have 2^{width} values, and 2^{MAX_TABLE_BITS} are possible; give exp_iq_conf and inv_iq_conf fewer bits"
            )));
        }
        self.warn_of_empty_tables(source, softmax)?;
        let sums_wrap = tables.inv_input.signed && tables.inv_input.overflow == Overflow::Wrap;
        if sums_wrap && tables.inv.signed {
            let message = "its sums of exponentials can wrap to negative numbers (inv_iq_conf), whose reciprocals are negative in the model \
                           too, and hls4ml's results have no sign; use k0=0 for inv_iq_conf and inv_oq_conf, or overflow_mode=\"SAT\"";
            self.warn(&source.keras.name, message);
        }
        let shape = source.shape()?.to_vec();
        let [first, last] = source.adjacent_axes(&softmax.axes, shape.len())?;
        let op = Softmax {
            n_in: shape.iter().product(),
            // The batch is axis 0.
            axis: if last + 1 == shape.len() || first != last { -1 } else { first as i64 + 1 },
            n_outer: shape[..first].iter().product(),
            n_inner: shape[last + 1..].iter().product(),
            implementation: match softmax.stable {
                true => SoftmaxImplementation::Stable,
                false => SoftmaxImplementation::Latency,
            },
            skip: false,
            table_size: TABLE_SIZE,
            tables: Some(tables),
        };
        let spec = self.spec(source, "Softmax", Op::Softmax(op), shape);
        self.add_shaped(spec, &source.keras.name, source.keras_shape()?.to_vec());
        Ok(())
    }

    /// Warns of quantizers that leave no bit: there is no type without bits, so that hls4ml gives their numbers one.
    fn warn_of_empty_tables(
        &mut self,
        source: &Source<'_>,
        softmax: &HgqSoftmax,
    ) -> Result<(), ConvertError> {
        let quantizers = [
            ("exp_table/iq", softmax.exp_input.as_ref()),
            ("exp_table/oq", Some(&softmax.exp_output)),
            ("inv_table/iq", Some(&softmax.inv_input)),
            ("inv_table/oq", Some(&softmax.inv_output)),
        ];
        for (place, quantizer) in quantizers {
            let Some(quantizer) = quantizer else { continue };
            let widths = source.widths(&Placed { place: place.to_owned(), quantizer })?;
            if widths.is_some_and(|widths| widths.largest().is_none()) {
                let message = format!(
                    "its quantizer `{place}` leaves no bit, so that its numbers are always 0 in the model; hls4ml gives them a bit, and the \
                     results are not the model's; train it with at least one"
                );
                self.warn(&source.keras.name, message);
            }
        }
        Ok(())
    }
}

impl Source<'_> {
    /// The first and the last of the axes of a tensor of this rank that lie side by side.
    fn adjacent_axes(&self, axes: &[i64], rank: usize) -> Result<[usize; 2], ConvertError> {
        let axis = |&axis: &i64| {
            let counted =
                if axis < 0 { usize::try_from(axis + rank as i64 + 1) } else { usize::try_from(axis) };
            counted.ok().and_then(|axis| axis.checked_sub(1)).filter(|&axis| axis < rank)
        };
        let sorted: Option<BTreeSet<usize>> = axes.iter().map(axis).collect();
        let ends = sorted.as_ref().and_then(|sorted| Some([*sorted.first()?, *sorted.last()?]));
        match (ends, sorted) {
            (Some([first, last]), Some(sorted)) if sorted.len() == last - first + 1 => Ok([first, last]),
            _ => Err(self.unsupported(format!(
                "its axes {axes:?} are not neighbours among the {rank} axes after the batch; put a Permute before it"
            ))),
        }
    }

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
        let HgqKind::Fixed(fixed) = &placed.quantizer.kind else {
            return Err(
                self.unsupported(format!("its quantizer `{}` is none to fixed-point numbers", placed.place))
            );
        };
        let ty = if signed { FixedType::signed(width, integer) } else { FixedType::unsigned(width, integer) };
        Ok(ty.with_modes(fixed.rounding, fixed.overflow))
    }
}

/// Keras 3's function of one element, in TensorFlow's steps in float32. Each of its curves is the nearest float32 here, where TensorFlow's may be a
/// neighbour; only a quantizer that cuts bits off (TRN) can tell them apart, where a curve comes as near to a step as that.
fn float_function(function: ActivationFunction) -> Option<fn(f32) -> f32> {
    use ActivationFunction as F;
    Some(match function {
        F::Linear => |x| x,
        F::Relu => |x| x.max(0.0),
        F::Relu6 => |x| x.clamp(0.0, 6.0),
        F::Sigmoid => sigmoid,
        F::Tanh => tanh,
        F::Softplus => softplus,
        F::Softsign => |x| x / (1.0 + x.abs()),
        F::Elu => elu,
        F::Selu => |x| 1.050_701 * if x > 0.0 { x } else { 1.673_263_2 * elu(x) },
        F::Exponential => |x| f64::from(x).exp() as f32,
        F::HardSigmoid => |x| (x / 6.0 + 0.5).clamp(0.0, 1.0),
        F::HardTanh => |x| x.clamp(-1.0, 1.0),
        F::LeakyRelu => |x| x.max(0.2 * x),
        F::Swish => |x| x * sigmoid(x),
        F::Mish => |x| x * tanh(softplus(x)),
        F::Gelu => gelu,
        F::Softmax | F::SmoothSigmoid | F::SmoothTanh | F::BinarySigmoid | F::BinaryTanh | F::TernaryTanh => {
            return None;
        }
    })
}

/// From here on TensorFlow's tanh is 1.
const TANH_IS_ONE: f32 = 7.907_39;
/// From here on TensorFlow's sigmoid is 1.
const SIGMOID_IS_ONE: f32 = 16.635_532;

fn tanh(x: f32) -> f32 {
    if x.abs() >= TANH_IS_ONE { 1f32.copysign(x) } else { f64::from(x).tanh() as f32 }
}

fn sigmoid(x: f32) -> f32 {
    if x >= SIGMOID_IS_ONE { 1.0 } else { (1.0 / (1.0 + (-f64::from(x)).exp())) as f32 }
}

fn softplus(x: f32) -> f32 {
    (f64::from(x.max(0.0)) + (-f64::from(x.abs())).exp().ln_1p()) as f32
}

/// By the complementary error function, whose subnormal numbers TensorFlow takes for zero.
fn gelu(x: f32) -> f32 {
    let share = libm::erfc(f64::from(-x / std::f32::consts::SQRT_2)) as f32;
    0.5 * x * if share < f32::MIN_POSITIVE { 0.0 } else { share }
}

fn elu(x: f32) -> f32 {
    if x > 0.0 { x } else { f64::from(x).exp_m1() as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_have_tensorflows_values() {
        use ActivationFunction as F;
        for (function, x, expected) in [
            (F::Tanh, -7.9375, -1.0),
            (F::Tanh, 0.5, 0.462_117_14),
            (F::Tanh, 0.0, 0.0),
            (F::Gelu, -16.0, 0.0),
            (F::Gelu, -12.062_5, -1.005_091_6e-32),
            (F::Gelu, 8.0, 8.0),
            (F::Gelu, -0.023_437_5, -0.011_499_625),
            (F::Sigmoid, 0.0, 0.5),
            (F::Sigmoid, 20.0, 1.0),
            (F::Mish, 12.0, 12.0),
            (F::HardSigmoid, 1.5, 0.75),
            (F::HardTanh, -1.5, -1.0),
            (F::LeakyRelu, -5.0, -1.0),
        ] {
            let value = float_function(function).expect("a function")(x);
            // The last bit of gelu's argument, twelve deviations out, is a hundred-thousandth of its value.
            assert!((value - expected).abs() <= expected.abs() * 2e-5, "{function} {x}: {value}");
        }
        assert!(float_function(F::Softmax).is_none());
    }
}
