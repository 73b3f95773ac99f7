//! The data of the page.

use std::collections::BTreeMap;
use std::path::Path;

use hls_runner::results::columns::Cell;
use hls_runner::results::{Activity, Overview, Unusable};
use hls_runner::select::{Goal, PARTS};
use hls_runner::sheet::{Budget, Layers, Plot, Sheet, SheetColumn, Source, areas};
use hls_runner::{CommandRecord, Failure, JobRecord, StageRecord, StageStatus, Summary};
use rayon::prelude::*;
use serde::Serialize;

/// Longer texts of logs and commands are cut: a page is not an archive.
const LONGEST_TEXT: usize = 4000;
/// So many of the last lines of a log.
const LOG_LINES: usize = 40;

/// Everything. The scripts of the page are its only reader.
#[derive(Serialize)]
pub struct Island {
    stand_in: bool,
    sweep: SweepView,
    sources: Vec<SourceView>,
    columns: Vec<ColumnView>,
    /// By job, by column.
    rows: Vec<Vec<CellView>>,
    /// By job.
    details: Vec<Detail>,
    budgets: Vec<BudgetView>,
    /// Columns of flip-flops (x) and LUTs (y) of one origin.
    areas: Vec<Axes>,
    /// What is drawn at first.
    plots: Start,
    /// What a person should know.
    notes: Vec<String>,
}

#[derive(Serialize)]
struct SweepView {
    total: usize,
    successful: usize,
    failed: usize,
    running: usize,
    pending: usize,
    unknown: usize,
    toolchain: String,
    started: Option<String>,
    ended: Option<String>,
}

#[derive(Serialize)]
struct SourceView {
    key: String,
    title: String,
    meaning: &'static str,
    /// Whether files beside the models say it.
    files: bool,
}

#[derive(Serialize)]
struct ColumnView {
    name: String,
    title: String,
    unit: &'static str,
    /// Its place among the sources.
    source: usize,
    /// `number`, `flag` or `text`.
    kind: &'static str,
    /// `minimize` or `maximize`.
    goal: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum CellView {
    Unknown,
    Flag(bool),
    Count(u64),
    Number(f64),
    Text(String),
}

#[derive(Serialize)]
struct BudgetView {
    name: String,
    lut: u64,
    ff: u64,
    dsp: Option<u64>,
    bram_18k: Option<u64>,
    /// Whether it is drawn at first.
    asked: bool,
}

#[derive(Serialize)]
struct Axes {
    title: &'static str,
    x: String,
    y: String,
}

#[derive(Serialize)]
struct Start {
    pareto: Option<Axes>,
    cost: Option<String>,
    area: Option<Axes>,
    latency: Option<String>,
}

#[derive(Serialize)]
struct Detail {
    file: String,
    folder: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    identical_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    /// Where a Python script failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    traceback: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stages: Vec<StageView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    commands: Vec<CommandView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    earlier_errors: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    layers: Option<LayersView>,
}

#[derive(Serialize)]
struct StageView {
    stage: String,
    status: StageStatus,
    wall: Option<f64>,
    cpu: Option<f64>,
    memory: Option<u64>,
}

#[derive(Serialize)]
struct CommandView {
    line: String,
    outcome: String,
    seconds: f64,
    memory: u64,
}

#[derive(Serialize)]
struct LayersView {
    source: &'static str,
    file: String,
    names: Vec<&'static str>,
    layers: Vec<LayerView>,
}

#[derive(Serialize)]
struct LayerView {
    name: String,
    class: String,
    depth: usize,
    numbers: Vec<Option<u64>>,
}

impl Island {
    /// The data of a sweep; `pareto` is the plot that is drawn first.
    pub fn new(budget: &[Budget], summary: &Summary, sheet: &Sheet, pareto: Option<&Plot>) -> Self {
        let mut sources: Vec<SourceView> = Vec::new();
        let columns = sheet.columns.iter().enumerate().map(|(at, column)| {
            let key = column.source.key();
            let source = sources.iter().position(|source| source.key == key).unwrap_or_else(|| {
                sources.push(SourceView::new(column));
                sources.len() - 1
            });
            ColumnView::new(column, source, sheet.rows.iter().map(|row| &row[at]))
        });
        let columns = columns.collect();
        let area = sheet.area().ok();
        Self {
            stand_in: sheet.stand_in,
            sweep: SweepView::new(summary),
            columns,
            sources,
            rows: sheet.rows.iter().map(|row| row.iter().map(CellView::of).collect()).collect(),
            details: summary.jobs().par_iter().map(|job| Detail::new(summary, job)).collect(),
            budgets: budgets(budget),
            areas: areas().map(|(origin, [x, y])| Axes { title: origin.title(), x, y }).collect(),
            plots: Start {
                cost: pareto.map(|plot| plot.x.name.clone()).or_else(|| sheet.figure("lut+ff")),
                pareto: pareto.map(Axes::of),
                area: area.as_ref().map(Axes::of),
                latency: sheet.figure("latency"),
            },
            notes: notes(summary, sheet),
        }
    }
}

impl SweepView {
    fn new(summary: &Summary) -> Self {
        let overview = summary.overview();
        let Overview { total, successful, failed, running, pending, .. } = overview;
        let sweep = &summary.sweep;
        let toolchain = [&sweep.toolchain.name, &sweep.toolchain.version].map(|word| word.trim());
        let toolchain = toolchain.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ");
        // To the minute, in the time of the world: nobody knows where the page is read.
        let minute =
            |time: String| format!("{} UTC", time.chars().take(16).collect::<String>().replace('T', " "));
        Self {
            total,
            successful,
            failed,
            running,
            pending,
            unknown: overview.unknown(),
            toolchain,
            started: sweep.started.map(|time| minute(time.to_string())),
            ended: sweep.ended.map(|time| minute(time.to_string())),
        }
    }
}

impl SourceView {
    fn new(column: &SheetColumn) -> Self {
        let source = &column.source;
        Self {
            key: source.key(),
            title: source.title().to_owned(),
            meaning: source.meaning(),
            files: matches!(source, Source::Files(_)),
        }
    }
}

impl ColumnView {
    fn new<'a>(column: &SheetColumn, source: usize, cells: impl Iterator<Item = &'a Cell>) -> Self {
        let known: Vec<&Cell> = cells.filter(|cell| **cell != Cell::Unknown).collect();
        let is_flag = |cell: &&Cell| matches!(cell, Cell::Flag(_));
        let kind = match &known[..] {
            cells if cells.iter().all(is_flag) => "flag",
            cells if cells.iter().all(|cell| cell.as_number().is_some() && !is_flag(cell)) => "number",
            _ => "text",
        };
        let goal = column.goal.filter(|_| kind == "number").map(|goal| match goal {
            Goal::Maximize => "maximize",
            Goal::Minimize => "minimize",
        });
        Self { name: column.name.clone(), title: column.title.clone(), unit: column.unit, source, kind, goal }
    }
}

impl CellView {
    fn of(cell: &Cell) -> Self {
        match cell {
            Cell::Flag(value) => Self::Flag(*value),
            Cell::Count(value) => Self::Count(*value),
            Cell::Number(value) if value.is_finite() => Self::Number(*value),
            Cell::Seconds(value) if value.is_finite() => Self::Number((value * 1000.0).round() / 1000.0),
            Cell::Text(text) => Self::Text(cut(text)),
            _ => Self::Unknown,
        }
    }
}

impl BudgetView {
    fn new(budget: &Budget, asked: bool) -> Self {
        let Budget { name, lut, ff, dsp, bram_18k, .. } = budget.clone();
        Self { name, lut, ff, dsp, bram_18k, asked }
    }
}

/// What was asked for, and all chips that are known.
fn budgets(asked: &[Budget]) -> Vec<BudgetView> {
    let chips = PARTS.iter().map(Budget::from).filter(|chip| !asked.contains(chip));
    let asked = asked.iter().map(|budget| BudgetView::new(budget, true));
    asked.chain(chips.map(|chip| BudgetView::new(&chip, false))).collect()
}

impl Axes {
    fn of(plot: &Plot) -> Self {
        Self { title: "", x: plot.x.name.clone(), y: plot.y.name.clone() }
    }
}

impl Detail {
    fn new(summary: &Summary, job: &JobRecord) -> Self {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let folder = summary.folder_of(job);
        Self {
            file: text(&job.job.model),
            folder: text(folder.as_deref().unwrap_or(&job.job.folder)),
            identical_to: job.identical_to.clone(),
            error: job.why_failed().map(cut),
            failure: job.failure.as_ref().map(shortened),
            traceback: job.traceback.as_deref().map(cut),
            stages: job
                .stages
                .iter()
                .filter(|stage| stage.status != StageStatus::Skipped)
                .map(StageView::new)
                .collect(),
            commands: job.commands.iter().map(CommandView::new).collect(),
            warnings: job.warnings.iter().map(|text| cut(text)).collect(),
            earlier_errors: job.earlier_errors.iter().map(|text| cut(text)).collect(),
            layers: folder.as_deref().and_then(Layers::read).map(LayersView::new),
        }
    }
}

/// A failure with the end of its log.
fn shortened(failure: &Failure) -> Failure {
    let mut failure = failure.clone();
    let lines = failure.log_tail.len();
    failure.log_tail.drain(..lines.saturating_sub(LOG_LINES));
    for line in failure.log_tail.iter_mut().chain(&mut failure.evidence) {
        *line = cut(line);
    }
    failure.message = cut(&failure.message);
    failure
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

impl StageView {
    fn new(stage: &StageRecord) -> Self {
        Self {
            stage: stage.stage.name().to_owned(),
            status: stage.status,
            wall: stage.wall_seconds,
            cpu: stage.cpu_seconds,
            memory: stage.peak_memory_bytes,
        }
    }
}

impl CommandView {
    fn new(command: &CommandRecord) -> Self {
        Self {
            line: cut(&command.argv.join(" ")),
            outcome: command.exit.to_string(),
            seconds: command.usage.wall.as_secs_f64(),
            memory: command.usage.peak_memory_bytes,
        }
    }
}

impl LayersView {
    fn new(found: Layers) -> Self {
        let mut names: Vec<&'static str> = Vec::new();
        for (name, _) in found.layers.iter().flat_map(|layer| &layer.numbers) {
            if !names.contains(name) {
                names.push(name);
            }
        }
        let layers = found.layers.into_iter().map(|layer| {
            let numbers: BTreeMap<&str, u64> = layer.numbers.iter().copied().collect();
            let numbers = names.iter().map(|name| numbers.get(name).copied()).collect();
            LayerView { name: layer.name, class: layer.class, depth: layer.depth, numbers }
        });
        let file = found.file.display().to_string();
        Self { source: found.origin.title(), file, layers: layers.collect(), names }
    }
}

/// What a person should know before they choose.
fn notes(summary: &Summary, sheet: &Sheet) -> Vec<String> {
    let overview = summary.overview();
    let mut notes = summary.notes.clone();
    match summary.activity {
        Activity::Running => notes.push(
            "The sweep is still running; this page shows what it had when the page was made.".to_owned(),
        ),
        Activity::Dead => {
            notes.push("The sweep is not over, but nobody works on it: it was ended or killed.".to_owned())
        }
        Activity::Over | Activity::Unknown => {}
    }
    let mut unusable = |what: &Unusable, by: &str| {
        for (count, one, many) in [
            (what.beyond_device, "needs more than its device has", "need more than their device has"),
            (what.missed_timing, "misses its clock", "miss their clock"),
        ] {
            match count {
                0 => {}
                1 => notes.push(format!("1 design {one}, by {by}.")),
                _ => notes.push(format!("{count} designs {many}, by {by}.")),
            }
        }
    };
    unusable(&overview.counted_bad, "Vivado");
    unusable(&overview.estimated_bad, "C synthesis’s estimate");
    match overview.slow_circuits {
        0 => {}
        1 => notes.push("1 circuit misses its clock, by the timing estimate.".to_owned()),
        many => notes.push(format!("{many} circuits miss their clock, by the timing estimate.")),
    }
    if !sheet.sources.is_empty() {
        let files: Vec<String> = sheet.sources.iter().map(|path| path.display().to_string()).collect();
        notes.push(format!("What is known of the models besides is from {}.", files.join(", ")));
    }
    notes.extend(sheet.warnings.iter().cloned());
    notes
}
