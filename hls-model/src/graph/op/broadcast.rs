//! Axes of one element repeated.

use serde_json::{Value, json};

/// A tensor repeated along its axes of one element until it has another shape, as NumPy broadcasts it. Merges of arrays read elements
/// repeatedly instead; a stream has each element once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broadcast {
    /// The extent of each axis before; as many axes as afterwards.
    pub input_shape: Vec<usize>,
    /// The extent of each axis afterwards.
    pub target_shape: Vec<usize>,
}

impl Broadcast {
    /// Repeats a tensor of a shape, which may lack the first axes.
    #[must_use]
    pub fn of(shape: &[usize], target_shape: Vec<usize>) -> Self {
        let leading = target_shape.len().saturating_sub(shape.len());
        Self { input_shape: [&vec![1; leading], shape].concat(), target_shape }
    }

    /// Elements of the input.
    #[must_use]
    pub fn input_len(&self) -> usize {
        self.input_shape.iter().product()
    }

    /// The input element that an output element copies.
    #[must_use]
    pub fn source(&self, element: usize) -> usize {
        let axes = self.target_shape.iter().zip(&self.input_shape).rev();
        let (mut rest, mut stride, mut source) = (element, 1, 0);
        for (&target, &input) in axes {
            source += (rest % target.max(1)) % input.max(1) * stride;
            rest /= target.max(1);
            stride *= input;
        }
        source
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![("target_shape", json!(self.target_shape))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_of_one_element_are_repeated() {
        type Axes<'a> = &'a [usize];
        let cases: [(Axes<'_>, Axes<'_>, Axes<'_>); 4] = [
            (&[1, 1, 2], &[2, 2, 2], &[0, 1, 0, 1, 0, 1, 0, 1]),
            (&[2, 2, 1], &[2, 2, 2], &[0, 0, 1, 1, 2, 2, 3, 3]),
            (&[2, 1, 2], &[2, 2, 2], &[0, 1, 0, 1, 2, 3, 2, 3]),
            (&[3], &[3], &[0, 1, 2]),
        ];
        for (input, target, expected) in cases {
            let op = Broadcast { input_shape: input.to_vec(), target_shape: target.to_vec() };
            let sources: Vec<usize> = (0..expected.len()).map(|element| op.source(element)).collect();
            assert_eq!(sources, expected, "{input:?} to {target:?}");
        }
    }
}
