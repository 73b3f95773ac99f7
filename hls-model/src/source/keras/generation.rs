//! Which Keras wrote a file. It decides how the file is read and, as in hls4ml, what some layers become.

use std::fmt;

use serde_json::Value as Json;

/// The generation of Keras that wrote a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Generation {
    /// Keras 2 (`tf_keras`, `tf.keras` until TensorFlow 2.15), and what came before it.
    #[default]
    Keras2,
    /// Keras 3.
    Keras3,
}

impl Generation {
    /// The generation that an architecture shows, or else the version that the file names.
    pub(in crate::source) fn of(architecture: &Json, version: Option<&str>) -> Self {
        let major = version.and_then(|version| version.split('.').next()?.parse::<u32>().ok());
        if has_calls_with_arguments(architecture) || major.is_some_and(|major| major >= 3) {
            Self::Keras3
        } else {
            Self::Keras2
        }
    }
}

/// Whether a call in a functional model is saved as `args` and `kwargs`.
fn has_calls_with_arguments(model: &Json) -> bool {
    let layers = model.get("config").and_then(|config| config.get("layers")).and_then(Json::as_array);
    let nodes = layers.into_iter().flatten().filter_map(|layer| layer.get("inbound_nodes")?.as_array());
    nodes.flatten().any(|node| node.get("args").is_some())
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keras2 => "Keras 2",
            Self::Keras3 => "Keras 3",
        })
    }
}
