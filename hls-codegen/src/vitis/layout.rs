//! Where things are in a project for Vitis HLS.

use crate::backend::ProjectLayout;
use crate::implementation::{Avoided, VivadoOptions};
use crate::options::Options;

/// Samples that the test bench reads, one per line.
pub const TEST_INPUTS: &str = "tb_data/tb_input_features.dat";
/// The known outputs of these samples.
pub const EXPECTED_OUTPUTS: &str = "tb_data/tb_output_predictions.dat";
/// What the C simulation computes.
pub const CSIM_RESULTS: &str = "tb_data/csim_results.log";
/// What the cosimulation computes.
pub const COSIM_RESULTS: &str = "tb_data/rtl_cosim_results.log";

/// A user's Tcl that runs before C synthesis.
pub const BEFORE_SYNTH: &str = "before_synth.tcl";
/// A user's Tcl that runs before Vivado's synthesis.
pub const BEFORE_VSYNTH: &str = "before_vsynth.tcl";
/// What both scripts say in front of the reason where such a Tcl fails, after its name.
pub const USER_TCL_FAILED: &str = "(the user's own Tcl) failed: ";
/// The clock, for Vivado.
pub const VIVADO_CLOCK: &str = "vivado_clock.xdc";

/// Reports of Vivado's script beyond hls4ml's `vivado_synth.rpt`.
pub const SYNTH_HIERARCHY: &str = "vivado_synth_hierarchy.rpt";
/// Timing after synthesis.
pub const SYNTH_TIMING: &str = "vivado_synth_timing.rpt";
/// Power after synthesis.
pub const SYNTH_POWER: &str = "vivado_synth_power.rpt";
/// Utilization after place and route.
pub const IMPL_UTILIZATION: &str = "vivado_impl_utilization.rpt";
/// The same for each module.
pub const IMPL_HIERARCHY: &str = "vivado_impl_hierarchy.rpt";
/// Whether all nets are routed.
pub const IMPL_ROUTE: &str = "vivado_impl_route.rpt";
/// Timing after place and route.
pub const IMPL_TIMING: &str = "vivado_impl_timing.rpt";
/// Power after place and route.
pub const IMPL_POWER: &str = "vivado_impl_power.rpt";

/// The reports beyond hls4ml's that Vivado's script writes under these options, in the order in which it does.
#[must_use]
pub fn vivado_reports(avoided: Avoided, vivado: VivadoOptions) -> Vec<&'static str> {
    let placed = vivado.place_and_route;
    let reports = [
        (reports_hierarchy(avoided, vivado), SYNTH_HIERARCHY),
        (vivado.reports_timing(), SYNTH_TIMING),
        (vivado.power, SYNTH_POWER),
        (placed, IMPL_UTILIZATION),
        (placed, IMPL_HIERARCHY),
        (placed, IMPL_ROUTE),
        (placed, IMPL_TIMING),
        (placed && vivado.power, IMPL_POWER),
    ];
    reports.into_iter().filter(|(is_written, _)| *is_written).map(|(_, name)| name).collect()
}

/// Whether there is a report of each module: not where the script is hls4ml's.
pub(super) fn reports_hierarchy(avoided: Avoided, vivado: VivadoOptions) -> bool {
    avoided != Avoided::NOTHING || vivado != VivadoOptions::default()
}

/// Folders that `build_prj.tcl` names, which must therefore exist even if they are empty.
pub(super) const FOLDERS: [&str; 2] = ["firmware/weights", "tb_data"];

/// Where things are in a project with these options.
pub(super) fn layout(options: &Options) -> ProjectLayout {
    ProjectLayout {
        top_function: options.project_name.clone(),
        test_inputs: TEST_INPUTS,
        expected_outputs: EXPECTED_OUTPUTS,
        results: CSIM_RESULTS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_use_the_same_names() {
        let test_bench = include_str!("templates/NAME_test.cpp.tera");
        let script = include_str!("templates/build_prj.tcl.tera");
        for name in [TEST_INPUTS, EXPECTED_OUTPUTS, CSIM_RESULTS, COSIM_RESULTS] {
            assert!(test_bench.contains(&format!("\"{name}\"")), "{name}");
        }
        for name in [CSIM_RESULTS, COSIM_RESULTS] {
            assert!(script.contains(name), "{name}");
        }
        let vivado = include_str!("templates/vivado_synth.tcl.tera");
        let everything =
            VivadoOptions { out_of_context: true, timing: true, power: true, place_and_route: true };
        for name in vivado_reports(Avoided::NOTHING, everything).into_iter().chain([VIVADO_CLOCK]) {
            assert!(vivado.contains(name), "{name}");
        }
        for script in [script, vivado] {
            assert!(script.contains(USER_TCL_FAILED));
        }
    }

    #[test]
    fn the_default_is_hls4mls_script() {
        assert!(vivado_reports(Avoided::NOTHING, VivadoOptions::default()).is_empty());
        let routed = VivadoOptions { place_and_route: true, ..VivadoOptions::default() };
        assert_eq!(
            vivado_reports(Avoided::NOTHING, routed),
            [SYNTH_HIERARCHY, SYNTH_TIMING, IMPL_UTILIZATION, IMPL_HIERARCHY, IMPL_ROUTE, IMPL_TIMING]
        );
    }
}
