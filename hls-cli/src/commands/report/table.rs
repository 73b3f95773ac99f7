//! The report for people.

use comfy_table::{CellAlignment, Table, presets};
use hls_runner::report::{Circuit, Estimate, Fit, LogicSynthesis, Placement, Resource, Resources};
use hls_runner::results::columns::axes;
use hls_runner::results::{Overview, Unusable};
use hls_runner::{JobRecord, JobStatus, Summary};

use crate::advice::options;
use crate::output::{RED, RESET, STAND_IN_NOTE, duration, printable};
use crate::tables::heading;

/// Follows every number of a design that cannot be used as it is; colour alone would not survive a file or a pipe.
const MARK: char = '!';

/// The resources of a design, and what they are called in headings.
const SHOWN: [(Resource, &str); 4] =
    [(Resource::Lut, "LUT"), (Resource::Ff, "FF"), (Resource::Dsp, "DSP"), (Resource::Bram18k, "BRAM")];

/// What a job has in a column, if anything.
type Cell = Box<dyn Fn(&JobRecord) -> Option<String>>;

/// A column: its heading, and what a job has there.
struct Column {
    heading: String,
    cell: Cell,
}

fn column(heading: &str, cell: impl Fn(&JobRecord) -> Option<String> + 'static) -> Column {
    Column { heading: heading.to_owned(), cell: Box::new(cell) }
}

pub fn describe(summary: &Summary, colour: bool) -> String {
    let overview = summary.overview();
    let columns = columns(&overview, summary.jobs());
    // The model, its settings, and the status.
    let words = axes(summary.jobs()).len() + 2;
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header(columns.iter().map(|column| &column.heading));
    let mut marked = Vec::new();
    for job in summary.jobs() {
        let cells = columns.iter().map(|column| (column.cell)(job).unwrap_or_else(|| "-".to_owned()));
        let cells: Vec<String> = cells.collect();
        marked.extend(cells.iter().skip(words).filter(|cell| cell.ends_with(MARK)).cloned());
        table.add_row(cells);
    }
    for column in words..columns.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = table.to_string();
    if colour {
        marked.sort();
        marked.dedup();
        for cell in &marked {
            text = text.replace(&format!(" {cell} "), &format!(" {RED}{cell}{RESET} "));
        }
    }
    text.push_str(&format!("\n{}", totals(&overview, summary.sweep.things())));
    for note in notes(summary, &overview) {
        text.push_str(&format!("\n{note}"));
    }
    text.push_str(&failures(summary));
    text
}

/// What C synthesis estimates and what Vivado counts are in columns of their own. Estimates of resources are left out where Vivado's count is there
/// for every model.
fn columns(overview: &Overview, jobs: &[JobRecord]) -> Vec<Column> {
    let mut columns = vec![column("model", |job| Some(name(job)))];
    columns.extend(axes(jobs).into_iter().map(|axis| {
        let name = axis.to_owned();
        column(&heading(axis), move |job| {
            job.job.settings.get(&name).map(|value| printable(&value.to_string()))
        })
    }));
    columns.push(column("status", |job| Some(status(job))));
    // A sweep without synthesis has no such numbers, and needs no columns for them.
    if overview.synthesized > 0 {
        columns.extend([
            column("latency\ncycles, est.", |job| {
                estimate(job).and_then(|e| range(e.latency_min_cycles, e.latency_max_cycles))
            }),
            column("interval\ncycles, est.", |job| {
                estimate(job).and_then(|e| range(e.interval_min_cycles, e.interval_max_cycles))
            }),
            column("clock\nns, est.", |job| {
                let estimate = estimate(job)?;
                let missed = estimate.fit().meets_timing == Some(false);
                Some(mark(format!("{:.2}", estimate.clock_period_estimated_ns?), missed))
            }),
        ]);
    }
    if overview.estimated_only > 0 {
        columns.extend(SHOWN.map(|(resource, word)| {
            column(&format!("{word}\nest."), move |job| {
                let Estimate { resources, resources_available, .. } = estimate(job)?;
                amount("~", resource, resources, resources_available, &estimate(job)?.fit())
            })
        }));
    }
    columns.extend(vivado_columns("Vivado", overview.counted > 0, logic, jobs));
    columns.extend(vivado_columns("placed", overview.placed > 0, implementation, jobs));
    columns.extend(circuit_columns(overview, jobs));
    columns.push(column("time", |job| job.elapsed().map(duration)));
    columns
}

/// What Vivado says after synthesis or after place and route, of jobs that have it.
fn vivado_columns(
    who: &str,
    has_counts: bool,
    said: fn(&JobRecord) -> Option<&LogicSynthesis>,
    jobs: &[JobRecord],
) -> Vec<Column> {
    let mut columns = Vec::new();
    if has_counts {
        columns.extend(SHOWN.map(|(resource, word)| {
            column(&format!("{word}\n{who}"), move |job| {
                let LogicSynthesis { resources, resources_available, .. } = said(job)?;
                amount("", resource, resources, resources_available, &said(job)?.fit())
            })
        }));
    }
    let any = |known: fn(&LogicSynthesis) -> bool| jobs.iter().any(|job| said(job).is_some_and(known));
    if any(|said| said.worst_negative_slack_ns.is_some()) {
        columns.push(column(&format!("slack\nns, {who}"), move |job| {
            let slack = said(job)?.worst_negative_slack_ns?;
            Some(mark(format!("{slack:.3}"), said(job)?.fit().meets_timing == Some(false)))
        }));
    }
    if any(|said| said.fmax_mhz.is_some()) {
        columns.push(column(&format!("Fmax\nMHz, {who}"), move |job| {
            Some(format!("{:.0}", said(job)?.fmax_mhz?))
        }));
    }
    if any(|said| said.power.is_some()) {
        columns.push(column(&format!("power\nW, {who}"), move |job| {
            Some(format!("{:.3}", said(job)?.power?.total_w?))
        }));
    }
    columns
}

/// What is known of circuits that this program wrote. The instant estimate is left out where Yosys's count is there for every circuit, and so
/// are resources of which no circuit needs any.
fn circuit_columns(overview: &Overview, jobs: &[JobRecord]) -> Vec<Column> {
    if overview.circuits == 0 {
        return Vec::new();
    }
    let needed = |resource| {
        let counts = jobs.iter().flat_map(|job| [mapped(job, resource), instant(job, resource)]);
        matches!(resource, Resource::Lut | Resource::Ff) || counts.flatten().any(|count| count > 0)
    };
    let shown = SHOWN.into_iter().filter(|(resource, _)| needed(*resource));
    let mut columns = Vec::new();
    if overview.mapped > 0 {
        columns.extend(shown.clone().map(|(resource, word)| {
            column(&format!("{word}\nYosys"), move |job| Some(mapped(job, resource)?.to_string()))
        }));
    }
    if overview.mapped < overview.circuits {
        columns.extend(shown.map(|(resource, word)| {
            column(&format!("{word}\ninstant"), move |job| Some(format!("~{}", instant(job, resource)?)))
        }));
    }
    columns.extend([
        column("latency\ncycles", |job| circuit(job)?.latency_cycles.map(|cycles| cycles.to_string())),
        column("latency\nns", |job| circuit(job)?.latency_ns().map(|ns| format!("{ns:.1}"))),
        column("clock\nns, timing", |job| {
            let circuit = circuit(job)?;
            Some(mark(format!("{:.2}", circuit.period_ns()?), circuit.meets_clock() == Some(false)))
        }),
    ]);
    if jobs.iter().any(|job| placement(job).is_some()) {
        columns.extend([
            column("LUT\nnextpnr", |job| Some(placement(job)?.lut.to_string())),
            column("FF\nnextpnr", |job| Some(placement(job)?.ff.to_string())),
            column("clock\nns, nextpnr", |job| {
                let period = placement(job)?.period_ns;
                let missed = circuit(job)?.clock_period_ns.is_some_and(|clock| period > clock);
                Some(mark(format!("{period:.2}"), missed))
            }),
        ]);
    }
    columns
}

fn estimate(job: &JobRecord) -> Option<&Estimate> {
    job.report.as_ref().map(|report| &report.estimate)
}

fn circuit(job: &JobRecord) -> Option<&Circuit> {
    job.report.as_ref().map(|report| &report.circuit)
}

/// Yosys's count of a resource.
fn mapped(job: &JobRecord, resource: Resource) -> Option<u64> {
    circuit(job)?.mapped.as_ref()?.resources.of(resource)
}

/// The instant estimate of a resource.
fn instant(job: &JobRecord, resource: Resource) -> Option<u64> {
    circuit(job)?.estimated.as_ref()?.resources.of(resource)
}

/// The circuit after placing and routing.
fn placement(job: &JobRecord) -> Option<&Placement> {
    circuit(job)?.placement.as_ref()
}

fn logic(job: &JobRecord) -> Option<&LogicSynthesis> {
    job.report.as_ref()?.logic_synthesis.as_ref()
}

fn implementation(job: &JobRecord) -> Option<&LogicSynthesis> {
    job.report.as_ref()?.implementation.as_ref()
}

/// The model's name, with its folder and tier where there are several.
fn name(job: &JobRecord) -> String {
    printable(&job.job.title())
}

/// The same with the job's settings, where there is no column for each.
pub fn label(job: &JobRecord) -> String {
    printable(&job.job.label())
}

fn status(job: &JobRecord) -> String {
    let stage = job.running_stage().filter(|_| job.status == JobStatus::Running);
    let word = printable(job.status.word());
    stage.map_or_else(|| word.clone(), |stage| format!("{word}: {stage}"))
}

/// `17`, or `17-19` if it depends on the data.
fn range(min: Option<u64>, max: Option<u64>) -> Option<String> {
    match (min, max) {
        (Some(min), Some(max)) if min != max => Some(format!("{min}-{max}")),
        (_, Some(max)) => Some(max.to_string()),
        (Some(min), None) => Some(format!("{min}-?")),
        (None, None) => None,
    }
}

/// `~5017 (9%)`: the tilde where it is an estimate; `160355 (301%)!` where it is more than the device has.
fn amount(
    tilde: &str,
    resource: Resource,
    used: &Resources,
    available: &Resources,
    fit: &Fit,
) -> Option<String> {
    let used = used.of(resource)?;
    let share = available.of(resource).filter(|all| *all > 0).map(|all| 100.0 * used as f64 / all as f64);
    let text = share.map_or_else(|| format!("{tilde}{used}"), |share| format!("{tilde}{used} ({share:.0}%)"));
    Some(mark(text, fit.exceeded.contains(&resource)))
}

fn mark(mut text: String, bad: bool) -> String {
    if bad {
        text.push(MARK);
    }
    text
}

fn totals(overview: &Overview, things: &str) -> String {
    let counts = [
        (overview.successful, "succeeded"),
        (overview.failed, "failed"),
        (overview.running, "running"),
        (overview.pending, "pending"),
        (overview.unknown(), "with another or unknown status"),
    ];
    let counted: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    format!("{} {things}: {}", overview.total, counted.join(", "))
}

/// How many designs cannot be used as they are, and who says so.
pub fn unusable(overview: &Overview) -> Vec<String> {
    let says = |who: &str, Unusable { beyond_device, missed_timing }: Unusable| {
        let mut facts = Vec::new();
        match beyond_device {
            0 => {}
            1 => facts.push("1 design needs more than the device has".to_owned()),
            many => facts.push(format!("{many} designs need more than the device has")),
        }
        match missed_timing {
            0 => {}
            1 => facts.push("1 design does not meet its clock".to_owned()),
            many => facts.push(format!("{many} designs do not meet their clock")),
        }
        (!facts.is_empty()).then(|| format!("{MARK} {who}, {}.", facts.join(", and ")))
    };
    let said = [
        says("According to Vivado after place and route", overview.placed_bad),
        says("According to Vivado", overview.counted_bad),
        says("According to C synthesis's estimate", overview.estimated_bad),
        says(
            "According to the timing estimate",
            Unusable { beyond_device: 0, missed_timing: overview.slow_circuits },
        ),
    ];
    said.into_iter().flatten().collect()
}

fn notes(summary: &Summary, overview: &Overview) -> Vec<String> {
    let mut notes: Vec<String> =
        summary.notes.iter().map(|note| printable(&format!("Note: {note}."))).collect();
    if summary.stand_in() {
        notes.push(STAND_IN_NOTE.to_owned());
    }
    if overview.reported == 0 {
        notes.push("No model has numbers from a synthesis report.".to_owned());
    } else if overview.counted > 0 || overview.placed > 0 {
        let mut who =
            "est.: estimated by Vitis HLS in C synthesis. Vivado: counted after logic synthesis.".to_owned();
        if overview.placed > 0 {
            who.push_str(" placed: Vivado after place and route.");
        }
        notes.push(who);
    } else if overview.synthesized > 0 {
        notes.push("est., ~: estimated by Vitis HLS in C synthesis.".to_owned());
    }
    notes.extend(about_circuits(overview, summary.jobs()));
    notes.extend(unusable(overview));
    let failed = overview.failed_cosimulations;
    if failed > 0 {
        notes.push(format!(
            "Co-simulation failed for {failed} {}: the RTL does not compute what the C++ does, or was not simulated.",
            if failed == 1 { "model" } else { "models" }
        ));
    }
    notes
}

/// Who says what about circuits that this program wrote.
fn about_circuits(overview: &Overview, jobs: &[JobRecord]) -> Option<String> {
    let mut who = Vec::new();
    if overview.mapped > 0 {
        who.push("Yosys: counted after mapping to 7-series cells, without placing them.");
    }
    if overview.mapped < overview.circuits {
        who.push("instant, ~: counted while the circuit was written.");
    }
    if overview.circuits > 0 {
        who.push("timing: estimated for speed grade -1, ±25 %; latency in ns with the requested clock, or with this one if it is slower.");
    }
    if jobs.iter().any(|job| placement(job).is_some()) {
        who.push("nextpnr: after placing and routing.");
    }
    (!who.is_empty()).then(|| who.join(" "))
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
        // The stage's name comes from the file.
        let stage = failure.and_then(|failure| failure.stage.as_ref());
        let stage = stage.map(|stage| format!(" in {}", printable(stage.name()))).unwrap_or_default();
        text.push_str(&format!("  {}: {kind}{stage}\n    {}\n", label(job), printable(message)));
        let evidence = failure.and_then(|failure| failure.evidence.first());
        if let Some(line) = evidence.filter(|line| !message.contains(line.as_str())) {
            text.push_str(&format!("    A log says: {}\n", printable(line)));
        }
        if let Some(failure) = failure.filter(|failure| !failure.advice.is_empty()) {
            let options = options(failure.cause);
            text.push_str(&format!("    What to do: {}{options}\n", printable(&failure.advice)));
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
