//! What a configuration says about one layer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::sections::{
    Level, bit_exact, count, keys, model_precision, natural, refuse_unsupported, section, snake_cased, text,
};
use super::{ConfigError, UnreadKey, fifo_depth, parse_natural, snake_case};
use crate::graph::{PipelineStyle, Requests, Strategy};
use crate::precision::PrecisionSpec;

/// The layer that a question is about.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The layer's name.
    pub name: &'a str,
    /// hls4ml's class of it (`Dense`, `Activation`), not Keras's.
    pub class: &'a str,
}

/// A configuration, taken apart for looking things up.
#[derive(Debug, Clone)]
pub struct Lookup {
    model_precision: BTreeMap<String, PrecisionSpec>,
    model_reuse_factor: Option<u64>,
    model_target_cycles: Option<u64>,
    model_strategy: String,
    bit_exact: Option<bool>,
    /// Everything else in the model's section, by key in snake case.
    model_attributes: BTreeMap<String, Value>,
    by_type: Level,
    by_name: Level,
    /// What it asks of the back end for the whole model.
    pub requests: Requests,
    /// `PipelineStyle`, if it is not one that we know.
    unknown_pipeline_style: Option<String>,
    type_entries: BTreeSet<String>,
    name_entries: BTreeSet<String>,
    /// The configuration as it was written.
    written: Map<String, Value>,
    /// Keys outside the three sections.
    unread: Vec<UnreadKey>,
    /// Settings of layers that only passes can have made, with the names of the layers.
    pending: Vec<(String, String)>,
}

impl Lookup {
    pub(super) fn new(config: &Map<String, Value>) -> Result<Self, ConfigError> {
        let model = section(config, "Model")?.ok_or(ConfigError::Missing { key: "Model section" })?;
        fifo_depth::refuse(model, "Model")?;
        for (class, entry) in section(config, "LayerType")?.into_iter().flatten() {
            let entry = entry.as_object();
            entry.map_or(Ok(()), |entry| fifo_depth::refuse(entry, &format!("LayerType.{class}")))?;
        }
        let by_type = Level::new("LayerType", section(config, "LayerType")?)?;
        let by_name = Level::new("LayerName", section(config, "LayerName")?)?;
        let model_precision = model_precision(model)?;
        match model_precision.get("default") {
            None => return Err(ConfigError::Missing { key: "Model.Precision" }),
            Some(PrecisionSpec::Auto) => {
                return Err(ConfigError::Precision {
                    key: "Model.Precision.default".into(),
                    reason: "the default must be a precision, not \"auto\"".into(),
                });
            }
            Some(PrecisionSpec::Is(_)) => {}
        }
        refuse_unsupported(model, "Model")?;
        let style = text(model, "Model", "PipelineStyle")?.map(|word| word.to_lowercase());
        let requests = Requests {
            pipeline_style: style.as_deref().and_then(PipelineStyle::from_name),
            pipeline_interval: natural(model, "Model", "PipelineInterval")?,
            bram_factor: count(model, "Model", "BramFactor")?,
        };
        Ok(Self {
            model_precision,
            model_reuse_factor: natural(model, "Model", "ReuseFactor")?,
            model_target_cycles: natural(model, "Model", "TargetCycles")?,
            model_strategy: text(model, "Model", "Strategy")?
                .map_or_else(|| "latency".into(), |s| snake_case(&s)),
            bit_exact: bit_exact(model)?,
            model_attributes: snake_cased(model),
            requests,
            unknown_pipeline_style: style
                .filter(|_| requests.pipeline_style.is_none())
                .filter(|word| word != "auto"),
            type_entries: keys(config, "LayerType"),
            name_entries: keys(config, "LayerName"),
            written: config.clone(),
            unread: Vec::new(),
            pending: Vec::new(),
            by_type,
            by_name,
        })
    }

    /// With what the whole configuration knows besides its sections.
    pub(super) fn with(self, unread: Vec<UnreadKey>, pending: Vec<(String, String)>) -> Self {
        Self { unread, pending, ..self }
    }

    /// The precision of a layer's variable (`result`, `weight`, …) and the name of its type: the layer's entry, then
    /// its class's, then the model's, each first for the variable and then for `default`.
    #[must_use]
    pub fn precision(&self, scope: Scope<'_>, variable: &str) -> (PrecisionSpec, String) {
        let name = scope.name.to_lowercase();
        let class = scope.class.to_lowercase();
        let named = |level: &Level, owner: &str, variable: &str| {
            level.precision.get(&format!("{owner}_{variable}")).cloned()
        };
        if let Some(p) =
            named(&self.by_name, &name, variable).or_else(|| named(&self.by_name, &name, "default"))
        {
            return (p, format!("{name}_{variable}_t"));
        }
        if let Some(p) = named(&self.by_type, &class, variable) {
            return (p, format!("{}_{variable}_t", scope.class));
        }
        if let Some(p) = named(&self.by_type, &class, "default") {
            return (p, format!("{}_default_t", scope.class));
        }
        if let Some(p) = self.model_precision.get(variable) {
            return (*p, format!("{variable}_default_t"));
        }
        (self.model_precision["default"], "model_default_t".into())
    }

    /// Whether any entry is about this variable of the layer.
    pub(crate) fn names_precision(&self, scope: Scope<'_>, variable: &str) -> bool {
        let names = |level: &Level, owner: &str| {
            let owner = owner.to_lowercase();
            let has = |key: &str| level.precision.contains_key(&format!("{owner}_{key}"));
            has(variable) || has("default")
        };
        names(&self.by_name, scope.name)
            || names(&self.by_type, scope.class)
            || self.model_precision.contains_key(variable)
    }

    /// The model's default precision.
    #[must_use]
    pub fn default_precision(&self) -> PrecisionSpec {
        self.model_precision["default"]
    }

    /// The cap on inferred precisions, if there is one.
    #[must_use]
    pub fn maximum_precision(&self) -> Option<&PrecisionSpec> {
        self.model_precision.get("maximum")
    }

    /// The reuse factor that is asked for.
    ///
    /// # Errors
    /// Neither the layer nor the model has one.
    pub fn reuse_factor(&self, scope: Scope<'_>) -> Result<u64, ConfigError> {
        (self.by_name.reuse_factor.get(&scope.name.to_lowercase()))
            .or_else(|| self.by_type.reuse_factor.get(&scope.class.to_lowercase()))
            .copied()
            .or(self.model_reuse_factor)
            .ok_or(ConfigError::Missing { key: "Model.ReuseFactor" })
    }

    /// The number of clock cycles that is asked for. Types have no say in it (as in hls4ml, which looks a type up
    /// among the names).
    #[must_use]
    pub fn target_cycles(&self, scope: Scope<'_>) -> Option<u64> {
        self.by_name.target_cycles.get(&scope.name.to_lowercase()).copied().or(self.model_target_cycles)
    }

    /// The strategy that is asked for, and whether the word is one that we know; hls4ml takes any other for latency.
    #[must_use]
    pub fn strategy(&self, scope: Scope<'_>) -> (Strategy, Recognised) {
        let word = (self.by_name.strategy.get(&scope.name.to_lowercase()))
            .or_else(|| self.by_type.strategy.get(&scope.class.to_lowercase()))
            .unwrap_or(&self.model_strategy);
        match word.as_str() {
            "latency" => (Strategy::Latency, Recognised::Yes),
            "resource" => (Strategy::Resource, Recognised::Yes),
            "resource_unrolled" => (Strategy::ResourceUnrolled, Recognised::Yes),
            "distributed_arithmetic" | "da" | "d_a" => (Strategy::DistributedArithmetic, Recognised::Yes),
            other => (Strategy::Latency, Recognised::No(other.to_owned())),
        }
    }

    /// The depths that are asked for of the queues that the layer writes: one for all of them, or one for each.
    #[must_use]
    pub fn fifo_depths(&self, scope: Scope<'_>) -> Option<&[usize]> {
        self.by_name.fifo_depths.get(&scope.name.to_lowercase()).map(Vec::as_slice)
    }

    /// An attribute of the layer (in snake case) that the configuration sets, such as `trace` or `table_size`.
    #[must_use]
    pub fn attribute(&self, scope: Scope<'_>, key: &str) -> Option<&Value> {
        let of =
            |level: &'_ Level, owner: &str| level.attributes.get(owner).is_some_and(|m| m.contains_key(key));
        if of(&self.by_name, scope.name) {
            return self.by_name.attributes[scope.name].get(key);
        }
        self.by_type.attributes.get(scope.class).and_then(|m| m.get(key))
    }

    /// What the most specific entry that covers the layer says about `key` (in snake case): its own, else its class's, else
    /// the model's. An entry that says nothing about the key hides the less specific ones.
    #[must_use]
    pub fn setting(&self, scope: Scope<'_>, key: &str) -> Option<&Value> {
        let name = self.by_name.attributes.get(scope.name);
        let entry = name.or_else(|| self.by_type.attributes.get(scope.class));
        entry.unwrap_or(&self.model_attributes).get(key).filter(|value| !value.is_null())
    }

    /// Whether the model says something about `key` that does not reach the layer, because an entry that covers it says nothing.
    pub(crate) fn is_hidden(&self, scope: Scope<'_>, key: &str) -> bool {
        self.model_attributes.contains_key(key) && self.setting(scope, key).is_none()
    }

    /// A whole number that the configuration sets as an attribute of the layer, from 1.
    ///
    /// # Errors
    /// It is something else.
    pub(crate) fn natural_attribute(&self, scope: Scope<'_>, key: &str) -> Result<Option<u64>, ConfigError> {
        natural_value(scope, key, self.attribute(scope, key))
    }

    /// A whole number from 1 by the rule of [`setting`](Self::setting).
    ///
    /// # Errors
    /// It is something else.
    pub(crate) fn natural_setting(&self, scope: Scope<'_>, key: &str) -> Result<Option<u64>, ConfigError> {
        natural_value(scope, key, self.setting(scope, key))
    }

    /// Whether types are to follow from the exact ranges of numbers; `None` leaves it to the model, where quantizers of its own
    /// (HGQ2's) ask for it.
    #[must_use]
    pub fn bit_exact(&self) -> Option<bool> {
        self.bit_exact
    }

    /// The precision variables that the configuration names for a layer.
    pub fn precision_variables(&self, scope: Scope<'_>) -> &[String] {
        self.by_name.variables.get(&scope.name.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The `PipelineStyle` that is asked for, in lower case, if it is not one that we know; hls4ml treats it as `auto`.
    pub(crate) fn unknown_pipeline_style(&self) -> Option<&str> {
        self.unknown_pipeline_style.as_deref()
    }

    /// The entries under `LayerName`.
    pub fn name_entries(&self) -> impl Iterator<Item = &str> {
        self.name_entries.iter().map(String::as_str)
    }

    /// The model's reuse factor.
    #[must_use]
    pub fn model_reuse_factor(&self) -> Option<u64> {
        self.model_reuse_factor
    }

    /// The entries under `LayerType`.
    pub fn type_entries(&self) -> impl Iterator<Item = &str> {
        self.type_entries.iter().map(String::as_str)
    }

    /// The keys outside the sections, and those of the whole file around the configuration, that nothing reads.
    pub fn unread_keys(&self) -> impl Iterator<Item = &UnreadKey> {
        self.unread.iter()
    }

    /// Checks the settings that were accepted in the expectation that a pass makes the layer.
    ///
    /// # Errors
    /// None did.
    pub(crate) fn check_pending(&self, is_made: impl Fn(&str) -> bool) -> Result<(), ConfigError> {
        match self.pending.iter().find(|(name, _)| !is_made(name)) {
            None => Ok(()),
            Some((name, text)) => Err(ConfigError::Setting {
                text: text.clone(),
                reason: format!(
                    "the model has no layer \"{name}\", and the conversion creates none of that name"
                ),
            }),
        }
    }

    /// The keys in the section `Model`, as they are written.
    pub(crate) fn model_keys(&self) -> BTreeSet<String> {
        keys(&self.written, "Model")
    }

    /// The keys of an entry under `LayerName`.
    pub(crate) fn name_keys(&self, entry: &str) -> BTreeSet<String> {
        self.keys_of("LayerName", entry)
    }

    /// The keys of an entry under `LayerType`.
    pub(crate) fn type_keys(&self, entry: &str) -> BTreeSet<String> {
        self.keys_of("LayerType", entry)
    }

    fn keys_of(&self, section: &str, entry: &str) -> BTreeSet<String> {
        self.written.get(section).and_then(Value::as_object).map(|map| keys(map, entry)).unwrap_or_default()
    }

    /// Gives a layer that a pass makes from a part of another the configuration of that part, if there is one. The part's
    /// precisions (`depthwise`, `depthwise_accum`) become plain ones (`weight`, `accum`).
    ///
    /// # Errors
    /// As when the configuration was read.
    pub(crate) fn derive(&mut self, whole: Scope<'_>, part: &str, name: &str) -> Result<(), ConfigError> {
        let entry_of = |section: &str, key: &str| self.written.get(section)?.get(key)?.as_object();
        let (by_type, by_name) = (entry_of("LayerType", whole.class), entry_of("LayerName", whole.name));
        let mut entry: Map<String, Value> =
            by_type.into_iter().chain(by_name).flatten().map(|(k, v)| (k.clone(), v.clone())).collect();
        if entry.is_empty() {
            return Ok(());
        }
        if let Some(Value::Object(precision)) = entry.get_mut("Precision") {
            let plain = [("", "weight"), ("_accum", "accum"), ("_result", "result")];
            for (suffix, variable) in plain {
                if let Some(value) = precision.remove(&format!("{part}{suffix}")) {
                    precision.insert(variable.into(), value);
                }
            }
        }
        self.by_name.add(name, &format!("LayerName.{name}"), &entry)
    }

    /// Lets every precision of a layer be inferred; for layers that a pass inserts.
    pub(crate) fn infer_all(&mut self, name: &str) {
        self.by_name.precision.insert(format!("{}_default", name.to_lowercase()), PrecisionSpec::Auto);
    }
}

/// Whether a word of the configuration is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognised {
    /// It is.
    Yes,
    /// It is not; this is the word.
    No(String),
}

fn natural_value(scope: Scope<'_>, key: &str, value: Option<&Value>) -> Result<Option<u64>, ConfigError> {
    let value = value.filter(|value| !value.is_null());
    value.map(|value| parse_natural(&format!("{}.{key}", scope.name), value)).transpose()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_bram_factor_of_zero_moves_every_array() {
        for (written, expected) in [(json!(0), Some(0)), (json!(5), Some(5)), (Value::Null, None)] {
            let config = json!({ "Model": { "Precision": "fixed<16,6>", "BramFactor": written } });
            let lookup = Lookup::new(config.as_object().expect("a mapping")).expect("valid");
            assert_eq!(lookup.requests.bram_factor, expected);
        }
    }

    #[test]
    fn the_most_specific_entry_decides_a_setting_even_by_silence() {
        let config = json!({
            "Model": { "Precision": "fixed<16,6>", "ParallelizationFactor": 2 },
            "LayerType": { "Conv1D": { "ParallelizationFactor": 3 } },
            "LayerName": { "own": { "ParallelizationFactor": 4 }, "silent": { "ReuseFactor": 8 } },
        });
        let lookup = Lookup::new(config.as_object().expect("a mapping")).expect("valid");
        let table = [
            ("own", "Conv1D", Some(4), Some(4)),
            ("silent", "Conv1D", None, Some(3)),
            ("other", "Conv1D", Some(3), Some(3)),
            ("other", "Conv2D", Some(2), None),
        ];
        for (name, class, setting, attribute) in table {
            let scope = Scope { name, class };
            let key = "parallelization_factor";
            assert_eq!(lookup.natural_setting(scope, key).expect("a number"), setting, "{name} {class}");
            assert_eq!(lookup.natural_attribute(scope, key).expect("a number"), attribute, "{name} {class}");
            assert_eq!(lookup.is_hidden(scope, key), setting.is_none(), "{name} {class}");
        }
        let silent = Scope { name: "silent", class: "Conv1D" };
        assert_eq!(lookup.natural_attribute(silent, "reuse_factor").expect("a number"), Some(8));
    }
}
