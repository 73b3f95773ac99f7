//! One table of parameters per quantizer, in the order of QKeras's constructors: it binds positional arguments, reads
//! values and writes them back.

use super::arguments::Arguments;
use super::classes::Quantizer;
use super::error::QuantizerError;
use super::kinds::{Alpha, Bits, Blend, Exponent, Log2Rounding};

/// Widths beyond float32's exponent range have no meaning.
const BITS: (i32, i32) = (1, 64);
const INTEGER: (i32, i32) = (-64, 64);
const AXIS: (i32, i32) = (0, 31);
const UNROLLS: (i32, i32) = (1, 1000);
const POSITIVE: (i32, i32) = (1, 1 << 20);

/// Where a parameter's value lives, and so its kind.
pub(crate) enum Slot<'a> {
    Int(&'a mut i32, (i32, i32)),
    Flag(&'a mut bool),
    Number(&'a mut f64),
    OptionalNumber(&'a mut Option<f64>),
    Axis(&'a mut Option<usize>),
    Alpha(&'a mut Alpha),
    Rounding(&'a mut Log2Rounding),
    /// Accepted, without effect on inference.
    Ignored,
}

/// A parameter: its name in QKeras and its place in our struct.
pub(crate) struct Parameter<'a> {
    pub name: &'static str,
    pub slot: Slot<'a>,
}

impl Parameter<'_> {
    pub fn read(self, arguments: &mut Arguments) -> Result<(), QuantizerError> {
        let name = self.name;
        match self.slot {
            Slot::Int(place, range) => *place = arguments.int(name, *place, range)?,
            Slot::Flag(place) => *place = arguments.flag(name, *place)?,
            Slot::Number(place) => *place = arguments.number(name, *place)?,
            Slot::OptionalNumber(place) => *place = arguments.optional_number(name)?,
            Slot::Axis(place) => *place = read_axis(arguments, name)?,
            Slot::Alpha(place) => *place = arguments.alpha()?,
            Slot::Rounding(place) => *place = read_rounding(arguments, name)?,
            Slot::Ignored => arguments.ignore(name),
        }
        Ok(())
    }
}

fn read_axis(arguments: &mut Arguments, name: &str) -> Result<Option<usize>, QuantizerError> {
    let Some(axis) = arguments.optional_number(name)? else { return Ok(None) };
    if axis.fract() != 0.0 || axis < f64::from(AXIS.0) || axis > f64::from(AXIS.1) {
        return Err(
            arguments.error(name, format!("is {axis}; it must be an axis from {} to {}", AXIS.0, AXIS.1))
        );
    }
    Ok(Some(axis as usize))
}

fn read_rounding(arguments: &mut Arguments, name: &str) -> Result<Log2Rounding, QuantizerError> {
    match arguments.word(name, "rnd")?.as_str() {
        "rnd" => Ok(Log2Rounding::Round),
        "floor" => Ok(Log2Rounding::Floor),
        other => Err(arguments.error(name, format!("must be 'rnd' or 'floor', not {other:?}"))),
    }
}

impl Slot<'_> {
    /// The value in the constructor notation.
    pub fn written(&self) -> String {
        let flag = |b: bool| if b { "True" } else { "False" }.to_owned();
        match self {
            Self::Int(value, _) => value.to_string(),
            Self::Flag(value) => flag(**value),
            Self::Number(value) => format!("{value:?}"),
            Self::OptionalNumber(value) => value.map_or("None".to_owned(), |v| format!("{v:?}")),
            Self::Axis(value) => value.map_or("None".to_owned(), |v| v.to_string()),
            Self::Alpha(Alpha::None) => "None".to_owned(),
            Self::Alpha(Alpha::Number(value)) => format!("{value:?}"),
            Self::Alpha(Alpha::Auto) => "'auto'".to_owned(),
            Self::Alpha(Alpha::AutoPo2) => "'auto_po2'".to_owned(),
            Self::Rounding(Log2Rounding::Round) => "'rnd'".to_owned(),
            Self::Rounding(Log2Rounding::Floor) => "'floor'".to_owned(),
            Self::Ignored => String::new(),
        }
    }
}

fn entry<'a>(name: &'static str, slot: Slot<'a>) -> Parameter<'a> {
    Parameter { name, slot }
}

/// `qnoise_factor` and the three that follow it in every constructor that has it.
fn blend(blend: &mut Blend) -> [Parameter<'_>; 4] {
    [
        entry("qnoise_factor", Slot::Number(&mut blend.qnoise_factor)),
        entry("var_name", Slot::Ignored),
        entry("use_ste", Slot::Flag(&mut blend.use_ste)),
        entry("use_variables", Slot::Ignored),
    ]
}

/// The parameters of `quantizer` in constructor order.
pub(crate) fn of(quantizer: &mut Quantizer) -> Vec<Parameter<'_>> {
    match quantizer {
        Quantizer::Bits(q) => of_bits(q, true),
        Quantizer::Hswish(q) => {
            let mut all = of_bits(&mut q.bits, false);
            all.push(entry("relu_shift", Slot::Int(&mut q.relu_shift, POSITIVE)));
            all.push(entry("relu_upper_bound", Slot::Int(&mut q.relu_upper_bound, POSITIVE)));
            // Saved by QKeras though its constructor does not take it; a hard swish is always signed.
            all.push(entry("keep_negative", Slot::Ignored));
            all
        }
        Quantizer::Relu(q) => {
            let mut all = vec![
                entry("bits", Slot::Int(&mut q.bits, BITS)),
                entry("integer", Slot::Int(&mut q.integer, INTEGER)),
                entry("use_sigmoid", Slot::Flag(&mut q.use_sigmoid)),
                entry("negative_slope", Slot::Number(&mut q.negative_slope)),
                entry("use_stochastic_rounding", Slot::Flag(&mut q.use_stochastic_rounding)),
                entry("relu_upper_bound", Slot::OptionalNumber(&mut q.relu_upper_bound)),
                entry("is_quantized_clip", Slot::Flag(&mut q.is_quantized_clip)),
            ];
            all.extend(blend(&mut q.blend));
            all
        }
        Quantizer::Tanh(q) => vec![
            entry("bits", Slot::Int(&mut q.bits, BITS)),
            entry("use_stochastic_rounding", Slot::Flag(&mut q.use_stochastic_rounding)),
            entry("symmetric", Slot::Flag(&mut q.symmetric)),
            entry("use_real_tanh", Slot::Flag(&mut q.use_real_tanh)),
        ],
        Quantizer::Sigmoid(q) => vec![
            entry("bits", Slot::Int(&mut q.bits, BITS)),
            entry("symmetric", Slot::Flag(&mut q.symmetric)),
            entry("use_real_sigmoid", Slot::Flag(&mut q.use_real_sigmoid)),
            entry("use_stochastic_rounding", Slot::Flag(&mut q.use_stochastic_rounding)),
        ],
        Quantizer::Binary(q) => vec![
            entry("use_01", Slot::Flag(&mut q.use_01)),
            entry("alpha", Slot::Alpha(&mut q.alpha)),
            entry("use_stochastic_rounding", Slot::Flag(&mut q.use_stochastic_rounding)),
        ],
        Quantizer::Ternary(q) => vec![
            entry("alpha", Slot::Alpha(&mut q.alpha)),
            entry("threshold", Slot::OptionalNumber(&mut q.threshold)),
            entry("use_stochastic_rounding", Slot::Flag(&mut q.use_stochastic_rounding)),
            entry("number_of_unrolls", Slot::Int(&mut q.number_of_unrolls, UNROLLS)),
        ],
        Quantizer::StochasticBinary(q) => vec![
            entry("alpha", Slot::Alpha(&mut q.alpha)),
            entry("temperature", Slot::Number(&mut q.temperature)),
            entry("use_real_sigmoid", Slot::Flag(&mut q.use_real_sigmoid)),
        ],
        Quantizer::StochasticTernary(q) => vec![
            entry("alpha", Slot::Alpha(&mut q.alpha)),
            entry("threshold", Slot::OptionalNumber(&mut q.threshold)),
            entry("temperature", Slot::Number(&mut q.temperature)),
            entry("use_real_sigmoid", Slot::Flag(&mut q.use_real_sigmoid)),
            entry("number_of_unrolls", Slot::Int(&mut q.number_of_unrolls, UNROLLS)),
        ],
        Quantizer::Bernoulli(q) => vec![
            entry("alpha", Slot::Alpha(&mut q.alpha)),
            entry("temperature", Slot::Number(&mut q.temperature)),
            entry("use_real_sigmoid", Slot::Flag(&mut q.use_real_sigmoid)),
        ],
        Quantizer::Ulaw(q) => vec![
            entry("bits", Slot::Int(&mut q.bits, BITS)),
            entry("integer", Slot::Int(&mut q.integer, INTEGER)),
            entry("symmetric", Slot::Flag(&mut q.symmetric)),
            entry("u", Slot::Number(&mut q.u)),
        ],
        Quantizer::Po2(q) => of_exponent(&mut q.exponent, None),
        Quantizer::ReluPo2(q) => of_exponent(&mut q.exponent, Some(&mut q.negative_slope)),
    }
}

fn of_bits(q: &mut Bits, has_sign_flag: bool) -> Vec<Parameter<'_>> {
    let mut all = vec![
        entry("bits", Slot::Int(&mut q.bits, BITS)),
        entry("integer", Slot::Int(&mut q.integer, INTEGER)),
        entry("symmetric", Slot::Flag(&mut q.symmetric)),
    ];
    if has_sign_flag {
        all.push(entry("keep_negative", Slot::Flag(&mut q.keep_negative)));
    }
    all.push(entry("alpha", Slot::Alpha(&mut q.alpha)));
    all.push(entry("use_stochastic_rounding", Slot::Flag(&mut q.use_stochastic_rounding)));
    all.push(entry("scale_axis", Slot::Axis(&mut q.scale_axis)));
    all.extend(blend(&mut q.blend));
    all
}

fn of_exponent<'a>(q: &'a mut Exponent, negative_slope: Option<&'a mut f64>) -> Vec<Parameter<'a>> {
    let mut all = vec![
        entry("bits", Slot::Int(&mut q.bits, BITS)),
        entry("max_value", Slot::OptionalNumber(&mut q.max_value)),
    ];
    all.extend(negative_slope.map(|slope| entry("negative_slope", Slot::Number(slope))));
    all.push(entry("use_stochastic_rounding", Slot::Flag(&mut q.use_stochastic_rounding)));
    all.push(entry("quadratic_approximation", Slot::Flag(&mut q.quadratic_approximation)));
    all.push(entry("log2_rounding", Slot::Rounding(&mut q.log2_rounding)));
    all.extend(blend(&mut q.blend));
    all
}

/// Checks what QKeras's constructors assert, and applies what they derive.
pub(crate) fn settle(quantizer: &mut Quantizer, arguments: &Arguments) -> Result<(), QuantizerError> {
    match quantizer {
        Quantizer::Bits(q) => q.symmetric |= q.alpha.is_automatic(),
        Quantizer::Hswish(q) => q.bits.symmetric |= q.bits.alpha.is_automatic(),
        Quantizer::Relu(q) => check_slope(q.negative_slope, arguments)?,
        Quantizer::Po2(q) => check_max_value(&q.exponent, arguments)?,
        Quantizer::ReluPo2(q) => {
            check_slope(q.negative_slope, arguments)?;
            check_max_value(&q.exponent, arguments)?;
        }
        Quantizer::Ulaw(q) if q.u <= 0.0 => return Err(arguments.error("u", "must be positive")),
        Quantizer::Ternary(q) => check_threshold(q.alpha, q.threshold, arguments)?,
        Quantizer::StochasticTernary(q) => check_threshold(q.alpha, q.threshold, arguments)?,
        Quantizer::Ulaw(_) | Quantizer::Tanh(_) | Quantizer::Sigmoid(_) => {}
        Quantizer::Binary(_) | Quantizer::StochasticBinary(_) | Quantizer::Bernoulli(_) => {}
    }
    Ok(())
}

fn check_slope(slope: f64, arguments: &Arguments) -> Result<(), QuantizerError> {
    if slope == 0.0 || (slope > 0.0 && slope.log2().fract() == 0.0) {
        return Ok(());
    }
    Err(arguments.error("negative_slope", format!("is {slope}; it must be 0 or a power of two")))
}

fn check_max_value(exponent: &Exponent, arguments: &Arguments) -> Result<(), QuantizerError> {
    match exponent.max_value {
        Some(value) if value < 0.0 => {
            Err(arguments.error("max_value", format!("is {value}; it must not be negative")))
        }
        _ => Ok(()),
    }
}

fn check_threshold(
    alpha: Alpha,
    threshold: Option<f64>,
    arguments: &Arguments,
) -> Result<(), QuantizerError> {
    if alpha.is_automatic() && threshold.is_some() {
        return Err(
            arguments.error("threshold", "must not be given with an automatic alpha, which computes it")
        );
    }
    Ok(())
}
