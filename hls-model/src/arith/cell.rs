//! What a recurrent layer computes in a time step, as a graph of ordinary layers, whose arithmetic is then written down as that of any
//! other graph.
//!
//! hls4ml's kernels keep everything in the accumulator's type but the output, which has the result's type and is the state `h` as well. The
//! cell state `s` of an LSTM has the result's type in hls4ml, whose firmware compiles only where that is the accumulator's type; here it
//! has the accumulator's, so that a narrow result does not cut it. Products of two variables and what is added to them are exact up to
//! the cast that follows; a GRU's `z·h + (1 - z)·c` is therefore the same as `c + z·(h - c)`, which takes one product.

use super::error::ArithError;
use super::layer::Layer;
use crate::graph::op::{
    Activation, Bidirectional, Cell, CellWeights, Concatenate, Cropping, Dense, DirectionMerge, Function,
    GateActivation, GateFunction, HardActivation, MarginAxis, Matrix, Merge, MergeKind, Recurrent, ResetGate,
};
use crate::graph::{
    Graph, Interface, NamedType, Node, NodeId, Op, Strategy, Tensor, TensorId, TypeRole, Weight, WeightRole,
};
use crate::precision::Precision;

/// How the results of two directions become one.
pub(super) fn join(layer: Layer<'_>, op: &Bidirectional) -> Result<(Graph, NodeId), ArithError> {
    let result = layer.result()?;
    let steps = op.forward.n_returned();
    let mut graph = Graph::empty(layer.name(), layer.graph.target);
    let inputs: Vec<TensorId> = [&op.forward, &op.backward]
        .iter()
        .map(|direction| graph.add_tensor(tensor(layer, vec![steps, direction.units], result)))
        .collect();
    let merge = |kind| Op::Merge(Merge { kind });
    let joined = match op.merge {
        DirectionMerge::Concatenate => Op::Concatenate(Concatenate {
            first: vec![steps, op.forward.units],
            second: vec![steps, op.backward.units],
            axis: -1,
        }),
        DirectionMerge::Sum => merge(MergeKind::Add),
        DirectionMerge::Multiply => merge(MergeKind::Multiply),
        DirectionMerge::Average => merge(MergeKind::Average),
    };
    let output = graph.add_tensor(tensor(layer, vec![steps, op.n_out()], result));
    let id = graph.add_node(Node { inputs, outputs: vec![output], ..bare(layer, joined) });
    Ok((graph, id))
}

/// The graph of a time step, on its way.
pub(super) struct Step<'a> {
    pub(super) layer: Layer<'a>,
    pub(super) op: &'a Recurrent,
    weights: CellWeights,
    reuse_factor: u64,
    accum: Precision,
    graph: Graph,
    /// The registers' tensors, in order.
    registers: Vec<TensorId>,
}

/// The graph of a time step.
pub(super) struct Graphed {
    pub(super) graph: Graph,
    /// The input, then the states.
    pub(super) registers: Vec<TensorId>,
    /// Each state, with what it is in the next time step; the first one is the output.
    pub(super) states: Vec<(TensorId, TensorId)>,
}

impl<'a> Step<'a> {
    pub(super) fn new(
        layer: Layer<'a>,
        op: &'a Recurrent,
        weights: CellWeights,
        reuse_factor: u64,
    ) -> Result<Self, ArithError> {
        let accum = layer.ty(TypeRole::Accum)?.precision;
        let graph = Graph::empty(layer.name(), layer.graph.target);
        Ok(Self { layer, op, weights, reuse_factor, accum, graph, registers: Vec::new() })
    }

    pub(super) fn graphed(mut self) -> Result<Graphed, ArithError> {
        let (op, result, accum) = (self.op, self.layer.result()?, self.accum);
        let x = self.register(op.n_in, self.layer.input(0)?.ty.precision);
        let h = self.register(op.units, result);
        let states = match op.cell {
            Cell::Simple => vec![(h, self.simple(x, h)?)],
            Cell::Lstm => {
                let s = self.register(op.units, accum);
                let (next_h, next_s) = self.lstm(x, h, s)?;
                vec![(h, next_h), (s, next_s)]
            }
            Cell::Gru(reset) => vec![(h, self.gru(x, h, reset)?)],
        };
        Ok(Graphed { graph: self.graph, registers: self.registers, states })
    }

    fn register(&mut self, elements: usize, precision: Precision) -> TensorId {
        let id = self.graph.add_tensor(tensor(self.layer, vec![elements], precision));
        self.registers.push(id);
        id
    }

    fn simple(&mut self, x: TensorId, h: TensorId) -> Result<TensorId, ArithError> {
        let h = self.rounded(h);
        let gates = self.gates(x, h)?;
        let (act, result) = (self.op.activation, self.layer.result()?);
        match act.rounded_to {
            Some(ty) => {
                let rounded = self.activated(act, gates, Some(ty))?;
                Ok(self.cast(rounded, result))
            }
            None => self.activated(act, gates, Some(result)),
        }
    }

    /// The next `h` and `s`.
    fn lstm(&mut self, x: TensorId, h: TensorId, s: TensorId) -> Result<(TensorId, TensorId), ArithError> {
        let (h, s) = (self.rounded(h), self.rounded(s));
        let gates = self.gates(x, h)?;
        let (act, recurrent) = (self.op.activation, self.op.recurrent_activation);
        let [i, f, c, o] = [0, 1, 2, 3].map(|gate| self.part(gates, gate, 1));
        let [i, f, o] = [i, f, o].map(|gate| self.activated(recurrent, gate, None));
        let candidate = self.activated(act, c, None)?;
        let added = self.merged(MergeKind::Multiply, candidate, i?, None)?;
        let kept = self.merged(MergeKind::Multiply, s, f?, None)?;
        let next_s = self.merged(MergeKind::Add, added, kept, Some(self.accum))?;
        let shown = self.activated(act, next_s, None)?;
        let next_h = self.merged(MergeKind::Multiply, o?, shown, Some(self.layer.result()?))?;
        Ok((next_h, next_s))
    }

    fn gru(&mut self, x: TensorId, h: TensorId, reset: ResetGate) -> Result<TensorId, ArithError> {
        let h = self.rounded(h);
        let accum = Some(self.accum);
        let from_x = self.product_with_input(x)?;
        let (z, candidate) = match reset {
            ResetGate::After => {
                let from_h = self.product_with_state(h)?;
                let (x_zr, h_zr) = (self.part(from_x, 0, 2), self.part(from_h, 0, 2));
                let [z, r] = self.update_and_reset(x_zr, h_zr)?;
                let h_c = self.part(from_h, 2, 1);
                (z, self.merged(MergeKind::Multiply, r, h_c, accum)?)
            }
            ResetGate::Before => {
                // The kernels compute all gates both times, and use what is needed.
                let from_h = self.product_with_state(h)?;
                let (x_zr, h_zr) = (self.part(from_x, 0, 2), self.part(from_h, 0, 2));
                let [z, r] = self.update_and_reset(x_zr, h_zr)?;
                let reset_h = self.merged(MergeKind::Multiply, r, h, accum)?;
                let from_reset = self.product_with_state(reset_h)?;
                (z, self.part(from_reset, 2, 1))
            }
        };
        let x_c = self.part(from_x, 2, 1);
        let sum = self.merged(MergeKind::Add, x_c, candidate, accum)?;
        let candidate = self.activated(self.op.activation, sum, None)?;
        let distance = self.merged(MergeKind::Subtract, h, candidate, None)?;
        let kept = self.merged(MergeKind::Multiply, z, distance, None)?;
        self.merged(MergeKind::Add, candidate, kept, Some(self.layer.result()?))
    }

    fn update_and_reset(&mut self, x: TensorId, h: TensorId) -> Result<[TensorId; 2], ArithError> {
        let sum = self.merged(MergeKind::Add, x, h, Some(self.accum))?;
        let both = self.activated(self.op.recurrent_activation, sum, None)?;
        Ok([self.part(both, 0, 1), self.part(both, 1, 1)])
    }

    /// A state, rounded as the model's quantizer of states does.
    fn rounded(&mut self, state: TensorId) -> TensorId {
        self.op.state_type.map_or(state, |ty| self.cast(state, ty))
    }

    fn cast(&mut self, x: TensorId, to: Precision) -> TensorId {
        let elements = self.graph.tensor(x).len();
        let function = Function::Linear;
        let op = Activation { function, label: "linear".into(), n_in: elements, table_size: 0 };
        self.node(Op::Activation(op), vec![x], elements, to)
    }

    /// The products with input and state, added up.
    fn gates(&mut self, x: TensorId, h: TensorId) -> Result<TensorId, ArithError> {
        let from_x = self.product_with_input(x)?;
        let from_h = self.product_with_state(h)?;
        self.merged(MergeKind::Add, from_x, from_h, Some(self.accum))
    }

    fn product_with_input(&mut self, x: TensorId) -> Result<TensorId, ArithError> {
        let kernel = self.layer.weight(self.weights.kernel)?.clone();
        let bias = self.layer.weight(self.weights.bias)?.clone();
        Ok(self.product(x, kernel, bias, self.reuse_factor))
    }

    fn product_with_state(&mut self, h: TensorId) -> Result<TensorId, ArithError> {
        let kernel = self.layer.weight(self.weights.recurrent_kernel)?.clone();
        let bias = match self.op.cell.has_recurrent_bias() {
            true => self.layer.weight(self.weights.recurrent_bias)?.clone(),
            false => self.layer.weight(self.weights.bias)?.zeros(),
        };
        Ok(self.product(h, kernel, bias, self.op.recurrent_reuse_factor))
    }

    fn product(&mut self, x: TensorId, kernel: Weight, bias: Weight, reuse_factor: u64) -> TensorId {
        let (n_in, n_out) = (self.graph.tensor(x).len(), self.op.width());
        let Matrix { strategy, transposed, .. } = self.op.recurrent_matrix();
        let strategy = match strategy {
            // Without multipliers, and with the sums of Latency: a cell's accumulator is what its numbers are made of.
            Strategy::DistributedArithmetic => Strategy::Latency,
            Strategy::Latency | Strategy::Resource | Strategy::ResourceUnrolled => strategy,
        };
        let op = Op::Dense(Dense { strategy, transposed, ..Dense::new(n_in, n_out) });
        let weights = vec![kernel.in_role(WeightRole::Weight), bias.in_role(WeightRole::Bias)];
        let node = Node { inputs: vec![x], weights, reuse_factor, ..bare(self.layer, op) };
        self.add(node, n_out, self.accum)
    }

    /// Some gates of a vector that has all of them one after the other.
    fn part(&mut self, gates: TensorId, first: usize, count: usize) -> TensorId {
        let (units, tensor) = (self.op.units, self.graph.tensor(gates));
        let (input, precision) = (tensor.len(), tensor.ty.precision);
        let (before, output) = (first * units, count * units);
        let after = input.saturating_sub(before + output);
        let width = MarginAxis { input, output, before, after };
        let op = Op::Cropping(Cropping { height: None, width, n_chan: 1 });
        self.node(op, vec![gates], output, precision)
    }

    /// Two vectors combined. Without a type, the result is exact.
    fn merged(
        &mut self,
        kind: MergeKind,
        a: TensorId,
        b: TensorId,
        precision: Option<Precision>,
    ) -> Result<TensorId, ArithError> {
        let precision = match precision {
            Some(precision) => precision,
            None => self.exact(kind, a, b)?,
        };
        let elements = self.graph.tensor(a).len();
        Ok(self.node(Op::Merge(Merge { kind }), vec![a, b], elements, precision))
    }

    fn exact(&self, kind: MergeKind, a: TensorId, b: TensorId) -> Result<Precision, ArithError> {
        let term = |id| self.layer.variable(self.graph.tensor(id).ty.precision);
        let (a, b) = (term(a)?, term(b)?);
        let term = match kind {
            MergeKind::Add | MergeKind::Average | MergeKind::PartialSum(_) | MergeKind::Mean(_) => a.add(&b),
            MergeKind::Subtract => a.sub(&b),
            MergeKind::Multiply | MergeKind::Maximum | MergeKind::Minimum => a.mul(&b),
        };
        Ok(self.layer.bounded(term)?.ty)
    }

    /// An activation. Without a type, the result has the type that the activation is rounded to, or the accumulator's.
    fn activated(
        &mut self,
        gate: GateActivation,
        x: TensorId,
        precision: Option<Precision>,
    ) -> Result<TensorId, ArithError> {
        let (n_in, table_size) = (self.graph.tensor(x).len(), self.op.table_size);
        let rounded = gate.rounded_to.unwrap_or(self.accum);
        let op = match gate.function {
            GateFunction::Plain(function) => {
                Op::Activation(Activation { function, label: function.as_str().to_owned(), n_in, table_size })
            }
            GateFunction::Hard(function, origin) => {
                Op::HardActivation(HardActivation::new(function, origin, n_in, table_size))
            }
        };
        let precision = precision.unwrap_or(rounded);
        Ok(self.node(op, vec![x], n_in, precision))
    }

    fn node(&mut self, op: Op, inputs: Vec<TensorId>, elements: usize, precision: Precision) -> TensorId {
        self.add(Node { inputs, ..bare(self.layer, op) }, elements, precision)
    }

    /// Adds a node and the tensor that it writes.
    fn add(&mut self, node: Node, elements: usize, precision: Precision) -> TensorId {
        let output = self.graph.add_tensor(tensor(self.layer, vec![elements], precision));
        let node = self.graph.add_node(Node { outputs: vec![output], ..node });
        self.graph.append(node);
        output
    }
}

fn tensor(layer: Layer<'_>, shape: Vec<usize>, precision: Precision) -> Tensor {
    Tensor {
        name: layer.name(),
        variable: String::new(),
        shape,
        ty: NamedType::new("", precision),
        in_place_of: None,
        interface: Interface::Array,
    }
}

/// A node like the layer, which reads and writes nothing yet.
fn bare(layer: Layer<'_>, op: Op) -> Node {
    let own = op.own_types(&layer.node.name, layer.node.index);
    Node {
        name: layer.name(),
        config_name: layer.node.config_name.clone(),
        index: layer.node.index,
        source_class: None,
        op,
        inputs: Vec::new(),
        outputs: Vec::new(),
        types: layer.node.types.iter().cloned().chain(own).collect(),
        weights: Vec::new(),
        trace: false,
        reuse_factor: layer.node.reuse_factor,
        requested_strategy: Strategy::default(),
        target_cycles: None,
        activation_quantizer: None,
    }
}
