//! A grid of settings: what varies in a sweep besides the models, and the point of the grid at which a job is.
//!
//! Names of axes and values are text and numbers that mean nothing here: whoever makes the [`Converter`](crate::Converter) knows what they change.

use std::fmt;
use std::str::FromStr;

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

/// What is wrong with a grid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GridError {
    /// An axis without a name or without `=`.
    #[error("`{text}` is no axis of a grid: write AXIS=VALUE,VALUE,…, for example clock-period=5,10")]
    Form {
        /// As given.
        text: String,
    },
    /// A bracket that is not closed, or closed without having been opened.
    #[error(
        "the brackets of `{text}` do not match, so that it is not clear which commas are between values; \
         an example is Model.Precision=fixed<16,6>,fixed<12,4>"
    )]
    Brackets {
        /// As given.
        text: String,
    },
    /// An axis without values.
    #[error(
        "the axis {axis} has no value: nothing follows the =; give it some, as in {axis}=1,2, or leave it out"
    )]
    NoValues {
        /// The axis.
        axis: String,
    },
    /// A value that is empty.
    #[error(
        "the axis {axis} has an empty value: it is number {number} of `{text}`; take a comma away, or write what is missing"
    )]
    EmptyValue {
        /// The axis.
        axis: String,
        /// Which value, counted from 1.
        number: usize,
        /// As given.
        text: String,
    },
    /// A value that is there twice: its jobs would be the same.
    #[error("the axis {axis} has the value {value} twice (`{text}`); leave one out")]
    DoubledValue {
        /// The axis.
        axis: String,
        /// The value.
        value: SettingValue,
        /// How the second one is spelled.
        text: String,
    },
    /// An axis that is there twice.
    #[error("the axis {axis} is given twice; give all its values at once, as in {axis}={}", values.join(","))]
    DoubledAxis {
        /// The axis.
        axis: String,
        /// The values of both.
        values: Vec<String>,
    },
}

/// `AXIS=VALUE,VALUE,…`. Commas inside `<>`, `()`, `[]` and `{}` belong to a value.
impl FromStr for Axis {
    type Err = GridError;

    fn from_str(text: &str) -> Result<Self, GridError> {
        let (axis, values) = text.split_once('=').unwrap_or((text, ""));
        let axis = axis.trim().to_owned();
        if axis.is_empty() || !text.contains('=') {
            return Err(GridError::Form { text: text.to_owned() });
        }
        if values.trim().is_empty() {
            return Err(GridError::NoValues { axis });
        }
        let texts = split(values).ok_or_else(|| GridError::Brackets { text: text.to_owned() })?;
        let mut known: Vec<SettingValue> = Vec::new();
        for (index, one) in texts.into_iter().map(str::trim).enumerate() {
            if one.is_empty() {
                return Err(GridError::EmptyValue { axis, number: index + 1, text: text.to_owned() });
            }
            let value = SettingValue::of_text(one);
            if known.contains(&value) {
                return Err(GridError::DoubledValue { axis, value, text: one.to_owned() });
            }
            known.push(value);
        }
        Ok(Self { axis, values: known })
    }
}

/// The pieces between the commas outside of brackets; `None` if brackets do not match.
fn split(text: &str) -> Option<Vec<&str>> {
    let (mut pieces, mut begin, mut open) = (Vec::new(), 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '<' => open.push('>'),
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            '>' | ')' | ']' | '}' if open.pop() != Some(c) => return None,
            ',' if open.is_empty() => {
                pieces.push(&text[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(&text[begin..]);
    open.is_empty().then_some(pieces)
}

/// Axes, and with them all combinations of their values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grid {
    axes: Vec<Axis>,
}

impl Grid {
    /// A grid with these axes.
    ///
    /// # Errors
    /// An axis is there twice.
    pub fn new(axes: Vec<Axis>) -> Result<Self, GridError> {
        for (index, axis) in axes.iter().enumerate() {
            if let Some(first) = axes[..index].iter().find(|first| first.axis == axis.axis) {
                let values = first.values.iter().chain(&axis.values).map(ToString::to_string).collect();
                return Err(GridError::DoubledAxis { axis: axis.axis.clone(), values });
            }
        }
        Ok(Self { axes })
    }

    /// The axes, in their order.
    #[must_use]
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// Whether nothing varies.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.axes.is_empty()
    }

    /// How many points there are: 1 where nothing varies; `None` if that is more than can be counted.
    #[must_use]
    pub fn len(&self) -> Option<usize> {
        self.axes.iter().try_fold(1_usize, |count, axis| count.checked_mul(axis.values.len()))
    }

    /// All combinations of values: the last axis varies fastest. Where nothing varies, the empty point.
    pub fn points(&self) -> impl Iterator<Item = Point> {
        let point = |index: usize| {
            let mut rest = index;
            let mut values: Vec<_> = self
                .axes
                .iter()
                .rev()
                .filter_map(|axis| {
                    let value = axis.values.get(rest % axis.values.len().max(1));
                    rest /= axis.values.len().max(1);
                    Some((axis.axis.clone(), value?.clone()))
                })
                .collect();
            values.reverse();
            Point::new(values)
        };
        (0..self.len().unwrap_or(usize::MAX)).map(point)
    }
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
    fn an_axis_has_values_between_commas_outside_of_brackets() {
        let axis = |text: &str| text.parse::<Axis>().map(|axis| (axis.axis, axis.values));
        let values =
            |texts: &[&str]| texts.iter().map(|text| SettingValue::of_text(text)).collect::<Vec<_>>();
        assert_eq!(
            axis("clock-period=5, 10,20").unwrap(),
            ("clock-period".into(), values(&["5", "10", "20"]))
        );
        assert_eq!(
            axis("Model.Precision=fixed<16,6>,fixed<12,4,RND,SAT>").unwrap().1,
            values(&["fixed<16,6>", "fixed<12,4,RND,SAT>"])
        );
        let table = [
            ("clock-period", "is no axis"),
            ("=5", "is no axis"),
            ("a=", "the axis a has no value: nothing follows the ="),
            ("a=1,,2", "an empty value: it is number 2"),
            ("a=1,", "an empty value: it is number 2"),
            ("a=5,10,5.0", "the value 5 twice (`5.0`)"),
            ("a=f<1,2,3", "brackets"),
            ("a=f>1", "brackets"),
            ("a=f<(1>)", "brackets"),
        ];
        for (text, expected) in table {
            let message = axis(text).unwrap_err().to_string();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn a_grid_has_all_combinations_and_the_last_axis_is_the_fastest() {
        let grid = |axes: &[&str]| Grid::new(axes.iter().map(|text| text.parse().unwrap()).collect());
        let found = grid(&["a=1,2", "b=x,y,z"]).unwrap();
        let points: Vec<String> = found.points().map(|point| point.to_string()).collect();
        assert_eq!(points, ["a=1, b=x", "a=1, b=y", "a=1, b=z", "a=2, b=x", "a=2, b=y", "a=2, b=z"]);
        assert_eq!(found.len(), Some(6));
        assert_eq!(Grid::default().points().collect::<Vec<_>>(), [Point::default()]);
        let message = grid(&["a=1,2", "b=1", "a=3"]).unwrap_err().to_string();
        assert!(message.contains("the axis a is given twice") && message.contains("a=1,2,3"), "{message}");
        let many: Vec<String> = (0..70).map(|n| format!("a{n}=1,2")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(grid(&many).unwrap().len(), None);
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
