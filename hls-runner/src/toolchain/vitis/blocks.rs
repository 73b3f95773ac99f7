//! Projects that must do without DSPs or block RAM: whether they do, by the reports of every stage.
//!
//! What C synthesis reports is an estimate of sizes, but no guess about DSPs and memories: it binds each operation and array itself, and its Verilog asks for
//! what it has bound. So a block there is as wrong as one that Vivado counts.

use std::path::Path;

use hls_codegen::vitis::layout::{IMPL_HIERARCHY, IMPL_UTILIZATION, SYNTH_HIERARCHY};

use crate::record::failure::{Cause, FailureKind};
use crate::record::stage::StageSet;
use crate::report::files::ReportFiles;
use crate::report::fit::Resource;
use crate::report::modules::{Module, of_csynth, of_csynth_summary, of_hierarchy, users};
use crate::report::numbers::{LogicSynthesis, Resources};
use crate::report::source::read;
use crate::toolchain::error::ToolError;
use crate::toolchain::project::ConvertedProject;
use crate::toolchain::stage::StageSpec;
use crate::toolchain::vitis::sources::report_sources;
use crate::toolchain::vitis::stages::{ReportPaths, SYNTH, VIVADO_REPORT, VSYNTH};

/// Modules that a message names.
const MOST_NAMED: usize = 5;

/// Blocks in a design that must do without.
#[derive(Debug, thiserror::Error)]
#[error("{who} {count} {}, and this project must do without{} (see {report})", name(*.resource), in_modules(.modules))]
struct Used {
    who: &'static str,
    count: u64,
    resource: Resource,
    modules: Vec<(String, u64)>,
    report: String,
}

/// Reads the modules of a report.
type ReadModules = fn(&str) -> Vec<Module>;

/// What one tool says, and where.
struct Said {
    stage: StageSpec,
    /// The beginning of a sentence.
    who: &'static str,
    /// For a sentence that says what is not known.
    when: &'static str,
    resources: Resources,
    report: String,
    /// Files that tell the modules, with how they are read; the first that has any counts.
    modules: Vec<(String, ReadModules)>,
}

/// Checks the reports of the stages that ran. Returns what could not be checked, as sentences.
///
/// # Errors
/// A block that the project must do without, with the modules that have it.
pub(super) fn require_none(
    project: &ConvertedProject,
    folder: &Path,
    stages: &StageSet,
) -> Result<Vec<String>, ToolError> {
    let mut unknown = Vec::new();
    let avoided = project.avoided;
    let kinds = [
        (avoided.dsp, Resource::Dsp, Cause::DspUsed),
        (avoided.bram, Resource::Bram18k, Cause::BramUsed),
        (avoided.bram, Resource::Uram, Cause::BramUsed),
    ];
    for said in said(project, folder, stages) {
        for (_, resource, cause) in kinds.iter().filter(|(is_avoided, ..)| *is_avoided) {
            match said.resources.of(*resource) {
                Some(0) => {}
                // Devices without it, and the reports about them, do not know it.
                None if *resource == Resource::Uram => {}
                None => unknown.push(format!(
                    "whether the design does without {} {} could not be checked: no report says it",
                    name(*resource),
                    said.when
                )),
                Some(count) => return Err(said.error(folder, *resource, count, *cause)),
            }
        }
    }
    Ok(unknown)
}

/// What the tools that ran say, in their order.
fn said(project: &ConvertedProject, folder: &Path, stages: &StageSet) -> Vec<Said> {
    let report = read(folder, &report_sources(&project.name), stages).report.unwrap_or_default();
    let ReportPaths { rpt, summary, .. } = ReportPaths::of(&project.name);
    let vivado = |counted: Option<&LogicSynthesis>| counted.map(|it| it.resources).unwrap_or_default();
    let mut said = Vec::new();
    if stages.contains(&SYNTH.stage()) {
        said.push(Said {
            stage: SYNTH,
            who: "C synthesis binds",
            when: "after C synthesis",
            resources: report.estimate.resources,
            report: summary.clone(),
            modules: vec![(summary, of_csynth_summary), (rpt, of_csynth)],
        });
    }
    if stages.contains(&VSYNTH.stage()) {
        said.push(Said {
            stage: VSYNTH,
            who: "Vivado counts after synthesis",
            when: "after Vivado's synthesis",
            resources: vivado(report.logic_synthesis.as_ref()),
            report: VIVADO_REPORT.to_owned(),
            modules: vec![(SYNTH_HIERARCHY.to_owned(), of_hierarchy)],
        });
        if project.vivado.place_and_route {
            said.push(Said {
                stage: VSYNTH,
                who: "Vivado counts after place and route",
                when: "after place and route",
                resources: vivado(report.implementation.as_ref()),
                report: IMPL_UTILIZATION.to_owned(),
                modules: vec![(IMPL_HIERARCHY.to_owned(), of_hierarchy)],
            });
        }
    }
    said
}

impl Said {
    fn error(self, folder: &Path, resource: Resource, count: u64, cause: Cause) -> ToolError {
        let modules = self.modules.iter().map(|(path, read)| {
            let text = folder.text(Path::new(path)).ok().flatten().unwrap_or_default();
            users(&read(&text), resource)
        });
        let modules = modules.into_iter().find(|users| !users.is_empty()).unwrap_or_default();
        let used = Used { who: self.who, count, resource, modules, report: self.report };
        ToolError::Wrong {
            stage: self.stage.stage(),
            kind: FailureKind::ForbiddenResource,
            cause,
            source: Box::new(used),
            // They would only tell why another stage was not reached.
            logs: Vec::new(),
        }
    }
}

fn name(resource: Resource) -> &'static str {
    match resource {
        Resource::Dsp => "DSPs",
        Resource::Bram18k => "block RAMs of 18 Kibit",
        Resource::Uram => "UltraRAMs",
        Resource::Lut => "LUTs",
        Resource::Ff => "flip-flops",
    }
}

/// `: 9 in dense_config2 and 3 in softmax_config5`.
fn in_modules(modules: &[(String, u64)]) -> String {
    let named = modules.iter().take(MOST_NAMED);
    let mut parts: Vec<String> = named.map(|(name, count)| format!("{count} in {name}")).collect();
    let rest = modules.len().saturating_sub(MOST_NAMED);
    if rest > 0 {
        let count: u64 = modules.iter().skip(MOST_NAMED).map(|(_, count)| count).sum();
        parts.push(format!("{count} in {rest} other modules"));
    }
    match parts.as_slice() {
        [] => ", but no report names the module".to_owned(),
        [only] => format!(": {only}"),
        [first @ .., last] => format!(": {} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_modules() {
        let many: Vec<(String, u64)> = (1..=7).map(|n| (format!("m{n}"), 10 - n)).collect();
        let cases = [
            (&many[..0], ", but no report names the module"),
            (&many[..1], ": 9 in m1"),
            (&many[..3], ": 9 in m1, 8 in m2 and 7 in m3"),
            (&many[..], ": 9 in m1, 8 in m2, 7 in m3, 6 in m4, 5 in m5 and 7 in 2 other modules"),
        ];
        for (modules, expected) in cases {
            assert_eq!(in_modules(modules), expected);
        }
    }
}
