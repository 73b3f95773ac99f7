//! A configuration, evaluated.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use ndarray::{Array2, ArrayView2};

use super::knob::{Kind, Knob, knobs, with_types};
use crate::config::{ConfigError, HlsConfig};
use crate::error::ConvertError;
use crate::fixed::FixedType;
use crate::graph::{Graph, LoweredModel};
use crate::profile::{Profile, ProfileError, Profiler};
use crate::score::{Metric, Questions, ScoreError, Scorer, Truth};
use crate::target::Target;

/// The network that is tuned, and what it is judged by.
pub struct Subject<'a> {
    /// The model.
    pub model: &'a LoweredModel,
    /// What it is converted for.
    pub target: Target,
    /// For each input `[samples, elements]`.
    pub inputs: &'a [Array2<f32>],
    /// The labels of the samples.
    pub truth: &'a Truth,
    /// What the metrics need to know.
    pub questions: &'a Questions,
    /// The metric that counts, such as `accuracy`; the first one if none is named.
    pub metric: Option<&'a str>,
}

/// Why a network could not be tuned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TuneError {
    /// The configuration is not valid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The model cannot be converted.
    #[error(transparent)]
    Convert(#[from] ConvertError),
    /// The network has no scores.
    #[error(transparent)]
    Score(#[from] ScoreError),
    /// There is no such metric for this task.
    #[error("there is no metric `{name}` for this model and these labels; there are: {known}")]
    NoSuchMetric {
        /// As given.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// The metric has no value for the network as it is.
    #[error("{name} has no value for this model on these samples: {why}")]
    NoValue {
        /// The metric.
        name: String,
        /// Why.
        why: String,
    },
    /// Softmaxes could not be looked at.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// Somebody wants it to end.
    #[error("interrupted")]
    Interrupted,
}

/// Told of every trial; whether to go on.
pub type Progress<'a> = dyn FnMut(usize, &str) -> bool + 'a;

/// What a trial found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outcome {
    /// The metric's value; `None` if the configuration cannot be used, or says nothing of a type that it should set.
    pub(super) figure: Option<f64>,
    /// Whether a type is another than was asked for.
    pub(super) ignored: bool,
    /// The same for the same outputs on all samples.
    pub(super) fingerprint: u64,
}

impl Outcome {
    /// Whether the outputs are the same on all samples.
    pub(super) fn is_same_as(self, other: Self) -> bool {
        self.figure.is_some() && self.fingerprint == other.fingerprint
    }
}

/// Evaluates configurations, each once.
pub(super) struct Bench<'a, 'b> {
    pub(super) subject: &'a Subject<'a>,
    base: HlsConfig,
    known: HashMap<Vec<(String, Kind, FixedType)>, Outcome>,
    trials: usize,
    progress: &'a mut Progress<'b>,
}

impl<'a, 'b> Bench<'a, 'b> {
    pub(super) fn new(subject: &'a Subject<'a>, base: HlsConfig, progress: &'a mut Progress<'b>) -> Self {
        Self { subject, base, known: HashMap::new(), trials: 0, progress }
    }

    pub(super) fn trials(&self) -> usize {
        self.trials
    }

    pub(super) fn base(&self) -> &HlsConfig {
        &self.base
    }

    /// Goes on with another configuration.
    pub(super) fn rebase(&mut self, base: HlsConfig) {
        self.base = base;
        self.known.clear();
    }

    pub(super) fn configuration(&self, knobs: &[Knob]) -> Result<HlsConfig, TuneError> {
        Ok(with_types(&self.base, knobs)?)
    }

    pub(super) fn convert(&self, config: &HlsConfig) -> Result<Graph, TuneError> {
        Ok(crate::convert(self.subject.model, config, self.subject.target)?)
    }

    /// Evaluates the base with these types.
    pub(super) fn outcome(&mut self, tried: &[Knob], what: &str) -> Result<Outcome, TuneError> {
        let key: Vec<_> = tried.iter().map(|knob| (knob.layer.clone(), knob.kind, knob.ty)).collect();
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        self.count(what)?;
        let config = self.configuration(tried)?;
        let unusable = Outcome { figure: None, ignored: false, fingerprint: 0 };
        let outcome = match self.convert(&config) {
            Ok(graph) if !is_as_asked(&graph, tried) => Outcome { ignored: true, ..unusable },
            Ok(graph) => match self.evaluate(&graph) {
                // A type that the layer's arithmetic cannot have; the samples were fine before.
                Err(TuneError::Score(ScoreError::Emulate(_))) => unusable,
                evaluated => evaluated?,
            },
            Err(TuneError::Convert(_)) => unusable,
            Err(error) => return Err(error),
        };
        self.known.insert(key, outcome);
        Ok(outcome)
    }

    /// Counts a trial, and asks whether to go on.
    pub(super) fn count(&mut self, what: &str) -> Result<(), TuneError> {
        self.trials += 1;
        if (self.progress)(self.trials, what) { Ok(()) } else { Err(TuneError::Interrupted) }
    }

    /// The metric that counts, for a graph.
    pub(super) fn metric(&self, graph: &Graph) -> Result<(Metric, u64), TuneError> {
        let mut scorer = Scorer::new(graph)?;
        scorer.add(&self.views())?;
        let mut hasher = DefaultHasher::new();
        scorer.values().iter().for_each(|value| value.to_bits().hash(&mut hasher));
        let metrics = scorer.finish(self.subject.truth, self.subject.questions)?.metrics;
        let wanted = |metric: &&Metric| self.subject.metric.is_none_or(|name| metric.name == name);
        match metrics.iter().find(wanted) {
            Some(metric) => Ok((metric.clone(), hasher.finish())),
            None => {
                let known: Vec<&str> = metrics.iter().map(|metric| metric.name.as_str()).collect();
                let name = self.subject.metric.unwrap_or_default().to_owned();
                Err(TuneError::NoSuchMetric { name, known: known.join(", ") })
            }
        }
    }

    fn evaluate(&self, graph: &Graph) -> Result<Outcome, TuneError> {
        let (metric, fingerprint) = self.metric(graph)?;
        let figure = metric.value.ok().filter(|figure| figure.is_finite());
        Ok(Outcome { figure, ignored: false, fingerprint })
    }

    /// Integer bits that a layer's results need on the samples, with the sign.
    pub(super) fn integer_bits(&self, graph: &Graph, layer: &str) -> Result<Option<i32>, TuneError> {
        let profile = self.profile(graph)?;
        let numbers = profile.inputs.iter().chain(profile.layers.iter().map(|layer| &layer.result));
        let found = numbers.into_iter().find(|numbers| numbers.name == layer);
        Ok(found.map(|numbers| numbers.precision.integer() - numbers.unused_integer_bits as i32))
    }

    /// For each softmax by its configuration's name: in how many of its results the largest element is not that of its input.
    pub(super) fn changed_classes(&self, graph: &Graph) -> Result<Vec<(String, u64)>, TuneError> {
        let layers = self.profile(graph)?.layers;
        let changed =
            layers.iter().filter_map(|layer| Some((layer.result.name.clone(), layer.largest?.not_inputs)));
        Ok(changed.collect())
    }

    fn profile(&self, graph: &Graph) -> Result<Profile, TuneError> {
        let mut profiler = Profiler::new(graph)?;
        profiler.add(&self.views())?;
        Ok(profiler.finish())
    }

    fn views(&self) -> Vec<ArrayView2<'a, f32>> {
        self.subject.inputs.iter().map(|array| array.view()).collect()
    }
}

/// Whether the types of a graph are those of a trial: an entry that a layer ignores, or that changes other layers, is of no use.
fn is_as_asked(graph: &Graph, tried: &[Knob]) -> bool {
    let found = knobs(graph);
    tried.iter().all(|knob| knob.find(&found).is_some_and(|same| same.ty == knob.ty))
}
