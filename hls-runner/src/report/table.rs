//! The tables that the vendor's tools draw with `|`, `+` and `-`.

use super::flaw::Flaw;
use super::numbers::Resources;

/// A row of a table.
pub(super) struct Row<'a> {
    /// Where it is, counted from 1.
    pub(super) line: usize,
    /// What stands between the bars, trimmed.
    pub(super) cells: Vec<&'a str>,
}

impl<'a> Row<'a> {
    /// The text of the column, which every row of this table has.
    pub(super) fn cell(&self, column: usize) -> Result<&'a str, Flaw> {
        self.cells.get(column).copied().ok_or_else(|| {
            Flaw::at_line(self.line, format!("at least {} columns", column + 1), &self.cells.join("|"))
        })
    }

    /// The count in the column; `None` where the tool does not know it.
    pub(super) fn count(&self, column: usize) -> Result<Option<u64>, Flaw> {
        let cell = self.cell(column)?;
        count(cell).map_err(|NotANumber| Flaw::at_line(self.line, "a whole number", cell))
    }

    pub(super) fn first(&self) -> &'a str {
        self.cells.first().copied().unwrap_or_default()
    }

    /// Which column has this heading.
    pub(super) fn column(&self, headings: &[&str]) -> Option<usize> {
        self.cells.iter().position(|cell| headings.contains(cell))
    }
}

/// The lines, without the mark that some editors put before the first.
pub(super) fn lines(text: &str) -> std::str::Lines<'_> {
    text.trim_start_matches('\u{feff}').lines()
}

/// The first word after a label such as `* Version:`.
pub(super) fn heading(text: &str, label: &str) -> Option<String> {
    let value = lines(text).find_map(|line| line.trim().strip_prefix(label))?;
    value.split_whitespace().next().map(|word| word.chars().take(64).collect())
}

/// The rows of all tables in `text`. A row that was cut off before its last bar is none.
pub(super) fn rows(text: &str) -> impl Iterator<Item = Row<'_>> {
    lines(text).enumerate().filter_map(|(index, line)| {
        let inside = line.trim().strip_prefix('|')?.strip_suffix('|')?;
        Some(Row { line: index + 1, cells: inside.split('|').map(str::trim).collect() })
    })
}

/// What a cell holds is no number.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotANumber;

/// Whether the tool says that it does not know, or that there is nothing to know.
fn unknown(text: &str) -> bool {
    matches!(text, "" | "-" | "?" | "undef" | "N/A" | "NA" | "n/a")
}

/// A count; `None` where the tool does not know it.
pub(super) fn count(text: &str) -> Result<Option<u64>, NotANumber> {
    let text = text.trim();
    if unknown(text) {
        return Ok(None);
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotANumber);
    }
    text.parse().map(Some).map_err(|_| NotANumber)
}

/// A time in nanoseconds, given as `3.33`, `3.33 ns` or in another unit.
pub(super) fn nanoseconds(text: &str) -> Result<Option<f64>, NotANumber> {
    let text = text.trim();
    if unknown(text) {
        return Ok(None);
    }
    let (number, unit) = text.split_once(' ').unwrap_or((text, "ns"));
    let factor = match unit.trim() {
        "ps" => 1e-3,
        "ns" => 1.0,
        "us" => 1e3,
        "ms" => 1e6,
        "sec" | "s" => 1e9,
        _ => return Err(NotANumber),
    };
    // `f64::from_str` also takes words such as "inf".
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || b".+-eE".contains(&byte));
    let number: f64 = if plain { number.parse().map_err(|_| NotANumber)? } else { return Err(NotANumber) };
    let time = number * factor;
    if time.is_finite() && time >= 0.0 { Ok(Some(time)) } else { Err(NotANumber) }
}

/// Which column of Vitis HLS's utilization tables holds which resource.
pub(super) struct ResourceColumns([usize; 5]);

impl ResourceColumns {
    /// Reads the heading row; `None` if it is another table's.
    pub(super) fn find(heading: &Row<'_>) -> Option<Self> {
        Some(Self([
            heading.column(&["LUT"])?,
            heading.column(&["FF"])?,
            heading.column(&["DSP", "DSP48E"])?,
            heading.column(&["BRAM_18K"])?,
            // Releases before 2018 do not know UltraRAM; its column is then that of the name.
            heading.column(&["URAM"]).unwrap_or(0),
        ]))
    }

    pub(super) fn read(&self, row: &Row<'_>) -> Result<Resources, Flaw> {
        let [lut, ff, dsp, bram, uram] = self.0;
        Ok(Resources {
            lut: row.count(lut)?,
            ff: row.count(ff)?,
            dsp: row.count(dsp)?,
            bram_18k: row.count(bram)?,
            uram: if uram == 0 { None } else { row.count(uram)? },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        let cases = [
            ("0", Ok(Some(0))),
            (" 72661 ", Ok(Some(72661))),
            ("undef", Ok(None)),
            ("-", Ok(None)),
            ("N/A", Ok(None)),
            ("", Ok(None)),
            ("-5", Err(NotANumber)),
            ("1.5", Err(NotANumber)),
            ("+7", Err(NotANumber)),
            ("99999999999999999999", Err(NotANumber)),
        ];
        for (text, expected) in cases {
            assert_eq!(count(text), expected, "{text:?}");
        }
    }

    #[test]
    fn times() {
        let cases = [
            ("3.33", Ok(Some(3.33))),
            ("3.236 ns", Ok(Some(3.236))),
            ("0.193 us", Ok(Some(193.0))),
            ("1.5 sec", Ok(Some(1.5e9))),
            ("N/A", Ok(None)),
            ("inf", Err(NotANumber)),
            ("nan ns", Err(NotANumber)),
            ("-1 ns", Err(NotANumber)),
            ("1e999", Err(NotANumber)),
            ("3 parsecs", Err(NotANumber)),
        ];
        for (text, expected) in cases {
            assert_eq!(nanoseconds(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_row_needs_both_of_its_outer_bars() {
        let text = "+--+\r\n| a | b|\r\n  | c|\n| cut | of\n|\n||\nplain";
        let found: Vec<(usize, Vec<&str>)> = rows(text).map(|row| (row.line, row.cells)).collect();
        assert_eq!(found, [(2, vec!["a", "b"]), (3, vec!["c"]), (6, vec![""])]);
    }
}
