//! Options of the circuits that this program writes itself.

use clap::ValueEnum;
use hls_codegen::adder_graph::Effort;
use hls_codegen::rtl::Goal;

/// Options of the circuits that this program writes itself.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Circuit options (--toolchain open)")]
pub struct CircuitArgs {
    /// How much work goes into looking for sums that several outputs share, which saves LUTs (default: low)
    #[arg(long, value_enum)]
    pub effort: Option<EffortArg>,
    /// What to be good at where LUTs can be had for time (default: balance)
    #[arg(long, value_enum)]
    pub goal: Option<GoalArg>,
}

/// `--effort`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EffortArg {
    /// About a second for a network of a few thousand weights
    Low,
    /// Two to three times as long, for 1 to 2 % fewer LUTs
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

/// `--goal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GoalArg {
    /// As few LUTs as possible
    Area,
    /// Few LUTs, but not at any price in time
    Balance,
    /// Short paths, and so fewer cycles and flip-flops, for some 6 % more LUTs than area
    Latency,
}

impl From<GoalArg> for Goal {
    fn from(goal: GoalArg) -> Self {
        match goal {
            GoalArg::Area => Self::Area,
            GoalArg::Balance => Self::Balance,
            GoalArg::Latency => Self::Latency,
        }
    }
}
