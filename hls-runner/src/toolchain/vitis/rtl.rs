//! The stage `rtlsim`: the Verilog that synthesis wrote, simulated on the emulator's samples.

use std::path::{Path, PathBuf};

use crate::record::job::StageStatus;
use crate::record::stage::StageSet;
use crate::report::numbers::Report;
use crate::toolchain::error::ToolError;
use crate::toolchain::project::ConvertedProject;
use crate::toolchain::rtlsim::{self, Design, Pace};
use crate::toolchain::run::{Run, Toolchain, measured};
use crate::toolchain::vitis::find::Vitis;
use crate::toolchain::vitis::stages::{RTLSIM, RTLSIM_FOLDER, verilog};

impl Vitis {
    /// Runs the stage, after the script.
    pub(super) fn simulate_rtl(
        &self,
        project: &ConvertedProject,
        folder: &Path,
        stages: &StageSet,
        run: &Run<'_>,
    ) -> Result<(), ToolError> {
        let Some(simulators) = &self.simulators else { return Ok(()) };
        let stage = RTLSIM.stage();
        let report = self.read(&project.name, folder, stages).report;
        let design = Design {
            stage: &stage,
            top: &project.name,
            verilog: &folder.join(verilog(&project.name)),
            folder: &folder.join(RTLSIM_FOLDER),
            pace: report.as_deref().map(pace).unwrap_or_default(),
        };
        run.stage_started(stage.clone());
        let mut done = Vec::new();
        let reference = project.reference.as_deref();
        let result = rtlsim::simulate(&design, reference, simulators, self.threads, run, &mut done);
        let status = if result.is_ok() { StageStatus::Done } else { StageStatus::Failed };
        run.stage_finished(measured(stage.clone(), status, &done));
        result
    }
}

/// How fast the design should be, as C synthesis says.
fn pace(report: &Report) -> Pace {
    Pace { latency: report.estimate.latency_max_cycles, interval: report.estimate.interval_max_cycles }
}

/// What is kept of it.
pub(super) fn reports() -> impl Iterator<Item = PathBuf> {
    [rtlsim::RESULT, rtlsim::LOG].into_iter().map(|name| Path::new(RTLSIM_FOLDER).join(name))
}

/// What nobody needs of it in a project that is kept.
pub(super) fn disposable() -> Vec<PathBuf> {
    rtlsim::DISPOSABLE.iter().map(|name| Path::new(RTLSIM_FOLDER).join(name)).collect()
}

/// Where the simulation measured other cycles than C synthesis promises, as sentences.
pub(super) fn disagreements(report: &Report) -> Vec<String> {
    let Some(simulation) = report.rtl_simulation.as_ref().filter(|_| !report.stand_in) else {
        return Vec::new();
    };
    let estimate = &report.estimate;
    let rows = [
        ("latency", simulation.latency_cycles, estimate.latency_min_cycles, estimate.latency_max_cycles),
        ("interval", simulation.interval_cycles, estimate.interval_min_cycles, estimate.interval_max_cycles),
    ];
    let differs = rows.into_iter().filter_map(|(what, measured, least, most)| {
        let (measured, least, most) = (measured?, least?, most?);
        let promised = if least == most { format!("{most}") } else { format!("{least} to {most}") };
        (!(least..=most).contains(&measured)).then(|| {
            format!(
                "the RTL simulation measured {what} {measured} (cycles), where the report of C synthesis says {promised}; every output bit \
                 is compared all the same"
            )
        })
    });
    differs.collect()
}

#[cfg(test)]
mod tests {
    use crate::report::numbers::{Estimate, RtlSimulation, RtlSimulationStatus};

    use super::*;

    #[test]
    fn other_cycles_than_promised_are_a_warning() {
        let report = |latency, interval| Report {
            estimate: Estimate {
                latency_min_cycles: Some(7),
                latency_max_cycles: Some(8),
                interval_min_cycles: Some(1),
                interval_max_cycles: Some(1),
                ..Estimate::default()
            },
            rtl_simulation: Some(RtlSimulation {
                tool: String::new(),
                samples: 2,
                status: RtlSimulationStatus::Pass,
                latency_cycles: latency,
                interval_cycles: interval,
            }),
            ..Report::default()
        };
        for (latency, interval, said) in [
            (Some(8), Some(1), [].as_slice()),
            (Some(9), Some(1), &["latency 9 (cycles), where the report of C synthesis says 7 to 8"]),
            (
                Some(6),
                Some(2),
                &["latency 6 (cycles)", "interval 2 (cycles), where the report of C synthesis says 1;"],
            ),
            (None, None, &[]),
        ] {
            let found = disagreements(&report(latency, interval));
            assert_eq!(found.len(), said.len(), "{found:?}");
            assert!(found.iter().zip(said).all(|(found, said)| found.contains(said)), "{found:?}");
        }
        let stand_in = Report { stand_in: true, ..report(Some(9), Some(2)) };
        assert_eq!(disagreements(&stand_in), Vec::<String>::new(), "its numbers are made up");
        assert_eq!(disagreements(&Report::default()), Vec::<String>::new());
    }
}
