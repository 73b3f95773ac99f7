//! What of a project does not follow from the graph.

use hls_model::config::{ProjectSettings, WriterSettings};

use crate::CodegenError;
use crate::vitis::kernels::Kernels;

/// The interface between layers that this back end emits, by hls4ml's name.
pub(crate) const IO_TYPE: &str = "io_parallel";

/// Settings of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Name of the top function and stem of the file names; a C++ identifier.
    pub project_name: String,
    /// The device, such as `xc7z020clg400-1`.
    pub part: String,
    /// Clock period in ns, as it is to be written.
    pub clock_period: String,
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
    /// The configuration (`Model`, `LayerType`, `LayerName`) as YAML in block style, for `hls4ml_config.yml`; may be empty.
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
            clock_period: "5".into(),
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

impl Options {
    /// Replaces what a configuration file says about the project; what it leaves out stays.
    ///
    /// # Errors
    /// When the file asks for an interface or a results stream that does not exist here.
    pub fn with_settings(mut self, settings: &ProjectSettings) -> Result<Self, CodegenError> {
        let ProjectSettings { project_name, part, clock_period, clock_uncertainty, io_type, version, writer } =
            settings;
        for (slot, value) in [
            (&mut self.project_name, project_name),
            (&mut self.part, part),
            (&mut self.clock_period, clock_period),
            (&mut self.clock_uncertainty, clock_uncertainty),
            (&mut self.version, version),
        ] {
            if let Some(value) = value {
                slot.clone_from(value);
            }
        }
        if let Some(other) = io_type.as_ref().filter(|io_type| !io_type.eq_ignore_ascii_case(IO_TYPE)) {
            return Err(unknown("IOType", other, "only io_parallel is available"));
        }
        self.with_writer(writer)
    }

    /// The C++ namespace of kernels that the project generates.
    pub(crate) fn kernel_namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or("nnet")
    }

    fn with_writer(mut self, writer: &WriterSettings) -> Result<Self, CodegenError> {
        if let Some(namespace) = &writer.namespace {
            self.namespace = Some(namespace.clone());
        }
        match writer.write_weights_txt {
            Some(true) => self.weight_files = WeightFiles::TextAndHeader,
            Some(false) => self.weight_files = WeightFiles::HeaderOnly,
            None => {}
        }
        match writer.write_emulation_constants {
            Some(true) => self.emulation_constants = EmulationConstants::Write,
            Some(false) => self.emulation_constants = EmulationConstants::Omit,
            None => {}
        }
        if let Some(stream) = &writer.tb_output_stream {
            self.results = Results::from_name(stream)
                .ok_or_else(|| unknown("TBOutputStream", stream, "write stdout, file or both"))?;
        }
        Ok(self)
    }
}

fn unknown(setting: &'static str, value: &str, expected: &'static str) -> CodegenError {
    CodegenError::Setting { setting, value: value.to_owned(), expected }
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
    /// hls4ml's word.
    pub fn name(self) -> &'static str {
        match self {
            Results::Stdout => "stdout",
            Results::File => "file",
            Results::Both => "both",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Results::Stdout, Results::File, Results::Both].into_iter().find(|results| results.name() == name)
    }

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
