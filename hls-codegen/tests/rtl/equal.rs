//! Whether a circuit computes what the emulator computes.

use hls_codegen::rtl::circuit::Circuit;
use hls_codegen::rtl::map::map;
use hls_codegen::rtl::netlist::Netlist;
use hls_model::emulate::{Emulator, Evaluation, NonFinite, Record};
use hls_model::graph::Graph;
use hls_model::samples::Samples;

/// Samples that a netlist computes at once.
const LANES: usize = 64;

/// Compares on corners and random samples; what the netlist takes, or what is wrong.
pub fn check(name: &str, graph: &Graph, circuit: &Circuit) -> Result<String, String> {
    let netlist = map(circuit).netlist;
    let samples = Samples::corners(name, graph);
    let emulator = Emulator::new(graph).map_err(|error| error.to_string())?.with_non_finite(NonFinite::Cast);
    let views: Vec<_> = samples.iter().map(|array| array.view()).collect();
    let evaluation = emulator.evaluate(&views, Record::Outputs).map_err(|error| error.to_string())?;
    let precisions: Vec<_> = graph.inputs.iter().map(|&id| graph.output_of(id).ty.precision).collect();
    let count = samples[0].nrows();
    assert!(count >= 200, "only {count} samples");
    // For each sample the numbers of each input.
    let inputs: Vec<Vec<Vec<i128>>> = (0..count)
        .map(|sample| {
            let ports = samples.iter().zip(&precisions);
            ports
                .map(|(array, ty)| array.row(sample).iter().map(|&x| ty.cast_f64(x.into())).collect())
                .collect()
        })
        .collect();
    for (sample, inputs) in inputs.iter().enumerate() {
        let numbers = circuit.numbers(inputs);
        for ((_, node), number) in circuit.nodes().zip(numbers) {
            let (low, high) = node.range;
            if number < low || high < number {
                return Err(format!("sample {sample}: {number} is outside the range of {node:?}"));
            }
        }
        let outputs = circuit.evaluate(inputs);
        let expected = expected(&evaluation, sample);
        if outputs != expected {
            return Err(format!("sample {sample}: the circuit computes {outputs:?} instead of {expected:?}"));
        }
    }
    for first in (0..count).step_by(LANES) {
        let block: Vec<usize> = (first..count.min(first + LANES)).collect();
        compare_bits(circuit, &netlist, &block, &inputs, &evaluation)?;
    }
    Ok(format!("{:?}", netlist.resources()))
}

/// The numbers of all outputs of a sample.
fn expected(evaluation: &Evaluation, sample: usize) -> Vec<Vec<i128>> {
    let elements = |tensor: &hls_model::emulate::RawTensor| {
        (0..tensor.port().len()).map(|element| tensor.get(sample, element).expect("a sample")).collect()
    };
    evaluation.outputs.iter().map(elements).collect()
}

fn compare_bits(
    circuit: &Circuit,
    netlist: &Netlist,
    block: &[usize],
    inputs: &[Vec<Vec<i128>>],
    evaluation: &Evaluation,
) -> Result<(), String> {
    let widths =
        |ports: &[hls_codegen::rtl::circuit::Port]| ports.iter().map(|port| port.width).collect::<Vec<_>>();
    let given: Vec<_> = block.iter().map(|&sample| inputs[sample].clone()).collect();
    let expected: Vec<_> = block.iter().map(|&sample| expected(evaluation, sample)).collect();
    let found = netlist.simulate(&words(&given, &widths(&circuit.inputs)));
    let expected = words(&expected, &widths(&circuit.outputs));
    let mask = u64::MAX >> (LANES - block.len());
    match found.iter().zip(&expected).position(|(found, expected)| (found ^ expected) & mask != 0) {
        Some(bit) => Err(format!("the netlist computes another output bit {bit} in samples {block:?}")),
        None if found.len() == expected.len() => Ok(()),
        None => Err(format!("the netlist has {} output bits instead of {}", found.len(), expected.len())),
    }
}

/// Bits of numbers in the order of the ports; bit `k` of each word is that of sample `k`.
fn words(samples: &[Vec<Vec<i128>>], widths: &[u32]) -> Vec<u64> {
    let mut words = Vec::new();
    for (port, &width) in widths.iter().enumerate() {
        for element in 0..samples[0][port].len() {
            for bit in 0..width {
                let bits = samples.iter().enumerate();
                words.push(bits.fold(0, |word, (lane, sample)| {
                    word | ((sample[port][element] >> bit & 1) as u64) << lane
                }));
            }
        }
    }
    words
}
