//! Standard output, where a reader may go away at any time.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use crate::error::{CliError, SUCCESS};

/// Prints a text and a line break.
pub fn print(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Prints a text on standard error. That may fail unnoticed: under `nohup`, or with a closed pipe, there is no reader left.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{}", printable_lines(text));
}

/// Prints on standard error what went wrong, with its causes, and returns the exit code.
pub fn report(error: &CliError) -> ExitCode {
    if error.is_broken_pipe() {
        return ExitCode::from(SUCCESS);
    }
    note(&format!("error: {error}"));
    ExitCode::from(error.code())
}

/// Prints the warnings of a conversion on standard error.
pub fn warn(model: &std::path::Path, warnings: &[hls_model::Warning]) {
    let name = model.file_name().unwrap_or(model.as_os_str()).to_string_lossy();
    for warning in warnings {
        note(&printable(&format!("warning: {name}: {warning}")));
    }
}

/// Makes what follows red on a terminal.
pub const RED: &str = "\x1b[31m";
/// Ends a colour.
pub const RESET: &str = "\x1b[0m";

/// Whether to colour standard output: it is a terminal, and `NO_COLOR` is not set (<https://no-color.org>).
pub fn has_colour() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Must accompany all numbers from a stand-in.
pub const STAND_IN_NOTE: &str =
    "NOT A SYNTHESIS RESULT: a stand-in for the vendor's tools made up these numbers (see stand_in).";

/// A text from elsewhere, on one line and without anything that a terminal would interpret as a command.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c == '\n' || c == '\t' { ' ' } else { harmless(c) }).collect()
}

/// As [`printable`], for a text of several lines.
pub fn printable_lines(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { c } else { harmless(c) }).collect()
}

fn harmless(c: char) -> char {
    match c {
        '\t' => ' ',
        // Characters that change the writing direction can make one text look like another.
        '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

/// `1:02:03`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_no_commands() {
        assert_eq!(printable("a\nb\x1b[2Jc\u{9b}d\r\u{0}é"), "a b\u{fffd}[2Jc\u{fffd}d\u{fffd}\u{fffd}é");
    }

    #[test]
    fn durations() {
        for (seconds, text) in [(0, "0:00:00"), (62, "0:01:02"), (90_061, "25:01:01")] {
            assert_eq!(duration(Duration::from_secs(seconds)), text);
        }
    }
}
