//! C++ expressions of sums.

use crate::range::width;

/// Columns of a line of statements.
const COLUMNS: usize = 118;

/// Spaces before a statement, and before its further lines.
const INDENT: (usize, usize) = (8, 12);

/// A part of an expression, and whether it counts with the sign turned.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Leaf {
    pub(super) text: String,
    pub(super) negative: bool,
}

/// A constant of any size, from pieces that a literal of C++11 can have.
pub(super) fn constant(number: i128) -> Leaf {
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

/// The sum as a balanced tree, so that no intermediate sum has many more bits than it needs.
pub(super) fn expression(terms: Vec<Leaf>) -> String {
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
pub(super) fn wrapped(statement: &str) -> String {
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
