//! Samples for a wrapper, and what it must make of them.

use hls_codegen::{Converted, Project};
use hls_model::emulate::{Emulator, Record};
use ndarray::Array2;
use serde_json::Value;

/// How the elements of all ports of a direction follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Without anything between them.
    Bits,
    /// Each in bytes of its own.
    Bytes,
}

/// A port of the circuit.
pub struct Port {
    pub name: String,
    pub elements: usize,
    pub width: usize,
    /// Where it begins among those of its direction.
    pub low: usize,
}

/// A model and the project of its circuit.
pub struct Case {
    pub project: Project,
    pub latency: u64,
    pub inputs: Vec<Port>,
    pub outputs: Vec<Port>,
    converted: Converted,
}

impl Case {
    pub fn new(converted: &Converted) -> Self {
        let project = converted.project().expect("a circuit");
        let facts = project.file("circuit.json").expect("circuit.json");
        let facts: Value = serde_json::from_slice(&facts.bytes).expect("JSON");
        let ports = |direction: &str| {
            let mut low = 0;
            let all = facts["ports"].as_array().expect("ports").iter();
            let port = |port: &Value| {
                let number = |key: &str| port[key].as_u64().expect("a number") as usize;
                let (elements, width) = (number("elements"), number("bits"));
                low += elements * width;
                let name = port["name"].as_str().expect("a name").to_owned();
                Port { name, elements, width, low: low - elements * width }
            };
            all.filter(|port| port["direction"] == direction).map(port).collect()
        };
        let latency = facts["latency_cycles"].as_u64().expect("a latency");
        let (inputs, outputs) = (ports("input"), ports("output"));
        Self { project, latency, inputs, outputs, converted: converted.clone() }
    }

    /// Bits of a sample and of its results.
    pub fn widths(&self, packing: Packing) -> [usize; 2] {
        [&self.inputs, &self.outputs]
            .map(|ports| ports.iter().map(|port| port.elements * packing.room(port.width)).sum())
    }

    /// Samples and results as hexadecimal numbers, one a line. Bits of a sample that no element has are random.
    pub fn hex(&self, packing: Packing, samples: usize) -> (String, String) {
        let graph = &self.converted.graph;
        let emulator = Emulator::new(graph).expect("the model can be emulated");
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let arrays: Vec<Array2<f32>> = emulator
            .inputs()
            .iter()
            .map(|port| Array2::from_shape_fn((samples, port.len()), |_| random.number()))
            .collect();
        let views: Vec<_> = arrays.iter().map(|array| array.view()).collect();
        let results = emulator.evaluate(&views, Record::Outputs).expect("it computes").outputs;
        let (mut inputs, mut outputs) = (String::new(), String::new());
        for sample in 0..samples {
            let mut bits = Vec::new();
            for ((array, port), ty) in arrays.iter().zip(&self.inputs).zip(emulator.inputs()) {
                for &x in array.row(sample) {
                    push(&mut bits, ty.precision.cast_f64(x.into()), port.width);
                    (port.width..packing.room(port.width)).for_each(|_| bits.push(random.next() & 1 == 1));
                }
            }
            inputs += &hex(&bits);
            bits.clear();
            for (tensor, port) in results.iter().zip(&self.outputs) {
                // The emulator's numbers have their signs, as the bytes have.
                let element = |element| tensor.get(sample, element).expect("a sample");
                (0..port.elements).for_each(|it| push(&mut bits, element(it), packing.room(port.width)));
            }
            outputs += &hex(&bits);
        }
        (inputs, outputs)
    }
}

impl Packing {
    fn room(self, width: usize) -> usize {
        match self {
            Self::Bits => width,
            Self::Bytes => width.next_multiple_of(8),
        }
    }
}

fn push(bits: &mut Vec<bool>, number: i128, width: usize) {
    bits.extend((0..width).map(|bit| number >> bit & 1 == 1));
}

fn hex(bits: &[bool]) -> String {
    let digit = |four: &[bool]| four.iter().rev().fold(0, |digit, &bit| digit << 1 | u32::from(bit));
    let digits = bits.chunks(4).rev().map(|four| char::from_digit(digit(four), 16).expect("a digit"));
    digits.collect::<String>() + "\n"
}

/// Numbers that are the same in every run (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 16
    }

    /// Between -8 and 8.
    fn number(&mut self) -> f32 {
        (self.next() % 4096) as f32 / 256.0 - 8.0
    }
}
