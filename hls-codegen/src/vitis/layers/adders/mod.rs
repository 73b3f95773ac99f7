//! The kernels generated for matrix products with the strategy DistributedArithmetic: shifted inputs that are added up, and share parts.
//!
//! The sums are those of the [adder graph](crate::adder_graph) that circuits use too. All numbers are whole: an input's bits without its
//! binary point. C++'s `ap_int` keeps every bit of a sum and of a shift, so that the statements are exact whatever their order.
//!
//! Where nothing is rounded before the end of a sum, whole sums share parts ([`sums`]), and each is cast once. A cell of a recurrent layer
//! has the sums of its Latency kernels, in which an accumulator can cut each product; there the products share parts ([`multiples`]).

mod expression;
mod multiples;
mod sums;

use hls_model::arith::{Arithmetic, MatrixProduct, Operation, Summation, Term, signed_bits};
use hls_model::precision::Precision;
use serde::Serialize;

use self::expression::{Leaf, constant, expression, wrapped};
use super::Layer;
use crate::CodegenError;
use crate::adder_graph::{Addend, AdderGraph, Operand};
use crate::range::Range;
use crate::vitis::{cpp, templates};

/// What `layers/distributed_arithmetic.h` is filled with.
#[derive(Serialize)]
struct AddersContext<'a> {
    comment: String,
    class: &'a str,
    statements: Vec<String>,
}

/// The kernel's class, in the manner of hls4ml's `dense_da_…`.
pub(super) fn class(layer: Layer<'_>) -> String {
    format!("dense_da_{}", layer.node.index)
}

/// The same with its namespace.
pub(super) fn qualified_class(layer: Layer<'_>) -> String {
    format!("{}::{}", layer.kernel_namespace, class(layer))
}

/// The definition of the kernel of a layer that is one product.
pub(super) fn kernel(layer: Layer<'_>) -> Result<String, CodegenError> {
    let Operation::MatrixProduct(product) = operation(layer)? else {
        return Err(layer.incomplete("matrix product"));
    };
    kernel_of(layer, &class(layer), &product, layer.input(0)?.ty.precision)
}

/// What a layer computes.
pub(super) fn operation(layer: Layer<'_>) -> Result<Operation, CodegenError> {
    let nodes = layer.graph.order().iter().copied();
    let id = nodes.into_iter().find(|&id| layer.graph.node(id).name == layer.node.name);
    let id = id.ok_or_else(|| layer.incomplete("place in the graph"))?;
    let arithmetic = Arithmetic::of(layer.graph, id).map_err(|error| layer.unsupported(error.to_string()))?;
    arithmetic.map(|it| it.operation).ok_or_else(|| layer.incomplete("arithmetic"))
}

/// The definition of the kernel of a product with inputs of a type.
pub(super) fn kernel_of(
    layer: Layer<'_>,
    class: &str,
    product: &MatrixProduct,
    input: Precision,
) -> Result<String, CodegenError> {
    if product.quantized.is_some() {
        let types = product.quantized_positions();
        let types = types
            .ok_or_else(|| layer.unsupported("its windows have elements of different types at one place"))?;
        let statements = sums::statements(product, &sums::Inputs::Cast(types));
        return rendered(layer, class, statements);
    }
    let numbers = match input {
        Precision::Fixed(_) | Precision::Integer { .. } => Term::variable(input),
        Precision::Xnor | Precision::Exponent { .. } => None,
    };
    let numbers = numbers.ok_or_else(|| layer.unsupported("its inputs are no numbers of up to 126 bits"))?;
    let statements = match product.summation {
        Summation::Exact { .. } => sums::statements(product, &sums::Inputs::Like(numbers)),
        Summation::Floored { .. } | Summation::Stepwise { .. } => {
            multiples::statements(product, &numbers).map_err(|reason| layer.unsupported(reason))?
        }
    };
    rendered(layer, class, statements)
}

fn rendered(layer: Layer<'_>, class: &str, statements: Vec<String>) -> Result<String, CodegenError> {
    let context = AddersContext { comment: cpp::comment(&layer.node.name), class, statements };
    templates::render("firmware/layers/distributed_arithmetic.h", &context)
}

/// The call of the kernel of a vector, which needs no weights and nothing of a configuration.
pub(super) fn call(layer: Layer<'_>) -> Result<String, CodegenError> {
    let (input, output) = (layer.input(0)?, layer.output()?);
    let class = qualified_class(layer);
    let types = format!("{}, {}", input.ty.name, output.ty.name);
    Ok(format!("{class}<{types}>::dense({}, {});", input.variable, output.variable))
}

/// The call of a convolution of vectors that such a kernel takes, which needs no weights.
pub(super) fn conv_call(layer: Layer<'_>, function: &str, config: &str) -> Result<String, CodegenError> {
    let (input, output) = (layer.input(0)?, layer.output()?);
    let types = format!("{config}, {}, {}", input.ty.name, output.ty.name);
    Ok(format!("nnet::{function}<{types}>({}, {});", input.variable, output.variable))
}

/// A number that is added up, as it is called in the statements.
#[derive(Debug, Clone)]
struct Variable {
    name: String,
    range: Range,
}

/// An adder graph whose numbers have names.
struct Named<'a> {
    graph: &'a AdderGraph,
    inputs: &'a [Variable],
    shared: Vec<Variable>,
}

impl<'a> Named<'a> {
    /// The shared sums are called `s0`, `s1` and so on, from a number on.
    fn new(graph: &'a AdderGraph, inputs: &'a [Variable], first: usize) -> Self {
        let shared = graph.shared.iter().zip(first..);
        let shared = shared.map(|(sum, i)| Variable { name: format!("s{i}"), range: sum.range }).collect();
        Self { graph, inputs, shared }
    }

    /// The definitions of the shared sums.
    fn definitions(&self) -> impl Iterator<Item = String> {
        self.graph.shared.iter().zip(&self.shared).map(|(sum, variable)| {
            let terms = sum.addends.iter().map(|addend| self.term(addend)).collect();
            format!("const ap_int<{}> {} = {};", bits(sum.range), variable.name, expression(terms))
        })
    }

    fn variable(&self, operand: Operand) -> &Variable {
        match operand {
            Operand::Input(i) => &self.inputs[i],
            Operand::Shared(i) => &self.shared[i],
        }
    }

    /// The range of a row and of a constant.
    fn range_of(&self, row: &[Addend], constant: i128) -> Range {
        row.iter().fold((constant, constant), |(low, high), addend| {
            let (from, to) = self.range(addend);
            (low.saturating_add(from), high.saturating_add(to))
        })
    }

    fn range(&self, addend: &Addend) -> Range {
        let (low, high) = self.variable(addend.operand).range;
        let (low, high) = (low << addend.shift, high << addend.shift);
        if addend.negative { (-high, -low) } else { (low, high) }
    }

    fn term(&self, addend: &Addend) -> Leaf {
        let name = &self.variable(addend.operand).name;
        let text = match addend.shift {
            0 => name.clone(),
            shift => format!("shl<{shift}>({name})"),
        };
        Leaf { text, negative: addend.negative }
    }

    /// Additions of shared sums and rows.
    fn additions(&self) -> usize {
        let sums = self.graph.shared.iter().map(|sum| &sum.addends).chain(&self.graph.rows);
        sums.map(|addends| addends.len().saturating_sub(1)).sum()
    }
}

/// The definition of an element of the input without its binary point.
fn input(position: usize, precision: Precision) -> String {
    element(position, precision, &format!("data[{position}]"))
}

/// The same of an element that is cast to a type of its own first.
fn cast_input(position: usize, precision: Precision) -> String {
    element(position, precision, &format!("{}(data[{position}])", precision.cpp()))
}

fn element(position: usize, precision: Precision, number: &str) -> String {
    let whole = if precision.is_signed() { "ap_int" } else { "ap_uint" };
    let width = precision.width();
    format!("const {whole}<{width}> x{position} = whole<{whole}<{width}>>({number});")
}

/// An expression as a number with bits right of its binary point.
fn at_point(value: &str, range: Range, point: i32) -> String {
    let width = bits(range);
    let integer = i64::from(width) - i64::from(point);
    format!("at_point<{integer}>(ap_int<{width}>({value}))")
}

fn bits((low, high): Range) -> u32 {
    signed_bits(low).max(signed_bits(high))
}
