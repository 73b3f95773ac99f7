//! Short names of points of a grid, for folders: `clock5_reuse4_xcu250-figd2104-2L-e`.

use sha2::{Digest, Sha256};

use crate::plan::grid::{Axis, Point, SettingValue};

/// What is shorter than a name's last component, without `-` and `_` and in small letters. With an empty word, the value says it all.
const SHORT: [(&str, &str); 14] = [
    ("clockperiod", "clock"),
    ("clockuncertainty", "uncertainty"),
    ("convreusefactor", "convreuse"),
    ("densereusefactor", "densereuse"),
    ("fifodepths", "fifos"),
    ("iotype", ""),
    ("maxprecision", "max"),
    ("parallelizationfactor", "parallel"),
    ("part", ""),
    ("precision", ""),
    ("reusefactor", "reuse"),
    ("strategy", ""),
    ("targetcycles", "cycles"),
    ("tablesize", "table"),
];

/// Longest name of a point in bytes; what would be longer ends in a hash of the point instead.
const LONGEST: usize = 100;
/// How many digits of the hash.
const DIGITS: usize = 8;

/// The words that name a grid's axes in folders.
pub(super) struct Labels {
    words: Vec<String>,
}

impl Labels {
    /// Words for the axes: of each the last component of its name, shortened, and as many of those before it as tell it from the others.
    pub(super) fn new(axes: &[Axis]) -> Self {
        let components: Vec<Vec<&str>> = axes.iter().map(|axis| axis.axis.split('.').collect()).collect();
        let tail = |axis: usize, length: usize| -> Vec<String> {
            let parts = &components[axis];
            parts[parts.len().saturating_sub(length)..].iter().map(|part| plain(part)).collect()
        };
        let is_alone = |axis: usize, length: usize| {
            (0..axes.len()).all(|other| other == axis || tail(other, length) != tail(axis, length))
        };
        let word = |axis: usize| {
            let parts = &components[axis];
            let length = (1..parts.len()).find(|&length| is_alone(axis, length)).unwrap_or(parts.len());
            let before = parts[parts.len() - length..parts.len() - 1].iter().map(|part| safe(part));
            let last = parts.last().map(|last| short(last)).unwrap_or_default();
            let words: Vec<String> = before.chain([last]).filter(|word| !word.is_empty()).collect();
            words.join("-")
        };
        Self { words: (0..axes.len()).map(word).collect() }
    }

    /// The name of a point of the grid: only characters that are safe in file names, the same on every machine.
    pub(super) fn of(&self, point: &Point) -> String {
        let pieces = self.words.iter().zip(point.iter()).map(|(word, (_, value))| piece(word, value));
        let name = pieces.collect::<Vec<_>>().join("_");
        if name.len() <= LONGEST {
            return name;
        }
        let hash = Sha256::digest(point.to_string());
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}_{}", &name[..LONGEST - DIGITS - 1], &hash[..DIGITS])
    }
}

/// `clock5`, but `effort-high`: where a word ends and the value begins is seen.
fn piece(word: &str, value: &SettingValue) -> String {
    let value = match safe(&value.to_string()) {
        empty if empty.is_empty() => "none".to_owned(),
        value => value,
    };
    let runs_on =
        word.is_empty() || (value.starts_with(|c: char| c.is_ascii_digit()) && !ends_in_digit(word));
    if runs_on { format!("{word}{value}") } else { format!("{word}-{value}") }
}

fn ends_in_digit(word: &str) -> bool {
    word.ends_with(|c: char| c.is_ascii_digit())
}

fn short(last: &str) -> String {
    let found = SHORT.iter().find(|(name, _)| *name == plain(last));
    found.map_or_else(|| safe(last), |(_, word)| (*word).to_owned())
}

/// As names are compared: `ReuseFactor`, `reuse-factor` and `reuse_factor` are one.
fn plain(part: &str) -> String {
    part.chars().filter(|c| !matches!(c, '-' | '_')).collect::<String>().to_lowercase()
}

/// Other characters become `_`, several of them one, and none at the ends.
fn safe(text: &str) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let words: Vec<&str> = text.split(|c: char| !kept(c)).filter(|word| !word.is_empty()).collect();
    words.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(settings: &[(&str, &str)]) -> String {
        let value = |(axis, text): &(&str, &str)| ((*axis).to_owned(), SettingValue::of_text(text));
        let point = Point::new(settings.iter().map(value).collect());
        let axes: Vec<Axis> =
            point.iter().map(|(axis, _)| Axis { axis: axis.to_owned(), values: Vec::new() }).collect();
        Labels::new(&axes).of(&point)
    }

    #[test]
    fn points_have_short_and_safe_names() {
        type Case<'a> = (&'a [(&'a str, &'a str)], &'a str);
        let cases: &[Case] = &[
            (&[], ""),
            (&[("clock-period", "5"), ("LayerType.Dense.ReuseFactor", "4")], "clock5_reuse4"),
            (&[("clock-period", "2.5"), ("part", "xcu250-figd2104-2L-e")], "clock2.5_xcu250-figd2104-2L-e"),
            (
                &[("LayerType.Dense.ReuseFactor", "4"), ("LayerType.Conv2D.ReuseFactor", "1")],
                "Dense-reuse4_Conv2D-reuse1",
            ),
            (&[("reuse-factor", "2"), ("LayerName.a.ReuseFactor", "4")], "reuse2_a-reuse4"),
            (&[("reuse-factor", "2"), ("Model.ReuseFactor", "4")], "reuse2_Model-reuse4"),
            (&[("LayerName.fc1.Precision.weight", "ap_fixed<8,3>")], "weight-ap_fixed_8_3"),
            (&[("precision", "fixed<16,6>"), ("strategy", "Resource")], "fixed_16_6_Resource"),
            (&[("clock-uncertainty", "27%"), ("no-dsp", "true")], "uncertainty27_no-dsp-true"),
            (&[("effort", "high"), ("Model.x2", "3")], "effort-high_x2-3"),
            (&[("Model.Ähm", "/../é"), ("b", "")], "hm-.._b-none"),
            (&[("clock-period", "-1")], "clock--1"),
        ];
        for (settings, expected) in cases {
            assert_eq!(name(settings), *expected, "{settings:?}");
        }
    }

    #[test]
    fn long_names_end_in_a_hash() {
        let long = "x".repeat(90);
        let names = ["1", "2"].map(|end| name(&[("Model.A", &long), ("Model.B", &long), ("Model.C", end)]));
        assert!(names.iter().all(|name| name.len() == LONGEST), "{names:?}");
        assert_ne!(names[0], names[1]);
    }
}
