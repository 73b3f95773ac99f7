//! The two plots that everybody draws: a metric against what it costs, and LUTs against flip-flops.

use super::Sheet;
use super::column::{SheetColumn, Source, goal_of_files};
use crate::results::columns::Cell;
use crate::select::{self, Goal, Place, Request, SelectError, Selection, Table};

/// What people judge models by, the first that is known first. Names as `select` takes them.
const METRICS: [&str; 6] =
    ["bkg_rej", "accuracy", "auc", "mean_absolute_error", "mean_squared_error", "score"];
/// What a metric's name contains if it is none of these.
const LIKE_METRICS: [&str; 12] = [
    "rej",
    "acc",
    "auc",
    "loss",
    "error",
    "r2",
    "f1",
    "precision",
    "recall",
    "efficiency",
    "resolution",
    "objective",
];
/// What a design costs, if nobody says it.
const COST: &str = "lut+ff";

/// Why there is no such plot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoPlot {
    /// Nothing says how good a model is.
    #[error(
        "no metric of these models is known: there is no scores.json or summary of trials beside them, and no file was named that has one"
    )]
    NoMetric,
    /// A sum of a person's own adds what different tools say.
    #[error("{name} adds numbers of different origins, which say nothing together; name columns of one")]
    Mixed {
        /// The sum.
        name: String,
    },
    /// A figure is not known, or of no job.
    #[error(transparent)]
    Figure(#[from] SelectError),
}

/// Points over two axes, each of one origin.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Plot {
    /// What is to the right.
    pub x: SheetColumn,
    /// What is upwards.
    pub y: SheetColumn,
    /// The jobs of which both are known, except failed ones.
    pub points: Vec<Point>,
}

/// A job in a plot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Its row in the sheet.
    pub job: usize,
    /// To the right.
    pub x: f64,
    /// Upwards.
    pub y: f64,
    /// Its Pareto front, counted from 1.
    pub front: usize,
}

impl Plot {
    /// The first front, from left to right.
    #[must_use]
    pub fn front(&self) -> Vec<Point> {
        let mut front: Vec<Point> = self.points.iter().filter(|point| point.front == 1).copied().collect();
        front.sort_by(|a, b| (a.x, a.y).partial_cmp(&(b.x, b.y)).unwrap_or(std::cmp::Ordering::Equal));
        front
    }
}

impl Sheet {
    /// A metric over what it costs, with Pareto fronts. Both may be named as in `select`; without, the usual ones are taken. Resources are of the origin that
    /// knows them of most jobs.
    ///
    /// # Errors
    /// No metric is known, or no such figure.
    pub fn pareto(&self, cost: Option<&str>, metric: Option<&str>) -> Result<Plot, NoPlot> {
        let cost = (Goal::Minimize, cost.unwrap_or(COST));
        if let Some(metric) = metric {
            return self.plot(cost, (self.goal(metric), metric));
        }
        let metric = self.metric().ok_or(NoPlot::NoMetric)?;
        self.plot(cost, (self.goal(&metric), &metric))
    }

    /// LUTs over flip-flops, as one origin counts them.
    ///
    /// # Errors
    /// Nobody counted them.
    pub fn area(&self) -> Result<Plot, NoPlot> {
        self.plot((Goal::Minimize, "ff"), (Goal::Minimize, "lut"))
    }

    /// The column that a name means, as `select` understands it; `None` if no job has such a figure.
    #[must_use]
    pub fn figure(&self, name: &str) -> Option<String> {
        let request = Request { objectives: vec![(Goal::Minimize, name.to_owned())], ..Request::default() };
        let chosen = select::choose(&self.table, &request).ok()?;
        chosen.objectives.first().map(|objective| objective.figure.to_string())
    }

    /// The column of the metric by which these models are probably judged.
    #[must_use]
    pub fn metric(&self) -> Option<String> {
        let of_files = |column: &&SheetColumn| {
            matches!(column.source, Source::Files(_)) && self.has_numbers(&column.name)
        };
        let known: Vec<&SheetColumn> = self.columns.iter().filter(of_files).collect();
        let usual = METRICS.iter().find_map(|metric| {
            let name = self.figure(metric)?;
            known.iter().any(|column| column.name == name).then_some(name)
        });
        let like = || {
            let is_like =
                |name: &str| LIKE_METRICS.iter().any(|part| name.to_ascii_lowercase().contains(part));
            known.iter().map(|column| column.name.clone()).find(|name| is_like(name))
        };
        usual.or_else(like)
    }

    fn has_numbers(&self, column: &str) -> bool {
        self.table.rows.iter().any(|row| row.number(column).is_some())
    }

    fn goal(&self, name: &str) -> Goal {
        let known = self.columns.iter().find(|column| column.name == name).and_then(|column| column.goal);
        known.unwrap_or_else(|| goal_of_files(name))
    }

    fn plot(&self, x: (Goal, &str), y: (Goal, &str)) -> Result<Plot, NoPlot> {
        // A design that failed is no choice.
        let is_failed =
            |row: &&select::Row| row.values.get("status") == Some(&Cell::Text("failed".to_owned()));
        let jobs: Vec<usize> =
            (0..self.table.rows.len()).filter(|&job| !is_failed(&&self.table.rows[job])).collect();
        let table = Table {
            columns: self.table.columns.clone(),
            rows: jobs.iter().map(|&job| self.table.rows[job].clone()).collect(),
            stand_in: self.stand_in,
        };
        let objectives = [x, y].map(|(goal, name)| (goal, name.to_owned())).to_vec();
        let chosen: Selection = select::choose(&table, &Request { objectives, ..Request::default() })?;
        let [x, y] = &chosen.objectives[..] else { unreachable!("two objectives were asked for") };
        let points = chosen.judged.iter().filter_map(|judged| {
            let row = &table.rows[judged.row];
            let Place::Front(front) = judged.place else { return None };
            Some(Point { job: jobs[judged.row], x: x.figure.of(row)?, y: y.figure.of(row)?, front })
        });
        let column = |name: String, goal: Goal| {
            let of = |name: &str| self.columns.iter().find(|column| column.name == name);
            if let Some(known) = of(&name) {
                return Ok(known.clone());
            }
            // A sum of a person's own: its terms say where they come from.
            let mut sources = name.split('+').filter_map(of).map(|column| &column.source);
            let source = sources.next().cloned().unwrap_or(Source::Files(String::new()));
            match sources.all(|other| *other == source) {
                true => Ok(SheetColumn::new(&name, source, Some(goal))),
                false => Err(NoPlot::Mixed { name }),
            }
        };
        Ok(Plot {
            points: points.collect(),
            x: column(x.figure.to_string(), x.goal)?,
            y: column(y.figure.to_string(), y.goal)?,
        })
    }
}
