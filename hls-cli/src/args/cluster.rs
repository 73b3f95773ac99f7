//! Options of `synth` for many machines.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use bytesize::ByteSize;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use hls_runner::cluster::Licence;
use hls_runner::cluster::engine::table::{Entry, TABLE, by_name};

use super::sizes::size;

/// In place of an engine.
const LOCAL: &str = "local";

/// `--executor`: this machine, or an engine from the table.
#[derive(Debug, Clone, Copy)]
pub enum ExecutorArg {
    /// This machine.
    Local,
    /// An engine.
    Engine(&'static Entry),
}

fn executor() -> impl TypedValueParser<Value = ExecutorArg> {
    let engines = TABLE.iter().map(|entry| PossibleValue::new(entry.name).help(entry.help));
    let values = [PossibleValue::new(LOCAL).help("This machine")].into_iter().chain(engines);
    PossibleValuesParser::new(values).try_map(|name| match by_name(&name) {
        Some(entry) => Ok(ExecutorArg::Engine(entry)),
        None if name == LOCAL => Ok(ExecutorArg::Local),
        None => Err("there is no such engine"),
    })
}

/// What to request of a cluster.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Cluster (--executor)")]
pub struct ClusterArgs {
    /// Where jobs run
    #[arg(long, value_parser = executor(), default_value = LOCAL)]
    pub executor: ExecutorArg,
    /// Memory of a part of the sweep, that is, of one element of a job array, until finished models have shown what they need (default: what
    /// the tools usually need)
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub mem: Option<ByteSize>,
    /// The most memory that a part may get, also after its models ran out of it, when it gets twice as much (default: what the largest node has)
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_mem: Option<ByteSize>,
    /// Time limit of a part, in minutes, until finished models have shown how long they take (default: always the partition's)
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u64).range(1..))]
    pub time: Option<u64>,
    /// Models in a part, of which --num-workers run at a time (default: 1 for Vitis; otherwise 16, and once models are finished about 15 minutes
    /// of work)
    #[arg(long, value_name = "N")]
    pub models_per_part: Option<NonZeroUsize>,
    /// Number of parts that run at the same time
    #[arg(long, value_name = "N")]
    pub max_running: Option<NonZeroUsize>,
    /// A licence that each running model needs, and how many there are: requested of Slurm where it knows the licence, and no more
    /// models run at a time in any case; may be repeated
    #[arg(long, visible_alias = "license", value_name = "NAME:N", value_parser = licence)]
    pub licence: Vec<Licence>,
    /// A further option of the engine, such as --slurm-option=--partition=long for sbatch; may be repeated
    #[arg(long, visible_alias = "slurm-option", value_name = "OPTION", allow_hyphen_values = true)]
    pub engine_option: Vec<String>,
    /// A line of shell to run first on each node, such as --setup 'module load vitis'; may be repeated
    #[arg(long, value_name = "LINE")]
    pub setup: Vec<String>,
    /// What to put before the program on each node, such as --container 'apptainer exec tools.sif'
    #[arg(long, value_name = "COMMAND")]
    pub container: Option<String>,
    /// For how long a part may give no sign of life before it counts as lost, in seconds, where the engine does not know of it
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub lost_after: Option<u64>,
    /// Where hls-cli is on the nodes (default: where it is here)
    #[arg(long, value_name = "PATH")]
    pub program: Option<PathBuf>,
    /// Print what would be submitted, and submit nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Return when the sweep is submitted; the same command with --resume shows it again
    #[arg(long)]
    pub detach: bool,
}

fn licence(text: &str) -> Result<Licence, String> {
    let (name, count) = text.rsplit_once(':').ok_or("give a name and a number, such as vivado:4")?;
    let count = count.parse().map_err(|_| "the number after the colon must be 1 or more, as in vivado:4")?;
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
    if name.is_empty() || !name.chars().all(is_safe) {
        return Err("the name before the colon may have letters, digits and -_.@".to_owned());
    }
    Ok(Licence { name: name.to_owned(), count })
}

/// `collect`.
#[derive(Debug, clap::Args)]
pub struct CollectArgs {
    /// Output folder of the sweep
    pub dir: PathBuf,
    /// This is a job of the sweep: no person can be told what goes wrong
    #[arg(long, hide = true)]
    pub in_job: bool,
    /// Take steps beside the parts of this round until it is over
    #[arg(long, hide = true, value_name = "ROUND", requires = "in_job")]
    pub beside: Option<usize>,
}

/// `part`, which only jobs of a sweep call.
#[derive(Debug, clap::Args)]
pub struct PartArgs {
    /// Folder of the sweep: OUTPUT/.hls-sweep/cluster/ID
    pub sweep: PathBuf,
    /// Round, counted from 0
    #[arg(long)]
    pub round: usize,
    /// Array of the round, counted from 0
    #[arg(long)]
    pub array: usize,
    /// Element of the array
    #[arg(long)]
    pub index: usize,
    /// It has ended: take the step that follows, unless another part will
    #[arg(long)]
    pub ended: bool,
}
