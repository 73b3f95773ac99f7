//! Who takes the step after a round where the engine has no job that starts after others: whichever part ends last.
//!
//! A part that has ended looks for another one that will end later, and leaves the step to it: one that waits in the queue, or one that gives a sign of life from now on. If there is none
//! for as long as a part may be silent, it was the last.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use crate::cluster::census::{NOT_YET, census, last_run};
use crate::cluster::engine::table::engine;
use crate::cluster::engine::{Look, Sight, State};
use crate::cluster::error::{ClusterError, at};
use crate::cluster::files::Home;
use crate::cluster::fold::{Fold, RoundFold};
use crate::cluster::notes::{Notes, What};
use crate::cluster::part::Address;
use crate::folder::lock::host;

/// How often notes are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often the engine is asked.
const ASK_EVERY: Duration = Duration::from_secs(5);

/// Whether nobody but the caller is left to take the step after a round, now that this part of it has ended. This may take as long as a part may be silent.
///
/// # Errors
/// A file of the sweep cannot be read or written.
pub fn was_last(home: &Home, part: Address) -> Result<bool, ClusterError> {
    let order = home.order()?;
    let (engine, patience) = (engine(&order)?, order.request.patience());
    let mut fold = Fold::open(home)?;
    note_the_end(home, &mut fold, part)?;
    let before = fold.rounds.get(part.round).map(signs).unwrap_or_default();
    let (mut look, mut asked) = (Look::default(), None::<Instant>);
    loop {
        let Some(round) = fold.rounds.get(part.round).filter(|_| fold.rounds.len() == part.round + 1) else {
            return Ok(false);
        };
        if home.ended()?.is_some() {
            return Ok(false);
        }
        let ids = home.ids(part.round)?;
        if asked.is_none_or(|asked| asked.elapsed() >= ASK_EVERY) {
            asked = Some(Instant::now());
            // A node that cannot ask learns the rest from the notes.
            let unknown = Look { sight: Sight::Dim, ..Look::default() };
            let found = crate::cluster::submit::submitted(home, &order, part.round)?;
            look = engine.look(&[found]).unwrap_or(unknown);
        }
        let parts = census(home, part.round, round, &ids, &look, patience);
        if !parts.iter().any(|found| found.is_alive()) {
            return Ok(true);
        }
        let waits = |state: &State| matches!(state, State::Waiting(reason) if reason != NOT_YET);
        if parts.iter().any(|found| waits(&found.state)) || lives(&before, &signs(round)) {
            return Ok(false);
        }
        std::thread::sleep(LOOK_EVERY);
        fold.refresh()?;
    }
}

/// A part that was killed has not noted its end.
fn note_the_end(home: &Home, fold: &mut Fold, part: Address) -> Result<(), ClusterError> {
    let round = fold.rounds.get(part.round);
    let run = round.and_then(|round| last_run(round, part.array, part.index));
    if run.is_none_or(|(_, run)| run.over) {
        return Ok(());
    }
    let folder = home.round_dir(part.round).join("notes");
    let name = format!("{}-{}", part.array, part.index);
    let notes = Notes::begin(&folder, &name, host(), String::new()).map_err(at(&folder))?;
    notes.put(What::Stopped).map_err(at(&folder))?;
    fold.refresh().map(drop)
}

/// When each run that has not ended gave its last sign of life.
fn signs(round: &RoundFold) -> HashMap<PathBuf, SystemTime> {
    let open = round.runs.iter().filter(|(_, run)| !run.over);
    open.filter_map(|(path, _)| Some((path.clone(), path.metadata().ok()?.modified().ok()?))).collect()
}

/// Whether a run is new, or gave a sign of life between two looks.
fn lives(before: &HashMap<PathBuf, SystemTime>, now: &HashMap<PathBuf, SystemTime>) -> bool {
    now.iter().any(|(path, last)| before.get(path).is_none_or(|known| last > known))
}
