//! Numbers and tuples that a writer of JSON wrapped in objects, as the plain values that they mean.
//!
//! | written | by |
//! |---|---|
//! | `{"type": "ndarray", "value": 6.0}` | tf.keras 1.9 to 1.12, for NumPy arrays |
//! | `{"class_name": "__numpy__", "config": {"value": 6.0, "dtype": "float32"}}`, `__tensor__` | Keras 2.12 and later |
//! | `{"class_name": "__tuple__", "items": [3, 3]}`, `TensorShape` | tf.keras, for tuples and shapes |

use std::borrow::Cow;

use serde_json::Value as Json;

/// The same value with everything in it unwrapped; copied only if there is something to unwrap, which few files have.
pub(super) fn plain(value: &Json) -> Cow<'_, Json> {
    if is_plain(value) { Cow::Borrowed(value) } else { Cow::Owned(plain_copy(value)) }
}

fn is_plain(value: &Json) -> bool {
    match value {
        Json::Array(items) => items.iter().all(is_plain),
        Json::Object(fields) => unwrapped(value).is_none() && fields.values().all(is_plain),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => true,
    }
}

fn plain_copy(value: &Json) -> Json {
    if let Some(wrapped) = unwrapped(value) {
        return plain_copy(wrapped);
    }
    match value {
        Json::Array(items) => Json::Array(items.iter().map(plain_copy).collect()),
        Json::Object(fields) => {
            Json::Object(fields.iter().map(|(key, value)| (key.clone(), plain_copy(value))).collect())
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => value.clone(),
    }
}

/// What an object wraps, if it is one of the table's.
fn unwrapped(value: &Json) -> Option<&Json> {
    let text = |key: &str| value.get(key).and_then(Json::as_str);
    match (text("type"), text("class_name")) {
        (Some("ndarray"), _) => value.get("value"),
        (_, Some("__numpy__" | "__tensor__")) => value.get("config")?.get("value"),
        (_, Some("__tuple__" | "TensorShape")) => value.get("items"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wrapped_is_unwrapped_wherever_it_is() {
        for (written, expected) in [
            (json!({ "type": "ndarray", "value": 6.0 }), json!(6.0)),
            (
                json!({ "alpha": { "type": "ndarray", "value": [0.5, 0.25] } }),
                json!({ "alpha": [0.5, 0.25] }),
            ),
            (json!([{ "class_name": "__numpy__", "config": { "value": 2, "dtype": "int64" } }]), json!([2])),
            (
                json!({ "class_name": "__tuple__", "items": [{ "type": "ndarray", "value": 3 }, 1] }),
                json!([3, 1]),
            ),
            (json!({ "class_name": "TensorShape", "items": [null, 5] }), json!([null, 5])),
            // Objects that only resemble them.
            (json!({ "type": "ndarray" }), json!({ "type": "ndarray" })),
            (json!({ "type": "list", "value": 1 }), json!({ "type": "list", "value": 1 })),
            (json!({ "class_name": "Zeros", "config": {} }), json!({ "class_name": "Zeros", "config": {} })),
        ] {
            assert_eq!(*plain(&written), expected, "{written}");
        }
    }
}
