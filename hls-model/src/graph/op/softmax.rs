//! Softmax.

use serde_json::{Value, json};

use super::inference::Known;
use super::merge::tensor_axis;
use crate::fixed::{FixedType, Overflow, Rounding};
use crate::graph::types::{NamedType, TypeRole};
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
    /// Entries of both tables, unless they are [`tables`](Self::tables).
    pub table_size: u64,
    /// The tables that the file describes, if it does.
    pub tables: Option<SoftmaxTables>,
}

/// The tables of a softmax in a file that says what they hold, as HGQ2's do. Each has an entry for every number of the type that addresses it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SoftmaxTables {
    /// The distances to the maximum, which address the exponentials; `None` where the inputs themselves do.
    pub input_norm: Option<FixedType>,
    /// The exponentials.
    pub exp: FixedType,
    /// What exponents are multiplied by first.
    pub exp_scale: f64,
    /// Their sum, which addresses the reciprocals.
    pub inv_input: FixedType,
    /// The reciprocals.
    pub inv: FixedType,
    /// How many slices are computed at once.
    pub parallelization_factor: u64,
}

impl SoftmaxTables {
    /// The type in which hls4ml adds up the exponentials of `n` elements. Where the sum saturates, it has room for as many again.
    #[must_use]
    pub fn accumulator(&self, n: usize) -> FixedType {
        let bits = n.max(1).next_power_of_two().ilog2();
        let fraction = i64::from(self.exp.width) - i64::from(self.exp.integer) + i64::from(bits);
        let width = fraction + i64::from(self.inv_input.integer) + i64::from(bits);
        let more = if self.inv_input.overflow == Overflow::Wrap { 0 } else { bits };
        let width = u32::try_from(width.max(1)).unwrap_or(u32::MAX).saturating_add(more);
        let integer = self.inv_input.integer.saturating_add(signed(more));
        FixedType { signed: self.inv_input.signed, ..FixedType::unsigned(width, integer) }
    }
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
    /// The same kernel as `Stable`, with tables and types that follow from the input's type: the largest output is where the largest input
    /// is, and probabilities are close to exact ones. hls4ml has no word for it.
    Precise,
}

impl SoftmaxImplementation {
    /// Every implementation, for parsing and messages.
    pub const ALL: [Self; 5] = [Self::Latency, Self::Stable, Self::Legacy, Self::Argmax, Self::Precise];

    /// The configuration's word, which is hls4ml's where it has one.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Stable => "stable",
            Self::Legacy => "legacy",
            Self::Argmax => "argmax",
            Self::Precise => "precise",
        }
    }

    /// The word of the kernels.
    #[must_use]
    pub fn kernel(self) -> &'static str {
        match self {
            Self::Precise => Self::Stable.as_str(),
            Self::Latency | Self::Stable | Self::Legacy | Self::Argmax => self.as_str(),
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

    /// Entries of both tables of the implementation `legacy` between streams, whatever the configuration says.
    pub const LEGACY_STREAM_ENTRIES: u64 = 1024;

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
        if let Some(tables) = &self.tables {
            let width = match (self.implementation, tables.input_norm) {
                (SoftmaxImplementation::Latency, _) | (_, None) => input.width(),
                (_, Some(norm)) => norm.width,
            };
            return 1_u64.checked_shl(width).unwrap_or(u64::MAX);
        }
        match self.implementation {
            SoftmaxImplementation::Stable if input.is_signed() => {
                let distances = 1_u64.checked_shl(input.width().saturating_sub(1)).unwrap_or(u64::MAX);
                self.table_size.min(distances)
            }
            SoftmaxImplementation::Precise => 1 << self.distance_type(input).width,
            SoftmaxImplementation::Stable
            | SoftmaxImplementation::Latency
            | SoftmaxImplementation::Argmax
            | SoftmaxImplementation::Legacy => self.table_size,
        }
    }

    /// Entries of the table of reciprocals.
    #[must_use]
    pub fn inv_table_size(&self) -> u64 {
        let own = self.tables.map(|tables| 1_u64.checked_shl(tables.inv_input.width).unwrap_or(u64::MAX));
        own.unwrap_or(self.table_size)
    }

    /// What exponents are multiplied by first.
    #[must_use]
    pub fn exp_scale(&self) -> f64 {
        self.tables.map_or(1.0, |tables| tables.exp_scale)
    }

    /// How far apart neighbouring entries of the table of exponentials are, where it spans the range of the input's type.
    #[must_use]
    pub fn table_step(&self, input: &Precision) -> Option<f64> {
        if self.tables.is_some() {
            return None;
        }
        let integer = match self.implementation {
            SoftmaxImplementation::Stable => self.distance_type(input).integer,
            SoftmaxImplementation::Latency => input.integer(),
            SoftmaxImplementation::Argmax
            | SoftmaxImplementation::Legacy
            | SoftmaxImplementation::Precise => {
                return None;
            }
        };
        Some(f64::from(integer).exp2() / self.table_size.max(1) as f64)
    }

    /// The type of the distance to the maximum, which is never negative: the input's without its sign. With `Precise` it saturates at
    /// [`LARGEST_DISTANCE_BITS`](Self::LARGEST_DISTANCE_BITS), and has the input's fractional bits, but no more than a table can resolve.
    #[must_use]
    pub fn distance_type(&self, input: &Precision) -> FixedType {
        if let Some(norm) = self.tables.and_then(|tables| tables.input_norm) {
            return norm;
        }
        if self.implementation == SoftmaxImplementation::Precise {
            let integer = Self::LARGEST_DISTANCE_BITS;
            return saturating(integer, self.resolved_bits(input), Rounding::Trn);
        }
        let sign = u8::from(input.is_signed());
        let width = input.width().saturating_sub(sign.into());
        FixedType::unsigned(width, input.integer().saturating_sub(sign.into()))
    }

    /// The distance to the largest input from which on [`distance_type`](Self::distance_type) wraps; `None` where inputs of the type are
    /// never that far apart.
    #[must_use]
    pub fn distance_limit(&self, input: &Precision) -> Option<f64> {
        let is_kept = self.implementation == SoftmaxImplementation::Stable
            && self.tables.is_none()
            && self.n_slice().is_some_and(|n| n > 1);
        // Without a sign the type holds every distance.
        (is_kept && input.is_signed()).then(|| f64::from(self.distance_type(input).integer).exp2())
    }

    /// Integer bits of a distance to the maximum with `Precise`: `e^-16` is nothing in any of its types.
    const LARGEST_DISTANCE_BITS: u32 = 4;

    /// Fractional bits of a distance that the table of exponentials of `Precise` resolves at most.
    const RESOLVED_BITS: u32 = 10;

    /// Fractional bits with which `Precise` addresses its reciprocals, for up to 256 elements; more elements have fewer.
    const RECIPROCAL_BITS: u32 = 8;

    /// Fractional bits of a distance that the table of exponentials of `Precise` resolves.
    fn resolved_bits(&self, input: &Precision) -> u32 {
        u32::try_from(input.frac()).unwrap_or(0).min(Self::RESOLVED_BITS)
    }

    /// Whether `Precise` tells all inputs of the type from the largest.
    #[must_use]
    pub fn resolves(&self, input: &Precision) -> bool {
        i64::from(input.frac()) <= i64::from(Self::RESOLVED_BITS)
    }

    /// Bits that count the elements of a slice.
    fn count_bits(&self) -> u32 {
        self.n_slice().unwrap_or(1).max(1).ilog2() + 1
    }

    /// The types of `Precise`, for inputs of a type.
    ///
    /// The exponentials resolve the smallest distance, `1 - e^-2^-f`, with some bits to spare; their sum is exact. Its reciprocal is
    /// looked up by the integer bits that the number of elements needs and [`RECIPROCAL_BITS`](Self::RECIPROCAL_BITS).
    pub(crate) fn precise_types(&self, input: &Precision) -> [(TypeRole, Precision); 4] {
        let exp_bits = (self.resolved_bits(input) + 4).max(16);
        [
            (TypeRole::ExpTable, saturating(1, exp_bits, Rounding::Rnd)),
            (TypeRole::Accum, FixedType::unsigned(self.count_bits() + exp_bits, signed(self.count_bits()))),
            (TypeRole::InvInput, saturating(self.count_bits(), self.reciprocal_bits(), Rounding::Rnd)),
            (TypeRole::InvTable, saturating(1, self.probability_bits(input), Rounding::Rnd)),
        ]
        .map(|(role, ty)| (role, ty.into()))
    }

    /// Entries of the reciprocals of `Precise`: one for each number of their argument's type.
    pub(crate) fn precise_reciprocals(&self) -> u64 {
        1 << (self.count_bits() + self.reciprocal_bits())
    }

    /// Fractional bits with which reciprocals are addressed.
    fn reciprocal_bits(&self) -> u32 {
        Self::RECIPROCAL_BITS.min(16_u32.saturating_sub(self.count_bits()))
    }

    /// Fractional bits of a probability of `Precise`. Of `n` elements the largest has at least `1/n`, and the next smaller input lies at least
    /// `0.8 · 2^-f / n` below: two bits more than `f + log2 n` tell them apart.
    pub(crate) fn probability_bits(&self, input: &Precision) -> u32 {
        (self.resolved_bits(input) + self.count_bits() + 2).max(16)
    }

    /// The type of its result where the configuration leaves that open.
    pub(super) fn result_type(&self, known: &Known) -> Option<Precision> {
        let is_precise = self.implementation == SoftmaxImplementation::Precise;
        is_precise.then(|| saturating(1, self.probability_bits(&known.input(0)), Rounding::Trn).into())
    }

    /// The types of the file's tables.
    pub(super) fn own_types(&self, node: &str) -> Vec<(TypeRole, NamedType)> {
        let Some(tables) = &self.tables else { return Vec::new() };
        let types = [
            (TypeRole::ExpTable, Some(tables.exp)),
            (TypeRole::InvTable, Some(tables.inv)),
            (TypeRole::InvInput, Some(tables.inv_input)),
            (TypeRole::InputNorm, tables.input_norm),
        ];
        let named = |(role, ty): (TypeRole, Option<FixedType>)| {
            Some((role, NamedType::new(format!("{node}_{}", role.attribute()), ty?.into())))
        };
        types.into_iter().filter_map(named).collect()
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        let own = self.tables.map(|tables| {
            [
                ("inv_table_size", json!(self.inv_table_size())),
                ("parallelization_factor", json!(tables.parallelization_factor)),
            ]
        });
        let common = [
            ("activation", json!("softmax")),
            ("axis", json!(self.axis)),
            ("n_in", json!(self.n_in)),
            ("table_size", json!(self.table_size)),
            ("n_outer", json!(self.n_outer)),
            ("n_inner", json!(self.n_inner)),
            ("implementation", json!(self.implementation.as_str())),
            ("skip", json!(self.skip)),
        ];
        common.into_iter().chain(own.into_iter().flatten()).collect()
    }
}

/// An unsigned type with so many integer and fractional bits that saturates.
fn saturating(integer: u32, fraction: u32, rounding: Rounding) -> FixedType {
    FixedType::unsigned(integer + fraction, signed(integer)).with_modes(rounding, Overflow::Sat)
}

fn signed(bits: u32) -> i32 {
    i32::try_from(bits).unwrap_or(i32::MAX)
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
                tables: None,
            };
            let input = input.parse().expect("a precision");
            assert_eq!(softmax.table_step(&input), step, "{implementation:?} {input}");
        }
    }

    #[test]
    fn a_saturating_sum_has_room_for_as_many_again() {
        let types = |exp: &str, inv_input: &str| SoftmaxTables {
            input_norm: None,
            exp: exp.parse::<Precision>().unwrap().storage(),
            exp_scale: 1.0,
            inv_input: inv_input.parse::<Precision>().unwrap().storage(),
            inv: FixedType::unsigned(8, 0),
            parallelization_factor: 1,
        };
        for (exp, inv_input, n, expected) in [
            ("ufixed<8,0>", "ufixed<9,3,RND,SAT>", 5, FixedType::unsigned(20, 6)),
            ("ufixed<9,3>", "ufixed<9,5,RND,SAT>", 5, FixedType::unsigned(20, 8)),
            ("ufixed<8,1>", "ufixed<9,3,RND,WRAP>", 4, FixedType::unsigned(14, 3)),
        ] {
            assert_eq!(types(exp, inv_input).accumulator(n), expected, "{exp} {inv_input}");
        }
    }
}
