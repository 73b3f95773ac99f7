//! HGQ2's layers of trained tables and sums beside others, and Keras's RepeatVector, where hls4ml stops: what HGQ2 itself predicts (`fixtures/hgq_tables`).

use std::fs::File;
use std::path::{Path, PathBuf};

use hls_model::config::Generator;
use hls_model::emulate::Emulator;
use hls_model::graph::Graph;
use hls_model::graph::op::Op;
use hls_model::source::keras::KerasModel;
use hls_model::{Target, convert, lower, source};
use ndarray::{ArrayD, IxDyn, OwnedRepr};
use ndarray_npy::NpzReader;

const CASES: [(&str, &str, usize); 4] = [
    ("dense", "model.keras", 2),
    ("image", "model.keras", 1),
    ("sequence", "model.h5", 2),
    ("sums", "model.keras", 2),
];

fn folder(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/hgq_tables").join(case)
}

fn read(case: &str) -> KerasModel {
    let (_, file, _) = CASES.iter().find(|(name, ..)| *name == case).expect("a case");
    source::read(&folder(case).join(file)).unwrap_or_else(|error| panic!("{error}"))
}

fn graph(case: &str) -> Graph {
    let model = lower(&read(case)).unwrap_or_else(|error| panic!("{error}"));
    let config = Generator::default().generate(&model).expect("a configuration");
    convert(&model, &config, Target::default()).unwrap_or_else(|error| panic!("{case}: {error}"))
}

fn samples(case: &str) -> [ArrayD<f32>; 2] {
    let file = File::open(folder(case).join("keras.npz")).expect("samples");
    let mut arrays = NpzReader::new(file).expect("samples");
    ["x.npy", "y.npy"].map(|name| arrays.by_name::<OwnedRepr<f32>, IxDyn>(name).expect(name))
}

#[test]
fn the_emulator_computes_what_hgq2_predicts() {
    for (case, _, sums) in CASES {
        let graph = graph(case);
        let found = graph.nodes().filter(|node| matches!(node.op, Op::FunctionSum(_))).count();
        assert_eq!(found, sums, "{case}");
        let [x, y] = samples(case);
        let emulator = Emulator::new(&graph).unwrap_or_else(|error| panic!("{case}: {error}"));
        let outputs = emulator.predict(&[x.view()]).unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!(outputs[0].len(), y.len(), "{case}");
        let pairs = outputs[0].iter().zip(&y);
        let wrong = pairs.clone().filter(|&(&ours, &theirs)| ours != f64::from(theirs)).count();
        assert_eq!(wrong, 0, "{case}: {wrong} of {} numbers differ", y.len());
        // The widths have left something to compare.
        assert!(y.iter().any(|value| Some(value) != y.first()), "{case}: all numbers are the same");
    }
}

#[test]
fn layers_of_tables_have_ebops() {
    let model = read("dense");
    let tables = model.layers.iter().find(|layer| layer.name == "tables").expect("the layer");
    assert!(tables.ebops().is_some_and(|ebops| ebops > 0));
}

/// Changes of the file's arrays, and words of the message that has to follow.
#[test]
fn damaged_layers_of_tables_are_refused_by_name() {
    let refused = |role: &str, change: fn(&mut ArrayD<f64>)| {
        let mut model = read("dense");
        let layer = model.layers.iter_mut().find(|layer| layer.name == "tables").expect("the layer");
        let array = layer.weights.iter_mut().find(|array| array.role == role).expect(role);
        change(&mut array.data);
        lower(&model).map(drop).expect_err(role).to_string()
    };
    for (role, change, words) in [
        (
            "module/1/kernel",
            (|array| *array = ArrayD::zeros(vec![4, 3, 5])) as fn(&mut ArrayD<f64>),
            "has the shape [4, 3, 5]",
        ),
        ("module/0/bias", |array| array.fill(f64::NAN), "a number that is not finite"),
        ("bn/moving_variance", |array| array.fill(-1.0), "a variance that is not positive"),
        ("iq/f", |array| array.fill(40.0), "and 2^19 are possible"),
        ("toq/b", |array| *array = ArrayD::zeros(vec![1, 9, 3]), "`toq`"),
    ] {
        let message = refused(role, change);
        assert!(
            message.contains("\"tables\"") && message.contains(words),
            "{role}: no {words:?} in {message}"
        );
    }
    let mut model = read("dense");
    let layer = model.layers.iter_mut().find(|layer| layer.name == "tables").expect("the layer");
    layer.weights.retain(|array| array.role != "module/2/kernel");
    let message = lower(&model).map(drop).expect_err("no kernel").to_string();
    assert!(message.contains("`module/2/kernel` is missing"), "{message}");
}
