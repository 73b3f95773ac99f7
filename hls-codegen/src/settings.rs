//! Settings that go into scripts and configurations as they were given. They are checked once: every value of these types is safe to write.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A text that is not valid for a setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("\"{value}\" is not a valid {setting}: {expected}")]
pub struct SettingError {
    /// Which setting.
    pub setting: &'static str,
    /// Its value.
    pub value: String,
    /// What would be valid.
    pub expected: Cow<'static, str>,
}

impl SettingError {
    pub(crate) fn new(setting: &'static str, value: &str, expected: impl Into<Cow<'static, str>>) -> Self {
        Self { setting, value: value.to_owned(), expected: expected.into() }
    }
}

/// Defines a setting: a text that has passed a check.
macro_rules! setting {
    ($(#[$docs:meta])* $name:ident, $words:literal, $check:expr, $expected:literal) => {
        $(#[$docs])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// The setting as it was written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = SettingError;

            fn from_str(text: &str) -> Result<Self, SettingError> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(SettingError::new($words, text, $expected))
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

setting!(
    /// The clock period in ns, such as `5` or `2.5`.
    ClockPeriod,
    "clock period",
    |text| text.parse().is_ok_and(|period: f64| period.is_finite() && period > 0.0),
    "give a number of ns above zero"
);

setting!(
    /// The clock uncertainty: a percentage of the period with its sign, such as `27%`, or ns.
    ClockUncertainty,
    "clock uncertainty",
    |text| {
        let number = text.strip_suffix('%').unwrap_or(text);
        number.parse().is_ok_and(|number: f64| number.is_finite() && number >= 0.0)
    },
    "give a percentage such as 27%, or a time in ns"
);

setting!(
    /// The device, such as `xc7z020clg400-1`.
    Part,
    "part",
    |text| is_word(text, "-_."),
    "it must begin with a letter or digit and consist of letters, digits, `.`, `-` and `_`"
);

setting!(
    /// The version of the exported IP, such as `1.0.0`.
    Version,
    "version",
    |text| is_word(text, "."),
    "it must begin with a letter or digit and consist of letters, digits and `.`"
);

impl ClockUncertainty {
    /// The uncertainty of a clock with this period, both in ns.
    #[must_use]
    pub fn ns(&self, period: f64) -> f64 {
        let number = |text: &str| text.parse().unwrap_or(0.0);
        match self.0.strip_suffix('%') {
            Some(percent) => period * number(percent) / 100.0,
            None => number(&self.0),
        }
    }
}

impl ClockPeriod {
    /// The period in ns.
    #[must_use]
    pub fn ns(&self) -> f64 {
        // It was checked when it was made.
        self.0.parse().unwrap_or(f64::INFINITY)
    }

    /// A period in ns.
    ///
    /// # Errors
    /// The number is not finite and above zero.
    pub fn from_ns(period: f64) -> Result<Self, SettingError> {
        period.to_string().parse()
    }
}

impl Default for ClockPeriod {
    /// hls4ml's for Vitis.
    fn default() -> Self {
        Self("5".to_owned())
    }
}

impl Default for ClockUncertainty {
    /// hls4ml's for Vitis.
    fn default() -> Self {
        Self("27%".to_owned())
    }
}

impl Default for Part {
    /// hls4ml's for Vitis.
    fn default() -> Self {
        Self("xcvu13p-flga2577-2-e".to_owned())
    }
}

impl Default for Version {
    /// hls4ml's.
    fn default() -> Self {
        Self("1.0.0".to_owned())
    }
}

/// Whether the text can be a bare word in a script. Tcl commands read a word that begins with `-` as an option.
fn is_word(text: &str, also: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_unsafe_in_scripts_are_refused() {
        fn parses<T: FromStr>(text: &str) -> bool {
            text.parse::<T>().is_ok()
        }
        /// A type's answer to a text, texts that it accepts, and texts that it refuses.
        type Case = (fn(&str) -> bool, &'static [&'static str], &'static [&'static str]);
        let cases: [Case; 4] = [
            (parses::<ClockPeriod>, &["5", "2.5", "5.0"], &["0", "-1", "NaN", "inf", "5 ns", ""]),
            (parses::<ClockUncertainty>, &["27%", "0.5", "0"], &["much", "%", "-1", ""]),
            (parses::<Part>, &["xc7z020clg400-1"], &["-xc7z020", "xc7z020\"; exec rm", ""]),
            (parses::<Version>, &["1.0.0"], &["", "1-0", ".1"]),
        ];
        for (parses, taken, refused) in cases {
            for text in taken {
                assert!(parses(text), "{text}");
            }
            for text in refused {
                assert!(!parses(text), "{text}");
            }
        }
    }

    #[test]
    fn defaults_pass_their_own_check() {
        assert!(ClockPeriod::default().as_str().parse::<ClockPeriod>().is_ok());
        assert!(ClockUncertainty::default().as_str().parse::<ClockUncertainty>().is_ok());
        assert!(Part::default().as_str().parse::<Part>().is_ok());
        assert!(Version::default().as_str().parse::<Version>().is_ok());
        assert_eq!(ClockPeriod::from_ns(5.0), Ok(ClockPeriod::default()));
    }
}
