//! Stages of a tool flow, by name.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of a stage, as the toolchain that runs it declares it: `synth`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stage(Cow<'static, str>);

impl Stage {
    /// The stage with this name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// Its name: the key in records and the switch on a command line.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl From<String> for Stage {
    fn from(name: String) -> Self {
        Self(Cow::Owned(name))
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Some stages, each once, in the order in which they were named.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StageSet(Vec<Stage>);

impl StageSet {
    /// No stage at all.
    pub const NONE: Self = Self(Vec::new());

    /// The set with `stage` in it.
    #[must_use]
    pub fn with(mut self, stage: Stage) -> Self {
        if !self.contains(&stage) {
            self.0.push(stage);
        }
        self
    }

    /// The set with `stage` not in it.
    #[must_use]
    pub fn without(mut self, stage: &Stage) -> Self {
        self.0.retain(|member| member != stage);
        self
    }

    /// Whether `stage` is in it.
    #[must_use]
    pub fn contains(&self, stage: &Stage) -> bool {
        self.0.contains(stage)
    }

    /// The stages in the set.
    pub fn iter(&self) -> impl Iterator<Item = &Stage> {
        self.0.iter()
    }
}

impl FromIterator<Stage> for StageSet {
    fn from_iter<I: IntoIterator<Item = Stage>>(stages: I) -> Self {
        stages.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for StageSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
