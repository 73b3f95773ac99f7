//! Tables of rows.

use super::chain::Chain;
use super::error::ArithError;
use super::layer::Layer;
use super::term::Term;
use crate::graph::WeightRole;
use crate::graph::op::Embedding;
use crate::precision::Precision;

/// A row of a table for each element of the input.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRows {
    /// For each element of a row the way of a number to the place in the table; beyond the table the nearest entry counts.
    pub columns: Vec<Chain>,
    /// The table, row by row, as results.
    pub entries: Vec<i128>,
}

pub(super) fn embedding(layer: Layer<'_>, op: &Embedding) -> Result<TableRows, ArithError> {
    let x = layer.input_term(0)?;
    let unsigned =
        |n: usize| Ok::<_, ArithError>(Term { ty: Precision::uint(32), ..Term::int(layer.c_int(n)?) });
    // The element, in full precision, cut to a C int at the end.
    let n_out = unsigned(op.n_out)?;
    let product = layer.bounded(x.mul(&n_out))?;
    let columns = (0..op.n_out).map(|column| {
        let column = unsigned(column)?;
        let element = layer.bounded(product.add(&column))?;
        let factor = layer.moved_left([n_out.low], product.shift_to_add(&column))?[0];
        let addend = layer.moved_left([column.low], column.shift_to_add(&product))?[0];
        Ok(Chain::of(x).affine(factor, addend, element).cast(Precision::int(32)))
    });
    let columns = columns.collect::<Result<Vec<_>, ArithError>>()?;
    let to_result = Chain::of(layer.variable(layer.weight(WeightRole::Embeddings)?.ty.precision)?);
    let to_result = to_result.cast(layer.result()?);
    let entries = layer.evaluate_all(&to_result, layer.raw_weights(WeightRole::Embeddings)?)?;
    if entries.is_empty() {
        return Err(layer.incomplete("table"));
    }
    Ok(TableRows { columns, entries })
}
