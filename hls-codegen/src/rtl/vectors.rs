//! Samples as the test bench of a circuit reads and writes them: a line of hexadecimal digits for each.
//!
//! A line holds the bits of all ports of one direction, the first port in the lowest bits; a port the elements of a tensor, element 0 in the
//! lowest bits, each as wide as its type.

use hls_model::graph::{Graph, Tensor};

/// The lines for samples that enter; `numbers` has for each input of the graph the raw numbers of all samples, one sample after another.
#[must_use]
pub fn inputs(graph: &Graph, numbers: &[Vec<i128>]) -> String {
    lines(graph.inputs.iter().map(|&id| graph.output_of(id)), numbers)
}

/// The lines for results that leave; `numbers` likewise for each output of the graph.
#[must_use]
pub fn outputs(graph: &Graph, numbers: &[Vec<i128>]) -> String {
    lines(graph.outputs.iter().map(|&id| graph.tensor(id)), numbers)
}

fn lines<'a>(tensors: impl Iterator<Item = &'a Tensor>, numbers: &[Vec<i128>]) -> String {
    let ports = tensors.zip(numbers).map(|(tensor, numbers)| Port {
        elements: tensor.len(),
        width: tensor.ty.precision.width(),
        numbers,
    });
    text(&ports.collect::<Vec<_>>())
}

/// What a port carries.
struct Port<'a> {
    elements: usize,
    /// Bits of an element.
    width: u32,
    /// Sample after sample.
    numbers: &'a [i128],
}

fn text(ports: &[Port<'_>]) -> String {
    let samples = ports.first().map_or(0, |port| port.numbers.len().checked_div(port.elements).unwrap_or(0));
    let mut text = String::new();
    for sample in 0..samples {
        let mut line = Line::default();
        for port in ports {
            let numbers = port.numbers.iter().skip(sample * port.elements).take(port.elements);
            numbers.for_each(|number| line.push(*number, port.width));
        }
        line.write(&mut text);
    }
    text
}

/// Bits in groups of four, the lowest first.
#[derive(Default)]
struct Line {
    digits: Vec<u8>,
    bits: usize,
}

impl Line {
    /// Adds the lowest bits of a number above those that are there. Bits beyond the number's own repeat its sign.
    fn push(&mut self, number: i128, width: u32) {
        for bit in 0..width {
            if self.bits.is_multiple_of(4) {
                self.digits.push(0);
            }
            let is_set = number >> bit.min(i128::BITS - 1) & 1 == 1;
            if let Some(digit) = self.digits.last_mut().filter(|_| is_set) {
                *digit |= 1 << (self.bits % 4);
            }
            self.bits += 1;
        }
    }

    /// Writes the digits, the highest first.
    fn write(self, text: &mut String) {
        let digit = |digit: &u8| char::from_digit(u32::from(*digit), 16).unwrap_or('0');
        text.extend(self.digits.iter().rev().map(digit));
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_element_of_the_first_port_is_lowest() {
        let port = |elements, width, numbers: &'static [i128]| Port { elements, width, numbers };
        let table: [(&[Port<'static>], &str); 7] = [
            (&[port(1, 8, &[1, -1, -128])], "01\nff\n80\n"),
            (&[port(2, 4, &[1, 2, -1, 7])], "21\n7f\n"),
            (&[port(2, 3, &[-1, 0]), port(1, 1, &[1])], "47\n"),
            (&[port(1, 5, &[-1])], "1f\n"),
            (&[port(1, 128, &[i128::MIN])], "80000000000000000000000000000000\n"),
            (&[port(1, 132, &[-2])], "ffffffffffffffffffffffffffffffffe\n"),
            (&[], ""),
        ];
        for (ports, expected) in table {
            assert_eq!(text(ports), expected);
        }
    }
}
