//! Making nodes and changing the graph: the primitives that passes are written in.

use super::op::{HardOrigin, Op};
use super::{
    Census, Draft, FloatWidth, Layout, NamedType, Node, NodeId, Storage, Tensor, TensorId, TypeRole, Values,
    Warning, Weight, WeightEncoding, WeightQuantizer, WeightRole,
};
use crate::ConvertError;
use crate::config::{Lookup, Scope};
use crate::identifier::is_identifier;
use crate::precision::{Precision, PrecisionSpec};
use crate::quantizer::{Quantizer, quantize_weights};

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
    pub weights: Vec<NewWeight>,
    /// The precision of the result where the inserting pass decides it.
    pub result: Option<PrecisionSpec>,
    /// Whether its output is traced, unless the configuration says otherwise.
    pub trace: bool,
    /// The quantizer of a QKeras activation.
    pub activation_quantizer: Option<Quantizer>,
}

/// What a weight is made from.
#[derive(Debug, Clone)]
pub struct NewWeight {
    /// What it is for.
    pub role: WeightRole,
    /// The values as the file has them; `None` for a bias that the layer does not have.
    pub values: Option<Values>,
    /// The quantizer that the values go through.
    pub quantizer: Option<WeightQuantizer>,
    /// What takes the place of the values after they have been typed and counted.
    pub folded: Option<Values>,
    /// A type decided by the inserting pass, with its name.
    pub ty: Option<NamedType<PrecisionSpec>>,
}

impl NewWeight {
    /// An array whose type the quantizer or the configuration decides.
    pub(crate) fn new(role: WeightRole, values: Option<Values>, quantizer: Option<WeightQuantizer>) -> Self {
        Self { role, values, quantizer, folded: None, ty: None }
    }
}

impl Draft {
    pub(crate) fn empty(model_name: String) -> Self {
        Self {
            model_name,
            nodes: Vec::new(),
            tensors: Vec::new(),
            order: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            output_names: Vec::new(),
            pipeline: Default::default(),
            warnings: Vec::new(),
            next_index: 1,
        }
    }

    pub(crate) fn node_mut(&mut self, id: NodeId) -> &mut Node<PrecisionSpec> {
        &mut self.nodes[id.0]
    }

    pub(crate) fn tensor_mut(&mut self, id: TensorId) -> &mut Tensor<PrecisionSpec> {
        &mut self.tensors[id.0]
    }

    pub(crate) fn warn(&mut self, layer: &str, message: impl Into<String>) {
        let warning = Warning { layer: Some(layer.into()), message: message.into() };
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

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
            (None, _) => lookup.precision(scope, "result").0,
        };
        let (variable, type_name) = match &new.op {
            Op::Input(input) => (new.name.clone(), input.type_name(index)),
            _ => (format!("layer{index}_out"), format!("layer{index}_t")),
        };
        let tensor = TensorId(self.tensors.len());
        self.tensors.push(Tensor {
            name: new.name.clone(),
            variable,
            shape: new.shape.clone(),
            ty: NamedType::new(type_name, result),
            in_place_of: None,
            layout: Layout::Partition,
        });
        let types = own_types(&new, index, lookup, scope);
        let mut node = Node {
            name: new.name,
            config_name: new.config_name,
            index,
            source_class: new.source_class,
            op: new.op,
            inputs: new.inputs,
            outputs: vec![tensor],
            types,
            weights: Vec::new(),
            trace: new.trace,
            reuse_factor: 1,
            target_cycles: None,
            activation_quantizer: new.activation_quantizer,
        };
        for weight in new.weights {
            let weight = make_weight(&node, weight, new.shape.last().copied().unwrap_or(1), lookup)?;
            node.weights.push(weight);
        }
        self.nodes.push(node);
        Ok(NodeId(self.nodes.len() - 1))
    }

    /// Puts a node at the end of the order.
    pub(crate) fn append(&mut self, id: NodeId) {
        self.order.push(id);
    }

    /// Puts a node right behind the producer of its input and in front of `before` (or, without one, of the first
    /// consumer; of the graph's output where nothing consumes it).
    pub(crate) fn insert(&mut self, id: NodeId, before: Option<NodeId>) {
        let source = self.node(id).inputs[0];
        let output = self.node(id).outputs[0];
        let next = before
            .or_else(|| self.order.iter().copied().find(|&n| self.node(n).inputs.first() == Some(&source)));
        match next {
            Some(next) => {
                if let Some(slot) = self.node_mut(next).inputs.iter_mut().find(|t| **t == source) {
                    *slot = output;
                }
            }
            None => self.outputs.iter_mut().filter(|t| **t == source).for_each(|t| *t = output),
        }
        let producer = self.producer(source);
        let at = self.order.iter().position(|&n| Some(n) == producer).map_or(self.order.len(), |p| p + 1);
        self.order.insert(at, id);
    }

    /// The next free index.
    pub(crate) fn take_index(&mut self) -> usize {
        let index = self.next_index;
        self.next_index += 1;
        index
    }

    /// Puts several nodes in the place of one; whatever read its output reads `result` instead.
    pub(crate) fn expand(&mut self, id: NodeId, nodes: &[NodeId], result: TensorId) {
        let at = self.order.iter().position(|&n| n == id).unwrap_or(self.order.len());
        self.order.splice(at..(at + 1).min(self.order.len()), nodes.iter().copied());
        let output = self.node(id).outputs[0];
        self.redirect(output, result);
        self.name_result_type();
    }

    /// Puts nodes right behind another in the order.
    pub(crate) fn insert_behind(&mut self, id: NodeId, nodes: &[NodeId]) {
        let at = self.order.iter().position(|&n| n == id).map_or(self.order.len(), |p| p + 1);
        self.order.splice(at..at, nodes.iter().copied());
    }

    /// Whether [`remove`](Self::remove) would leave a valid graph: it would not if the node's input and output are
    /// both outputs of the graph.
    pub(crate) fn is_removable(&self, id: NodeId) -> bool {
        let node = self.node(id);
        let both = |input: &TensorId, output: &TensorId| {
            self.outputs.contains(output) && self.outputs.contains(input)
        };
        node.inputs.len() == 1 && !both(&node.inputs[0], &node.outputs[0])
    }

    /// Takes a node with one input out; whatever read its output reads its input instead.
    pub(crate) fn remove(&mut self, id: NodeId) {
        let (input, output) = (self.node(id).inputs[0], self.node(id).outputs[0]);
        self.order.retain(|&n| n != id);
        self.redirect(output, input);
    }

    /// Puts `new` in the place of `old`; whatever read the output of `old` reads that of `new`.
    pub(crate) fn replace(&mut self, old: NodeId, new: NodeId) {
        let (from, to) = (self.node(old).outputs[0], self.node(new).outputs[0]);
        self.order.iter_mut().filter(|n| **n == old).for_each(|n| *n = new);
        self.redirect(from, to);
        self.name_result_type();
    }

    /// Names the type of a single output `result_t`. A layer keeps that name when another is put behind it.
    pub(crate) fn name_result_type(&mut self) {
        if let [output] = self.outputs[..] {
            self.tensor_mut(output).ty.name = "result_t".into();
        }
    }

    pub(crate) fn redirect(&mut self, from: TensorId, to: TensorId) {
        for &id in &self.order {
            self.nodes[id.0].inputs.iter_mut().filter(|t| **t == from).for_each(|t| *t = to);
        }
        self.outputs.iter_mut().filter(|t| **t == from).for_each(|t| *t = to);
    }

    /// Sets a weight anew, as when the node was made.
    ///
    /// # Errors
    /// The weight cannot be quantized.
    pub(crate) fn set_weight(
        &mut self,
        id: NodeId,
        new: NewWeight,
        lookup: &Lookup,
    ) -> Result<(), ConvertError> {
        let width = self.output_of(id).shape.last().copied().unwrap_or(1);
        let weight = make_weight(self.node(id), new, width, lookup)?;
        self.node_mut(id).set_weight(weight);
        Ok(())
    }
}

/// The type of a variable as the configuration has it. It is called after the Keras layer, if C++ accepts that, else after the node.
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
        // A type under its own name in the configuration counts more than one among the precisions.
        let own = lookup.attribute(scope, "accum_t").and_then(|v| v.as_str()).and_then(|t| t.parse().ok());
        let own = own.map(|precision| NamedType::new(format!("{}_accum_t", new.name), precision));
        types.push((TypeRole::Accum, own.unwrap_or_else(|| configured("accum"))));
    }
    if matches!(new.op, Op::ParametrizedActivation(_)) {
        types.push((TypeRole::Param, configured("param")));
    }
    if let Op::HardActivation(hard) = &new.op {
        let (slope, shift) = (Precision::ufixed(hard.origin.slope_bits(), 0), Precision::ufixed(2, 0));
        if hard.origin == HardOrigin::QKeras {
            types.push((
                TypeRole::SlopePrecision,
                NamedType::new(format!("{}_slope_prec", new.name), slope.into()),
            ));
            types.push((
                TypeRole::ShiftPrecision,
                NamedType::new(format!("{}_shift_prec", new.name), shift.into()),
            ));
        }
        types.push((TypeRole::Slope, NamedType::new(format!("slope{index}_t"), slope.into())));
        types.push((TypeRole::Shift, NamedType::new(format!("shift{index}_t"), shift.into())));
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

fn make_weight(
    node: &Node<PrecisionSpec>,
    new: NewWeight,
    n_out: usize,
    lookup: &Lookup,
) -> Result<Weight<PrecisionSpec>, ConvertError> {
    let scope = Scope { name: &node.config_name, class: node.op.class_name() };
    let attribute = new.role.attribute();
    let own_name = format!("{attribute}{}_t", node.index);
    let quantized = |quantizer: Option<&WeightQuantizer>, values: &Values| match quantizer {
        Some(q) => q.apply(values).map_err(|e| e.of(&node.name)),
        None => Ok(values.clone()),
    };
    // A bias that the layer does not have is zeros in one bit, and is never quantized.
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
        census,
        ty,
        values,
        unquantized,
        quantizer,
        seen_quantizer: new.quantizer.filter(|_| !is_hidden),
        storage: Storage::Register,
    })
}

impl<P> Weight<P> {
    /// What the array holds as it is now; [`Weight::census`] says what it held when it was first quantized.
    pub fn count(&self) -> Census {
        Census::of(&self.values, self.quantizer.as_ref())
    }
}

impl Census {
    fn of(values: &Values, quantizer: Option<&WeightQuantizer>) -> Self {
        let mut shape = values.data.shape().to_vec();
        if quantizer.is_some_and(|q| q.encoding == WeightEncoding::PowerOfTwo) {
            // hls4ml leaves room for the pair of sign and exponent that it never adds.
            shape.pop();
        }
        let zeros = values.data.iter().filter(|&&v| v == 0.0).count();
        let extreme = |pick: fn(f64, f64) -> f64| values.data.iter().copied().reduce(pick).unwrap_or(0.0);
        Self {
            shape,
            zeros,
            nonzeros: values.data.len() - zeros,
            min: extreme(f64::min),
            max: extreme(f64::max),
        }
    }
}

impl WeightQuantizer {
    /// The values as the firmware stores them: quantized, then encoded.
    ///
    /// # Errors
    /// The quantizer refuses the values.
    pub fn apply(&self, values: &Values) -> Result<Values, QuantizeError> {
        let quantized = quantize_weights(&self.quantizer, &values.to_f32()).map_err(QuantizeError)?;
        let quantized = Values::single(&quantized.values);
        Ok(match self.encoding {
            WeightEncoding::Value | WeightEncoding::PowerOfTwo => quantized,
            WeightEncoding::ZeroOne => {
                Values { width: FloatWidth::Double, ..quantized.map(|v| f64::from(u8::from(v >= 0.0))) }
            }
            WeightEncoding::PlusMinusOne => quantized.map(|v| if v >= 0.0 { 1.0 } else { -1.0 }),
        })
    }
}

/// A quantizer refuses some values.
#[derive(Debug)]
pub struct QuantizeError(pub(crate) crate::quantizer::QuantizerError);

impl QuantizeError {
    pub(crate) fn of(self, layer: &str) -> ConvertError {
        ConvertError::Quantizer { layer: layer.into(), source: self.0 }
    }
}
