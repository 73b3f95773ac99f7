//! Compare the numbers that a C simulation wrote with the expected ones.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::record::csim::CsimSummary;

/// How a C simulation's results differ from the expected ones.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something in a file is not a number.
    #[error("line {line} of {} holds `{text}`, which is not a number", path.display())]
    NotANumber {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is there, cut short.
        text: String,
    },
    /// A number is not the expected one.
    #[error(
        "the C simulation's output differs from {}: sample {sample}, element {element} (counted from 0) is \
         {found}, expected {expected}",
        path.display()
    )]
    Differs {
        /// The file of expected values.
        path: PathBuf,
        /// The sample, counted from 0.
        sample: usize,
        /// The element of the sample's outputs taken together, counted from 0.
        element: usize,
        /// What the simulation wrote.
        found: f64,
        /// What was expected.
        expected: f64,
    },
    /// The simulation wrote fewer numbers than expected.
    #[error(
        "the C simulation's output ends at sample {sample}, element {element}, before the expected values do"
    )]
    TooShort {
        /// The sample, counted from 0.
        sample: usize,
        /// The element, counted from 0.
        element: usize,
    },
    /// The simulation wrote more numbers than expected.
    #[error("the C simulation wrote more numbers than the {samples} expected sample(s) have")]
    TooLong {
        /// Number of expected samples.
        samples: usize,
    },
}

/// Counts what is in a results file: one line of numbers per sample and output.
pub(crate) fn count(results: &Path) -> Result<CsimSummary, CompareError> {
    let mut numbers = Numbers::open(results)?;
    let mut values = 0;
    while numbers.next()?.is_some() {
        values += 1;
    }
    Ok(CsimSummary { samples: numbers.filled_lines, values, compared: false, verified: 0 })
}

/// Compares number by number. The predictions hold one sample per line, all outputs in a row; the results
/// one line per sample *and* output. Both are in the same order, so line ends in the results do not count.
pub(crate) fn compare(predictions: &Path, results: &Path) -> Result<CsimSummary, CompareError> {
    let mut expected = Numbers::open(predictions)?;
    let mut found = Numbers::open(results)?;
    let (mut sample, mut element, mut values) = (0, 0, 0);
    while let Some(wanted) = expected.next()? {
        let at = expected.filled_lines.saturating_sub(1);
        element = if at == sample { element } else { 0 };
        sample = at;
        match found.next()? {
            None => return Err(CompareError::TooShort { sample, element }),
            Some(is) if is != wanted => {
                let path = predictions.to_owned();
                return Err(CompareError::Differs { path, sample, element, found: is, expected: wanted });
            }
            Some(_) => {}
        }
        element += 1;
        values += 1;
    }
    let samples = expected.filled_lines;
    if found.next()?.is_some() {
        return Err(CompareError::TooLong { samples });
    }
    Ok(CsimSummary { samples, values, compared: true, verified: 0 })
}

/// The numbers of a text file, one line in memory at a time.
struct Numbers {
    path: PathBuf,
    file: BufReader<File>,
    line_number: usize,
    /// Lines so far that hold any number.
    filled_lines: usize,
    line: std::vec::IntoIter<f64>,
}

impl Numbers {
    fn open(path: &Path) -> Result<Self, CompareError> {
        let file = File::open(path).map_err(|source| CompareError::Read { path: path.to_owned(), source })?;
        Ok(Self {
            path: path.to_owned(),
            file: BufReader::new(file),
            line_number: 0,
            filled_lines: 0,
            line: Vec::new().into_iter(),
        })
    }

    fn next(&mut self) -> Result<Option<f64>, CompareError> {
        loop {
            if let Some(number) = self.line.next() {
                return Ok(Some(number));
            }
            let mut text = String::new();
            let read = self
                .file
                .read_line(&mut text)
                .map_err(|source| CompareError::Read { path: self.path.clone(), source })?;
            if read == 0 {
                return Ok(None);
            }
            self.line_number += 1;
            let numbers: Result<Vec<f64>, CompareError> =
                text.split_whitespace().map(|word| self.parse(word)).collect();
            let numbers = numbers?;
            self.filled_lines += usize::from(!numbers.is_empty());
            self.line = numbers.into_iter();
        }
    }

    fn parse(&self, word: &str) -> Result<f64, CompareError> {
        word.parse().map_err(|_| CompareError::NotANumber {
            path: self.path.clone(),
            line: self.line_number,
            text: word.chars().take(40).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparison_names_the_first_difference() {
        let cases = [
            ("1 2\n3 4\n", "1 2 \n3 4 \n", "2 samples, 4 values"),
            ("1 2\n3 4\n", "1\n2\n3\n4\n", "2 samples, 4 values"),
            ("0.5 -0\n", "5e-1 0\n", "1 samples, 2 values"),
            ("\n1\n\n2", "1 2", "2 samples, 2 values"),
            ("1 2\n3 4\n", "1 2\n3 5\n", "sample 1, element 1 (counted from 0) is 5, expected 4"),
            ("0.1\n", "0.100001\n", "sample 0, element 0 (counted from 0) is 0.100001, expected 0.1"),
            ("1 2\n3 4\n", "1 2\n", "ends at sample 1, element 0"),
            ("1 2\n", "1 2\n3\n", "more numbers than the 1 expected sample(s)"),
            ("1 2\n", "1 x\n", "line 1 of"),
            ("nan\n", "nan\n", "is NaN, expected NaN"),
        ];
        for (predictions, results, said) in cases {
            let dir = tempfile::tempdir().unwrap();
            let (p, r) = (dir.path().join("p"), dir.path().join("r"));
            std::fs::write(&p, predictions).unwrap();
            std::fs::write(&r, results).unwrap();
            let text = match compare(&p, &r) {
                Ok(summary) => format!("{} samples, {} values", summary.samples, summary.values),
                Err(error) => error.to_string(),
            };
            assert!(text.contains(said), "{predictions:?} {results:?}: {text}");
        }
    }
}
