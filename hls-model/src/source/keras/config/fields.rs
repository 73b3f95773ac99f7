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

/// Kernels, strides and poolings beyond this are damage, not design.
const MAX_SIZE: u64 = 1 << 24;

fn sizes_of<const N: usize>(value: &Json) -> Result<[usize; N], String> {
    let one = |value: &Json| match value.as_u64() {
        Some(size @ 1..=MAX_SIZE) => usize::try_from(size).map_err(|e| e.to_string()),
        _ => Err(format!("{value} is not a size (a whole number from 1)")),
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
