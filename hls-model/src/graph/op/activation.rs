//! Functions of one element.

use serde_json::{Value, json};

use super::inference::{Known, constant};
use crate::graph::types::{NamedType, TypeRole};
use crate::precision::Precision;

/// A function of one element, without parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Activation {
    /// Which function.
    pub function: Function,
    /// hls4ml's `activation` attribute, which names the configuration struct: `ReLU` from a layer of that class.
    pub label: String,
    /// Number of elements.
    pub n_in: usize,
    /// Entries of the table, for functions that use one.
    pub table_size: u64,
}

/// Entries of a table in hls4ml.
pub(super) const TABLE_SIZE: u64 = 1024;

/// As many for each unit of the input as GELU and swish have: 128.
pub(super) const MISH_TABLE_SIZE: u64 = 4096;

/// Functions that [`Activation`] can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// x
    Linear,
    /// max(x, 0)
    Relu,
    /// min(max(x, 0), 6)
    Relu6,
    /// 1 / (1 + e⁻ˣ), by table over [-8, 8)
    Sigmoid,
    /// tanh x, by table over [-4, 4)
    Tanh,
    /// ln(1 + eˣ), by table over [-8, 8)
    Softplus,
    /// x / (1 + |x|), by table over [-8, 8)
    Softsign,
    /// scaled exponential linear unit, by table over (-8, 0]
    Selu,
    /// +1 where x ≥ 0, else -1
    BinaryTanh,
    /// x · Φ(x), by table over (-8, 0]; hls4ml does not have it
    Gelu,
    /// x / (1 + e⁻ˣ), by table over (-8, 0]; hls4ml does not have it
    Swish,
    /// x · tanh(ln(1 + eˣ)), by table over [-16, 16); hls4ml does not have it
    Mish,
    /// eˣ, by the product of entries of two tables ([`Exponential`](super::Exponential)); hls4ml does not have it
    Exponential,
}

impl Function {
    /// Every function, for parsing and documentation.
    pub const ALL: [Self; 13] = [
        Self::Linear,
        Self::Relu,
        Self::Relu6,
        Self::Sigmoid,
        Self::Tanh,
        Self::Softplus,
        Self::Softsign,
        Self::Selu,
        Self::BinaryTanh,
        Self::Gelu,
        Self::Swish,
        Self::Mish,
        Self::Exponential,
    ];

    /// hls4ml's name, also that of the C++ function.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Relu => "relu",
            Self::Relu6 => "relu6",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Softplus => "softplus",
            Self::Softsign => "softsign",
            Self::Selu => "selu",
            Self::BinaryTanh => "binary_tanh",
            Self::Gelu => "gelu",
            Self::Swish => "swish",
            Self::Mish => "mish",
            Self::Exponential => "exponential",
        }
    }

    /// Entries of the table unless a configuration says otherwise.
    #[must_use]
    pub fn default_table_size(self) -> u64 {
        match self {
            Self::Mish => MISH_TABLE_SIZE,
            Self::Linear
            | Self::Relu
            | Self::Relu6
            | Self::Sigmoid
            | Self::Tanh
            | Self::Softplus
            | Self::Softsign
            | Self::Selu
            | Self::BinaryTanh
            | Self::Gelu
            | Self::Swish
            | Self::Exponential => TABLE_SIZE,
        }
    }

    /// The function with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.as_str() == name)
    }
}

/// `clip(slope · x + shift, 0, 1)`, or twice that minus one.
#[derive(Debug, Clone, PartialEq)]
pub struct HardActivation {
    /// Which of the two.
    pub function: HardFunction,
    /// Where it comes from, which decides the types of slope and shift.
    pub origin: HardOrigin,
    /// Slope, as a real number; its type decides what of it remains.
    pub slope: f64,
    /// Shift, likewise.
    pub shift: f64,
    /// Number of elements.
    pub n_in: usize,
    /// Entries of a table that is not used.
    pub table_size: u64,
}

/// Where a hard activation comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HardOrigin {
    /// Keras 2's `hard_sigmoid`: slope 0.2, kept in 16 bits.
    Keras,
    /// Keras 3's, which hls4ml takes for that of Keras 2; its slope is 1/6.
    Keras3,
    /// A QKeras quantizer: slope and shift 0.5, kept in 2 bits.
    QKeras,
}

impl HardActivation {
    /// One with the slope and the shift that it has where it comes from.
    #[must_use]
    pub fn new(function: HardFunction, origin: HardOrigin, n_in: usize, table_size: u64) -> Self {
        let slope = match origin {
            HardOrigin::Keras | HardOrigin::Keras3 => 0.2,
            HardOrigin::QKeras => 0.5,
        };
        Self { function, origin, slope, shift: 0.5, n_in, table_size }
    }

    /// The slope where no bits are counted.
    pub(crate) fn exact_slope(&self) -> f64 {
        match self.origin {
            HardOrigin::Keras | HardOrigin::QKeras => self.slope,
            HardOrigin::Keras3 => 1.0 / 6.0,
        }
    }

    /// The type that the slope is kept in.
    #[must_use]
    pub fn slope_type(&self) -> Precision {
        Precision::ufixed(self.origin.slope_bits(), 0)
    }

    /// The type that the shift is kept in.
    #[must_use]
    pub fn shift_type(&self) -> Precision {
        Precision::ufixed(2, 0)
    }

    /// The types of slope and shift of the node with this name and index, which no configuration changes.
    pub(super) fn own_types(&self, node: &str, index: usize) -> Vec<(TypeRole, NamedType)> {
        let (slope, shift) = (self.slope_type(), self.shift_type());
        let attributes = match self.origin {
            HardOrigin::Keras | HardOrigin::Keras3 => vec![],
            HardOrigin::QKeras => vec![
                (TypeRole::SlopePrecision, NamedType::new(format!("{node}_slope_prec"), slope)),
                (TypeRole::ShiftPrecision, NamedType::new(format!("{node}_shift_prec"), shift)),
            ],
        };
        let variables = [
            (TypeRole::Slope, NamedType::new(format!("slope{index}_t"), slope)),
            (TypeRole::Shift, NamedType::new(format!("shift{index}_t"), shift)),
        ];
        attributes.into_iter().chain(variables).collect()
    }
}

impl HardOrigin {
    /// Bits in which the slope is kept, all of them fractional.
    pub(crate) fn slope_bits(self) -> u32 {
        match self {
            Self::Keras | Self::Keras3 => 16,
            Self::QKeras => 2,
        }
    }
}

/// The two hard activations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HardFunction {
    /// `clip(slope · x + shift, 0, 1)`
    Sigmoid,
    /// `2 · clip(slope · x + shift, 0, 1) - 1`
    Tanh,
}

impl HardFunction {
    /// hls4ml's name, also that of the C++ function.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sigmoid => "hard_sigmoid",
            Self::Tanh => "hard_tanh",
        }
    }
}

/// A function of one element with one number as parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct ParametrizedActivation {
    /// Which function.
    pub function: ParametrizedFunction,
    /// hls4ml's `activation` attribute, which names the configuration struct: `leaky_relu` from an activation
    /// argument, `LeakyReLU` from a layer.
    pub label: String,
    /// The parameter.
    pub parameter: f64,
    /// Number of elements.
    pub n_in: usize,
    /// Entries of the table, for functions that use one.
    pub table_size: u64,
}

/// Functions that [`ParametrizedActivation`] can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParametrizedFunction {
    /// x where x ≥ 0, else parameter · x
    LeakyRelu,
    /// x where x > parameter, else 0
    ThresholdedRelu,
    /// x where x ≥ 0, else parameter · (eˣ - 1), by table over (-8, 0]
    Elu,
}

impl ParametrizedFunction {
    /// Name of the C++ function.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeakyRelu => "leaky_relu",
            Self::ThresholdedRelu => "thresholded_relu",
            Self::Elu => "elu",
        }
    }
}

/// A leaky ReLU with a slope for each element.
#[derive(Debug, Clone, PartialEq)]
pub struct PRelu {
    /// hls4ml's name for it, as it stands in configuration structs.
    pub label: String,
    /// Number of elements.
    pub n_in: usize,
    /// Entries of a table that is not used.
    pub table_size: u64,
}

/// +1 above the threshold, -1 at or below its negative, else 0.
#[derive(Debug, Clone, PartialEq)]
pub struct TernaryTanh {
    /// The threshold; 0.5 after the pass that puts a scale before it.
    pub threshold: f64,
    /// Number of elements.
    pub n_in: usize,
    /// Entries of a table that is not used.
    pub table_size: u64,
}

fn common(activation: &str, n_in: usize, table_size: u64) -> Vec<(&'static str, Value)> {
    vec![("activation", json!(activation)), ("n_in", json!(n_in)), ("table_size", json!(table_size))]
}

impl Activation {
    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        common(&self.label, self.n_in, self.table_size)
    }
}

impl HardActivation {
    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        let mut attributes = common(self.function.as_str(), self.n_in, self.table_size);
        attributes.extend([("slope", json!(self.slope)), ("shift", json!(self.shift))]);
        attributes
    }
}

impl ParametrizedActivation {
    /// The type of the parameter.
    pub(super) fn parameter_type(&self, known: &Known) -> Precision {
        match self.function {
            ParametrizedFunction::ThresholdedRelu => known.input(0),
            ParametrizedFunction::LeakyRelu | ParametrizedFunction::Elu => constant(self.parameter),
        }
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        let mut attributes = common(&self.label, self.n_in, self.table_size);
        attributes.push(("activ_param", json!(self.parameter)));
        attributes
    }
}

impl PRelu {
    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        common(&self.label, self.n_in, self.table_size)
    }
}

impl TernaryTanh {
    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        let mut attributes = common("ternary_tanh", self.n_in, self.table_size);
        attributes.push(("threshold", json!(self.threshold)));
        attributes
    }
}
