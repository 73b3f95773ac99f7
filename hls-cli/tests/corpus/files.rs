//! The written files against hls4ml's.

use std::collections::BTreeSet;

use hls_codegen::{Converted, Project};
use serde_json::{Map, Value};

use crate::case::Case;
use crate::text;

/// Files that hls4ml writes and we do not.
const LEFT_OUT: &[(&str, &str)] = &[(
    "keras_model.keras",
    "a copy of the model in a format that only Keras reads; nothing in a project needs it",
)];

/// Constants that `project_files.json` leaves out wherever they are no plain number: products, and pointers to tables.
const EXPRESSIONS: &[&str] = &[
    "multiplier_limit",
    "n_scale_bias",
    "n_pixels",
    "kernel_size",
    "n_in",
    "n_elem",
    "n_elem1",
    "n_elem2",
    "from_shape",
    "to_shape",
    "perm",
    "perm_strides",
];

/// Folders that `project_files.json` lists without their contents.
const WHOLE_FOLDERS: &[&str] = &["firmware/nnet_utils/", "firmware/ap_types/"];

pub fn check(case: &Case, conversion: &Converted) -> Result<(), String> {
    let (project, expected) = (crate::project(conversion)?, case.project_files());
    let name = &conversion.options.project_name;
    let mut differences = Differences::default();
    differences.equal("top_function", &expected["top_function"], &name.as_str().into());
    differences.files(&expected, &project);
    let defines = text::typedefs(read(&project, "firmware/defines.h")?);
    differences.maps("typedef", &expected["typedefs"], &defines, &[]);
    let parameters = text::parameters(read(&project, "firmware/parameters.h")?);
    differences.parameters(&expected["parameters"], &parameters, &case.without_code());
    let arguments = text::top_arguments(read(&project, &format!("firmware/{name}.h"))?, name);
    differences.equal("top_arguments", &expected["top_arguments"], &arguments.into());
    differences.into_result()
}

fn read<'a>(project: &'a Project, path: &str) -> Result<&'a str, String> {
    let file = project.file(path).ok_or_else(|| format!("{path} is not written"))?;
    std::str::from_utf8(&file.bytes).map_err(|error| format!("{path}: {error}"))
}

#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn into_result(self) -> Result<(), String> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0.join("; ")) }
    }

    fn equal(&mut self, at: &str, expected: &Value, ours: &Value) {
        if !same(expected, ours) {
            self.0.push(format!("{at}: {ours} instead of {expected}"));
        }
    }

    fn files(&mut self, expected: &Value, project: &Project) {
        let left_out = |path: &&str| !LEFT_OUT.iter().any(|(file, _)| file == path);
        let listed = |key: &str| expected[key].as_array().into_iter().flatten().filter_map(Value::as_str);
        let theirs: BTreeSet<String> = listed("files").filter(left_out).map(str::to_owned).collect();
        let files = project.files().map(|(path, _)| {
            let folder = WHOLE_FOLDERS.iter().find(|folder| path.starts_with(**folder));
            folder.map_or_else(|| path.to_owned(), |folder| (*folder).to_owned())
        });
        // A folder is listed where nothing is in it.
        let is_empty = |folder: &String| !project.files().any(|(path, _)| path.starts_with(folder));
        let folders = project.folders().map(|folder| format!("{folder}/")).filter(is_empty);
        let ours: BTreeSet<String> = files.chain(folders).collect();
        for path in theirs.symmetric_difference(&ours) {
            self.0.push(format!(
                "{path} is written by {}",
                if ours.contains(path) { "us alone" } else { "hls4ml alone" }
            ));
        }
        let weights: BTreeSet<&str> = listed("weight_files").collect();
        let ours: BTreeSet<&str> =
            project.files().filter_map(|(path, _)| path.strip_prefix("firmware/weights/")).collect();
        if weights != ours {
            self.0.push(format!("weight files: {ours:?} instead of {weights:?}"));
        }
    }

    /// Of the structs for layers that hls4ml writes no code for (which are undefined behaviour there), ours may have more.
    fn parameters(&mut self, expected: &Value, ours: &Map<String, Value>, without_code: &[String]) {
        let is_of = |name: &str, index: &String| {
            name.ends_with(&format!("config{index}")) || name.starts_with(&format!("config{index}_"))
        };
        for (name, theirs) in expected.as_object().into_iter().flatten() {
            let Some(ours) = ours.get(name) else {
                self.0.push(format!("struct {name} is missing"));
                continue;
            };
            for part in ["constants", "types"] {
                let ours = ours[part].as_object().cloned().unwrap_or_default();
                self.maps(name, &theirs[part], &ours, EXPRESSIONS);
            }
        }
        let is_added = |name: &&String| without_code.iter().any(|index| is_of(name, index));
        let extra = ours.keys().filter(|name| expected.get(name).is_none() && !is_added(name));
        self.0.extend(extra.map(|name| format!("struct {name} is ours alone")));
    }

    /// Equal maps; of the keys `also`, ours may have more, and only numbers count.
    fn maps(&mut self, at: &str, expected: &Value, ours: &Map<String, Value>, also: &[&str]) {
        let counts = |(key, value): &(&String, &Value)| value.is_number() || !also.contains(&key.as_str());
        for (key, value) in expected.as_object().into_iter().flatten().filter(counts) {
            self.equal(&format!("{at} {key}"), value, ours.get(key).unwrap_or(&Value::Null));
        }
        let extra = ours.keys().filter(|key| !also.contains(&key.as_str()) && expected.get(key).is_none());
        self.0.extend(extra.map(|key| format!("{at} {key} is ours alone")));
    }
}

/// Equality in which 1 and 1.0 are the same number, and blanks in C++ types do not count.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x.as_f64() == y.as_f64(),
        (Value::String(x), Value::String(y)) => x.replace(' ', "") == y.replace(' ', ""),
        (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y)),
        (Value::Object(x), Value::Object(y)) => {
            x.len() == y.len()
                && x.iter().all(|(key, value)| y.get(key).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}
