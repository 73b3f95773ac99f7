//! The top function's arguments, as the firmware and its harness see them.

use std::collections::HashSet;

use hls_model::graph::{Graph, Interface, Tensor, TensorId, Weight};

use crate::CodegenError;
use crate::settings::SettingError;
use crate::vitis::cpp::{identifier, size};
use crate::vitis::decisions::Storage;
use crate::vitis::{layers, weights};

/// The arguments of the top function, in order: inputs, outputs, weights from outside.
pub(super) struct Top<'a> {
    pub inputs: Vec<&'a Tensor>,
    pub outputs: Vec<&'a Tensor>,
    pub brams: Vec<&'a Weight>,
    ids: HashSet<TensorId>,
}

impl<'a> Top<'a> {
    pub fn new(graph: &'a Graph) -> Self {
        let inputs: Vec<TensorId> =
            graph.inputs.iter().filter_map(|&id| graph.node(id).outputs.first().copied()).collect();
        let weights = layers::stored_weights(graph);
        Top {
            ids: inputs.iter().chain(&graph.outputs).copied().collect(),
            inputs: inputs.iter().map(|&id| graph.tensor(id)).collect(),
            outputs: graph.outputs.iter().map(|&id| graph.tensor(id)).collect(),
            brams: weights.filter(|weight| Storage::of(graph, weight) == Storage::Bram).collect(),
        }
    }

    /// Whether a tensor is an argument, so that the function must not declare it.
    pub fn contains(&self, id: TensorId) -> bool {
        self.ids.contains(&id)
    }

    /// Inputs, then outputs.
    pub fn tensors(&self) -> impl Iterator<Item = &'a Tensor> {
        self.inputs.iter().chain(&self.outputs).copied()
    }

    /// The declarations of all arguments.
    pub fn declarations(&self) -> Result<Vec<String>, CodegenError> {
        let tensors = self.tensors().map(argument);
        tensors.chain(self.brams.iter().map(|weight| weights::declaration(weight))).collect()
    }
}

/// Checks that inputs and outputs can be arguments of one function.
///
/// # Errors
/// When a tensor is an argument twice, which C++ does not allow, or has the name of the function.
pub(super) fn check(graph: &Graph, function: &str) -> Result<(), CodegenError> {
    let mut names = HashSet::new();
    for tensor in Top::new(graph).tensors() {
        if tensor.variable == function {
            let expected = "an input of the model has that name; choose another";
            return Err(SettingError::new("project name", function, expected).into());
        }
        if !names.insert(&tensor.variable) {
            return Err(CodegenError::Unsupported {
                layer: tensor.name.clone(),
                class: "output",
                reason:
                    "its tensor would be an argument of the top function twice; put a linear activation between them"
                        .into(),
            });
        }
    }
    Ok(())
}

/// The declaration of a tensor as an argument, such as `input_t in0[4*6]` or `hls::stream<input_t> &in0`.
fn argument(tensor: &Tensor) -> Result<String, CodegenError> {
    let (ty, variable) = names(tensor)?;
    Ok(match tensor.interface {
        Interface::Array => format!("{ty} {variable}[{}]", size(tensor)),
        Interface::Stream { .. } => format!("hls::stream<{ty}> &{variable}"),
    })
}

/// The declaration of a tensor as a variable; a stream knows its name, for messages of the simulation.
pub(super) fn local(tensor: &Tensor) -> Result<String, CodegenError> {
    let (ty, variable) = names(tensor)?;
    Ok(match tensor.interface {
        Interface::Array => format!("{ty} {variable}[{}]", size(tensor)),
        Interface::Stream { .. } => format!("hls::stream<{ty}> {variable}(\"{variable}\")"),
    })
}

/// The names of a tensor's type and of its variable.
pub(super) fn names(tensor: &Tensor) -> Result<(&str, &str), CodegenError> {
    Ok((identifier(&tensor.ty.name, "a type")?, identifier(&tensor.variable, "a tensor")?))
}
