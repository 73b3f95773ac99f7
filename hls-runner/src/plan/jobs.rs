use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::plan::discover::{ModelFile, Tier};
use crate::plan::grid::Point;

/// The name of the default output folder inside the input folder.
pub const DEFAULT_OUTPUT: &str = "hls_outputs";

/// Longest model part of a folder name in bytes: leaves room for `hls_`, `.tar.gz` and scratch suffixes in
/// the 255 bytes that file systems allow.
const LONGEST_NAME: usize = 200;

/// A job's place in its plan, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub usize);

/// One model file under some settings, and where its project goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Job {
    /// Place in the plan.
    pub id: JobId,
    /// The model file.
    pub model: PathBuf,
    /// The file's name without its extension, as a person reads it.
    pub name: String,
    /// The tier that the model belongs to.
    pub tier: Option<Tier>,
    /// The name of the input folder that the model comes from, where there are several.
    pub run: Option<String>,
    /// The settings that vary in the sweep; empty without a grid.
    pub settings: Point,
    /// The project folder, absolute: `OUTPUT/hls_<model>`. No other job of the plan has the same.
    pub folder: PathBuf,
}

impl Job {
    /// The archive next to the project folder: `hls_<model>.tar.gz`.
    #[must_use]
    pub fn tarball(&self) -> PathBuf {
        sibling(&self.folder, "", ".tar.gz")
    }
}

/// A path next to `folder` whose name has `prefix` before and `suffix` after the folder's name.
pub(crate) fn sibling(folder: &Path, prefix: &str, suffix: &str) -> PathBuf {
    let mut name = std::ffi::OsString::from(prefix);
    name.push(folder.file_name().unwrap_or_default());
    name.push(suffix);
    folder.with_file_name(name)
}

/// The jobs of a sweep.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The folder whose models are run.
    pub input_dir: PathBuf,
    /// The folder that takes the results, absolute.
    pub output_dir: PathBuf,
    /// The jobs, in the order in which they start.
    pub jobs: Vec<Job>,
}

/// Gives each model a job with an output folder of its own.
///
/// `output_dir` defaults to `INPUT/hls_outputs`. Folders are `hls_<model>`, with every character outside
/// `A-Z a-z 0-9 . _ -` replaced by `_` (tools and scripts meet these names) and long names cut. Where two
/// models would get the same folder, the later one gets `_2`, `_3`, …; a model whose name needed no change
/// keeps it. When both tiers are in the sweep, each has a folder of its own, `OUTPUT/pareto_primary/` and
/// `OUTPUT/pareto_secondary/`, so that equal names in the two do not meet.
///
/// # Errors
/// The current folder no longer exists, so a relative path has no meaning.
pub fn plan(input_dir: &Path, output_dir: Option<&Path>, models: Vec<ModelFile>) -> std::io::Result<Plan> {
    let output_dir = match output_dir {
        Some(dir) => std::path::absolute(dir)?,
        None => std::path::absolute(input_dir)?.join(DEFAULT_OUTPUT),
    };
    let tiers: HashSet<Option<Tier>> = models.iter().map(|model| model.tier).collect();
    let parent_of = |tier: Option<Tier>| match tier {
        Some(tier) if tiers.len() > 1 => output_dir.join(tier.folder()),
        _ => output_dir.clone(),
    };
    let mut names = Names::default();
    for model in &models {
        let name = model_name(&model.path);
        if safe_name(&name) == name {
            names.reserve(parent_of(model.tier).join(folder_name(&name)));
        }
    }
    let jobs = models
        .into_iter()
        .enumerate()
        .map(|(index, model)| {
            let name = model_name(&model.path);
            let folder = names.take(&parent_of(model.tier), &name);
            Job {
                id: JobId(index),
                model: model.path,
                name,
                tier: model.tier,
                run: None,
                settings: Point::default(),
                folder,
            }
        })
        .collect();
    Ok(Plan { input_dir: input_dir.to_owned(), output_dir, jobs })
}

fn model_name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn folder_name(name: &str) -> String {
    format!("hls_{name}")
}

fn safe_name(name: &str) -> String {
    let safe: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '_' })
        .take(LONGEST_NAME)
        .collect();
    // A name of dots alone would read as a path element once the prefix is cut off.
    if safe.bytes().all(|byte| byte == b'.') { "_".repeat(safe.len().max(1)) } else { safe }
}

/// Folder names given away, compared without case because some file systems do.
#[derive(Default)]
struct Names {
    taken: HashSet<PathBuf>,
    /// Names that needed no change and wait for the first model that bears them.
    reserved: HashSet<PathBuf>,
}

impl Names {
    fn reserve(&mut self, folder: PathBuf) {
        self.reserved.insert(fold_case(&folder));
    }

    fn take(&mut self, parent: &Path, name: &str) -> PathBuf {
        let safe = safe_name(name);
        let first = parent.join(folder_name(&safe));
        if safe == name && self.reserved.remove(&fold_case(&first)) && self.claim(&first) {
            return first;
        }
        std::iter::once(first)
            .chain((2..=usize::MAX).map(|n| parent.join(folder_name(&format!("{safe}_{n}")))))
            .find(|folder| !self.reserved.contains(&fold_case(folder)) && self.claim(folder))
            .unwrap_or_else(|| parent.join(folder_name(&safe)))
    }

    fn claim(&mut self, folder: &Path) -> bool {
        self.taken.insert(fold_case(folder))
    }
}

fn fold_case(path: &Path) -> PathBuf {
    PathBuf::from(path.to_string_lossy().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(models: &[(&str, Option<Tier>)]) -> Vec<String> {
        let models = models.iter().map(|(path, tier)| ModelFile { path: path.into(), tier: *tier }).collect();
        let plan = plan(Path::new("/in"), Some(Path::new("/out")), models).unwrap();
        plan.jobs.iter().map(|job| job.folder.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn every_model_has_a_folder_of_its_own() {
        use Tier::{Primary, Secondary};
        type Case<'a> = (&'a [(&'a str, Option<Tier>)], &'a [&'a str]);
        let cases: &[Case] = &[
            (&[("/in/model_trial_1.h5", None)], &["/out/hls_model_trial_1"]),
            (&[("/in/a.h5", None), ("/in/a.hdf5", None)], &["/out/hls_a", "/out/hls_a_2"]),
            (&[("/in/x/a.h5", None), ("/in/y/A.h5", None)], &["/out/hls_a", "/out/hls_A_2"]),
            (&[("/in/a b;rm.h5", None), ("/in/..h5", None)], &["/out/hls_a_b_rm", "/out/hls__"]),
            (&[("/in/a b.h5", None), ("/in/a_b.h5", None)], &["/out/hls_a_b_2", "/out/hls_a_b"]),
            (
                &[("/in/a b.h5", None), ("/in/a;b.h5", None), ("/in/a_b_2.h5", None)],
                &["/out/hls_a_b", "/out/hls_a_b_3", "/out/hls_a_b_2"],
            ),
            (&[("/in/$(reboot)[exit]{x}.h5", None)], &["/out/hls___reboot__exit__x_"]),
            (&[("/in/été.h5", None), ("/in/-rf.h5", None)], &["/out/hls__t_", "/out/hls_-rf"]),
            (&[("/in/pareto_primary/a.h5", Some(Primary))], &["/out/hls_a"]),
            (
                &[("/in/pareto_primary/a.h5", Some(Primary)), ("/in/pareto_secondary/a.h5", Some(Secondary))],
                &["/out/pareto_primary/hls_a", "/out/pareto_secondary/hls_a"],
            ),
        ];
        for (models, expected) in cases {
            assert_eq!(folders(models), *expected, "{models:?}");
        }
    }

    #[test]
    fn long_names_leave_room_for_suffixes() {
        let long = format!("/in/{}.h5", "é".repeat(120) + &"x".repeat(120));
        let folders = folders(&[(&long, None), (&long, None)]);
        assert_ne!(folders[0], folders[1]);
        assert!(folders.iter().all(|folder| folder.len() < 230), "{folders:?}");
    }

    #[test]
    fn the_output_folder_is_inside_the_input_by_default_and_absolute() {
        let plan = plan(Path::new("models"), None, Vec::new()).unwrap();
        assert!(plan.output_dir.is_absolute());
        assert!(plan.output_dir.ends_with("models/hls_outputs"));
    }
}
