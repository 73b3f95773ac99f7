//! `config`: the configuration that hls4ml would generate, with `--set` on top.

use anyhow::anyhow;
use hls_codegen::conversion::read_model;

use crate::args::{ConfigArgs, FormatArg};
use crate::conversion::conversion;
use crate::error::CliError;
use crate::output;

pub fn run(args: &ConfigArgs) -> Result<(), CliError> {
    let conversion = conversion(&args.conversion)?;
    let model = read_model(&args.model).map_err(CliError::failed)?;
    let config = conversion.config_for(&model).map_err(CliError::usage)?;
    let text = match args.format {
        FormatArg::Yaml => config
            .to_yaml()
            .map_err(|e| CliError::failed(anyhow!("the configuration cannot be written: {e}")))?,
        FormatArg::Json => format!("{:#}", config.as_value()),
    };
    output::print(&text)
}
