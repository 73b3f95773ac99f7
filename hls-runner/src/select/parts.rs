//! What chips have.
//!
//! Numbers of AMD's product tables: Zynq-7000 (DS190), 7 series (DS180), UltraScale (DS890), Zynq UltraScale+ (DS891), Alveo (DS962,
//! DS965). Block RAM counts in blocks of 18 kbit, of which two make one of 36 kbit.

/// A chip and its resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The beginning of its part numbers, which package and speed grade follow.
    pub name: &'static str,
    /// Look-up tables.
    pub lut: u64,
    /// Flip-flops.
    pub ff: u64,
    /// DSP blocks.
    pub dsp: u64,
    /// Block RAMs of 18 kbit.
    pub bram_18k: u64,
    /// UltraRAM blocks.
    pub uram: u64,
}

impl Part {
    /// What there is, by short names.
    #[must_use]
    pub fn resources(&self) -> [(&'static str, u64); 5] {
        [
            ("lut", self.lut),
            ("ff", self.ff),
            ("dsp", self.dsp),
            ("bram_18k", self.bram_18k),
            ("uram", self.uram),
        ]
    }
}

const fn chip(name: &'static str, lut: u64, ff: u64, dsp: u64, bram_18k: u64, uram: u64) -> Part {
    Part { name, lut, ff, dsp, bram_18k, uram }
}

/// The chips, by name.
pub static PARTS: &[Part] = &[
    chip("xc7a100t", 63_400, 126_800, 240, 270, 0),
    chip("xc7a200t", 134_600, 269_200, 740, 730, 0),
    chip("xc7a35t", 20_800, 41_600, 90, 100, 0),
    chip("xc7a50t", 32_600, 65_200, 120, 150, 0),
    chip("xc7k325t", 203_800, 407_600, 840, 890, 0),
    chip("xc7vx690t", 433_200, 866_400, 3_600, 2_940, 0),
    chip("xc7z007s", 14_400, 28_800, 66, 100, 0),
    chip("xc7z010", 17_600, 35_200, 80, 120, 0),
    chip("xc7z020", 53_200, 106_400, 220, 280, 0),
    chip("xc7z045", 218_600, 437_200, 900, 1_090, 0),
    chip("xcku060", 331_680, 663_360, 2_760, 2_160, 0),
    chip("xcku115", 663_360, 1_326_720, 5_520, 4_320, 0),
    chip("xcku15p", 522_720, 1_045_440, 1_968, 1_968, 128),
    chip("xcku5p", 216_960, 433_920, 1_824, 960, 64),
    chip("xcu250", 1_728_000, 3_456_000, 12_288, 5_376, 1_280),
    chip("xcu280", 1_303_680, 2_607_360, 9_024, 4_032, 960),
    chip("xcu50", 871_680, 1_743_360, 5_952, 2_688, 640),
    chip("xcu55c", 1_303_680, 2_607_360, 9_024, 4_032, 960),
    chip("xcvu13p", 1_728_000, 3_456_000, 12_288, 5_376, 1_280),
    chip("xcvu9p", 1_182_240, 2_364_480, 6_840, 4_320, 960),
    chip("xczu3eg", 70_560, 141_120, 360, 432, 0),
    chip("xczu48dr", 425_280, 850_560, 4_272, 2_160, 80),
    chip("xczu7ev", 230_400, 460_800, 1_728, 624, 96),
    chip("xczu9eg", 274_080, 548_160, 2_520, 1_824, 0),
];

/// The chip of a part number, in any spelling: `xc7z020`, `xc7z020clg400-1`, `XCZU9EG-ffvb1156-2-e`.
#[must_use]
pub fn part(number: &str) -> Option<&'static Part> {
    let number = number.to_ascii_lowercase();
    // The longest name that fits: xcu50 is the beginning of another's number.
    PARTS.iter().filter(|part| number.starts_with(part.name)).max_by_key(|part| part.name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_numbers_are_found() {
        let name = |number| part(number).map(|part| part.name);
        assert_eq!(name("xc7z020clg400-1"), Some("xc7z020"));
        assert_eq!(name("XCZU9EG-ffvb1156-2-e"), Some("xczu9eg"));
        assert_eq!(name("xcu55c-fsvh2892-2L-e"), Some("xcu55c"));
        assert_eq!(name("xcu50-fsvh2104-2-e"), Some("xcu50"));
        assert_eq!(name("xc9z999"), None);
        assert!(PARTS.windows(2).all(|pair| pair[0].name < pair[1].name), "by name");
    }
}
