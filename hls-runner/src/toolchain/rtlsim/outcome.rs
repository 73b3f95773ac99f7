//! What a simulation left, and whether it is what the emulator computes.

use std::fmt;
use std::fs;
use std::path::Path;

use super::bench::{OUTCOME, OUTPUTS};
use super::bits::{bits_of, number};
use super::error::RtlsimError;
use super::interface::Interface;
use crate::toolchain::project::PortValues;

/// How the simulation went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Outcome {
    /// Whether every sample was finished.
    pub(super) complete: bool,
    /// Samples that the design accepted, and for which it raised `ap_done`.
    pub(super) accepted: usize,
    pub(super) finished: usize,
    /// Cycles from a sample's input to `ap_done`, and from one sample's input to the next one's, at worst.
    pub(super) latency: u64,
    pub(super) interval: u64,
    /// How often each output port gave a number.
    pub(super) taken: Vec<usize>,
    /// A line for each sample.
    outputs: Vec<String>,
}

/// The design stopped before all samples were done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stuck {
    samples: usize,
    accepted: usize,
    finished: usize,
    /// The output port that gave the fewest numbers, and how many.
    behind: Option<(String, usize)>,
    patience: u64,
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { samples, accepted, finished, behind, patience } = self;
        write!(
            f,
            "the RTL is stuck: in {patience} cycles it neither accepted a sample nor gave an output; of {samples} samples it accepted \
             {accepted} (ap_ready) and finished {finished} (ap_done)"
        )?;
        match behind {
            Some((port, taken)) if taken < finished => write!(f, ", and {port} was valid for {taken}"),
            _ => Ok(()),
        }
    }
}

/// The first number in which RTL and emulator differ.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Difference {
    output: String,
    sample: usize,
    element: usize,
    /// The numbers with their raw numbers; nothing where the RTL's bits are unknown.
    emulated: (f64, i128),
    simulated: Option<(f64, i128)>,
    /// How many numbers differ, and how many there are.
    different: usize,
    compared: usize,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { output, sample, element, emulated: (value, raw), different, compared, .. } = self;
        write!(
            f,
            "the RTL and the emulator differ: output \"{output}\", sample {sample}, element {element} (counted from 0): the emulator \
             computes {value} (raw {raw}), the RTL "
        )?;
        match self.simulated {
            Some((value, raw)) => write!(f, "{value} (raw {raw})")?,
            None => f.write_str("bits that are not defined")?,
        }
        write!(f, "; {different} of {compared} numbers differ")
    }
}

impl Outcome {
    /// Reads what the test bench wrote into `folder`.
    pub(super) fn read(folder: &Path) -> Result<Self, RtlsimError> {
        let [outcome, outputs] = [OUTCOME, OUTPUTS].map(|name| {
            let path = folder.join(name);
            fs::read_to_string(&path).map_err(|source| RtlsimError::NoOutcome { path, source })
        });
        let (text, outputs) = (outcome?, outputs?);
        let mut outcome =
            Self { outputs: outputs.lines().map(|line| line.trim().to_owned()).collect(), ..Self::default() };
        for (key, value) in text.lines().filter_map(|line| line.split_once(' ')) {
            // What is no number was not counted.
            let count = value.trim().parse::<u64>().unwrap_or_default();
            let samples = usize::try_from(count).unwrap_or(usize::MAX);
            match key {
                "complete" => outcome.complete = count == 1,
                "accepted" => outcome.accepted = samples,
                "finished" => outcome.finished = samples,
                "latency" => outcome.latency = count,
                "interval" => outcome.interval = count,
                "taken" => outcome.taken.push(samples),
                _ => {}
            }
        }
        Ok(outcome)
    }

    /// Why it is not complete.
    pub(super) fn stuck(&self, interface: &Interface, samples: usize, patience: u64) -> Stuck {
        let taken = interface.outputs.iter().zip(&self.taken);
        let behind =
            taken.min_by_key(|(_, taken)| **taken).map(|(output, taken)| (output.port.clone(), *taken));
        Stuck { samples, accepted: self.accepted, finished: self.finished, behind, patience }
    }

    /// The first difference from what is expected, if there is one.
    pub(super) fn difference(&self, expected: &[PortValues], samples: usize) -> Option<Difference> {
        let mut first: Option<Difference> = None;
        let (mut different, mut compared) = (0, 0);
        for sample in 0..samples {
            let line = self.outputs.get(sample).map(String::as_str).unwrap_or_default();
            let mut at = 0;
            for port in expected {
                for element in 0..port.elements {
                    let Some(&emulated) = port.raws.get(sample * port.elements + element) else { continue };
                    let simulated =
                        bits_of(line, at, port.bits).map(|bits| number(bits, port.bits, port.signed));
                    at += usize::try_from(port.bits).unwrap_or(usize::MAX);
                    compared += 1;
                    if simulated != Some(emulated) {
                        different += 1;
                        let value = |raw: i128| (raw as f64 * (-f64::from(port.fraction)).exp2(), raw);
                        first.get_or_insert_with(|| Difference {
                            output: port.layer.clone(),
                            sample,
                            element,
                            emulated: value(emulated),
                            simulated: simulated.map(value),
                            different: 0,
                            compared: 0,
                        });
                    }
                }
            }
        }
        first.map(|first| Difference { different, compared, ..first })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(lines: &[&str]) -> Outcome {
        Outcome { outputs: lines.iter().map(|line| (*line).to_owned()).collect(), ..Outcome::default() }
    }

    #[test]
    fn the_first_difference_is_named() {
        let port = |layer: &str, elements, signed, raws: &[i128]| PortValues {
            name: layer.to_owned(),
            layer: layer.to_owned(),
            elements,
            bits: 6,
            signed,
            fraction: 2,
            raws: raws.to_vec(),
        };
        let expected = [port("a", 2, true, &[-1, 5, 0, 31]), port("b", 1, false, &[63, 1])];
        let cases = [
            (["3f17f", "017c0"], None),
            (
                ["3f17f", "017c4"],
                Some(
                    "output \"a\", sample 1, element 0 (counted from 0): the emulator computes 0 (raw 0), the RTL 1 (raw 4); 1 of 6 numbers \
                     differ",
                ),
            ),
            (
                ["3e17f", "xxxxx"],
                Some(
                    "output \"b\", sample 0, element 0 (counted from 0): the emulator computes 15.75 (raw 63), the RTL 15.5 (raw 62); 4 of \
                     6 numbers differ",
                ),
            ),
            (
                ["3f17f", "xxx"],
                Some(
                    "output \"a\", sample 1, element 0 (counted from 0): the emulator computes 0 (raw 0), the RTL bits that are not defined; \
                     3 of 6 numbers differ",
                ),
            ),
        ];
        for (lines, message) in cases {
            let found = outcome(&lines).difference(&expected, 2).map(|difference| difference.to_string());
            let message = message.map(|message| format!("the RTL and the emulator differ: {message}"));
            assert_eq!(found, message, "{lines:?}");
        }
    }
}
