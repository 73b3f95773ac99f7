//! Whether a design can be used: does it fit the device, and does it meet its clock?
//!
//! C synthesis estimates, and Vivado counts after synthesis and again after place and route; the estimates of look-up tables are often two to five times
//! too high. So each has its own answer, and none is mixed with another.

use serde::Serialize;

use super::circuit::Cells;
use super::numbers::{Estimate, LogicSynthesis, Resources};

/// Times in reports are rounded to a hundredth of a nanosecond: target and uncertainty alike.
const ROUNDING_NS: f64 = 0.01;

/// A kind of resource of an FPGA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// Look-up tables.
    Lut,
    /// Flip-flops.
    Ff,
    /// Multiplier blocks.
    Dsp,
    /// Block RAMs of 18 Kibit.
    #[serde(rename = "bram_18k")]
    Bram18k,
    /// UltraRAM blocks.
    Uram,
}

impl Resource {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Lut, Self::Ff, Self::Dsp, Self::Bram18k, Self::Uram];

    /// Its key in a report.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Lut => "lut",
            Self::Ff => "ff",
            Self::Dsp => "dsp",
            Self::Bram18k => "bram_18k",
            Self::Uram => "uram",
        }
    }
}

impl Cells {
    /// The number of one kind; nothing for a kind that such a circuit never has.
    #[must_use]
    pub fn of(&self, resource: Resource) -> Option<u64> {
        match resource {
            Resource::Lut => Some(self.lut),
            Resource::Ff => Some(self.ff),
            Resource::Dsp => Some(self.dsp),
            Resource::Bram18k => Some(self.bram_18k),
            Resource::Uram => None,
        }
    }
}

impl Resources {
    /// The number of one kind.
    #[must_use]
    pub fn of(&self, resource: Resource) -> Option<u64> {
        match resource {
            Resource::Lut => self.lut,
            Resource::Ff => self.ff,
            Resource::Dsp => self.dsp,
            Resource::Bram18k => self.bram_18k,
            Resource::Uram => self.uram,
        }
    }
}

/// What one tool's numbers say about device and clock.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[non_exhaustive]
pub struct Fit {
    /// Whether the device has all that the design needs; `None` if that is not known.
    pub fits_device: Option<bool>,
    /// Of which resources the device has too little.
    pub exceeded: Vec<Resource>,
    /// By how much the longest path is shorter than the clock allows, in ns; negative where it is too long.
    pub slack_ns: Option<f64>,
    /// Whether the clock is met; `None` if that is not known.
    pub meets_timing: Option<bool>,
}

impl Fit {
    fn new(used: &Resources, available: &Resources, slack_ns: Option<f64>) -> Self {
        let known = Resource::ALL.map(|kind| (kind, used.of(kind).zip(available.of(kind))));
        let exceeded: Vec<Resource> = known
            .iter()
            .filter(|(_, amounts)| amounts.is_some_and(|(used, available)| used > available))
            .map(|(kind, _)| *kind)
            .collect();
        Self {
            fits_device: known.iter().any(|(_, amounts)| amounts.is_some()).then_some(exceeded.is_empty()),
            exceeded,
            slack_ns,
            meets_timing: slack_ns.map(|slack| slack >= -ROUNDING_NS),
        }
    }

    /// Whether something is known to be wrong.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.fits_device == Some(false) || self.meets_timing == Some(false)
    }
}

impl Estimate {
    /// By C synthesis's estimates. What its clock allows is the target less the uncertainty, which is kept in reserve for placing and routing.
    #[must_use]
    pub fn fit(&self) -> Fit {
        let estimated = self.clock_period_target_ns.zip(self.clock_period_estimated_ns);
        let computed = estimated.map(|(target, path)| {
            let slack = target - self.clock_uncertainty_ns.unwrap_or_default() - path;
            // As many digits as the reports have.
            (slack * 1000.0).round() / 1000.0
        });
        Fit::new(&self.resources, &self.resources_available, computed.or(self.slack_ns))
    }
}

impl LogicSynthesis {
    /// By Vivado's count, and its worst slack where its report has one.
    #[must_use]
    pub fn fit(&self) -> Fit {
        Fit::new(&self.resources, &self.resources_available, self.worst_negative_slack_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(clock: [f64; 3], lut: u64) -> Estimate {
        let [target, uncertainty, path] = clock;
        Estimate {
            clock_period_target_ns: Some(target),
            clock_uncertainty_ns: Some(uncertainty),
            clock_period_estimated_ns: Some(path),
            resources: Resources { lut: Some(lut), uram: Some(1), ..Resources::default() },
            resources_available: Resources { lut: Some(53_200), ff: Some(1), ..Resources::default() },
            ..Estimate::default()
        }
    }

    #[test]
    fn device_and_clock() {
        // The limits themselves are met; a hundredth of a nanosecond is rounding.
        let cases = [
            ([5.0, 0.62, 4.335], 53_200, (Some(true), Some(true), Some(0.045))),
            ([3.33, 0.42, 3.236], 160_355, (Some(false), Some(false), Some(-0.326))),
            ([3.33, 0.9, 2.433], 53_201, (Some(false), Some(true), Some(-0.003))),
        ];
        for (clock, lut, expected) in cases {
            let fit = estimate(clock, lut).fit();
            assert_eq!((fit.fits_device, fit.meets_timing, fit.slack_ns), expected, "{clock:?} {lut}");
            assert_eq!(fit.exceeded.contains(&Resource::Lut), expected.0 == Some(false));
            assert_eq!(fit.is_bad(), expected.0 == Some(false) || expected.1 == Some(false));
        }
        assert_eq!(Estimate::default().fit(), Fit::default(), "nothing is known of nothing");
        let summary = Estimate { slack_ns: Some(-0.32), ..Estimate::default() };
        assert_eq!(summary.fit().meets_timing, Some(false));
        let vivado = LogicSynthesis { worst_negative_slack_ns: Some(-0.2), ..LogicSynthesis::default() };
        assert_eq!((vivado.fit().meets_timing, vivado.fit().fits_device), (Some(false), None));
    }
}
