//! The files that tools must have written, as far as success depends on them.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::record::stage::Stage;

/// A file that a stage must write. Tools differ by version, so there may be several places for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The stage that writes it.
    pub stage: Stage,
    /// Paths below the project folder; one of them is enough.
    pub any_of: Vec<PathBuf>,
}

impl Artifact {
    /// An artifact of `stage` that may be in any of these places below the project folder.
    pub fn new<P: Into<PathBuf>>(stage: Stage, any_of: impl IntoIterator<Item = P>) -> Self {
        Self { stage, any_of: any_of.into_iter().map(Into::into).collect() }
    }
}

/// An artifact that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    artifact: Artifact,
    fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    Absent,
    Empty,
    Stale,
}

impl Missing {
    /// The stage that should have written it.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.artifact.stage.clone()
    }
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let places: Vec<String> =
            self.artifact.any_of.iter().map(|path| path.display().to_string()).collect();
        let fault = match self.fault {
            Fault::Absent => "was not written",
            Fault::Empty => "is empty",
            Fault::Stale => "is from an earlier run",
        };
        write!(f, "the stage {} is not done: {} {fault}", self.artifact.stage, places.join(" or "))
    }
}

/// What identifies a file's content for our purpose; a rewritten file differs in one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// The state of the expected files before the tools run. Comparing with it, instead of comparing times
/// with a clock, works on network file systems whose clock is another machine's.
pub struct Expected {
    artifacts: Vec<Artifact>,
    before: HashMap<PathBuf, Stamp>,
}

impl Expected {
    /// Remembers the state of these artifacts in the folder `project`.
    #[must_use]
    pub fn before(project: &Path, artifacts: Vec<Artifact>) -> Self {
        let before = artifacts
            .iter()
            .flat_map(|artifact| &artifact.any_of)
            .filter_map(|path| stamp(&project.join(path)).map(|stamp| (path.clone(), stamp)))
            .collect();
        Self { artifacts, before }
    }

    /// The first artifact, in the order of the stages, that no place holds new and with content.
    ///
    /// # Errors
    /// There is one.
    pub fn check(&self, project: &Path) -> Result<(), Missing> {
        for artifact in &self.artifacts {
            let faults = artifact.any_of.iter().map(|path| self.fault(project, path));
            // The most telling fault of all places: an old file says more than an absent one.
            let worst = faults.reduce(|a, b| Some(a?.max(b?))).flatten();
            if let Some(fault) = worst {
                return Err(Missing { artifact: artifact.clone(), fault });
            }
        }
        Ok(())
    }

    fn fault(&self, project: &Path, path: &Path) -> Option<Fault> {
        match stamp(&project.join(path)) {
            None => Some(Fault::Absent),
            Some(now) if self.before.get(path) == Some(&now) => Some(Fault::Stale),
            Some(now) if now.length == 0 => Some(Fault::Empty),
            Some(_) => None,
        }
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let found = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some(Stamp {
        inode: found.ino(),
        length: found.len(),
        modified: (found.mtime(), found.mtime_nsec()),
        changed: (found.ctime(), found.ctime_nsec()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_counts_when_it_is_new_and_has_content() {
        type Change = fn(&Path);
        let write = |dir: &Path, name: &str, text: &str| fs::write(dir.join(name), text).unwrap();
        let cases: &[(Change, Option<&str>)] = &[
            (|_| (), Some("the stage synth is not done: old.rpt or new.rpt is from an earlier run")),
            (|dir| fs::remove_file(dir.join("old.rpt")).unwrap(), Some("was not written")),
            (|dir| fs::write(dir.join("old.rpt"), "").unwrap(), Some("is empty")),
            (|dir| fs::write(dir.join("old.rpt"), "Old").unwrap(), None),
            (|dir| fs::write(dir.join("new.rpt"), "new").unwrap(), None),
            (|dir| fs::create_dir(dir.join("new.rpt")).unwrap(), Some("is from an earlier run")),
        ];
        for (number, (change, complaint)) in cases.iter().enumerate() {
            let dir = tempfile::tempdir().unwrap();
            write(dir.path(), "old.rpt", "old");
            let artifact = Artifact::new(Stage::new("synth"), ["old.rpt", "new.rpt"]);
            let expected = Expected::before(dir.path(), vec![artifact]);
            std::thread::sleep(std::time::Duration::from_millis(20));
            change(dir.path());
            let found = expected.check(dir.path()).err().map(|missing| missing.to_string());
            match complaint {
                None => assert_eq!(found, None, "case {number}"),
                Some(text) => assert!(found.as_deref().unwrap_or_default().contains(text), "{found:?}"),
            }
        }
    }
}
