//! What the test bench and the bridge are filled with: everything around the top function that runs on a host.

use hls_model::graph::{Graph, Interface, Tensor};
use serde::Serialize;

use super::firmware::is_traced;
use super::top::{Top, names};
use crate::CodegenError;
use crate::options::{Options, Trace};
use crate::vitis::cpp::{size, string_literal};
use crate::vitis::layers;

/// `NAME_test.cpp` and `NAME_bridge.cpp`
#[derive(Serialize)]
pub(super) struct Harness<'a> {
    project_name: &'a str,
    guard: String,
    namespace: Option<&'a str>,
    brams: Vec<&'a str>,
    features: usize,
    inputs: Vec<Argument<'a>>,
    outputs: Vec<Argument<'a>>,
    /// What the caller of the top function holds: arrays, and the elements of streams that are outputs.
    members: Vec<String>,
    /// The streams that are arguments.
    streams: Vec<String>,
    call: String,
    precision: u32,
    to_file: bool,
    to_stdout: bool,
    traced: Vec<Traced>,
    scalars: [&'static str; 2],
}

/// An input or output of the top function.
#[derive(Serialize)]
struct Argument<'a> {
    r#type: &'a str,
    variable: &'a str,
    /// The type of one element.
    element: String,
    /// Where the top function takes it from, or puts it.
    place: String,
    size: String,
    /// Where the tensor begins in a sample that holds all inputs one after another.
    offset: usize,
}

/// A tensor that is recorded.
#[derive(Serialize)]
struct Traced {
    literal: String,
    size: String,
}

impl<'a> Harness<'a> {
    pub fn new(graph: &'a Graph, options: &'a Options) -> Result<Self, CodegenError> {
        let top = Top::new(graph);
        let tensors = top.tensors().map(place);
        let arguments: Vec<String> =
            tensors.chain(top.brams.iter().map(|weight| weight.variable.clone())).collect();
        Ok(Harness {
            project_name: &options.project_name,
            guard: format!("{}_BRIDGE_H_", options.project_name.to_uppercase()),
            namespace: options.vitis.namespace.as_deref(),
            brams: top.brams.iter().map(|weight| weight.variable.as_str()).collect(),
            features: top.inputs.iter().map(|tensor| tensor.len()).sum(),
            inputs: arguments_of(&top.inputs),
            outputs: arguments_of(&top.outputs),
            members: members(&top)?,
            streams: streams(&top)?,
            call: format!("{}({});", options.project_name, arguments.join(", ")),
            precision: top.outputs.iter().map(|tensor| digits(tensor)).max().unwrap_or_default(),
            to_file: options.vitis.result_stream.to_file(),
            to_stdout: options.vitis.result_stream.to_stdout(),
            traced: traced(graph, options.trace),
            scalars: ["float", "double"],
        })
    }
}

fn arguments_of<'a>(tensors: &[&'a Tensor]) -> Vec<Argument<'a>> {
    let mut offset = 0;
    tensors
        .iter()
        .map(|tensor| {
            let begin = offset;
            offset += tensor.len();
            Argument {
                r#type: &tensor.ty.name,
                variable: &tensor.variable,
                element: element(tensor),
                place: place(tensor),
                size: size(tensor),
                offset: begin,
            }
        })
        .collect()
}

fn is_stream(tensor: &Tensor) -> bool {
    match tensor.interface {
        Interface::Array => false,
        Interface::Stream { .. } => true,
    }
}

/// The type of one element of an argument.
fn element(tensor: &Tensor) -> String {
    if is_stream(tensor) { format!("{}::value_type", tensor.ty.name) } else { tensor.ty.name.clone() }
}

/// What the top function is called with.
fn place(tensor: &Tensor) -> String {
    if is_stream(tensor) {
        format!("top.streams.{}", tensor.variable)
    } else {
        format!("top.{}", tensor.variable)
    }
}

/// Arrays of the arguments' elements. Those of inputs are nowhere but in their stream.
fn members(top: &Top<'_>) -> Result<Vec<String>, CodegenError> {
    let held = top.inputs.iter().filter(|tensor| !is_stream(tensor)).chain(&top.outputs);
    held.map(|tensor| {
        let (_, variable) = names(tensor)?;
        Ok(format!("{} {variable}[{}]", element(tensor), size(tensor)))
    })
    .collect()
}

/// The arguments that are streams. Each knows its name, for messages.
fn streams(top: &Top<'_>) -> Result<Vec<String>, CodegenError> {
    let streams = top.tensors().filter(|tensor| is_stream(tensor));
    streams
        .map(|tensor| {
            let (ty, variable) = names(tensor)?;
            Ok(format!("hls::stream<{ty}> {variable}{{\"{variable}\"}}"))
        })
        .collect()
}

/// Significant decimal digits that are enough for every number of a tensor: `raw · 5^frac` of a `width`-bit `raw`, and at
/// least those that tell doubles apart.
fn digits(tensor: &Tensor) -> u32 {
    let frac = u32::try_from(tensor.ty.precision.frac()).unwrap_or(0);
    let integer = u32::try_from(tensor.ty.precision.integer()).unwrap_or(0);
    (tensor.ty.precision.width() + frac + integer).max(17)
}

/// The tensors that the top function records, in its order.
fn traced(graph: &Graph, trace: Trace) -> Vec<Traced> {
    let nodes = graph.nodes().filter(|node| is_traced(node, trace) && layers::computes(&node.op));
    let tensors = nodes.flat_map(|node| layers::recorded(graph, node).map(move |tensor| (node, tensor)));
    tensors.map(|(node, tensor)| Traced { literal: string_literal(&node.name), size: size(tensor) }).collect()
}
