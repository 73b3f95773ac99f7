//! Random small graphs: the emulator computes every bit that the compiled firmware computes, layer by layer; and so does the firmware over
//! hls4ml's own kernels where `HLS4ML_KERNELS` names them.
//!
//! Graphs with even seeds have streams between their layers. Layers, types, modes, quantizers, strategies and weights are drawn at random, far beyond what anybody would train. The draws are the
//! same in each run; `HLS_RANDOM_GRAPHS=N` draws N of them, `HLS_RANDOM_SEED=S` others. Needs `g++`.

mod contractions;
mod draw;
#[path = "../common/firmware.rs"]
mod firmware;
mod recurrent;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use draw::{Drawn, Sketch};
use firmware::Firmware;
use hls_codegen::vitis::{self, Kernels, VitisOptions, raw};
use hls_codegen::{CodegenError, Options, Trace};
use hls_model::Target;
use hls_model::arith::ArithError;
use hls_model::config::Strategy;
use hls_model::emulate::{EmulateError, Emulator, Evaluation, Record};
use hls_model::graph::op::{
    Cell, Conv, ConvFlavour, DirectionMerge, Function, GateActivation, GateFunction, MergeKind, Op,
    Recurrent, ResetGate, SoftmaxImplementation, TimeOrder, WindowAxis,
};
use hls_model::graph::{Graph, Node, TypeRole};
use hls_model::passes::valid_reuse_factors;
use hls_runner::Simulated;
use hls_runner::toolchain::Effort;

/// Graphs that are drawn unless the environment says otherwise: each takes a compiler a few seconds.
const GRAPHS: usize = 10;
const SAMPLES: usize = 200;
/// Classes that so many draws contain.
const COMMON: [&str; 7] = ["Dense", "Conv2D", "Pooling2D", "Activation", "Softmax", "Merge", "Clone"];

fn number<T: std::str::FromStr>(variable: &str) -> Option<T> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn emulator_and_firmware_agree_on_random_graphs() {
    let wanted: usize = number("HLS_RANDOM_GRAPHS").unwrap_or(GRAPHS);
    let first: u64 = number("HLS_RANDOM_SEED").unwrap_or(1);
    let upstream = std::env::var_os("HLS4ML_KERNELS")
        .map(|dir| Kernels::from_dir(Path::new(&dir)).unwrap_or_else(|e| panic!("HLS4ML_KERNELS: {e}")));
    if upstream.is_none() {
        println!(
            "skipped: hls4ml's own kernels (set HLS4ML_KERNELS to a folder with nnet_utils/ and ap_types/)"
        );
    }
    let (next, done) = (AtomicU64::new(first), AtomicUsize::new(0));
    let (wrong, seen) = (Mutex::new(Vec::new()), Mutex::new(BTreeSet::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while done.load(Ordering::Relaxed) < wanted {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let result = check(seed, upstream.as_ref());
                    match result {
                        Ok(Checked::Compared(classes)) => {
                            done.fetch_add(1, Ordering::Relaxed);
                            seen.lock().expect("no thread panics").extend(classes);
                        }
                        // Not every draw is a model.
                        Ok(Checked::Refused) => {}
                        Err(error) => {
                            done.fetch_add(1, Ordering::Relaxed);
                            wrong.lock().expect("no thread panics").push(format!("seed {seed}: {error}"));
                        }
                    }
                    assert!(seed < first + 50 * wanted as u64 + 50, "almost no draw can be converted");
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no thread panicked");
    assert!(wrong.is_empty(), "{} graphs:\n{}", wrong.len(), wrong.join("\n"));
    let seen = seen.into_inner().expect("no thread panicked");
    for class in COMMON {
        assert!(
            seen.contains(class) || wanted < GRAPHS,
            "no graph with a {class} was compared, only {seen:?}"
        );
    }
}

/// What the cells of recurrent layers compute does not depend on whether multipliers are shared, written out or left out.
#[test]
fn strategies_of_recurrent_layers_agree() {
    let wanted = number("HLS_RANDOM_GRAPHS").unwrap_or(GRAPHS) as u64 / 2;
    let pairs = [
        (Strategy::DistributedArithmetic, Strategy::Latency, 1),
        (Strategy::ResourceUnrolled, Strategy::Resource, 6),
    ];
    let tries = pairs.iter().flat_map(|pair| (0..wanted).map(move |seed| (*pair, seed)));
    let tries: Vec<_> = tries.collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let wrong = &Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for share in tries.chunks(tries.len().div_ceil(threads).max(1)) {
            scope.spawn(move || {
                for &(pair, seed) in share {
                    if let Err(error) = compare_strategies(seed, pair) {
                        wrong
                            .lock()
                            .expect("no thread panics")
                            .push(format!("{pair:?}, seed {seed}: {error}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.lock().expect("no thread panicked");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn compare_strategies(seed: u64, (strategy, like, reuse): (Strategy, Strategy, usize)) -> Result<(), String> {
    // Not every interface has every layer, and not every draw is a model.
    for seed in seed * 1000.. {
        let target = if seed.is_multiple_of(2) { Target::VitisStream } else { Target::VitisParallel };
        let drawn = |strategy| {
            let mut random = fastrand::Rng::with_seed(seed);
            // Models that differ in this only are the same draw.
            let mut sketch = Sketch::new(&mut random, target.io_type());
            sketch.cells = Some((strategy, reuse));
            sketch.sequence();
            let Drawn { model, config } = sketch.finish();
            Some((hls_model::convert(&model, &config, target).ok()?, random))
        };
        let options = Options::default().with_trace(Trace::All);
        let (Some((graph, mut random)), Some((reference, _))) = (drawn(strategy), drawn(like)) else {
            continue;
        };
        let (Ok(emulator), false) = (Emulator::new(&reference), is_refused(&graph, &options)) else {
            continue;
        };
        let samples = draw::samples(&graph, SAMPLES, &mut random);
        let views: Vec<_> = samples.iter().map(|array| array.view()).collect();
        let evaluation = emulator.evaluate(&views, Record::Layers).map_err(|e| e.to_string())?;
        let simulated = Firmware::build(&graph, &options).and_then(|built| built.run(&samples))?;
        return compare(&graph, &evaluation, &simulated).map_err(|e| describe(&graph, &e));
    }
    Ok(())
}

enum Checked {
    /// Equal; the classes of the layers.
    Compared(Vec<&'static str>),
    Refused,
}

fn check(seed: u64, upstream: Option<&Kernels>) -> Result<Checked, String> {
    let mut random = fastrand::Rng::with_seed(seed);
    let target = if seed.is_multiple_of(2) { Target::VitisStream } else { Target::VitisParallel };
    let Drawn { model, config } = draw::draw(&mut random, target.io_type());
    let Ok(graph) = hls_model::convert(&model, &config, target) else {
        return Ok(Checked::Refused);
    };
    let options = Options::default().with_trace(Trace::All);
    if is_refused(&graph, &options) {
        return Ok(Checked::Refused);
    }
    let emulator = match Emulator::new(&graph) {
        // Types of types of types grow beyond any word.
        Err(EmulateError::Arith(ArithError::TooWide { .. } | ArithError::Unsupported { .. })) => {
            return Ok(Checked::Refused);
        }
        other => other.map_err(|e| e.to_string())?,
    };
    let samples = draw::samples(&graph, SAMPLES, &mut random);
    let views: Vec<_> = samples.iter().map(|array| array.view()).collect();
    let evaluation = emulator.evaluate(&views, Record::Layers).map_err(|e| e.to_string())?;
    compare(&graph, &evaluation, &Firmware::build(&graph, &options).and_then(|built| built.run(&samples))?)
        .map_err(|e| describe(&graph, &e))?;
    let compared = Checked::Compared(graph.nodes().map(|node| node.op.class_name()).collect());
    let upstream = upstream.filter(|_| graph.nodes().all(|node| has_upstream_kernel(&graph, node)));
    if let Some(kernels) = upstream {
        let options = options.with_vitis(VitisOptions::default().with_kernels(kernels.clone()));
        let built = Firmware::build_with(&graph, &options, Effort::ShortestCompile);
        let simulated = match built.and_then(|built| built.run(&samples)) {
            // Xilinx's headers assert that no bit is read far above or below a number; such types they cannot simulate.
            Err(error) if error.contains("bit beyond MSB") => return Ok(compared),
            other => other.map_err(|e| format!("hls4ml's kernels: {e}"))?,
        };
        compare(&graph, &evaluation, &simulated)
            .map_err(|e| describe(&graph, &format!("hls4ml's kernels: {e}")))?;
    }
    Ok(compared)
}

/// Whether there is no kernel for one of the layers: not every one can be between streams.
fn is_refused(graph: &Graph, options: &Options) -> bool {
    graph.target == Target::VitisStream
        && matches!(vitis::emit(graph, options), Err(CodegenError::Unsupported { .. }))
}

/// Whether hls4ml has a kernel for a layer's interface.
fn has_upstream_kernel(graph: &Graph, node: &Node) -> bool {
    let over_streams = match graph.target {
        Target::VitisParallel => true,
        Target::VitisStream => has_upstream_stream_kernel(&node.op),
    };
    over_streams && has_upstream_arithmetic(graph, node)
}

/// Our own layers need our own streams. Over streams hls4ml pools windows that do not overlap, copies up to seven times, ignores the stride of rows where the filter has one, and
/// compares ternary activations with ±1.
fn has_upstream_stream_kernel(op: &Op) -> bool {
    const COPIES: usize = 7;
    let is_apart = |axis: &WindowAxis| axis.stride == axis.filter;
    match op {
        Op::Pooling(op) => op.axes().all(is_apart),
        Op::Conv(Conv { height: Some(height), .. }) => height.filter > 1 || height.stride == 1,
        Op::Activation(op) => {
            let ours =
                [Function::Relu6, Function::Gelu, Function::Swish, Function::Mish, Function::Exponential];
            !ours.contains(&op.function)
        }
        Op::Merge(op) => !matches!(op.kind, MergeKind::Mean(_)),
        Op::Clone(op) => op.count <= COPIES,
        Op::Softmax(op) => op.implementation != SoftmaxImplementation::Precise,
        Op::TernaryTanh(_) | Op::PowerOfTwo(_) | Op::Dot(_) => false,
        _ => true,
    }
}

/// Whether hls4ml's kernel of a layer can compute what is asked of it. Depthwise convolutions it can only simulate with the latency strategy and one filter for each channel, others
/// that share multipliers only with a valid reuse factor; up to there they are assertions that fail, and above the inputs of a pixel reads
/// beyond an array.
fn has_upstream_arithmetic(graph: &Graph, node: &Node) -> bool {
    // Zeros between pixels are a layer of our own.
    if matches!(&node.op, Op::ZeroPadding(op) if op.spreads()) {
        return false;
    }
    let narrowed = node
        .ty(TypeRole::Accum)
        .is_some_and(|ty| ty.precision.cpp() != graph.tensor(node.outputs[0]).ty.precision.cpp());
    match &node.op {
        Op::Recurrent(op) => return has_upstream_cell(op, narrowed),
        Op::Bidirectional(op) => {
            let known = |op: &Recurrent| op.cell != Cell::Simple && has_upstream_cell(op, narrowed);
            let backward = Recurrent { order: TimeOrder::Forward, ..op.backward.clone() };
            return op.merge == DirectionMerge::Concatenate && known(&op.forward) && known(&backward);
        }
        _ => {}
    }
    let (Op::Conv(conv), Some(matrix)) = (&node.op, node.op.matrix()) else { return true };
    match (conv.flavour, conv.strategy) {
        (ConvFlavour::Depthwise, Strategy::DistributedArithmetic) => true,
        (ConvFlavour::Depthwise, strategy) => strategy == Strategy::Latency && conv.n_filt == conv.n_chan,
        (_, Strategy::Latency | Strategy::DistributedArithmetic) => true,
        _ => {
            let is_valid = valid_reuse_factors(matrix.n_in, matrix.n_out).contains(&node.reuse_factor);
            is_valid && node.reuse_factor <= matrix.n_in as u64
        }
    }
}

/// Whether hls4ml's kernels compute such a layer, whose result may have another type than its accumulator.
fn has_upstream_cell(op: &Recurrent, narrowed: bool) -> bool {
    use Function::{Relu, Sigmoid, Tanh};
    let known = |gate: &GateActivation| matches!(gate.function, GateFunction::Plain(Relu | Sigmoid | Tanh));
    let is_known_cell = match op.cell {
        Cell::Lstm => !narrowed,
        Cell::Gru(reset) => reset == ResetGate::After,
        Cell::Simple => false,
    };
    let gates = [&op.activation, &op.recurrent_activation];
    is_known_cell && gates.into_iter().all(known) && op.order == TimeOrder::Forward && op.state_type.is_none()
}

fn compare(graph: &Graph, evaluation: &Evaluation, simulated: &Simulated) -> Result<(), String> {
    let layers =
        raw::decode_trace(graph, Trace::All, SAMPLES, &simulated.trace).map_err(|e| e.to_string())?;
    for (name, values) in layers {
        let ours = evaluation.layers.iter().find(|layer| layer.port().identifier == name);
        let ours = ours.ok_or_else(|| format!("{name} was not recorded"))?;
        let numbers: Vec<f64> = ours.values().into_iter().collect();
        if let Some(at) = (0..values.len()).find(|&at| numbers.get(at) != Some(&values[at])) {
            let len = ours.port().len();
            return Err(format!(
                "layer {name}, sample {}, element {}: {:?} instead of {}",
                at / len,
                at % len,
                numbers.get(at),
                values[at]
            ));
        }
    }
    let outputs = raw::decode_outputs(graph, SAMPLES, &simulated.outputs).map_err(|e| e.to_string())?;
    for (ours, theirs) in evaluation.outputs.iter().zip(outputs) {
        if !ours.raws().eq(theirs) {
            return Err(format!("output {} differs", ours.port().name));
        }
    }
    Ok(())
}

/// An error with the layers that led to it.
fn describe(graph: &Graph, error: &str) -> String {
    let layers = graph.nodes().map(|node| {
        let types =
            node.types.iter().map(|(role, ty)| format!("{}={}", role.attribute(), ty.precision.cpp()));
        let weights =
            node.weights.iter().map(|w| format!("{}={}", w.role.attribute(), w.ty.precision.graph_form()));
        let result = graph.tensor(node.outputs[0]).ty.precision.cpp();
        let more: Vec<_> = types.chain(weights).collect();
        format!("  {} {} -> {result} [{}] {:?}", node.name, node.op.class_name(), more.join(" "), node.op)
    });
    format!("{error}\n{}", layers.collect::<Vec<_>>().join("\n"))
}
