//! What of a project does not follow from the graph.

use crate::kernels::Kernels;

/// Settings of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Name of the top function and stem of the file names; a C++ identifier.
    pub project_name: String,
    /// The device, such as `xc7z020clg400-1`.
    pub part: String,
    /// Clock period, in ns.
    pub clock_period: f64,
    /// Clock uncertainty: percent with its sign (`27%`), or ns.
    pub clock_uncertainty: String,
    /// Version of the exported IP.
    pub version: String,
    /// Largest array that is partitioned completely, in elements.
    pub maximum_size: u64,
    /// C++ namespace around types, weights and the top function.
    pub namespace: Option<String>,
    /// How weights reach the C simulation.
    pub weight_files: WeightFiles,
    /// Whether the firmware records the outputs of layers that are marked for tracing.
    pub trace: Trace,
    /// Whether headers describe the top function's arguments as one tuple, for emulators.
    pub emulation_constants: EmulationConstants,
    /// Where the test bench prints results.
    pub results: Results,
    /// Stages that `build_opt.tcl` asks for.
    pub stages: Stages,
    /// The text of `hls4ml_config.yml`: the configuration as YAML, with or without a line break at its end.
    pub config_yaml: String,
    /// The kernel library copied into the project.
    pub kernels: Kernels,
}

impl Default for Options {
    /// hls4ml's defaults for Vitis.
    fn default() -> Self {
        Options {
            project_name: "myproject".into(),
            part: "xcvu13p-flga2577-2-e".into(),
            clock_period: 5.0,
            clock_uncertainty: "27%".into(),
            version: "1.0.0".into(),
            maximum_size: 4096,
            namespace: None,
            weight_files: WeightFiles::default(),
            trace: Trace::default(),
            emulation_constants: EmulationConstants::default(),
            results: Results::default(),
            stages: Stages::default(),
            config_yaml: String::new(),
            kernels: Kernels::default(),
        }
    }
}

/// How weights reach the C simulation (`WriteWeightsTxt`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WeightFiles {
    /// The simulation reads `weights/*.txt` when it starts; headers hold the numbers for synthesis. Compiles fast.
    #[default]
    TextAndHeader,
    /// Headers hold the numbers always.
    HeaderOnly,
}

/// Whether the firmware records layer outputs (`TraceOutput`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trace {
    /// No layer.
    #[default]
    Off,
    /// The layers that the configuration marks.
    Marked,
    /// Every layer.
    All,
}

/// Whether headers describe the top function's arguments as one tuple (`WriteEmulationConstants`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EmulationConstants {
    /// They do not.
    #[default]
    Omit,
    /// `inputs_t`, `outputs_t` and `NAME_emulator` are defined.
    Write,
}

/// Where the test bench prints results (`TBOutputStream`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Results {
    /// To the standard output.
    Stdout,
    /// To the results file.
    File,
    /// To both.
    #[default]
    Both,
}

impl Results {
    pub(crate) fn to_file(self) -> bool {
        self != Results::Stdout
    }

    pub(crate) fn to_stdout(self) -> bool {
        self != Results::File
    }
}

/// Stages of the vendor flow, by hls4ml's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Stages {
    /// Start from an empty Vitis project.
    pub reset: bool,
    /// C simulation.
    pub csim: bool,
    /// C synthesis.
    pub synth: bool,
    /// C/RTL cosimulation.
    pub cosim: bool,
    /// Compare the results of C simulation and cosimulation.
    pub validation: bool,
    /// Export the IP.
    pub export: bool,
    /// Logic synthesis with Vivado.
    pub vsynth: bool,
    /// FIFO depth optimization.
    pub fifo_opt: bool,
}

impl Default for Stages {
    /// What hls4ml writes before a build chooses.
    fn default() -> Self {
        Stages {
            reset: false,
            csim: true,
            synth: true,
            cosim: true,
            validation: true,
            export: false,
            vsynth: false,
            fifo_opt: false,
        }
    }
}
