//! Options of the circuits that this program writes itself.

use clap::ValueEnum;
use hls_codegen::adder_graph::Effort;

/// Options of the circuits that this program writes itself.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Circuit options (--toolchain open)")]
pub struct CircuitArgs {
    /// How much work goes into looking for sums that several outputs share, which saves LUTs (default: low)
    #[arg(long, value_enum)]
    pub effort: Option<EffortArg>,
}

/// `--effort`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EffortArg {
    /// Well below a second for a network of a few thousand weights
    Low,
    /// Some ten times as much work
    High,
}

impl From<EffortArg> for Effort {
    fn from(effort: EffortArg) -> Self {
        match effort {
            EffortArg::Low => Self::Low,
            EffortArg::High => Self::High,
        }
    }
}
