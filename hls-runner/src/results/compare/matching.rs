//! Which jobs of two sweeps belong together.
//!
//! By name of the model, and by whatever both sweeps tell jobs apart with: tier, input folder, settings. Settings by which only one sweep varies
//! cannot tell which of its jobs is meant; then a value has to be chosen, which also matches different values with each other.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::error::{CompareError, Which};
use super::side::{Entry, Side};
use crate::plan::grid::SettingValue;

/// Takes only jobs with this value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Where {
    /// The setting.
    pub axis: String,
    /// Its value.
    pub value: SettingValue,
}

impl FromStr for Where {
    type Err = String;

    /// `clock-period=5`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((axis, value)) if !axis.is_empty() && !value.is_empty() => {
                Ok(Self { axis: axis.to_owned(), value: SettingValue::of_text(value) })
            }
            _ => Err("expected SETTING=VALUE, such as clock-period=5".to_owned()),
        }
    }
}

/// Jobs by their places in the two sweeps.
#[derive(Debug, Default)]
pub(super) struct Matches {
    pub(super) pairs: Vec<(usize, usize)>,
    pub(super) only_a: Vec<usize>,
    pub(super) only_b: Vec<usize>,
    /// The settings that tell jobs apart.
    pub(super) axes: Vec<String>,
    /// What was left out.
    pub(super) notes: Vec<String>,
}

/// What a job is matched by.
type Key = (String, Option<String>, Option<String>, Vec<Option<String>>);

/// Matches the jobs of two sweeps, in the order of the first.
pub(super) fn matches(
    a: &Side,
    b: &Side,
    a_where: &[Where],
    b_where: &[Where],
) -> Result<Matches, CompareError> {
    let chosen_a = chosen(Which::A, a, a_where)?;
    let chosen_b = chosen(Which::B, b, b_where)?;
    let is_chosen = |axis: &&str| a_where.iter().chain(b_where).any(|choice| choice.axis == **axis);
    let in_b = b.axes();
    let axes: Vec<String> = a
        .axes()
        .into_iter()
        .filter(|axis| in_b.contains(axis) && !is_chosen(axis))
        .map(str::to_owned)
        .collect();
    let both = |has: fn(&Entry) -> bool| a.entries.iter().any(has) && b.entries.iter().any(has);
    let (tiers, runs) = (both(|entry| entry.tier.is_some()), both(|entry| entry.run.is_some()));
    let key = |entry: &Entry| -> Key {
        let settings = axes.iter().map(|axis| entry.settings.get(axis).map(ToString::to_string));
        (
            entry.model.clone(),
            entry.tier.clone().filter(|_| tiers),
            entry.run.clone().filter(|_| runs),
            settings.collect(),
        )
    };
    let mut found = Matches { axes: axes.clone(), ..Matches::default() };
    let by_key_a = unique(Which::A, a, &chosen_a, &key, &mut found.notes)?;
    let by_key_b = unique(Which::B, b, &chosen_b, &key, &mut found.notes)?;
    for at in &chosen_a {
        let key = key(&a.entries[*at]);
        match (by_key_a.get(&key) == Some(at), by_key_b.get(&key)) {
            (true, Some(other)) => found.pairs.push((*at, *other)),
            (true, None) => found.only_a.push(*at),
            (false, _) => {}
        }
    }
    let is_only = |at: &&usize| {
        let key = key(&b.entries[**at]);
        by_key_b.get(&key) == Some(*at) && !by_key_a.contains_key(&key)
    };
    found.only_b = chosen_b.iter().filter(is_only).copied().collect();
    if found.pairs.is_empty() {
        let names = |side: &Side, chosen: &[usize]| {
            examples(chosen.iter().map(|at| side.entries[*at].model.as_str()))
        };
        return Err(CompareError::NothingInCommon { a: names(a, &chosen_a), b: names(b, &chosen_b) });
    }
    Ok(found)
}

/// The jobs with the values that were asked for.
fn chosen(which: Which, side: &Side, choices: &[Where]) -> Result<Vec<usize>, CompareError> {
    let axes = side.axes();
    if let Some(choice) = choices.iter().find(|choice| !axes.contains(&choice.axis.as_str())) {
        let axes = axes.into_iter().map(str::to_owned).collect();
        return Err(CompareError::NoAxis { side: which, axis: choice.axis.clone(), axes });
    }
    let takes =
        |entry: &Entry| choices.iter().all(|choice| entry.settings.get(&choice.axis) == Some(&choice.value));
    let found: Vec<usize> = (0..side.entries.len()).filter(|at| takes(&side.entries[*at])).collect();
    match choices.last() {
        Some(last) if found.is_empty() => {
            let wanted: Vec<String> =
                choices.iter().map(|choice| format!("{}={}", choice.axis, choice.value)).collect();
            Err(CompareError::NoJob {
                side: which,
                wanted: wanted.join(" and "),
                axis: last.axis.clone(),
                values: distinct(side.entries.iter().filter_map(|entry| entry.settings.get(&last.axis))),
            })
        }
        _ => Ok(found),
    }
}

/// The job of each key. Of jobs that cannot be told apart by anything, none is taken.
fn unique(
    which: Which,
    side: &Side,
    chosen: &[usize],
    key: &dyn Fn(&Entry) -> Key,
    notes: &mut Vec<String>,
) -> Result<BTreeMap<Key, usize>, CompareError> {
    let mut jobs: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for at in chosen {
        jobs.entry(key(&side.entries[*at])).or_default().push(*at);
    }
    let mut found = BTreeMap::new();
    for (key, places) in jobs {
        let [at] = places[..] else {
            let entries: Vec<&Entry> = places.iter().map(|at| &side.entries[*at]).collect();
            if let Some(axis) = varying(&entries) {
                return Err(ambiguous(which, &entries, axis));
            }
            notes.push(format!(
                "{which} has {} jobs of {} that cannot be told apart; they are left out",
                entries.len(),
                key.0
            ));
            continue;
        };
        found.insert(key, at);
    }
    Ok(found)
}

fn ambiguous(which: Which, entries: &[&Entry], axis: &str) -> CompareError {
    let shown = 3;
    let mut settings: Vec<String> =
        entries.iter().take(shown).map(|entry| entry.settings.to_string()).collect();
    if entries.len() > shown {
        settings.push("…".to_owned());
    }
    let example = entries.iter().find_map(|entry| entry.settings.get(axis));
    CompareError::Ambiguous {
        side: which,
        model: entries.first().map(|entry| entry.model.clone()).unwrap_or_default(),
        count: entries.len(),
        settings,
        axis: axis.to_owned(),
        example: example.map(|value| format!("{axis}={value}")).unwrap_or_default(),
    }
}

/// The first setting in which these jobs differ.
fn varying<'a>(entries: &[&'a Entry]) -> Option<&'a str> {
    let axes = entries.iter().flat_map(|entry| entry.settings.iter().map(|(axis, _)| axis));
    let first = entries.first()?;
    axes.into_iter()
        .find(|axis| entries.iter().any(|entry| entry.settings.get(axis) != first.settings.get(axis)))
}

fn distinct<T: ToString>(values: impl Iterator<Item = T>) -> Vec<String> {
    let mut found = Vec::new();
    for value in values.map(|value| value.to_string()) {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}

/// `m1, m2, m3 and 21 more`.
fn examples<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names = distinct(names);
    match names.len() {
        0 => "none".to_owned(),
        1..=3 => names.join(", "),
        count => format!("{} and {} more", names[..3].join(", "), count - 3),
    }
}
