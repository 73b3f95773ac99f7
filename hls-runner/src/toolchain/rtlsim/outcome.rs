//! What a simulation left, and whether it is what the emulator computes.

use std::fs;
use std::path::Path;

use super::bench::{OUTCOME, OUTPUTS};
use super::bits::{bits_of, number};
use super::error::RtlsimError;
use super::interface::Interface;
use super::verdict::{Difference, Number, Stuck};
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
        let taken = interface.outputs.ports.iter().zip(&self.taken);
        let behind =
            taken.min_by_key(|(_, taken)| **taken).map(|(output, taken)| (output.port.clone(), *taken));
        Stuck { samples, accepted: self.accepted, finished: self.finished, behind, patience }
    }

    /// The first difference from what is expected, if there is one.
    pub(super) fn difference(
        &self,
        expected: &[PortValues],
        strides: &[usize],
        samples: usize,
    ) -> Option<Difference> {
        let places = places(expected, strides);
        let (mut first, mut different) = (None, 0);
        for sample in 0..samples {
            let line = self.outputs.get(sample).map(String::as_str).unwrap_or_default();
            for Place { port, element, at } in &places {
                let emulated = port.raws.get(sample * port.elements + element).copied().unwrap_or_default();
                let simulated =
                    bits_of(line, *at, port.bits).map(|bits| number(bits, port.bits, port.signed));
                if simulated != Some(emulated) {
                    different += 1;
                    first.get_or_insert((port, sample, *element, emulated, simulated));
                }
            }
        }
        let (port, sample, element, emulated, simulated) = first?;
        let number = |raw| Number { raw, fraction: port.fraction };
        Some(Difference {
            output: port.layer.clone(),
            sample,
            element,
            emulated: number(emulated),
            simulated: simulated.map(number),
            different,
            compared: samples * places.len(),
        })
    }
}

/// A number of a sample's outputs, and its lowest bit among theirs.
struct Place<'a> {
    port: &'a PortValues,
    element: usize,
    at: usize,
}

fn places<'a>(outputs: &'a [PortValues], strides: &[usize]) -> Vec<Place<'a>> {
    let (mut places, mut at) = (Vec::new(), 0);
    for (port, stride) in outputs.iter().zip(strides) {
        for element in 0..port.elements {
            places.push(Place { port, element, at });
            at += stride;
        }
    }
    places
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
            let found =
                outcome(&lines).difference(&expected, &[6, 6], 2).map(|difference| difference.to_string());
            let message = message.map(|message| format!("the RTL and the emulator differ: {message}"));
            assert_eq!(found, message, "{lines:?}");
        }
    }
}
