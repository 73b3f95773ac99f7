//! A step of a sweep on a cluster: take in what is done, and submit what is left.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use jiff::Timestamp;

use crate::cluster::again::Past;
use crate::cluster::census::{PartState, census};
use crate::cluster::engine::table::engine;
use crate::cluster::engine::{Element, End, Engine, Look, State, Which};
use crate::cluster::error::{ClusterError, at};
use crate::cluster::files::{Ended, Home, Round, write_json};
use crate::cluster::fold::Fold;
use crate::cluster::notes::{Notes, What};
use crate::cluster::pack::{Most, pack};
use crate::cluster::plan::{Planned, put_back};
use crate::cluster::refusal::Refusal;
use crate::cluster::submit::{all_submitted, ensure_planner, ensure_submitted, first_round, submitted};
use crate::folder::attempt::remove_left_over;
use crate::folder::claim::clear;
use crate::folder::lock::host;
use crate::folder::record_file::read_record;
use crate::plan::jobs::JobId;
use crate::record::job::{JobRecord, JobStatus};
use crate::results::write::ResultsFile;
use crate::sweep::journal::Journal;

/// Where a sweep stands after a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A job on a node will find out what is to be done.
    Planning,
    /// Parts wait or run.
    GoingOn,
    /// All is done, or it was cancelled.
    Over {
        /// Why it could not even be planned, where it could not.
        error: Option<String>,
    },
}

/// Takes in what is done, and submits what is left. Nothing is done twice: whoever takes a step finds what others did.
///
/// # Errors
/// Another process takes a step, or works in the output folder; the engine does not answer; a file cannot be read or written.
pub fn step(home: &Home) -> Result<Progress, ClusterError> {
    let engine = engine(&home.order()?)?;
    step_on(home, engine.as_ref())
}

/// As [`step`], with this engine.
pub(super) fn step_on(home: &Home, engine: &dyn Engine) -> Result<Progress, ClusterError> {
    let _lock = home.lock()?;
    step_held(home, engine)
}

/// As [`step_on`], while the caller holds the lock.
pub(super) fn step_held(home: &Home, engine: &dyn Engine) -> Result<Progress, ClusterError> {
    let order = home.order()?;
    let mut fold = Fold::open(home)?;
    if let Some(ended) = home.ended()? {
        take_in(home)?;
        return Ok(Progress::Over { error: ended.error });
    }
    let Some(planned) = fold.planned().cloned() else {
        let Some(error) = ensure_planner(engine, home, &order)? else { return Ok(Progress::Planning) };
        fail(home, error.clone())?;
        return Ok(Progress::Over { error: Some(error) });
    };
    if fold.rounds.is_empty() && !planned.tasks.is_empty() {
        let round = first_round(&planned, &order.request, engine.longest_array()?);
        write_json(&home.round_dir(0).join("round.json"), &round)?;
        fold.refresh()?;
        // People look at the sweep while its parts wait, also where the command that submits them is ended now.
        write_results(home, &fold)?;
    }
    let Some(number) = fold.rounds.len().checked_sub(1) else { return end(home, &fold, false) };
    let round = fold.rounds.get(number).map(|found| found.round.clone()).unwrap_or_default();
    let has_begun = |array: usize| {
        let prefix = format!("{array}-");
        let runs = fold.rounds.get(number).map(|round| round.runs.keys());
        let name =
            |path: &std::path::PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
        runs.into_iter().flatten().filter_map(name).any(|name| name.starts_with(&prefix))
    };
    let look = ensure_submitted(engine, home, &order, &planned, number, &round, has_begun);
    let Some(look) = taken(engine, home, &planned, &mut fold, number, look)? else {
        return end(home, &fold, false);
    };
    for stuck in look.elements.iter().filter(|found| found.is_stuck()) {
        engine.cancel_element(stuck)?;
    }
    fold.refresh()?;
    let parts = match fold.rounds.get(number) {
        Some(found) => census(home, number, found, &home.ids(number)?, &look, order.request.patience()),
        None => Vec::new(),
    };
    if parts.iter().any(|found| found.is_alive()) {
        write_results(home, &fold)?;
        return Ok(Progress::GoingOn);
    }
    settle(home, engine, &planned, &mut fold, number)?;
    let ends = how_they_ended(home, engine, number, &round, &parts);
    let (most, leaves_out) = (Most::default(), engine.leaves_out_nodes());
    let logs = home.round_dir(number).join("log");
    let log = |array, index| engine.log(&logs, array, index);
    let past = Past {
        home,
        order: &order,
        planned: &planned,
        fold: &fold,
        number,
        ends,
        most,
        leaves_out,
        log: &log,
    };
    let out: Vec<String> = past.left().left_out.into_iter().map(|out| out.node).collect();
    let options = &order.request.options;
    let most = Most { memory: engine.largest_memory(options, &out), minutes: engine.longest_time(options) };
    let past = Past { most, ..past };
    let (left, shape, forecast) = (past.left(), past.shape(), fold.forecast());
    note(home, &mut fold, number, left.given_up, What::found)?;
    if left.again.is_empty() {
        return end(home, &fold, false);
    }
    write_results(home, &fold)?;
    let arrays = pack(left.again, &shape, &forecast, engine.longest_array()?).arrays;
    let next = Round { arrays, left_out: left.left_out, troubles: left.troubles, losses: left.losses };
    for (_, _, task) in next.tasks() {
        // What a failed try left has the job's name.
        for job in task.jobs().filter_map(|job| planned.job(job, home)) {
            if read_record(&job.folder).is_some_and(|record| record.status != JobStatus::Success) {
                let _ = clear(&job);
            }
        }
    }
    write_json(&home.round_dir(number + 1).join("round.json"), &next)?;
    let look = ensure_submitted(engine, home, &order, &planned, number + 1, &next, |_| false);
    fold.refresh()?;
    if taken(engine, home, &planned, &mut fold, number + 1, look)?.is_none() {
        return end(home, &fold, false);
    }
    write_results(home, &fold)?;
    Ok(Progress::GoingOn)
}

/// What came of submitting a round. One that the engine refuses is tried again by the next step; after a while, what it refuses is given up. `None` where
/// that is all of the round.
fn taken(
    engine: &dyn Engine,
    home: &Home,
    planned: &Planned,
    fold: &mut Fold,
    number: usize,
    look: Result<Look, ClusterError>,
) -> Result<Option<Look>, ClusterError> {
    let error = match look {
        Ok(look) => return Refusal::forget(home, number).map(|()| Some(look)),
        Err(error) => error,
    };
    let ClusterError::NotTaken { command, message } = &error else { return Err(error) };
    let refusal = Refusal::note(home, number, command, message)?;
    // What waits for the round is neither failed nor running.
    write_results(home, fold)?;
    let mut ids = home.ids(number)?;
    let (taken, all) = (ids.arrays.len(), fold.rounds.get(number).map(|round| round.round.arrays.len()));
    let Some(all) = all.filter(|_| refusal.is_final()) else { return Err(error) };
    // What was taken goes on.
    let look = engine.look(&[submitted(home, &home.order()?, number)?])?;
    let goes_on = look.elements.iter().any(|found| found.which != Which::Job && found.is_alive());
    if goes_on && taken == all {
        return Err(error);
    }
    let first = if goes_on { taken } else { 0 };
    note(home, fold, number, refusal.records(home, planned, fold, number, first), What::untried)?;
    ids.arrays.resize(all, String::new());
    write_json(&home.round_dir(number).join("ids.json"), &ids)?;
    if goes_on { Err(error) } else { Ok(None) }
}

/// Waits for records that another machine has written a moment ago, and notes those of jobs whose part ended between its commit and its note.
fn settle(
    home: &Home,
    engine: &dyn Engine,
    planned: &Planned,
    fold: &mut Fold,
    number: usize,
) -> Result<(), ClusterError> {
    let missing = |fold: &Fold| -> Vec<JobId> {
        let Some(round) = fold.rounds.get(number) else { return Vec::new() };
        let jobs = round.round.tasks().flat_map(|(_, _, task)| task.jobs().collect::<Vec<_>>());
        jobs.filter(|job| round.record(*job).is_none() && !fold.done_before(*job, number)).collect()
    };
    if missing(fold).is_empty() {
        return Ok(());
    }
    std::thread::sleep(engine.settle());
    fold.refresh()?;
    let committed: Vec<(JobId, JobRecord)> = (missing(fold).into_iter())
        .filter_map(|job| {
            let place = planned.job(job, home)?;
            let record = read_record(&place.folder)?;
            // What a failed try left may be of the round before.
            let is_done = record.status == JobStatus::Success && record.fingerprint.is_some();
            let same = is_done && record.fingerprint == planned.spec(job)?.fingerprint;
            same.then(|| (job, record.moved_to(place)))
        })
        .collect();
    note(home, fold, number, committed, What::found)
}

/// Notes records in the place of parts that cannot.
fn note(
    home: &Home,
    fold: &mut Fold,
    number: usize,
    records: Vec<(JobId, JobRecord)>,
    as_what: fn(JobId, JobRecord) -> What,
) -> Result<(), ClusterError> {
    if records.is_empty() {
        return Ok(());
    }
    let folder = home.round_dir(number).join("notes");
    let notes = Notes::begin(&folder, "collector", host(), String::new()).map_err(at(&folder))?;
    for (job, record) in records {
        notes.put(as_what(job, record)).map_err(at(&folder))?;
    }
    notes.put(What::Over).map_err(at(&folder))?;
    fold.refresh().map(drop)
}

/// How the parts of a round ended, by array and index, where the engine or its log says that it was for what they had.
fn how_they_ended(
    home: &Home,
    engine: &dyn Engine,
    number: usize,
    round: &Round,
    parts: &[PartState],
) -> HashMap<(usize, usize), End> {
    let end = |part: &PartState| match part.state {
        State::Ended(end) => Some(((part.array?, part.index), end)),
        _ => None,
    };
    let mut ends: HashMap<(usize, usize), End> = parts.iter().filter_map(end).collect();
    let logs = home.round_dir(number).join("log");
    for (array, index) in round
        .arrays
        .iter()
        .enumerate()
        .flat_map(|(array, found)| (0..found.parts.len()).map(move |index| (array, index)))
    {
        let end = ends.entry((array, index)).or_insert(End::Otherwise);
        if *end == End::Otherwise && engine.says_out_of_memory(&logs, array, index) {
            *end = End::OutOfMemory;
        }
    }
    ends
}

/// The sweep is over.
fn end(home: &Home, fold: &Fold, interrupted: bool) -> Result<Progress, ClusterError> {
    write_json(&home.path("ended.json"), &Ended { at: Timestamp::now(), interrupted, error: None })?;
    write_results(home, fold)?;
    put_back_untried(home, fold)?;
    // What the new results replace; what cannot be removed takes up space and harms nobody.
    let _ = fs::remove_dir_all(home.path("replaced"));
    // A part that the engine has given up may still run; it finds its results committed by another, and harms nobody either.
    let _ = remove_left_over(home.output_dir());
    Ok(Progress::Over { error: None })
}

/// Ends a sweep that cannot even be planned.
///
/// # Errors
/// The file cannot be written.
pub fn fail(home: &Home, message: String) -> Result<(), ClusterError> {
    let ended = Ended { at: Timestamp::now(), interrupted: false, error: Some(message) };
    write_json(&home.path("ended.json"), &ended)
}

/// Cancels a sweep: nothing new starts, what runs is ended, and the results say how far it was.
///
/// # Errors
/// the engine does not answer, or a file cannot be written.
pub fn cancel(home: &Home) -> Result<(), ClusterError> {
    let order = home.order()?;
    if home.ended()?.is_none() {
        let ended = Ended { at: Timestamp::now(), interrupted: true, error: None };
        write_json(&home.path("ended.json"), &ended)?;
    }
    let engine = engine(&order)?;
    let all = all_submitted(home, &order)?;
    engine.cancel(&all)?;
    // A moment for the parts to end their tools and note what they finished.
    for _ in 0..40 {
        if !engine.look(&all)?.elements.iter().any(Element::is_alive) {
            break;
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    let _lock = home.lock()?;
    take_in(home)?;
    put_back_untried(home, &Fold::open(home)?)
}

/// Jobs of which there are no new results have their earlier ones, as in a sweep on this machine.
fn put_back_untried(home: &Home, fold: &Fold) -> Result<(), ClusterError> {
    match fold.planned() {
        Some(planned) => put_back(home, planned, |job| !fold.was_tried(job)),
        None => Ok(()),
    }
}

/// Writes what is known of a sweep into journal and results. The caller holds the lock.
pub(super) fn take_in(home: &Home) -> Result<(), ClusterError> {
    let fold = Fold::open(home)?;
    if fold.planned().is_some() { write_results(home, &fold) } else { Ok(()) }
}

fn write_results(home: &Home, fold: &Fold) -> Result<(), ClusterError> {
    let (output_dir, state_dir) = (home.output_dir(), home.state_dir());
    let sweep = fold.record()?;
    let (mut journal, earlier) = Journal::open(&state_dir, output_dir).map_err(at(&state_dir))?;
    for record in sweep.results.iter().filter(|record| !record.resumed && record.ended.is_some()) {
        if earlier.ended(&record.job, output_dir) != record.ended {
            journal.finished(record);
        }
    }
    // The journal comes first: what the results call done is never done again.
    journal.write_safely().map_err(at(journal.path()))?;
    let mut file = ResultsFile::new(output_dir, &state_dir);
    let jobs = sweep.results.clone();
    file.write(&sweep.with_jobs(|_| jobs.as_slice())).map_err(at(&output_dir.join("synthesis_results.json")))
}
