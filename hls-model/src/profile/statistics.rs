//! Statistics in the making: ranges, magnitudes and unused bits of raw numbers.

use super::measures::{Magnitudes, TensorProfile};
use crate::emulate::{ClipRange, Port, RawTensor};
use crate::fixed::FixedType;
use crate::precision::Precision;

/// Magnitudes are sorted into bins of an eighth of an octave: the exponent of a double and three bits of its fraction.
const BINS_PER_OCTAVE: usize = 8;
const BINS: usize = 128 * BINS_PER_OCTAVE;
const FRACTION_BITS: u32 = 52 - BINS_PER_OCTAVE.ilog2();

/// Statistics in the making, on raw numbers.
pub(super) struct Statistics {
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
    pub(super) clipped: u64,
    pub(super) clip_range: Option<ClipRange>,
}

impl Statistics {
    pub(super) fn new(port: &Port) -> Self {
        Self::of(&port.name, port.precision, port.precision.storage())
    }

    pub(super) fn of(name: &str, precision: Precision, ty: FixedType) -> Self {
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

    pub(super) fn add(&mut self, numbers: &RawTensor, clipped: u64, clip_range: Option<ClipRange>) {
        numbers.raws().for_each(|raw| self.number(raw));
        self.clipped += clipped;
        self.clip_range = match (self.clip_range, clip_range) {
            (Some(all), Some(more)) => Some(all.or(more)),
            (all, more) => all.or(more),
        };
    }

    pub(super) fn number(&mut self, raw: i128) {
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

    pub(super) fn finish(&self) -> TensorProfile {
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
