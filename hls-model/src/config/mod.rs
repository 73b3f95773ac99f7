//! hls4ml's configuration: what a user may ask of a conversion.
//!
//! A configuration has three levels, `Model`, `LayerType` and `LayerName`. [`HlsConfig`] holds it as the user wrote
//! it (so that it can be written back unchanged) and checks it; [`Lookup`] answers what holds for one layer, by
//! hls4ml's own rules, which are not what one would guess: names are compared in lower case, a layer's entry hides
//! that of its type, and some keys are read from one level only.

mod fifo_depth;
mod file;
mod generate;
mod lookup;
mod sections;
mod set;

pub use file::{ConfigFile, ProjectSettings, WriterSettings, to_yaml};
pub use generate::{Generator, Granularity};
pub use lookup::{Lookup, Recognised, Scope};
pub use set::{LayerFamily, Setting};

pub use crate::graph::Strategy;

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::precision::PrecisionSpec;

/// What can be wrong with a configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {source}; check the path and its permissions")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is neither YAML nor JSON.
    #[error("{path} is not valid {format}: {reason}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What it was read as.
        format: &'static str,
        /// What the parser says.
        reason: String,
    },
    /// A value has the wrong form.
    #[error("configuration entry {key}: expected {expected}, found {found}")]
    Value {
        /// Dotted path of the entry.
        key: String,
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// A precision cannot be parsed.
    #[error("configuration entry {key}: {reason}")]
    Precision {
        /// Dotted path of the entry.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Something that hls4ml requires is missing.
    #[error("the configuration has no {key}; add it, or use a generated configuration")]
    Missing {
        /// Dotted path of the entry.
        key: &'static str,
    },
    /// A setting that we do not carry out.
    #[error("configuration entry {key}: {reason}")]
    Unsupported {
        /// Dotted path of the entry.
        key: String,
        /// What is not supported and what to do.
        reason: String,
    },
    /// A setting is not `KEY=VALUE`.
    #[error("\"{text}\" is not a setting: {reason}")]
    Setting {
        /// The argument.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// A configuration as a user or the generator wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct HlsConfig {
    value: Map<String, Value>,
    origin: Origin,
    /// What the file around it, a whole `hls4ml_config.yml`, says and nothing reads.
    around: Option<Vec<UnreadKey>>,
    /// Settings of layers that only passes can have made, with the names of the layers.
    pending: Vec<(String, String)>,
}

/// A key that nothing reads where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadKey {
    /// Its dotted path.
    pub key: String,
    /// The keys that are read there.
    pub instead: Vec<&'static str>,
}

impl UnreadKey {
    fn new(key: String, instead: &[&'static str]) -> Self {
        Self { key, instead: instead.to_vec() }
    }
}

/// The sections of a configuration.
const SECTIONS: [&str; 3] = ["Model", "LayerType", "LayerName"];

/// Who wrote a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A person: every entry means what it says.
    User,
    /// The generator: its entries on layers give way to later settings.
    Generated,
}

impl HlsConfig {
    /// Checks a configuration that a user wrote (the object with `Model`, `LayerType`, `LayerName`).
    pub fn from_value(value: Value) -> Result<Self, ConfigError> {
        Self::new(value, Origin::User)
    }

    fn new(value: Value, origin: Origin) -> Result<Self, ConfigError> {
        let Value::Object(value) = value else {
            return Err(wrong("HLSConfig", "a mapping with Model, LayerType and LayerName", &value));
        };
        let config = Self { value, origin, around: None, pending: Vec::new() };
        config.lookup()?;
        Ok(config)
    }

    /// The configuration as part of a whole file that says more.
    fn inside(self, unread: Vec<UnreadKey>) -> Self {
        Self { around: Some(unread), ..self }
    }

    /// Keys that are not sections, and what the file around the configuration says to no effect.
    fn unread_keys(&self) -> Vec<UnreadKey> {
        let path = if self.around.is_some() { "HLSConfig." } else { "" };
        let sections = self.value.keys().filter(|key| !SECTIONS.contains(&key.as_str()));
        let sections = sections.map(|key| UnreadKey::new(format!("{path}{key}"), &SECTIONS));
        self.around.iter().flatten().cloned().chain(sections).collect()
    }

    /// The rules for individual layers.
    ///
    /// # Errors
    /// An entry has the wrong form, is missing, or asks for something that is not supported.
    pub fn lookup(&self) -> Result<Lookup, ConfigError> {
        Ok(Lookup::new(&self.value)?.with(self.unread_keys(), self.pending.clone()))
    }

    /// The configuration as data.
    #[must_use]
    pub fn as_value(&self) -> Value {
        Value::Object(self.value.clone())
    }
}

fn wrong(key: &str, expected: &'static str, found: &Value) -> ConfigError {
    ConfigError::Value { key: key.into(), expected, found: found.to_string() }
}

fn parse_precision(key: &str, value: &Value) -> Result<PrecisionSpec, ConfigError> {
    let text =
        value.as_str().ok_or_else(|| wrong(key, "a precision such as \"fixed<16,6>\" or \"auto\"", value))?;
    text.parse().map_err(|e| ConfigError::Precision { key: key.into(), reason: format!("{e}") })
}

fn parse_natural(key: &str, value: &Value) -> Result<u64, ConfigError> {
    let number =
        value.as_u64().or_else(|| value.as_f64().filter(|f| f.fract() == 0.0 && *f >= 0.0).map(|f| f as u64));
    number.filter(|&n| n > 0).ok_or_else(|| wrong(key, "a positive whole number", value))
}

/// hls4ml's `convert_to_snake_case`: `TableSize` → `table_size`.
pub(crate) fn snake_case(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    for (i, c) in key.chars().enumerate() {
        if c.is_uppercase() && i > 0 && !out.ends_with('_') {
            out.push('_');
        }
        for low in c.to_lowercase() {
            if !(low == '_' && out.ends_with('_')) {
                out.push(low);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snake_case_is_hls4mls() {
        for (pascal, snake) in [
            ("TableSize", "table_size"),
            ("table_size", "table_size"),
            ("Resource_unrolled", "resource_unrolled"),
            ("ResourceUnrolled", "resource_unrolled"),
            ("Latency", "latency"),
            ("DA", "d_a"),
        ] {
            assert_eq!(snake_case(pascal), snake);
        }
    }
}
