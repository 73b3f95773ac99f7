//! A model before any configuration: what lowering makes and a graph is built from.

use super::op::Op;
use super::quantized::{WeightQuantizer, activation_precision};
use super::types::NamedType;
use super::values::Values;
use super::weight::WeightRole;
use crate::precision::{Precision, PrecisionSpec};
use crate::quantizer::Quantizer;
use crate::warning::Warning;

/// A model as a list of layers.
#[derive(Debug, Clone)]
pub struct LoweredModel {
    /// The name that the Keras model gives itself.
    pub name: String,
    /// The layers, each after those that it reads.
    pub layers: Vec<LayerSpec>,
    /// Names of the input layers, in the order of the model's inputs.
    pub inputs: Vec<String>,
    /// Names of the layers whose results are the model's outputs, in their order.
    pub outputs: Vec<String>,
    /// The Keras layers whose results the outputs are; a layer that is several of them has a number after its name.
    pub output_names: Vec<String>,
    /// Keras names of the layers that vanished.
    pub removed: Vec<String>,
    /// HGQ2's cost figure (EBOPs) of the file's layers that have one, by the layer's name in the file.
    pub ebops: Vec<(String, u64)>,
    /// What a user should know.
    pub warnings: Vec<Warning>,
}

/// A layer before any configuration.
#[derive(Debug, Clone)]
pub struct LayerSpec {
    /// A C++ identifier, the Keras name where that is one.
    pub name: String,
    /// The name by which a configuration knows the layer.
    pub config_name: String,
    /// The class as hls4ml's converter reports it (`QDense`, `InputLayer`).
    pub source_class: String,
    /// What it computes.
    pub op: Op,
    /// Names of the layers that it reads.
    pub inputs: Vec<String>,
    /// Shape of its result, without the batch axis.
    pub shape: Vec<usize>,
    /// Its arrays.
    pub weights: Vec<WeightSpec>,
    /// The quantizer of a QKeras activation.
    pub activation_quantizer: Option<Quantizer>,
    /// Precisions of quantizers that hls4ml writes into a configuration and then ignores.
    pub ignored_precisions: Vec<(&'static str, Precision)>,
}

/// An array of a layer before any configuration, or as a pass makes it.
#[derive(Debug, Clone)]
pub struct WeightSpec {
    /// What it is for.
    pub role: WeightRole,
    /// The values as the file has them; `None` for a bias that the layer does not have.
    pub values: Option<Values>,
    /// Its quantizer.
    pub quantizer: Option<WeightQuantizer>,
    /// A quantizer that in hls4ml only names the array's type in a configuration; it is applied where hls4ml has no firmware.
    pub stated: Option<WeightQuantizer>,
    /// What takes the place of the values after they have been typed and counted, with a batch normalization folded in.
    pub folded: Option<Values>,
    /// A type that a pass has decided on, with its name; `None` leaves it to the quantizer or the configuration.
    pub ty: Option<NamedType<PrecisionSpec>>,
}

impl WeightSpec {
    /// An array whose type the quantizer or the configuration decides.
    pub(crate) fn new(role: WeightRole, values: Option<Values>, quantizer: Option<WeightQuantizer>) -> Self {
        Self { role, values, quantizer, stated: None, folded: None, ty: None }
    }

    /// An array without a quantizer.
    #[must_use]
    pub fn plain(role: WeightRole, values: Values) -> Self {
        Self::new(role, Some(values), None)
    }
}

impl LayerSpec {
    /// The precisions of arrays that a quantizer decides, by the name of the variable.
    pub fn weight_precisions(&self) -> impl Iterator<Item = (&'static str, Precision)> {
        let precision = |weight: &WeightSpec| Some(weight.quantizer.as_ref()?.precision);
        self.weights.iter().filter_map(move |w| Some((self.op.precision_name(w.role), precision(w)?)))
    }

    /// The precisions that quantizers of the model ask for, by the name of the variable.
    pub fn quantized_precisions(&self) -> Vec<(&'static str, Precision)> {
        let stated = |weight: &WeightSpec| Some((weight.role, weight.stated.as_ref()?.precision));
        let stated = self.weights.iter().filter_map(stated);
        let stated = stated.map(|(role, precision)| (self.op.precision_name(role), precision));
        let weights = self.weight_precisions().chain(stated);
        let result = self.activation_quantizer.as_ref().and_then(activation_precision).map(|p| ("result", p));
        weights.chain(result).chain(self.ignored_precisions.iter().copied()).collect()
    }

    /// Whether it hands its input on as it is.
    pub(crate) fn is_identity(&self) -> bool {
        self.op.is_identity() && self.activation_quantizer.is_none()
    }
}
