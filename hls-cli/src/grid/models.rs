//! Keys and values of a grid that no model takes: found before anything runs.

use std::path::Path;

use anyhow::anyhow;
use hls_codegen::Conversion;
use hls_codegen::conversion::read_model;
use hls_model::config::Setting;
use hls_runner::{Grid, SettingValue};

use super::axes::option;
use crate::error::CliError;

/// A value of an axis that no model has taken yet.
struct Untaken<'a> {
    axis: &'a str,
    value: &'a SettingValue,
    conversion: Conversion,
    /// Why the first model did not.
    why: Option<String>,
}

/// Makes sure that each value of each axis that is a key fits at least one of the models, of which as many are read as it takes.
pub fn check_models<'a>(
    base: &Conversion,
    grid: &Grid,
    models: impl Iterator<Item = &'a Path>,
) -> Result<(), CliError> {
    let mut untaken = Vec::new();
    for axis in grid.axes().iter().filter(|axis| option(&axis.axis).is_none()) {
        for value in &axis.values {
            let setting: Setting = format!("{}={value}", axis.axis).parse().map_err(CliError::usage)?;
            let conversion = base.clone().with_settings([setting]);
            untaken.push(Untaken { axis: &axis.axis, value, conversion, why: None });
        }
    }
    let mut read = 0;
    for path in models {
        if untaken.is_empty() {
            return Ok(());
        }
        // What is wrong with a model is the failure of its jobs.
        let Ok(model) = read_model(path) else { continue };
        read += 1;
        untaken.retain_mut(|untaken| match untaken.conversion.config_for(&model) {
            Ok(_) => false,
            Err(error) => {
                untaken.why.get_or_insert_with(|| format!("{}: {error}", path.display()));
                true
            }
        });
    }
    match untaken.first() {
        Some(Untaken { axis, value, why: Some(why), .. }) => Err(CliError::usage(anyhow!(
            "--grid {axis}: the value {value} fits {}: {why}",
            if read == 1 { "no model".to_owned() } else { format!("none of {read} models") }
        ))),
        _ => Ok(()),
    }
}
