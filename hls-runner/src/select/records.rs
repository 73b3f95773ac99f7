//! Files that say something of models: JSON and CSV, taken apart into records.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::GatherError;
use crate::plan::grid::{Point, SettingValue};
use crate::results::columns::{Cell, SETTING};

/// What a file says of one model.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Names of the model, the most exact first.
    pub names: Vec<Name>,
    /// The run, if the record says it.
    pub run: Option<String>,
    /// The settings under which the figures hold, if the record says some.
    pub settings: Point,
    /// The figures.
    pub values: Vec<(String, Cell)>,
}

/// How a record names its model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// The file, as far as anybody still knows its folders.
    File(PathBuf),
    /// The name of the file without the extension.
    Model(String),
    /// The number at the end of the name.
    Trial(u64),
}

/// Keys that name a model by its file, and by its name.
const FILE_KEYS: [&str; 4] = ["file", "h5_file", "model_file", "model_path"];
const NAME_KEYS: [&str; 2] = ["model", "model_name"];
const TRIAL_KEYS: [&str; 3] = ["trial_id", "trial_number", "trial"];
/// Objects whose entries count as the record's own.
const TRANSPARENT: [&str; 5] = ["metrics", "hyperparameters", "hyperparams", "params", "values"];

/// Reads a file of records: CSV, or JSON with a list of objects (by itself, or as `models`, `trials`, `results` or `jobs`).
pub fn read(path: &Path) -> Result<Vec<Record>, GatherError> {
    let text =
        fs::read_to_string(path).map_err(|source| GatherError::Read { path: path.to_owned(), source })?;
    let form = |why: String| GatherError::Form { path: path.to_owned(), why };
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with(['{', '[']) { json(text).map_err(form) } else { csv(text).map_err(form) }
}

fn json(text: &str) -> Result<Vec<Record>, String> {
    let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    // What this program writes: results, reports, estimates, and selections. In other documents, an object of that name may be anything.
    let has_points = ["grid", "objectives"].iter().any(|key| document.get(*key).is_some());
    let list = match document {
        Value::Array(list) => list,
        Value::Object(mut object) => {
            let found =
                ["models", "trials", "results", "jobs"].iter().find_map(|key| match object.remove(*key) {
                    Some(Value::Array(list)) => Some(list),
                    _ => None,
                });
            found.ok_or("it has no list `models`, `trials`, `results` or `jobs`")?
        }
        _ => return Err("it is neither a list nor an object".to_owned()),
    };
    let record = |object: &Map<String, Value>| match object.get("settings").filter(|_| has_points) {
        None => Record::of_object(object),
        Some(settings) => {
            let mut others = object.clone();
            others.shift_remove("settings");
            Record {
                settings: Point::deserialize(settings).unwrap_or_default(),
                ..Record::of_object(&others)
            }
        }
    };
    Ok(list.iter().filter_map(Value::as_object).map(record).collect())
}

fn csv(text: &str) -> Result<Vec<Record>, String> {
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let known = [&FILE_KEYS[..], &NAME_KEYS, &TRIAL_KEYS].concat();
    if !header.iter().any(|name| known.contains(&name)) {
        return Err(format!("its first line has none of the columns {}", known.join(", ")));
    }
    let records = reader.records().map(|row| {
        let row = row.map_err(|error| error.to_string())?;
        let mut record = Record::default();
        let mut settings = Vec::new();
        for (key, text) in header.iter().zip(row.iter()) {
            match key.strip_prefix(SETTING) {
                Some(_) if text.is_empty() => {}
                Some(axis) => settings.push((axis.to_owned(), SettingValue::of_text(text))),
                None => record.add(key, cell_of_text(text)),
            }
        }
        record.settings = Point::new(settings);
        Ok(record)
    });
    records.collect()
}

impl Record {
    /// An object's entries; entries of objects inside get its key in front.
    pub fn of_object(object: &Map<String, Value>) -> Self {
        let mut record = Self::default();
        record.add_object(object, "");
        record
    }

    fn add_object(&mut self, object: &Map<String, Value>, prefix: &str) {
        for (key, value) in object {
            match value {
                Value::Object(inner) if TRANSPARENT.contains(&key.as_str()) => self.add_object(inner, prefix),
                // As the columns of scores.csv are called.
                Value::Object(inner) if key == "float_metrics" => self.add_object(inner, "float_"),
                Value::Object(inner) if key == "quantized_metrics" => self.add_object(inner, "quantized_"),
                Value::Object(inner) if key == "differences" => self.add_object(inner, "difference_"),
                Value::Object(inner) => self.add_object(inner, &format!("{prefix}{key}.")),
                Value::Array(_) => {}
                value => self.add(&format!("{prefix}{key}"), cell_of_json(value)),
            }
        }
    }

    fn add(&mut self, key: &str, cell: Cell) {
        let text = cell.to_string();
        let rank = |name: &Name| match name {
            Name::File(_) => 0,
            Name::Model(_) => 1,
            Name::Trial(_) => 2,
        };
        let name = match key {
            _ if text.is_empty() => None,
            key if FILE_KEYS.contains(&key) => Some(Name::File(text.into())),
            key if NAME_KEYS.contains(&key) => Some(Name::Model(text)),
            key if TRIAL_KEYS.contains(&key) => trial_number(&text).map(Name::Trial),
            "run" => {
                self.run = Some(text);
                return;
            }
            _ => None,
        };
        match name {
            Some(name) => {
                self.names.push(name);
                self.names.sort_by_key(rank);
            }
            None => self.values.push((key.to_owned(), cell)),
        }
    }
}

/// The number that ends a name: 7 of `model_trial_007`, `trial_7` and `7`, none of the hexadecimal `trial_0a3b12`.
pub fn trial_number(name: &str) -> Option<u64> {
    let head = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let stands_alone = head.is_empty() || head.ends_with(['_', '-']);
    name[head.len()..].parse().ok().filter(|_| stands_alone)
}

fn cell_of_json(value: &Value) -> Cell {
    match value {
        Value::Bool(value) => Cell::Flag(*value),
        Value::String(text) => Cell::Text(text.clone()),
        Value::Number(number) => match (number.as_u64(), number.as_f64()) {
            (Some(count), _) => Cell::Count(count),
            (None, Some(number)) => Cell::Number(number),
            (None, None) => Cell::Unknown,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => Cell::Unknown,
    }
}

fn cell_of_text(text: &str) -> Cell {
    let number = || text.parse::<f64>().ok().filter(|number| number.is_finite());
    match text {
        "" => Cell::Unknown,
        "true" | "True" => Cell::Flag(true),
        "false" | "False" => Cell::Flag(false),
        // A number of a trial, which scripts write with zeros in front.
        text if text.len() > 1 && text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit()) => {
            Cell::Text(text.to_owned())
        }
        text => match (text.parse(), number()) {
            (Ok(count), _) => Cell::Count(count),
            (Err(_), Some(number)) => Cell::Number(number),
            // As pandas writes what is not a number.
            (Err(_), None) if text.eq_ignore_ascii_case("nan") => Cell::Unknown,
            (Err(_), None) => Cell::Text(text.to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<'a>(record: &'a Record, key: &str) -> Option<&'a Cell> {
        record.values.iter().find(|(name, _)| name == key).map(|(_, cell)| cell)
    }

    #[test]
    fn scores_have_metrics_and_those_of_the_float_model() {
        let text = r#"{"schema": 1, "models": [{"model": "model_trial_3", "file": "a/model_trial_3.h5", "parameters": 12,
            "metrics": {"accuracy": 0.5, "auc": null}, "float_metrics": {"accuracy": 0.625}, "classes": [1]}]}"#;
        let [record] = &json(text).unwrap()[..] else { panic!("one record") };
        assert_eq!(
            record.names,
            [Name::File("a/model_trial_3.h5".into()), Name::Model("model_trial_3".into())]
        );
        assert_eq!(value(record, "parameters"), Some(&Cell::Count(12)));
        assert_eq!(value(record, "accuracy"), Some(&Cell::Number(0.5)));
        assert_eq!(value(record, "float_accuracy"), Some(&Cell::Number(0.625)));
        assert_eq!(value(record, "auc"), Some(&Cell::Unknown));
    }

    #[test]
    fn settings_of_a_grid_are_no_figures() {
        let text = r#"{"grid": [], "results": [
            {"model": "m", "settings": {"part": "a", "clock-period": 5}, "report": {"settings": 1}}]}"#;
        let [record] = &json(text).unwrap()[..] else { panic!("one record") };
        assert_eq!(record.settings.to_string(), "part=a, clock-period=5");
        assert!(value(record, "settings.part").is_none());
        // Without a grid, it is what somebody calls so.
        let text = text.replace("grid", "other");
        let [record] = &json(&text).unwrap()[..] else { panic!("one record") };
        assert!(record.settings.is_empty());
        assert_eq!(value(record, "settings.clock-period"), Some(&Cell::Count(5)));
        let records = csv("model,lut,setting.part,setting.clock-period\nm,1,a,5\nn,2,,\n").unwrap();
        assert_eq!(records[0].settings.to_string(), "part=a, clock-period=5");
        assert!(records[1].settings.is_empty());
    }

    #[test]
    fn csv_names_trials_with_zeros_in_front() {
        let records = csv("trial_id, parameters ,bkg_rej_@95%\n007,100,0.25\n12,2e3,\n").unwrap();
        assert_eq!(records[0].names, [Name::Trial(7)]);
        assert_eq!(value(&records[0], "bkg_rej_@95%"), Some(&Cell::Number(0.25)));
        assert_eq!(value(&records[1], "parameters"), Some(&Cell::Number(2000.0)));
        assert_eq!(value(&records[1], "bkg_rej_@95%"), Some(&Cell::Unknown));
    }

    #[test]
    fn other_files_say_what_is_missing() {
        assert!(json("{\"a\": 1}").unwrap_err().contains("no list"));
        assert!(json("[1, 2").unwrap_err().contains("EOF"));
        assert!(csv("a,b\n1,2\n").unwrap_err().contains("trial_id"));
        assert!(csv("").unwrap_err().contains("trial_id"));
    }

    #[test]
    fn numbers_at_the_end_of_names() {
        let table = [
            ("model_trial_007", Some(7)),
            ("33", Some(33)),
            ("trial", None),
            ("trial_0a3b12", None),
            ("9999999999999999999999", None),
        ];
        for (name, number) in table {
            assert_eq!(trial_number(name), number, "{name}");
        }
    }
}
