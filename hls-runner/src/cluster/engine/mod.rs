//! What starts processes of this program elsewhere: the questions that a sweep asks of it, whatever it is.
//!
//! An engine decides nothing. It starts a script for each element of an array, and another after them; what became of them is known from what they leave in the output folder. What
//! an engine says of its jobs serves people who watch, and tells when a round that left something undone is over.

mod command;
mod htcondor;
mod kubernetes;
pub(super) mod script;
mod slurm;
pub mod table;
mod template;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cluster::error::ClusterError;
use crate::cluster::files::Ids;

/// How many elements an array may have where nobody says so: Slurm's default.
pub(super) const USUAL_ARRAY: usize = 1001;

/// Starts jobs, and knows which of them wait or run.
pub(super) trait Engine: Send + Sync {
    /// What people call it.
    fn title(&self) -> &'static str;

    /// How many elements an array may have.
    fn longest_array(&self) -> Result<usize, ClusterError>;

    /// The index of the element that runs, counted from 0, as a word of the script.
    fn index(&self) -> String;

    /// The job in which this process runs, if it is known to be one of this engine; of an element, its array.
    fn own_id(&self) -> Option<String>;

    /// Whether a job can be submitted that starts after others, however these end. Where there are none, whichever part ends last takes the step.
    fn has_dependencies(&self) -> bool;

    /// Whether a small job may be submitted beside the parts that sees to it that the round goes on, where there are no dependencies.
    fn has_guards(&self) -> bool {
        false
    }

    /// What it calls the machine on which this process runs, if it is a job of this engine.
    fn node(&self) -> Option<String> {
        None
    }

    /// Whether jobs can be kept away from nodes.
    fn leaves_out_nodes(&self) -> bool {
        true
    }

    /// How long what a part has written may take to be seen on another machine.
    fn settle(&self) -> Duration {
        Duration::from_secs(5)
    }

    /// The most memory that a node has on which jobs with these options of users may run, in MiB, but for some nodes; `None` if that is not known.
    fn largest_memory(&self, _options: &[String], _but: &[String]) -> Option<u64> {
        None
    }

    /// The longest time limit that jobs with these options of users may have, in minutes; `None` if there is none, or it is not known.
    fn longest_time(&self, _options: &[String]) -> Option<u64> {
        None
    }

    /// The log of a part, among those in this folder.
    fn log(&self, _logs: &Path, _array: usize, _index: usize) -> Option<PathBuf> {
        None
    }

    /// Whether the log of a part, in this folder, says that it was ended because it used too much memory, where its state does not.
    fn says_out_of_memory(&self, _logs: &Path, _array: usize, _index: usize) -> bool {
        false
    }

    /// Submits a script, which is written already, and returns the engine's name for the job or the array.
    fn submit(&self, submission: &Submission) -> Result<String, ClusterError>;

    /// What is shown as the name of an array that is not submitted.
    fn id_beforehand(&self, number: usize) -> String {
        format!("ARRAY_{number}")
    }

    /// What a person has to do for a round to begin, whose files are in this folder, where this program cannot do it.
    fn by_hand(&self, _folder: &Path) -> Option<String> {
        None
    }

    /// Whether it can be submitted, as far as that is known before; nothing is asked.
    fn check(&self, _submission: &Submission) -> Result<(), ClusterError> {
        Ok(())
    }

    /// What [`submit`](Self::submit) would do, as commands and scripts.
    fn show(&self, submission: &Submission) -> String;

    /// What it knows of jobs, also of those whose submission was never answered, if it can find them by their name. Those that it has forgotten are missing.
    fn look(&self, asked: &[Submitted]) -> Result<Look, ClusterError>;

    /// Ends all of these jobs, whether they wait or run.
    fn cancel(&self, asked: &[Submitted]) -> Result<(), ClusterError>;

    /// Ends one element that would wait for ever.
    fn cancel_element(&self, element: &Element) -> Result<(), ClusterError>;

    /// What a person types to cancel a round; `name` is that of its jobs.
    fn cancel_by_hand(&self, name: &str) -> String;
}

/// What is to run on nodes.
#[derive(Debug, Clone)]
pub(super) struct Submission {
    /// Jobs that belong together have the same.
    pub(super) name: String,
    /// Where the script starts.
    pub(super) folder: PathBuf,
    pub(super) script: String,
    /// Where the script is.
    pub(super) path: PathBuf,
    /// Where the output of jobs goes.
    pub(super) logs: PathBuf,
    /// Options of the engine that users gave.
    pub(super) options: Vec<String>,
    pub(super) work: Work,
}

/// What a script does.
#[derive(Debug, Clone)]
pub(super) enum Work {
    /// An array of parts.
    Parts(Parts),
    /// Takes a step after all elements of these arrays have ended, however they did; at once, if there are none.
    Collect { after: Vec<String> },
}

/// An array.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    /// Its number in its round.
    pub(super) number: usize,
    /// How many elements it has.
    pub(super) count: usize,
    /// How many of them may run at the same time.
    pub(super) most: Option<usize>,
    /// Of an element.
    pub(super) cores: usize,
    /// Of an element, in MiB.
    pub(super) memory: u64,
    /// Of an element, in minutes.
    pub(super) time: Option<u64>,
    /// Nodes on which it must not run.
    pub(super) but: Vec<String>,
    /// Names of licences, and how many an element takes of each.
    pub(super) licences: Vec<(String, usize)>,
}

impl Parts {
    /// What the job needs that finds out what is to be done.
    pub(super) fn planner() -> Self {
        let licences = Vec::new();
        Self {
            number: 0,
            count: 1,
            most: None,
            cores: 1,
            memory: 1024,
            time: None,
            but: Vec::new(),
            licences,
        }
    }
}

/// Jobs that were submitted, or may have been.
#[derive(Debug)]
pub(super) struct Submitted {
    /// The name of the jobs.
    pub(super) name: String,
    /// Where their scripts are.
    pub(super) folder: PathBuf,
    /// The engine's names for them, as far as they are known.
    pub(super) ids: Ids,
}

/// What an engine knows of jobs.
#[derive(Debug, Default)]
pub(super) struct Look {
    pub(super) elements: Vec<Element>,
    pub(super) sight: Sight,
}

/// What it means that an element is missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Sight {
    /// It is over: the engine knows of each element by itself.
    #[default]
    Clear,
    /// The engine does not know it, or did not answer. Elements may be known by their array only.
    Dim,
    /// Nothing: nobody can be asked.
    Blind,
}

/// What an engine knows of an element of an array, of an array as a whole, or of a job without elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    /// The engine's name for the array or the job.
    pub(super) id: String,
    pub(super) which: Which,
    pub(super) state: State,
}

/// What an engine tells about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// The element of an array with this index, counted from 0.
    Element(usize),
    /// An array, of whose elements it says no more.
    Array,
    /// A job without elements.
    Job,
}

/// What an element does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// It waits, for this reason.
    Waiting(String),
    /// It will wait for ever, for this reason: the engine cannot start it again after a failure of its own.
    Stuck(String),
    Running,
    Ended(End),
}

/// How an element ended. An engine may be wrong: what counts is what its jobs left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It was ended because it took more memory than it had asked for.
    OutOfMemory,
    /// It was ended because its time was over.
    OutOfTime,
    /// In any other way, by itself or not.
    Otherwise,
}

impl Element {
    /// Whether it may still do something.
    pub(super) fn is_alive(&self) -> bool {
        !matches!(self.state, State::Ended(_))
    }

    /// Whether it will wait for ever.
    pub(super) fn is_stuck(&self) -> bool {
        matches!(self.state, State::Stuck(_))
    }

    /// Its index in its array.
    pub(super) fn index(&self) -> Option<usize> {
        match self.which {
            Which::Element(index) => Some(index),
            Which::Array | Which::Job => None,
        }
    }

    /// How people call it: `ARRAY_INDEX`.
    pub(super) fn label(&self) -> String {
        label(&self.id, self.index())
    }
}

/// How people call an element of an array, or a job.
pub(super) fn label(id: &str, index: Option<usize>) -> String {
    index.map_or_else(|| id.to_owned(), |index| format!("{id}_{index}"))
}
