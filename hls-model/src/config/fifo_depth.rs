//! `FIFODepth`: places in the queues of the streams that a layer writes.

use serde_json::{Map, Value};

use super::{ConfigError, parse_natural, wrong};

pub(super) const KEY: &str = "FIFODepth";

/// The depths in a layer's entry: one for all its streams, or one for each.
///
/// # Errors
/// They are not positive whole numbers.
pub(super) fn of_layer(entry: &Map<String, Value>, path: &str) -> Result<Option<Vec<usize>>, ConfigError> {
    let key = format!("{path}.{KEY}");
    let depth = |value: &Value| {
        let number = usize::try_from(parse_natural(&key, value)?);
        number.map_err(|_| wrong(&key, "a number of places that a queue can have", value))
    };
    match entry.get(KEY) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(depths)) => depths.iter().map(depth).collect::<Result<_, _>>().map(Some),
        Some(value) => Ok(Some(vec![depth(value)?])),
    }
}

/// Refuses depths for the whole model or a class of layers.
///
/// # Errors
/// There are some.
pub(super) fn refuse(entry: &Map<String, Value>, path: &str) -> Result<(), ConfigError> {
    match entry.get(KEY) {
        None | Some(Value::Null) => Ok(()),
        Some(_) => Err(ConfigError::Unsupported {
            key: format!("{path}.{KEY}"),
            reason: "a queue must have places for what its own readers leave waiting, so that one depth for many layers would be \
                     too small for some or too large for others; set it for single layers, as LayerName.<layer>.FIFODepth"
                .into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::HlsConfig;

    #[test]
    fn depths_are_positive_numbers_of_single_layers() {
        let config = |model: Value, of_type: Value, of_layer: Value| {
            let config = json!({
                "Model": { "Precision": "fixed<16,6>", "ReuseFactor": 1, "FIFODepth": model },
                "LayerType": { "Dense": { "FIFODepth": of_type } },
                "LayerName": { "fc": { "FIFODepth": of_layer } },
            });
            HlsConfig::from_value(config).and_then(|config| config.lookup().map(drop))
        };
        let none = Value::Null;
        assert!(config(none.clone(), none.clone(), json!(7)).is_ok());
        assert!(config(none.clone(), none.clone(), json!([7, 1])).is_ok());
        let refused = [
            (config(json!(7), none.clone(), none.clone()), "Model.FIFODepth"),
            (config(none.clone(), json!(7), none.clone()), "LayerType.Dense.FIFODepth"),
            (config(none.clone(), none.clone(), json!(0)), "LayerName.fc.FIFODepth"),
            (config(none.clone(), none, json!("deep")), "a positive whole number"),
        ];
        for (result, part) in refused {
            let message = result.expect_err(part).to_string();
            assert!(message.contains(part), "{message}");
        }
    }
}
