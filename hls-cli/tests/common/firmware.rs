//! A compiled project, to see what it computes.

use std::collections::BTreeMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{env, fs};

use hls_codegen::Options;
use hls_codegen::vitis::{self, raw};
use hls_model::graph::Graph;
use hls_runner::process::Limits;
use hls_runner::toolchain::{Csim, Effort};
use hls_runner::{CancelToken, LayerOutputs, Simulated, Simulator};
use ndarray::Array2;
use tempfile::TempDir;

/// Far more than the largest model needs on a busy machine.
const LIMITS: Limits =
    Limits { timeout: Some(Duration::from_secs(900)), grace: Duration::from_secs(1), ..Limits::NONE };

/// A compiled project in a folder of its own.
pub struct Firmware {
    simulator: Simulator,
    _folder: TempDir,
}

impl Firmware {
    /// Compiles the project as `hls-cli` does for a C simulation.
    pub fn build(graph: &Graph, options: &Options) -> Result<Self, String> {
        Self::build_with(graph, options, Effort::FastCompile)
    }

    /// As [`build`](Self::build), with another effort.
    pub fn build_with(graph: &Graph, options: &Options, effort: Effort) -> Result<Self, String> {
        let folder = TempDir::new().map_err(|e| e.to_string())?;
        let project = vitis::emit(graph, options).map_err(|e| e.to_string())?;
        project.write_to(folder.path()).map_err(|e| e.to_string())?;
        let csim = compiler(options, effort)?;
        let (name, cancel) = (&options.project_name, CancelToken::new());
        let simulator = Simulator::build(&csim, folder.path(), name, effort, LIMITS, &cancel);
        Ok(Self { simulator: simulator.map_err(|e| e.to_string())?, _folder: folder })
    }

    /// What it makes of samples: for each input of the graph `[samples, elements]`. Layers are recorded as the options say.
    pub fn run(&self, samples: &[Array2<f32>]) -> Result<Simulated, String> {
        let count = samples.first().map_or(0, Array2::nrows);
        let rows = (0..count).flat_map(|i| samples.iter().flat_map(move |array| array.row(i).to_vec()));
        let ran = self.simulator.run(&raw::encode_samples(rows), LayerOutputs::Record);
        ran.map_err(|e| e.to_string())
    }
}

/// Headers that every project includes. Reading them is a third of a compilation, so they are compiled once for all projects.
const HEADERS: &str = r#"
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>
#include "ap_fixed.h"
#include "ap_int.h"
"#;

/// The compiler, with the headers of the project's kernels compiled already. What is compiled for a few samples only takes clang++ two thirds
/// of the time; everything else is compiled as a sweep does.
fn compiler(options: &Options, effort: Effort) -> Result<Csim, String> {
    /// Compiled headers, by what was compiled.
    static COMPILED: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    if env::var_os("CXX").is_some() {
        return Csim::find().map_err(|e| e.to_string());
    }
    let version = |program: &str| Command::new(program).arg("--version").output().ok();
    let clang = (effort == Effort::ShortestCompile).then(|| version("clang++")).flatten();
    let (program, extension) = if clang.is_some() { ("clang++", "pch") } else { ("g++", "gch") };
    let version = clang.or_else(|| version("g++")).map(|output| output.stdout);
    // Streams are not among them: tests have some of their own.
    let of_numbers = |path: &str| path.starts_with("ap_types/") && !path.ends_with("/hls_stream.h");
    let kernels = options.vitis.kernels.files().filter(|(path, _)| of_numbers(path));
    let files: Vec<(&str, &[u8])> =
        kernels.map(|(path, bytes)| (path, &bytes[..])).chain([(HEADER, HEADERS.as_bytes())]).collect();
    let mut hash = DefaultHasher::new();
    (&files, version).hash(&mut hash);
    let name = format!("{program}-{effort:?}-{:016x}", hash.finish());
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let header = match compiled.get(&name) {
        Some(header) => header.clone(),
        None => {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("headers").join(&name);
            precompile(&folder, &files, &[program, effort.flag()], extension)?;
            compiled.entry(name).or_insert(folder.join(HEADER)).clone()
        }
    };
    Csim::find_in(&format!("{program} -w -include {}", header.display()), env::var_os("PATH").as_deref())
        .map_err(|e| e.to_string())
}

/// The name of the header that includes the others.
const HEADER: &str = "all.h";

/// Writes a header and what it includes into a folder that stays, and compiles it there, where compilers look for it when they are told to include it.
fn precompile(
    folder: &Path,
    files: &[(&str, &[u8])],
    compiler: &[&str; 2],
    extension: &str,
) -> Result<(), String> {
    let [program, effort] = compiler;
    fs::create_dir_all(folder).map_err(|e| e.to_string())?;
    // Several test programs may do this at the same time.
    let lock = File::create(folder.join("lock")).and_then(|lock| lock.lock().map(|()| lock));
    let _lock = lock.map_err(|e| format!("{}: {e}", folder.display()))?;
    let compiled = folder.join(format!("{HEADER}.{extension}"));
    if compiled.exists() {
        return Ok(());
    }
    for (path, bytes) in files {
        let path = folder.join(path);
        let written =
            fs::create_dir_all(path.parent().unwrap_or(folder)).and_then(|()| fs::write(&path, bytes));
        written.map_err(|e| format!("{}: {e}", path.display()))?;
    }
    let half = folder.join("half");
    let mut command = Command::new(program);
    command.args(["-std=c++11", effort, "-w", "-x", "c++-header", "-I"]).arg(folder.join("ap_types"));
    let output = command.arg(folder.join(HEADER)).arg("-o").arg(&half).output().map_err(|e| e.to_string())?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("{program} cannot compile the headers:\n{said}"));
    }
    fs::rename(half, compiled).map_err(|e| e.to_string())
}
