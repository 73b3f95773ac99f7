//! A project in memory: paths and file contents.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// One file of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The contents.
    pub bytes: Cow<'static, [u8]>,
    /// Whether the file is a script to be run.
    pub access: Access,
}

/// Who may do what with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// An ordinary file.
    #[default]
    Data,
    /// A script.
    Executable,
}

/// A project in memory.
///
/// Paths are relative to the project's folder, with `/` between folders, whatever the platform.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Project {
    files: BTreeMap<String, File>,
    folders: Vec<String>,
}

impl Project {
    /// A project without files but with these folders, which exist even if they stay empty.
    #[must_use]
    pub fn with_folders<'a>(folders: impl IntoIterator<Item = &'a str>) -> Self {
        Self { files: BTreeMap::new(), folders: folders.into_iter().map(str::to_owned).collect() }
    }

    /// The files, ordered by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// The file at a path.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }

    /// Folders that exist even if they are empty.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.folders.iter().map(String::as_str)
    }

    /// Puts a file at a path, replacing any file that is there.
    pub fn add(&mut self, path: impl Into<String>, bytes: impl Into<Cow<'static, [u8]>>) {
        self.files.insert(path.into(), File { bytes: bytes.into(), access: Access::Data });
    }

    /// Marks the file at a path, if there is one, as a script.
    pub fn make_executable(&mut self, path: &str) {
        if let Some(script) = self.files.get_mut(path) {
            script.access = Access::Executable;
        }
    }
}
