//! The scripts that run on the nodes.

use crate::cluster::files::Order;

/// A login shell, because that is where `module` is defined; then the program in its place, so that the engine's signals reach it.
pub(in crate::cluster) fn script(order: &Order, command: &str) -> String {
    format!("{}exec {} {command}\n", beginning(order), program(order))
}

/// A script that takes a step after its command, however that ends. The shell passes signals on.
pub(in crate::cluster) fn script_with_step(order: &Order, command: &str, step: &str) -> String {
    let (beginning, program) = (beginning(order), program(order));
    format!(
        "{beginning}{program} {command} &\npart=$!\ntrap 'kill -TERM $part 2>/dev/null' TERM INT USR1 USR2\n\
         until wait $part; do kill -0 $part 2>/dev/null || break; done\nexec {program} {step}\n"
    )
}

fn beginning(order: &Order) -> String {
    let setup: String = order.request.setup.iter().map(|line| format!("{line}\n")).collect();
    format!("#!/bin/bash -l\n{setup}")
}

/// The program, with what comes before it.
fn program(order: &Order) -> String {
    let prefix = order.request.prefix.as_ref().map(|prefix| format!("{prefix} ")).unwrap_or_default();
    format!("{prefix}{}", quoted(&order.program.to_string_lossy()))
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
