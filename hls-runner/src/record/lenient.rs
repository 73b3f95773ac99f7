//! Reading what another version of this program wrote, or a script that looks like it.
//!
//! A record may hold keys, words and forms that this version does not know. Each field is read on its own, and what cannot be
//! understood is unknown: one strange value must not take the rest of a sweep's results with it.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A field's value, or its default where it has another form.
pub(crate) fn field<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    from: D,
) -> Result<T, D::Error> {
    Value::deserialize(from).map(understood)
}

/// The elements of a list that have the right form.
pub(crate) fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    let Value::Array(values) = Value::deserialize(from)? else { return Ok(Vec::new()) };
    Ok(values.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect())
}

fn understood<T: DeserializeOwned + Default>(value: Value) -> T {
    serde_json::from_value(value).unwrap_or_default()
}

/// A value whose other forms are its default; a list of these keeps its length.
#[derive(Debug, Clone, Default)]
pub(crate) struct Understood<T>(pub(crate) T);

impl<'de, T: DeserializeOwned + Default> Deserialize<'de> for Understood<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        field(from).map(Self)
    }
}

/// Times: written in local time with its offset; read with any offset, or as local time where there is none.
pub(crate) mod time {
    use super::{DateTime, Deserialize, Deserializer, Serialize, Serializer, TimeZone, Timestamp, Value};

    pub(crate) fn serialize<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
        at.map(written).serialize(to)
    }

    /// As it is written: `2026-03-01T10:00:00.250000+01:00`.
    pub(crate) fn written(at: Timestamp) -> String {
        at.to_zoned(TimeZone::system()).strftime("%Y-%m-%dT%H:%M:%S%.6f%:z").to_string()
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
        let value = Value::deserialize(from)?;
        Ok(value.as_str().and_then(parse))
    }

    fn parse(text: &str) -> Option<Timestamp> {
        let local = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::system()).ok();
        text.parse().ok().or_else(|| local().map(|zoned| zoned.timestamp()))
    }
}

/// Durations in seconds.
pub(crate) mod seconds {
    use std::time::Duration;

    use super::{Deserializer, Serializer, field};

    pub(crate) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(time.as_secs_f64())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        field(from).map(|seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Thing {
        #[serde(default, deserialize_with = "field")]
        count: usize,
        #[serde(default, deserialize_with = "list")]
        names: Vec<String>,
        #[serde(default, deserialize_with = "time::deserialize")]
        at: Option<Timestamp>,
        #[serde(default, deserialize_with = "seconds::deserialize")]
        took: std::time::Duration,
    }

    #[test]
    fn one_strange_value_spoils_nothing_else() {
        let thing = |value| serde_json::from_value::<Thing>(value).unwrap();
        let found =
            thing(json!({"count": "many", "names": ["a", 3, "b"], "at": "soon", "took": -1, "more": {}}));
        assert_eq!(found, Thing { names: vec!["a".into(), "b".into()], ..Thing::default() });
        assert_eq!(thing(json!({"names": "none", "at": 7, "took": null})), Thing::default());
    }

    #[test]
    fn times_have_an_offset_or_are_local() {
        let at = |text: &str| serde_json::from_value::<Thing>(json!({"at": text})).unwrap().at.unwrap();
        assert_eq!(at("2026-01-01T10:00:00.5+01:00"), at("2026-01-01T09:00:00.500Z"));
        let local = at("2026-01-01T10:00:00.250000");
        assert_eq!(local.to_zoned(TimeZone::system()).datetime().to_string(), "2026-01-01T10:00:00.25");
    }
}
