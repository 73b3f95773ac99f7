//! Reading Keras H5 files: every storage form, every kind of damage.

use std::path::{Path, PathBuf};

use hls_model::source::keras::config::{Activation, ActivationFunction, DataFormat};
use hls_model::source::keras::{Dtype, KerasLayer, KerasModel, LayerConfig, ModelKind, TensorRef};
use hls_model::source::{self, open};
use serde_json::Value;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

fn small(name: &str) -> PathBuf {
    fixtures().join("h5").join(name)
}

fn files(folder: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| wanted(&path.file_name().unwrap().to_string_lossy())).collect();
    files.sort();
    files
}

/// The models of the corpus and of the sweep that can be read.
fn readable_models() -> Vec<PathBuf> {
    // One of the sweep is cut in half, one has a Lambda layer.
    let broken = ["model_trial_021.h5", "model_trial_022.h5"];
    let corpus = files(&fixtures().join("corpus"), |_| true).into_iter().map(|case| case.join("model.h5"));
    let corpus = corpus.filter(|file| file.is_file());
    let sweep = files(&fixtures().join("sweep"), |name| name.ends_with(".h5") && !broken.contains(&name));
    let all: Vec<PathBuf> = corpus.chain(sweep).collect();
    assert!(all.len() >= 150, "only {} models found", all.len());
    all
}

fn all_layers(model: &KerasModel) -> Vec<&KerasLayer> {
    fn collect<'a>(layer: &'a KerasLayer, all: &mut Vec<&'a KerasLayer>) {
        all.push(layer);
        match &layer.config {
            LayerConfig::Model(inner) => inner.layers.iter().for_each(|layer| collect(layer, all)),
            LayerConfig::TimeDistributed(inner) => collect(inner, all),
            LayerConfig::Bidirectional(both) => {
                [&both.forward, &both.backward].into_iter().for_each(|l| collect(l, all))
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    model.layers.iter().for_each(|layer| collect(layer, &mut all));
    all
}

#[test]
fn every_storage_form_gives_the_same_model() {
    let facts: Value = serde_json::from_slice(&std::fs::read(small("facts.json")).unwrap()).unwrap();
    let forms = files(&fixtures().join("h5"), |name| name.starts_with("good_"));
    assert!(forms.len() >= 20, "only {} forms found", forms.len());
    for file in forms {
        let model = source::read(&file).unwrap();
        assert_eq!(model.layers.len(), 3, "{}", file.display());
        let input = model.layers[0].name.clone();
        let tensor = |layer: &str| TensorRef { layer: layer.to_owned(), node: 0, tensor: 0 };
        assert_eq!(model.inputs, [tensor(&input)]);
        assert_eq!(model.outputs, [tensor("scope/d1")]);
        let LayerConfig::Input(shape) = &model.layers[0].config else { panic!("{:?}", model.layers[0]) };
        assert_eq!(shape.batch_input_shape, [None, Some(3)]);
        for (layer, previous) in model.layers[1..].iter().zip([input.as_str(), "d0"]) {
            assert_eq!(layer.calls, [[tensor(previous)]]);
            let LayerConfig::Dense(dense) = &layer.config else { panic!("{layer:?}") };
            assert_eq!(dense.activation, Activation::Function(ActivationFunction::Relu));
            let dense_weights = &facts[&layer.name];
            for role in ["kernel", "bias"] {
                let weight = layer.weight(role).unwrap();
                assert_eq!(weight.name, format!("{}/{role}:0", layer.name));
                let flat: Vec<f64> = flatten(&dense_weights[role]);
                let ours: Vec<f64> = weight.data.iter().copied().collect();
                assert_eq!(ours, flat, "{}: {}", file.display(), weight.name);
            }
            assert_eq!(layer.weight("kernel").unwrap().data.shape()[1], dense.units);
        }
    }
}

fn flatten(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(all) => all.iter().flat_map(flatten).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

#[test]
fn element_types_are_kept() {
    let cases = [
        ("good_plain.h5", Dtype::F32),
        ("good_big_endian.h5", Dtype::F32),
        ("good_float16.h5", Dtype::F16),
        ("good_float64.h5", Dtype::F64),
    ];
    for (file, dtype) in cases {
        assert_eq!(source::read(&small(file)).unwrap().layers[1].weights[0].dtype, dtype, "{file}");
    }
}

#[test]
fn bad_files_say_what_is_wrong() {
    let cases: &[(&str, &[&str])] = &[
        ("bad_lzf.h5", &["\"d0/kernel:0\"", "LZF", "gzip"]),
        ("bad_external_link.h5", &["\"d0\"", "outside the file", "elsewhere.h5"]),
        ("bad_external_storage.h5", &["\"d0\"", "outside the file", "elsewhere.bin"]),
        ("bad_virtual.h5", &["\"d0\"", "outside the file", "virtual"]),
        ("bad_soft_loop.h5", &["\"d0\"", "no group"]),
        ("bad_no_layer_names.h5", &["`layer_names` is missing"]),
        ("bad_no_weight_names.h5", &["\"d0\"", "`weight_names` is missing"]),
        ("bad_weights_only.h5", &["weights without an architecture", "model.save("]),
        ("bad_weights_of_objects.h5", &["weights without an architecture", "`save_weights`", "model.save("]),
        ("bad_no_weights.h5", &["no `model_weights`"]),
        ("bad_kernel_shape.h5", &["\"d0\"", "`kernel`", "[3, 5]", "[any, 4]"]),
        ("bad_kernel_rank.h5", &["\"d0\"", "`kernel`", "[3, 4, 1]"]),
        ("bad_bias_shape.h5", &["\"d0\"", "`bias`", "[7]", "[4]"]),
        ("bad_missing_dataset.h5", &["\"d0\"", "\"d0/bias:0\"", "not there"]),
        ("bad_text_dataset.h5", &["\"d0/bias:0\"", "numbers should be"]),
        ("bad_huge.h5", &["\"d0/kernel:0\"", "4503599627370496 bytes"]),
        ("bad_sparse.h5", &["\"d0/kernel:0\"", "damaged", "268435456"]),
        ("bad_repeated.h5", &["more bytes together than a file of this size can hold"]),
        (
            "bad_unknown_layer.h5",
            &["\"d0\"", "\"Lambda\"", "classes that can be read are InputLayer, Dense, QDense"],
        ),
        ("bad_unknown_tensor.h5", &["\"d0\"", "\"nobody\"", "does not exist"]),
        ("bad_node_index.h5", &["\"scope/d1\"", "call 3 of \"d0\""]),
        ("bad_cycle.h5", &["wait for each other", "\"d0\"", "\"scope/d1\""]),
        ("bad_duplicate.h5", &["two layers are named \"d0\""]),
        ("bad_units.h5", &["\"d0\" (Dense)", "`units`", "-4"]),
        ("bad_activation.h5", &["\"d0\" (Dense)", "`activation`", "nonsense", "softmax"]),
        ("bad_quantizer.h5", &["\"d0\" (Dense)", "`kernel_quantizer`", "character 18"]),
        ("bad_stranger.h5", &["\"renamed\"", "`kernel` is missing"]),
        ("bad_no_shape.h5", &["does not say its input shape", "input_shape"]),
        ("bad_not_keras.h5", &["not a Keras model"]),
        ("bad_json.h5", &["not valid JSON"]),
        ("no_such_file.h5", &["does not exist"]),
        ("", &["is a directory", "model.save("]),
        ("generate.py", &["neither an HDF5 file nor a Keras 3 archive but text"]),
        ("facts.json", &["neither an HDF5 file nor a Keras 3 archive but JSON"]),
    ];
    for (name, parts) in cases {
        let file = small(name);
        let message = source::read(&file).unwrap_err().to_string();
        let parts = parts.iter().copied().chain([file.to_str().unwrap()]);
        for part in parts {
            assert!(message.contains(part), "{name}: {part:?} is not in {message:?}");
        }
    }
    let tested: Vec<&str> = cases.iter().map(|(name, _)| *name).collect();
    let untested = files(&fixtures().join("h5"), |name| name.starts_with("bad_") && !tested.contains(&name));
    assert!(untested.is_empty(), "{untested:?}");
}

#[test]
fn bytes_of_other_kinds_are_told_apart() {
    let cases: &[(&[u8], &str)] = &[
        (b"", "the file is empty"),
        (b"\x89HD", "truncated"),
        (b"\x89HDF\r\n\x1a\n", "damaged"),
        (b"PK\x03\x04rest", "zip archive"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (&[0; 4096], "neither an HDF5 file"),
    ];
    for (bytes, part) in cases {
        let message = open(bytes, Path::new("some/model.h5")).unwrap_err().to_string();
        assert!(
            message.contains(part) && message.contains("some/model.h5"),
            "{part:?} is not in {message:?}"
        );
    }
}

#[test]
fn a_file_cut_anywhere_is_truncated() {
    let bytes = std::fs::read(small("good_plain.h5")).unwrap();
    for sixteenth in 1..16 {
        let cut = &bytes[..bytes.len() * sixteenth / 16];
        let message = open(cut, Path::new("cut.h5")).unwrap_err().to_string();
        assert!(message.contains(&format!("it has {} of {} bytes", cut.len(), bytes.len())), "{message}");
    }
    for length in 0..200 {
        assert!(open(&bytes[..length], Path::new("cut.h5")).is_err());
    }
}

/// Small deterministic generator (xorshift64*), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }
}

#[test]
fn mutants_are_answered() {
    let mut random = Random(0x5eed);
    let mut answers = [0usize; 2];
    for name in ["good_plain.h5", "good_latest.h5", "good_gzip.h5", "good_texts.h5"] {
        let original = std::fs::read(small(name)).unwrap();
        for _ in 0..150 {
            let mut mutant = original.clone();
            for _ in 0..=random.below(8) {
                let at = random.below(mutant.len());
                mutant[at] = match random.below(3) {
                    0 => mutant[at] ^ (1 << random.below(8)),
                    1 => 0xff,
                    _ => random.below(256) as u8,
                };
            }
            let start = std::time::Instant::now();
            let answer = open(&mutant, Path::new("mutant.h5"));
            assert!(start.elapsed().as_secs() < 10, "{name}: a mutant took {:?}", start.elapsed());
            answers[usize::from(answer.is_ok())] += 1;
        }
    }
    assert!(answers.iter().all(|&count| count > 50), "the mutants tell little: {answers:?} refused and read");
}

#[test]
fn the_corpus_is_read_with_all_its_weights() {
    for file in readable_models() {
        let model = source::read(&file).unwrap();
        assert!(model.warnings.is_empty(), "{}: {:?}", file.display(), model.warnings);
        assert!(model.keras_version.as_deref().is_some_and(|version| version.starts_with("2.")));
        let weights: usize = all_layers(&model).iter().map(|layer| layer.weights.len()).sum();
        let trained =
            |layer: &&&KerasLayer| layer.class_name.contains("Dense") || layer.class_name.contains("Conv");
        let kernels = all_layers(&model).iter().filter(trained).count();
        assert!(weights >= kernels, "{}: {weights} arrays for {kernels} layers", file.display());
    }
}

fn corpus_model(case: &str) -> KerasModel {
    source::read(&fixtures().join("corpus").join(case).join("model.h5")).unwrap()
}

#[test]
fn nested_models_hold_their_weights() {
    for (case, inner, kind) in [
        ("zoo_nested_functional", "inner", ModelKind::Functional),
        ("zoo_nested_sequential", "inner_seq", ModelKind::Sequential),
    ] {
        let model = corpus_model(case);
        let LayerConfig::Model(nested) = &model.layer(inner).unwrap().config else { panic!("{case}") };
        assert_eq!(nested.kind, kind);
        assert_eq!(nested.layer("inner_d").unwrap().weight("kernel").unwrap().data.shape(), [6, 5]);
        // Calls of a nested model count from zero like those of other layers.
        let outer = model.layer("d1").unwrap();
        assert_eq!(outer.calls, [[TensorRef { layer: inner.to_owned(), node: 0, tensor: 0 }]]);
    }
}

#[test]
fn wrapped_layers_hold_their_weights() {
    let model = corpus_model("zoo_bidirectional");
    let LayerConfig::Bidirectional(both) = &model.layer("bi").unwrap().config else { panic!() };
    let first = |layer: &KerasLayer| layer.weight("kernel").unwrap().name.clone();
    assert_eq!(first(&both.forward), "bi/forward_lstm/lstm_cell/kernel:0");
    assert_eq!(first(&both.backward), "bi/backward_lstm/lstm_cell/kernel:0");
    assert_eq!(both.merge_mode.as_deref(), Some("concat"));

    let model = corpus_model("zoo_time_distributed");
    let LayerConfig::TimeDistributed(inner) = &model.layer("td0").unwrap().config else { panic!() };
    assert_eq!((inner.name.as_str(), inner.weights.len()), ("inner_d", 2));
}

#[test]
fn shared_layers_have_one_call_for_each_use() {
    let model = corpus_model("zoo_shared_layer");
    let inputs: Vec<&str> =
        model.layer("shared").unwrap().calls.iter().map(|call| call[0].layer.as_str()).collect();
    assert_eq!(inputs, ["a", "b"]);
    let uses: Vec<usize> = model.layer("cat").unwrap().calls[0].iter().map(|tensor| tensor.node).collect();
    assert_eq!(uses, [0, 1]);
}

#[test]
fn margins_and_pools_are_spelled_out() {
    let model = corpus_model("zoo_padcrop");
    let found: Vec<_> = model
        .layers
        .iter()
        .filter_map(|layer| match &layer.config {
            LayerConfig::ZeroPadding2D(m) | LayerConfig::Cropping2D(m) => Some((m.amounts, m.data_format)),
            _ => None,
        })
        .collect();
    assert_eq!(
        found,
        [([[1, 2], [0, 1]], DataFormat::ChannelsLast), ([[1, 0], [2, 1]], DataFormat::ChannelsLast)]
    );
}

#[cfg(feature = "libhdf5")]
mod both_back_ends {
    use hls_model::source::h5::H5Library;
    use hls_model::source::open_with;

    use super::*;

    #[test]
    fn read_every_fixture_alike() {
        let small = files(&fixtures().join("h5"), |name| name.starts_with("good_"));
        for file in readable_models().into_iter().chain(small) {
            let bytes = std::fs::read(&file).unwrap();
            let pure = open_with(H5Library::Pure, &bytes, &file).unwrap();
            let library = open_with(H5Library::Libhdf5, &bytes, &file).unwrap();
            assert_eq!(pure.keras_version, library.keras_version);
            let (ours, theirs) = (all_layers(&pure), all_layers(&library));
            assert_eq!(ours.len(), theirs.len());
            for (a, b) in ours.into_iter().zip(theirs) {
                assert_eq!(
                    (&a.name, &a.raw, &a.weights),
                    (&b.name, &b.raw, &b.weights),
                    "{}",
                    file.display()
                );
            }
        }
    }

    #[test]
    fn refuse_the_same_files() {
        let bad = files(&fixtures().join("h5"), |name| name.starts_with("bad_"));
        for file in bad {
            let bytes = std::fs::read(&file).unwrap();
            assert!(open_with(H5Library::Libhdf5, &bytes, &file).is_err(), "{}", file.display());
        }
    }
}
