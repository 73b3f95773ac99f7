//! The `activation` field of layers: a Keras function, a QKeras function, or a quantizer, in every spelling.

use std::fmt;

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value as Json;

use crate::quantizer::Quantizer;

/// An activation.
#[derive(Debug, Clone, PartialEq)]
pub enum Activation {
    /// A function known by name.
    Function(ActivationFunction),
    /// A QKeras quantizer.
    Quantizer(Quantizer),
}

impl Default for Activation {
    fn default() -> Self {
        Self::Function(ActivationFunction::Linear)
    }
}

macro_rules! activation_functions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The functions that Keras 2 and QKeras know by name. QKeras's `hard_sigmoid` (slope 0.5) has the name of
        /// Keras's (slope 0.2): in a `QActivation` it is QKeras's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ActivationFunction {
            $($(#[$doc])* $variant,)*
        }

        impl ActivationFunction {
            /// All functions.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in model files.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

activation_functions! {
    /// Identity.
    Linear = "linear",
    /// `max(x, 0)`.
    Relu = "relu",
    /// `min(max(x, 0), 6)`.
    Relu6 = "relu6",
    /// Logistic function.
    Sigmoid = "sigmoid",
    /// Hyperbolic tangent.
    Tanh = "tanh",
    /// Exponentials over their sum along the last axis.
    Softmax = "softmax",
    /// `ln(1 + e^x)`.
    Softplus = "softplus",
    /// `x / (1 + |x|)`.
    Softsign = "softsign",
    /// `x` or `e^x - 1`.
    Elu = "elu",
    /// Scaled ELU.
    Selu = "selu",
    /// `e^x`.
    Exponential = "exponential",
    /// Piecewise linear sigmoid.
    HardSigmoid = "hard_sigmoid",
    /// ReLU with slope 0.2 below zero.
    LeakyRelu = "leaky_relu",
    /// `x · sigmoid(x)`.
    Swish = "swish",
    /// Gaussian error linear unit.
    Gelu = "gelu",
    /// `x · tanh(softplus(x))`.
    Mish = "mish",
    /// QKeras: `2 · hard_sigmoid(x) - 1`.
    HardTanh = "hard_tanh",
    /// QKeras: `clip(0.1875 x + 0.5, 0, 1)`.
    SmoothSigmoid = "smooth_sigmoid",
    /// QKeras: `2 · smooth_sigmoid(x) - 1`.
    SmoothTanh = "smooth_tanh",
    /// QKeras: rounded hard sigmoid.
    BinarySigmoid = "binary_sigmoid",
    /// QKeras: -1 or 1.
    BinaryTanh = "binary_tanh",
    /// -1, 0 or 1.
    TernaryTanh = "ternary_tanh",
}

impl ActivationFunction {
    /// Finds a function by the name that model files use.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name = match name {
            "silu" => "swish",
            // TensorFlow's own function.
            "exp" => "exponential",
            other => other,
        };
        Self::ALL.iter().copied().find(|function| function.name() == name)
    }
}

impl fmt::Display for ActivationFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Activation {
    /// Reads the value of an `activation` field.
    ///
    /// # Errors
    /// Says what is wrong and which names are known.
    pub fn from_json(value: &Json) -> Result<Self, String> {
        match value {
            Json::Null => Ok(Self::default()),
            Json::String(text) => Self::from_text(text),
            Json::Object(_) if is_python_code(value) => Err(PYTHON_CODE.to_owned()),
            Json::Object(object) => {
                match (object.get("class_name").and_then(Json::as_str), object.get("config")) {
                    // Plain functions are serialized as an object under some Keras 2 versions.
                    (Some("function"), Some(Json::String(name))) => Self::from_text(name),
                    (Some(class), _) if !is_quantizer(class) => Err(format!(
                        "{class:?} is not an activation that can be converted; use a layer of its own or a QKeras quantizer"
                    )),
                    _ => Quantizer::from_json(value).map(Self::Quantizer).map_err(|e| e.to_string()),
                }
            }
            other => Err(format!("{other} is not an activation")),
        }
    }

    fn from_text(text: &str) -> Result<Self, String> {
        // "package>function" is how a registered function is saved.
        if text.trim() == "<lambda>" {
            return Err(PYTHON_CODE.to_owned());
        }
        let name = text.rsplit('>').next().unwrap_or(text).trim();
        if let Some(function) = ActivationFunction::from_name(name) {
            return Ok(Self::Function(function));
        }
        if name.contains('(') || is_quantizer(name) {
            return Quantizer::parse(name).map(Self::Quantizer).map_err(|e| e.to_string());
        }
        if let Some(advice) = replacement(name) {
            return Err(format!("the activation {text:?} is not possible; {advice}"));
        }
        let known: Vec<_> = ActivationFunction::ALL.iter().map(|f| f.name()).collect();
        Err(format!(
            "{text:?} is not a known activation; the known ones are {} and the QKeras quantizers",
            known.join(", ")
        ))
    }
}

/// What to use in place of functions that Keras and TensorFlow have and hardware has not.
fn replacement(name: &str) -> Option<&'static str> {
    match name.trim_end_matches("_v2") {
        "log_softmax" => {
            Some("end the model with softmax, or without an activation: the largest output is the same one")
        }
        "hard_silu" | "hard_swish" => Some("use swish"),
        "celu" => Some("use elu"),
        "crelu" => Some("use relu, once on the input and once on its negative, and Concatenate"),
        "log_sigmoid" => Some("use softplus, on the negative of the input, and negate the result"),
        _ => None,
    }
}

fn is_quantizer(class: &str) -> bool {
    let name = class.rsplit('>').next().unwrap_or(class);
    Quantizer::is_class_name(name) || Quantizer::replacement(name).is_some()
}

const PYTHON_CODE: &str = "it is a Python function without a name (a lambda), whose code cannot be converted; use an activation \
                           that Keras or QKeras has a name for";

/// Whether an object holds a function's code: `{"value": ["4wEAAAAA…", null, null]}` is what Keras 2 writes for a lambda.
fn is_python_code(value: &Json) -> bool {
    let code = |value: &Json| value.get("value").and_then(|value| value.get(0)).is_some_and(Json::is_string);
    match value.get("class_name").and_then(Json::as_str) {
        Some("__lambda__") => true,
        Some(_) => value.get("config").is_some_and(code),
        None => code(value),
    }
}

impl<'de> Deserialize<'de> for Activation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json(&Json::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// The activation of an `Activation` or `QActivation` layer.
pub(in crate::source) fn of_layer(config: &Json) -> Result<Activation, String> {
    let value = config.get("activation").ok_or("the field `activation` is missing")?;
    Activation::from_json(value).map_err(|e| format!("`activation`: {e}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_activation_is_called_what_it_is() {
        for (written, expected) in [
            (json!({ "value": ["4wEAAAAAAAAA\n", null, null] }), "Python function without a name (a lambda)"),
            (json!({ "class_name": "__lambda__", "config": { "value": "lambda x: x" } }), "(a lambda)"),
            (json!({ "class_name": "function", "config": { "value": ["4wEA", null, null] } }), "(a lambda)"),
            (json!("<lambda>"), "(a lambda)"),
            (json!("my_function"), "is not a known activation"),
            (json!("log_softmax"), "end the model with softmax"),
            (json!({ "class_name": "function", "config": "log_softmax_v2" }), "end the model with softmax"),
            (json!({ "class_name": "Custom>Mine", "config": {} }), "\"Custom>Mine\" is not an activation"),
            (json!("quantized_linear(8,0)"), "use quantized_bits"),
            (json!({ "class_name": "quantized_linear", "config": { "bits": 8 } }), "use quantized_bits"),
        ] {
            let error = Activation::from_json(&written).expect_err("no activation");
            assert!(error.contains(expected), "{written}: {error}");
        }
    }
}
