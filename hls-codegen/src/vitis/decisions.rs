//! What only Vitis HLS cares about, decided from the graph: how the top function is scheduled, how arrays become hardware, and which
//! weights live outside the firmware. None of it changes a number.
//!
//! The decisions are hls4ml's; [`facts`] states them with the graph's own, so that the corpus can compare them.

use hls_model::Warning;
use hls_model::config::Strategy;
use hls_model::graph::op::{TimeParallelism, TimePart};
use hls_model::graph::{self, Graph, Interface, Node, Op, PipelineStyle, Tensor, Weight};
use hls_model::target::IoType;
use serde_json::{Map, Value, json};

/// How the top function is scheduled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// The pragma on the top function: `PIPELINE` or `DATAFLOW`.
    pub style: PipelineStyle,
    /// Initiation interval in clock cycles, if one is asked for.
    pub interval: Option<u64>,
}

/// The pragma that an array has in the top function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArrayPragma {
    /// `ARRAY_RESHAPE complete`: one wide word; hls4ml's choice for inputs.
    Reshape,
    /// `ARRAY_PARTITION complete`: one register for each element.
    Partition,
    /// None: a view of an array that has one, or not an array.
    Absent,
}

/// Where a weight array lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// In the firmware, as registers or ROM.
    Register,
    /// Outside: an argument of the top function, because it has more elements than `BramFactor`.
    Bram,
}

impl Schedule {
    /// The style that the configuration asks for, else hls4ml's choice: dataflow if there are streams between the layers, a convolution works in
    /// partitions or any layer shares multipliers, else one pipeline.
    #[must_use]
    pub fn of(graph: &Graph) -> Self {
        let asked = Self {
            style: graph.requests.pipeline_style.unwrap_or_default(),
            interval: graph.requests.pipeline_interval,
        };
        if graph.requests.pipeline_style.is_some() {
            return asked;
        }
        let in_partitions =
            graph.nodes().any(|node| matches!(&node.op, Op::Conv(conv) if conv.n_partitions != 1));
        if graph.target.io_type() == IoType::Stream || in_partitions || asks_for(graph, Strategy::Resource) {
            Self { style: PipelineStyle::Dataflow, ..asked }
        } else if asks_for(graph, Strategy::ResourceUnrolled) {
            Self { interval: graph.nodes().map(|node| node.reuse_factor).max(), ..asked }
        } else {
            asked
        }
    }
}

fn asks_for(graph: &Graph, strategy: Strategy) -> bool {
    graph.nodes().any(|node| node.requested_strategy == strategy)
}

impl ArrayPragma {
    /// The pragma of a tensor's array.
    #[must_use]
    pub fn of(graph: &Graph, tensor: &Tensor) -> Self {
        match (tensor.interface, tensor.in_place_of) {
            (Interface::Stream { .. }, _) | (Interface::Array, Some(_)) => Self::Absent,
            (Interface::Array, None) if is_input(graph, tensor) => Self::Reshape,
            (Interface::Array, None) => Self::Partition,
        }
    }

    /// hls4ml's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reshape => "reshape",
            Self::Partition => "partition",
            Self::Absent => "",
        }
    }
}

fn is_input(graph: &Graph, tensor: &Tensor) -> bool {
    graph.inputs.iter().any(|&id| graph.output_of(id).name == tensor.name)
}

impl Storage {
    /// Where a weight of the graph lives.
    #[must_use]
    pub fn of(graph: &Graph, weight: &Weight) -> Self {
        let elements = weight.census.shape.iter().product::<usize>() as u64;
        match graph.requests.bram_factor {
            Some(limit) if elements > limit => Self::Bram,
            Some(_) | None => Self::Register,
        }
    }

    /// hls4ml's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Bram => "bram",
        }
    }
}

/// Where the schedule that the configuration asks for does not suit the layers.
#[must_use]
pub fn warnings(graph: &Graph) -> Vec<Warning> {
    let mut messages = Vec::new();
    if graph.requests.pipeline_style == Some(PipelineStyle::Pipeline) {
        if asks_for(graph, Strategy::Resource) {
            messages.push(
                "PipelineStyle is \"pipeline\" although layers use the Resource strategy; expect poor synthesis results",
            );
        }
        if graph.nodes().any(|node| matches!(node.op, Op::Conv(_))) {
            messages.push("PipelineStyle is \"pipeline\" although convolutions need \"dataflow\"");
        }
    }
    let of_schedule = messages.into_iter().map(|message| Warning { layer: None, message: message.into() });
    of_schedule.chain(graph.nodes().filter_map(|node| without_effect(graph, node))).collect()
}

/// What a layer is asked to do in parallel although its input arrives through one stream.
fn without_effect(graph: &Graph, node: &Node) -> Option<Warning> {
    if graph.target.io_type() == IoType::Parallel {
        return None;
    }
    let pixels = matches!(&node.op, Op::Conv(conv) if conv.parallelization_factor > 1);
    let steps = matches!(
        &node.op,
        Op::TimeDistributed(op) if op.part == TimePart::Begin && op.parallelism == TimeParallelism::Unroll
    );
    let key = if pixels {
        "ParallelizationFactor"
    } else if steps {
        "TimeStepLoopParallelism"
    } else {
        return None;
    };
    let message =
        format!("{key} has no effect with io_stream, where the layer's input arrives piece by piece");
    Some(Warning { layer: Some(node.name.clone()), message })
}

/// Layers of a design without block RAM whose weights are in a memory outside of it, which is one all the same.
#[must_use]
pub fn memories_outside(graph: &Graph) -> Vec<Warning> {
    let is_outside =
        |node: &&Node| node.weights.iter().any(|weight| Storage::of(graph, weight) == Storage::Bram);
    let warning = |node: &Node| {
        Warning {
        layer: Some(node.name.clone()),
        message: "BramFactor puts its weights into a memory outside of the design, which no report of the design counts".into(),
    }
    };
    graph.nodes().filter(is_outside).map(warning).collect()
}

/// The facts of the graph ([`graph::facts`]) with these decisions, under hls4ml's keys and in their order.
#[must_use]
pub fn facts(graph: &Graph) -> Value {
    let mut facts = graph::facts(graph);
    let schedule = Schedule::of(graph);
    insert_after(&mut facts, "output_variables", "pipeline_style", json!(schedule.style.as_str()));
    insert_after(&mut facts, "pipeline_style", "pipeline_ii", json!(schedule.interval));
    let layers = facts.get_mut("layers").and_then(Value::as_array_mut);
    for (layer, node) in layers.into_iter().flatten().zip(graph.nodes()) {
        let variables = layer.get_mut("output_variables").and_then(Value::as_array_mut);
        for (variable, &id) in variables.into_iter().flatten().zip(&node.outputs) {
            insert_after(variable, "type", "pragma", pragma(graph, graph.tensor(id)));
        }
        for weight in &node.weights {
            let place = layer.get_mut("weights").and_then(|weights| weights.get_mut(weight.role.attribute()));
            if let Some(place) = place {
                insert_after(place, "weight_class", "storage", json!(Storage::of(graph, weight).as_str()));
            }
        }
    }
    facts
}

/// The pragma of a tensor's variable: a word for an array, a word with the number of places for a queue.
fn pragma(graph: &Graph, tensor: &Tensor) -> Value {
    match (tensor.interface, tensor.in_place_of) {
        (Interface::Array, _) => json!(ArrayPragma::of(graph, tensor).as_str()),
        (Interface::Stream { .. }, Some(_)) => Value::Null,
        (Interface::Stream { depth, .. }, None) => json!(["stream", depth]),
    }
}

/// Inserts an entry after another one, or at the end.
fn insert_after(object: &mut Value, other: &str, key: &str, value: Value) {
    let Value::Object(map) = object else { return };
    let mut entries = Map::with_capacity(map.len() + 1);
    let mut value = Some(value);
    for (known, entry) in std::mem::take(map) {
        let is_here = known == other;
        entries.insert(known, entry);
        if let Some(value) = value.take_if(|_| is_here) {
            entries.insert(key.to_owned(), value);
        }
    }
    if let Some(value) = value {
        entries.insert(key.to_owned(), value);
    }
    *map = entries;
}
