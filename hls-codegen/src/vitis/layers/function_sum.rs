//! Sums of functions of single elements, as a kernel of their own.

use std::collections::HashMap;

use hls_model::arith::{FunctionSums, FunctionTerm, Operation, SummedFunctions, TermValue, signed_bits};
use hls_model::precision::Precision;
use serde::Serialize;

use super::{Layer, LayerEmission, adders};
use crate::CodegenError;
use crate::vitis::{cpp, templates};

/// What `layers/function_sum.h` is filled with.
#[derive(Serialize)]
struct FunctionSumContext<'a> {
    comment: String,
    function: &'a str,
    tables: Vec<TableContext>,
    arguments: Vec<ArgumentContext>,
    sums: Vec<SumContext>,
}

/// A table with an entry for each pattern of an argument's bits.
#[derive(Serialize)]
struct TableContext {
    name: String,
    /// Bits of an entry.
    width: u32,
    entries: Vec<String>,
}

/// An element in the type in which functions take it.
#[derive(Serialize)]
struct ArgumentContext {
    element: usize,
    ty: String,
    /// The class of whole numbers with its bits.
    whole: &'static str,
    width: u32,
}

/// A sum; one of no bits for a result that is always zero.
#[derive(Serialize, Default)]
struct SumContext {
    width: u32,
    last: u32,
    /// Bits before the binary point.
    integer: i64,
    constant: String,
    addends: Vec<String>,
    relu: bool,
    /// The type of the quantizer of the result.
    quantizer: Option<String>,
}

pub(super) fn emit(layer: Layer<'_>) -> Result<LayerEmission, CodegenError> {
    let (input, output) = (layer.input(0)?, layer.output()?);
    let Operation::FunctionSums(sums) = adders::operation(layer)? else {
        return Err(layer.incomplete("sums of functions"));
    };
    let mut parts = Parts::default();
    let each = sums.sums.iter().map(|sum| parts.sum(sum)).collect();
    let function = format!("da_comblogic_{}", layer.node.index);
    let context = FunctionSumContext {
        comment: cpp::comment(&layer.node.name),
        function: &function,
        tables: parts.tables.iter().map(|&(table, signed)| TableContext::new(&sums, table, signed)).collect(),
        arguments: parts.arguments,
        sums: each,
    };
    let generated_kernel = templates::render("firmware/layers/function_sum.h", &context)?;
    let types = format!("{}, {}", input.ty.name, output.ty.name);
    let call =
        format!("{}::{function}<{types}>({}, {});", layer.kernel_namespace, input.variable, output.variable);
    Ok(LayerEmission { calls: vec![call], generated_kernel, ..LayerEmission::default() })
}

impl TableContext {
    /// A table in the order of bit patterns: of a signed argument, numbers that are not negative come first.
    fn new(sums: &FunctionSums, table: usize, signed: bool) -> Self {
        let entries = &sums.tables[table];
        let (negative, positive) = entries.split_at(if signed { entries.len() / 2 } else { 0 });
        Self {
            name: table_name((table, signed)),
            width: entries.iter().copied().map(signed_bits).max().unwrap_or(1),
            entries: positive.iter().chain(negative).map(|&entry| literal(entry)).collect(),
        }
    }
}

fn table_name((table, signed): (usize, bool)) -> String {
    format!("table{table}{}", if signed { "" } else { "u" })
}

/// A whole number of C++, which an `int` need not hold.
fn literal(number: i128) -> String {
    match i32::try_from(number) {
        Ok(number) if number > i32::MIN => number.to_string(),
        Ok(_) | Err(_) => format!("{number}LL"),
    }
}

/// What sums share.
#[derive(Default)]
struct Parts {
    arguments: Vec<ArgumentContext>,
    /// The numbers of arguments, by element and type.
    numbers: HashMap<(usize, String), usize>,
    /// The tables that are read, with the sign of their arguments.
    tables: Vec<(usize, bool)>,
}

impl Parts {
    fn sum(&mut self, sum: &SummedFunctions) -> SumContext {
        let Some(finish) = &sum.finish else { return SumContext::default() };
        let width = signed_bits(sum.range.0).max(signed_bits(sum.range.1));
        // Of the casts after the sum the last one is to the result's type.
        let quantizer = match finish.links() {
            [quantizer, _] => Some(quantizer.result().ty.cpp()),
            _ => None,
        };
        SumContext {
            width,
            last: width - 1,
            integer: i64::from(width) - i64::from(finish.from().frac()),
            constant: literal(sum.constant),
            addends: sum.terms.iter().map(|term| self.addend(term, width)).collect(),
            relu: sum.relu,
            quantizer,
        }
    }

    fn addend(&mut self, term: &FunctionTerm, width: u32) -> String {
        let ty = term.argument.result().ty;
        let argument = self.argument(term.element, ty);
        let value = match term.value {
            TermValue::Argument => format!("x{argument}"),
            TermValue::Entry { table, .. } => {
                let table = (table, ty.is_signed());
                if !self.tables.contains(&table) {
                    self.tables.push(table);
                }
                format!("{}[i{argument}.to_uint()]", table_name(table))
            }
        };
        match term.up {
            0 => format!("ap_int<{width}>({value})"),
            up => format!("(ap_int<{width}>({value}) << {up})"),
        }
    }

    /// The number of an element in a type.
    fn argument(&mut self, element: usize, ty: Precision) -> usize {
        let number = self.arguments.len();
        let known = self.numbers.entry((element, ty.cpp())).or_insert(number);
        if *known == number {
            let whole = if ty.is_signed() { "ap_int" } else { "ap_uint" };
            self.arguments.push(ArgumentContext { element, ty: ty.cpp(), whole, width: ty.width() });
        }
        *known
    }
}
