//! Slurm: what is asked of its commands, and what they answer.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cluster::engine::script::quoted;
use crate::cluster::engine::{
    Element, End, Engine, Look, Parts, Sight, State, Submission, Submitted, USUAL_ARRAY, Which, Work,
};
use crate::cluster::error::ClusterError;

/// How long before its time limit a part is told to end, in seconds.
const WARNING: u64 = 60;
/// So much of the end of a log is looked at, in bytes.
const LOG_END: u64 = 64 << 10;

/// Slurm, by its commands.
#[derive(Debug)]
pub(super) struct Slurm;

impl Engine for Slurm {
    fn title(&self) -> &'static str {
        "Slurm"
    }

    fn longest_array(&self) -> Result<usize, ClusterError> {
        Ok(array_size(&ask("scontrol", &["show".into(), "config".into()])?).unwrap_or(USUAL_ARRAY))
    }

    fn index(&self) -> String {
        "\"$SLURM_ARRAY_TASK_ID\"".to_owned()
    }

    fn own_id(&self) -> Option<String> {
        std::env::var("SLURM_ARRAY_JOB_ID").or_else(|_| std::env::var("SLURM_JOB_ID")).ok()
    }

    fn has_dependencies(&self) -> bool {
        true
    }

    fn node(&self) -> Option<String> {
        std::env::var("SLURMD_NODENAME").ok().filter(|node| !node.is_empty())
    }

    fn largest_memory(&self, options: &[String], but: &[String]) -> Option<u64> {
        let mut args = ["-h", "-N", "-o", "%N %m"].map(str::to_owned).to_vec();
        args.extend(
            value_of(options, "--partition", "-p").map(|partition| format!("--partition={partition}")),
        );
        largest(&ask("sinfo", &args).ok()?, but)
    }

    fn longest_time(&self, options: &[String]) -> Option<u64> {
        let partition = value_of(options, "--partition", "-p");
        longest(&ask("sinfo", &["-h", "-o", "%P %l"].map(str::to_owned)).ok()?, partition.as_deref())
    }

    fn log(&self, logs: &Path, array: usize, index: usize) -> Option<PathBuf> {
        Some(logs.join(format!("{array}-{index}.out")))
    }

    fn says_out_of_memory(&self, logs: &Path, array: usize, index: usize) -> bool {
        let file = self.log(logs, array, index).and_then(|path| File::open(path).ok());
        let Some(mut file) = file else { return false };
        let from = file.metadata().map_or(0, |found| found.len().saturating_sub(LOG_END));
        let mut end = Vec::new();
        let read = file.seek(SeekFrom::Start(from)).and_then(|_| file.read_to_end(&mut end));
        read.is_ok() && is_of_memory(&String::from_utf8_lossy(&end))
    }

    fn submit(&self, submission: &Submission) -> Result<String, ClusterError> {
        let said = ask("sbatch", &args(submission))?;
        // With several clusters, the cluster's name follows the number.
        let number = said.lines().last().unwrap_or_default().trim().split(';').next().unwrap_or_default();
        Ok(number.to_owned())
    }

    fn show(&self, submission: &Submission) -> String {
        let args: Vec<String> = args(submission).iter().map(|arg| quoted(arg)).collect();
        let script: String = submission.script.lines().map(|line| format!("    {line}\n")).collect();
        format!("sbatch {}\n{script}", args.join(" "))
    }

    fn look(&self, asked: &[Submitted]) -> Result<Look, ClusterError> {
        let names: Vec<&str> = asked.iter().map(|jobs| jobs.name.as_str()).collect();
        let args = ["-h", "-r", "-t", "all", "-o", "%F|%K|%T|%r", "-n", &names.join(",")].map(str::to_owned);
        let elements = ask("squeue", &args)?.lines().filter_map(element).collect();
        Ok(Look { elements, sight: Sight::Clear })
    }

    fn cancel(&self, asked: &[Submitted]) -> Result<(), ClusterError> {
        for jobs in asked {
            ask("scancel", &["--name".into(), jobs.name.clone()])?;
        }
        Ok(())
    }

    fn cancel_element(&self, element: &Element) -> Result<(), ClusterError> {
        ask("scancel", &[element.label()]).map(drop)
    }

    fn cancel_by_hand(&self, name: &str) -> String {
        format!("scancel --name {name}")
    }
}

/// The arguments of sbatch.
fn args(submission: &Submission) -> Vec<String> {
    let Submission { name, folder, path, logs, options, work, .. } = submission;
    let common = |log: &str| {
        vec![
            "--parsable".to_owned(),
            format!("--job-name={name}"),
            format!("--chdir={}", folder.display()),
            format!("--output={}/{log}", literal(logs)),
        ]
    };
    let again = ["--requeue", "--open-mode=append"].map(str::to_owned);
    let mut args;
    match work {
        Work::Parts(parts) => {
            args = common(&format!("{}-%a.out", parts.number));
            args.extend(of_parts(parts, again));
            args.extend(options.iter().cloned());
            if !parts.but.is_empty() {
                // Of several, the last one counts.
                let asked = value_of(options, "--exclude", "-x").into_iter();
                let all: Vec<String> = asked.chain(parts.but.iter().cloned()).collect();
                args.push(format!("--exclude={}", all.join(",")));
            }
        }
        // What belongs to a collector comes last, because the last option counts.
        Work::Collect { after } => {
            args = options.clone();
            args.extend(common("collect-%j.out"));
            args.extend(["--cpus-per-task=1", "--mem=1024M"].map(str::to_owned));
            args.extend(again);
            if !after.is_empty() {
                args.push(format!("--dependency=afterany:{}", after.join(":")));
            }
        }
    }
    args.push(path.to_string_lossy().into_owned());
    args
}

fn of_parts(parts: &Parts, again: [String; 2]) -> Vec<String> {
    let throttle = parts.most.map(|most| format!("%{most}")).unwrap_or_default();
    let mut args = vec![
        format!("--array=0-{}{throttle}", parts.count.saturating_sub(1)),
        format!("--cpus-per-task={}", parts.cores),
        format!("--mem={}M", parts.memory),
    ];
    args.extend(again);
    args.push(format!("--signal=B:TERM@{WARNING}"));
    args.extend(parts.time.map(|minutes| format!("--time={minutes}")));
    let known = parts.licences.iter().filter(|(name, _)| knows_licence(name));
    let licences: Vec<String> = known.map(|(name, count)| format!("{name}:{count}")).collect();
    if !licences.is_empty() {
        args.push(format!("--licenses={}", licences.join(",")));
    }
    args
}

/// The value of the last of a user's options that has one of these names, however it is spelled in one word.
fn value_of(options: &[String], long: &str, short: &str) -> Option<String> {
    let value = |option: &String| {
        let option = option.trim();
        let rest = option.strip_prefix(long).and_then(|rest| rest.strip_prefix(['=', ' ']));
        let rest = rest.or_else(|| option.strip_prefix(short).filter(|_| !option.starts_with("--")))?;
        let rest = rest.trim_start_matches(['=', ' ']).trim();
        (!rest.is_empty()).then(|| rest.to_owned())
    };
    options.iter().rev().find_map(value)
}

/// The most memory of the nodes in sinfo's list.
fn largest(list: &str, but: &[String]) -> Option<u64> {
    let node = |line: &str| {
        let (name, memory) = line.trim().split_once(' ')?;
        let memory = memory.trim().trim_end_matches('+').parse().ok()?;
        (!but.iter().any(|node| node == name)).then_some(memory)
    };
    list.lines().filter_map(node).max()
}

/// The time limit of a partition in sinfo's list, or of the one with an asterisk, which is the default; of several, separated by commas, the shortest.
fn longest(list: &str, partition: Option<&str>) -> Option<u64> {
    let of_line = |line: &str| {
        let (name, time) = line.trim().split_once(' ')?;
        let is_asked = match partition {
            Some(asked) => asked.split(',').any(|asked| asked == name.trim_end_matches('*')),
            None => name.ends_with('*'),
        };
        is_asked.then(|| minutes(time.trim())).flatten()
    };
    list.lines().filter_map(of_line).min()
}

/// `MINUTES:SECONDS`, `HOURS:MINUTES:SECONDS` or `DAYS-HOURS:MINUTES:SECONDS`; `None` for `infinite`.
fn minutes(time: &str) -> Option<u64> {
    let (days, rest) = time.split_once('-').unwrap_or(("0", time));
    let numbers: Vec<u64> = rest.split(':').map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let (hours, minutes) = match numbers[..] {
        [minutes, _] => (0, minutes),
        [hours, minutes, _] => (hours, minutes),
        _ => return None,
    };
    Some((days.parse::<u64>().ok()? * 24 + hours) * 60 + minutes)
}

/// Whether slurmstepd says in a log that a job was ended for its memory: where no control group does it, the state is that of any other killed job.
fn is_of_memory(log: &str) -> bool {
    let line = |line: &str| {
        let line = line.to_lowercase();
        let says = |words: &[&str]| words.iter().all(|word| line.contains(word));
        line.contains("slurmstepd")
            && (says(&["exceeded", "memory limit"]) || line.contains("oom-kill") || line.contains("oom_kill"))
    };
    log.lines().any(line)
}

/// A folder in a name of a file that sbatch fills in: a percent sign of its own is no placeholder.
fn literal(folder: &Path) -> String {
    folder.display().to_string().replace('%', "%%")
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

fn state(word: &str, reason: &str) -> State {
    let held = || reason.to_lowercase().replace('_', " ").contains("launch failed requeued held");
    match word {
        "PENDING" if held() => State::Stuck(reason.to_owned()),
        "PENDING" => State::Waiting(reason.to_owned()),
        "OUT_OF_MEMORY" => State::Ended(End::OutOfMemory),
        "TIMEOUT" => State::Ended(End::OutOfTime),
        over if OVER.contains(&over) => State::Ended(End::Otherwise),
        _ => State::Running,
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
    let output = command
        .args(args)
        .output()
        .map_err(|source| ClusterError::NoCommand { command: program.to_owned(), source })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let message = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
    let message = if message.is_empty() { output.status.to_string() } else { message };
    Err(ClusterError::Refused { command: format!("{program} {}", args.join(" ")), message })
}

fn array_size(config: &str) -> Option<usize> {
    let line = config.lines().find(|line| line.trim_start().starts_with("MaxArraySize"))?;
    line.split_once('=')?.1.trim().parse().ok()
}

/// Whether Slurm counts a licence of this name.
fn knows_licence(name: &str) -> bool {
    let known = ask("scontrol", &["show".into(), "licenses".into()]).unwrap_or_default();
    known.split_whitespace().any(|word| word.strip_prefix("LicenseName=") == Some(name))
}

fn element(line: &str) -> Option<Element> {
    let mut fields = line.trim().splitn(4, '|');
    let (id, index, word, reason) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let which = index.parse().map_or(Which::Job, Which::Element);
    Some(Element { id: id.to_owned(), which, state: state(word, reason) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_squeue_says() {
        let found = element("17|3|PENDING|Licenses").unwrap();
        assert_eq!((found.id.as_str(), found.index()), ("17", Some(3)));
        assert_eq!(found.state, State::Waiting("Licenses".into()));
        assert!(found.is_alive() && !found.is_stuck());
        assert_eq!(element("18|N/A|RUNNING|None").unwrap().which, Which::Job);
        assert_eq!(element("17|3|TIMEOUT|TimeLimit").unwrap().state, State::Ended(End::OutOfTime));
        assert_eq!(element("17|3|OUT_OF_MEMORY|None").unwrap().state, State::Ended(End::OutOfMemory));
        assert!(!element("17|3|NODE_FAIL|None").unwrap().is_alive());
        assert!(element("17|3|COMPLETING|None").unwrap().is_alive());
        assert!(element("17|3|PENDING|launch failed requeued held").unwrap().is_stuck());
        assert!(element("17|3|PENDING|launch_failed_requeued_held").unwrap().is_stuck());
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

    #[test]
    fn what_sinfo_says() {
        let list = "n1 16000\nn2 32000+\nn3 x\n";
        assert_eq!(largest(list, &[]), Some(32000));
        assert_eq!(largest(list, &["n2".into()]), Some(16000));
        assert_eq!(largest("", &[]), None);
        let list = "main* 30:00\nlong 2-12:30:00\nany infinite\n";
        assert_eq!(longest(list, None), Some(30));
        assert_eq!(longest(list, Some("long")), Some(3630));
        assert_eq!(longest(list, Some("long,main")), Some(30));
        assert_eq!(longest(list, Some("any")), None);
        assert_eq!(longest("main* 4:00:00\n", None), Some(240));
    }

    #[test]
    fn what_users_ask_for() {
        let options = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        for (words, expected) in [
            (&["--partition=long"][..], Some("long")),
            (&["-p long"], Some("long")),
            (&["-plong", "--exclude=n1"], Some("long")),
            (&["--partition=short", "--partition long"], Some("long")),
            (&["--parsable", "--partitions=x"], None),
            (&[], None),
        ] {
            assert_eq!(value_of(&options(words), "--partition", "-p").as_deref(), expected, "{words:?}");
        }
    }

    #[test]
    fn what_slurmstepd_says() {
        for (line, expected) in [
            ("slurmstepd-n1: error: Job 7 exceeded memory limit (301 > 200), being killed", true),
            ("slurmstepd: error: Exceeded job memory limit", true),
            (
                "slurmstepd: error: Detected 1 oom_kill event in StepId=7.batch. Some of the step tasks have been OOM Killed.",
                true,
            ),
            ("slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-01-01T00:00:00 ***", false),
            ("ERROR: the design exceeded the memory limit", false),
        ] {
            assert_eq!(is_of_memory(&format!("first\n{line}\n")), expected, "{line}");
        }
    }

    #[test]
    fn a_percent_sign_is_no_placeholder() {
        assert_eq!(literal(Path::new("/a/100%/j")), "/a/100%%/j");
    }
}
