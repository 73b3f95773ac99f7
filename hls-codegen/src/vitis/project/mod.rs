//! A project in memory: what a graph and options become.

mod firmware;
mod generated;
mod harness;
mod top;

pub(crate) use firmware::is_traced;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use hls_model::graph::{Graph, Weight};
use hls_model::identifier::is_macro;
use serde::Serialize;

use crate::CodegenError;
use crate::vitis::cpp::identifier;
use crate::vitis::options::{EmulationConstants, IO_TYPE, Options, WeightFiles};
use crate::vitis::{Kernels, templates, weights};

/// Names that the firmware or its test bench use for something else.
const TAKEN: &[&str] = &["main", "nnet", "std", "hls", "test_bench"];

/// Folders that `build_prj.tcl` names, so that they must exist even where nothing is in them.
const FOLDERS: [&str; 2] = ["firmware/weights", "tb_data"];

/// The most digits after the decimal point in the remarks on a weight array.
const REMARK_DIGITS: usize = 12;

/// One file of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The contents.
    pub bytes: Cow<'static, [u8]>,
    /// Whether the file is a script to be run.
    pub access: Access,
}

/// Who may do what with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// An ordinary file.
    #[default]
    Data,
    /// A script.
    Executable,
}

/// A Vitis HLS project in memory.
///
/// Paths are relative to the project's folder, with `/` between folders, whatever the platform.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Project {
    files: BTreeMap<String, File>,
    folders: Vec<String>,
}

impl Project {
    /// Writes a graph down. Pure: equal arguments give equal bytes.
    ///
    /// # Errors
    /// When the graph holds something that cannot be emitted (the error names the layer), a name is not an identifier, or a
    /// setting cannot stand in a script.
    pub fn new(graph: &Graph, options: &Options) -> Result<Self, CodegenError> {
        check(options)?;
        top::check(graph, &options.project_name)?;
        let mut project = Project { files: BTreeMap::new(), folders: FOLDERS.map(str::to_owned).to_vec() };
        project.add_library(options);
        project.add_firmware(graph, options)?;
        project.add_weights(graph, options)?;
        project.add_harness(graph, options)?;
        project.add_scripts(options)?;
        Ok(project)
    }

    /// The files, ordered by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// The file at a path.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }

    /// Folders that exist even though nothing is in them.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.folders.iter().map(String::as_str)
    }

    fn add_text(&mut self, path: impl Into<String>, text: String) {
        self.files.insert(path.into(), File { bytes: Cow::Owned(text.into_bytes()), access: Access::Data });
    }

    fn add_library(&mut self, options: &Options) {
        for (path, bytes) in options.kernels.files() {
            let file = File { bytes: bytes.clone(), access: Access::Data };
            self.files.insert(format!("firmware/{path}"), file);
        }
    }

    fn add_firmware(&mut self, graph: &Graph, options: &Options) -> Result<(), CodegenError> {
        let name = &options.project_name;
        let firmware = firmware::Firmware::new(graph, options)?;
        self.add_missing_kernels(&firmware.parameters.headers);
        self.add_text(
            format!("firmware/{name}.cpp"),
            templates::render("firmware/NAME.cpp", &firmware.top_function)?,
        );
        self.add_text(
            format!("firmware/{name}.h"),
            templates::render("firmware/NAME.h", &firmware.interface)?,
        );
        self.add_text("firmware/defines.h", templates::render("firmware/defines.h", &firmware.defines)?);
        self.add_text(
            "firmware/parameters.h",
            templates::render("firmware/parameters.h", &firmware.parameters)?,
        );
        self.add_generated_kernels(&firmware.generated_kernels, options)
    }

    /// Adds our headers for what another library does not have: operations that hls4ml does not know.
    fn add_missing_kernels(&mut self, headers: &BTreeSet<&'static str>) {
        let missing =
            |path: &str| headers.contains(path) && !self.files.contains_key(&format!("firmware/{path}"));
        let embedded = Kernels::embedded();
        let found: Vec<_> = embedded.files().filter(|(path, _)| missing(path)).collect();
        for (path, bytes) in found {
            let file = File { bytes: bytes.clone(), access: Access::Data };
            self.files.insert(format!("firmware/{path}"), file);
        }
    }

    /// Puts kernels into the library's header for them, which must have been added.
    fn add_generated_kernels(&mut self, kernels: &[String], options: &Options) -> Result<(), CodegenError> {
        // Without any, a library need not have a place for them.
        if kernels.is_empty() {
            return Ok(());
        }
        let path = format!("firmware/{}", generated::HEADER);
        let library = self.file(&path).map(|file| &*file.bytes);
        let text = generated::header(library, kernels, options.kernel_namespace())?;
        self.add_text(path, text);
        Ok(())
    }

    fn add_weights(&mut self, graph: &Graph, options: &Options) -> Result<(), CodegenError> {
        for weight in graph.nodes().flat_map(|node| &node.weights) {
            let elements = weights::elements(weight)?;
            let header = WeightHeader::new(weight, options, &elements)?;
            let text = templates::render("firmware/weights/WEIGHT.h", &header)?;
            self.add_text(format!("firmware/weights/{}.h", weight.variable), text);
            if header.text_file {
                self.add_text(format!("firmware/weights/{}.txt", weight.variable), elements);
            }
        }
        Ok(())
    }

    fn add_harness(&mut self, graph: &Graph, options: &Options) -> Result<(), CodegenError> {
        let name = &options.project_name;
        let harness = harness::Harness::new(graph, options)?;
        self.add_text(format!("{name}_test.cpp"), templates::render("NAME_test.cpp", &harness)?);
        self.add_text(format!("{name}_bridge.cpp"), templates::render("NAME_bridge.cpp", &harness)?);
        Ok(())
    }

    fn add_scripts(&mut self, options: &Options) -> Result<(), CodegenError> {
        self.add_text("hls4ml_config.yml", templates::render("hls4ml_config.yml", &Config::new(options))?);
        self.add_text("build_opt.tcl", templates::render("build_opt.tcl", &options.stages)?);
        // What the files above say decides the library's name, so this comes last.
        let facts = Scripts::new(options, self.stamp());
        for name in ["project.tcl", "build_prj.tcl", "vivado_synth.tcl", "build_lib.sh"] {
            self.add_text(name, templates::render(name, &facts)?);
        }
        if let Some(script) = self.files.get_mut("build_lib.sh") {
            script.access = Access::Executable;
        }
        Ok(())
    }

    /// A word that differs between projects with different contents.
    fn stamp(&self) -> String {
        let mut hash = 0_u64;
        for (path, file) in &self.files {
            hash = mix(mix(hash, path.as_bytes()), &file.bytes);
        }
        format!("{:08x}", (hash >> 32) as u32)
    }
}

/// A hash of bytes, eight at a time. Not cryptographic; the standard library's may change between releases, this must not.
fn mix(seed: u64, bytes: &[u8]) -> u64 {
    // The golden ratio's bits, which spread any difference over the upper half of the product.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let step = |hash: u64, word: u64| (hash.rotate_left(29) ^ word).wrapping_mul(FACTOR);
    let mut words = bytes.chunks_exact(8);
    let mut hash = step(seed, bytes.len() as u64);
    for word in words.by_ref() {
        hash = step(hash, word.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }
    words.remainder().iter().fold(hash, |hash, byte| step(hash, u64::from(*byte)))
}

/// What the scripts are filled with.
#[derive(Serialize)]
struct Scripts<'a> {
    project_name: &'a str,
    backend: &'static str,
    part: &'a str,
    clock_period: &'a str,
    clock_uncertainty: &'a str,
    version: &'a str,
    maximum_size: u64,
    stamp: String,
}

impl<'a> Scripts<'a> {
    fn new(options: &'a Options, stamp: String) -> Self {
        Scripts {
            project_name: &options.project_name,
            backend: "vitis",
            part: &options.part,
            clock_period: &options.clock_period,
            clock_uncertainty: &options.clock_uncertainty,
            version: &options.version,
            maximum_size: options.maximum_size,
            stamp,
        }
    }
}

/// What `hls4ml_config.yml` is filled with.
#[derive(Serialize)]
struct Config<'a> {
    project_name: &'a str,
    part: &'a str,
    clock_period: &'a str,
    clock_uncertainty: &'a str,
    version: &'a str,
    io_type: &'static str,
    namespace: Option<&'a str>,
    write_weights_txt: bool,
    write_emulation_constants: bool,
    tb_output_stream: &'static str,
    lines: Vec<&'a str>,
}

impl<'a> Config<'a> {
    fn new(options: &'a Options) -> Self {
        Config {
            project_name: &options.project_name,
            part: &options.part,
            clock_period: &options.clock_period,
            clock_uncertainty: &options.clock_uncertainty,
            version: &options.version,
            io_type: IO_TYPE,
            namespace: options.namespace.as_deref(),
            write_weights_txt: options.weight_files == WeightFiles::TextAndHeader,
            write_emulation_constants: options.emulation_constants == EmulationConstants::Write,
            tb_output_stream: options.results.name(),
            lines: options.config_yaml.lines().collect(),
        }
    }
}

/// What `firmware/weights/WEIGHT.h` is filled with.
#[derive(Serialize)]
struct WeightHeader<'a> {
    variable: &'a str,
    guard: String,
    namespace: Option<&'a str>,
    declaration: String,
    elements: &'a str,
    shape: String,
    min: String,
    max: String,
    zeros: usize,
    text_file: bool,
}

impl<'a> WeightHeader<'a> {
    fn new(weight: &'a Weight, options: &'a Options, elements: &'a str) -> Result<Self, CodegenError> {
        let census = &weight.census;
        Ok(WeightHeader {
            variable: &weight.variable,
            guard: format!("{}_H_", weight.variable.to_uppercase()),
            namespace: options.namespace.as_deref(),
            declaration: weights::declaration(weight)?,
            elements,
            shape: format!("{:?}", census.shape),
            min: format!("{:.REMARK_DIGITS$}", census.min),
            max: format!("{:.REMARK_DIGITS$}", census.max),
            zeros: census.zeros,
            text_file: options.weight_files == WeightFiles::TextAndHeader,
        })
    }
}

/// Checks the settings that end up in scripts and C++.
fn check(options: &Options) -> Result<(), CodegenError> {
    let name = identifier(&options.project_name, "the project")?;
    if TAKEN.contains(&name) || is_macro(name) {
        return Err(setting(
            "project name",
            name,
            "the generated code uses that name itself, choose another",
        ));
    }
    if let Some(namespace) = &options.namespace {
        identifier(namespace, "the namespace")?;
    }
    if !options.clock_period.parse::<f64>().is_ok_and(|period| period.is_finite() && period > 0.0) {
        return Err(setting("clock period", &options.clock_period, "a number of ns above zero is needed"));
    }
    let uncertainty = options.clock_uncertainty.strip_suffix('%').unwrap_or(&options.clock_uncertainty);
    if !uncertainty.parse::<f64>().is_ok_and(|number| number.is_finite() && number >= 0.0) {
        return Err(setting(
            "clock uncertainty",
            &options.clock_uncertainty,
            "write a percentage such as 27%, or ns",
        ));
    }
    for (what, text, also) in [("part", &options.part, "-_."), ("version", &options.version, ".")] {
        // Tcl commands take a word that begins with `-` for an option.
        let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !begins || !text.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c)) {
            return Err(setting(
                what,
                text,
                "a letter or digit first, then only letters, digits, `.`, and in parts `-` and `_` are possible",
            ));
        }
    }
    Ok(())
}

fn setting(setting: &'static str, value: &str, expected: &'static str) -> CodegenError {
    CodegenError::Setting { setting, value: value.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_scripts_cannot_hold_are_refused() {
        let with = |change: fn(&mut Options)| {
            let mut options = Options::default();
            change(&mut options);
            check(&options)
        };
        assert!(with(|_| ()).is_ok());
        assert!(with(|o| o.clock_uncertainty = "0.5".into()).is_ok());
        let refused: [fn(&mut Options); 11] = [
            |o| o.project_name = "my project".into(),
            |o| o.project_name = "main".into(),
            |o| o.project_name = "class".into(),
            |o| o.namespace = Some("a::b".into()),
            |o| o.clock_period = "0".into(),
            |o| o.clock_period = "NaN".into(),
            |o| o.clock_uncertainty = "much".into(),
            |o| o.project_name = "EOF".into(),
            |o| o.part = "-xc7z020".into(),
            |o| o.part = "xc7z020\"; exec rm".into(),
            |o| o.version = String::new(),
        ];
        for (i, change) in refused.into_iter().enumerate() {
            assert!(with(change).is_err(), "case {i}");
        }
    }
}
