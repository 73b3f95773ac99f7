//! Options of the conversion, the same for every command.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use hls_codegen::FifoDepths;
use hls_codegen::settings::{ClockUncertainty, Part};
use hls_model::config::Setting;
use hls_model::target::IoType;

/// Options of the conversion.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Conversion options")]
pub struct ConversionArgs {
    /// hls4ml configuration (YAML or JSON, bare or a whole hls4ml_config.yml), interpreted as by hls4ml
    #[arg(long, value_name = "FILE", conflicts_with_all = ["granularity", "precision", "max_precision", "reuse_factor", "strategy"])]
    pub config: Option<PathBuf>,
    /// Granularity of the generated configuration (default: name)
    #[arg(long, value_enum)]
    pub granularity: Option<GranularityArg>,
    /// Default precision of the generated configuration (default: fixed<16,6>)
    #[arg(long, value_name = "PRECISION")]
    pub precision: Option<String>,
    /// Widest precision that may be inferred
    #[arg(long, value_name = "PRECISION")]
    pub max_precision: Option<String>,
    /// Reuse factor of every layer (default: 1)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub reuse_factor: Option<u64>,
    /// Reuse factor of all convolutions, as LayerType.Conv1D.ReuseFactor=N and so on for their other classes
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub conv_reuse_factor: Option<u64>,
    /// Reuse factor of all dense layers, as LayerType.Dense.ReuseFactor=N
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub dense_reuse_factor: Option<u64>,
    /// Strategy of every layer (default: latency)
    #[arg(long, value_enum, ignore_case = true)]
    pub strategy: Option<StrategyArg>,
    /// Change one setting, such as LayerType.Dense.ReuseFactor=4 or LayerName.fc1.Precision.weight=ap_fixed<8,3>; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<Setting>,
    /// Name of the top function and of the files named after it (default: myproject)
    #[arg(long, value_name = "NAME")]
    pub project_name: Option<String>,
    /// FPGA part (default: xc7z020clg400-1)
    #[arg(long, alias = "fpga-part", value_name = "PART")]
    pub part: Option<Part>,
    /// Clock period in ns (default: 5)
    #[arg(long, value_name = "NS")]
    pub clock_period: Option<f64>,
    /// Clock uncertainty, a percentage or a time in ns (default: 27%)
    #[arg(long, value_name = "UNCERTAINTY")]
    pub clock_uncertainty: Option<ClockUncertainty>,
    /// How tensors are passed between layers (default: io_parallel)
    #[arg(long, value_parser = IoTypeParser)]
    pub io_type: Option<IoType>,
    /// Places of the queues between layers of an io_stream model, where the configuration sets no FIFODepth (default: whole)
    #[arg(long, value_enum)]
    pub fifo_depths: Option<FifoDepthsArg>,
    /// Use the kernels in this folder, which contains nnet_utils/ and ap_types/, instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub kernels: Option<PathBuf>,
    /// Treat warnings of the conversion as errors
    #[arg(long)]
    pub strict: bool,
}

/// `--granularity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GranularityArg {
    /// One entry for the model; activation quantizers are ignored
    Model,
    /// One entry for each class of layers
    Type,
    /// One entry for each layer
    Name,
}

/// `--strategy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StrategyArg {
    /// As many multipliers as products
    Latency,
    /// Multipliers shared according to the reuse factor
    Resource,
    /// As resource, with code generated for the weights of each dense layer
    #[value(name = "resource_unrolled", alias = "ResourceUnrolled", alias = "resource-unrolled")]
    ResourceUnrolled,
    /// Sums of shifted inputs instead of multipliers; needs reuse factor 1
    #[value(
        name = "distributed_arithmetic",
        alias = "DistributedArithmetic",
        alias = "distributed-arithmetic",
        alias = "da"
    )]
    DistributedArithmetic,
}

/// `--fifo-depths`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FifoDepthsArg {
    /// Room for a whole tensor, as hls4ml has it
    Whole,
    /// As many as are enough, by an estimate of when layers read and write
    Estimated,
}

impl From<FifoDepthsArg> for FifoDepths {
    fn from(depths: FifoDepthsArg) -> Self {
        match depths {
            FifoDepthsArg::Whole => Self::Whole,
            FifoDepthsArg::Estimated => Self::Estimated,
        }
    }
}

/// `--io-type`: names and errors are those of the target.
#[derive(Debug, Clone)]
struct IoTypeParser;

impl TypedValueParser for IoTypeParser {
    type Value = IoType;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<IoType, clap::Error> {
        let parser = StringValueParser::new().try_map(|name| name.parse::<IoType>());
        parser.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let value = |io_type: IoType| PossibleValue::new(io_type.as_str()).help(meaning(io_type));
        Some(Box::new(IoType::ALL.into_iter().map(value)))
    }
}

fn meaning(io_type: IoType) -> &'static str {
    match io_type {
        IoType::Parallel => "All elements of a tensor at once",
        IoType::Stream => "One pixel or time step after the other",
    }
}
