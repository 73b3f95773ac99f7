//! The rounding and overflow modes of fixed-point types.

use std::fmt;
use std::str::FromStr;

use super::{FixedError, Rest, split};

/// What happens to the bits below the least significant one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Rounding {
    /// Towards minus infinity: the bits are cut off.
    #[default]
    Trn,
    /// Towards zero.
    TrnZero,
    /// To nearest, ties towards plus infinity.
    Rnd,
    /// To nearest, ties towards zero.
    RndZero,
    /// To nearest, ties towards minus infinity.
    RndMinInf,
    /// To nearest, ties away from zero.
    RndInf,
    /// To nearest, ties to the even neighbour.
    RndConv,
}

impl Rounding {
    /// Every mode with hls4ml's name for it; C++ puts `AP_` before it.
    pub const NAMES: [(Rounding, &'static str); 7] = [
        (Rounding::Trn, "TRN"),
        (Rounding::TrnZero, "TRN_ZERO"),
        (Rounding::Rnd, "RND"),
        (Rounding::RndZero, "RND_ZERO"),
        (Rounding::RndMinInf, "RND_MIN_INF"),
        (Rounding::RndInf, "RND_INF"),
        (Rounding::RndConv, "RND_CONV"),
    ];

    /// hls4ml's name, such as `RND_CONV`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Rounding::Trn => "TRN",
            Rounding::TrnZero => "TRN_ZERO",
            Rounding::Rnd => "RND",
            Rounding::RndZero => "RND_ZERO",
            Rounding::RndMinInf => "RND_MIN_INF",
            Rounding::RndInf => "RND_INF",
            Rounding::RndConv => "RND_CONV",
        }
    }

    /// `raw · 2^-bits` as an integer.
    #[must_use]
    pub fn apply(self, raw: i128, bits: u64) -> i128 {
        let (floor, rest) = split(raw, bits);
        floor + i128::from(self.goes_up(rest, raw < 0, floor & 1 == 1))
    }

    /// Whether the number between `floor` and `floor + 1` becomes the upper one.
    fn goes_up(self, rest: Rest, negative: bool, floor_is_odd: bool) -> bool {
        let tie_goes_up = match self {
            Rounding::Trn => return false,
            Rounding::TrnZero => return negative && rest != Rest::Nothing,
            Rounding::Rnd => true,
            Rounding::RndZero => negative,
            Rounding::RndMinInf => false,
            Rounding::RndInf => !negative,
            Rounding::RndConv => floor_is_odd,
        };
        rest == Rest::AboveHalf || (rest == Rest::Half && tie_goes_up)
    }
}

impl fmt::Display for Rounding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Rounding {
    type Err = FixedError;

    /// Accepts hls4ml's names in any case, with or without `AP_`/`AC_`, with spaces around.
    fn from_str(text: &str) -> Result<Self, FixedError> {
        let wanted = mode_name(text);
        let known = Rounding::NAMES.iter().find(|(_, name)| *name == wanted);
        known.map(|(mode, _)| *mode).ok_or_else(|| FixedError::Rounding { text: text.trim().to_owned() })
    }
}

/// What happens to a number that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Overflow {
    /// The upper bits are cut off.
    #[default]
    Wrap,
    /// The nearest number of the type.
    Sat,
    /// Zero.
    SatZero,
    /// As [`Overflow::Sat`], with the smallest number being minus the largest.
    SatSym,
}

impl Overflow {
    /// Every mode with hls4ml's name for it; C++ puts `AP_` before it.
    pub const NAMES: [(Overflow, &'static str); 4] = [
        (Overflow::Wrap, "WRAP"),
        (Overflow::Sat, "SAT"),
        (Overflow::SatZero, "SAT_ZERO"),
        (Overflow::SatSym, "SAT_SYM"),
    ];

    /// hls4ml's name, such as `SAT_SYM`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Overflow::Wrap => "WRAP",
            Overflow::Sat => "SAT",
            Overflow::SatZero => "SAT_ZERO",
            Overflow::SatSym => "SAT_SYM",
        }
    }
}

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Overflow {
    type Err = FixedError;

    /// Accepts hls4ml's names in any case, with or without `AP_`/`AC_`, with spaces around.
    fn from_str(text: &str) -> Result<Self, FixedError> {
        let wanted = mode_name(text);
        if wanted == "WRAP_SM" {
            return Err(FixedError::WrapSignMagnitude);
        }
        let known = Overflow::NAMES.iter().find(|(_, name)| *name == wanted);
        known.map(|(mode, _)| *mode).ok_or_else(|| FixedError::Overflow { text: text.trim().to_owned() })
    }
}

fn mode_name(text: &str) -> String {
    let upper = text.trim().to_ascii_uppercase();
    let bare = upper.strip_prefix("AP_").or_else(|| upper.strip_prefix("AC_"));
    bare.unwrap_or(&upper).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mode_names_are_read_as_people_write_them() {
        for (mode, name) in Rounding::NAMES {
            for text in [name.to_owned(), format!(" AP_{name} "), name.to_lowercase(), format!("ac_{name}")] {
                assert_eq!(text.parse(), Ok(mode));
            }
            assert_eq!(mode.to_string(), name);
        }
        for (mode, name) in Overflow::NAMES {
            assert_eq!(format!("AP_{name}").parse(), Ok(mode));
            assert_eq!(mode.to_string(), name);
        }
        assert_eq!("AP_WRAP_SM".parse::<Overflow>(), Err(FixedError::WrapSignMagnitude));
        assert_eq!("UP".parse::<Rounding>(), Err(FixedError::Rounding { text: "UP".into() }));
        assert_eq!("RND".parse::<Overflow>(), Err(FixedError::Overflow { text: "RND".into() }));
    }
}
