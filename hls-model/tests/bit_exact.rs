//! The bit-exact flow on small graphs: the types that follow from quantizers, which quantizers stay, and what is refused.

use hls_model::config::HlsConfig;
use hls_model::emulate::{Emulator, Record};
use hls_model::fixed::{Overflow, Rounding};
use hls_model::graph::op::{
    Activation, Dense, Elements, FixedPointQuantizer, Function, Input, Merge, MergeKind, Op, Reshape,
};
use hls_model::graph::{Graph, LayerSpec, LoweredModel, Values, WeightRole, WeightSpec, Widths};
use hls_model::{Target, convert};
use ndarray::{ArrayD, IxDyn, arr2};
use serde_json::{Value, json};

/// Sign, bits, integer bits with the sign.
type Width = (bool, i32, i32);

fn layer(name: &str, op: Op, inputs: &[&str], shape: &[usize]) -> LayerSpec {
    LayerSpec {
        name: name.into(),
        config_name: name.into(),
        source_class: op.class_name().into(),
        op,
        inputs: inputs.iter().map(|&input| input.into()).collect(),
        shape: shape.to_vec(),
        weights: Vec::new(),
        activation_quantizer: None,
        ignored_precisions: Vec::new(),
    }
}

fn input(name: &str, n: usize) -> LayerSpec {
    layer(name, Op::Input(Input { shape: vec![n], elements: Elements::Float }), &[], &[n])
}

/// Numbers with so many bits, each element its own or all the same.
fn quantizer(name: &str, from: &str, n: usize, widths: &[Width], modes: (Rounding, Overflow)) -> LayerSpec {
    let array = |of: fn(&Width) -> i32| {
        ArrayD::from_shape_vec(IxDyn(&[widths.len()]), widths.iter().map(of).collect()).expect("a vector")
    };
    let signed = array(|width| i32::from(width.0)).mapv(|sign| sign == 1);
    let widths = Widths { signed, bits: array(|width| width.1), integer: array(|width| width.2) };
    let op = FixedPointQuantizer { n_in: n, widths, rounding: modes.0, overflow: modes.1 };
    layer(name, Op::FixedPointQuantizer(op), &[from], &[n])
}

fn relu(name: &str, from: &str, n: usize) -> LayerSpec {
    let op = Activation { function: Function::Relu, label: "relu".into(), n_in: n, table_size: 1024 };
    layer(name, Op::Activation(op), &[from], &[n])
}

fn add(name: &str, from: [&str; 2], n: usize) -> LayerSpec {
    layer(name, Op::Merge(Merge { kind: MergeKind::Add }), &from, &[n])
}

/// A dense layer without a bias, all of whose weights are the same.
fn dense(name: &str, from: &str, [n_in, n_out]: [usize; 2], weight: f64) -> LayerSpec {
    let op = plain_dense(n_in, n_out);
    let kernel = Values::double(ArrayD::from_elem(IxDyn(&[n_in, n_out]), weight));
    let bias = WeightSpec::plain(WeightRole::Bias, Values::double(ArrayD::from_elem(IxDyn(&[n_out]), 0.0)));
    let weights = vec![WeightSpec::plain(WeightRole::Weight, kernel), bias];
    LayerSpec { weights, ..layer(name, Op::Dense(op), &[from], &[n_out]) }
}

fn plain_dense(n_in: usize, n_out: usize) -> Dense {
    Dense {
        n_in,
        n_out,
        parallelization_factor: None,
        strategy: hls_model::graph::Strategy::Latency,
        transposed: false,
        input_quantizer: None,
    }
}

fn converted(layers: Vec<LayerSpec>, model: Value) -> Result<Graph, String> {
    let inputs = layers.iter().filter(|l| matches!(l.op, Op::Input(_))).map(|l| l.name.clone()).collect();
    let outputs = vec![layers.last().expect("a layer").name.clone()];
    let output_names = outputs.clone();
    let (removed, warnings) = (Vec::new(), Vec::new());
    let lowered = LoweredModel {
        name: "model".into(),
        layers,
        inputs,
        outputs,
        output_names,
        removed,
        ebops: Default::default(),
        warnings,
    };
    let mut config = json!({ "Model": { "Precision": "fixed<16,6>", "ReuseFactor": 1 } });
    config["Model"]
        .as_object_mut()
        .expect("a section")
        .extend(model.as_object().cloned().unwrap_or_default());
    let config = HlsConfig::from_value(config).map_err(|e| e.to_string())?;
    convert(&lowered, &config, Target::default()).map_err(|e| e.to_string())
}

fn types(graph: &Graph) -> Vec<String> {
    let nodes = graph.order().iter().map(|&id| (graph.node(id), graph.output_of(id)));
    nodes.map(|(node, result)| format!("{} {}", node.name, result.ty.precision)).collect()
}

fn warnings(graph: &Graph) -> String {
    let warnings: Vec<_> = graph.warnings.iter().map(|warning| warning.message.as_str()).collect();
    warnings.join("\n")
}

const CUT: (Rounding, Overflow) = (Rounding::Trn, Overflow::Wrap);
const SATURATE: (Rounding, Overflow) = (Rounding::Rnd, Overflow::Sat);

#[test]
fn quantizers_of_one_type_become_the_type_of_the_layer_before() {
    let graph = converted(
        vec![
            input("x", 4),
            quantizer("x_iq", "x", 4, &[(true, 8, 3)], SATURATE),
            dense("d", "x_iq", [4, 2], 0.75),
            relu("r", "d", 2),
            quantizer("r_iq", "r", 2, &[(false, 5, 2)], CUT),
        ],
        json!({}),
    )
    .expect("a graph");
    // Four numbers below 4 times 0.75 are below 16, in steps of 2^-7; relu asks for what the quantizer asks for.
    let expected = ["x fixed<8,3,RND,SAT,0>", "d fixed<8,5,TRN,WRAP,0>", "r ufixed<5,2,TRN,WRAP,0>"];
    assert_eq!(types(&graph), expected);
    let accum = graph.nodes().nth(1).and_then(|node| node.ty(hls_model::graph::TypeRole::Accum));
    assert_eq!(accum.map(|ty| ty.precision.to_string()), Some("fixed<12,5,TRN,WRAP,0>".into()));
}

#[test]
fn quantizers_that_differ_by_element_stay() {
    let widths = [(true, 6, 2), (false, 0, 0), (false, 4, 3), (true, 9, 4)];
    let graph = converted(
        vec![
            input("x", 4),
            quantizer("x_iq", "x", 4, &widths, CUT),
            dense("d", "x_iq", [4, 1], 1.0),
            quantizer("d_iq", "d", 1, &[(true, 30, 20)], CUT),
        ],
        json!({}),
    )
    .expect("a graph");
    // The input has what any element asks for. The last quantizer has more bits than there are.
    assert_eq!(
        types(&graph),
        ["x fixed<9,4,TRN,WRAP,0>", "x_iq fixed<9,4,TRN,WRAP,0>", "d fixed<11,6,TRN,WRAP,0>"]
    );
}

/// hls4ml has no type without bits: an input of none gets one, and accumulators two, far above it. A product loses more bits there than any
/// machine word has; its sign is left.
#[test]
fn products_far_below_their_accumulator_leave_their_sign() {
    let graph = converted(
        vec![
            input("x", 2),
            quantizer("x_iq", "x", 2, &[(false, 0, 0)], (Rounding::Rnd, Overflow::Wrap)),
            dense("d", "x_iq", [2, 1], -3.0),
        ],
        json!({}),
    )
    .expect("a graph");
    assert_eq!(types(&graph), ["x ufixed<1,0,RND,WRAP,0>", "d ufixed<2,32,TRN,WRAP,0>"]);
    let numbers = arr2(&[[0.0_f32, 0.0], [0.5, 0.0], [0.5, 0.5]]);
    let emulator = Emulator::new(&graph).expect("an emulator");
    let results = emulator.evaluate(&[numbers.view()], Record::Outputs).expect("numbers");
    // Each product of -1.5 becomes -1, in steps of 2^30, and sums wrap.
    assert_eq!(results.outputs[0].raws().collect::<Vec<_>>(), [0, 3, 2]);
}

#[test]
fn two_readers_keep_a_quantizer() {
    let graph = converted(
        vec![
            input("x", 2),
            quantizer("x_iq", "x", 2, &[(true, 8, 3)], CUT),
            dense("d", "x_iq", [2, 2], 1.0),
            quantizer("a", "d", 2, &[(true, 4, 3)], SATURATE),
            quantizer("b", "d", 2, &[(true, 6, 2)], SATURATE),
            add("sum", ["a", "b"], 2),
        ],
        json!({}),
    )
    .expect("a graph");
    let names: Vec<_> = graph.nodes().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["x", "d", "a", "b", "sum"]);
}

#[test]
fn the_configuration_switches_the_flow() {
    let layers = || {
        vec![input("x", 2), quantizer("x_iq", "x", 2, &[(true, 8, 3)], CUT), dense("d", "x_iq", [2, 2], 1.0)]
    };
    let on =
        converted(layers(), json!({ "Precision": { "default": "fixed<16,6>", "accum": "fixed<20,9>" } }));
    let on = on.expect("a graph");
    assert_eq!(types(&on), ["x fixed<8,3,TRN,WRAP,0>", "d fixed<9,4,TRN,WRAP,0>"]);
    assert!(
        warnings(&on).contains("accum (fixed<20,9,TRN,WRAP,0>; it is fixed<9,4,TRN,WRAP,0>)"),
        "{}",
        warnings(&on)
    );
    let off = converted(layers(), json!({ "BitExact": false })).expect("a graph");
    assert_eq!(off.nodes().count(), 3, "{:?}", types(&off));
    let wrong = converted(layers(), json!({ "BitExact": "yes" })).map(drop).expect_err("not a word");
    assert!(wrong.contains("Model.BitExact") && wrong.contains("true or false"), "{wrong}");
}

#[test]
fn what_is_not_exact_is_told() {
    let model = |widths: &[Width], modes, second: &[Width]| {
        let layers = vec![
            input("x", 2),
            quantizer("x_iq", "x", 2, widths, modes),
            quantizer("again", "x_iq", 2, second, modes),
            relu("r", "again", 2),
        ];
        warnings(&converted(layers, json!({})).expect("a graph"))
    };
    let one = [(true, 8, 3)];
    for (told, words) in [
        (model(&one, CUT, &[(true, 6, 2)]), "two quantizers in a row"),
        // 2^-5 more, and saturation at steps of 2^-5.
        (model(&one, SATURATE, &[(true, 9, 2)]), "of 2 of its 2 numbers"),
        (
            model(&[(true, 8, 3), (true, 7, 2)], (Rounding::RndConv, Overflow::Sat), &one),
            "24 fractional bits",
        ),
        // HGQ2's only number is 0, the type's are 0 and -4.
        (
            model(&[(true, 1, 3)], (Rounding::Rnd, Overflow::SatSym), &one),
            "2 of its 2 numbers have one bit, a sign",
        ),
        (
            model(&[(false, 0, 0)], SATURATE, &one),
            "always 0 in the model, but hls4ml has no type without bits",
        ),
    ] {
        assert!(told.contains(words), "no {words:?} in {told:?}");
    }
    // Elements without bits are zeros as long as others have some.
    let told = model(&[(false, 0, 0), (true, 4, 2)], CUT, &[(true, 4, 2), (true, 3, 2)]);
    assert!(!told.contains("always 0"), "{told}");
}

#[test]
fn curves_are_not_exact_and_need_a_quantizer() {
    let tanh = |quantizers: &[LayerSpec]| {
        let op = Activation { function: Function::Tanh, label: "tanh".into(), n_in: 2, table_size: 1024 };
        let begin = [
            input("x", 2),
            quantizer("x_iq", "x", 2, &[(true, 8, 3)], CUT),
            layer("t", Op::Activation(op), &["x_iq"], &[2]),
        ];
        converted(begin.into_iter().chain(quantizers.iter().cloned()).collect(), json!({})).expect("a graph")
    };
    let bare = tanh(&[]);
    assert!(warnings(&bare).contains("results, which have 128 bits"), "{}", warnings(&bare));
    assert!(Emulator::new(&bare).is_err(), "its numbers fit no machine word");
    // Also one that rounds in a way that looks at every bit, because it takes the type's place.
    for modes in [CUT, (Rounding::RndConv, Overflow::Sat)] {
        let limited = tanh(&[quantizer("t_oq", "t", 2, &[(true, 6, 1)], modes)]);
        let told = warnings(&limited);
        assert!(told.contains("use a QUnaryFunctionLUT") && !told.contains("nothing limits"), "{told}");
        Emulator::new(&limited).expect("an emulator");
    }
}

#[test]
fn a_sigmoid_of_small_numbers_is_told() {
    let told = |integer: i32| {
        let op =
            Activation { function: Function::Sigmoid, label: "sigmoid".into(), n_in: 2, table_size: 1024 };
        let layers = vec![
            input("x", 2),
            quantizer("x_iq", "x", 2, &[(true, 6, integer)], CUT),
            layer("s", Op::Activation(op), &["x_iq"], &[2]),
            quantizer("s_iq", "s", 2, &[(false, 6, 1)], SATURATE),
        ];
        warnings(&converted(layers, json!({})).expect("a graph"))
    };
    // The sign bit and no integer bits: from -1 to 1.
    const WORDS: &str = "1/2 and everything above it";
    assert!(!told(1).contains(WORDS), "{}", told(1));
    assert!(told(0).contains(WORDS), "{}", told(0));
}

/// Two dense layers with distributed arithmetic, and one quantizer of their input, or one for each.
fn sums(modes: (Rounding, Overflow), readers: usize) -> Vec<LayerSpec> {
    let widths = [(true, 6, 2), (false, 0, 0), (false, 4, 3), (true, 7, 4)];
    let weighted = |name: &str| dense(name, "x_iq", [4, 2], if name == "a" { 0.75 } else { -1.25 });
    let mut layers = vec![input("x", 4), quantizer("x_iq", "x", 4, &widths, modes), weighted("a")];
    if readers == 2 {
        layers.extend([weighted("b"), add("sum", ["a", "b"], 2)]);
    }
    layers
}

#[test]
fn kernels_of_distributed_arithmetic_take_quantizers_in() {
    const SUMS: &str = "distributed_arithmetic";
    let samples = ndarray::Array2::from_shape_fn((64, 4), |(i, j)| (i as f32 * 0.37 + j as f32).sin() * 9.0);
    let outputs = |graph: &Graph| {
        let emulator = Emulator::new(graph).expect("an emulator");
        emulator.predict_raw(&[samples.clone().into_dyn().view()]).expect("numbers")
    };
    for (modes, readers, taken) in [
        (CUT, 1, true),
        (SATURATE, 1, true),
        // Casts of this kind cost nothing, so that each reader can have its own.
        ((Rounding::Rnd, Overflow::Wrap), 2, true),
        (CUT, 2, false),
        (SATURATE, 2, false),
    ] {
        let latency = converted(sums(modes, readers), json!({})).expect("a graph");
        let graph = converted(sums(modes, readers), json!({ "Strategy": SUMS })).expect("a graph");
        let has_quantizer = graph.nodes().any(|node| matches!(node.op, Op::FixedPointQuantizer(_)));
        assert_eq!(has_quantizer, !taken, "{modes:?}, {readers} readers");
        let raws = |graph: &Graph| outputs(graph)[0].raws().collect::<Vec<_>>();
        assert_eq!(raws(&graph), raws(&latency), "{modes:?}, {readers} readers");
        let takes =
            graph.nodes().filter(|node| matches!(&node.op, Op::Dense(op) if op.input_quantizer.is_some()));
        assert_eq!(takes.count(), if taken { readers } else { 0 });
    }
}

#[test]
fn no_model_takes_forever_or_ends_the_program() {
    let begin = |modes| vec![input("x", 1), quantizer("n0", "x", 1, &[(true, 8, 3)], modes)];
    let names: Vec<String> = (0..=700).map(|n| format!("n{n}")).collect();
    // Each sum doubles, and has two ways to the one before.
    let sums = (1..60).map(|n| add(&names[n], [&names[n - 1], &names[n - 1]], 1));
    let graph = converted(begin(CUT).into_iter().chain(sums).collect(), json!({})).expect("a graph");
    assert_eq!(types(&graph).last().map(String::as_str), Some("n59 fixed<67,62,TRN,WRAP,0>"));

    let relus = (1..700).map(|n| relu(&names[n], &names[n - 1], 1));
    let error =
        converted(begin(CUT).into_iter().chain(relus).collect(), json!({})).map(drop).expect_err("deep");
    assert!(error.contains("100 layers follow each other"), "{error}");

    // Products of unlimited numbers, and widths that no file should have.
    let products = (1..40).map(|n| {
        let op = Op::Merge(Merge { kind: MergeKind::Multiply });
        layer(&names[n], op, &[&names[n - 1], &names[n - 1]], &[1])
    });
    let first = vec![input("x", 1), relu("n0", "x", 1)];
    let error = converted(first.into_iter().chain(products).collect(), json!({ "BitExact": true }));
    let error = error.map(drop).expect_err("wide");
    assert!(error.contains("far more than"), "{error}");
    for bits in [5000, i32::MAX, i32::MIN] {
        for width in [(true, bits, 3), (true, 8, bits), (true, bits, bits)] {
            let layers = vec![input("x", 1), quantizer("q", "x", 1, &[width], SATURATE), relu("r", "q", 1)];
            if let Err(error) = converted(layers, json!({})) {
                assert!(error.contains("\"q\"") || error.contains("\"x\""), "{error}");
            }
        }
    }
}

#[test]
fn widths_pass_reshapes_and_must_fit() {
    let reshape = |name: &str, from: &str, shape: &[usize]| {
        layer(name, Op::Reshape(Reshape { target_shape: shape.to_vec() }), &[from], shape)
    };
    let layers = |n| {
        vec![
            input("x", 4),
            reshape("s", "x", &[2, 2]),
            reshape("t", "s", &[4]),
            quantizer("q", "t", 4, &[(true, 6, 2)].repeat(n), SATURATE),
            relu("r", "q", 4),
        ]
    };
    let graph = converted(layers(1), json!({})).expect("a graph");
    assert_eq!(graph.output_of(graph.order()[0]).ty.precision.to_string(), "fixed<6,2,RND,SAT,0>");
    let error = converted(layers(3), json!({})).map(drop).expect_err("three widths for four elements");
    assert!(error.contains("\"q\"") && error.contains("do not fit"), "{error}");
}
