//! A design as a project.

use std::collections::HashSet;

use hls_model::graph::Graph;
use serde::Serialize;

use super::circuit::Port;
use super::design::Design;
use super::facts::Facts;
use super::{integration, layout, templates, verilog};
use crate::CodegenError;
use crate::options::Options;
use crate::project::Project;

/// What the templates of test bench and scripts are filled in with.
#[derive(Serialize)]
struct Context<'a> {
    name: &'a str,
    part: &'a str,
    clock_period: f64,
    half_period: f64,
    latency: u32,
    input_bits: u32,
    output_bits: u32,
    inputs: Vec<Slice<'a>>,
    outputs: Vec<Slice<'a>>,
    /// Entries of lookup tables with one to six inputs.
    entries: [u32; 6],
}

/// Where the bits of a port are in the line of a sample.
#[derive(Serialize)]
struct Slice<'a> {
    name: &'a str,
    low: u32,
    high: u32,
    bits: u32,
}

/// Writes a graph as a project.
///
/// # Errors
/// The graph cannot be a circuit, or the name not that of a module.
pub(super) fn emit(graph: &Graph, options: &Options) -> Result<Project, CodegenError> {
    check_name(&options.project_name)?;
    let design = Design::new(graph, options.rtl, &options.clock_period, &options.clock_uncertainty)?;
    write(&design, options)
}

/// Writes a design as a project.
///
/// # Errors
/// A template cannot be filled in.
pub fn write(design: &Design, options: &Options) -> Result<Project, CodegenError> {
    let name = options.project_name.as_str();
    let facts = Facts::of(design, name, options.clock_period.ns());
    let header = header(&facts, options);
    let context = context(design, options);
    let mut project = Project::with_folders(["map", "sim"]);
    let mut add = |path: &str, text: String| project.add(path, text.into_bytes());
    add(&layout::plain(name), verilog::plain(design, name, &header));
    add(&layout::primitives(name), verilog::primitives(design, name, &header));
    add(&layout::test_bench(name), templates::render("sim/NAME_tb.v", &context)?);
    add(layout::CELLS, templates::render("sim/xc7_cells.v", &context)?);
    add(layout::MAP_CELLS, templates::render("map/xc7_cells.v", &context)?);
    add(layout::MAP_SCRIPT, templates::render("map/map.ys", &context)?);
    let json = serde_json::to_string_pretty(&facts);
    let json = json.map_err(|error| CodegenError::Template {
        template: layout::FACTS.to_owned(),
        reason: error.to_string(),
    })?;
    add(layout::FACTS, json + "\n");
    add("hls4ml_config.yml", options.config_yaml.clone());
    integration::files(&facts, options)?.into_iter().for_each(|(path, text)| add(&path, text));
    Ok(project)
}

/// What is known of the design, as a comment.
fn header(facts: &Facts, options: &Options) -> String {
    let cost = facts.estimated;
    let model = match options.model_file.as_str() {
        "" => String::new(),
        file => format!(", from {}", harmless(file)),
    };
    format!(
        "// {}{model}: written by hls-codegen {}. Fully pipelined, one sample per cycle, no DSP, no block RAM.\n\
         // Latency {} cycles at {} ns ({} ns with an uncertainty of {}). Estimate for 7 series: {} LUT, {} FF, {} CARRY4.",
        facts.top,
        env!("CARGO_PKG_VERSION"),
        facts.latency_cycles,
        facts.clock_period_ns,
        facts.longest_path_ns,
        options.clock_uncertainty,
        cost.lut,
        cost.ff,
        cost.carry,
    )
}

/// A text that cannot end the comment that it is in.
fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() && c != '\\' || c == ' ' { c } else { '_' }).collect()
}

fn context<'a>(design: &'a Design, options: &'a Options) -> Context<'a> {
    let (inputs, input_bits) = slices(&design.circuit.inputs);
    let (outputs, output_bits) = slices(&design.circuit.outputs);
    Context {
        name: &options.project_name,
        part: options.part.as_str(),
        clock_period: options.clock_period.ns(),
        half_period: options.clock_period.ns() / 2.0,
        latency: design.latency(),
        input_bits,
        output_bits,
        inputs,
        outputs,
        entries: [2, 4, 8, 16, 32, 64],
    }
}

fn slices(ports: &[Port]) -> (Vec<Slice<'_>>, u32) {
    let mut low = 0;
    let slices = ports.iter().map(|port| {
        let bits = port.width * port.wires.len() as u32;
        let slice = Slice { name: &port.name, low, high: low + bits.max(1) - 1, bits };
        low += bits;
        slice
    });
    (slices.collect(), low)
}

/// Checks that a name can be that of a module.
pub(super) fn check_name(name: &str) -> Result<(), CodegenError> {
    let taken: HashSet<&str> =
        ["clk", "in_valid", "out_valid", "module", "wire", "reg", "input", "output"].into();
    let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.chars().next().is_some_and(|c| !c.is_ascii_digit());
    match is_word && !taken.contains(name) {
        true => Ok(()),
        false => Err(CodegenError::Identifier { name: name.to_owned(), what: "the top module" }),
    }
}
