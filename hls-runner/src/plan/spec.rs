//! A job as data: everything that must be known to run it on any machine that sees its input and its output folder.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::plan::discover::Tier;
use crate::plan::fingerprint::Fingerprint;
use crate::plan::grid::Point;
use crate::plan::jobs::{Job, JobId, Plan};

fn is_first(input: &usize) -> bool {
    *input == 0
}

/// One job of a plan, with names relative to the folders of models and of results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JobSpec {
    /// Place in the plan.
    pub id: JobId,
    /// Which of the input folders the model comes from, counted from 0.
    #[serde(default, skip_serializing_if = "is_first")]
    pub input: usize,
    /// The model file, below that folder.
    pub model: PathBuf,
    /// What a person calls the model, as in [`Job::name`].
    pub name: String,
    /// The tier that the model belongs to.
    pub tier: Option<Tier>,
    /// The name of the input folder that the model comes from, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The settings that vary in the sweep; empty without a grid.
    #[serde(default, skip_serializing_if = "Point::is_empty")]
    pub settings: Point,
    /// The project folder, below the output folder.
    pub folder: PathBuf,
    /// What makes another job the same, unless the model could not be read.
    pub fingerprint: Option<Fingerprint>,
}

impl JobSpec {
    /// The job as data. A model that is not below an input folder of the plan keeps its path.
    #[must_use]
    pub fn new(plan: &Plan, job: &Job, fingerprint: Option<Fingerprint>) -> Self {
        let below = |path: &Path, folder: &Path| path.strip_prefix(folder).unwrap_or(path).to_owned();
        // Of folders inside each other the innermost.
        let holds = |(_, dir): &(usize, &PathBuf)| job.model.starts_with(dir);
        let depth = |(_, dir): &(usize, &PathBuf)| dir.components().count();
        let input = plan.input_dirs.iter().enumerate().filter(holds).max_by_key(depth);
        let (input, dir) = input.map_or((0, Path::new("")), |(input, dir)| (input, dir));
        Self {
            id: job.id,
            input,
            model: below(&job.model, dir),
            name: job.name.clone(),
            tier: job.tier,
            run: job.run.clone(),
            settings: job.settings.clone(),
            folder: below(&job.folder, &plan.output_dir),
            fingerprint,
        }
    }

    /// The job on a machine where these are the folders of models, in the order of the plan, and of results.
    #[must_use]
    pub fn at(&self, input_dirs: &[PathBuf], output_dir: &Path) -> Job {
        let input_dir = input_dirs.get(self.input).map_or(Path::new(""), PathBuf::as_path);
        Job {
            id: self.id,
            model: input_dir.join(&self.model),
            name: self.name.clone(),
            tier: self.tier,
            run: self.run.clone(),
            settings: self.settings.clone(),
            folder: output_dir.join(&self.folder),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::discover::ModelFile;
    use crate::plan::grid::Grid;
    use crate::plan::inputs::Input;
    use crate::plan::jobs::plan_grid;

    use super::*;

    #[test]
    fn a_job_goes_to_another_machine_as_text() {
        let file = |path: &str, tier| ModelFile { path: path.into(), tier };
        let inputs = [
            Input {
                dir: "/in/first".into(),
                models: vec![
                    file("/in/first/pareto_primary/a b.h5", Some(Tier::Primary)),
                    file("/in/first/pareto_secondary/a b.h5", Some(Tier::Secondary)),
                ],
            },
            Input { dir: "/in".into(), models: vec![file("/in/a b.h5", None)] },
        ];
        let grid = ["clock-period=5,2.5", "part=xcu250", "no-dsp=true", "Model.Precision=fixed<16,6>"];
        let grid = Grid::new(grid.iter().map(|text| text.parse().unwrap()).collect()).unwrap();
        for (count, grid) in [(1, &Grid::default()), (1, &grid), (2, &Grid::default()), (2, &grid)] {
            let plan = plan_grid(inputs[..count].to_vec(), Path::new("/out"), grid).unwrap();
            assert_eq!(plan.jobs.len(), (count + 1) * grid.len().unwrap());
            for job in &plan.jobs {
                let spec = JobSpec::new(&plan, job, Some(Fingerprint::of_bytes(b"x")));
                let text = serde_json::to_string(&spec).unwrap();
                assert!(!text.contains("/in") && !text.contains("/out"), "{text}");
                assert_eq!(text.contains("settings"), !grid.is_empty(), "{text}");
                let read: JobSpec = serde_json::from_str(&text).unwrap();
                assert_eq!(read, spec);
                assert_eq!(read.at(&plan.input_dirs, Path::new("/out")), *job);
                let elsewhere = read.at(&["/mnt/a".into(), "/mnt/b".into()], Path::new("/mnt/results"));
                assert!(elsewhere.folder.starts_with("/mnt/results"), "{elsewhere:?}");
                assert!(elsewhere.model.starts_with("/mnt"), "{elsewhere:?}");
            }
        }
    }

    #[test]
    fn a_job_of_an_older_plan_has_no_settings() {
        let text = r#"{"id": 0, "model": "m.h5", "name": "m", "tier": null, "folder": "hls_m", "fingerprint": null}"#;
        let spec: JobSpec = serde_json::from_str(text).unwrap();
        assert!(spec.settings.is_empty() && spec.run.is_none());
        assert_eq!(spec.at(&["/in".into()], Path::new("/out")).model, Path::new("/in/m.h5"));
    }
}
