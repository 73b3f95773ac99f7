//! Fields of HGQ2's configurations.

use serde_json::Value as Json;

use crate::quantizer::HgqQuantizer;

/// A field that is true or false; it has to be there unless there is a default.
pub(super) fn flag(config: &Json, field: &str, default: Option<bool>) -> Result<bool, String> {
    match config.get(field) {
        Some(Json::Bool(flag)) => Ok(*flag),
        None | Some(Json::Null) => default.ok_or_else(|| {
            format!("the field `{field}` is missing; the layer may be of another version of HGQ2 than 0.2, save the model with that")
        }),
        Some(other) => Err(format!("`{field}`: {other} is not true or false")),
    }
}

/// A quantizer of a layer; `None` for a place without one.
pub(super) fn quantizer(config: &Json, field: &str) -> Result<Option<HgqQuantizer>, String> {
    match config.get(field) {
        None | Some(Json::Null) => Ok(None),
        Some(value) => HgqQuantizer::from_json(value).map(Some).map_err(|e| format!("`{field}`: {e}")),
    }
}

/// A quantizer that the layer must have.
pub(super) fn required(config: &Json, field: &str) -> Result<HgqQuantizer, String> {
    quantizer(config, field)?.ok_or_else(|| format!("the field `{field}` is missing"))
}
