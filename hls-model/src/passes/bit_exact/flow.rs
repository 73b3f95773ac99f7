//! What every layer produces and what its readers ask for, as hls4ml finds it out.
//!
//! A quantizer loses, whenever it is evaluated, the bits that no number uses, and the rule is not idempotent: what it has after two
//! evaluations may be less than after one. So the order of evaluations is a part of the result. [`Flow::stored`] is a result that has been
//! noted, which reshapes and quantizers take of the layer before; [`Flow::fresh`] evaluates again, through all layers back to
//! the nearest of these. As long as an evaluation changes no quantizer its result is kept, so that none is repeated in vain.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::forward::forward;
use super::kif::{Kif, Kifs};
use super::quantizer::narrowed;
use super::tensors::{Obstacle, all};
use super::widths;
use crate::error::ConvertError;
use crate::fixed::MAX_ARITHMETIC_WIDTH;
use crate::graph::op::FixedPointQuantizer;
use crate::graph::{Draft, NodeId, Op, TensorId};
use crate::precision::Precision;

/// A graph on its way to exact types.
pub(super) struct Flow<'a> {
    /// The graph; this flow changes types and the widths of quantizers, and neither nodes nor their order.
    pub graph: &'a mut Draft,
    producers: HashMap<TensorId, NodeId>,
    consumers: HashMap<TensorId, Vec<NodeId>>,
    stored: HashMap<NodeId, Rc<Kifs>>,
    kept: HashMap<NodeId, Rc<Kifs>>,
    pub(super) requests: HashMap<NodeId, Rc<Vec<Kifs>>>,
    /// Quantizers that have been evaluated.
    quantizers: HashSet<NodeId>,
    /// Evaluations that wait for others.
    depth: usize,
}

/// Layers in a row whose bits nobody has noted. There are never many; a chain without end would end the program.
const MAX_DEPTH: usize = 100;

/// What an evaluation came to.
struct Evaluation {
    bits: Rc<Kifs>,
    /// Whether another evaluation would come to the same.
    lasts: bool,
}

impl<'a> Flow<'a> {
    pub fn new(graph: &'a mut Draft) -> Self {
        let (mut producers, mut consumers) = (HashMap::new(), HashMap::<_, Vec<_>>::new());
        for &id in graph.order() {
            let node = graph.node(id);
            producers.extend(node.outputs.iter().map(|&output| (output, id)));
            for &input in &node.inputs {
                let readers = consumers.entry(input).or_default();
                if !readers.contains(&id) {
                    readers.push(id);
                }
            }
        }
        Self {
            graph,
            producers,
            consumers,
            stored: HashMap::new(),
            kept: HashMap::new(),
            requests: HashMap::new(),
            quantizers: HashSet::new(),
            depth: 0,
        }
    }

    /// The layers that read a layer's result, each once.
    pub fn readers(&self, id: NodeId) -> Vec<NodeId> {
        let output = self.graph.node(id).outputs[0];
        self.consumers.get(&output).cloned().unwrap_or_default()
    }

    /// What the layer produces, as it was noted; noted now if it was not.
    pub fn stored(&mut self, id: NodeId) -> Result<Rc<Kifs>, ConvertError> {
        match self.stored.get(&id) {
            Some(bits) => Ok(Rc::clone(bits)),
            None => self.store(id),
        }
    }

    /// Notes what the layer produces.
    pub fn store(&mut self, id: NodeId) -> Result<Rc<Kifs>, ConvertError> {
        let bits = self.fresh(id)?;
        self.stored.insert(id, Rc::clone(&bits));
        Ok(bits)
    }

    /// What the layer produces, evaluated now.
    pub fn fresh(&mut self, id: NodeId) -> Result<Rc<Kifs>, ConvertError> {
        Ok(self.evaluate(id)?.bits)
    }

    /// What the layer's first input produces, evaluated now.
    pub fn fresh_input(&mut self, id: NodeId) -> Result<Rc<Kifs>, ConvertError> {
        let source = self.sources(id)?.first().copied().ok_or_else(|| self.error(id, &Obstacle::Shape))?;
        self.fresh(source)
    }

    /// Takes a type of the input as given from now on: what was evaluated before no longer holds.
    pub fn trust(&mut self, input: NodeId) {
        self.graph.bit_exact.trusted.insert(input);
        self.kept.clear();
    }

    fn sources(&self, id: NodeId) -> Result<Vec<NodeId>, ConvertError> {
        let source =
            |input| self.producers.get(input).copied().ok_or_else(|| self.error(id, &Obstacle::Shape));
        self.graph.node(id).inputs.iter().map(source).collect()
    }

    fn evaluate(&mut self, id: NodeId) -> Result<Evaluation, ConvertError> {
        if let Some(bits) = self.kept.get(&id) {
            return Ok(Evaluation { bits: Rc::clone(bits), lasts: true });
        }
        self.descend(id)?;
        let evaluation = self.evaluate_again(id);
        self.ascend();
        evaluation
    }

    /// Goes one layer further.
    pub fn descend(&mut self, id: NodeId) -> Result<(), ConvertError> {
        self.depth += 1;
        match self.depth > MAX_DEPTH {
            true => Err(self.error(id, &Obstacle::TooDeep)),
            false => Ok(()),
        }
    }

    /// Comes back from there.
    pub fn ascend(&mut self) {
        self.depth -= 1;
    }

    fn evaluate_again(&mut self, id: NodeId) -> Result<Evaluation, ConvertError> {
        let sources = self.sources(id)?;
        let evaluation = match (&self.graph.node(id).op, &sources[..]) {
            (Op::FixedPointQuantizer(op), &[source]) => {
                let op = op.clone();
                self.quantize(id, op, source)?
            }
            // hls4ml gives up here. What was noted is what the quantizers before have in the end.
            (Op::FunctionSum(_), &[source]) => {
                let input = match self.is_given(source) {
                    true => Rc::new(self.given(source)?),
                    false => self.stored(source)?,
                };
                Evaluation { bits: self.forward(id, &[input])?, lasts: true }
            }
            (Op::Reshape(_), &[source]) => {
                let input = self.stored(source)?;
                Evaluation { bits: self.forward(id, &[input])?, lasts: true }
            }
            // Tables say what comes out of them; what goes in is not looked at.
            (Op::UnaryLut(_) | Op::Softmax(_) | Op::Embedding(_), _) => {
                Evaluation { bits: self.forward(id, &[])?, lasts: true }
            }
            _ if self.is_given(id) => Evaluation { bits: Rc::new(self.given(id)?), lasts: true },
            _ => {
                let inputs = sources.iter().map(|&source| self.evaluate(source));
                let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
                let bits: Vec<_> = inputs.iter().map(|input| Rc::clone(&input.bits)).collect();
                Evaluation { bits: self.forward(id, &bits)?, lasts: inputs.iter().all(|input| input.lasts) }
            }
        };
        if evaluation.lasts {
            self.kept.insert(id, Rc::clone(&evaluation.bits));
        }
        Ok(evaluation)
    }

    /// Applies a quantizer's rule, and takes what no number uses from its widths.
    fn quantize(
        &mut self,
        id: NodeId,
        op: FixedPointQuantizer,
        source: NodeId,
    ) -> Result<Evaluation, ConvertError> {
        let input = self.stored(source)?;
        let narrow = widths::kifs(&op.widths)
            .and_then(|own| narrowed(&own, &input, op.rounding, op.overflow))
            .ok_or_else(|| self.error(id, &Obstacle::Shape))?;
        if self.quantizers.insert(id) {
            self.warn_of_quantizer(id, &op, &input, &narrow);
        }
        let left = widths::widths(&narrow.widths);
        let lasts = left == op.widths;
        if let Op::FixedPointQuantizer(op) = &mut self.graph.node_mut(id).op {
            op.widths = left;
        }
        Ok(Evaluation { bits: Rc::new(narrow.result), lasts })
    }

    fn forward(&self, id: NodeId, inputs: &[Rc<Kifs>]) -> Result<Rc<Kifs>, ConvertError> {
        let inputs: Vec<Kifs> = inputs.iter().map(|bits| Kifs::clone(bits)).collect();
        let shape = &self.graph.output_of(id).shape;
        let bits = forward(self.graph.node(id), &inputs, shape);
        bits.map(Rc::new).map_err(|obstacle| self.error(id, &obstacle))
    }

    /// Whether the type of the layer's result was decided before: by a QKeras activation, or for an input.
    pub fn is_given(&self, id: NodeId) -> bool {
        let node = self.graph.node(id);
        let quantized = node.activation_quantizer.is_some()
            && matches!(node.op, Op::Activation(_) | Op::HardActivation(_) | Op::TernaryTanh(_));
        quantized || self.graph.bit_exact.trusted.contains(&id)
    }

    fn given(&self, id: NodeId) -> Result<Kifs, ConvertError> {
        Ok(all(&self.graph.output_of(id).shape, Kif::of_type(self.given_type(id)?)))
    }

    /// The type that was decided before.
    pub fn given_type(&self, id: NodeId) -> Result<Precision, ConvertError> {
        let open = || {
            let layer = &self.graph.node(id).config_name;
            self.refusal(
                id,
                format!(
                    "with bit-exact types the type of a QKeras activation has to be known, and the configuration leaves it open; \
                     set LayerName.{layer}.Precision.result, or generate the configuration with granularity name"
                ),
            )
        };
        self.graph.output_of(id).ty.precision.known().ok_or_else(open)
    }

    pub fn error(&self, id: NodeId, obstacle: &Obstacle) -> ConvertError {
        let reason = match obstacle {
            Obstacle::NoRule => {
                "the bit-exact flow has no rule for the range of its results; leave the layer out, or remove Model.BitExact from the \
                 configuration of a model without HGQ2's quantizers"
                    .to_owned()
            }
            Obstacle::TooWide => format!(
                "its exact results would have far more than the {MAX_ARITHMETIC_WIDTH} bits that can be computed with, because nothing \
                 limits the numbers that it reads; put a quantizer before it"
            ),
            Obstacle::TooDeep => format!(
                "more than {MAX_DEPTH} layers follow each other here without a quantizer; put one between them"
            ),
            Obstacle::Shape => {
                "the widths of a quantizer, or an array, do not fit the shape of the numbers, or are absurdly large; the file is inconsistent".to_owned()
            }
        };
        self.refusal(id, reason)
    }

    pub fn refusal(&self, id: NodeId, reason: String) -> ConvertError {
        let node = self.graph.node(id);
        ConvertError::Unsupported { layer: node.name.clone(), class: node.op.class_name().into(), reason }
    }
}
