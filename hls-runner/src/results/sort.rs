//! The order of the jobs in a table: by a word for what a person looks at, by any column, or by a setting of a grid.

use std::cmp::Ordering;

use crate::plan::discover::natural_order;
use crate::record::job::JobRecord;
use crate::report::circuit::Circuit;
use crate::report::fit::Resource;
use crate::report::numbers::{Estimate, LogicSynthesis, Report};
use crate::results::columns::{COLUMNS, Cell, Column, SETTING, axes, setting};

/// What jobs can be ordered by.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SortKey {
    /// Name of the model.
    Model,
    /// Success, failed, running, pending.
    Status,
    /// Latency at worst, in cycles.
    Latency,
    /// Interval at worst, in cycles.
    Interval,
    /// A resource: jobs with Vivado's count after place and route by that, after them those with its count after synthesis, those with Yosys's,
    /// and then the others by an estimate.
    Resource(Resource),
    /// Estimated clock period.
    Clock,
    /// Worst slack: Vivado's after place and route, that after synthesis, and then that of C synthesis.
    Slack,
    /// The frequency that the longest path allows: Vivado's after place and route, that after synthesis, nextpnr's, and then the timing estimate's.
    Fmax,
    /// Power in all: Vivado's after place and route, and then that after synthesis.
    Power,
    /// How long the job took.
    Time,
    /// The input folder, where there are several.
    Run,
    /// A column.
    Column(&'static Column),
    /// What the job has on an axis of the grid.
    Setting(String),
}

/// The words for what a person looks at first, and what they mean.
const WORDS: [(&str, SortKey); 14] = [
    ("model", SortKey::Model),
    ("status", SortKey::Status),
    ("latency", SortKey::Latency),
    ("interval", SortKey::Interval),
    ("lut", SortKey::Resource(Resource::Lut)),
    ("ff", SortKey::Resource(Resource::Ff)),
    ("dsp", SortKey::Resource(Resource::Dsp)),
    ("bram", SortKey::Resource(Resource::Bram18k)),
    ("uram", SortKey::Resource(Resource::Uram)),
    ("clock", SortKey::Clock),
    ("slack", SortKey::Slack),
    ("fmax", SortKey::Fmax),
    ("power", SortKey::Power),
    ("time", SortKey::Time),
];

/// Jobs cannot be ordered by something of this name.
#[derive(Debug, thiserror::Error)]
#[error(
    "there is no column `{name}`; there are {}{}, and of the CSV, where some job has a value: {}",
    words.join(", "), of_settings(settings), columns.join(", ")
)]
#[non_exhaustive]
pub struct NoColumn {
    /// What was asked for.
    pub name: String,
    /// The words for what a person looks at first.
    pub words: Vec<&'static str>,
    /// The axes of the grid.
    pub settings: Vec<String>,
    /// The columns in which some job has a value.
    pub columns: Vec<&'static str>,
}

fn of_settings(settings: &[String]) -> String {
    if settings.is_empty() {
        String::new()
    } else {
        format!(", the settings of the grid ({})", settings.join(", "))
    }
}

impl SortKey {
    /// What `name` means for these jobs: a word (`latency`, `lut`), an axis of their grid (`clock-period`, `setting.clock-period`), or a column of
    /// the CSV. Hyphens and underscores count as the same.
    ///
    /// # Errors
    /// It means nothing; the error lists what does.
    pub fn named(name: &str, jobs: &[JobRecord]) -> Result<Self, NoColumn> {
        let is = |known: &str| known.replace('-', "_") == name.replace('-', "_");
        let axes = axes(jobs);
        let has_runs = jobs.iter().any(|job| job.job.run.is_some());
        let word = || WORDS.into_iter().find(|(word, _)| is(word)).map(|(_, key)| key);
        let axis = || {
            let axis = axes.iter().find(|axis| is(axis) || is(&format!("{SETTING}{axis}")))?;
            Some(Self::Setting((*axis).to_owned()))
        };
        let column = || COLUMNS.iter().find(|column| is(column.name)).map(Self::Column);
        let run = || (has_runs && is("run")).then_some(Self::Run);
        word().or_else(axis).or_else(column).or_else(run).ok_or_else(|| {
            let known = |column: &&Column| jobs.iter().any(|job| column.of(job) != Cell::Unknown);
            let words = WORDS.iter().map(|(word, _)| *word).chain(has_runs.then_some("run"));
            NoColumn {
                name: name.to_owned(),
                words: words.collect(),
                settings: axes.iter().map(|axis| (*axis).to_owned()).collect(),
                columns: COLUMNS.iter().filter(known).map(|column| column.name).collect(),
            }
        })
    }
}

/// Puts the smallest first, or with `Reverse` the largest; what is unknown is last in either direction.
pub fn sort(jobs: &mut [JobRecord], key: &SortKey, direction: Direction) {
    jobs.sort_by(|a, b| compare(key, direction, a, b));
}

/// The direction of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// The smallest first.
    #[default]
    Forward,
    /// The largest first.
    Reverse,
}

fn compare(key: &SortKey, direction: Direction, a: &JobRecord, b: &JobRecord) -> Ordering {
    let directed = |order: Ordering| match direction {
        Direction::Forward => order,
        Direction::Reverse => order.reverse(),
    };
    // Numbers of different origins are not compared: those of the first origin that a job has go before those of the next.
    let by_origin = |of: &dyn Fn(&Report) -> Vec<Option<f64>>| {
        let values = |job: &JobRecord| job.report.as_deref().map(of).map(first_known).unwrap_or_default();
        let (a, b) = (values(a), values(b));
        // A job without any report has none of them.
        let both = (0..a.len().max(b.len())).map(|at| (a.get(at).copied(), b.get(at).copied()));
        both.fold(Ordering::Equal, |order, (a, b)| {
            order.then_with(|| unknown_last(a.flatten(), b.flatten(), f64::partial_cmp, directed))
        })
    };
    let by_cell = |of: &dyn Fn(&JobRecord) -> Cell| cells(&of(a), &of(b), directed);
    match key {
        SortKey::Model => directed((&a.job.name, a.job.tier).cmp(&(&b.job.name, b.job.tier))),
        SortKey::Status => directed(a.status.cmp(&b.status)),
        SortKey::Latency => by_origin(&|report| {
            vec![as_number(report.estimate.latency_max_cycles), as_number(report.circuit.latency_cycles)]
        }),
        SortKey::Interval => by_origin(&|report| {
            vec![as_number(report.estimate.interval_max_cycles), as_number(report.circuit.interval_cycles)]
        }),
        SortKey::Clock => by_origin(&|report| {
            vec![report.estimate.clock_period_estimated_ns, Circuit::period_ns(&report.circuit)]
        }),
        SortKey::Slack => by_origin(&slacks),
        SortKey::Fmax => by_origin(&frequencies),
        SortKey::Power => by_origin(&|report| vivado(report, |said| said.power?.total_w)),
        SortKey::Resource(resource) => by_origin(&|report| counts(report, *resource)),
        SortKey::Time => {
            by_cell(&|job| job.elapsed().map_or(Cell::Unknown, |t| Cell::Seconds(t.as_secs_f64())))
        }
        SortKey::Run => by_cell(&|job| job.job.run.clone().map_or(Cell::Unknown, Cell::Text)),
        SortKey::Column(column) => by_cell(&|job| column.of(job)),
        SortKey::Setting(axis) => by_cell(&|job| setting(job, axis)),
    }
}

/// Vivado's counts of a resource after place and route and after synthesis, Yosys's, C synthesis's estimate, and the instant one.
fn counts(report: &Report, resource: Resource) -> Vec<Option<f64>> {
    let circuit = &report.circuit;
    let others = [
        circuit.mapped.as_ref().and_then(|mapped| mapped.resources.of(resource)),
        report.estimate.resources.of(resource),
        circuit.estimated.as_ref().and_then(|estimated| estimated.resources.of(resource)),
    ];
    let vivado = vivado(report, |said| as_number(said.resources.of(resource)));
    vivado.into_iter().chain(others.map(as_number)).collect()
}

fn slacks(report: &Report) -> Vec<Option<f64>> {
    let estimated = Estimate::fit(&report.estimate).slack_ns;
    vivado(report, |said| said.worst_negative_slack_ns).into_iter().chain([estimated]).collect()
}

fn frequencies(report: &Report) -> Vec<Option<f64>> {
    let circuit = &report.circuit;
    let placed = circuit.placement.as_ref().map(|placed| placed.fmax_mhz);
    let timing = circuit.timing_estimate.as_ref().map(|timing| timing.fmax_mhz);
    vivado(report, |said| said.fmax_mhz).into_iter().chain([placed, timing]).collect()
}

/// What Vivado says after place and route, and after synthesis.
fn vivado(report: &Report, of: impl Fn(&LogicSynthesis) -> Option<f64>) -> Vec<Option<f64>> {
    [&report.implementation, &report.logic_synthesis].map(|said| of(said.as_ref()?)).into()
}

/// Only the first that is known.
fn first_known(values: Vec<Option<f64>>) -> Vec<Option<f64>> {
    let first = values.iter().position(Option::is_some);
    values.into_iter().enumerate().map(|(at, value)| value.filter(|_| Some(at) == first)).collect()
}

fn as_number(count: Option<u64>) -> Option<f64> {
    count.map(|count| count as f64)
}

/// Numbers by value, before words in the order in which a person counts.
fn cells(a: &Cell, b: &Cell, directed: impl Fn(Ordering) -> Ordering) -> Ordering {
    let text = |cell: &Cell| match cell {
        Cell::Text(text) => Some(text.clone()),
        _ => None,
    };
    unknown_last(a.as_number(), b.as_number(), f64::partial_cmp, &directed).then_with(|| {
        let natural = |a: &String, b: &String| Some(natural_order(a.as_ref(), b.as_ref()));
        unknown_last(text(a), text(b), natural, &directed)
    })
}

fn unknown_last<T>(
    a: Option<T>,
    b: Option<T>,
    order: impl Fn(&T, &T) -> Option<Ordering>,
    directed: impl Fn(Ordering) -> Ordering,
) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => directed(order(&a, &b).unwrap_or(Ordering::Equal)),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::job::JobStatus;
    use crate::report::numbers::Resources;

    fn job(model: &str, status: JobStatus, latency: Option<u64>) -> JobRecord {
        let estimate = Estimate { latency_max_cycles: latency, ..Estimate::default() };
        let mut job = JobRecord { status, ..JobRecord::default() };
        job.job.name = model.into();
        job.report = Some(Box::new(Report { estimate, ..Report::default() }));
        job
    }

    fn order(jobs: &[JobRecord], by: &str, direction: Direction) -> String {
        let mut sorted = jobs.to_vec();
        sort(&mut sorted, &SortKey::named(by, jobs).unwrap(), direction);
        sorted.iter().map(|job| job.job.name.as_str()).collect()
    }

    #[test]
    fn what_is_unknown_is_last_in_both_directions() {
        let jobs = [
            job("c", JobStatus::Success, Some(100)),
            job("a", JobStatus::Failed, None),
            job("b", JobStatus::Success, Some(20)),
        ];
        let table = [
            ("latency", Direction::Forward, "bca"),
            ("latency", Direction::Reverse, "cba"),
            ("latency_max_cycles", Direction::Forward, "bca"),
            ("latency-max-cycles", Direction::Reverse, "cba"),
            ("model", Direction::Forward, "abc"),
            ("model", Direction::Reverse, "cba"),
            ("status", Direction::Forward, "cba"),
            ("lut", Direction::Forward, "cab"),
            ("tier", Direction::Reverse, "cab"),
        ];
        for (key, direction, expected) in table {
            assert_eq!(order(&jobs, key, direction), expected, "{key} {direction:?}");
        }
    }

    #[test]
    fn settings_are_ordered_as_a_person_counts() {
        let at = |model: &str, settings: serde_json::Value| {
            let mut job = job(model, JobStatus::Success, None);
            job.job.settings = serde_json::from_value(settings).unwrap();
            job
        };
        let jobs = [
            at("a", json!({"clock-period": 10, "part": "xc10"})),
            at("b", json!({"clock-period": 2.5, "part": "xc9"})),
            at("c", json!({})),
            at("d", json!({"clock-period": "auto", "part": "xc9", "no-dsp": true})),
        ];
        for (key, direction, expected) in [
            ("clock-period", Direction::Forward, "badc"),
            ("setting.clock-period", Direction::Reverse, "abdc"),
            ("clock_period", Direction::Forward, "badc"),
            ("part", Direction::Forward, "bdac"),
            ("no-dsp", Direction::Forward, "dabc"),
        ] {
            assert_eq!(order(&jobs, key, direction), expected, "{key} {direction:?}");
        }
        let error = SortKey::named("clocks", &jobs).unwrap_err().to_string();
        for words in
            ["`clocks`", "latency, ", "the settings of the grid (clock-period, part, no-dsp)", "stand_in"]
        {
            assert!(error.contains(words), "{words:?} is not in: {error}");
        }
        assert!(!error.contains("synthesized_lut") && !error.contains("run"), "{error}");
    }

    #[test]
    fn estimates_and_counts_are_not_compared_with_each_other() {
        let with = |model: &str, estimated: u64, counted: Option<u64>| {
            let mut job = job(model, JobStatus::Success, None);
            let lut = |lut| Resources { lut: Some(lut), ..Resources::default() };
            let report = job.report.as_mut().unwrap();
            report.estimate.resources = lut(estimated);
            report.logic_synthesis =
                counted.map(|count| LogicSynthesis { resources: lut(count), ..LogicSynthesis::default() });
            job
        };
        let jobs =
            [with("a", 10, None), with("b", 900, Some(300)), with("c", 100, None), with("d", 500, Some(200))];
        let mut placed = jobs.clone();
        placed[2].report.as_mut().unwrap().implementation = Some(LogicSynthesis {
            resources: Resources { lut: Some(800), ..Resources::default() },
            worst_negative_slack_ns: Some(-0.5),
            fmax_mhz: Some(180.0),
            ..LogicSynthesis::default()
        });
        let synthesized = placed[1].report.as_mut().unwrap().logic_synthesis.as_mut().unwrap();
        (synthesized.worst_negative_slack_ns, synthesized.fmax_mhz) = (Some(-2.0), Some(150.0));
        assert_eq!(order(&placed, "lut", Direction::Forward), "cdba", "placed, counted, estimated");
        assert_eq!(order(&placed, "slack", Direction::Forward), "cbad", "placed, counted, unknown");
        assert_eq!(order(&placed, "fmax", Direction::Reverse), "cbad");
        assert_eq!(order(&jobs, "lut", Direction::Forward), "dbac");
        assert_eq!(order(&jobs, "lut", Direction::Reverse), "bdca");
    }
}
