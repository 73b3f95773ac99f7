//! Patterns of further files that a person wants to keep.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use globset::{Glob, GlobBuilder};
use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use crate::folder::retain::KeepList;

/// What names of this program's own files in a project folder begin with.
const OWN: &str = ".hls-";

/// A glob for files of a project folder. One without `/` matches names in any folder; any other matches paths below the project folder, in which
/// `*` and `?` do not cross `/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FilePattern {
    text: String,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no pattern for files of a project folder: {why}; examples are `*.v` and `myproject_prj/**/*.xml`"
)]
pub struct FilePatternError {
    text: String,
    why: String,
}

impl FromStr for FilePattern {
    type Err = FilePatternError;

    fn from_str(text: &str) -> Result<Self, FilePatternError> {
        let fail = |why: &str| FilePatternError { text: text.to_owned(), why: why.to_owned() };
        if text.is_empty() {
            return Err(fail("it is empty"));
        }
        if text.starts_with('/') {
            return Err(fail("it begins with /, but paths are below the project folder"));
        }
        if text.split('/').any(|part| matches!(part, ".." | "." | "")) {
            return Err(fail("an element of the path is empty, . or .., and never matches"));
        }
        glob(text).map_err(|error| fail(&error.kind().to_string()))?;
        Ok(Self { text: text.to_owned() })
    }
}

impl TryFrom<String> for FilePattern {
    type Error = FilePatternError;

    fn try_from(text: String) -> Result<Self, FilePatternError> {
        text.parse()
    }
}

impl From<FilePattern> for String {
    fn from(pattern: FilePattern) -> Self {
        pattern.text
    }
}

impl fmt::Display for FilePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn glob(text: &str) -> Result<Glob, globset::Error> {
    let anywhere = if text.contains('/') { text.to_owned() } else { format!("**/{text}") };
    GlobBuilder::new(&anywhere).literal_separator(true).build()
}

impl KeepList {
    /// Adds what matches the patterns in the project folder; returns the patterns that match nothing. Links are not followed.
    pub(crate) fn add_matching<'a>(
        &mut self,
        patterns: &'a [FilePattern],
        folder: &Path,
    ) -> Vec<&'a FilePattern> {
        if patterns.is_empty() {
            return Vec::new();
        }
        let files: Vec<PathBuf> = WalkDir::new(folder)
            .sort_by_file_name()
            .into_iter()
            .flatten()
            .filter(|entry| {
                entry.file_type().is_file() && !entry.file_name().to_string_lossy().starts_with(OWN)
            })
            .filter_map(|entry| Some(entry.path().strip_prefix(folder).ok()?.to_owned()))
            .collect();
        let mut without = Vec::new();
        for pattern in patterns {
            // It was checked when it was read.
            let Ok(matcher) = glob(&pattern.text).map(|glob| glob.compile_matcher()) else { continue };
            let mut matching = files.iter().filter(|file| matcher.is_match(file)).peekable();
            if matching.peek().is_none() {
                without.push(pattern);
            }
            for file in matching {
                self.disposable.retain(|other| other != file);
                if !self.reports.contains(file) {
                    self.reports.push(file.clone());
                }
            }
        }
        without
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::folder::retain::DefaultRetention;

    #[test]
    fn patterns_match_names_anywhere_or_paths() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a.v", "rtl/b.v", "rtl/deep/c.v", "rtl/notes.txt", ".hls-job.json", "run.exe"] {
            fs::create_dir_all(dir.path().join(name).parent().unwrap()).unwrap();
            fs::write(dir.path().join(name), "").unwrap();
        }
        std::os::unix::fs::symlink("a.v", dir.path().join("link.v")).unwrap();
        let kept = |patterns: &[&str]| {
            let patterns: Vec<FilePattern> = patterns.iter().map(|text| text.parse().unwrap()).collect();
            let mut list = KeepList {
                reports: vec!["a.v".into()],
                disposable: vec!["run.exe".into()],
                by_default: DefaultRetention::Reports,
            };
            let without: Vec<String> =
                list.add_matching(&patterns, dir.path()).iter().map(ToString::to_string).collect();
            let names: Vec<_> = list.reports.iter().map(|path| path.display().to_string()).collect();
            (names.join(" "), without.join(" "), list.disposable.len())
        };
        let table = [
            (&["*.v"][..], "a.v rtl/b.v rtl/deep/c.v", "", 1),
            (&["rtl/*.v", "*.none"], "a.v rtl/b.v", "*.none", 1),
            (&["rtl/**", "b.v"], "a.v rtl/b.v rtl/deep/c.v rtl/notes.txt", "", 1),
            (&["run.*"], "a.v run.exe", "", 0),
            (&["*.json"], "a.v", "*.json", 1),
        ];
        for (patterns, names, without, disposable) in table {
            assert_eq!(kept(patterns), (names.to_owned(), without.to_owned(), disposable), "{patterns:?}");
        }
    }

    #[test]
    fn what_can_never_match_is_refused() {
        for (text, why) in
            [("", "empty"), ("/etc/passwd", "begins with /"), ("../x", ".."), ("a[", "unclosed")]
        {
            let message = text.parse::<FilePattern>().unwrap_err().to_string();
            assert!(message.contains(why), "{text}: {message}");
        }
        assert!(serde_json::from_str::<FilePattern>(r#""../x""#).is_err());
    }
}
