//! The queues of a sweep's jobs, before and after the stage `fifo_opt`.

use std::path::Path;

use anyhow::anyhow;
use hls_runner::Summary;
use hls_runner::toolchain::{FifoDepth, FifoDepths, read_fifo_depths};
use serde_json::{Map, Value, json};

use crate::args::FifoArgs;
use crate::commands::report::label;
use crate::error::CliError;
use crate::output::{self, STAND_IN_NOTE, printable};
use crate::tables::table;

/// A job whose depths were measured.
struct Measured {
    name: String,
    queues: Vec<FifoDepth>,
}

pub fn run(args: &FifoArgs) -> Result<(), CliError> {
    if args.write_config.is_some() {
        let error = anyhow!(
            "--write-config needs a model file; the projects of a sweep have their measured depths already"
        );
        return Err(CliError::usage(error));
    }
    let (jobs, stand_in) = jobs(&args.path)?;
    if jobs.is_empty() {
        let error = anyhow!(
            "{}: no job here has measured depths; run `hls-cli synth --io-type io_stream --fifo-opt` first, or name a model file for an estimate",
            args.path.display()
        );
        return Err(CliError::usage(error));
    }
    let text = if args.json { format!("{:#}", document(&jobs)) } else { describe(&jobs) };
    output::print(&text)?;
    if stand_in {
        output::note(&format!("warning: {STAND_IN_NOTE}"));
    }
    Ok(())
}

/// The jobs of a sweep's folder, or the folder itself; and whether a stand-in made up the numbers.
fn jobs(folder: &Path) -> Result<(Vec<Measured>, bool), CliError> {
    if let Some(FifoDepths { queues, stand_in }) = read_fifo_depths(folder) {
        return Ok((vec![Measured { name: folder.display().to_string(), queues }], stand_in));
    }
    let summary = Summary::read(folder).map_err(CliError::usage)?;
    let depths = summary.jobs().iter().filter_map(|job| {
        let FifoDepths { queues, stand_in } = read_fifo_depths(&summary.folder_of(job)?)?;
        Some((Measured { name: label(job), queues }, stand_in))
    });
    let (jobs, stand_ins): (Vec<_>, Vec<_>) = depths.unzip();
    Ok((jobs, stand_ins.contains(&true)))
}

fn describe(jobs: &[Measured]) -> String {
    let mut table = table(&["model", "queue"], &["places before", "places now"]);
    for job in jobs {
        for queue in &job.queues {
            let (name, variable) = (printable(&job.name), printable(&queue.name));
            table.add_row([name, variable, queue.initial.to_string(), queue.optimized.to_string()]);
        }
    }
    let total = |places: fn(&FifoDepth) -> usize| -> usize {
        jobs.iter().flat_map(|job| &job.queues).map(places).sum()
    };
    let (before, now) = (total(|queue| queue.initial), total(|queue| queue.optimized));
    format!("{table}\n{before} places before, {now} now: the most that the co-simulation used")
}

fn document(jobs: &[Measured]) -> Value {
    let job = |job: &Measured| {
        let queue = |queue: &FifoDepth| {
            (queue.name.clone(), json!({ "initial": queue.initial, "optimized": queue.optimized }))
        };
        (job.name.clone(), Value::Object(job.queues.iter().map(queue).collect()))
    };
    Value::Object(jobs.iter().map(job).collect::<Map<_, _>>())
}
