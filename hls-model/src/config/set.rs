//! Individual settings on top of a configuration, such as `LayerType.Dense.ReuseFactor=4`.

use std::str::FromStr;

use serde_json::{Map, Value};

use super::{ConfigError, HlsConfig, Origin};
use crate::graph::LoweredModel;

/// One `KEY=VALUE`, KEY being `Model.…`, `LayerType.<class>.…` or `LayerName.<layer>.…`.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    owner: Owner,
    path: Vec<String>,
    value: Value,
    text: String,
}

#[derive(Debug, Clone, PartialEq)]
enum Owner {
    Model,
    Type(String),
    Name(String),
    Family(LayerFamily),
}

/// Classes of layers that share a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerFamily {
    /// All kinds of convolutions.
    Convolutions,
    /// Dense layers.
    Dense,
}

impl LayerFamily {
    const CONVOLUTIONS: [&str; 9] = [
        "Conv1D",
        "Conv2D",
        "Conv2DBatchnorm",
        "DepthwiseConv1D",
        "DepthwiseConv2D",
        "SeparableConv1D",
        "SeparableConv2D",
        "PointwiseConv1D",
        "PointwiseConv2D",
    ];

    fn classes(self) -> &'static [&'static str] {
        match self {
            Self::Convolutions => &Self::CONVOLUTIONS,
            Self::Dense => &["Dense"],
        }
    }

    /// The classes of the family that the model has, or that passes make of those (a convolution of one pixel becomes pointwise).
    fn classes_of(self, model: &LoweredModel) -> impl Iterator<Item = &'static str> {
        let has = |class: &str| model.layers.iter().any(|layer| layer.op.class_name() == class);
        let made = move |class: &str| class.strip_prefix("Pointwise").is_some_and(has);
        self.classes().iter().copied().filter(move |class| has(class) || made(class))
    }
}

impl FromStr for Setting {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let fail = |reason: &str| ConfigError::Setting { text: text.into(), reason: reason.into() };
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| fail("write KEY=VALUE, for example LayerType.Dense.ReuseFactor=4"))?;
        let mut parts = key.split('.').map(str::to_owned);
        let mut next = |missing: &str| parts.next().filter(|p| !p.is_empty()).ok_or_else(|| fail(missing));
        let owner = match next("the key is empty")?.as_str() {
            "Model" => Owner::Model,
            "LayerType" => Owner::Type(next("name a class, as in LayerType.Dense.ReuseFactor=4")?),
            "LayerName" => Owner::Name(next("name a layer, as in LayerName.fc1.ReuseFactor=4")?),
            _ => return Err(fail("the key must start with Model., LayerType. or LayerName.")),
        };
        let path: Vec<_> = parts.collect();
        if path.is_empty() || path.iter().any(String::is_empty) {
            return Err(fail("the key does not say what to set, as ReuseFactor or Precision.weight would"));
        }
        // Numbers and booleans as such; anything else is a word, quoted or not.
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.into()));
        Ok(Self { owner, path, value, text: text.into() })
    }
}

impl Setting {
    /// The reuse factor of all layers of a family, whichever of its classes a model has.
    #[must_use]
    pub fn reuse_factor(family: LayerFamily, factor: u64) -> Self {
        let whose = match family {
            LayerFamily::Convolutions => "convolutions",
            LayerFamily::Dense => "dense layers",
        };
        Self {
            owner: Owner::Family(family),
            path: vec!["ReuseFactor".to_owned()],
            value: factor.into(),
            text: format!("reuse factor {factor} of {whose}"),
        }
    }

    /// The settings that it means for a model: of a family, one for each of its classes there.
    fn meant(&self, model: &LoweredModel) -> Vec<Self> {
        match self.owner {
            Owner::Family(family) => {
                let of = |class: &str| Self { owner: Owner::Type(class.to_owned()), ..self.clone() };
                family.classes_of(model).map(of).collect()
            }
            Owner::Model | Owner::Type(_) | Owner::Name(_) => vec![self.clone()],
        }
    }
}

impl HlsConfig {
    /// Puts settings on top. On a generated configuration a setting for a class or the model also removes what the
    /// generator wrote on the layers that it covers, which would hide it.
    ///
    /// # Errors
    /// A setting names a layer or class that the model does not have, or makes the configuration invalid.
    pub fn apply(&mut self, settings: &[Setting], model: &LoweredModel) -> Result<(), ConfigError> {
        for setting in settings.iter().flat_map(|setting| setting.meant(model)) {
            let setting = &setting;
            if let Made::ByAPass(name) = setting.check_owner(model)? {
                self.pending.push((name.to_owned(), setting.text.clone()));
            }
            if self.origin == Origin::Generated {
                self.uncover(setting, model);
            }
            let (section, entry) = match &setting.owner {
                Owner::Model | Owner::Family(_) => ("Model", None),
                Owner::Type(class) => ("LayerType", Some(class)),
                Owner::Name(name) => ("LayerName", Some(name)),
            };
            let path = entry.into_iter().chain(&setting.path);
            let root = self.value.entry(section).or_insert_with(|| Value::Object(Map::new()));
            insert(root, &path.map(String::as_str).collect::<Vec<_>>(), setting)?;
        }
        self.lookup().map(drop)
    }

    fn uncover(&mut self, setting: &Setting, model: &LoweredModel) {
        let covered: Vec<&str> = match &setting.owner {
            Owner::Name(_) | Owner::Family(_) => return,
            Owner::Model => model.layers.iter().map(|l| l.config_name.as_str()).collect(),
            Owner::Type(class) => model
                .layers
                .iter()
                .filter(|l| l.op.class_name() == class)
                .map(|l| l.config_name.as_str())
                .collect(),
        };
        if let Some(Value::Object(names)) = self.value.get_mut("LayerName") {
            for name in covered {
                remove(names.get_mut(name), &setting.path);
            }
        }
        if let (Owner::Model, Some(Value::Object(types))) = (&setting.owner, self.value.get_mut("LayerType"))
        {
            types.iter_mut().for_each(|(_, entry)| remove(Some(entry), &setting.path));
        }
    }
}

/// Where the layers that a setting covers come from.
enum Made<'a> {
    /// The model has them.
    ByTheModel,
    /// The model does not have a layer of this name, but a pass may make one: its name begins or ends with that of one of the model's.
    ByAPass(&'a str),
}

/// Classes of layers that only passes make.
const MADE_CLASSES: [&str; 9] = [
    "ApplyAlpha",
    "BatchNormalizationQuantizedTanh",
    "Broadcast",
    "Clone",
    "PointwiseConv1D",
    "PointwiseConv2D",
    "Repack",
    "ZeroPadding1D",
    "ZeroPadding2D",
];

impl Setting {
    fn check_owner(&self, model: &LoweredModel) -> Result<Made<'_>, ConfigError> {
        let fail = |reason: String| Err(ConfigError::Setting { text: self.text.clone(), reason });
        let may_be_made = |name: &str| {
            let of_layer = |layer: &str| {
                name.strip_prefix(layer).is_some_and(|rest| rest.starts_with('_'))
                    || name.strip_suffix(layer).is_some_and(|rest| rest.ends_with('_'))
            };
            model.layers.iter().any(|layer| of_layer(&layer.config_name))
        };
        match &self.owner {
            Owner::Model | Owner::Family(_) => Ok(Made::ByTheModel),
            Owner::Name(name) if model.layers.iter().any(|l| l.config_name == *name) => Ok(Made::ByTheModel),
            Owner::Name(name) if may_be_made(name) => Ok(Made::ByAPass(name)),
            Owner::Name(name) => {
                let known: Vec<_> = model.layers.iter().map(|l| l.config_name.as_str()).collect();
                fail(format!("the model has no layer \"{name}\"; its layers are {}", known.join(", ")))
            }
            Owner::Type(class) if model.layers.iter().any(|l| l.op.class_name() == class) => {
                Ok(Made::ByTheModel)
            }
            Owner::Type(class) if MADE_CLASSES.contains(&class.as_str()) => Ok(Made::ByTheModel),
            Owner::Type(class) => {
                let mut known: Vec<_> = model.layers.iter().map(|l| l.op.class_name()).collect();
                known.sort_unstable();
                known.dedup();
                fail(format!(
                    "the model has no layer of hls4ml's class \"{class}\"; it has {} (a QDense is a Dense here)",
                    known.join(", ")
                ))
            }
        }
    }
}

fn insert(at: &mut Value, path: &[&str], setting: &Setting) -> Result<(), ConfigError> {
    let (Some((key, rest)), Value::Object(map)) = (path.split_first(), &mut *at) else {
        let reason = "the key goes below an entry that is a single value, not a mapping".into();
        return Err(ConfigError::Setting { text: setting.text.clone(), reason });
    };
    if rest.is_empty() {
        map.insert((*key).into(), setting.value.clone());
        return Ok(());
    }
    insert(map.entry(*key).or_insert_with(|| Value::Object(Map::new())), rest, setting)
}

fn remove(at: Option<&mut Value>, path: &[String]) {
    let (Some(Value::Object(map)), Some((key, rest))) = (at, path.split_first()) else { return };
    if rest.is_empty() {
        map.remove(key);
    } else {
        remove(map.get_mut(key), rest);
    }
}
