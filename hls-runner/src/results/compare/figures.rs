//! Figures side by side, and the ratios of all models summed up.

use serde::{Serialize, Serializer};

use super::side::is_figure;
use crate::results::columns::{Cell, Column, Origin};

/// A ratio is an outlier if it is farther from the median than so many robust standard deviations …
const DEVIATIONS: f64 = 3.5;
/// … which are so many times the median of the distances …
const OF_MEDIAN_DISTANCE: f64 = 1.4826;
/// … and farther than this factor: where nearly all ratios are equal, a cycle more is no outlier.
const LEAST_FACTOR: f64 = 1.1;
/// With fewer models, nobody can say which one is unusual.
const LEAST_MODELS: usize = 5;

/// A figure of one model in both sweeps.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Compared {
    /// The column.
    pub column: &'static str,
    /// Who says both numbers.
    pub origin: &'static str,
    /// The number in the first sweep.
    #[serde(serialize_with = "number")]
    pub a: Cell,
    /// The number in the second.
    #[serde(serialize_with = "number")]
    pub b: Cell,
    /// B less A.
    pub difference: f64,
    /// B divided by A; 1 if both are 0, and `None` where one is 0 or less, or the figure is a slack.
    pub ratio: Option<f64>,
    /// Whether the ratio is far from those of the other models.
    pub outlier: bool,
}

/// The ratios of a figure over all models that have it in both sweeps.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Figure {
    /// The column.
    pub column: &'static str,
    /// Who says the numbers.
    pub origin: &'static str,
    /// Models with the figure in both sweeps.
    pub models: usize,
    /// Those of them with a ratio, of which the statistics are.
    pub with_ratio: usize,
    /// The geometric mean of the ratios: the mean of how many times as large.
    pub geometric_mean: Option<f64>,
    /// The median of the ratios.
    pub median: Option<f64>,
    /// The least ratio.
    pub min: Option<f64>,
    /// The greatest ratio.
    pub max: Option<f64>,
    /// Models of which B is less.
    pub smaller: usize,
    /// Models of which both are equal.
    pub equal: usize,
    /// Models of which B is more.
    pub larger: usize,
    /// Models whose ratio is an outlier.
    pub outliers: usize,
}

impl Compared {
    /// Both numbers, where the column is a figure and both jobs have it.
    pub(super) fn new(column: &Column, a: &Cell, b: &Cell) -> Option<Self> {
        if !is_figure(column.name, column.origin) || is_flag(a) || is_flag(b) {
            return None;
        }
        let (from, to) = (a.as_number()?, b.as_number()?);
        let ratio = match (from, to) {
            _ if is_slack(column.name) => None,
            (from, to) if from == to => Some(1.0),
            (from, to) if from > 0.0 && to > 0.0 => Some(to / from),
            _ => None,
        };
        Some(Self {
            column: column.name,
            origin: origin(column.origin),
            a: a.clone(),
            b: b.clone(),
            difference: to - from,
            ratio,
            outlier: false,
        })
    }

    /// How many times worse B is; infinite where something is needed of which nothing was needed before.
    #[must_use]
    pub fn worse(&self) -> Option<f64> {
        let more_is_better = self.column.ends_with("_fmax_mhz");
        match self.ratio {
            Some(ratio) if more_is_better => Some(1.0 / ratio),
            Some(ratio) => Some(ratio),
            None if is_slack(self.column) || more_is_better => None,
            None => (self.difference > 0.0).then_some(f64::INFINITY),
        }
    }
}

impl Figure {
    /// Sums up the figures of one column, and marks those with an outlying ratio.
    pub(super) fn of(figures: &mut [&mut Compared]) -> Option<Self> {
        let first = figures.first()?;
        let (column, origin) = (first.column, first.origin);
        let mut logs: Vec<f64> = figures.iter().filter_map(|figure| figure.ratio).map(f64::ln).collect();
        logs.sort_by(f64::total_cmp);
        let centre = median(&logs);
        if let Some(limit) =
            centre.and_then(|centre| limit(&logs, centre)).filter(|_| logs.len() >= LEAST_MODELS)
        {
            for figure in figures.iter_mut() {
                let distance = figure.ratio.zip(centre).map(|(ratio, centre)| (ratio.ln() - centre).abs());
                figure.outlier = distance.is_some_and(|distance| distance > limit);
            }
        }
        let count = |is: fn(&Compared) -> bool| figures.iter().filter(|figure| is(figure)).count();
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        Some(Self {
            column,
            origin,
            models: figures.len(),
            with_ratio: logs.len(),
            geometric_mean: (!logs.is_empty()).then(|| mean.exp()),
            median: centre.map(f64::exp),
            min: logs.first().copied().map(f64::exp),
            max: logs.last().copied().map(f64::exp),
            smaller: count(|figure| figure.difference < 0.0),
            equal: count(|figure| figure.difference == 0.0),
            larger: count(|figure| figure.difference > 0.0),
            outliers: count(|figure| figure.outlier),
        })
    }
}

/// How far from the centre is too far.
fn limit(logs: &[f64], centre: f64) -> Option<f64> {
    let mut distances: Vec<f64> = logs.iter().map(|log| (log - centre).abs()).collect();
    distances.sort_by(f64::total_cmp);
    let deviation = OF_MEDIAN_DISTANCE * median(&distances)?;
    Some((DEVIATIONS * deviation).max(LEAST_FACTOR.ln()))
}

/// Of numbers in order.
fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    let upper = sorted.get(middle)?;
    Some(if sorted.len() % 2 == 1 { *upper } else { (sorted.get(middle.checked_sub(1)?)? + upper) / 2.0 })
}

/// Slacks go through zero: only their difference means something.
fn is_slack(column: &str) -> bool {
    column.contains("slack")
}

fn is_flag(cell: &Cell) -> bool {
    matches!(cell, Cell::Flag(_))
}

/// Who says a number, for people.
fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Sweep => "the sweep",
        Origin::CSynthesis => "C synthesis, estimate",
        Origin::LogicSynthesis => "Vivado",
        Origin::Implementation => "Vivado, placed",
        Origin::Cosimulation => "co-simulation",
        Origin::RtlSimulation => "RTL simulation",
        Origin::Circuit => "hls-cli's circuit",
        Origin::Mapping => "Yosys",
        Origin::TimingEstimate => "timing estimate",
        Origin::Nextpnr => "nextpnr",
    }
}

fn number<S: Serializer>(cell: &Cell, to: S) -> Result<S::Ok, S::Error> {
    match cell {
        Cell::Count(count) => to.serialize_u64(*count),
        cell => cell.as_number().serialize(to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::columns::COLUMNS;

    fn column(name: &str) -> &'static Column {
        COLUMNS.iter().find(|column| column.name == name).unwrap()
    }

    fn lut(a: u64, b: u64) -> Compared {
        Compared::new(column("synthesized_lut"), &Cell::Count(a), &Cell::Count(b)).unwrap()
    }

    #[test]
    fn ratios_are_where_both_numbers_are_positive_or_equal() {
        for (a, b, ratio, worse) in [
            (4, 6, Some(1.5), Some(1.5)),
            (0, 0, Some(1.0), Some(1.0)),
            (0, 3, None, Some(f64::INFINITY)),
            (3, 0, None, None),
        ] {
            let found = lut(a, b);
            assert_eq!((found.ratio, found.worse()), (ratio, worse), "{a} {b}");
        }
        let slack =
            Compared::new(column("synthesized_slack_ns"), &Cell::Number(0.5), &Cell::Number(-0.25)).unwrap();
        assert_eq!((slack.difference, slack.ratio, slack.worse()), (-0.75, None, None));
        let fmax =
            Compared::new(column("timing_fmax_mhz"), &Cell::Number(200.0), &Cell::Number(100.0)).unwrap();
        assert_eq!((fmax.ratio, fmax.worse()), (Some(0.5), Some(2.0)));
        for name in ["available_lut", "clock_period_target_ns", "model"] {
            assert!(Compared::new(column(name), &Cell::Count(1), &Cell::Count(2)).is_none(), "{name}");
        }
    }

    #[test]
    fn statistics_are_of_ratios() {
        let mut figures = [lut(100, 200), lut(100, 50), lut(7, 7), lut(0, 9)];
        let sum = Figure::of(&mut figures.iter_mut().collect::<Vec<_>>()).unwrap();
        assert_eq!((sum.models, sum.with_ratio, sum.smaller, sum.equal, sum.larger), (4, 3, 1, 1, 2));
        let near = |found: Option<f64>, expected: f64| {
            assert!((found.unwrap() - expected).abs() < 1e-12, "{found:?}")
        };
        near(sum.geometric_mean, 1.0);
        near(sum.median, 1.0);
        near(sum.min, 0.5);
        near(sum.max, 2.0);
        assert_eq!(sum.outliers, 0, "too few models");
    }

    #[test]
    fn what_is_far_from_the_others_is_an_outlier() {
        let ratios = |bs: &[u64]| {
            let mut figures: Vec<Compared> = bs.iter().map(|b| lut(1000, *b)).collect();
            Figure::of(&mut figures.iter_mut().collect::<Vec<_>>()).unwrap();
            figures.iter().map(|figure| figure.outlier).collect::<Vec<_>>()
        };
        assert_eq!(ratios(&[1000, 1000, 1000, 1000, 1090]), [false; 5]);
        assert_eq!(ratios(&[1000, 1000, 1000, 1000, 1110]), [false, false, false, false, true]);
        assert_eq!(ratios(&[500, 800, 1000, 1300, 2000]), [false; 5], "they are all different");
        assert_eq!(ratios(&[1000, 1010, 1020, 1030, 300]), [false, false, false, false, true]);
    }
}
