//! `synth`: turns a folder of models into finished projects.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, anyhow};
use hls_runner::admission::automatic_workers;
use hls_runner::process::Limits;
use hls_runner::toolchain::table::{Entry, Wanted, default_here};
use hls_runner::toolchain::{Toolchain, VerilogSimulator};
use hls_runner::{
    Admission, DEFAULT_OUTPUT, Grid, Input, ModelConverter, Resume, Retention, Stage, StageSet, SweepError,
    SweepOptions, SweepResult, Tarball, TestData,
};

use crate::args::{ImplementationArgs, KeepArg, LimitArgs, SimulatorArg, SynthArgs, Workers};
use crate::error::{CliError, FAILED, INTERRUPTED};
use crate::grid::{self, Conversions};
use crate::output;
use crate::progress::Progress;
use crate::remedy::with_option;
use crate::selection::models;
use crate::signals::cancel_on_signals;

pub fn run(args: &SynthArgs) -> Result<ExitCode, CliError> {
    let entry = args.toolchain.unwrap_or_else(|| default_toolchain(args));
    let backend = (entry.backend)();
    let options = grid::Options {
        conversion: args.conversion.clone(),
        circuit: args.circuit.clone(),
        implementation: args.implementation.clone(),
    };
    let grid = grid::grid(&args.grid, &options)?;
    let inputs = inputs(args)?;
    let models: usize = inputs.iter().map(|input| input.models.len()).sum();
    let count = grid::count(models, &grid)?;
    let Conversions { base, grid, points } = Conversions::new(grid, &options, &backend)?;
    let files = inputs.iter().flat_map(|input| &input.models).map(|model| model.path.as_path());
    grid::check_models(&base, &grid, files)?;
    let converter = ModelConverter::new(base).with_data(data(args)?);
    let stages = args.stages.stages(entry);
    check_scripts(&args.implementation, entry, &stages)?;
    let converter = match entry.checks_reference(&stages) {
        true => converter.compared_with_emulator(),
        false => converter,
    };
    let converter = converter.for_points(points);
    let plan = plan(args, inputs, &grid)?;
    let toolchain = toolchain(entry, args, stages.clone())?;
    let admission = admission(&args.limits);
    let options = SweepOptions {
        workers: workers(entry, args, admission),
        stages: Some(stages),
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
        retries: args.retries,
        admission,
    };
    let cancel = cancel_on_signals()?;
    output::note(&format!(
        "{count}, {} at a time, {} with {}",
        options.workers.get().min(plan.jobs.len()),
        toolchain.name(),
        toolchain.program().display()
    ));
    let result =
        hls_runner::run_sweep(&plan, &options, &converter, toolchain.as_ref(), &mut Progress::new(), &cancel);
    match result {
        Ok(result) => finish(&result, &plan.output_dir),
        Err(error @ SweepError::Results { .. }) => Err(CliError::failed(error)),
        Err(error) => Err(CliError::usage(with_option(error))),
    }
}

fn admission(args: &LimitArgs) -> Admission {
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

fn plan(args: &SynthArgs, inputs: Vec<Input>, grid: &Grid) -> Result<hls_runner::Plan, CliError> {
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
fn default_toolchain(args: &SynthArgs) -> &'static Entry {
    let entry = default_here(args.vitis_dir.as_deref());
    if entry.name == "open" {
        output::note(
            "note: no Vitis HLS was found, so --toolchain open is used: own Verilog, simulated and mapped without a licence",
        );
    }
    entry
}

fn toolchain(entry: &Entry, args: &SynthArgs, stages: StageSet) -> Result<Box<dyn Toolchain>, CliError> {
    let mut wanted = Wanted::new(stages);
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

fn finish(result: &SweepResult, output_dir: &Path) -> Result<ExitCode, CliError> {
    let state = &result.state;
    let results = output_dir.join(hls_runner::results::RESULTS_FILE);
    let summary = format!(
        "{} {}: {} succeeded, {} failed{}. Results: {}",
        state.total(),
        state.things(),
        state.successful(),
        state.failed(),
        match state.resumed() {
            0 => String::new(),
            resumed => format!(" ({resumed} of them in an earlier run)"),
        },
        results.display()
    );
    output::print(&summary)?;
    if state.interrupted {
        output::note("interrupted: run the same command with --resume to finish the rest");
    }
    Ok(match (state.interrupted, state.failed()) {
        (true, _) => ExitCode::from(INTERRUPTED),
        (false, 0) => ExitCode::SUCCESS,
        (false, _) => ExitCode::from(FAILED),
    })
}
