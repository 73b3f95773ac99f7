//! Which releases of Verilator can do what the toolchains ask of it.

/// From here on, it compiles test benches with delays.
const LEAST: u32 = 5;

/// What is missing where there is only an older one. No program has this name: it is what an error says.
pub(crate) const RECENT: &str = "verilator 5 or later";

/// Whether a release, in Verilator's own words, is recent enough. One that does not say its number gets a try.
pub(crate) fn is_recent(version: &str) -> bool {
    let number = version.split_whitespace().nth(1).and_then(|word| word.split('.').next());
    number.and_then(|number| number.parse::<u32>().ok()).is_none_or(|number| number >= LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_before_5_are_too_old() {
        for (version, recent) in [
            ("Verilator 4.038 2020-07-11", false),
            ("Verilator 5.006 2023-01-22 rev (Debian 5.006-3)", true),
            ("Verilator 10.2", true),
            ("", true),
        ] {
            assert_eq!(is_recent(version), recent, "{version}");
        }
    }
}
