//! JSON inside of HTML.

use serde::Serialize;

/// A value as JSON that can stand in a `script` element, whatever is in its texts: nothing in it can end the element, begin a comment, or end a line of
/// a script. All of these characters occur in strings only, where an escape means the same.
pub fn text(value: &impl Serialize) -> serde_json::Result<String> {
    let json = serde_json::to_string(value)?;
    let mut safe = String::with_capacity(json.len() + json.len() / 64);
    for c in json.chars() {
        match c {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            '\u{2028}' => safe.push_str("\\u2028"),
            '\u{2029}' => safe.push_str("\\u2029"),
            c => safe.push(c),
        }
    }
    Ok(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_element_and_nothing_is_lost() {
        let hostile = [
            "</script><script>alert(1)</script>",
            "<!--<script>",
            "]]>",
            "&lt;",
            "a\u{2028}b\u{2029}c",
            "\"\\\0\u{feff}é",
        ];
        let json = text(&hostile).unwrap();
        assert!(!json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{json}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), hostile);
    }
}
