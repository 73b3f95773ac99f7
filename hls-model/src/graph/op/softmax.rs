//! Softmax.

use serde_json::{Value, json};

use super::merge::tensor_axis;

use crate::fixed::FixedType;
use crate::precision::Precision;

/// `e^{x_i} / Σ_j e^{x_j}`, by tables of the exponential and the reciprocal.
#[derive(Debug, Clone, PartialEq)]
pub struct Softmax {
    /// Number of elements.
    pub n_in: usize,
    /// The axis as Keras gives it (-1: the last).
    pub axis: i64,
    /// Independent slices before the axis.
    pub n_outer: usize,
    /// Independent slices after the axis.
    pub n_inner: usize,
    /// How it is computed.
    pub implementation: SoftmaxImplementation,
    /// Whether the layer is left out of the firmware.
    pub skip: bool,
    /// Entries of both tables.
    pub table_size: u64,
}

/// How a softmax is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SoftmaxImplementation {
    /// Exponentials of the inputs themselves; overflows for large ones.
    Latency,
    /// Exponentials of the distances to the maximum.
    #[default]
    Stable,
    /// Exponentials of all differences.
    Legacy,
    /// One where the maximum is, else zero.
    Argmax,
}

impl SoftmaxImplementation {
    /// Every implementation, for parsing and messages.
    pub const ALL: [Self; 4] = [Self::Latency, Self::Stable, Self::Legacy, Self::Argmax];

    /// hls4ml's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Stable => "stable",
            Self::Legacy => "legacy",
            Self::Argmax => "argmax",
        }
    }

    /// The implementation with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|i| i.as_str() == name)
    }
}

impl Softmax {
    /// Entries of both tables of the implementation `legacy`, whatever the configuration says: hls4ml does not pass `table_t` on.
    pub const LEGACY_TABLE: Precision = Precision::fixed(18, 8);

    /// Number of elements of one slice; `None` for slices that do not divide the input.
    #[must_use]
    pub fn n_slice(&self) -> Option<usize> {
        let slices = self.n_inner.checked_mul(self.n_outer)?;
        self.n_in.checked_div(slices)
    }

    /// The extents of the axes before, at, and after the one that Keras normalizes along, in a tensor of this shape; `None` if it has no such
    /// axis.
    #[must_use]
    pub fn split(&self, shape: &[usize]) -> Option<[usize; 3]> {
        let axis = tensor_axis(self.axis, shape.len())?;
        let (before, rest) = shape.split_at(axis);
        let (&along, after) = rest.split_first()?;
        Some([before.iter().product(), along, after.iter().product()])
    }

    /// Entries of the table of exponentials: no more than there are distances to the maximum.
    #[must_use]
    pub fn exp_table_size(&self, input: &Precision) -> u64 {
        match self.implementation {
            SoftmaxImplementation::Stable if input.is_signed() => {
                let distances = 1_u64.checked_shl(input.width().saturating_sub(1)).unwrap_or(u64::MAX);
                self.table_size.min(distances)
            }
            SoftmaxImplementation::Stable
            | SoftmaxImplementation::Latency
            | SoftmaxImplementation::Argmax
            | SoftmaxImplementation::Legacy => self.table_size,
        }
    }

    /// How far apart neighbouring entries of the table of exponentials are, where it spans the range of the input's type.
    #[must_use]
    pub fn table_step(&self, input: &Precision) -> Option<f64> {
        let integer = match self.implementation {
            SoftmaxImplementation::Stable => Self::distance_type(input).integer,
            SoftmaxImplementation::Latency => input.integer(),
            SoftmaxImplementation::Argmax | SoftmaxImplementation::Legacy => return None,
        };
        Some(f64::from(integer).exp2() / self.table_size.max(1) as f64)
    }

    /// The type of the distance to the maximum, which is never negative: the input's without its sign.
    #[must_use]
    pub fn distance_type(input: &Precision) -> FixedType {
        let sign = u8::from(input.is_signed());
        let width = input.width().saturating_sub(sign.into());
        FixedType::unsigned(width, input.integer().saturating_sub(sign.into()))
    }

    /// The distance to the largest input from which on [`distance_type`](Self::distance_type) wraps; `None` where inputs of the type are
    /// never that far apart.
    #[must_use]
    pub fn distance_limit(&self, input: &Precision) -> Option<f64> {
        let is_kept =
            self.implementation == SoftmaxImplementation::Stable && self.n_slice().is_some_and(|n| n > 1);
        // Without a sign the type holds every distance.
        (is_kept && input.is_signed()).then(|| f64::from(Self::distance_type(input).integer).exp2())
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("activation", json!("softmax")),
            ("axis", json!(self.axis)),
            ("n_in", json!(self.n_in)),
            ("table_size", json!(self.table_size)),
            ("n_outer", json!(self.n_outer)),
            ("n_inner", json!(self.n_inner)),
            ("implementation", json!(self.implementation.as_str())),
            ("skip", json!(self.skip)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_input_makes_a_coarse_table() {
        for (implementation, input, step) in [
            (SoftmaxImplementation::Stable, "fixed<16,6>", Some(1.0 / 32.0)),
            (SoftmaxImplementation::Stable, "fixed<36,16>", Some(32.0)),
            (SoftmaxImplementation::Stable, "ufixed<36,16>", Some(64.0)),
            (SoftmaxImplementation::Latency, "fixed<16,6>", Some(1.0 / 16.0)),
            (SoftmaxImplementation::Argmax, "fixed<36,16>", None),
        ] {
            let softmax = Softmax {
                n_in: 4,
                axis: -1,
                n_outer: 1,
                n_inner: 1,
                implementation,
                skip: false,
                table_size: 1024,
            };
            let input = input.parse().expect("a precision");
            assert_eq!(softmax.table_step(&input), step, "{implementation:?} {input}");
        }
    }
}
