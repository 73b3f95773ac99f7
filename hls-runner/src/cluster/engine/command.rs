//! Any batch system, by commands that the user gives: one submits a script, one lists what lives, one cancels.
//!
//! Little is asked of these commands, and little is believed: a job that is missing from the list may be over, unknown or not there yet. What the parts noted
//! decides ([`census`](crate::cluster::census)).

use std::process::{Command as Process, Output};

use crate::cluster::engine::template::Template;
use crate::cluster::engine::{
    Element, Engine, Look, Sight, State, Submission, Submitted, USUAL_ARRAY, Which, Work,
};
use crate::cluster::error::ClusterError;
use crate::cluster::files::Commands;

/// What a template may hold, and what it must.
struct Kind {
    /// The option that gives it.
    option: &'static str,
    must: &'static [&'static str],
    may: &'static [&'static str],
}

const SUBMIT: Kind = Kind {
    option: "--submit-command",
    must: &["script"],
    may: &[
        "name",
        "count",
        "first",
        "last",
        "most",
        "cores",
        "memory",
        "memory_per_core",
        "minutes",
        "seconds",
        "logs",
        "folder",
        "options",
        "exclude",
    ],
};
const COLLECT: Kind = Kind {
    option: "--collect-command",
    must: &["script", "after"],
    may: &["name", "logs", "folder", "options"],
};
const LIST: Kind = Kind { option: "--list-command", must: &[], may: &["name", "id"] };
const EXCLUDE: &str = "--exclude-nodes";
const CANCEL: Kind = Kind { option: "--cancel-command", must: &["id"], may: &["name"] };

/// A batch system, by commands of a user.
#[derive(Debug)]
pub(super) struct Command {
    commands: Commands,
}

impl Command {
    /// Checks the templates.
    pub(super) fn new(commands: Option<&Commands>) -> Result<Self, ClusterError> {
        let commands = commands.cloned().unwrap_or_default();
        let variable = &commands.index_variable;
        let is_variable =
            |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if let Some(wrong) = commands.node_variable.as_ref().filter(|name| !is_variable(name)) {
            let message = format!("{wrong:?} is no name of an environment variable, such as BATCH_NODE");
            return Err(template("--node-variable", message));
        }
        if !is_variable(variable) {
            return Err(template(
                "--index-variable",
                "name the environment variable that holds an element's index, such as PBS_ARRAY_INDEX"
                    .to_owned(),
            ));
        }
        check(&SUBMIT, &commands.submit)?;
        check(&LIST, &commands.list)?;
        check(&CANCEL, &commands.cancel)?;
        if let Some(collect) = &commands.collect {
            check(&COLLECT, collect)?;
        }
        let submit = Template::new(&commands.submit);
        match &commands.exclude {
            None if submit.has("exclude") => {
                let message = "it says what stands for {exclude} in --submit-command, with {nodes} in it, such as '--exclude={nodes}'";
                return Err(template(EXCLUDE, message.to_owned()));
            }
            Some(text) if Template::list(text).is_none() => {
                let message =
                    "{nodes} is missing in it, or {nodes:TEXT} with a text that stands between two nodes";
                return Err(template(EXCLUDE, format!("{message}: {text:?}")));
            }
            Some(_) if !submit.has("exclude") => {
                let message = "it has no {exclude}, where --exclude-nodes is to stand".to_owned();
                return Err(template(SUBMIT.option, message));
            }
            _ => {}
        }
        if !submit.has("last") && !submit.has("count") {
            return Err(template(
                SUBMIT.option,
                "it must say how many elements the array has, with {count} or with {first} and {last}"
                    .to_owned(),
            ));
        }
        Ok(Self { commands })
    }

    /// The command that submits.
    fn line(&self, submission: &Submission) -> Result<String, ClusterError> {
        let Submission { name, folder, path, logs, options, work, .. } = submission;
        let mut values = vec![
            ("script", path.to_string_lossy().into_owned()),
            ("folder", folder.to_string_lossy().into_owned()),
            ("logs", logs.to_string_lossy().into_owned()),
        ];
        let (kind, text) = match work {
            Work::Parts(parts) => {
                let first = self.commands.first_index as usize;
                values.extend([
                    ("name", name.clone()),
                    ("count", parts.count.to_string()),
                    ("first", first.to_string()),
                    ("last", (first + parts.count.saturating_sub(1)).to_string()),
                    ("most", parts.most.unwrap_or(parts.count).min(parts.count).to_string()),
                    ("cores", parts.cores.to_string()),
                    ("memory", parts.memory.to_string()),
                    ("memory_per_core", parts.memory.div_ceil(parts.cores.max(1) as u64).to_string()),
                ]);
                values.extend(parts.time.map(|minutes| ("minutes", minutes.to_string())));
                values.extend(parts.time.map(|minutes| ("seconds", (minutes * 60).to_string())));
                (SUBMIT, &self.commands.submit)
            }
            // A batch system without arrays of one element would not know what to do with fewer.
            Work::Collect { after } if after.is_empty() => {
                let one =
                    [("count", 1), ("most", 1), ("cores", 1), ("memory", 1024), ("memory_per_core", 1024)];
                values.extend(one.map(|(name, value)| (name, value.to_string())));
                let first = self.commands.first_index;
                values.extend([("first", first.to_string()), ("last", first.to_string())]);
                values.extend([("minutes", "60".to_owned()), ("seconds", "3600".to_owned())]);
                values.push(("name", name.clone()));
                (SUBMIT, &self.commands.submit)
            }
            Work::Collect { after } => {
                values.extend([("name", collector(name)), ("after", after.join(":"))]);
                (COLLECT, self.commands.collect.as_ref().unwrap_or(&self.commands.submit))
            }
        };
        let found = Template::new(text);
        // These are words of a shell already.
        let is_text = |name: &str| ["options", "exclude"].contains(&name);
        if let Some(missing) =
            found.names().find(|name| !is_text(name) && !values.iter().any(|(known, _)| known == name))
        {
            return Err(template(kind.option, format!("{{{missing}}} needs --time")));
        }
        if !options.is_empty() && matches!(work, Work::Parts(_)) && !found.has("options") {
            return Err(template(
                kind.option,
                "it has no {options} for what --engine-option gives".to_owned(),
            ));
        }
        let words: Vec<String> = options.iter().map(|option| super::script::quoted(option)).collect();
        let nodes = match work {
            Work::Parts(parts) => parts.but.as_slice(),
            Work::Collect { .. } => &[],
        };
        let exclude = Template::with_nodes(self.commands.exclude.as_deref().unwrap_or_default(), nodes);
        Ok(found.filled(&values).replace("{options}", &words.join(" ")).replace("{exclude}", &exclude))
    }

    /// The living jobs that the list shows, and whether it was complete.
    fn list(&self, asked: &Submitted, known: &mut Vec<Listed>) -> Result<bool, ClusterError> {
        let template = Template::new(&self.commands.list);
        let mut whole = true;
        let mut ask = |values: &[(&str, String)], is_named: bool, is_collector: bool| {
            let output = shell(&template.filled(values))?;
            whole &= output.status.success();
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let listed = text.lines().filter_map(|line| listed(line, self.commands.first_index));
            known.extend(listed.map(|found| Listed { is_named, is_collector, ..found }));
            Ok::<(), ClusterError>(())
        };
        if template.has("name") {
            ask(&[("name", asked.name.clone())], true, false)?;
            if self.has_dependencies() {
                ask(&[("name", collector(&asked.name))], true, true)?;
            }
        } else if template.has("id") {
            for id in asked.ids.arrays.iter().chain(&asked.ids.collector).filter(|id| !id.is_empty()) {
                ask(&[("id", id.clone())], false, asked.ids.collector.as_ref() == Some(id))?;
            }
        } else {
            ask(&[], false, false)?;
        }
        Ok(whole)
    }
}

/// A line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Listed {
    id: String,
    index: Option<usize>,
    /// It was asked for by its name.
    is_named: bool,
    is_collector: bool,
}

impl Engine for Command {
    fn title(&self) -> &'static str {
        "the batch system"
    }

    fn longest_array(&self) -> Result<usize, ClusterError> {
        Ok(self.commands.longest_array.map_or(USUAL_ARRAY, std::num::NonZeroUsize::get))
    }

    fn index(&self) -> String {
        format!("\"$(({} - {}))\"", self.commands.index_variable, self.commands.first_index)
    }

    fn own_id(&self) -> Option<String> {
        None
    }

    fn has_dependencies(&self) -> bool {
        self.commands.collect.is_some()
    }

    fn has_guards(&self) -> bool {
        !self.has_dependencies()
    }

    fn node(&self) -> Option<String> {
        let name = self.commands.node_variable.as_ref()?;
        std::env::var(name).ok().filter(|node| !node.is_empty())
    }

    fn leaves_out_nodes(&self) -> bool {
        self.commands.exclude.is_some()
    }

    fn submit(&self, submission: &Submission) -> Result<String, ClusterError> {
        // With one array, one collector; with several, one after each: the last of them finds that all is done.
        let Work::Collect { after } = &submission.work else {
            return self.submit_line(&self.line(submission)?);
        };
        let mut ids = Vec::new();
        for id in after {
            let one = Submission { work: Work::Collect { after: vec![id.clone()] }, ..submission.clone() };
            ids.push(self.submit_line(&self.line(&one)?)?);
        }
        if after.is_empty() {
            ids.push(self.submit_line(&self.line(submission)?)?);
        }
        Ok(ids.pop().unwrap_or_default())
    }

    fn show(&self, submission: &Submission) -> String {
        let line = self.line(submission).unwrap_or_else(|error| format!("# {error}"));
        let script: String = submission.script.lines().map(|line| format!("    {line}\n")).collect();
        format!("{line}\n{script}")
    }

    fn check(&self, submission: &Submission) -> Result<(), ClusterError> {
        self.line(submission).map(drop)
    }

    fn look(&self, asked: &[Submitted]) -> Result<Look, ClusterError> {
        let mut elements = Vec::new();
        for jobs in asked {
            let mut listed = Vec::new();
            self.list(jobs, &mut listed)?;
            elements.extend(listed.into_iter().filter_map(|found| element(jobs, found)));
        }
        Ok(Look { elements, sight: Sight::Dim })
    }

    fn cancel(&self, asked: &[Submitted]) -> Result<(), ClusterError> {
        // Whatever has a name but no answer is found by it.
        let found = self.look(asked)?.elements.into_iter().map(|found| found.id);
        let known = asked.iter().flat_map(|jobs| jobs.ids.arrays.iter().chain(&jobs.ids.collector).cloned());
        let mut ids: Vec<String> = known.chain(found).filter(|id| !id.is_empty()).collect();
        ids.sort();
        ids.dedup();
        let template = Template::new(&self.commands.cancel);
        for id in ids {
            // What is over cannot be cancelled, and that is no mistake.
            shell(&template.filled(&[("id", id)]))?;
        }
        Ok(())
    }

    fn cancel_element(&self, _element: &Element) -> Result<(), ClusterError> {
        Ok(())
    }

    fn cancel_by_hand(&self, name: &str) -> String {
        format!("the batch system's command for the jobs {name}")
    }
}

impl Command {
    fn submit_line(&self, line: &str) -> Result<String, ClusterError> {
        let output = shell(line)?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = || {
            let all = format!("{text}\n{}", String::from_utf8_lossy(&output.stderr));
            let lines: Vec<&str> = all.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            lines.join("; ")
        };
        let refused = |message: String| ClusterError::Refused { command: line.to_owned(), message };
        if !output.status.success() {
            return Err(refused(format!("{} ({})", said(), output.status)));
        }
        let id = text.split_whitespace().last().unwrap_or_default().to_owned();
        let is_id = id.chars().any(|c| c.is_ascii_digit()) && !id.starts_with('-');
        match is_id {
            true => Ok(id),
            false => Err(refused(format!(
                "the last word that it prints must be the job's id, and it printed {:?}; a pipe into sed or awk can pick the id",
                said()
            ))),
        }
    }
}

/// The name of the job that takes a step: lists by name tell it from the parts.
fn collector(name: &str) -> String {
    format!("{name}-collect")
}

/// What the list says of our jobs: ids are compared without what follows the number, which differs between commands of the same system.
fn element(jobs: &Submitted, found: Listed) -> Option<Element> {
    let same = |id: &&String| !id.is_empty() && key(id) == key(&found.id);
    let array = jobs.ids.arrays.iter().find(same);
    let job = jobs.ids.collector.iter().find(same);
    let (id, which) = match (array, job) {
        (Some(id), _) => (id.clone(), found.index.map_or(Which::Array, Which::Element)),
        (None, Some(id)) => (id.clone(), Which::Job),
        (None, None) if found.is_named && found.is_collector => (found.id, Which::Job),
        (None, None) if found.is_named => (found.id, found.index.map_or(Which::Array, Which::Element)),
        // Of somebody else.
        (None, None) => return None,
    };
    Some(Element { id, which, state: State::Waiting("in the queue".to_owned()) })
}

/// `123[].server`, `123[4]`, `123.1-10:1` and `123` are all of 123.
fn key(id: &str) -> &str {
    let end = id.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(id.len());
    id.get(..end).unwrap_or(id)
}

/// A line of a list: the id, and the index if there is one, in brackets or as the second word.
fn listed(line: &str, first_index: u8) -> Option<Listed> {
    let mut words = line.split_whitespace();
    let id = words.next()?.to_owned();
    let in_brackets = id.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(index, _)| index);
    let index = in_brackets.or_else(|| words.next()).and_then(|index| index.parse::<usize>().ok());
    let index = index.and_then(|index| index.checked_sub(usize::from(first_index)));
    Some(Listed { id, index, is_named: false, is_collector: false })
}

fn check(kind: &Kind, text: &str) -> Result<(), ClusterError> {
    if text.trim().is_empty() {
        let example = "give it, or a file with all commands (--engine)";
        return Err(template(kind.option, format!("--executor command needs it: {example}")));
    }
    let found = Template::new(text);
    let known = || kind.must.iter().chain(kind.may);
    if let Some(unknown) = found.names().find(|name| !known().any(|known| known == name)) {
        let all: Vec<String> = known().map(|name| format!("{{{name}}}")).collect();
        return Err(template(
            kind.option,
            format!("there is no placeholder {{{unknown}}} in it; there are {}", all.join(", ")),
        ));
    }
    match kind.must.iter().find(|name| !found.has(name)) {
        Some(missing) => Err(template(kind.option, format!("{{{missing}}} is missing in {text:?}"))),
        None => Ok(()),
    }
}

fn template(option: &'static str, message: String) -> ClusterError {
    ClusterError::Template { option, message }
}

/// Runs a command of a shell, outside whatever job this process is in.
fn shell(line: &str) -> Result<Output, ClusterError> {
    let output = Process::new("/bin/sh").args(["-c", line]).output();
    let output =
        output.map_err(|source| ClusterError::NoCommand { command: "/bin/sh".to_owned(), source })?;
    match output.status.code() {
        Some(126 | 127) => {
            let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            Err(ClusterError::NoCommand { command: line.to_owned(), source: std::io::Error::other(message) })
        }
        _ => Ok(output),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands() -> Commands {
        Commands {
            submit: "qsub -J {first}-{last} {script}".into(),
            list: "qselect -N {name}".into(),
            cancel: "qdel {id}".into(),
            index_variable: "PBS_ARRAY_INDEX".into(),
            ..Commands::default()
        }
    }

    #[test]
    fn templates_are_checked_before_anything_is_written() {
        let says = |change: fn(&mut Commands)| {
            let mut commands = commands();
            change(&mut commands);
            Command::new(Some(&commands)).map(drop).map_err(|error| error.to_string())
        };
        assert_eq!(says(|_| {}), Ok(()));
        for (change, expected) in [
            (
                (|commands| commands.submit.clear()) as fn(&mut Commands),
                "--submit-command: --executor command needs it",
            ),
            (|commands| commands.submit = "qsub {script}".into(), "{count} or with {first} and {last}"),
            (|commands| commands.submit = "qsub -J 0-{last}".into(), "{script} is missing"),
            (|commands| commands.submit = "qsub {skript} {last}".into(), "no placeholder {skript}"),
            (|commands| commands.cancel = "qdel".into(), "--cancel-command: {id} is missing"),
            (
                |commands| commands.list = "qstat {last}".into(),
                "--list-command: there is no placeholder {last}",
            ),
            (
                |commands| commands.collect = Some("qsub {script}".into()),
                "--collect-command: {after} is missing",
            ),
            (
                |commands| commands.submit.push_str(" {exclude}"),
                "--exclude-nodes: it says what stands for {exclude}",
            ),
            (
                |commands| commands.exclude = Some("--not={nodes}".into()),
                "--submit-command: it has no {exclude}",
            ),
            (
                |commands| commands.exclude = Some("--not={node}".into()),
                "--exclude-nodes: {nodes} is missing",
            ),
            (
                |commands| commands.index_variable = "$X".into(),
                "--index-variable: name the environment variable",
            ),
        ] {
            let error = says(change).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn ids_are_recognised_however_they_are_written() {
        for (submitted, line, which) in [
            ("123[].pbs", "123[].pbs", Some(Which::Array)),
            ("123[].pbs", "123[4].pbs", Some(Which::Element(3))),
            ("123.1-10:1", "123 5", Some(Which::Element(4))),
            ("123", "123", Some(Which::Array)),
            ("123", "1234", None),
            ("123", "", None),
        ] {
            let ids = crate::cluster::files::Ids { arrays: vec![submitted.to_owned()], collector: None };
            let jobs = Submitted { name: "hls-0".into(), folder: "/".into(), ids };
            let found = listed(line, 1).and_then(|found| element(&jobs, found));
            assert_eq!(found.as_ref().map(|found| found.which), which, "{line}");
            assert!(found.is_none_or(|found| found.id == submitted));
        }
    }
}
