//! Quantizers: their spellings, and their arithmetic against QKeras's own, bit by bit.

use std::path::Path;

use hls_model::quantizer::{
    Alpha, Binary, Bits, Exponent, Log2Rounding, Po2, Quantizer, QuantizerError, Relu, Tanh, Ternary,
    quantize_weights,
};
use hls_model::source::{self, KerasLayer, LayerConfig};
use ndarray::{ArrayD, IxDyn};
use ndarray_npy::NpzReader;
use proptest::prelude::*;
use serde_json::{Value, json};

fn cases(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/quantizers").join(file);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn floats(hex: &Value) -> Vec<f32> {
    let digits = hex.as_str().unwrap().as_bytes();
    let element =
        |c: &[u8]| f32::from_bits(u32::from_str_radix(std::str::from_utf8(c).unwrap(), 16).unwrap());
    digits.chunks(8).map(element).collect()
}

fn shape(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect()
}

/// Equal bits; a zero may have either sign, which no fixed-point type can hold.
fn differences(ours: &[f32], theirs: &[f32]) -> Vec<(usize, f32, f32)> {
    assert_eq!(ours.len(), theirs.len());
    let pairs = ours.iter().zip(theirs).enumerate();
    pairs
        .filter(|(_, (a, b))| a.to_bits() != b.to_bits() && **a != **b)
        .map(|(i, (a, b))| (i, *a, *b))
        .collect()
}

#[test]
fn values_and_scales_have_qkerass_bits() {
    compare(&cases("cases.json"), 600);
}

#[test]
fn values_and_scales_have_the_bits_of_qkeras_v3() {
    let fixture = cases("cases_v3.json");
    compare(&fixture, 70);
    // The version matters for some of them.
    let differ = fixture["cases"].as_array().unwrap().iter().filter(|case| {
        let mut old = case["quantizer"].clone();
        old["config"].as_object_mut().unwrap().remove("post_training_scale");
        let x = input(&fixture, case);
        let values =
            |quantizer| quantize_weights(&Quantizer::from_json(quantizer).unwrap(), &x).unwrap().values;
        values(&old) != values(&case["quantizer"])
    });
    assert_eq!(differ.count(), 1);
}

fn input(fixture: &Value, case: &Value) -> ArrayD<f32> {
    let input = &fixture["arrays"][case["input"].as_u64().unwrap() as usize];
    ArrayD::from_shape_vec(IxDyn(&shape(&input["shape"])), floats(&input["bits"])).unwrap()
}

fn compare(fixture: &Value, at_least: usize) {
    let mut wrong = Vec::new();
    let all = fixture["cases"].as_array().unwrap();
    assert!(all.len() > at_least, "the fixture has only {} cases", all.len());
    for case in all {
        let text = &case["quantizer"];
        let x = input(fixture, case);
        let result = quantize_weights(&Quantizer::from_json(text).unwrap(), &x).unwrap();
        assert_eq!(result.values.shape(), x.shape());
        if case.get("output").is_some() {
            let odd = differences(result.values.as_slice().unwrap(), &floats(&case["output"]));
            if let Some(first) = odd.first() {
                let (at, n) = (first.0, odd.len());
                wrong.push(format!(
                    "{text} {:?}: {n} values, {first:?} of x = {:?}",
                    x.shape(),
                    x.as_slice().unwrap()[at]
                ));
            }
        }
        match (case.get("scale"), &result.scale) {
            (None, None) => {}
            (Some(theirs), Some(ours)) => {
                assert_eq!(ours.shape(), shape(&case["scale_shape"]), "{text}");
                let odd = differences(ours.as_slice().unwrap(), &floats(theirs));
                if let Some(first) = odd.first() {
                    wrong.push(format!("{text} {:?}: {} scales, {first:?}", x.shape(), odd.len()));
                }
            }
            (theirs, ours) => wrong.push(format!("{text}: scale {theirs:?} against {ours:?}")),
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

fn corpus() -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = entries.filter(|path| path.join("model.h5").is_file()).collect();
    cases.sort();
    cases
}

/// Kernel (or bias) quantizer and its array, for the layers whose weights hls4ml passes through their quantizer.
fn quantized(layer: &KerasLayer, weight: &str) -> Option<(Quantizer, ArrayD<f32>)> {
    let (kernel, bias) = match &layer.config {
        LayerConfig::Dense(d) => (&d.kernel_quantizer, &d.bias_quantizer),
        LayerConfig::Conv1D(c) => (&c.own.kernel_quantizer, &c.common.bias_quantizer),
        LayerConfig::Conv2D(c) => (&c.own.kernel_quantizer, &c.common.bias_quantizer),
        _ => return None,
    };
    let (quantizer, role) = match weight {
        "weight" => (kernel, "kernel"),
        "bias" => (bias, "bias"),
        _ => return None,
    };
    Some((quantizer.clone()?, layer.weight(role)?.data.mapv(|value| value as f32)))
}

/// hls4ml may store a kernel transposed (Resource strategy), but never changes its values.
fn same_values(ours: &ArrayD<f32>, theirs: &ArrayD<f32>) -> bool {
    let sorted = |array: &ArrayD<f32>| {
        let mut values: Vec<f32> = array.iter().map(|v| v + 0.0).collect();
        values.sort_by(f32::total_cmp);
        values
    };
    if ours.shape() == theirs.shape() { ours == theirs } else { sorted(ours) == sorted(theirs) }
}

#[test]
fn the_corpus_weights_are_what_hls4ml_made_of_them() {
    let mut checked = std::collections::BTreeMap::<&str, usize>::new();
    for case in corpus() {
        let model = source::read(&case.join("model.h5")).unwrap();
        let graph: Value = serde_json::from_slice(&std::fs::read(case.join("graph.json")).unwrap()).unwrap();
        let mut arrays = NpzReader::new(std::fs::File::open(case.join("weights.npz")).unwrap()).unwrap();
        let mut array = |weight: &Value| -> Option<ArrayD<f32>> {
            let name = weight["variable"].as_str()?;
            let single: Result<ArrayD<f32>, _> = arrays.by_name(name);
            single
                .or_else(|_| {
                    arrays.by_name::<_, IxDyn>(name).map(|wide: ArrayD<f64>| wide.mapv(|v| v as f32))
                })
                .ok()
        };
        let layers = graph["layers"].as_array().unwrap();
        for node in layers {
            let name = node["name"].as_str().unwrap();
            let Some(layer) = model.layer(name) else { continue };
            let alpha = layers.iter().find(|other| other["name"] == json!(format!("{name}_alpha")));
            for (role, weight) in node["weights"].as_object().unwrap() {
                let is_xnor = weight["type"]["precision"].as_str().is_some_and(|p| p.contains("uint<1>"));
                let Some((quantizer, raw)) = quantized(layer, role) else { continue };
                let Some(theirs) = array(weight).filter(|a| a.len() == raw.len() && !is_xnor) else {
                    continue;
                };
                if weight.get("quantizer").is_none_or(Value::is_null)
                    || quantizer.class_name() == "quantized_po2"
                {
                    continue;
                }
                let ours = quantize_weights(&quantizer, &raw).unwrap();
                let place = format!("{}: {name}.{role} {quantizer}", case.display());
                match (alpha, role.as_str()) {
                    (None, _) => {
                        assert!(same_values(&ours.values, &theirs), "{place}");
                        *checked.entry("plain").or_default() += 1;
                    }
                    // The bias moves into the alpha layer.
                    (Some(alpha), "bias") => {
                        let moved = array(&alpha["weights"]["bias"]).unwrap();
                        assert!(same_values(&ours.values, &moved), "{place}");
                        *checked.entry("moved bias").or_default() += 1;
                    }
                    (Some(alpha), _) => {
                        let their_scale = array(&alpha["weights"]["scale"]).unwrap();
                        if let Some(scale) = &ours.scale {
                            assert!(
                                same_values(scale, &their_scale),
                                "{place}: {scale} against {their_scale}"
                            );
                            *checked.entry("scale").or_default() += 1;
                            let unscaled = scale.mapv(|s| 1.0 / s) * &ours.values;
                            let unscaled = quantize_weights(&quantizer.with_unit_alpha(), &unscaled).unwrap();
                            assert!(same_values(&unscaled.values, &theirs), "{place}");
                        }
                    }
                }
            }
        }
    }
    for (kind, least) in [("plain", 60), ("scale", 10), ("moved bias", 10)] {
        let count = checked.get(kind).copied().unwrap_or(0);
        assert!(count >= least, "only {count} arrays of the kind {kind:?} were compared: {checked:?}");
    }
}

#[test]
fn every_spelling_is_understood() {
    let bits = |bits, integer| Bits { bits, integer, ..Bits::default() };
    let auto_po2 = Bits { symmetric: true, alpha: Alpha::AutoPo2, ..bits(4, 0) };
    let relu = Relu { bits: 8, integer: 0, ..Relu::default() };
    let cases: Vec<(Value, Quantizer)> = vec![
        (json!("quantized_bits(4,0,1,alpha='auto_po2')"), Quantizer::Bits(auto_po2.clone())),
        (json!("quantized_bits( 4 , 0 , alpha = \"auto_po2\" )"), Quantizer::Bits(auto_po2.clone())),
        (
            json!("quantized_bits(bits=4, integer=0, symmetric=0, alpha='auto_po2')"),
            Quantizer::Bits(auto_po2),
        ),
        (json!("quantized_bits"), Quantizer::Bits(Bits::default())),
        (json!("quantized_bits()"), Quantizer::Bits(Bits::default())),
        (json!("qkeras.quantizers.quantized_bits(6,1)"), Quantizer::Bits(bits(6, 1))),
        (
            json!("quantized_bits(8,0,0,False,1.0)"),
            Quantizer::Bits(Bits { keep_negative: false, alpha: Alpha::Number(1.0), ..bits(8, 0) }),
        ),
        (json!("quantized_bits(8,0,alpha=None,)"), Quantizer::Bits(bits(8, 0))),
        (
            json!({"class_name": "quantized_bits", "config": {"bits": 6.0, "integer": -1, "symmetric": 1, "keep_negative": true,
            "alpha": null, "use_stochastic_rounding": false, "qnoise_factor": 1.0}, "module": "qkeras.quantizers", "registered_name": "x"}),
            Quantizer::Bits(Bits { symmetric: true, ..bits(6, -1) }),
        ),
        (
            json!({"class_name": "Custom>quantized_bits", "config": {"bits": 3, "post_training_scale": null}}),
            Quantizer::Bits(Bits { ends_with_values: true, ..bits(3, 0) }),
        ),
        (json!({"class_name": "binary", "config": null}), Quantizer::Binary(Binary::default())),
        (json!({"class_name": "binary"}), Quantizer::Binary(Binary::default())),
        (json!("quantized_relu(8,0)"), Quantizer::Relu(relu.clone())),
        (json!("quantized_relu(8)"), Quantizer::Relu(relu)),
        (
            json!("quantized_relu(6,2,0,0.25,1,qnoise_factor=0.5)"),
            Quantizer::Relu(Relu {
                bits: 6,
                integer: 2,
                negative_slope: 0.25,
                use_stochastic_rounding: true,
                blend: hls_model::quantizer::Blend { qnoise_factor: 0.5, use_ste: true },
                ..Relu::default()
            }),
        ),
        (
            json!("quantized_tanh(6,0,1,1)"),
            Quantizer::Tanh(Tanh { bits: 6, symmetric: true, use_real_tanh: true, ..Tanh::default() }),
        ),
        (
            json!("ternary(alpha='auto',number_of_unrolls=3)"),
            Quantizer::Ternary(Ternary { alpha: Alpha::Auto, number_of_unrolls: 3, ..Ternary::default() }),
        ),
        (
            json!("quantized_po2(4,2,log2_rounding='floor')"),
            Quantizer::Po2(Po2 {
                exponent: Exponent {
                    bits: 4,
                    max_value: Some(2.0),
                    log2_rounding: Log2Rounding::Floor,
                    ..Exponent::default()
                },
            }),
        ),
    ];
    for (spelling, expected) in cases {
        assert_eq!(Quantizer::from_json(&spelling), Ok(expected), "{spelling}");
    }
}

#[test]
fn every_class_has_qkerass_defaults() {
    let classes = [
        "quantized_bits",
        "quantized_relu",
        "quantized_tanh",
        "quantized_sigmoid",
        "binary",
        "ternary",
        "stochastic_binary",
        "stochastic_ternary",
        "bernoulli",
        "quantized_ulaw",
        "quantized_po2",
        "quantized_relu_po2",
        "quantized_hswish",
    ];
    for class in classes {
        let quantizer = Quantizer::parse(class).unwrap();
        assert_eq!(quantizer.class_name(), class);
        assert_eq!(quantizer.to_string(), format!("{class}()"));
        assert!(Quantizer::is_class_name(class));
    }
}

#[test]
fn mistakes_are_named() {
    let cases: &[(&str, &[&str])] = &[
        ("", &["a name was expected", "character 1"]),
        ("quantized_bots(4)", &["quantized_bots", "quantized_bits"]),
        ("quantized_bits(4,0", &["closing ')' is missing"]),
        ("quantized_bits(4,0))", &["follows the end", "character 20"]),
        ("quantized_bits(4 0)", &["',' or ')' was expected"]),
        ("quantized_bits(4,alpha='auto)", &["quoted text does not end"]),
        ("quantized_bits(4,bits=5)", &["`bits`", "twice"]),
        ("quantized_bits(bits=5,4)", &["positional argument follows"]),
        ("quantized_bits(4,colour=2)", &["`colour`", "not known", "keep_negative"]),
        ("quantized_bits(0)", &["`bits`", "between 1 and 64"]),
        ("quantized_bits(1e300)", &["`bits`", "between"]),
        ("quantized_bits(4.5)", &["`bits`", "integer"]),
        ("quantized_bits(4,alpha=auto)", &["bare word auto", "quotes"]),
        ("quantized_bits(4,alpha='best')", &["`alpha`", "'auto_po2'", "best"]),
        ("quantized_bits(binary())", &["`bits`", "the quantizer binary"]),
        ("quantized_relu(6,negative_slope=0.3)", &["negative_slope", "power of two"]),
        ("quantized_po2(4,-1)", &["max_value", "negative"]),
        ("quantized_po2(4,log2_rounding='up')", &["log2_rounding", "'floor'"]),
        ("ternary(alpha='auto',threshold=0.5)", &["threshold", "automatic"]),
        ("binary(1,2,3,4)", &["#4", "too many"]),
    ];
    for (text, parts) in cases {
        let message = Quantizer::parse(text).unwrap_err().to_string();
        assert!(
            parts.iter().all(|part| message.contains(part)),
            "{text:?} gives {message:?}, without one of {parts:?}"
        );
    }
    let objects =
        [json!(null), json!([1]), json!({"config": {}}), json!({"class_name": "binary", "config": 3})];
    for object in objects {
        assert!(matches!(Quantizer::from_json(&object), Err(QuantizerError::Shape { .. })), "{object}");
    }
    let listed = json!({"class_name": "quantized_bits", "config": {"alpha": [1, 2]}});
    assert!(Quantizer::from_json(&listed).unwrap_err().to_string().contains("a list"));
}

#[test]
fn what_has_no_result_is_refused() {
    let one = |value: f32| ArrayD::from_elem(IxDyn(&[2, 3]), value);
    let cases = [
        ("quantized_bits(4)", one(f32::NAN), "NaN"),
        ("binary(alpha='auto')", one(f32::INFINITY), "inf"),
        ("bernoulli()", one(0.5), "random"),
        ("binary(alpha='auto')", ArrayD::from_elem(IxDyn(&[]), 1.0), "axis of output channels"),
        ("quantized_bits(4,alpha='auto',scale_axis=2)", one(0.5), "axis of output channels"),
    ];
    for (text, weights, reason) in cases {
        let error = quantize_weights(&Quantizer::parse(text).unwrap(), &weights).unwrap_err();
        assert!(error.to_string().contains(reason), "{text}: {error}");
    }
}

fn any_alpha() -> impl Strategy<Value = Alpha> {
    prop_oneof![
        Just(Alpha::None),
        Just(Alpha::Auto),
        Just(Alpha::AutoPo2),
        (-1e6f64..1e6).prop_map(Alpha::Number),
    ]
}

fn any_quantizer() -> impl Strategy<Value = Quantizer> {
    let bits = (
        1..=64,
        -64..=64,
        any::<bool>(),
        any::<bool>(),
        any_alpha(),
        any::<bool>(),
        proptest::option::of(0usize..=31),
    );
    let bits =
        bits.prop_map(|(bits, integer, symmetric, keep_negative, alpha, stochastic, scale_axis)| Bits {
            bits,
            integer,
            symmetric: symmetric || alpha.is_automatic(),
            keep_negative,
            alpha,
            use_stochastic_rounding: stochastic,
            scale_axis,
            ..Bits::default()
        });
    let slope = prop_oneof![Just(0.0), (-8i32..4).prop_map(|n| f64::from(n).exp2())];
    let relu = (1..=64, -64..=64, any::<bool>(), slope, proptest::option::of(-9.0..9.0f64), any::<bool>());
    let relu =
        relu.prop_map(|(bits, integer, use_sigmoid, negative_slope, relu_upper_bound, is_quantized_clip)| {
            Relu {
                bits,
                integer,
                use_sigmoid,
                negative_slope,
                relu_upper_bound,
                is_quantized_clip,
                ..Relu::default()
            }
        });
    let po2 = (1..=64, proptest::option::of(0.0..1e9f64), any::<bool>(), any::<bool>());
    let po2 = po2.prop_map(|(bits, max_value, quadratic_approximation, floor)| {
        let log2_rounding = if floor { Log2Rounding::Floor } else { Log2Rounding::Round };
        Po2 {
            exponent: Exponent {
                bits,
                max_value,
                quadratic_approximation,
                log2_rounding,
                ..Exponent::default()
            },
        }
    });
    prop_oneof![
        bits.prop_map(Quantizer::Bits),
        relu.prop_map(Quantizer::Relu),
        po2.prop_map(Quantizer::Po2),
        (any::<bool>(), any_alpha()).prop_map(|(use_01, alpha)| Quantizer::Binary(Binary {
            use_01,
            alpha,
            ..Binary::default()
        })),
        (1..=1000).prop_map(|number_of_unrolls| Quantizer::Ternary(Ternary {
            number_of_unrolls,
            ..Ternary::default()
        })),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(quantizer in any_quantizer()) {
        prop_assert_eq!(Quantizer::parse(&quantizer.to_string()), Ok(quantizer));
    }

    #[test]
    fn any_text_is_answered(text in ".{0,80}") {
        let _ = Quantizer::parse(&text);
    }

    #[test]
    fn nearly_right_text_is_answered(text in "(quantized_(bits|relu|po2)|binary|ternary)\\(([a-z_]{0,8}=?(-?[0-9.e]{0,6}|'[a-z]{0,5}'?|None|[(]{0,2}),?){0,6}\\)?") {
        let _ = Quantizer::parse(&text);
    }

    #[test]
    fn quantized_values_lie_on_the_grid(
        bits in 2i32..=12, integer in 0i32..=4, values in proptest::collection::vec(-20.0f32..20.0, 1..40),
    ) {
        let quantizer = Quantizer::parse(&format!("quantized_bits({bits},{integer})")).unwrap();
        let x = ArrayD::from_shape_vec(IxDyn(&[values.len()]), values).unwrap();
        let step = f64::from(integer - bits + 1).exp2();
        for (x, q) in x.iter().zip(&quantize_weights(&quantizer, &x).unwrap().values) {
            let (x, q) = (f64::from(*x), f64::from(*q));
            prop_assert_eq!((q / step).fract(), 0.0);
            let nearest = x.clamp(-f64::from(integer).exp2(), f64::from(integer).exp2() - step);
            prop_assert!((q - nearest).abs() <= step / 2.0, "{} became {}", x, q);
        }
    }
}

#[test]
fn deep_and_long_texts_are_refused() {
    let deep = "quantized_bits(".repeat(2000);
    let long = "quantized_bits(4,".to_owned() + &"0".repeat(100_000) + ")";
    for text in [deep, long, "binary(".repeat(30)] {
        assert!(Quantizer::parse(&text).is_err());
    }
}
