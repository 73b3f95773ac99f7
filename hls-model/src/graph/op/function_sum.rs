//! Sums of functions of single elements: adders and tables.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::fixed::FixedType;

/// Each element of the result is a sum of functions of single elements of the input, each after a quantizer of its own. hls4ml leaves layers of this kind
/// to da4ml, which traces them into one `DACombinational`: HGQ2's layers of trained tables, its sums along axes, Keras's `RepeatVector`.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionSum {
    /// The class that it was made from, without its package.
    pub original: &'static str,
    /// The shape of the input.
    pub input_shape: Vec<usize>,
    /// For each element of the result what is added up.
    pub sums: Arc<[Sum]>,
    /// The tables that the sums read, each once.
    pub tables: Arc<[Table]>,
}

/// What is added up for one element of the result.
#[derive(Debug, Clone, PartialEq)]
pub struct Sum {
    /// The functions of elements that are not always the same.
    pub terms: Vec<SumTerm>,
    /// What all others come to.
    pub constant: Grid,
    /// What happens to the sum.
    pub finish: SumFinish,
}

/// A number on a grid: `raw · 2^-fraction`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Grid {
    /// How many steps.
    pub raw: i64,
    /// Bits right of the binary point.
    pub fraction: i32,
}

/// A function of one element.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SumTerm {
    /// The element of the input.
    pub element: usize,
    /// The type that it is cast to first; `None` for the element as it is.
    pub argument: Option<FixedType>,
    /// What becomes of it then.
    pub function: SumFunction,
}

/// What is added up of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SumFunction {
    /// The number times `2^n`.
    Scaled(i32),
    /// An entry of [`FunctionSum::tables`] with this number. Its term has an argument.
    Table(usize),
}

/// A function of all numbers that a type's bits can stand for, from the smallest to the largest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Table {
    /// For each number the value, in steps.
    pub entries: Vec<i64>,
    /// The values' bits right of the binary point.
    pub fraction: i32,
}

/// What happens to a sum before it is cast to the result's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SumFinish {
    /// Whether negative sums become zero.
    pub relu: bool,
    /// The quantizer of the result.
    pub quantizer: SumQuantizer,
}

/// The quantizer of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SumQuantizer {
    /// There is none.
    #[default]
    None,
    /// One without bits: the result is always zero.
    Zero,
    /// A cast to this type.
    To(FixedType),
}

impl FunctionSum {
    /// Elements of an input of this shape in other places.
    #[must_use]
    pub fn copies(
        original: &'static str,
        input_shape: Vec<usize>,
        origins: impl Iterator<Item = usize>,
    ) -> Self {
        let sum = |element| Sum {
            terms: vec![SumTerm { element, argument: None, function: SumFunction::Scaled(0) }],
            constant: Grid::default(),
            finish: SumFinish::default(),
        };
        Self { original, input_shape, sums: origins.map(sum).collect(), tables: Arc::new([]) }
    }

    /// Elements of the input.
    #[must_use]
    pub fn n_in(&self) -> usize {
        self.input_shape.iter().product()
    }

    /// Whether its results are its input's elements, as they are.
    #[must_use]
    pub fn only_copies(&self) -> bool {
        self.sums.iter().all(|sum| sum.copied().is_some())
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![("original_type", json!(self.original)), ("input_shape", json!([self.input_shape]))]
    }
}

impl Sum {
    /// The element that the sum is, as it is; `None` if it is anything else.
    #[must_use]
    pub fn copied(&self) -> Option<usize> {
        match (&self.terms[..], self.constant.raw, self.finish) {
            (&[SumTerm { element, argument: None, function: SumFunction::Scaled(0) }], 0, finish)
                if finish == SumFinish::default() =>
            {
                Some(element)
            }
            _ => None,
        }
    }
}

impl Table {
    /// The only value that it has, if there is only one.
    #[must_use]
    pub fn constant(&self) -> Option<i64> {
        let first = *self.entries.first()?;
        self.entries.iter().all(|&entry| entry == first).then_some(first)
    }

    /// The smallest and the largest entry; zeros for a table without any.
    #[must_use]
    pub fn range(&self) -> (i64, i64) {
        let ends = self.entries.iter().min().zip(self.entries.iter().max());
        ends.map_or((0, 0), |(&low, &high)| (low, high))
    }
}
