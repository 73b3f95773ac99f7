//! Whether a simulation gave what was expected, bit for bit.
//!
//! Both files have a line for each sample: the bits of all output ports in hexadecimal digits, the first port in the lowest bits, and of a
//! port element 0.

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};

use crate::report::{CircuitFile, CircuitPort};

/// How a simulation's results differ from the expected ones.
#[derive(Debug, thiserror::Error)]
pub(super) enum CompareError {
    /// A file cannot be read.
    #[error("{} cannot be read, so there is nothing to compare", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    /// A bit is not the expected one.
    #[error("the simulated Verilog differs from the emulator: {0}")]
    Differs(Box<Difference>),
    /// One of the files has more samples.
    #[error("the simulation gave {found} samples, but {expected} are expected")]
    Samples { found: usize, expected: usize },
}

/// The first element that differs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// Counted from 0.
    sample: usize,
    /// The port where it is, and which of its elements, counted from 0; nothing beyond the last port.
    place: Option<(CircuitPort, usize)>,
    expected: String,
    found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sample, place, expected, found } = self;
        match place {
            Some((port, element)) => {
                let shown = |digits: &str| element_of(port, digits);
                write!(
                    f,
                    "sample {sample}, output port \"{}\", element {element} (counted from 0): expected {}, found {}",
                    port.name,
                    shown(expected),
                    shown(found)
                )
            }
            None => write!(
                f,
                "sample {sample} has bits beyond the last output port: expected {expected}, found {found}"
            ),
        }
    }
}

/// Compares line by line; returns the number of samples.
pub(super) fn compare(circuit: &CircuitFile, expected: &Path, results: &Path) -> Result<usize, CompareError> {
    let (mut expected, mut results) = (Samples::open(expected)?, Samples::open(results)?);
    let mut samples = 0;
    loop {
        match (expected.next()?, results.next()?) {
            (Some(wanted), Some(found)) => {
                if let Some(difference) = difference(circuit, samples, &wanted, &found) {
                    return Err(CompareError::Differs(Box::new(difference)));
                }
                samples += 1;
            }
            (None, None) => return Ok(samples),
            (wanted, found) => {
                let one_more = |sample: &Option<String>| usize::from(sample.is_some());
                let (more_wanted, more_found) = (one_more(&wanted), one_more(&found));
                return Err(CompareError::Samples {
                    expected: samples + more_wanted + expected.count()?,
                    found: samples + more_found + results.count()?,
                });
            }
        }
    }
}

/// The lines of a file that hold a sample.
struct Samples {
    path: PathBuf,
    lines: Lines<BufReader<File>>,
}

impl Samples {
    fn open(path: &Path) -> Result<Self, CompareError> {
        let file = File::open(path).map_err(|source| CompareError::Read { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), lines: BufReader::new(file).lines() })
    }

    fn next(&mut self) -> Result<Option<String>, CompareError> {
        for line in self.lines.by_ref() {
            let line = line.map_err(|source| CompareError::Read { path: self.path.clone(), source })?;
            let digits = line.trim();
            if !digits.is_empty() {
                return Ok(Some(digits.to_ascii_lowercase()));
            }
        }
        Ok(None)
    }

    fn count(&mut self) -> Result<usize, CompareError> {
        let mut count = 0;
        while self.next()?.is_some() {
            count += 1;
        }
        Ok(count)
    }
}

/// The first element, from the lowest bits on, in which two samples differ.
fn difference(circuit: &CircuitFile, sample: usize, wanted: &str, found: &str) -> Option<Difference> {
    if wanted == found {
        return None;
    }
    let mut bit = 0;
    for port in circuit.outputs() {
        let width = port.bits as usize;
        for element in 0..port.elements {
            let (expected, found) = (bits(wanted, bit, width), bits(found, bit, width));
            if expected != found {
                return Some(Difference { sample, place: Some((port.clone(), element)), expected, found });
            }
            bit += width;
        }
    }
    let significant = |digits: &str| digits.trim_start_matches('0').to_owned();
    let (expected, found) = (significant(wanted), significant(found));
    (expected != found).then_some(Difference { sample, place: None, expected, found })
}

/// Some bits of a number in hexadecimal digits, highest first: `0`, `1`, or `x` where the simulator does not know. Above the digits are zeros.
fn bits(digits: &str, lowest: usize, width: usize) -> String {
    let digits = digits.as_bytes();
    let bit = |at: usize| match digits.len().checked_sub(at / 4 + 1).and_then(|place| digits.get(place)) {
        None => '0',
        Some(digit) => match char::from(*digit).to_digit(16) {
            Some(value) if value >> (at % 4) & 1 == 1 => '1',
            Some(_) => '0',
            None => 'x',
        },
    };
    (lowest..lowest + width).rev().map(bit).collect()
}

/// `-0.75 (raw -12)`; where it is not known, the bits.
fn element_of(port: &CircuitPort, bits: &str) -> String {
    let unsigned = u128::from_str_radix(bits, 2).ok().filter(|_| !bits.is_empty() && bits.len() <= 128);
    let Some(unsigned) = unsigned else { return format!("bits {bits}") };
    let unused = 128 - bits.len();
    // The sign is the highest bit of the element.
    let raw = match port.signed {
        true => ((unsigned << unused).cast_signed()) >> unused,
        false => unsigned.cast_signed(),
    };
    format!("{} (raw {raw})", raw as f64 * 2_f64.powi(-port.fraction))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::PortDirection;

    fn circuit() -> CircuitFile {
        let port = |name: &str, direction, elements, bits, fraction| CircuitPort {
            name: name.into(),
            direction,
            elements,
            bits,
            signed: true,
            fraction,
        };
        CircuitFile {
            top: "top".into(),
            latency_cycles: 1,
            interval_cycles: 1,
            clock_period_ns: 5.0,
            estimated: None,
            ports: vec![
                port("x", PortDirection::Input, 1, 8, 0),
                port("y", PortDirection::Output, 2, 5, 2),
                port("z", PortDirection::Output, 1, 3, 0),
            ],
            layers: Vec::new(),
        }
    }

    #[test]
    fn the_first_difference_is_named_with_its_port_and_element() {
        // z = 3 bits, y[1] and y[0] = 5 bits each.
        let cases = [
            ("0000\n1fff\n", "0000\n1FFF\n", Ok(2)),
            ("0001\n", "1\n\n", Ok(1)),
            (
                "0001\n",
                "0000\n",
                Err(
                    "sample 0, output port \"y\", element 0 (counted from 0): expected 0.25 (raw 1), found 0 (raw 0)",
                ),
            ),
            (
                "0\n03e0\n",
                "0\n0000\n",
                Err(
                    "sample 1, output port \"y\", element 1 (counted from 0): expected -0.25 (raw -1), found 0 (raw 0)",
                ),
            ),
            (
                "0400\n",
                "1c00\n",
                Err("output port \"z\", element 0 (counted from 0): expected 1 (raw 1), found -1 (raw -1)"),
            ),
            ("0400\n", "0xxx\n", Err("found bits xxxxx")),
            ("2000\n", "0000\n", Err("sample 0 has bits beyond the last output port")),
            ("0\n0\n", "0\n", Err("gave 1 samples, but 2 are expected")),
            ("0\n", "0\n0\n0\n", Err("gave 3 samples, but 1 are expected")),
        ];
        for (expected, results, outcome) in cases {
            let folder = tempfile::tempdir().unwrap();
            let [e, r] = ["e", "r"].map(|name| folder.path().join(name));
            std::fs::write(&e, expected).unwrap();
            std::fs::write(&r, results).unwrap();
            match (compare(&circuit(), &e, &r), outcome) {
                (Ok(samples), Ok(wanted)) => assert_eq!(samples, wanted),
                (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
                (other, _) => panic!("{expected} {results}: {other:?}"),
            }
        }
        let missing = compare(&circuit(), Path::new("/no/such"), Path::new("/no/such")).unwrap_err();
        assert!(missing.to_string().contains("/no/such cannot be read"), "{missing}");
    }
}
