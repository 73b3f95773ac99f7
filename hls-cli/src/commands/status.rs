//! `status`: how far a sweep has got.

use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use hls_runner::cluster::{Refusal, Standing, standing};
use hls_runner::results::{Activity, Overview};
use hls_runner::{JobRecord, Stage, Summary};

use crate::args::StatusArgs;
use crate::commands::report::{label, unusable};
use crate::error::CliError;
use crate::output::{self, STAND_IN_NOTE, duration, printable};

/// How often `--watch` looks.
const PERIOD: Duration = Duration::from_secs(2);
/// How many of the latest failures are shown.
const FAILURES: usize = 5;
/// Longest message of a failure, in characters; `report` shows all of it.
const MESSAGE: usize = 200;
/// Clears a terminal and goes to its upper left corner.
const CLEAR: &str = "\x1b[2J\x1b[H";

pub fn run(args: &StatusArgs) -> Result<(), CliError> {
    let redraws = std::io::stdout().is_terminal();
    let mut last: Option<Summary> = None;
    let mut said = String::new();
    loop {
        let mut summary = match Summary::read(&args.dir) {
            Ok(summary) => summary,
            Err(error) => {
                let Some((text, going_on)) = planning(&args.dir)? else { return Err(CliError::usage(error)) };
                if text != said {
                    output::print(&text)?;
                    said = text;
                }
                if !(args.watch && going_on) {
                    return Ok(());
                }
                std::thread::sleep(PERIOD);
                continue;
            }
        };
        let cluster = on_cluster(&mut summary)?;
        let text = [describe(&summary)].into_iter().chain(cluster).collect::<Vec<_>>().join("\n");
        let going_on = args.watch && matches!(summary.activity, Activity::Running | Activity::Unknown);
        if args.watch && redraws {
            output::print(&format!("{CLEAR}{text}"))?;
        } else if !last.is_some_and(|last| summary.stands_where(&last)) {
            output::print(&text)?;
        }
        last = Some(summary);
        if !going_on {
            return Ok(());
        }
        std::thread::sleep(PERIOD);
    }
}

/// What there is to say of a sweep without results, and whether it goes on: on a cluster it may still be planned, by a job that waits.
fn planning(dir: &Path) -> Result<Option<(String, bool)>, CliError> {
    let found = standing(dir).map_err(CliError::failed)?;
    let Some(standing) = found else { return Ok(None) };
    let why = standing.not_planned.as_deref();
    if standing.over {
        let Some(why) = why else { return Ok(None) };
        let text = format!("on {} as {}, over without a plan: {why}", standing.engine, standing.name);
        return Ok(Some((printable(&text), false)));
    }
    let state = match (&standing.no_answer, standing.alive) {
        (Some(why), _) => format!("{} does not answer: {why}", standing.engine),
        (None, true) => "the job that finds out what is to be done waits or runs".to_owned(),
        (None, false) => {
            format!(
                "nobody is working on it; hls-cli collect {} carries on; {}",
                dir.display(),
                why.unwrap_or_default()
            )
        }
    };
    let text = format!("on {} as {}, not planned yet: {state}", standing.engine, standing.name);
    Ok(Some((printable(&text), standing.alive || standing.no_answer.is_some())))
}

/// What the engine says of a sweep that it has not finished. What the parts noted is newer than the results file.
fn on_cluster(summary: &mut Summary) -> Result<Vec<String>, CliError> {
    let found = standing(summary.output_dir()).map_err(CliError::failed)?;
    let Some(standing) = found.filter(|standing| !standing.over) else { return Ok(Vec::new()) };
    summary.activity = match (&standing.no_answer, standing.alive) {
        (Some(_), _) => Activity::Unknown,
        (None, true) => Activity::Running,
        (None, false) => Activity::Dead,
    };
    summary.owner = None;
    summary.sweep = standing.sweep.clone();
    Ok(parts(&standing, summary))
}

/// Which parts run where, and why others wait.
fn parts(standing: &Standing, summary: &Summary) -> Vec<String> {
    let waiting: usize = standing.waiting.values().sum();
    let reasons: Vec<String> =
        standing.waiting.iter().map(|(reason, parts)| format!("{reason}: {parts}")).collect();
    let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
    let mut lines = vec![printable(&format!(
        "on {} as {}, round {}: {} parts run, {waiting} wait{reasons}",
        standing.engine,
        standing.name,
        standing.round,
        standing.running.len()
    ))];
    lines.extend(
        standing
            .no_answer
            .iter()
            .map(|why| printable(&format!("{} does not answer: {why}", standing.engine))),
    );
    if let Some((refusal, jobs)) = &standing.refused {
        lines.push(printable(&refused(standing, refusal, *jobs, summary.output_dir())));
    }
    for out in &standing.sweep.left_out {
        lines.push(printable(&format!("  {} is left out: {}", out.node, out.reason)));
    }
    for part in &standing.running {
        let jobs: Vec<String> =
            part.jobs.iter().filter_map(|job| summary.jobs().get(job.0)).map(|job| job.job.label()).collect();
        let silent = part.silent.map(|time| format!("; no sign of life for {}", duration(time)));
        let line =
            format!("  {} on {}: {}{}", part.element, part.node, jobs.join(", "), silent.unwrap_or_default());
        lines.push(printable(&line));
    }
    lines
}

/// That a round is not taken: what, why, and what comes next.
fn refused(standing: &Standing, refusal: &Refusal, jobs: usize, output_dir: &Path) -> String {
    let next = match standing.alive {
        true => {
            format!(
                "it is tried again for {}, and then these jobs are recorded as failed",
                duration(refusal.left())
            )
        }
        false => {
            format!("none of its jobs is left to try again: hls-cli collect {} does", output_dir.display())
        }
    };
    let what = match jobs {
        0 => "the job that carries on after it".to_owned(),
        jobs => format!("{jobs} jobs of it"),
    };
    format!(
        "  {} refuses this round ({what}), {} times in {}: {} ({}); {next}; when nothing of the sweep is in the queue any more, the same \
         command with --resume and other options begins anew with what is left",
        standing.engine,
        refusal.times,
        duration(refusal.lasts()),
        refusal.message,
        refusal.command
    )
}

fn describe(summary: &Summary) -> String {
    let overview = summary.overview();
    let mut lines = vec![headline(summary), counts(&overview)];
    if let Some(shortage) = &summary.sweep.waiting {
        lines.push(format!("no further jobs are started at the moment: {}", printable(shortage)));
    }
    if summary.stand_in() {
        lines.push(STAND_IN_NOTE.to_owned());
    }
    lines.extend(summary.notes.iter().map(|note| printable(&format!("note: {note}"))));
    lines.extend(unusable(&overview));
    lines.extend(running(summary));
    lines.extend(last_failures(summary));
    lines.join("\n")
}

fn headline(summary: &Summary) -> String {
    let tools = match summary.sweep.toolchain.name.as_str() {
        "" => String::new(),
        name => format!(" with {}", printable(name)),
    };
    let elapsed = |word: &str| {
        let time = summary.sweep.elapsed().map(duration);
        time.map(|time| format!(" {word} {time}")).unwrap_or_default()
    };
    let state = match summary.activity {
        Activity::Over if summary.sweep.interrupted => format!("interrupted{}", elapsed("after")),
        Activity::Over => format!("finished{}", elapsed("after")),
        Activity::Running => {
            let owner = summary.owner.as_ref().map(|owner| format!(" ({owner})")).unwrap_or_default();
            format!("running{}{}", elapsed("for"), printable(&owner))
        }
        Activity::Dead => {
            "unfinished, but no process is working on it any more: it was killed, or the machine went down; \
             run the same command with --resume to finish it"
                .to_owned()
        }
        Activity::Unknown if !summary.path.is_file() => "whether all is done is not known".to_owned(),
        Activity::Unknown => {
            let ago = summary
                .written_ago
                .map_or_else(|| "at an unknown time".to_owned(), |ago| format!("{} ago", duration(ago)));
            format!("unfinished; its results were last written {ago}")
        }
    };
    format!("{} {}{tools}: {state}", summary.jobs().len(), summary.sweep.things())
}

fn counts(overview: &Overview) -> String {
    let Overview { successful, failed, running, pending, .. } = overview;
    let unknown = match overview.unknown() {
        0 => String::new(),
        unknown => format!(", {unknown} with another or unknown status"),
    };
    format!(
        "{} done: {successful} succeeded, {failed} failed; {running} running, {pending} to do{unknown}",
        successful + failed
    )
}

fn running(summary: &Summary) -> Vec<String> {
    let mut lines: Vec<String> = summary
        .running()
        .map(|job| {
            let stage = job.running_stage().map_or("preparing", Stage::name);
            let elapsed = job.elapsed().map(duration).unwrap_or_default();
            format!("  {}  {stage}  {elapsed}", label(job))
        })
        .collect();
    if !lines.is_empty() {
        lines.insert(0, "running:".to_owned());
    }
    lines
}

fn last_failures(summary: &Summary) -> Vec<String> {
    let failed = summary.last_failures();
    let mut lines: Vec<String> = failed.iter().take(FAILURES).filter_map(|job| failure(job)).collect();
    if !lines.is_empty() {
        let more = failed.len().saturating_sub(FAILURES);
        let rest = if more > 0 { format!(" ({more} more: hls-cli report)") } else { String::new() };
        lines.insert(0, format!("last failures{rest}:"));
    }
    lines
}

fn failure(job: &JobRecord) -> Option<String> {
    let kind = job.failure.as_ref().map(|failure| format!("{}: ", failure.kind.word())).unwrap_or_default();
    let message = printable(&format!("{kind}{}", job.why_failed()?));
    let mut short: String = message.chars().take(MESSAGE).collect();
    if short.len() < message.len() {
        short.push('…');
    }
    Some(format!("  {}  {short}", label(job)))
}
