//! Own Verilog as a back end.

use hls_model::Warning;
use hls_model::config::Strategy;
use hls_model::graph::{Graph, Op};
use hls_model::target::BackendKind;
use serde_json::Value;

use super::{layout, project, vectors};
use crate::CodegenError;
use crate::backend::{Backend, ProjectLayout, ReferenceValues};
use crate::options::Options;
use crate::project::Project;

/// Projects in Verilog, made without any HLS: what a graph that was made for Vitis computes, bit for bit, fully unrolled and pipelined.
///
/// Strategies and reuse factors shape how HLS shares multipliers over time. Here nothing is shared over time, so they change nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rtl;

impl Backend for Rtl {
    fn kind(&self) -> BackendKind {
        BackendKind::Vitis
    }

    fn strategies(&self) -> &'static [Strategy] {
        &[Strategy::Latency, Strategy::Resource, Strategy::ResourceUnrolled, Strategy::DistributedArithmetic]
    }

    fn takes(&self, _op: &Op) -> Result<(), &'static str> {
        Ok(())
    }

    fn check(&self, _graph: &Graph, options: &Options) -> Result<(), CodegenError> {
        project::check_name(&options.project_name)
    }

    fn warnings(&self, _graph: &Graph, _options: &Options) -> Vec<Warning> {
        Vec::new()
    }

    fn facts(&self, graph: &Graph) -> Value {
        hls_model::graph::facts(graph)
    }

    fn records(&self, _op: &Op) -> bool {
        false
    }

    fn emit(&self, graph: &Graph, options: &Options) -> Result<Project, CodegenError> {
        project::emit(graph, options)
    }

    fn reference_files(&self, graph: &Graph, values: &ReferenceValues) -> Project {
        let mut files = Project::default();
        files.add(layout::INPUTS, vectors::inputs(graph, &values.inputs).into_bytes());
        files.add(layout::EXPECTED, vectors::outputs(graph, &values.outputs).into_bytes());
        files
    }

    fn layout(&self, options: &Options) -> ProjectLayout {
        layout::layout(options)
    }
}
