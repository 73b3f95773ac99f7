//! Drawing recurrent layers.

use hls_model::graph::op::*;
use hls_model::graph::{Op, WeightSpec};

use crate::draw::{ADDERS, Sketch};

const FUNCTIONS: [GateFunction; 9] = [
    GateFunction::Plain(Function::Tanh),
    GateFunction::Plain(Function::Tanh),
    GateFunction::Plain(Function::Sigmoid),
    GateFunction::Plain(Function::Sigmoid),
    GateFunction::Plain(Function::Relu),
    GateFunction::Plain(Function::Linear),
    GateFunction::Plain(Function::Softsign),
    GateFunction::Hard(HardFunction::Sigmoid, HardOrigin::Keras),
    GateFunction::Hard(HardFunction::Tanh, HardOrigin::QKeras),
];

impl Sketch<'_> {
    /// A sequence and a recurrent layer or two that make a vector of it.
    pub fn sequence(&mut self) {
        let (n_time_steps, n_in) = (self.random.usize(2..=4), self.random.usize(1..=3));
        self.input(vec![n_time_steps, n_in]);
        if self.random.bool() {
            self.recurrent(n_time_steps, n_in, Returns::Sequence);
        }
        let n_in = self.layers.last().map_or(n_in, |layer| layer.shape[1]);
        match self.random.u32(..3) {
            0 => self.bidirectional(n_time_steps, n_in),
            _ => self.recurrent(n_time_steps, n_in, Returns::Last),
        }
    }

    fn recurrent(&mut self, n_time_steps: usize, n_in: usize, returns: Returns) {
        let op = self.direction(n_time_steps, n_in, returns);
        let (input, units) = (self.last_name(), op.units);
        let weights = self.cell_weights(&op, CellWeights::ONLY);
        let shape = if returns == Returns::Last { vec![units] } else { vec![n_time_steps, units] };
        self.add(op.cell.class_name(), Op::Recurrent(op), vec![input], shape, weights);
        self.recurrent_settings(["weight", "recurrent_weight", "bias", "recurrent_bias"].into_iter());
    }

    fn bidirectional(&mut self, n_time_steps: usize, n_in: usize) {
        let forward = self.direction(n_time_steps, n_in, Returns::Last);
        let backward = self.direction(n_time_steps, n_in, Returns::Last);
        let [forward, backward] = [
            Recurrent { order: TimeOrder::Forward, ..forward },
            Recurrent { order: TimeOrder::Backward, ..backward },
        ];
        let merge = match forward.units == backward.units {
            true => self.pick(&DirectionMerge::ALL),
            false => DirectionMerge::Concatenate,
        };
        let mut weights = self.cell_weights(&forward, CellWeights::FORWARD);
        weights.extend(self.cell_weights(&backward, CellWeights::BACKWARD));
        let op = Bidirectional { forward, backward, merge, reuse_factors: [1, 1] };
        let (input, shape) = (self.last_name(), vec![op.n_out()]);
        self.add("Bidirectional", Op::Bidirectional(op), vec![input], shape, weights);
        let names =
            ["forward_weight", "forward_recurrent_weight", "backward_bias", "backward_recurrent_weight"];
        self.recurrent_settings(names.into_iter());
    }

    fn direction(&mut self, n_time_steps: usize, n_in: usize, returns: Returns) -> Recurrent {
        let cells =
            [Cell::Simple, Cell::Lstm, Cell::Lstm, Cell::Gru(ResetGate::After), Cell::Gru(ResetGate::Before)];
        let gate = |function| GateActivation { function, rounded_to: None };
        Recurrent {
            cell: self.pick(&cells),
            n_in,
            units: self.random.usize(1..=3),
            n_time_steps,
            returns,
            order: self.pick(&[TimeOrder::Forward, TimeOrder::Forward, TimeOrder::Backward]),
            activation: gate(self.pick(&FUNCTIONS)),
            recurrent_activation: gate(self.pick(&FUNCTIONS)),
            state_type: (self.random.u32(..3) == 0)
                .then(|| self.precision(4..=10).parse().expect("a precision")),
            sharing: CellSharing::Shared,
            table_size: 1024,
            strategy: Default::default(),
            recurrent_reuse_factor: 1,
            transposed: false,
        }
    }

    fn cell_weights(&mut self, op: &Recurrent, roles: CellWeights) -> Vec<WeightSpec> {
        let width = op.width();
        let mut kernel = |role, n_in| {
            let quantizer = if self.random.bool() { self.quantizer(true) } else { None };
            WeightSpec { quantizer, ..WeightSpec::plain(role, self.values(&[n_in, width], 2.0)) }
        };
        let kernels = [kernel(roles.kernel, op.n_in), kernel(roles.recurrent_kernel, op.units)];
        let mut weights = Vec::from(kernels);
        weights.push(WeightSpec::plain(roles.bias, self.values(&[width], 2.0)));
        if op.cell.has_recurrent_bias() {
            weights.push(WeightSpec::plain(roles.recurrent_bias, self.values(&[width], 2.0)));
        }
        weights
    }

    fn recurrent_settings(&mut self, weights: impl Iterator<Item = &'static str>) {
        for variable in weights {
            let precision = self.precision(2..=8);
            self.set(variable, precision);
        }
        let accum = self.precision(4..=14);
        let result = if self.random.bool() { accum.clone() } else { self.precision(3..=12) };
        self.set("accum", accum);
        self.set("result", result);
        let is_static = self.random.bool();
        self.configure("Static", is_static);
        if let Some((strategy, factor)) = self.cells {
            self.configure("Strategy", format!("{strategy:?}"));
            self.configure("ReuseFactor", factor);
        } else if self.random.bool() {
            let strategy = self.pick(&["Resource", "ResourceUnrolled", ADDERS]);
            self.configure("Strategy", strategy);
            let factor = if strategy == ADDERS { 1 } else { self.random.usize(1..=12) };
            self.configure("ReuseFactor", factor);
        }
        let size = self.pick(&[64, 256, 1024]);
        self.configure("TableSize", size);
    }

    pub fn last_name(&self) -> String {
        self.layers.last().expect("a layer").name.clone()
    }
}
