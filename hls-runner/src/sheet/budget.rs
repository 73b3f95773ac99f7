//! What there is of a device, or of the part of it that a design may take.

use std::str::FromStr;

use crate::select::{PARTS, Part, part};

/// A budget with its name. What is `None` is not limited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// What it is called: the chip, or what a person called it.
    pub name: String,
    /// Look-up tables.
    pub lut: u64,
    /// Flip-flops.
    pub ff: u64,
    /// DSP blocks.
    pub dsp: Option<u64>,
    /// Block RAMs of 18 kbit.
    pub bram_18k: Option<u64>,
    /// UltraRAM blocks.
    pub uram: Option<u64>,
}

impl From<&Part> for Budget {
    fn from(part: &Part) -> Self {
        let Part { name, lut, ff, dsp, bram_18k, uram } = *part;
        Self { name: name.to_owned(), lut, ff, dsp: Some(dsp), bram_18k: Some(bram_18k), uram: Some(uram) }
    }
}

impl FromStr for Budget {
    type Err = String;

    /// `xc7z020` (any part number of a known chip), or `NAME=LUT,FF,DSP,BRAM`, of which what comes last may be left out.
    fn from_str(text: &str) -> Result<Self, String> {
        let Some((name, numbers)) = text.split_once('=') else {
            return part(text).map(Self::from).ok_or_else(|| {
                let names: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
                format!("this chip is not known; write NAME=LUT,FF,DSP,BRAM, or one of {}", names.join(", "))
            });
        };
        let name = name.trim().to_owned();
        if name.is_empty() {
            return Err(
                "a budget needs a name before the `=`, for example half=26600,53200,110,140".to_owned()
            );
        }
        let number = |text: &str| {
            text.trim().replace('_', "").parse::<u64>().map_err(|_| format!("`{text}` is not a whole number"))
        };
        let numbers: Vec<u64> = numbers.split(',').map(number).collect::<Result<_, _>>()?;
        match numbers[..] {
            [lut, ff, ref more @ ..] if more.len() <= 2 => Ok(Self {
                name,
                lut,
                ff,
                dsp: more.first().copied(),
                bram_18k: more.get(1).copied(),
                uram: None,
            }),
            _ => Err(format!(
                "{} numbers; write NAME=LUT,FF,DSP,BRAM (BRAM in blocks of 18 kbit)",
                numbers.len()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chips_and_parts_of_them() {
        let of = |text: &str| text.parse::<Budget>();
        let chip = of("xc7z020clg400-1").unwrap();
        assert_eq!(
            (chip.name.as_str(), chip.lut, chip.ff, chip.dsp, chip.bram_18k),
            ("xc7z020", 53_200, 106_400, Some(220), Some(280))
        );
        let half = of("half a chip=26600, 53_200,110").unwrap();
        assert_eq!(
            (half.name.as_str(), half.lut, half.ff, half.dsp, half.bram_18k),
            ("half a chip", 26_600, 53_200, Some(110), None)
        );
        for (text, why) in [
            ("xc9z1", "one of xc7a100t"),
            ("a=1", "1 numbers"),
            ("a=1,2,3,4,5", "5 numbers"),
            ("a=1,x", "`x` is not"),
            ("=1,2", "needs a name"),
            ("a=1,-2", "`-2` is not"),
        ] {
            assert!(of(text).unwrap_err().contains(why), "{text}");
        }
    }
}
