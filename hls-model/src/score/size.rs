//! What a model costs, counted in its graph.

use crate::graph::op::{Op, TimePart};
use crate::graph::{Graph, Node, Presence, Weight, WeightRole};

/// What a model costs, counted in its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// Numbers in all arrays of weights that the model has; zeros that stand in for a bias that a layer lacks are none.
    pub parameters: u64,
    /// How many of them are zero.
    pub zeros: u64,
    /// Products of an input with a weight that is not zero, for one sample.
    pub multiplications: u64,
    /// The sum over these products of the bits of the weight times the bits of the input.
    pub bit_operations: u64,
}

impl Size {
    /// Counts a graph.
    #[must_use]
    pub fn of(graph: &Graph) -> Self {
        let mut size = Self::default();
        let mut steps = 1;
        for node in graph.nodes() {
            match &node.op {
                Op::TimeDistributed(op) => match op.part {
                    TimePart::Begin => steps *= op.n_time_steps.max(1) as u64,
                    TimePart::End => steps /= op.n_time_steps.max(1) as u64,
                    TimePart::Whole { .. } => {}
                },
                _ => size.add(graph, node, steps),
            }
        }
        size
    }

    /// The share of parameters that are zero; `None` without parameters.
    #[must_use]
    pub fn sparsity(&self) -> Option<f64> {
        (self.parameters > 0).then(|| self.zeros as f64 / self.parameters as f64)
    }

    fn add(&mut self, graph: &Graph, node: &Node, times: u64) {
        for weight in node.weights.iter().filter(|weight| weight.presence == Presence::Given) {
            let all = weight.values.data.len() as u64;
            let zeros = weight.values.data.iter().filter(|value| **value == 0.0).count() as u64;
            self.parameters += all;
            self.zeros += zeros;
            let products = (all - zeros) * uses(graph, node, weight) * times;
            let bits =
                u64::from(weight.ty.precision.width()) * u64::from(factor_bits(graph, node, weight.role));
            self.multiplications += products;
            self.bit_operations += products * bits;
        }
    }
}

/// How often each element of an array is multiplied with something, for one sample.
fn uses(graph: &Graph, node: &Node, weight: &Weight) -> u64 {
    use WeightRole as Role;
    let for_each_output = || {
        let elements = node.outputs.first().map_or(0, |&output| graph.tensor(output).len());
        elements / weight.values.data.len().max(1)
    };
    let uses = match (weight.role, &node.op) {
        (
            Role::Bias
            | Role::RecurrentBias
            | Role::ForwardBias
            | Role::ForwardRecurrentBias
            | Role::BackwardBias
            | Role::BackwardRecurrentBias
            | Role::Embeddings
            | Role::Threshold
            | Role::ThresholdHigh
            | Role::ThresholdLow,
            _,
        ) => 0,
        (_, Op::Conv(conv)) => conv.output_pixels(),
        (Role::Depthwise, Op::SeparableConv(op)) => op.depthwise.output_pixels(),
        (_, Op::SeparableConv(op)) => op.pointwise.output_pixels(),
        (_, Op::Recurrent(op)) => op.n_time_steps,
        (_, Op::Bidirectional(op)) => op.forward.n_time_steps,
        (Role::Scale | Role::Param, _) => for_each_output(),
        _ => 1,
    };
    uses as u64
}

/// Bits of what an array is multiplied with: the layer's input, or its state, which has the type of its result.
fn factor_bits(graph: &Graph, node: &Node, role: WeightRole) -> u32 {
    use WeightRole as Role;
    let tensor = match role {
        Role::RecurrentWeight | Role::ForwardRecurrentWeight | Role::BackwardRecurrentWeight => {
            node.outputs.first()
        }
        _ => node.inputs.first(),
    };
    tensor.map_or(0, |&tensor| graph.tensor(tensor).ty.precision.width())
}
