//! What must hold of a graph between passes.

use std::collections::HashSet;

use super::model::{Graph, NodeId};
use super::tensor::TensorId;

/// A graph that breaks its own rules: a mistake in a pass, or a model that no check refused earlier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValidationError {
    /// A node reads what no earlier node writes.
    #[error("layer \"{layer}\" reads a value that no layer before it writes")]
    Order {
        /// The reading layer.
        layer: String,
    },
    /// Two nodes share a name.
    #[error("two layers are named \"{name}\"")]
    Name {
        /// The name.
        name: String,
    },
    /// The wrong number of inputs.
    #[error("layer \"{layer}\" ({class}) reads {found} values instead of {expected}")]
    Arity {
        /// The layer.
        layer: String,
        /// hls4ml's class.
        class: &'static str,
        /// What it reads.
        found: usize,
        /// What it should read.
        expected: usize,
    },
    /// A shape does not fit the operation.
    #[error("layer \"{layer}\" ({class}) expects {expected} elements but gets {found}")]
    Shape {
        /// The layer.
        layer: String,
        /// hls4ml's class.
        class: &'static str,
        /// Elements expected.
        expected: usize,
        /// Elements found.
        found: usize,
    },
    /// An output of the graph is not written.
    #[error("an output of the model is not written by any layer")]
    Output,
}

impl<P> Graph<P> {
    /// Checks the rules: values are written before they are read, names are unique, each operation reads as many
    /// values as it takes, and shapes agree.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn validate(&self) -> Result<(), ValidationError> {
        let mut written: HashSet<TensorId> = HashSet::new();
        let mut names = HashSet::new();
        for &id in self.order() {
            let node = self.node(id);
            if !names.insert(node.name.as_str()) {
                return Err(ValidationError::Name { name: node.name.clone() });
            }
            if node.inputs.iter().any(|t| !written.contains(t)) {
                return Err(ValidationError::Order { layer: node.name.clone() });
            }
            self.validate_node(id)?;
            written.extend(&node.outputs);
        }
        if self.outputs.iter().any(|t| !written.contains(t)) {
            return Err(ValidationError::Output);
        }
        Ok(())
    }

    fn validate_node(&self, id: NodeId) -> Result<(), ValidationError> {
        let node = self.node(id);
        let class = node.op.class_name();
        let Some(arity) = node.op.arity() else { return Ok(()) };
        if node.inputs.len() != arity {
            return Err(ValidationError::Arity {
                layer: node.name.clone(),
                class,
                found: node.inputs.len(),
                expected: arity,
            });
        }
        let lengths = node.inputs.iter().map(|&tensor| self.tensor(tensor).len());
        let (read, smallest) = (lengths.clone().sum(), lengths.min().unwrap_or(0));
        let Some(expected) = node.op.reads(self.output_of(id).len(), smallest) else { return Ok(()) };
        if read == expected {
            return Ok(());
        }
        Err(ValidationError::Shape { layer: node.name.clone(), class, expected, found: read })
    }
}
