//! Which models of a folder to use.

use std::num::NonZeroUsize;

use clap::ValueEnum;
use hls_runner::discover::DEFAULT_PATTERN;

/// Which models of a folder to use.
#[derive(Debug, Clone, clap::Args)]
pub struct SelectionArgs {
    /// File names of the models
    #[arg(long, value_name = "GLOB", default_value = DEFAULT_PATTERN)]
    pub pattern: String,
    /// Tiers to use, if there are two
    #[arg(long, value_enum)]
    pub tiers: Option<TiersArg>,
    /// Use only the first N models
    #[arg(long, value_name = "N")]
    pub limit: Option<NonZeroUsize>,
}

/// `--tiers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TiersArg {
    /// pareto_primary/ only
    Primary,
    /// Both tiers
    Both,
}
