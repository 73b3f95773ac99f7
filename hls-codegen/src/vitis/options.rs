//! Settings that only projects for Vitis HLS have.

use hls_model::config::WriterSettings;

use crate::implementation::UserTcl;
use crate::settings::SettingError;
use crate::vitis::kernels::Kernels;
use crate::vitis::stages::Stages;

/// Settings that only projects for Vitis HLS have.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct VitisOptions {
    /// Largest array that is partitioned completely, in elements.
    pub maximum_size: u64,
    /// C++ namespace around types, weights and the top function.
    pub namespace: Option<String>,
    /// How weights reach the C simulation.
    pub weight_files: WeightFiles,
    /// Whether headers describe the top function's arguments as one tuple, for emulators.
    pub emulation_constants: EmulationConstants,
    /// Where the test bench prints results.
    pub result_stream: ResultStream,
    /// Stages that `build_opt.tcl` asks for.
    pub stages: Stages,
    /// The kernel library copied into the project.
    pub kernels: Kernels,
    /// A user's Tcl that runs before C synthesis, with the solution open.
    pub before_synth: Option<UserTcl>,
    /// A user's Tcl that runs in Vivado before synthesis, with the sources and the clock read.
    pub before_vsynth: Option<UserTcl>,
}

impl Default for VitisOptions {
    /// hls4ml's defaults.
    fn default() -> Self {
        VitisOptions {
            maximum_size: 4096,
            namespace: None,
            weight_files: WeightFiles::default(),
            emulation_constants: EmulationConstants::default(),
            result_stream: ResultStream::default(),
            stages: Stages::default(),
            kernels: Kernels::default(),
            before_synth: None,
            before_vsynth: None,
        }
    }
}

impl VitisOptions {
    /// Partitioning arrays of at most this many elements completely.
    #[must_use]
    pub fn with_maximum_size(mut self, elements: u64) -> Self {
        self.maximum_size = elements;
        self
    }

    /// Copying this kernel library into the project.
    #[must_use]
    pub fn with_kernels(mut self, kernels: Kernels) -> Self {
        self.kernels = kernels;
        self
    }

    /// With a user's Tcl before C synthesis.
    #[must_use]
    pub fn with_tcl_before_synth(mut self, tcl: UserTcl) -> Self {
        self.before_synth = Some(tcl);
        self
    }

    /// With a user's Tcl before Vivado's synthesis.
    #[must_use]
    pub fn with_tcl_before_vsynth(mut self, tcl: UserTcl) -> Self {
        self.before_vsynth = Some(tcl);
        self
    }

    /// The C++ namespace of kernels that the project generates.
    pub(crate) fn kernel_namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or("nnet")
    }

    /// Applies what a `WriterConfig` says; settings that it leaves out keep their values.
    ///
    /// # Errors
    /// When it names a results stream that does not exist.
    pub(crate) fn with_settings(mut self, writer: &WriterSettings) -> Result<Self, SettingError> {
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
            self.result_stream = ResultStream::from_name(stream)
                .ok_or_else(|| SettingError::new("TBOutputStream", stream, "give stdout, file or both"))?;
        }
        Ok(self)
    }
}

/// How weights reach the C simulation (`WriteWeightsTxt`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WeightFiles {
    /// The simulation reads `weights/*.txt` when it starts; headers hold the numbers for synthesis. Compiles fast.
    #[default]
    TextAndHeader,
    /// Headers always hold the numbers.
    HeaderOnly,
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
pub enum ResultStream {
    /// To the standard output.
    Stdout,
    /// To the results file.
    File,
    /// To both.
    #[default]
    Both,
}

impl ResultStream {
    /// hls4ml's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ResultStream::Stdout => "stdout",
            ResultStream::File => "file",
            ResultStream::Both => "both",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        let all = [ResultStream::Stdout, ResultStream::File, ResultStream::Both];
        all.into_iter().find(|stream| stream.name() == name)
    }

    pub(crate) fn to_file(self) -> bool {
        self != ResultStream::Stdout
    }

    pub(crate) fn to_stdout(self) -> bool {
        self != ResultStream::File
    }
}
