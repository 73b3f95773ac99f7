//! The report for programs: CSV and JSON.

use hls_runner::report::{Cosimulation, Report, Resources, Spread};
use hls_runner::{JobRecord, Summary, Tier};
use serde_json::{Value, json};
use std::fmt::Display;

/// Every job with its report as in `synthesis_results.json`.
pub fn json(summary: &Summary) -> Value {
    let jobs: Vec<Value> = summary.jobs().iter().map(job).collect();
    json!({
        "results_file": summary.path.to_string_lossy(),
        "stand_in": summary.stand_in(),
        "jobs": jobs,
    })
}

fn job(job: &JobRecord) -> Value {
    json!({
        "model": job.job.name,
        "tier": job.job.tier,
        "status": job.status.word(),
        "seconds": job.elapsed().map(|elapsed| elapsed.as_secs_f64()),
        "warnings": job.warnings.len(),
        "report": job.report,
        "failure": job.failure.as_ref().map(|failure| json!({
            "kind": failure.kind,
            "stage": failure.stage,
            "message": job.why_failed(),
            "advice": failure.advice,
        })),
    })
}

/// A line for each job below a line with the names of the columns; what is unknown is empty.
pub fn csv(summary: &Summary) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let nothing = Report::default();
    for (index, job) in summary.jobs().iter().enumerate() {
        let columns = columns(job, job.report.as_deref().unwrap_or(&nothing));
        if index == 0 {
            writer.write_record(columns.iter().map(|(name, _)| name))?;
        }
        writer.write_record(columns.iter().map(|(_, value)| value))?;
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

type Column = (String, String);

fn columns(job: &JobRecord, report: &Report) -> Vec<Column> {
    let estimate = &report.estimate;
    let logic = report.logic_synthesis.as_ref();
    let mut columns = vec![
        column("model", Some(&job.job.name)),
        column("tier", job.job.tier.map(Tier::name)),
        column("status", Some(job.status.word())),
        column("stand_in", job.report.as_ref().map(|report| report.stand_in)),
        column("part", estimate.part.as_ref().or(logic.and_then(|logic| logic.part.as_ref()))),
        column("latency_min_cycles", estimate.latency_min_cycles),
        column("latency_max_cycles", estimate.latency_max_cycles),
        column("interval_min_cycles", estimate.interval_min_cycles),
        column("interval_max_cycles", estimate.interval_max_cycles),
        column("clock_period_target_ns", estimate.clock_period_target_ns),
        column("clock_period_estimated_ns", estimate.clock_period_estimated_ns),
    ];
    columns.extend(resources("estimated", &estimate.resources));
    columns.extend(resources("synthesized", &logic.map(|logic| logic.resources).unwrap_or_default()));
    columns.extend(resources(
        "available",
        logic.map_or(&estimate.resources_available, |logic| &logic.resources_available),
    ));
    columns.extend(cosimulation(report.cosimulation.as_ref()));
    let failure = job.failure.as_ref();
    columns.extend([
        column("seconds", job.elapsed().map(|elapsed| format!("{:.3}", elapsed.as_secs_f64()))),
        column("failure_kind", failure.map(|failure| failure.kind.word())),
        column("failure_stage", failure.and_then(|failure| failure.stage.as_ref())),
        column("error", job.why_failed()),
    ]);
    columns
}

fn column(name: impl Into<String>, value: Option<impl Display>) -> Column {
    (name.into(), value.map(|value| value.to_string()).unwrap_or_default())
}

fn resources(prefix: &str, resources: &Resources) -> [Column; 5] {
    let Resources { lut, ff, dsp, bram_18k, uram } = *resources;
    [("lut", lut), ("ff", ff), ("dsp", dsp), ("bram_18k", bram_18k), ("uram", uram)]
        .map(|(name, value)| column(format!("{prefix}_{name}"), value))
}

fn cosimulation(result: Option<&Cosimulation>) -> Vec<Column> {
    let status = result.map(|result| serde_json::to_value(result.status).unwrap_or_default());
    let mut columns = vec![column("cosim_status", status.as_ref().and_then(Value::as_str))];
    let spread = |of: fn(&Cosimulation) -> Spread| result.map(of).unwrap_or_default();
    for (name, Spread { min, avg, max }) in [
        ("latency", spread(|result| result.latency_cycles)),
        ("interval", spread(|result| result.interval_cycles)),
    ] {
        columns.extend(
            [("min", min), ("avg", avg), ("max", max)]
                .map(|(which, value)| column(format!("cosim_{name}_{which}_cycles"), value)),
        );
    }
    columns
}
