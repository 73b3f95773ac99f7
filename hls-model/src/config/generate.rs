//! The configuration that hls4ml's `config_from_keras_model` would generate.

use serde_json::{Map, Value, json};

use super::{ConfigError, HlsConfig, Origin, Strategy};
use crate::graph::{LayerSpec, LoweredModel};
use crate::precision::Precision;

/// Granularity of a generated configuration: what it has entries for.
///
/// It decides more than detail: with [`Model`](Granularity::Model) nothing is written for individual layers, so the
/// quantizers of activations do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Granularity {
    /// One entry for the whole model.
    Model,
    /// An entry for each class of layers, taken from the first layer of that class.
    Type,
    /// An entry for each layer.
    #[default]
    Name,
}

/// Generates default configurations.
#[derive(Debug, Clone)]
pub struct Generator {
    /// What to write entries for.
    pub granularity: Granularity,
    /// The precision of whatever no rule decides.
    pub default_precision: Precision,
    /// The widest precision that may be inferred.
    pub max_precision: Option<Precision>,
    /// The reuse factor of every layer.
    pub reuse_factor: u64,
    /// The strategy of every layer.
    pub strategy: Strategy,
}

impl Default for Generator {
    fn default() -> Self {
        Self {
            granularity: Granularity::default(),
            default_precision: Precision::fixed(16, 6),
            max_precision: None,
            reuse_factor: 1,
            strategy: Strategy::default(),
        }
    }
}

impl Generator {
    /// The default configuration of a model.
    ///
    /// # Errors
    /// The configuration contradicts itself, which a generated one does not do.
    pub fn generate(&self, model: &LoweredModel) -> Result<HlsConfig, ConfigError> {
        let mut config = Map::from_iter([("Model".to_owned(), self.model_entry())]);
        match self.granularity {
            Granularity::Model => {}
            Granularity::Type => {
                config.insert("LayerType".into(), self.entries(model, |layer| layer.source_class.clone()));
            }
            Granularity::Name => {
                config.insert("LayerName".into(), self.entries(model, |layer| layer.config_name.clone()));
            }
        }
        HlsConfig::new(Value::Object(config), Origin::Generated)
    }

    fn model_entry(&self) -> Value {
        let mut precision =
            Map::from_iter([("default".to_owned(), json!(self.default_precision.configuration_form()))]);
        if let Some(max) = &self.max_precision {
            precision.insert("maximum".into(), json!(max.configuration_form()));
        }
        let strategy = match self.strategy {
            Strategy::Latency => "Latency",
            Strategy::Resource => "Resource",
            Strategy::ResourceUnrolled => "ResourceUnrolled",
            Strategy::DistributedArithmetic => "DistributedArithmetic",
        };
        json!({
            "Precision": precision,
            "ReuseFactor": self.reuse_factor,
            "Strategy": strategy,
            "BramFactor": 1_000_000_000,
            "TraceOutput": false,
        })
    }

    /// One entry for each distinct key; the first layer with a key decides for all.
    fn entries(&self, model: &LoweredModel, key: impl Fn(&LayerSpec) -> String) -> Value {
        let mut entries = Map::new();
        for layer in &model.layers {
            entries.entry(key(layer)).or_insert_with(|| self.layer_entry(layer));
        }
        Value::Object(entries)
    }

    fn layer_entry(&self, layer: &LayerSpec) -> Value {
        let configurable = layer.op.configurable();
        let mut precision = Map::new();
        precision.insert("result".into(), json!("auto"));
        for (variable, default) in configurable.precisions {
            precision.insert((*variable).into(), json!(default.unwrap_or("auto")));
        }
        for (variable, quantized) in layer.quantized_precisions() {
            precision.insert(variable.into(), json!(quantized.to_string()));
        }
        let mut entry =
            Map::from_iter([("Trace".to_owned(), json!(false)), ("Precision".to_owned(), precision.into())]);
        if configurable.reuse_factor {
            entry.insert("ReuseFactor".into(), json!(self.reuse_factor));
        }
        for (key, value) in configurable.settings {
            entry.insert((*key).into(), value.to_json());
        }
        Value::Object(entry)
    }
}
