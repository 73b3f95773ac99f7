//! Who is told what a job's tools do.

use crate::record::job::StageRecord;
use crate::record::process::CommandRecord;
use crate::record::stage::Stage;

/// Is told what happens while a job's tools run, on the thread that runs them.
pub trait Listener {
    /// A tool began a stage.
    fn stage_started(&self, stage: Stage);

    /// A stage ended, well or not.
    fn stage_finished(&self, record: StageRecord);

    /// A process ended.
    fn command_finished(&self, record: CommandRecord);

    /// The running process and its children use so many bytes of memory now.
    fn memory(&self, bytes: u64);
}
