//! Circuits against the emulator: every bit of every case of `fixtures/corpus`, and of those of `fixtures/corpus3` with HGQ2's layers, on
//! corners and random samples, number by number and in the primitives of the device.
//!
//! Cases that cannot be circuits are listed in [`REFUSED`] with the reason; one of them that passes fails the test, and so does one that is refused for
//! another reason. Some models that hls4ml cannot convert are circuits as well ([`BEYOND`]).

mod circuits;
#[path = "../../../hls-cli/tests/differential/contractions.rs"]
mod contractions;
mod corpus;
#[path = "../../../hls-cli/tests/differential/draw/mod.rs"]
mod draw;
mod equal;
mod limits;
mod pruned;
mod random;
#[path = "../../../hls-cli/tests/differential/recurrent.rs"]
mod recurrent;
mod verilog;

use std::time::Instant;

use hls_codegen::adder_graph::Effort;
use hls_codegen::rtl::RtlError;
use hls_codegen::rtl::lower::lower;
use hls_codegen::rtl::netlist::Resources;
use hls_model::emulate::{Emulator, NonFinite};
use hls_model::graph::Graph;
use hls_model::samples::Samples;
use hls_model::target::IoType;

/// Cases that cannot be circuits, and a part of the message that says so.
const REFUSED: [(&str, &str); 0] = [];

/// Models of `fixtures/failing` with operations that no case of the corpus has.
const BEYOND: [&str; 6] = [
    "bad_average",
    "bad_exponential",
    "bad_mish",
    "bad_qbidirectional",
    "bad_qgru_hard",
    "bad_qsimplernn_state_quantizer",
];

/// Samples of each case, corners among them.
const SAMPLES: usize = 200;

/// How the names of the cases begin, one part after the other, for as many tests at the same time.
const PARTS: [&[&str]; 6] = [
    &["cfg_"],
    &["smartpix_"],
    &["wk_"],
    &["zoo_a", "zoo_b", "zoo_c", "zoo_d", "zoo_e", "zoo_f", "zoo_g", "zoo_i", "zoo_l"],
    &["zoo_m", "zoo_n", "zoo_p", "zoo_q"],
    &["zoo_r", "zoo_s", "zoo_t", "zoo_u"],
];

#[test]
fn cases_of_configurations() {
    check_part(0);
}

#[test]
fn cases_of_a_pixel_detector() {
    check_part(1);
}

#[test]
fn cases_of_well_known_models() {
    check_part(2);
}

#[test]
fn cases_of_layers_a_to_l() {
    check_part(3);
}

#[test]
fn cases_of_layers_m_to_q() {
    check_part(4);
}

#[test]
fn cases_of_layers_r_to_z() {
    check_part(5);
}

#[test]
fn cases_of_hgq2_and_contractions() {
    check(&corpus::cases_of_keras3());
}

#[test]
fn grouped_and_transposed_convolutions() {
    let cases =
        corpus::convolutions(IoType::Parallel).into_iter().chain(corpus::convolutions(IoType::Stream));
    let wrong: Vec<String> = cases.filter_map(|(name, graph)| wrong_graph(&name, &graph)).collect();
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn models_that_hls4ml_cannot_convert() {
    for io_type in [IoType::Parallel, IoType::Stream] {
        // Its directions have no code for streams.
        for case in BEYOND.iter().filter(|case| io_type == IoType::Parallel || **case != "bad_qbidirectional")
        {
            let graph = corpus::beyond(case, io_type);
            let resources = computed(case, &graph).expect(case);
            println!(
                "{case}: {:?}",
                resources.unwrap_or_else(|error| panic!("{case}, {io_type:?}: {error}"))
            );
        }
    }
}

#[test]
fn every_case_is_in_one_part() {
    for case in corpus::cases() {
        let parts = PARTS.iter().filter(|part| part.iter().any(|begin| case.starts_with(begin)));
        assert_eq!(parts.count(), 1, "{case}");
    }
    for (case, _) in REFUSED {
        assert!(corpus::cases().iter().any(|name| name == case), "{case} is no case");
    }
}

fn check_part(part: usize) {
    let in_part = |case: &String| PARTS[part].iter().any(|begin| case.starts_with(begin));
    check(&corpus::cases().into_iter().filter(in_part).collect::<Vec<_>>());
}

fn check(cases: &[String]) {
    // `CASE=name` looks at a few cases only.
    let only = std::env::var("CASE").ok();
    let is_asked = |case: &&String| only.as_ref().is_none_or(|only| case.contains(only.as_str()));
    let wrong: Vec<String> = cases.iter().filter(is_asked).filter_map(|case| wrong(case)).collect();
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is wrong with a case.
fn wrong(case: &str) -> Option<String> {
    wrong_graph(case, &corpus::graph(case)?)
}

fn wrong_graph(case: &str, graph: &Graph) -> Option<String> {
    let start = Instant::now();
    let refused = REFUSED.iter().find(|(name, _)| *name == case).map(|(_, reason)| *reason);
    let result = match (computed(case, graph), refused) {
        (Ok(resources), None) => resources.map(|resources| format!("{resources:?}")),
        (Ok(_), Some(reason)) => Err(format!("is not refused any more: take it off the list ({reason})")),
        (Err(error), Some(reason)) if error.to_string().contains(reason) => Ok("refused".to_owned()),
        (Err(error), _) => Err(format!("is refused: {error}")),
    };
    match result {
        Ok(message) => {
            println!("{case}: {message}, {:.1} s", start.elapsed().as_secs_f64());
            None
        }
        Err(message) => Some(format!("{case}: {message}")),
    }
}

/// What the circuit of a case takes, if it computes what the emulator does.
fn computed(case: &str, graph: &Graph) -> Result<Result<Resources, String>, RtlError> {
    // Each case with one of the efforts, so that both are compared.
    let circuit = lower(graph, Effort::ALL[case.len() % Effort::ALL.len()])?;
    let samples = Samples::corners(case, graph);
    assert!(samples[0].nrows() >= SAMPLES, "only {} samples", samples[0].nrows());
    let emulator = Emulator::new(graph).expect(case).with_non_finite(NonFinite::Cast);
    Ok(equal::check(&emulator, &samples, &circuit))
}
