//! Binding of written arguments to a quantizer's parameters, as Python would, with errors that name the argument.

use serde_json::Value as Json;

use super::classes::Quantizer;
use super::error::QuantizerError;
use super::kinds::Alpha;
use super::syntax::{Call, Value};

/// Turns `{"class_name": "quantized_bits", "config": {"bits": 4}}` into a call with keyword arguments.
pub(crate) fn call_from_json(value: &Json) -> Result<Call, QuantizerError> {
    let shape = |reason: &str| QuantizerError::Shape { reason: reason.to_owned() };
    let object = value.as_object().ok_or_else(|| shape(&format!("found {}", kind_of(value))))?;
    let class_name =
        object.get("class_name").and_then(Json::as_str).ok_or_else(|| shape("no `class_name`"))?;
    // A registered class is saved as "package>name".
    let name = class_name.rsplit('>').next().unwrap_or(class_name).to_owned();
    let named = match object.get("config") {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::Object(config)) => {
            config.iter().map(|(key, v)| (key.clone(), value_from_json(v))).collect()
        }
        Some(other) => return Err(shape(&format!("`config` is {}", kind_of(other)))),
    };
    Ok(Call { name, positional: Vec::new(), named })
}

fn value_from_json(value: &Json) -> Value {
    match value {
        Json::Null => Value::None,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => match (n.as_i64(), n.as_f64()) {
            (Some(int), _) => Value::Int(int),
            (None, Some(float)) => Value::Float(float),
            (None, None) => Value::Other("a number out of range".to_owned()),
        },
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(_) | Json::Object(_) => Value::Other(kind_of(value).to_owned()),
    }
}

fn kind_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a truth value",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// Arguments by parameter name; what is taken is removed, so that what is left over is unknown.
pub(crate) struct Arguments {
    quantizer: String,
    values: Vec<(String, Value)>,
}

impl Arguments {
    /// Gives positional arguments their parameter names.
    pub fn bind(call: Call, parameters: &[&str]) -> Result<Self, QuantizerError> {
        let mut bound = Self { quantizer: call.name, values: Vec::new() };
        for (index, value) in call.positional.into_iter().enumerate() {
            let Some(&name) = parameters.get(index) else {
                let reason = format!("is one too many: at most {} are accepted", parameters.len());
                return Err(bound.error(&format!("#{}", index + 1), reason));
            };
            bound.values.push((name.to_owned(), value));
        }
        for (name, value) in call.named {
            if bound.values.iter().any(|(taken, _)| *taken == name) {
                return Err(bound.error(&name, "is given twice"));
            }
            // Newer QKeras versions save additional parameters; unset ones change nothing.
            if parameters.contains(&name.as_str()) {
                bound.values.push((name, value));
            } else if value != Value::None {
                let reason = format!("is not known (the known ones are {})", parameters.join(", "));
                return Err(bound.error(&name, reason));
            }
        }
        Ok(bound)
    }

    pub fn error(&self, argument: &str, reason: impl Into<String>) -> QuantizerError {
        QuantizerError::Argument {
            quantizer: self.quantizer.clone(),
            argument: argument.to_owned(),
            reason: reason.into(),
        }
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.values.iter().position(|(taken, _)| taken == name)?;
        Some(self.values.swap_remove(at).1)
    }

    /// An integer within `range`; floats without a fraction and truth values count, as in Python.
    pub fn int(&mut self, name: &str, default: i32, range: (i32, i32)) -> Result<i32, QuantizerError> {
        let number = match self.take(name) {
            None => return Ok(default),
            Some(Value::Int(int)) => int as f64,
            Some(Value::Bool(b)) => f64::from(u8::from(b)),
            Some(Value::Float(float)) if float.fract() == 0.0 => float,
            Some(other) => {
                return Err(self.error(name, format!("must be an integer, not {}", describe(&other))));
            }
        };
        let (low, high) = range;
        if number < f64::from(low) || number > f64::from(high) {
            return Err(self.error(name, format!("is {number}; it must lie between {low} and {high}")));
        }
        Ok(number as i32)
    }

    /// A flag; numbers count as "not zero" and `None` as false, as in Python.
    pub fn flag(&mut self, name: &str, default: bool) -> Result<bool, QuantizerError> {
        match self.take(name) {
            None => Ok(default),
            Some(Value::Bool(b)) => Ok(b),
            Some(Value::Int(int)) => Ok(int != 0),
            Some(Value::Float(float)) => Ok(float != 0.0),
            Some(Value::None) => Ok(false),
            Some(other) => Err(self.error(name, format!("must be true or false, not {}", describe(&other)))),
        }
    }

    /// A finite number, or `None`.
    pub fn optional_number(&mut self, name: &str) -> Result<Option<f64>, QuantizerError> {
        match self.take(name) {
            None | Some(Value::None) => Ok(None),
            Some(Value::Bool(b)) => Ok(Some(f64::from(u8::from(b)))),
            Some(Value::Int(int)) => Ok(Some(int as f64)),
            Some(Value::Float(float)) if float.is_finite() => Ok(Some(float)),
            Some(other) => {
                Err(self.error(name, format!("must be a number or None, not {}", describe(&other))))
            }
        }
    }

    /// A finite number.
    pub fn number(&mut self, name: &str, default: f64) -> Result<f64, QuantizerError> {
        Ok(self.optional_number(name)?.unwrap_or(default))
    }

    /// The scale parameter.
    pub fn alpha(&mut self) -> Result<Alpha, QuantizerError> {
        const NAME: &str = "alpha";
        match self.take(NAME) {
            None | Some(Value::None) => Ok(Alpha::None),
            Some(Value::Int(int)) => Ok(Alpha::Number(int as f64)),
            Some(Value::Bool(b)) => Ok(Alpha::Number(f64::from(u8::from(b)))),
            Some(Value::Float(float)) if float.is_finite() => Ok(Alpha::Number(float)),
            Some(Value::Text(text)) if text == "auto" => Ok(Alpha::Auto),
            Some(Value::Text(text)) if text == "auto_po2" => Ok(Alpha::AutoPo2),
            Some(other) => {
                let reason =
                    format!("must be None, a number, 'auto' or 'auto_po2', not {}", describe(&other));
                Err(self.error(NAME, reason))
            }
        }
    }

    /// One of a few words.
    pub fn word(&mut self, name: &str, default: &str) -> Result<String, QuantizerError> {
        match self.take(name) {
            None => Ok(default.to_owned()),
            Some(Value::Text(text)) => Ok(text),
            Some(other) => Err(self.error(name, format!("must be a string, not {}", describe(&other)))),
        }
    }

    /// Discards a parameter that has no effect on inference.
    pub fn ignore(&mut self, name: &str) {
        self.take(name);
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::None => "None".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Float(float) => float.to_string(),
        Value::Text(text) => format!("{text:?}"),
        Value::Call(call) if Quantizer::is_class_name(&call.name) => format!("the quantizer {}", call.name),
        Value::Call(call) if call.positional.is_empty() && call.named.is_empty() => {
            format!("the bare word {} (strings need quotes)", call.name)
        }
        Value::Call(call) => format!("the call {}(…)", call.name),
        Value::Other(kind) => kind.clone(),
    }
}
