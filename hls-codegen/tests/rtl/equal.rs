//! Whether a circuit computes what it should: number by number what the emulator computes, and as a netlist the same again, bit by bit.

use hls_codegen::rtl::circuit::{Circuit, Port};
use hls_codegen::rtl::map::map;
use hls_codegen::rtl::netlist::Resources;
use hls_codegen::rtl::{Goal, RtlOptions};
use hls_model::emulate::{Emulator, RawTensor, Record};
use ndarray::Array2;

/// Samples that a netlist computes at once.
const LANES: usize = 64;

/// A sample: for each port the numbers of its elements.
pub type Sample = Vec<Vec<i128>>;

/// Compares a circuit with the emulator on some samples, for each input an array `[samples, elements]`; what its netlist takes, or what is wrong.
pub fn check(emulator: &Emulator, samples: &[Array2<f32>], circuit: &Circuit) -> Result<Resources, String> {
    let views: Vec<_> = samples.iter().map(|array| array.view()).collect();
    let evaluation = emulator.evaluate(&views, Record::Outputs).map_err(|error| error.to_string())?;
    let precisions: Vec<_> = emulator.inputs().iter().map(|port| port.precision).collect();
    let numbers = |sample: usize| -> Sample {
        let ports = samples.iter().zip(&precisions);
        ports.map(|(array, ty)| array.row(sample).iter().map(|&x| ty.cast_f64(x.into())).collect()).collect()
    };
    let inputs: Vec<Sample> = (0..samples[0].nrows()).map(numbers).collect();
    for (sample, inputs) in inputs.iter().enumerate() {
        let elements = |tensor: &RawTensor| {
            (0..tensor.port().len()).map(|element| tensor.get(sample, element).expect("a sample")).collect()
        };
        let expected: Sample = evaluation.outputs.iter().map(elements).collect();
        let found = circuit.evaluate(inputs);
        if found != expected {
            return Err(format!("sample {sample}: the circuit computes {found:?} instead of {expected:?}"));
        }
    }
    check_netlist(circuit, &inputs)
}

/// Compares the netlist of a circuit with the circuit, and checks that every number is in its range.
pub fn check_netlist(circuit: &Circuit, inputs: &[Sample]) -> Result<Resources, String> {
    // Each circuit for one of the goals, so that all of them are compared.
    let goal = Goal::ALL[circuit.nodes().len() % Goal::ALL.len()];
    let netlist = map(circuit, RtlOptions::default().with_goal(goal), 5000).netlist;
    for (sample, inputs) in inputs.iter().enumerate() {
        for ((_, node), number) in circuit.nodes().zip(circuit.numbers(inputs)) {
            let (low, high) = node.range;
            if number < low || high < number {
                return Err(format!("sample {sample}: {number} is outside the range of {node:?}"));
            }
        }
    }
    for block in inputs.chunks(LANES) {
        let outputs: Vec<Sample> = block.iter().map(|inputs| circuit.evaluate(inputs)).collect();
        let expected = words(&outputs, &circuit.outputs);
        let found = netlist.simulate(&words(block, &circuit.inputs));
        if found.len() != expected.len() {
            return Err(format!("the netlist has {} output bits instead of {}", found.len(), expected.len()));
        }
        let mask = u64::MAX >> (LANES - block.len());
        let mut pairs = found.iter().zip(&expected);
        if let Some(bit) = pairs.position(|(found, expected)| (found ^ expected) & mask != 0) {
            return Err(format!("the netlist computes another output bit {bit} for one of {block:?}"));
        }
    }
    Ok(netlist.resources())
}

/// Bits of numbers in the order of the ports; bit `k` of each word is that of sample `k`.
fn words(samples: &[Sample], ports: &[Port]) -> Vec<u64> {
    let mut words = Vec::new();
    for (at, port) in ports.iter().enumerate() {
        for element in 0..port.wires.len() {
            for bit in 0..port.width {
                let lanes = samples.iter().enumerate();
                words.push(lanes.fold(0, |word, (lane, sample)| {
                    word | ((sample[at][element] >> bit & 1) as u64) << lane
                }));
            }
        }
    }
    words
}
