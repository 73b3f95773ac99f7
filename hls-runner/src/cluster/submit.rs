//! What is submitted: a round's arrays and its collector, and the job that plans where this machine cannot.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::cluster::engine::script::{quoted, script, script_with_step};
use crate::cluster::engine::table::engine;
use crate::cluster::engine::{
    Element, Engine, Look, Parts, Sight, Submission, Submitted, USUAL_ARRAY, Which, Work,
};
use crate::cluster::error::{ClusterError, at};
use crate::cluster::files::{
    Array, Home, Ids, Licence, Order, Request, Round, optional, read, write, write_json,
};
use crate::cluster::forecast::Forecast;
use crate::cluster::pack::{Need, Shape, pack};
use crate::cluster::plan::Planned;
use crate::folder::heart::silence;
use crate::process::log::tail;

/// So many jobs are submitted to find out what is to be done.
const MOST_PLANNERS: usize = 3;

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

/// The jobs of a round, as far as they are known.
pub(super) fn submitted(home: &Home, order: &Order, round: usize) -> Result<Submitted, ClusterError> {
    Ok(Submitted { name: name(order, round), folder: home.round_dir(round), ids: home.ids(round)? })
}

fn planner(home: &Home, order: &Order) -> Result<Submitted, ClusterError> {
    let ids = optional(read(&planner_ids(home)))?.unwrap_or_default();
    Ok(Submitted { name: planner_name(order), folder: home.path("plan"), ids })
}

fn planner_ids(home: &Home) -> PathBuf {
    home.path("plan").join("ids.json")
}

/// All jobs that the sweep may have.
pub(super) fn all_submitted(home: &Home, order: &Order) -> Result<Vec<Submitted>, ClusterError> {
    let rounds = (0..home.rounds()).map(|round| submitted(home, order, round));
    rounds.chain([planner(home, order)]).collect()
}

/// What a person has to do for the sweep to go on, where this program cannot do it: what is in a file must be given to the engine.
///
/// # Errors
/// A file of the sweep cannot be read.
pub fn by_hand(home: &Home) -> Result<Option<String>, ClusterError> {
    let order = home.order()?;
    if home.ended()?.is_some() {
        return Ok(None);
    }
    let folder = home.rounds().checked_sub(1).map_or_else(|| home.path("plan"), |last| home.round_dir(last));
    let has_begun = fs::read_dir(folder.join("notes")).is_ok_and(|mut notes| notes.next().is_some());
    Ok(if has_begun { None } else { engine(&order)?.by_hand(&folder) })
}

/// What a person types to cancel the first round of a sweep.
///
/// # Errors
/// There is no such engine.
pub fn cancel_by_hand(order: &Order) -> Result<String, ClusterError> {
    Ok(engine(order)?.cancel_by_hand(&name(order, 0)))
}

/// The first round: what an earlier sweep tells of the jobs that it finished fills in what was not asked for.
pub(super) fn first_round(planned: &Planned, request: &Request, longest: usize) -> Round {
    let forecast = Forecast::of(planned.resumed.iter().map(|(_, record)| record));
    let shape = Shape::new(request, planned.usual_memory).at_first(&forecast, request);
    let need = Need { memory: shape.memory, time: request.time };
    let tasks = planned.tasks.iter().map(|task| (need.clone(), task.clone())).collect();
    pack(tasks, &shape, &forecast, longest)
}

fn carry_out(engine: &dyn Engine, submission: &Submission) -> Result<String, ClusterError> {
    write(&submission.path, submission.script.as_bytes())?;
    engine.submit(submission).map_err(|error| match error {
        ClusterError::Refused { command, message } => {
            // The command's name is said once.
            let name = command.split_whitespace().next().unwrap_or_default();
            let message = message.replace(&format!("{name}: error: "), "").replace(&format!("{name}: "), "");
            ClusterError::NotTaken { command, message }
        }
        other => other,
    })
}

fn array(
    engine: &dyn Engine,
    home: &Home,
    order: &Order,
    planned: &Planned,
    (round, number): (usize, usize),
    of: &Round,
) -> Submission {
    let nothing = Array { memory: 0, time: None, parts: Vec::new() };
    let array = of.arrays.get(number).unwrap_or(&nothing);
    let request = &order.request;
    let shape = Shape::new(request, planned.usual_memory);
    let folder = home.round_dir(round);
    let sweep = quoted(&home.folder().to_string_lossy());
    let part = format!("{sweep} --round {round} --array {number} --index {}", engine.index());
    let script = match engine.has_dependencies() {
        true => script(order, &format!("part {part}")),
        false => script_with_step(order, &format!("part {part}"), &format!("part {part} --ended")),
    };
    let licence = |licence: &Licence| (licence.name.clone(), shape.at_a_time);
    let parts = Parts {
        number,
        count: array.parts.len(),
        most: shape.throttle(request),
        cores: shape.cores,
        memory: array.memory,
        time: array.time,
        but: of.left_out.iter().map(|out| out.node.clone()).collect(),
        licences: request.licences.iter().map(licence).collect(),
    };
    Submission {
        name: name(order, round),
        folder: order.folder.clone(),
        script,
        path: folder.join(format!("part-{number}.sh")),
        logs: folder.join("log"),
        options: request.options.clone(),
        work: Work::Parts(parts),
    }
}

/// The job that takes a step, after all of `after`.
fn collector(home: &Home, order: &Order, name: String, folder: &Path, after: Vec<String>) -> Submission {
    let command = format!("collect {} --in-job", quoted(&home.folder().to_string_lossy()));
    Submission {
        name,
        folder: order.folder.clone(),
        script: script(order, &command),
        path: folder.join("collect.sh"),
        logs: folder.join("log"),
        options: order.request.options.clone(),
        work: Work::Collect { after },
    }
}

/// The job that takes steps beside the parts of a round.
fn guard(home: &Home, order: &Order, round: usize) -> Submission {
    let folder = home.round_dir(round);
    let command = format!("collect {} --in-job --beside {round}", quoted(&home.folder().to_string_lossy()));
    let guard = collector(home, order, name(order, round), &folder, Vec::new());
    Submission { script: script(order, &command), path: folder.join("guard.sh"), ..guard }
}

/// What would be submitted, as commands and scripts; `None` for a plan means that a job on a node finds out first. Nothing is written or submitted, and
/// the engine need not be there.
///
/// # Errors
/// There is no such engine, or it cannot be asked for this.
pub fn dry_run(output_dir: &Path, order: &Order, planned: Option<&Planned>) -> Result<String, ClusterError> {
    let engine = engine(order)?;
    let (home, _) = Home::new(output_dir);
    let Some(planned) = planned else {
        let planner = collector(&home, order, planner_name(order), home.folder(), Vec::new());
        engine.check(&planner)?;
        return Ok(format!(
            "# The tools are not looked for here: a first job finds out on a node what is to be done, and submits the rest.\n{}",
            engine.show(&planner)
        ));
    };
    let longest = engine.longest_array().unwrap_or(USUAL_ARRAY);
    let round = first_round(planned, &order.request, longest);
    let mut text = String::new();
    for number in 0..round.arrays.len() {
        let submission = array(engine.as_ref(), &home, order, planned, (0, number), &round);
        engine.check(&submission)?;
        text += &engine.show(&submission);
    }
    if engine.has_dependencies() {
        let after: Vec<String> = (0..round.arrays.len()).map(|number| engine.id_beforehand(number)).collect();
        let collector = collector(&home, order, name(order, 0), &home.round_dir(0), after);
        engine.check(&collector)?;
        text += &engine.show(&collector);
    }
    if engine.has_guards() {
        text += &engine.show(&guard(&home, order, 0));
    }
    Ok(text)
}

/// Whether a sweep can be submitted, as far as that is known before. Nothing is written or submitted.
///
/// # Errors
/// As [`dry_run`].
pub fn check(output_dir: &Path, order: &Order, planned: Option<&Planned>) -> Result<(), ClusterError> {
    dry_run(output_dir, order, planned).map(drop)
}

/// Sees to it that a round is submitted, whole and once, whoever began to: what was submitted without its number being written down is found by its name.
/// Parts that are alive get a collector if theirs is gone.
pub(super) fn ensure_submitted(
    engine: &dyn Engine,
    home: &Home,
    order: &Order,
    planned: &Planned,
    number: usize,
    round: &Round,
    has_begun: impl Fn(usize) -> bool,
) -> Result<Look, ClusterError> {
    let folder = home.round_dir(number);
    fs::create_dir_all(folder.join("log")).map_err(at(&folder))?;
    let mut ids = home.ids(number)?;
    let mut known = engine.look(&[submitted(home, order, number)?])?;
    let keep = |ids: &Ids| write_json(&folder.join("ids.json"), ids);
    if ids.arrays.len() < round.arrays.len() {
        let mut lost: Vec<&Element> =
            known.elements.iter().filter(|found| found.which != Which::Job).collect();
        lost.sort_by_key(|found| digits(&found.id));
        for found in lost {
            if !ids.arrays.contains(&found.id) {
                ids.arrays.push(found.id.clone());
            }
        }
        while ids.arrays.len() < round.arrays.len() {
            let index = ids.arrays.len();
            // What has begun was submitted, even if the engine has forgotten it.
            let id = match has_begun(index) {
                true => String::new(),
                false => carry_out(engine, &array(engine, home, order, planned, (number, index), round))?,
            };
            ids.arrays.push(id);
            keep(&ids)?;
        }
        keep(&ids)?;
        known = engine.look(&[submitted(home, order, number)?])?;
    }
    if engine.has_dependencies() {
        let own = engine.own_id();
        let is_collector = |found: &Element| {
            found.which == Which::Job && found.is_alive() && own.as_deref() != Some(found.id.as_str())
        };
        let parts_live = known.elements.iter().any(|found| found.which != Which::Job && found.is_alive());
        let is_there = known.elements.iter().any(is_collector);
        let after: Vec<String> = ids.arrays.iter().filter(|id| !id.is_empty()).cloned().collect();
        // Where all parts are over, whoever is here does what it would do.
        let may_live = known.sight != Sight::Clear || !(0..round.arrays.len()).all(has_begun);
        let is_needed = parts_live || (may_live && !after.is_empty());
        let is_gone = ids.collector.is_none() || (parts_live && known.sight == Sight::Clear);
        if !is_there && is_needed && is_gone {
            let collector = collector(home, order, name(order, number), &folder, after);
            ids.collector = Some(carry_out(engine, &collector)?);
            keep(&ids)?;
        }
    }
    if engine.has_guards() && ids.collector.is_none() {
        post_guard(engine, home, order, number, &mut ids)?;
    }
    Ok(known)
}

/// Submits a guard; whether it was taken. The caller holds the lock.
pub(super) fn post_guard(
    engine: &dyn Engine,
    home: &Home,
    order: &Order,
    round: usize,
    ids: &mut Ids,
) -> Result<bool, ClusterError> {
    let taken = match carry_out(engine, &guard(home, order, round)) {
        Ok(id) => Some(id),
        Err(ClusterError::NotTaken { .. }) => None,
        Err(error) => return Err(error),
    };
    let is_taken = taken.is_some();
    ids.collector = taken.or(ids.collector.take()).or(Some(String::new()));
    write_json(&home.round_dir(round).join("ids.json"), ids)?;
    Ok(is_taken)
}

/// The first number in an engine's name for a job: later submissions have larger ones.
fn digits(id: &str) -> u64 {
    let digits = id.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or_default()
}

/// Sees to it that a job on a node finds out what is to be done. Returns why that is given up, where it is.
pub(super) fn ensure_planner(
    engine: &dyn Engine,
    home: &Home,
    order: &Order,
) -> Result<Option<String>, ClusterError> {
    let look = engine.look(&[planner(home, order)?])?;
    let ids = planner_ids(home);
    // Where its absence means little, it gets the time that a part has.
    let waited = File::open(&ids).ok().and_then(|file| silence(&file, home.output_dir()));
    let is_young = waited.is_some_and(|waited| waited < order.request.patience());
    if look.elements.iter().any(Element::is_alive) || (look.sight != Sight::Clear && is_young) {
        return Ok(None);
    }
    let known: Ids = optional(read(&ids))?.unwrap_or_default();
    let arrays: Vec<String> = known.arrays.into_iter().chain(known.collector).collect();
    if arrays.len() >= MOST_PLANNERS {
        return Ok(Some(format!(
            "the job that finds out what is to be done ended {} times without a word{}; mend --setup or --container, or whatever keeps it from running",
            arrays.len(),
            planners_words(home)
        )));
    }
    let folder = home.path("plan");
    fs::create_dir_all(folder.join("log")).map_err(at(&folder))?;
    let planner = collector(home, order, planner_name(order), &folder, Vec::new());
    let id = carry_out(engine, &planner)?;
    write_json(&ids, &Ids { arrays, collector: Some(id) }).map(|()| None)
}

/// What the last job said that was to find out what is to be done, as the end of a sentence.
pub(super) fn planners_words(home: &Home) -> String {
    let logs = fs::read_dir(home.path("plan").join("log")).into_iter().flatten().flatten();
    let last = logs.max_by_key(|log| log.metadata().and_then(|found| found.modified()).ok());
    let said = last.and_then(|log| Some((log.path(), tail(&log.path()).pop()?)));
    said.map_or_else(
        || ", and its log is empty".to_owned(),
        |(log, line)| format!("; {} ends with {line:?}", log.display()),
    )
}
