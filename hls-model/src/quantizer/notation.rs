//! How quantizers are written: constructor calls and serialized objects become [`Quantizer`]s, and these calls again.

use std::fmt;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::arguments::{Arguments, call_from_json};
use super::classes::{Quantizer, default_of};
use super::error::QuantizerError;
use super::parameters;
use super::syntax::{Call, parse_call};

impl Quantizer {
    /// Reads the constructor notation, e.g. `quantized_bits(4,0,1,alpha='auto_po2')` or the bare name `binary`.
    ///
    /// # Errors
    /// [`QuantizerError`] says which character, class or argument is at fault.
    pub fn parse(text: &str) -> Result<Self, QuantizerError> {
        from_call(parse_call(text)?)
    }

    /// Reads a serialized quantizer: an object `{"class_name": …, "config": {…}}`, or a string for [`Self::parse`].
    ///
    /// # Errors
    /// [`QuantizerError`] says which class or argument is at fault.
    pub fn from_json(value: &serde_json::Value) -> Result<Self, QuantizerError> {
        match value {
            serde_json::Value::String(text) => Self::parse(text),
            other => from_call(call_from_json(other)?),
        }
    }
}

/// Writes the constructor call with every parameter that differs from its default; [`Quantizer::parse`] reads it back.
impl fmt::Display for Quantizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.class_name(), written_arguments(self).join(","))
    }
}

impl std::str::FromStr for Quantizer {
    type Err = QuantizerError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for Quantizer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Self::from_json(&value).map_err(D::Error::custom)
    }
}

fn from_call(call: Call) -> Result<Quantizer, QuantizerError> {
    let Some(mut quantizer) = default_of(&call.name) else {
        return Err(match Quantizer::replacement(&call.name) {
            Some(instead) => QuantizerError::Later { name: call.name, instead },
            None => QuantizerError::Unknown { name: call.name },
        });
    };
    // A parameter that only QKeras after 0.9 has, v3 among it, and always saves.
    let of_v3 = call.named.iter().any(|(name, _)| name == "post_training_scale");
    let parameters = parameters::of(&mut quantizer);
    let names: Vec<&str> = parameters.iter().map(|p| p.name).collect();
    let mut arguments = Arguments::bind(call, &names)?;
    for parameter in parameters {
        parameter.read(&mut arguments)?;
    }
    parameters::settle(&mut quantizer, &arguments)?;
    if let Quantizer::Bits(bits) = &mut quantizer {
        bits.ends_with_values = of_v3;
    }
    Ok(quantizer)
}

/// `name=value` for each parameter that is not at its default.
fn written_arguments(quantizer: &Quantizer) -> Vec<String> {
    let mut ours = quantizer.clone();
    let mut default = default_of(quantizer.class_name()).unwrap_or_else(|| quantizer.clone());
    let defaults = parameters::of(&mut default);
    parameters::of(&mut ours)
        .iter()
        .zip(&defaults)
        .filter(|(parameter, default)| parameter.slot.written() != default.slot.written())
        .map(|(parameter, _)| format!("{}={}", parameter.name, parameter.slot.written()))
        .collect()
}
