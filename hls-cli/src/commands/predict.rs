//! `predict`: the exact outputs of the firmware.

use crate::args::PredictArgs;
use crate::error::CliError;

pub fn run(_args: &PredictArgs) -> Result<(), CliError> {
    Err(CliError::failed(anyhow::anyhow!("waits for the simulator")))
}
