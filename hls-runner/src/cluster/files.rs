//! What is written down of a sweep on a cluster, and where.

use std::fs;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::cluster::error::{ClusterError, at};
use crate::cluster::nodes::Trouble;
use crate::folder::flush::flush_folder;
use crate::folder::lock::{Lock, LockError, STATE_DIR};
use crate::plan::fingerprint::Fingerprint;
use crate::plan::jobs::JobId;
use crate::record::failure::Failure;
use crate::record::sweep::LeftOut;
use crate::sweep::error::SweepError;

/// The folder of a sweep on a cluster: `OUTPUT/.hls-sweep/cluster/ID`.
#[derive(Debug, Clone)]
pub struct Home {
    folder: PathBuf,
    output_dir: PathBuf,
}

/// What was asked for. It never changes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// Tells this sweep from others.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// The arguments of the program, without its name: each process of the sweep reads them again.
    pub command: Vec<String>,
    /// The folder in which the command was given, to which its paths are relative.
    pub folder: PathBuf,
    /// The program.
    pub program: PathBuf,
    /// The name of the engine.
    #[serde(default = "slurm")]
    pub engine: String,
    /// What to request of it.
    pub request: Request,
}

/// The engine of orders that do not name one: there was no other when they were written.
fn slurm() -> String {
    "slurm".to_owned()
}

/// What to request of an engine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Request {
    /// Memory of a part, in MiB; by default what the toolchain usually needs, for each job that runs at a time.
    pub memory: Option<u64>,
    /// The most that a part may get after its jobs ran out of memory, in MiB.
    pub max_memory: Option<u64>,
    /// Time limit of a part, in minutes; by default the partition's.
    pub time: Option<u64>,
    /// Cores for each job that runs at a time.
    pub cores: Option<NonZeroUsize>,
    /// How many jobs a part has, one after the other or at the same time.
    pub jobs_per_part: Option<NonZeroUsize>,
    /// How many jobs of a part run at the same time, at most.
    pub at_a_time: Option<NonZeroUsize>,
    /// Licences that each running job needs one of.
    pub licences: Vec<Licence>,
    /// How many parts run at the same time, at most.
    pub max_running: Option<NonZeroUsize>,
    /// How often a job is tried again that failed for a reason that may pass.
    pub retries: u32,
    /// Further options of the engine.
    pub options: Vec<String>,
    /// Lines of shell that come first on a node.
    pub setup: Vec<String>,
    /// What comes before the program on a node, such as a container's start.
    pub prefix: Option<String>,
    /// The commands of a batch system that only the user knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commands: Option<Commands>,
    /// What pods of Kubernetes look like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod: Option<Pod>,
    /// For how long a part may give no sign of life, in seconds, where the engine does not know of it.
    pub lost_after: Option<u64>,
}

/// Commands of a batch system: templates for a shell, with placeholders in braces.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Commands {
    /// Submits an array, and prints its id last.
    pub submit: String,
    /// Submits a job that starts when an array has ended, however it did, and prints its id last; if there is a way to.
    pub collect: Option<String>,
    /// Prints the ids of what waits or runs, one a line, with an index if it is known.
    pub list: String,
    /// Ends a job or an array.
    pub cancel: String,
    /// What keeps an array away from nodes, as a part of `submit`; if there is a way to.
    pub exclude: Option<String>,
    /// The environment variable with the index of an element.
    pub index_variable: String,
    /// The environment variable with what the batch system calls the machine; by default, it is called as it calls itself.
    pub node_variable: Option<String>,
    /// The index of the first element: 0 or 1.
    pub first_index: u8,
    /// How many elements an array may have.
    pub longest_array: Option<NonZeroUsize>,
}

/// What a pod of Kubernetes runs in, and sees.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Pod {
    /// The image.
    pub image: String,
    /// Claims of persistent volumes, and where they are mounted.
    pub volumes: Vec<(String, String)>,
    /// What is added to the pod's specification: fields as in Kubernetes.
    pub spec: serde_json::Map<String, serde_json::Value>,
    /// What is added to its container.
    pub container: serde_json::Map<String, serde_json::Value>,
}

/// A licence, and how many of it there are for this sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licence {
    /// Its name, as the engine may know it.
    pub name: String,
    /// How many may be used at the same time.
    pub count: NonZeroUsize,
}

/// A job, and the identical ones that get its results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The job that is run.
    pub job: JobId,
    /// Those that are the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub followers: Vec<JobId>,
}

/// For so long a part may give no sign of life: longer than network file systems show an old value.
const PATIENCE: Duration = Duration::from_secs(180);

impl Request {
    /// For how long a part may give no sign of life before it counts as lost, where the engine does not know of it.
    pub(super) fn patience(&self) -> Duration {
        self.lost_after.map_or(PATIENCE, Duration::from_secs)
    }
}

impl Order {
    /// What is asked for now; a sweep that begins gets a name of its own.
    #[must_use]
    pub fn new(
        command: Vec<String>,
        folder: PathBuf,
        program: PathBuf,
        engine: &str,
        request: Request,
    ) -> Self {
        let engine = engine.to_owned();
        Self { id: "ID".to_owned(), at: Timestamp::now(), command, folder, program, engine, request }
    }
}

impl Task {
    /// All jobs that are done with it.
    pub(super) fn jobs(&self) -> impl Iterator<Item = JobId> {
        std::iter::once(self.job).chain(self.followers.iter().copied())
    }
}

/// What is submitted together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Round {
    pub(super) arrays: Vec<Array>,
    /// Nodes that it must not use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) left_out: Vec<LeftOut>,
    /// What went wrong on nodes in the rounds before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) troubles: Vec<Trouble>,
    /// Why jobs that the round before it had begun left no record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) losses: Vec<Loss>,
}

/// Why a job left no record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Loss {
    pub(super) job: JobId,
    pub(super) failure: Failure,
}

/// A job array: parts with the same request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Array {
    /// In MiB.
    pub(super) memory: u64,
    /// In minutes.
    pub(super) time: Option<u64>,
    pub(super) parts: Vec<Vec<Task>>,
}

impl Round {
    pub(super) fn tasks(&self) -> impl Iterator<Item = (usize, usize, &Task)> {
        self.arrays.iter().enumerate().flat_map(|(array, found)| {
            let parts = found.parts.iter().enumerate();
            parts.flat_map(move |(part, tasks)| tasks.iter().map(move |task| (array, part, task)))
        })
    }
}

/// The engine's names for what was submitted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ids {
    pub(super) arrays: Vec<String>,
    pub(super) collector: Option<String>,
}

/// How a sweep ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Ended {
    pub(super) at: Timestamp,
    /// It was cancelled.
    pub(super) interrupted: bool,
    /// Why it could not even be planned, where it could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

impl Home {
    /// The folder of a new sweep, which does not exist yet, and its name.
    pub(super) fn new(output_dir: &Path) -> (Self, String) {
        let seed = format!("{} {} {}", output_dir.display(), Timestamp::now(), std::process::id());
        let id: String = Fingerprint::of_bytes(seed.as_bytes()).to_string().chars().take(8).collect();
        let folder = all(output_dir).join(&id);
        (Self { folder, output_dir: output_dir.to_owned() }, id)
    }

    /// The last sweep that was submitted in an output folder, if there is one.
    #[must_use]
    pub fn current(output_dir: &Path) -> Option<Self> {
        let id = fs::read_to_string(all(output_dir).join("current")).ok()?;
        let folder = all(output_dir).join(id.trim());
        let output_dir = std::path::absolute(output_dir).ok()?;
        folder.join("order.json").is_file().then_some(Self { folder, output_dir })
    }

    /// The sweep with this folder, as a process of it is told.
    ///
    /// # Errors
    /// It is no folder of a sweep.
    pub fn open(folder: &Path) -> Result<Self, ClusterError> {
        let output_dir = folder.ancestors().nth(3).unwrap_or(folder).to_owned();
        match folder.join("order.json").is_file() {
            true => Ok(Self { folder: folder.to_owned(), output_dir }),
            false => Err(ClusterError::None { path: folder.to_owned() }),
        }
    }

    /// From now on this is the last sweep of its output folder; what others left is removed.
    pub(super) fn make_current(&self) -> Result<(), ClusterError> {
        let all = all(&self.output_dir);
        let name = self.folder.file_name().unwrap_or_default().to_string_lossy();
        write(&all.join("current"), name.as_bytes())?;
        for entry in fs::read_dir(&all).map_err(at(&all))?.flatten() {
            if entry.path() != self.folder && entry.path().is_dir() {
                // What cannot be removed takes up space and harms nobody.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        Ok(())
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the results.
    #[must_use]
    pub fn output_dir(&self) -> &Path {
        &self.output_dir
    }

    /// The right to change what is written down of the sweeps in the output folder, until it is dropped.
    pub(super) fn lock(&self) -> Result<Lock, ClusterError> {
        let state = self.state_dir();
        fs::create_dir_all(&state)
            .map_err(|source| SweepError::OutputDir { path: self.output_dir.clone(), source })?;
        match Lock::take(&state) {
            Ok((lock, _)) => Ok(lock),
            Err(LockError::Held(owner)) => Err(ClusterError::Locked { path: self.output_dir.clone(), owner }),
            Err(LockError::Io(path, source)) => Err(ClusterError::Io { path, source }),
        }
    }

    pub(super) fn state_dir(&self) -> PathBuf {
        self.output_dir.join(STATE_DIR)
    }

    /// What was asked for.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn order(&self) -> Result<Order, ClusterError> {
        read(&self.folder.join("order.json"))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn round_dir(&self, round: usize) -> PathBuf {
        self.folder.join("rounds").join(round.to_string())
    }

    pub(super) fn round(&self, round: usize) -> Result<Option<Round>, ClusterError> {
        optional(read(&self.round_dir(round).join("round.json")))
    }

    pub(super) fn ids(&self, round: usize) -> Result<Ids, ClusterError> {
        Ok(optional(read(&self.round_dir(round).join("ids.json")))?.unwrap_or_default())
    }

    pub(super) fn ended(&self) -> Result<Option<Ended>, ClusterError> {
        optional(read(&self.path("ended.json")))
    }

    /// How many rounds there are.
    pub(super) fn rounds(&self) -> usize {
        (0..).find(|round| !self.round_dir(*round).join("round.json").is_file()).unwrap_or_default()
    }
}

fn all(output_dir: &Path) -> PathBuf {
    output_dir.join(STATE_DIR).join("cluster")
}

pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, ClusterError> {
    let bytes = fs::read(path).map_err(at(path))?;
    serde_json::from_slice(&bytes)
        .map_err(|source| ClusterError::Unreadable { path: path.to_owned(), source })
}

/// `None` where there is no file.
pub(super) fn optional<T>(found: Result<T, ClusterError>) -> Result<Option<T>, ClusterError> {
    match found {
        Err(ClusterError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

/// Writes a file as a whole: a reader sees all of it or nothing.
pub(super) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), ClusterError> {
    let text = serde_json::to_vec(value)
        .map_err(|source| ClusterError::Unreadable { path: path.to_owned(), source })?;
    write(path, &text)
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), ClusterError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let put = || {
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        flush_folder(folder)
    };
    put().map_err(at(path))
}
