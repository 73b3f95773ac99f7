//! A summary as JSON, for programs that compare models.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;

use crate::plan::discover::Tier;
use crate::plan::grid::{Axis, Point};
use crate::record::failure::{Cause, FailureKind};
use crate::record::job::{JobRecord, JobStatus};
use crate::record::lenient::time::written;
use crate::record::stage::Stage;
use crate::record::sweep::SCHEMA;
use crate::report::fit::Fit;
use crate::report::numbers::Report;
use crate::results::read::Summary;

/// The models of a sweep with what one compares.
#[derive(Debug, Serialize)]
pub struct SummaryView<'a> {
    schema: u32,
    /// `null` where there is none and the project folders were read.
    results_file: Option<String>,
    /// What a person must know of how the results were found.
    notes: &'a [String],
    stand_in: bool,
    #[serde(skip_serializing_if = "<[Axis]>::is_empty")]
    grid: &'a [Axis],
    jobs: Vec<JobView<'a>>,
}

/// One model.
#[derive(Debug, Serialize)]
struct JobView<'a> {
    model: &'a str,
    tier: Option<Tier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<&'a str>,
    #[serde(skip_serializing_if = "Point::is_empty")]
    settings: &'a Point,
    status: &'a JobStatus,
    seconds: Option<f64>,
    warnings: usize,
    /// As in `synthesis_results.json`.
    report: Option<&'a Report>,
    /// By C synthesis's estimate.
    estimated_fit: Option<Fit>,
    /// By Vivado's count after synthesis.
    synthesized_fit: Option<Fit>,
    /// By Vivado's count after place and route.
    implemented_fit: Option<Fit>,
    failure: Option<FailureView<'a>>,
    /// Where the model, the project and its archive were when the sweep ran, and when that was.
    #[serde(flatten)]
    place: PlaceView<'a>,
}

#[derive(Debug, Serialize)]
struct PlaceView<'a> {
    h5_file: Cow<'a, str>,
    output_dir: Cow<'a, str>,
    tarball: Option<Cow<'a, str>>,
    kept_files: &'a [String],
    start_time: Option<String>,
    end_time: Option<String>,
    warning_texts: &'a [String],
    traceback: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct FailureView<'a> {
    kind: Option<FailureKind>,
    stage: Option<Stage>,
    message: &'a str,
    cause: Option<Cause>,
    advice: Option<&'a str>,
    evidence: &'a [String],
}

impl Summary {
    /// What `serde_json` writes for it.
    #[must_use]
    pub fn view(&self) -> SummaryView<'_> {
        SummaryView {
            schema: SCHEMA,
            results_file: self.path.is_file().then(|| self.path.to_string_lossy().into_owned()),
            notes: &self.notes,
            stand_in: self.stand_in(),
            grid: &self.sweep.grid,
            jobs: self.jobs().iter().map(JobView::new).collect(),
        }
    }
}

impl<'a> JobView<'a> {
    fn new(job: &'a JobRecord) -> Self {
        let report = job.report.as_deref();
        let failure = job.failure.as_ref();
        Self {
            model: &job.job.name,
            tier: job.job.tier,
            run: job.job.run.as_deref(),
            settings: &job.job.settings,
            status: &job.status,
            seconds: job.elapsed().map(|time| time.as_secs_f64()),
            warnings: job.warnings.len(),
            report,
            estimated_fit: report.map(|report| report.estimate.fit()),
            synthesized_fit: report.and_then(|report| Some(report.logic_synthesis.as_ref()?.fit())),
            implemented_fit: report.and_then(|report| Some(report.implementation.as_ref()?.fit())),
            failure: job.why_failed().map(|message| FailureView {
                kind: failure.map(|failure| failure.kind),
                stage: failure.and_then(|failure| failure.stage.clone()),
                message,
                cause: failure.map(|failure| failure.cause),
                advice: failure.map(|failure| failure.advice.as_str()).filter(|advice| !advice.is_empty()),
                evidence: failure.map_or(&[], |failure| &failure.evidence),
            }),
            place: PlaceView::new(job),
        }
    }
}

impl<'a> PlaceView<'a> {
    fn new(job: &'a JobRecord) -> Self {
        let time = |at: Option<Timestamp>| at.map(written);
        Self {
            h5_file: job.job.model.to_string_lossy(),
            output_dir: job.job.folder.to_string_lossy(),
            tarball: job.tarball.as_ref().map(|archive| archive.to_string_lossy()),
            kept_files: &job.kept_files,
            start_time: time(job.started),
            end_time: time(job.ended),
            warning_texts: &job.warnings,
            traceback: job.traceback.as_deref(),
        }
    }
}
