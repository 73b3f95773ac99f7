//! The first step of a sweep on a cluster, on the machine where it is asked for.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::cluster::collect::{cancel, step_held, take_in};
use crate::cluster::engine::table::engine;
use crate::cluster::error::{ClusterError, at};
use crate::cluster::files::{Home, Order, write, write_json};
use crate::cluster::fold::Fold;
use crate::cluster::plan::{Planned, keep_held};
use crate::cluster::standing::lives;
use crate::folder::attempt::remove_left_over;
use crate::folder::heart::silence;
use crate::folder::lock::{Lock, Owner};
use crate::results::write::RESULTS_FILE;

/// How the names of the files begin by which sweeps claim to follow others.
const CLAIM_FILE: &str = "after-";
/// A claim of another machine counts as long as this: by then its sweep has begun, or will not.
const CLAIM: Duration = Duration::from_secs(90);

/// Begins a sweep in an output folder, absolute, and submits it. Without a plan, a job on a node finds out what is to be done. What an earlier sweep on a
/// cluster left undone is taken in, for `--resume`.
///
/// # Errors
/// Another sweep works there, here or on the cluster; the folder cannot be written; or the engine takes nothing: then nothing of it runs.
pub fn submit(output_dir: &Path, order: Order, planned: Option<&Planned>) -> Result<Home, ClusterError> {
    let earlier = fs::read(output_dir.join(RESULTS_FILE)).ok();
    // Nobody else may begin one before the engine knows of this one.
    let (home, lock) = begin(output_dir, order)?;
    if let Some(planned) = planned {
        keep_held(&home, planned)?;
    }
    let engine = engine(&home.order()?)?;
    if let Err(error) = step_held(&home, engine.as_ref()) {
        drop(lock);
        // The next command must not take it for a sweep that is going on.
        let _ = cancel(&home);
        let _ = restore(&home, earlier.as_deref());
        return Err(error);
    }
    Ok(home)
}

/// Writes the results of before again, if nothing has come of the sweep.
fn restore(home: &Home, earlier: Option<&[u8]>) -> Result<(), ClusterError> {
    let path = home.output_dir().join(RESULTS_FILE);
    match earlier {
        _ if Fold::open(home)?.has_begun() => Ok(()),
        Some(earlier) => write(&path, earlier),
        None => fs::remove_file(&path).map_err(at(&path)),
    }
}

/// Writes down that a sweep begins. It is the only one as long as the lock is held; afterwards, if the engine knows of it.
pub(super) fn begin(output_dir: &Path, order: Order) -> Result<(Home, Lock), ClusterError> {
    let (home, id) = Home::new(output_dir);
    let lock = home.lock()?;
    let mut earlier = Home::current(output_dir);
    loop {
        if let Some(name) = earlier.as_ref().map(lives).transpose()?.flatten() {
            return Err(ClusterError::GoingOn { path: output_dir.to_owned(), name });
        }
        match claim(&home, earlier.as_ref(), &id)? {
            None => break,
            // Somebody was here whose sweep is not yet seen as the current one, or who died before it was.
            Some(later) => earlier = Some(later),
        }
    }
    if let Some(earlier) = &earlier {
        take_in(earlier)?;
    }
    write_json(&home.path("order.json"), &Order { id, ..order })?;
    home.make_current()?;
    forget_claims(&home, earlier.as_ref());
    // What cannot be removed takes up space and harms nobody: each attempt has a name of its own.
    let _ = remove_left_over(output_dir);
    Ok((home, lock))
}

/// Who follows a sweep.
#[derive(Debug, Serialize, Deserialize)]
struct Claim {
    owner: Owner,
    id: String,
}

/// Claims to be the sweep after `earlier`. Only one can be, by one name in one folder: where each machine has locks of its own, a lock is no proof. `Some` is
/// another sweep that is it already.
fn claim(home: &Home, earlier: Option<&Home>, id: &str) -> Result<Option<Home>, ClusterError> {
    let all = all_sweeps(home);
    let path = all.join(claim_name(earlier));
    fs::create_dir_all(&all).map_err(at(&all))?;
    let own = Claim { owner: Owner::this_process(), id: id.to_owned() };
    loop {
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(&all)?;
            file.write_all(&serde_json::to_vec(&own)?)?;
            file.persist_noclobber(&path).map_err(|error| error.error)
        };
        match write() {
            Ok(_) => return Ok(None),
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(at(&path)(error)),
            Err(_) => {}
        }
        let theirs: Option<Claim> = fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok());
        if let Some(theirs) = &theirs {
            let age = || File::open(&path).ok().and_then(|file| silence(&file, &all));
            if theirs.owner.runs_here().unwrap_or_else(|| age().is_some_and(|age| age < CLAIM)) {
                let (path, owner) = (home.output_dir().to_owned(), Some(theirs.owner.clone()));
                return Err(ClusterError::Locked { path, owner });
            }
            if let Ok(later) = Home::open(&all.join(&theirs.id)) {
                return Ok(Some(later));
            }
        }
        // Its process died before it wrote anything else.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(at(&path)(error)),
            _ => {}
        }
    }
}

/// Removes all claims but that of this sweep: others may not see yet that it is the current one.
fn forget_claims(home: &Home, earlier: Option<&Home>) {
    let own = claim_name(earlier);
    for entry in fs::read_dir(all_sweeps(home)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(CLAIM_FILE) && name != own {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn claim_name(earlier: Option<&Home>) -> String {
    let before = earlier.and_then(|earlier| earlier.folder().file_name()).map(|name| name.to_string_lossy());
    format!("{CLAIM_FILE}{}", before.as_deref().unwrap_or("none"))
}

fn all_sweeps(home: &Home) -> PathBuf {
    home.folder().parent().unwrap_or(Path::new(".")).to_owned()
}

#[cfg(test)]
mod tests {
    use crate::cluster::files::Request;

    use super::*;

    #[test]
    fn only_one_follows_a_sweep() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path();
        let order = || Order::new(Vec::new(), out.to_owned(), "hls-cli".into(), "none", Request::default());
        let [(first, first_id), (second, second_id)] =
            [Home::new(out), Home::new(out)].map(|(home, id)| (home, format!("{id}x")));
        assert!(claim(&first, None, &first_id).unwrap().is_none());
        // As long as this process lives, it is about to begin.
        assert!(matches!(claim(&second, None, &second_id), Err(ClusterError::Locked { owner: Some(_), .. })));
        // As another process that died left it: before it wrote anything, and afterwards.
        let path = out.join(".hls-sweep/cluster/after-none");
        let mut gone: Claim = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        gone.owner.started_ticks = Some(1);
        fs::write(&path, serde_json::to_vec(&gone).unwrap()).unwrap();
        assert!(claim(&second, None, &second_id).unwrap().is_none());
        fs::write(&path, serde_json::to_vec(&gone).unwrap()).unwrap();
        let begun = out.join(".hls-sweep/cluster").join(&first_id);
        write_json(&begun.join("order.json"), &order()).unwrap();
        let later = claim(&second, None, &second_id).unwrap().unwrap();
        assert_eq!(later.folder(), begun);
        assert!(claim(&second, Some(&later), &second_id).unwrap().is_none());
    }
}
