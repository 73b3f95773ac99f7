//! The queues of a model, from the order in which its layers read and write.

use std::path::Path;

use anyhow::{Context, Error, anyhow};
use hls_codegen::Converted;
use hls_model::config::{ConfigError, HlsConfig};
use hls_model::graph::{Graph, Interface, TensorId};
use hls_model::streams::{self, Queue};
use hls_model::target::IoType;
use serde_json::{Value, json};

use crate::args::{ConversionArgs, FifoArgs};
use crate::conversion::{conversion, convert};
use crate::error::CliError;
use crate::output::{self, printable};
use crate::tables::table;

/// What a reader has to know of these numbers.
const NOTE: &str = "estimate (no tool ran): one cycle for each iteration of a layer's loop, two samples one right after the other. Layers can never wait for each \
                    other for ever with the depths that are enough, whatever the real timing is; that they are as fast, a co-simulation can confirm (synth --fifo-opt).";

/// The key of a configuration that sets the places of a layer's queues.
const DEPTH: &str = "FIFODepth";

pub fn run(args: &FifoArgs) -> Result<(), CliError> {
    let converted = convert(&conversion(&with_streams(&args.conversion))?, &args.path)?;
    output::warn(&args.path, converted.warnings());
    let queues = streams::queues(&converted.graph).map_err(CliError::failed)?;
    if let Some(path) = &args.write_config {
        write_config(path, &converted, &queues)?;
    }
    match args.json {
        true => output::print(&format!("{:#}", document(&queues))),
        false => output::print(&describe(&queues)),
    }
}

/// Only streams have queues, so that is what is meant where nothing else is said.
fn with_streams(args: &ConversionArgs) -> ConversionArgs {
    ConversionArgs { io_type: args.io_type.or(Some(IoType::Stream)), ..args.clone() }
}

fn describe(queues: &[Queue]) -> String {
    if queues.is_empty() {
        return "There are no queues between layers.".to_owned();
    }
    let mut table = table(&["queue", "from", "to"], &["bits", "places", "used at most", "enough"]);
    for queue in queues {
        table.add_row([
            printable(&queue.variable),
            printable(&queue.writer),
            printable(&queue.reader),
            queue.width.to_string(),
            queue.depth.to_string(),
            queue.highest.to_string(),
            queue.smallest.to_string(),
        ]);
    }
    let (now, enough) = (bits(queues, |queue| queue.depth), bits(queues, |queue| queue.smallest));
    let count = if queues.len() == 1 { "1 queue".to_owned() } else { format!("{} queues", queues.len()) };
    format!("{table}\n{count}, {now} bits; {enough} bits are enough\n{NOTE}")
}

fn bits(queues: &[Queue], places: fn(&Queue) -> usize) -> u64 {
    queues.iter().map(|queue| queue.width * places(queue) as u64).sum()
}

fn document(queues: &[Queue]) -> serde_json::Value {
    let queues = queues.iter().map(|queue| {
        json!({
            "queue": queue.variable,
            "from": queue.writer,
            "to": queue.reader,
            "bits": queue.width,
            "places": queue.depth,
            "used_at_most": queue.highest,
            "enough": queue.smallest,
        })
    });
    json!({ "estimate": true, "queues": queues.collect::<Vec<_>>() })
}

fn write_config(path: &Path, converted: &Converted, queues: &[Queue]) -> Result<(), CliError> {
    let config = with_depths(converted, queues).map_err(Error::from);
    let yaml = config.and_then(|config| config.to_yaml().map_err(|error| anyhow!("{error}")));
    let written = yaml.and_then(|yaml| std::fs::write(path, yaml).context("it cannot be written"));
    written.with_context(|| format!("--write-config {}", path.display())).map_err(CliError::failed)
}

/// The configuration with depths for each layer that writes a queue: one, or a list where it writes several.
fn with_depths(converted: &Converted, queues: &[Queue]) -> Result<HlsConfig, ConfigError> {
    let graph = &converted.graph;
    let mut value = converted.config.as_value();
    let layers = value.as_object_mut().map(|root| root.entry("LayerName").or_insert_with(|| json!({})));
    let Some(Value::Object(layers)) = layers else { return HlsConfig::from_value(value) };
    for node in graph.nodes() {
        let enough =
            |id: &TensorId| queues.iter().find(|queue| queue.tensor == *id).map(|queue| queue.smallest);
        if node.outputs.iter().all(|id| enough(id).is_none()) {
            continue;
        }
        let places = node.outputs.iter().map(|id| enough(id).unwrap_or_else(|| places(graph, *id)));
        let places = match places.collect::<Vec<_>>()[..] {
            [places] => json!(places),
            ref several => json!(several),
        };
        if let Value::Object(layer) = layers.entry(&node.config_name).or_insert_with(|| json!({})) {
            layer.insert(DEPTH.to_owned(), places);
        }
    }
    HlsConfig::from_value(value)
}

/// Places of a queue that is not between layers.
fn places(graph: &Graph, id: TensorId) -> usize {
    match graph.tensor(id).interface {
        Interface::Stream { depth, .. } => depth,
        Interface::Array => 1,
    }
}
