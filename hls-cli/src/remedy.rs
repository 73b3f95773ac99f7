//! The options of this program that resolve an error of the runner.

use anyhow::anyhow;
use hls_runner::select::GatherError;
use hls_runner::toolchain::ToolNotFound;
use hls_runner::{DiscoverError, Remedy, SweepError, sentence};

/// The error with the option that helps.
pub fn with_option(error: impl HasRemedy) -> anyhow::Error {
    match error.remedy().and_then(option) {
        Some(option) => anyhow!("{} ({option})", sentence(&error)),
        None => error.into(),
    }
}

/// An error of the runner that may know its remedy.
pub trait HasRemedy: std::error::Error + Send + Sync + 'static {
    /// What would resolve it.
    fn remedy(&self) -> Option<Remedy>;
}

impl HasRemedy for SweepError {
    fn remedy(&self) -> Option<Remedy> {
        SweepError::remedy(self)
    }
}

impl HasRemedy for DiscoverError {
    fn remedy(&self) -> Option<Remedy> {
        DiscoverError::remedy(self)
    }
}

impl HasRemedy for GatherError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Discover(error) => error.remedy(),
            _ => None,
        }
    }
}

impl HasRemedy for ToolNotFound {
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
        Remedy::ChipDatabase => Some("--chipdb FILE names it; without --pnr none is needed".to_owned()),
        Remedy::Stages => Some("--STAGE and --no-STAGE switch stages on and off".to_owned()),
        _ => None,
    }
}
