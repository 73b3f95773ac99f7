//! What is pruned by width costs nothing: a circuit with an element of no bits is that without the element's weights.

use fastrand::Rng;
use hls_codegen::adder_graph::Effort;
use hls_codegen::rtl::lower::lower;
use hls_codegen::rtl::map::map;
use hls_codegen::rtl::netlist::Resources;
use hls_codegen::rtl::{Goal, RtlOptions};
use hls_model::fixed::{Overflow, Rounding};
use hls_model::graph::op::{Dense, FixedPointQuantizer, Op};
use hls_model::graph::{Strategy, Values, WeightRole, WeightSpec, Widths};
use hls_model::target::IoType;
use hls_model::{Target, convert};
use ndarray::{arr1, arr2};

use crate::draw::{Drawn, Sketch};

/// Four inputs of these bits, each with two weights.
fn circuit(bits: [i32; 4], weights: [[f32; 2]; 4]) -> Resources {
    let mut random = Rng::with_seed(1);
    let mut sketch = Sketch::new(&mut random, IoType::Parallel);
    sketch.input(vec![4]);
    sketch.set("result", "fixed<9,4>");
    let bits = arr1(&bits).into_dyn();
    let widths = Widths { signed: bits.mapv(|_| true), integer: bits.mapv(|_| 3), bits };
    let quantizer = FixedPointQuantizer { n_in: 4, widths, rounding: Rounding::Rnd, overflow: Overflow::Sat };
    let read = vec![sketch.last_name()];
    sketch.add("FixedPointQuantizer", Op::FixedPointQuantizer(quantizer), read, vec![4], Vec::new());
    let dense = Dense {
        n_in: 4,
        n_out: 2,
        strategy: Strategy::Latency,
        transposed: false,
        input_quantizer: None,
        parallelization_factor: None,
    };
    let kernel = Values::single(&arr2(&weights).into_dyn());
    let bias = Values::single(&arr1(&[0.5_f32, -0.25]).into_dyn());
    let arrays =
        vec![WeightSpec::plain(WeightRole::Weight, kernel), WeightSpec::plain(WeightRole::Bias, bias)];
    let read = vec![sketch.last_name()];
    sketch.add("Dense", Op::Dense(dense), read, vec![2], arrays);
    for (variable, precision) in [
        ("weight", "fixed<8,3>"),
        ("bias", "fixed<8,3>"),
        ("accum", "fixed<20,10>"),
        ("result", "fixed<20,10>"),
    ] {
        sketch.set(variable, precision);
    }
    let Drawn { model, config } = sketch.finish();
    let graph = convert(&model, &config, Target::default()).expect("a graph");
    let circuit = lower(&graph, Effort::ALL[0]).expect("a circuit");
    map(&circuit, RtlOptions::default().with_goal(Goal::ALL[0]), 5000).netlist.resources()
}

#[test]
fn an_element_of_no_bits_costs_nothing() {
    let weights = [[1.25, -0.75], [0.375, 2.5], [-1.5, 0.625], [0.875, -2.25]];
    let mut without = weights;
    (without[1], without[2]) = ([0.0; 2], [0.0; 2]);
    let dead = circuit([5, 0, -1, 6], weights);
    assert_eq!(dead, circuit([5, 0, -1, 6], without));
    let live = circuit([5, 4, 4, 6], weights);
    assert!(dead.lut < live.lut, "{dead:?} and {live:?}");
}
