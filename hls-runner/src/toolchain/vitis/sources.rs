//! Which reports have the numbers of a project.

use hls_codegen::vitis::layout;

use crate::report::source::{Format, Source};
use crate::toolchain::stage::StageSpec;
use crate::toolchain::vitis::stages::{
    COSIM, RTLSIM, RTLSIM_RESULT, ReportPaths, SYNTH, VIVADO_REPORT, VSYNTH,
};

/// The reports with numbers of a project with this name, in order of preference.
pub(crate) fn report_sources(project: &str) -> Vec<Source> {
    let ReportPaths { top_xml, xml, rpt, summary, cosim } = ReportPaths::of(project);
    let source =
        |stage: StageSpec, format, path: String| Source { stage: stage.stage(), format, path: path.into() };
    vec![
        source(SYNTH, Format::CsynthXml, top_xml),
        source(SYNTH, Format::CsynthXml, xml),
        source(SYNTH, Format::CsynthRpt, rpt),
        source(SYNTH, Format::CsynthRpt, summary),
        source(COSIM, Format::Cosim, cosim),
        source(VSYNTH, Format::Utilization, VIVADO_REPORT.to_owned()),
        source(VSYNTH, Format::TimingSummary, layout::SYNTH_TIMING.to_owned()),
        source(VSYNTH, Format::Power, layout::SYNTH_POWER.to_owned()),
        source(VSYNTH, Format::PlacedUtilization, layout::IMPL_UTILIZATION.to_owned()),
        source(VSYNTH, Format::PlacedTimingSummary, layout::IMPL_TIMING.to_owned()),
        source(VSYNTH, Format::PlacedPower, layout::IMPL_POWER.to_owned()),
        source(RTLSIM, Format::RtlSimulation, RTLSIM_RESULT.to_owned()),
    ]
}
