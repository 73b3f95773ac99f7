//! What the templates in `templates/firmware/` are filled with.

use std::collections::{BTreeSet, HashSet};

use hls_model::graph::op::TimePart;
use hls_model::graph::{self, Graph, Node, NodeId, Op, PipelineStyle, Tensor, TensorId};
use hls_model::precision::Precision;
use hls_model::target::IoType;
use serde::Serialize;

use super::top::{Top, local};
use crate::CodegenError;
use crate::options::{Options, Trace};
use crate::vitis::cpp::{comment, identifier, size, string_literal, typedef};
use crate::vitis::decisions::{ArrayPragma, Schedule, Storage};
use crate::vitis::layers::{self, LayerEmission};
use crate::vitis::options::{EmulationConstants, WeightFiles};

/// The contexts of the four firmware files, and the kernels that the library lacks.
pub(super) struct Firmware<'a> {
    pub top_function: TopFunction<'a>,
    pub interface: Interface<'a>,
    pub defines: Defines<'a>,
    pub parameters: Parameters<'a>,
    /// Kernels written for single layers, as C++ text.
    pub generated_kernels: Vec<String>,
}

/// `firmware/NAME.cpp`
#[derive(Serialize)]
pub(super) struct TopFunction<'a> {
    project_name: &'a str,
    namespace: Option<&'a str>,
    arguments: Vec<String>,
    pragmas: Vec<String>,
    loads: Vec<Load<'a>>,
    variables: Vec<Variable>,
    /// Inputs that no layer reads, which a compiler would warn about.
    unused: Vec<&'a str>,
    layers: Vec<LayerCalls>,
}

/// A weight array that the simulation reads from text.
#[derive(Serialize)]
struct Load<'a> {
    function: &'static str,
    r#type: &'a str,
    length: usize,
    variable: &'a str,
    file: String,
}

/// An array between layers.
#[derive(Serialize)]
struct Variable {
    declaration: String,
    pragma: Option<String>,
}

/// A layer's statements.
#[derive(Serialize)]
struct LayerCalls {
    comment: String,
    calls: Vec<String>,
    traces: Vec<TracedTensor>,
}

/// A tensor that is recorded.
#[derive(Serialize)]
struct TracedTensor {
    r#type: String,
    variable: String,
    literal: String,
    size: String,
}

/// `firmware/NAME.h`
#[derive(Serialize)]
pub(super) struct Interface<'a> {
    project_name: &'a str,
    guard: String,
    namespace: Option<&'a str>,
    arguments: Vec<String>,
    emulator: Option<Emulator>,
}

/// The top function with tuples as arguments.
#[derive(Serialize)]
struct Emulator {
    brams: Vec<String>,
    call: Vec<String>,
}

/// `firmware/defines.h`
#[derive(Serialize)]
pub(super) struct Defines<'a> {
    namespace: Option<&'a str>,
    typedefs: Vec<String>,
    emulation: Option<Emulation>,
    streams: bool,
}

/// The element types of the emulator's tuples.
#[derive(Serialize)]
struct Emulation {
    inputs: String,
    outputs: String,
}

/// `firmware/parameters.h`
#[derive(Serialize)]
pub(super) struct Parameters<'a> {
    namespace: Option<&'a str>,
    /// Headers of the kernels that are called, below `firmware/`.
    pub headers: BTreeSet<&'static str>,
    weights: Vec<&'a str>,
    layers: Vec<LayerConfig>,
}

/// A layer's configuration struct.
#[derive(Serialize)]
struct LayerConfig {
    comment: String,
    config: String,
}

impl<'a> Firmware<'a> {
    pub fn new(graph: &'a Graph, options: &'a Options) -> Result<Self, CodegenError> {
        let top = Top::new(graph);
        let emissions: Vec<(&Node, LayerEmission)> = graph
            .nodes()
            .map(|node| Ok((node, layers::emit(graph, node, options.vitis.kernel_namespace())?)))
            .collect::<Result<_, CodegenError>>()?;
        let generated = emissions.iter().map(|(_, emission)| &emission.generated_kernel);
        Ok(Firmware {
            generated_kernels: generated.filter(|kernel| !kernel.is_empty()).cloned().collect(),
            top_function: top_function(graph, options, &top, &emissions)?,
            interface: interface(options, &top)?,
            defines: defines(graph, options, &top)?,
            parameters: parameters(graph, options, emissions),
        })
    }
}

/// Whether a layer's output is recorded.
pub(crate) fn is_traced(node: &Node, trace: Trace) -> bool {
    match trace {
        Trace::Off => false,
        Trace::Marked => node.trace,
        Trace::All => true,
    }
}

fn top_function<'a>(
    graph: &'a Graph,
    options: &'a Options,
    top: &Top<'_>,
    emissions: &[(&Node, LayerEmission)],
) -> Result<TopFunction<'a>, CodegenError> {
    let calls = emissions.iter().filter(|(_, emission)| !emission.calls.is_empty());
    let looped = looped_streams(graph);
    Ok(TopFunction {
        project_name: &options.project_name,
        namespace: options.vitis.namespace.as_deref(),
        arguments: top.declarations()?,
        pragmas: pragmas(graph, top),
        loads: match options.vitis.weight_files {
            WeightFiles::TextAndHeader => loads(graph),
            WeightFiles::HeaderOnly => Vec::new(),
        },
        variables: variables(graph, top, &looped)?,
        unused: unused(graph),
        layers: calls
            .map(|(node, emission)| layer_calls(graph, &looped, node, emission, options.trace))
            .collect::<Result<_, _>>()?,
    })
}

fn pragmas(graph: &Graph, top: &Top<'_>) -> Vec<String> {
    let arrays = top.tensors().filter_map(|tensor| array_pragma(graph, tensor));
    let ports: Vec<&str> = top.tensors().map(|tensor| tensor.variable.as_str()).collect();
    let mut pragmas: Vec<String> = arrays.collect();
    match graph.target.io_type() {
        IoType::Parallel => pragmas.push(interface_pragma("ap_vld", &ports)),
        IoType::Stream => {
            pragmas.push(interface_pragma("axis", &ports));
            let brams: Vec<&str> = top.brams.iter().map(|weight| weight.variable.as_str()).collect();
            pragmas.extend((!brams.is_empty()).then(|| interface_pragma("bram", &brams)));
        }
    }
    let schedule = Schedule::of(graph);
    pragmas.push(match (schedule.style, schedule.interval) {
        (PipelineStyle::Pipeline, Some(interval)) => format!("#pragma HLS PIPELINE II={interval}"),
        (PipelineStyle::Pipeline, None) => "#pragma HLS PIPELINE".to_owned(),
        (PipelineStyle::Dataflow, _) => "#pragma HLS DATAFLOW".to_owned(),
    });
    pragmas
}

fn interface_pragma(mode: &str, ports: &[&str]) -> String {
    format!("#pragma HLS INTERFACE {mode} port={}", ports.join(","))
}

fn array_pragma(graph: &Graph, tensor: &Tensor) -> Option<String> {
    let variable = &tensor.variable;
    match ArrayPragma::of(graph, tensor) {
        ArrayPragma::Reshape => Some(format!("#pragma HLS ARRAY_RESHAPE variable={variable} complete dim=0")),
        ArrayPragma::Partition => {
            Some(format!("#pragma HLS ARRAY_PARTITION variable={variable} complete dim=0"))
        }
        ArrayPragma::Absent => None,
    }
}

fn loads(graph: &Graph) -> Vec<Load<'_>> {
    let weights = layers::stored_weights(graph);
    weights
        .map(|weight| Load {
            function: match weight.ty.precision {
                Precision::Exponent { .. } => "load_exponent_weights_from_txt",
                _ => "load_weights_from_txt",
            },
            r#type: &weight.ty.name,
            length: weight.values.data.len(),
            variable: &weight.variable,
            file: string_literal(&format!("{}.txt", weight.variable)),
        })
        .collect()
}

/// Declarations of what flows between layers: an array each, or a reference to the array that a tensor is a view of.
fn variables(
    graph: &Graph,
    top: &Top<'_>,
    looped: &[(NodeId, TensorId)],
) -> Result<Vec<Variable>, CodegenError> {
    let tensors = graph.nodes().flat_map(|node| &node.outputs);
    let here = tensors.filter(|&&id| !top.contains(id) && !looped.iter().any(|(_, inner)| *inner == id));
    here.map(|&id| variable(graph, id)).collect()
}

/// Streams between the layers of a loop over time steps, with the node that begins the loop: the loop's body is a dataflow region, and what connects
/// the processes of a region is declared in it.
fn looped_streams(graph: &Graph) -> Vec<(NodeId, TensorId)> {
    let mut streams = Vec::new();
    let mut begin = None;
    for &id in graph.order() {
        let node = graph.node(id);
        match &node.op {
            Op::TimeDistributed(op) if op.part == TimePart::Begin => begin = Some(id),
            Op::TimeDistributed(_) => begin = None,
            _ => {}
        }
        let inner =
            node.outputs.iter().filter(|&&output| graph.tensor(output).interface != graph::Interface::Array);
        streams.extend(begin.into_iter().flat_map(|begin| inner.clone().map(move |&output| (begin, output))));
    }
    streams
}

fn unused(graph: &Graph) -> Vec<&str> {
    let inputs = graph.inputs.iter().flat_map(|&id| &graph.node(id).outputs);
    let unread = inputs.filter(|&&id| graph.consumers(id).is_empty());
    unread.map(|&id| graph.tensor(id).variable.as_str()).collect()
}

fn variable(graph: &Graph, id: TensorId) -> Result<Variable, CodegenError> {
    let tensor = graph.tensor(id);
    let declaration = match tensor.in_place_of {
        Some(parent) => {
            let name = identifier(&tensor.variable, "a tensor")?;
            format!("auto& {name} = {}", identifier(&graph.tensor(parent).variable, "a tensor")?)
        }
        None => local(tensor)?,
    };
    let pragma = match (tensor.interface, tensor.in_place_of) {
        (graph::Interface::Array, _) => array_pragma(graph, tensor),
        (graph::Interface::Stream { .. }, Some(_)) => None,
        (graph::Interface::Stream { depth, .. }, None) => {
            Some(format!("#pragma HLS STREAM variable={} depth={depth}", tensor.variable))
        }
    };
    Ok(Variable { declaration, pragma })
}

fn layer_calls(
    graph: &Graph,
    looped: &[(NodeId, TensorId)],
    node: &Node,
    emission: &LayerEmission,
    trace: Trace,
) -> Result<LayerCalls, CodegenError> {
    let traced = layers::recorded(graph, node).filter(|_| is_traced(node, trace));
    let traces = traced.map(|tensor| TracedTensor {
        r#type: tensor.ty.name.clone(),
        variable: tensor.variable.clone(),
        literal: string_literal(&node.name),
        size: size(tensor),
    });
    let own = looped.iter().filter(|(begin, _)| std::ptr::eq(graph.node(*begin), node));
    let mut calls = emission.before.clone();
    for &(_, stream) in own {
        let Variable { declaration, pragma } = variable(graph, stream)?;
        calls.extend([format!("{declaration};")].into_iter().chain(pragma));
    }
    calls.extend(emission.calls.iter().cloned());
    Ok(LayerCalls { comment: comment(&node.name), calls, traces: traces.collect() })
}

fn interface<'a>(options: &'a Options, top: &Top<'_>) -> Result<Interface<'a>, CodegenError> {
    let emulator = match options.vitis.emulation_constants {
        EmulationConstants::Omit => None,
        EmulationConstants::Write => Some(emulator(top)?),
    };
    Ok(Interface {
        project_name: &options.project_name,
        guard: format!("{}_H_", options.project_name.to_uppercase()),
        namespace: options.vitis.namespace.as_deref(),
        arguments: top.declarations()?,
        emulator,
    })
}

fn emulator(top: &Top<'_>) -> Result<Emulator, CodegenError> {
    let element = |tuple: &'static str| {
        move |(i, tensor): (usize, &&Tensor)| match tensor.interface {
            graph::Interface::Array => format!("std::get<{i}>({tuple}).data()"),
            graph::Interface::Stream { .. } => format!("std::get<{i}>({tuple})"),
        }
    };
    let inputs = top.inputs.iter().enumerate().map(element("inputs"));
    let outputs = top.outputs.iter().enumerate().map(element("outputs"));
    let brams = top.brams.iter().map(|weight| weight.variable.clone());
    Ok(Emulator {
        brams: top
            .brams
            .iter()
            .map(|weight| crate::vitis::weights::declaration(weight))
            .collect::<Result<_, _>>()?,
        call: inputs.chain(outputs).chain(brams).collect(),
    })
}

fn defines<'a>(graph: &Graph, options: &'a Options, top: &Top<'_>) -> Result<Defines<'a>, CodegenError> {
    let mut seen = HashSet::new();
    // Layers may share a type, and a view has that of its array: the first layer that names a type defines it.
    let types = graph.nodes().flat_map(|node| layers::types(graph, node)).filter(|ty| seen.insert(ty.name()));
    let typedefs = types.map(typedef).collect::<Result<_, _>>()?;
    let tuple = |tensors: &[&Tensor]| {
        let elements = tensors.iter().map(|tensor| match tensor.interface {
            graph::Interface::Array => format!("std::array<{}, {}>", tensor.ty.name, size(tensor)),
            graph::Interface::Stream { .. } => format!("hls::stream<{}>", tensor.ty.name),
        });
        elements.collect::<Vec<String>>().join(", ")
    };
    let emulation = match options.vitis.emulation_constants {
        EmulationConstants::Omit => None,
        EmulationConstants::Write => {
            Some(Emulation { inputs: tuple(&top.inputs), outputs: tuple(&top.outputs) })
        }
    };
    Ok(Defines {
        namespace: options.vitis.namespace.as_deref(),
        typedefs,
        emulation,
        streams: graph.target.io_type() == IoType::Stream,
    })
}

fn parameters<'a>(
    graph: &'a Graph,
    options: &'a Options,
    emissions: Vec<(&Node, LayerEmission)>,
) -> Parameters<'a> {
    let weights =
        layers::stored_weights(graph).filter(|weight| Storage::of(graph, weight) == Storage::Register);
    Parameters {
        namespace: options.vitis.namespace.as_deref(),
        headers: emissions.iter().flat_map(|(_, emission)| emission.headers).copied().collect(),
        weights: weights.map(|weight| weight.variable.as_str()).collect(),
        layers: emissions
            .into_iter()
            .filter(|(_, emission)| !emission.config.is_empty())
            .map(|(node, emission)| LayerConfig { comment: comment(&node.name), config: emission.config })
            .collect(),
    }
}
