//! Types that hold what layers produce, as far as anybody asks for it.

use super::flow::Flow;
use super::kif::{Kif, Kifs, of_constants};
use crate::config::{Lookup, Scope};
use crate::error::ConvertError;
use crate::graph::op::{ParametrizedFunction, PoolOp, Softmax, SoftmaxImplementation};
use crate::graph::{NamedType, NodeId, Op, TypeRole};
use crate::precision::{Precision, PrecisionSpec};

impl Flow<'_> {
    /// Gives a layer its types.
    pub fn set_types(&mut self, id: NodeId, lookup: &Lookup) -> Result<(), ConvertError> {
        if !self.is_given(id) {
            self.set_exact_types(id, lookup)?;
        }
        self.warn_of_curve(id);
        self.warn_of_kept_sign(id);
        match self.graph.node(id).op.clone() {
            Op::Softmax(op) => self.set_softmax_types(id, &op),
            Op::Activation(_) | Op::HardActivation(_) | Op::TernaryTanh(_) | Op::PRelu(_) => {
                self.size_table(id)
            }
            Op::ParametrizedActivation(op) => {
                self.set_type(id, TypeRole::Param, Kif::of_constant(op.parameter));
                if op.function == ParametrizedFunction::ThresholdedRelu && op.parameter == 0.0 {
                    let name = self.graph.node(id).name.clone();
                    let message = "in hls4ml's firmware, and so here, negative numbers pass this ReLU layer, because its threshold has an \
                                   unsigned type; use activation=\"relu\" of the layer before, or an Activation layer";
                    self.graph.warn(&name, message);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn set_exact_types(&mut self, id: NodeId, lookup: &Lookup) -> Result<(), ConvertError> {
        let produced = self.stored(id)?;
        let requested = self.requested(id)?;
        let result = self.result(id, &produced, &requested);
        let widest = Kif::widest(&*produced);
        let mut ignored = Ignored::default();
        let node = self.graph.node(id);
        let (output, name) = (node.outputs[0], node.name.clone());
        ignored.note(self.graph.scope(id), lookup, "result", result.precision());
        self.graph.tensor_mut(output).ty = NamedType::new(format!("{name}_t"), result.precision().into());
        let node = self.graph.node(id);
        if node.ty(TypeRole::Accum).is_some() && !matches!(node.op, Op::Softmax(_)) {
            let accum = Kif { integer: widest.integer + self.carried(id), ..widest };
            ignored.note(self.graph.scope(id), lookup, "accum", accum.precision());
            self.set_type(id, TypeRole::Accum, accum);
        }
        let weights: Vec<_> = self.graph.node(id).weights.iter().map(|weight| weight.role).collect();
        for role in weights {
            let variable = self.graph.node(id).op.precision_name(role);
            let Some(weight) = self.graph.node_mut(id).weight_mut(role) else { continue };
            let precision = of_constants(&weight.values.data).precision();
            weight.ty = NamedType::new(format!("{name}_{}_t", role.attribute()), precision.into());
            ignored.note(self.graph.scope(id), lookup, variable, precision);
        }
        if let Some(message) = ignored.message() {
            self.graph.warn(&name, message);
        }
        Ok(())
    }

    /// What is produced and asked for. Of what wraps in a quantizer the sign is kept as the quantizer has it.
    fn result(&self, id: NodeId, produced: &Kifs, requested: &Kifs) -> Kif {
        let keeps_sign = self.is_read_by_wrapping_quantizer(id);
        let both = produced.iter().zip(requested).map(|(produced, requested)| Kif {
            signed: requested.signed && (keeps_sign || produced.signed),
            integer: produced.integer.min(requested.integer),
            fractional: produced.fractional.min(requested.fractional),
        });
        both.reduce(Kif::max).unwrap_or(Kif::ZERO)
    }

    /// Bits by which sums are larger than the result of an average.
    fn carried(&self, id: NodeId) -> i32 {
        let pixels = match &self.graph.node(id).op {
            Op::Pooling(op) if op.op == PoolOp::Average => op.pool_size(),
            Op::GlobalPooling(op) if op.op == PoolOp::Average => op.pixels(),
            _ => 1,
        };
        pixels.max(1).next_power_of_two().trailing_zeros() as i32
    }

    fn set_type(&mut self, id: NodeId, role: TypeRole, bits: Kif) {
        let node = self.graph.node_mut(id);
        let ty = NamedType::new(format!("{}_{}", node.name, role.attribute()), bits.precision().into());
        node.set_ty(role, ty);
    }

    /// Gives a softmax whose file describes its tables the accumulator that belongs to them. Another keeps its own.
    fn set_softmax_types(&mut self, id: NodeId, op: &Softmax) -> Result<(), ConvertError> {
        let Some(tables) = &op.tables else {
            let name = self.graph.node(id).name.clone();
            let message = "the softmax is not one of HGQ2, so its tables and accumulator have hls4ml's usual types, and its results are not \
                           exactly the model's; use HGQ2's QSoftmax, or set Implementation to argmax";
            self.graph.warn(&name, message);
            return Ok(());
        };
        let in_file = match tables.input_norm {
            Some(_) => SoftmaxImplementation::Stable,
            None => SoftmaxImplementation::Latency,
        };
        if op.implementation != in_file {
            let name = self.graph.node(id).name.clone();
            let message = format!(
                "the configuration's Implementation ({}) is not the file's ({}), and the results are not the model's; leave it out",
                op.implementation.as_str(),
                in_file.as_str()
            );
            self.graph.warn(&name, message);
        }
        if tables.input_norm.is_none() {
            // hls4ml looks at the input once more.
            self.fresh_input(id)?;
        }
        let accumulator = tables.accumulator(op.n_slice().unwrap_or(op.n_in));
        let node = self.graph.node_mut(id);
        let name = format!("{}_{}", node.name, TypeRole::Accum.attribute());
        node.set_ty(TypeRole::Accum, NamedType::new(name, Precision::from(accumulator).into()));
        Ok(())
    }

    /// Gives a table an entry for each number that can be looked up: of the input, or of the range that the kernel's tables have.
    fn size_table(&mut self, id: NodeId) -> Result<(), ConvertError> {
        use crate::graph::op::Function::{Sigmoid, Tanh};
        let input = self.fresh_input(id)?;
        let bits = Kif::widest(&*input);
        let is_sigmoid = matches!(&self.graph.node(id).op, Op::Activation(op) if op.function == Sigmoid);
        if is_sigmoid && !self.is_given(id) && input.iter().any(|bits| bits.integer < 0) {
            let name = self.graph.node(id).name.clone();
            let message = "hls4ml's bit-exact flow gives the results of this sigmoid no more integer bits than its inputs have, and these have \
                           fewer than none, so that 1/2 and everything above it wraps or saturates; give the quantizer before the sigmoid integer \
                           bits (i of 0 or more), or use a QUnaryFunctionLUT";
            self.graph.warn(&name, message);
        }
        let exponent = match &self.graph.node(id).op {
            // From -4 to 4, from -8 to 8.
            Op::Activation(op) if op.function == Tanh => bits.fractional + 3,
            Op::Activation(op) if op.function == Sigmoid => bits.fractional + 4,
            _ => bits.width(),
        };
        if self.has_table(id) {
            self.warn_of_large_table(id, exponent);
        }
        let size = match u32::try_from(exponent) {
            Ok(exponent) => 1_u64.checked_shl(exponent).unwrap_or(u64::MAX),
            Err(_) => 0,
        };
        self.graph.node_mut(id).op.set_table_size(size);
        Ok(())
    }
}

/// Types of the configuration that this flow replaces by others.
#[derive(Default)]
struct Ignored(Vec<String>);

impl Ignored {
    fn note(&mut self, scope: Scope<'_>, lookup: &Lookup, variable: &str, exact: Precision) {
        let (given, _) = lookup.precision(scope, variable);
        if lookup.names_precision(scope, variable) && given != PrecisionSpec::Auto && given != exact.into() {
            self.0.push(format!("{variable} ({given}; it is {exact})"));
        }
    }

    fn message(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| {
            format!(
                "the configuration's Precision has no effect on {}: with bit-exact types all of them follow from the quantizers",
                self.0.join(", ")
            )
        })
    }
}
