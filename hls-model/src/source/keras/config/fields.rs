//! Field types that several layer classes share.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

/// Order of a tensor's axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataFormat {
    /// `[batch, …spatial, channels]`.
    #[default]
    ChannelsLast,
    /// `[batch, channels, …spatial]`.
    ChannelsFirst,
}

/// Border treatment of convolutions and poolings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Padding {
    /// No padding.
    #[default]
    Valid,
    /// Zeros so that the output has `ceil(input / stride)` cells.
    Same,
    /// Zeros in front only (1-D convolutions).
    Causal,
}

/// A tensor's shape with the batch axis first; unknown axes are `None`.
pub type BatchShape = Vec<Option<usize>>;

/// Deserializes a configuration object, naming the field that does not fit.
pub(in crate::source) fn typed<T: DeserializeOwned>(value: &Json) -> Result<T, String> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        match path.as_str() {
            "." => error.inner().to_string(),
            _ => format!("`{path}`: {}", error.inner()),
        }
    })
}

/// The `data_format` of a configuration object; absent and null mean channels last.
pub(in crate::source) fn data_format_of(config: &Json) -> Result<DataFormat, String> {
    let value = config.get("data_format").unwrap_or(&Json::Null);
    nullable(value).map_err(|e| format!("`data_format`: {e}"))
}

/// Deserializes null (and, with `#[serde(default)]`, absence) as the default.
pub(super) fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

pub(super) fn yes() -> bool {
    true
}

/// A field that Keras passes on to Python or NumPy, which take more spellings than one.
pub(super) trait Scalar: Sized {
    /// The value.
    ///
    /// # Errors
    /// It is no spelling of one.
    fn from_json(value: &Json) -> Result<Self, String>;
}

impl Scalar for bool {
    /// A boolean. Keras only asks whether it is true in Python: numbers other than 0 are, null is not.
    fn from_json(value: &Json) -> Result<Self, String> {
        match value {
            Json::Null => Ok(false),
            Json::Bool(flag) => Ok(*flag),
            Json::Number(number) => Ok(number.as_f64() != Some(0.0)),
            _ => Err(format!("{value} is not a boolean")),
        }
    }
}

impl Scalar for f64 {
    /// A number, or an array of one.
    fn from_json(value: &Json) -> Result<Self, String> {
        match single(value) {
            Json::Bool(flag) => Ok(f64::from(u8::from(*flag))),
            only => only.as_f64().ok_or_else(|| format!("{value} is not a number")),
        }
    }
}

impl Scalar for i64 {
    /// A whole number, also one written with a fraction of zero, or an array of one.
    fn from_json(value: &Json) -> Result<Self, String> {
        let only = single(value);
        let whole = |float: &f64| float.fract() == 0.0 && float.abs() <= MAX_SIZE as f64;
        let number = only.as_i64().or_else(|| only.as_f64().filter(whole).map(|float| float as i64));
        number.ok_or_else(|| format!("{value} is not a whole number"))
    }
}

impl Scalar for usize {
    /// As `i64`, from 0.
    fn from_json(value: &Json) -> Result<Self, String> {
        let number = i64::from_json(value).ok().and_then(|number| usize::try_from(number).ok());
        number.ok_or_else(|| format!("{value} is not a whole number from 0"))
    }
}

impl<T: Scalar> Scalar for Option<T> {
    /// Null means "not given".
    fn from_json(value: &Json) -> Result<Self, String> {
        if value.is_null() { Ok(None) } else { T::from_json(value).map(Some) }
    }
}

/// The only element of an array of one, or the value itself.
fn single(value: &Json) -> &Json {
    match value.as_array().map(Vec::as_slice) {
        Some([only]) => single(only),
        _ => value,
    }
}

/// Deserializes a [`Scalar`] in any of its spellings.
pub(super) fn scalar<'de, D: Deserializer<'de>, T: Scalar>(deserializer: D) -> Result<T, D::Error> {
    T::from_json(&Json::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// As [`scalar`], where null is the default.
pub(super) fn nullable_scalar<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Scalar + Default,
{
    scalar::<D, Option<T>>(deserializer).map(Option::unwrap_or_default)
}

/// One positive size per spatial axis; a single number stands for all of them.
pub(super) fn sizes<'de, D: Deserializer<'de>, const N: usize>(
    deserializer: D,
) -> Result<[usize; N], D::Error> {
    let value = Json::deserialize(deserializer)?;
    sizes_of(&value).map_err(D::Error::custom)
}

/// As [`sizes`], where null means "not given".
pub(super) fn optional_sizes<'de, D, const N: usize>(deserializer: D) -> Result<Option<[usize; N]>, D::Error>
where
    D: Deserializer<'de>,
{
    match Json::deserialize(deserializer)? {
        Json::Null => Ok(None),
        value => sizes_of(&value).map(Some).map_err(D::Error::custom),
    }
}

/// As [`optional_sizes`], where a size may be 0.
pub(super) fn optional_amounts<'de, D, const N: usize>(
    deserializer: D,
) -> Result<Option<[usize; N]>, D::Error>
where
    D: Deserializer<'de>,
{
    match Json::deserialize(deserializer)? {
        Json::Null => Ok(None),
        value => numbers_from(0, &value).map(Some).map_err(D::Error::custom),
    }
}

/// Kernels, strides and poolings beyond this are damage, not design.
const MAX_SIZE: i64 = 1 << 24;

fn sizes_of<const N: usize>(value: &Json) -> Result<[usize; N], String> {
    numbers_from(1, value)
}

fn numbers_from<const N: usize>(least: i64, value: &Json) -> Result<[usize; N], String> {
    let one = |value: &Json| match i64::from_json(value) {
        Ok(size) if (least..=MAX_SIZE).contains(&size) => usize::try_from(size).map_err(|e| e.to_string()),
        _ => Err(format!("{value} is not a size (a whole number from {least})")),
    };
    match value {
        Json::Array(all) => {
            let sizes: Vec<usize> = all.iter().map(one).collect::<Result<_, _>>()?;
            <[usize; N]>::try_from(sizes).map_err(|s| format!("{} sizes given where {N} are needed", s.len()))
        }
        single => Ok([one(single)?; N]),
    }
}

/// A dtype name; a mixed-precision policy is saved as an object that names itself.
pub(super) fn dtype<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let value = Json::deserialize(deserializer)?;
    let name = match &value {
        Json::Null => return Ok(None),
        Json::String(name) => Some(name.as_str()),
        other => other.get("config").and_then(|config| config.get("name")).and_then(Json::as_str),
    };
    name.map(|name| Some(name.to_owned())).ok_or_else(|| D::Error::custom(format!("{value} is not a dtype")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scalars_are_read_in_every_spelling_that_python_takes() {
        for (written, expected) in [
            (json!(true), Ok(true)),
            (json!(false), Ok(false)),
            (json!(1), Ok(true)),
            (json!(0), Ok(false)),
            (json!(0.0), Ok(false)),
            (json!(2.5), Ok(true)),
            (json!(null), Ok(false)),
            (json!("no"), Err("\"no\" is not a boolean".to_owned())),
        ] {
            assert_eq!(bool::from_json(&written), expected, "{written}");
        }
        for (written, expected) in [
            (json!(6), Some(6.0)),
            (json!([0.25]), Some(0.25)),
            (json!([[0.25]]), Some(0.25)),
            (json!(true), Some(1.0)),
            (json!([1, 2]), None),
            (json!("6"), None),
            (json!(null), None),
        ] {
            assert_eq!(f64::from_json(&written).ok(), expected, "{written}");
            assert_eq!(Option::<f64>::from_json(&written).is_ok(), expected.is_some() || written.is_null());
        }
        for (written, expected) in
            [(json!(64.0), Some(64)), (json!([3]), Some(3)), (json!(-4), None), (json!(2.5), None)]
        {
            assert_eq!(usize::from_json(&written).ok(), expected, "{written}");
        }
    }
}
