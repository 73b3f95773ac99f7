//! From an error to the failure that is recorded.

use std::error::Error;

use crate::diagnosis::search::{Diagnosis, diagnose, of_chain};
use crate::process::log;
use crate::record::failure::{Cause, Failure, FailureKind};
use crate::sweep::error::JobError;

impl JobError {
    /// The class of this error.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Convert { .. } | Self::ProjectName { .. } | Self::UnknownSettings { .. } => {
                FailureKind::Convert
            }
            Self::Folder(_) | Self::Retain(_) | Self::Archive(_) => FailureKind::Output,
            Self::Tool(error) => error.kind(),
            Self::Interrupted => FailureKind::Interrupted,
            Self::Lost { .. } => FailureKind::Lost,
            Self::Preempted { .. } => FailureKind::Preempted,
            Self::Panic { .. } => FailureKind::Panic,
        }
    }

    fn diagnose(&self) -> Diagnosis {
        match self {
            Self::Convert { source, .. } => Diagnosis::without_lines(of_chain(source.as_ref(), Cause::Model)),
            Self::ProjectName { .. } => Diagnosis::without_lines(Cause::Model),
            Self::Folder(_) | Self::Retain(_) | Self::Archive(_) => {
                Diagnosis::without_lines(of_chain(self, Cause::OutputFolder))
            }
            Self::Tool(error) => diagnose(error),
            Self::Interrupted => Diagnosis::without_lines(Cause::Interrupted),
            Self::Lost { .. } => Diagnosis::without_lines(Cause::Lost),
            Self::Preempted { .. } => Diagnosis::without_lines(Cause::Preempted),
            Self::Panic { .. } | Self::UnknownSettings { .. } => Diagnosis::without_lines(Cause::Bug),
        }
    }
}

impl Failure {
    /// Records `error`, reading the end of the log that it names.
    #[must_use]
    pub fn record(error: &JobError) -> Self {
        let diagnosis = error.diagnose();
        let advice = diagnosis.advice().into_owned();
        let Diagnosis { cause, lines: evidence } = diagnosis;
        let (stage, log) = match error {
            JobError::Tool(error) => (error.stage(), error.logs().first()),
            _ => (None, None),
        };
        Self {
            cause,
            explanation: cause.explanation().to_owned(),
            advice,
            evidence,
            kind: error.kind(),
            message: sentence(error),
            stage,
            log_tail: log.map(|path| log::tail(path)).unwrap_or_default(),
            log: log.map(|path| path.to_string_lossy().into_owned()),
        }
    }
}

impl Failure {
    /// A failure that is known to have this cause, without any log.
    #[must_use]
    pub fn known(kind: FailureKind, cause: Cause, message: String) -> Self {
        let advice = Diagnosis::without_lines(cause).advice().into_owned();
        let explanation = cause.explanation().to_owned();
        Self { kind, cause, message, explanation, advice, ..Self::default() }
    }
}

/// An error and its causes as one sentence, without saying anything twice.
#[must_use]
pub fn sentence(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}
