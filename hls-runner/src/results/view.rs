//! A summary as JSON, for programs that compare models.

use serde::Serialize;

use crate::plan::discover::Tier;
use crate::plan::grid::Point;
use crate::record::failure::FailureKind;
use crate::record::job::{JobRecord, JobStatus};
use crate::record::stage::Stage;
use crate::record::sweep::SCHEMA;
use crate::report::fit::Fit;
use crate::report::numbers::Report;
use crate::results::read::Summary;

/// The models of a sweep with what one compares.
#[derive(Debug, Serialize)]
pub struct SummaryView<'a> {
    schema: u32,
    results_file: String,
    stand_in: bool,
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
}

#[derive(Debug, Serialize)]
struct FailureView<'a> {
    kind: Option<FailureKind>,
    stage: Option<Stage>,
    message: &'a str,
    advice: Option<&'a str>,
}

impl Summary {
    /// What `serde_json` writes for it.
    #[must_use]
    pub fn view(&self) -> SummaryView<'_> {
        SummaryView {
            schema: SCHEMA,
            results_file: self.path.to_string_lossy().into_owned(),
            stand_in: self.stand_in(),
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
                advice: failure.map(|failure| failure.advice.as_str()).filter(|advice| !advice.is_empty()),
            }),
        }
    }
}
