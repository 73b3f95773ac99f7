//! The kernel generated for a matrix product with the strategy DistributedArithmetic: sums of shifted inputs that share parts.
//!
//! The sums are those of the [adder graph](crate::adder_graph) that circuits use too. All numbers are whole: an input's bits without its
//! binary point. C++'s `ap_int` keeps every bit of a sum and of a shift, so that the statements are exact whatever their order;
//! each result is cast once.

use hls_model::arith::{Arithmetic, MatrixProduct, Operation, Summation, Term, signed_bits};
use hls_model::precision::Precision;
use serde::Serialize;

use super::Layer;
use crate::CodegenError;
use crate::adder_graph::{Addend, AdderGraph, Effort, Operand, share};
use crate::range::{Range, width};
use crate::vitis::{cpp, templates};

/// What `layers/distributed_arithmetic.h` is filled with.
#[derive(Serialize)]
struct AddersContext {
    comment: String,
    class: String,
    statements: Vec<String>,
}

/// Columns of a line of statements.
const COLUMNS: usize = 118;

/// Spaces before a statement, and before its further lines.
const INDENT: (usize, usize) = (8, 12);

/// The kernel's class, in the manner of hls4ml's `dense_da_…`.
pub(super) fn class(layer: Layer<'_>) -> String {
    format!("dense_da_{}", layer.node.index)
}

/// The kernel's definition.
pub(super) fn kernel(layer: Layer<'_>) -> Result<String, CodegenError> {
    let nodes = layer.graph.order().iter().copied();
    let id = nodes.into_iter().find(|&id| layer.graph.node(id).name == layer.node.name);
    let id = id.ok_or_else(|| layer.incomplete("place in the graph"))?;
    let arithmetic = Arithmetic::of(layer.graph, id).map_err(|error| layer.unsupported(error.to_string()))?;
    let Some(Operation::MatrixProduct(product)) = arithmetic.map(|it| it.operation) else {
        return Err(layer.incomplete("matrix product"));
    };
    let statements = statements(layer, &product)?;
    let context = AddersContext { comment: cpp::comment(&layer.node.name), class: class(layer), statements };
    templates::render("firmware/layers/distributed_arithmetic.h", &context)
}

/// The call of the kernel of a vector, which needs no weights.
pub(super) fn call(layer: Layer<'_>, config: &str) -> Result<String, CodegenError> {
    let (input, output) = (layer.input(0)?, layer.output()?);
    let class = format!("{}::{}", layer.kernel_namespace, class(layer));
    let types = format!("{}, {}, {config}", input.ty.name, output.ty.name);
    Ok(format!("{class}<{types}>::dense({}, {});", input.variable, output.variable))
}

/// The call of a convolution of vectors that such a kernel takes, which needs no weights.
pub(super) fn conv_call(layer: Layer<'_>, function: &str, config: &str) -> Result<String, CodegenError> {
    let (input, output) = (layer.input(0)?, layer.output()?);
    let types = format!("{config}, {}, {}", input.ty.name, output.ty.name);
    Ok(format!("nnet::{function}<{types}>({}, {});", input.variable, output.variable))
}

fn statements(layer: Layer<'_>, product: &MatrixProduct) -> Result<Vec<String>, CodegenError> {
    if !matches!(product.summation, Summation::Exact { .. }) {
        return Err(layer.unsupported("its sums are not exact, and sums of shifted inputs are"));
    }
    let precision = layer.input(0)?.ty.precision;
    let input = Term::variable(precision).ok_or_else(|| layer.unsupported("its inputs are too wide"))?;
    let rows: Vec<Vec<(usize, i128)>> = product
        .rows
        .iter()
        .map(|row| {
            let taps = row.taps.iter().filter(|tap| tap.line.factor != 0);
            taps.map(|tap| (tap.position, tap.line.factor)).collect()
        })
        .collect();
    let ranges = vec![(input.low, input.high); product.windows.n_in()];
    let graph = share(&rows, &ranges, Effort::default());
    let biases: Vec<i128> = product.rows.iter().map(|row| row.bias).collect();
    let sums =
        Sums { graph: &graph, ranges: &ranges, biases: &biases, precision, point: product.accum.frac() };
    Ok(sums.statements())
}

/// What is written down.
struct Sums<'a> {
    graph: &'a AdderGraph,
    ranges: &'a [Range],
    biases: &'a [i128],
    /// The inputs' type.
    precision: Precision,
    /// Bits right of the binary point of the sums.
    point: i32,
}

impl Sums<'_> {
    fn statements(&self) -> Vec<String> {
        let adders = |addends: &[Addend]| addends.len().saturating_sub(1);
        let shared = self.graph.shared.iter();
        let count: usize = shared.clone().map(|sum| adders(&sum.addends)).sum();
        let count = count + self.graph.rows.iter().map(|row| adders(row)).sum::<usize>();
        let mut statements =
            vec![format!("// {count} additions; sums have {} bits right of the binary point.", self.point)];
        if self.used_inputs().next().is_none() {
            statements.push("(void)data;".to_owned());
        }
        statements.extend(self.used_inputs().map(|i| self.input(i)));
        statements.extend(shared.enumerate().map(|(i, sum)| {
            let terms = sum.addends.iter().map(|addend| self.term(addend)).collect();
            format!("const ap_int<{}> s{i} = {};", bits(sum.range), expression(terms))
        }));
        statements.extend(
            self.graph
                .rows
                .iter()
                .zip(self.biases)
                .enumerate()
                .map(|(i, (row, bias))| self.result(i, row, *bias)),
        );
        statements.into_iter().map(|statement| wrapped(&statement)).collect()
    }

    fn used_inputs(&self) -> impl Iterator<Item = usize> {
        let sums = self.graph.shared.iter().map(|sum| &sum.addends).chain(&self.graph.rows);
        let mut used = vec![false; self.ranges.len()];
        for addend in sums.flatten() {
            if let Operand::Input(i) = addend.operand {
                used[i] = true;
            }
        }
        used.into_iter().enumerate().filter(|(_, used)| *used).map(|(i, _)| i)
    }

    fn input(&self, i: usize) -> String {
        let whole = if self.precision.is_signed() { "ap_int" } else { "ap_uint" };
        let width = self.precision.width();
        format!("const {whole}<{width}> x{i} = whole<{whole}<{width}>>(data[{i}]);")
    }

    fn result(&self, i: usize, row: &[Addend], bias: i128) -> String {
        let (low, high) = row.iter().fold((bias, bias), |(low, high), addend| {
            let (from, to) = self.range(addend);
            (low.saturating_add(from), high.saturating_add(to))
        });
        let width = bits((low, high));
        let mut terms: Vec<Leaf> = row.iter().map(|addend| self.term(addend)).collect();
        if bias != 0 || terms.is_empty() {
            terms.push(constant(bias));
        }
        let integer = i64::from(width) - i64::from(self.point);
        format!("res[{i}] = at_point<{integer}>(ap_int<{width}>({}));", expression(terms))
    }

    fn range(&self, addend: &Addend) -> Range {
        let (low, high) = match addend.operand {
            Operand::Input(i) => self.ranges[i],
            Operand::Shared(i) => self.graph.shared[i].range,
        };
        let (low, high) = (low << addend.shift, high << addend.shift);
        if addend.negative { (-high, -low) } else { (low, high) }
    }

    fn term(&self, addend: &Addend) -> Leaf {
        let name = match addend.operand {
            Operand::Input(i) => format!("x{i}"),
            Operand::Shared(i) => format!("s{i}"),
        };
        let text = match addend.shift {
            0 => name,
            shift => format!("shl<{shift}>({name})"),
        };
        Leaf { text, negative: addend.negative }
    }
}

/// A part of an expression, and whether it counts with the sign turned.
#[derive(Debug, Clone, PartialEq)]
struct Leaf {
    text: String,
    negative: bool,
}

/// A constant of any size, from pieces that a literal of C++11 can have.
fn constant(number: i128) -> Leaf {
    let (magnitude, negative) = (number.unsigned_abs(), number < 0);
    let width = width((0, number.saturating_abs())).max(1);
    let (high, low) = (magnitude >> 62, magnitude & ((1 << 62) - 1));
    let piece = |value: u128| format!("ap_uint<{width}>({value}ULL)");
    let text = match high {
        0 => piece(low),
        _ => format!("(({} << 62) | {})", piece(high), piece(low)),
    };
    Leaf { text, negative }
}

fn bits((low, high): Range) -> u32 {
    signed_bits(low).max(signed_bits(high))
}

/// The sum as a balanced tree, so that no intermediate sum has many more bits than it needs.
fn expression(terms: Vec<Leaf>) -> String {
    match tree(&terms) {
        Leaf { text, negative: false } => text,
        Leaf { text, negative: true } => format!("-({text})"),
    }
}

fn tree(terms: &[Leaf]) -> Leaf {
    let (left, right) = match terms {
        [] => return Leaf { text: "0".to_owned(), negative: false },
        [one] => return one.clone(),
        _ => {
            let (left, right) = terms.split_at(terms.len().div_ceil(2));
            (tree(left), tree(right))
        }
    };
    let inner =
        |leaf: &Leaf, terms: usize| if terms > 1 { format!("({})", leaf.text) } else { leaf.text.clone() };
    let half = terms.len().div_ceil(2);
    let (a, b) = (inner(&left, half), inner(&right, terms.len() - half));
    let (text, negative) = match (left.negative, right.negative) {
        (false, false) => (format!("{a} + {b}"), false),
        (false, true) => (format!("{a} - {b}"), false),
        (true, false) => (format!("{b} - {a}"), false),
        (true, true) => (format!("{a} + {b}"), true),
    };
    Leaf { text, negative }
}

/// A statement in lines of limited length.
fn wrapped(statement: &str) -> String {
    let mut lines = vec![String::new()];
    for word in statement.split(' ') {
        let indent = if lines.len() == 1 { INDENT.0 } else { INDENT.1 };
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if indent + line.len() + 1 + word.len() > COLUMNS {
            lines.push(word.to_owned());
        } else {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.join(&format!("\n{}", " ".repeat(INDENT.1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(terms: &str) -> Vec<Leaf> {
        let leaf = |term: &str| Leaf {
            text: term.trim_start_matches('-').to_owned(),
            negative: term.starts_with('-'),
        };
        terms.split_whitespace().map(leaf).collect()
    }

    #[test]
    fn sums_are_balanced_and_keep_their_signs() {
        for (terms, expected) in [
            ("a", "a"),
            ("-a", "-(a)"),
            ("a b", "a + b"),
            ("-a b", "b - a"),
            ("-a -b", "-(a + b)"),
            ("a b c", "(a + b) + c"),
            ("-a -b c -d", "(c - d) - (a + b)"),
            ("a -b -c -d -e", "((a - b) - c) - (d + e)"),
        ] {
            assert_eq!(expression(leaves(terms)), expected);
        }
    }

    #[test]
    fn constants_may_be_larger_than_a_literal() {
        assert_eq!(constant(-5), Leaf { text: "ap_uint<3>(5ULL)".into(), negative: true });
        assert_eq!(constant(1 << 62).text, "((ap_uint<63>(1ULL) << 62) | ap_uint<63>(0ULL))");
    }

    #[test]
    fn long_statements_are_wrapped() {
        let text = wrapped(&format!("x = {};", vec!["aaaa"; 40].join(" + ")));
        let text = format!("{}{text}", " ".repeat(INDENT.0));
        assert!(text.lines().all(|line| line.len() <= COLUMNS) && text.lines().count() == 3, "{text}");
    }
}
