//! Reading the sections of a configuration.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::{ConfigError, fifo_depth, parse_natural, parse_precision, snake_case, wrong};
use crate::precision::PrecisionSpec;

/// Settings of one level that are looked up by a name in lower case.
#[derive(Debug, Clone, Default)]
pub(super) struct Level {
    /// Keyed by `<layer>_<variable>`, as hls4ml keys them.
    pub(super) precision: HashMap<String, PrecisionSpec>,
    /// The variables named for each layer in lower case.
    pub(super) variables: HashMap<String, Vec<String>>,
    pub(super) reuse_factor: HashMap<String, u64>,
    pub(super) target_cycles: HashMap<String, u64>,
    pub(super) strategy: HashMap<String, String>,
    pub(super) fifo_depths: HashMap<String, Vec<usize>>,
    /// Everything but precisions and strategy, by layer name as written and key in snake case.
    pub(super) attributes: HashMap<String, BTreeMap<String, Value>>,
}

impl Level {
    pub(super) fn new(section: &str, entries: Option<&Map<String, Value>>) -> Result<Self, ConfigError> {
        let mut level = Self::default();
        for (owner, entry) in entries.into_iter().flatten() {
            let path = format!("{section}.{owner}");
            let entry = entry.as_object().ok_or_else(|| wrong(&path, "a mapping of settings", entry))?;
            level.add(owner, &path, entry)?;
        }
        Ok(level)
    }

    pub(super) fn add(
        &mut self,
        owner: &str,
        path: &str,
        entry: &Map<String, Value>,
    ) -> Result<(), ConfigError> {
        let low = owner.to_lowercase();
        refuse_unsupported(entry, path)?;
        let precision_path = format!("{path}.Precision");
        match entry.get("Precision") {
            None | Some(Value::Null) => {}
            Some(Value::Object(variables)) => {
                for (variable, value) in variables {
                    let key = format!("{precision_path}.{variable}");
                    self.variables.entry(low.clone()).or_default().push(variable.clone());
                    self.precision.insert(format!("{low}_{variable}"), parse_precision(&key, value)?);
                }
            }
            Some(value) => {
                self.precision.insert(format!("{low}_default"), parse_precision(&precision_path, value)?);
            }
        }
        if let Some(rf) = natural(entry, path, "ReuseFactor")? {
            self.reuse_factor.insert(low.clone(), rf);
        }
        if let Some(cycles) = natural(entry, path, "TargetCycles")? {
            self.target_cycles.insert(low.clone(), cycles);
        }
        if let Some(word) = text(entry, path, "Strategy")? {
            self.strategy.insert(low.clone(), snake_case(&word));
        }
        if let Some(depths) = fifo_depth::of_layer(entry, path)? {
            self.fifo_depths.insert(low, depths);
        }
        self.attributes.insert(owner.into(), snake_cased(entry));
        Ok(())
    }
}

/// Keys that never are attributes.
const LOOKED_UP: [&str; 2] = ["Precision", "Strategy"];

/// A section's attributes, by key in snake case.
pub(super) fn snake_cased(section: &Map<String, Value>) -> BTreeMap<String, Value> {
    let attributes = section.iter().filter(|(k, _)| !LOOKED_UP.contains(&k.as_str()));
    attributes.map(|(k, v)| (snake_case(k), v.clone())).collect()
}

pub(super) fn refuse_unsupported(entry: &Map<String, Value>, path: &str) -> Result<(), ConfigError> {
    let of_the_whole_model = path != "Model";
    for (key, applies, reason) in [
        (
            "Compression",
            true,
            "compressed weights are not supported for Vitis (nor does hls4ml 1.3.0 support them); remove it",
        ),
        (
            BIT_EXACT,
            of_the_whole_model,
            "types are either bit-exact in the whole model or nowhere; move it to the section Model",
        ),
    ] {
        if applies && entry.get(key).is_some_and(is_truthy) {
            return Err(ConfigError::Unsupported { key: format!("{path}.{key}"), reason: reason.into() });
        }
    }
    Ok(())
}

/// The key that switches the bit-exact flow on or off.
const BIT_EXACT: &str = "BitExact";

/// Whether types are to follow from the exact ranges of numbers; `None` leaves it to the model.
pub(super) fn bit_exact(model: &Map<String, Value>) -> Result<Option<bool>, ConfigError> {
    match model.get(BIT_EXACT) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(bit_exact)) => Ok(Some(*bit_exact)),
        Some(Value::Number(number)) => Ok(Some(number.as_f64() != Some(0.0))),
        Some(other) => Err(wrong(&format!("Model.{BIT_EXACT}"), "true or false", other)),
    }
}

fn is_truthy(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && value.as_f64() != Some(0.0)
}

pub(super) fn section<'a>(
    config: &'a Map<String, Value>,
    key: &str,
) -> Result<Option<&'a Map<String, Value>>, ConfigError> {
    match config.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(map)) => Ok(Some(map)),
        Some(other) => Err(wrong(key, "a mapping", other)),
    }
}

pub(super) fn keys(config: &Map<String, Value>, key: &str) -> BTreeSet<String> {
    config.get(key).and_then(Value::as_object).into_iter().flat_map(|m| m.keys().cloned()).collect()
}

pub(super) fn model_precision(
    model: &Map<String, Value>,
) -> Result<BTreeMap<String, PrecisionSpec>, ConfigError> {
    match model.get("Precision") {
        None | Some(Value::Null) => Ok(BTreeMap::new()),
        Some(Value::Object(variables)) => variables
            .iter()
            .map(|(variable, v)| {
                Ok((variable.clone(), parse_precision(&format!("Model.Precision.{variable}"), v)?))
            })
            .collect(),
        Some(value) => {
            Ok(BTreeMap::from([("default".to_owned(), parse_precision("Model.Precision", value)?)]))
        }
    }
}

pub(super) fn natural(entry: &Map<String, Value>, path: &str, key: &str) -> Result<Option<u64>, ConfigError> {
    match entry.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => parse_natural(&format!("{path}.{key}"), value).map(Some),
    }
}

/// As [`natural`], from 0.
pub(super) fn count(entry: &Map<String, Value>, path: &str, key: &str) -> Result<Option<u64>, ConfigError> {
    match entry.get(key) {
        Some(value) if value.as_f64() == Some(0.0) => Ok(Some(0)),
        _ => natural(entry, path, key),
    }
}

pub(super) fn text(entry: &Map<String, Value>, path: &str, key: &str) -> Result<Option<String>, ConfigError> {
    match entry.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(s)) => Ok(Some(s.clone())),
        Some(value) => Err(wrong(&format!("{path}.{key}"), "a word", value)),
    }
}
