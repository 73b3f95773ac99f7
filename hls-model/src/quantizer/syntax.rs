//! The constructor-call notation in which QKeras writes quantizers: `quantized_bits(4,0,1,alpha='auto_po2')`.
//!
//! QKeras evaluates these strings with a reduced Python grammar; this parser accepts the same calls (positional and
//! keyword arguments, numbers, `True`, `False`, `None`, quoted text, calls as arguments) and nothing else.

use super::error::QuantizerError;

/// Calls inside calls beyond this depth are refused: no quantizer nests more than once.
const MAX_DEPTH: usize = 16;
/// Longer text is not a quantizer.
const MAX_LENGTH: usize = 4096;

/// One argument value of a quantizer call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Call(Call),
    /// JSON that no quantizer argument takes (lists, objects that are not quantizers).
    Other(String),
}

/// A constructor and its arguments, in the order written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub name: String,
    pub positional: Vec<Value>,
    pub named: Vec<(String, Value)>,
}

/// Parses one complete call, or a bare name, which is a call without arguments.
pub(crate) fn parse_call(text: &str) -> Result<Call, QuantizerError> {
    if text.len() > MAX_LENGTH {
        return Err(QuantizerError::TooLong { length: text.len(), limit: MAX_LENGTH });
    }
    let mut parser = Parser { text, at: 0 };
    let call = parser.call(0)?;
    parser.skip_space();
    match parser.peek() {
        None => Ok(call),
        Some(other) => Err(parser.error(format!("{other:?} follows the end of the quantizer"))),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.at += expected.len_utf8();
        }
        found
    }

    fn take_while(&mut self, accepted: impl Fn(char) -> bool) -> String {
        let word: String = self.rest().chars().take_while(|&c| accepted(c)).collect();
        self.at += word.len();
        word
    }

    fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    fn error(&self, reason: impl Into<String>) -> QuantizerError {
        let column = self.text.get(..self.at).map_or(0, |before| before.chars().count());
        QuantizerError::Syntax { text: self.text.to_owned(), column: column + 1, reason: reason.into() }
    }

    fn name(&mut self) -> Result<String, QuantizerError> {
        self.skip_space();
        match self.peek() {
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                Ok(self.take_while(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.'))
            }
            Some(c) => Err(self.error(format!("a name was expected, not {c:?}"))),
            None => Err(self.error("a name was expected, but the text ends")),
        }
    }

    fn call(&mut self, depth: usize) -> Result<Call, QuantizerError> {
        if depth > MAX_DEPTH {
            return Err(self.error(format!("calls are nested more than {MAX_DEPTH} deep")));
        }
        let path = self.name()?;
        // `qkeras.quantizers.binary` and `binary` are the same class.
        let name = path.rsplit('.').next().unwrap_or(&path).to_owned();
        let mut call = Call { name, positional: Vec::new(), named: Vec::new() };
        self.skip_space();
        if self.take('(') {
            self.arguments(&mut call, depth)?;
        }
        Ok(call)
    }

    fn arguments(&mut self, call: &mut Call, depth: usize) -> Result<(), QuantizerError> {
        loop {
            self.skip_space();
            if self.take(')') {
                return Ok(());
            }
            match self.keyword() {
                Some(key) => {
                    let value = self.value(depth)?;
                    call.named.push((key, value));
                }
                None if call.named.is_empty() => {
                    let value = self.value(depth)?;
                    call.positional.push(value);
                }
                None => return Err(self.error("a positional argument follows a keyword argument")),
            }
            self.skip_space();
            if !self.take(',') && self.peek() != Some(')') {
                return Err(match self.peek() {
                    Some(c) => self.error(format!("',' or ')' was expected, not {c:?}")),
                    None => self.error("the closing ')' is missing"),
                });
            }
        }
    }

    /// Consumes `name =` if it comes next.
    fn keyword(&mut self) -> Option<String> {
        let start = self.at;
        if let Ok(name) = self.name() {
            self.skip_space();
            if self.take('=') {
                return Some(name);
            }
        }
        self.at = start;
        None
    }

    fn value(&mut self, depth: usize) -> Result<Value, QuantizerError> {
        self.skip_space();
        match self.peek() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote),
            Some(c) if c.is_ascii_digit() || matches!(c, '+' | '-' | '.') => self.number(),
            _ => self.word(depth),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Value, QuantizerError> {
        self.take(quote);
        let inside = self.take_while(|c| c != quote && c != '\\');
        if self.take(quote) {
            Ok(Value::Text(inside))
        } else {
            Err(self.error("the quoted text does not end"))
        }
    }

    fn number(&mut self) -> Result<Value, QuantizerError> {
        let word = self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_'));
        let digits = word.replace('_', "");
        if let Ok(int) = digits.parse::<i64>() {
            return Ok(Value::Int(int));
        }
        match digits.parse::<f64>() {
            Ok(float) if float.is_finite() => Ok(Value::Float(float)),
            _ => Err(self.error(format!("{word:?} is not a number"))),
        }
    }

    fn word(&mut self, depth: usize) -> Result<Value, QuantizerError> {
        let start = self.at;
        let call = self.call(depth + 1)?;
        let bare = !self.text.get(start..self.at).unwrap_or("").contains('(');
        Ok(match call.name.as_str() {
            "None" if bare => Value::None,
            "True" if bare => Value::Bool(true),
            "False" if bare => Value::Bool(false),
            _ => Value::Call(call),
        })
    }
}
