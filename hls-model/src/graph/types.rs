//! Precisions under the names that the firmware gives them.

use crate::precision::Precision;

/// A precision with the name of its C++ typedef.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedType<P = Precision> {
    /// The typedef's name; several layers may share one (`model_default_t`).
    pub name: String,
    /// The precision itself.
    pub precision: P,
}

impl<P> NamedType<P> {
    /// Names a precision.
    pub fn new(name: impl Into<String>, precision: P) -> Self {
        Self { name: name.into(), precision }
    }
}

/// What a [`NamedType`] of a node is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TypeRole {
    /// Accumulator of sums.
    Accum,
    /// Index type of compressed weights (unused, but part of the interface).
    Index,
    /// Entries of an activation table.
    Table,
    /// Entries of the softmax exponential table.
    ExpTable,
    /// Entries of the softmax reciprocal table.
    InvTable,
    /// Sum of exponentials, which indexes the reciprocal table.
    InvInput,
    /// Difference of an element and the largest, which indexes the softmax exponential table.
    InputNorm,
    /// Parameter of a parametrized activation.
    Param,
    /// Slope of a hard activation.
    Slope,
    /// Shift of a hard activation.
    Shift,
    /// Slope precision as a QKeras activation states it.
    SlopePrecision,
    /// Shift precision as a QKeras activation states it.
    ShiftPrecision,
}

impl TypeRole {
    /// hls4ml's attribute name.
    #[must_use]
    pub fn attribute(self) -> &'static str {
        match self {
            Self::Accum => "accum_t",
            Self::Index => "index_t",
            Self::Table => "table_t",
            Self::ExpTable => "exp_table_t",
            Self::InvTable => "inv_table_t",
            Self::InvInput => "inv_inp_t",
            Self::InputNorm => "inp_norm_t",
            Self::Param => "param_t",
            Self::Slope => "slope_t",
            Self::Shift => "shift_t",
            Self::SlopePrecision => "slope_prec",
            Self::ShiftPrecision => "shift_prec",
        }
    }
}
