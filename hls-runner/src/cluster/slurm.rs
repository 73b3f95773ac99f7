//! Slurm's commands: what is asked of them, and what they answer.

use std::process::Command;

use crate::cluster::error::ClusterError;

/// Slurm's default for the largest index of an array, plus one.
pub(super) const USUAL_ARRAY_SIZE: usize = 1001;

/// What Slurm knows of an element of an array, or of a job without elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    /// The array's or the job's number.
    pub(super) id: String,
    /// Its index in the array.
    pub(super) index: Option<usize>,
    /// `PENDING`, `RUNNING`, …
    pub(super) state: String,
    /// Why it is in this state.
    pub(super) reason: String,
    /// Where it runs.
    pub(super) nodes: String,
}

/// States after which nothing happens any more; see squeue(1).
const OVER: [&str; 10] = [
    "BOOT_FAIL",
    "CANCELLED",
    "COMPLETED",
    "DEADLINE",
    "FAILED",
    "NODE_FAIL",
    "OUT_OF_MEMORY",
    "PREEMPTED",
    "REVOKED",
    "TIMEOUT",
];

impl Element {
    /// Whether it may still do something.
    pub(super) fn is_alive(&self) -> bool {
        !OVER.contains(&self.state.as_str())
    }

    /// Whether it will wait for ever: Slurm could not start it again after a failure of its own.
    pub(super) fn is_stuck(&self) -> bool {
        self.state == "PENDING"
            && self.reason.to_lowercase().replace('_', " ").contains("launch failed requeued held")
    }
}

/// Runs a command and returns what it printed.
fn ask(program: &'static str, args: &[String]) -> Result<String, ClusterError> {
    let mut command = Command::new(program);
    // Inside a job of Slurm, what holds for that job must not hold for what it asks for.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("SLURM_") && text != "SLURM_CONF" {
            command.env_remove(&name);
        }
    }
    let output =
        command.args(args).output().map_err(|source| ClusterError::NoSlurm { command: program, source })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let message = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
    let message = if message.is_empty() { output.status.to_string() } else { message };
    Err(ClusterError::Slurm { command: format!("{program} {}", args.join(" ")), message })
}

/// How many elements an array may have.
pub(super) fn longest_array() -> Result<usize, ClusterError> {
    Ok(array_size(&ask("scontrol", &["show".into(), "config".into()])?).unwrap_or(USUAL_ARRAY_SIZE))
}

fn array_size(config: &str) -> Option<usize> {
    let line = config.lines().find(|line| line.trim_start().starts_with("MaxArraySize"))?;
    line.split_once('=')?.1.trim().parse().ok()
}

/// Whether Slurm counts a licence of this name.
pub(super) fn knows_licence(name: &str) -> bool {
    let known = ask("scontrol", &["show".into(), "licenses".into()]).unwrap_or_default();
    known.split_whitespace().any(|word| word.strip_prefix("LicenseName=") == Some(name))
}

/// Submits a job and returns its number.
pub(super) fn submit(args: &[String]) -> Result<String, ClusterError> {
    let said = ask("sbatch", args)?;
    // With several clusters, the cluster's name follows the number.
    let number = said.lines().last().unwrap_or_default().trim().split(';').next().unwrap_or_default();
    Ok(number.to_owned())
}

/// All jobs with these names that Slurm still remembers, each element of an array by itself.
pub(super) fn look(names: &[String]) -> Result<Vec<Element>, ClusterError> {
    let args = ["-h", "-r", "-t", "all", "-o", "%F|%K|%T|%N|%r", "-n", &names.join(",")].map(str::to_owned);
    Ok(ask("squeue", &args)?.lines().filter_map(element).collect())
}

fn element(line: &str) -> Option<Element> {
    let mut fields = line.trim().splitn(5, '|').map(str::to_owned);
    let mut next = || fields.next();
    let (id, index, state, nodes, reason) = (next()?, next()?, next()?, next()?, next()?);
    Some(Element { id, index: index.parse().ok(), state, reason, nodes })
}

/// Ends all jobs with these names, whether they wait or run.
pub(super) fn cancel_named(names: &[String]) -> Result<(), ClusterError> {
    for name in names {
        ask("scancel", &["--name".into(), name.clone()])?;
    }
    Ok(())
}

/// Ends one element.
pub(super) fn cancel_element(element: &Element) -> Result<(), ClusterError> {
    let number = element.index.map_or_else(|| element.id.clone(), |index| format!("{}_{index}", element.id));
    ask("scancel", &[number]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_squeue_says() {
        let found = element("17|3|PENDING||Licenses").unwrap();
        assert_eq!((found.id.as_str(), found.index, found.reason.as_str()), ("17", Some(3), "Licenses"));
        assert!(found.is_alive() && !found.is_stuck());
        let alone = element("18|N/A|RUNNING|n1|None").unwrap();
        assert_eq!((alone.index, alone.nodes.as_str()), (None, "n1"));
        assert!(!element("17|3|TIMEOUT|n2|TimeLimit").unwrap().is_alive());
        assert!(element("17|3|PENDING||launch failed requeued held").unwrap().is_stuck());
        assert!(element("17|3|PENDING||launch_failed_requeued_held").unwrap().is_stuck());
        assert_eq!(element("slurm_load_jobs error"), None);
    }

    #[test]
    fn what_scontrol_says() {
        assert_eq!(
            array_size("MailProg                = /bin/mail\nMaxArraySize            = 101\n"),
            Some(101)
        );
        assert_eq!(array_size(""), None);
    }
}
