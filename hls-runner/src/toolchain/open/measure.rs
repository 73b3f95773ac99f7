//! The numbers of the open flow, one by one.

use std::borrow::Cow;

use crate::record::measurement::Measurement;
use crate::report::{Cells, Report};
use crate::toolchain::open::places;
use crate::toolchain::open::stages::{MAP, PNR, RTL, RTLSIM, TIMING};
use crate::toolchain::stage::StageSpec;

/// Every number of `report` that is known, with the file that says so.
pub(super) fn measurements(report: &Report) -> Vec<Measurement> {
    let mut all = Vec::new();
    let circuit = &report.circuit;
    let mut add = |stage: &StageSpec, source: &str, metric: &str, unit: &'static str, value: Option<f64>| {
        all.extend(value.map(|value| Measurement {
            metric: Cow::Owned(metric.to_owned()),
            value,
            unit: unit.into(),
            stage: stage.stage(),
            source: source.to_owned(),
        }));
    };
    let number = |count: Option<u64>| count.map(|count| count as f64);
    add(&RTL, places::CIRCUIT, "latency", "cycles", number(circuit.latency_cycles));
    add(&RTL, places::CIRCUIT, "interval", "cycles", number(circuit.interval_cycles));
    if let Some(estimated) = &circuit.estimated {
        for (metric, count) in counts(&estimated.resources) {
            add(&RTL, places::CIRCUIT, &format!("estimated_{metric}"), "", Some(count));
        }
    }
    if let Some(simulation) = &report.rtl_simulation {
        add(&RTLSIM, places::SIMULATION, "samples", "", Some(simulation.samples as f64));
        add(&RTLSIM, places::SIMULATION, "latency", "cycles", number(simulation.latency_cycles));
        add(&RTLSIM, places::SIMULATION, "interval", "cycles", number(simulation.interval_cycles));
    }
    if let Some(mapped) = &circuit.mapped {
        for (metric, count) in counts(&mapped.resources) {
            add(&MAP, places::MAPPING, metric, "", Some(count));
        }
    }
    if let Some(timing) = &circuit.timing_estimate {
        add(&TIMING, places::TIMING, "period", "ns", Some(timing.period_ns));
        add(&TIMING, places::TIMING, "fmax", "MHz", Some(timing.fmax_mhz));
    }
    if let Some(placed) = &circuit.placement {
        for (metric, cells) in [("lut", placed.lut), ("ff", placed.ff), ("carry", placed.carry)] {
            add(&PNR, places::PLACEMENT, metric, "", Some(cells as f64));
        }
        add(&PNR, places::PLACEMENT, "period", "ns", Some(placed.period_ns));
        add(&PNR, places::PLACEMENT, "fmax", "MHz", Some(placed.fmax_mhz));
    }
    all
}

fn counts(cells: &Cells) -> [(&'static str, f64); 5] {
    let Cells { lut, ff, carry, dsp, bram_18k } = *cells;
    [("lut", lut), ("ff", ff), ("carry", carry), ("dsp", dsp), ("bram_18k", bram_18k)]
        .map(|(name, count)| (name, count as f64))
}
