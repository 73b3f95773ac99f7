//! The tables as Markdown.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use hls_model::config::Strategy;
use hls_model::graph::WeightRole;
use hls_model::graph::op::{Op, SettingDefault};
use hls_model::precision::Precision;
use hls_model::quantizer::Quantizer;
use hls_model::source::keras::SUPPORTED_CLASSES;
use hls_model::source::keras::config::ActivationFunction;
use hls_model::source::{self, KerasLayer, KerasModel, LayerConfig};
use serde_json::Value;

use crate::hgq;
use crate::root;
use crate::samples::{self, Sample};
use crate::tries::{self, Attempt, STRATEGIES, Way, attempt};

const REFUSED: &str = "refused";

/// Each table's name and text.
pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("layers", layers()),
        ("hgq2", hgq2()),
        ("refused", refused()),
        ("activations", activations()),
        ("quantizers", quantizers()),
        ("classes", classes()),
    ]
}

/// Every sample of every table.
pub fn samples() -> Vec<Sample> {
    let quantizers = samples::QUANTIZERS.iter().enumerate();
    let quantized = quantizers
        .flat_map(|(at, q)| [samples::quantized_kernel(at, q), samples::quantized_activation(at, q)]);
    layer_samples().chain(activation_samples()).chain(quantized).chain([samples::lone_ternary()]).collect()
}

fn layer_samples() -> impl Iterator<Item = Sample> {
    SUPPORTED_CLASSES.into_iter().map(samples::layer)
}

fn activation_samples() -> impl Iterator<Item = Sample> {
    ActivationFunction::ALL.iter().copied().map(samples::activation)
}

fn layers() -> String {
    let cases = cases();
    let rows = layer_samples().filter_map(|sample| {
        let attempts = STRATEGIES.map(|strategy| attempt(&sample, Way::arrays(strategy)));
        let attempts: Vec<Attempt> = attempts.into_iter().collect::<Result<_, _>>().ok()?;
        let first = attempts.first()?;
        let engines = attempts.iter().enumerate().map(|(at, attempt)| {
            let earlier = attempts.iter().zip(["as Latency", "as Resource", "as ResourceUnrolled"]).take(at);
            let same = earlier.into_iter().find(|(other, _)| other.ops() == attempt.ops());
            same.map_or_else(|| engines(attempt), |(_, as_other)| as_other)
        });
        let becomes = match sample.row.as_str() {
            "InputLayer" => "`Input`".to_owned(),
            _ => class_names(first),
        };
        let cells = [format!("`{}`", sample.row), becomes].into_iter();
        let stream = in_streams(&sample).map_or(REFUSED, |attempt| self::engines(&attempt));
        let cells = cells.chain(engines.map(str::to_owned)).chain([stream.to_owned()]);
        Some(cells.chain([cases.get(&sample.row).map_or("–".into(), usize::to_string)]).collect())
    });
    let head = [
        "Keras class",
        "becomes",
        "Latency",
        "Resource",
        "ResourceUnrolled",
        "DistributedArithmetic",
        "io_stream",
        "corpus",
    ];
    table(&head, rows)
}

/// HGQ2's layers, in models of the fixtures.
fn hgq2() -> String {
    let corpus: Vec<_> = corpus().collect();
    table(&["HGQ2's class", "becomes", "engines", "corpus"], hgq::rows(&corpus, &cases()))
}

/// The classes that can be read but not converted, with the program's words, and what has no code with streams.
fn refused() -> String {
    let arrays = Way::arrays(Strategy::Latency);
    let stream = layer_samples().filter(|sample| attempt(sample, arrays).is_ok());
    let stream = listed(stream, |sample| in_streams(sample).err());
    let stream = stream.into_iter().map(|line| line.replacen("- ", "- with `io_stream` ", 1));
    refusals(layer_samples()).into_iter().chain(stream).collect()
}

/// A sample between streams with the first strategy; the error is that of the first strategy that does not work.
fn in_streams(sample: &Sample) -> Result<Attempt, String> {
    let written = |strategy| {
        let attempt = attempt(sample, Way::streams(strategy))?;
        attempt.firmware.clone().map(|()| attempt)
    };
    STRATEGIES.into_iter().try_for_each(|strategy| written(strategy).map(drop))?;
    written(Strategy::Latency)
}

/// One line for each reason, with the rows that it holds for.
fn refusals(samples: impl Iterator<Item = Sample>) -> Vec<String> {
    listed(samples, |sample| attempt(sample, Way::arrays(Strategy::Latency)).err())
}

fn listed(samples: impl Iterator<Item = Sample>, reason: impl Fn(&Sample) -> Option<String>) -> Vec<String> {
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    for sample in samples {
        let Some(reason) = reason(&sample) else { continue };
        let row = format!("`{}`", sample.row.split('(').next().unwrap_or_default());
        let reason = without_place(&sample, &reason);
        match rows.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) if names.contains(&row) => {}
            Some((_, names)) => names.push(row),
            None => rows.push((reason, vec![row])),
        }
    }
    rows.into_iter().map(|(reason, names)| format!("- {}: {reason}\n", names.join(", "))).collect()
}

fn activations() -> String {
    let rows = activation_samples().map(|sample| {
        let outcome = match attempt(&sample, Way::arrays(Strategy::Latency)) {
            Ok(attempt) => [class_names(&attempt), engines(&attempt).to_owned()],
            Err(_) => ["–".to_owned(), REFUSED.to_owned()],
        };
        [format!("`{}`", sample.row)].into_iter().chain(outcome).collect()
    });
    let table = table(&["activation", "becomes", "engines"], rows);
    [table, "\n".to_owned()].into_iter().chain(refusals(activation_samples())).collect()
}

fn quantizers() -> String {
    let named: BTreeSet<_> = samples::QUANTIZERS.iter().filter_map(|q| q.split('(').next()).collect();
    let known: BTreeSet<_> = Quantizer::CLASS_NAMES.iter().copied().collect();
    assert_eq!(named, known, "each quantizer has a sample");
    let kernels = || samples::QUANTIZERS.iter().enumerate().map(|(at, q)| samples::quantized_kernel(at, q));
    let activations =
        || samples::QUANTIZERS.iter().enumerate().map(|(at, q)| samples::quantized_activation(at, q));
    let rows = kernels().zip(activations()).map(|(kernel, activation)| {
        let refused = |_| REFUSED.to_owned();
        let of_kernel =
            attempt(&kernel, Way::arrays(Strategy::Latency)).map_or_else(refused, |it| kernel_types(&it));
        let activation =
            attempt(&activation, Way::arrays(Strategy::Latency)).map_or_else(refused, |it| result(&it));
        vec![format!("`{}`", kernel.row), of_kernel, activation]
    });
    let table = table(&["quantizer", "of a kernel: types", "as QActivation: layer, type"], rows);
    let refusals = [refusals(kernels()), refusals(activations())].into_iter().flatten();
    [table, "\n".to_owned()].into_iter().chain(refusals).collect()
}

/// Classes that only HGQ2's layers become, whose types are those of trained quantizers: nothing to configure. The corpus has them, in firmware and
/// circuits as well.
const OF_HGQ2: [&str; 3] = ["Einsum", "FixedPointQuantizer", "UnaryLUT"];

/// The classes of the firmware's layers with what a configuration can set for them.
fn classes() -> String {
    let mut rows = BTreeMap::new();
    let samples = samples();
    let alone = samples.iter().filter_map(|sample| attempt(sample, Way::arrays(Strategy::Latency)).ok());
    // Side by side they have inputs in common, which streams have to be copied for.
    let streamed: Vec<_> = samples.iter().filter(|sample| in_streams(sample).is_ok()).collect();
    let together = tries::converted(&streamed, Way::streams(Strategy::Latency)).expect("each of them is");
    for graph in alone.map(|attempt| attempt.graph).chain([together]) {
        for node in graph.nodes() {
            rows.entry(node.op.class_name()).or_insert_with(|| class_row(&node.op));
        }
    }
    let missing: Vec<_> =
        corpus_classes().into_iter().filter(|class| !rows.contains_key(&class[..])).collect();
    let missing: Vec<_> =
        missing.into_iter().filter(|class: &String| !OF_HGQ2.contains(&&class[..])).collect();
    assert!(missing.is_empty(), "no sample becomes a layer of {missing:?}");
    table(&["hls4ml class", "strategy", "`Precision`", "other keys"], rows.into_values())
}

fn class_row(op: &Op) -> Vec<String> {
    let code = |names: Vec<String>| match names.is_empty() {
        true => "–".to_owned(),
        false => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    };
    let settings = op.configurable().settings.iter().map(|(key, default)| match default {
        SettingDefault::Number(n) => format!("{key}: {n}"),
        SettingDefault::Flag(f) => format!("{key}: {f}"),
        SettingDefault::Word(w) => format!("{key}: {w}"),
    });
    let strategy = if op.matrix().is_some() { "decides" } else { "–" };
    vec![
        format!("`{}`", op.class_name()),
        strategy.to_owned(),
        code(op.read_precisions().iter().map(|name| (*name).to_owned()).collect()),
        code(settings.collect()),
    ]
}

fn engines(attempt: &Attempt) -> &'static str {
    match (&attempt.firmware, &attempt.emulator) {
        (Ok(()), Ok(())) => "C++, emulator",
        (Ok(()), Err(_)) => "C++",
        (Err(_), Ok(())) => "emulator",
        (Err(_), Err(_)) => "–",
    }
}

/// The distinct classes of the layers.
fn class_names(attempt: &Attempt) -> String {
    let mut names: Vec<String> = attempt.ops().iter().map(|op| format!("`{}`", op.class_name())).collect();
    names.dedup();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// The types of the kernel and of what is split off it.
fn kernel_types(attempt: &Attempt) -> String {
    let weights = attempt.graph.nodes().flat_map(|node| {
        let weights = node.weights.iter().filter(|weight| weight.role != WeightRole::Bias);
        weights.map(|weight| format!("{} `{}`", weight.role.attribute(), short(&weight.ty.precision)))
    });
    let types = weights.collect::<Vec<_>>().join(", ");
    if attempt.graph.warnings.is_empty() { types } else { format!("{types}, with a warning") }
}

/// The layer and the type of its result.
fn result(attempt: &Attempt) -> String {
    let output = attempt.graph.outputs.first().expect("a sample is an output");
    format!("{} `{}`", class_names(attempt), short(&attempt.graph.tensor(*output).ty.precision))
}

/// A precision without the modes that are the defaults.
fn short(precision: &Precision) -> String {
    match precision {
        // By their width alone these would pass for integers.
        Precision::Xnor | Precision::Exponent { .. } => precision.graph_form(),
        other => other.to_string().replace(",0>", ">").replace(",TRN,WRAP>", ">"),
    }
}

/// A message without what its row says: name and class of the sample's layer, and the function or quantizer.
fn without_place(sample: &Sample, reason: &str) -> String {
    let place = format!("layer \"{}\"", sample.name);
    let words = reason.strip_prefix(&place).and_then(|rest| {
        let converted = format!(" ({}) cannot be converted: ", sample.class);
        let rest_of = |start: &str| rest.strip_prefix(start);
        // In a graph a layer has the class that it became.
        let written = || Some(rest_of(" (")?.split_once(") cannot be written as firmware: ")?.1);
        rest_of(&converted).or_else(written).or_else(|| rest_of(": "))
    });
    let reason = words.unwrap_or(reason);
    let name = sample.row.split('(').next().unwrap_or_default();
    let reason = reason.replace('\n', " ").replace(&format!(" activation {name} "), " activation ");
    match reason.strip_prefix(name) {
        // With or without its arguments.
        Some(rest) => format!(
            "it{}",
            rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest)
        ),
        None => reason,
    }
}

/// The folders of the corpus's supported cases.
fn corpus() -> impl Iterator<Item = PathBuf> {
    ["fixtures/corpus", "fixtures/corpus3"].into_iter().flat_map(|folder| {
        let folder = root().join(folder);
        let not_yet = fs::read_to_string(folder.join("not_yet.json")).expect("not_yet.json");
        let not_yet: BTreeMap<String, Value> = serde_json::from_str(&not_yet).expect("names and reasons");
        let entries = fs::read_dir(&folder).expect("a corpus").map(|entry| entry.expect("an entry").path());
        entries.filter(move |path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            path.is_dir() && !not_yet.contains_key(&*name)
        })
    })
}

/// For each Keras class the number of cases that have it.
fn cases() -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for case in corpus() {
        let file =
            ["model.h5", "model.keras"].map(|name| case.join(name)).into_iter().find(|file| file.is_file());
        let model = source::read(&file.expect("a model's file")).expect("a model");
        let mut seen = BTreeSet::new();
        add_classes(&model, &mut seen);
        seen.into_iter().for_each(|class| *counts.entry(class).or_insert(0) += 1);
    }
    counts
}

/// The classes of hls4ml's layers in all cases.
fn corpus_classes() -> BTreeSet<String> {
    let classes = corpus().flat_map(|case| {
        let graph = fs::read_to_string(case.join("graph.json")).expect("graph.json");
        let graph: Value = serde_json::from_str(&graph).expect("facts");
        let layers = graph["layers"].as_array().expect("layers").clone();
        layers.into_iter().map(|layer| layer["class_name"].as_str().expect("a class").to_owned())
    });
    classes.collect()
}

fn add_classes(model: &KerasModel, seen: &mut BTreeSet<String>) {
    model.layers.iter().for_each(|layer| add_class(layer, seen));
}

fn add_class(layer: &KerasLayer, seen: &mut BTreeSet<String>) {
    seen.insert(layer.class_name.clone());
    match &layer.config {
        LayerConfig::Model(model) => add_classes(model, seen),
        LayerConfig::TimeDistributed(inner) => add_class(inner, seen),
        _ => {}
    }
}

fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<String> = head.iter().map(|&cell| cell.to_owned()).collect();
    let rule = format!("|{}\n", "---|".repeat(head.len()));
    [line(&head), rule].into_iter().chain(rows.into_iter().map(|row| line(&row))).collect()
}
