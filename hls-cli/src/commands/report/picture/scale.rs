//! From numbers to pixels, and the numbers that are written along an axis.

use serde::Serialize;

/// Beyond this ratio of the largest to the smallest number, an axis is logarithmic.
const WIDE: f64 = 30.0;

/// An axis.
pub struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
    /// Pixels of `low` and `high`.
    from: f64,
    to: f64,
}

/// A number along an axis.
#[derive(Debug, Serialize)]
pub struct Tick {
    /// Its pixel.
    pub at: f64,
    /// The number.
    pub label: String,
}

impl Scale {
    /// An axis that all numbers fit on; they must be finite.
    pub fn new(numbers: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (low, high) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| {
            (low.min(number), high.max(number))
        });
        if low > high {
            return Self { low: 0.0, high: 1.0, logarithmic: false, from, to };
        }
        if low > 0.0 && high / low > WIDE {
            return Self { low: low / 1.25, high: high * 1.35, logarithmic: true, from, to };
        }
        let space = match high - low {
            0.0 if high == 0.0 => 1.0,
            0.0 => high.abs() * 0.1,
            range => range * 0.07,
        };
        // Counts do not begin below nothing.
        let below = if low >= 0.0 { (low - space).max(0.0) } else { low - space };
        Self { low: below, high: high + space, logarithmic: false, from, to }
    }

    /// The pixel of a number.
    pub fn at(&self, number: f64) -> f64 {
        let share = match self.logarithmic {
            true => (number / self.low).ln() / (self.high / self.low).ln(),
            false => (number - self.low) / (self.high - self.low),
        };
        rounded(self.from + share * (self.to - self.from))
    }

    /// About half a dozen round numbers.
    pub fn ticks(&self) -> Vec<Tick> {
        let numbers = if self.logarithmic { self.decades() } else { self.steps() };
        numbers.into_iter().map(|number| Tick { at: self.at(number), label: label(number) }).collect()
    }

    fn steps(&self) -> Vec<f64> {
        let rough = (self.high - self.low) / 6.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step =
            [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= rough).unwrap_or(10.0) * power;
        let first = (self.low / step).ceil() as i64;
        (first..first + 12).map(|at| at as f64 * step).take_while(|number| *number <= self.high).collect()
    }

    fn decades(&self) -> Vec<f64> {
        let powers = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let factors: &[f64] = if self.high / self.low > 2000.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let all = powers.flat_map(|power| factors.iter().map(move |factor| factor * 10_f64.powi(power)));
        all.filter(|number| (self.low..=self.high).contains(number)).collect()
    }
}

/// Two decimals are more than a screen shows.
pub fn rounded(pixel: f64) -> f64 {
    (pixel * 100.0).round() / 100.0
}

/// A number as it is written along an axis: `0.85`, `1200`, `20k`, `1.5M`.
fn label(number: f64) -> String {
    let (number, unit) = match number.abs() {
        size if size >= 1e6 => (number / 1e6, "M"),
        size if size >= 1e4 => (number / 1e3, "k"),
        _ => (number, ""),
    };
    // Sums of steps have decimals that nobody meant.
    let text = format!("{number:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{}{unit}", if text == "-0" { "0" } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(numbers: &[f64]) -> String {
        let ticks = Scale::new(numbers.iter().copied(), 0.0, 100.0).ticks();
        ticks.iter().map(|tick| tick.label.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn round_numbers_along_an_axis() {
        let table: [(&[f64], &str); 7] = [
            (&[0.71, 0.76], "0.71 0.72 0.73 0.74 0.75 0.76"),
            (&[1000.0, 20_000.0], "0 5000 10k 15k 20k"),
            (&[100.0, 50_000.0], "100 200 500 1000 2000 5000 10k 20k 50k"),
            (&[1.0, 1e6], "1 10 100 1000 10k 100k 1M"),
            (&[5.0], "4.6 4.8 5 5.2 5.4"),
            (&[0.0], "0 0.2 0.4 0.6 0.8 1"),
            (&[], "0 0.2 0.4 0.6 0.8 1"),
        ];
        for (numbers, expected) in table {
            assert_eq!(labels(numbers), expected, "{numbers:?}");
        }
    }

    #[test]
    fn numbers_stay_inside() {
        for numbers in [&[1.0, 2.0][..], &[-5.0, 3.0], &[1e-9, 1e9], &[7.0, 7.0]] {
            let scale = Scale::new(numbers.iter().copied(), 600.0, 100.0);
            for number in numbers {
                assert!((100.0..=600.0).contains(&scale.at(*number)), "{number} of {numbers:?}");
            }
        }
    }
}
