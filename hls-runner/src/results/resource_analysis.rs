//! The CSV that the scripts before this program made of a sweep's reports, column by column as theirs.
//!
//! Their names hide who says a number: `luts`, `registers`, `bram` and `dsp` are Vivado's counts after logic synthesis, `estimated_fmax`
//! is C synthesis's estimate. A count that is missing stays empty here: an estimate in its place would be another quantity.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use crate::record::job::{JobRecord, JobStatus};
use crate::report::numbers::{Estimate, LogicSynthesis, Resources};
use crate::results::read::Summary;
use crate::select::records::{self, Name, Record, trial_number};

/// Files beside the output folder or in it that say how accurate the models are, in the order in which the scripts look for them.
const ACCURACIES: [&str; 2] = ["filtered_trials_summary.json", "trials_summary.json"];
/// What the accuracy may be called there, likewise.
const ACCURACY_KEYS: [&str; 3] = ["val_accuracy", "validation_accuracy", "score"];

/// The names of all columns, in their order.
const COLUMNS: [&str; 26] = [
    "model_name",
    "val_accuracy",
    "h5_file",
    "output_dir",
    "tarball",
    "luts",
    "luts_used",
    "luts_available",
    "luts_percent",
    "registers",
    "registers_used",
    "registers_available",
    "registers_percent",
    "bram",
    "bram_used",
    "bram_available",
    "bram_percent",
    "dsp",
    "dsp_used",
    "dsp_available",
    "dsp_percent",
    "latency_min",
    "latency_max",
    "interval_min",
    "interval_max",
    "estimated_fmax",
];

/// The models of a sweep that succeeded, or that nothing says of how they ended, with the accuracies that a search wrote down.
pub struct ResourceAnalysis<'a> {
    jobs: Vec<&'a JobRecord>,
    accuracies: Accuracies,
}

impl<'a> ResourceAnalysis<'a> {
    /// Takes the models of `summary`.
    #[must_use]
    pub fn of(summary: &'a Summary) -> Self {
        let counts = |job: &&JobRecord| match job.status {
            JobStatus::Success => true,
            JobStatus::Other(_) => job.report.is_some(),
            _ => false,
        };
        let jobs = summary.jobs().iter().filter(counts).collect();
        Self { jobs, accuracies: Accuracies::beside(summary.output_dir()) }
    }

    /// How many models it has.
    #[must_use]
    pub fn models(&self) -> usize {
        self.jobs.len()
    }

    /// How many of them have no report of Vivado.
    #[must_use]
    pub fn without_vivado(&self) -> usize {
        let has_counts =
            |job: &&&JobRecord| logic(job).is_some_and(|logic| logic.resources != Resources::default());
        self.jobs.len() - self.jobs.iter().filter(has_counts).count()
    }

    /// Writes a line for each model below a line with the names of the columns; what is unknown is empty.
    ///
    /// # Errors
    /// What `to` says.
    pub fn write_csv(&self, to: impl io::Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(to);
        writer.write_record(COLUMNS).map_err(io::Error::from)?;
        for job in &self.jobs {
            writer.write_record(self.row(job)).map_err(io::Error::from)?;
        }
        writer.flush()
    }

    fn row(&self, job: &JobRecord) -> Vec<String> {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let mut row = vec![
            job.job.name.clone(),
            self.accuracies.of_model(&job.job.name).map(number).unwrap_or_default(),
            path(&job.job.model),
            path(&job.job.folder),
            job.tarball.as_deref().map(path).unwrap_or_default(),
        ];
        let LogicSynthesis { resources: used, resources_available: available, .. } =
            logic(job).cloned().unwrap_or_default();
        for (used, available, unit) in [
            (used.lut, available.lut, 1),
            (used.ff, available.ff, 1),
            // Vivado counts tiles of two.
            (used.bram_18k, available.bram_18k, 2),
            (used.dsp, available.dsp, 1),
        ] {
            row.extend(utilization(used, available, unit));
        }
        let estimate = job.report.as_ref().map(|report| report.estimate.clone()).unwrap_or_default();
        let cycles = [
            estimate.latency_min_cycles,
            estimate.latency_max_cycles,
            estimate.interval_min_cycles,
            estimate.interval_max_cycles,
        ];
        row.extend(cycles.map(|cycles| cycles.map(|cycles| cycles.to_string()).unwrap_or_default()));
        row.push(fmax_mhz(&estimate).map(number).unwrap_or_default());
        row
    }
}

fn logic(job: &JobRecord) -> Option<&LogicSynthesis> {
    job.report.as_ref()?.logic_synthesis.as_ref()
}

/// As the log prints it; where only the period is known, what that allows.
fn fmax_mhz(estimate: &Estimate) -> Option<f64> {
    let period = estimate.clock_period_estimated_ns.filter(|period| *period > 0.0);
    estimate.fmax_estimated_mhz.or_else(|| period.map(|ns| hundredths(1000.0 / ns)))
}

/// A resource, the same again, what the device has, and the share in per cent with two decimals.
fn utilization(used: Option<u64>, available: Option<u64>, unit: u64) -> [String; 4] {
    let amount = |count: Option<u64>| {
        count.map(|count| match count % unit {
            0 => (count / unit).to_string(),
            _ => number(count as f64 / unit as f64),
        })
    };
    let all = available.filter(|all| *all > 0);
    let percent = used.zip(all).map(|(used, all)| number(hundredths(100.0 * used as f64 / all as f64)));
    [amount(used), amount(used), amount(available), percent].map(Option::unwrap_or_default)
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// With a decimal point even where the number is whole, as Python writes it.
fn number(value: f64) -> String {
    format!("{value:?}")
}

/// How accurate models are, by the number that ends their names, or by their names.
struct Accuracies {
    by_name: HashMap<String, f64>,
    by_trial: HashMap<u64, f64>,
}

impl Accuracies {
    /// What the first file says that says anything.
    fn beside(output_dir: &Path) -> Self {
        let parent = std::path::absolute(output_dir).ok().and_then(|dir| dir.parent().map(Path::to_owned));
        let folders = parent.into_iter().chain([output_dir.to_owned()]);
        let files = folders.flat_map(|folder| ACCURACIES.map(|name| folder.join(name)));
        let mut read = files.filter(|file| file.is_file()).filter_map(|file| records::read(&file).ok());
        let found = read.find_map(|records| Some(Self::of(&records)).filter(|found| !found.is_empty()));
        found.unwrap_or_else(|| Self::of(&[]))
    }

    fn of(records: &[Record]) -> Self {
        let mut found = Self { by_name: HashMap::new(), by_trial: HashMap::new() };
        for record in records {
            let known = |key: &&str| record.values.iter().find(|(name, _)| name == key)?.1.as_number();
            let Some(accuracy) = ACCURACY_KEYS.iter().find_map(known) else { continue };
            for name in &record.names {
                match name {
                    Name::File(path) => {
                        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                        found.by_name.insert(stem, accuracy);
                    }
                    Name::Model(name) => _ = found.by_name.insert(name.clone(), accuracy),
                    Name::Trial(number) => _ = found.by_trial.insert(*number, accuracy),
                }
            }
        }
        found
    }

    fn is_empty(&self) -> bool {
        self.by_name.is_empty() && self.by_trial.is_empty()
    }

    fn of_model(&self, model: &str) -> Option<f64> {
        let of_trial = || self.by_trial.get(&trial_number(model)?);
        self.by_name.get(model).or_else(of_trial).copied()
    }
}
