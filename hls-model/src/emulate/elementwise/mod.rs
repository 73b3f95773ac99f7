//! Operations on one element: activations, scales and shifts, comparisons.

mod kernels;
mod lookup;
mod powers;

use super::EmulateError;
use super::chain::ChainRule;
use super::functor::{Functor, Line};
use super::step::{Compiled, Layer};
use super::tables::Curve;
use super::term::{Term, signed_bits};
use super::word::{Word, with_word};
use crate::fixed::{Rounding, shifted_left};
use crate::graph::op::{
    Activation, Function, HardActivation, HardFunction, ParametrizedActivation, ParametrizedFunction,
    QuantizedLevels, QuantizedTanh,
};
use crate::graph::{TypeRole, WeightRole};
use crate::precision::Precision;
use kernels::{Affine, Capped, Chained, Hard, Leaky, Levels, Thresholded};
pub(super) use lookup::{IndexRule, clamped};
pub(super) use powers::power_of_two;

pub(super) fn activation(layer: Layer<'_>, op: &Activation) -> Result<Compiled, EmulateError> {
    let centred = |curve| lookup::centred(layer, curve, op.table_size);
    match op.function {
        Function::Linear => linear(layer),
        Function::Relu => relu(layer),
        Function::Relu6 => capped_relu(layer, 6),
        Function::Sigmoid => centred(Curve::Sigmoid),
        Function::Tanh => centred(Curve::Tanh),
        Function::Softplus => centred(Curve::Softplus),
        Function::Softsign => centred(Curve::Softsign),
        Function::Selu => lookup::selu(layer, op.table_size),
        Function::BinaryTanh => sign(layer),
        Function::Gelu => lookup::smooth_relu(layer, Curve::Gelu, op.table_size),
        Function::Swish => lookup::smooth_relu(layer, Curve::Swish, op.table_size),
    }
}

/// Every element cast to the result's type.
pub(super) fn linear(layer: Layer<'_>) -> Result<Compiled, EmulateError> {
    let rule = ChainRule::of(layer.input_term(0)?).cast(layer.result()?);
    Ok(with_word!(layer.word(rule.bits())?, W => {
        Compiled::new(Chained::<W> { floor: None, chain: rule.compile() })
    }))
}

fn relu(layer: Layer<'_>) -> Result<Compiled, EmulateError> {
    let x = layer.input_term(0)?;
    let rule = ChainRule::of(x.within(x.low.max(0), x.high.max(0))).cast(layer.result()?);
    let bits = rule.bits().max(x.bits());
    Ok(with_word!(layer.word(bits)?, W => {
        Compiled::new(Chained::<W> { floor: Some(W::default()), chain: rule.compile() })
    }))
}

/// A ReLU that ends at a whole number.
fn capped_relu(layer: Layer<'_>, cap: i32) -> Result<Compiled, EmulateError> {
    let x = layer.input_term(0)?;
    let rule = ChainRule::of(x.within(x.low.max(0), x.high.max(0))).cast(layer.result()?);
    let (above, cap) = (above_whole(layer, &x, cap)?, whole(layer, cap)?);
    let bits = rule.bits().max(x.bits()).max(signed_bits(above)).max(signed_bits(cap));
    Ok(with_word!(layer.word(bits)?, W => Compiled::new(Capped::<W> {
        above: W::from_raw(above),
        cap: W::from_raw(cap),
        chain: rule.compile(),
    })))
}

/// A small whole number as the raw number that the result has for it.
fn whole(layer: Layer<'_>, number: i32) -> Result<i128, EmulateError> {
    let rule = ChainRule::of(Term::int(number)).cast(layer.result()?);
    layer.word(rule.bits())?;
    Ok(rule.compile::<i128>().one(number.into()))
}

/// The smallest raw number of a term's type that is above a whole number.
fn above_whole(layer: Layer<'_>, x: &Term, number: i32) -> Result<i128, EmulateError> {
    let number = i128::from(number);
    match u64::try_from(x.frac()) {
        Ok(bits) => layer.bounded(shifted_left(number, bits)).map(|raw| raw + 1),
        // Steps of more than one.
        Err(_) => Ok((number >> x.frac().unsigned_abs().min(127)) + 1),
    }
}

/// Values that take over from a raw number on, in rising order: what a comparison becomes.
struct LevelsRule {
    /// What holds below the first.
    below: i128,
    /// For each channel: from which raw number on which value holds. Channels repeat over the elements.
    from: Vec<Vec<(i128, i128)>>,
}

impl LevelsRule {
    fn compile(&self, layer: Layer<'_>, prepare: Option<ChainRule>) -> Result<Compiled, EmulateError> {
        let numbers = self.from.iter().flatten().flat_map(|&(from, value)| [from, value]);
        let bits = numbers.chain([self.below]).map(signed_bits).max().unwrap_or(1);
        let bits = bits.max(layer.input_term(0)?.bits()).max(layer.variable(layer.result()?)?.bits());
        let bits = bits.max(prepare.as_ref().map_or(0, ChainRule::bits));
        Ok(with_word!(layer.word(bits)?, W => {
            let channel = |from: &Vec<(i128, i128)>| {
                from.iter().map(|&(from, value)| (W::from_raw(from), W::from_raw(value))).collect()
            };
            Compiled::new(Levels::<W> {
                below: W::from_raw(self.below),
                channels: self.from.iter().map(channel).collect(),
                prepare: prepare.map(|rule| rule.compile()),
            })
        }))
    }
}

/// +1 from zero on, else -1; as one bit if that is what the result is.
fn sign(layer: Layer<'_>) -> Result<Compiled, EmulateError> {
    let is_bit = matches!(layer.result()?, Precision::Xnor | Precision::Integer { width: 1, signed: false });
    let below = whole(layer, if is_bit { 0 } else { -1 })?;
    LevelsRule { below, from: vec![vec![(0, whole(layer, 1)?)]] }.compile(layer, None)
}

/// +1 above 1/2, 0 above -1/2, else -1; decided on twice the input in the input's own type.
pub(super) fn ternary_tanh(layer: Layer<'_>) -> Result<Compiled, EmulateError> {
    let x = layer.input_term(0)?;
    let doubled = layer.bounded(Term::int(2).mul(&x))?;
    let two = layer.bounded(shifted_left(2, u64::try_from(doubled.frac() - x.frac()).unwrap_or(0)))?;
    let prepare = ChainRule::of(x).affine(two, 0, doubled).cast(x.ty);
    let from =
        [(-1, 0), (1, 1)].map(|(above, value)| Ok((above_whole(layer, &x, above)?, whole(layer, value)?)));
    let from = from.into_iter().collect::<Result<Vec<_>, EmulateError>>()?;
    LevelsRule { below: whole(layer, -1)?, from: vec![from] }.compile(layer, Some(prepare))
}

/// A comparison with thresholds of the input's type. The result's type follows from the number of levels.
pub(super) fn quantized_tanh(layer: Layer<'_>, op: &QuantizedTanh) -> Result<Compiled, EmulateError> {
    let rule = match op.levels {
        QuantizedLevels::Binary => {
            let thresholds = layer.raw_weights(WeightRole::Threshold)?;
            LevelsRule { below: 0, from: thresholds.into_iter().map(|from| vec![(from, 1)]).collect() }
        }
        QuantizedLevels::Ternary => {
            let (low, high) =
                (layer.raw_weights(WeightRole::ThresholdLow)?, layer.raw_weights(WeightRole::ThresholdHigh)?);
            let channels = low.into_iter().zip(high).map(|(low, high)| vec![(low + 1, 0), (high + 1, 1)]);
            LevelsRule { below: -1, from: channels.collect() }
        }
    };
    rule.compile(layer, None)
}

/// `clip(slope · x + shift, 0, 1)` in full precision, or twice that minus one.
pub(super) fn hard(layer: Layer<'_>, op: &HardActivation) -> Result<Compiled, EmulateError> {
    let x = layer.input_term(0)?;
    let constant = |role, value: f64| -> Result<Term, EmulateError> {
        let ty = layer.ty(role)?.precision;
        Ok(Term::constant(ty, ty.cast_f64(value)))
    };
    let aligned = |raw: i128, term: &Term, other: &Term| {
        layer.bounded(shifted_left(raw, term.shift_to_add(other).into()))
    };
    let (slope, shift) = (constant(TypeRole::Slope, op.slope)?, constant(TypeRole::Shift, op.shift)?);
    let product = layer.bounded(slope.mul(&x))?;
    let sum = layer.bounded(product.add(&shift))?;
    let (factor, addend) = (aligned(slope.low, &product, &shift)?, aligned(shift.low, &shift, &product)?);
    let line = ChainRule::of(x).affine(factor, addend, sum);

    // The limits are stored in a variable of the sum's type, which has room for 1 unless slope or shift have odd types.
    let one = sum.ty.storage().cast_raw(1, 0);
    let clipped = sum.within(one.min(0), one.max(0));
    let after = match op.function {
        HardFunction::Sigmoid => ChainRule::of(clipped),
        HardFunction::Tanh => {
            let doubled = layer.bounded(clipped.mul(&Term::int(2)))?;
            let less_one = layer.bounded(doubled.sub(&Term::int(1)))?;
            let two = aligned(2, &doubled, &Term::int(1))?;
            let minus_one = aligned(-1, &Term::int(1), &doubled)?;
            ChainRule::of(clipped).affine(two, minus_one, less_one)
        }
    };
    let after = after.cast(layer.result()?);
    let above_one = above_whole(layer, &sum, 1)?;
    let bits = line.bits().max(after.bits()).max(signed_bits(above_one));
    Ok(with_word!(layer.word(bits)?, W => Compiled::new(Hard::<W> {
        line: line.compile(),
        above_one: W::from_raw(above_one),
        one: W::from_raw(one),
        after: after.compile(),
    })))
}

pub(super) fn parametrized(layer: Layer<'_>, op: &ParametrizedActivation) -> Result<Compiled, EmulateError> {
    let ty = layer.ty(TypeRole::Param)?.precision;
    let parameter = Term::constant(ty, ty.cast_f64(op.parameter));
    match op.function {
        ParametrizedFunction::LeakyRelu => leaky(layer, ty, &[parameter.low]),
        ParametrizedFunction::ThresholdedRelu => thresholded(layer, &parameter),
        ParametrizedFunction::Elu => lookup::elu(layer, &parameter, op.table_size),
    }
}

pub(super) fn prelu(layer: Layer<'_>) -> Result<Compiled, EmulateError> {
    let ty = layer.weight(WeightRole::Param)?.ty.precision;
    leaky(layer, ty, &layer.raw_weights(WeightRole::Param)?)
}

/// The input where it is above zero, else its product with a slope: one for all elements, or one for each.
fn leaky(layer: Layer<'_>, ty: Precision, slopes: &[i128]) -> Result<Compiled, EmulateError> {
    let (x, slope, result) = (layer.input_term(0)?, layer.variable(ty)?, layer.result()?);
    let positive = ChainRule::of(x.within(0, x.high.max(0))).cast(result);
    let product = layer.bounded(slope.mul(&x.within(x.low.min(0), 0)))?;
    let negative = ChainRule::of(product).cast(result);
    let bits = positive.bits().max(negative.bits()).max(x.bits()).max(slope.bits());
    Ok(with_word!(layer.word(bits)?, W => Compiled::new(Leaky::<W> {
        slopes: slopes.iter().map(|&raw| W::from_raw(raw)).collect(),
        positive: positive.compile(),
        negative: negative.compile(),
    })))
}

/// The input where it is above the threshold, else zero.
fn thresholded(layer: Layer<'_>, threshold: &Term) -> Result<Compiled, EmulateError> {
    let x = layer.input_term(0)?;
    let rule = ChainRule::of(x.within(x.low.min(0), x.high.max(0))).cast(layer.result()?);
    // The largest raw number of the input's type that is not above the threshold.
    let dropped = i64::from(threshold.frac()) - i64::from(x.frac());
    let limit = match u64::try_from(dropped) {
        Ok(bits) => Rounding::Trn.apply(threshold.low, bits),
        Err(_) => layer.bounded(shifted_left(threshold.low, dropped.unsigned_abs()))?,
    };
    let bits = rule.bits().max(x.bits()).max(signed_bits(limit));
    Ok(with_word!(layer.word(bits)?, W => {
        Compiled::new(Thresholded::<W> { limit: W::from_raw(limit), chain: rule.compile() })
    }))
}

/// `scale · x + bias`, in full precision up to the cast. Scales and biases repeat over the elements.
pub(super) fn batch_normalization(layer: Layer<'_>) -> Result<Compiled, EmulateError> {
    let x = layer.input_term(0)?;
    let (scale, bias_t) = (layer.weight(WeightRole::Scale)?, layer.weight(WeightRole::Bias)?.ty.precision);
    let functor = Functor::new(layer, scale.ty.precision)?;
    let lines = layer.stored(scale)?.into_iter().map(|stored| layer.bounded(functor.line(stored)));
    let lines = lines.collect::<Result<Vec<Line>, _>>()?;
    let product = layer.bounded(functor.product(&lines))?;
    let between = match functor.wraps_in(&product) {
        Some(ty) => ChainRule::of(product).cast(ty),
        None => ChainRule::of(product),
    };
    let biases = layer.raw_weights(WeightRole::Bias)?;
    let bias = layer.variable(bias_t)?;
    let bias = bias.within(least(&biases), biases.iter().copied().max().unwrap_or(0));
    let sum = layer.bounded(between.result().add(&bias))?;
    let up = between.result().shift_to_add(&bias);
    let bias_up = bias.shift_to_add(&between.result());
    let aligned = biases.iter().map(|&raw| layer.bounded(shifted_left(raw, bias_up.into())));
    let biases = aligned.collect::<Result<Vec<i128>, _>>()?;
    if lines.is_empty() || lines.len() != biases.len() {
        return Err(layer.incomplete("bias for each scale"));
    }
    let after = ChainRule::of(sum).cast(layer.result()?);
    let bits = between.bits().max(after.bits()).max(x.bits());
    Ok(
        with_word!(layer.word(bits)?, W => Compiled::new(Affine::<W>::new(&lines, &biases, &between, up, &after))),
    )
}

fn least(raws: &[i128]) -> i128 {
    raws.iter().copied().min().unwrap_or(0)
}
