//! The programs in `examples/` do what they say.

#[path = "../examples/predict.rs"]
#[allow(dead_code)]
mod predict;
#[path = "../examples/synth.rs"]
#[allow(dead_code)]
mod synth;

use std::fs;
use std::path::{Path, PathBuf};

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus").join(name)
}

#[test]
fn predict_writes_the_outputs() {
    let case = case("wk_jet_tagger_6b");
    let folder = tempfile::tempdir().expect("a scratch folder can be made");
    let outputs = folder.path().join("y.npz");
    predict::predict(&case.join("model.h5"), &case.join("x.npz"), &outputs).expect("outputs are computed");
    assert!(fs::metadata(&outputs).expect("they are written").len() > 0);
}

#[test]
fn synth_simulates_a_folder_of_models() {
    let folder = tempfile::tempdir().expect("a scratch folder can be made");
    fs::copy(case("smartpix_asic_t000").join("model.h5"), folder.path().join("a.h5")).expect("a model");
    let state = synth::synth(folder.path()).expect("the sweep ends").state;
    assert_eq!((state.successful(), state.total()), (1, 1));
    let results = fs::read_to_string(folder.path().join("hls_outputs/synthesis_results.json"));
    assert!(results.expect("results are written").contains("\"verified\""));
}
