//! `part`: what an element of a job array does.

use hls_runner::GridConverter;
use hls_runner::cluster::{self, Address, Home};
use hls_runner::toolchain::Toolchain;
use hls_runner::toolchain::table::by_name;

use super::collect::step_in_job;
use super::synth::cluster::recorded;
use super::synth::work::{admission, converter, scratch, toolchain};
use crate::args::{PartArgs, SynthArgs};
use crate::error::CliError;
use crate::signals::cancel_on_signals;

/// Names a folder on a node's disk that is the batch job's own, where an administrator has set that up. `TMPDIR` may be inherited from the
/// machine that submitted, or lie in memory: it must be asked for.
const OWN_DISK: &str = "SLURM_TMPDIR";

pub fn run(args: &PartArgs) -> Result<(), CliError> {
    // The engine may end this process at any time from now on.
    let cancel = cancel_on_signals()?;
    let home = Home::open(&args.sweep).map_err(CliError::failed)?;
    let address = Address { round: args.round, array: args.array, index: args.index };
    if args.ended {
        return match cluster::was_last(&home, address).map_err(CliError::failed)? {
            true => step_in_job(&home).map(drop),
            false => Ok(()),
        };
    }
    let options = recorded(&home)?;
    let name = cluster::toolchain(&home).map_err(CliError::failed)?;
    let tools = tools(&options, &name).map_err(|error| error.to_string());
    let found = match &tools {
        Ok((converter, toolchain)) => Ok((converter as _, toolchain.as_ref())),
        Err(message) => Err(message.clone()),
    };
    let scratch = scratch(options.scratch.as_deref(), Some(OWN_DISK));
    let admission = admission(&options.limits);
    cluster::run_part(&home, address, found, admission, scratch.as_deref(), &cancel).map_err(CliError::failed)
}

/// The tools that the sweep was planned for.
fn tools(options: &SynthArgs, name: &str) -> Result<(GridConverter, Box<dyn Toolchain>), CliError> {
    let entry = by_name(name)
        .ok_or_else(|| CliError::failed(anyhow::anyhow!("this version knows no toolchain {name}")))?;
    Ok((converter(options, entry)?, toolchain(entry, options)?))
}
