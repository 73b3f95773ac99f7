//! What is read and lowered of HGQ2's models, before any type is chosen, against what hls4ml reads of them: layers, widths of quantizers, quantized arrays.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use hls_model::config::{Generator, Granularity};
use hls_model::emulate::{Emulator, Record};
use hls_model::graph::op::{Op, SoftmaxImplementation};
use hls_model::graph::{Graph, LayerSpec, LoweredModel};
use hls_model::{Target, lower, source};
use ndarray::{ArrayD, IxDyn, OwnedRepr};
use ndarray_npy::NpzReader;
use serde_json::Value;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus3")
}

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(fixtures()).expect("fixtures/corpus3");
    let mut cases: Vec<_> = entries.map(|entry| entry.expect("entry").path()).collect();
    cases.retain(|case| name_of(case).starts_with("hgq_"));
    cases.sort();
    assert_eq!(cases.len(), 31, "cases of HGQ2 in fixtures/corpus3");
    let part = std::env::var("CASE").unwrap_or_default();
    cases.retain(|case| part.split(',').any(|part| name_of(case).contains(part)));
    cases
}

fn name_of(case: &Path) -> String {
    case.file_name().expect("name").to_string_lossy().into_owned()
}

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn lowered(case: &Path) -> Result<LoweredModel, String> {
    let file = json(&case.join("options.json"))["model_file"].as_str().expect("a file").to_owned();
    let model = source::read(&case.join(file)).map_err(|e| e.to_string())?;
    lower(&model).map_err(|e| e.to_string())
}

/// Checks each case, and shows all that are wrong.
fn every_case(check: impl Fn(&Path, &LoweredModel) -> Result<(), String>) {
    let mut wrong = Vec::new();
    for case in cases() {
        let checked = lowered(&case).and_then(|model| check(&case, &model));
        wrong.extend(checked.err().map(|error| format!("{}: {error}", name_of(&case))));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn layers_have_hls4mls_names_classes_and_inputs() {
    every_case(|case, model| {
        let ours: Vec<String> = model
            .layers
            .iter()
            .map(|layer| format!("{} {} {:?}", layer.config_name, layer.source_class, layer.inputs))
            .collect();
        let theirs = json(&case.join("parsed.json"));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let theirs: Vec<String> = theirs
            .as_array()
            .expect("layers")
            .iter()
            .map(|layer| {
                let inputs: Vec<String> =
                    layer["inputs"].as_array().expect("inputs").iter().map(text).collect();
                format!("{} {} {inputs:?}", text(&layer["name"]), text(&layer["class_name"]))
            })
            .collect();
        if ours == theirs { Ok(()) } else { Err(format!("{ours:#?} instead of {theirs:#?}")) }
    });
}

#[test]
fn quantizers_have_hls4mls_modes_and_widths() {
    every_case(|case, model| {
        let parsed = json(&case.join("parsed.json"));
        let quantizers = parsed.as_array().expect("layers").iter();
        let quantizers: Vec<_> =
            quantizers.filter(|layer| layer["class_name"] == "FixedPointQuantizer").collect();
        // The quantizers of tables are in the layer.
        if quantizers.is_empty() {
            return Ok(());
        }
        let mut masks = NpzReader::new(File::open(case.join("masks.npz")).expect("masks")).expect("masks");
        for expected in quantizers {
            let name = expected["name"].as_str().expect("a name");
            let layer = model.layers.iter().find(|layer| layer.config_name == name).ok_or("no such layer")?;
            let Op::FixedPointQuantizer(op) = &layer.op else {
                return Err(format!("{name} is no quantizer"));
            };
            let modes = [op.rounding.name(), op.overflow.name()];
            if [&expected["RND"], &expected["SAT"]] != modes {
                return Err(format!("{name}: {modes:?}"));
            }
            let elements = op.widths.elements(&layer.shape).ok_or("the widths do not fit")?;
            for (key, ours) in [
                ("k", elements.iter().map(|width| i32::from(width.signed)).collect::<Vec<_>>()),
                ("B", elements.iter().map(|width| width.bits).collect()),
                ("I", elements.iter().map(|width| width.integer).collect()),
            ] {
                let theirs = widths(&mut masks, &format!("parsed/{name}/{key}"))?;
                let one = op.widths.bits.len() == 1;
                if one != (theirs.len() == 1) {
                    return Err(format!(
                        "{name}: {} widths instead of {}",
                        op.widths.bits.len(),
                        theirs.len()
                    ));
                }
                let theirs: Vec<i32> = theirs.iter().copied().cycle().take(ours.len()).collect();
                if ours != theirs {
                    return Err(format!("{name}/{key}: {ours:?} instead of {theirs:?}"));
                }
            }
        }
        Ok(())
    });
}

fn widths(masks: &mut NpzReader<File>, name: &str) -> Result<ArrayD<i32>, String> {
    let name = format!("{name}.npy");
    let short = masks.by_name::<OwnedRepr<i16>, IxDyn>(&name).map(|array| array.mapv(i32::from));
    short.map_err(|e| format!("{name}: {e}"))
}

#[test]
fn arrays_are_those_that_hgq2_computes_with() {
    let compared = std::cell::Cell::new(0);
    every_case(|case, model| {
        let mut npz =
            NpzReader::new(File::open(case.join("weights.npz")).expect("weights")).expect("weights");
        let names = npz.names().map_err(|e| e.to_string())?;
        // With distributed arithmetic there are none.
        if names.is_empty() {
            return Ok(());
        }
        for (at, layer) in model.layers.iter().enumerate() {
            for weight in layer.weights.iter().filter(|weight| weight.values.is_some()) {
                let ours = weight.values.as_ref().expect("values").to_f32();
                let prefix = weight.role.variable_prefix();
                let own = format!("{prefix}{}", at + 1);
                // A dense layer over several axes becomes another layer, and streams have layers of their own: other numbers.
                let others = of_size(&mut npz, &names, prefix, ours.len());
                if others.is_empty() {
                    return Err(format!("{own} of {} is not there", described(layer)));
                }
                if !others.iter().any(|theirs| ours.iter().eq(theirs.iter())) {
                    return Err(format!("{own} of {}: {ours} is none of {others:?}", described(layer)));
                }
                compared.set(compared.get() + 1);
            }
        }
        Ok(())
    });
    assert!(compared.get() >= 60 || std::env::var("CASE").is_ok(), "only {} arrays", compared.get());
}

/// A generated configuration calls every softmax stable, also one whose file has no type for distances to the maximum, of which hls4ml has none,
/// either, and stops.
#[test]
fn a_softmax_is_what_its_file_says() {
    let model = lowered(&fixtures().join("hgq_softmax_latency")).expect("layers");
    let convert = |set: &[&str]| {
        let mut config = Generator { granularity: Granularity::Name, ..Generator::default() }
            .generate(&model)
            .expect("a configuration");
        let set: Vec<_> = set.iter().map(|set| set.parse().expect("a setting")).collect();
        config.apply(&set, &model).expect("a configuration");
        hls_model::convert(&model, &config, Target::default()).expect("a graph")
    };
    let graph = convert(&[]);
    let implementation = graph.nodes().find_map(|node| match &node.op {
        Op::Softmax(softmax) => Some(softmax.implementation),
        _ => None,
    });
    assert_eq!(implementation, Some(SoftmaxImplementation::Latency));
    Emulator::new(&graph).expect("an emulator");
    let told = |graph: &Graph| graph.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(!told(&graph).contains("Implementation"), "{}", told(&graph));
    let softmax = model.layers.iter().find(|layer| matches!(layer.op, Op::Softmax(_))).expect("a softmax");
    let other = convert(&[&format!("LayerName.{}.Implementation=argmax", softmax.config_name)]);
    assert!(told(&other).contains("Implementation (argmax) is not the file's (latency)"), "{}", told(&other));
}

/// Layers that the corpus lacks, a table for an image, a quantizer of kept axes, and a model inside that is the output, against HGQ2 itself.
#[test]
fn layers_that_the_corpus_lacks_compute_hgq2s_numbers() {
    let case = fixtures().join("../hgq2");
    let model = lower(&source::read(&case.join("model.keras")).expect("a model")).expect("layers");
    let config = Generator::default().generate(&model).expect("a configuration");
    let graph = hls_model::convert(&model, &config, Target::default()).expect("a graph");
    let open = |name: &str| NpzReader::new(File::open(case.join(name)).expect(name)).expect(name);
    let samples = array(&mut open("x.npz"), "pixels").expect("samples");
    let n = samples.shape()[0];
    let samples = samples.to_shape((n, samples.len() / n)).expect("rows").into_owned();
    let emulator = Emulator::new(&graph).expect("an emulator");
    let results = emulator.evaluate(&[samples.view()], Record::Outputs).expect("results");
    let expected = array(&mut open("y.npz"), "y0").expect("results");
    let found: Vec<f32> = results.outputs[0].values().iter().map(|&value| value as f32).collect();
    assert_eq!(found, expected.iter().copied().collect::<Vec<_>>());
}

/// `QAdd()([x, x])` with two quantizers: hls4ml takes the second for both, and a sixth of its results differ from these.
#[test]
fn a_tensor_that_is_read_twice_keeps_both_quantizers() {
    let folder = fixtures().join("../failing3/hgq_repeated_input");
    let model = source::read(&folder.join("model.keras")).expect("readable");
    let model = lower(&model).expect("known layers");
    let config = Generator::default().generate(&model).expect("a configuration");
    let graph = hls_model::convert(&model, &config, Target::default()).expect("a graph");
    let told =
        graph.warnings.iter().any(|warning| warning.message.contains("reads one tensor several times"));
    assert!(told, "{:?}", graph.warnings);
    let mut arrays = NpzReader::new(File::open(folder.join("keras.npz")).expect("arrays")).expect("arrays");
    let [x, y] = ["x0", "y0"].map(|name| array(&mut arrays, name).expect("an array"));
    let ours = Emulator::new(&graph).and_then(|emulator| emulator.predict(&[x.view()])).expect("numbers");
    assert_eq!(ours[0], y.mapv(f64::from));
}

fn described(layer: &LayerSpec) -> String {
    format!("{} ({})", layer.config_name, layer.source_class)
}

fn array(npz: &mut NpzReader<File>, name: &str) -> Option<ArrayD<f32>> {
    let name = format!("{name}.npy");
    let single = npz.by_name::<OwnedRepr<f32>, IxDyn>(&name);
    single.or_else(|_| npz.by_name::<OwnedRepr<f64>, IxDyn>(&name).map(|array| array.mapv(|v| v as f32))).ok()
}

/// All arrays of a kind with so many elements.
fn of_size(npz: &mut NpzReader<File>, names: &[String], prefix: &str, len: usize) -> Vec<ArrayD<f32>> {
    let names =
        names.iter().map(|name| name.trim_end_matches(".npy")).filter(|name| name.starts_with(prefix));
    names.filter_map(|name| array(npz, name)).filter(|array| array.len() == len).collect()
}
