//! Two recurrent layers over the same sequence, one from each end.

use serde_json::{Value, json};

use super::recurrent::{CellSharing, CellWeights, Recurrent, Returns};

/// Two recurrent layers that read the same sequence, one from each end, and what becomes of their results. Both share the layer's
/// accumulator, table and result types.
#[derive(Debug, Clone, PartialEq)]
pub struct Bidirectional {
    /// The one that reads the first time step first.
    pub forward: Recurrent,
    /// The one that reads the last time step first. Its outputs are put at the time steps that they were computed at.
    pub backward: Recurrent,
    /// How both results become one.
    pub merge: DirectionMerge,
    /// `reuse_factor` of either direction's product with the input.
    pub reuse_factors: [u64; 2],
}

/// How the results of both directions become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectionMerge {
    /// One after the other, in each time step.
    Concatenate,
    /// Their sum.
    Sum,
    /// Their product.
    Multiply,
    /// Their mean.
    Average,
}

impl DirectionMerge {
    /// Every way, for parsing and messages.
    pub const ALL: [Self; 4] = [Self::Concatenate, Self::Sum, Self::Multiply, Self::Average];

    /// Keras's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Concatenate => "concat",
            Self::Sum => "sum",
            Self::Multiply => "mul",
            Self::Average => "ave",
        }
    }

    /// The way of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|merge| merge.as_str() == name)
    }
}

impl Bidirectional {
    /// Both directions, each with its arrays and the reuse factor of its product with the input.
    #[must_use]
    pub fn directions(&self) -> [(&Recurrent, CellWeights, u64); 2] {
        [
            (&self.forward, CellWeights::FORWARD, self.reuse_factors[0]),
            (&self.backward, CellWeights::BACKWARD, self.reuse_factors[1]),
        ]
    }

    pub(crate) fn each_mut(&mut self) -> [&mut Recurrent; 2] {
        [&mut self.forward, &mut self.backward]
    }

    /// Elements of a time step of the result.
    #[must_use]
    pub fn n_out(&self) -> usize {
        match self.merge {
            DirectionMerge::Concatenate => self.forward.units + self.backward.units,
            DirectionMerge::Sum | DirectionMerge::Multiply | DirectionMerge::Average => self.forward.units,
        }
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        let [forward, backward] = [&self.forward, &self.backward];
        let mut attributes = vec![
            ("direction", json!("bidirectional")),
            ("return_sequences", json!(forward.returns == Returns::Sequence)),
            ("n_timesteps", json!(forward.n_time_steps)),
            ("n_in", json!(forward.n_in)),
            ("n_out", json!(self.n_out())),
            ("merge_mode", json!(self.merge.as_str())),
            ("forward_class_name", json!(forward.cell.class_name())),
            ("forward_activation", json!(forward.activation.function.as_str())),
            ("forward_recurrent_activation", json!(forward.recurrent_activation.function.as_str())),
            ("forward_n_states", json!(forward.units)),
            ("forward_reuse_factor", json!(self.reuse_factors[0])),
            ("forward_recurrent_reuse_factor", json!(forward.recurrent_reuse_factor)),
            ("backward_class_name", json!(backward.cell.class_name())),
            ("backward_activation", json!(backward.activation.function.as_str())),
            ("backward_recurrent_activation", json!(backward.recurrent_activation.function.as_str())),
            ("backward_n_states", json!(backward.units)),
            ("backward_reuse_factor", json!(self.reuse_factors[1])),
            ("backward_recurrent_reuse_factor", json!(backward.recurrent_reuse_factor)),
            ("static", json!(forward.sharing == CellSharing::Shared)),
            ("table_size", json!(forward.table_size)),
            ("strategy", json!(forward.strategy.as_str())),
        ];
        if forward.transposed {
            attributes.push(("_weights_transposed", json!(true)));
        }
        attributes
    }
}
