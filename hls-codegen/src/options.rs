//! Settings of a project that do not follow from its graph.

use std::path::Path;

use hls_model::config::ProjectSettings;

use crate::CodegenError;
use crate::implementation::{Avoided, VivadoOptions};
use crate::rtl::RtlOptions;
use crate::settings::{ClockPeriod, ClockUncertainty, Part, SettingError, Version};
use crate::vitis::options::VitisOptions;

/// Settings of a project: those that every back end needs, and those of a particular one. Start from the default and change what differs.
///
/// ```
/// use hls_codegen::Options;
///
/// # fn main() -> Result<(), hls_codegen::settings::SettingError> {
/// let options = Options::default().with_project_name("jets").with_part("xc7z020clg400-1".parse()?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Options {
    /// Name of the top function and stem of the file names; an identifier.
    pub project_name: String,
    /// The device.
    pub part: Part,
    /// The clock period.
    pub clock_period: ClockPeriod,
    /// The clock uncertainty.
    pub clock_uncertainty: ClockUncertainty,
    /// Version of the exported IP.
    pub version: Version,
    /// Which layers' outputs the firmware records.
    pub trace: Trace,
    /// How deep the queues between layers are, where there are queues.
    pub fifo_depths: FifoDepths,
    /// Blocks of the device that the hardware must do without.
    pub avoided: Avoided,
    /// What Vivado does.
    pub vivado: VivadoOptions,
    /// The configuration (`Model`, `LayerType`, `LayerName`) as YAML in block style, for the project's own copy; may be empty.
    pub config_yaml: String,
    /// Name of the model's file, for comments in the project; may be empty.
    pub model_file: String,
    /// Settings of the Vitis back end.
    pub vitis: VitisOptions,
    /// Settings of the RTL back end.
    pub rtl: RtlOptions,
}

impl Default for Options {
    /// hls4ml's defaults.
    fn default() -> Self {
        Options {
            project_name: "myproject".into(),
            part: Part::default(),
            clock_period: ClockPeriod::default(),
            clock_uncertainty: ClockUncertainty::default(),
            version: Version::default(),
            trace: Trace::default(),
            fifo_depths: FifoDepths::default(),
            avoided: Avoided::NOTHING,
            vivado: VivadoOptions::default(),
            config_yaml: String::new(),
            model_file: String::new(),
            vitis: VitisOptions::default(),
            rtl: RtlOptions::default(),
        }
    }
}

impl Options {
    /// With this name of the top function.
    #[must_use]
    pub fn with_project_name(mut self, name: impl Into<String>) -> Self {
        self.project_name = name.into();
        self
    }

    /// For this device.
    #[must_use]
    pub fn with_part(mut self, part: Part) -> Self {
        self.part = part;
        self
    }

    /// For this clock period.
    #[must_use]
    pub fn with_clock_period(mut self, period: ClockPeriod) -> Self {
        self.clock_period = period;
        self
    }

    /// Recording the outputs of these layers.
    #[must_use]
    pub fn with_trace(mut self, trace: Trace) -> Self {
        self.trace = trace;
        self
    }

    /// With queues of these depths between layers.
    #[must_use]
    pub fn with_fifo_depths(mut self, depths: FifoDepths) -> Self {
        self.fifo_depths = depths;
        self
    }

    /// For hardware without these blocks of the device.
    #[must_use]
    pub fn without(mut self, avoided: Avoided) -> Self {
        self.avoided = avoided;
        self
    }

    /// With Vivado doing this.
    #[must_use]
    pub fn with_vivado(mut self, vivado: VivadoOptions) -> Self {
        self.vivado = vivado;
        self
    }

    /// With this configuration for the project's own copy.
    #[must_use]
    pub fn with_config_yaml(mut self, yaml: impl Into<String>) -> Self {
        self.config_yaml = yaml.into();
        self
    }

    /// Made from the model file at this path.
    #[must_use]
    pub fn with_model_file(mut self, path: &Path) -> Self {
        self.model_file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self
    }

    /// With these settings of the Vitis back end.
    #[must_use]
    pub fn with_vitis(mut self, vitis: VitisOptions) -> Self {
        self.vitis = vitis;
        self
    }

    /// With these settings of the RTL back end.
    #[must_use]
    pub fn with_rtl(mut self, rtl: RtlOptions) -> Self {
        self.rtl = rtl;
        self
    }

    /// Applies what a configuration file says about the project; settings that it leaves out keep their values. `IOType` is not among the options: it
    /// shapes the graph, not only the project.
    ///
    /// # Errors
    /// A value in the file is not valid for its setting.
    pub fn with_settings(mut self, settings: &ProjectSettings) -> Result<Self, CodegenError> {
        if let Some(name) = &settings.project_name {
            self.project_name.clone_from(name);
        }
        replace(&mut self.part, settings.part.as_deref())?;
        replace(&mut self.clock_period, settings.clock_period.as_deref())?;
        replace(&mut self.clock_uncertainty, settings.clock_uncertainty.as_deref())?;
        replace(&mut self.version, settings.version.as_deref())?;
        self.vitis = self.vitis.with_settings(&settings.writer)?;
        Ok(self)
    }
}

fn replace<T: std::str::FromStr<Err = SettingError>>(
    slot: &mut T,
    text: Option<&str>,
) -> Result<(), SettingError> {
    if let Some(text) = text {
        *slot = text.parse()?;
    }
    Ok(())
}

/// How deep queues between layers are for which the configuration sets nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FifoDepths {
    /// As hls4ml: room for a whole tensor.
    #[default]
    Whole,
    /// [As many places as are enough](hls_model::streams::queues), by an estimate of when layers read and write.
    Estimated,
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
