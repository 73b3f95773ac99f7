//! Layers that are repeated for each time step.

use serde_json::{Value, json};

use crate::graph::spec::LayerSpec;

/// Begin or end of a block of layers that is repeated for each time step, or (until a pass takes it apart) the whole block.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeDistributed {
    /// Which of these.
    pub part: TimePart,
    /// Number of time steps.
    pub n_time_steps: usize,
    /// What synthesis does with the loop over time steps.
    pub parallelism: TimeParallelism,
}

/// What of a block a node is.
#[derive(Debug, Clone)]
pub enum TimePart {
    /// All of it.
    Whole {
        /// The layer inside.
        inner: Box<LayerSpec>,
        /// The shape of what it reads.
        step: Vec<usize>,
    },
    /// Takes a time step out of the input.
    Begin,
    /// Puts the result of a time step into the output.
    End,
}

/// Two blocks are the same if they repeat layers of the same name.
impl PartialEq for TimePart {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole { inner: a, .. }, Self::Whole { inner: b, .. }) => a.name == b.name,
            (Self::Begin, Self::Begin) | (Self::End, Self::End) => true,
            (Self::Whole { .. } | Self::Begin | Self::End, _) => false,
        }
    }
}

/// What synthesis does with the loop over time steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimeParallelism {
    /// One step after the other.
    #[default]
    Off,
    /// All at once.
    Unroll,
    /// One begins before the other has ended.
    Pipeline,
}

impl TimeParallelism {
    /// Every kind, for parsing and messages.
    pub const ALL: [Self; 3] = [Self::Off, Self::Unroll, Self::Pipeline];

    /// hls4ml's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Unroll => "unroll",
            Self::Pipeline => "pipeline",
        }
    }

    /// The kind with this name, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str().eq_ignore_ascii_case(name))
    }
}

impl TimeDistributed {
    /// Elements of the input for as many of the output; `None` where the layer inside decides.
    pub(super) fn reads(&self, written: usize) -> Option<usize> {
        match self.part {
            TimePart::Whole { .. } => None,
            TimePart::Begin => Some(written * self.n_time_steps),
            TimePart::End => Some(written / self.n_time_steps.max(1)),
        }
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("n_time_steps", json!(self.n_time_steps)),
            ("time_step_loop_parallelism", json!(self.parallelism.as_str())),
        ]
    }
}
