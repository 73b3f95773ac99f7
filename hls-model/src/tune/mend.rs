//! Softmaxes whose largest output is not at their largest input.
//!
//! A table of exponentials is addressed with the first bits of its input's type. With a wide type, inputs that differ fall on one entry, and the
//! first of them wins; so the type before the softmax is narrowed to what its numbers need, which saves bits as well. If that is not
//! enough, the tables get more entries, and their types and the result more fraction bits.

use serde_json::{Value, json};

use super::knob::{Kind, knobs, set};
use super::trial::{Bench, TuneError};
use crate::config::HlsConfig;
use crate::fixed::FixedType;
use crate::graph::{Graph, Node, Op};
use crate::precision::Precision;

/// A softmax that was mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// The layer.
    pub layer: String,
    /// On how many of the samples another class was the largest before.
    pub before: u64,
    /// On how many now.
    pub after: u64,
    /// What was set: dotted keys and values.
    pub settings: Vec<(String, String)>,
}

/// More entries of its tables, and more fraction bits of their types and of the result: what is tried in this order.
const STEPS: [(u64, u32); 5] = [(1, 0), (4, 0), (4, 6), (16, 6), (16, 8)];
/// No table gets more entries.
const MOST_ENTRIES: u64 = 1 << 14;

/// Mends every softmax that changes the class of a sample, as far as it can be mended; the bench goes on with the new configuration.
pub fn softmaxes(bench: &mut Bench<'_, '_>) -> Result<Vec<Mended>, TuneError> {
    let graph = bench.convert(bench.base())?;
    if !graph.nodes().any(|node| matches!(node.op, Op::Softmax(_))) {
        return Ok(Vec::new());
    }
    let mut mended = Vec::new();
    for (layer, before) in bench.changed_classes(&graph)? {
        if before > 0
            && let Some(better) = mend(bench, &layer, before)?
        {
            mended.push(better);
        }
    }
    Ok(mended)
}

/// A configuration in which a softmax may be better.
struct Candidate {
    /// On how many samples another class is the largest.
    changed: u64,
    config: HlsConfig,
    settings: Vec<Entry>,
}

fn mend(bench: &mut Bench<'_, '_>, layer: &str, before: u64) -> Result<Option<Mended>, TuneError> {
    let graph = bench.convert(bench.base())?;
    let inputs = input_types(bench, &graph, layer)?;
    let mut best: Option<Candidate> = None;
    // What needs the fewest bits first; nothing is better than no change at all.
    let tried = inputs.iter().map(Some).chain([None]).flat_map(|input| STEPS.map(|step| (input, step)));
    for (input, (entries, bits)) in tried {
        let Some(candidate) = evaluate(bench, layer, settings(&graph, layer, input, entries, bits))? else {
            continue;
        };
        if candidate.changed < best.as_ref().map_or(before, |best| best.changed) {
            best = Some(candidate);
        }
        if best.as_ref().is_some_and(|best| best.changed == 0) {
            break;
        }
    }
    Ok(best.map(|Candidate { changed, config, settings }| {
        bench.rebase(config);
        let settings = settings.iter().map(|(path, to)| (path.join("."), word(to))).collect();
        Mended { layer: layer.to_owned(), before, after: changed, settings }
    }))
}

/// Tries settings; `None` if the model cannot be converted with them.
fn evaluate(
    bench: &mut Bench<'_, '_>,
    layer: &str,
    settings: Vec<Entry>,
) -> Result<Option<Candidate>, TuneError> {
    bench.count(layer)?;
    let mut value = bench.base().as_value();
    for (path, to) in &settings {
        set(&mut value, &path.iter().map(String::as_str).collect::<Vec<_>>(), to.clone());
    }
    let config = HlsConfig::from_value(value)?;
    let Ok(changed) = bench.convert(&config).and_then(|graph| bench.changed_classes(&graph)) else {
        return Ok(None);
    };
    let changed = changed.into_iter().find(|(name, _)| name == layer);
    Ok(changed.map(|(_, changed)| Candidate { changed, config, settings }))
}

/// The layer before a softmax, and narrower types for its result that still hold all its numbers and their differences; the narrowest first.
fn input_types(
    bench: &Bench<'_, '_>,
    graph: &Graph,
    layer: &str,
) -> Result<Vec<(String, FixedType)>, TuneError> {
    let Some(producer) = producer(graph, layer) else { return Ok(Vec::new()) };
    let found = knobs(graph);
    let Some(knob) =
        found.iter().find(|knob| knob.layer == producer.config_name && knob.kind == Kind::Result)
    else {
        return Ok(Vec::new());
    };
    let Some(needed) = bench.integer_bits(graph, &producer.config_name)? else { return Ok(Vec::new()) };
    let narrower =
        |integer: i32| FixedType { width: (integer + knob.ty.frac()).max(1) as u32, integer, ..knob.ty };
    // Distances to the largest input may be twice as large as the inputs.
    let candidates = (needed..=needed + 2).filter(|&integer| integer < knob.ty.integer);
    Ok(candidates.map(|integer| (knob.layer.clone(), narrower(integer))).collect())
}

fn producer<'a>(graph: &'a Graph, layer: &str) -> Option<&'a Node> {
    let softmax = graph.nodes().find(|node| node.config_name == layer)?;
    Some(graph.node(graph.producer(graph.storage_of(*softmax.inputs.first()?))?))
}

type Entry = (Vec<String>, Value);

fn settings(
    graph: &Graph,
    layer: &str,
    input: Option<&(String, FixedType)>,
    entries: u64,
    bits: u32,
) -> Vec<Entry> {
    let path = |layer: &str, keys: &[&str]| {
        [&["LayerName", layer][..], keys].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let text = |ty: FixedType| json!(Precision::Fixed(ty).to_string());
    let mut settings = Vec::new();
    if let Some((producer, ty)) = input {
        settings.push((path(producer, &["Precision", "result"]), text(*ty)));
    }
    let node = graph.nodes().find(|node| node.config_name == layer);
    if let Some(size) = node.and_then(|node| node.op.table_size()).filter(|_| entries > 1) {
        settings.push((path(layer, &["TableSize"]), json!((size * entries).min(MOST_ENTRIES.max(size)))));
    }
    if bits > 0 {
        for knob in knobs(graph).iter().filter(|knob| knob.layer == layer) {
            let ty = FixedType { width: knob.ty.width + bits, ..knob.ty };
            settings.push((path(layer, &knob.kind.path()), text(ty)));
        }
    }
    settings
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
