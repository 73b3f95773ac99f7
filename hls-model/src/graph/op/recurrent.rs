//! Recurrent layers: one cell for all time steps, with a state that goes from each to the next.

use serde_json::{Value, json};

use super::activation::{Function, HardFunction, HardOrigin};
use super::matrix::Matrix;
use super::strategy::Strategy;
use crate::graph::weight::WeightRole;
use crate::precision::Precision;

/// A recurrent layer in one direction: `[n_time_steps, n_in]` becomes `[units]`, or `[n_time_steps, units]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Recurrent {
    /// What is done in each time step.
    pub cell: Cell,
    /// Elements of a time step.
    pub n_in: usize,
    /// Elements of the state and of what comes out of a time step.
    pub units: usize,
    /// Number of time steps.
    pub n_time_steps: usize,
    /// Which time steps' outputs are the result.
    pub returns: Returns,
    /// In which order time steps are read.
    pub order: TimeOrder,
    /// The activation of the candidate, and of an LSTM's cell state.
    pub activation: GateActivation,
    /// The activation of the gates, which a `SimpleRNN` does not have.
    pub recurrent_activation: GateActivation,
    /// What the state of the step before is rounded to before it is used: QKeras's state quantizer.
    pub state_type: Option<Precision>,
    /// Whether the time steps share one circuit.
    pub sharing: CellSharing,
    /// Entries of the activations' tables.
    pub table_size: u64,
    /// How products share multipliers.
    pub strategy: Strategy,
    /// Times that one multiplier of the product with the state is used for each time step.
    pub recurrent_reuse_factor: u64,
    /// Whether both kernels have been transposed to outputs first, as the resource strategy needs them.
    pub transposed: bool,
}

/// What a recurrent layer does in a time step with the input `x` and the state `h` of the step before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// `h = act(W·x + b + U·h)`.
    Simple,
    /// Gates `i f c o = W·x + b + U·h`, then `s = r(f)·s + r(i)·act(c)` and `h = r(o)·act(s)`, `r` being the recurrent activation.
    Lstm,
    /// Gates `z r c`; `h = z·h + (1 - z)·act(c)`.
    Gru(ResetGate),
}

/// Where the reset gate of a GRU meets the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetGate {
    /// `c = W·x + b + U·(r ∘ h)`.
    Before,
    /// `c = W·x + b + r ∘ (U·h + b')`.
    After,
}

/// Which outputs of the time steps are the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returns {
    /// The last one.
    Last,
    /// All, in the order in which the time steps were read.
    Sequence,
}

/// In which order time steps are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeOrder {
    /// The first one first.
    Forward,
    /// The last one first.
    Backward,
}

impl TimeOrder {
    /// Every order, for parsing and messages.
    pub const ALL: [Self; 2] = [Self::Forward, Self::Backward];

    /// hls4ml's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Backward => "backward",
        }
    }

    /// Which of `n` time steps is read as number `k`.
    #[must_use]
    pub fn time(self, k: usize, n: usize) -> usize {
        match self {
            Self::Forward => k,
            Self::Backward => n.saturating_sub(k + 1),
        }
    }
}

/// Whether the time steps share one circuit; the numbers are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellSharing {
    /// One circuit keeps the state and is used for each time step: hls4ml's `static`.
    Shared,
    /// The state is passed from call to call, and each time step may have a circuit of its own.
    PerStep,
}

/// An activation inside a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GateActivation {
    /// Which function.
    pub function: GateFunction,
    /// The type of what comes out; the accumulator's where there is none.
    pub rounded_to: Option<Precision>,
}

/// Functions that a gate can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateFunction {
    /// One without parameters.
    Plain(Function),
    /// A piecewise linear sigmoid or tanh.
    Hard(HardFunction, HardOrigin),
}

impl GateFunction {
    /// hls4ml's name, also that of the C++ class.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain(function) => function.as_str(),
            Self::Hard(function, _) => function.as_str(),
        }
    }
}

impl Cell {
    /// hls4ml's class name.
    #[must_use]
    pub fn class_name(self) -> &'static str {
        match self {
            Self::Simple => "SimpleRNN",
            Self::Lstm => "LSTM",
            Self::Gru(_) => "GRU",
        }
    }

    /// Gates whose weights lie side by side in the kernels.
    #[must_use]
    pub fn gates(self) -> usize {
        match self {
            Self::Simple => 1,
            Self::Lstm => 4,
            Self::Gru(_) => 3,
        }
    }

    /// Whether it has an array of biases for the product with the state.
    #[must_use]
    pub fn has_recurrent_bias(self) -> bool {
        match self {
            Self::Simple => false,
            Self::Lstm | Self::Gru(_) => true,
        }
    }
}

/// The arrays of a recurrent layer in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellWeights {
    /// `[n_in, gates · units]`.
    pub kernel: WeightRole,
    /// `[units, gates · units]`.
    pub recurrent_kernel: WeightRole,
    /// `[gates · units]`.
    pub bias: WeightRole,
    /// The same, added to the product with the state.
    pub recurrent_bias: WeightRole,
}

impl CellWeights {
    /// Those of a layer with one direction.
    pub const ONLY: Self = Self {
        kernel: WeightRole::Weight,
        recurrent_kernel: WeightRole::RecurrentWeight,
        bias: WeightRole::Bias,
        recurrent_bias: WeightRole::RecurrentBias,
    };
    /// Those of the forward direction of a bidirectional layer.
    pub const FORWARD: Self = Self {
        kernel: WeightRole::ForwardWeight,
        recurrent_kernel: WeightRole::ForwardRecurrentWeight,
        bias: WeightRole::ForwardBias,
        recurrent_bias: WeightRole::ForwardRecurrentBias,
    };
    /// Those of the backward direction of a bidirectional layer.
    pub const BACKWARD: Self = Self {
        kernel: WeightRole::BackwardWeight,
        recurrent_kernel: WeightRole::BackwardRecurrentWeight,
        bias: WeightRole::BackwardBias,
        recurrent_bias: WeightRole::BackwardRecurrentBias,
    };
}

impl Recurrent {
    /// Elements of the gates together.
    #[must_use]
    pub fn width(&self) -> usize {
        self.cell.gates() * self.units
    }

    /// Time steps in the result.
    #[must_use]
    pub fn n_returned(&self) -> usize {
        match self.returns {
            Returns::Last => 1,
            Returns::Sequence => self.n_time_steps,
        }
    }

    pub(super) fn input_len(&self) -> usize {
        self.n_time_steps * self.n_in
    }

    /// The product with the input.
    pub(super) fn matrix(&self) -> Matrix {
        self.product(self.n_in)
    }

    /// The product with the state.
    #[must_use]
    pub fn recurrent_matrix(&self) -> Matrix {
        self.product(self.units)
    }

    fn product(&self, n_in: usize) -> Matrix {
        Matrix {
            n_in,
            n_out: self.width(),
            terms: n_in,
            uses: self.width(),
            pixels_at_once: None,
            transposed: self.transposed,
            strategy: self.strategy,
        }
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        let mut attributes = vec![
            ("activation", json!(self.activation.function.as_str())),
            ("direction", json!(self.order.as_str())),
            ("return_sequences", json!(self.returns == Returns::Sequence)),
            ("n_timesteps", json!(self.n_time_steps)),
            ("n_in", json!(self.n_in)),
            ("n_out", json!(self.units)),
            ("recurrent_reuse_factor", json!(self.recurrent_reuse_factor)),
            ("static", json!(self.sharing == CellSharing::Shared)),
            ("table_size", json!(self.table_size)),
            ("strategy", json!(self.strategy.as_str())),
        ];
        if self.cell != Cell::Simple {
            attributes.push(("recurrent_activation", json!(self.recurrent_activation.function.as_str())));
        }
        if let Cell::Gru(reset) = self.cell {
            let gate = if reset == ResetGate::After { "after" } else { "before" };
            attributes.push(("apply_reset_gate", json!(gate)));
        }
        if self.transposed {
            attributes.push(("_weights_transposed", json!(true)));
        }
        attributes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_steps_are_read_from_either_end() {
        let read = |order: TimeOrder| (0..3).map(|k| order.time(k, 3)).collect::<Vec<_>>();
        assert_eq!(read(TimeOrder::Forward), [0, 1, 2]);
        assert_eq!(read(TimeOrder::Backward), [2, 1, 0]);
    }
}
