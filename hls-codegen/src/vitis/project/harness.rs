//! What the test bench and the bridge are filled with: everything around the top function that runs on a host.

use hls_model::graph::{Graph, Tensor};
use serde::Serialize;

use super::firmware::is_traced;
use super::top::{Top, declaration};
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
    members: Vec<String>,
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
        let tensors = top.tensors().map(|tensor| format!("top.{}", tensor.variable));
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
            members: top.tensors().map(declaration).collect::<Result<_, _>>()?,
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
                size: size(tensor),
                offset: begin,
            }
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
    let tensors = nodes.flat_map(|node| node.outputs.iter().map(move |&id| (node, graph.tensor(id))));
    tensors.map(|(node, tensor)| Traced { literal: string_literal(&node.name), size: size(tensor) }).collect()
}
