//! The estimate of one model.

use std::path::{Path, PathBuf};

use anyhow::Error;
use hls_codegen::rtl::facts::Facts;
use hls_codegen::{Conversion, Converted};
use hls_runner::{ModelFile, Point, Tier};

use crate::guard::guarded;

/// A model and its estimate.
pub struct Model {
    /// The file's name without its extension, with the folders between it and the one that was searched.
    pub name: String,
    /// Its tier, where there are two.
    pub tier: Option<Tier>,
    /// The file.
    pub file: PathBuf,
    /// Its settings, where there is a grid.
    pub settings: Point,
    /// The estimate, or why there is none.
    pub estimate: Result<Estimate, String>,
}

impl Model {
    /// What to call it where there is no column for each setting.
    pub fn label(&self) -> String {
        let settings = Some(self.settings.to_string()).filter(|text| !text.is_empty());
        let tier = self.tier.map(|tier| tier.name().to_owned());
        let details: Vec<String> = [tier, settings].into_iter().flatten().collect();
        if details.is_empty() { self.name.clone() } else { format!("{} ({})", self.name, details.join(", ")) }
    }

    /// `success` or `failed`, as in reports.
    pub fn status(&self) -> &'static str {
        if self.estimate.is_ok() { "success" } else { "failed" }
    }
}

/// What a model takes as a circuit.
pub struct Estimate {
    /// The figures.
    pub facts: Facts,
    /// Warnings of the conversion.
    pub warnings: Vec<String>,
}

/// Estimates a model of a folder under some settings. Whatever happens, the others are not affected.
pub fn estimate(folder: &Path, model: ModelFile, settings: Point, conversion: &Conversion) -> Model {
    let folder = model.tier.map_or_else(|| folder.to_owned(), |tier| folder.join(tier.folder()));
    let name = name(model.path.strip_prefix(&folder).unwrap_or(&model.path));
    // Nothing is shared but the conversion, which is only read.
    let estimate = guarded(|| try_estimate(&model.path, conversion));
    Model { name, tier: model.tier, file: model.path, settings, estimate }
}

fn try_estimate(model: &Path, conversion: &Conversion) -> Result<Estimate, Error> {
    let converted = conversion.convert(model)?;
    let warnings = converted.warnings().iter().map(ToString::to_string).collect();
    Ok(Estimate { facts: design(&converted)?, warnings })
}

/// Designs the circuit, of which only the figures are kept.
pub fn design(converted: &Converted) -> Result<Facts, Error> {
    converted.backend().check(&converted.graph, &converted.options)?;
    Ok(Facts::estimate(&converted.graph, &converted.options)?)
}

/// A path without the extension of its file.
pub fn name(path: &Path) -> String {
    path.with_extension("").to_string_lossy().into_owned()
}
