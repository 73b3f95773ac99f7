//! HTCondor: a DAG for each round, with a node for each part, and a last node whose script takes the step on the access point.
//!
//! Parts are nodes of their own because DAGMan removes the rest of a cluster of jobs when one of them fails. Nothing asks the scheduler how things stand:
//! that is read from the event logs that DAGMan keeps beside the DAG.

mod events;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cluster::engine::script::quoted;
use crate::cluster::engine::{
    Element, End, Engine, Look, Parts, Sight, State, Submission, Submitted, Which, Work,
};
use crate::cluster::error::{ClusterError, at};
use crate::cluster::files::write;

const DAG: &str = "sweep.dag";
/// The event log of the nodes, beside the DAG.
const NODES_LOG: &str = "sweep.dag.nodes.log";
/// The event log of DAGMan itself.
const DAGMAN_LOG: &str = "sweep.dag.dagman.log";
/// A DAG may have many more nodes than an array has elements elsewhere.
const MOST_NODES: usize = 20_000;

/// HTCondor, by its commands and its logs.
#[derive(Debug)]
pub(super) struct HtCondor;

impl Engine for HtCondor {
    fn title(&self) -> &'static str {
        "HTCondor"
    }

    fn longest_array(&self) -> Result<usize, ClusterError> {
        Ok(MOST_NODES)
    }

    fn index(&self) -> String {
        "\"$1\"".to_owned()
    }

    fn own_id(&self) -> Option<String> {
        None
    }

    fn has_dependencies(&self) -> bool {
        true
    }

    fn node(&self) -> Option<String> {
        // A file that describes the slot: its names for itself may differ from the machine's own.
        machine(&fs::read_to_string(std::env::var_os("_CONDOR_MACHINE_AD")?).ok()?)
    }

    fn log(&self, logs: &Path, array: usize, index: usize) -> Option<PathBuf> {
        Some(logs.join(format!("{array}-{index}.err")))
    }

    fn submit(&self, submission: &Submission) -> Result<String, ClusterError> {
        for (path, text) in files(submission) {
            write(&path, text.as_bytes())?;
        }
        executable(&submission.path)?;
        let folder = folder(submission);
        match (&submission.work, dagman(folder)) {
            // Goes to the scheduler with the DAG.
            (Work::Parts(parts), _) => Ok(id(parts.number)),
            // It was submitted, and nobody wrote that down.
            (Work::Collect { after }, Some(dagman)) if !after.is_empty() => Ok(dagman.id),
            (Work::Collect { .. }, _) => {
                let said = ask("condor_submit_dag", &submit_args(submission), folder)?;
                let number = said.split("submitted to cluster ").nth(1).unwrap_or_default();
                let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
                Ok(if digits.is_empty() { submission.name.clone() } else { format!("{digits}.0") })
            }
        }
    }

    fn id_beforehand(&self, number: usize) -> String {
        id(number)
    }

    fn check(&self, submission: &Submission) -> Result<(), ClusterError> {
        let refuse = |option: &'static str, message: String| ClusterError::Template { option, message };
        let path = submission.path.to_string_lossy();
        if path.contains(|c: char| c.is_whitespace() || c == '"') {
            let message = format!(
                "HTCondor's DAGs cannot name files with spaces or quotation marks, as in {path}; choose another folder"
            );
            return Err(refuse("--output-dir", message));
        }
        let is_line = |option: &&String| option.contains('=') && !option.contains('\n');
        match submission.options.iter().find(|option| !is_line(option)) {
            Some(wrong) => Err(refuse(
                "--engine-option",
                format!("{wrong:?} is no line of a submit description, such as '+JobFlavour = \"workday\"'"),
            )),
            None => Ok(()),
        }
    }

    fn show(&self, submission: &Submission) -> String {
        let mut text = String::new();
        if matches!(submission.work, Work::Collect { .. }) {
            let args: Vec<String> = submit_args(submission).iter().map(|arg| quoted(arg)).collect();
            text = format!("condor_submit_dag {}\n", args.join(" "));
        }
        let script = (submission.path.clone(), submission.script.clone());
        for (path, content) in files(submission).into_iter().chain([script]) {
            let lines: String = content.lines().map(|line| format!("    {line}\n")).collect();
            text += &format!("{}\n{lines}", path.display());
        }
        text
    }

    fn look(&self, asked: &[Submitted]) -> Result<Look, ClusterError> {
        let mut elements = Vec::new();
        for jobs in asked {
            let Some(dagman) = dagman(&jobs.folder) else { continue };
            let dag_lives = !matches!(dagman.state, State::Ended(_));
            let known = events::jobs(&read(&jobs.folder.join(NODES_LOG)));
            for (array, index) in nodes(&jobs.folder) {
                let name = node(array, index);
                let found = known.iter().rev().find(|job| job.node.as_deref() == Some(&name));
                let state = match found.map(|job| &job.state) {
                    // DAGMan has ended without having seen the end of its job.
                    Some(State::Ended(end)) => State::Ended(*end),
                    _ if !dag_lives => State::Ended(End::Otherwise),
                    Some(state) => state.clone(),
                    None => State::Waiting("not submitted by DAGMan yet".to_owned()),
                };
                elements.push(Element { id: id(array), which: Which::Element(index), state });
            }
            elements.push(Element { id: dagman.id, which: Which::Job, state: dagman.state });
        }
        Ok(Look { elements, sight: Sight::Clear })
    }

    fn cancel(&self, asked: &[Submitted]) -> Result<(), ClusterError> {
        for dagman in asked.iter().filter_map(|jobs| dagman(&jobs.folder)) {
            if !matches!(dagman.state, State::Ended(_)) {
                // DAGMan removes its nodes.
                ask("condor_rm", &[dagman.id], Path::new("/"))?;
            }
        }
        Ok(())
    }

    fn cancel_element(&self, _element: &Element) -> Result<(), ClusterError> {
        Ok(())
    }

    fn cancel_by_hand(&self, name: &str) -> String {
        format!("condor_rm -constraint 'JobBatchName == \"{name}\"'")
    }
}

/// The name of an array, which HTCondor does not know as a whole.
fn id(array: usize) -> String {
    format!("part-{array}")
}

/// The name of a part in the DAG.
fn node(array: usize, index: usize) -> String {
    format!("part-{array}-{index}")
}

fn folder(submission: &Submission) -> &Path {
    submission.path.parent().unwrap_or(Path::new("."))
}

/// What is written for a submission, beside its script.
fn files(submission: &Submission) -> Vec<(PathBuf, String)> {
    let folder = folder(submission);
    match &submission.work {
        Work::Parts(parts) => {
            let description = folder.join(format!("{}.sub", id(parts.number)));
            let nodes = nodes_of(parts, &description);
            vec![
                (description, description_of(submission, parts)),
                (folder.join(format!("{}.dag", id(parts.number))), nodes),
            ]
        }
        Work::Collect { after } => {
            let description = folder.join("collect.sub");
            vec![
                (folder.join(DAG), dag(submission, after, &description)),
                (description, description_of(submission, &Parts::planner())),
            ]
        }
    }
}

/// The submit description file of a part, or of the job that plans.
fn description_of(submission: &Submission, parts: &Parts) -> String {
    let Submission { path, logs, options, work, .. } = submission;
    let output = match work {
        Work::Parts(parts) => format!("{}-$(index)", parts.number),
        Work::Collect { .. } => "collect".to_owned(),
    };
    let logs = logs.display();
    let mut lines = vec![
        "universe = vanilla".to_owned(),
        format!("executable = {}", path.display()),
        "arguments = $(index)".to_owned(),
        // All files are on a shared file system; what is left in the scratch folder is of no use.
        "transfer_executable = False".to_owned(),
        "should_transfer_files = IF_NEEDED".to_owned(),
        "transfer_output_files = \"\"".to_owned(),
        // Written once, at the end.
        format!("output = {logs}/{output}.out"),
        format!("error = {logs}/{output}.err"),
        format!("request_cpus = {}", parts.cores),
        format!("request_memory = {}", parts.memory),
    ];
    lines.extend(parts.time.map(|minutes| format!("allowed_job_duration = {}", minutes * 60)));
    if !parts.licences.is_empty() {
        let all: Vec<String> = parts.licences.iter().map(|(name, count)| format!("{name}:{count}")).collect();
        lines.push(format!("concurrency_limits = {}", all.join(",")));
    }
    // What was held for its memory or its time, or for any reason but a person's, is for the next round.
    lines.push(
        "periodic_remove = (JobStatus == 5) && (HoldReasonCode =!= 1) && ((time() - EnteredCurrentStatus) > 60)"
            .to_owned(),
    );
    lines.push("notification = never".to_owned());
    lines.extend(options.iter().cloned());
    if !parts.but.is_empty() {
        // After the user's lines, whose requirements stay.
        let is_other: Vec<String> =
            parts.but.iter().map(|node| format!("(TARGET.Machine =!= \"{node}\")")).collect();
        let mut asked = options.iter().filter_map(|option| option.split_once('='));
        let asked = asked.rfind(|(name, _)| name.trim().eq_ignore_ascii_case("requirements"));
        let asked = asked.map(|(_, value)| format!("({}) && ", value.trim())).unwrap_or_default();
        lines.push(format!("requirements = {asked}{}", is_other.join(" && ")));
    }
    lines.push("queue".to_owned());
    lines.join("\n") + "\n"
}

/// The nodes of an array.
fn nodes_of(parts: &Parts, description: &Path) -> String {
    let category = id(parts.number);
    let node = |index: usize| {
        let name = node(parts.number, index);
        let throttled = parts.most.map(|_| format!("CATEGORY {name} {category}\n")).unwrap_or_default();
        format!("JOB {name} {}\nVARS {name} index=\"{index}\"\n{throttled}", description.display())
    };
    let most = parts.most.map(|most| format!("MAXJOBS {category} {most}\n")).unwrap_or_default();
    (0..parts.count).map(node).collect::<String>() + &most
}

/// The DAG: the arrays, and the step that follows, however they end. The step is a script, because scripts run where DAGs can be submitted;
/// not in a login shell, which might hide the commands of HTCondor that DAGMan's environment leads to.
fn dag(submission: &Submission, after: &[String], description: &Path) -> String {
    let folder = folder(submission);
    let mut text = String::new();
    if after.is_empty() {
        text += &format!("JOB plan {}\nVARS plan index=\"0\"\n", description.display());
    }
    for array in after {
        text += &format!("INCLUDE {}\n", folder.join(format!("{array}.dag")).display());
    }
    text + &format!(
        "FINAL collect {} NOOP\nSCRIPT DEBUG {} ALL POST collect /bin/bash {}\n",
        description.display(),
        submission.logs.join("collect.out").display(),
        submission.path.display()
    )
}

fn submit_args(submission: &Submission) -> Vec<String> {
    // What an attempt left that was never submitted is overwritten.
    ["-f", "-batch-name", &submission.name, DAG].map(str::to_owned).to_vec()
}

/// The nodes that a round's files name.
fn nodes(folder: &Path) -> Vec<(usize, usize)> {
    let fragments = (0..).map(|array| fs::read_to_string(folder.join(format!("{}.dag", id(array)))));
    let texts: Vec<String> = fragments.map_while(Result::ok).collect();
    let count = |text: &String| text.lines().filter(|line| line.starts_with("JOB ")).count();
    texts
        .iter()
        .enumerate()
        .flat_map(|(array, text)| (0..count(text)).map(move |index| (array, index)))
        .collect()
}

/// DAGMan's own job, once it was submitted.
fn dagman(folder: &Path) -> Option<events::Job> {
    events::jobs(&read(&folder.join(DAGMAN_LOG))).pop()
}

/// A log, or nothing where there is none.
fn read(path: &Path) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// The name of the machine in the description of a slot.
fn machine(description: &str) -> Option<String> {
    let mut lines = description.lines().filter_map(|line| line.split_once('='));
    let (_, name) = lines.find(|(key, _)| key.trim().eq_ignore_ascii_case("Machine"))?;
    Some(name.trim().trim_matches('"').to_owned()).filter(|name| !name.is_empty())
}

/// Scripts are started by their name on nodes.
fn executable(path: &Path) -> Result<(), ClusterError> {
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(path, permissions).map_err(at(path))
}

fn ask(program: &'static str, args: &[String], folder: &Path) -> Result<String, ClusterError> {
    let output = Command::new(program).args(args).current_dir(folder).output();
    let output = output.map_err(|source| ClusterError::NoCommand { command: program.to_owned(), source })?;
    let said =
        format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() {
        return Ok(said);
    }
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Err(ClusterError::Refused { command: format!("{program} {}", args.join(" ")), message: lines.join("; ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_called_as_their_slots_say() {
        let slot = "Name = \"slot1@n1.site\"\nMachineResources = \"Cpus Memory\"\nMachine = \"n1.site\"\n";
        assert_eq!(machine(slot).as_deref(), Some("n1.site"));
        assert_eq!(machine("Name = \"slot1@n1.site\"\n"), None);
    }
}
