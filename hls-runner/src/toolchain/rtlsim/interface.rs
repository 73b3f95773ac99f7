//! How a module is driven: which of its ports carries what.

use super::ports::Direction;

/// How a module is driven, and what is read from it. Clock and handshake have the names of [`CONTROL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interface {
    /// `None` if the module has no reset.
    pub(crate) reset: Option<Reset>,
    /// Inputs that are 1 all the time.
    pub(crate) held_high: Vec<String>,
    /// What takes a sample.
    pub(crate) inputs: Side,
    /// What gives its outputs.
    pub(crate) outputs: Side,
}

/// The ports without which a module cannot be driven: clock, and the block-level protocol `ap_ctrl_hs`.
pub(crate) const CONTROL: [(Direction, &str); 4] = [
    (Direction::Input, "ap_clk"),
    (Direction::Input, "ap_start"),
    (Direction::Output, "ap_done"),
    (Direction::Output, "ap_ready"),
];

/// A reset, by the name of its port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reset {
    /// `ap_rst`, which resets while it is 1.
    ActiveHigh,
    /// `ap_rst_n`, which resets while it is 0.
    ActiveLow,
}

/// All inputs, or all outputs. Those of a sample are a vector of bits: one after another, element 0 of the first in the lowest bits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Side {
    pub(crate) ports: Vec<DataPort>,
    /// For each input or output of the model the bits of an element, with its padding.
    pub(crate) strides: Vec<usize>,
    /// All bits.
    pub(crate) bits: usize,
}

/// A port that carries a part of a sample's inputs or outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DataPort {
    pub(crate) port: String,
    /// Its lowest bit among those of its side.
    pub(crate) at: usize,
    /// Its width.
    pub(crate) bits: usize,
    pub(crate) transfer: Transfer,
}

/// How a port's bits are handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Transfer {
    /// All of a sample at once. An input stays until `ap_ready`; an output is read when the port `valid` is 1, or without one with `ap_done`.
    AtOnce { valid: Option<String> },
    /// In so many beats one after another, by the handshake of AXI-stream.
    Stream { beats: usize, valid: String, ready: String },
}

impl DataPort {
    /// Bits of a sample that it carries.
    pub(crate) fn all_bits(&self) -> usize {
        match self.transfer {
            Transfer::AtOnce { .. } => self.bits,
            Transfer::Stream { beats, .. } => self.bits.saturating_mul(beats),
        }
    }
}

/// Why a module cannot be driven.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InterfaceError {
    /// A port of [`CONTROL`] is not there.
    #[error(
        "it has no port {0}; only modules with ap_clk and the block-level protocol ap_ctrl_hs can be simulated"
    )]
    NoControl(&'static str),
    /// An input or output of the model that no port carries.
    #[error("no port carries the {0}: expected {1}; the {2}s that are left are {3}")]
    NotFound(Subject, String, &'static str, String),
    /// A port has the right name and another width.
    #[error("the port {port} has {found} bits, but the {subject} needs {expected}")]
    Width {
        /// What it should carry.
        subject: Subject,
        /// The port.
        port: String,
        /// The bits that it has.
        found: usize,
        /// The bits that it should have.
        expected: usize,
    },
    /// A stream whose width is no number of elements.
    #[error(
        "the port {port} has {found} bits, but the {subject} needs a beat of one or several numbers of {stride} bits each, and as many in \
         each beat"
    )]
    Beat {
        /// What it should carry.
        subject: Subject,
        /// The port.
        port: String,
        /// The bits that it has.
        found: usize,
        /// The bits of a number with its padding.
        stride: usize,
    },
    /// Ports that nothing is known about.
    #[error("these ports belong to no input or output of the model: {0}")]
    Unknown(String),
    /// Ports of a memory outside.
    #[error(
        "these ports read weights from a memory outside of the design (BramFactor), which the simulation does not have: {0}"
    )]
    Memory(String),
}

/// An input or output of the model, as it is named in messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(super) direction: Direction,
    pub(super) layer: String,
    pub(super) elements: usize,
    pub(super) bits: u32,
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { direction, layer, elements, bits } = self;
        write!(f, "{} \"{layer}\" of the model ({elements} numbers of {bits} bits)", direction.word())
    }
}
