//! What a sweep shows while it runs: a live display on a terminal, a line for each finished model elsewhere.

use std::collections::{HashMap, HashSet};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use hls_runner::{Cause, Event, EventKind, Failure, JobId, JobRecord, Reporter, SweepState};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::advice::options;
use crate::output::{note, printable, printable_lines};

/// Shows a sweep on standard error.
pub struct Progress {
    display: Display,
    /// Warnings that were shown: each point of a grid has those of its model again.
    warned: HashSet<String>,
}

enum Display {
    Terminal(Terminal),
    Lines,
}

/// One bar for the sweep, one line for each model that is being worked on.
struct Terminal {
    bars: MultiProgress,
    total: ProgressBar,
    jobs: HashMap<JobId, ProgressBar>,
}

impl Progress {
    /// A display that fits standard error.
    pub fn new() -> Self {
        let display = match std::io::stderr().is_terminal() {
            true => Display::Terminal(Terminal::new()),
            false => Display::Lines,
        };
        Self { display, warned: HashSet::new() }
    }

    /// A job's warnings, with a grid only those that no other point of the model had.
    fn new_warnings(&mut self, state: &SweepState, job: JobId, warnings: &[String]) -> Option<String> {
        let job = &state.job(job)?.job;
        let title = printable(&job.title());
        let lines = warnings.iter().map(|warning| format!("warning  {title}: {warning}"));
        let lines: Vec<String> =
            lines.filter(|line| job.settings.is_empty() || self.warned.insert(line.clone())).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn say(&self, line: &str) {
        let line = &printable_lines(line);
        match &self.display {
            // Dropping a line is better than failing because a reader went away.
            Display::Terminal(terminal) => terminal.bars.println(line).unwrap_or(()),
            Display::Lines => {
                use std::io::Write;
                writeln!(std::io::stderr(), "{line}").unwrap_or(());
            }
        }
    }
}

/// How much of one kind of work is done: a bar on a terminal, now and then a line elsewhere.
pub struct Counter {
    bar: Option<ProgressBar>,
    things: &'static str,
    done: usize,
    all: usize,
    said: Instant,
}

/// Between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Trials, of which nobody knows how many there will be: a spinner on a terminal, a line now and then elsewhere.
pub struct Trials {
    spinner: Option<ProgressBar>,
    said: Instant,
}

impl Trials {
    /// None yet.
    pub fn new() -> Self {
        let spinner = std::io::stderr().is_terminal().then(|| {
            let spinner = ProgressBar::new_spinner();
            spinner.enable_steady_tick(Duration::from_millis(120));
            spinner
        });
        Self { spinner, said: Instant::now() }
    }

    /// So many, and what is tried now.
    pub fn show(&mut self, count: usize, what: &str) {
        let line = || printable(&format!("trial {count}: {what}"));
        match &self.spinner {
            Some(spinner) => spinner.set_message(line()),
            None if self.said.elapsed() >= LINE_EVERY => {
                note(&line());
                self.said = Instant::now();
            }
            None => {}
        }
    }

    /// Takes the spinner away.
    pub fn finish(&self) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
    }
}

impl Counter {
    /// Counts up to `all` `things`.
    pub fn new(all: usize, things: &'static str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(all as u64);
            if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len} {msg}, {elapsed} elapsed") {
                bar.set_style(style);
            }
            bar.set_message(things);
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { bar, things, done: 0, all, said: Instant::now() }
    }

    /// One more is done.
    pub fn advance(&mut self) {
        self.done += 1;
        match &self.bar {
            Some(bar) => bar.inc(1),
            None if self.said.elapsed() >= LINE_EVERY => {
                note(&format!("{} of {} {}", self.done, self.all, self.things));
                self.said = Instant::now();
            }
            None => {}
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Terminal {
    fn new() -> Self {
        let bars = MultiProgress::new();
        let total = bars.add(ProgressBar::new(0));
        if let Ok(style) =
            ProgressStyle::with_template("{bar:32} {pos}/{len} {prefix}, {elapsed} elapsed, {msg}")
        {
            total.set_style(style);
        }
        Self { bars, total, jobs: HashMap::new() }
    }

    fn event(&mut self, event: &Event, state: &SweepState) {
        self.total.set_prefix(state.things());
        self.total.set_length(state.total() as u64);
        self.total.set_position((state.successful() + state.failed()) as u64);
        self.total.set_message(format!("{} failed", state.failed()));
        match &event.kind {
            EventKind::JobStarted { job } => {
                let bar = self.bars.add(ProgressBar::new_spinner());
                bar.set_message(format!("{}: convert", model(state, *job)));
                bar.enable_steady_tick(Duration::from_millis(120));
                self.jobs.insert(*job, bar);
            }
            EventKind::StageStarted { job, stage } => {
                if let Some(bar) = self.jobs.get(job) {
                    bar.set_message(format!("{}: {}", model(state, *job), stage.name()));
                }
            }
            EventKind::JobFinished { job, .. } => {
                if let Some(bar) = self.jobs.remove(job) {
                    bar.finish_and_clear();
                }
            }
            EventKind::SweepFinished => self.total.finish(),
            _ => {}
        }
    }
}

impl Reporter for Progress {
    fn event(&mut self, event: &Event, state: &SweepState) {
        let lines = match &event.kind {
            EventKind::Converted { job, warnings, .. } => self.new_warnings(state, *job, warnings),
            _ => line(event, state),
        };
        if let Some(lines) = lines {
            self.say(&lines);
        }
        if let Display::Terminal(terminal) = &mut self.display {
            terminal.event(event, state);
        }
    }

    fn tick(&mut self, _: &SweepState) {
        if let Display::Terminal(terminal) = &self.display {
            terminal.total.tick();
        }
    }
}

fn model(state: &SweepState, job: JobId) -> String {
    state.job(job).map_or_else(String::new, |record| printable(&record.job.label()))
}

/// What failed, and what to do about it where the message alone does not say.
fn explained(failure: &Failure) -> String {
    match failure.cause {
        Cause::Model | Cause::OutputFolder | Cause::Interrupted | Cause::Bug => failure.message.clone(),
        cause => {
            format!("{}. {} {}{}", failure.message, failure.explanation, failure.advice, options(cause))
        }
    }
}

/// What a C simulation did, if there was one.
fn simulated(record: &JobRecord) -> String {
    let Some(csim) = &record.csim else { return String::new() };
    let what = if csim.compared { "equal to the expected outputs" } else { "simulated" };
    match csim.verified {
        0 => format!(" ({} samples {what})", csim.samples),
        verified => {
            format!(" ({} samples {what}; {verified} equal the emulator's in every bit)", csim.samples)
        }
    }
}

/// The line that an event is worth, if any.
fn line(event: &Event, state: &SweepState) -> Option<String> {
    match &event.kind {
        EventKind::JobFinished { job, record } => {
            let done = state.successful() + state.failed();
            let count = format!("[{done}/{}]", state.total());
            let name = model(state, *job);
            let same = if state.things() == "models" { "the same model" } else { "the same" };
            Some(match (&record.failure, &record.identical_to) {
                (None, None) => format!("{count} success  {name}{}", simulated(record)),
                (None, Some(other)) => format!("{count} success  {name} ({same} as {other})"),
                (Some(failure), None) => format!("{count} FAILED   {name}: {}", explained(failure)),
                (Some(failure), Some(other)) => {
                    format!("{count} FAILED   {name} ({same} as {other}): {}", failure.message)
                }
            })
        }
        EventKind::ResultsNotWritten { path, message } => {
            Some(format!("warning  {}: {message}", path.display()))
        }
        EventKind::EarlierRun { finished, resuming: true } => {
            Some(format!("{finished} {} were finished by an earlier run and are skipped", state.things()))
        }
        EventKind::EarlierRun { finished, resuming: false } => Some(format!(
            "note: {finished} {} were finished by an earlier run with the same options; they are run again (--resume would skip them)",
            state.things()
        )),
        EventKind::JobRetried { job, failure } => {
            Some(format!("retry    {}: {}; it will be retried later", model(state, *job), failure.message))
        }
        EventKind::Waiting { shortage: Some(shortage) } => {
            Some(format!("waiting  until there is room for another model: {shortage}"))
        }
        EventKind::Waiting { shortage: None } => Some("waiting  has ended; models are started again".into()),
        EventKind::Interrupted => {
            Some("interrupted: stopping the running jobs; interrupt again to kill them at once".into())
        }
        _ => None,
    }
}
