//! The numbers of Vitis's reports, one by one.

use std::borrow::Cow;

use crate::record::measurement::Measurement;
use crate::report::numbers::{Estimate, Report, Resources, Spread};
use crate::report::source::Source;
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
        all.resources(&VSYNTH, &logic.resources);
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
        let Resources { lut, ff, dsp, bram_18k, uram } = *resources;
        for (metric, number) in
            [("lut", lut), ("ff", ff), ("dsp", dsp), ("bram_18k", bram_18k), ("uram", uram)]
        {
            self.count(stage, metric, "", number);
        }
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
        let Some(value) = value else { return };
        let stage = spec.stage();
        let source = self.taken.iter().find(|source| source.stage == stage);
        let source = source.map(|source| source.path.to_string_lossy().into_owned()).unwrap_or_default();
        self.numbers.push(Measurement { metric, value, unit: unit.into(), stage, source });
    }
}
