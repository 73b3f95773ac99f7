//! Look for programs in the places where people have them, and remember where we looked.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::process::cancel::CancelToken;
use crate::process::run::{run, unwatched};
use crate::process::spec::{Limits, Spec};
use crate::remedy::Remedy;

/// Why a toolchain cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolNotFound {
    /// None of the programs is in any of the places.
    #[error("{} was not found; looked in {}; {advice}", names.join(" or "), places.join(", "))]
    Nowhere {
        /// The programs, any of which would do.
        names: Vec<String>,
        /// Where they were looked for.
        places: Vec<String>,
        /// What to try.
        advice: &'static str,
        /// The toolchain that would do without them, if one does.
        instead: Option<&'static str>,
    },
    /// Nobody said which device to place in.
    #[error(
        "the stage pnr places the circuit in a device, for which it needs a chip database of nextpnr-xilinx, such as xc7z020clg400.bin"
    )]
    NoChipDatabase,
    /// The file that describes the device cannot be read.
    #[error("the chip database {} cannot be read: {source}", path.display())]
    ChipDatabase {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A settings file could not be sourced.
    #[error("{} could not be sourced by bash: {reason}", path.display())]
    Settings {
        /// The settings file.
        path: PathBuf,
        /// What bash said, or why it could not be run.
        reason: String,
    },
}

impl ToolNotFound {
    /// The same, where another toolchain would do something useful without these programs.
    pub(crate) fn or_else(self, toolchain: &'static str) -> Self {
        match self {
            Self::Nowhere { names, places, advice, .. } => {
                Self::Nowhere { names, places, advice, instead: Some(toolchain) }
            }
            Self::Settings { .. } | Self::NoChipDatabase | Self::ChipDatabase { .. } => self,
        }
    }

    /// What would mend it, where another choice would.
    #[must_use]
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Nowhere { instead, .. } => instead.map(Remedy::Toolchain),
            Self::NoChipDatabase => Some(Remedy::ChipDatabase),
            Self::Settings { .. } | Self::ChipDatabase { .. } => None,
        }
    }
}

/// Where a program was found, and the settings file whose environment it needs, if any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) program: PathBuf,
    /// Variables that the settings file sets or changes.
    pub(crate) env: Vec<(OsString, OsString)>,
}

/// A list of places, searched in order; in each place the programs are tried in the order given.
pub(crate) struct ToolSearch {
    places: Vec<PlaceToLook>,
}

struct PlaceToLook {
    title: String,
    kind: PlaceKind,
}

enum PlaceKind {
    Folders(Vec<PathBuf>),
    Settings(PathBuf),
    Unset,
}

impl ToolSearch {
    pub(crate) fn new() -> Self {
        Self { places: Vec::new() }
    }

    /// The folders of a search path such as `PATH`.
    pub(crate) fn path(mut self, name: &str, value: Option<&OsStr>) -> Self {
        let folders: Vec<PathBuf> =
            value.map(|value| std::env::split_paths(value).collect()).unwrap_or_default();
        // An empty element means the current folder to a shell; tools do not come from there.
        let folders: Vec<PathBuf> = folders.into_iter().filter(|dir| dir.is_absolute()).collect();
        let title = format!("{name} ({} folders)", folders.len());
        self.places.push(PlaceToLook { title, kind: PlaceKind::Folders(folders) });
        self
    }

    /// A variable that names an installation folder.
    pub(crate) fn variable(mut self, name: &str, value: Option<&OsStr>) -> Self {
        match value.filter(|value| !value.is_empty()) {
            None => {
                self.places.push(PlaceToLook { title: format!("{name} (not set)"), kind: PlaceKind::Unset })
            }
            Some(value) => self.add_root(&format!("{name}={}", value.to_string_lossy()), Path::new(value)),
        }
        self
    }

    /// A folder (the installation or its `bin`) or a `settings64.sh` that the user named.
    pub(crate) fn explicit(mut self, path: &Path) -> Self {
        let title = path.display().to_string();
        if path.is_file() {
            self.places.push(PlaceToLook { title, kind: PlaceKind::Settings(path.to_owned()) });
        } else {
            self.add_root(&title, path);
        }
        self
    }

    fn add_root(&mut self, title: &str, root: &Path) {
        let settings = root.join("settings64.sh");
        if settings.is_file() {
            let title = format!("{title} (settings64.sh)");
            self.places.push(PlaceToLook { title, kind: PlaceKind::Settings(settings) });
        }
        let folders = vec![root.join("bin"), root.to_owned()];
        self.places.push(PlaceToLook { title: title.to_owned(), kind: PlaceKind::Folders(folders) });
    }

    /// The places, as they are called in errors.
    pub(crate) fn places(&self) -> Vec<String> {
        self.places.iter().map(|place| place.title.clone()).collect()
    }

    /// The first program found.
    pub(crate) fn find(&self, names: &[&str], advice: &'static str) -> Result<Found, ToolNotFound> {
        for place in &self.places {
            let found = match &place.kind {
                PlaceKind::Unset => None,
                PlaceKind::Folders(folders) => {
                    find_in(folders, names).map(|program| Found { program, env: Vec::new() })
                }
                PlaceKind::Settings(file) => {
                    let env = source(file)?;
                    let path = env.iter().find(|(name, _)| name == "PATH").map(|(_, value)| value);
                    let folders = path.map(|path| std::env::split_paths(path).collect::<Vec<_>>());
                    find_in(&folders.unwrap_or_default(), names).map(|program| Found { program, env })
                }
            };
            if let Some(found) = found {
                return Ok(found);
            }
        }
        Err(ToolNotFound::Nowhere {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            places: self.places(),
            advice,
            instead: None,
        })
    }
}

fn find_in(folders: &[PathBuf], names: &[&str]) -> Option<PathBuf> {
    // Folder by folder, as a shell does: the user's order of installations counts more than our names'.
    folders
        .iter()
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|program| is_executable(program))
        .and_then(|program| std::path::absolute(program).ok())
}

pub(crate) fn is_executable(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// What sourcing `file` changes in the environment.
fn source(file: &Path) -> Result<Vec<(OsString, OsString)>, ToolNotFound> {
    let fail = |reason: String| ToolNotFound::Settings { path: file.to_owned(), reason };
    let file = std::path::absolute(file).map_err(|error| fail(error.to_string()))?;
    // The path is an argument, never part of the script, so its characters mean nothing to bash.
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-c", r#". "$1" >&2 && exec env -0"#, "bash"])
        .arg(&file)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| fail(format!("bash could not be run ({error})")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(fail(format!("{}; it said: {}", output.status, said.trim())));
    }
    let changed = output
        .stdout
        .split(|byte| *byte == 0)
        .filter_map(|entry| {
            let equals = entry.iter().position(|byte| *byte == b'=')?;
            let (name, value) = entry.split_at_checked(equals)?;
            Some((OsString::from_vec(name.to_vec()), OsString::from_vec(value.get(1..)?.to_vec())))
        })
        .filter(|(name, value)| std::env::var_os(name).as_ref() != Some(value))
        .collect();
    Ok(changed)
}

/// What a program says of its release: the first line that it prints, or nothing if it cannot be asked in half a minute.
pub(crate) fn version_of(program: &Path, args: &[&str], env: &[(OsString, OsString)]) -> String {
    let Ok(folder) = tempfile::tempdir() else { return String::new() };
    let spec = Spec {
        program: program.to_owned(),
        args: args.iter().map(OsString::from).collect(),
        cwd: folder.path().to_owned(),
        env: env.to_vec(),
        log: folder.path().join("version.log"),
        signs_of_life: Vec::new(),
    };
    let limits = Limits { timeout: Some(Duration::from_secs(30)), ..Limits::NONE };
    let finished = run(&spec, limits, &CancelToken::new(), &mut unwatched);
    if !finished.is_ok_and(|finished| finished.exit.success()) {
        return String::new();
    }
    let said = std::fs::read(&spec.log).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().chars().take(200).collect()
}
