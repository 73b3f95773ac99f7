//! Pieces of C++ text.

use std::fmt;

use hls_model::graph::{Interface, NamedType, Tensor};
use hls_model::identifier::is_identifier;
use hls_model::precision::Precision;

use crate::CodegenError;

/// Returns the name if C++ accepts it as an identifier.
///
/// # Errors
/// [`CodegenError::Identifier`] with `what` the name is for.
pub(crate) fn identifier<'a>(name: &'a str, what: &'static str) -> Result<&'a str, CodegenError> {
    if is_identifier(name) { Ok(name) } else { Err(CodegenError::Identifier { name: name.to_owned(), what }) }
}

/// A text as a C++ string literal.
pub(crate) fn string_literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for byte in text.bytes() {
        match byte {
            // Compilers in strict mode replace trigraphs, such as the backslash of `??/`, in literals too.
            b'"' | b'\\' | b'?' => literal.extend(['\\', char::from(byte)]),
            b' '..=b'~' => literal.push(char::from(byte)),
            // Always three octal digits, so that a digit after the escape does not become part of it.
            _ => literal.push_str(&format!("\\{byte:03o}")),
        }
    }
    literal.push('"');
    literal
}

/// A text that can follow `//`: one line, not ending in `\` (or its trigraph), which would continue the comment.
pub(crate) fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || c == '\\' || c == '?' { '_' } else { c }).collect()
}

/// The number of elements of a tensor as hls4ml writes it, such as `4*6`.
pub(crate) fn size<P>(tensor: &Tensor<P>) -> String {
    let extents: Vec<String> = tensor.shape.iter().map(ToString::to_string).collect();
    extents.join("*")
}

/// A real number as a C++ literal that gives the same double, such as `0.2` or `1.0`.
pub(crate) fn real_literal(value: f64) -> String {
    format!("{value:?}")
}

/// A type that the firmware defines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DefinedType<'a> {
    /// Of single numbers.
    Number(&'a NamedType),
    /// Of as many numbers as travel together in a stream.
    Pack(&'a NamedType, usize),
}

impl<'a> DefinedType<'a> {
    /// The type of what a variable for the tensor holds.
    pub(crate) fn of(tensor: &'a Tensor) -> Self {
        match tensor.interface {
            Interface::Array => Self::Number(&tensor.ty),
            Interface::Stream { pack, .. } => Self::Pack(&tensor.ty, pack),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'a str {
        match self {
            Self::Number(ty) | Self::Pack(ty, _) => &ty.name,
        }
    }
}

/// The typedef of a type.
pub(crate) fn typedef(ty: DefinedType<'_>) -> Result<String, CodegenError> {
    match ty {
        DefinedType::Number(ty) => number_typedef(ty),
        DefinedType::Pack(ty, pack) => {
            let name = identifier(&ty.name, "a type")?;
            Ok(format!("typedef nnet::array<{}, {pack}*1> {name};", ty.precision.cpp()))
        }
    }
}

fn number_typedef(ty: &NamedType) -> Result<String, CodegenError> {
    let name = identifier(&ty.name, "a type")?;
    Ok(match ty.precision {
        Precision::Exponent { .. } => {
            let sign = Precision::Xnor.cpp();
            format!("typedef struct {name} {{ {sign} sign; {} weight; }} {name};", ty.precision.cpp())
        }
        _ => format!("typedef {} {name};", ty.precision.cpp()),
    })
}

/// A call of a kernel: `nnet::function<types>(arguments);`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub function: String,
    pub template_arguments: Vec<String>,
    pub arguments: Vec<String>,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Call { function, template_arguments, arguments } = self;
        write!(f, "nnet::{function}<{}>({});", template_arguments.join(", "), arguments.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_what_cpp_says_they_are() {
        for name in ["myproject", "_x", "layer2_out", "Int"] {
            assert!(identifier(name, "a test").is_ok(), "{name}");
        }
        for name in ["", "2x", "a-b", "a b", "int", "naïve", "x;system(0)"] {
            assert!(identifier(name, "a test").is_err(), "{name}");
        }
    }

    #[test]
    fn literals_and_comments_cannot_break_out() {
        assert_eq!(string_literal("dense_1"), r#""dense_1""#);
        assert_eq!(string_literal("a\"b\\c\n1é"), r#""a\"b\\c\0121\303\251""#);
        assert_eq!(string_literal("what??/"), r#""what\?\?/""#);
        assert_eq!(comment("first\nsecond\\"), "first_second_");
        assert_eq!(comment("what??/"), "what__/");
    }

    #[test]
    fn reals_are_cpp_literals() {
        for (value, expected) in [(0.2, "0.2"), (1.0, "1.0"), (-0.5, "-0.5"), (1e-7, "1e-7"), (1e16, "1e16")]
        {
            assert_eq!(real_literal(value), expected);
        }
    }
}
