//! Vitis HLS as a back end.

use hls_model::Warning;
use hls_model::config::Strategy;
use hls_model::graph::{Graph, Op};
use hls_model::target::BackendKind;
use serde_json::Value;

use crate::CodegenError;
use crate::backend::{Backend, ProjectLayout};
use crate::demand::Demands;
use crate::options::Options;
use crate::project::Project;
use crate::vitis::preflight::{self, Limits};
use crate::vitis::{decisions, layers, layout, project};

/// Projects for Vitis HLS, with hls4ml's layout, names and interfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Vitis;

impl Backend for Vitis {
    fn kind(&self) -> BackendKind {
        BackendKind::Vitis
    }

    fn strategies(&self) -> &'static [Strategy] {
        &[Strategy::Latency, Strategy::Resource, Strategy::ResourceUnrolled, Strategy::DistributedArithmetic]
    }

    fn takes(&self, op: &Op) -> Result<(), &'static str> {
        layers::takes(op)
    }

    fn check(&self, graph: &Graph, options: &Options) -> Result<(), CodegenError> {
        project::check(graph, options)
    }

    fn warnings(&self, graph: &Graph, options: &Options) -> Vec<Warning> {
        let mut warnings = decisions::warnings(graph);
        if options.avoided.bram {
            warnings.extend(decisions::memories_outside(graph));
        }
        warnings.extend(preflight::warnings(graph, Limits::of(&options.vitis)));
        warnings
    }

    fn facts(&self, graph: &Graph) -> Value {
        decisions::facts(graph)
    }

    fn demands(&self, graph: &Graph) -> Option<Demands> {
        Some(Demands { ports: preflight::ports(graph), layers: preflight::demands(graph) })
    }

    fn records(&self, op: &Op) -> bool {
        layers::computes(op)
    }

    fn emit(&self, graph: &Graph, options: &Options) -> Result<Project, CodegenError> {
        project::emit(graph, options)
    }

    fn layout(&self, options: &Options) -> ProjectLayout {
        layout::layout(options)
    }
}
