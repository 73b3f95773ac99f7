//! An engine that runs jobs elsewhere: each job of a plan becomes a file, and a process of its own that knows nothing but that file and
//! the two folders. Here these processes are started at once on this machine; a batch system would start the same ones on others.
//!
//! `cargo run -p hls-runner --example elsewhere -- FOLDER`

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use hls_codegen::Conversion;
use hls_runner::toolchain::Csim;
use hls_runner::{
    CancelToken, Fingerprint, Job, JobContext, JobRecord, JobSpec, ModelConverter, Settings, Silent,
    SweepOptions, discover, plan, run_job,
};

/// Sweeps a folder, or runs one job of such a sweep.
pub fn main() -> Result<(), Box<dyn Error>> {
    // Must come first: this may be the process that watches over a tool.
    hls_runner::process::main_if_asked();
    match std::env::args().collect::<Vec<_>>().as_slice() {
        [_, flag, job, input, output] if flag == "--job" => {
            work(job.as_ref(), input.as_ref(), output.as_ref())
        }
        [_, folder] => {
            for record in sweep(folder.as_ref())? {
                println!("{}: {:?}", record.job.name, record.status);
            }
            Ok(())
        }
        _ => Err("usage: elsewhere FOLDER".into()),
    }
}

/// Plans here, runs each job in a process of its own, and collects the records. Whoever calls it makes sure that nobody else works in the
/// output folder.
pub fn sweep(input: &Path) -> Result<Vec<JobRecord>, Box<dyn Error>> {
    let models = discover(input, "*.h5")?.select(None, None)?;
    let plan = plan(input, None, models)?;
    let settings = Settings::new(&SweepOptions::default(), &Csim::find()?)?;
    fs::create_dir_all(&plan.output_dir)?;
    let jobs = tempfile::tempdir_in(&plan.output_dir)?;
    let (mut files, mut processes) = (Vec::new(), Vec::new());
    for (number, job) in plan.jobs.iter().enumerate() {
        let spec = JobSpec::new(&plan, job, Fingerprint::of_file(&job.model).ok());
        let file = jobs.path().join(format!("{number}.json"));
        fs::write(&file, serde_json::to_string(&(spec, &settings))?)?;
        let mut command = Command::new(std::env::current_exe()?);
        processes.push(command.arg("--job").args([file.as_path(), input, &plan.output_dir]).spawn()?);
        files.push(file);
    }
    for mut process in processes {
        process.wait()?;
    }
    plan.jobs.iter().zip(&files).map(|(job, file)| record_of(job, file)).collect()
}

/// What the process of a job wrote next to the job's file.
fn record_of(job: &Job, file: &Path) -> Result<JobRecord, Box<dyn Error>> {
    match fs::read(file.with_extension("record")) {
        Ok(record) => Ok(serde_json::from_slice(&record)?),
        Err(error) => Err(format!("{} was lost, its process left no record: {error}", job.name).into()),
    }
}

/// What a process does that was started for a job. `run_job` gives the project its name in the output folder with one rename, so that of two processes
/// with the same job one counts.
fn work(job: &Path, input_dir: &Path, output_dir: &Path) -> Result<(), Box<dyn Error>> {
    let (spec, settings): (JobSpec, Settings) = serde_json::from_str(&fs::read_to_string(job)?)?;
    let context = JobContext {
        input_dirs: &[input_dir.to_owned()],
        output_dir,
        scratch: None,
        settings: &settings,
        converter: &ModelConverter::new(Conversion::default()).compared_with_emulator(),
        toolchain: &Csim::find()?,
        cancel: &CancelToken::new(),
    };
    let record = run_job(&spec, &context, &Silent);
    Ok(fs::write(job.with_extension("record"), serde_json::to_string(&record)?)?)
}
