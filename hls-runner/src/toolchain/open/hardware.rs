//! The stages `map` and `timing`: the circuit as cells of an FPGA, counted and timed.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::time::Instant;

use crate::record::failure::{Cause, FailureKind};
use crate::record::job::{StageRecord, StageStatus};
use crate::report::Mapping;
use crate::toolchain::error::ToolError;
use crate::toolchain::open::find::Open;
use crate::toolchain::open::flow::{Unreadable, circuit, run_stage, write_record, write_text, wrong};
use crate::toolchain::open::netlist::{self, Netlist};
use crate::toolchain::open::stages::{MAP, TIMING};
use crate::toolchain::open::yosys::Yosys;
use crate::toolchain::open::{places, resources, timing};
use crate::toolchain::project::ConvertedProject;
use crate::toolchain::run::Run;
use crate::toolchain::stage::StageSpec;

/// A netlist of a million cells has about as many bytes; more would not fit into memory.
const LARGEST_NETLIST: u64 = 2 << 30;

impl Open {
    /// Maps the circuit and counts its cells; returns what a person must know of the count.
    pub(super) fn map(
        &self,
        yosys: &Yosys,
        project: &ConvertedProject,
        folder: &Path,
        run: &Run<'_>,
    ) -> Result<Option<String>, ToolError> {
        run_stage(&MAP, &yosys.map(folder), project, folder, run)?;
        let text = text_of_netlist(&MAP, project, folder)?;
        let counted = resources::count(&parsed(&MAP, project, folder, &text)?);
        let mapping = Mapping {
            tool: "Yosys".to_owned(),
            version: yosys.release().to_owned(),
            family: "xc7".to_owned(),
            resources: counted.cells,
        };
        write_record(folder, places::MAPPING, &mapping)?;
        Ok(counted.warning())
    }

    /// Finds the longest path of the mapped circuit.
    pub(super) fn time(
        &self,
        project: &ConvertedProject,
        folder: &Path,
        run: &Run<'_>,
    ) -> Result<(), ToolError> {
        let begin = Instant::now();
        run.stage_started(TIMING.stage());
        let timed = write_timing(project, folder);
        let status = if timed.is_ok() { StageStatus::Done } else { StageStatus::Failed };
        let wall_seconds = Some(begin.elapsed().as_secs_f64());
        run.stage_finished(StageRecord { wall_seconds, ..StageRecord::new(TIMING.stage(), status) });
        timed
    }
}

fn write_timing(project: &ConvertedProject, folder: &Path) -> Result<(), ToolError> {
    let circuit = circuit(&TIMING, folder)?;
    let text = text_of_netlist(&TIMING, project, folder)?;
    let netlist = parsed(&TIMING, project, folder, &text)?;
    let path = timing::longest_path(&netlist)
        .map_err(|error| wrong(&TIMING, FailureKind::ToolFailed, Cause::Bug, error))?;
    let estimate = timing::estimate(&path);
    let report = timing::describe(&project.name, &path, &estimate, circuit.clock_period_ns);
    write_text(folder, places::TIMING_REPORT, &report)?;
    write_record(folder, places::TIMING, &estimate)
}

fn text_of_netlist(
    stage: &StageSpec,
    project: &ConvertedProject,
    folder: &Path,
) -> Result<String, ToolError> {
    let path = folder.join(places::netlist(&project.name));
    let unreadable = |why: String| unusable(stage, &path, why);
    let length = fs::metadata(&path).map_err(|error| unreadable(error.to_string()))?.len();
    if length > LARGEST_NETLIST {
        return Err(unreadable(format!("it has {length} bytes, and at most {LARGEST_NETLIST} are read")));
    }
    let mut text = String::new();
    let file = File::open(&path).map_err(|error| unreadable(error.to_string()))?;
    file.take(LARGEST_NETLIST).read_to_string(&mut text).map_err(|error| unreadable(error.to_string()))?;
    Ok(text)
}

fn parsed<'a>(
    stage: &StageSpec,
    project: &ConvertedProject,
    folder: &Path,
    text: &'a str,
) -> Result<Netlist<'a>, ToolError> {
    let path = folder.join(places::netlist(&project.name));
    netlist::parse(text, &project.name).map_err(|error| unusable(stage, &path, error.to_string()))
}

fn unusable(stage: &StageSpec, path: &Path, why: String) -> ToolError {
    let unreadable = Unreadable { path: path.to_owned(), why };
    wrong(stage, FailureKind::MissingReport, Cause::MissingReport, unreadable)
}
