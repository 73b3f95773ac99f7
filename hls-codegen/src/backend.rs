//! What a back end is: from a graph to a project for one family of tools.

use std::fmt;

use hls_model::Warning;
use hls_model::config::Strategy;
use hls_model::graph::{Graph, Op};
use hls_model::target::BackendKind;
use serde_json::Value;

use crate::CodegenError;
use crate::demand::Demands;
use crate::options::Options;
use crate::project::Project;

/// Writes graphs as projects for one family of tools.
///
/// A back end decides nothing about numbers: names, types and the order of additions are the graph's. What only its tools care
/// about (storage, pragmas, scripts) it decides itself.
pub trait Backend: fmt::Debug + Send + Sync {
    /// Whose graphs it takes: the passes that make a graph are chosen by its [`Target`](hls_model::Target), which names one of these kinds. A back
    /// end outside this crate takes the graphs of the kind whose numbers it reproduces
    /// ([`Conversion::with_backend`](crate::Conversion::with_backend)).
    fn kind(&self) -> BackendKind;

    /// The strategies that it can write.
    fn strategies(&self) -> &'static [Strategy];

    /// Whether it can write an operation.
    ///
    /// # Errors
    /// Why it cannot, as the end of a sentence that names the layer.
    fn takes(&self, op: &Op) -> Result<(), &'static str>;

    /// Checks whether graph and options can become a project, as far as that is known without writing it.
    ///
    /// # Errors
    /// As [`emit`](Self::emit).
    fn check(&self, graph: &Graph, options: &Options) -> Result<(), CodegenError>;

    /// Layers that ask more of the tools than they are known to handle, and what to change; known before the tools run.
    fn warnings(&self, graph: &Graph, options: &Options) -> Vec<Warning>;

    /// The facts of the graph with what the back end decides, under hls4ml's keys; those of the graph alone are
    /// [`facts`](hls_model::graph::facts::facts).
    fn facts(&self, graph: &Graph) -> Value;

    /// What the project asks of the tools, or `None` if the back end does not know.
    fn demands(&self, _graph: &Graph) -> Option<Demands> {
        None
    }

    /// Whether a project that traces its layers records the result of an operation.
    fn records(&self, op: &Op) -> bool;

    /// Writes a graph as a project. Pure: equal arguments give equal bytes.
    ///
    /// # Errors
    /// When the graph holds something that cannot be written (the error names the layer), a name is not an identifier, or a
    /// setting cannot be part of a script.
    fn emit(&self, graph: &Graph, options: &Options) -> Result<Project, CodegenError>;

    /// Further files of a project: samples, and what it must compute of them, in the form that its own simulation reads. Paths as in
    /// [`emit`](Self::emit); none where a simulation is given its samples in another way.
    fn reference_files(&self, _graph: &Graph, _values: &ReferenceValues) -> Project {
        Project::default()
    }

    /// Where things are in a project with these options.
    fn layout(&self, options: &Options) -> ProjectLayout;
}

/// Samples and what must be computed of them, as raw numbers: the value of `raw` is `raw · 2^-fraction` of its tensor's type.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReferenceValues {
    /// For each input of the graph the numbers of all samples, one sample after another.
    pub inputs: Vec<Vec<i128>>,
    /// For each output likewise.
    pub outputs: Vec<Vec<i128>>,
}

/// Where things are in a project; paths are relative to its folder, with `/` between folders.
///
/// Exhaustive on purpose: a back end has to say where each of them is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectLayout {
    /// The name of the top function.
    pub top_function: String,
    /// Samples that the test bench reads, one per line: the elements of all inputs, separated by spaces.
    pub test_inputs: &'static str,
    /// The known outputs of these samples, in the same form.
    pub expected_outputs: &'static str,
    /// Where a simulation of the project writes its results, in the same form.
    pub results: &'static str,
}
