//! Writing a project to disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::CodegenError;
use crate::project::{Access, File, Project};

/// Folders that a project owns: writing replaces them whole, so that nothing remains from an earlier conversion.
const OWNED: &[&str] = &["firmware"];

impl Project {
    /// Writes the project into `dir`, creating it if needed.
    ///
    /// Everything is written next to `dir`, or in a hidden folder in it, and then moved, so a full disk or a killed process leaves no half-written project.
    /// If the folder exists, `firmware/` and files of the same names are replaced; anything else (reports, test data)
    /// stays.
    ///
    /// # Errors
    /// [`CodegenError::Write`] with the path that could not be written.
    pub fn write_to(&self, dir: &Path) -> Result<(), CodegenError> {
        let parent = match dir.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent).map_err(refused(parent))?;
        // Inside the folder if it exists: what a killed process leaves stays with the project, and goes when the folder is deleted.
        let place = if dir.is_dir() { dir } else { parent };
        // Removed when dropped, whatever happens below.
        let staging = tempfile::Builder::new().prefix(".hls-").tempdir_in(place).map_err(refused(place))?;
        let staged = staging.path().join("project");
        self.write_tree(&staged, dir)?;
        if dir.exists() { merge(&staged, dir) } else { fs::rename(&staged, dir).map_err(refused(dir)) }
    }

    /// Writes all files below `staged`; errors name the paths in `dir`, which are the ones that a person knows.
    fn write_tree(&self, staged: &Path, dir: &Path) -> Result<(), CodegenError> {
        let create =
            |path: PathBuf, inside: &str| fs::create_dir_all(path).map_err(refused(&dir.join(inside)));
        create(staged.to_owned(), "")?;
        for folder in self.folders() {
            create(staged.join(folder), folder)?;
        }
        let mut last_folder = "";
        for (path, file) in self.files() {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            if folder != last_folder {
                create(staged.join(folder), folder)?;
                last_folder = folder;
            }
            write_file(&staged.join(path), file).map_err(refused(&dir.join(path)))?;
        }
        Ok(())
    }
}

fn write_file(path: &Path, file: &File) -> io::Result<()> {
    fs::write(path, &file.bytes)?;
    match file.access {
        Access::Data => Ok(()),
        Access::Executable => make_executable(path),
    }
}

#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = fs::metadata(path)?.permissions();
    // Whoever may read a script may run it.
    permissions.set_mode(permissions.mode() | (permissions.mode() & 0o444) >> 2);
    fs::set_permissions(path, permissions)
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Moves what is in `from` into the folder `to`.
fn merge(from: &Path, to: &Path) -> Result<(), CodegenError> {
    for entry in fs::read_dir(from).map_err(refused(to))? {
        let entry = entry.map_err(refused(to))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let is_folder = source.is_dir();
        let is_owned = OWNED.iter().any(|owned| entry.file_name() == *owned);
        if is_folder && is_owned {
            replace_folder(&source, &target)?;
        } else if is_folder && target.is_dir() {
            merge(&source, &target)?;
        } else {
            fs::rename(&source, &target).map_err(refused(&target))?;
        }
    }
    Ok(())
}

/// Puts the folder `source` where `target` is. The old one is moved into the staging area and removed with it.
fn replace_folder(source: &Path, target: &Path) -> Result<(), CodegenError> {
    let aside = source.with_extension("old");
    match fs::rename(target, &aside) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(refused(target)(error)),
    }
    fs::rename(source, target).map_err(|error| {
        // An old firmware is better than none.
        let _ = fs::rename(&aside, target);
        refused(target)(error)
    })
}

fn refused(path: &Path) -> impl Fn(io::Error) -> CodegenError + '_ {
    |source| CodegenError::Write { path: path.to_owned(), source }
}
