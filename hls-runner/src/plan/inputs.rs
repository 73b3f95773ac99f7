//! Several folders of models, and what each is called.

use std::fs;
use std::path::{Path, PathBuf};

use crate::plan::discover::ModelFile;

/// A folder, and its models that are to be run.
#[derive(Debug, Clone)]
pub struct Input {
    /// The folder.
    pub dir: PathBuf,
    /// Its models.
    pub models: Vec<ModelFile>,
}

/// A short name for each folder: its own, with as many of the folders above it as tell it from the others (`search_1/models`).
pub(crate) fn run_names(dirs: &[PathBuf]) -> Vec<String> {
    let real: Vec<PathBuf> = dirs.iter().map(|dir| real(dir)).collect();
    let name = |dir: &Path, length: usize| {
        let parts: Vec<_> = dir.iter().map(|part| part.to_string_lossy()).collect();
        parts[parts.len().saturating_sub(length)..].join("/").replace("//", "/")
    };
    let is_alone = |index: usize, length: usize| {
        let own = name(&real[index], length);
        real.iter().enumerate().all(|(other, dir)| other == index || name(dir, length) != own)
    };
    let lengths = |dir: &Path| dir.iter().count();
    let shortest = |index: usize| {
        (1..=lengths(&real[index])).find(|&length| is_alone(index, length)).unwrap_or(usize::MAX)
    };
    real.iter().enumerate().map(|(index, dir)| name(dir, shortest(index))).collect()
}

fn real(dir: &Path) -> PathBuf {
    fs::canonicalize(dir).or_else(|_| std::path::absolute(dir)).unwrap_or_else(|_| dir.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_called_by_what_tells_them_apart() {
        let names = |dirs: &[&str]| run_names(&dirs.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(names(&["/a/models"]), ["models"]);
        assert_eq!(names(&["/a/first", "/b/second"]), ["first", "second"]);
        assert_eq!(names(&["/a/models", "/b/models", "/c"]), ["a/models", "b/models", "c"]);
        assert_eq!(names(&["/a/x/models", "/b/x/models"]), ["a/x/models", "b/x/models"]);
        assert_eq!(names(&["/x/models", "/b/x/models"]), ["/x/models", "b/x/models"]);
    }
}
