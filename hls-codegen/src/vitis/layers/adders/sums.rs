//! Exact sums that share parts.

use hls_model::arith::{MatrixProduct, Tap, Term};
use hls_model::fixed::FixedType;

use super::Leaf;
use super::{Named, Variable, at_point, cast_input, constant, expression, input, wrapped};
use crate::adder_graph::{Addend, Effort, Operand, share};
use crate::range::Range;

/// What the elements of a window are.
pub(super) enum Inputs {
    /// Numbers of one type.
    Like(Term),
    /// Numbers that are cast to these types first; `None` for one that is always zero.
    Cast(Vec<Option<FixedType>>),
}

impl Inputs {
    /// Bits by which an element's binary point is left of that to which the factors belong; nothing for one that is always zero.
    fn shift(&self, product: &MatrixProduct, position: usize) -> Option<u32> {
        match self {
            Self::Like(_) => Some(0),
            Self::Cast(types) => {
                let point = product.quantized.as_ref()?.term.frac();
                let ty = types.get(position).copied().flatten()?;
                u32::try_from(point - ty.frac()).ok()
            }
        }
    }

    fn range(&self, position: usize) -> Range {
        match self {
            Self::Like(term) => (term.low, term.high),
            Self::Cast(types) => {
                let ty = types.get(position).copied().flatten();
                ty.map_or((0, 0), |ty| (ty.min_raw(), ty.max_raw()))
            }
        }
    }

    fn definition(&self, position: usize) -> String {
        match self {
            Self::Like(term) => input(position, term.ty),
            Self::Cast(types) => {
                let ty = types.get(position).copied().flatten();
                ty.map_or_else(String::new, |ty| cast_input(position, ty.into()))
            }
        }
    }
}

/// The statements that compute all results.
pub(super) fn statements(product: &MatrixProduct, elements: &Inputs) -> Vec<String> {
    let rows: Vec<Vec<(usize, i128)>> = product
        .rows
        .iter()
        .map(|row| {
            let taps = row.taps.iter().filter(|tap| tap.line.factor != 0);
            let factor = |tap: &Tap| {
                let shift = elements.shift(product, tap.position)?;
                Some((tap.position, tap.line.factor << shift))
            };
            taps.filter_map(factor).collect()
        })
        .collect();
    let ranges: Vec<Range> = (0..product.windows.n_in()).map(|i| elements.range(i)).collect();
    let graph = share(&rows, &ranges, Effort::default());
    let variable = |(i, &range): (usize, &Range)| Variable { name: format!("x{i}"), range };
    let inputs: Vec<Variable> = ranges.iter().enumerate().map(variable).collect();
    let named = Named::new(&graph, &inputs, 0);
    let point = product.accum.frac();

    let count = named.additions();
    let mut statements =
        vec![format!("// {count} additions; sums have {point} bits right of the binary point.")];
    let used = used_inputs(&named);
    if !used.contains(&true) {
        statements.push("(void)data;".to_owned());
    }
    let used = used.into_iter().enumerate().filter(|(_, used)| *used);
    statements.extend(used.map(|(i, _)| elements.definition(i)));
    statements.extend(named.definitions());
    let results = graph.rows.iter().zip(&product.rows).enumerate();
    statements.extend(results.map(|(i, (sum, row))| result(&named, i, sum, row.bias, point)));
    statements.iter().map(|statement| wrapped(statement)).collect()
}

fn used_inputs(named: &Named<'_>) -> Vec<bool> {
    let sums = named.graph.shared.iter().map(|sum| &sum.addends).chain(&named.graph.rows);
    let mut used = vec![false; named.inputs.len()];
    for addend in sums.flatten() {
        if let Operand::Input(i) = addend.operand {
            used[i] = true;
        }
    }
    used
}

fn result(named: &Named<'_>, i: usize, sum: &[Addend], bias: i128, point: i32) -> String {
    let mut terms: Vec<Leaf> = sum.iter().map(|addend| named.term(addend)).collect();
    if bias != 0 || terms.is_empty() {
        terms.push(constant(bias));
    }
    format!("res[{i}] = {};", at_point(&expression(terms), named.range_of(sum, bias), point))
}
