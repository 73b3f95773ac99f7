//! The report for people.

use crate::output::{STAND_IN_NOTE, duration, printable};
use comfy_table::{CellAlignment, Table, presets};
use hls_runner::report::{CosimStatus, Report, Resources};
use hls_runner::{JobRecord, JobStatus as Status, Summary};

const HEADER: [&str; 10] = [
    "model",
    "status",
    "latency\ncycles",
    "interval\ncycles",
    "LUT",
    "FF",
    "DSP",
    "BRAM",
    "clock\nns",
    "time",
];
/// The columns with numbers of reports.
const NUMBERS: std::ops::Range<usize> = 2..9;

pub fn describe(summary: &Summary) -> String {
    let any = summary.jobs().iter().any(|job| job.report.is_some());
    // A sweep without synthesis has no such numbers, and needs no columns for them.
    let shown = |column: &usize| any || !NUMBERS.contains(column);
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    let columns: Vec<usize> = (0..HEADER.len()).filter(shown).collect();
    table.set_header(columns.iter().filter_map(|column| HEADER.get(*column)));
    for job in summary.jobs() {
        let cells = cells(job);
        table.add_row(columns.iter().filter_map(|column| cells.get(*column)));
    }
    for column in 2..columns.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = format!("{table}\n{}", totals(summary));
    for note in notes(summary, any) {
        text.push_str(&format!("\n{note}"));
    }
    text.push_str(&failures(summary));
    text
}

fn cells(job: &JobRecord) -> [String; 10] {
    let report = job.report.as_deref();
    let number = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let estimate = report.map(|report| &report.estimate);
    let resource = |of: fn(&Resources) -> Option<u64>| number(report.and_then(|report| amount(report, of)));
    [
        name(job),
        status(job),
        number(estimate.and_then(|e| range(e.latency_min_cycles, e.latency_max_cycles))),
        number(estimate.and_then(|e| range(e.interval_min_cycles, e.interval_max_cycles))),
        resource(|resources| resources.lut),
        resource(|resources| resources.ff),
        resource(|resources| resources.dsp),
        resource(|resources| resources.bram_18k),
        number(estimate.and_then(|e| e.clock_period_estimated_ns).map(|ns| format!("{ns:.2}"))),
        number(job.elapsed().map(duration)),
    ]
}

/// The model's name, with its tier where there are two.
pub fn name(job: &JobRecord) -> String {
    match job.job.tier {
        Some(tier) => printable(&format!("{} ({})", job.job.name, tier.name())),
        None => printable(&job.job.name),
    }
}

fn status(job: &JobRecord) -> String {
    let stage = job.running_stage().filter(|_| job.status == Status::Running);
    let word = printable(job.status.word());
    stage.map_or_else(|| word.clone(), |stage| format!("{word}: {stage}"))
}

/// `17`, or `17-19` where the data decides.
fn range(min: Option<u64>, max: Option<u64>) -> Option<String> {
    match (min, max) {
        (Some(min), Some(max)) if min != max => Some(format!("{min}-{max}")),
        (_, Some(max)) => Some(max.to_string()),
        (Some(min), None) => Some(format!("{min}-?")),
        (None, None) => None,
    }
}

/// `~5017 (9%)`: the tilde where it is the estimate of Vitis HLS.
fn amount(report: &Report, of: fn(&Resources) -> Option<u64>) -> Option<String> {
    let (mark, used, available) = match &report.logic_synthesis {
        Some(logic) => ("", &logic.resources, &logic.resources_available),
        None => ("~", &report.estimate.resources, &report.estimate.resources_available),
    };
    let used = of(used)?;
    let share = of(available).filter(|all| *all > 0).map(|all| 100.0 * used as f64 / all as f64);
    Some(share.map_or_else(|| format!("{mark}{used}"), |share| format!("{mark}{used} ({share:.0}%)")))
}

fn totals(summary: &Summary) -> String {
    let counts = [
        (Status::Success, "succeeded"),
        (Status::Failed, "failed"),
        (Status::Running, "running"),
        (Status::Pending, "pending"),
    ];
    let counted: Vec<String> = counts
        .iter()
        .map(|(status, word)| (summary.count(status), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    format!("{} models: {}", summary.jobs().len(), counted.join(", "))
}

fn notes(summary: &Summary, any_report: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let reports = || summary.jobs().iter().filter_map(|job| job.report.as_ref());
    if summary.stand_in() {
        notes.push(STAND_IN_NOTE.to_owned());
    }
    if !any_report {
        notes.push("No model has numbers of a synthesis report.".to_owned());
    } else if reports().any(|report| report.logic_synthesis.is_none()) {
        notes.push(
            "~ is what Vitis HLS estimates; the other resources are those after logic synthesis.".to_owned(),
        );
    }
    let failed = reports().filter_map(|report| report.cosimulation.as_ref());
    let failed = failed.filter(|cosimulation| cosimulation.status == CosimStatus::Fail).count();
    if failed > 0 {
        notes.push(format!(
            "In {failed} models the co-simulation failed: their RTL does not compute what the C++ does, or was not simulated."
        ));
    }
    notes
}

fn failures(summary: &Summary) -> String {
    let mut text = String::new();
    for job in summary.jobs() {
        let Some(message) = job.why_failed() else { continue };
        if text.is_empty() {
            text.push_str("\n\nFailures\n");
        }
        let failure = job.failure.as_ref();
        let kind = failure.map_or("failed", |failure| failure.kind.word());
        let stage = failure
            .and_then(|failure| failure.stage.as_ref())
            .map(|stage| format!(" in {stage}"))
            .unwrap_or_default();
        text.push_str(&format!(
            "  {}: {}\n    {}\n",
            name(job),
            printable(&format!("{kind}{stage}")),
            printable(message)
        ));
        if let Some(advice) = failure.map(|failure| &failure.advice).filter(|advice| !advice.is_empty()) {
            text.push_str(&format!("    What to do: {}\n", printable(advice)));
        }
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let table = [
            ((Some(17), Some(17)), Some("17")),
            ((Some(17), Some(19)), Some("17-19")),
            ((None, Some(19)), Some("19")),
            ((Some(17), None), Some("17-?")),
            ((None, None), None),
        ];
        for ((min, max), expected) in table {
            assert_eq!(range(min, max).as_deref(), expected);
        }
    }
}
