//! What becomes of a design after its C++ or Verilog is written: blocks that it must do without, and what Vivado does with it.

/// Blocks of a device that the hardware must do without.
///
/// Whether it does is seen in the tools' reports: hls-runner checks them at every stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Avoided {
    /// DSP blocks: products and sums are built from look-up tables and carry chains.
    pub dsp: bool,
    /// Block RAM and UltraRAM: memories and queues are built from look-up tables.
    pub bram: bool,
}

impl Avoided {
    /// Nothing is avoided.
    pub const NOTHING: Self = Self { dsp: false, bram: false };
}

/// What Vivado does beyond hls4ml's script, which synthesizes a whole design, without a clock, and reports its utilization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct VivadoOptions {
    /// Synthesize a part of a larger design: no buffers for its ports, which need not fit the device's pins.
    pub out_of_context: bool,
    /// Report the timing with the project's clock period.
    pub timing: bool,
    /// Report the power, with the tool's own assumptions on how often signals change.
    pub power: bool,
    /// Place and route the design, and report on it again, timing included.
    pub place_and_route: bool,
}

impl VivadoOptions {
    /// Everything that Vivado can do.
    pub const ALL: Self = Self { out_of_context: true, timing: true, power: true, place_and_route: true };

    /// Whether Vivado is told the clock period: without one, there is no timing, and power and placement mean little.
    #[must_use]
    pub fn has_clock(self) -> bool {
        self.timing || self.power || self.place_and_route
    }

    /// Whether timing is reported after synthesis.
    #[must_use]
    pub fn reports_timing(self) -> bool {
        self.timing || self.place_and_route
    }
}

/// A user's own Tcl, which becomes part of the project and runs as if it stood in the script.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserTcl(String);

impl UserTcl {
    /// This Tcl.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}
