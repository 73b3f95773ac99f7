//! A project for Vitis HLS: what a graph and options become.

mod firmware;
mod generated;
mod harness;
mod top;

pub(crate) use firmware::is_traced;

use std::collections::BTreeSet;

use hls_model::graph::{Graph, Weight};
use hls_model::identifier::is_macro;
use hls_model::target::IoType;
use serde::Serialize;

use crate::CodegenError;
use crate::implementation::Avoided;
use crate::options::Options;
use crate::project::Project;
use crate::settings::SettingError;
use crate::vitis::cpp::identifier;
use crate::vitis::kernels::Kernels;
use crate::vitis::layers;
use crate::vitis::layout::{self, BEFORE_SYNTH, BEFORE_VSYNTH, FOLDERS, VIVADO_CLOCK};
use crate::vitis::options::{EmulationConstants, VitisOptions, WeightFiles};
use crate::vitis::stages::Switches;
use crate::vitis::{bindings, templates, weights};

/// Names that the firmware or its test bench uses for something else.
const TAKEN: &[&str] = &["main", "nnet", "std", "hls", "test_bench"];

/// The most digits after the decimal point in the remarks on a weight array.
const REMARK_DIGITS: usize = 12;

/// Writes a graph as a project. Pure: equal arguments give equal bytes.
///
/// # Errors
/// When the graph holds something that cannot be emitted (the error names the layer), a name is not an identifier, or a
/// setting cannot be part of a script.
pub fn emit(graph: &Graph, options: &Options) -> Result<Project, CodegenError> {
    check(graph, options)?;
    let mut writer = Writer { graph, options, project: Project::with_folders(FOLDERS) };
    writer.add_library();
    writer.add_firmware()?;
    writer.avoid_blocks();
    writer.add_weights()?;
    writer.add_harness()?;
    writer.add_scripts()?;
    Ok(writer.project)
}

/// Checks names that end up in scripts and C++, and the arguments of the top function.
///
/// # Errors
/// As [`emit`].
pub fn check(graph: &Graph, options: &Options) -> Result<(), CodegenError> {
    check_interface(graph)?;
    check_names(options)?;
    top::check(graph, &options.project_name)
}

/// A project being written.
struct Writer<'a> {
    graph: &'a Graph,
    options: &'a Options,
    project: Project,
}

impl Writer<'_> {
    fn add_text(&mut self, path: impl Into<String>, text: String) {
        self.project.add(path, text.into_bytes());
    }

    fn add_library(&mut self) {
        for (path, bytes) in self.options.vitis.kernels.files() {
            self.project.add(format!("firmware/{path}"), bytes.clone());
        }
    }

    fn add_firmware(&mut self) -> Result<(), CodegenError> {
        let name = &self.options.project_name;
        let firmware = firmware::Firmware::new(self.graph, self.options)?;
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
        self.add_generated_kernels(&firmware.generated_kernels)
    }

    /// Adds our headers for what another library does not have: operations that hls4ml does not know.
    fn add_missing_kernels(&mut self, headers: &BTreeSet<&'static str>) {
        let embedded = Kernels::embedded();
        for (path, bytes) in embedded.files().filter(|(path, _)| headers.contains(path)) {
            let place = format!("firmware/{path}");
            if self.project.file(&place).is_none() {
                self.project.add(place, bytes.clone());
            }
        }
    }

    /// Puts kernels into the library's header for them, which must have been added.
    fn add_generated_kernels(&mut self, kernels: &[String]) -> Result<(), CodegenError> {
        // Without any, a library need not have a place for them.
        if kernels.is_empty() {
            return Ok(());
        }
        let path = format!("firmware/{}", generated::HEADER);
        let library = self.project.file(&path).map(|file| &*file.bytes);
        let text = generated::header(library, kernels, self.options.vitis.kernel_namespace())?;
        self.add_text(path, text);
        Ok(())
    }

    /// Takes what binds something to blocks that must be avoided out of the sources.
    fn avoid_blocks(&mut self) {
        let avoided = self.options.avoided;
        if avoided == Avoided::NOTHING {
            return;
        }
        let rewritten: Vec<(String, String)> = (self.project.files())
            .filter_map(|(path, file)| {
                let text = std::str::from_utf8(&file.bytes).ok()?;
                Some((path.to_owned(), bindings::without(text, avoided)?))
            })
            .collect();
        for (path, text) in rewritten {
            self.add_text(path, text);
        }
    }

    fn add_weights(&mut self) -> Result<(), CodegenError> {
        for weight in layers::stored_weights(self.graph) {
            let elements = weights::elements(weight)?;
            let header = WeightHeader::new(weight, self.options, &elements)?;
            let text = templates::render("firmware/weights/WEIGHT.h", &header)?;
            self.add_text(format!("firmware/weights/{}.h", weight.variable), text);
            if header.text_file {
                self.add_text(format!("firmware/weights/{}.txt", weight.variable), elements);
            }
        }
        Ok(())
    }

    fn add_harness(&mut self) -> Result<(), CodegenError> {
        let name = &self.options.project_name;
        let harness = harness::Harness::new(self.graph, self.options)?;
        self.add_text(format!("{name}_test.cpp"), templates::render("NAME_test.cpp", &harness)?);
        self.add_text(format!("{name}_bridge.cpp"), templates::render("NAME_bridge.cpp", &harness)?);
        Ok(())
    }

    fn add_scripts(&mut self) -> Result<(), CodegenError> {
        let options = self.options;
        self.add_text(
            "hls4ml_config.yml",
            templates::render("hls4ml_config.yml", &Config::new(self.graph, options))?,
        );
        let switches = Switches::from(options.vitis.stages);
        self.add_text("build_opt.tcl", templates::render("build_opt.tcl", &switches)?);
        // The library's name depends on all files above, so this comes last.
        let facts = Scripts::new(options, stamp(&self.project));
        for name in ["project.tcl", "build_prj.tcl", "vivado_synth.tcl", "build_lib.sh"] {
            self.add_text(name, templates::render(name, &facts)?);
        }
        if facts.has_clock {
            self.add_text(VIVADO_CLOCK, templates::render(VIVADO_CLOCK, &facts)?);
        }
        let VitisOptions { before_synth, before_vsynth, .. } = &options.vitis;
        for (name, tcl) in [(BEFORE_SYNTH, before_synth), (BEFORE_VSYNTH, before_vsynth)] {
            if let Some(tcl) = tcl {
                self.add_text(name, tcl.text().to_owned());
            }
        }
        self.project.make_executable("build_lib.sh");
        Ok(())
    }
}

/// A word that differs between projects with different contents.
fn stamp(project: &Project) -> String {
    let mut hash = 0_u64;
    for (path, file) in project.files() {
        hash = mix(mix(hash, path.as_bytes()), &file.bytes);
    }
    format!("{:08x}", (hash >> 32) as u32)
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
    no_dsp: bool,
    no_bram: bool,
    out_of_context: bool,
    has_clock: bool,
    timing: bool,
    power: bool,
    place_and_route: bool,
    hierarchy: bool,
    before_synth: Option<&'static str>,
    before_vsynth: Option<&'static str>,
}

impl<'a> Scripts<'a> {
    fn new(options: &'a Options, stamp: String) -> Self {
        let Options { avoided, vivado, vitis, .. } = options;
        Scripts {
            project_name: &options.project_name,
            backend: "vitis",
            part: options.part.as_str(),
            clock_period: options.clock_period.as_str(),
            clock_uncertainty: options.clock_uncertainty.as_str(),
            version: options.version.as_str(),
            maximum_size: vitis.maximum_size,
            stamp,
            no_dsp: avoided.dsp,
            no_bram: avoided.bram,
            out_of_context: vivado.out_of_context,
            has_clock: vivado.has_clock(),
            timing: vivado.reports_timing(),
            power: vivado.power,
            place_and_route: vivado.place_and_route,
            hierarchy: layout::reports_hierarchy(*avoided, *vivado),
            before_synth: vitis.before_synth.as_ref().map(|_| BEFORE_SYNTH),
            before_vsynth: vitis.before_vsynth.as_ref().map(|_| BEFORE_VSYNTH),
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
    fn new(graph: &Graph, options: &'a Options) -> Self {
        Config {
            project_name: &options.project_name,
            part: options.part.as_str(),
            clock_period: options.clock_period.as_str(),
            clock_uncertainty: options.clock_uncertainty.as_str(),
            version: options.version.as_str(),
            io_type: graph.target.io_type().as_str(),
            namespace: options.vitis.namespace.as_deref(),
            write_weights_txt: options.vitis.weight_files == WeightFiles::TextAndHeader,
            write_emulation_constants: options.vitis.emulation_constants == EmulationConstants::Write,
            tb_output_stream: options.vitis.result_stream.name(),
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
            namespace: options.vitis.namespace.as_deref(),
            declaration: weights::declaration(weight)?,
            elements,
            shape: format!("{:?}", census.shape),
            min: format!("{:.REMARK_DIGITS$}", census.min),
            max: format!("{:.REMARK_DIGITS$}", census.max),
            zeros: census.zeros,
            text_file: options.vitis.weight_files == WeightFiles::TextAndHeader,
        })
    }
}

/// Checks that there are kernels for the interface between the layers.
fn check_interface(graph: &Graph) -> Result<(), CodegenError> {
    match graph.target.io_type() {
        IoType::Parallel => Ok(()),
        IoType::Stream => layers::stream::check(graph),
    }
}

/// Checks the names that end up in scripts and C++.
fn check_names(options: &Options) -> Result<(), CodegenError> {
    let name = identifier(&options.project_name, "the project")?;
    if TAKEN.contains(&name) || is_macro(name) {
        let expected = "the generated code uses that name itself; choose another";
        return Err(SettingError::new("project name", name, expected).into());
    }
    if let Some(namespace) = &options.vitis.namespace {
        identifier(namespace, "the namespace")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_scripts_cannot_hold_are_refused() {
        let with = |change: fn(&mut Options)| {
            let mut options = Options::default();
            change(&mut options);
            check_names(&options)
        };
        assert!(with(|_| ()).is_ok());
        let refused: [fn(&mut Options); 5] = [
            |o| o.project_name = "my project".into(),
            |o| o.project_name = "main".into(),
            |o| o.project_name = "class".into(),
            |o| o.vitis.namespace = Some("a::b".into()),
            |o| o.project_name = "EOF".into(),
        ];
        for (i, change) in refused.into_iter().enumerate() {
            assert!(with(change).is_err(), "case {i}");
        }
    }
}
