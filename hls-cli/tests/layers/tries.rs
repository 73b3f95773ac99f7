//! What becomes of a sample: tried, not looked up.

use hls_codegen::vitis::{self, raw};
use hls_codegen::{Conversion, Options};
use hls_model::Target;
use hls_model::config::{Generator, Strategy};
use hls_model::emulate::{Emulator, Record};
use hls_model::graph::{Graph, Op};
use ndarray::Array2;

use crate::firmware::Firmware;
use crate::model::lowered;
use crate::samples::{Input, Sample, VOCABULARY};

pub const STRATEGIES: [Strategy; 4] =
    [Strategy::Latency, Strategy::Resource, Strategy::ResourceUnrolled, Strategy::DistributedArithmetic];

/// How samples are converted.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    target: Target,
    strategy: Strategy,
}

impl Way {
    pub fn arrays(strategy: Strategy) -> Self {
        Self { target: Target::VitisParallel, strategy }
    }

    pub fn streams(strategy: Strategy) -> Self {
        Self { target: Target::VitisStream, strategy }
    }
}

/// Multipliers are shared, so that the strategies differ.
const REUSE_FACTOR: u64 = 2;
const SAMPLES: usize = 200;

/// A sample converted in one way.
pub struct Attempt {
    pub graph: Graph,
    /// Whether a project can be written; whether it compiles and computes the emulator's bits is seen by [`compare`].
    pub firmware: Result<(), String>,
    pub emulator: Result<(), String>,
}

impl Attempt {
    /// What the sample's layer became.
    pub fn ops(&self) -> Vec<&Op> {
        let own = self.graph.nodes().filter(|node| !node.name.ends_with("_behind"));
        own.map(|node| &node.op).filter(|op| !matches!(op, Op::Input(_))).collect()
    }

    pub fn works(&self) -> bool {
        self.firmware.is_ok() && self.emulator.is_ok()
    }
}

/// Converts a sample alone; the error says why that cannot be.
pub fn attempt(sample: &Sample, way: Way) -> Result<Attempt, String> {
    let graph = converted(&[sample], way)?;
    let firmware = vitis::emit(&graph, &Options::default()).map(drop).map_err(|e| e.to_string());
    let emulator = Emulator::new(&graph).map(drop).map_err(|e| e.to_string());
    Ok(Attempt { firmware, emulator, graph })
}

/// The graph of some samples side by side.
pub fn converted(samples: &[&Sample], way: Way) -> Result<Graph, String> {
    let model = lowered(samples)?;
    let reuse_factor = match way.strategy {
        Strategy::DistributedArithmetic => 1,
        Strategy::Latency | Strategy::Resource | Strategy::ResourceUnrolled => REUSE_FACTOR,
    };
    let generator = Generator { strategy: way.strategy, reuse_factor, ..Generator::default() };
    let conversion = Conversion::generated(generator).with_target(way.target);
    Ok(conversion.convert_model(&model).map_err(|e| e.to_string())?.graph)
}

/// All samples side by side in one firmware, compiled: each output has the emulator's bits.
pub fn compare(samples: &[&Sample], way: Way) -> Result<(), String> {
    let graph = converted(samples, way)?;
    let emulator = Emulator::new(&graph).map_err(|e| e.to_string())?;
    let numbers = numbers(&graph);
    let views: Vec<_> = numbers.iter().map(|array| array.view()).collect();
    let emulated = emulator.evaluate(&views, Record::Outputs).map_err(|e| e.to_string())?;
    let ran = Firmware::build(&graph, &Options::default())?.run(&numbers)?;
    let simulated = raw::decode_outputs(&graph, SAMPLES, &ran.outputs).map_err(|e| e.to_string())?;
    let outputs = emulated.outputs.iter().zip(simulated).zip(samples);
    let differ: Vec<_> = outputs
        .filter(|((ours, theirs), _)| !ours.raws().eq(theirs.iter().copied()))
        .map(|(_, sample)| format!("{} ({})", sample.row, sample.name))
        .collect();
    match differ.is_empty() {
        true => Ok(()),
        false => Err(format!("emulator and firmware differ for {differ:?}")),
    }
}

/// Numbers of all magnitudes up to the largest of the input's type; for an embedding numbers of rows.
fn numbers(graph: &Graph) -> Vec<Array2<f32>> {
    let mut random = fastrand::Rng::with_seed(5);
    let inputs = graph.inputs.iter().map(|&id| {
        let tensor = graph.output_of(id);
        let ty = tensor.ty.precision.storage();
        let largest = ty.to_f64(ty.max_raw());
        let is_tokens = graph.node(id).name == Input::Tokens.name();
        Array2::from_shape_fn((SAMPLES, tensor.len()), |_| {
            let magnitude = largest * 2_f64.powf(-f64::from(ty.width) * random.f64());
            let number = if random.bool() { magnitude } else { -magnitude };
            if is_tokens { random.usize(..VOCABULARY) as f32 } else { number as f32 }
        })
    });
    inputs.collect()
}
