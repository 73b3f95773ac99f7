//! What `synth` is asked to do: options as the libraries take them.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow};
use hls_runner::admission::automatic_workers;
use hls_runner::process::Limits;
use hls_runner::toolchain::table::{Entry, Wanted, default_here};
use hls_runner::toolchain::{Toolchain, VerilogSimulator};
use hls_runner::{
    Admission, DEFAULT_OUTPUT, Grid, GridConverter, Input, ModelConverter, Plan, Resume, Retention, Stage,
    StageSet, SweepOptions, Tarball, TestData,
};

use crate::args::{ImplementationArgs, KeepArg, LimitArgs, SimulatorArg, SynthArgs, Workers};
use crate::error::CliError;
use crate::grid::{self, Conversions};
use crate::output;
use crate::remedy::with_option;
use crate::selection::models;

/// What is to be done, apart from the tools that do it.
pub struct Work {
    /// The toolchain, as it is known before anybody looks for it.
    pub entry: &'static Entry,
    /// How many models and jobs there are, in words.
    pub count: String,
    pub plan: Plan,
    pub converter: GridConverter,
}

impl Work {
    /// Checks everything that can be checked without the tools.
    pub fn new(args: &SynthArgs, entry: &'static Entry) -> Result<Self, CliError> {
        let options = settings(args);
        let (grid, inputs) = (grid::grid(&args.grid, &options)?, inputs(args)?);
        let models: usize = inputs.iter().map(|input| input.models.len()).sum();
        // Before anything is made for each point: a slip of the fingers may ask for more points than fit into the memory.
        let count = grid::count(models, &grid)?;
        let conversions = Conversions::new(grid, &options, &(entry.backend)())?;
        let files = inputs.iter().flat_map(|input| &input.models).map(|model| model.path.as_path());
        grid::check_models(&conversions.base, &conversions.grid, files)?;
        let plan = plan(args, inputs, &conversions.grid)?;
        Ok(Self { entry, count, plan, converter: with(args, entry, conversions)? })
    }
}

/// What turns models into projects.
pub fn converter(args: &SynthArgs, entry: &'static Entry) -> Result<GridConverter, CliError> {
    let options = settings(args);
    let grid = grid::grid(&args.grid, &options)?;
    with(args, entry, Conversions::new(grid, &options, &(entry.backend)())?)
}

/// What a grid can change.
fn settings(args: &SynthArgs) -> grid::Options {
    grid::Options {
        conversion: args.conversion.clone(),
        circuit: args.circuit.clone(),
        implementation: args.implementation.clone(),
    }
}

fn with(args: &SynthArgs, entry: &Entry, conversions: Conversions) -> Result<GridConverter, CliError> {
    let converter = ModelConverter::new(conversions.base).with_data(data(args)?);
    let stages = args.stages.stages(entry);
    check_scripts(&args.implementation, entry, &stages)?;
    let converter = match entry.checks_reference(&stages) {
        true => converter.compared_with_emulator(),
        false => converter,
    };
    Ok(converter.for_points(conversions.points))
}

/// How jobs are run.
pub fn options(args: &SynthArgs, entry: &Entry) -> SweepOptions {
    let admission = admission(&args.limits);
    SweepOptions {
        workers: workers(entry, args, admission),
        stages: Some(args.stages.stages(entry)),
        retention: match args.keep {
            None => Retention::default(),
            Some(KeepArg::Reports) => Retention::Reports,
            Some(KeepArg::Project) => Retention::Project,
        },
        keep_files: args.keep_file.clone(),
        tarball: if args.no_tarball { Tarball::Omit } else { Tarball::Write },
        limits: Limits {
            timeout: args.limits.timeout.map(Duration::from_secs),
            stage_timeout: args.limits.stage_timeout.map(Duration::from_secs),
            stall_timeout: args.limits.stall_timeout.map(Duration::from_secs),
            ..Limits::NONE
        },
        resume: if args.resume { Resume::Continue } else { Resume::StartAgain },
        scratch: scratch(args.scratch.as_deref(), None),
        retries: args.retries,
        admission,
    }
}

/// Where tools work, on the machine that asks: in the folder that is asked for, or else in `usual`, an environment variable that names one which is there.
/// A name at the beginning stands for what the environment says; where it says nothing, tools work in the output folder.
pub fn scratch(asked: Option<&Path>, usual: Option<&str>) -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let Some(asked) = asked else { return usual.and_then(variable).filter(|folder| folder.is_dir()) };
    let first = asked.components().next()?.as_os_str().to_string_lossy().into_owned();
    let folder = match first.strip_prefix('$') {
        None => asked.to_owned(),
        Some(name) => {
            let name = name.trim_start_matches('{').trim_end_matches('}');
            variable(name)?.join(asked.strip_prefix(&first).ok()?)
        }
    };
    std::path::absolute(folder).ok()
}

/// What running jobs may use together.
pub fn admission(args: &LimitArgs) -> Admission {
    Admission {
        max_memory: args.max_memory.map(|size| size.as_u64()),
        memory_per_job: args.memory_per_job.map(|size| size.as_u64()),
        disk_reserve: args.min_free_disk.as_u64(),
    }
}

fn workers(entry: &Entry, args: &SynthArgs, admission: Admission) -> NonZeroUsize {
    match args.num_workers {
        Workers::Number(number) => number,
        Workers::Auto => {
            let threads = args.limits.threads_per_job.map_or(1, NonZeroUsize::get);
            let number = automatic_workers(threads, entry.usual_memory, admission);
            NonZeroUsize::new(number).unwrap_or(NonZeroUsize::MIN)
        }
    }
}

fn data(args: &SynthArgs) -> Result<TestData, CliError> {
    match &args.data {
        None => Ok(TestData::Random),
        Some(path) if path.is_dir() => Ok(TestData::Folder(path.clone())),
        Some(path) if path.is_file() => Ok(TestData::File(path.clone())),
        Some(path) => {
            Err(CliError::usage(anyhow!("--data {}: there is no such file or folder", path.display())))
        }
    }
}

/// The models of each folder.
fn inputs(args: &SynthArgs) -> Result<Vec<Input>, CliError> {
    let mut known: Vec<PathBuf> = Vec::new();
    for dir in &args.input_dir {
        let real = fs::canonicalize(dir).unwrap_or_else(|_| dir.clone());
        if known.contains(&real) {
            return Err(CliError::usage(anyhow!(
                "--input-dir {}: this folder is given twice",
                dir.display()
            )));
        }
        known.push(real);
    }
    if known.len() > 1 && args.output_dir.is_none() {
        return Err(CliError::usage(anyhow!(
            "{} input folders are given, and the results could be in {DEFAULT_OUTPUT} of any; say where with --output-dir",
            known.len()
        )));
    }
    let input = |dir: &PathBuf| Ok(Input { dir: dir.clone(), models: models(dir, &args.selection)? });
    args.input_dir.iter().map(input).collect()
}

fn plan(args: &SynthArgs, inputs: Vec<Input>, grid: &Grid) -> Result<Plan, CliError> {
    let own = args.input_dir.first().map(|dir| dir.join(DEFAULT_OUTPUT)).unwrap_or_default();
    let output_dir = args.output_dir.as_ref().unwrap_or(&own);
    hls_runner::plan_grid(inputs, output_dir, grid)
        .context("the output folder cannot be determined")
        .map_err(CliError::usage)
}

/// Options that change scripts are wrong where these scripts do not run. (Circuits of open tools never have DSPs or block RAM, and a C simulation is of the
/// same firmware: `--no-dsp` and `--no-bram` suit every toolchain.)
fn check_scripts(args: &ImplementationArgs, entry: &Entry, stages: &StageSet) -> Result<(), CliError> {
    let of_vivado = [
        (args.out_of_context, "--out-of-context"),
        (args.vivado_timing, "--vivado-timing"),
        (args.vivado_power, "--vivado-power"),
        (args.place_and_route, "--place-and-route"),
        (args.tcl_before_vsynth.is_some(), "--tcl-before-vsynth"),
    ];
    let of_vivado = of_vivado.into_iter().map(|(is_given, option)| (is_given, option, "vsynth"));
    for (is_given, option, stage) in
        of_vivado.chain([(args.tcl_before_synth.is_some(), "--tcl-before-synth", "synth")])
    {
        let runs = entry.name == "vitis" && stages.contains(&Stage::new(stage));
        if is_given && !runs {
            return Err(CliError::usage(anyhow!(
                "{option} changes what the stage {stage} of --toolchain vitis does, which would not run here; leave it out, or ask for \
                 --toolchain vitis --{stage}"
            )));
        }
    }
    Ok(())
}

/// What runs where nobody chose: said where that is not what hls4ml's users expect.
pub fn default_toolchain(args: &SynthArgs) -> &'static Entry {
    let entry = default_here(args.vitis_dir.as_deref());
    if entry.name == "open" {
        output::note(
            "note: no Vitis HLS was found, so --toolchain open is used: own Verilog, simulated and mapped without a licence",
        );
    }
    entry
}

/// Looks for the tools on this machine.
pub fn toolchain(entry: &Entry, args: &SynthArgs) -> Result<Box<dyn Toolchain>, CliError> {
    let mut wanted = Wanted::new(args.stages.stages(entry));
    // The option names the vendor's tools only.
    wanted.installation = args.vitis_dir.clone().filter(|_| entry.name == "vitis");
    wanted.simulator = match args.simulator {
        SimulatorArg::Iverilog => VerilogSimulator::Iverilog,
        SimulatorArg::Verilator => VerilogSimulator::Verilator,
    };
    wanted.threads = args.limits.threads_per_job;
    wanted.chip_database = args.chipdb.clone();
    (entry.find)(&wanted).map_err(|error| CliError::usage(with_option(error)))
}
