//! Operations on one element: activations, scales and shifts, comparisons.

use super::chain::Chain;
use super::error::ArithError;
use super::layer::{Layer, MAX_BITS};
use super::levels::{Levels, powers_of_two};
use super::line::{Functor, Line};
use super::lookup::{self, SmoothRelu, TableLookup, TableProduct};
use super::tables::Curve;
use super::term::Term;
use crate::fixed::{FixedType, Rounding, shifted_left};
use crate::graph::op::{
    Activation, FixedPointQuantizer, Function, HardActivation, HardFunction, ParametrizedActivation,
    ParametrizedFunction, PowerOfTwo, QuantizedLevels, QuantizedTanh,
};
use crate::graph::{TypeRole, WeightRole};
use crate::precision::Precision;

/// What becomes of each element by itself. Numbers are raw; where something is given for each channel, channels repeat over the elements.
#[derive(Debug, Clone, PartialEq)]
pub enum Elementwise {
    /// A chain, perhaps on the input raised to a floor.
    Chained(Chained),
    /// A chain of its own for each element, or zero.
    Fitted(Fitted),
    /// A ReLU with an upper bound.
    Capped(Capped),
    /// Values that take over from a number on.
    Levels(Levels),
    /// A line, clipped to [0, 1].
    Hard(Hard),
    /// One chain for positive numbers, a slope and another chain for the others.
    Leaky(Leaky),
    /// The input above a limit, else zero.
    Thresholded(Thresholded),
    /// A product with a scale, plus a bias.
    Affine(Affine),
    /// A table.
    Lookup(TableLookup),
    /// The input where it is positive, plus an entry of a table.
    SmoothRelu(SmoothRelu),
    /// The product of entries of two tables.
    TableProduct(TableProduct),
}

/// A chain, perhaps on the input raised to a floor: casts and ReLUs.
#[derive(Debug, Clone, PartialEq)]
pub struct Chained {
    /// Numbers below it are raised to it first.
    pub floor: Option<i128>,
    /// What happens then.
    pub chain: Chain,
}

/// A chain of its own for each element.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// The way of each element to the result; `None` for one that is always zero.
    pub chains: Vec<Option<Chain>>,
}

/// A ReLU with an upper bound: zero for numbers below zero, `cap` from `above` on, the chain between.
#[derive(Debug, Clone, PartialEq)]
pub struct Capped {
    /// The smallest number that the cap replaces.
    pub above: i128,
    /// The cap, as a result.
    pub cap: i128,
    /// The way of the other numbers, raised to zero, to the result.
    pub chain: Chain,
}

/// A line, clipped to [0, 1], then a chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Hard {
    /// `slope · x + shift` in full precision.
    pub line: Chain,
    /// The smallest number above one.
    pub above_one: i128,
    /// What takes its place from there on. Numbers below zero become zero.
    pub one: i128,
    /// The way of what is left to the result.
    pub after: Chain,
}

/// One chain for positive numbers, a slope and another chain for the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaky {
    /// For each channel.
    pub slopes: Vec<i128>,
    /// The way of a positive number to the result.
    pub positive: Chain,
    /// The way of `slope · x` to the result.
    pub negative: Chain,
}

/// The input above a limit, else zero; then a chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Thresholded {
    /// The largest number that becomes zero.
    pub limit: i128,
    /// Whether numbers below zero count as larger than any limit: C++ reads them as unsigned where the limit's type is, and is not narrower.
    pub below_zero_passes: bool,
    /// The way of what is left to the result.
    pub chain: Chain,
}

/// A product with a scale, plus a bias: `after((between(scale(x)) << up) + bias)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Affine {
    /// The product with the scale of each channel.
    pub scales: Vec<Line>,
    /// The bias of each channel, at the binary point of the sum.
    pub biases: Vec<i128>,
    /// What is done to the products.
    pub between: Chain,
    /// How far products move left to the binary point of the sum.
    pub up: u32,
    /// The way of the sum to the result.
    pub after: Chain,
}

pub(super) fn activation(layer: Layer<'_>, op: &Activation) -> Result<Elementwise, ArithError> {
    let centred = |curve| lookup::centred(layer, curve, op.table_size).map(Elementwise::Lookup);
    let smooth = |curve| lookup::smooth_relu(layer, curve, op.table_size).map(Elementwise::SmoothRelu);
    match op.function {
        Function::Linear => linear(layer),
        Function::Relu => relu(layer),
        Function::Relu6 => capped_relu(layer, 6),
        Function::Sigmoid => centred(Curve::Sigmoid),
        Function::Tanh => centred(Curve::Tanh),
        Function::Softplus => centred(Curve::Softplus),
        Function::Softsign => centred(Curve::Softsign),
        Function::Selu => lookup::selu(layer, op.table_size).map(Elementwise::Lookup),
        Function::BinaryTanh => sign(layer),
        Function::Gelu => smooth(Curve::Gelu),
        Function::Swish => smooth(Curve::Swish),
        Function::Mish => lookup::mish(layer, op.table_size).map(Elementwise::SmoothRelu),
        Function::Exponential => lookup::exponential(layer).map(Elementwise::TableProduct),
    }
}

pub(super) fn power_of_two(layer: Layer<'_>, op: &PowerOfTwo) -> Result<Elementwise, ArithError> {
    powers_of_two(layer, op).map(Elementwise::Levels)
}

/// Every element cast to the result's type.
pub(super) fn linear(layer: Layer<'_>) -> Result<Elementwise, ArithError> {
    let chain = Chain::of(layer.input_term(0)?).cast(layer.result()?);
    Ok(Elementwise::Chained(Chained { floor: None, chain }))
}

/// Every element cast to a type of its own, then to the result's.
pub(super) fn fitted(layer: Layer<'_>, op: &FixedPointQuantizer) -> Result<Elementwise, ArithError> {
    let types = op.types(&layer.output()?.shape).ok_or_else(|| layer.incomplete("width for each element"))?;
    fitted_to(layer, &types, layer.result()?).map(Elementwise::Fitted)
}

/// Every element of the first input cast to a type of its own, or zero, then to one that all have.
pub(super) fn fitted_to(
    layer: Layer<'_>,
    types: &[Option<FixedType>],
    result: Precision,
) -> Result<Fitted, ArithError> {
    let x = layer.input_term(0)?;
    let chain = |ty: FixedType| {
        let chain = Chain::of(x).cast(ty.into()).cast(result);
        layer.bounded((chain.bits() <= MAX_BITS).then_some(chain))
    };
    let chains = types.iter().map(|ty| ty.map(chain).transpose());
    Ok(Fitted { chains: chains.collect::<Result<_, _>>()? })
}

/// The way of numbers that a ReLU let through to the result.
fn rectified(layer: Layer<'_>) -> Result<Chain, ArithError> {
    let x = layer.input_term(0)?;
    Ok(Chain::of(x.within(x.low.max(0), x.high.max(0))).cast(layer.result()?))
}

fn relu(layer: Layer<'_>) -> Result<Elementwise, ArithError> {
    Ok(Elementwise::Chained(Chained { floor: Some(0), chain: rectified(layer)? }))
}

/// A ReLU that ends at a whole number.
fn capped_relu(layer: Layer<'_>, cap: i32) -> Result<Elementwise, ArithError> {
    let x = layer.input_term(0)?;
    let (above, cap) = (above_whole(layer, &x, cap)?, whole(layer, cap)?);
    Ok(Elementwise::Capped(Capped { above, cap, chain: rectified(layer)? }))
}

/// A small whole number as the raw number that the result has for it.
fn whole(layer: Layer<'_>, number: i32) -> Result<i128, ArithError> {
    layer.evaluate(&Chain::of(Term::int(number)).cast(layer.result()?), number.into())
}

/// The smallest raw number of a term's type that is above a whole number.
fn above_whole(layer: Layer<'_>, x: &Term, number: i32) -> Result<i128, ArithError> {
    let number = i128::from(number);
    match u64::try_from(x.frac()) {
        Ok(bits) => layer.bounded(shifted_left(number, bits)).map(|raw| raw + 1),
        // Steps of more than one.
        Err(_) => Ok((number >> x.frac().unsigned_abs().min(127)) + 1),
    }
}

/// +1 from zero on, else -1; as one bit if that is what the result is.
fn sign(layer: Layer<'_>) -> Result<Elementwise, ArithError> {
    let is_bit = matches!(layer.result()?, Precision::Xnor | Precision::Integer { width: 1, signed: false });
    let below = whole(layer, if is_bit { 0 } else { -1 })?;
    let channels = vec![vec![(0, whole(layer, 1)?)]];
    Ok(Elementwise::Levels(Levels { below, channels, prepare: None }))
}

/// +1 above 1/2, 0 above -1/2, else -1; decided on twice the input in the input's own type.
pub(super) fn ternary_tanh(layer: Layer<'_>) -> Result<Elementwise, ArithError> {
    let x = layer.input_term(0)?;
    let doubled = layer.bounded(Term::int(2).mul(&x))?;
    let two = layer.bounded(shifted_left(2, u64::try_from(doubled.frac() - x.frac()).unwrap_or(0)))?;
    let prepare = Chain::of(x).affine(two, 0, doubled).cast(x.ty);
    let from =
        [(-1, 0), (1, 1)].map(|(above, value)| Ok((above_whole(layer, &x, above)?, whole(layer, value)?)));
    let from = from.into_iter().collect::<Result<Vec<_>, ArithError>>()?;
    let below = whole(layer, -1)?;
    Ok(Elementwise::Levels(Levels { below, channels: vec![from], prepare: Some(prepare) }))
}

/// A comparison with thresholds of the input's type. The result's type follows from the number of levels.
pub(super) fn quantized_tanh(layer: Layer<'_>, op: &QuantizedTanh) -> Result<Elementwise, ArithError> {
    let (below, channels) = match op.levels {
        QuantizedLevels::Binary => {
            let thresholds = layer.raw_weights(WeightRole::Threshold)?;
            (0, thresholds.into_iter().map(|from| vec![(from, 1)]).collect())
        }
        QuantizedLevels::Ternary => {
            let (low, high) =
                (layer.raw_weights(WeightRole::ThresholdLow)?, layer.raw_weights(WeightRole::ThresholdHigh)?);
            let channels = low.into_iter().zip(high).map(|(low, high)| vec![(low + 1, 0), (high + 1, 1)]);
            (-1, channels.collect())
        }
    };
    Ok(Elementwise::Levels(Levels { below, channels, prepare: None }))
}

/// `clip(slope · x + shift, 0, 1)` in full precision, or twice that minus one.
pub(super) fn hard(layer: Layer<'_>, op: &HardActivation) -> Result<Elementwise, ArithError> {
    let x = layer.input_term(0)?;
    let constant = |role, value: f64| -> Result<Term, ArithError> {
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
    let line = Chain::of(x).affine(factor, addend, sum);

    // The limits are stored in a variable of the sum's type, which has room for 1 unless slope or shift have odd types.
    let one = sum.ty.storage().cast_raw(1, 0);
    let clipped = sum.within(one.min(0), one.max(0));
    let after = match op.function {
        HardFunction::Sigmoid => Chain::of(clipped),
        HardFunction::Tanh => {
            let doubled = layer.bounded(clipped.mul(&Term::int(2)))?;
            let less_one = layer.bounded(doubled.sub(&Term::int(1)))?;
            let two = aligned(2, &doubled, &Term::int(1))?;
            let minus_one = aligned(-1, &Term::int(1), &doubled)?;
            Chain::of(clipped).affine(two, minus_one, less_one)
        }
    };
    let after = after.cast(layer.result()?);
    let above_one = above_whole(layer, &sum, 1)?;
    Ok(Elementwise::Hard(Hard { line, above_one, one, after }))
}

pub(super) fn parametrized(layer: Layer<'_>, op: &ParametrizedActivation) -> Result<Elementwise, ArithError> {
    let ty = layer.ty(TypeRole::Param)?.precision;
    let parameter = Term::constant(ty, ty.cast_f64(op.parameter));
    match op.function {
        ParametrizedFunction::LeakyRelu => leaky(layer, ty, vec![parameter.low]),
        ParametrizedFunction::ThresholdedRelu => thresholded(layer, &parameter),
        ParametrizedFunction::Elu => lookup::elu(layer, &parameter, op.table_size).map(Elementwise::Lookup),
    }
}

pub(super) fn prelu(layer: Layer<'_>) -> Result<Elementwise, ArithError> {
    let ty = layer.weight(WeightRole::Param)?.ty.precision;
    leaky(layer, ty, layer.raw_weights(WeightRole::Param)?)
}

/// The input where it is above zero, else its product with a slope: one for all elements, or one for each.
fn leaky(layer: Layer<'_>, ty: Precision, slopes: Vec<i128>) -> Result<Elementwise, ArithError> {
    let (x, slope, result) = (layer.input_term(0)?, layer.variable(ty)?, layer.result()?);
    let positive = Chain::of(x.within(0, x.high.max(0))).cast(result);
    let product = layer.bounded(slope.mul(&x.within(x.low.min(0), 0)))?;
    let negative = Chain::of(product).cast(result);
    Ok(Elementwise::Leaky(Leaky { slopes, positive, negative }))
}

/// The input where it is above the threshold, else zero.
fn thresholded(layer: Layer<'_>, threshold: &Term) -> Result<Elementwise, ArithError> {
    let x = layer.input_term(0)?;
    let chain = Chain::of(x.within(x.low.min(0), x.high.max(0))).cast(layer.result()?);
    // The largest raw number of the input's type that is not above the threshold.
    let dropped = i64::from(threshold.frac()) - i64::from(x.frac());
    let limit = match u64::try_from(dropped) {
        Ok(bits) => Rounding::Trn.apply(threshold.low, bits),
        Err(_) => layer.bounded(shifted_left(threshold.low, dropped.unsigned_abs()))?,
    };
    let unsigned = is_compared_unsigned(x.ty, threshold.ty);
    let limit = if unsigned && threshold.low < 0 { x.high } else { limit };
    Ok(Elementwise::Thresholded(Thresholded { limit, below_zero_passes: unsigned && x.low < 0, chain }))
}

/// Whether `ap_types` compares the bits of two numbers, of which one has a sign, as if neither had: as C does for `int` and `unsigned`, once the
/// unsigned one is as wide as the other and one of them has 32 bits, both moved to the same binary point.
fn is_compared_unsigned(a: Precision, b: Precision) -> bool {
    let (signed, unsigned) = match (a.is_signed(), b.is_signed()) {
        (true, false) => (a, b),
        (false, true) => (b, a),
        (true, true) | (false, false) => return false,
    };
    let width = |ty: Precision, other: Precision| {
        i64::from(ty.width()) + (i64::from(other.frac()) - i64::from(ty.frac())).max(0)
    };
    let (signed, unsigned) = (width(signed, unsigned), width(unsigned, signed));
    unsigned >= signed && unsigned >= 32
}

/// `scale · x + bias`, in full precision up to the cast. Scales and biases repeat over the elements.
pub(super) fn batch_normalization(layer: Layer<'_>) -> Result<Elementwise, ArithError> {
    let (scale, bias_t) = (layer.weight(WeightRole::Scale)?, layer.weight(WeightRole::Bias)?.ty.precision);
    let functor = Functor::new(layer, scale.ty.precision)?;
    let lines = layer.stored(scale)?.into_iter().map(|stored| layer.bounded(functor.line(stored)));
    let scales = lines.collect::<Result<Vec<Line>, _>>()?;
    let product = layer.bounded(functor.product(&scales))?;
    let between = match functor.wraps_in(&product) {
        Some(ty) => Chain::of(product).cast(ty),
        None => Chain::of(product),
    };
    let biases = layer.raw_weights(WeightRole::Bias)?;
    let (least, greatest) = (biases.iter().copied().min(), biases.iter().copied().max());
    let bias = layer.variable(bias_t)?.within(least.unwrap_or(0), greatest.unwrap_or(0));
    let sum = layer.bounded(between.result().add(&bias))?;
    let up = between.result().shift_to_add(&bias);
    let biases = layer.moved_left(biases, bias.shift_to_add(&between.result()))?;
    if scales.is_empty() || scales.len() != biases.len() {
        return Err(layer.incomplete("bias for each scale"));
    }
    let after = Chain::of(sum).cast(layer.result()?);
    Ok(Elementwise::Affine(Affine { scales, biases, between, up, after }))
}
