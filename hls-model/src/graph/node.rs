//! A node: one layer of the firmware.

use super::op::{Op, Strategy};
use super::tensor::TensorId;
use super::types::{NamedType, TypeRole};
use super::weight::{Weight, WeightRole};
use crate::precision::Precision;
use crate::quantizer::Quantizer;

/// One layer of the firmware.
#[derive(Debug, Clone)]
pub struct Node<P = Precision> {
    /// Unique name, the Keras layer's where there is one.
    pub name: String,
    /// The name by which the configuration knows the layer: the Keras name, which need not be an identifier.
    pub config_name: String,
    /// hls4ml's layer number; `N` in `layerN_out`, `configN`, `wN`.
    pub index: usize,
    /// The class that the Keras file or the inserting pass gave (`QDense`, `Alpha`), if any.
    pub source_class: Option<String>,
    /// What the node computes.
    pub op: Op,
    /// Tensors read, in argument order.
    pub inputs: Vec<TensorId>,
    /// Tensors written.
    pub outputs: Vec<TensorId>,
    /// Named types other than those of outputs and weights: accumulator, tables, parameters.
    pub types: Vec<(TypeRole, NamedType<P>)>,
    /// Constant arrays.
    pub weights: Vec<Weight<P>>,
    /// Whether the firmware records this layer's output for the trace.
    pub trace: bool,
    /// Times that one multiplier is used per inference (after snapping to a valid value).
    pub reuse_factor: u64,
    /// The strategy that the configuration asks for; most operations have no use for it.
    pub requested_strategy: Strategy,
    /// `TargetCycles` of the configuration, in clock cycles.
    pub target_cycles: Option<u64>,
    /// The quantizer of a QKeras activation, for warnings and the generated configuration.
    pub activation_quantizer: Option<Quantizer>,
}

impl<P> Node<P> {
    /// The weight with this role.
    #[must_use]
    pub fn weight(&self, role: WeightRole) -> Option<&Weight<P>> {
        self.weights.iter().find(|w| w.role == role)
    }

    /// The named type with this role.
    #[must_use]
    pub fn ty(&self, role: TypeRole) -> Option<&NamedType<P>> {
        self.types.iter().find(|(r, _)| *r == role).map(|(_, t)| t)
    }

    pub(crate) fn weight_mut(&mut self, role: WeightRole) -> Option<&mut Weight<P>> {
        self.weights.iter_mut().find(|w| w.role == role)
    }

    pub(crate) fn ty_mut(&mut self, role: TypeRole) -> Option<&mut NamedType<P>> {
        self.types.iter_mut().find(|(r, _)| *r == role).map(|(_, t)| t)
    }

    /// Sets a named type, keeping its place if it had one.
    pub(crate) fn set_ty(&mut self, role: TypeRole, ty: NamedType<P>) {
        match self.ty_mut(role) {
            Some(slot) => *slot = ty,
            None => self.types.push((role, ty)),
        }
    }

    /// Sets a weight, keeping its place if it had one.
    pub(crate) fn set_weight(&mut self, weight: Weight<P>) {
        match self.weight_mut(weight.role) {
            Some(slot) => *slot = weight,
            None => self.weights.push(weight),
        }
    }
}
