//! What a project asks of Vitis HLS, and where that is more than it can handle: known before it runs.
//!
//! [`demands`] counts for each layer what the kernels ask for; [`warnings`] compares with [`Limits`] and says what to change.
//! Counts are those of loops and arrays as they are written. What the tool finds to be constant, such as products with a
//! zero weight, it removes later.

use hls_model::Warning;
use hls_model::config::Strategy;
use hls_model::graph::op::Op;
use hls_model::graph::{Graph, Interface, Node, NodeId, Tensor};
use hls_model::target::IoType;

use crate::demand::{Demand, Ports};
use crate::vitis::decisions::ArrayPragma;
use crate::vitis::options::VitisOptions;

/// What the tools can handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Elements of an array that becomes registers. Vivado HLS refuses more than 1024, or what
    /// `config_array_partition -maximum_size` says, with `[XFORM 203-103] partitioned elements number … has exeeded the
    /// threshold`; hls4ml sets that to 4096. Vitis HLS has no such option (UG1391) and no such limit, but warns of long run
    /// times from 1024 on (`[HLS 200-868]`, UG1448) and mostly runs out of time or memory beyond hls4ml's number.
    pub partitioned_elements: usize,
    /// Products in an unrolled loop from which on Vivado HLS stops (`[XFORM 203-504] Stop unrolling loop`, hls4ml issues
    /// 904, 1013); Vitis HLS goes on, with the same consequences as above. In a public table of 2,687 syntheses with Vivado HLS
    /// 2020.1, models with a layer of 4096 products failed 84 of 84 times; with one of 3072, 24 of 42 times with the strategy
    /// Latency and never (0 of 14) with Resource.
    pub unrolled_products: usize,
    /// Bits of a word that `ARRAY_RESHAPE` makes: `[XFORM 203-133] Bitwidth of reshaped elements … exceeds the maximum bitwidth
    /// (65536 bits)` (hls4ml issues 506, 623).
    pub word_bits: usize,
}

impl Limits {
    /// Those of a project with these options.
    #[must_use]
    pub fn of(options: &VitisOptions) -> Self {
        Self {
            partitioned_elements: usize::try_from(options.maximum_size).unwrap_or(usize::MAX),
            ..Self::default()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { partitioned_elements: 4096, unrolled_products: 4096, word_bits: 65536 }
    }
}

/// What each layer asks for, in the order of the graph.
#[must_use]
pub fn demands(graph: &Graph) -> Vec<Demand> {
    graph.order().iter().map(|&id| demand(graph, id)).collect()
}

/// The top function's ports.
#[must_use]
pub fn ports(graph: &Graph) -> Ports {
    let inputs = graph.inputs.iter().map(|&id| graph.output_of(id));
    let outputs = graph.outputs.iter().map(|&id| graph.tensor(id));
    let count = |tensor: &Tensor| match (tensor.interface, ArrayPragma::of(graph, tensor)) {
        (Interface::Stream { .. }, _) | (Interface::Array, ArrayPragma::Reshape) => 1,
        (Interface::Array, ArrayPragma::Partition | ArrayPragma::Absent) => tensor.len(),
    };
    Ports {
        input_ports: inputs.clone().map(count).sum(),
        input_bits: inputs.map(bits_at_once).sum(),
        output_ports: outputs.clone().map(count).sum(),
        output_bits: outputs.map(bits_at_once).sum(),
    }
}

/// Bits of a tensor that go through its ports at the same time.
fn bits_at_once(tensor: &Tensor) -> usize {
    match tensor.interface {
        Interface::Array => bits(tensor),
        Interface::Stream { pack, .. } => pack.saturating_mul(width(tensor.ty.precision.width())),
    }
}

/// A warning for each thing that is too large, with what to change.
#[must_use]
pub fn warnings(graph: &Graph, limits: Limits) -> Vec<Warning> {
    let nodes = graph.order().iter().map(|&id| graph.node(id));
    nodes
        .zip(demands(graph))
        .flat_map(|(node, demand)| {
            diagnostics(graph, node, &demand, limits)
                .into_iter()
                .map(|message| Warning { layer: Some(node.name.clone()), message })
        })
        .collect()
}

fn demand(graph: &Graph, id: NodeId) -> Demand {
    let (node, result) = (graph.node(id), graph.output_of(id));
    let pragma = ArrayPragma::of(graph, result);
    let reuse = usize::try_from(node.reuse_factor).unwrap_or(usize::MAX).max(1);
    let product = MatrixProduct::of(graph, node);
    let weights =
        |shape: fn(Share) -> usize| product.as_ref().map_or(0, |product| shape(product.share(reuse)));
    let result_elements =
        if pragma == ArrayPragma::Partition { result.len() } else { collected(graph, node) };
    let weight_width =
        node.weights.iter().map(|weight| width(weight.ty.precision.width())).max().unwrap_or(0);
    let joined = weights(|share| share.joined).saturating_mul(weight_width);
    Demand {
        layer: node.name.clone(),
        unrolled_products: weights(|share| share.unrolled),
        multiplications_per_cycle: weights(|share| share.per_cycle),
        partitioned_elements: result_elements.max(weights(|share| share.partitioned)),
        word_bits: joined.max(if pragma == ArrayPragma::Reshape { bits(result) } else { 0 }),
    }
}

/// Elements of streams that a layer collects in registers before, or while, it works.
fn collected(graph: &Graph, node: &Node) -> usize {
    if graph.target.io_type() == IoType::Parallel {
        return 0;
    }
    let read = node.inputs.iter().map(|&id| graph.tensor(id).len()).max().unwrap_or(0);
    match node.op {
        Op::Dense(_) => node.outputs.iter().map(|&id| graph.tensor(id).len()).fold(read, usize::max),
        Op::Transpose(_) | Op::Dot(_) => read,
        Op::Input(_)
        | Op::Reshape(_)
        | Op::Conv(_)
        | Op::SeparableConv(_)
        | Op::Pooling(_)
        | Op::GlobalPooling(_)
        | Op::ZeroPadding(_)
        | Op::Cropping(_)
        | Op::Resize(_)
        | Op::Embedding(_)
        | Op::LayerNormalization(_)
        | Op::TimeDistributed(_)
        | Op::Activation(_)
        | Op::HardActivation(_)
        | Op::ParametrizedActivation(_)
        | Op::PRelu(_)
        | Op::TernaryTanh(_)
        | Op::PowerOfTwo(_)
        | Op::Softmax(_)
        | Op::FixedPointQuantizer(_)
        | Op::EinsumDense(_)
        | Op::Einsum(_)
        | Op::UnaryLut(_)
        | Op::FunctionSum(_)
        | Op::BatchNormalization(_)
        | Op::ApplyAlpha(_)
        | Op::QuantizedTanh(_)
        | Op::Merge(_)
        | Op::Concatenate(_)
        | Op::Clone(_)
        | Op::Repack(_)
        | Op::Broadcast(_)
        | Op::Recurrent(_)
        | Op::Bidirectional(_)
        | Op::LayerGroup(_) => 0,
    }
}

/// The matrix product of a layer.
struct MatrixProduct {
    /// Products for one pixel.
    products: usize,
    /// Pixels that are computed in parallel.
    pixels: usize,
    /// Elements of the pixels' windows, which are copied to registers; a Dense reads its input in place.
    windows: usize,
    strategy: Strategy,
    is_convolution: bool,
}

/// What a reuse factor leaves of it.
#[derive(Clone, Copy)]
struct Share {
    unrolled: usize,
    per_cycle: usize,
    partitioned: usize,
    /// Weights in one word.
    joined: usize,
}

impl MatrixProduct {
    fn of(graph: &Graph, node: &Node) -> Option<Self> {
        let matrix = node.op.matrix()?;
        let is_convolution = matrix.pixels_at_once.is_some();
        let pixels = match graph.target.io_type() {
            IoType::Parallel => matrix.pixels_at_once.unwrap_or(1),
            // Pixels come one after the other, whatever the ParallelizationFactor.
            IoType::Stream => 1,
        };
        Some(Self {
            products: matrix.terms.saturating_mul(matrix.n_out),
            pixels,
            windows: if is_convolution { matrix.n_in.saturating_mul(pixels) } else { 0 },
            strategy: matrix.strategy,
            is_convolution,
        })
    }

    fn share(&self, reuse: usize) -> Share {
        let at_once = self.products.div_ceil(reuse);
        let per_cycle = at_once.saturating_mul(self.pixels);
        match self.strategy {
            // Everything is unrolled; the reuse factor only says how many multipliers the scheduler may use.
            Strategy::Latency => Share {
                unrolled: self.products.saturating_mul(self.pixels),
                per_cycle,
                partitioned: self.windows.max(if self.is_convolution { self.products } else { 0 }),
                joined: 0,
            },
            Strategy::Resource => {
                Share { unrolled: per_cycle, per_cycle, partitioned: self.windows, joined: at_once }
            }
            // Nothing is multiplied.
            Strategy::DistributedArithmetic => {
                Share { unrolled: 0, per_cycle: 0, partitioned: self.windows, joined: 0 }
            }
            Strategy::ResourceUnrolled => {
                Share { unrolled: per_cycle, per_cycle, partitioned: self.windows, joined: 0 }
            }
        }
    }
}

fn diagnostics(graph: &Graph, node: &Node, demand: &Demand, limits: Limits) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(too_many_products(graph, node, demand.unrolled_products, limits.unrolled_products));
    if demand.partitioned_elements > limits.partitioned_elements {
        found.push(format!(
            "an array of {} elements becomes registers (limit: {}), which Vivado HLS refuses and which makes Vitis HLS very slow; use \
             a smaller layer",
            demand.partitioned_elements, limits.partitioned_elements
        ));
    }
    if demand.word_bits > limits.word_bits {
        let advice = if matches!(node.op, Op::Input(_)) {
            "use fewer bits for each element or a smaller input"
        } else {
            "use a larger ReuseFactor or narrower weights"
        };
        found.push(format!(
            "{} bits are packed into one word, more than the {} that the tool supports; {advice}",
            demand.word_bits, limits.word_bits
        ));
    }
    found
}

/// The warning about a layer that unrolls many products.
fn too_many_products(graph: &Graph, node: &Node, unrolled: usize, limit: usize) -> Option<String> {
    if unrolled >= limit {
        let advice = fewer_products(graph, node, limit);
        return Some(format!(
            "{unrolled} products are unrolled in parallel, and from {limit} on Vivado HLS gives up (84 of 84 syntheses with 4096, Vivado \
             HLS 2020.1) and Vitis HLS may take very long or run out of memory; {advice}"
        ));
    }
    let latency = MatrixProduct::of(graph, node).is_some_and(|product| product.strategy == Strategy::Latency);
    // 3072 of 4096.
    let is_near = unrolled >= limit.saturating_mul(3).div_ceil(4);
    (latency && is_near).then(|| {
        format!(
            "{unrolled} products are unrolled in parallel, close to the {limit} from which on Vivado HLS gives up, and with Strategy \
             Latency that often fails (24 of 42 syntheses with 3072, none of 14 with Resource, Vivado HLS 2020.1); use Strategy \
             Resource"
        )
    })
}

/// What to set so that fewer than `limit` products are unrolled.
fn fewer_products(graph: &Graph, node: &Node, limit: usize) -> String {
    let Some(product) = MatrixProduct::of(graph, node) else { return String::new() };
    if product.pixels > 1 {
        return "use a smaller ParallelizationFactor".to_owned();
    }
    let reuse = product.products / limit.max(1) + 1;
    match product.strategy {
        Strategy::Latency => format!("use Strategy Resource with a ReuseFactor of {reuse} or more"),
        Strategy::Resource | Strategy::ResourceUnrolled | Strategy::DistributedArithmetic => {
            format!("use a ReuseFactor of {reuse} or more")
        }
    }
}

fn bits(tensor: &Tensor) -> usize {
    tensor.len().saturating_mul(width(tensor.ty.precision.width()))
}

fn width(bits: u32) -> usize {
    usize::try_from(bits).unwrap_or(usize::MAX)
}
