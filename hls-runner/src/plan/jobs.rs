use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::plan::discover::{ModelFile, Tier};
use crate::plan::grid::{Grid, Point};
use crate::plan::inputs::{Input, run_names};
use crate::plan::label::Labels;

/// The name of the default output folder inside the input folder.
pub const DEFAULT_OUTPUT: &str = "hls_outputs";

/// Longest model part of a folder name in bytes: leaves room for `hls_`, `.tar.gz` and scratch suffixes in
/// the 255 bytes that file systems allow.
const LONGEST_NAME: usize = 200;
/// What project folders begin with.
const PREFIX: &str = "hls_";
/// What is between the names of the model and of the point of the grid.
const SEPARATOR: &str = "__";

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
    /// What a person calls the model: the file's name without its extension; with it, or with its path below the input folder, where another model would
    /// have the same name.
    pub name: String,
    /// The tier that the model belongs to.
    pub tier: Option<Tier>,
    /// The name of the input folder that the model comes from, where there are several.
    pub run: Option<String>,
    /// The settings that vary in the sweep; empty without a grid.
    pub settings: Point,
    /// The project folder, absolute: `OUTPUT/hls_<model>`, or `OUTPUT/hls_<model>__<settings>`. No other job of the plan has the same.
    pub folder: PathBuf,
}

impl Job {
    /// The model as a person tells it from the others of the sweep: `model_trial_3`, `model_trial_3 (search_2, primary)`.
    #[must_use]
    pub fn title(&self) -> String {
        self.described(None)
    }

    /// The job likewise, with its settings: `model_trial_3 (primary, clock-period=5, part=xcu250)`.
    #[must_use]
    pub fn label(&self) -> String {
        let settings = Some(self.settings.to_string()).filter(|text| !text.is_empty());
        self.described(settings)
    }

    /// The archive next to the project folder: `hls_<model>.tar.gz`.
    #[must_use]
    pub fn tarball(&self) -> PathBuf {
        sibling(&self.folder, "", ".tar.gz")
    }

    /// What to call it where another job is spoken of: the model's name, with settings where jobs have some.
    pub(crate) fn label_beside(&self, other: &Job) -> String {
        if other.settings.is_empty() && other.run.is_none() { self.name.clone() } else { self.label() }
    }

    fn described(&self, settings: Option<String>) -> String {
        let tier = self.tier.map(|tier| tier.name().to_owned());
        let details: Vec<String> = [self.run.clone(), tier, settings].into_iter().flatten().collect();
        if details.is_empty() { self.name.clone() } else { format!("{} ({})", self.name, details.join(", ")) }
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
    /// The folders whose models are run.
    pub input_dirs: Vec<PathBuf>,
    /// The folder that takes the results, absolute.
    pub output_dir: PathBuf,
    /// What varies besides the models.
    pub grid: Grid,
    /// The jobs, in the order in which they start.
    pub jobs: Vec<Job>,
}

impl Plan {
    /// Without any jobs.
    pub(crate) fn nothing(output_dir: &Path) -> Self {
        let output_dir = output_dir.to_owned();
        Self { input_dirs: Vec::new(), output_dir, grid: Grid::default(), jobs: Vec::new() }
    }
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
        Some(dir) => dir.to_owned(),
        None => input_dir.join(DEFAULT_OUTPUT),
    };
    plan_grid(vec![Input { dir: input_dir.to_owned(), models }], &output_dir, &Grid::default())
}

/// Gives each model of each folder a job for each point of a grid, one model after the other.
///
/// As [`plan`]. A point's name follows the model's in the folder, `hls_<model>__clock5_reuse4`: for each axis the last component of its name,
/// shortened, and the value. Of several input folders, each has a folder of its own in `output_dir`, named after it.
///
/// # Errors
/// As [`plan`].
pub fn plan_grid(inputs: Vec<Input>, output_dir: &Path, grid: &Grid) -> std::io::Result<Plan> {
    let output_dir = std::path::absolute(output_dir)?;
    let input_dirs: Vec<PathBuf> = inputs.iter().map(|input| input.dir.clone()).collect();
    let runs = run_names(&input_dirs);
    let is_one_of_several = inputs.len() > 1;
    let labels = Labels::new(grid.axes());
    let points: Vec<(Point, String)> =
        grid.points().map(|point| (point.clone(), labels.of(&point))).collect();
    let mut names = Names::default();
    let mut jobs = Vec::new();
    for (input, run) in inputs.into_iter().zip(runs) {
        let output_dir = match is_one_of_several {
            true => names.take(&output_dir, "", &run.replace('/', "_"), ""),
            false => output_dir.clone(),
        };
        let tiers: HashSet<Option<Tier>> = input.models.iter().map(|model| model.tier).collect();
        let parent_of = |tier: Option<Tier>| match tier {
            Some(tier) if tiers.len() > 1 => output_dir.join(tier.folder()),
            _ => output_dir.clone(),
        };
        for model in &input.models {
            for (_, label) in &points {
                names.reserve(&parent_of(model.tier), PREFIX, &stem(&model.path), label);
            }
        }
        let model_names = model_names(&input.dir, &input.models);
        for (model, name) in input.models.into_iter().zip(model_names) {
            for (point, label) in &points {
                jobs.push(Job {
                    id: JobId(jobs.len()),
                    model: model.path.clone(),
                    name: name.clone(),
                    tier: model.tier,
                    run: is_one_of_several.then(|| run.clone()),
                    settings: point.clone(),
                    folder: names.take(&parent_of(model.tier), PREFIX, &stem(&model.path), label),
                });
            }
        }
    }
    Ok(Plan { input_dirs, output_dir, grid: grid.clone(), jobs })
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The shortest name of each model in `dir` that no other of its tier has: `a`, or else `a.keras`, or else `x/a.keras`.
fn model_names(dir: &Path, models: &[ModelFile]) -> Vec<String> {
    let file_name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let below = |path: &Path| path.strip_prefix(dir).unwrap_or(path).to_string_lossy().into_owned();
    let candidates: Vec<[String; 3]> =
        models.iter().map(|model| [stem(&model.path), file_name(&model.path), below(&model.path)]).collect();
    let mut bearers: HashMap<(Option<Tier>, usize, &str), usize> = HashMap::new();
    for (model, names) in models.iter().zip(&candidates) {
        for (length, name) in names.iter().enumerate() {
            *bearers.entry((model.tier, length, name)).or_default() += 1;
        }
    }
    let shortest = |(model, names): (&ModelFile, &[String; 3])| {
        let is_own =
            |(length, name): &(usize, &String)| bearers.get(&(model.tier, *length, name)) == Some(&1);
        let own = names.iter().enumerate().find(is_own).map(|(_, name)| name);
        own.unwrap_or(&names[2]).clone()
    };
    models.iter().zip(&candidates).map(shortest).collect()
}

/// The name with only characters that are safe, and short enough for `label` to follow it.
fn safe_name(name: &str, label: &str) -> String {
    let room = if label.is_empty() { 0 } else { label.len() + SEPARATOR.len() };
    let safe: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '_' })
        .take(LONGEST_NAME.saturating_sub(room))
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
    /// Keeps the folder for the model whose name needs no change for it.
    fn reserve(&mut self, parent: &Path, prefix: &str, name: &str, label: &str) {
        if safe_name(name, label) == name {
            self.reserved.insert(fold_case(&folder(parent, prefix, name, label)));
        }
    }

    fn take(&mut self, parent: &Path, prefix: &str, name: &str, label: &str) -> PathBuf {
        let safe = safe_name(name, label);
        let first = folder(parent, prefix, &safe, label);
        if safe == name && self.reserved.remove(&fold_case(&first)) && self.claim(&first) {
            return first;
        }
        std::iter::once(first.clone())
            .chain((2..=usize::MAX).map(|n| sibling(&first, "", &format!("_{n}"))))
            .find(|folder| !self.reserved.contains(&fold_case(folder)) && self.claim(folder))
            .unwrap_or(first)
    }

    fn claim(&mut self, folder: &Path) -> bool {
        self.taken.insert(fold_case(folder))
    }
}

/// `PARENT/hls_<model>`, or `PARENT/hls_<model>__<point>`.
fn folder(parent: &Path, prefix: &str, name: &str, label: &str) -> PathBuf {
    let separator = if label.is_empty() { "" } else { SEPARATOR };
    parent.join(format!("{prefix}{name}{separator}{label}"))
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
    fn models_whose_files_have_one_stem_are_told_apart() {
        use Tier::{Primary, Secondary};
        type Case<'a> = (&'a [(&'a str, Option<Tier>)], &'a [&'a str]);
        let cases: &[Case] = &[
            (&[("/in/a.h5", None), ("/in/a.keras", None), ("/in/b.h5", None)], &["a.h5", "a.keras", "b"]),
            (&[("/in/x/a.h5", None), ("/in/y/a.h5", None)], &["x/a.h5", "y/a.h5"]),
            (&[("/in/x/a.h5", None), ("/in/a.keras", None)], &["a.h5", "a.keras"]),
            (
                &[
                    ("/in/pareto_primary/a.h5", Some(Primary)),
                    ("/in/pareto_secondary/a.keras", Some(Secondary)),
                ],
                &["a", "a"],
            ),
        ];
        for (models, expected) in cases {
            let models =
                models.iter().map(|(path, tier)| ModelFile { path: path.into(), tier: *tier }).collect();
            let plan = plan(Path::new("/in"), Some(Path::new("/out")), models).unwrap();
            let names: Vec<&str> = plan.jobs.iter().map(|job| job.name.as_str()).collect();
            assert_eq!(names, *expected);
        }
    }

    #[test]
    fn each_point_of_a_grid_has_a_folder_of_its_own() {
        let grid = ["clock-period=5,10", "LayerType.Dense.ReuseFactor=1,4"];
        let grid = Grid::new(grid.iter().map(|text| text.parse().unwrap()).collect()).unwrap();
        let inputs = |dirs: &[&str], models: &[&str]| {
            let model = |dir: &str, name: &&str| ModelFile { path: Path::new(dir).join(name), tier: None };
            let input = |dir: &&str| Input {
                dir: dir.into(),
                models: models.iter().map(|name| model(dir, name)).collect(),
            };
            dirs.iter().map(input).collect::<Vec<_>>()
        };
        let folders = |dirs: &[&str], models: &[&str], grid: &Grid| {
            let plan = plan_grid(inputs(dirs, models), Path::new("/out"), grid).unwrap();
            plan.jobs.iter().map(|job| job.folder.to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(
            folders(&["/in"], &["b.h5", "a b.h5"], &grid),
            [
                "/out/hls_b__clock5_reuse1",
                "/out/hls_b__clock5_reuse4",
                "/out/hls_b__clock10_reuse1",
                "/out/hls_b__clock10_reuse4",
                "/out/hls_a_b__clock5_reuse1",
                "/out/hls_a_b__clock5_reuse4",
                "/out/hls_a_b__clock10_reuse1",
                "/out/hls_a_b__clock10_reuse4",
            ]
        );
        let no_grid = Grid::default();
        assert_eq!(folders(&["/x/in", "/y/in"], &["a.h5"], &no_grid), ["/out/x_in/hls_a", "/out/y_in/hls_a"]);
        assert_eq!(
            folders(&["/x/a b", "/y/a_b"], &["m.h5"], &no_grid),
            ["/out/a_b/hls_m", "/out/a_b_2/hls_m"]
        );
        let text = Grid::new(vec!["Model.X=a b,a_b,A_B".parse().unwrap()]).unwrap();
        assert_eq!(
            folders(&["/in"], &["m.h5", "m.hdf5"], &text),
            [
                "/out/hls_m__X-a_b",
                "/out/hls_m__X-a_b_2",
                "/out/hls_m__X-A_B_3",
                "/out/hls_m__X-a_b_4",
                "/out/hls_m__X-a_b_5",
                "/out/hls_m__X-A_B_6",
            ]
        );
        let long = format!("{}.h5", "x".repeat(240));
        assert!(folders(&["/in"], &[&long, &long], &grid).iter().all(|folder| folder.len() < 230));
        let plan = plan_grid(inputs(&["/x/in", "/y/in"], &["a.h5"]), Path::new("/out"), &grid).unwrap();
        assert_eq!(plan.jobs[5].title(), "a (y/in)");
        assert_eq!(plan.jobs[5].label(), "a (y/in, clock-period=5, LayerType.Dense.ReuseFactor=4)");
        assert_eq!(plan.jobs[5].id, JobId(5));
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
