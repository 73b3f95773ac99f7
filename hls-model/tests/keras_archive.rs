//! Reading `.keras` archives: every way to pack one, every kind of damage, and what is refused by name.

use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use hls_model::config::{Generator, HlsConfig};
use hls_model::source::keras::Generation;
use hls_model::source::{self, KerasLayer, KerasModel, LayerConfig, open};
use hls_model::{Target, lower};
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

fn model_file(case: &str) -> PathBuf {
    fixtures().join(case).join("model.keras")
}

type Members = Vec<(String, Vec<u8>)>;

fn members(case: &str) -> Members {
    let bytes = std::fs::read(model_file(case)).expect("an archive");
    let mut zip = ZipArchive::new(Cursor::new(bytes)).expect("a zip archive");
    let one = |at: usize| {
        let mut member = zip.by_index(at).expect("a member");
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).expect("its bytes");
        (member.name().expect("a name").into_owned(), bytes)
    };
    (0..3).map(one).collect()
}

fn packed(members: &Members, method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(name.as_str(), SimpleFileOptions::default().compression_method(method))
            .expect("a member");
        zip.write_all(bytes).expect("its bytes");
    }
    zip.finish().expect("an archive").into_inner()
}

fn stored(members: &Members) -> Vec<u8> {
    packed(members, CompressionMethod::Stored)
}

fn read(bytes: &[u8]) -> Result<KerasModel, String> {
    open(bytes, Path::new("some/model.keras")).map_err(|error| error.to_string())
}

/// The members of a case with the text of one replaced.
fn edited(member: &str, from: &str, to: &str) -> Members {
    let mut members = members(SHARED);
    for (_, bytes) in members.iter_mut().filter(|(name, _)| name == member) {
        let text = String::from_utf8(std::mem::take(bytes)).expect("text");
        assert!(text.contains(from), "{from:?} is not in {member}");
        *bytes = text.replace(from, to).into_bytes();
    }
    members
}

const SHARED: &str = "corpus3/k3_shared";

#[test]
fn every_way_to_pack_an_archive_gives_the_same_model() {
    let expected = source::read(&model_file(SHARED)).expect("a model");
    assert_eq!(expected.generation, Generation::Keras3);
    assert_eq!(expected.keras_version.as_deref(), Some("3.15.1"));
    assert_eq!(expected.layer("shared").expect("a layer").calls.len(), 2);
    let mut reversed = members(SHARED);
    reversed.reverse();
    let mut with_assets = members(SHARED);
    with_assets.insert(0, ("assets/words.txt".to_owned(), b"of no interest".to_vec()));
    with_assets.push(("../config.json".to_owned(), b"leads elsewhere".to_vec()));
    for (bytes, what) in [
        (packed(&members(SHARED), CompressionMethod::Deflated), "deflated"),
        (stored(&reversed), "reversed"),
        (stored(&with_assets), "with other members"),
    ] {
        let model = read(&bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
        for (layer, expected) in model.layers.iter().zip(&expected.layers) {
            assert_eq!((&layer.name, &layer.weights), (&expected.name, &expected.weights), "{what}");
            assert_eq!(layer.calls, expected.calls, "{what}");
        }
        assert!(model.warnings.is_empty(), "{what}: {:?}", model.warnings);
    }
}

#[test]
fn numbers_that_are_not_json_are_read() {
    let model = read(&stored(&edited("config.json", "\"seed\": null", "\"seed\": -Infinity, \"x\": NaN")));
    assert_eq!(model.expect("a model").layers.len(), 5);
}

#[test]
fn damaged_archives_say_what_is_wrong() {
    let without = |name: &str| -> Members {
        members(SHARED).into_iter().filter(|(member, _)| member != name).collect()
    };
    let only = |name: &str| vec![(name.to_owned(), b"something".to_vec())];
    let whole = stored(&members(SHARED));
    let with_version = |version: &str| stored(&edited("metadata.json", "3.15.1", version));
    let mut flipped = whole.clone();
    let config = whole.windows(9).position(|bytes| bytes == b"glorot_un".as_slice()).unwrap_or(600);
    flipped[config] ^= 1;
    let cases: Vec<(Vec<u8>, &[&str])> = vec![
        (whole[..whole.len() / 2].to_vec(), &["zip archive is damaged"]),
        (b"PK\x03\x04rest".to_vec(), &["zip archive is damaged"]),
        (flipped, &["`config.json`", "checksum"]),
        (stored(&without("config.json")), &["a zip archive without `config.json`", "model.save("]),
        (stored(&only("archive/data.pkl")), &["a model of PyTorch"]),
        (stored(&only("model/saved_model.pb")), &["a packed SavedModel"]),
        (stored(&only("x.npy")), &["an archive of NumPy arrays"]),
        (stored(&only("run/model_trial_1.keras")), &["an archive with model files in it"]),
        (stored(&without("model.weights.h5")), &["`model.weights.h5`", "it is missing"]),
        (
            stored(&edited("config.json", "\"Functional\"", "Functional")),
            &["`config.json` is not valid JSON"],
        ),
        (
            stored(&edited("config.json", "\"units\": 4", "\"units\": 5")),
            &["\"shared\"", "`kernel`", "[5, 4]", "[any, 5]"],
        ),
        (stored(&edited("config.json", "[\"a\", 0, 0]", "[\"z\", 0, 0]")), &["\"z\"", "does not exist"]),
        (
            stored(&edited("config.json", "\"kwargs\": {}", "\"kwargs\": 3, \"args\": [1]")),
            &["without a tensor"],
        ),
        (
            stored(&edited("config.json", "\"class_name\": \"Concatenate\"", "\"class_name\": \"Mine\"")),
            &["layer \"join\" is of class \"Mine\", which is not supported"],
        ),
        (
            stored(&edited(
                "config.json",
                "\"module\": \"keras.layers\", \"class_name\": \"Dense\"",
                "\"module\": \"my.code\", \"class_name\": \"Dense\"",
            )),
            &["\"shared\"", "\"my.code>Dense\"", "belongs to my.code", "use layers of Keras"],
        ),
        (
            stored(&edited(
                "config.json",
                "keras.layers\", \"class_name\": \"Concatenate",
                "keras.src.ops.numpy\", \"class_name\": \"Matmul",
            )),
            &["\"join\"", "`keras.ops.matmul`", "use a Dense or Dot layer"],
        ),
    ];
    for (bytes, parts) in cases {
        let error = read(&bytes).expect_err(parts[0]);
        for part in parts.iter().chain(&["some/model.keras"]) {
            assert!(error.contains(part), "{part:?} is not in {error:?}");
        }
    }
    // A version that nobody knows is no reason to give up.
    let model = read(&with_version("4.0.0")).expect("a model");
    assert_eq!(model.warnings.len(), 1, "{:?}", model.warnings);
}

#[test]
fn members_cannot_claim_more_than_they_have() {
    // Sixty-five megabytes of blanks in a few kilobytes.
    let mut bomb = members(SHARED);
    bomb[1].1.extend(std::iter::repeat_n(b' ', 65 << 20));
    assert_eq!(bomb[1].0, "config.json");
    let error = read(&packed(&bomb, CompressionMethod::Deflated)).expect_err("a bomb");
    assert!(error.contains("`config.json`") && error.contains("67108864 that are allowed"), "{error}");
    // The size in the directory and in front of the member is another than the real one.
    let honest = packed(&members(SHARED), CompressionMethod::Deflated);
    let size = u32::try_from(members(SHARED)[1].1.len()).expect("a small member").to_le_bytes();
    for claimed in [1u32, 1 << 20, u32::MAX - 1] {
        let mut lying = honest.clone();
        for at in (0..lying.len() - 4).filter(|&at| honest[at..at + 4] == size) {
            lying[at..at + 4].copy_from_slice(&claimed.to_le_bytes());
        }
        let error = read(&lying).expect_err("a lie");
        assert!(error.contains("claims") || error.contains("cannot be read"), "{claimed}: {error}");
    }
}

#[test]
fn no_change_of_a_byte_makes_it_panic() {
    let whole = packed(&members(SHARED), CompressionMethod::Deflated);
    let stored = stored(&members(SHARED));
    let mut random = fastrand::Rng::with_seed(3);
    for bytes in [&whole, &stored] {
        for _ in 0..400 {
            let mut bytes = bytes.clone();
            for _ in 0..random.usize(1..4) {
                let at = random.usize(0..bytes.len());
                bytes[at] = random.u8(..);
            }
            bytes.truncate(if random.u8(..) < 32 { random.usize(0..bytes.len()) } else { bytes.len() });
            if let Ok(model) = read(&bytes) {
                drop(lower(&model));
            }
        }
    }
}

/// Models of HGQ2 with changed bytes inside the members, whose checksums are right again: configurations and widths that nobody wrote.
#[test]
fn no_change_of_a_model_of_hgq2_makes_it_panic() {
    let mut random = fastrand::Rng::with_seed(5);
    let mut read_ones = 0;
    for case in ["hgq_softmax_name", "hgq_unary_lut", "hgq_merges", "hgq_einsum_dense_bn", "hgq_batchnorm"] {
        let whole = members(&format!("corpus3/{case}"));
        for _ in 0..120 {
            let mut members = whole.clone();
            for (_, bytes) in members.iter_mut().filter(|(name, _)| name != "metadata.json") {
                for _ in 0..random.usize(0..4) {
                    let at = random.usize(0..bytes.len());
                    // Digits stay digits often enough for a configuration that is still one.
                    bytes[at] = match bytes[at] {
                        b'0'..=b'9' => random.u8(b'0'..=b'9'),
                        _ => random.u8(..),
                    };
                }
            }
            if let Ok(model) = read(&stored(&members)) {
                read_ones += usize::from(lower(&model).is_ok());
            }
        }
    }
    assert!(read_ones > 50, "only {read_ones} of the changed models are still models");
}

/// Changes of numbers that a quantizer's variables hold, by their bytes, and the words in which they are refused.
#[test]
fn widths_that_no_number_can_have_are_refused_with_the_layer_and_the_quantizer() {
    let whole = members("corpus3/hgq_dense_channel");
    // The first quantizer's only fractional bits, as the file has them.
    let stored_width = 0.961_669_56_f32.to_le_bytes();
    for (width, words) in [
        (f32::NAN, ["\"d0\"", "`iq`", "NaN bits"]),
        (1e9, ["\"d0\"", "`iq`", "trace_minmax"]),
        (f32::NEG_INFINITY, ["\"d0\"", "`iq`", "-inf bits"]),
    ] {
        let mut members = whole.clone();
        for (_, bytes) in members.iter_mut().filter(|(name, _)| name == "model.weights.h5") {
            let at = bytes.windows(4).position(|four| four == stored_width).expect("the width");
            bytes[at..at + 4].copy_from_slice(&width.to_le_bytes());
        }
        let error = read(&stored(&members)).map(drop).expect_err("no width");
        assert!(words.iter().all(|word| error.contains(word)), "{width}: {error}");
    }
}

/// Changes of the configuration of a layer of HGQ2, by a field, as another version might write it, and words of the answer.
#[test]
fn configurations_that_hgq2_does_not_write_are_refused_by_field() {
    for (path, value, words) in [
        ("/enable_iq", json!("maybe"), ["\"d0\"", "`enable_iq`: \"maybe\" is not true or false"]),
        (
            "/enable_iq",
            Value::Null,
            ["\"d0\"", "`enable_iq` is missing; the layer may be of another version"],
        ),
        ("/enable_oq", Value::Null, ["\"d0\"", "`enable_oq` is missing"]),
        ("/enable_oq", json!(true), ["\"d0\"", "the field `oq_conf` is missing"]),
        ("/kq_conf", Value::Null, ["\"d0\"", "its kernel has no quantizer (`kq_conf`)"]),
        ("/bq_conf", Value::Null, ["\"d0\"", "its bias has no quantizer (`bq_conf`)"]),
        ("/iq_conf/config/q_type", Value::Null, ["\"d0\"", "`iq_conf`: `q_type` is missing"]),
        ("/iq_conf/config/q_type", json!("ternary"), ["\"d0\"", "known ones are kif, kbi, float and dummy"]),
        ("/iq_conf/config/round_mode", json!("NEAREST"), ["\"d0\"", "use TRN, TRN_ZERO, RND"]),
        ("/iq_conf/config/overflow_mode", json!("WRAP_SM"), ["\"d0\"", "use WRAP, SAT, SAT_ZERO or SAT_SYM"]),
        ("/iq_conf/class_name", json!("Config"), ["\"d0\"", "is not a QuantizerConfig of HGQ2"]),
        ("/parallelization_factor", json!(0.5), ["\"d0\"", "0.5 is not a whole number"]),
    ] {
        let mut members = members("corpus3/hgq_dense_channel");
        for (_, bytes) in members.iter_mut().filter(|(name, _)| name == "config.json") {
            // Python's word for it is not JSON.
            let text = String::from_utf8_lossy(bytes).replace("Infinity", "0.0");
            let mut model: Value = serde_json::from_str(&text).expect("JSON");
            let layers = model.pointer_mut("/config/layers").and_then(Value::as_array_mut).expect("layers");
            let layer = layers.iter_mut().find(|layer| layer["name"] == "d0");
            let config = &mut layer.expect("the layer")["config"];
            *config.pointer_mut(path).unwrap_or_else(|| panic!("{path} is missing")) = value.clone();
            *bytes = model.to_string().into_bytes();
        }
        let lowered = read(&stored(&members)).and_then(|model| lower(&model).map_err(|e| e.to_string()));
        let error = lowered.map(drop).expect_err(path);
        assert!(words.iter().all(|word| error.contains(word)), "{path} {value}: {error}");
    }
}

/// Without a quantizer of any activation types are those of the configuration, which is told.
#[test]
fn a_model_of_hgq2_that_quantizes_no_activation_is_told_of() {
    let mut members = members("corpus3/hgq_dense_channel");
    for (_, bytes) in members.iter_mut().filter(|(name, _)| name == "config.json") {
        let text = String::from_utf8(std::mem::take(bytes)).expect("text");
        assert!(text.contains(r#""enable_iq": true"#), "{text}");
        *bytes = text.replace(r#""enable_iq": true"#, r#""enable_iq": false"#).into_bytes();
    }
    let model = lower(&read(&stored(&members)).expect("a model")).expect("layers");
    let told: Vec<_> = model.warnings.iter().map(ToString::to_string).collect();
    assert!(
        told.iter().any(|told| told.contains("\"d0\"") && told.contains("no quantizer of their inputs")),
        "{told:?}"
    );
    let whole =
        lower(&source::read(&model_file("corpus3/hgq_dense_channel")).expect("a model")).expect("layers");
    assert!(whole.warnings.is_empty(), "{:?}", whole.warnings);
}

#[test]
fn calls_that_multiply_are_refused() {
    // A model in a model in a model, each called four times by the next.
    let tensor = |layer: &str, call: usize| json!({ "class_name": "__keras_tensor__", "config": { "shape": [null, 2], "dtype": "float32", "keras_history": [layer, call, 0] } });
    let node = |tensor: serde_json::Value| json!({ "args": [tensor], "kwargs": {} });
    let mut model = serde_json::Value::Null;
    for depth in 0..10 {
        let input = json!({ "module": "keras.layers", "class_name": "InputLayer", "registered_name": null, "name": "x",
            "config": { "batch_shape": [null, 2], "dtype": "float32", "name": "x" }, "inbound_nodes": [] });
        let mut layer = match depth {
            0 => json!({ "module": "keras.layers", "class_name": "ReLU", "registered_name": null,
                "config": { "name": "m0" }, "name": "m0" }),
            _ => model,
        };
        let before =
            |call: usize| if call == 0 { tensor("x", 0) } else { tensor(&format!("m{depth}"), call - 1) };
        layer["inbound_nodes"] = (0..4).map(|call| node(before(call))).collect();
        let name = format!("m{}", depth + 1);
        model = json!({ "module": "keras", "class_name": "Functional", "registered_name": null, "name": name, "config": {
            "name": name, "layers": [input, layer], "input_layers": ["x", 0, 0], "output_layers": [format!("m{depth}"), 3, 0] } });
    }
    let mut members = members(SHARED);
    for (name, bytes) in &mut members {
        if name == "config.json" {
            *bytes = model.to_string().into_bytes();
        }
    }
    let error = read(&stored(&members)).map(|model| lower(&model).map(drop)).expect("it can be read");
    let error = error.expect_err("a million layers").to_string();
    assert!(error.contains("\"m0\"") && error.contains("are too many"), "{error}");
}

/// All arrays of a model, those of layers in layers after their names.
fn all_arrays(model: &KerasModel, path: &str, into: &mut Vec<(String, ndarray::ArrayD<f64>)>) {
    fn add(layer: &KerasLayer, path: &str, into: &mut Vec<(String, ndarray::ArrayD<f64>)>) {
        let path = format!("{path}{}/", layer.name);
        into.extend(layer.weights.iter().map(|w| (format!("{path}{}", w.role), w.data.clone())));
        match &layer.config {
            LayerConfig::Model(inner) => all_arrays(inner, &path, into),
            LayerConfig::TimeDistributed(inner) => add(inner, &path, into),
            LayerConfig::Bidirectional(both) => {
                add(&both.forward, &format!("{path}forward/"), into);
                add(&both.backward, &format!("{path}backward/"), into);
            }
            _ => {}
        }
    }
    model.layers.iter().for_each(|layer| add(layer, path, into));
}

#[test]
fn an_archive_and_an_h5_file_hold_the_same_model_in_both_generations() {
    for (name, generation, arrays) in [
        ("keras2", Generation::Keras2, 28),
        ("keras2_stack", Generation::Keras2, 6),
        ("keras3", Generation::Keras3, 28),
        ("keras3_stack", Generation::Keras3, 6),
    ] {
        let [archive, h5] = ["keras", "h5"].map(|ending| {
            let file = fixtures().join("both").join(format!("{name}.{ending}"));
            let model = source::read(&file).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(model.generation, generation, "{name}.{ending}");
            lower(&model).unwrap_or_else(|error| panic!("{name}.{ending}: {error}"));
            let mut all = Vec::new();
            all_arrays(&model, "", &mut all);
            all
        });
        assert_eq!(archive.len(), arrays, "{name}");
        for ((place, ours), (other, theirs)) in archive.iter().zip(&h5) {
            assert_eq!((place, ours), (other, theirs), "{name}");
        }
    }
}

/// Models that hls4ml does not convert (`fixtures/failing3`), and the words in which they are refused here; without words they convert.
const FAILING: &[(&str, &[&str])] = &[
    ("bad_bidirectional_gru", &[]),
    // What hls4ml does not convert is the model together with `bit_exact=True`.
    ("bad_bit_exact_plain", &[]),
    ("bad_conv3d", &["Conv3D", "use layers of one or two dimensions"]),
    ("bad_conv_dilated", &[]),
    ("bad_conv_transpose", &[]),
    ("bad_dot_auto", &[]),
    ("bad_gelu", &[]),
    ("bad_group_norm", &["GroupNormalization", "use BatchNormalization"]),
    ("bad_groups", &[]),
    // Sums along axes beside other layers of HGQ2.
    ("bad_hgq_da_fallback", &[]),
    // In hls4ml with a reuse factor of 2 and distributed arithmetic.
    ("bad_hgq_da_reuse", &[]),
    ("bad_hgq_gru", &["hgq>QGRU", "no firmware for HGQ2's recurrent layers", "QConv1D"]),
    ("bad_hgq_hetero_table", &["QUnaryFunctionLUT", "allow_heterogeneous_table=False"]),
    ("bad_hgq_mha", &["hgq>QMultiHeadAttention", "use QEinsumDense, QEinsum and QSoftmax"]),
    ("bad_hgq_name_clash", &[]),
    // In hls4ml between streams.
    ("bad_hgq_stream_hetero", &[]),
    ("bad_input_is_output", &[]),
    ("bad_lambda", &["\"lam\"", "Lambda", "use layers of Keras"]),
    ("bad_layernorm_axis", &[]),
    ("bad_mha", &["MultiHeadAttention", "use Dense, Dot and Softmax layers"]),
    ("bad_ops", &["\"multiply\"", "`keras.ops.multiply`", "a BatchNormalization for a constant factor"]),
    ("bad_qk_qact_po2", &[]),
    ("bad_qk_rnn", &[]),
    ("bad_qk_with_130", &[]),
    ("bad_relu_max", &[]),
    ("bad_rescaling", &["Rescaling", "scale the samples before the model"]),
    ("bad_reserved_name", &[]),
    ("bad_return_state", &["\"r0\"", "return_state=True", "use return_sequences"]),
    // With a warning: hls4ml normalizes everything together.
    ("bad_softmax_axis", &[]),
    // In hls4ml one of two quantizers of a tensor is lost.
    ("hgq_repeated_input", &[]),
    // In hls4ml between streams: two layers read one tensor, so that quantizers stay layers.
    ("hgq_stream_fork", &[]),
    ("k3_nested", &[]),
    ("k3_separable", &[]),
    ("k3_time_distributed", &[]),
];

#[test]
fn what_hls4ml_does_not_convert_is_converted_or_refused_by_name() {
    let mut wrong = Vec::new();
    for (case, words) in FAILING {
        let model = source::read(&model_file(&format!("failing3/{case}"))).map_err(|e| e.to_string());
        let lowered = model.and_then(|model| lower(&model).map_err(|e| e.to_string()));
        let graph = lowered.and_then(|model| {
            let config = Generator::default().generate(&model).map_err(|e| e.to_string())?;
            hls_model::convert(&model, &config, Target::default()).map_err(|e| e.to_string())
        });
        match graph.map(drop) {
            Ok(()) if words.is_empty() => {}
            Ok(()) => wrong.push(format!("{case} is converted")),
            Err(error) if words.is_empty() => wrong.push(format!("{case}: {error}")),
            Err(error) => wrong.extend(
                words
                    .iter()
                    .filter(|word| !error.contains(**word))
                    .map(|word| format!("{case}: no {word:?} in {error}")),
            ),
        }
    }
    let entries = std::fs::read_dir(fixtures().join("failing3")).expect("fixtures/failing3");
    let tested = entries
        .flatten()
        .all(|entry| FAILING.iter().any(|(case, _)| *case == entry.file_name().to_string_lossy()));
    assert!(tested, "a folder of fixtures/failing3 has no row");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn types_are_not_exact_where_nothing_quantizes_the_inputs() {
    let model = source::read(&model_file("failing3/bad_bit_exact_plain")).expect("readable");
    let model = lower(&model).expect("known layers");
    let mut config = Generator::default().generate(&model).expect("a configuration").as_value();
    config["Model"]["BitExact"] = true.into();
    let config = HlsConfig::from_value(config).expect("valid");
    let error = hls_model::convert(&model, &config, Target::default()).map(drop).expect_err("no types");
    let error = error.to_string();
    for words in ["\"in0\" (Input)", "\"d0\" (Dense) reads this input without one", "remove Model.BitExact"] {
        assert!(error.contains(words), "no {words:?} in {error}");
    }
}
