//! Scoring models beside the thread that talks to the user.
//!
//! Models are prepared in groups, because a folder may hold thousands. All groups share the samples, read once if they fit in memory. Then each
//! thread takes a model through all samples, without waiting for others; otherwise the samples stream past as many models at a time as there
//! is memory for their outputs.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;

use anyhow::Error;
use hls_codegen::Conversion;
use hls_codegen::conversion::read_model;
use hls_model::emulate::{EmulateError, NonFinite};
use hls_model::samples::{LabelledBatch, LabelledFile, NotFinite, SampleError, Wanted};
use hls_model::score::{Questions, ScoreError, Scorer, Size, Truth};
use hls_runner::CancelToken;
use rayon::prelude::*;

use super::data::Data;
use super::models::Outcome;
use crate::guard;

/// What is to be done.
pub struct Job {
    /// The models.
    pub files: Vec<PathBuf>,
    /// How they are converted.
    pub conversion: Conversion,
    /// The samples.
    pub data: LabelledFile,
    /// The metrics.
    pub questions: Questions,
    /// Whether to compute them also for the models before the conversion.
    pub with_references: bool,
    /// What happens to NaN and infinities.
    pub non_finite: NonFinite,
    /// Bytes that samples may take, and if they take more, outputs of models.
    pub max_bytes: u64,
}

/// News for the thread that talks to the user.
pub enum Event {
    /// There are so many samples.
    Samples(usize),
    /// A model is finished.
    Scored(usize, Box<Result<Outcome, String>>),
}

/// Why no model can be scored any more.
pub enum Failure {
    /// The samples cannot be read.
    Samples(SampleError),
    /// The program is wrong.
    Bug(String),
}

/// Models that are prepared together.
const GROUP: usize = 64;

/// A model that is ready for samples.
struct Prepared {
    at: usize,
    scorer: Scorer,
    wanted: Vec<Wanted>,
    size: Size,
    warnings: Vec<String>,
}

/// A model on its way, or why it has got no further.
type Tried<T> = Result<T, (usize, String)>;

/// Scores all models. Whatever happens to one, the others are not affected.
pub fn run(job: &Job, cancel: &CancelToken, events: &Sender<Event>) -> Result<(), Failure> {
    let mut read: Option<Data> = None;
    let files: Vec<(usize, &Path)> = job.files.iter().map(PathBuf::as_path).enumerate().collect();
    for group in files.chunks(GROUP) {
        let tried: Vec<Tried<Prepared>> =
            group.par_iter().map(|&(at, file)| guarded(at, || prepare(job, at, file))).collect();
        let ready: Vec<Prepared> = tried.into_iter().filter_map(|tried| tell(events, tried)).collect();
        if ready.is_empty() || cancel.is_cancelled() {
            continue;
        }
        let covers = |data: &Data| ready.iter().all(|model| data.places(&model.wanted).is_some());
        let data = match read.take().filter(covers) {
            Some(data) => data,
            None => {
                Data::read(&job.data, all_wanted(&ready), job.max_bytes, cancel).map_err(Failure::Samples)?
            }
        };
        // There may be nobody left to listen.
        let _ = events.send(Event::Samples(data.truth.len()));
        match &data.kept {
            Some(batches) => each_by_itself(job, ready, &data, batches, cancel, events),
            None => side_by_side(job, ready, &data, cancel, events)?,
        }
        read = Some(data);
    }
    Ok(())
}

/// Converts a model, and makes sure that the samples fit it.
fn prepare(job: &Job, at: usize, file: &Path) -> Result<Prepared, Error> {
    let model = read_model(file)?;
    let converted = job.conversion.convert_model(&model)?;
    let scorer = Scorer::new(&converted.graph)?.with_non_finite(job.non_finite);
    let wanted = job.data.wanted_by(scorer.inputs())?;
    let size = Size::of(&converted.graph);
    let warnings = converted.warnings().iter().map(ToString::to_string).collect();
    let scorer = if job.with_references { scorer.with_references(model) } else { scorer };
    Ok(Prepared { at, scorer, wanted, size, warnings })
}

/// Every array that some model reads, once.
fn all_wanted(models: &[Prepared]) -> Vec<Wanted> {
    let mut all: Vec<Wanted> = Vec::new();
    for wanted in models.iter().flat_map(|model| &model.wanted) {
        if !all.contains(wanted) {
            all.push(wanted.clone());
        }
    }
    all
}

/// Each thread takes the next model through all samples.
fn each_by_itself(
    job: &Job,
    models: Vec<Prepared>,
    data: &Data,
    batches: &[LabelledBatch],
    cancel: &CancelToken,
    events: &Sender<Event>,
) {
    let whole = |mut model: Prepared| {
        let at = model.at;
        let tried = guarded(at, move || {
            let places = data.places(&model.wanted).unwrap_or_default();
            for batch in batches {
                if cancel.is_cancelled() {
                    break;
                }
                model.scorer.add(&batch.chosen(&places)).map_err(explained)?;
            }
            finish(job, model, &data.truth)
        });
        if !cancel.is_cancelled() {
            conclude(events, at, tried);
        }
    };
    let threads = rayon::current_num_threads();
    if models.len() < threads {
        return models.into_iter().for_each(whole);
    }
    let models: Vec<_> = models.into_iter().map(|model| std::sync::Mutex::new(Some(model))).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let take = || {
                    while let Some(slot) = models.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let model = slot.lock().ok().and_then(|mut model| model.take());
                        model.into_iter().for_each(whole);
                    }
                };
                // In a pool of its own a model's samples are computed one block after another, and wait for no other model.
                match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
                    Ok(pool) => pool.install(take),
                    Err(_) => take(),
                }
            });
        }
    });
}

/// The samples stream past several models.
fn side_by_side(
    job: &Job,
    models: Vec<Prepared>,
    data: &Data,
    cancel: &CancelToken,
    events: &Sender<Event>,
) -> Result<(), Failure> {
    let kept =
        |model: &Prepared| (data.truth.len() as u64).saturating_mul(model.scorer.bytes_per_sample() as u64);
    let mut models = models.into_iter().peekable();
    while models.peek().is_some() && !cancel.is_cancelled() {
        let (mut group, mut bytes) = (Vec::new(), 0_u64);
        while let Some(model) =
            models.next_if(|model| group.is_empty() || bytes.saturating_add(kept(model)) <= job.max_bytes)
        {
            bytes = bytes.saturating_add(kept(&model));
            group.push(model);
        }
        let mut stream = job.data.read(&data.wanted).map_err(Failure::Samples)?;
        while let Some(batch) = stream.next_batch().map_err(Failure::Samples)? {
            if cancel.is_cancelled() {
                return Ok(());
            }
            let added: Vec<Tried<Prepared>> =
                group.into_par_iter().map(|model| add(model, data, &batch)).collect();
            group = added.into_iter().filter_map(|tried| tell(events, tried)).collect();
        }
        group.into_par_iter().for_each(|model| {
            let at = model.at;
            let tried = guarded(at, || finish(job, model, &data.truth));
            conclude(events, at, tried);
        });
    }
    Ok(())
}

fn add(mut model: Prepared, data: &Data, batch: &LabelledBatch) -> Tried<Prepared> {
    guarded(model.at, move || {
        let places = data.places(&model.wanted).unwrap_or_default();
        model.scorer.add(&batch.chosen(&places)).map_err(explained)?;
        Ok(model)
    })
}

fn finish(job: &Job, model: Prepared, truth: &Truth) -> Result<Outcome, Error> {
    let scores = model.scorer.finish(truth, &job.questions)?;
    Ok(Outcome { scores, size: model.size, warnings: model.warnings })
}

/// NaN and infinity, with what can be done about them.
fn explained(error: ScoreError) -> Error {
    match error {
        ScoreError::Emulate(EmulateError::NotFinite { input, sample, element, value, precision, cast }) => {
            let sample = NotFinite { input, sample, element, value, ty: precision, cast };
            let advice = "correct the sample, or add --non-finite cast to compute with that value";
            anyhow::anyhow!("{sample}: {advice}")
        }
        other => other.into(),
    }
}

/// Work on one model, which a panic's remains are dropped with.
fn guarded<T>(at: usize, work: impl FnOnce() -> Result<T, Error>) -> Tried<T> {
    guard::guarded(work).map_err(|error| (at, error))
}

/// Passes on what went well, and tells what did not.
fn tell<T>(events: &Sender<Event>, tried: Tried<T>) -> Option<T> {
    // There may be nobody left to listen.
    tried.map_err(|(at, error)| events.send(Event::Scored(at, Box::new(Err(error))))).ok()
}

/// Tells what came of a model.
fn conclude(events: &Sender<Event>, at: usize, tried: Tried<Outcome>) {
    let outcome = tried.map_err(|(_, error)| error);
    let _ = events.send(Event::Scored(at, Box::new(outcome)));
}
