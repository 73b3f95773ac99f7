//! A node in its graph, with the questions that every operation asks.

use super::chain::Chain;
use super::error::ArithError;
use super::term::{Bounded, Term};
use crate::fixed::shifted_left;
use crate::graph::{Graph, NamedType, Node, Stored, Tensor, TypeRole, Weight, WeightRole};
use crate::precision::Precision;
use crate::target::IoType;

/// The largest tables.
const MAX_ENTRIES: usize = 1 << 22;

/// The widest numbers that are computed with.
pub(super) const MAX_BITS: u32 = 128;

/// A node in its graph.
#[derive(Clone, Copy)]
pub(crate) struct Layer<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) node: &'a Node,
}

impl<'a> Layer<'a> {
    /// How tensors come to the layer, which decides what its kernel does.
    pub(crate) fn io_type(self) -> IoType {
        self.graph.target.io_type()
    }

    /// An input's tensor; its elements are those of the tensor that it is a view of.
    pub(crate) fn input(self, position: usize) -> Result<&'a Tensor, ArithError> {
        let id = self.node.inputs.get(position).ok_or_else(|| self.incomplete("input"))?;
        Ok(self.graph.tensor(*id))
    }

    /// What an element of an input can be.
    pub(crate) fn input_term(self, position: usize) -> Result<Term, ArithError> {
        self.variable(self.input(position)?.ty.precision)
    }

    pub(crate) fn output(self) -> Result<&'a Tensor, ArithError> {
        let id = self.node.outputs.first().ok_or_else(|| self.incomplete("output"))?;
        Ok(self.graph.tensor(*id))
    }

    pub(crate) fn result(self) -> Result<Precision, ArithError> {
        Ok(self.output()?.ty.precision)
    }

    pub(crate) fn weight(self, role: WeightRole) -> Result<&'a Weight, ArithError> {
        self.node.weight(role).ok_or_else(|| self.incomplete(role.attribute()))
    }

    pub(crate) fn stored(self, weight: &Weight) -> Result<Vec<Stored>, ArithError> {
        weight.stored().map_err(|source| ArithError::Weight { layer: self.name(), source })
    }

    /// The elements of an array that holds no powers of two.
    pub(crate) fn raw_weights(self, role: WeightRole) -> Result<Vec<i128>, ArithError> {
        let stored = self.stored(self.weight(role)?)?.into_iter();
        let raws = stored.map(|stored| match stored {
            Stored::Raw(raw) => Ok(raw),
            Stored::PowerOfTwo { .. } => {
                Err(self.unsupported(format!("its {} is made of powers of two", role.attribute())))
            }
        });
        raws.collect()
    }

    pub(crate) fn ty(self, role: TypeRole) -> Result<&'a NamedType, ArithError> {
        self.node.ty(role).ok_or_else(|| self.incomplete(role.attribute()))
    }

    /// A variable of a type.
    pub(crate) fn variable(self, precision: Precision) -> Result<Term, ArithError> {
        self.bounded(Term::variable(precision))
    }

    /// Insists that a number can be computed with.
    pub(crate) fn bounded<T>(self, term: Bounded<T>) -> Result<T, ArithError> {
        term.ok_or_else(|| ArithError::TooWide { layer: self.name() })
    }

    /// Raw numbers moved left.
    pub(crate) fn moved_left(
        self,
        raws: impl IntoIterator<Item = i128>,
        bits: u32,
    ) -> Result<Vec<i128>, ArithError> {
        raws.into_iter().map(|raw| self.bounded(shifted_left(raw, bits.into()))).collect()
    }

    /// What a chain makes of a constant.
    pub(crate) fn evaluate(self, chain: &Chain, raw: i128) -> Result<i128, ArithError> {
        if chain.bits() > MAX_BITS {
            return Err(ArithError::TooWide { layer: self.name() });
        }
        Ok(chain.apply(raw))
    }

    /// What a chain makes of constants.
    pub(crate) fn evaluate_all(
        self,
        chain: &Chain,
        raws: impl IntoIterator<Item = i128>,
    ) -> Result<Vec<i128>, ArithError> {
        if chain.bits() > MAX_BITS {
            return Err(ArithError::TooWide { layer: self.name() });
        }
        Ok(raws.into_iter().map(|raw| chain.apply(raw)).collect())
    }

    /// The number of a table's entries.
    pub(crate) fn table_size(self, entries: u64) -> Result<usize, ArithError> {
        let size = usize::try_from(entries).ok().filter(|n| (1..=MAX_ENTRIES).contains(n));
        size.ok_or_else(|| {
            self.unsupported(format!(
                "a table of {entries} entries cannot be made, only one of up to {MAX_ENTRIES}; give what it reads fewer bits"
            ))
        })
    }

    /// The same as a C `int`.
    pub(crate) fn c_int(self, number: usize) -> Result<i32, ArithError> {
        i32::try_from(number).map_err(|_| self.incomplete("table of a usable size"))
    }

    pub(crate) fn name(self) -> String {
        self.node.name.clone()
    }

    pub(crate) fn incomplete(self, missing: &'static str) -> ArithError {
        ArithError::Incomplete { layer: self.name(), class: self.node.op.class_name(), missing }
    }

    pub(crate) fn unsupported(self, reason: impl Into<String>) -> ArithError {
        ArithError::Unsupported {
            layer: self.name(),
            class: self.node.op.class_name(),
            reason: reason.into(),
        }
    }

    /// The layer stands for the layers inside it, which the passes put in its place.
    pub(crate) fn only_parts(self) -> ArithError {
        self.unsupported("only its parts can; convert the model with hls_model::convert")
    }
}
