//! Any text as a report of Vitis HLS, of a co-simulation and of Vivado, and as the results of a sweep's job.
#![no_main]

use hls_runner::report::{Report, circuit_json, cosim, csynth_rpt, csynth_xml, rtl_simulation, utilization};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let estimate = csynth_xml::parse(text).or_else(|_| csynth_rpt::parse(text));
    let report = Report {
        stand_in: false,
        estimate: estimate.unwrap_or_default(),
        cosimulation: cosim::parse(text).ok(),
        logic_synthesis: utilization::parse(text).ok(),
        circuit: circuit_json::parse(text).map(|circuit| circuit.numbers()).unwrap_or_default(),
        rtl_simulation: rtl_simulation::parse(text).ok(),
    };
    // What was read survives the results file.
    let json = serde_json::to_string(&report).expect("a report can be written");
    let again: Report = serde_json::from_str(&json).expect("and read again");
    assert_eq!(again, report, "{json}");
});
