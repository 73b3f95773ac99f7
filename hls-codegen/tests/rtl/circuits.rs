//! Random circuits of every operation: their netlists compute what they compute, and every number stays in its range.

use fastrand::Rng;
use hls_codegen::range::type_range;
use hls_codegen::rtl::circuit::{Circuit, Op, Port, Term, Wire};

use crate::equal::{self, Sample};

const CIRCUITS: u64 = 400;
const OPERATIONS: usize = 14;
const SAMPLES: usize = 64;
/// Wider numbers are cut.
const WIDEST: u32 = 20;

#[test]
fn netlists_compute_random_circuits() {
    let mut seen = [0_usize; 11];
    for seed in 0..CIRCUITS {
        let mut random = Rng::with_seed(seed);
        let circuit = draw(&mut random);
        let inputs: Vec<Sample> =
            (0..SAMPLES).map(|sample| draw_sample(&circuit, sample, &mut random)).collect();
        if let Err(error) = equal::check_netlist(&circuit, &inputs) {
            let nodes: Vec<_> = circuit.nodes().map(|(wire, node)| format!("{wire:?} = {node:?}")).collect();
            panic!("seed {seed}: {error}\n{}\noutputs {:?}", nodes.join("\n"), circuit.outputs);
        }
        for (_, node) in circuit.nodes() {
            seen[kind(&node.op)] += 1;
        }
    }
    assert!(seen.iter().all(|&count| count > CIRCUITS as usize / 8), "some operations are rare: {seen:?}");
}

/// Which operation it is. A new one must be drawn as well.
fn kind(op: &Op) -> usize {
    match op {
        Op::Input { .. } => 0,
        Op::Constant => 1,
        Op::Sum { .. } => 2,
        Op::Floor { .. } => 3,
        Op::Wrap { .. } => 4,
        Op::Even { .. } => 5,
        Op::Clamp { .. } => 6,
        Op::Less { .. } => 7,
        Op::Select { .. } => 8,
        Op::Product { .. } => 9,
        Op::Lookup { .. } => 10,
    }
}

/// Some inputs, operations on whatever is there, and outputs of every wire that is left over.
fn draw(random: &mut Rng) -> Circuit {
    let mut circuit = Circuit::default();
    circuit.begin_layer("drawn", "Drawn");
    let mut wires = Vec::new();
    for port in 0..random.usize(1..=3) {
        let (width, signed) = (random.u32(1..=10), random.bool());
        let range = type_range(width, signed);
        let elements: Vec<Wire> =
            (0..random.usize(1..=2)).map(|element| circuit.input(port, element, range)).collect();
        wires.extend(&elements);
        circuit.inputs.push(Port { name: format!("x{port}"), width, signed, fraction: 0, wires: elements });
    }
    for _ in 0..OPERATIONS {
        let wire = operation(&mut circuit, &wires, random);
        let wire = match circuit.width(wire) {
            ..=WIDEST => wire,
            _ => circuit.wrap(wire, random.u32(1..=WIDEST), random.bool()),
        };
        wires.push(wire);
    }
    for (i, &wire) in wires.iter().rev().take(random.usize(1..=4)).enumerate() {
        // Sometimes wider than the number.
        let width = circuit.width(wire) + random.u32(1..=3);
        circuit.outputs.push(Port {
            name: format!("y{i}"),
            width,
            signed: true,
            fraction: 0,
            wires: vec![wire],
        });
    }
    circuit
}

fn operation(circuit: &mut Circuit, wires: &[Wire], random: &mut Rng) -> Wire {
    // Late wires more often, so that circuits get deep.
    let pick = |random: &mut Rng| wires[random.usize(..wires.len()).max(random.usize(..wires.len()))];
    let (a, b) = (pick(random), pick(random));
    let near = |circuit: &Circuit, wire: Wire, random: &mut Rng| {
        let (low, high) = circuit.range(wire);
        random.i128(low - 2..=high + 2)
    };
    match random.u32(..14) {
        0..3 => {
            let terms: Vec<Term> = (0..random.usize(1..=7))
                .map(|_| Term { wire: pick(random), shift: random.u32(..5), negative: random.bool() })
                .collect();
            circuit.sum(terms, if random.bool() { 0 } else { random.i128(-70..70) })
        }
        3 => circuit.floor(a, random.u32(..=circuit.width(a) + 1)),
        4 => circuit.wrap(a, random.u32(1..=circuit.width(a).max(1)), random.bool()),
        5 => circuit.even(a, random.u32(1..=circuit.width(a).max(1))),
        6 => {
            let ends = [near(circuit, a, random), near(circuit, a, random)];
            circuit.clamp(a, (ends[0].min(ends[1]), ends[0].max(ends[1])))
        }
        7 => {
            let limit = near(circuit, a, random);
            let limit = circuit.constant(limit);
            if random.bool() { circuit.less(a, limit) } else { circuit.less(limit, a) }
        }
        8 => {
            let condition = circuit.less(a, b);
            circuit.select(condition, pick(random), pick(random))
        }
        9 => {
            let b = if random.u32(..5) == 0 { a } else { b };
            let (a, b) = (circuit.wrap(a, 9, random.bool()), circuit.wrap(b, 9, random.bool()));
            circuit.product(a, b)
        }
        10 => {
            let size = random.usize(1..=300);
            let width = random.u32(1..=12);
            let (low, high) = type_range(width, random.bool());
            let table: Vec<i128> = (0..size).map(|_| random.i128(low..=high)).collect();
            let index = circuit.wrap(a, 9, random.bool());
            circuit.lookup(index, &table)
        }
        11 => circuit.max(a, b),
        12 => circuit.min(a, b),
        _ => {
            let constant = random.i128(-40..40);
            circuit.add_constant(a, constant)
        }
    }
}

/// The ends of all ranges first, then anything.
fn draw_sample(circuit: &Circuit, sample: usize, random: &mut Rng) -> Sample {
    let number = |port: &Port, random: &mut Rng| {
        let (low, high) = type_range(port.width, port.signed);
        match sample {
            0 => low,
            1 => high,
            2 => 0,
            _ => random.i128(low..=high),
        }
    };
    let elements = |port: &Port, random: &mut Rng| port.wires.iter().map(|_| number(port, random)).collect();
    circuit.inputs.iter().map(|port| elements(port, random)).collect()
}
