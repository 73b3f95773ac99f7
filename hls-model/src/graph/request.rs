//! What the configuration asks of the back end.

/// What the configuration asks of the back end for the whole model. No pass acts on it: the numbers are the same either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Requests {
    /// `PipelineStyle`; without one the back end chooses.
    pub pipeline_style: Option<PipelineStyle>,
    /// `PipelineInterval`: initiation interval of the top function, in clock cycles.
    pub pipeline_interval: Option<u64>,
    /// `BramFactor`: weights with more elements than this are stored outside the firmware.
    pub bram_factor: Option<u64>,
}

/// How the top function is scheduled.
///
/// Exhaustive on purpose: code that writes one has to handle all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PipelineStyle {
    /// The whole network is one pipeline.
    #[default]
    Pipeline,
    /// Each layer is a process of its own.
    Dataflow,
}

impl PipelineStyle {
    /// Every style, for parsing and messages.
    pub const ALL: [Self; 2] = [Self::Pipeline, Self::Dataflow];

    /// hls4ml's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pipeline => "pipeline",
            Self::Dataflow => "dataflow",
        }
    }

    /// The style with this name, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|style| style.as_str().eq_ignore_ascii_case(name))
    }
}
