//! Choose among models.

use std::collections::BTreeMap;
use std::fmt;

use super::column::{Bound, Figure, Goal, Names};
use super::error::SelectError;
use super::front::fronts;
use super::parts::Part;
use super::table::{Row, Table};

/// What is wanted. Figures are named as in [`Table::columns`], or shortly: `lut`, `ff`, `dsp`, `bram`, `uram`, `latency`, `interval`, `accuracy`,
/// `bkg_rej`, the beginning of a column that no other has, or a sum such as `lut+ff`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// What is better.
    pub objectives: Vec<(Goal, String)>,
    /// What is not allowed.
    pub limits: Vec<(String, Bound, f64)>,
    /// The chip that models must fit into.
    pub part: Option<&'static Part>,
    /// The best so many by the only objective, instead of fronts.
    pub top: Option<usize>,
}

/// What models are compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objective {
    /// Which way is better.
    pub goal: Goal,
    /// Of what.
    pub figure: Figure,
}

/// What a model must keep to.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// Of what.
    pub figure: Figure,
    /// The side.
    pub bound: Bound,
    /// The number.
    pub value: f64,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// What the models were compared by.
    pub objectives: Vec<Objective>,
    /// What they had to keep to.
    pub limits: Vec<Limit>,
    /// Where resources with short names were counted: the beginning of the columns' names.
    pub origin: Option<&'static str>,
    /// Resources of the chip that nothing is known of, so that no model was held to them.
    pub unchecked: Vec<&'static str>,
    /// The models, the first front first, and within one by the objectives.
    pub judged: Vec<Judged>,
}

/// A model and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Its row in the table.
    pub row: usize,
    /// What became of it.
    pub place: Place,
}

/// What became of a model.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// It is in this front, counted from 1.
    Front(usize),
    /// Only the best were asked for: its rank, from 1.
    Rank(usize),
    /// Only the best were asked for, and it is not one of them.
    NotAmongTheBest,
    /// It does not take part.
    Out(LeftOut),
}

/// Why a model does not take part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// A figure is not known.
    Unknown(String),
    /// It is beyond a limit.
    Beyond(String),
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(figure) => write!(f, "{figure} is not known"),
            Self::Beyond(limit) => write!(f, "not {limit}"),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let relation = match self.bound {
            Bound::AtLeast => "at least",
            Bound::AtMost => "at most",
        };
        write!(f, "{} {relation} {}", self.figure, self.value)
    }
}

impl Selection {
    /// The models of a front, or with `top` the best, which count as the first.
    pub fn front(&self, number: usize) -> impl Iterator<Item = &Judged> {
        self.judged.iter().filter(move |judged| match judged.place {
            Place::Front(front) => front == number,
            Place::Rank(_) => number == 1,
            Place::NotAmongTheBest | Place::Out(_) => false,
        })
    }

    /// How many models were left out for which reason.
    #[must_use]
    pub fn left_out(&self) -> BTreeMap<&LeftOut, usize> {
        let mut counts = BTreeMap::new();
        for judged in &self.judged {
            if let Place::Out(why) = &judged.place {
                *counts.entry(why).or_default() += 1;
            }
        }
        counts
    }
}

/// Chooses among the models of a table.
///
/// Models of which an objective or a limited figure is not known, and those beyond a limit, do not take part. Short names of resources all mean
/// what one origin says (logic synthesis, mapping, C synthesis, or this program's estimate): the one that knows most models.
///
/// # Errors
/// A name is not known, objectives contradict each other, or no model takes part.
pub fn choose(table: &Table, request: &Request) -> Result<Selection, SelectError> {
    let asked =
        request.objectives.iter().map(|(_, name)| name).chain(request.limits.iter().map(|limit| &limit.0));
    let asked: Vec<&str> = asked.map(String::as_str).collect();
    let names = Names::new(table, &asked, request.part.is_some());
    let objectives = request
        .objectives
        .iter()
        .map(|(goal, name)| Ok(Objective { goal: *goal, figure: names.figure(name)? }));
    let mut objectives = objectives.collect::<Result<Vec<_>, SelectError>>()?;
    let limits = request
        .limits
        .iter()
        .map(|(name, bound, value)| Ok(Limit { figure: names.figure(name)?, bound: *bound, value: *value }));
    let mut limits = limits.collect::<Result<Vec<_>, SelectError>>()?;
    let mut unchecked = Vec::new();
    for (name, available) in request.part.iter().flat_map(|part| part.resources()) {
        match names.counted(name) {
            Some(figure) => limits.push(Limit { figure, bound: Bound::AtMost, value: available as f64 }),
            None => unchecked.push(name),
        }
    }
    if let (Some(part), 5) = (request.part, unchecked.len()) {
        return Err(SelectError::NothingCounted { part: part.name });
    }
    without_repetition(&mut objectives)?;
    if let (Some(top), true) = (request.top, objectives.len() > 1) {
        return Err(SelectError::TopOfSeveral { top, objectives: objectives.len() });
    }
    let mut judged = Vec::new();
    let mut taking_part = Vec::new();
    for (row, of) in table.rows.iter().enumerate() {
        match point(of, &objectives, &limits) {
            Ok(point) => taking_part.push((row, point)),
            Err(why) => judged.push(Judged { row, place: Place::Out(why) }),
        }
    }
    // The order of the result; models that are equal stay in the order of the table.
    taking_part.sort_by(|(_, a), (_, b)| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    let places = match request.top {
        Some(top) => {
            let place = |rank| if rank <= top { Place::Rank(rank) } else { Place::NotAmongTheBest };
            (1..=taking_part.len()).map(place).collect()
        }
        None => {
            let points: Vec<Vec<f64>> = taking_part.iter().map(|(_, point)| point.clone()).collect();
            fronts(&points).into_iter().map(Place::Front).collect::<Vec<_>>()
        }
    };
    let mut placed: Vec<Judged> =
        taking_part.iter().zip(places).map(|((row, _), place)| Judged { row: *row, place }).collect();
    placed.sort_by_key(|judged| if let Place::Front(front) = judged.place { front } else { 0 });
    placed.append(&mut judged);
    let selection = Selection { objectives, limits, origin: names.origin(), unchecked, judged: placed };
    if taking_part.is_empty() {
        let reasons = selection.left_out();
        let reasons: Vec<String> = reasons.iter().map(|(why, models)| format!("{why} ({models})")).collect();
        let why = if reasons.is_empty() { "there is none".to_owned() } else { reasons.join("; ") };
        return Err(SelectError::NobodyLeft { why });
    }
    Ok(selection)
}

/// Drops an objective that is named twice.
fn without_repetition(objectives: &mut Vec<Objective>) -> Result<(), SelectError> {
    let mut kept: Vec<Objective> = Vec::new();
    for objective in objectives.drain(..) {
        match kept.iter().find(|other| other.figure == objective.figure) {
            None => kept.push(objective),
            Some(same) if same.goal == objective.goal => {}
            Some(_) => return Err(SelectError::BothWays { name: objective.figure.to_string() }),
        }
    }
    *objectives = kept;
    if objectives.is_empty() { Err(SelectError::NoObjective) } else { Ok(()) }
}

/// The objectives of a model, of which less is better.
fn point(row: &Row, objectives: &[Objective], limits: &[Limit]) -> Result<Vec<f64>, LeftOut> {
    let known = |figure: &Figure| figure.of(row).ok_or_else(|| LeftOut::Unknown(figure.to_string()));
    for limit in limits {
        let value = known(&limit.figure)?;
        let kept = match limit.bound {
            Bound::AtLeast => value >= limit.value,
            Bound::AtMost => value <= limit.value,
        };
        if !kept {
            return Err(LeftOut::Beyond(limit.to_string()));
        }
    }
    let coordinate = |objective: &Objective| {
        let value = known(&objective.figure)?;
        Ok(match objective.goal {
            Goal::Maximize => -value,
            Goal::Minimize => value,
        })
    };
    objectives.iter().map(coordinate).collect()
}
