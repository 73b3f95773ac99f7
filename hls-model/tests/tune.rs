//! Tuning of small networks: what is found holds when it is converted again, nothing is random, and a softmax that changes the class is mended.

use std::path::{Path, PathBuf};

use hls_model::config::{Generator, HlsConfig};
use hls_model::graph::LoweredModel;
use hls_model::samples::LabelledFile;
use hls_model::score::{Questions, Scorer, Truth};
use hls_model::tune::{Kind, Subject, TuneError, TuneOptions, Tuned, tune};
use hls_model::{Target, convert, lower, source};
use ndarray::{Array2, s};

/// A network of `fixtures/search`, and some of the labelled samples there.
struct Case {
    model: LoweredModel,
    inputs: Vec<Array2<f32>>,
    truth: Truth,
}

const SAMPLES: usize = 600;

impl Case {
    fn new(trial: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/search");
        let path: PathBuf = folder.join(format!("model_trial_{trial}.h5"));
        let model = lower(&source::read(&path).unwrap()).unwrap();
        let data = LabelledFile::open(&folder.join("validation.npz"), "y", None).unwrap();
        let graph = convert(&model, &configuration(&model), Target::default()).unwrap();
        let wanted = data.wanted_by(Scorer::new(&graph).unwrap().inputs()).unwrap();
        let batch = data.read(&wanted).unwrap().next_batch().unwrap().unwrap();
        let mut truth = Truth::default();
        truth.add(batch.labels.slice(s![..SAMPLES, ..]), None);
        let inputs = batch.arrays.iter().map(|array| array.slice(s![..SAMPLES, ..]).to_owned());
        Self { model, inputs: inputs.collect(), truth }
    }

    fn tune(&self, metric: Option<&str>, options: &TuneOptions) -> Result<Tuned, TuneError> {
        let subject = Subject {
            model: &self.model,
            target: Target::default(),
            inputs: &self.inputs,
            truth: &self.truth,
            questions: &Questions::default(),
            metric,
        };
        tune(&subject, &configuration(&self.model), options, &mut |_, _| true)
    }

    /// A metric of a configuration, converted and computed anew.
    fn metric(&self, config: &HlsConfig, name: &str) -> f64 {
        let graph = convert(&self.model, config, Target::default()).unwrap();
        let mut scorer = Scorer::new(&graph).unwrap();
        scorer.add(&self.inputs.iter().map(|array| array.view()).collect::<Vec<_>>()).unwrap();
        let metrics = scorer.finish(&self.truth, &Questions::default()).unwrap().metrics;
        metrics.iter().find(|metric| metric.name == name).unwrap().value.unwrap()
    }
}

fn configuration(model: &LoweredModel) -> HlsConfig {
    Generator::default().generate(model).unwrap()
}

#[test]
fn fewer_bits_are_as_good() {
    let case = Case::new("004");
    let options = TuneOptions::default();
    let tuned = case.tune(None, &options).unwrap();
    assert_eq!(tuned.metric, "accuracy");
    assert!(tuned.figure >= tuned.before - options.loss, "{} after {}", tuned.figure, tuned.before);
    assert_eq!(case.metric(&tuned.config, "accuracy"), tuned.figure);
    let ([results, sums, _], [fewer_results, fewer_sums, _]) = (tuned.bits_before(), tuned.bits_after());
    assert!(
        5 * (fewer_results + fewer_sums) <= 4 * (results + sums),
        "at least a fifth: {:?}",
        tuned.bits_after()
    );
    // The types of the new configuration are those that are told.
    let graph = convert(&case.model, &tuned.config, Target::default()).unwrap();
    for (_, knob) in tuned.knobs.iter().filter(|(_, knob)| knob.kind == Kind::Result) {
        let node = graph.nodes().find(|node| node.config_name == knob.layer).unwrap();
        assert_eq!(graph.tensor(node.outputs[0]).ty.precision.storage(), knob.ty, "{}", knob.layer);
    }
    // What training decided stays.
    assert!(tuned.knobs.iter().all(|(before, _)| !before.trained));
    let falls =
        tuned.front.windows(2).all(|pair| pair[0].bits.iter().sum::<u64>() > pair[1].bits.iter().sum());
    assert!(falls && tuned.front.len() > 1, "{:?}", tuned.front);

    let again = case.tune(None, &options).unwrap();
    assert_eq!(again.config.as_value(), tuned.config.as_value());
}

#[test]
fn no_loss_is_no_loss() {
    let case = Case::new("000");
    let options = TuneOptions { loss: 0.0, ..TuneOptions::default() };
    for metric in ["auc", "log_loss"] {
        let tuned = case.tune(Some(metric), &options).unwrap();
        let worse =
            if metric == "auc" { tuned.reference - tuned.figure } else { tuned.figure - tuned.reference };
        assert!(worse <= 0.0, "{metric}: {} after {}", tuned.figure, tuned.reference);
        assert!(tuned.bits_after()[1] < tuned.bits_before()[1], "{metric}");
    }
}

#[test]
fn types_that_wrap_keep_a_guard_bit() {
    let case = Case::new("000");
    let integer = |guard_bits: u32| {
        let options = TuneOptions { loss: 0.0, guard_bits, trained: false };
        let tuned = case.tune(None, &options).unwrap();
        let first =
            tuned.knobs.iter().find(|(knob, _)| knob.layer == "hidden0" && knob.kind == Kind::Accumulator);
        first.unwrap().1.ty.integer
    };
    let [none, one, many] = [0, 1, 30].map(integer);
    assert_eq!(one, none + 1);
    assert!(many > one);
}

/// Without quantizers, the softmax's inputs have 37 bits or so, of which its table sees the first ten.
#[test]
fn a_softmax_that_changes_the_class_is_mended() {
    let case = Case::new("007");
    let tuned = case.tune(None, &TuneOptions::default()).unwrap();
    let [mended] = &tuned.mended[..] else { panic!("{:?}", tuned.mended) };
    assert_eq!(mended.layer, "probability");
    assert!(mended.before > SAMPLES as u64 / 2 && mended.after == 0, "{mended:?}");
    assert!(
        tuned.before < 0.5 && tuned.reference > 0.98 && tuned.figure >= tuned.reference - 0.002,
        "{tuned:?}"
    );
}

#[test]
fn what_cannot_be_tuned_says_why() {
    let case = Case::new("000");
    let error = case.tune(Some("beauty"), &TuneOptions::default()).unwrap_err().to_string();
    assert!(error.contains("no metric `beauty`") && error.contains("accuracy, auc, log_loss"), "{error}");
    let subject = Subject {
        model: &case.model,
        target: Target::default(),
        inputs: &case.inputs,
        truth: &case.truth,
        questions: &Questions::default(),
        metric: None,
    };
    let config = configuration(&case.model);
    let stopped = tune(&subject, &config, &TuneOptions::default(), &mut |trials, _| trials < 5);
    assert!(matches!(stopped, Err(TuneError::Interrupted)));
}
