//! What kind of numbers outputs are.

use crate::graph::op::{Activation, Function, HardActivation, HardFunction, Op};
use crate::graph::{Graph, TensorId};

/// What kind of numbers outputs are, by the layer that makes them; rounding, copying and moving do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputKind {
    /// Results of a sigmoid or a softmax.
    Probabilities,
    /// Results of another activation, such as a tanh or a ReLU.
    Activations,
    /// Sums, such as the result of a dense layer: logits, if the model tells classes apart.
    Sums,
}

impl OutputKind {
    /// The kind of all outputs; where they differ, they are sums.
    #[must_use]
    pub fn of(graph: &Graph) -> Self {
        let mut kinds = graph.outputs.iter().map(|&output| kind(graph, output));
        let first = kinds.next().unwrap_or(Self::Sums);
        if kinds.all(|kind| kind == first) { first } else { Self::Sums }
    }

    /// What a score has to exceed to be signal, unless somebody says otherwise.
    #[must_use]
    pub fn threshold(self) -> f64 {
        match self {
            // Between the labels: whatever an activation makes was trained to be near 0 or 1.
            Self::Probabilities | Self::Activations => 0.5,
            // The logit of 0.5.
            Self::Sums => 0.0,
        }
    }
}

fn kind(graph: &Graph, tensor: TensorId) -> OutputKind {
    let Some(node) = graph.producer(graph.origin_of(tensor)).map(|id| graph.node(id)) else {
        return OutputKind::Sums;
    };
    let of_input = || node.inputs.first().map_or(OutputKind::Sums, |&input| kind(graph, input));
    match &node.op {
        Op::Softmax(_)
        | Op::Activation(Activation { function: Function::Sigmoid, .. })
        | Op::HardActivation(HardActivation { function: HardFunction::Sigmoid, .. }) => {
            OutputKind::Probabilities
        }
        Op::Activation(Activation { function: Function::Linear, .. })
        | Op::Reshape(_)
        | Op::Transpose(_)
        | Op::Repack(_)
        | Op::Clone(_) => of_input(),
        Op::Activation(_)
        | Op::HardActivation(_)
        | Op::ParametrizedActivation(_)
        | Op::PRelu(_)
        | Op::TernaryTanh(_)
        | Op::PowerOfTwo(_)
        | Op::QuantizedTanh(_) => OutputKind::Activations,
        Op::Input(_)
        | Op::Dense(_)
        | Op::Conv(_)
        | Op::SeparableConv(_)
        | Op::Pooling(_)
        | Op::GlobalPooling(_)
        | Op::ZeroPadding(_)
        | Op::Cropping(_)
        | Op::Resize(_)
        | Op::Embedding(_)
        | Op::FixedPointQuantizer(_)
        | Op::EinsumDense(_)
        | Op::Einsum(_)
        | Op::UnaryLut(_)
        | Op::FunctionSum(_)
        | Op::BatchNormalization(_)
        | Op::ApplyAlpha(_)
        | Op::LayerNormalization(_)
        | Op::Merge(_)
        | Op::Concatenate(_)
        | Op::Dot(_)
        | Op::Broadcast(_)
        | Op::LayerGroup(_)
        | Op::TimeDistributed(_)
        | Op::Recurrent(_)
        | Op::Bidirectional(_) => OutputKind::Sums,
    }
}
