//! Weight files, read back.

use hls_codegen::{Converted, Project};
use hls_model::graph::op::{Cell, ResetGate};
use hls_model::graph::{Op, Strategy, Weight};
use hls_model::precision::Precision;

use crate::arrays::Arrays;
use crate::case::Case;

pub fn check(case: &Case, conversion: &Converted) -> Result<(), String> {
    let project = crate::project(conversion)?;
    let mut arrays = Arrays::open(&case.folder.join("weights.npz"))?;
    let nodes = conversion.graph.nodes();
    for (node, weight) in nodes.flat_map(|node| node.weights.iter().map(move |weight| (node, weight))) {
        // They are in the kernel.
        if node.op.matrix().is_some_and(|matrix| matrix.strategy == Strategy::DistributedArithmetic) {
            continue;
        }
        // hls4ml takes one number for all biases of such a GRU.
        let is_misread = matches!(&node.op, Op::Recurrent(op) if op.cell == Cell::Gru(ResetGate::Before));
        if is_misread && weight.role.attribute().ends_with("bias") {
            continue;
        }
        let expected: Vec<f64> = arrays.get(&weight.variable)?.iter().copied().collect();
        let expected: Vec<Number> =
            expected.iter().map(|&value| Number::stored(&weight.ty.precision, value)).collect();
        let stem = format!("firmware/weights/{}", weight.variable);
        let mut compared = 0;
        for (path, elements) in
            [(format!("{stem}.txt"), all as fn(&str) -> &str), (format!("{stem}.h"), initializer)]
        {
            let Some(text) = read(&project, &path)? else { continue };
            let ours = numbers(elements(text), weight).map_err(|error| format!("{path}: {error}"))?;
            if let Some(i) = (0..ours.len().max(expected.len())).find(|&i| ours.get(i) != expected.get(i)) {
                return Err(format!(
                    "{path}: element {i} is {:?} instead of {:?}",
                    ours.get(i),
                    expected.get(i)
                ));
            }
            compared += 1;
        }
        if compared == 0 {
            return Err(format!("{stem} is not written"));
        }
    }
    Ok(())
}

/// A number as the firmware holds it.
#[derive(Debug, PartialEq)]
enum Number {
    /// The raw number of a fixed-point type.
    Fixed(i128),
    /// Sign and exponent of a power of two.
    Power { positive: bool, exponent: i32 },
}

impl Number {
    /// What becomes of a value in a weight's type.
    fn stored(precision: &Precision, value: f64) -> Self {
        match precision {
            Precision::Exponent { .. } => {
                Self::Power { positive: value > 0.0, exponent: value.abs().log2().round() as i32 }
            }
            other => Self::Fixed(other.storage().from_f64(value)),
        }
    }
}

fn read<'a>(project: &'a Project, path: &str) -> Result<Option<&'a str>, String> {
    let text = project.file(path).map(|file| std::str::from_utf8(&file.bytes));
    text.transpose().map_err(|error| format!("{path}: {error}"))
}

fn all(text: &str) -> &str {
    text
}

/// The text between the braces of an array's initializer.
fn initializer(header: &str) -> &str {
    let begin = header.find("= {").map_or(header.len(), |at| at + 3);
    let end = header.rfind("};").unwrap_or(begin).max(begin);
    &header[begin..end]
}

/// The elements of a weight, as C++ reads them.
fn numbers(text: &str, weight: &Weight) -> Result<Vec<Number>, String> {
    let words: Vec<&str> = text
        .split(',')
        .map(|word| word.trim_matches(|c: char| c.is_whitespace() || "{}".contains(c)))
        .collect();
    match weight.ty.precision {
        Precision::Exponent { .. } => words.chunks(2).map(power).collect(),
        other => words
            .iter()
            .map(|word| {
                other.storage().from_decimal_str(word).map(Number::Fixed).map_err(|error| error.to_string())
            })
            .collect(),
    }
}

fn power(pair: &[&str]) -> Result<Number, String> {
    let [sign @ ("0" | "1"), exponent] = pair else {
        return Err(format!("{pair:?} is no sign and exponent"));
    };
    let exponent = exponent.parse().map_err(|error| format!("{exponent}: {error}"))?;
    Ok(Number::Power { positive: *sign == "1", exponent })
}
