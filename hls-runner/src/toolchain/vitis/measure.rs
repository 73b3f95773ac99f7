//! The numbers of Vitis's reports, one by one.

use std::borrow::Cow;

use crate::record::measurement::Measurement;
use crate::report::fit::Resource;
use crate::report::numbers::{Estimate, LogicSynthesis, Report, Resources, Spread};
use crate::report::source::{Format, Source};
use crate::toolchain::stage::StageSpec;
use crate::toolchain::vitis::stages::{COSIM, RTLSIM, SYNTH, VSYNTH};

/// Every number of `report` that is known, with the file among `taken` that says so.
pub(super) fn measurements(report: &Report, taken: &[Source]) -> Vec<Measurement> {
    let mut all = Measured { taken, numbers: Vec::new() };
    all.estimate(&report.estimate);
    if let Some(cosimulation) = &report.cosimulation {
        all.spread(&COSIM, "latency", &cosimulation.latency_cycles);
        all.spread(&COSIM, "interval", &cosimulation.interval_cycles);
        all.count(&COSIM, "total_cycles", "cycles", cosimulation.total_cycles);
    }
    if let Some(logic) = &report.logic_synthesis {
        all.vivado(logic, "", [Format::Utilization, Format::TimingSummary, Format::Power]);
    }
    if let Some(placed) = &report.implementation {
        let formats = [Format::PlacedUtilization, Format::PlacedTimingSummary, Format::PlacedPower];
        all.vivado(placed, "implemented_", formats);
    }
    if let Some(simulation) = &report.rtl_simulation {
        all.count(&RTLSIM, "latency", "cycles", simulation.latency_cycles);
        all.count(&RTLSIM, "interval", "cycles", simulation.interval_cycles);
        all.count(&RTLSIM, "samples", "", u64::try_from(simulation.samples).ok());
    }
    all.numbers
}

struct Measured<'a> {
    taken: &'a [Source],
    numbers: Vec<Measurement>,
}

impl Measured<'_> {
    fn estimate(&mut self, estimate: &Estimate) {
        self.add(&SYNTH, "clock_period_estimated".into(), "ns", estimate.clock_period_estimated_ns);
        self.count(&SYNTH, "latency_min", "cycles", estimate.latency_min_cycles);
        self.count(&SYNTH, "latency_max", "cycles", estimate.latency_max_cycles);
        self.count(&SYNTH, "interval_min", "cycles", estimate.interval_min_cycles);
        self.count(&SYNTH, "interval_max", "cycles", estimate.interval_max_cycles);
        self.resources(&SYNTH, &estimate.resources);
    }

    fn resources(&mut self, stage: &StageSpec, resources: &Resources) {
        for resource in Resource::ALL {
            self.count(stage, resource.key(), "", resources.of(resource));
        }
    }

    /// Numbers of Vivado, whose names begin with `prefix`; each kind is in a file of its own.
    fn vivado(&mut self, said: &LogicSynthesis, prefix: &str, [counts, timing, power]: [Format; 3]) {
        let numbers = Resource::ALL.map(|resource| {
            let count = said.resources.of(resource).map(|count| count as f64);
            (resource.key(), "", count, counts)
        });
        let watts = said.power.unwrap_or_default();
        let more = [
            ("worst_slack", "ns", said.worst_negative_slack_ns, timing),
            ("fmax", "MHz", said.fmax_mhz, timing),
            ("power", "W", watts.total_w, power),
        ];
        for (metric, unit, value, format) in numbers.into_iter().chain(more) {
            // A timing summary that a script appended to the other report.
            let source = self.source_of(format).or_else(|| self.source_of(counts)).unwrap_or_default();
            self.push(format!("{prefix}{metric}").into(), unit, value, &VSYNTH, source);
        }
    }

    fn source_of(&self, format: Format) -> Option<String> {
        let source = self.taken.iter().find(|source| source.format == format)?;
        Some(source.path.to_string_lossy().into_owned())
    }

    fn spread(&mut self, stage: &StageSpec, metric: &str, spread: &Spread) {
        for (which, number) in [("min", spread.min), ("avg", spread.avg), ("max", spread.max)] {
            self.add(stage, format!("{metric}_{which}").into(), "cycles", number.map(|number| number as f64));
        }
    }

    fn count(&mut self, stage: &StageSpec, metric: &'static str, unit: &'static str, number: Option<u64>) {
        self.add(stage, metric.into(), unit, number.map(|number| number as f64));
    }

    fn add(&mut self, spec: &StageSpec, metric: Cow<'static, str>, unit: &'static str, value: Option<f64>) {
        let source = self.taken.iter().find(|source| source.stage == spec.stage());
        let source = source.map(|source| source.path.to_string_lossy().into_owned()).unwrap_or_default();
        self.push(metric, unit, value, spec, source);
    }

    fn push(
        &mut self,
        metric: Cow<'static, str>,
        unit: &'static str,
        value: Option<f64>,
        spec: &StageSpec,
        source: String,
    ) {
        let Some(value) = value else { return };
        self.numbers.push(Measurement { metric, value, unit: unit.into(), stage: spec.stage(), source });
    }
}
