//! Where a sweep on a cluster stands, for people: what the engine says of its parts, and which give no sign of life.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use crate::cluster::census::{PartState, census, last_run};
use crate::cluster::engine::table::engine;
use crate::cluster::engine::{Element, Look, Sight, State};
use crate::cluster::error::ClusterError;
use crate::cluster::files::{Ended, Home, Order};
use crate::cluster::fold::{Fold, RoundFold, Run};
use crate::cluster::refusal::Refusal;
use crate::cluster::submit::{all_submitted, planners_words, prefix};
use crate::folder::heart::silence;
use crate::plan::jobs::JobId;
use crate::record::sweep::SweepRecord;

/// After how long a silence a part is suspicious: several signs of life, and the time for which network file systems may show an old value.
const SILENCE: Duration = Duration::from_secs(180);

/// Why a part waits that the engine has started, and that has noted nothing yet.
const STARTING: &str = "starting";

/// Where a sweep stands.
#[derive(Debug)]
#[non_exhaustive]
pub struct Standing {
    /// What people call the engine.
    pub engine: &'static str,
    /// What the names of its jobs begin with.
    pub name: String,
    /// The sweep as its parts noted it.
    pub sweep: SweepRecord,
    /// Whether it is over.
    pub over: bool,
    /// Which try at the jobs this is, counted from 1; 0 before the first.
    pub round: usize,
    /// Whether the engine has jobs of it that wait or run.
    pub alive: bool,
    /// Why it could not be planned, or what the job said that was to plan it.
    pub not_planned: Option<String>,
    /// Why it is not known what the engine says.
    pub no_answer: Option<String>,
    /// That the engine does not take the last round, and how many jobs wait for it.
    pub refused: Option<(Refusal, usize)>,
    /// How many parts wait, by the engine's reason.
    pub waiting: BTreeMap<String, usize>,
    /// Parts that run.
    pub running: Vec<Running>,
}

/// A part that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Running {
    /// How people call it: the engine's name for the array, and the index.
    pub element: String,
    /// Where it runs.
    pub node: String,
    /// The jobs that it has begun.
    pub jobs: Vec<JobId>,
    /// For how long it has given no sign of life, where that is suspicious.
    pub silent: Option<Duration>,
}

/// Where the last sweep on a cluster stands that was submitted in an output folder; `None` if none was.
///
/// # Errors
/// A file of the sweep cannot be read.
pub fn standing(output_dir: &Path) -> Result<Option<Standing>, ClusterError> {
    let Some(home) = Home::current(output_dir) else { return Ok(None) };
    let order = home.order()?;
    let engine = engine(&order)?;
    let fold = Fold::open(&home)?;
    let over = home.ended()?.is_some();
    let mut standing = Standing {
        engine: engine.title(),
        name: prefix(&order),
        sweep: fold.record()?,
        over,
        round: fold.rounds.len(),
        alive: false,
        not_planned: not_planned(&home, &fold)?,
        no_answer: None,
        refused: None,
        waiting: BTreeMap::new(),
        running: Vec::new(),
    };
    if over {
        return Ok(Some(standing));
    }
    standing.refused = refused(&home, &fold)?;
    let look = all_submitted(&home, &order).and_then(|all| engine.look(&all));
    let unknown = Look { sight: Sight::Blind, ..Look::default() };
    let known = look.as_ref().unwrap_or(&unknown);
    for (number, round) in fold.rounds.iter().enumerate() {
        let parts = census(&home, number, round, &home.ids(number)?, known, order.request.patience());
        let is_last = number + 1 == fold.rounds.len();
        for part in parts.iter().filter(|part| part.is_alive() || look.is_err()) {
            standing.take(part, round, is_last, output_dir);
        }
    }
    standing.running.sort_by(|a, b| a.element.cmp(&b.element));
    standing.alive |= known.elements.iter().any(Element::is_alive);
    standing.no_answer = look.err().map(|error| error.to_string());
    Ok(Some(standing))
}

/// Why there is no plan: what was written down of it, or what a log says.
fn not_planned(home: &Home, fold: &Fold) -> Result<Option<String>, ClusterError> {
    if fold.planned().is_some() {
        return Ok(None);
    }
    Ok(Some(match home.ended()? {
        Some(Ended { error: Some(error), .. }) => error,
        Some(_) => "it was cancelled before".to_owned(),
        None => format!("a job on a node finds out what is to be done{}", planners_words(home)),
    }))
}

/// What the engine says of the last round, where it does not take it, and how many jobs are in what it does not take.
fn refused(home: &Home, fold: &Fold) -> Result<Option<(Refusal, usize)>, ClusterError> {
    let Some((number, round)) = fold.rounds.iter().enumerate().next_back() else { return Ok(None) };
    let Some(refusal) = Refusal::of(home, number)? else { return Ok(None) };
    let taken = home.ids(number)?.arrays.len();
    let waiting = round.round.tasks().filter(|(array, ..)| *array >= taken);
    Ok(Some((refusal, waiting.map(|(_, _, task)| task.jobs().count()).sum())))
}

/// What the names of the jobs begin with of a sweep on a cluster that is going on in an output folder; `None` if there is none. Where the engine's commands
/// are not installed, a sweep that has not ended counts as going on.
///
/// # Errors
/// A file of the sweep cannot be read, or the engine does not answer.
pub fn unfinished(output_dir: &Path) -> Result<Option<String>, ClusterError> {
    Home::current(output_dir).as_ref().map_or(Ok(None), lives)
}

/// The same of this sweep.
pub(super) fn lives(home: &Home) -> Result<Option<String>, ClusterError> {
    if home.ended()?.is_some() {
        return Ok(None);
    }
    let order = home.order()?;
    let look = match engine(&order)?.look(&all_submitted(home, &order)?) {
        Ok(look) => look,
        Err(ClusterError::NoCommand { .. }) => return Ok(Some(prefix(&order))),
        Err(error) => return Err(error),
    };
    let lives = look.elements.iter().any(Element::is_alive) || part_lives(home, &order, &look)?;
    Ok(lives.then(|| prefix(&order)))
}

/// Whether a part of the last round may still do something.
fn part_lives(home: &Home, order: &Order, look: &Look) -> Result<bool, ClusterError> {
    let fold = Fold::open(home)?;
    let Some((number, round)) = fold.rounds.iter().enumerate().next_back() else { return Ok(false) };
    let parts = census(home, number, round, &home.ids(number)?, look, order.request.patience());
    Ok(parts.iter().any(PartState::is_alive))
}

impl Standing {
    /// Takes in a part that is alive, or of which nothing is known.
    fn take(&mut self, part: &PartState, round: &RoundFold, is_last: bool, output_dir: &Path) {
        let Some(array) = part.array else { return };
        if let State::Waiting(reason) | State::Stuck(reason) = &part.state {
            if is_last {
                self.alive = true;
                *self.waiting.entry(reason.clone()).or_default() += 1;
            }
            return;
        }
        let run = last_run(round, array, part.index);
        if is_last && run.is_none() && part.is_alive() {
            self.alive = true;
            *self.waiting.entry(STARTING.to_owned()).or_default() += 1;
        }
        let run = run.filter(|(_, run)| !run.over);
        let Some((path, Run { host, element, running, .. })) = run else { return };
        let silent = File::open(path).ok().and_then(|file| silence(&file, output_dir));
        self.alive |= part.is_alive();
        self.running.push(Running {
            element: element.clone(),
            node: host.clone(),
            jobs: running.clone(),
            silent: silent.filter(|time| *time >= SILENCE),
        });
    }
}
