//! The ports of a Verilog module.
//!
//! This reads what generated code declares, in either style: names in the header and declarations in the body, as Vitis HLS writes them,
//! or declarations in the header. It is no parser of Verilog: what it does not understand of a port is an error, and everything else in
//! the text is passed over.

use std::collections::HashMap;

use super::expression::{Parameters, evaluate};
use super::tokens::{Token, Tokens};

/// Where a port's signal comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From outside.
    Input,
    /// From the module.
    Output,
    /// From either side.
    Inout,
}

impl Direction {
    /// The direction in which an answer goes.
    pub(crate) fn opposite(self) -> Self {
        match self {
            Self::Input => Self::Output,
            Self::Output => Self::Input,
            Self::Inout => Self::Inout,
        }
    }

    /// Its word in Verilog.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
            Self::Inout => "inout",
        }
    }
}

/// A port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Port {
    pub(crate) name: String,
    pub(crate) direction: Direction,
    /// Its width.
    pub(crate) bits: usize,
}

/// Why the ports of a module are not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PortsError {
    /// The text has no such module.
    #[error("it has no module {0}")]
    NoModule(String),
    /// The header does not end.
    #[error("the header of the module {0} is cut off")]
    CutOff(String),
    /// A port without direction and width.
    #[error("the module's header names the port {0}, but no direction and width are declared for it")]
    Undeclared(String),
    /// A range that cannot be computed.
    #[error("the range of the port {0} is not understood")]
    Range(String),
}

/// The ports of the module `top` in `text`, in the order of its header.
///
/// # Errors
/// There is no such module, or a port is not declared in a way that is understood.
pub(crate) fn ports(text: &str, top: &str) -> Result<Vec<Port>, PortsError> {
    let mut tokens = Tokens::of(text);
    enter(&mut tokens, top).ok_or_else(|| PortsError::NoModule(top.to_owned()))?;
    let mut module = Module::default();
    let header = module.header(&mut tokens).ok_or_else(|| PortsError::CutOff(top.to_owned()))?;
    let names: Vec<&str> = header.split(|token| *token == Token::Symbol(',')).filter_map(name).collect();
    module.declare(&header)?;
    module.body(&mut tokens, &names)?;
    let Module { declared, .. } = module;
    let port = |&name: &&str| match declared.get(name) {
        Some(&(direction, bits)) => Ok(Port { name: name.to_owned(), direction, bits }),
        None => Err(PortsError::Undeclared(name.to_owned())),
    };
    names.iter().map(port).collect()
}

/// Reads up to the name in `module top`.
fn enter(tokens: &mut Tokens<'_>, top: &str) -> Option<()> {
    loop {
        if tokens.next()? == Token::Word("module") && tokens.next()? == Token::Word(top) {
            return Some(());
        }
    }
}

/// What is known of a module.
#[derive(Default)]
struct Module<'a> {
    parameters: Parameters<'a>,
    declared: HashMap<&'a str, (Direction, usize)>,
}

impl<'a> Module<'a> {
    /// What is between the parentheses after the module's name and its parameters; `None` if they do not close.
    fn header(&mut self, tokens: &mut Tokens<'a>) -> Option<Vec<Token<'a>>> {
        let mut next = tokens.next()?;
        if next == Token::Symbol('#') {
            tokens.next()?;
            let parameters = enclosed(tokens)?;
            self.set_parameters(&parameters);
            next = tokens.next()?;
        }
        match next {
            Token::Symbol('(') => enclosed(tokens),
            // A module without ports.
            Token::Symbol(';') => Some(Vec::new()),
            _ => None,
        }
    }

    /// Reads declarations until all these names have one, or the module ends.
    fn body(&mut self, tokens: &mut Tokens<'a>, names: &[&str]) -> Result<(), PortsError> {
        let mut missing = names.iter().filter(|name| !self.declared.contains_key(**name)).count();
        while missing > 0 {
            let Some(token) = tokens.next() else { return Ok(()) };
            match token {
                Token::Word("endmodule") => return Ok(()),
                Token::Word("parameter" | "localparam") => {
                    let statement = statement(token, tokens);
                    self.set_parameters(&statement);
                }
                Token::Word("input" | "output" | "inout") => {
                    let statement = statement(token, tokens);
                    self.declare(&statement)?;
                    missing = names.iter().filter(|name| !self.declared.contains_key(**name)).count();
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes in `input [7:0] a, b, output c`; names before the first direction are not declared by it.
    fn declare(&mut self, list: &[Token<'a>]) -> Result<(), PortsError> {
        let mut kind = None;
        for item in list.split(|token| *token == Token::Symbol(',')) {
            let Some(name) = name(item) else { continue };
            if let Some(direction) = item.first().copied().and_then(direction) {
                let bits = match range(item) {
                    None => 1,
                    Some(range) => self.width(range).ok_or_else(|| PortsError::Range(name.to_owned()))?,
                };
                kind = Some((direction, bits));
            }
            if let Some(kind) = kind {
                // A function's argument may have the name of a port; the ports come first.
                self.declared.entry(name).or_insert(kind);
            }
        }
        Ok(())
    }

    fn width(&self, range: &[Token<'_>]) -> Option<usize> {
        let colon = range.iter().position(|token| *token == Token::Symbol(':'))?;
        let (high, low) = range.split_at_checked(colon)?;
        let value = |tokens| evaluate(tokens, &self.parameters);
        usize::try_from(value(high)?.abs_diff(value(low.get(1..)?)?)).ok()?.checked_add(1)
    }

    /// Takes in `parameter A = 8, B = A - 1`, as far as these are whole numbers.
    fn set_parameters(&mut self, list: &[Token<'a>]) {
        for item in list.split(|token| *token == Token::Symbol(',')) {
            let equals = item.iter().position(|token| *token == Token::Symbol('='));
            let Some((before, after)) = equals.and_then(|at| item.split_at_checked(at)) else { continue };
            let value = evaluate(after.get(1..).unwrap_or_default(), &self.parameters);
            if let (Some(Token::Word(name)), Some(value)) = (before.last(), value) {
                self.parameters.insert(name, value);
            }
        }
    }
}

fn direction(token: Token<'_>) -> Option<Direction> {
    match token {
        Token::Word("input") => Some(Direction::Input),
        Token::Word("output") => Some(Direction::Output),
        Token::Word("inout") => Some(Direction::Inout),
        _ => None,
    }
}

/// What is between the brackets of `input wire [7:0] a`.
fn range<'t, 'a>(item: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    let open = item.iter().position(|token| *token == Token::Symbol('['))?;
    let close = item.iter().position(|token| *token == Token::Symbol(']'))?;
    item.get(open + 1..close)
}

/// The name in `input wire signed [7:0] a = 0`.
fn name<'a>(item: &[Token<'a>]) -> Option<&'a str> {
    let after = item.iter().position(|token| *token == Token::Symbol(']')).map_or(0, |at| at + 1);
    let words = item.get(after..)?.iter().map_while(|token| match token {
        Token::Word(word) => Some(*word),
        Token::Symbol(_) => None,
    });
    words.filter(|word| !TYPES.contains(word)).last()
}

/// Words between a direction and a name.
const TYPES: [&str; 9] = ["input", "output", "inout", "wire", "reg", "logic", "tri", "signed", "unsigned"];

/// The rest of the text up to the parenthesis that closes one that has been read; `None` if it is not closed.
fn enclosed<'a>(tokens: &mut Tokens<'a>) -> Option<Vec<Token<'a>>> {
    let mut depth = 1_usize;
    let mut inside = Vec::new();
    loop {
        let token = tokens.next()?;
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(inside);
        }
        inside.push(token);
    }
}

/// A statement from its first token to the semicolon.
fn statement<'a>(first: Token<'a>, tokens: &mut Tokens<'a>) -> Vec<Token<'a>> {
    let rest = tokens.by_ref().take_while(|token| *token != Token::Symbol(';'));
    std::iter::once(first).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ports in a short form, or the error.
    fn shown(text: &str) -> String {
        match ports(text, "top") {
            Err(error) => error.to_string(),
            Ok(ports) => {
                let shown =
                    ports.iter().map(|port| format!("{} {} {}", port.direction.word(), port.name, port.bits));
                shown.collect::<Vec<_>>().join(", ")
            }
        }
    }

    #[test]
    fn a_text_that_is_cut_off_or_damaged_is_an_error_or_has_other_ports() {
        let text = "(* A=\"top (\" *) module top #(parameter W = 8'd4) (a, b);\n/* [ */ input [(W*2)-1:0] a; output [3:0] b;\nendmodule";
        for at in 0..text.len() {
            // Neither must panic.
            let _ = shown(&text[..at]);
            for damage in ["(", ")", "[", "]", ",", ":", "=", "\"", "é", "*)", ""] {
                let _ = shown(&format!("{}{damage}{}", &text[..at], &text[at + 1..]));
            }
        }
        assert_eq!(shown(text), "input a 8, output b 4");
    }

    #[test]
    fn ports_are_read_in_either_style() {
        let cases = [
            // As Vitis HLS writes them.
            (
                "`timescale 1 ns / 1 ps\n(* CORE_GENERATION_INFO=\"top,hls_ip (a, b);\" *)\nmodule top (\n  ap_clk,\n  x_V,\n  y_0\n);\n\
                 parameter    ap_ST_fsm_state1 = 2'd1;\ninput   ap_clk;\ninput  [159:0] x_V;\noutput  [15:0] y_0;\nreg[15:0] y_0;\nendmodule",
                "input ap_clk 1, input x_V 160, output y_0 16",
            ),
            // With declarations in the header; a second name has the kind of the first.
            (
                "module top(input wire clk, input wire signed [7:0] a, b, output reg [0:3] c = 0, output d);",
                "input clk 1, input a 8, input b 8, output c 4, output d 1",
            ),
            (
                "module top #(parameter W = 32, parameter N = W / 8)(input [W-1:0] a, output [(N*2)-1:0] b);",
                "input a 32, output b 8",
            ),
            (
                "module top(a, b);\nparameter C_W = 32'd12;\ninput [C_W - 1:0] a;\ninout b;\nendmodule",
                "input a 12, inout b 1",
            ),
            // Another module first, one that only begins like it, and a function's argument.
            (
                "module sub(x); input [3:0] x; endmodule module top_sub(x); input x; endmodule\n\
                 module top(x);\nfunction f; input [1:0] z; f = z; endfunction\noutput [5:0] x;\nendmodule",
                "output x 6",
            ),
            ("module top; endmodule", ""),
            ("module top(); endmodule", ""),
            ("// module top(input a);\nmodule other(input a); endmodule", "it has no module top"),
            ("module top(a, b", "the header of the module top is cut off"),
            ("module top #(", "the header of the module top is cut off"),
            (
                "module top(a, b); input a; endmodule module x(b); input b; endmodule",
                "the module's header names the port b, but no direction and width are declared for it",
            ),
            ("module top(input [W-1:0] a);", "the range of the port a is not understood"),
            ("module top(input [7] a);", "the range of the port a is not understood"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
