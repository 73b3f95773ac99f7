//! A compiled project, to see what it computes.

use std::collections::BTreeMap;
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
        let csim = compiler(options, &folder.path().join("firmware/ap_types"), effort)?;
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

/// The compiler, with the project's headers compiled already where it is g++.
fn compiler(options: &Options, headers: &Path, effort: Effort) -> Result<Csim, String> {
    /// Compiled headers, by what was compiled.
    static COMPILED: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    if env::var_os("CXX").is_some() {
        return Csim::find().map_err(|e| e.to_string());
    }
    // Streams are not among them: tests have some of their own.
    let of_numbers = |path: &str| path.starts_with("ap_types/") && !path.ends_with("/hls_stream.h");
    let kernels = options.vitis.kernels.files().filter(|(path, _)| of_numbers(path));
    let mut hash = DefaultHasher::new();
    kernels.for_each(|file| file.hash(&mut hash));
    let name = format!("{effort:?}-{:016x}", hash.finish());
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let header = match compiled.get(&name) {
        Some(header) => header.clone(),
        None => {
            let header = precompile(&name, headers, effort)?;
            compiled.insert(name, header.clone());
            header
        }
    };
    Csim::find_in(&format!("g++ -include {}", header.display()), env::var_os("PATH").as_deref())
        .map_err(|e| e.to_string())
}

/// A header beside which g++ finds it compiled; the compiler reads the header itself if it does not like what it finds.
fn precompile(name: &str, headers: &Path, effort: Effort) -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("headers").join(name);
    fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let header = folder.join("all.h");
    // Several test programs may do this at the same time.
    let own = TempDir::new_in(&folder).map_err(|e| e.to_string())?;
    let (text, compiled) = (own.path().join("all.h"), own.path().join("all.h.gch"));
    fs::write(&text, HEADERS).map_err(|e| e.to_string())?;
    let mut command = Command::new("g++");
    command.args(["-std=c++11", effort.flag(), "-x", "c++-header", "-I"]).arg(headers);
    let output = command.arg(&text).arg("-o").arg(&compiled).output().map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(format!("g++ cannot compile the headers:\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    fs::rename(text, &header).map_err(|e| e.to_string())?;
    fs::rename(compiled, folder.join("all.h.gch")).map_err(|e| e.to_string())?;
    Ok(header)
}
