//! Errors for people.

use std::error::Error;

/// An error and its causes, joined by `: `. A cause that the text already contains is left out: some errors repeat theirs.
#[must_use]
pub fn error_chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Link {
        text: &'static str,
        source: Option<Box<Link>>,
    }

    #[test]
    fn each_cause_is_said_once() {
        let chain = |texts: &[&'static str]| {
            let link = |source, text: &&'static str| Some(Box::new(Link { text, source }));
            error_chain(texts.iter().rev().fold(None, link).unwrap().as_ref())
        };
        assert_eq!(chain(&["a is missing"]), "a is missing");
        assert_eq!(chain(&["a failed", "b failed", "c is full"]), "a failed: b failed: c is full");
        assert_eq!(chain(&["a failed: c is full", "c is full", "no space"]), "a failed: c is full: no space");
    }
}
