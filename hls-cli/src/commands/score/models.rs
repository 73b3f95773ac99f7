//! The models that are scored.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use hls_model::score::{ModelScores, Size};
use hls_runner::Tier;

use crate::args::SelectionArgs;
use crate::error::CliError;
use crate::selection;

/// A model and what came of it.
pub struct Model {
    /// The file's name without its extension, with the folders between it and the one that was searched; the whole path if
    /// models of several folders have the same.
    pub name: String,
    /// Its tier, where there are two.
    pub tier: Option<Tier>,
    /// The file.
    pub file: PathBuf,
    /// Its scores, or why there are none; `None` while it is not finished.
    pub outcome: Option<Result<Outcome, String>>,
}

/// What is known of a model that was scored.
pub struct Outcome {
    /// The metrics.
    pub scores: ModelScores,
    /// What it costs.
    pub size: Size,
    /// Warnings of the conversion.
    pub warnings: Vec<String>,
}

impl Model {
    fn new(name: String, tier: Option<Tier>, file: PathBuf) -> Self {
        Self { name, tier, file, outcome: None }
    }

    /// Its scores, if it has any.
    pub fn scored(&self) -> Option<&Outcome> {
        self.outcome.as_ref()?.as_ref().ok()
    }

    /// Why it has none.
    pub fn error(&self) -> Option<&str> {
        self.outcome.as_ref()?.as_ref().err().map(String::as_str)
    }

    /// `success` or `failed`, as in reports; `pending` while it is not finished.
    pub fn status(&self) -> &'static str {
        match self.outcome {
            None => "pending",
            Some(Ok(_)) => "success",
            Some(Err(_)) => "failed",
        }
    }
}

/// The models of all folders, and those that are named themselves.
pub fn find(inputs: &[PathBuf], selection: &SelectionArgs) -> Result<Vec<Model>, CliError> {
    let mut models = Vec::new();
    for input in inputs {
        if !input.exists() {
            return Err(CliError::usage(anyhow!("{}: there is no such file or folder", input.display())));
        }
        if !input.is_dir() {
            let name = name(input.file_name().unwrap_or_default().as_ref());
            models.push(Model::new(name, None, input.clone()));
            continue;
        }
        for found in selection::models(input, selection)? {
            let folder = found.tier.map_or_else(|| input.clone(), |tier| input.join(tier.folder()));
            let name = name(found.path.strip_prefix(&folder).unwrap_or(&found.path));
            models.push(Model::new(name, found.tier, found.path));
        }
    }
    tell_apart(&mut models);
    Ok(models)
}

/// Gives models of the same name and tier their path as a name.
fn tell_apart(models: &mut [Model]) {
    let mut times = HashMap::new();
    for model in models.iter() {
        *times.entry((model.name.clone(), model.tier.map(Tier::name))).or_insert(0) += 1;
    }
    for model in models {
        if times.get(&(model.name.clone(), model.tier.map(Tier::name))).is_some_and(|times| *times > 1) {
            model.name = name(&model.file);
        }
    }
}

/// A path without the extension of its file.
fn name(path: &Path) -> String {
    path.with_extension("").to_string_lossy().into_owned()
}
