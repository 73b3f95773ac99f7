//! What a profile says about numbers, and what a person should do about those that do not fit.

use crate::emulate::ClipRange;
use crate::fixed::Overflow;
use crate::precision::Precision;

/// Statistics of a model on some samples.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Number of samples.
    pub samples: usize,
    /// The inputs.
    pub inputs: Vec<TensorProfile>,
    /// The layers that compute something, in the order in which the firmware calls them.
    pub layers: Vec<LayerProfile>,
}

/// Statistics of a layer.
#[derive(Debug, Clone)]
pub struct LayerProfile {
    /// hls4ml's class.
    pub class: &'static str,
    /// Its arrays of weights that hold anything but zeros, by their attribute (`weight`, `bias`, `scale`, …).
    pub weights: Vec<(&'static str, TensorProfile)>,
    /// Its result.
    pub result: TensorProfile,
    /// Of a softmax: distances to the largest input that did not fit in their type.
    pub distances: Option<WrappedDistances>,
    /// Of a softmax: how often it changes which element is the largest.
    pub largest: Option<LargestElements>,
    /// How far the result is from that of the float model, where there is a layer to compare with.
    pub float: Option<Deviation>,
}

/// How often the largest output of a softmax is another element than the largest of its inputs. Of several that are equally large, the first
/// counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LargestElements {
    /// How many softmaxes there were: slices in all samples.
    pub slices: u64,
    /// In how many of them the largest output is not at the largest input.
    pub not_inputs: u64,
    /// In how many of them it is not where the float model's is, where there is one to compare with.
    pub not_float: Option<u64>,
}

impl LargestElements {
    /// The counts as a sentence.
    #[must_use]
    pub fn sentence(&self, layer: &str) -> String {
        let Self { slices, not_inputs, not_float } = self;
        let percent = |count: u64| 100.0 * count as f64 / (*slices).max(1) as f64;
        let float = not_float.map_or(String::new(), |count| {
            format!(", and is not where the float model has it in {count} ({:.2} %)", percent(count))
        });
        format!(
            "softmax \"{layer}\": the largest output is not at the largest input in {not_inputs} of {slices} ({:.2} %){float}",
            percent(*not_inputs)
        )
    }

    /// What a person should do about a softmax that changes the class, as a sentence; `None` where it never does.
    #[must_use]
    pub fn advice(&self, layer: &str) -> Option<String> {
        let Self { slices, not_inputs, .. } = self;
        (*not_inputs > 0).then(|| {
            format!(
                "its largest output is not at its largest input in {not_inputs} of {slices}; --set \
                 LayerName.{layer}.Implementation=argmax keeps the class, and so does =precise for inputs with at most 10 fractional bits"
            )
        })
    }
}

/// Distances to the largest input of a softmax that wrapped around in their type, which is the input's without its sign.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WrappedDistances {
    /// How often it happened; a softmax over several slices counts each.
    pub times: u64,
    /// The largest distance.
    pub largest: f64,
}

impl WrappedDistances {
    /// What a person should do about them, as a sentence.
    #[must_use]
    pub fn advice(&self, layer: &str, samples: usize) -> String {
        let Self { times, largest } = self;
        let bits = bits_above_point(*largest, false) + 1;
        format!(
            "{times} times in {samples} samples a distance to its largest input (up to {largest}) did not fit in its type and \
             wrapped around, so that small inputs became probable; an input with {bits} integer bits would hold them, and \
             with LayerName.{layer}.Implementation precise or argmax none wraps"
        )
    }
}

/// Statistics of an array of numbers.
#[derive(Debug, Clone)]
pub struct TensorProfile {
    /// The layer's name.
    pub name: String,
    /// The type.
    pub precision: Precision,
    /// How many numbers there are.
    pub count: u64,
    /// How many of them are zero.
    pub zeros: u64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// Their mean.
    pub mean: f64,
    /// How the magnitudes of those that are not zero are distributed; `None` where all are.
    pub magnitudes: Option<Magnitudes>,
    /// How many do not fit in their type and were changed by its overflow mode, on the way in an accumulator or at the end.
    pub clipped: u64,
    /// The range of those numbers before.
    pub clip_range: Option<ClipRange>,
    /// Upper bits, below the sign, that no number uses.
    pub unused_integer_bits: u32,
    /// Lower bits that are zero in all numbers.
    pub unused_fraction_bits: u32,
}

/// Magnitudes at five places of their distribution. Those between the extremes are exact to an eighth of an octave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Magnitudes {
    /// The smallest.
    pub min: f64,
    /// A quarter is smaller.
    pub lower_quartile: f64,
    /// Half are smaller.
    pub median: f64,
    /// Three quarters are smaller.
    pub upper_quartile: f64,
    /// The largest.
    pub max: f64,
}

/// How far numbers are from their references.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deviation {
    /// The largest distance.
    pub max: f64,
    /// The mean distance.
    pub mean: f64,
    /// The root of the mean square of the distances.
    pub rms: f64,
    /// The root of the mean square of the references.
    pub reference_rms: f64,
}

impl TensorProfile {
    /// The fraction of numbers that did not fit.
    #[must_use]
    pub fn clipped_fraction(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.clipped as f64 / self.count as f64 }
    }

    /// The integer bits, with the sign where the type has one, that the numbers which did not fit would have needed.
    #[must_use]
    pub fn needed_integer_bits(&self) -> Option<i32> {
        let ClipRange { low, high } = self.clip_range?;
        let sign = i32::from(self.precision.is_signed());
        // -2^n fits in n bits plus the sign, 2^n does not.
        let below = if low < 0.0 { bits_above_point(-low, true) } else { i32::MIN };
        let above = if high > 0.0 { bits_above_point(high, false) } else { i32::MIN };
        Some(below.max(above).saturating_add(sign))
    }

    /// What a person should do about numbers that do not fit, as a sentence; `None` where all fit. `what` they are.
    #[must_use]
    pub fn advice(&self, what: &str) -> Option<String> {
        if self.clipped == 0 {
            return None;
        }
        let ty = self.precision.cpp();
        let (percent, ClipRange { low, high }) = (100.0 * self.clipped_fraction(), self.clip_range?);
        let verb = match self.precision.overflow() {
            Overflow::Wrap => "wrap around",
            Overflow::Sat | Overflow::SatSym => "are saturated",
            Overflow::SatZero => "become zero",
        };
        let advice = match (self.precision.is_signed(), low < 0.0) {
            (false, true) => "a signed type would hold them".to_owned(),
            _ => format!("{} integer bits would hold them", self.needed_integer_bits()?),
        };
        Some(format!(
            "{percent:.3} % of its {what} do not fit in {ty} and {verb}: they lie between {low} and {high}; {advice}"
        ))
    }
}

/// Bits in front of the binary point that a magnitude needs.
fn bits_above_point(magnitude: f64, power_fits: bool) -> i32 {
    let log = magnitude.log2();
    let bits = if power_fits { log.ceil() } else { log.floor() + 1.0 };
    bits as i32
}
