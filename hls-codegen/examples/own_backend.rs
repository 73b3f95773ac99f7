//! A back end of your own: the weights of a model as the raw integers that hardware stores, and a manifest that says what they are.
//!
//! `cargo run -p hls-codegen --example own_backend -- MODEL.h5 FOLDER`

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use hls_codegen::{Backend, CodegenError, Conversion, Options, Project, ProjectLayout};
use hls_model::Warning;
use hls_model::config::Strategy;
use hls_model::graph::{Graph, Op, Stored, Weight, facts};
use hls_model::target::BackendKind;
use serde_json::{Value, json};

/// Writes `manifest.json` and a JSON array of integers for each weight.
#[derive(Debug)]
struct Memories;

impl Backend for Memories {
    fn kind(&self) -> BackendKind {
        // The numbers, names and types of the graph are to be those of a Vitis project.
        BackendKind::Vitis
    }

    fn strategies(&self) -> &'static [Strategy] {
        &[Strategy::Latency, Strategy::Resource, Strategy::ResourceUnrolled]
    }

    fn takes(&self, _: &Op) -> Result<(), &'static str> {
        // It writes no operations, only their weights.
        Ok(())
    }

    fn check(&self, graph: &Graph, options: &Options) -> Result<(), CodegenError> {
        self.emit(graph, options).map(drop)
    }

    fn warnings(&self, _: &Graph, _: &Options) -> Vec<Warning> {
        Vec::new()
    }

    fn facts(&self, graph: &Graph) -> Value {
        facts(graph)
    }

    fn records(&self, _: &Op) -> bool {
        // Nothing that it writes runs.
        false
    }

    fn emit(&self, graph: &Graph, _: &Options) -> Result<Project, CodegenError> {
        let mut project = Project::default();
        project.add("manifest.json", format!("{:#}\n", self.facts(graph)).into_bytes());
        for node in graph.nodes() {
            for weight in &node.weights {
                let array = integers(weight).map_err(|reason| CodegenError::Unsupported {
                    layer: node.name.clone(),
                    class: node.op.class_name(),
                    reason,
                })?;
                project.add(format!("weights/{}.json", weight.variable), format!("{array}\n").into_bytes());
            }
        }
        Ok(project)
    }

    fn layout(&self, options: &Options) -> ProjectLayout {
        ProjectLayout {
            top_function: options.project_name.clone(),
            test_inputs: "samples/inputs.dat",
            expected_outputs: "samples/outputs.dat",
            results: "samples/results.dat",
        }
    }
}

/// The array as the firmware stores it: integers, times the type's smallest step.
fn integers(weight: &Weight) -> Result<Value, String> {
    let raw = weight.stored().map_err(|error| error.to_string())?.into_iter().map(|element| match element {
        Stored::Raw(raw) => i64::try_from(raw).map_err(|_| "it has weights of more than 64 bits".to_owned()),
        Stored::PowerOfTwo { .. } => Err("its weights are powers of two".to_owned()),
    });
    Ok(json!(raw.collect::<Result<Vec<i64>, String>>()?))
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().collect::<Vec<_>>().as_slice() {
        [_, model, folder] => write(model.as_ref(), folder.as_ref()),
        _ => Err("usage: own_backend MODEL.h5 FOLDER".into()),
    }
}

/// Converts a model as for Vitis, and writes what the back end makes of it.
pub fn write(model: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    let conversion = Conversion::default().with_backend(Arc::new(Memories))?;
    Ok(conversion.convert(model)?.project()?.write_to(folder)?)
}
