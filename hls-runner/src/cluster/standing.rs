//! Where a sweep on a cluster stands, for people: what Slurm says of its parts, and which give no sign of life.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use crate::cluster::error::ClusterError;
use crate::cluster::files::Home;
use crate::cluster::fold::{Fold, Run};
use crate::cluster::slurm::{self, Element};
use crate::cluster::submit::{names, prefix};
use crate::folder::heart::silence;
use crate::plan::jobs::JobId;
use crate::record::sweep::SweepRecord;

/// After how long a silence a part is suspicious: several signs of life, and the time for which network file systems may show an old value.
const SILENCE: Duration = Duration::from_secs(180);

/// Where a sweep stands.
#[derive(Debug)]
#[non_exhaustive]
pub struct Standing {
    /// What the names of its jobs in Slurm begin with.
    pub name: String,
    /// The sweep as its parts noted it.
    pub sweep: SweepRecord,
    /// Whether it is over.
    pub over: bool,
    /// Which try at the jobs this is, counted from 1; 0 before the first.
    pub round: usize,
    /// Whether Slurm has jobs of it that wait or run.
    pub alive: bool,
    /// Why it is not known what Slurm says.
    pub no_answer: Option<String>,
    /// How many parts wait, by Slurm's reason.
    pub waiting: BTreeMap<String, usize>,
    /// Parts that run.
    pub running: Vec<Running>,
}

/// A part that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Running {
    /// Its number in Slurm.
    pub slurm: String,
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
    let fold = Fold::open(&home)?;
    let over = home.ended()?.is_some();
    let mut standing = Standing {
        name: prefix(&order),
        sweep: fold.record()?,
        over,
        round: fold.rounds.len(),
        alive: false,
        no_answer: None,
        waiting: BTreeMap::new(),
        running: Vec::new(),
    };
    if over {
        return Ok(Some(standing));
    }
    let elements = slurm::look(&names(&home, &order));
    let alive = |slurm: &str| match &elements {
        Ok(elements) => elements.iter().any(|element| element.is_alive() && number(element) == slurm),
        Err(_) => true,
    };
    let runs = || fold.rounds.iter().flat_map(|round| &round.runs);
    // A part that Slurm has started again has older notes, too.
    let is_last = |run: &Run| runs().all(|(_, other)| other.slurm != run.slurm || other.since <= run.since);
    let works = |run: &Run| !run.over && !run.slurm.is_empty() && alive(&run.slurm) && is_last(run);
    for (path, run) in runs().filter(|(_, run)| works(run)) {
        let silent = File::open(path).ok().and_then(|file| silence(&file, output_dir));
        let Run { host: node, slurm, running: jobs, .. } = run.clone();
        standing.running.push(Running { slurm, node, jobs, silent: silent.filter(|time| *time >= SILENCE) });
    }
    standing.running.sort_by(|a, b| a.slurm.cmp(&b.slurm));
    match elements {
        Ok(elements) => {
            standing.alive = elements.iter().any(Element::is_alive);
            let waits = |element: &&Element| element.state == "PENDING" && element.index.is_some();
            for element in elements.iter().filter(waits) {
                *standing.waiting.entry(element.reason.clone()).or_default() += 1;
            }
        }
        Err(error) => standing.no_answer = Some(error.to_string()),
    }
    Ok(Some(standing))
}

fn number(element: &Element) -> String {
    element.index.map_or_else(|| element.id.clone(), |index| format!("{}_{index}", element.id))
}

/// What the names of the jobs begin with of a sweep on a cluster that is going on in an output folder; `None` if there is none. Where Slurm's commands are
/// not installed, a sweep that has not ended counts as going on.
///
/// # Errors
/// A file of the sweep cannot be read, or Slurm does not answer.
pub fn unfinished(output_dir: &Path) -> Result<Option<String>, ClusterError> {
    let Some(home) = Home::current(output_dir) else { return Ok(None) };
    if home.ended()?.is_some() {
        return Ok(None);
    }
    let order = home.order()?;
    let lives = match slurm::look(&names(&home, &order)) {
        Ok(elements) => elements.iter().any(Element::is_alive),
        Err(ClusterError::NoSlurm { .. }) => true,
        Err(error) => return Err(error),
    };
    Ok(lives.then(|| prefix(&order)))
}
