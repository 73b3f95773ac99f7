//! A grid of settings: what varies in a sweep besides the models, and the point of the grid at which a job is.
//!
//! Names of axes and values are text and numbers that mean nothing here: whoever makes the [`Converter`](crate::Converter) knows what they change.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Number, Value};

use crate::record::lenient::list;

/// A value of an axis.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SettingValue {
    /// `true` or `false`.
    Flag(bool),
    /// A number; one without a fraction is a whole number, however it was written.
    Number(Number),
    /// Anything else.
    Text(String),
}

impl SettingValue {
    /// The value that a person typed.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        match text {
            "true" => Self::Flag(true),
            "false" => Self::Flag(false),
            text => number(text).map_or_else(|| Self::Text(text.to_owned()), Self::Number),
        }
    }

    /// The number, where it is one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => number.as_f64(),
            Self::Flag(_) | Self::Text(_) => None,
        }
    }
}

/// As the value is typed.
impl fmt::Display for SettingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Text(value) => f.write_str(value),
        }
    }
}

/// `5`, `0.5`, `-2`, `1e3`, but neither `inf` nor the names `007` and `1_000`.
fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let zeros_in_front = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') || zeros_in_front {
        return None;
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Some(whole.into());
    }
    let value: f64 = text.parse().ok()?;
    // Up to here every whole number has a float of its own.
    let is_whole = value.fract() == 0.0 && value.abs() < 9e15;
    if is_whole { Some((value as i64).into()) } else { Number::from_f64(value) }
}

/// What varies in a sweep: a name and the values that it takes, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Axis {
    /// The name, as the user typed it: `clock-period`, `LayerType.Dense.ReuseFactor`.
    pub axis: String,
    /// The values.
    #[serde(default, deserialize_with = "list")]
    pub values: Vec<SettingValue>,
}

/// The settings of a job: a value for each axis, in the order of the axes. Empty where there is no grid.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Point {
    values: Vec<(String, SettingValue)>,
}

impl Point {
    /// The point with these values of axes.
    #[must_use]
    pub fn new(values: Vec<(String, SettingValue)>) -> Self {
        Self { values }
    }

    /// Whether there is no grid.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value of an axis.
    #[must_use]
    pub fn get(&self, axis: &str) -> Option<&SettingValue> {
        self.values.iter().find(|(name, _)| name == axis).map(|(_, value)| value)
    }

    /// Axes and values, in the order of the axes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SettingValue)> {
        self.values.iter().map(|(axis, value)| (axis.as_str(), value))
    }
}

/// `clock-period=5, part=xcu250`.
impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (axis, value)) in self.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{axis}={value}")?;
        }
        Ok(())
    }
}

impl Serialize for Point {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.iter())
    }
}

/// Values of a form that is not known here are left out, and so is everything where there is no object.
impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let object = match Value::deserialize(from)? {
            Value::Object(object) => object,
            _ => Map::new(),
        };
        let known = |(axis, value)| Some((axis, serde_json::from_value(value).ok()?));
        Ok(Self::new(object.into_iter().filter_map(known).collect()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_numbers_flags_or_text() {
        let table = [
            ("5", json!(5)),
            ("5.0", json!(5)),
            ("1e3", json!(1000)),
            ("0.5", json!(0.5)),
            ("-2", json!(-2)),
            ("18446744073709551615", json!(u64::MAX)),
            ("true", json!(true)),
            ("false", json!(false)),
            ("True", json!("True")),
            ("007", json!("007")),
            ("27%", json!("27%")),
            ("inf", json!("inf")),
            ("1e999", json!("1e999")),
            ("fixed<16,6>", json!("fixed<16,6>")),
            ("", json!("")),
        ];
        for (text, expected) in table {
            assert_eq!(serde_json::to_value(SettingValue::of_text(text)).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_point_keeps_the_order_of_its_axes() {
        let text = r#"{"part":"xcu250","clock-period":2.5,"a":true}"#;
        let point: Point = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&point).unwrap(), text);
        assert_eq!(point.to_string(), "part=xcu250, clock-period=2.5, a=true");
        assert_eq!(point.get("clock-period").and_then(SettingValue::as_f64), Some(2.5));
        for strange in ["7", "null", "[1]", r#"{"a": null, "b": [1]}"#] {
            assert_eq!(serde_json::from_str::<Point>(strange).unwrap(), Point::default(), "{strange}");
        }
    }
}
