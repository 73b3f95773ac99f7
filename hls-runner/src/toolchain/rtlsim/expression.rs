//! Constant expressions of Verilog, as far as the widths of ports need them: whole numbers, parameters, `+ - * /` and parentheses.

use std::collections::HashMap;

use super::tokens::Token;

/// The values of a module's parameters.
pub(super) type Parameters<'a> = HashMap<&'a str, i64>;

/// The value of an expression; `None` if it is not one, or has an unknown name.
pub(super) fn evaluate(tokens: &[Token<'_>], parameters: &Parameters<'_>) -> Option<i64> {
    let mut expression = Expression { tokens, parameters };
    let value = expression.sum()?;
    expression.tokens.is_empty().then_some(value)
}

struct Expression<'a> {
    tokens: &'a [Token<'a>],
    parameters: &'a Parameters<'a>,
}

impl Expression<'_> {
    fn sum(&mut self) -> Option<i64> {
        let mut value = self.product()?;
        loop {
            if self.take('+') {
                value = value.checked_add(self.product()?)?;
            } else if self.take('-') {
                value = value.checked_sub(self.product()?)?;
            } else {
                return Some(value);
            }
        }
    }

    fn product(&mut self) -> Option<i64> {
        let mut value = self.factor()?;
        loop {
            if self.take('*') {
                value = value.checked_mul(self.factor()?)?;
            } else if self.take('/') {
                value = value.checked_div(self.factor()?)?;
            } else {
                return Some(value);
            }
        }
    }

    fn factor(&mut self) -> Option<i64> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        match *first {
            Token::Word(word) => number(word).or_else(|| self.parameters.get(word).copied()),
            Token::Symbol('(') => {
                let value = self.sum()?;
                self.take(')').then_some(value)
            }
            Token::Symbol(_) => None,
        }
    }

    fn take(&mut self, symbol: char) -> bool {
        let rest = self.tokens.strip_prefix(&[Token::Symbol(symbol)]);
        self.tokens = rest.unwrap_or(self.tokens);
        rest.is_some()
    }
}

/// `15`, `32'd15`, `8'hff`.
fn number(word: &str) -> Option<i64> {
    let Some((_, digits)) = word.split_once('\'') else { return word.parse().ok() };
    let radix = match digits.chars().next()?.to_ascii_lowercase() {
        'd' => 10,
        'h' => 16,
        'o' => 8,
        'b' => 2,
        _ => return None,
    };
    i64::from_str_radix(&digits.get(1..)?.replace('_', ""), radix).ok()
}

#[cfg(test)]
mod tests {
    use super::super::tokens::Tokens;
    use super::*;

    #[test]
    fn expressions_have_their_usual_values() {
        let parameters = Parameters::from([("WIDTH", 32), ("HUGE", i64::MAX)]);
        let cases = [
            ("15", Some(15)),
            ("WIDTH - 1", Some(31)),
            ("(WIDTH/8)-1", Some(3)),
            ("2 + 3 * 4 - 1", Some(13)),
            ("32'd10 - 1", Some(9)),
            ("8'hff", Some(255)),
            ("4'b1_01", Some(5)),
            ("8 - 2 - 1", Some(5)),
            ("OTHER - 1", None),
            ("1 / 0", None),
            ("HUGE + 1", None),
            ("(1", None),
            ("1 2", None),
            ("8'x1", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let tokens: Vec<_> = Tokens::of(text).collect();
            assert_eq!(evaluate(&tokens, &parameters), expected, "{text}");
        }
    }
}
