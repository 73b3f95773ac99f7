//! What was different when the sweeps ran.

use std::collections::BTreeMap;

use serde::Serialize;

use super::side::Entry;

/// A fact whose values say nothing to people; only that they differ.
const FINGERPRINT: &str = "fingerprint";

/// A setting, a tool or an input that differs between the sweeps.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// What differs.
    pub what: String,
    /// Its value in the first sweep; `None` for fingerprints, of which each job has its own.
    pub a: Option<String>,
    /// Its value in the second.
    pub b: Option<String>,
    /// In how many models.
    pub models: usize,
    /// Of how many models both sweeps say it.
    pub of_models: usize,
}

/// What differs between two jobs, and what both say at all.
#[derive(Debug, Default)]
pub(super) struct Between {
    pub(super) changes: Vec<Change>,
    known: Vec<String>,
}

/// What differs between two jobs, of what is known of both.
pub(super) fn between(a: &Entry, b: &Entry) -> Between {
    let in_b: BTreeMap<String, String> = b.reasons().collect();
    let mut found = Between::default();
    for (what, a) in a.reasons() {
        let Some(b) = in_b.get(&what).cloned() else { continue };
        found.known.push(what.clone());
        if a != b {
            let values = what != FINGERPRINT;
            let (a, b) = (values.then_some(a), values.then_some(b));
            found.changes.push(Change { what, a, b, models: 1, of_models: 1 });
        }
    }
    found
}

/// The same changes counted, those of most models first.
pub(super) fn counted(all: &[Between]) -> Vec<Change> {
    let mut counts: BTreeMap<&Change, usize> = BTreeMap::new();
    for change in all.iter().flat_map(|between| &between.changes) {
        *counts.entry(change).or_default() += 1;
    }
    let knowing = |what: &String| all.iter().filter(|between| between.known.contains(what)).count();
    let counted = counts.into_iter().map(|(change, models)| Change {
        models,
        of_models: knowing(&change.what),
        ..change.clone()
    });
    let mut found: Vec<Change> = counted.collect();
    found.sort_by_key(|change| std::cmp::Reverse(change.models));
    found
}

impl Change {
    /// Whether it is the same in all models that say it.
    #[must_use]
    pub fn is_common(&self) -> bool {
        self.models == self.of_models
    }

    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        (&self.what, &self.a, &self.b) == (&other.what, &other.a, &other.b)
    }
}
