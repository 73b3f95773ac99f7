//! What a user should know although nothing failed.

/// Something that a user should know about a model or its conversion, which nevertheless succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The layer, if it concerns one.
    pub layer: Option<String>,
    /// A sentence.
    pub message: String,
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.layer {
            Some(layer) => write!(f, "layer \"{layer}\": {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}
