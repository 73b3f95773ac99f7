//! A job as data: everything that must be known to run it on any machine that sees its input and its output folder.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::plan::discover::Tier;
use crate::plan::fingerprint::Fingerprint;
use crate::plan::grid::Point;
use crate::plan::jobs::{Job, JobId, Plan};

/// One job of a plan, with names relative to the folders of models and of results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JobSpec {
    /// Place in the plan.
    pub id: JobId,
    /// The model file, below the input folder.
    pub model: PathBuf,
    /// The file's name without its extension, as a person reads it.
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
    /// The job as data. A model that is not below the plan's input folder keeps its path.
    #[must_use]
    pub fn new(plan: &Plan, job: &Job, fingerprint: Option<Fingerprint>) -> Self {
        let below = |path: &Path, folder: &Path| path.strip_prefix(folder).unwrap_or(path).to_owned();
        Self {
            id: job.id,
            model: below(&job.model, &plan.input_dir),
            name: job.name.clone(),
            tier: job.tier,
            run: job.run.clone(),
            settings: job.settings.clone(),
            folder: below(&job.folder, &plan.output_dir),
            fingerprint,
        }
    }

    /// The job on a machine where these are the folders of models and of results.
    #[must_use]
    pub fn at(&self, input_dir: &Path, output_dir: &Path) -> Job {
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
    use crate::plan::jobs::plan;

    use super::*;

    #[test]
    fn a_job_goes_to_another_machine_as_text() {
        let models = vec![
            ModelFile { path: "/in/pareto_primary/a b.h5".into(), tier: Some(Tier::Primary) },
            ModelFile { path: "/in/pareto_secondary/a b.h5".into(), tier: Some(Tier::Secondary) },
        ];
        let plan = plan(Path::new("/in"), Some(Path::new("/out")), models).unwrap();
        for job in &plan.jobs {
            let spec = JobSpec::new(&plan, job, Some(Fingerprint::of_bytes(b"x")));
            let text = serde_json::to_string(&spec).unwrap();
            assert!(!text.contains("/in") && !text.contains("/out"), "{text}");
            let read: JobSpec = serde_json::from_str(&text).unwrap();
            assert_eq!(read, spec);
            assert_eq!(read.at(Path::new("/in"), Path::new("/out")), *job);
            let elsewhere = read.at(Path::new("/mnt/models"), Path::new("/mnt/results"));
            assert!(elsewhere.folder.starts_with("/mnt/results"), "{elsewhere:?}");
        }
    }
}
