//! The quantizers' parameters: names, order and defaults as in QKeras 0.9.0's constructors.

/// How the output of a quantizer is scaled.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Alpha {
    /// Not at all.
    #[default]
    None,
    /// By a constant.
    Number(f64),
    /// By the best value for each output channel.
    Auto,
    /// By the best power of two for each output channel.
    AutoPo2,
}

impl Alpha {
    /// Whether the scale is computed from the weights.
    #[must_use]
    pub fn is_automatic(self) -> bool {
        matches!(self, Self::Auto | Self::AutoPo2)
    }

    /// The constant, if it is one.
    #[must_use]
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number),
            Self::None | Self::Auto | Self::AutoPo2 => None,
        }
    }
}

/// How a power-of-two quantizer picks the exponent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Log2Rounding {
    /// The nearest exponent (ties to even).
    #[default]
    Round,
    /// The exponent below.
    Floor,
}

/// How much of the quantized value replaces the original one (both parameters of most quantizers).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blend {
    /// 0 leaves values as they are, 1 (the default) quantizes fully.
    pub qnoise_factor: f64,
    /// Whether the straight-through form is used; it decides the order of float32 operations.
    pub use_ste: bool,
}

impl Default for Blend {
    fn default() -> Self {
        Self { qnoise_factor: 1.0, use_ste: true }
    }
}

/// `quantized_bits`: `bits` wide with `integer` bits left of the point (a sign not counted).
#[derive(Debug, Clone, PartialEq)]
pub struct Bits {
    /// Total width, sign included.
    pub bits: i32,
    /// Integer bits, sign excluded.
    pub integer: i32,
    /// Whether the most negative value is left out. Always true with an automatic scale.
    pub symmetric: bool,
    /// Whether there is a sign.
    pub keep_negative: bool,
    /// The scale.
    pub alpha: Alpha,
    /// Random rounding in training; inference rounds to nearest.
    pub use_stochastic_rounding: bool,
    /// The axis that has one automatic scale per entry; the last one if not given.
    pub scale_axis: Option<usize>,
    /// Mix of original and quantized value.
    pub blend: Blend,
}

impl Default for Bits {
    fn default() -> Self {
        Self {
            bits: 8,
            integer: 0,
            symmetric: false,
            keep_negative: true,
            alpha: Alpha::None,
            use_stochastic_rounding: false,
            scale_axis: None,
            blend: Blend::default(),
        }
    }
}

/// `quantized_relu`.
#[derive(Debug, Clone, PartialEq)]
pub struct Relu {
    /// Total width (with a sign only if `negative_slope` is not 0).
    pub bits: i32,
    /// Integer bits, sign excluded.
    pub integer: i32,
    /// Whether a hard sigmoid normalizes the input first.
    pub use_sigmoid: bool,
    /// 0 or a power of two.
    pub negative_slope: f64,
    /// Random rounding in training; inference rounds to nearest.
    pub use_stochastic_rounding: bool,
    /// Upper bound, in force only without `is_quantized_clip`.
    pub relu_upper_bound: Option<f64>,
    /// Whether the value range of the type is the bound.
    pub is_quantized_clip: bool,
    /// Mix of original and quantized value.
    pub blend: Blend,
}

impl Default for Relu {
    fn default() -> Self {
        Self {
            bits: 8,
            integer: 0,
            use_sigmoid: false,
            negative_slope: 0.0,
            use_stochastic_rounding: false,
            relu_upper_bound: None,
            is_quantized_clip: true,
            blend: Blend::default(),
        }
    }
}

/// `quantized_tanh`.
#[derive(Debug, Clone, PartialEq)]
pub struct Tanh {
    /// Total width, sign included.
    pub bits: i32,
    /// Random rounding in training; inference rounds to nearest.
    pub use_stochastic_rounding: bool,
    /// Whether -1 is left out.
    pub symmetric: bool,
    /// Real tanh instead of the piecewise linear one.
    pub use_real_tanh: bool,
}

impl Default for Tanh {
    fn default() -> Self {
        Self { bits: 8, use_stochastic_rounding: false, symmetric: false, use_real_tanh: false }
    }
}

/// `quantized_sigmoid`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sigmoid {
    /// Total width, unsigned.
    pub bits: i32,
    /// Whether 0 is left out.
    pub symmetric: bool,
    /// Real sigmoid instead of the piecewise linear one.
    pub use_real_sigmoid: bool,
    /// Random rounding in training; inference rounds to nearest.
    pub use_stochastic_rounding: bool,
}

impl Default for Sigmoid {
    fn default() -> Self {
        Self { bits: 8, symmetric: false, use_real_sigmoid: false, use_stochastic_rounding: false }
    }
}

/// `binary`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Binary {
    /// 0 and 1 instead of -1 and 1.
    pub use_01: bool,
    /// The scale.
    pub alpha: Alpha,
    /// Random rounding in training; inference takes the sign.
    pub use_stochastic_rounding: bool,
}

/// `ternary`.
#[derive(Debug, Clone, PartialEq)]
pub struct Ternary {
    /// The scale.
    pub alpha: Alpha,
    /// Half width of the dead band (0.33 if not given); computed with an automatic scale.
    pub threshold: Option<f64>,
    /// Random rounding in training; inference rounds to nearest.
    pub use_stochastic_rounding: bool,
    /// Refinements of the automatic scale.
    pub number_of_unrolls: i32,
}

impl Default for Ternary {
    fn default() -> Self {
        Self { alpha: Alpha::None, threshold: None, use_stochastic_rounding: false, number_of_unrolls: 5 }
    }
}

/// `stochastic_binary`: `binary` in inference.
#[derive(Debug, Clone, PartialEq)]
pub struct StochasticBinary {
    /// The scale.
    pub alpha: Alpha,
    /// Steepness of the probability in training.
    pub temperature: f64,
    /// Real sigmoid for the probability in training.
    pub use_real_sigmoid: bool,
}

impl Default for StochasticBinary {
    fn default() -> Self {
        Self { alpha: Alpha::None, temperature: 6.0, use_real_sigmoid: true }
    }
}

/// `stochastic_ternary`: `ternary` in inference.
#[derive(Debug, Clone, PartialEq)]
pub struct StochasticTernary {
    /// The scale.
    pub alpha: Alpha,
    /// Half width of the dead band.
    pub threshold: Option<f64>,
    /// Steepness of the probability in training.
    pub temperature: f64,
    /// Real sigmoid for the probability in training.
    pub use_real_sigmoid: bool,
    /// Refinements of the automatic scale.
    pub number_of_unrolls: i32,
}

impl Default for StochasticTernary {
    fn default() -> Self {
        Self {
            alpha: Alpha::None,
            threshold: None,
            temperature: 8.0,
            use_real_sigmoid: true,
            number_of_unrolls: 5,
        }
    }
}

/// `bernoulli`.
#[derive(Debug, Clone, PartialEq)]
pub struct Bernoulli {
    /// The scale.
    pub alpha: Alpha,
    /// Steepness of the probability.
    pub temperature: f64,
    /// Real sigmoid for the probability.
    pub use_real_sigmoid: bool,
}

impl Default for Bernoulli {
    fn default() -> Self {
        Self { alpha: Alpha::None, temperature: 6.0, use_real_sigmoid: true }
    }
}

/// `quantized_ulaw`.
#[derive(Debug, Clone, PartialEq)]
pub struct Ulaw {
    /// Total width, sign included.
    pub bits: i32,
    /// Integer bits, sign excluded.
    pub integer: i32,
    /// Whether the most negative value is left out.
    pub symmetric: bool,
    /// The companding parameter.
    pub u: f64,
}

impl Default for Ulaw {
    fn default() -> Self {
        Self { bits: 8, integer: 0, symmetric: false, u: 255.0 }
    }
}

/// `quantized_po2`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Po2 {
    /// The exponent part.
    pub exponent: Exponent,
}

/// What both power-of-two quantizers share.
#[derive(Debug, Clone, PartialEq)]
pub struct Exponent {
    /// Total width: exponent, its sign and (`quantized_po2` only) the value's sign.
    pub bits: i32,
    /// Largest magnitude; at most 1 frees the exponent's sign bit.
    pub max_value: Option<f64>,
    /// Random rounding in training; inference rounds to nearest.
    pub use_stochastic_rounding: bool,
    /// Even exponents only.
    pub quadratic_approximation: bool,
    /// Rounding of the exponent.
    pub log2_rounding: Log2Rounding,
    /// Mix of original and quantized value.
    pub blend: Blend,
}

impl Default for Exponent {
    fn default() -> Self {
        Self {
            bits: 8,
            max_value: None,
            use_stochastic_rounding: false,
            quadratic_approximation: false,
            log2_rounding: Log2Rounding::Round,
            blend: Blend::default(),
        }
    }
}

/// `quantized_relu_po2`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReluPo2 {
    /// The exponent part.
    pub exponent: Exponent,
    /// 0 or a power of two.
    pub negative_slope: f64,
}

/// `quantized_hswish`.
#[derive(Debug, Clone, PartialEq)]
pub struct Hswish {
    /// The fixed-point part.
    pub bits: Bits,
    /// Shift of the inner ReLU, positive.
    pub relu_shift: i32,
    /// Bound of the inner ReLU, positive.
    pub relu_upper_bound: i32,
}

impl Default for Hswish {
    fn default() -> Self {
        Self { bits: Bits::default(), relu_shift: 3, relu_upper_bound: 6 }
    }
}

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
