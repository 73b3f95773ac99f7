//! The options of this program that mend an error of the runner.

use anyhow::anyhow;
use hls_runner::toolchain::ToolNotFound;
use hls_runner::{DiscoverError, Remedy, SweepError};

use crate::error::chain;

/// The error with the option that helps.
pub fn with_option(error: impl Mended) -> anyhow::Error {
    match error.remedy().and_then(option) {
        Some(option) => anyhow!("{} ({option})", chain(&error)),
        None => error.into(),
    }
}

/// An error of the runner that may know its remedy.
pub trait Mended: std::error::Error + Send + Sync + 'static {
    /// What would mend it.
    fn remedy(&self) -> Option<Remedy>;
}

impl Mended for SweepError {
    fn remedy(&self) -> Option<Remedy> {
        SweepError::remedy(self)
    }
}

impl Mended for DiscoverError {
    fn remedy(&self) -> Option<Remedy> {
        DiscoverError::remedy(self)
    }
}

impl Mended for ToolNotFound {
    fn remedy(&self) -> Option<Remedy> {
        ToolNotFound::remedy(self)
    }
}

fn option(remedy: Remedy) -> Option<String> {
    match remedy {
        Remedy::OutputFolder => Some("--output-dir names the folder".to_owned()),
        Remedy::Workers => Some("--num-workers".to_owned()),
        Remedy::Toolchain(name) => Some(format!("--toolchain {name}")),
        Remedy::Tiers => Some("--tiers primary, --tiers both, or none of them".to_owned()),
        Remedy::Stages => Some("--STAGE and --no-STAGE switch stages on and off".to_owned()),
        _ => None,
    }
}
