//! Fewer bits.

use super::knob::{Kind, Knob, knobs};
use super::mend::{self, Mended};
use super::trial::{Bench, Outcome, Progress, Subject, TuneError};
use crate::config::HlsConfig;
use crate::fixed::{FixedType, Overflow};
use crate::score::Metric;

/// What is allowed.
#[derive(Debug, Clone, PartialEq)]
pub struct TuneOptions {
    /// How much worse the metric may get, in its own unit.
    pub loss: f64,
    /// Integer bits that types which wrap keep beyond those that the samples need: other samples may be larger.
    pub guard_bits: u32,
    /// Whether to narrow the results of quantized activations, too, which training decided.
    pub trained: bool,
}

impl Default for TuneOptions {
    fn default() -> Self {
        Self { loss: 0.002, guard_bits: 1, trained: false }
    }
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Tuned {
    /// The configuration, with the types that were found.
    pub config: HlsConfig,
    /// The metric that counted.
    pub metric: String,
    /// Its value with the types that the network had, after softmaxes were mended.
    pub reference: f64,
    /// The same before.
    pub before: f64,
    /// The figure with the types that were found.
    pub figure: f64,
    /// Softmaxes that were mended.
    pub mended: Vec<Mended>,
    /// The types that could be narrowed, as they were and as they are now.
    pub knobs: Vec<(Knob, Knob)>,
    /// Bits against the metric, the most bits first: of the configurations on the way, those that none with as few bits matches.
    pub front: Vec<Point>,
    /// How many configurations were tried.
    pub trials: usize,
}

impl Tuned {
    /// Bits of results, accumulators and tables with the types as they were.
    #[must_use]
    pub fn bits_before(&self) -> [u64; 3] {
        bits(self.knobs.iter().map(|(before, _)| before))
    }

    /// The same with the types that were found.
    #[must_use]
    pub fn bits_after(&self) -> [u64; 3] {
        bits(self.knobs.iter().map(|(_, after)| after))
    }
}

/// A configuration on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Bits of results, of accumulators, and of tables.
    pub bits: [u64; 3],
    /// The figure.
    pub figure: f64,
    /// The types, in the order of [`Tuned::knobs`].
    pub types: Vec<FixedType>,
}

impl Point {
    /// Bits of results and accumulators: registers, adders, wires.
    #[must_use]
    pub fn arithmetic_bits(&self) -> u64 {
        self.bits[0] + self.bits[1]
    }
}

/// Shares of the loss that are allowed one after the other: what costs nothing goes first. Those beyond the loss show what more bits less would
/// cost, and sometimes lead to fewer bits at less loss than was feared.
const SHARES: [f64; 6] = [0.0, 0.25, 0.5, 1.0, 2.0, 5.0];
/// How often all types are tried with one share; hardly ever more than twice before nothing changes.
const ROUNDS: usize = 4;

/// Narrows the types of a network while its figure stays within the loss.
///
/// `progress` is told of every trial: how many there were, and what is being tried. If it returns `false`, the search ends with
/// [`TuneError::Interrupted`].
///
/// # Errors
/// The model cannot be converted with the configuration or evaluated on the samples, or has no figure there.
pub fn tune(
    subject: &Subject<'_>,
    config: &HlsConfig,
    options: &TuneOptions,
    progress: &mut Progress<'_>,
) -> Result<Tuned, TuneError> {
    let mut bench = Bench::new(subject, config.clone(), progress);
    bench.count("the configuration as it is")?;
    let graph = bench.convert(config)?;
    let before = value(&bench.metric(&graph)?.0)?;
    let mended = mend::softmaxes(&mut bench)?;
    let mut search = Search::new(bench, options, mended)?;
    for share in SHARES {
        search.narrow(share * options.loss)?;
    }
    search.finish(before)
}

struct Search<'a, 'b> {
    bench: Bench<'a, 'b>,
    options: &'a TuneOptions,
    metric: Metric,
    reference: f64,
    mended: Vec<Mended>,
    /// As they were.
    first: Vec<Knob>,
    /// As they are.
    now: Vec<Knob>,
    /// In which order they are narrowed: the most bits first.
    order: Vec<usize>,
    points: Vec<Point>,
}

impl<'a, 'b> Search<'a, 'b> {
    fn new(
        mut bench: Bench<'a, 'b>,
        options: &'a TuneOptions,
        mended: Vec<Mended>,
    ) -> Result<Self, TuneError> {
        let graph = bench.convert(bench.base())?;
        let (metric, fingerprint) = bench.metric(&graph)?;
        let reference = value(&metric)?;
        let plain = Outcome { figure: Some(reference), ignored: false, fingerprint };
        let mut first: Vec<Knob> = Vec::new();
        // Each type is written down, so that what is inferred from others does not change with them. What changes more than itself is left
        // alone, and so is what nothing depends on.
        for knob in knobs(&graph) {
            let asked = options.trained || !knob.trained;
            let with = [&first[..], std::slice::from_ref(&knob)].concat();
            if asked && bench.outcome(&with, &knob.layer)?.is_same_as(plain) && has_effect(&mut bench, &with)?
            {
                first.push(knob);
            }
        }
        let mut order: Vec<usize> = (0..first.len()).collect();
        order.sort_by_key(|&at| std::cmp::Reverse(first[at].bits()));
        let now = first.clone();
        let mut search =
            Self { bench, options, metric, reference, mended, first, now, order, points: Vec::new() };
        search.note(reference);
        Ok(search)
    }

    /// Narrows every type until nothing changes.
    fn narrow(&mut self, allowance: f64) -> Result<(), TuneError> {
        for _ in 0..ROUNDS {
            let before: Vec<FixedType> = self.now.iter().map(|knob| knob.ty).collect();
            for at in self.order.clone() {
                self.narrow_integer(at, allowance)?;
                self.narrow_fraction(at, allowance)?;
            }
            if self.now.iter().map(|knob| knob.ty).eq(before) {
                break;
            }
        }
        Ok(())
    }

    fn narrow_integer(&mut self, at: usize, allowance: f64) -> Result<(), TuneError> {
        let ty = self.now[at].ty;
        let with = |integer: i32| FixedType { width: (integer + ty.frac()).max(0) as u32, integer, ..ty };
        // A sign, and at least one bit in all.
        let least = i32::from(ty.signed).max(1 - ty.frac()).max(i32::from(ty.signed) + 1 - ty.frac());
        let needed = self.least(at, least, ty.integer, allowance, with)?;
        let guard = if ty.overflow == Overflow::Wrap { self.options.guard_bits as i32 } else { 0 };
        let kept = (needed + guard).min(ty.integer);
        // More integer bits than needed change nothing for these samples, but a table, which they address.
        if kept < ty.integer && self.allows(at, with(kept), allowance)? {
            self.take(at, with(kept))?;
        }
        Ok(())
    }

    fn narrow_fraction(&mut self, at: usize, allowance: f64) -> Result<(), TuneError> {
        let ty = self.now[at].ty;
        let with = |fraction: i32| FixedType { width: (ty.integer + fraction).max(0) as u32, ..ty };
        let least = (1 + i32::from(ty.signed) - ty.integer).max(0);
        let needed = self.least(at, least, ty.frac(), allowance, with)?;
        if needed < ty.frac() {
            self.take(at, with(needed))?;
        }
        Ok(())
    }

    /// The least number between `low` and `high` that the figure allows; `high` is the type as it is. Assumes that fewer bits are not better.
    fn least(
        &mut self,
        at: usize,
        low: i32,
        high: i32,
        allowance: f64,
        with: impl Fn(i32) -> FixedType,
    ) -> Result<i32, TuneError> {
        let (mut refused, mut allowed) = (low - 1, high);
        while allowed - refused > 1 {
            let middle = refused + (allowed - refused) / 2;
            match self.allows(at, with(middle), allowance)? {
                true => allowed = middle,
                false => refused = middle,
            }
        }
        Ok(allowed)
    }

    /// Whether the figure stays within the allowance with another type.
    fn allows(&mut self, at: usize, ty: FixedType, allowance: f64) -> Result<bool, TuneError> {
        let mut tried = self.now.clone();
        tried[at].ty = ty;
        let what = format!("{} {}", tried[at].layer, tried[at].kind.key());
        let Some(figure) = self.bench.outcome(&tried, &what)?.figure else { return Ok(false) };
        Ok(self.is_within(figure, allowance) && self.keeps_classes(&tried)?)
    }

    fn is_within(&self, figure: f64, allowance: f64) -> bool {
        match self.metric.larger_is_better {
            true => figure >= self.reference - allowance,
            false => figure <= self.reference + allowance,
        }
    }

    /// Whether softmaxes that were mended stay so.
    fn keeps_classes(&self, tried: &[Knob]) -> Result<bool, TuneError> {
        if self.mended.is_empty() {
            return Ok(true);
        }
        let graph = self.bench.convert(&self.bench.configuration(tried)?)?;
        let changed = self.bench.changed_classes(&graph)?;
        let kept =
            |mended: &Mended| changed.iter().any(|(name, n)| *name == mended.layer && *n <= mended.after);
        Ok(self.mended.iter().all(kept))
    }

    /// Goes on with another type.
    fn take(&mut self, at: usize, ty: FixedType) -> Result<(), TuneError> {
        self.now[at].ty = ty;
        let now = self.now.clone();
        if let Some(figure) = self.bench.outcome(&now, &now[at].layer)?.figure {
            self.note(figure);
        }
        Ok(())
    }

    fn note(&mut self, figure: f64) {
        let types = self.now.iter().map(|knob| knob.ty).collect();
        self.points.push(Point { bits: bits(&self.now), figure, types });
    }

    /// The fewest bits of all configurations on the way whose loss is allowed.
    fn finish(mut self, before: f64) -> Result<Tuned, TuneError> {
        let allowed = self.points.iter().filter(|point| self.is_within(point.figure, self.options.loss));
        let best = allowed.min_by_key(|point| point.bits.iter().sum::<u64>());
        let types = best.map_or_else(Vec::new, |best| best.types.clone());
        let mut found = self.first.clone();
        found.iter_mut().zip(types).for_each(|(knob, ty)| knob.ty = ty);
        let figure = self.bench.outcome(&found, "the configuration that was found")?.figure;
        let figure = figure.unwrap_or(f64::NAN);
        Ok(Tuned {
            config: self.bench.configuration(&found)?,
            metric: self.metric.name.clone(),
            reference: self.reference,
            before,
            figure,
            mended: self.mended,
            front: front(self.points, self.metric.larger_is_better),
            knobs: self.first.into_iter().zip(found).collect(),
            trials: self.bench.trials(),
        })
    }
}

fn value(metric: &Metric) -> Result<f64, TuneError> {
    metric.value.map_err(|why| TuneError::NoValue { name: metric.name.clone(), why: why.to_string() })
}

/// Whether anything depends on the last type: with the fewest bits that it can have, some output is another, or there is none.
fn has_effect(bench: &mut Bench<'_, '_>, knobs: &[Knob]) -> Result<bool, TuneError> {
    let mut least = knobs.to_vec();
    let Some(last) = least.last_mut() else { return Ok(false) };
    let bits = 1 + u32::from(last.ty.signed);
    last.ty = FixedType { width: bits, integer: i32::from(last.ty.signed), ..last.ty };
    let what = last.layer.clone();
    let narrow = bench.outcome(&least, &what)?;
    let wide = bench.outcome(knobs, &what)?;
    Ok(!narrow.ignored && narrow.fingerprint != wide.fingerprint)
}

/// Bits of results, accumulators and tables.
fn bits<'a>(knobs: impl IntoIterator<Item = &'a Knob>) -> [u64; 3] {
    let mut bits = [0; 3];
    for knob in knobs {
        let at = match knob.kind {
            Kind::Result => 0,
            Kind::Accumulator => 1,
            Kind::Table(_) => 2,
        };
        bits[at] += knob.bits();
    }
    bits
}

/// The points that none with as few bits matches, the most bits first.
fn front(mut points: Vec<Point>, larger_is_better: bool) -> Vec<Point> {
    let total = |point: &Point| point.bits.iter().sum::<u64>();
    let goodness = |point: &Point| if larger_is_better { point.figure } else { -point.figure };
    points.sort_by(|a, b| {
        let figures = goodness(b).partial_cmp(&goodness(a)).unwrap_or(std::cmp::Ordering::Equal);
        (total(a)).cmp(&total(b)).then(figures)
    });
    let mut kept: Vec<Point> = Vec::new();
    for point in points {
        if kept.last().is_none_or(|last| goodness(&point) > goodness(last)) {
            kept.push(point);
        }
    }
    kept.reverse();
    kept
}
