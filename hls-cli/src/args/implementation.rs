//! Options of synthesis, placing and routing.

use std::path::PathBuf;

/// What the hardware must do without, what Vivado does, and the user's own Tcl.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(
    next_help_heading = "Hardware options (numbers of C synthesis, Vivado's synthesis and place and route stay apart)"
)]
pub struct ImplementationArgs {
    /// Build products and sums from look-up tables; a DSP in a report of any stage fails the model
    #[arg(long)]
    pub no_dsp: bool,
    /// Build memories and FIFOs from look-up tables; a block RAM or UltraRAM in a report of any stage fails the model
    #[arg(long)]
    pub no_bram: bool,
    /// Have Vivado synthesize a part of a larger design, without buffers for its ports (default: a whole design, as hls4ml)
    #[arg(long)]
    pub out_of_context: bool,
    /// Give Vivado the clock period, and keep its report on the timing after synthesis
    #[arg(long)]
    pub vivado_timing: bool,
    /// Give Vivado the clock period, and keep its report on the power
    #[arg(long)]
    pub vivado_power: bool,
    /// Have Vivado place and route the design, and report on utilization and timing again; takes hours for large models
    #[arg(long)]
    pub place_and_route: bool,
    /// Your own Tcl for Vitis HLS, copied into each project and run before C synthesis
    #[arg(long, value_name = "FILE")]
    pub tcl_before_synth: Option<PathBuf>,
    /// Your own Tcl for Vivado, copied into each project and run before its synthesis
    #[arg(long, value_name = "FILE")]
    pub tcl_before_vsynth: Option<PathBuf>,
}
