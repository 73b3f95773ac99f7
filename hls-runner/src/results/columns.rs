//! The models of a sweep side by side, as data: columns with units in their names, and who says each number.

use std::fmt;
use std::io;

use crate::plan::discover::Tier;
use crate::plan::grid::SettingValue;
use crate::record::job::JobRecord;
use crate::report::circuit::{Cells, Circuit, Placement};
use crate::report::fit::{Fit, Resource};
use crate::report::numbers::{CosimStatus, Cosimulation, Estimate, LogicSynthesis, RtlSimulation};

/// Who says a number. Numbers of different origins are never in one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// The sweep itself.
    Sweep,
    /// C synthesis: an estimate.
    CSynthesis,
    /// Logic synthesis in Vivado: a count.
    LogicSynthesis,
    /// Vivado after place and route: a count, and times of the wires as they are.
    Implementation,
    /// The co-simulation: a measurement.
    Cosimulation,
    /// The RTL simulation against the emulator: a measurement.
    RtlSimulation,
    /// This program, of a circuit that it wrote: a fact or a count of what it wrote.
    Circuit,
    /// Yosys, after mapping: a count.
    Mapping,
    /// The timing of the mapped netlist: an estimate without placement.
    TimingEstimate,
    /// nextpnr, after placing and routing.
    Nextpnr,
}

/// What a job has in a column.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Cell {
    /// It is not known, or there is none.
    Unknown,
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Count(u64),
    /// Another number.
    Number(f64),
    /// Seconds.
    Seconds(f64),
    /// Words.
    Text(String),
}

impl Cell {
    pub(crate) fn of_setting(value: &SettingValue) -> Self {
        match value {
            SettingValue::Flag(value) => Self::Flag(*value),
            SettingValue::Text(text) => Self::Text(text.clone()),
            SettingValue::Number(number) => match (number.as_u64(), number.as_f64()) {
                (Some(count), _) => Self::Count(count),
                (None, Some(number)) => Self::Number(number),
                (None, None) => Self::Unknown,
            },
        }
    }

    /// The number, where it is one; yes and no are 1 and 0.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Unknown | Self::Text(_) => None,
            Self::Flag(value) => Some(f64::from(u8::from(*value))),
            Self::Count(value) => Some(*value as f64),
            Self::Number(value) | Self::Seconds(value) => Some(*value),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => Ok(()),
            Self::Flag(value) => value.fmt(f),
            Self::Count(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Seconds(value) => write!(f, "{value:.3}"),
            Self::Text(value) => f.write_str(value),
        }
    }
}

/// A column: its name, who says what is in it, and what that is for a job.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The name, with the unit.
    pub name: &'static str,
    /// Who says it.
    pub origin: Origin,
    of: fn(&JobRecord) -> Cell,
}

impl Column {
    /// What the job has here.
    #[must_use]
    pub fn of(&self, job: &JobRecord) -> Cell {
        (self.of)(job)
    }
}

/// Every column, in the order in which they are written as CSV.
pub static COLUMNS: &[Column] = &[
    sweep("model", |job| text(Some(&job.job.name))),
    sweep("tier", |job| text(job.job.tier.map(Tier::name))),
    sweep("status", |job| text(Some(job.status.word()))),
    sweep("stand_in", |job| flag(job.report.as_ref().map(|report| report.stand_in))),
    sweep("part", |job| text(part(job))),
    estimated("latency_min_cycles", |job| count(estimate(job).and_then(|e| e.latency_min_cycles))),
    estimated("latency_max_cycles", |job| count(estimate(job).and_then(|e| e.latency_max_cycles))),
    estimated("interval_min_cycles", |job| count(estimate(job).and_then(|e| e.interval_min_cycles))),
    estimated("interval_max_cycles", |job| count(estimate(job).and_then(|e| e.interval_max_cycles))),
    estimated("clock_period_target_ns", |job| number(estimate(job).and_then(|e| e.clock_period_target_ns))),
    estimated("clock_period_estimated_ns", |job| {
        number(estimate(job).and_then(|e| e.clock_period_estimated_ns))
    }),
    estimated("estimated_lut", |job| count(estimate(job).and_then(|e| e.resources.lut))),
    estimated("estimated_ff", |job| count(estimate(job).and_then(|e| e.resources.ff))),
    estimated("estimated_dsp", |job| count(estimate(job).and_then(|e| e.resources.dsp))),
    estimated("estimated_bram_18k", |job| count(estimate(job).and_then(|e| e.resources.bram_18k))),
    estimated("estimated_uram", |job| count(estimate(job).and_then(|e| e.resources.uram))),
    counted("synthesized_lut", |job| count(logic(job).and_then(|l| l.resources.lut))),
    counted("synthesized_ff", |job| count(logic(job).and_then(|l| l.resources.ff))),
    counted("synthesized_dsp", |job| count(logic(job).and_then(|l| l.resources.dsp))),
    counted("synthesized_bram_18k", |job| count(logic(job).and_then(|l| l.resources.bram_18k))),
    counted("synthesized_uram", |job| count(logic(job).and_then(|l| l.resources.uram))),
    sweep("available_lut", |job| available(job, Resource::Lut)),
    sweep("available_ff", |job| available(job, Resource::Ff)),
    sweep("available_dsp", |job| available(job, Resource::Dsp)),
    sweep("available_bram_18k", |job| available(job, Resource::Bram18k)),
    sweep("available_uram", |job| available(job, Resource::Uram)),
    measured("cosim_status", |job| text(cosim(job).map(|c| cosim_word(c.status)))),
    measured("cosim_latency_min_cycles", |job| count(cosim(job).and_then(|c| c.latency_cycles.min))),
    measured("cosim_latency_avg_cycles", |job| count(cosim(job).and_then(|c| c.latency_cycles.avg))),
    measured("cosim_latency_max_cycles", |job| count(cosim(job).and_then(|c| c.latency_cycles.max))),
    measured("cosim_interval_min_cycles", |job| count(cosim(job).and_then(|c| c.interval_cycles.min))),
    measured("cosim_interval_avg_cycles", |job| count(cosim(job).and_then(|c| c.interval_cycles.avg))),
    measured("cosim_interval_max_cycles", |job| count(cosim(job).and_then(|c| c.interval_cycles.max))),
    sweep("seconds", |job| job.elapsed().map_or(Cell::Unknown, |time| Cell::Seconds(time.as_secs_f64()))),
    sweep("failure_kind", |job| text(job.failure.as_ref().map(|failure| failure.kind.word()))),
    sweep("failure_stage", |job| text(job.failure.as_ref().and_then(|failure| failure.stage.as_ref()))),
    sweep("error", |job| text(job.why_failed())),
    estimated("estimated_fits_device", |job| flag(estimated_fit(job).fits_device)),
    estimated("estimated_exceeded", |job| exceeded(&estimated_fit(job))),
    estimated("estimated_slack_ns", |job| number(estimated_fit(job).slack_ns)),
    estimated("estimated_meets_timing", |job| flag(estimated_fit(job).meets_timing)),
    counted("synthesized_fits_device", |job| flag(counted_fit(job).fits_device)),
    counted("synthesized_exceeded", |job| exceeded(&counted_fit(job))),
    counted("synthesized_slack_ns", |job| number(counted_fit(job).slack_ns)),
    counted("synthesized_meets_timing", |job| flag(counted_fit(job).meets_timing)),
    simulated("rtlsim_status", |job| text(rtlsim(job).map(|r| r.status.word()))),
    simulated("rtlsim_latency_cycles", |job| count(rtlsim(job).and_then(|r| r.latency_cycles))),
    simulated("rtlsim_interval_cycles", |job| count(rtlsim(job).and_then(|r| r.interval_cycles))),
    written("circuit_latency_cycles", |job| count(circuit(job).and_then(|c| c.latency_cycles))),
    written("circuit_interval_cycles", |job| count(circuit(job).and_then(|c| c.interval_cycles))),
    written("circuit_clock_period_ns", |job| number(circuit(job).and_then(|c| c.clock_period_ns))),
    written("instant_lut", |job| instant(job, |cells| cells.lut)),
    written("instant_ff", |job| instant(job, |cells| cells.ff)),
    written("instant_carry", |job| instant(job, |cells| cells.carry)),
    written("instant_dsp", |job| instant(job, |cells| cells.dsp)),
    written("instant_bram_18k", |job| instant(job, |cells| cells.bram_18k)),
    mapped("mapped_lut", |job| yosys(job, |cells| cells.lut)),
    mapped("mapped_ff", |job| yosys(job, |cells| cells.ff)),
    mapped("mapped_carry", |job| yosys(job, |cells| cells.carry)),
    mapped("mapped_dsp", |job| yosys(job, |cells| cells.dsp)),
    mapped("mapped_bram_18k", |job| yosys(job, |cells| cells.bram_18k)),
    timed("timing_period_ns", |job| number(circuit(job).and_then(Circuit::period_ns))),
    timed("timing_fmax_mhz", |job| {
        number(circuit(job).and_then(|c| Some(c.timing_estimate.as_ref()?.fmax_mhz)))
    }),
    timed("timing_meets_clock", |job| flag(circuit(job).and_then(Circuit::meets_clock))),
    timed("timing_latency_ns", |job| number(circuit(job).and_then(Circuit::latency_ns))),
    routed("nextpnr_lut", |job| count(nextpnr(job).map(|placed| placed.lut))),
    routed("nextpnr_ff", |job| count(nextpnr(job).map(|placed| placed.ff))),
    routed("nextpnr_carry", |job| count(nextpnr(job).map(|placed| placed.carry))),
    routed("nextpnr_period_ns", |job| number(nextpnr(job).map(|placed| placed.period_ns))),
    routed("nextpnr_fmax_mhz", |job| number(nextpnr(job).map(|placed| placed.fmax_mhz))),
    counted("synthesized_fmax_mhz", |job| number(logic(job).and_then(|l| l.fmax_mhz))),
    counted("synthesized_power_w", |job| number(logic(job).and_then(|l| l.power?.total_w))),
    placed("implemented_lut", |job| count(implementation(job).and_then(|i| i.resources.lut))),
    placed("implemented_ff", |job| count(implementation(job).and_then(|i| i.resources.ff))),
    placed("implemented_dsp", |job| count(implementation(job).and_then(|i| i.resources.dsp))),
    placed("implemented_bram_18k", |job| count(implementation(job).and_then(|i| i.resources.bram_18k))),
    placed("implemented_uram", |job| count(implementation(job).and_then(|i| i.resources.uram))),
    placed("implemented_slack_ns", |job| number(implementation(job).and_then(|i| i.worst_negative_slack_ns))),
    placed("implemented_fmax_mhz", |job| number(implementation(job).and_then(|i| i.fmax_mhz))),
    placed("implemented_power_w", |job| number(implementation(job).and_then(|i| i.power?.total_w))),
    sweep("ebops", |job| count(job.ebops)),
];

const fn sweep(name: &'static str, of: fn(&JobRecord) -> Cell) -> Column {
    Column { name, origin: Origin::Sweep, of }
}

const fn estimated(name: &'static str, of: fn(&JobRecord) -> Cell) -> Column {
    Column { name, origin: Origin::CSynthesis, of }
}

const fn counted(name: &'static str, of: fn(&JobRecord) -> Cell) -> Column {
    Column { name, origin: Origin::LogicSynthesis, of }
}

const fn placed(name: &'static str, of: fn(&JobRecord) -> Cell) -> Column {
    Column { name, origin: Origin::Implementation, of }
}

const fn measured(name: &'static str, of: fn(&JobRecord) -> Cell) -> Column {
    Column { name, origin: Origin::Cosimulation, of }
}

const fn simulated(name: &'static str, of: fn(&JobRecord) -> Cell) -> Column {
    Column { name, origin: Origin::RtlSimulation, of }
}

const fn written(name: &'static str, of: fn(&JobRecord) -> Cell) -> Column {
    Column { name, origin: Origin::Circuit, of }
}

const fn mapped(name: &'static str, of: fn(&JobRecord) -> Cell) -> Column {
    Column { name, origin: Origin::Mapping, of }
}

const fn timed(name: &'static str, of: fn(&JobRecord) -> Cell) -> Column {
    Column { name, origin: Origin::TimingEstimate, of }
}

const fn routed(name: &'static str, of: fn(&JobRecord) -> Cell) -> Column {
    Column { name, origin: Origin::Nextpnr, of }
}

fn text(value: Option<impl ToString>) -> Cell {
    value.map_or(Cell::Unknown, |value| Cell::Text(value.to_string()))
}

fn flag(value: Option<bool>) -> Cell {
    value.map_or(Cell::Unknown, Cell::Flag)
}

fn count(value: Option<u64>) -> Cell {
    value.map_or(Cell::Unknown, Cell::Count)
}

fn number(value: Option<f64>) -> Cell {
    value.map_or(Cell::Unknown, Cell::Number)
}

fn estimate(job: &JobRecord) -> Option<&Estimate> {
    job.report.as_ref().map(|report| &report.estimate)
}

fn logic(job: &JobRecord) -> Option<&LogicSynthesis> {
    job.report.as_ref()?.logic_synthesis.as_ref()
}

fn implementation(job: &JobRecord) -> Option<&LogicSynthesis> {
    job.report.as_ref()?.implementation.as_ref()
}

fn cosim(job: &JobRecord) -> Option<&Cosimulation> {
    job.report.as_ref()?.cosimulation.as_ref()
}

fn rtlsim(job: &JobRecord) -> Option<&RtlSimulation> {
    job.report.as_ref()?.rtl_simulation.as_ref()
}

fn circuit(job: &JobRecord) -> Option<&Circuit> {
    job.report.as_ref().map(|report| &report.circuit)
}

fn instant(job: &JobRecord, of: fn(&Cells) -> u64) -> Cell {
    count(
        circuit(job).and_then(|circuit| circuit.estimated.as_ref()).map(|estimated| of(&estimated.resources)),
    )
}

fn yosys(job: &JobRecord, of: fn(&Cells) -> u64) -> Cell {
    count(circuit(job).and_then(|circuit| circuit.mapped.as_ref()).map(|mapped| of(&mapped.resources)))
}

fn nextpnr(job: &JobRecord) -> Option<&Placement> {
    circuit(job)?.placement.as_ref()
}

fn cosim_word(status: CosimStatus) -> &'static str {
    match status {
        CosimStatus::Pass => "pass",
        CosimStatus::Fail => "fail",
    }
}

fn part(job: &JobRecord) -> Option<&String> {
    estimate(job).and_then(|e| e.part.as_ref()).or_else(|| logic(job)?.part.as_ref())
}

/// What the device has: a fact about the device, whoever says it.
fn available(job: &JobRecord, resource: Resource) -> Cell {
    let vivado = logic(job).map(|logic| &logic.resources_available);
    let known = vivado.or_else(|| estimate(job).map(|e| &e.resources_available));
    count(known.and_then(|known| known.of(resource)))
}

fn estimated_fit(job: &JobRecord) -> Fit {
    estimate(job).map(Estimate::fit).unwrap_or_default()
}

fn counted_fit(job: &JobRecord) -> Fit {
    logic(job).map(LogicSynthesis::fit).unwrap_or_default()
}

fn exceeded(fit: &Fit) -> Cell {
    let names: Vec<&str> = fit.exceeded.iter().map(|resource| resource.key()).collect();
    text(fit.fits_device.map(|_| names.join(" "))).or_unknown_if_empty()
}

impl Cell {
    fn or_unknown_if_empty(self) -> Self {
        if self == Self::Text(String::new()) { Self::Unknown } else { self }
    }
}

/// The settings that vary among jobs: names of axes, in the order in which they are met.
pub fn axes<'a>(jobs: impl IntoIterator<Item = &'a JobRecord>) -> Vec<&'a str> {
    let mut axes = Vec::new();
    for (axis, _) in jobs.into_iter().flat_map(|job| job.job.settings.iter()) {
        if !axes.contains(&axis) {
            axes.push(axis);
        }
    }
    axes
}

/// What the names of columns of axes begin with.
pub(crate) const SETTING: &str = "setting.";

/// The name of the column of an axis.
#[must_use]
pub fn setting_name(axis: &str) -> String {
    format!("{SETTING}{axis}")
}

/// What the job has on an axis.
#[must_use]
pub fn setting(job: &JobRecord, axis: &str) -> Cell {
    job.job.settings.get(axis).map_or(Cell::Unknown, Cell::of_setting)
}

/// Writes a line for each job below a line with the names of the columns; what is unknown is empty. After the columns that are always there follow
/// `run`, where there are several input folders, and a column for each axis of a grid.
///
/// # Errors
/// What `to` says.
pub fn write_csv<'a>(
    jobs: impl IntoIterator<Item = &'a JobRecord> + Clone,
    to: impl io::Write,
) -> io::Result<()> {
    let axes = axes(jobs.clone());
    let has_runs = jobs.clone().into_iter().any(|job| job.job.run.is_some());
    let mut writer = csv::Writer::from_writer(to);
    let names = COLUMNS.iter().map(|column| column.name.to_owned());
    let runs = has_runs.then(|| "run".to_owned());
    let names = names.chain(runs).chain(axes.iter().map(|axis| setting_name(axis)));
    writer.write_record(names).map_err(io::Error::from)?;
    for job in jobs {
        let cells = COLUMNS.iter().map(|column| column.of(job));
        let run = has_runs.then(|| text(job.job.run.as_ref()));
        let cells = cells.chain(run).chain(axes.iter().map(|axis| setting(job, axis)));
        writer.write_record(cells.map(|cell| cell.to_string())).map_err(io::Error::from)?;
    }
    writer.flush()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_columns_after_all_others() {
        let at = |settings: serde_json::Value, run: Option<&str>| {
            let mut job = JobRecord::default();
            job.job.settings = serde_json::from_value(settings).unwrap();
            job.job.run = run.map(str::to_owned);
            job
        };
        let tail = |jobs: &[JobRecord]| {
            let mut bytes = Vec::new();
            write_csv(jobs, &mut bytes).unwrap();
            let mut lines = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
            let tail =
                |line: csv::StringRecord| line.iter().skip(COLUMNS.len()).collect::<Vec<_>>().join("|");
            lines.records().map(|line| tail(line.unwrap())).collect::<Vec<_>>()
        };
        assert_eq!(tail(&[at(json!({}), None)]), ["", ""]);
        let jobs =
            [at(json!({"clock-period": 2.5, "part": "a,b"}), None), at(json!({"no-dsp": true}), Some("x"))];
        let header = "run|setting.clock-period|setting.part|setting.no-dsp";
        assert_eq!(tail(&jobs), [header, "|2.5|a,b|", "x|||true"]);
    }

    #[test]
    fn the_names_of_columns_are_documented_and_unique() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/results.md");
        let text = std::fs::read_to_string(path).unwrap();
        let (_, rest) = text.split_once("Columns of `--csv`").unwrap();
        let table: Vec<&str> = rest
            .lines()
            .skip_while(|line| !line.starts_with('|'))
            .take_while(|l| l.starts_with('|'))
            .collect();
        let named: Vec<&str> = table
            .iter()
            .skip(2)
            .flat_map(|line| line.split('`').nth(1).unwrap_or_default().split_whitespace())
            .collect();
        let written: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
        assert_eq!(named, written, "left the documented columns");
    }
}
