//! Making nodes: what the model says and what the configuration says come together.

use crate::config::{Lookup, Scope};
use crate::error::ConvertError;
use crate::graph::{
    Census, Draft, Interface, NamedType, Node, NodeId, Op, Presence, Strategy, Tensor, TensorId, TypeRole,
    Values, Weight, WeightEncoding, WeightQuantizer, WeightRole, WeightSpec,
};
use crate::identifier::is_identifier;
use crate::precision::{Precision, PrecisionSpec};
use crate::quantizer::Quantizer;

/// What a node is made from; the configuration decides the rest.
#[derive(Debug, Clone)]
pub struct NewNode {
    /// A valid, unused identifier.
    pub name: String,
    /// The name by which the configuration knows the layer.
    pub config_name: String,
    /// The class that the file or the inserting pass gives.
    pub source_class: Option<String>,
    /// What it computes.
    pub op: Op,
    /// What it reads.
    pub inputs: Vec<TensorId>,
    /// Shape of what it writes.
    pub shape: Vec<usize>,
    /// Its constant arrays.
    pub weights: Vec<WeightSpec>,
    /// The precision of the result where the inserting pass decides it.
    pub result: Option<PrecisionSpec>,
    /// Whether its output is traced, unless the configuration says otherwise.
    pub trace: bool,
    /// The quantizer of a QKeras activation.
    pub activation_quantizer: Option<Quantizer>,
}

impl Draft {
    /// The node's place in questions to the configuration.
    pub(crate) fn scope(&self, id: NodeId) -> Scope<'_> {
        let node = self.node(id);
        Scope { name: &node.config_name, class: node.op.class_name() }
    }

    /// Makes a node that is not yet in the order of execution, and gives it the next index.
    ///
    /// # Errors
    /// A weight cannot be quantized.
    pub(crate) fn make_node(&mut self, new: NewNode, lookup: &Lookup) -> Result<NodeId, ConvertError> {
        let index = self.take_index();
        let scope = Scope { name: &new.config_name, class: new.op.class_name() };
        let input = new.inputs.first().map(|&t| self.tensor(t).ty.precision);
        let result = match (new.result, input) {
            (Some(precision), _) => precision,
            (None, Some(precision)) if new.op.takes_input_type() => precision,
            (None, _) if new.op.has_exact_result() => PrecisionSpec::Auto,
            (None, _) => lookup.precision(scope, "result").0,
        };
        let results = new.op.results(&new.name, index).into_iter().map(|names| {
            self.add_tensor(Tensor {
                name: names.name,
                variable: names.variable,
                shape: new.shape.clone(),
                ty: NamedType::new(names.ty, result),
                in_place_of: None,
                interface: Interface::Array,
            })
        });
        let outputs = results.collect();
        let types = own_types(&new, index, lookup, scope);
        let accum = types.iter().find(|(role, _)| *role == TypeRole::Accum).map(|(_, ty)| ty.precision);
        let known = |spec: PrecisionSpec| spec.known().or(lookup.default_precision().known());
        let is_beyond = new.op.needs_accumulator_as_result() && accum.map(known) != Some(known(result));
        for message in new.weights.iter().filter(|_| !is_beyond).filter_map(cut_by_its_type) {
            self.warn(&new.name, message);
        }
        let mut node = Node {
            name: new.name,
            config_name: new.config_name,
            index,
            source_class: new.source_class,
            op: new.op,
            inputs: new.inputs,
            outputs,
            types,
            weights: Vec::new(),
            trace: new.trace,
            reuse_factor: 1,
            requested_strategy: Strategy::default(),
            target_cycles: None,
            activation_quantizer: new.activation_quantizer,
        };
        for weight in new.weights {
            let weight = match is_beyond {
                true => {
                    WeightSpec { quantizer: weight.quantizer.or_else(|| weight.stated.clone()), ..weight }
                }
                false => weight,
            };
            let weight = make_weight(&node, weight, new.shape.last().copied().unwrap_or(1), lookup)?;
            node.weights.push(weight);
        }
        Ok(self.add_node(node))
    }

    /// Sets a weight again, as when the node was made.
    ///
    /// # Errors
    /// The weight cannot be quantized.
    pub(crate) fn set_weight(
        &mut self,
        id: NodeId,
        new: WeightSpec,
        lookup: &Lookup,
    ) -> Result<(), ConvertError> {
        let width = self.output_of(id).shape.last().copied().unwrap_or(1);
        let weight = make_weight(self.node(id), new, width, lookup)?;
        self.node_mut(id).set_weight(weight);
        Ok(())
    }
}

/// The type of a variable as the configuration has it. It is named after the Keras layer, if C++ accepts that, else after the node.
fn configured_type(
    lookup: &Lookup,
    scope: Scope<'_>,
    variable: &str,
    node: &str,
) -> NamedType<PrecisionSpec> {
    let (precision, name) = lookup.precision(scope, variable);
    let name = if is_identifier(&name) { name } else { format!("{node}_{variable}_t") };
    NamedType::new(name, precision)
}

/// The types that a node has besides those of its output and weights.
fn own_types(
    new: &NewNode,
    index: usize,
    lookup: &Lookup,
    scope: Scope<'_>,
) -> Vec<(TypeRole, NamedType<PrecisionSpec>)> {
    let mut types = Vec::new();
    let configured = |variable: &str| configured_type(lookup, scope, variable, &new.name);
    if new.op.has_accumulator() {
        // A type under its own name in the configuration takes precedence over one among the precisions.
        let own = lookup.attribute(scope, "accum_t").and_then(|v| v.as_str()).and_then(|t| t.parse().ok());
        let own = own.map(|precision| NamedType::new(format!("{}_accum_t", new.name), precision));
        let mut accum = own.unwrap_or_else(|| configured("accum"));
        if accum.precision.known().is_some_and(|precision| new.op.is_type_of_state(precision)) {
            accum.precision = PrecisionSpec::Auto;
        }
        types.push((TypeRole::Accum, accum));
    }
    if new.op.has_parameter() {
        types.push((TypeRole::Param, configured("param")));
    }
    for (role, ty) in new.op.own_types(&new.name, index) {
        types.push((role, NamedType::new(ty.name, ty.precision.into())));
    }
    for &(role, default) in new.op.fixed_types() {
        let attribute = role.attribute();
        let text = lookup.attribute(scope, attribute).and_then(|v| v.as_str()).unwrap_or(default);
        if let Ok(precision) = text.parse::<PrecisionSpec>() {
            types.push((role, NamedType::new(format!("{}_{attribute}", new.name), precision)));
        }
    }
    types
}

/// What to know of an array whose quantizer hls4ml does not apply, if that makes a difference.
fn cut_by_its_type(weight: &WeightSpec) -> Option<String> {
    let (quantizer, values) = (weight.stated.as_ref()?, weight.values.as_ref()?);
    let is_on_grid = quantizer.apply(values).is_ok_and(|quantized| quantized.data == values.data);
    (!is_on_grid).then(|| {
        format!(
            "hls4ml does not apply the quantizer of the {}: numbers between two steps of the type are rounded down, and numbers \
             beyond its range wrap. For QKeras's numbers, convert the model that qkeras.utils.model_save_quantized_weights leaves",
            weight.role.attribute()
        )
    })
}

fn make_weight(
    node: &Node<PrecisionSpec>,
    new: WeightSpec,
    n_out: usize,
    lookup: &Lookup,
) -> Result<Weight<PrecisionSpec>, ConvertError> {
    let scope = Scope { name: &node.config_name, class: node.op.class_name() };
    let attribute = new.role.attribute();
    let own_name = format!("{attribute}{}_t", node.index);
    let quantized = |quantizer: Option<&WeightQuantizer>, values: &Values| match quantizer {
        Some(q) => q.apply(values).map_err(|e| ConvertError::quantizer(&node.name, e)),
        None => Ok(values.clone()),
    };
    // A bias that the layer does not have is zeros in one bit, and is never quantized.
    let presence = if new.values.is_some() { Presence::Given } else { Presence::Absent };
    let (unquantized, quantizer, ty) = match new.values {
        Some(values) => (values, new.quantizer.clone(), new.ty),
        None => {
            let zeros = Values::full(&[n_out], 0.0);
            (zeros, None, Some(NamedType::new(own_name.clone(), Precision::uint(1).into())))
        }
    };
    let values = quantized(quantizer.as_ref(), &unquantized)?;
    let ty = match (&quantizer, ty) {
        (Some(q), _) if q.encoding == WeightEncoding::PowerOfTwo => {
            NamedType::new(format!("exponent_{own_name}"), q.precision.into())
        }
        (Some(q), _) => NamedType::new(own_name, q.precision.into()),
        (None, Some(ty)) => ty,
        (None, None) => configured_type(lookup, scope, attribute, &node.name),
    };
    let census = Census::of(&values, quantizer.as_ref());
    let (values, unquantized) = match new.folded {
        Some(folded) => (quantized(new.quantizer.as_ref(), &folded)?, folded),
        None => (values, unquantized),
    };
    let is_hidden = new.role == WeightRole::Weight && node.op.is_depthwise();
    Ok(Weight {
        role: new.role,
        variable: format!("{}{}", new.role.variable_prefix(), node.index),
        presence,
        census,
        ty,
        values,
        unquantized,
        quantizer,
        seen_quantizer: new.quantizer.filter(|_| !is_hidden),
    })
}
