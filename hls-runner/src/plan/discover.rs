//! Find the model files of a sweep.
//!
//! An input folder is either flat (`INPUT/model_trial_*.h5`, `….keras`) or in two tiers (`INPUT/pareto_primary/…` and
//! `INPUT/pareto_secondary/…`). Where a tier folder exists, models directly in the input folder are not
//! part of the sweep: [`Discovered::beside_tiers`] counts them so that nothing is dropped silently.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use crate::remedy::Remedy;

/// The pattern that finds the models of a search when none is given.
pub const DEFAULT_PATTERN: &str = "model_trial_*.{h5,keras}";
/// What model files are called.
const MODEL_FILES: &str = "*.{h5,keras}";

/// A tier of a Pareto layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Models in `pareto_primary/`. Scripts write the folder's name.
    #[serde(alias = "pareto_primary")]
    Primary,
    /// Models in `pareto_secondary/`.
    #[serde(alias = "pareto_secondary")]
    Secondary,
}

impl Tier {
    pub(crate) const ALL: [Self; 2] = [Self::Primary, Self::Secondary];

    /// The folder that holds this tier's models, and its results where both tiers are in one sweep.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Self::Primary => "pareto_primary",
            Self::Secondary => "pareto_secondary",
        }
    }

    /// The tier's name: `primary` or `secondary`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
        }
    }
}

/// Which tiers a sweep takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TierChoice {
    /// The primary tier only.
    Primary,
    /// Both tiers, the primary one first.
    Both,
}

/// One model file of a sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFile {
    /// Where the file is: the input folder joined with the match.
    pub path: PathBuf,
    /// Its tier in a Pareto layout.
    pub tier: Option<Tier>,
}

/// Why no models could be found or selected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiscoverError {
    /// The input folder is missing or not a folder.
    #[error(
        "input folder {} cannot be read: it {}; give the folder that holds the model files",
        path.display(), if path.exists() { "is not a folder" } else { "does not exist" }
    )]
    NotAFolder {
        /// The folder that was asked for.
        path: PathBuf,
    },
    /// A folder could not be listed.
    #[error("folder {} cannot be listed; check its permissions", path.display())]
    List {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The pattern is not a glob.
    #[error("pattern `{pattern}` is not a valid glob; an example is `{DEFAULT_PATTERN}`")]
    Pattern {
        /// The pattern as given.
        pattern: String,
        /// What is wrong with it.
        source: globset::Error,
    },
    /// No file matches.
    #[error(
        "no file in {} matches `{pattern}` ({others} other .h5 and .keras file(s) are there); \
         choose another folder or pattern",
        path.display()
    )]
    NothingMatches {
        /// The folder that was searched.
        path: PathBuf,
        /// The pattern that was used.
        pattern: String,
        /// How many `.h5` and `.keras` files the pattern left out.
        others: usize,
    },
    /// Both tiers hold models and nobody said which to take.
    #[error(
        "{} has {primary} model(s) in pareto_primary/ and {secondary} in pareto_secondary/; \
         choose one or both",
        path.display()
    )]
    TierChoiceNeeded {
        /// The input folder.
        path: PathBuf,
        /// Models in the primary tier.
        primary: usize,
        /// Models in the secondary tier.
        secondary: usize,
    },
    /// A tier was chosen in a flat folder, or in one where that tier holds no model.
    #[error(
        "a tier was chosen, but {} has no model in {}; do not choose one, to run the models that are there",
        path.display(), tier.folder()
    )]
    NoSuchTier {
        /// The input folder.
        path: PathBuf,
        /// The tier that is not there.
        tier: Tier,
    },
}

impl DiscoverError {
    /// What would mend it, where another choice would.
    #[must_use]
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::TierChoiceNeeded { .. } | Self::NoSuchTier { .. } => Some(Remedy::Tiers),
            Self::NotAFolder { .. }
            | Self::List { .. }
            | Self::Pattern { .. }
            | Self::NothingMatches { .. } => None,
        }
    }
}

/// The models that an input folder holds, before tiers are chosen and the number is limited.
#[derive(Debug, Clone)]
pub struct Discovered {
    input_dir: PathBuf,
    layout: Layout,
}

#[derive(Debug, Clone)]
enum Layout {
    Flat(Vec<PathBuf>),
    Tiers { primary: Vec<PathBuf>, secondary: Vec<PathBuf>, beside: usize },
}

/// Finds the files in `input_dir` (or in its tier folders) whose path below it matches the glob `pattern`.
///
/// `*` and `?` do not cross `/`; a pattern with a `/` or `**` descends into subfolders. The order is
/// natural (`trial_2` before `trial_10`) and the same on every machine. Symbolic links are followed.
///
/// # Errors
/// A missing or unreadable folder, an invalid pattern, or no match at all.
pub fn discover(input_dir: &Path, pattern: &str) -> Result<Discovered, DiscoverError> {
    if !input_dir.is_dir() {
        return Err(DiscoverError::NotAFolder { path: input_dir.to_owned() });
    }
    let search = ModelSearch::new(pattern)?;
    let tier_dirs = Tier::ALL.map(|tier| Some(input_dir.join(tier.folder())).filter(|dir| dir.is_dir()));
    let (layout, count) = match &tier_dirs {
        [None, None] => {
            let models = search.run(input_dir)?;
            let count = models.len();
            (Layout::Flat(models), count)
        }
        [primary, secondary] => {
            let [primary, secondary] = [search.run_opt(primary)?, search.run_opt(secondary)?];
            let count = primary.len() + secondary.len();
            (Layout::Tiers { primary, secondary, beside: search.run_top(input_dir)?.len() }, count)
        }
    };
    if count == 0 {
        let folders: Vec<PathBuf> = match &tier_dirs {
            [None, None] => vec![input_dir.to_owned()],
            some => some.iter().flatten().cloned().collect(),
        };
        let others = ModelSearch::new(MODEL_FILES)?.count(&folders);
        return Err(DiscoverError::NothingMatches {
            path: input_dir.to_owned(),
            pattern: pattern.to_owned(),
            others,
        });
    }
    Ok(Discovered { input_dir: input_dir.to_owned(), layout })
}

impl Discovered {
    /// The tiers that hold models; empty for a flat folder. Two entries mean that a choice is needed.
    #[must_use]
    pub fn tiers(&self) -> Vec<Tier> {
        let Layout::Tiers { primary, secondary, .. } = &self.layout else { return Vec::new() };
        [(Tier::Primary, primary), (Tier::Secondary, secondary)]
            .into_iter()
            .filter(|(_, models)| !models.is_empty())
            .map(|(tier, _)| tier)
            .collect()
    }

    /// How many models each tier holds, primary first; zeros for a flat folder.
    #[must_use]
    pub fn tier_counts(&self) -> [usize; 2] {
        match &self.layout {
            Layout::Flat(_) => [0, 0],
            Layout::Tiers { primary, secondary, .. } => [primary.len(), secondary.len()],
        }
    }

    /// Matching models directly in the input folder that are left out because tier folders exist.
    #[must_use]
    pub fn beside_tiers(&self) -> usize {
        match &self.layout {
            Layout::Flat(_) => 0,
            Layout::Tiers { beside, .. } => *beside,
        }
    }

    /// The models of the chosen tiers, at most `limit`, in order. Without a choice everything is taken,
    /// provided that it comes from one tier only.
    ///
    /// # Errors
    /// [`DiscoverError::TierChoiceNeeded`] when both tiers hold models and `choice` is `None`;
    /// [`DiscoverError::NoSuchTier`] when the choice names a tier without models.
    pub fn select(
        self,
        choice: Option<TierChoice>,
        limit: Option<usize>,
    ) -> Result<Vec<ModelFile>, DiscoverError> {
        let path = self.input_dir;
        let no_tier = |tier| DiscoverError::NoSuchTier { path: path.clone(), tier };
        let in_tier = |models: Vec<PathBuf>, tier| {
            models.into_iter().map(move |path| ModelFile { path, tier: Some(tier) })
        };
        let mut models: Vec<ModelFile> = match (self.layout, choice) {
            (Layout::Flat(models), None) => {
                models.into_iter().map(|path| ModelFile { path, tier: None }).collect()
            }
            (Layout::Flat(_), Some(_)) => return Err(no_tier(Tier::Primary)),
            (Layout::Tiers { primary, secondary, .. }, None)
                if !primary.is_empty() && !secondary.is_empty() =>
            {
                let (primary, secondary) = (primary.len(), secondary.len());
                return Err(DiscoverError::TierChoiceNeeded { path, primary, secondary });
            }
            (Layout::Tiers { primary, .. }, Some(TierChoice::Primary)) => {
                if primary.is_empty() {
                    return Err(no_tier(Tier::Primary));
                }
                in_tier(primary, Tier::Primary).collect()
            }
            (Layout::Tiers { primary, secondary, .. }, _) => {
                in_tier(primary, Tier::Primary).chain(in_tier(secondary, Tier::Secondary)).collect()
            }
        };
        models.truncate(limit.unwrap_or(usize::MAX));
        Ok(models)
    }
}

struct ModelSearch {
    matcher: GlobMatcher,
    depth: usize,
}

impl ModelSearch {
    fn new(pattern: &str) -> Result<Self, DiscoverError> {
        let glob = GlobBuilder::new(pattern)
            .literal_separator(true)
            .build()
            .map_err(|source| DiscoverError::Pattern { pattern: pattern.to_owned(), source })?;
        let descends = pattern.contains('/') || pattern.contains("**");
        Ok(Self { matcher: glob.compile_matcher(), depth: if descends { usize::MAX } else { 1 } })
    }

    fn run_opt(&self, dir: &Option<PathBuf>) -> Result<Vec<PathBuf>, DiscoverError> {
        dir.as_deref().map_or(Ok(Vec::new()), |dir| self.run(dir))
    }

    fn run(&self, dir: &Path) -> Result<Vec<PathBuf>, DiscoverError> {
        self.run_to_depth(dir, self.depth)
    }

    fn run_top(&self, dir: &Path) -> Result<Vec<PathBuf>, DiscoverError> {
        self.run_to_depth(dir, 1)
    }

    fn run_to_depth(&self, dir: &Path, depth: usize) -> Result<Vec<PathBuf>, DiscoverError> {
        let mut found = Vec::new();
        for entry in WalkDir::new(dir).min_depth(1).max_depth(depth).follow_links(true) {
            let path = match entry {
                Ok(entry) if entry.file_type().is_file() => entry.into_path(),
                Ok(_) => continue,
                // A dangling link is a model that vanished: its own job says so.
                Err(error) if error.depth() > 0 && error.path().is_some_and(Path::is_symlink) => {
                    error.path().unwrap_or(dir).to_owned()
                }
                Err(error) => {
                    let path = error.path().unwrap_or(dir).to_owned();
                    let source =
                        error.into_io_error().unwrap_or_else(|| std::io::Error::other("a loop of links"));
                    return Err(DiscoverError::List { path, source });
                }
            };
            if path.strip_prefix(dir).is_ok_and(|below| self.matcher.is_match(below)) {
                found.push(path);
            }
        }
        found.sort_by(|a, b| natural_order(a.as_os_str(), b.as_os_str()));
        Ok(found)
    }

    fn count(&self, folders: &[PathBuf]) -> usize {
        folders.iter().filter_map(|dir| self.run(dir).ok()).map(|found| found.len()).sum()
    }
}

/// Compares names with runs of digits by their value, then by length, and everything else by bytes.
pub(crate) fn natural_order(a: &OsStr, b: &OsStr) -> Ordering {
    let (whole_a, whole_b) = (a.as_encoded_bytes(), b.as_encoded_bytes());
    let (mut a, mut b) = (whole_a, whole_b);
    while let (Some(first_a), Some(first_b)) = (a.first(), b.first()) {
        let order = if first_a.is_ascii_digit() && first_b.is_ascii_digit() {
            let (number_a, rest_a) = split_number(a);
            let (number_b, rest_b) = split_number(b);
            (a, b) = (rest_a, rest_b);
            number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b))
        } else {
            (a, b) = (a.get(1..).unwrap_or_default(), b.get(1..).unwrap_or_default());
            first_a.cmp(first_b)
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    a.len().cmp(&b.len()).then_with(|| whole_a.cmp(whole_b))
}

/// Splits a leading number, without its leading zeros, from the rest.
fn split_number(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let zeros = digits.iter().position(|byte| *byte != b'0').unwrap_or(digits.len());
    (digits.get(zeros..).unwrap_or_default(), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_as_a_person_would() {
        let sorted = [
            "m",
            "m_0.h5",
            "m_1.h5",
            "m_01.h5",
            "m_2.h5",
            "m_10.h5",
            "m_99999999999999999999998.h5",
            "m_99999999999999999999999.h5",
            "m_a.h5",
            "n_1.h5",
        ];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                // Equal values are told apart by their bytes, so that the order is total.
                let expected = if (*a, *b) == ("m_1.h5", "m_01.h5") || (*a, *b) == ("m_01.h5", "m_1.h5") {
                    a.cmp(b)
                } else {
                    i.cmp(&j)
                };
                assert_eq!(natural_order(OsStr::new(a), OsStr::new(b)), expected, "{a} {b}");
            }
        }
    }
}
