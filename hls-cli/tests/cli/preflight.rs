//! What Vitis HLS would not take is said before it runs.

use std::path::PathBuf;

use serde_json::Value;

use super::support::*;

fn too_large() -> PathBuf {
    fixtures().join("preflight/too_large.h5")
}

#[test]
fn layers_that_are_too_large_are_named_with_what_to_do() {
    run(&mut hls_cli(), ["inspect", text(&too_large())]).expect(0).says(&[
        "layer \"x\": 80000 bits are packed into one word, more than the 65536",
        "layer \"narrow\": 5000 products are unrolled in parallel, and from 4096 on Vivado HLS gives up",
        "use Strategy Resource with a ReuseFactor of 2 or more",
        "layer \"wide\": an array of 5000 elements becomes registers (limit: 4096)",
    ]);
}

#[test]
fn the_advice_helps() {
    let ran =
        run(&mut hls_cli(), ["inspect", text(&too_large()), "--strategy", "resource", "--reuse-factor", "2"]);
    let ran = ran.expect(0);
    assert!(!ran.stderr.contains("unrolled in parallel"), "{}", ran.stderr);
}

#[test]
fn strict_refuses_before_anything_is_written() {
    let scratch = tempfile::tempdir().expect("scratch");
    let project = scratch.path().join("p");
    run(&mut hls_cli(), ["convert", "--strict", text(&too_large()), "-o", text(&project)])
        .expect(1)
        .says(&["--strict", "5000 products"]);
    assert!(!project.exists());
}

#[test]
fn inspect_counts_multiplications_and_ports() {
    let model = corpus("zoo_dense_relu").join("model.h5");
    let ran = run(&mut hls_cli(), ["inspect", text(&model)]).expect(0);
    ran.says_out("mult/cycle").says_out("160 bits in 1 input port, 108 bits in 3 output ports");
    let ran = run(&mut hls_cli(), ["inspect", "--json", text(&model)]).expect(0);
    let facts: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let layer = &facts["preflight"]["layers"][1];
    assert_eq!((&layer["layer"], &layer["multiplications_per_cycle"]), (&"d0".into(), &120.into()));
    assert_eq!(facts["preflight"]["ports"]["output_bits"], 108);
}

#[test]
fn nothing_is_said_about_models_of_the_usual_size() {
    for trial in [0, 7, 12, 18] {
        let model = fixtures().join(format!("sweep/model_trial_{trial:03}.h5"));
        let ran = run(&mut hls_cli(), ["inspect", text(&model)]).expect(0);
        assert!(!ran.stderr.contains("Vitis HLS"), "{trial}: {}", ran.stderr);
    }
}
