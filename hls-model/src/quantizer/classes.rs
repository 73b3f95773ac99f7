//! All quantizers as one type, and their class names.

use super::kinds::{
    Alpha, Bernoulli, Binary, Bits, Exponent, Hswish, Po2, Relu, ReluPo2, Sigmoid, StochasticBinary,
    StochasticTernary, Tanh, Ternary, Ulaw,
};

/// A QKeras quantizer with all its parameters.
///
/// Exhaustive on purpose: code that decides by it has to decide for a new one.
#[derive(Debug, Clone, PartialEq)]
pub enum Quantizer {
    /// `quantized_bits`: fixed point, optionally scaled.
    Bits(Bits),
    /// `quantized_relu`: unsigned fixed point, or signed with a leaky negative side.
    Relu(Relu),
    /// `quantized_tanh`: hard or real tanh in fixed point.
    Tanh(Tanh),
    /// `quantized_sigmoid`: hard or real sigmoid in fixed point.
    Sigmoid(Sigmoid),
    /// `binary`: the sign.
    Binary(Binary),
    /// `ternary`: the sign with a dead band.
    Ternary(Ternary),
    /// `stochastic_binary`: random in training, `binary` in inference.
    StochasticBinary(StochasticBinary),
    /// `stochastic_ternary`: random in training, `ternary` in inference.
    StochasticTernary(StochasticTernary),
    /// `bernoulli`: random even in inference.
    Bernoulli(Bernoulli),
    /// `quantized_ulaw`: logarithmic companding.
    Ulaw(Ulaw),
    /// `quantized_po2`: signed powers of two.
    Po2(Po2),
    /// `quantized_relu_po2`: powers of two, zero side leaky.
    ReluPo2(ReluPo2),
    /// `quantized_hswish`: hard swish, then fixed point.
    Hswish(Hswish),
}

impl Quantizer {
    /// The class names of all QKeras quantizers, in the order of the variants.
    pub const CLASS_NAMES: &'static [&'static str] = &NAMES;

    /// Whether `name` is the class name of a QKeras quantizer.
    #[must_use]
    pub fn is_class_name(name: &str) -> bool {
        NAMES.contains(&name)
    }

    /// What to use instead of a quantizer that QKeras has only had since release 0.9.0.
    pub(crate) fn replacement(name: &str) -> Option<&'static str> {
        match name {
            "quantized_linear" => Some(
                "use quantized_bits with the same bits, integer, symmetric and keep_negative and with alpha=1, which does the same",
            ),
            _ => None,
        }
    }

    /// The QKeras class name, e.g. `quantized_bits`.
    #[must_use]
    pub fn class_name(&self) -> &'static str {
        class_name(self)
    }

    /// The scale parameter; [`Alpha::None`] for quantizers without one.
    #[must_use]
    pub fn alpha(&self) -> Alpha {
        match self {
            Self::Bits(q) => q.alpha,
            Self::Hswish(q) => q.bits.alpha,
            Self::Binary(q) => q.alpha,
            Self::Ternary(q) => q.alpha,
            Self::StochasticBinary(q) => q.alpha,
            Self::StochasticTernary(q) => q.alpha,
            Self::Bernoulli(q) => q.alpha,
            Self::Relu(_) | Self::Tanh(_) | Self::Sigmoid(_) => Alpha::None,
            Self::Ulaw(_) | Self::Po2(_) | Self::ReluPo2(_) => Alpha::None,
        }
    }

    /// The same quantizer with `alpha=1`: values that have had their scale taken out pass it unchanged.
    #[must_use]
    pub fn with_unit_alpha(&self) -> Self {
        let mut unscaled = self.clone();
        let alpha = match &mut unscaled {
            Self::Bits(q) => &mut q.alpha,
            Self::Hswish(q) => &mut q.bits.alpha,
            Self::Binary(q) => &mut q.alpha,
            Self::Ternary(q) => &mut q.alpha,
            Self::StochasticBinary(q) => &mut q.alpha,
            Self::StochasticTernary(q) => &mut q.alpha,
            Self::Bernoulli(q) => &mut q.alpha,
            Self::Relu(_) | Self::Tanh(_) | Self::Sigmoid(_) => return unscaled,
            Self::Ulaw(_) | Self::Po2(_) | Self::ReluPo2(_) => return unscaled,
        };
        *alpha = Alpha::Number(1.0);
        unscaled
    }

    /// `quantized_po2(bits)`.
    #[must_use]
    pub fn power_of_two(bits: u32) -> Self {
        let bits = i32::try_from(bits).unwrap_or(i32::MAX);
        Self::Po2(Po2 { exponent: Exponent { bits, ..Exponent::default() } })
    }
}

/// The accepted class names, in the order of [`Quantizer`]'s variants.
pub(super) const NAMES: [&str; 13] = [
    "quantized_bits",
    "quantized_relu",
    "quantized_tanh",
    "quantized_sigmoid",
    "binary",
    "ternary",
    "stochastic_binary",
    "stochastic_ternary",
    "bernoulli",
    "quantized_ulaw",
    "quantized_po2",
    "quantized_relu_po2",
    "quantized_hswish",
];

fn class_name(quantizer: &Quantizer) -> &'static str {
    let [
        bits,
        relu,
        tanh,
        sigmoid,
        binary,
        ternary,
        st_binary,
        st_ternary,
        bernoulli,
        ulaw,
        po2,
        relu_po2,
        hswish,
    ] = NAMES;
    match quantizer {
        Quantizer::Bits(_) => bits,
        Quantizer::Relu(_) => relu,
        Quantizer::Tanh(_) => tanh,
        Quantizer::Sigmoid(_) => sigmoid,
        Quantizer::Binary(_) => binary,
        Quantizer::Ternary(_) => ternary,
        Quantizer::StochasticBinary(_) => st_binary,
        Quantizer::StochasticTernary(_) => st_ternary,
        Quantizer::Bernoulli(_) => bernoulli,
        Quantizer::Ulaw(_) => ulaw,
        Quantizer::Po2(_) => po2,
        Quantizer::ReluPo2(_) => relu_po2,
        Quantizer::Hswish(_) => hswish,
    }
}

/// The quantizer with QKeras's default parameters.
pub(super) fn default_of(name: &str) -> Option<Quantizer> {
    let all: [Quantizer; NAMES.len()] = [
        Quantizer::Bits(Bits::default()),
        Quantizer::Relu(Relu::default()),
        Quantizer::Tanh(Tanh::default()),
        Quantizer::Sigmoid(Sigmoid::default()),
        Quantizer::Binary(Binary::default()),
        Quantizer::Ternary(Ternary::default()),
        Quantizer::StochasticBinary(StochasticBinary::default()),
        Quantizer::StochasticTernary(StochasticTernary::default()),
        Quantizer::Bernoulli(Bernoulli::default()),
        Quantizer::Ulaw(Ulaw::default()),
        Quantizer::Po2(Po2::default()),
        Quantizer::ReluPo2(ReluPo2::default()),
        Quantizer::Hswish(Hswish::default()),
    ];
    all.into_iter().find(|quantizer| class_name(quantizer) == name)
}
