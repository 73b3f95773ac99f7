//! JSON as Python writes it: with bare `Infinity`, `-Infinity` and `NaN`, which JSON does not have.

use serde_json::Value as Json;

/// Parses such a text. Each of the words becomes a string of itself, so that a field that is to be a number is refused by name.
///
/// # Errors
/// The text is no JSON in other respects.
pub(super) fn parse(text: &str) -> serde_json::Result<Json> {
    // Nearly every file is JSON, and is not copied.
    serde_json::from_str(text).or_else(|error| match quoted(text) {
        Some(quoted) => serde_json::from_str(&quoted),
        None => Err(error),
    })
}

/// The words that are not JSON; a minus sign before one belongs to it.
const WORDS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];

/// The text with quotes around its bare words; `None` if it has none.
fn quoted(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 64);
    let (mut rest, mut in_string, mut changed) = (text, false, false);
    while let Some(next) = rest.chars().next() {
        let word = WORDS.iter().find(|word| !in_string && rest.starts_with(**word));
        let taken = match (word, next) {
            (Some(word), _) => {
                out.extend(["\"", word, "\""]);
                changed = true;
                rest = &rest[word.len()..];
                continue;
            }
            // What is escaped does not end the string.
            (None, '\\') if in_string => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            (None, next) => next.len_utf8(),
        };
        in_string ^= next == '"';
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    changed.then_some(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_of_python_are_strings_and_strings_stay() {
        for (text, expected) in [
            (
                r#"{"a": Infinity, "b": [-Infinity, NaN, 1]}"#,
                json!({ "a": "Infinity", "b": ["-Infinity", "NaN", 1] }),
            ),
            (r#"{"NaN": "say \"NaN\" \\", "x": NaN}"#, json!({ "NaN": "say \"NaN\" \\", "x": "NaN" })),
            (r#"["ü", NaN, "\u00fc\""]"#, json!(["ü", "NaN", "ü\""])),
            ("[1, 2]", json!([1, 2])),
        ] {
            assert_eq!(parse(text).expect(text), expected, "{text}");
        }
        for text in ["[Infinit]", "[NaN", "\"\\", "", "NaNNaN", "{\"a\": \"NaN}"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
