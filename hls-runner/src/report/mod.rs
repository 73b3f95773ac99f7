//! What the tools report: which files they must have written, and the numbers that those files hold.
//!
//! Each file has a parser of its own; together they give one [`Report`]:
//!
//! | file | parser | what it says |
//! |---|---|---|
//! | `NAME_csynth.xml`, `csynth.xml` | [`csynth_xml`] | clock, latency, interval, resources as Vitis HLS estimates them |
//! | `NAME_csynth.rpt`, `csynth.rpt` | [`csynth_rpt`] | the same, for where the XML is missing or broken; the second, a summary, has less |
//! | `vitis_hls.log` | [`hls_log`] | clock and device, for folders of scripts that kept no report of C synthesis |
//! | `NAME_cosim.rpt` | [`cosim`] | whether the RTL computes what the C++ does, measured latency and interval |
//! | `rtlsim/result.json` | [`rtl_simulation`] | whether the RTL computes what the emulator does, measured latency and interval |
//! | `circuit.json` | [`circuit_json`] | latency, interval and instant estimate of a circuit that this program wrote |
//! | `map/resources.json`, `map/timing.json` | | its cells after mapping, and the longest path |
//! | `pnr/placement.json` | | cells and clock after placing and routing |
//! | `vivado_synth.rpt`, `vivado_impl_utilization.rpt` | [`utilization`] | resources after logic synthesis, and after place and route |
//! | `vivado_synth_timing.rpt`, `vivado_impl_timing.rpt` | [`timing_summary`] | slacks and the clock period |
//! | `vivado_synth_power.rpt`, `vivado_impl_power.rpt` | [`power`] | power |
//! | `vivado_impl_route.rpt` | [`route_status`] | whether all nets are routed |
//! | `csynth.rpt`, `vivado_synth_hierarchy.rpt`, … | [`modules`] | which modules use DSPs and memories |
//!
//! The export stage writes an archive and no numbers. A file is taken whole or not at all: numbers of a
//! truncated file would look like those of a smaller design. Numbers that the tool itself does not know
//! (`undef`, `N/A`, `-`) are `None`.

pub(crate) mod circuit;
pub mod circuit_json;
pub mod cosim;
pub mod csynth_rpt;
mod csynth_summary;
pub mod csynth_xml;
pub(crate) mod files;
pub(crate) mod fit;
mod flaw;
pub mod hls_log;
pub mod modules;
pub(crate) mod numbers;
pub mod power;
mod record;
pub mod route_status;
pub mod rtl_simulation;
pub(crate) mod source;
mod table;
pub mod timing_summary;
pub mod utilization;

pub use circuit::{Cells, Circuit, InstantEstimate, Mapping, Placement, TimingEstimate};
pub use circuit_json::{CircuitFile, CircuitLayer, CircuitPort, PortDirection};
pub use fit::{Fit, Resource};
pub use flaw::{Flaw, Place, ReportError};
pub use numbers::{
    CosimStatus, Cosimulation, Estimate, LogicSynthesis, Power, Report, Resources, RtlLanguage,
    RtlSimulation, RtlSimulationStatus, Spread, Timing,
};
pub use source::{Format, Reading, Source, read};
