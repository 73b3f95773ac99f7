//! Metrics against scikit-learn's and NumPy's (`fixtures/metrics`).

use std::path::Path;

use hls_model::metrics::{
    Ranking, Undefined, accuracy, first_largest, log_loss, mean_absolute_error, mean_squared_error,
    one_against_rest, resolution,
};
use ndarray::Array2;
use serde_json::Value;

/// As far as two orders of the same additions may be apart.
const TOLERANCE: f64 = 1e-12;

fn cases(kind: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/metrics/cases.json");
    let cases: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let cases: Vec<Value> = cases.into_iter().filter(|case| case["kind"] == kind).collect();
    assert!(cases.len() >= 30, "only {} cases of {kind}", cases.len());
    cases
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn classes(case: &Value) -> Vec<usize> {
    case["labels"].as_array().unwrap().iter().map(|label| label.as_u64().unwrap() as usize).collect()
}

fn weights(case: &Value) -> Option<Vec<f64>> {
    (!case["weights"].is_null()).then(|| numbers(&case["weights"]))
}

/// Equal numbers, or none on both sides.
fn check(case: &Value, metric: &str, ours: Result<f64, Undefined>, theirs: &Value) {
    let equal = match (&ours, theirs.as_f64()) {
        (Ok(ours), Some(theirs)) => (ours - theirs).abs() <= TOLERANCE * theirs.abs().max(1.0),
        (Err(_), None) => true,
        _ => false,
    };
    assert!(equal, "{}: {metric}: {ours:?} instead of {theirs}", case["name"]);
}

#[test]
fn two_classes() {
    let mut undefined = 0;
    for case in cases("binary") {
        let (labels, scores, weights) = (classes(&case), numbers(&case["scores"]), weights(&case));
        let weights = weights.as_deref();
        let is_signal = || labels.iter().map(|&label| label == 1);
        let right = scores.iter().zip(is_signal()).map(|(&score, signal)| (score > 0.5) == signal);
        check(&case, "accuracy", accuracy(right, weights), &case["accuracy"]);
        let of_truth = scores.iter().zip(is_signal()).map(|(&p, signal)| if signal { p } else { 1.0 - p });
        check(&case, "log_loss", log_loss(of_truth, weights), &case["log_loss"]);
        let ranking = Ranking::new(scores.iter().copied(), is_signal(), weights);
        undefined += usize::from(ranking.is_err());
        check(&case, "auc", ranking.as_ref().map(Ranking::auc).map_err(|&e| e), &case["auc"]);
        for pair in case["background_rejection"].as_array().unwrap() {
            let efficiency = pair[0].as_f64().unwrap();
            let ours = ranking.as_ref().map(|ranking| ranking.background_rejection(efficiency));
            check(&case, &format!("rejection at {efficiency}"), ours.map_err(|&e| e), &pair[1]);
        }
    }
    assert_eq!(undefined, 3);
}

#[test]
fn several_classes() {
    for case in cases("classes") {
        let (labels, weights) = (classes(&case), weights(&case));
        let weights = weights.as_deref();
        let rows = case["scores"].as_array().unwrap();
        let flat: Vec<f64> = rows.iter().flat_map(numbers).collect();
        let scores = Array2::from_shape_vec((rows.len(), flat.len() / rows.len()), flat).unwrap();
        let best = scores.rows().into_iter().map(|row| first_largest(row.iter().copied()));
        let right = best.zip(&labels).map(|(best, &label)| best == Some(label));
        check(&case, "accuracy", accuracy(right, weights), &case["accuracy"]);
        let of_truth = scores.rows().into_iter().zip(&labels).map(|(row, &label)| row[label]);
        check(&case, "log_loss", log_loss(of_truth, weights), &case["log_loss"]);
        let each = one_against_rest(scores.view(), &labels, weights);
        for (class, auc) in each.iter().enumerate() {
            check(&case, &format!("class {class}"), *auc, &case["one_against_rest"][class]);
        }
        if scores.ncols() > 2 {
            let all: Result<Vec<f64>, Undefined> = each.into_iter().collect();
            let mean = all.map(|all| all.iter().sum::<f64>() / all.len() as f64);
            check(&case, "auc", mean, &case["auc"]);
        }
    }
}

#[test]
fn numbers_instead_of_classes() {
    for case in cases("regression") {
        let (truth, prediction, weights) =
            (numbers(&case["truth"]), numbers(&case["prediction"]), weights(&case));
        let weights = weights.as_deref();
        let distances = || prediction.iter().zip(&truth).map(|(prediction, truth)| prediction - truth);
        check(&case, "mse", mean_squared_error(distances(), weights), &case["mse"]);
        check(&case, "mae", mean_absolute_error(distances(), weights), &case["mae"]);
        check(&case, "resolution", resolution(distances(), weights), &case["resolution"]);
    }
}

#[test]
fn what_is_not_defined_says_why() {
    let ranking = |scores: &[f64], signal: &[bool], weights: Option<&[f64]>| {
        Ranking::new(scores.iter().copied(), signal.iter().copied(), weights).map(drop)
    };
    let both = [false, true];
    for (scores, signal, weights, expected) in [
        (&[][..], &[][..], None, Err(Undefined::NoSampleOfClass { class: 0 })),
        (&[1.0, 2.0], &[true, true], None, Err(Undefined::NoSampleOfClass { class: 0 })),
        (&[1.0, 2.0], &[false, false], None, Err(Undefined::NoSampleOfClass { class: 1 })),
        (&[1.0, 2.0], &both, Some(&[1.0, 0.0][..]), Err(Undefined::NoSampleOfClass { class: 1 })),
        (&[f64::NAN, 2.0], &both, None, Err(Undefined::NotFinite)),
        (&[1.0, f64::INFINITY], &both, None, Err(Undefined::NotFinite)),
        (&[1.0, 1.0], &both, None, Ok(())),
    ] {
        assert_eq!(ranking(scores, signal, weights), expected, "{scores:?}");
    }
    let none = std::iter::empty::<f64>;
    let of = |value: f64| std::iter::once(value);
    let table = [
        (log_loss(none(), None), Undefined::NoSamples),
        (log_loss(of(0.5), Some(&[0.0])), Undefined::NoWeight),
        (log_loss(of(1.5), None), Undefined::OutsideProbabilities),
        (log_loss(of(-0.1), None), Undefined::OutsideProbabilities),
        (log_loss(of(f64::NAN), None), Undefined::NotFinite),
        (mean_squared_error(none(), None), Undefined::NoSamples),
        (mean_absolute_error(of(f64::NAN), None), Undefined::NotFinite),
        (resolution(none(), None), Undefined::NoSamples),
        (resolution(of(1.0), Some(&[0.0])), Undefined::NoWeight),
        (resolution(of(f64::INFINITY), None), Undefined::NotFinite),
    ];
    for (at, (result, expected)) in table.into_iter().enumerate() {
        assert_eq!(result, Err(expected), "row {at}");
    }
    assert_eq!(first_largest([f64::NAN, 1.0, 3.0, 3.0].into_iter()), Some(2));
    assert_eq!(first_largest(none()), None);
}
