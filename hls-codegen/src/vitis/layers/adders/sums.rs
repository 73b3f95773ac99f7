//! Exact sums that share parts.

use hls_model::arith::{MatrixProduct, Term};

use super::Leaf;
use super::{Named, Variable, at_point, constant, expression, input, wrapped};
use crate::adder_graph::{Addend, Effort, Operand, share};

/// The statements that compute all results.
pub(super) fn statements(product: &MatrixProduct, numbers: &Term) -> Vec<String> {
    let rows: Vec<Vec<(usize, i128)>> = product
        .rows
        .iter()
        .map(|row| {
            let taps = row.taps.iter().filter(|tap| tap.line.factor != 0);
            taps.map(|tap| (tap.position, tap.line.factor)).collect()
        })
        .collect();
    let range = (numbers.low, numbers.high);
    let ranges = vec![range; product.windows.n_in()];
    let graph = share(&rows, &ranges, Effort::default());
    let inputs: Vec<Variable> =
        (0..ranges.len()).map(|i| Variable { name: format!("x{i}"), range }).collect();
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
    statements.extend(used.map(|(i, _)| input(i, numbers.ty)));
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
