//! The queues of a graph.

use std::collections::HashMap;
use std::iter::repeat_n;

use super::network::{Network, Process, Run};
use super::steps::{self, tokens};
use super::{StreamError, Stuck};
use crate::graph::op::{TimeDistributed, TimePart};
use crate::graph::{Graph, Interface, NodeId, Op, TensorId};

/// A queue between two layers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Queue {
    /// The tensor that goes through it.
    pub tensor: TensorId,
    /// Its C++ variable.
    pub variable: String,
    /// The layer that writes it.
    pub writer: String,
    /// The layer that reads it.
    pub reader: String,
    /// Elements that travel together.
    pub pack: usize,
    /// Bits of all these elements.
    pub width: u64,
    /// Such groups in the whole tensor.
    pub tokens: usize,
    /// Places that it has, each for one such group.
    pub depth: usize,
    /// The most places that are filled at one time if every queue has as many as it likes.
    pub highest: usize,
    /// Places that are enough for the same speed; `highest` for networks that are too large to look for fewer.
    pub smallest: usize,
}

/// Samples that go through, one right after the other: the second comes while the first is still under way, as in a co-simulation.
const SAMPLES: usize = 2;

/// A queue with fewer places saves nothing: it is made of registers. Where there are fewer already, they may stay.
const SHALLOWEST: usize = 2;

/// Steps of all processes for all samples, times the runs that the search for the smallest depths takes: beyond this, it is left out. Some seconds.
const MOST_STEPS: usize = 300_000_000;

/// The queues between layers, in the order in which the layers are called. Those that carry inputs and outputs of the model are not among them: what is
/// outside decides on their depth.
///
/// # Errors
/// The graph has no streams, or its layers do not fit together.
pub fn queues(graph: &Graph) -> Result<Vec<Queue>, StreamError> {
    let streams = Streams::of(graph)?;
    let inner = streams.inner();
    let free = streams.run(&vec![None; streams.network.queues])?;
    for &(queue, _, reader) in &inner {
        let count = free.traffic[queue].left_over();
        if count > 0 {
            let (queue, reader) = (streams.variable(queue), streams.layer(reader));
            return Err(StreamError::LeftOver { queue, reader, count });
        }
    }
    let smallest = streams.smallest(&free, &inner)?;
    Ok(inner
        .iter()
        .map(|&(queue, writer, reader)| streams.describe(queue, writer, reader, &free, &smallest))
        .collect())
}

/// What a layer does with a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Takes a token of this tensor.
    Read(TensorId),
    /// Puts a token of this tensor.
    Write(TensorId),
}

/// In which order each layer reads and writes tokens for one sample; inputs of the model are written by the node that stands for them. A layer that
/// reads several tokens at once does so in the order of its inputs.
///
/// # Errors
/// The graph has no streams.
pub fn accesses(graph: &Graph) -> Result<Vec<(NodeId, Vec<Access>)>, StreamError> {
    let Streams { network, tensors, nodes, .. } = Streams::of(graph)?;
    let of_process = |process: &Process| -> Vec<Access> {
        let steps = process.steps.iter().flat_map(|(step, repeats)| repeat_n(step, *repeats));
        let accesses = steps.flat_map(|step| {
            let reads = step.reads.of(&process.inputs).iter().map(|&queue| Access::Read(tensors[queue]));
            reads.chain(step.writes.of(&process.outputs).iter().map(|&queue| Access::Write(tensors[queue])))
        });
        accesses.collect()
    };
    Ok(nodes.into_iter().zip(network.processes.iter().map(of_process)).collect())
}

/// Checks that the layers get through with the depths that the graph has, whatever their timing. With room for whole tensors, they do.
///
/// # Errors
/// They would wait for each other for ever; or the graph has no streams.
pub fn check(graph: &Graph) -> Result<(), StreamError> {
    let streams = Streams::of(graph)?;
    if streams.inner().iter().all(|&(queue, _, _)| streams.places(queue) >= streams.whole(queue)) {
        return Ok(());
    }
    let mut depths = vec![None; streams.network.queues];
    for (queue, _, _) in streams.inner() {
        depths[queue] = Some(streams.places(queue));
    }
    streams.run(&depths).map(drop)
}

/// Gives each queue that has room for a whole tensor only the places that are enough. Other depths were chosen on purpose, and stay.
///
/// # Errors
/// As [`queues`].
pub fn shrink(graph: &mut Graph) -> Result<(), StreamError> {
    for queue in queues(graph)? {
        if queue.depth == queue.tokens {
            graph.set_stream_depth(queue.tensor, queue.smallest);
        }
    }
    check(graph)
}

/// A graph as processes and queues.
struct Streams<'a> {
    graph: &'a Graph,
    network: Network,
    /// The tensor of each queue.
    tensors: Vec<TensorId>,
    /// The node of each process.
    nodes: Vec<NodeId>,
}

impl<'a> Streams<'a> {
    fn of(graph: &'a Graph) -> Result<Self, StreamError> {
        let mut queue_of: HashMap<TensorId, usize> = HashMap::new();
        let mut tensors = Vec::new();
        let mut nodes = Vec::new();
        let mut processes = Vec::new();
        // How often the present node is called for each sample.
        let mut repeats = 1;
        for &id in graph.order() {
            let node = graph.node(id);
            if let Op::TimeDistributed(TimeDistributed { part: TimePart::End, .. }) = node.op {
                repeats = 1;
            }
            // Another name of the same stream.
            if node.outputs.iter().any(|&output| graph.tensor(output).in_place_of.is_some()) {
                continue;
            }
            if node.outputs.iter().any(|&output| graph.tensor(output).interface == Interface::Array) {
                return Err(StreamError::NoStreams);
            }
            for &output in &node.outputs {
                queue_of.insert(output, tensors.len());
                tensors.push(output);
            }
            let queues = |ids: &[TensorId]| -> Vec<usize> {
                ids.iter().filter_map(|&id| queue_of.get(&graph.storage_of(id)).copied()).collect()
            };
            let steps = steps::of(graph, node, repeats);
            processes.push(Process {
                inputs: queues(&node.inputs),
                outputs: queues(&node.outputs),
                steps: steps.steps,
                latency: steps.latency,
            });
            nodes.push(id);
            if let Op::TimeDistributed(TimeDistributed { part: TimePart::Begin, n_time_steps, .. }) = node.op
            {
                repeats = n_time_steps;
            }
        }
        let network = Network { processes, queues: tensors.len() };
        Ok(Self { graph, network, tensors, nodes })
    }

    /// The queues that have a layer at both ends, and the processes there. What comes from outside has no depth of ours.
    fn inner(&self) -> Vec<(usize, usize, usize)> {
        let written_by =
            |queue: usize| self.network.processes.iter().position(|p| p.outputs.contains(&queue));
        let read_by = |queue: usize| self.network.processes.iter().position(|p| p.inputs.contains(&queue));
        let ends =
            (0..self.network.queues).filter_map(|queue| Some((queue, written_by(queue)?, read_by(queue)?)));
        ends.filter(|&(_, writer, _)| !self.graph.inputs.contains(&self.nodes[writer])).collect()
    }

    fn run(&self, depths: &[Option<usize>]) -> Result<Run, StreamError> {
        self.network.run(SAMPLES, depths).map_err(|stuck| {
            let why = self.explain(&stuck);
            if stuck.full.is_empty() { StreamError::Deadlock(why) } else { StreamError::TooShallow(why) }
        })
    }

    fn explain(&self, stuck: &Stuck) -> String {
        let names = |queues: &[usize]| -> String {
            let names: Vec<String> = queues.iter().map(|&queue| self.variable(queue)).collect();
            names.join(", ")
        };
        let empty =
            (!stuck.empty.is_empty()).then(|| format!("nothing comes out of {}", names(&stuck.empty)));
        let full = (!stuck.full.is_empty()).then(|| format!("there is no room in {}", names(&stuck.full)));
        empty.into_iter().chain(full).collect::<Vec<_>>().join(", and ")
    }

    /// For each queue the fewest places with which everything is done as early as with `free`.
    fn smallest(&self, free: &Run, inner: &[(usize, usize, usize)]) -> Result<Vec<usize>, StreamError> {
        let highest: Vec<usize> = free.traffic.iter().map(|queue| queue.highest().max(1)).collect();
        let steps: usize = self.network.processes.iter().map(|process| process.len() * SAMPLES).sum();
        let runs: usize = highest.iter().map(|&most| most.ilog2() as usize + 1).sum();
        if steps.saturating_mul(runs) > MOST_STEPS {
            return Ok(highest);
        }
        let mut depths: Vec<Option<usize>> = vec![None; self.network.queues];
        for &(queue, _, _) in inner {
            depths[queue] = Some(highest[queue]);
        }
        let fits = |depths: &[Option<usize>]| self.run(depths).is_ok_and(|run| run.end <= free.end);
        for &(queue, _, _) in inner {
            let shallowest = SHALLOWEST.min(highest[queue]).min(self.places(queue));
            let (mut low, mut high) = (shallowest, highest[queue]);
            while low < high {
                let middle = low.midpoint(high);
                depths[queue] = Some(middle);
                if fits(&depths) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            depths[queue] = Some(high);
        }
        // Each was tried together with the others as they had been left, so they fit together.
        self.run(&depths)?;
        Ok(depths.iter().zip(&highest).map(|(depth, highest)| depth.unwrap_or(*highest)).collect())
    }

    fn describe(&self, queue: usize, writer: usize, reader: usize, free: &Run, smallest: &[usize]) -> Queue {
        let tensor = self.graph.tensor(self.tensors[queue]);
        let (pack, _) = tokens(self.graph, self.tensors[queue]);
        Queue {
            tensor: self.tensors[queue],
            variable: tensor.variable.clone(),
            writer: self.layer(writer),
            reader: self.layer(reader),
            pack,
            width: pack as u64 * u64::from(tensor.ty.precision.width()),
            tokens: self.whole(queue),
            depth: self.places(queue),
            highest: free.traffic[queue].highest(),
            smallest: smallest[queue],
        }
    }

    /// Tokens of a whole tensor.
    fn whole(&self, queue: usize) -> usize {
        tokens(self.graph, self.tensors[queue]).1
    }

    /// Places that a queue has in the graph.
    fn places(&self, queue: usize) -> usize {
        match self.graph.tensor(self.tensors[queue]).interface {
            Interface::Stream { depth, .. } => depth,
            // `of` refuses it.
            Interface::Array => usize::MAX,
        }
    }

    fn variable(&self, queue: usize) -> String {
        self.graph.tensor(self.tensors[queue]).variable.clone()
    }

    fn layer(&self, process: usize) -> String {
        self.graph.node(self.nodes[process]).name.clone()
    }
}
