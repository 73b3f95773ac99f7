//! Architectures in spellings of old and other versions mean what the usual spelling means, and what is refused is refused for its
//! true reason.

use std::path::Path;

use hls_model::graph::LoweredModel;
use hls_model::lower;
use hls_model::source;
use hls_model::source::keras::{Dtype, KerasModel, NamedArray};
use ndarray::{ArrayD, IxDyn};
use serde_json::{Value, json};

/// An array of numbers that differ.
fn array(name: &str, shape: &[usize]) -> NamedArray {
    let role = name.rsplit('/').next().unwrap_or(name).to_owned();
    let mut next = 0.0;
    let data = ArrayD::from_shape_simple_fn(IxDyn(shape), || {
        next += 0.125;
        next
    });
    NamedArray { name: format!("{name}:0"), role, data, dtype: Dtype::F32 }
}

fn group(layer: &str, arrays: &[(&str, &[usize])]) -> (String, Vec<NamedArray>) {
    (layer.to_owned(), arrays.iter().map(|(name, shape)| array(name, shape)).collect())
}

fn sequential(layers: &Value) -> Value {
    json!({ "class_name": "Sequential", "config": { "name": "s", "layers": layers } })
}

fn assemble(architecture: &Value, arrays: Vec<(String, Vec<NamedArray>)>) -> Result<KerasModel, String> {
    source::assemble(architecture, arrays, Path::new("model")).map_err(|error| error.problem.to_string())
}

fn lowered(architecture: &Value, arrays: Vec<(String, Vec<NamedArray>)>) -> LoweredModel {
    lower(&assemble(architecture, arrays).expect("a model")).expect("layers")
}

/// A layer of this class and configuration between an input of the given shape and nothing.
fn single(shape: &Value, class: &str, config: &Value) -> Value {
    let mut config = config.clone();
    config["name"] = json!("l");
    let input = json!({ "name": "x", "batch_input_shape": shape, "dtype": "float32" });
    sequential(&json!([
        { "class_name": "InputLayer", "config": input },
        { "class_name": class, "config": config },
    ]))
}

#[test]
fn aliases_are_the_classes_that_they_stand_for() {
    let norm =
        &[("l/gamma", &[2][..]), ("l/beta", &[2]), ("l/moving_mean", &[2]), ("l/moving_variance", &[2])];
    let pool = json!({ "pool_size": 2 });
    let conv = json!({ "filters": 3, "kernel_size": 2 });
    let (rows, image) = (json!([null, 4, 2]), json!([null, 4, 4, 2]));
    let nothing = json!({});
    type Row<'a> = (&'a str, &'a str, &'a Value, &'a Value, &'a [(&'a str, &'a [usize])]);
    let table: &[Row<'_>] = &[
        ("BatchNormalizationV1", "BatchNormalization", &rows, &nothing, norm),
        ("BatchNormalizationV2", "BatchNormalization", &image, &nothing, norm),
        ("MaxPool1D", "MaxPooling1D", &rows, &pool, &[]),
        ("MaxPool2D", "MaxPooling2D", &image, &pool, &[]),
        ("AvgPool1D", "AveragePooling1D", &rows, &pool, &[]),
        ("AvgPool2D", "AveragePooling2D", &image, &pool, &[]),
        ("GlobalMaxPool1D", "GlobalMaxPooling1D", &rows, &nothing, &[]),
        ("GlobalMaxPool2D", "GlobalMaxPooling2D", &image, &nothing, &[]),
        ("GlobalAvgPool1D", "GlobalAveragePooling1D", &rows, &nothing, &[]),
        ("GlobalAvgPool2D", "GlobalAveragePooling2D", &image, &nothing, &[]),
        ("Convolution1D", "Conv1D", &rows, &conv, &[("l/kernel", &[2, 2, 3]), ("l/bias", &[3])]),
        ("Convolution2D", "Conv2D", &image, &conv, &[("l/kernel", &[2, 2, 2, 3]), ("l/bias", &[3])]),
        (
            "SeparableConvolution1D",
            "SeparableConv1D",
            &rows,
            &conv,
            &[("l/depthwise_kernel", &[2, 2, 1]), ("l/pointwise_kernel", &[1, 2, 3]), ("l/bias", &[3])],
        ),
    ];
    for (alias, class, shape, config, arrays) in table {
        let of = |class: &str| lowered(&single(shape, class, config), vec![group("l", arrays)]);
        assert_eq!(format!("{:?}", of(alias)), format!("{:?}", of(class)), "{alias}");
    }
}

#[test]
fn numbers_and_truth_values_are_read_in_every_spelling() {
    let wrap = |value: Value| json!({ "type": "ndarray", "value": value });
    let vector = json!([null, 3]);
    let dense = &[("l/kernel", &[3, 2][..]), ("l/bias", &[2])];
    let norm =
        &[("l/gamma", &[3][..]), ("l/beta", &[3]), ("l/moving_mean", &[3]), ("l/moving_variance", &[3])];
    let centred = &norm[1..];
    let bits = |bits: Value| json!({ "class_name": "quantized_bits", "config": { "bits": bits, "integer": 0, "alpha": 1, "keep_negative": 1 } });
    type Row<'a> = (&'a str, Value, Value, &'a [(&'a str, &'a [usize])]);
    let table: &[Row<'_>] = &[
        ("ReLU", json!({ "max_value": 6.0 }), json!({ "max_value": wrap(json!(6.0)) }), &[]),
        (
            "ReLU",
            json!({ "threshold": 0.5, "negative_slope": 0.25 }),
            json!({ "threshold": wrap(json!([0.5])), "negative_slope": wrap(json!(0.25)) }),
            &[],
        ),
        ("LeakyReLU", json!({ "alpha": 0.1 }), json!({ "alpha": wrap(json!(0.1)) }), &[]),
        ("LeakyReLU", json!({ "alpha": 0.1 }), json!({ "alpha": [0.1] }), &[]),
        ("ELU", json!({ "alpha": 0.5 }), json!({ "alpha": wrap(json!(0.5)) }), &[]),
        ("ThresholdedReLU", json!({ "theta": 2.0 }), json!({ "theta": wrap(json!(2)) }), &[]),
        ("Softmax", json!({ "axis": -1 }), json!({ "axis": wrap(json!([-1])) }), &[]),
        ("Dense", json!({ "units": 2, "use_bias": true }), json!({ "units": 2.0, "use_bias": 1 }), dense),
        (
            "Dense",
            json!({ "units": 2, "use_bias": false }),
            json!({ "units": wrap(json!(2)), "use_bias": 0.0 }),
            &dense[..1],
        ),
        (
            "QDense",
            json!({ "units": 2, "kernel_quantizer": bits(json!(4)) }),
            json!({ "units": 2, "kernel_quantizer": bits(wrap(json!(4))) }),
            dense,
        ),
        ("BatchNormalization", json!({ "scale": true }), json!({ "scale": 1, "center": 1 }), norm),
        (
            "BatchNormalization",
            json!({ "scale": false, "epsilon": 0.01 }),
            json!({ "scale": null, "epsilon": wrap(json!([0.01])) }),
            centred,
        ),
        (
            "Reshape",
            json!({ "target_shape": [3, 1] }),
            json!({ "target_shape": { "class_name": "__tuple__", "items": [3, 1] } }),
            &[],
        ),
    ];
    for (class, usual, other, arrays) in table {
        let of = |config: &Value| lowered(&single(&vector, class, config), vec![group("l", arrays)]);
        assert_eq!(format!("{:?}", of(usual)), format!("{:?}", of(other)), "{class} {other}");
    }
    let text =
        assemble(&single(&vector, "Dense", &json!({ "units": 2, "use_bias": "no" })), vec![]).unwrap_err();
    assert!(text.contains("`use_bias`: \"no\" is not a boolean"), "{text}");
}

/// A Dense layer, in a pruning wrapper or not.
fn dense(name: &str, wrapped: bool, shape: Option<&Value>) -> Value {
    let mut inner = json!({ "class_name": "Dense", "config": { "name": name, "units": 3 } });
    if !wrapped {
        shape.into_iter().for_each(|shape| inner["config"]["batch_input_shape"] = shape.clone());
        return inner;
    }
    let mut config =
        json!({ "name": format!("prune_low_magnitude_{name}"), "layer": inner, "pruning_schedule": {} });
    shape.into_iter().for_each(|shape| config["batch_input_shape"] = shape.clone());
    json!({ "class_name": "PruneLowMagnitude", "config": config })
}

fn dense_arrays(name: &str, wrapped: bool, kept: f64) -> (String, Vec<NamedArray>) {
    let (layer, mut arrays) =
        group(name, &[(&format!("{name}/kernel"), &[3, 3]), (&format!("{name}/bias"), &[3])]);
    if !wrapped {
        return (layer, arrays);
    }
    let wrapper = format!("prune_low_magnitude_{name}");
    let mut mask = array(&format!("{wrapper}/mask"), &[3, 3]);
    mask.data.fill(kept);
    arrays.extend([
        mask,
        array(&format!("{wrapper}/threshold"), &[]),
        array(&format!("{wrapper}/pruning_step"), &[]),
    ]);
    (wrapper, arrays)
}

#[test]
fn pruning_wrappers_are_read_through() {
    let shape = json!([null, 3]);
    let model = |wrapped: bool| {
        let layers = json!([dense("a", wrapped, Some(&shape)), dense("b", wrapped, None)]);
        let arrays = vec![dense_arrays("a", wrapped, 1.0), dense_arrays("b", wrapped, 1.0)];
        assemble(&sequential(&layers), arrays).expect("a model")
    };
    let (wrapped, plain) = (model(true), model(false));
    assert_eq!(wrapped.warnings, []);
    assert_eq!(
        (wrapped.layers[0].name.as_str(), plain.layers[0].name.as_str()),
        ("prune_low_magnitude_a_input", "a_input")
    );
    for (wrapped, plain) in wrapped.layers[1..].iter().zip(&plain.layers[1..]) {
        assert_eq!(
            (&wrapped.name, &wrapped.class_name, &wrapped.weights),
            (&plain.name, &plain.class_name, &plain.weights)
        );
    }
}

#[test]
fn calls_follow_layers_out_of_their_pruning_wrappers() {
    let node = |mut layer: Value, input: Option<&str>| {
        layer["name"] = layer["config"]["name"].clone();
        layer["inbound_nodes"] = input.map_or(json!([]), |input| json!([[[input, 0, 0, {}]]]));
        layer
    };
    let input =
        json!({ "class_name": "InputLayer", "config": { "name": "x", "batch_input_shape": [null, 3] } });
    let layers = json!([
        node(input, None),
        node(dense("a", true, None), Some("x")),
        node(dense("b", true, None), Some("prune_low_magnitude_a")),
    ]);
    let config = json!({ "name": "m", "layers": layers, "input_layers": [["x", 0, 0]],
        "output_layers": [["prune_low_magnitude_b", 0, 0]] });
    let architecture = json!({ "class_name": "Functional", "config": config });
    let arrays = vec![dense_arrays("a", true, 1.0), dense_arrays("b", true, 0.0)];
    let model = assemble(&architecture, arrays).expect("a model");
    assert_eq!(model.outputs[0].layer, "b");
    assert_eq!(model.layer("b").expect("a layer").calls[0][0].layer, "a");
    // All of b's weights should be gone.
    let [warning] = model.warnings.as_slice() else { panic!("{:?}", model.warnings) };
    assert_eq!(warning.layer.as_deref(), Some("b"));
    assert!(
        warning.message.starts_with("9 weights that its pruning mask removes are not zero"),
        "{warning:?}"
    );
}

#[test]
fn the_input_of_an_old_sequential_model_is_called_as_keras_calls_it() {
    let shape = json!([null, 3]);
    let first = dense("first", false, Some(&shape));
    let inner = json!({ "name": "inner", "layers": [first] });
    let cases = [
        // The shape is the first layer's; the configuration may be a bare list.
        (json!({ "name": "s", "layers": [first] }), "first_input"),
        (json!([first]), "first_input"),
        // The model's, after `build`.
        (json!({ "layers": [dense("first", false, None)], "build_input_shape": shape }), "first_input"),
        // The first layer is a model, with an input of its own.
        (json!({ "layers": [{ "class_name": "Sequential", "config": inner }] }), "inner_input"),
    ];
    for (config, expected) in cases {
        let architecture = json!({ "class_name": "Sequential", "config": config });
        let owner = if expected == "inner_input" { "inner" } else { "first" };
        let (_, arrays) = dense_arrays("first", false, 1.0);
        let model = assemble(&architecture, vec![(owner.to_owned(), arrays)]).expect("a model");
        assert_eq!(model.inputs[0].layer, expected, "{config}");
        assert_eq!(lowered_inputs(&model), [expected]);
    }
}

fn lowered_inputs(model: &KerasModel) -> Vec<String> {
    lower(model).expect("layers").inputs
}

#[test]
fn weights_are_float64_where_the_layer_is() {
    let value = 0.1_f64 + 1e-12;
    let policy = json!({ "class_name": "Policy", "config": { "name": "float64" } });
    for (dtype, expected) in [
        (json!("float64"), value),
        (policy, value),
        (json!("float32"), f64::from(value as f32)),
        (json!("mixed_float16"), f64::from(value as f32)),
        (Value::Null, f64::from(value as f32)),
    ] {
        let architecture =
            single(&json!([null, 3]), "Dense", &json!({ "units": 3, "use_bias": false, "dtype": dtype }));
        let mut kernel = array("l/kernel", &[3, 3]);
        kernel.data.fill(value);
        let model = assemble(&architecture, vec![("l".to_owned(), vec![kernel])]).expect("a model");
        let lowered = lower(&model).expect("layers");
        let values = lowered.layers[1].weights[0].values.as_ref().expect("values");
        assert!(values.all_equal(expected), "{dtype}");
    }
}

#[test]
fn classes_that_are_refused_come_with_what_helps() {
    let wrapper = json!({ "layer": { "class_name": "Dense", "config": { "name": "d", "units": 3 } } });
    let calls = |function: &str| json!({ "function": function });
    let table = [
        ("TFOpLambda", calls("math.multiply"), &["`math.multiply`", "Multiply", "BatchNormalization"][..]),
        ("TFOpLambda", calls("nn.relu"), &["`nn.relu`", "an Activation layer"]),
        ("TFOpLambda", calls("concat"), &["`concat`", "a Concatenate layer"]),
        ("TFOpLambda", calls("math.erf"), &["`math.erf`", "layers of Keras and QKeras"]),
        (
            "SlicingOpLambda",
            calls("__operators__.getitem"),
            &["`__operators__.getitem`", "a Cropping1D or Cropping2D"],
        ),
        ("TFOpLambda", json!({}), &["TensorFlow function"]),
        ("Lambda", json!({}), &["Python"]),
        ("ClusterWeights", wrapper.clone(), &["tfmot.clustering.keras.strip_clustering(model)"]),
        ("QuantizeWrapperV2", wrapper, &["quantization-aware training", "QDense"]),
        ("HGQ>FixedPointQuantizer", json!({}), &["HGQ", "hls4ml converts and this program does not"]),
        ("UnaryLUT", json!({}), &["HGQ"]),
        ("GarNet", json!({}), &["hls4ml converts it and this program does not"]),
    ];
    for (class, config, parts) in table {
        let error = assemble(&single(&json!([null, 3]), class, &config), vec![]).unwrap_err();
        for part in parts {
            assert!(error.contains(part), "{class}: {part:?} is not in {error}");
        }
        let is_call = class.ends_with("OpLambda");
        assert!(!is_call || !error.contains("code for Python"), "{error}");
    }
}
