//! Grouped and transposed convolutions: which kernels and types they get, and what is refused in which words.

use std::path::Path;

use hls_model::config::Generator;
use hls_model::graph::{Graph, LoweredModel, Op, WeightRole};
use hls_model::precision::Precision;
use hls_model::source::keras::{Dtype, NamedArray};
use hls_model::{Target, convert, lower, source};
use ndarray::{ArrayD, IxDyn};
use serde_json::{Value, json};

/// A convolution between an input and nothing, without a bias; its kernel counts up from -0.5 in steps of 1/8.
fn model(class: &str, mut config: Value, input: &[usize], kernel: &[usize]) -> Result<LoweredModel, String> {
    config["name"] = json!("c");
    config["use_bias"] = json!(false);
    let shape: Vec<Option<usize>> = std::iter::once(None).chain(input.iter().copied().map(Some)).collect();
    let input = json!({ "name": "x", "batch_input_shape": shape });
    let layers = json!([
        { "class_name": "InputLayer", "config": input },
        { "class_name": class, "config": config },
    ]);
    let architecture = json!({ "class_name": "Sequential", "config": { "name": "m", "layers": layers } });
    let mut next = -0.625;
    let data = ArrayD::from_shape_simple_fn(IxDyn(kernel), || {
        next += 0.125;
        next
    });
    let array = NamedArray { name: "c/kernel:0".into(), role: "kernel".into(), data, dtype: Dtype::F32 };
    let model = source::assemble(&architecture, vec![("c".into(), vec![array])], Path::new("model"));
    lower(&model.map_err(|error| error.problem.to_string())?).map_err(|error| error.to_string())
}

fn graph(class: &str, config: Value, input: &[usize], kernel: &[usize]) -> Graph {
    let model = model(class, config, input, kernel).expect("layers");
    let config = Generator::default().generate(&model).expect("a configuration");
    convert(&model, &config, Target::default()).expect("a graph")
}

/// The kernel's values and type.
fn kernel(graph: &Graph) -> (Vec<f64>, Precision) {
    let conv = graph.nodes().find(|node| matches!(node.op, Op::Conv(_))).expect("a convolution");
    let weight = conv.weight(WeightRole::Weight).expect("a kernel");
    (weight.values.data.iter().copied().collect(), weight.ty.precision)
}

#[test]
fn quantizers_act_on_what_is_in_the_file() {
    let grouped = |quantizer: &str| {
        let config = json!({ "filters": 2, "kernel_size": 2, "groups": 2, "kernel_quantizer": quantizer });
        kernel(&graph("QConv1D", config, &[4, 2], &[2, 1, 2]))
    };
    // Kernel [[-0.5, -0.375], [-0.25, -0.125]]: filter 0 sees channel 0, filter 1 channel 1.
    let table: [(&str, [f64; 4], Precision); 4] = [
        ("quantized_bits(4,0,alpha=1)", [-0.5, -0.375, -0.25, -0.125], Precision::fixed(4, 1)),
        // No sign for zeros between the groups.
        ("binary(alpha=1)", [-1.0; 4], Precision::int(2)),
        ("quantized_po2(4)", [-0.5, -0.5, -0.25, -0.125], Precision::fixed(4, 1)),
        // A scale of 1/2 leaves the weights.
        ("quantized_bits(4,0,alpha='auto_po2')", [-0.875, -0.75, -0.5, -0.25], Precision::fixed(4, 1)),
    ];
    for (quantizer, [a, b, c, d], ty) in table {
        let (values, found) = grouped(quantizer);
        assert_eq!((values, found), (vec![a, 0.0, 0.0, b, c, 0.0, 0.0, d], ty), "{quantizer}");
    }
}

#[test]
fn a_transposed_kernel_is_turned_around_and_keeps_its_scale() {
    let transposed = |quantizer: &str| {
        let config =
            json!({ "filters": 1, "kernel_size": [1, 2], "strides": 2, "kernel_quantizer": quantizer });
        kernel(&graph("QConv2DTranspose", config, &[2, 2, 2], &[1, 2, 1, 2]))
    };
    // Kernel [[-0.5, -0.375], [-0.25, -0.125]], channels last.
    let table: [(&str, [f64; 4], Precision); 4] = [
        ("quantized_bits(4,0,alpha=1)", [-0.25, -0.125, -0.5, -0.375], Precision::fixed(4, 1)),
        ("quantized_bits(4,0,alpha=0.5)", [-0.125, -0.0625, -0.25, -0.1875], Precision::fixed(4, 0)),
        ("binary(alpha=1)", [-1.0; 4], Precision::int(2)),
        ("ternary(alpha=0.25)", [0.0, 0.0, -0.25, -0.25], Precision::fixed(2, 0)),
    ];
    for (quantizer, values, ty) in table {
        let (found, found_ty) = transposed(quantizer);
        assert_eq!((found, found_ty), (values.to_vec(), ty), "{quantizer}");
    }
}

#[test]
fn zeros_between_pixels_are_a_layer_only_where_there_are_any() {
    let shapes = |strides: usize| {
        let config = json!({ "filters": 3, "kernel_size": 3, "strides": strides, "padding": "same" });
        let graph = graph("Conv1DTranspose", config, &[4, 2], &[3, 3, 2]);
        let nodes =
            graph.nodes().map(|node| (node.name.clone(), graph.tensor(node.outputs[0]).shape.clone()));
        nodes.skip(1).collect::<Vec<_>>()
    };
    assert_eq!(shapes(1), [("c".to_owned(), vec![4, 3])]);
    assert_eq!(shapes(2), [("c_zeros".to_owned(), vec![10, 2]), ("c".to_owned(), vec![8, 3])]);
}

#[test]
fn what_keras_does_not_compute_is_refused() {
    let groups = |groups: usize| json!({ "filters": 4, "kernel_size": 1, "groups": groups });
    let transposed = |more: Value| {
        let mut config = json!({ "filters": 2, "kernel_size": 2, "strides": 2, "padding": "same" });
        config.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        config
    };
    type Row<'a> = (&'a str, Value, &'a [usize], &'a [usize], &'a str);
    let table: [Row<'_>; 8] = [
        ("Conv1D", groups(3), &[4, 6], &[1, 2, 4], "3 groups do not divide its 6 channels and 4 filters"),
        ("Conv1D", groups(4), &[4, 6], &[1, 1, 4], "4 groups do not divide its 6 channels"),
        ("Conv1D", groups(0), &[4, 6], &[1, 6, 4], "groups=0"),
        (
            "Conv1DTranspose",
            transposed(json!({ "padding": "causal" })),
            &[4, 3],
            &[2, 2, 3],
            "padding=\"causal\"",
        ),
        (
            "Conv1DTranspose",
            transposed(json!({ "dilation_rate": 2 })),
            &[4, 3],
            &[2, 2, 3],
            "strides [2] and dilation_rate [2], which Keras does not combine",
        ),
        (
            "Conv1DTranspose",
            transposed(json!({ "output_padding": 2 })),
            &[4, 3],
            &[2, 2, 3],
            "output_padding=2; use",
        ),
        (
            "Conv1DTranspose",
            transposed(json!({ "output_padding": 0 })),
            &[4, 3],
            &[2, 2, 3],
            "output_padding=0; use",
        ),
        (
            "Conv1DTranspose",
            transposed(json!({ "output_padding": -1 })),
            &[4, 3],
            &[2, 2, 3],
            "-1 is not a size",
        ),
    ];
    for (class, config, input, kernel, words) in table {
        let error = model(class, config.clone(), input, kernel).expect_err("a refusal");
        assert!(error.contains(words) && error.contains("\"c\""), "{config}: {error}");
    }
    // A file of a few KiB that asks for a kernel of 2^26 weights.
    let (wide, config) = (1 << 13, json!({ "filters": 1 << 13, "kernel_size": 1, "groups": 1 << 13 }));
    let error = model("Conv1D", config, &[1, wide], &[1, 1, wide]).expect_err("a refusal");
    assert!(
        error.contains("a kernel can have 16777216 weights") && error.contains("DepthwiseConv"),
        "{error}"
    );
}
