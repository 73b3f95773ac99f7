//! What the script's failure really is, where reports and logs tell more than its exit status; and what it does not notice.

use std::path::Path;

use hls_codegen::vitis::layout::{BEFORE_SYNTH, BEFORE_VSYNTH, IMPL_ROUTE, USER_TCL_FAILED};

use crate::diagnosis::search::line_with;
use crate::process::spec::Spec;
use crate::record::failure::{Cause, FailureKind};
use crate::record::process::Exit;
use crate::record::stage::{Stage, StageSet};
use crate::report::files::ReportFiles;
use crate::report::route_status::{self, RouteStatus};
use crate::toolchain::error::ToolError;
use crate::toolchain::project::ConvertedProject;
use crate::toolchain::run::logs;
use crate::toolchain::vitis::blocks;
use crate::toolchain::vitis::stages::{SYNTH, VSYNTH};

/// A user's own Tcl that failed.
#[derive(Debug, thiserror::Error)]
#[error("the user's own Tcl, {file}, failed: {reason}")]
struct UserTclFailed {
    file: &'static str,
    reason: String,
}

/// A design that the router did not get through with.
#[derive(Debug, thiserror::Error)]
#[error(
    "the design is not routed: {} of its {} nets have no complete wires (see {IMPL_ROUTE})",
    .0.routable.saturating_sub(.0.routed).max(.0.with_errors), .0.routable
)]
struct Unrouted(RouteStatus);

/// The error of a script that ended by itself, or a closer one: a block that the project must do without, or the user's own Tcl.
pub(super) fn closer(
    error: ToolError,
    project: &ConvertedProject,
    folder: &Path,
    stages: &StageSet,
) -> ToolError {
    let ToolError::Ended { exit: Exit::Status(_), logs, .. } = &error else { return error };
    let logs = logs.clone();
    let told = logs.first().and_then(|log| user_tcl(log));
    if let Some((stage, failed)) = told {
        let kind = FailureKind::ToolFailed;
        return ToolError::Wrong { stage, kind, cause: Cause::UserTcl, source: Box::new(failed), logs };
    }
    match blocks::require_none(project, folder, stages) {
        Err(used) => used,
        Ok(_) => error,
    }
}

/// What the log says of the user's own Tcl.
fn user_tcl(log: &Path) -> Option<(Stage, UserTclFailed)> {
    [(BEFORE_SYNTH, SYNTH.stage()), (BEFORE_VSYNTH, VSYNTH.stage())].into_iter().find_map(|(file, stage)| {
        let words = format!("{file} {USER_TCL_FAILED}");
        let line = line_with(log, &words)?;
        let (_, reason) = line.split_once(&words)?;
        let reason = reason.trim().to_owned();
        Some((stage, UserTclFailed { file, reason }))
    })
}

/// Vivado may end with status 0 although nets are left.
///
/// # Errors
/// The report says that some are. What cannot be read is not known to be wrong: the timing and utilization of such a design are in reports of their own.
pub(super) fn require_routed(folder: &Path, spec: &Spec) -> Result<(), ToolError> {
    let text = folder.text(Path::new(IMPL_ROUTE)).ok().flatten().unwrap_or_default();
    match route_status::parse(&text) {
        Ok(status) if !status.is_complete() => Err(ToolError::Wrong {
            stage: VSYNTH.stage(),
            kind: FailureKind::ToolFailed,
            cause: Cause::Unrouted,
            source: Box::new(Unrouted(status)),
            logs: logs(spec),
        }),
        Ok(_) | Err(_) => Ok(()),
    }
}
