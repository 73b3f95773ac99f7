//! A profile row by row, and its numbers as text: what tables, documents and pictures have in common.

use super::measures::{Deviation, LargestElements, Profile, TensorProfile, WrappedDistances};

/// An array of numbers in a profile.
#[derive(Debug, Clone, Copy)]
pub struct ProfileRow<'a> {
    /// The layer's class, or `Input`.
    pub class: &'a str,
    /// [`RESULT`], or which array of weights.
    pub what: &'a str,
    /// The numbers.
    pub numbers: &'a TensorProfile,
    /// Of a softmax: distances to the largest input that did not fit in their type.
    pub distances: Option<WrappedDistances>,
    /// Of a softmax: how often it changes which element is the largest.
    pub largest: Option<LargestElements>,
    /// How far results are from those without quantization, if that was asked for.
    pub float: Option<&'a Deviation>,
}

/// What a row is called that holds a layer's results.
pub const RESULT: &str = "result";

impl Profile {
    /// Inputs first, then each layer's weights and result.
    pub fn rows(&self) -> impl Iterator<Item = ProfileRow<'_>> {
        let inputs = self.inputs.iter().map(|numbers| ProfileRow::plain("Input", RESULT, numbers));
        let layers = self.layers.iter().flat_map(|layer| {
            let class = layer.class;
            let weights =
                layer.weights.iter().map(move |(what, numbers)| ProfileRow::plain(class, what, numbers));
            let (distances, largest, float) = (layer.distances, layer.largest, layer.float.as_ref());
            weights.chain([ProfileRow {
                class,
                what: RESULT,
                numbers: &layer.result,
                distances,
                largest,
                float,
            }])
        });
        inputs.chain(layers)
    }
}

impl<'a> ProfileRow<'a> {
    /// Numbers of which nothing else is known.
    fn plain(class: &'a str, what: &'a str, numbers: &'a TensorProfile) -> Self {
        Self { class, what, numbers, distances: None, largest: None, float: None }
    }
}

impl TensorProfile {
    /// The share of numbers that were clipped, as a percentage; empty where none were.
    #[must_use]
    pub fn clipped_percentage(&self) -> String {
        match self.clipped {
            0 => String::new(),
            _ => format!("{:.3} %", 100.0 * self.clipped_fraction()),
        }
    }
}

/// A number with as many digits as tell something.
#[must_use]
pub fn short_number(value: f64) -> String {
    if value == 0.0 || (1e-3..1e6).contains(&value.abs()) {
        let text = format!("{value:.5}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        format!("{value:.3e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_count() {
        let table = [
            (0.0, "0"),
            (1.0, "1"),
            (-0.5, "-0.5"),
            (31.999_023, "31.99902"),
            (1e-5, "1.000e-5"),
            (2e9, "2.000e9"),
        ];
        for (value, expected) in table {
            assert_eq!(short_number(value), expected);
        }
    }
}
