//! HTCondor's event logs: what DAGMan and the scheduler write of a DAG's nodes, in a file that everybody may read.

use std::collections::HashMap;

use crate::cluster::engine::{End, State};

/// What the log says of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    /// `CLUSTER.PROC`, without leading zeros.
    pub(super) id: String,
    /// The node of the DAG that it belongs to, where the log says so.
    pub(super) node: Option<String>,
    pub(super) state: State,
}

/// Why HTCondor holds a job that took more memory than it had asked for.
const HELD_FOR_MEMORY: &str = "34";
/// Why it holds a job that ran for longer than it was allowed to, altogether or in one go.
const HELD_FOR_TIME: [&str; 2] = ["46", "47"];

/// The jobs of a log, in the order in which they were submitted.
pub(super) fn jobs(log: &str) -> Vec<Job> {
    let mut jobs: Vec<Job> = Vec::new();
    let mut held: HashMap<String, End> = HashMap::new();
    // Events end with a line of three dots; the last one may not be whole yet.
    let mut events: Vec<&str> = log.split("\n...").collect();
    events.pop();
    for event in events {
        let Some((number, id, text)) = head(event) else { continue };
        if number == "000" {
            jobs.retain(|job| job.id != id);
            let state = State::Waiting("idle".to_owned());
            jobs.push(Job { id, node: after(event, "DAG Node:"), state });
            continue;
        }
        let Some(job) = jobs.iter_mut().find(|job| job.id == id) else { continue };
        match number {
            "001" => job.state = State::Running,
            // Evicted, or released.
            "004" | "013" => job.state = State::Waiting("idle".to_owned()),
            "005" | "009" => {
                job.state = State::Ended(held.get(&job.id).copied().unwrap_or(End::Otherwise));
            }
            "012" => {
                let code = after(event, "Code ").unwrap_or_default();
                let code = code.split_whitespace().next().unwrap_or_default();
                let end = match code {
                    HELD_FOR_MEMORY => End::OutOfMemory,
                    code if HELD_FOR_TIME.contains(&code) => End::OutOfTime,
                    _ => End::Otherwise,
                };
                held.insert(job.id.clone(), end);
                let reason = event.lines().nth(1).unwrap_or(text).trim();
                job.state = State::Waiting(format!("held: {reason}"));
            }
            _ => {}
        }
    }
    jobs
}

/// The number of an event, the job, and the rest of the line.
fn head(event: &str) -> Option<(&str, String, &str)> {
    let line = event.trim_start_matches('\n').lines().next()?;
    let (number, rest) = line.split_once(" (")?;
    let (id, text) = rest.split_once(')')?;
    let mut parts = id.split('.').map(|part| part.parse::<u64>().ok());
    let (cluster, process) = (parts.next()??, parts.next()??);
    Some((number, format!("{cluster}.{process}"), text))
}

/// What follows a mark, in the same line.
fn after(event: &str, mark: &str) -> Option<String> {
    let line = event.lines().skip(1).find(|line| line.trim_start().starts_with(mark))?;
    Some(line.trim_start().strip_prefix(mark)?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
000 (0101.000.000) 2026-11-27 14:00:00 Job submitted from host: <10.0.0.1:9618?addrs=10.0.0.1-9618>
    DAG Node: part-0-0
...
000 (102.000.000) 2026-11-27 14:00:01 Job submitted from host: <10.0.0.1:9618>
    DAG Node: part-0-1
...
001 (101.000.000) 2026-11-27 14:01:00 Job executing on host: <10.0.0.2:9618>
...
001 (102.000.000) 2026-11-27 14:01:00 Job executing on host: <10.0.0.2:9618>
...
006 (102.000.000) 2026-11-27 14:01:09 Image size of job updated: 12
\t8  -  MemoryUsage of job (MB)
...
005 (101.000.000) 2026-11-27 14:02:00 Job terminated.
\t(1) Normal termination (return value 0)
...
012 (102.000.000) 2026-11-27 14:03:00 Job was held.
\tError from slot1_2@n1: Job has gone over memory limit of 128 megabytes.
\tCode 34 Subcode 0
...
";

    #[test]
    fn a_log_tells_where_jobs_stand() {
        let all = jobs(LOG);
        let node = |index: usize| (all[index].id.as_str(), all[index].node.as_deref(), &all[index].state);
        assert_eq!(node(0), ("101.0", Some("part-0-0"), &State::Ended(End::Otherwise)));
        let reason = "held: Error from slot1_2@n1: Job has gone over memory limit of 128 megabytes.";
        assert_eq!(node(1), ("102.0", Some("part-0-1"), &State::Waiting(reason.to_owned())));
        let removed =
            format!("{LOG}009 (102.000.000) 2026-11-27 14:04:00 Job was aborted.\n\tvia condor_rm\n...\n");
        assert_eq!(jobs(&removed)[1].state, State::Ended(End::OutOfMemory));
        let half = format!("{LOG}009 (102.000.000) 2026-11-27 14:04:00 Job was abor");
        assert_eq!(jobs(&half), all);
        for strange in ["", "...", "\n...\n...", "000 (x.y) \n...\n", "012 (7.0.0) Job\n...\n"] {
            assert!(jobs(strange).is_empty(), "{strange:?}");
        }
    }
}
