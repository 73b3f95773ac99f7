//! Where things are in a project for Vitis HLS.

use crate::backend::ProjectLayout;
use crate::options::Options;

/// Samples that the test bench reads, one per line.
pub const TEST_INPUTS: &str = "tb_data/tb_input_features.dat";
/// The known outputs of these samples.
pub const EXPECTED_OUTPUTS: &str = "tb_data/tb_output_predictions.dat";
/// What the C simulation computes.
pub const CSIM_RESULTS: &str = "tb_data/csim_results.log";
/// What the cosimulation computes.
pub const COSIM_RESULTS: &str = "tb_data/rtl_cosim_results.log";

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
    }
}
