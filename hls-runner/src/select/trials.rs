//! What a hyperparameter search leaves beside its models: Keras Tuner's `trial_*/trial.json`, and `hyperparams_trial_*.json`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::GatherError;
use super::records::{Name, Record, trial_number};
use crate::results::columns::Cell;

/// A file of Keras Tuner, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Trial {
    #[serde(default)]
    hyperparameters: Hyperparameters,
    #[serde(default)]
    metrics: Metrics,
    score: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
struct Hyperparameters {
    #[serde(default)]
    values: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
struct Metrics {
    #[serde(default)]
    metrics: std::collections::BTreeMap<String, Metric>,
}

#[derive(Debug, Deserialize)]
struct Metric {
    #[serde(default)]
    direction: Option<String>,
    #[serde(default)]
    observations: Vec<Observation>,
}

/// The values of all executions of a trial at one step.
#[derive(Debug, Deserialize)]
struct Observation {
    value: Vec<Option<f64>>,
}

/// The records beside models, or what is wrong with a file: none where there are no such files.
pub fn beside(dir: &Path) -> Vec<Result<(PathBuf, Record), GatherError>> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    let records = names.iter().filter_map(|name| {
        let path = dir.join(name);
        let tuner = path.join("trial.json");
        let stem = name.strip_suffix(".json").filter(|stem| stem.starts_with("hyperparams_trial_"));
        let (path, record) = match stem {
            Some(stem) => (path.clone(), of_hyperparameters(&path, stem)),
            None if name.starts_with("trial_") && tuner.is_file() => (tuner.clone(), of_tuner(&tuner, name)),
            None => return None,
        };
        record.map(|record| record.map(|record| (path, record))).transpose()
    });
    records.collect()
}

fn of_hyperparameters(path: &Path, stem: &str) -> Result<Option<Record>, GatherError> {
    let Some(number) = trial_number(stem) else { return Ok(None) };
    let object: Map<String, Value> = parse(path)?;
    Ok(Some(Record { names: vec![Name::Trial(number)], ..Record::of_object(&object) }))
}

fn of_tuner(path: &Path, folder: &str) -> Result<Option<Record>, GatherError> {
    let Some(number) = trial_number(folder) else { return Ok(None) };
    let trial: Trial = parse(path)?;
    let mut record = Record::of_object(&trial.hyperparameters.values);
    record.names = vec![Name::Trial(number)];
    // What the tuner itself needs for a trial that goes on with another.
    record.values.retain(|(key, _)| !key.starts_with("tuner/"));
    record.values.extend(trial.score.map(|score| ("score".to_owned(), Cell::Number(score))));
    for (name, metric) in &trial.metrics.metrics {
        record.values.extend(metric.best().map(|best| (name.clone(), Cell::Number(best))));
    }
    Ok(Some(record))
}

impl Metric {
    /// The best step, as the tuner has it: by the mean of the executions.
    fn best(&self) -> Option<f64> {
        let mut means = self.observations.iter().filter_map(|step| {
            let values: Vec<f64> = step.value.iter().flatten().copied().collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        });
        match self.direction.as_deref() {
            Some("max") => means.reduce(f64::max),
            Some("min") => means.reduce(f64::min),
            _ => means.next_back(),
        }
    }
}

fn parse<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, GatherError> {
    let text =
        fs::read_to_string(path).map_err(|source| GatherError::Read { path: path.to_owned(), source })?;
    serde_json::from_str(&text)
        .map_err(|error| GatherError::Form { path: path.to_owned(), why: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trials_of_keras_tuner() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("trial_0007")).unwrap();
        let text = r#"{"trial_id": "0007", "hyperparameters": {"space": [], "values": {"units": 16, "tuner/epochs": 3}},
            "metrics": {"metrics": {
                "val_accuracy": {"direction": "max", "observations": [
                    {"value": [0.5, 0.75], "step": 0}, {"value": [0.5], "step": 1}]},
                "val_loss": {"direction": "min", "observations": [{"value": [0.5], "step": 0}, {"value": [0.25, null], "step": 1}]}
            }}, "score": 0.625, "best_step": 0, "status": "COMPLETED"}"#;
        fs::write(dir.path().join("trial_0007/trial.json"), text).unwrap();
        fs::write(dir.path().join("hyperparams_trial_12.json"), r#"{"learning_rate": 0.001}"#).unwrap();
        let records = beside(dir.path());
        let [Ok((_, other)), Ok((_, trial))] = &records[..] else { panic!("{records:?}") };
        assert_eq!(other.names, [Name::Trial(12)]);
        assert_eq!(trial.names, [Name::Trial(7)]);
        let mut values: Vec<_> = trial.values.iter().map(|(key, cell)| format!("{key}={cell}")).collect();
        values.sort();
        assert_eq!(values, ["score=0.625", "units=16", "val_accuracy=0.625", "val_loss=0.25"]);
    }

    #[test]
    fn a_broken_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("hyperparams_trial_1.json"), "{").unwrap();
        let [Err(error)] = &beside(dir.path())[..] else { panic!("one error") };
        let error = error.to_string();
        assert!(error.contains("hyperparams_trial_1.json"), "{error}");
    }
}
