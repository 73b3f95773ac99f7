//! Any text as a report of Vitis HLS, of a co-simulation and of Vivado, and as the results of a sweep's job.
#![no_main]

use hls_runner::report::{
    LogicSynthesis, Report, Resource, circuit_json, cosim, csynth_rpt, csynth_xml, modules, power, route_status, rtl_simulation,
    timing_summary, utilization,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let estimate = csynth_xml::parse(text).or_else(|_| csynth_rpt::parse(text));
    for modules in [modules::of_csynth(text), modules::of_csynth_summary(text), modules::of_hierarchy(text)] {
        for resource in Resource::ALL {
            let _ = modules::users(&modules, resource);
        }
    }
    let _ = route_status::parse(text).map(|status| status.is_complete());
    let timing = timing_summary::parse(text).unwrap_or_default();
    let implementation = LogicSynthesis {
        clock_period_ns: timing.clock_period_ns,
        fmax_mhz: timing.fmax_mhz(),
        worst_negative_slack_ns: timing.worst_negative_slack_ns,
        total_negative_slack_ns: timing.total_negative_slack_ns,
        worst_hold_slack_ns: timing.worst_hold_slack_ns,
        power: power::parse(text).ok(),
        ..LogicSynthesis::default()
    };
    let report = Report {
        stand_in: false,
        estimate: estimate.unwrap_or_default(),
        cosimulation: cosim::parse(text).ok(),
        logic_synthesis: utilization::parse(text).ok(),
        implementation: Some(implementation),
        circuit: circuit_json::parse(text).map(|circuit| circuit.numbers()).unwrap_or_default(),
        rtl_simulation: rtl_simulation::parse(text).ok(),
    };
    // What was read survives the results file.
    let json = serde_json::to_string(&report).expect("a report can be written");
    let again: Report = serde_json::from_str(&json).expect("and read again");
    assert_eq!(again, report, "{json}");
});
