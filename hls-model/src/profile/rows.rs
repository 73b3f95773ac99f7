//! A profile row by row, and its numbers as text: what tables, documents and pictures have in common.

use super::{Deviation, Profile, TensorProfile};

/// An array of numbers in a profile.
#[derive(Debug, Clone, Copy)]
pub struct ProfileRow<'a> {
    /// The layer's class, or `Input`.
    pub class: &'a str,
    /// [`RESULT`], or which array of weights.
    pub what: &'a str,
    /// The numbers.
    pub numbers: &'a TensorProfile,
    /// How far results are from those without quantization, if that was asked for.
    pub float: Option<&'a Deviation>,
}

/// What a row is called that holds a layer's results.
pub const RESULT: &str = "result";

impl Profile {
    /// Inputs first, then each layer's weights and result.
    pub fn rows(&self) -> impl Iterator<Item = ProfileRow<'_>> {
        let row = |class, what, numbers, float| ProfileRow { class, what, numbers, float };
        let inputs = self.inputs.iter().map(move |numbers| row("Input", RESULT, numbers, None));
        let layers = self.layers.iter().flat_map(move |layer| {
            let weights =
                layer.weights.iter().map(move |(what, numbers)| row(layer.class, *what, numbers, None));
            weights.chain([row(layer.class, RESULT, &layer.result, layer.float.as_ref())])
        });
        inputs.chain(layers)
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
