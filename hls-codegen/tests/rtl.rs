//! Circuits against the emulator: every bit, on corners and random samples, in the primitives of the device.

use std::path::Path;

use hls_codegen::Conversion;
use hls_codegen::adder_graph::Effort;
use hls_codegen::rtl::netlist::Netlist;
use hls_codegen::rtl::{lower, map};
use hls_model::emulate::{Emulator, NonFinite, Record};
use hls_model::graph::{Graph, Op};
use hls_model::samples::Samples;

fn graph(case: &str) -> Graph {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus").join(case).join("model.h5");
    Conversion::default().convert(&file).expect(case).graph
}

/// Takes the final softmax off.
fn without_softmax(mut graph: Graph) -> Graph {
    for i in 0..graph.outputs.len() {
        let nodes = graph.order().iter().map(|&id| graph.node(id));
        let mut softmax = nodes.filter(|node| matches!(node.op, Op::Softmax(_)));
        let before = softmax.find(|node| node.outputs[0] == graph.outputs[i]).map(|node| node.inputs[0]);
        graph.outputs[i] = before.unwrap_or(graph.outputs[i]);
    }
    graph
}

/// Bits of numbers in the order of a port.
fn words(raws: &[Vec<i128>], width: u32) -> Vec<u64> {
    let elements = raws.first().map_or(0, Vec::len);
    let mut words = vec![0; elements * width as usize];
    for (sample, raws) in raws.iter().enumerate() {
        for (element, raw) in raws.iter().enumerate() {
            for bit in 0..width as usize {
                words[element * width as usize + bit] |= ((raw >> bit & 1) as u64) << sample;
            }
        }
    }
    words
}

fn check(case: &str, graph: &Graph, effort: Effort) {
    let t = std::time::Instant::now();
    let circuit = lower::lower(graph, effort).expect(case);
    let t1 = t.elapsed();
    let netlist: Netlist = map::map(&circuit);
    let t2 = t.elapsed();
    println!("{case}: {:?} lower {t1:?} map {t2:?} nodes {}", netlist.resources(), circuit.nodes().len());
    let samples = Samples::corners(case, graph);
    let emulator = Emulator::new(graph).expect(case).with_non_finite(NonFinite::Cast);
    let views: Vec<_> = samples.iter().map(|array| array.view()).collect();
    let evaluation = emulator.evaluate(&views, Record::Layers).expect(case);
    let n = samples[0].nrows();
    for first in (0..n).step_by(64) {
        let last = n.min(first + 64);
        let mut inputs = Vec::new();
        for (&id, array) in graph.inputs.iter().zip(&samples) {
            let ty = graph.output_of(id).ty.precision.storage();
            let raws: Vec<Vec<i128>> = (first..last)
                .map(|s| array.row(s).iter().map(|&x| ty.from_f64(x.into())).collect())
                .collect();
            inputs.extend(words(&raws, ty.width));
        }
        let found = netlist.simulate(&inputs);
        let mut expected = Vec::new();
        for &tensor in &graph.outputs {
            let tensor = graph.tensor(graph.storage_of(tensor));
            let raw =
                evaluation.outputs.iter().chain(&evaluation.layers).find(|raw| {
                    raw.port().identifier == tensor.name || tensor.variable == raw.port().identifier
                });
            let raw = raw.unwrap_or(&evaluation.outputs[0]);
            let raws: Vec<Vec<i128>> = (first..last)
                .map(|s| (0..tensor.len()).map(|e| raw.get(s, e).expect("sample")).collect())
                .collect();
            expected.extend(words(&raws, tensor.ty.precision.storage().width));
        }
        let mask = if last - first == 64 { u64::MAX } else { (1 << (last - first)) - 1 };
        for (i, (f, e)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(f & mask, e & mask, "{case}: output bit {i} of samples {first}..{last}");
        }
    }
}

#[test]
fn dense() {
    for case in
        std::env::var("CASES").unwrap_or("smartpix_m2_4w0i_t000 wk_jet_tagger_6b".into()).split_whitespace()
    {
        let effort = if std::env::var("HIGH").is_ok() { Effort::High } else { Effort::Low };
        check(case, &without_softmax(graph(case)), effort);
    }
}
