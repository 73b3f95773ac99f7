//! The reports in what a script left of a project.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::archive;
use crate::diagnosis::search::{Diagnosis, diagnose_words};
use crate::record::job::RECORD_FILE;
use crate::record::stage::StageSet;
use crate::report::ReportError;
use crate::report::files::ReportFiles;
use crate::report::hls_log;
use crate::report::numbers::{Estimate, Report, STAND_IN_MARK};
use crate::report::source::{Format, Source, read_from};
use crate::toolchain::stage::StageSpec;
use crate::toolchain::vitis;
use crate::toolchain::vitis::stages::STAGES;

/// The name that hls4ml gives a project if nobody gives another.
const USUAL_PROJECT: &str = "myproject";
/// hls4ml's settings of a project.
const SETTINGS: &str = "project.tcl";
/// The tool's log, as it is called now and as it was called before Vitis.
const LOGS: [&str; 2] = ["vitis_hls.log", "vivado_hls.log"];
/// So many entries of a folder are looked at, and so deep; a whole project has a few thousand.
const ENTRIES: usize = 50_000;
const DEPTH: usize = 12;
/// So many reports with unknown names are opened.
const OPENED: usize = 64;
/// So many lines have the heading of a report of Vivado.
const HEADING: usize = 40;
/// So many names of projects are tried; a folder has one.
const PROJECTS: usize = 8;

/// The reports and logs of one job.
pub(super) struct JobFiles {
    origin: Origin,
    /// Paths below the folder or inside the archive; those nearest to its top first.
    names: Vec<PathBuf>,
    /// What tools said, likewise.
    logs: Vec<PathBuf>,
    warning: Option<String>,
}

enum Origin {
    Folder(PathBuf),
    Archive(BTreeMap<PathBuf, String>),
}

impl ReportFiles for JobFiles {
    fn text(&self, path: &Path) -> Result<Option<String>, ReportError> {
        match &self.origin {
            Origin::Folder(folder) => folder.as_path().text(path),
            Origin::Archive(files) => Ok(files.get(path).cloned()),
        }
    }
}

impl JobFiles {
    pub(super) fn in_folder(folder: &Path) -> Self {
        // What the tools keep for themselves is in hidden folders, with files that look like reports.
        let is_open = |entry: &DirEntry| {
            entry.depth() == 0
                || entry.file_type().is_file()
                || !entry.file_name().to_string_lossy().starts_with('.')
        };
        let entries = WalkDir::new(folder).max_depth(DEPTH).into_iter().filter_entry(is_open).take(ENTRIES);
        let files = entries.flatten().filter(|entry| entry.file_type().is_file());
        let names = files.filter_map(|entry| Some(entry.path().strip_prefix(folder).ok()?.to_owned()));
        let names: Vec<PathBuf> = names.filter(|name| is_interesting(name) || is_log(name)).collect();
        let logs = names.iter().filter(|name| is_log(name)).cloned().collect();
        let names = names.into_iter().filter(|name| is_interesting(name)).collect();
        let (names, logs) = (nearest_first(names), nearest_first(logs));
        Self { origin: Origin::Folder(folder.to_owned()), names, logs, warning: None }
    }

    pub(super) fn in_archive(path: &Path) -> Self {
        let archive::Contents { files, warning } = archive::read(path, is_interesting);
        let names = nearest_first(files.keys().cloned().collect());
        // Others would have to be unpacked first.
        let logs = names.iter().filter(|name| is_log(name)).cloned().collect();
        Self { origin: Origin::Archive(files), names, logs, warning }
    }

    /// Why the job failed, as far as its logs tell, or `words` that somebody else said; and the log that is nearest to the top, if it is a file.
    pub(super) fn diagnose(&self, words: &[&str]) -> (Option<Diagnosis>, Option<PathBuf>) {
        match &self.origin {
            Origin::Folder(folder) => {
                let logs: Vec<PathBuf> = self.logs.iter().map(|log| folder.join(log)).collect();
                (diagnose_words(words, &logs), logs.into_iter().next())
            }
            Origin::Archive(files) => {
                let logs = self.logs.iter().filter_map(|log| files.get(log)).map(String::as_str);
                let words: Vec<&str> = words.iter().copied().chain(logs).collect();
                (diagnose_words(&words, &[]), None)
            }
        }
    }

    /// Whether a tool said something here.
    pub(super) fn has_logs(&self) -> bool {
        !self.logs.is_empty()
    }

    /// Whether nothing here tells of a job.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub(super) fn names(&self) -> &[PathBuf] {
        &self.names
    }

    /// The numbers of the reports, and what is wrong with these.
    pub(super) fn read(&self) -> (Option<Report>, Vec<String>) {
        let stages: StageSet = STAGES.iter().map(StageSpec::stage).collect();
        let reading = read_from(self, &self.sources(), &stages);
        let mut warnings: Vec<String> = self.warning.iter().cloned().chain(reading.warnings).collect();
        let mut report = reading.report.unwrap_or_default();
        if let Err(error) = self.add_log(&mut report) {
            warnings.push(error.to_string());
        }
        (Some(report).filter(|report| *report != Report::default()), warnings)
    }

    /// Where each report may be, in the order of preference: at its place below some project, with its name anywhere, or with its content
    /// under another name.
    fn sources(&self) -> Vec<Source> {
        let mut sources: Vec<Source> = Vec::new();
        for known in self.projects().iter().flat_map(|project| vitis::report_sources(project)) {
            let at_place = self.names.iter().filter(|name| name.ends_with(&known.path));
            let with_name = self.names.iter().filter(|name| name.file_name() == known.path.file_name());
            for path in at_place.chain(with_name) {
                if !sources.iter().any(|source| source.path == **path) {
                    sources.push(Source { path: path.clone(), ..known.clone() });
                }
            }
        }
        let known = vitis::report_sources(USUAL_PROJECT);
        for (format, path) in self.by_content(&sources) {
            let is_missing = !sources.iter().any(|source| source.format == format);
            let known = known.iter().find(|known| known.format == format).filter(|_| is_missing);
            sources.extend(known.map(|known| Source { path, ..known.clone() }));
        }
        sources
    }

    /// Names of top functions, the most certain first: hls4ml's settings have it, the tool's folder is called after it, or there is only one report of
    /// C synthesis.
    fn projects(&self) -> Vec<String> {
        let settings = self.named(SETTINGS).and_then(|path| self.text(path).ok().flatten());
        let mut projects: Vec<String> =
            settings.iter().filter_map(|settings| project_name(settings)).collect();
        let folders = self.names.iter().filter_map(|name| name.parent()).flat_map(Path::components);
        let folders = folders.map(|folder| folder.as_os_str().to_string_lossy());
        let of_folders: BTreeSet<String> =
            folders.filter_map(|name| name.strip_suffix("_prj").map(str::to_owned)).collect();
        projects.extend(of_folders.into_iter().take(PROJECTS));
        let functions: BTreeSet<String> = self.names.iter().filter_map(|name| function_of(name)).collect();
        if projects.is_empty() && functions.len() == 1 {
            projects.extend(functions);
        }
        projects.push(USUAL_PROJECT.to_owned());
        projects
    }

    /// Reports of Vivado with names of their own, and what they are.
    fn by_content(&self, known: &[Source]) -> Vec<(Format, PathBuf)> {
        let is_report = |name: &&PathBuf| {
            let is_known = known.iter().any(|source| source.path == **name);
            !is_known && name.extension().is_some_and(|extension| extension == "rpt")
        };
        let others =
            self.names.iter().filter(is_report).filter(|name| function_of(name).is_none()).take(OPENED);
        let format = |name: &PathBuf| vivado_format(&self.text(name).ok().flatten()?);
        others.filter_map(|name| Some((format(name)?, name.clone()))).collect()
    }

    /// What no report says.
    fn add_log(&self, report: &mut Report) -> Result<(), ReportError> {
        let Some(path) = LOGS.iter().find_map(|log| self.named(log)) else { return Ok(()) };
        let Some(text) = self.text(path)? else { return Ok(()) };
        let Estimate {
            tool_version,
            part,
            clock_period_target_ns,
            clock_period_estimated_ns,
            clock_uncertainty_ns,
            fmax_estimated_mhz,
            ..
        } = hls_log::parse(&text);
        let known = &mut report.estimate;
        // The summary report has the slack instead of the clocks; then these stay apart, as that report has them.
        known.tool_version = known.tool_version.take().or(tool_version);
        known.part = known.part.take().or(part);
        known.clock_period_target_ns = known.clock_period_target_ns.or(clock_period_target_ns);
        known.clock_uncertainty_ns = known.clock_uncertainty_ns.or(clock_uncertainty_ns);
        known.clock_period_estimated_ns = known.clock_period_estimated_ns.or(clock_period_estimated_ns);
        known.fmax_estimated_mhz = fmax_estimated_mhz;
        report.stand_in |= text.contains(STAND_IN_MARK);
        Ok(())
    }

    /// The file with this name that is nearest to the top.
    fn named(&self, file: &str) -> Option<&Path> {
        self.names.iter().map(PathBuf::as_path).find(|name| name.file_name().is_some_and(|name| name == file))
    }
}

/// Which of Vivado's reports this is, of which state of the design.
fn vivado_format(text: &str) -> Option<Format> {
    let state = text.lines().take(HEADING).find(|line| line.contains("Design State"))?.to_lowercase();
    let is_placed = ["placed", "routed"].iter().any(|word| state.contains(word));
    if !is_placed && !state.contains("synthesized") {
        return None;
    }
    let of_state = |synthesized, placed| Some(if is_placed { placed } else { synthesized });
    // Reports of the hierarchy have other tables than those of the whole device.
    if text.contains("Utilization Design Information") && text.contains("Site Type") {
        of_state(Format::Utilization, Format::PlacedUtilization)
    } else if text.contains("Design Timing Summary") {
        of_state(Format::TimingSummary, Format::PlacedTimingSummary)
    } else if text.contains("Total On-Chip Power (W)") {
        of_state(Format::Power, Format::PlacedPower)
    } else {
        None
    }
}

fn nearest_first(mut names: Vec<PathBuf>) -> Vec<PathBuf> {
    names.sort_by_cached_key(|name| (name.components().count(), name.clone()));
    names
}

/// Reports, logs and settings; nothing else of a project is read.
fn is_interesting(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let known = LOGS.contains(&&*name) || name == SETTINGS || name == RECORD_FILE;
    known || name.ends_with(".rpt") || name.ends_with("csynth.xml") || path.ends_with("rtlsim/result.json")
}

/// What a tool said; of the logs that tools write for themselves, too.
fn is_log(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "log")
}

/// `dense` of `dense_csynth.rpt`: whose report this is.
fn function_of(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_string_lossy();
    ["_csynth", "_cosim"].iter().find_map(|suffix| stem.strip_suffix(suffix)).map(str::to_owned)
}

/// `tagger` of `set project_name "tagger"`.
fn project_name(settings: &str) -> Option<String> {
    let value = settings.lines().find_map(|line| line.trim().strip_prefix("set project_name"))?;
    let name = value.trim().trim_matches('"');
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| name.to_owned())
}
