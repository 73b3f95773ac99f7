//! `inspect`: what a conversion makes of a model.

use comfy_table::{CellAlignment, Table, presets};
use hls_codegen::Converted;
use hls_codegen::demand::Ports;
use hls_model::graph::{self, Node};
use serde_json::{Value, json};

use crate::args::InspectArgs;
use crate::conversion::{conversion, convert};
use crate::error::CliError;
use crate::output;

pub fn run(args: &InspectArgs) -> Result<(), CliError> {
    let converted = convert(&conversion(&args.conversion)?, &args.model)?;
    if args.json {
        return output::print(&format!("{:#}", facts(&converted)));
    }
    output::print(&describe(&converted))?;
    output::warn(&args.model, converted.warnings());
    Ok(())
}

/// hls4ml's facts, with the weights counted as they are written, and what the layers ask of the tools.
fn facts(converted: &Converted) -> Value {
    let graph = &converted.graph;
    let mut facts = converted.backend().facts(graph);
    for (node, layer) in graph.nodes().zip(facts["layers"].as_array_mut().into_iter().flatten()) {
        for weight in &node.weights {
            // hls4ml counts them before a pass takes a scale out of them.
            let (counted, entry) = (weight.count(), &mut layer["weights"][weight.role.attribute()]);
            entry["n_zeros"] = json!(counted.zeros);
            entry["n_nonzeros"] = json!(counted.nonzeros);
            entry["min"] = json!(counted.min);
            entry["max"] = json!(counted.max);
        }
    }
    if let (Value::Object(map), Some(total)) = (&mut facts, graph.total_ebops()) {
        let layers: serde_json::Map<String, Value> =
            graph.ebops.iter().map(|(layer, ebops)| (layer.clone(), json!(ebops))).collect();
        map.insert("ebops".to_owned(), json!({ "layers": layers, "total": total }));
    }
    if let (Value::Object(map), Some(demands)) = (&mut facts, converted.backend().demands(graph)) {
        map.insert("preflight".to_owned(), json!(demands));
    }
    facts
}

fn describe(converted: &Converted) -> String {
    let (graph, demands) = (&converted.graph, converted.backend().demands(&converted.graph));
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    let header = [
        "#",
        "layer",
        "class",
        "reads",
        "shape",
        "result",
        "weights",
        "zeros",
        "strategy",
        "reuse",
        "mult/cycle",
    ];
    let cost = (!graph.ebops.is_empty()).then_some("EBOPs");
    table.set_header(header.into_iter().chain(cost));
    for (i, &id) in graph.order().iter().enumerate() {
        let demand = demands.as_ref().and_then(|demands| demands.layers.get(i));
        let (node, output) = (graph.node(id), graph.output_of(id));
        let reads: Vec<_> = node.inputs.iter().map(|&t| graph.tensor(t).name.as_str()).collect();
        let shape: Vec<_> = output.shape.iter().map(usize::to_string).collect();
        let row = [
            node.index.to_string(),
            node.name.clone(),
            node.op.class_name().into(),
            reads.join(", "),
            shape.join("×"),
            output.ty.precision.cpp(),
            weights(node),
            zeros(node),
            strategy(node).into(),
            node.reuse_factor.to_string(),
            count(demand.map_or(0, |demand| demand.multiplications_per_cycle)),
        ];
        table.add_row(row.into_iter().chain(cost.map(|_| ebops(graph, node))));
    }
    for numeric in [0, 7, 9, 10, 11] {
        if let Some(column) = table.column_mut(numeric) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let parameters: usize = graph.nodes().flat_map(|n| &n.weights).map(|w| w.values.data.len()).sum();
    let mut text = format!("{table}\n{} layers, {parameters} parameters", graph.order().len());
    if let Some(style) = converted.backend().facts(graph)["pipeline_style"].as_str() {
        text.push_str(&format!(", pipeline style {style}"));
    }
    if let Some(total) = graph.total_ebops() {
        text.push_str(&format!(", {total} EBOPs"));
    }
    if let Some(demands) = demands {
        let Ports { input_ports, input_bits, output_ports, output_bits } = demands.ports;
        text.push_str(&format!(
            "; {input_bits} bits in {}, {output_bits} bits in {}",
            counted(input_ports, "input port"),
            counted(output_ports, "output port")
        ));
    }
    text
}

/// What the file says of the layer's cost.
fn ebops(graph: &graph::Graph, node: &Node) -> String {
    let known = graph.ebops.iter().find(|(layer, _)| *layer == node.config_name);
    known.map_or(String::new(), |(_, ebops)| ebops.to_string())
}

/// `1 port`, `2 ports`.
fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Empty for zero: most layers have no such number.
fn count(number: usize) -> String {
    if number == 0 { String::new() } else { number.to_string() }
}

fn weights(node: &Node) -> String {
    let one = |w: &graph::Weight| {
        let shape: Vec<_> = w.values.data.shape().iter().map(usize::to_string).collect();
        format!("{} {} {}", w.variable, shape.join("×"), w.ty.precision.cpp())
    };
    node.weights.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn zeros(node: &Node) -> String {
    node.weights.iter().map(|w| w.count().zeros.to_string()).collect::<Vec<_>>().join("\n")
}

fn strategy(node: &Node) -> &'static str {
    node.op.matrix().map_or("", |matrix| matrix.strategy.as_str())
}
