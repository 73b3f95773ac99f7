//! The scripts that run on the nodes.

use crate::cluster::files::Order;

/// A login shell, because that is where `module` is defined; then the program in its place, so that the engine's signals reach it.
pub(in crate::cluster) fn script(order: &Order, command: &str) -> String {
    let setup: String = order.request.setup.iter().map(|line| format!("{line}\n")).collect();
    let prefix = order.request.prefix.as_ref().map(|prefix| format!("{prefix} ")).unwrap_or_default();
    let program = quoted(&order.program.to_string_lossy());
    format!("#!/bin/bash -l\n{setup}exec {prefix}{program} {command}\n")
}

/// As one word of a shell. What holds a null character is no path and no argument of a program.
pub(in crate::cluster) fn quoted(text: &str) -> String {
    shlex::try_quote(text).unwrap_or_default().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_shell() {
        for (text, expected) in [
            ("--parsable", "--parsable"),
            ("--mem=1M", "'--mem=1M'"),
            ("/a b/c", "'/a b/c'"),
            ("it's", "\"it's\""),
            ("", "''"),
            ("$(reboot)", "'$(reboot)'"),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }
}
