//! What of their types the numbers of a network use: ranges, and what does not fit.
//!
//! A [`Profiler`] emulates samples with exact sums, so that it sees every number before its type cuts something off, and keeps
//! statistics of the weights and of the results of all layers. With a float model beside it, it also measures how far results are from
//! those without quantization.

mod rows;

pub use rows::{ProfileRow, RESULT, short_number};

use crate::emulate::{ClipRange, EmulateError, Emulator, Port, RawTensor};
use crate::fixed::{FixedType, Overflow};
use crate::float_model::{self, FloatModelError, FloatResults};
use crate::graph::{Graph, LoweredModel, Node, Weight};
use crate::precision::Precision;
use ndarray::ArrayView2;

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
    /// How far the result is from that of the float model, where there is a layer to compare with.
    pub float: Option<Deviation>,
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
    pub fn advice(&self, layer: &str, samples: usize) -> String {
        let Self { times, largest } = self;
        let bits = bits_above_point(*largest, false) + 1;
        format!(
            "{times} times in {samples} samples a distance to its largest input (up to {largest}) did not fit in its type and wrapped around, so \
             that small inputs became probable; an input with {bits} integer bits would hold them, and so does \
             LayerName.{layer}.Implementation legacy"
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
    pub fn clipped_fraction(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.clipped as f64 / self.count as f64 }
    }

    /// The integer bits, with the sign where the type has one, that the numbers which did not fit would have needed.
    pub fn needed_integer_bits(&self) -> Option<i32> {
        let ClipRange { low, high } = self.clip_range?;
        let sign = i32::from(self.precision.is_signed());
        // -2^n fits in n bits beside the sign, 2^n does not.
        let below = if low < 0.0 { bits_above_point(-low, true) } else { i32::MIN };
        let above = if high > 0.0 { bits_above_point(high, false) } else { i32::MIN };
        Some(below.max(above).saturating_add(sign))
    }

    /// What a person should do about numbers that do not fit, as a sentence; `None` where all fit. `what` they are.
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

/// Collects statistics, portion after portion of samples.
pub struct Profiler {
    emulator: Emulator,
    samples: usize,
    inputs: Vec<Statistics>,
    layers: Vec<Statistics>,
    distances: Vec<Option<WrappedDistances>>,
    weights: Vec<Vec<(&'static str, TensorProfile)>>,
    float: Option<FloatSide>,
}

/// The float model and which of its layers each layer is compared with.
struct FloatSide {
    model: LoweredModel,
    counterparts: Vec<Option<String>>,
    deviations: Vec<DeviationSums>,
}

/// Why samples could not be profiled.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The emulator cannot be made, or refuses the samples.
    #[error(transparent)]
    Emulate(#[from] EmulateError),
    /// The float model cannot be evaluated.
    #[error(transparent)]
    Float(#[from] FloatModelError),
}

impl Profiler {
    /// A profiler for a converted model.
    ///
    /// # Errors
    /// The graph cannot be emulated with exact sums.
    pub fn new(graph: &Graph) -> Result<Self, ProfileError> {
        let emulator = Emulator::counting(graph)?;
        let statistics = |ports: &[Port]| ports.iter().map(Statistics::new).collect();
        let nodes: Vec<&Node> = emulator
            .layers()
            .iter()
            .filter_map(|port| graph.nodes().find(|n| n.name == port.identifier))
            .collect();
        let weights = nodes.iter().map(|node| weights(node)).collect();
        let (inputs, layers) = (statistics(emulator.inputs()), statistics(emulator.layers()));
        let distances = vec![None; emulator.layers().len()];
        Ok(Self { emulator, samples: 0, inputs, layers, distances, weights, float: None })
    }

    /// The same, which compares with the float model as well: the model that the graph was converted from.
    #[must_use]
    pub fn with_float_model(self, graph: &Graph, model: LoweredModel) -> Self {
        let counterparts: Vec<_> =
            self.emulator.layers().iter().map(|port| counterpart(graph, &model, &port.identifier)).collect();
        let deviations = vec![DeviationSums::default(); counterparts.len()];
        Self { float: Some(FloatSide { model, counterparts, deviations }), ..self }
    }

    /// Adds samples: for each input of the model an array `[samples, elements]`.
    ///
    /// # Errors
    /// The arrays do not fit the model, or hold NaN or infinities.
    pub fn add(&mut self, inputs: &[ArrayView2<'_, f32>]) -> Result<(), ProfileError> {
        let counted = self.emulator.count(inputs)?;
        self.samples += counted.samples;
        for (statistics, tensor) in self.inputs.iter_mut().zip(&counted.inputs) {
            statistics.add(&tensor.numbers, tensor.clipped, tensor.clip_range);
        }
        for (statistics, tensor) in self.layers.iter_mut().zip(&counted.layers) {
            statistics.add(&tensor.numbers, tensor.clipped, tensor.clip_range);
        }
        for (distances, tensor) in self.distances.iter_mut().zip(&counted.layers) {
            if let Some(range) = tensor.distance_range {
                let before = distances.unwrap_or(WrappedDistances { times: 0, largest: range.high });
                *distances = Some(WrappedDistances {
                    times: before.times + tensor.wrapped_distances,
                    largest: before.largest.max(range.high),
                });
            }
        }
        if let Some(float) = &mut self.float {
            let results = float_model::evaluate(&float.model, inputs)?;
            float.add(&results, counted.layers.iter().map(|tensor| &tensor.numbers));
        }
        Ok(())
    }

    /// The statistics of all samples.
    pub fn finish(self) -> Profile {
        let float = self.float.map(|float| float.deviations).unwrap_or_default();
        let float = float.iter().map(DeviationSums::finish).chain(std::iter::repeat(None));
        let ports = self.emulator.layers().iter().zip(&self.layers);
        let layers = ports.zip(self.weights).zip(self.distances).zip(float);
        let layers = layers.map(|((((port, statistics), weights), distances), float)| LayerProfile {
            class: port.class,
            weights,
            result: statistics.finish(),
            distances,
            float,
        });
        Profile {
            samples: self.samples,
            inputs: self.inputs.iter().map(Statistics::finish).collect(),
            layers: layers.collect(),
        }
    }
}

fn weights(node: &Node) -> Vec<(&'static str, TensorProfile)> {
    let arrays = node.weights.iter().filter(|weight| weight.values.data.iter().any(|&value| value != 0.0));
    arrays.map(|weight| (weight.role.attribute(), weight_profile(node, weight))).collect()
}

/// Weights are profiled as the values that the firmware is given; those that do not fit are cut off by their type.
fn weight_profile(node: &Node, weight: &Weight) -> TensorProfile {
    let precision = weight.ty.precision;
    let ty = match precision {
        // The value, not its exponent, is what counts.
        Precision::Exponent { .. } => FixedType::signed(64, 32),
        _ => precision.storage(),
    };
    let mut statistics = Statistics::of(&node.config_name, precision, ty);
    for &value in &weight.values.data {
        statistics.number(ty.from_f64(value));
        if ty.overflows_f64(value) {
            statistics.clipped += 1;
            let range = ClipRange { low: value, high: value };
            statistics.clip_range = Some(statistics.clip_range.map_or(range, |all| all.or(range)));
        }
    }
    statistics.finish()
}

/// The layer of the float model whose result a layer's is.
///
/// That is the layer of the same name, or, where passes merged layers behind it into it, the last of them. A layer whose scale was taken
/// out has none: the layer that applies the scale stands for it.
fn counterpart(graph: &Graph, model: &LoweredModel, identifier: &str) -> Option<String> {
    let all = all_layers(&model.layers);
    let is_node = |name: &str| graph.nodes().any(|node| node.name == name);
    if is_node(&format!("{identifier}_alpha")) && all.iter().any(|layer| layer.name == identifier) {
        return None;
    }
    let base = identifier.strip_suffix("_alpha").filter(|base| all.iter().any(|layer| layer.name == *base));
    let mut at = *all.iter().find(|layer| layer.name == base.unwrap_or(identifier))?;
    loop {
        let mut readers = all.iter().filter(|layer| layer.inputs.contains(&at.name));
        match (readers.next(), readers.next()) {
            (Some(only), None) if !is_node(&only.name) && only.shape == at.shape => at = only,
            _ => return Some(at.name.clone()),
        }
    }
}

fn all_layers(layers: &[crate::graph::LayerSpec]) -> Vec<&crate::graph::LayerSpec> {
    let nested = layers.iter().flat_map(|layer| match &layer.op {
        crate::graph::Op::LayerGroup(group) => all_layers(&group.layers),
        _ => vec![layer],
    });
    nested.collect()
}

impl FloatSide {
    fn add<'a>(&mut self, results: &FloatResults, layers: impl Iterator<Item = &'a RawTensor>) {
        for ((sums, counterpart), numbers) in self.deviations.iter_mut().zip(&self.counterparts).zip(layers) {
            let Some(reference) = counterpart.as_ref().and_then(|name| results.get(name)) else { continue };
            for (value, &reference) in numbers.values().iter().zip(reference) {
                sums.add(*value, reference);
            }
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct DeviationSums {
    count: u64,
    max: f64,
    distances: f64,
    squares: f64,
    reference_squares: f64,
}

impl DeviationSums {
    fn add(&mut self, value: f64, reference: f64) {
        let distance = (value - reference).abs();
        self.count += 1;
        self.max = self.max.max(distance);
        self.distances += distance;
        self.squares += distance * distance;
        self.reference_squares += reference * reference;
    }

    fn finish(&self) -> Option<Deviation> {
        let n = self.count as f64;
        (self.count > 0).then(|| Deviation {
            max: self.max,
            mean: self.distances / n,
            rms: (self.squares / n).sqrt(),
            reference_rms: (self.reference_squares / n).sqrt(),
        })
    }
}

/// Magnitudes are sorted into bins of an eighth of an octave: the exponent of a double and three bits of its fraction.
const BINS_PER_OCTAVE: usize = 8;
const BINS: usize = 128 * BINS_PER_OCTAVE;
const FRACTION_BITS: u32 = 52 - BINS_PER_OCTAVE.ilog2();

/// Statistics in the making, on raw numbers.
struct Statistics {
    name: String,
    precision: Precision,
    ty: FixedType,
    count: u64,
    zeros: u64,
    low: i128,
    high: i128,
    sum: f64,
    /// All bits that some magnitude has.
    bits: u128,
    smallest: u128,
    largest: u128,
    bins: Vec<u64>,
    clipped: u64,
    clip_range: Option<ClipRange>,
}

impl Statistics {
    fn new(port: &Port) -> Self {
        Self::of(&port.name, port.precision, port.precision.storage())
    }

    fn of(name: &str, precision: Precision, ty: FixedType) -> Self {
        Self {
            name: name.to_owned(),
            precision,
            ty,
            count: 0,
            zeros: 0,
            low: i128::MAX,
            high: i128::MIN,
            sum: 0.0,
            bits: 0,
            smallest: u128::MAX,
            largest: 0,
            bins: vec![0; BINS],
            clipped: 0,
            clip_range: None,
        }
    }

    fn add(&mut self, numbers: &RawTensor, clipped: u64, clip_range: Option<ClipRange>) {
        numbers.raws().for_each(|raw| self.number(raw));
        self.clipped += clipped;
        self.clip_range = match (self.clip_range, clip_range) {
            (Some(all), Some(more)) => Some(all.or(more)),
            (all, more) => all.or(more),
        };
    }

    fn number(&mut self, raw: i128) {
        self.count += 1;
        self.low = self.low.min(raw);
        self.high = self.high.max(raw);
        self.sum += raw as f64;
        if raw == 0 {
            self.zeros += 1;
            return;
        }
        let magnitude = raw.unsigned_abs();
        self.bits |= magnitude;
        self.smallest = self.smallest.min(magnitude);
        self.largest = self.largest.max(magnitude);
        self.bins[bin(magnitude)] += 1;
    }

    fn finish(&self) -> TensorProfile {
        let value = |raw: i128| self.ty.to_f64(raw);
        let (low, high) = if self.count == 0 { (0, 0) } else { (self.low, self.high) };
        let scale = value(1);
        TensorProfile {
            name: self.name.clone(),
            precision: self.precision,
            count: self.count,
            zeros: self.zeros,
            min: value(low),
            max: value(high),
            mean: if self.count == 0 { 0.0 } else { self.sum / self.count as f64 * scale },
            magnitudes: self.magnitudes(scale),
            clipped: self.clipped,
            clip_range: self.clip_range,
            unused_integer_bits: self.unused_integer_bits(low, high),
            unused_fraction_bits: self.bits.trailing_zeros().min(self.ty.width),
        }
    }

    fn unused_integer_bits(&self, low: i128, high: i128) -> u32 {
        let significant = |raw: i128| 128 - (if raw < 0 { !raw } else { raw }).leading_zeros();
        let used = significant(low).max(significant(high));
        let available = self.ty.width - u32::from(self.ty.signed);
        available.saturating_sub(used)
    }

    fn magnitudes(&self, scale: f64) -> Option<Magnitudes> {
        let nonzero = self.count - self.zeros;
        if nonzero == 0 {
            return None;
        }
        let (min, max) = (self.smallest as f64 * scale, self.largest as f64 * scale);
        let quantile = |fraction: f64| {
            let rank = (fraction * nonzero as f64).ceil().max(1.0) as u64;
            let mut seen = 0;
            let at = self.bins.iter().position(|&count| {
                seen += count;
                seen >= rank
            });
            // The middle of the bin.
            let bits = (1023 * BINS_PER_OCTAVE + at.unwrap_or(0)) as u64;
            let from = f64::from_bits(bits << FRACTION_BITS);
            let to = f64::from_bits((bits + 1) << FRACTION_BITS);
            (scale * (from + to) / 2.0).clamp(min, max)
        };
        let [lower_quartile, median, upper_quartile] = [0.25, 0.5, 0.75].map(quantile);
        Some(Magnitudes { min, lower_quartile, median, upper_quartile, max })
    }
}

fn bin(magnitude: u128) -> usize {
    let bits = (magnitude as f64).to_bits() >> FRACTION_BITS;
    usize::try_from(bits).unwrap_or(0).saturating_sub(1023 * BINS_PER_OCTAVE).min(BINS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(ty: FixedType, raws: &[i128]) -> TensorProfile {
        let mut statistics = Statistics::of("x", ty.into(), ty);
        raws.iter().for_each(|&raw| statistics.number(raw));
        statistics.finish()
    }

    #[test]
    fn unused_bits_are_those_that_no_number_needs() {
        let signed = FixedType::signed(8, 4);
        let table: [(FixedType, &[i128], u32, u32); 7] = [
            (signed, &[127], 0, 0),
            (signed, &[-128], 0, 7),
            (signed, &[-64], 1, 6),
            (signed, &[64], 0, 6),
            (signed, &[4, -12], 3, 2),
            (FixedType::unsigned(8, 4), &[127], 1, 0),
            (signed, &[0], 7, 8),
        ];
        for (ty, raws, integer, fraction) in table {
            let found = profile(ty, raws);
            assert_eq!(
                (found.unused_integer_bits, found.unused_fraction_bits),
                (integer, fraction),
                "{raws:?} in {ty}"
            );
        }
    }

    #[test]
    fn quartiles_are_where_the_magnitudes_are() {
        let ty = FixedType::signed(20, 10);
        let raws: Vec<i128> = (1..=1000).flat_map(|raw| [raw, 0, -raw]).collect();
        let found = profile(ty, &raws);
        assert_eq!(
            (found.count, found.zeros, found.min, found.max),
            (3000, 1000, -1000.0 / 1024.0, 1000.0 / 1024.0)
        );
        let magnitudes = found.magnitudes.expect("not all are zero");
        for (found, expected) in [
            (magnitudes.lower_quartile, 250.0),
            (magnitudes.median, 500.0),
            (magnitudes.upper_quartile, 750.0),
        ] {
            let ratio = found * 1024.0 / expected;
            assert!((0.9..1.1).contains(&ratio), "{found} instead of {expected}");
        }
        assert_eq!(profile(ty, &[0, 0]).magnitudes, None);
    }

    #[test]
    fn numbers_that_do_not_fit_say_what_would_hold_them() {
        let table = [
            (Precision::fixed(8, 3), -4.0, 4.0, Some(4)),
            (Precision::fixed(8, 3), -8.0, 3.0, Some(4)),
            (Precision::fixed(8, 3), -8.1, 3.0, Some(5)),
            (Precision::ufixed(8, 3), 0.0, 8.0, Some(4)),
            (Precision::ufixed(8, 3), 0.0, 7.9, Some(3)),
        ];
        for (precision, low, high, expected) in table {
            let found = TensorProfile {
                clipped: 1,
                clip_range: Some(ClipRange { low, high }),
                ..profile(precision.storage(), &[1])
            };
            assert_eq!(found.needed_integer_bits(), expected, "{low} to {high} in {precision}");
            assert!(found.advice("results").is_some_and(|text| text.contains("wrap around")));
        }
        assert_eq!(profile(FixedType::signed(8, 3), &[1]).advice("results"), None);
    }
}
