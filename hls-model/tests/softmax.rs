//! The stable softmax keeps the distance to the largest input in a type that wraps: who is told, and how often it happens.

use std::path::Path;

use hls_model::config::Generator;
use hls_model::emulate::Emulator;
use hls_model::graph::Graph;
use hls_model::precision::Precision;
use hls_model::profile::{LargestElements, Profile, Profiler};
use hls_model::samples::SampleStream;
use hls_model::target::Target;
use hls_model::{convert, lower, source};
use ndarray::{Array2, arr2};
use serde_json::json;

/// A softmax over three inputs of this type.
fn softmax(ty: &str, implementation: &str) -> Graph {
    softmax_of(3, ty, implementation)
}

/// A softmax over so many inputs of this type.
fn softmax_of(n: usize, ty: &str, implementation: &str) -> Graph {
    let input = json!({ "name": "logits", "batch_input_shape": [null, n], "dtype": "float32" });
    let layers = json!([
        { "class_name": "InputLayer", "config": input },
        { "class_name": "Softmax", "config": { "name": "probable", "axis": -1 } },
    ]);
    let architecture = json!({ "class_name": "Sequential", "config": { "name": "s", "layers": layers } });
    let model = source::assemble(&architecture, [], Path::new("model")).expect("a model");
    let model = lower(&model).expect("layers");
    let mut config = Generator::default().generate(&model).expect("a configuration");
    let settings = [
        format!("LayerName.logits.Precision.result={ty}"),
        format!("LayerName.probable.Implementation={implementation}"),
    ];
    let settings = settings.map(|setting| setting.parse().expect("a setting"));
    config.apply(&settings, &model).expect("a configuration");
    convert(&model, &config, Target::default()).expect("a graph")
}

#[test]
fn types_that_allow_a_distance_that_wraps_are_warned_of() {
    for (ty, implementation, expected) in [
        (
            "fixed<16,6>",
            "stable",
            Some(("that are 32 or more apart", "LayerName.logits.Precision.result='fixed<17,7>'")),
        ),
        (
            "fixed<8,1>",
            "stable",
            Some(("that are 1 or more apart", "LayerName.logits.Precision.result='fixed<9,2>'")),
        ),
        ("ufixed<16,6>", "stable", None),
        ("fixed<16,6>", "legacy", None),
        ("fixed<16,6>", "latency", None),
        ("fixed<16,6>", "argmax", None),
        ("fixed<16,6>", "precise", None),
    ] {
        let graph = softmax(ty, implementation);
        let warnings: Vec<String> = graph.warnings.iter().map(ToString::to_string).collect();
        let found = warnings.iter().find(|warning| warning.contains("apart"));
        assert_eq!(found.is_some(), expected.is_some(), "{ty} {implementation}: {warnings:?}");
        let (Some(found), Some((limit, cure))) = (found, expected) else { continue };
        for part in [
            "layer \"probable\"",
            limit,
            cure,
            "\"logits\"",
            "--set LayerName.probable.Implementation=precise",
            "LayerName.probable.Implementation=argmax",
        ] {
            assert!(found.contains(part), "{part:?} is not in {found}");
        }
    }
}

fn profile(graph: &Graph) -> Profile {
    let mut profiler = Profiler::new(graph).expect("a profiler");
    // The second and the third have a distance of 32 or more.
    let samples = arr2(&[[1.0_f32, 2.0, -3.0], [20.0, -20.0, 0.0], [31.0, -1.0, -31.0], [15.0, 0.0, -15.0]]);
    profiler.add(&[samples.view()]).expect("samples");
    profiler.finish()
}

#[test]
fn a_profile_blames_the_distance_and_not_the_result() {
    let wide = profile(&softmax("fixed<17,7>", "stable"));
    let narrow = profile(&softmax("fixed<16,6>", "stable"));
    let [wide, narrow] = [&wide, &narrow].map(|profile| {
        let layer = profile.layers.iter().find(|layer| layer.result.name == "probable").expect("the softmax");
        (layer.distances, layer.result.clipped, layer.result.advice("values"))
    });
    assert_eq!(wide, (None, 0, None));
    let distances = narrow.0.expect("distances that wrap");
    assert_eq!((distances.times, distances.largest, narrow.1, narrow.2), (2, 62.0, 0, None));
    let advice = distances.advice("probable", 4);
    assert!(
        advice.starts_with("2 times in 4 samples") && advice.contains("an input with 7 integer bits"),
        "{advice}"
    );
}

/// Logits within the range of the type, of which many are close to each other.
fn logits(n: usize, ty: &str) -> Array2<f32> {
    let ty: Precision = ty.parse().expect("a precision");
    let (low, step) = (if ty.is_signed() { -1.0 } else { 0.0 }, (-f64::from(ty.frac())).exp2());
    let largest = f64::from(ty.integer() - i32::from(ty.is_signed())).exp2();
    let mut random = fastrand::Rng::with_seed(n as u64);
    let sample = |i: usize| {
        let scale = largest * (random.f64() * -12.0).exp2();
        let middle = random.f64() * (1.0 - low) + low;
        (0..n)
            .map(|_| match i % 3 {
                // Neighbours, numbers of one magnitude, and anything.
                0 => (middle * scale + step * random.u32(..3) as f64).clamp(low * largest, largest - step),
                1 => (random.f64() * (1.0 - low) + low) * scale,
                _ => (random.f64() * (1.0 - low) + low) * (largest - step),
            } as f32)
            .collect::<Vec<f32>>()
    };
    let numbers: Vec<f32> = (0..1000).flat_map(sample).collect();
    Array2::from_shape_vec((1000, n), numbers).expect("samples")
}

fn largest_elements(graph: &Graph, samples: &Array2<f32>) -> LargestElements {
    let mut profiler = Profiler::new(graph).expect("a profiler");
    profiler.add(&[samples.view()]).expect("samples");
    let profile = profiler.finish();
    profile.layers.iter().find_map(|layer| layer.largest).expect("a softmax")
}

#[test]
fn precise_and_argmax_keep_the_class_where_stable_does_not() {
    for ty in [
        "fixed<16,6>",
        "fixed<18,8>",
        "fixed<12,4>",
        "fixed<8,8>",
        "ufixed<9,3>",
        "fixed<10,0>",
        "fixed<16,8,RND,SAT>",
    ] {
        for n in [2, 3, 10, 100] {
            let samples = logits(n, ty);
            let moved =
                |implementation| largest_elements(&softmax_of(n, ty, implementation), &samples).not_inputs;
            assert_eq!([moved("precise"), moved("argmax")], [0, 0], "{n} of {ty}");
            assert!(ty != "fixed<16,6>" || moved("stable") > 100, "{n} of {ty}");
        }
    }
    // More bits than a table resolves: close inputs come out equal, and a warning says so.
    let wide = softmax_of(10, "fixed<36,16>", "precise");
    assert!(
        wide.warnings
            .iter()
            .any(|w| w.to_string().contains("LayerName.logits.Precision.result='fixed<26,16>'"))
    );
    assert_eq!(
        largest_elements(&softmax_of(10, "fixed<36,16>", "argmax"), &logits(10, "fixed<36,16>")).not_inputs,
        0
    );
}

#[test]
fn probabilities_of_precise_are_within_their_tolerance() {
    for (n, ty) in [
        (2, "fixed<16,6>"),
        (5, "fixed<16,6>"),
        (10, "fixed<12,5>"),
        (64, "fixed<16,6>"),
        (200, "fixed<14,4>"),
    ] {
        let samples = logits(n, ty);
        let emulator = Emulator::new(&softmax_of(n, ty, "precise")).expect("an emulator");
        let found = emulator.predict(&[samples.view().into_dyn()]).expect("outputs").remove(0);
        let ty: Precision = ty.parse().expect("a precision");
        let mut farthest: f64 = 0.0;
        for (x, y) in samples.rows().into_iter().zip(found.rows()) {
            let x: Vec<f64> = x.iter().map(|&x| ty.storage().to_f64(ty.cast_f64(x.into()))).collect();
            let largest = x.iter().copied().fold(f64::MIN, f64::max);
            let sum: f64 = x.iter().map(|x| (x - largest).exp()).sum();
            let errors = x.iter().zip(y).map(|(x, y)| ((x - largest).exp() / sum - y).abs());
            farthest = errors.fold(farthest, f64::max);
        }
        assert!(farthest < 1.0 / 256.0, "{n} of {ty}: {farthest}");
    }
}

#[test]
fn models_keep_their_class_with_one_setting() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let mut with_softmax = 0;
    for case in std::fs::read_dir(fixtures.join("corpus")).expect("the corpus").flatten() {
        let Ok(model) = source::read(&case.path().join("model.h5")) else { continue };
        let Ok(model) = lower(&model) else { continue };
        for implementation in ["precise", "argmax"] {
            let mut config = Generator::default().generate(&model).expect("a configuration");
            let setting = format!("LayerType.Softmax.Implementation={implementation}");
            if config.apply(&[setting.parse().expect("a setting")], &model).is_err() {
                continue;
            }
            let graph = convert(&model, &config, Target::default()).expect("a graph");
            let resolves = !graph.warnings.iter().any(|warning| warning.to_string().contains("closer than"));
            if resolves || implementation == "argmax" {
                let Some(counts) = moved(&graph, &case.path()) else { continue };
                assert_eq!(counts, 0, "{} {implementation}", case.path().display());
                with_softmax += 1;
            }
        }
    }
    assert!(with_softmax >= 6, "{with_softmax}");
}

/// How often the class changes on the samples of a case; `None` without a softmax.
fn moved(graph: &Graph, case: &Path) -> Option<u64> {
    let mut samples = SampleStream::open(&case.join("x.npz"), graph).expect("samples");
    let mut profiler = Profiler::new(graph).ok()?;
    while let Some(batch) = samples.next_batch(64).expect("samples") {
        let views: Vec<_> = batch.inputs.iter().map(|array| array.view()).collect();
        profiler.add(&views).expect("samples");
    }
    let counts = profiler.finish().layers.into_iter().filter_map(|layer| layer.largest);
    counts.map(|counts| counts.not_inputs).reduce(|a, b| a + b)
}
