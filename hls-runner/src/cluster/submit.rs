//! What is submitted: arguments of sbatch, and the scripts that run on the nodes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cluster::error::{ClusterError, at};
use crate::cluster::files::{Array, Home, Ids, Order, Request, Round, write, write_json};
use crate::cluster::pack::{Need, Shape, pack};
use crate::cluster::plan::Planned;
use crate::cluster::slurm;

/// How long before its time limit a part is told to end, in seconds.
const WARNING: u64 = 60;

/// A submission, ready to be carried out.
struct Submission {
    args: Vec<String>,
    script: String,
    /// Where the script is put.
    path: PathBuf,
}

/// What the names of the sweep's jobs begin with.
pub(super) fn prefix(order: &Order) -> String {
    format!("hls-{}", order.id)
}

/// The name of a round's jobs.
pub(super) fn name(order: &Order, round: usize) -> String {
    format!("{}-{round}", prefix(order))
}

/// The name of the job that finds out what is to be done, where that is not known on the machine that submits.
pub(super) fn planner_name(order: &Order) -> String {
    format!("{}-plan", prefix(order))
}

/// All names that jobs of the sweep may have.
pub(super) fn names(home: &Home, order: &Order) -> Vec<String> {
    let rounds = (0..home.rounds()).map(|round| name(order, round));
    rounds.chain([planner_name(order)]).collect()
}

/// The first round.
pub(super) fn first_round(planned: &Planned, request: &Request, longest: usize) -> Round {
    let shape = Shape::new(request, planned.usual_memory);
    let need = Need { memory: shape.memory, time: request.time };
    let tasks = planned.tasks.iter().map(|task| (need.clone(), task.clone())).collect();
    pack(tasks, shape.jobs_per_part, longest)
}

impl Submission {
    fn carry_out(&self) -> Result<String, ClusterError> {
        write(&self.path, self.script.as_bytes())?;
        slurm::submit(&self.args)
    }

    fn text(&self) -> String {
        let args: Vec<String> = self.args.iter().map(|arg| quoted(arg)).collect();
        let script: String = self.script.lines().map(|line| format!("    {line}\n")).collect();
        format!("sbatch {}\n{script}", args.join(" "))
    }
}

fn array(
    home: &Home,
    order: &Order,
    planned: &Planned,
    round: usize,
    number: usize,
    array: &Array,
) -> Submission {
    let request = &order.request;
    let shape = Shape::new(request, planned.usual_memory);
    let folder = home.round_dir(round);
    let path = folder.join(format!("part-{number}.sh"));
    let throttle = shape.throttle(request).map(|most| format!("%{most}")).unwrap_or_default();
    let last = array.parts.len().saturating_sub(1);
    let mut args =
        common(order, &name(order, round), &format!("{}/{number}-%a.out", literal(&folder.join("log"))));
    args.extend([
        format!("--array=0-{last}{throttle}"),
        format!("--cpus-per-task={}", shape.cores),
        format!("--mem={}M", array.memory),
        "--requeue".to_owned(),
        "--open-mode=append".to_owned(),
        format!("--signal=B:TERM@{WARNING}"),
    ]);
    args.extend(array.time.map(|minutes| format!("--time={minutes}")));
    let licences: Vec<String> = (request.licences.iter())
        .filter(|licence| slurm::knows_licence(&licence.name))
        .map(|licence| format!("{}:{}", licence.name, shape.at_a_time))
        .collect();
    if !licences.is_empty() {
        args.push(format!("--licenses={}", licences.join(",")));
    }
    args.extend(request.options.iter().cloned());
    args.push(path.to_string_lossy().into_owned());
    let command = format!(
        "part {} --round {round} --array {number} --index \"$SLURM_ARRAY_TASK_ID\"",
        quoted(&home.folder().to_string_lossy())
    );
    Submission { args, script: script(order, &command), path }
}

/// The job that takes a step, after all of `after`.
fn collector(home: &Home, order: &Order, name: &str, folder: &Path, after: &[String]) -> Submission {
    let path = folder.join("collect.sh");
    let mut args = order.request.options.clone();
    args.extend(common(order, name, &format!("{}/collect-%j.out", literal(&folder.join("log")))));
    args.extend(["--cpus-per-task=1", "--mem=1024M", "--requeue", "--open-mode=append"].map(str::to_owned));
    if !after.is_empty() {
        args.push(format!("--dependency=afterany:{}", after.join(":")));
    }
    args.push(path.to_string_lossy().into_owned());
    let command = format!("collect {} --in-job", quoted(&home.folder().to_string_lossy()));
    Submission { args, script: script(order, &command), path }
}

fn common(order: &Order, name: &str, output: &str) -> Vec<String> {
    vec![
        "--parsable".to_owned(),
        format!("--job-name={name}"),
        format!("--chdir={}", order.folder.display()),
        format!("--output={output}"),
    ]
}

/// A login shell, because that is where `module` is defined; then the program in its place, so that Slurm's signals reach it.
fn script(order: &Order, command: &str) -> String {
    let setup: String = order.request.setup.iter().map(|line| format!("{line}\n")).collect();
    let prefix = order.request.prefix.as_ref().map(|prefix| format!("{prefix} ")).unwrap_or_default();
    let program = quoted(&order.program.to_string_lossy());
    format!("#!/bin/bash -l\n{setup}exec {prefix}{program} {command}\n")
}

/// As one word of a shell. What holds a null character is no path and no argument of a program.
fn quoted(text: &str) -> String {
    shlex::try_quote(text).unwrap_or_default().into_owned()
}

/// A folder in a name of a file that sbatch fills in: a percent sign of its own is no placeholder.
fn literal(folder: &Path) -> String {
    folder.display().to_string().replace('%', "%%")
}

/// What would be submitted, as commands and scripts; `None` for a plan means that a job on a node finds out first. Nothing is written or submitted, and
/// Slurm need not be installed.
#[must_use]
pub fn dry_run(output_dir: &Path, order: &Order, planned: Option<&Planned>) -> String {
    let (home, _) = Home::new(output_dir);
    let Some(planned) = planned else {
        let planner = collector(&home, order, &planner_name(order), home.folder(), &[]);
        return format!(
            "# The tools are not looked for here: a first job finds out on a node what is to be done, and submits the rest.\n{}",
            planner.text()
        );
    };
    let longest = slurm::longest_array().unwrap_or(slurm::USUAL_ARRAY_SIZE);
    let round = first_round(planned, &order.request, longest);
    let arrays = round.arrays.iter().enumerate();
    let text: String =
        arrays.map(|(number, found)| array(&home, order, planned, 0, number, found).text()).collect();
    let after: Vec<String> = (0..round.arrays.len()).map(|number| format!("ARRAY_{number}")).collect();
    text + &collector(&home, order, &name(order, 0), &home.round_dir(0), &after).text()
}

/// Sees to it that a round is submitted, whole and once, whoever began to: what was submitted without its number being written down is found by its name.
/// Parts that are alive get a collector if theirs is gone.
pub(super) fn ensure_submitted(
    home: &Home,
    order: &Order,
    planned: &Planned,
    number: usize,
    round: &Round,
    has_begun: impl Fn(usize) -> bool,
) -> Result<Vec<slurm::Element>, ClusterError> {
    let name = name(order, number);
    let folder = home.round_dir(number);
    fs::create_dir_all(folder.join("log")).map_err(at(&folder))?;
    let mut ids = home.ids(number)?;
    let mut known = slurm::look(std::slice::from_ref(&name))?;
    let keep = |ids: &Ids| write_json(&folder.join("ids.json"), ids);
    if ids.arrays.len() < round.arrays.len() {
        let mut lost: Vec<&slurm::Element> = known.iter().filter(|found| found.index.is_some()).collect();
        lost.sort_by_key(|found| found.id.parse::<u64>().unwrap_or_default());
        for found in lost {
            if !ids.arrays.contains(&found.id) {
                ids.arrays.push(found.id.clone());
            }
        }
        while let Some(next) = round.arrays.get(ids.arrays.len()) {
            let index = ids.arrays.len();
            // What has begun was submitted, even if Slurm has forgotten it.
            let id = match has_begun(index) {
                true => String::new(),
                false => array(home, order, planned, number, index, next).carry_out()?,
            };
            ids.arrays.push(id);
            keep(&ids)?;
        }
        keep(&ids)?;
        known = slurm::look(std::slice::from_ref(&name))?;
    }
    let own = std::env::var("SLURM_JOB_ID").ok();
    let is_collector = |found: &slurm::Element| {
        found.index.is_none() && found.is_alive() && own.as_deref() != Some(found.id.as_str())
    };
    let parts_live = known.iter().any(|found| found.index.is_some() && found.is_alive());
    if (parts_live || ids.collector.is_none()) && !known.iter().any(is_collector) {
        let after: Vec<String> = ids.arrays.iter().filter(|id| !id.is_empty()).cloned().collect();
        ids.collector = Some(collector(home, order, &name, &folder, &after).carry_out()?);
        keep(&ids)?;
    }
    Ok(known)
}

/// Sees to it that a job on a node finds out what is to be done.
pub(super) fn ensure_planner(home: &Home, order: &Order) -> Result<(), ClusterError> {
    let name = planner_name(order);
    if slurm::look(std::slice::from_ref(&name))?.iter().any(slurm::Element::is_alive) {
        return Ok(());
    }
    let folder = home.path("plan");
    fs::create_dir_all(folder.join("log")).map_err(at(&folder))?;
    collector(home, order, &name, &folder, &[]).carry_out().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_shell() {
        for (text, expected) in [
            ("--parsable", "--parsable"),
            ("--mem=1M", "'--mem=1M'"),
            ("/a b/c", "'/a b/c'"),
            ("it's", "\"it's\""),
            ("", "''"),
            ("$(reboot)", "'$(reboot)'"),
        ] {
            assert_eq!(quoted(text), expected);
        }
        assert_eq!(literal(Path::new("/a/100%/j")), "/a/100%%/j");
    }
}
