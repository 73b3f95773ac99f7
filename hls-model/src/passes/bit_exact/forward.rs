//! The bits of an operation's results, from those of what it reads.

use ndarray::{ArrayViewD, Axis, IxDyn};

use super::function_sums::summed;
use super::interval::Interval;
use super::kif::{Kif, Kifs, of_constants};
use super::products::{affine, contracted, convolved, dotted, embedded, multiplied};
use super::quantizer::narrowed;
use super::tensors::{Bits, Obstacle, all, constants, counted, tensor};
use super::windows::{globally_pooled, pooled};
use crate::graph::op::{
    Activation, Function, HardFunction, Merge, MergeKind, PRelu, ParametrizedActivation,
    ParametrizedFunction, SoftmaxImplementation,
};
use crate::graph::{Node, Op, TypeRole, WeightRole};
use crate::precision::PrecisionSpec;

/// The bits of each element of a node's result of this shape.
pub(super) fn forward(node: &Node<PrecisionSpec>, inputs: &[Kifs], shape: &[usize]) -> Bits {
    let first = || inputs.first().ok_or(Obstacle::Shape);
    match &node.op {
        Op::Input(_) => Ok(all(shape, Kif::ANY)),
        Op::FixedPointQuantizer(op) => {
            let own = super::widths::kifs(&op.widths).ok_or(Obstacle::Shape)?;
            Ok(narrowed(&own, first()?, op.rounding, op.overflow).ok_or(Obstacle::Shape)?.result)
        }
        Op::Reshape(_) => rearranged(shape, first()?, Some),
        Op::Transpose(op) => rearranged(shape, first()?, |element| Some(op.source(element))),
        Op::Cropping(op) => rearranged(shape, first()?, |element| Some(op.source(element))),
        Op::ZeroPadding(op) => rearranged(shape, first()?, |element| op.source(element)),
        Op::Resize(op) => rearranged(shape, first()?, |element| Some(op.source(element))),
        Op::Concatenate(op) => {
            let axis = op.tensor_axis().ok_or(Obstacle::Shape)?;
            let views: Vec<ArrayViewD<'_, Kif>> = inputs.iter().map(|input| input.view()).collect();
            ndarray::concatenate(Axis(axis), &views).map_err(|_| Obstacle::Shape)
        }
        Op::Dense(op) => multiplied(node, op, first()?, shape),
        Op::Conv(op) => convolved(node, op, first()?, shape),
        Op::EinsumDense(op) => contracted(node, &op.contraction, first()?, shape),
        Op::Einsum(op) => match inputs {
            [a, b] => dotted(op.contraction.terms(), a, b, shape),
            _ => Err(Obstacle::Shape),
        },
        Op::Dot(op) => match inputs {
            [a, b] => dotted(std::iter::once((0..op.n_in).map(|i| [i, i])), a, b, shape),
            _ => Err(Obstacle::Shape),
        },
        Op::BatchNormalization(_) | Op::ApplyAlpha(_) => affine(node, first()?),
        Op::Merge(op) => match inputs {
            [a, b] => merged(op, a, b),
            _ => Err(Obstacle::Shape),
        },
        Op::Pooling(op) => pooled(op, first()?, shape),
        Op::GlobalPooling(op) => globally_pooled(op, first()?, shape),
        Op::Embedding(_) => embedded(node, shape),
        Op::UnaryLut(_) => {
            let table = node.weight(WeightRole::Table).ok_or(Obstacle::Shape)?;
            Ok(all(shape, of_constants(&table.values.data)))
        }
        Op::FunctionSum(op) => summed(op, first()?, shape),
        Op::Activation(op) => Ok(first()?.mapv(|bits| activated(op, bits))),
        Op::HardActivation(op) => {
            let signed = op.function == HardFunction::Tanh;
            Ok(all(shape, Kif { signed, integer: 1, ..Kif::ANY }))
        }
        Op::TernaryTanh(_) => Ok(all(shape, Kif { signed: true, integer: 1, fractional: 0 })),
        Op::ParametrizedActivation(op) => Ok(first()?.mapv(|bits| parametrized(op, bits))),
        Op::PRelu(op) => sloped(node, op, first()?),
        Op::Softmax(op) if op.implementation != SoftmaxImplementation::Precise => {
            Ok(all(shape, probability(node).ok_or(Obstacle::NoRule)?))
        }
        Op::Softmax(_)
        | Op::SeparableConv(_)
        | Op::PowerOfTwo(_)
        | Op::LayerNormalization(_)
        | Op::QuantizedTanh(_)
        | Op::Repack(_)
        | Op::Clone(_)
        | Op::Broadcast(_)
        | Op::LayerGroup(_)
        | Op::Recurrent(_)
        | Op::Bidirectional(_)
        | Op::TimeDistributed(_) => Err(Obstacle::NoRule),
    }
}

/// Each element is one of the input's, or zero.
fn rearranged(shape: &[usize], input: &Kifs, source: impl Fn(usize) -> Option<usize>) -> Bits {
    let elements: Vec<Kif> = input.iter().copied().collect();
    let bits = (0..shape.iter().product()).map(|element| match source(element) {
        Some(source) => elements.get(source).copied().ok_or(Obstacle::Shape),
        None => Ok(Kif::ZERO),
    });
    tensor(shape, bits.collect::<Result<_, _>>()?)
}

/// Two tensors, the smaller repeated.
fn merged(op: &Merge, a: &Kifs, b: &Kifs) -> Bits {
    let shape = crate::graph::broadcast([a.shape(), b.shape()]).ok_or(Obstacle::Shape)?;
    let repeated =
        |bits: &Kifs| bits.broadcast(IxDyn(&shape)).map(|view| view.to_owned()).ok_or(Obstacle::Shape);
    let (a, b) = (repeated(a)?, repeated(b)?);
    let pairs = a.iter().copied().zip(b.iter().copied());
    let exact = |combine: fn(Interval, Interval) -> Interval| {
        counted(&shape, pairs.clone().map(|(a, b)| combine(Interval::of(a), Interval::of(b))))
    };
    match op.kind {
        MergeKind::Add | MergeKind::PartialSum(_) => exact(Interval::plus),
        MergeKind::Subtract => exact(Interval::minus),
        MergeKind::Multiply => exact(Interval::times),
        // The larger of two numbers is one of them.
        MergeKind::Maximum | MergeKind::Minimum => tensor(&shape, pairs.map(|(a, b)| a.max(b)).collect()),
        MergeKind::Average => Ok(exact(Interval::plus)?.mapv(|bits| scaled(bits, 0.5))),
        MergeKind::Mean(terms) => {
            Ok(exact(Interval::plus)?.mapv(|bits| scaled(bits, 1.0 / f64::from(terms.max(1)))))
        }
    }
}

/// A sum times a factor up to 1.
fn scaled(bits: Kif, factor: f64) -> Kif {
    let exponent = factor.log2();
    let shift = -(exponent.trunc() as i32);
    let is_shift = exponent.fract() == 0.0;
    Kif {
        integer: bits.integer - shift,
        fractional: if is_shift { bits.fractional + shift } else { Kif::ANY.fractional },
        ..bits
    }
}

fn activated(op: &Activation, bits: Kif) -> Kif {
    let endless = Kif { fractional: Kif::ANY.fractional, ..bits };
    match op.function {
        Function::Linear => bits,
        Function::Relu => Kif { signed: false, ..bits },
        Function::Tanh => Kif { integer: bits.integer.min(1), ..endless },
        Function::Sigmoid => Kif { signed: false, integer: bits.integer.min(1), ..endless },
        // hls4ml stops at the others.
        Function::Relu6 => {
            Kif { signed: false, integer: bits.integer.min(3), fractional: bits.fractional.max(-1) }
        }
        Function::BinaryTanh => Kif { signed: true, integer: 1, fractional: 0 },
        Function::Softplus
        | Function::Softsign
        | Function::Selu
        | Function::Gelu
        | Function::Swish
        | Function::Mish
        | Function::Exponential => Kif::ANY,
    }
}

fn parametrized(op: &ParametrizedActivation, bits: Kif) -> Kif {
    let parameter = Kif::of_constant(op.parameter);
    let signed = bits.signed && op.parameter > 0.0;
    match op.function {
        ParametrizedFunction::LeakyRelu => Kif {
            signed,
            integer: bits.integer + (parameter.integer - 1).max(0),
            fractional: bits.fractional + parameter.fractional.max(0),
        },
        ParametrizedFunction::ThresholdedRelu => {
            let most = bits.max(parameter);
            Kif { signed: bits.signed && parameter.signed, ..most }
        }
        ParametrizedFunction::Elu => {
            Kif { signed, integer: bits.integer.max(parameter.integer), fractional: Kif::ANY.fractional }
        }
    }
}

/// A slope for each element; hls4ml stops here.
fn sloped(node: &Node<PrecisionSpec>, op: &PRelu, input: &Kifs) -> Bits {
    let slopes = constants(node, WeightRole::Param)?;
    if slopes.len() != op.n_in || input.len() != op.n_in {
        return Err(Obstacle::Shape);
    }
    let bits = input.iter().zip(&slopes).map(|(&bits, &slope)| {
        let below = Interval { max: 0.0, ..Interval::of(bits) }.times_constant(slope).on_grid();
        let above = Kif { signed: false, ..bits };
        below.kif().map(|below| below.max(above)).ok_or(Obstacle::TooWide)
    });
    tensor(input.shape(), bits.collect::<Result<_, _>>()?)
}

/// The product of entries of two tables.
fn probability(node: &Node<PrecisionSpec>) -> Option<Kif> {
    let table = |role| node.ty(role)?.precision.known();
    let (exponential, reciprocal) = (table(TypeRole::ExpTable)?, table(TypeRole::InvTable)?);
    Some(Kif {
        signed: false,
        integer: exponential.integer() + reciprocal.integer(),
        fractional: exponential.frac() + reciprocal.frac(),
    })
}
