//! Which parts of a round may still do something: what the engine says, together with what the parts noted.
//!
//! An engine that knows of each element is believed. Of others, a part that is missing from the queue is not thereby over: its notes may show that it lives, and the queue may not have
//! it yet. Whoever is wrong about that costs time and nothing else: a part that runs twice commits each job once.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cluster::engine::{Element, End, Look, Sight, State, Which};
use crate::cluster::files::{Home, Ids};
use crate::cluster::fold::{RoundFold, Run};
use crate::folder::heart::silence;

/// Why a part waits that was submitted a moment ago and is not listed.
pub(super) const NOT_YET: &str = "not in the queue yet";

/// A part of a round, by its array and its index. The array of an element that nobody knows any more is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PartState {
    pub(super) array: Option<usize>,
    pub(super) index: usize,
    pub(super) state: State,
}

impl PartState {
    /// Whether it may still do something.
    pub(super) fn is_alive(&self) -> bool {
        !matches!(self.state, State::Ended(_))
    }
}

/// Looks at all parts of a round, which was submitted under `ids`. A part that has given no sign of life for as long as `patience` is over, if the engine does
/// not say otherwise.
pub(super) fn census(
    home: &Home,
    number: usize,
    round: &RoundFold,
    ids: &Ids,
    look: &Look,
    patience: Duration,
) -> Vec<PartState> {
    if look.sight == Sight::Clear {
        let of_array = |found: &Element| ids.arrays.iter().position(|id| *id == found.id);
        let part = |found: &Element| {
            Some(PartState { array: of_array(found), index: found.index()?, state: found.state.clone() })
        };
        return look.elements.iter().filter_map(part).collect();
    }
    let submitted = home.round_dir(number).join("ids.json");
    let view = View { home, round, ids, look, patience, since: silent(&submitted, home) };
    let arrays = round.round.arrays.iter().enumerate();
    arrays
        .flat_map(|(array, found)| (0..found.parts.len()).map(move |index| (array, index)))
        .map(|(array, index)| PartState { array: Some(array), index, state: view.state(array, index) })
        .collect()
}

struct View<'a> {
    home: &'a Home,
    round: &'a RoundFold,
    ids: &'a Ids,
    look: &'a Look,
    patience: Duration,
    /// How long ago the round was submitted.
    since: Option<Duration>,
}

impl View<'_> {
    fn state(&self, array: usize, index: usize) -> State {
        let listed = self.listed(array, index);
        match last_run(self.round, array, index) {
            Some((_, run)) if run.over => State::Ended(End::Otherwise),
            Some((path, _)) => match silent(path, self.home).is_some_and(|time| time >= self.patience) {
                true => State::Ended(End::Otherwise),
                false => State::Running,
            },
            None => match listed {
                Some(state) => state.clone(),
                None if self.look.sight == Sight::Blind => State::Waiting("not begun".to_owned()),
                None if self.since.is_none_or(|time| time < self.patience) => {
                    State::Waiting(NOT_YET.to_owned())
                }
                None => State::Ended(End::Otherwise),
            },
        }
    }

    /// What the engine says of a part that is alive.
    fn listed(&self, array: usize, index: usize) -> Option<&State> {
        let id = self.ids.arrays.get(array).filter(|id| !id.is_empty())?;
        let speaks = |found: &&Element| match found.which {
            Which::Element(other) => other == index,
            Which::Array => true,
            Which::Job => false,
        };
        let of_array = self.look.elements.iter().filter(|found| found.id == *id);
        of_array.filter(speaks).find(|found| found.is_alive()).map(|found| &found.state)
    }
}

/// The last run of a part, with its notes.
pub(super) fn last_run(round: &RoundFold, array: usize, index: usize) -> Option<(&PathBuf, &Run)> {
    let prefix = format!("{array}-{index}-");
    let of_part =
        |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix));
    round.runs.iter().filter(|(path, _)| of_part(path)).max_by_key(|(_, run)| run.since)
}

/// How long a file has not been touched, by the clock of its file system.
fn silent(path: &Path, home: &Home) -> Option<Duration> {
    silence(&File::open(path).ok()?, home.output_dir())
}
