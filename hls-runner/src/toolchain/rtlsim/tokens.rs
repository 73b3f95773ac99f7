//! Verilog text as tokens, without what does not matter for its ports: comments, attributes, compiler directives and strings.

/// A token of Verilog text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// An identifier, a keyword or a number: `ap_clk`, `input`, `15`, `8'd5`.
    Word(&'a str),
    /// Any other character.
    Symbol(char),
}

/// The tokens of a text.
pub(super) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// What follows the first `mark`, or nothing if it does not come.
    fn after(text: &'a str, mark: &str) -> &'a str {
        text.split_once(mark).map_or("", |(_, rest)| rest)
    }

    /// Skips what is no token; `None` where a token begins.
    fn skipped(text: &'a str) -> Option<&'a str> {
        // `@(*)` is a sensitivity list, not the beginning of an attribute.
        let attribute = |rest: &&str| !rest.trim_start().starts_with(')');
        if let Some(rest) = text.strip_prefix("//").or_else(|| text.strip_prefix('`')) {
            Some(Self::after(rest, "\n"))
        } else if let Some(rest) = text.strip_prefix("/*") {
            Some(Self::after(rest, "*/"))
        } else if let Some(rest) = text.strip_prefix("(*").filter(attribute) {
            Some(Self::after(rest, "*)"))
        } else {
            text.strip_prefix('"').map(|rest| Self::after(rest, "\""))
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '\'')
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            self.rest = self.rest.trim_start();
            match Self::skipped(self.rest) {
                Some(rest) => self.rest = rest,
                None => break,
            }
        }
        let first = self.rest.chars().next()?;
        let end = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
        let (token, end) = match self.rest.get(..end).filter(|word| !word.is_empty()) {
            Some(word) => (Token::Word(word), end),
            None => (Token::Symbol(first), first.len_utf8()),
        };
        self.rest = self.rest.get(end..).unwrap_or_default();
        Some(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_token_is_skipped() {
        let cases = [
            ("input [7:0] a_V;", "input [ 7 : 0 ] a_V ;"),
            ("`timescale 1 ns / 1 ps\nmodule m // comment (\n (", "module m ("),
            ("(* X=\"a,b;\" *) reg /* wire\n */ x", "reg x"),
            ("always @ (*) begin", "always @ ( * ) begin"),
            ("always @(* ) x", "always @ ( * ) x"),
            ("a = 8'd5 + \"text; input b\";", "a = 8'd5 + ;"),
            ("é x", "é x"),
            ("/* never closed", ""),
            ("(* never closed", ""),
        ];
        for (text, expected) in cases {
            let words: Vec<String> = Tokens::of(text)
                .map(|token| match token {
                    Token::Word(word) => word.to_owned(),
                    Token::Symbol(symbol) => symbol.to_string(),
                })
                .collect();
            assert_eq!(words.join(" "), expected, "{text}");
        }
    }
}
