//! What is asked of an engine, from the options.

use std::path::Path;

use anyhow::anyhow;
use hls_runner::cluster::engine::table::Entry as Engine;
use hls_runner::cluster::{Commands, Order, Pod, Request};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::args::{self, SynthArgs, Workers};
use crate::error::CliError;

/// What is asked of an engine.
pub fn order(args: &SynthArgs, engine: &Engine) -> Result<Order, CliError> {
    refuse_strange(args, engine.name)?;
    let command = args::to_record()
        .ok_or_else(|| CliError::usage(anyhow!("for a cluster, all arguments must be text in UTF-8")))?;
    let mib = |size: &bytesize::ByteSize| size.as_u64().div_ceil(1 << 20).max(1);
    let asked = &args.cluster;
    let request = Request {
        memory: asked.mem.as_ref().map(mib),
        max_memory: asked.max_mem.as_ref().map(mib),
        time: asked.time,
        cores: args.limits.threads_per_job,
        jobs_per_part: asked.models_per_part,
        at_a_time: match args.num_workers {
            Workers::Number(number) => Some(number),
            Workers::Auto => None,
        },
        licences: asked.licence.clone(),
        max_running: asked.max_running,
        retries: args.retries,
        options: asked.engine_option.clone(),
        setup: asked.setup.clone(),
        prefix: asked.container.clone(),
        commands: commands(args, engine)?,
        pod: pod(args, engine)?,
        lost_after: asked.lost_after,
    };
    let folder = std::env::current_dir()?;
    let program = match &asked.program {
        Some(program) => program.clone(),
        None => std::env::current_exe()?,
    };
    Ok(Order::new(command, folder, program, engine.name, request))
}

/// Refuses options of an engine that is not used.
pub fn refuse_strange(args: &SynthArgs, executor: &str) -> Result<(), CliError> {
    let strange = [("command", args.commands.any()), ("kubernetes", args.pod.any())];
    match strange
        .into_iter()
        .find_map(|(engine, option)| Some((engine, option.filter(|_| engine != executor)?)))
    {
        None => Ok(()),
        Some((engine, option)) => Err(CliError::usage(anyhow!(
            "{option} is for --executor {engine}, and the executor is {executor}"
        ))),
    }
}

/// The commands of a batch system, from a file and from options.
fn commands(args: &SynthArgs, engine: &Engine) -> Result<Option<Commands>, CliError> {
    let given = &args.commands;
    if engine.name != "command" {
        return Ok(None);
    }
    let mut commands = match &given.engine {
        Some(path) => described(path, "commands")?,
        None => Commands::default(),
    };
    let texts = [
        (&given.submit_command, &mut commands.submit),
        (&given.list_command, &mut commands.list),
        (&given.cancel_command, &mut commands.cancel),
        (&given.index_variable, &mut commands.index_variable),
    ];
    for (given, command) in texts {
        if let Some(text) = given {
            command.clone_from(text);
        }
    }
    commands.collect = given.collect_command.clone().or(commands.collect);
    commands.exclude = given.exclude_nodes.clone().or(commands.exclude);
    commands.node_variable = given.node_variable.clone().or(commands.node_variable);
    commands.first_index = given.first_index.unwrap_or(commands.first_index);
    commands.longest_array = given.longest_array.or(commands.longest_array);
    Ok(Some(commands))
}

/// Further fields of pods, in a file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PodFile {
    pod: serde_json::Map<String, serde_json::Value>,
    container: serde_json::Map<String, serde_json::Value>,
}

/// What pods look like.
fn pod(args: &SynthArgs, engine: &Engine) -> Result<Option<Pod>, CliError> {
    if engine.name != "kubernetes" {
        return Ok(None);
    }
    let file: PodFile = match &args.pod.pod_file {
        Some(path) => described(path, "pods")?,
        None => PodFile::default(),
    };
    let image = args.pod.image.clone().unwrap_or_default();
    let volumes = args.pod.volume.clone();
    Ok(Some(Pod { image, volumes, spec: file.pod, container: file.container }))
}

/// What a YAML file describes.
fn described<T: DeserializeOwned>(path: &Path, what: &str) -> Result<T, CliError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| CliError::usage(anyhow!("{} cannot be read: {error}", path.display())))?;
    serde_saphyr::from_str(&text)
        .map_err(|error| CliError::usage(anyhow!("{} describes no {what}: {error}", path.display())))
}
