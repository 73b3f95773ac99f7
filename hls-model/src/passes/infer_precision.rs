//! hls4ml's inference of precisions that the configuration leaves to it (`auto`).
//!
//! Sums and products get as many bits as can never overflow; everything else gets the model's default. Source of
//! the rules: hls4ml 1.3.0, `model/optimizer/passes/infer_precision.py`.

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::fixed::{FixedType, Overflow, Rounding};
use crate::graph::op::{Dot, MergeKind, ParametrizedFunction, PoolOp, Pooling};
use crate::graph::{Draft, NodeId, Op, TypeRole, WeightRole};
use crate::precision::{Precision, PrecisionSpec};

/// Settles every `auto` of a node.
pub(super) fn infer_precision_types(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    let open_result = graph.output_of(id).ty.precision == PrecisionSpec::Auto;
    let open_types = node.types.iter().any(|(_, t)| t.precision == PrecisionSpec::Auto);
    let open_weights = node.weights.iter().any(|w| w.ty.precision == PrecisionSpec::Auto);
    if !(open_result || open_types || open_weights) {
        return Ok(Outcome::Continue);
    }
    let inference = Inference::new(graph, id, lookup)?;
    settle_weights(graph, id, &inference);
    settle_types(graph, id, &inference)?;
    if open_result {
        settle_result(graph, id, &inference)?;
        return Ok(Outcome::Restart);
    }
    Ok(Outcome::Continue)
}

/// What the rules need to know.
struct Inference {
    default: Precision,
    maximum: Option<Precision>,
    inputs: Vec<Precision>,
}

impl Inference {
    fn new(graph: &Draft, id: NodeId, lookup: &Lookup) -> Result<Self, ConvertError> {
        let node = graph.node(id);
        let known = |spec: PrecisionSpec| spec.known().ok_or(ConvertError::Unsettled { flow: "convert" });
        Ok(Self {
            default: known(lookup.default_precision())?,
            maximum: lookup.maximum_precision().and_then(|p| p.known()),
            inputs: node
                .inputs
                .iter()
                .map(|&t| known(graph.tensor(t).ty.precision))
                .collect::<Result<_, _>>()?,
        })
    }

    fn input(&self, index: usize) -> Precision {
        self.inputs.get(index).copied().unwrap_or(self.default)
    }

    /// A plain fixed-point type, within the maximum where there is one.
    fn capped(&self, width: i64, integer: i64, signed: bool) -> FixedType {
        let (mut width, mut integer) = (width, integer);
        if let Some(max) = self.maximum {
            width = width.min(i64::from(max.width()));
            integer = integer.min(i64::from(max.integer()));
        }
        fixed(width, integer, signed)
    }
}

fn fixed(width: i64, integer: i64, signed: bool) -> FixedType {
    let width = u32::try_from(width.max(1)).unwrap_or(u32::MAX);
    let integer = i32::try_from(integer).unwrap_or(i32::MAX);
    if signed { FixedType::signed(width, integer) } else { FixedType::unsigned(width, integer) }
}

/// Bits, integer bits and sign of a number on its way through a formula.
#[derive(Clone, Copy)]
struct Extent {
    width: i64,
    integer: i64,
    signed: bool,
}

impl Extent {
    /// `None` for what the rules do not cover: XNOR and exponent types.
    fn of(precision: Precision) -> Option<Self> {
        match precision {
            Precision::Fixed(_) | Precision::Integer { .. } => Some(Self {
                width: precision.width().into(),
                integer: precision.integer().into(),
                signed: precision.is_signed(),
            }),
            Precision::Xnor | Precision::Exponent { .. } => None,
        }
    }

    fn frac(self) -> i64 {
        self.width - self.integer
    }

    fn times(self, other: Self) -> Self {
        Self {
            width: self.width + other.width,
            integer: self.integer + other.integer,
            signed: self.signed || other.signed,
        }
    }

    /// A sum of `terms` such numbers.
    fn summed(self, terms: usize) -> Self {
        let bits = i64::from(terms.max(1).next_power_of_two().trailing_zeros());
        Self { width: self.width + bits, integer: self.integer + bits, ..self }
    }

    fn plus(self, other: Self) -> Self {
        let extra = |a: Self, b: Self| a.integer + i64::from(b.signed && !a.signed);
        let integer = extra(self, other).max(extra(other, self)) + 1;
        Self { width: integer + self.frac().max(other.frac()), integer, signed: self.signed || other.signed }
    }

    /// The smallest type that holds both.
    fn union(self, other: Self) -> Self {
        let signed = self.signed || other.signed;
        let integer = |e: Self| e.integer + i64::from(signed && !e.signed);
        let integer = integer(self).max(integer(other));
        Self { width: self.frac().max(other.frac()) + integer, integer, signed }
    }
}

fn settle_weights(graph: &mut Draft, id: NodeId, inference: &Inference) {
    let from_input = matches!(graph.node(id).op, Op::PRelu(_));
    for weight in &mut graph.node_mut(id).weights {
        if weight.ty.precision == PrecisionSpec::Auto {
            weight.ty.precision = if from_input { inference.input(0) } else { inference.default }.into();
        }
    }
}

fn settle_types(graph: &mut Draft, id: NodeId, inference: &Inference) -> Result<(), ConvertError> {
    let node = graph.node(id);
    let name = node.name.clone();
    let open = node.types.iter().filter(|(_, t)| t.precision == PrecisionSpec::Auto).map(|(role, _)| *role);
    for role in open.collect::<Vec<_>>() {
        let (precision, rename) = match (role, &graph.node(id).op) {
            (TypeRole::Accum, Op::Dense(_) | Op::Conv(_)) => (product(graph, id, inference), true),
            // hls4ml stops here.
            (TypeRole::Accum, Op::Dot(dot)) => (scalar_product(dot, inference), true),
            (TypeRole::Accum, Op::Pooling(pooling)) => (pooled(pooling, inference), true),
            (TypeRole::Param, Op::ParametrizedActivation(activation)) => match activation.function {
                ParametrizedFunction::ThresholdedRelu => (inference.input(0), false),
                _ => (constant(activation.parameter), false),
            },
            _ => (inference.default, false),
        };
        if let Some(ty) = graph.node_mut(id).ty_mut(role) {
            ty.precision = precision.into();
            if rename {
                ty.name = format!("{name}_{}", role.attribute());
            }
        }
    }
    Ok(())
}

fn settle_result(graph: &mut Draft, id: NodeId, inference: &Inference) -> Result<(), ConvertError> {
    let (first, second) = (inference.input(0), inference.input(1));
    // Layers without a rule keep the name of their type.
    let inferred = match &graph.node(id).op {
        Op::Dense(_) | Op::Conv(_) => Some(product(graph, id, inference)),
        Op::BatchNormalization(_) | Op::ApplyAlpha(_) | Op::LayerNormalization(_) => {
            Some(affine(graph, id, inference))
        }
        Op::Embedding(_) => Some(inference.default),
        Op::Merge(merge) => Some(merged(merge.kind, first, second, inference)),
        Op::Concatenate(_) => Some(concatenated(first, second, inference)),
        Op::Dot(dot) => Some(scalar_product(dot, inference)),
        _ => None,
    };
    let precision = match (&graph.node(id).op, inferred) {
        (
            Op::Reshape(_)
            | Op::Resize(_)
            | Op::Transpose(_)
            | Op::ZeroPadding(_)
            | Op::Pooling(_)
            // hls4ml takes the default here, and its firmware does not compile unless the input has that as well.
            | Op::TimeDistributed(_),
            _,
        ) => first,
        (_, inferred) => inferred.unwrap_or(inference.default),
    };
    let node = graph.node(id);
    let (name, output) = (format!("{}_result_t", node.name), node.outputs[0]);
    let ty = &mut graph.tensor_mut(output).ty;
    ty.precision = precision.into();
    if inferred.is_some() {
        ty.name = name;
    }
    Ok(())
}

fn weight_extent(graph: &Draft, id: NodeId, role: WeightRole) -> Option<Extent> {
    graph.node(id).weight(role).and_then(|w| w.ty.precision.known()).and_then(Extent::of)
}

/// Accumulator and result of a matrix product: a sum of products, plus a bias.
fn product(graph: &Draft, id: NodeId, inference: &Inference) -> Precision {
    let Some(matrix) = graph.node(id).op.matrix() else { return inference.default };
    let extents = (
        Extent::of(inference.input(0)),
        weight_extent(graph, id, WeightRole::Weight),
        weight_extent(graph, id, WeightRole::Bias),
    );
    let (Some(input), Some(weight), Some(bias)) = extents else { return inference.default };
    let sum = input.times(weight).summed(matrix.terms).plus(bias);
    inference.capped(sum.width, sum.integer, sum.signed).into()
}

/// Accumulator and result of a sum of products of two inputs.
fn scalar_product(dot: &Dot, inference: &Inference) -> Precision {
    let extents = Extent::of(inference.input(0)).zip(Extent::of(inference.input(1)));
    let sum = extents.map(|(a, b)| a.times(b).summed(dot.n_in));
    sum.map_or(inference.default, |e| inference.capped(e.width, e.integer, e.signed).into())
}

/// Result of `scale · x + bias`.
fn affine(graph: &Draft, id: NodeId, inference: &Inference) -> Precision {
    let extents = (
        Extent::of(inference.input(0)),
        weight_extent(graph, id, WeightRole::Scale),
        weight_extent(graph, id, WeightRole::Bias),
    );
    let (Some(input), Some(scale), Some(bias)) = extents else { return inference.default };
    let sum = input.times(scale).plus(bias);
    inference.capped(sum.width, sum.integer, sum.signed).into()
}

/// Accumulator of a pooling; hls4ml does not apply the maximum here.
fn pooled(pooling: &Pooling, inference: &Inference) -> Precision {
    let input = inference.input(0);
    match (pooling.op, Extent::of(input)) {
        (PoolOp::Max, _) => input,
        (PoolOp::Average, None) => inference.default,
        (PoolOp::Average, Some(extent)) => {
            let sum = extent.summed(pooling.pool_size());
            // As many bits again behind the point, for the quotient.
            let more = sum.width - extent.width;
            fixed(sum.width + more, sum.integer, sum.signed).into()
        }
    }
}

fn merged(kind: MergeKind, first: Precision, second: Precision, inference: &Inference) -> Precision {
    let extremum = matches!(kind, MergeKind::Maximum | MergeKind::Minimum);
    if extremum && first == second {
        return first;
    }
    let Some((a, b)) = Extent::of(first).zip(Extent::of(second)) else { return inference.default };
    match kind {
        MergeKind::Add | MergeKind::Subtract | MergeKind::Average => {
            let sum = a.plus(b);
            inference.capped(sum.width, sum.integer, sum.signed || kind == MergeKind::Subtract).into()
        }
        MergeKind::Multiply => {
            let product = a.times(b);
            inference.capped(product.width, product.integer, product.signed).into()
        }
        // hls4ml does not apply the maximum here.
        MergeKind::Maximum | MergeKind::Minimum => {
            let union = a.union(b);
            fixed(union.width, union.integer, union.signed).into()
        }
    }
}

/// The union of both, with the modes of the first input that has any.
fn concatenated(first: Precision, second: Precision, inference: &Inference) -> Precision {
    if first == second {
        return first;
    }
    let Some((a, b)) = Extent::of(first).zip(Extent::of(second)) else { return inference.default };
    let union = a.union(b);
    let saturation_bits = |p: Precision| match p {
        Precision::Fixed(ty) => ty.saturation_bits,
        _ => 0,
    };
    let pick_rounding = if first.rounding() != Rounding::Trn { first.rounding() } else { second.rounding() };
    let pick_overflow = if first.overflow() != Overflow::Wrap { first.overflow() } else { second.overflow() };
    let pick_bits =
        if saturation_bits(first) != 0 { saturation_bits(first) } else { saturation_bits(second) };
    FixedType {
        rounding: pick_rounding,
        overflow: pick_overflow,
        saturation_bits: pick_bits,
        ..inference.capped(union.width, union.integer, union.signed)
    }
    .into()
}

/// Bits that a constant may take, besides its sign.
const CONSTANT_WIDTH: i64 = 8;

/// The smallest type for a constant, cut to eight bits.
fn constant(value: f64) -> Precision {
    if value == 0.0 || !value.is_finite() {
        return Precision::ufixed(1, 1);
    }
    let frac = fractional_bits(value);
    let unit = 2f64.powi(-frac);
    let integer = (value + unit).max(-value).log2().ceil() as i64;
    let sign = i64::from(value < 0.0);
    let width = (sign + integer + i64::from(frac)).min(sign + CONSTANT_WIDTH);
    fixed(width, sign + integer, sign == 1).into()
}

/// The smallest `f` for which `value · 2^f` is a whole number (negative for multiples of two).
fn fractional_bits(value: f64) -> i32 {
    let bits = value.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    let mantissa = bits & ((1 << 52) - 1);
    let (mantissa, exponent) = if exponent == 0 { (mantissa, 1) } else { (mantissa | 1 << 52, exponent) };
    // hls4ml searches between -31 and 32.
    (1075 - exponent - mantissa.trailing_zeros() as i32).clamp(-31, 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_get_the_smallest_type() {
        for (value, expected) in [
            (1.0, "ufixed<1,1>"),
            (0.25, "ufixed<1,-1>"),
            (f64::from(0.3f32), "ufixed<8,-1>"),
            (0.0, "ufixed<1,1>"),
            (-0.5, "fixed<1,0>"),
            (3.0, "ufixed<2,2>"),
        ] {
            assert_eq!(constant(value), expected.parse().unwrap(), "{value}");
        }
    }
}
