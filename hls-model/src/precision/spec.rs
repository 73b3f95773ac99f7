//! Precisions as a configuration gives them: concrete, or left to be inferred.

use std::fmt;
use std::str::FromStr;

use super::error::PrecisionError;
use super::notation::Notation;
use super::types::Precision;

/// What a configuration says about a precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrecisionSpec {
    /// To be inferred.
    Auto,
    /// This one.
    Is(Precision),
}

impl PrecisionSpec {
    /// The notation of graph facts.
    #[must_use]
    pub fn graph_form(&self) -> String {
        match self {
            PrecisionSpec::Auto => "auto".to_owned(),
            PrecisionSpec::Is(precision) => precision.graph_form(),
        }
    }

    /// The concrete precision, if there is one.
    #[must_use]
    pub fn known(self) -> Option<Precision> {
        match self {
            PrecisionSpec::Auto => None,
            PrecisionSpec::Is(precision) => Some(precision),
        }
    }
}

impl From<Precision> for PrecisionSpec {
    fn from(precision: Precision) -> Self {
        PrecisionSpec::Is(precision)
    }
}

impl fmt::Display for PrecisionSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PrecisionSpec::Auto => f.write_str("auto"),
            PrecisionSpec::Is(precision) => precision.fmt(f),
        }
    }
}

impl FromStr for PrecisionSpec {
    type Err = PrecisionError;

    fn from_str(text: &str) -> Result<Self, PrecisionError> {
        let lower = text.trim().to_ascii_lowercase();
        if lower == "auto" {
            return Ok(PrecisionSpec::Auto);
        }
        Notation { text, lower: &lower }.read().map(PrecisionSpec::Is)
    }
}

impl FromStr for Precision {
    type Err = PrecisionError;

    fn from_str(text: &str) -> Result<Self, PrecisionError> {
        match text.parse()? {
            PrecisionSpec::Is(precision) => Ok(precision),
            PrecisionSpec::Auto => Err(PrecisionError::Auto),
        }
    }
}
