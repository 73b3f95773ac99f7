//! A quantizer that the kernel of a product has taken in.

use super::MatrixProduct;
use crate::arith::elementwise::{Fitted, fitted_to};
use crate::arith::error::ArithError;
use crate::arith::layer::Layer;
use crate::arith::term::Term;
use crate::arith::{Arithmetic, Elementwise, Operation};
use crate::fixed::FixedType;
use crate::graph::op::{FixedPointQuantizer, Strategy};

/// What a kernel makes of its input's elements before it multiplies them.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantizedInput {
    /// The type to which each element is cast, `None` for one that is always zero.
    pub types: Vec<Option<FixedType>>,
    /// The same as chains, to numbers of [`term`](Self::term).
    pub fitted: Fitted,
    /// What any element is then.
    pub term: Term,
}

impl QuantizedInput {
    pub(super) fn of(
        layer: Layer<'_>,
        op: Option<&FixedPointQuantizer>,
        strategy: Strategy,
    ) -> Result<Option<Self>, ArithError> {
        let Some(op) = op else { return Ok(None) };
        if strategy != Strategy::DistributedArithmetic {
            return Err(layer.unsupported("only a kernel of distributed arithmetic takes in a quantizer"));
        }
        let types = op.types(&layer.input(0)?.shape);
        let types = types.ok_or_else(|| layer.incomplete("width for each element of its input"))?;
        let term = layer.variable(op.result_type().into())?;
        let fitted = fitted_to(layer, &types, term.ty)?;
        Ok(Some(Self { types, fitted, term }))
    }
}

impl MatrixProduct {
    /// The type to which the elements at each position of the windows are cast: the same in all windows. `None` for one that is zero in all
    /// of them; nothing if they differ, or nothing is cast.
    #[must_use]
    pub fn quantized_positions(&self) -> Option<Vec<Option<FixedType>>> {
        let quantized = self.quantized.as_ref()?;
        let mut found: Vec<Option<Option<FixedType>>> = vec![None; self.windows.n_in()];
        for window in self.windows.iter() {
            for (place, found) in window.zip(&mut found) {
                let Some(place) = place else { continue };
                let ty = *quantized.types.get(place)?;
                if *found.get_or_insert(ty) != ty {
                    return None;
                }
            }
        }
        Some(found.into_iter().map(Option::flatten).collect())
    }
}

impl Arithmetic {
    /// A product that quantizes its input as two operations, the second of which reads what the first makes; any other operation alone.
    #[must_use]
    pub fn steps(mut self) -> Vec<Self> {
        let quantized = match &mut self.operation {
            Operation::MatrixProduct(product) => product.quantized.take(),
            _ => None,
        };
        let Some(QuantizedInput { types, fitted, term }) = quantized else { return vec![self] };
        let first = Self {
            inputs: std::mem::replace(&mut self.inputs, vec![term]),
            result: term,
            elements: types.len(),
            operation: Operation::Elementwise(Elementwise::Fitted(fitted)),
        };
        vec![first, self]
    }
}
