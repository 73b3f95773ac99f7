//! In which order a layer's loops read and write tokens.

use std::iter::repeat_n;

use super::network::{Ports, Step};
use crate::graph::op::{TimeOrder, TimePart};
use crate::graph::{Graph, Node, Op, TensorId};

/// What a node does for one sample, and the cycles from its reading to its writing.
pub(super) struct Steps {
    pub steps: Vec<(Step, usize)>,
    pub latency: u64,
}

/// A node that is part of a streamed graph.
struct Streamed<'a> {
    graph: &'a Graph,
    node: &'a Node,
}

const READ: Step = Step { reads: Ports::All, writes: Ports::None, interval: 1 };
const WRITE: Step = Step { reads: Ports::None, writes: Ports::All, interval: 1 };
const READ_AND_WRITE: Step = Step { reads: Ports::All, writes: Ports::All, interval: 1 };

/// Cycles from reading to writing where nothing but logic is between the two.
const LOGIC: u64 = 1;

/// Elements that travel together, and how many such groups make the tensor. A reshape that is only another name of a stream has that stream's.
pub(super) fn tokens(graph: &Graph, id: TensorId) -> (usize, usize) {
    let stored = graph.tensor(graph.storage_of(id));
    let pack = stored.shape.last().copied().unwrap_or(1).max(1);
    (pack, stored.len() / pack)
}

/// The steps of a node that is in the loop over time steps `repeats` times for each sample.
pub(super) fn of(graph: &Graph, node: &Node, repeats: usize) -> Steps {
    let streamed = Streamed { graph, node };
    let steps = repeat_n(streamed.steps(), repeats).flatten();
    Steps { steps: grouped(steps), latency: streamed.latency() }
}

impl Streamed<'_> {
    /// Tokens of an input.
    fn reads(&self, position: usize) -> usize {
        self.node.inputs.get(position).map_or(0, |&id| tokens(self.graph, id).1)
    }

    /// Tokens of each output.
    fn writes(&self) -> usize {
        self.node.outputs.first().map_or(0, |&id| tokens(self.graph, id).1)
    }

    fn pack_of_input(&self) -> usize {
        self.node.inputs.first().map_or(1, |&id| tokens(self.graph, id).0)
    }

    fn pack_of_output(&self) -> usize {
        self.node.outputs.first().map_or(1, |&id| tokens(self.graph, id).0)
    }

    fn steps(&self) -> Vec<Step> {
        match &self.node.op {
            Op::Input(_) => vec![WRITE; self.writes()],
            Op::Conv(op) => self.windows(|pixel| op.window(pixel).flatten().max(), self.multiplying()),
            Op::Pooling(op) => self.windows(|pixel| op.window(pixel).flatten().max(), READ),
            Op::Cropping(op) => {
                self.windows(|pixel| Some(op.source(pixel * op.n_chan) / op.n_chan.max(1)), READ)
            }
            Op::ZeroPadding(op) => (0..self.writes())
                .map(|pixel| match op.source(pixel * op.n_chan) {
                    Some(_) => READ_AND_WRITE,
                    None => WRITE,
                })
                .collect(),
            Op::Resize(op) => {
                let rows = repeat_n(READ, op.in_width)
                    .chain(repeat_n(WRITE, op.out_width * op.out_height / op.in_height.max(1)));
                repeat_n(rows, op.in_height).flatten().collect()
            }
            Op::Concatenate(op) => self.concatenation(op.runs()),
            // A result as soon as its last element is there; of a shorter vector several at once.
            Op::Repack(_) => {
                let packs = (self.pack_of_input(), self.pack_of_output());
                self.windows(|token| Some(((token + 1) * packs.1 - 1) / packs.0), READ)
            }
            Op::Dense(_) => self.everything_first(Step { interval: self.node.reuse_factor, ..WRITE }),
            Op::Recurrent(op) => match op.order {
                TimeOrder::Forward => self.token_by_token(),
                TimeOrder::Backward => self.everything_first(WRITE),
            },
            Op::Bidirectional(_) => self.everything_first(WRITE),
            // Each token by itself, or all of them before the first result.
            Op::GlobalPooling(_)
            | Op::Transpose(_)
            | Op::Dot(_)
            | Op::FixedPointQuantizer(_)
            | Op::EinsumDense(_)
            | Op::Einsum(_)
            | Op::UnaryLut(_)
            | Op::FunctionSum(_)
            | Op::Embedding(_)
            | Op::Reshape(_)
            | Op::Clone(_)
            | Op::Broadcast(_)
            | Op::LayerNormalization(_)
            | Op::Activation(_)
            | Op::HardActivation(_)
            | Op::ParametrizedActivation(_)
            | Op::PRelu(_)
            | Op::Softmax(_)
            | Op::TernaryTanh(_)
            | Op::PowerOfTwo(_)
            | Op::BatchNormalization(_)
            | Op::ApplyAlpha(_)
            | Op::QuantizedTanh(_)
            | Op::Merge(_) => self.token_by_token(),
            // Each pack of a time step is passed on.
            Op::TimeDistributed(op) => match op.part {
                TimePart::Begin => vec![READ_AND_WRITE; self.reads(0)],
                TimePart::End => vec![READ_AND_WRITE; self.writes()],
                TimePart::Whole { .. } => self.everything_first(WRITE),
            },
            Op::LayerGroup(_) | Op::SeparableConv(_) => self.everything_first(WRITE),
        }
    }

    /// One token of each input for one of each output, where the numbers agree.
    fn token_by_token(&self) -> Vec<Step> {
        let count = self.writes();
        let agree = (0..self.node.inputs.len()).all(|input| self.reads(input) == count);
        let moves_within = matches!(
            self.node.op,
            Op::Transpose(_) | Op::GlobalPooling(_) | Op::Dot(_) | Op::EinsumDense(_) | Op::Einsum(_)
        );
        match agree && !moves_within {
            true => vec![READ_AND_WRITE; count],
            false => self.everything_first(WRITE),
        }
    }

    /// All inputs, one after the other, before the first result.
    fn everything_first(&self, write: Step) -> Vec<Step> {
        let inputs = 0..self.node.inputs.len();
        let reads =
            inputs.flat_map(|input| repeat_n(Step { reads: Ports::Only(input), ..READ }, self.reads(input)));
        reads.chain(repeat_n(write, self.writes())).collect()
    }

    /// A result as soon as the last token that it needs is there, as with a line buffer. `last` says which that is, for each result.
    fn windows(&self, last: impl Fn(usize) -> Option<usize>, read: Step) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut needs = (0..self.writes()).map(|result| last(result).map_or(0, |token| token + 1)).peekable();
        while needs.next_if_eq(&0).is_some() {
            steps.push(WRITE);
        }
        for token in 1..=self.reads(0) {
            let done = needs.next_if(|&need| need <= token).is_some();
            let writes = if done { Ports::All } else { Ports::None };
            steps.push(Step { writes, ..read });
            while needs.next_if(|&need| need <= token).is_some() {
                steps.push(WRITE);
            }
        }
        steps.extend(needs.map(|_| WRITE));
        steps
    }

    /// A convolution reads a pixel in every iteration of its loop, which takes as long as its multiplications.
    fn multiplying(&self) -> Step {
        Step { interval: self.node.reuse_factor, ..READ }
    }

    fn concatenation(&self, runs: [usize; 2]) -> Vec<Step> {
        let inputs = [self.reads(0), self.reads(1)];
        // Vectors become one token; channels of the same pixel travel together as they did before.
        match self.writes() {
            1 => return self.everything_first(WRITE),
            writes if inputs == [writes; 2] => return vec![READ_AND_WRITE; writes],
            _ => {}
        }
        let packs = [0, 1].map(|input| self.node.inputs.get(input).map_or(1, |&id| tokens(self.graph, id).0));
        let run = |input: usize| {
            let step = Step { reads: Ports::Only(input), ..READ_AND_WRITE };
            repeat_n(step, (runs[input] / packs[input]).max(1))
        };
        let repeats = inputs[0] / (runs[0] / packs[0]).max(1);
        (0..repeats).flat_map(|_| run(0).chain(run(1))).collect()
    }

    /// Roughly, the stages of a pipeline: an adder tree and the multiplications before it, or logic.
    fn latency(&self) -> u64 {
        let terms = match &self.node.op {
            Op::Dense(op) => op.n_in,
            Op::Conv(op) => op.kernel_size() * op.n_chan,
            _ => return LOGIC,
        };
        LOGIC + self.node.reuse_factor + u64::from(terms.max(1).ilog2())
    }
}

/// Equal steps in a row, with their number.
fn grouped(steps: impl Iterator<Item = Step>) -> Vec<(Step, usize)> {
    let mut groups: Vec<(Step, usize)> = Vec::new();
    for step in steps {
        match groups.last_mut() {
            Some((last, count)) if *last == step => *count += 1,
            _ => groups.push((step, 1)),
        }
    }
    groups
}
