//! Reads a project's reports, as far as they are there and whole.

use std::path::{Path, PathBuf};

use super::circuit::Circuit;
use super::files::ReportFiles;
use super::flaw::{Flaw, ReportError};
use super::numbers::{CosimStatus, Report, STAND_IN_MARK};
use super::record::parse as parse_record;
use super::{
    circuit_json, cosim, csynth_rpt, csynth_xml, power, rtl_simulation, timing_summary, utilization,
};
use crate::record::stage::{Stage, StageSet};

/// In which form a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// `csynth.xml`, `NAME_csynth.xml`.
    CsynthXml,
    /// `NAME_csynth.rpt`, `csynth.rpt`.
    CsynthRpt,
    /// `NAME_cosim.rpt`.
    Cosim,
    /// `report_utilization`.
    Utilization,
    /// `report_timing_summary`.
    TimingSummary,
    /// `report_power`.
    Power,
    /// `report_utilization` after place and route.
    PlacedUtilization,
    /// `report_timing_summary` after place and route.
    PlacedTimingSummary,
    /// `report_power` after place and route.
    PlacedPower,
    /// `rtlsim/result.json`, `sim/result.json`.
    RtlSimulation,
    /// `circuit.json`.
    Circuit,
    /// `map/resources.json`.
    Mapping,
    /// `map/timing.json`.
    Timing,
    /// `pnr/placement.json`.
    Placement,
}

impl Format {
    /// Whether both say the same, so that one of them is enough.
    fn says_the_same_as(self, other: Self) -> bool {
        let is_estimate = |format| matches!(format, Self::CsynthXml | Self::CsynthRpt);
        self == other || (is_estimate(self) && is_estimate(other))
    }
}

/// A report that a stage writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The stage.
    pub stage: Stage,
    /// The form.
    pub format: Format,
    /// Path below the project folder.
    pub path: PathBuf,
}

/// What [`read`] found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// The numbers; `None` if no file had any.
    pub report: Option<Report>,
    /// The sources whose numbers these are.
    pub taken: Vec<Source>,
    /// What is wrong with the files, and what a person must know of their content.
    pub warnings: Vec<String>,
}

/// Reads the reports of `stages` in a project folder. Of several sources of a stage that say the same the first that is
/// there and whole is taken; what is wrong with those before it is a warning.
#[must_use]
pub fn read(folder: &Path, sources: &[Source], stages: &StageSet) -> Reading {
    read_from(folder, sources, stages)
}

/// As [`read`], wherever the files are.
pub(crate) fn read_from<F: ReportFiles + ?Sized>(
    files: &F,
    sources: &[Source],
    stages: &StageSet,
) -> Reading {
    let mut reading = Reading::default();
    for stage in stages.iter() {
        for source in sources.iter().filter(|source| source.stage == *stage) {
            let known =
                |taken: &Source| taken.stage == *stage && source.format.says_the_same_as(taken.format);
            if reading.taken.iter().any(known) {
                continue;
            }
            match files.text(&source.path).and_then(|text| {
                text.map_or(Ok(false), |text| {
                    let report = reading.report.get_or_insert_default();
                    take(report, source.format, &text)
                        .map(|()| true)
                        .map_err(|flaw| ReportError::Format { path: source.path.clone(), flaw })
                })
            }) {
                Ok(true) => reading.taken.push(source.clone()),
                Ok(false) => {}
                Err(error) => reading.warnings.push(error.to_string()),
            }
        }
    }
    reading.report = reading.report.filter(|report| *report != Report::default());
    reading.warnings.extend(reading.report.as_ref().and_then(failed_cosimulation));
    reading
}

fn failed_cosimulation(report: &Report) -> Option<String> {
    let failed = report.cosimulation.as_ref()?.status == CosimStatus::Fail;
    failed.then(|| {
        "the co-simulation's report says Fail: the RTL does not compute what the C++ does; \
         do not trust this design before that is understood"
            .to_owned()
    })
}

/// Adds what `text` says to `report`.
///
/// # Errors
/// The text is not as its format wants it; the report is as it was.
pub(super) fn take(report: &mut Report, format: Format, text: &str) -> Result<(), Flaw> {
    match format {
        Format::CsynthXml => report.estimate = csynth_xml::parse(text)?,
        Format::CsynthRpt => report.estimate = csynth_rpt::parse(text)?,
        Format::Cosim => report.cosimulation = Some(cosim::parse(text)?),
        Format::RtlSimulation => report.rtl_simulation = Some(rtl_simulation::parse(text)?),
        Format::Circuit => {
            let Circuit { mapped, timing_estimate, placement, .. } = report.circuit.clone();
            let numbers = circuit_json::parse(text)?.numbers();
            report.circuit = Circuit { mapped, timing_estimate, placement, ..numbers };
        }
        Format::Mapping => report.circuit.mapped = Some(parse_record(text, "the record of a mapping")?),
        Format::Timing => {
            report.circuit.timing_estimate = Some(parse_record(text, "the record of a timing estimate")?);
        }
        Format::Placement => {
            report.circuit.placement = Some(parse_record(text, "the record of a placement")?);
        }
        Format::Utilization => report.logic_synthesis = Some(utilization::parse(text)?),
        Format::PlacedUtilization => report.implementation = Some(utilization::parse(text)?),
        Format::TimingSummary => {
            let timing = timing_summary::parse(text)?;
            report.logic_synthesis.get_or_insert_default().add_timing(timing);
        }
        Format::PlacedTimingSummary => {
            let timing = timing_summary::parse(text)?;
            report.implementation.get_or_insert_default().add_timing(timing);
        }
        Format::Power => {
            let power = power::parse(text)?;
            report.logic_synthesis.get_or_insert_default().power = Some(power);
        }
        Format::PlacedPower => {
            let power = power::parse(text)?;
            report.implementation.get_or_insert_default().power = Some(power);
        }
    }
    report.stand_in |= text.contains(STAND_IN_MARK);
    Ok(())
}
