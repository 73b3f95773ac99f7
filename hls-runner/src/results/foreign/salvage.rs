//! What is whole of a results file that was cut off: the disk was full, or the script died while it wrote.

use serde_json::{Deserializer, Value};

use crate::record::sweep::SweepRecord;

/// Reads the entries before the place where the file breaks; `None` if it breaks before the first.
pub(in crate::results) fn salvage(text: &str) -> Option<SweepRecord> {
    let (head, mut rest) = split_at_results(text)?;
    let mut entries = Vec::new();
    while let Some(Ok(entry)) = {
        let mut values = Deserializer::from_str(rest).into_iter::<Value>();
        let value = values.next();
        rest = rest.get(values.byte_offset()..).unwrap_or_default();
        value
    } {
        entries.push(entry);
        let Some(after) = rest.trim_start().strip_prefix(',') else { break };
        rest = after;
    }
    if !entries.iter().any(Value::is_object) {
        return None;
    }
    let mut document: Value = serde_json::from_str(&format!("{head}\"results\": []}}")).ok()?;
    document["results"] = entries.into();
    SweepRecord::parse(&document.to_string()).ok()
}

/// What comes before the key `results`, and what follows the bracket of its list.
fn split_at_results(text: &str) -> Option<(&str, &str)> {
    const KEY: &str = "\"results\"";
    text.match_indices(KEY).find_map(|(at, _)| {
        let rest = text[at + KEY.len()..].trim_start().strip_prefix(':')?.trim_start().strip_prefix('[')?;
        Some((&text[..at], rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"total": 3, "results": [{"h5_file": "a/m1.h5", "status": "success"}, {"h5_file": "a/m2.h5", "status": "failed", "error": "x, ]"}, {"h5_file": "m3.h5", "status": "success"}]}"#;

    #[test]
    fn wherever_it_is_cut_what_is_whole_is_read() {
        let names = |text: &str| -> Vec<String> {
            salvage(text).into_iter().flat_map(|sweep| sweep.results).map(|job| job.job.name).collect()
        };
        let ends: Vec<usize> = WHOLE.match_indices('}').map(|(at, _)| at + 1).collect();
        for cut in 0..WHOLE.len() {
            let whole = ends.iter().take(3).filter(|end| **end <= cut).count();
            assert_eq!(names(&WHOLE[..cut]), ["m1", "m2", "m3"][..whole], "{:?}", &WHOLE[..cut]);
        }
        assert_eq!(salvage(&WHOLE[..ends[1]]).unwrap().total, 3);
    }

    #[test]
    fn other_texts_have_nothing() {
        for text in ["", "{", "[1, 2", r#"{"results": 3"#, r#"{"results": [1, 2"#, r#""results": [{}]"#] {
            assert!(salvage(text).is_none(), "{text}");
        }
    }
}
