//! Which loops an operation's arithmetic becomes.

use super::EmulateError;
use super::step::{Compiled, Site};
use super::{elementwise, embedding, function_sums, merge, moves, normalization, pooling, products, softmax};
use crate::arith::Operation;

/// Compiles a node's arithmetic.
pub(super) fn compile(site: Site<'_>) -> Result<Compiled, EmulateError> {
    match &site.arithmetic.operation {
        Operation::MatrixProduct(op) => products::compile(site, op),
        Operation::Elementwise(op) => elementwise::compile(site, op),
        Operation::Pairwise(op) => merge::pairwise(site, op),
        Operation::ScalarProducts(op) => merge::scalar_products(site, op),
        Operation::WindowReduction(op) => pooling::compile(site, op),
        Operation::SliceSoftmax(op) => softmax::compile(site, op),
        Operation::VectorNormalization(op) => normalization::compile(site, op),
        Operation::Gather(op) => moves::gather(site, op),
        Operation::TableRows(op) => embedding::compile(site, op),
        Operation::FunctionSums(op) => function_sums::compile(site, op),
        Operation::Recurrence(_) => Err(site.only_parts()),
        Operation::TimeStep(op) => moves::time_step(site, op),
    }
}
