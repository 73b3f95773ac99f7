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
    /// Whether the last refinement of an automatic scale is followed by the values that belong to it, as in QKeras v3; QKeras 0.9 keeps
    /// those of the scale before.
    pub ends_with_values: bool,
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
            ends_with_values: false,
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
