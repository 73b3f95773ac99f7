//! Axes in another order.

use serde_json::{Value, json};

/// Axes in another order.
#[derive(Debug, Clone, PartialEq)]
pub struct Transpose {
    /// Extent of each axis of the input.
    pub from: Vec<usize>,
    /// For each axis of the output, the axis of the input that it is.
    pub perm: Vec<usize>,
}

impl Transpose {
    /// Extent of each axis of the output.
    #[must_use]
    pub fn to(&self) -> Vec<usize> {
        self.perm.iter().map(|&axis| self.from[axis]).collect()
    }

    /// For each axis of the output, how far apart its neighbours lie in the input.
    #[must_use]
    pub fn strides(&self) -> Vec<usize> {
        self.perm.iter().map(|&axis| self.from[axis + 1..].iter().product()).collect()
    }

    /// The input element that an output element copies.
    #[must_use]
    pub fn source(&self, element: usize) -> usize {
        let mut rest = element;
        let axes = self.to().into_iter().zip(self.strides()).rev();
        axes.map(|(extent, stride)| {
            let index = rest % extent.max(1);
            rest /= extent.max(1);
            index * stride
        })
        .sum()
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![("perm", json!(self.perm)), ("dim", json!(format!("{}d", self.from.len())))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_move_to_the_front() {
        let transpose = Transpose { from: vec![2, 1, 3], perm: vec![2, 0, 1] };
        assert_eq!((transpose.to(), transpose.strides()), (vec![3, 2, 1], vec![1, 3, 3]));
        assert_eq!((0..6).map(|e| transpose.source(e)).collect::<Vec<_>>(), [0, 3, 1, 4, 2, 5]);
    }
}
