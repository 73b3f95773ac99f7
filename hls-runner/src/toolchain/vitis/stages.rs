//! The stages of hls4ml's `build_prj.tcl`: what they need, what they must leave, and how the script announces them.

use crate::toolchain::artifact::Artifact;
use crate::toolchain::stage::{Mark, StageSpec};

/// Vivado's utilization report.
pub(super) const VIVADO_REPORT: &str = "vivado_synth.rpt";

/// Start from an empty tool project.
pub(super) const RESET: StageSpec =
    StageSpec { is_work: false, ..StageSpec::new("reset", "Start from an empty Vitis project") };

/// Measure how deep the queues between layers must be, and give them that depth before anything else runs.
pub(super) const FIFO_OPT: StageSpec = StageSpec {
    on_by_default: false,
    ..StageSpec::new(
        "fifo_opt",
        "Co-simulate once to measure how deep the FIFOs of an io_stream model must be",
    )
};

/// The depths before and after, by hls4ml's name for that file.
pub(super) const FIFO_RESULT: &str = "fifo_depths.json";

/// C simulation of the test bench.
pub(super) const CSIM: StageSpec = StageSpec {
    on_by_default: false,
    must_leave: |name| {
        let built = format!("{}/csim/build/tb_data/csim_results.log", solution(name));
        vec![Artifact::new(CSIM.stage(), ["tb_data/csim_results.log".to_owned(), built])]
    },
    mark: |line| banner(line, "C SIMULATION"),
    ..StageSpec::new("csim", "C simulation")
};

/// C to RTL synthesis.
pub(super) const SYNTH: StageSpec = StageSpec {
    must_leave: |name| {
        // The numbers are read from the XML where it is there; nothing else needs it.
        let ReportPaths { rpt, summary, .. } = ReportPaths::of(name);
        vec![Artifact::new(SYNTH.stage(), [rpt, summary])]
    },
    mark: |line| banner(line, "C/RTL SYNTHESIS"),
    ..StageSpec::new("synth", "C synthesis")
};

/// RTL co-simulation.
pub(super) const COSIM: StageSpec = StageSpec {
    needs: &["synth"],
    must_leave: |name| vec![Artifact::new(COSIM.stage(), [ReportPaths::of(name).cosim])],
    mark: |line| banner(line, "C/RTL SIMULATION"),
    ..StageSpec::new("cosim", "C/RTL cosimulation")
};

/// Comparison of the results of C simulation and co-simulation, which writes nothing.
pub(super) const VALIDATION: StageSpec = StageSpec {
    on_by_default: false,
    needs: &["csim", "cosim"],
    mark: |line| banner(line, "C/RTL VALIDATION"),
    ..StageSpec::new("validation", "Compare the results of C simulation and cosimulation")
};

/// Export as an IP core.
pub(super) const EXPORT: StageSpec = StageSpec {
    needs: &["synth"],
    // The last file of an export, complete with everything in `impl/ip` ("[HLS 200-802] Generated
    // output file NAME_prj/solution1/impl/export.zip").
    must_leave: |name| vec![Artifact::new(EXPORT.stage(), [format!("{}/impl/export.zip", solution(name))])],
    mark: |line| banner(line, "EXPORT IP"),
    ..StageSpec::new("export", "Export the IP")
};

/// Logic synthesis in Vivado.
pub(super) const VSYNTH: StageSpec = StageSpec {
    needs: &["synth"],
    must_leave: |_| vec![Artifact::new(VSYNTH.stage(), [VIVADO_REPORT])],
    mark: |line| banner(line, "VIVADO SYNTHESIS"),
    ..StageSpec::new("vsynth", "Logic synthesis with Vivado")
};

/// Simulation of the generated Verilog, compared with the emulator: after the script, by this program.
pub(super) const RTLSIM: StageSpec = StageSpec {
    on_by_default: false,
    needs: &["synth"],
    checks_reference: true,
    must_leave: |_| vec![Artifact::new(RTLSIM.stage(), [RTLSIM_RESULT])],
    ..StageSpec::new("rtlsim", "Simulate the generated Verilog and compare every bit with the emulator")
};

/// The folder of the RTL simulation, and its record.
pub(super) const RTLSIM_FOLDER: &str = "rtlsim";
pub(super) const RTLSIM_RESULT: &str = "rtlsim/result.json";

/// All of them, in the order in which they run.
pub static STAGES: [StageSpec; 9] = [RESET, FIFO_OPT, CSIM, SYNTH, COSIM, VALIDATION, EXPORT, VSYNTH, RTLSIM];

/// Those that the script runs when it builds the project.
pub(super) fn of_script() -> impl Iterator<Item = &'static StageSpec> {
    STAGES.iter().filter(|spec| ![RTLSIM.name, FIFO_OPT.name].contains(&spec.name))
}

/// What the script's `***** C/RTL SYNTHESIS *****` and `***** C/RTL SYNTHESIS COMPLETED IN 0h3m16s *****` say about the stage with this title.
fn banner(line: &str, title: &str) -> Option<Mark> {
    let rest = line.trim().strip_prefix("***** ")?.strip_suffix(" *****")?.strip_prefix(title)?;
    if rest.is_empty() {
        return Some(Mark::Begin);
    }
    rest.strip_prefix(" COMPLETED IN ").map(|time| Mark::End(seconds(time)))
}

/// Reads hls4ml's `0h3m16s`.
fn seconds(time: &str) -> Option<f64> {
    let (hours, rest) = time.split_once('h')?;
    let (minutes, rest) = rest.split_once('m')?;
    let number = |text: &str| text.parse::<u32>().ok().map(f64::from);
    Some(number(hours)? * 3600.0 + number(minutes)? * 60.0 + number(rest.strip_suffix('s')?)?)
}

/// The folder of the Verilog that synthesis writes.
pub(super) fn verilog(name: &str) -> String {
    format!("{}/syn/verilog", solution(name))
}

/// The folder of the tool's solution.
fn solution(name: &str) -> String {
    format!("{name}_prj/solution1")
}

/// Where Vitis HLS puts its reports, below the project folder.
pub(super) struct ReportPaths {
    /// `NAME_csynth.xml`, of the top function.
    pub(super) top_xml: String,
    /// `csynth.xml`: the same with all functions below.
    pub(super) xml: String,
    pub(super) rpt: String,
    /// `csynth.rpt`: the summary.
    pub(super) summary: String,
    pub(super) cosim: String,
}

impl ReportPaths {
    pub(super) fn of(name: &str) -> Self {
        let solution = solution(name);
        Self {
            top_xml: format!("{solution}/syn/report/{name}_csynth.xml"),
            xml: format!("{solution}/syn/report/csynth.xml"),
            rpt: format!("{solution}/syn/report/{name}_csynth.rpt"),
            summary: format!("{solution}/syn/report/csynth.rpt"),
            cosim: format!("{solution}/sim/report/{name}_cosim.rpt"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_the_sweeps() {
        let on: Vec<&str> = STAGES.iter().filter(|spec| spec.on_by_default).map(|spec| spec.name).collect();
        assert_eq!(on, ["reset", "synth", "cosim", "export", "vsynth"]);
    }

    #[test]
    fn banners_are_read_and_nothing_else() {
        let cases = [
            ("***** C SIMULATION *****", Some(("csim", Mark::Begin))),
            ("***** C/RTL SYNTHESIS COMPLETED IN 1h3m16s *****", Some(("synth", Mark::End(Some(3796.0))))),
            ("  ***** EXPORT IP *****  ", Some(("export", Mark::Begin))),
            ("***** VIVADO SYNTHESIS COMPLETED IN soon *****", Some(("vsynth", Mark::End(None)))),
            ("INFO: [SIM 2] *************** CSIM start ***************", None),
            ("***** C SIMULATION FAILED *****", None),
            ("***** ", None),
        ];
        for (line, expected) in cases {
            let found = STAGES.iter().find_map(|spec| Some((spec.name, (spec.mark)(line)?)));
            assert_eq!(found, expected, "{line}");
        }
    }
}
