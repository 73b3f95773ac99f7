//! What the scripts say to the tools, by running them.

use std::fs;
use std::path::Path;
use std::process::Command;

use hls_codegen::Converted;
use hls_codegen::Project;
use hls_codegen::vitis::{self, Stage, Stages};
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::case::{Case, fixtures};

const RECORDER: &str = include_str!("recorder.tcl");
const SCRIPTS: &[&str] = &["project.tcl", "build_opt.tcl", "build_prj.tcl"];

/// Builds of which `project_files.json` tells the commands.
fn builds() -> [(&'static str, Stages); 2] {
    [
        ("build_commands_default", Stages::of(&[Stage::Csim, Stage::Synth])),
        ("build_commands_reset_export", Stages::of(&[Stage::Reset, Stage::Synth, Stage::Export])),
    ]
}

pub fn check(case: &Case, conversion: &Converted) -> Result<(), String> {
    let expected = case.project_files();
    let written = Record::of(&crate::project(conversion)?, &[])?;
    equal("project.tcl", &expected["project_tcl"], &written.variables.into())?;
    equal("build_opt.tcl", &expected["build_opt_tcl_as_written"], &written.options.into())?;
    for (key, stages) in builds() {
        let record = Record::of(&staged(conversion, stages)?, &["build_prj.tcl"])?;
        equal(key, &expected[key], &record.commands.into())?;
    }
    Ok(())
}

/// The stand-ins know the tools' commands and options and refuse all others.
pub fn check_with_stand_in(case: &Case, conversion: &Converted) -> Result<(), String> {
    let expected = case.project_files();
    let (key, stages) = builds()[0];
    let folder = TempDir::new().map_err(|error| error.to_string())?;
    staged(conversion, stages)?.write_to(folder.path()).map_err(|error| error.to_string())?;
    let trace = folder.path().join("trace.jsonl");
    let mut tool = Command::new(fixtures().join("vendor/vitis_hls"));
    tool.args(["-f", "build_prj.tcl"]).env("HLS_STANDIN_TRACE", &trace);
    run(tool.current_dir(folder.path()))?;
    let lines = fs::read_to_string(trace).map_err(|error| error.to_string())?;
    let command = |line: &str| -> Result<Value, String> {
        let entry: Value = serde_json::from_str(line).map_err(|error| format!("{line}: {error}"))?;
        Ok(entry["command"].clone())
    };
    let commands = lines.lines().map(command).collect::<Result<Vec<_>, _>>()?;
    equal(key, &expected[key], &commands.into())
}

fn staged(conversion: &Converted, stages: Stages) -> Result<Project, String> {
    let mut options = conversion.options.clone();
    options.vitis.stages = stages;
    vitis::emit(&conversion.graph, &options).map_err(|error| error.to_string())
}

fn equal(what: &str, expected: &Value, ours: &Value) -> Result<(), String> {
    // The order of keys does not count, that of commands does.
    if expected == ours { Ok(()) } else { Err(format!("{what}: {ours} instead of {expected}")) }
}

/// What the recorder wrote down, in the forms of `project_files.json`.
#[derive(Default)]
struct Record {
    variables: Map<String, Value>,
    options: Map<String, Value>,
    commands: Vec<Value>,
}

impl Record {
    /// Records `project.tcl`, `build_opt.tcl` and, if named, a build.
    fn of(project: &Project, build: &[&str]) -> Result<Self, String> {
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        let at = |name: &str| folder.path().join(name);
        fs::write(at("recorder.tcl"), RECORDER).map_err(|error| error.to_string())?;
        for name in SCRIPTS {
            let file = project.file(name).ok_or_else(|| format!("{name} is not written"))?;
            fs::write(at(name), &file.bytes).map_err(|error| error.to_string())?;
        }
        let mut tclsh = Command::new("tclsh");
        run(tclsh.args(["recorder.tcl", "record"]).args(build).current_dir(folder.path()))?;
        Self::read(&at("record"))
    }

    fn read(path: &Path) -> Result<Self, String> {
        let mut record = Self::default();
        for line in fs::read_to_string(path).map_err(|error| error.to_string())?.lines() {
            let words: Vec<&str> = line.split('\t').collect();
            match words.as_slice() {
                ["variable", name, value] => {
                    record.variables.insert((*name).to_owned(), (*value).into());
                }
                ["option", name, value] => {
                    let value: i64 = value.parse().map_err(|error| format!("{line}: {error}"))?;
                    record.options.insert((*name).to_owned(), value.into());
                }
                ["command", words @ ..] => record.commands.push(words.into()),
                _ => return Err(format!("the recorder wrote `{line}`")),
            }
        }
        Ok(record)
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!("{command:?} ended with {}: {}", output.status, String::from_utf8_lossy(&said)))
}
