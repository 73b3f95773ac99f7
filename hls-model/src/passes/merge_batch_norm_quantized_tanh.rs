//! A batch normalization and the binary or ternary activation after it become comparisons.

use super::Outcome;
use crate::build::NewNode;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::op::{Activation, Function, QuantizedLevels, QuantizedTanh, TernaryTanh};
use crate::graph::{Draft, NamedType, NodeId, Op, TensorId, Values, Weight, WeightRole, WeightSpec};
use crate::precision::{Precision, PrecisionSpec};

/// Replaces both by one layer with the thresholds at which the activation changes its value.
pub(super) fn merge_batch_norm_quantized_tanh(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let (levels, threshold) = match &graph.node(id).op {
        Op::Activation(Activation { function: Function::BinaryTanh, .. }) => (QuantizedLevels::Binary, 0.5),
        Op::TernaryTanh(TernaryTanh { threshold, .. }) => (QuantizedLevels::Ternary, *threshold),
        _ => return Ok(Outcome::Continue),
    };
    let input = graph.node(id).inputs[0];
    let Some(norm) = graph.producer(input).filter(|&p| graph.node(p).op.is_affine()) else {
        return Ok(Outcome::Continue);
    };
    if !graph.has_one_reader(input) {
        return Ok(Outcome::Continue);
    }
    if levels == QuantizedLevels::Binary && gets_zeros(graph, graph.node(id).outputs[0]) {
        return Ok(Outcome::Continue);
    }
    let Some(new) = merged(graph, norm, levels, threshold) else { return Ok(Outcome::Continue) };
    let new = graph.make_node(new, lookup)?;
    graph.remove(norm);
    graph.replace(id, new);
    Ok(Outcome::Restart)
}

/// Whether a transposed convolution puts zeros between these pixels, which a bit for -1 and +1 cannot be.
fn gets_zeros(graph: &Draft, tensor: TensorId) -> bool {
    graph.consumers(tensor).into_iter().any(|reader| {
        let node = graph.node(reader);
        let passes_on = node.op.takes_input_type() || matches!(node.op, Op::Pooling(_));
        match &node.op {
            Op::ZeroPadding(padding) if padding.spreads() => true,
            _ => passes_on && node.outputs.iter().any(|&output| gets_zeros(graph, output)),
        }
    })
}

fn merged(graph: &Draft, norm: NodeId, levels: QuantizedLevels, ternary_threshold: f64) -> Option<NewNode> {
    let node = graph.node(norm);
    let (Op::BatchNormalization(op) | Op::ApplyAlpha(op)) = &node.op else { return None };
    let input = graph.tensor(node.inputs[0]);
    let (scale, bias) = (node.weight(WeightRole::Scale)?, node.weight(WeightRole::Bias)?);
    let frac = input.ty.precision.known()?.frac();
    let precision = input.ty.precision;
    let index = graph.next_index();
    let weight = |role: WeightRole, type_name: String, values: Values| WeightSpec {
        ty: Some(NamedType::new(type_name, precision)),
        ..WeightSpec::new(role, Some(on_grid(&values, frac)), None)
    };
    let centre = bias.values.map(|b| -b).zip(&scale.values, |b, s| b / s)?;
    let weights = match levels {
        QuantizedLevels::Binary => vec![weight(WeightRole::Threshold, format!("threshold{index}_t"), centre)],
        QuantizedLevels::Ternary => vec![
            weight(
                WeightRole::ThresholdHigh,
                format!("threshold_hi_{index}_t"),
                offset(&centre, scale, ternary_threshold)?,
            ),
            weight(
                WeightRole::ThresholdLow,
                format!("threshold_lo_{index}_t"),
                offset(&centre, scale, -ternary_threshold)?,
            ),
        ],
    };
    Some(NewNode {
        name: format!("bnbt_{}", node.name),
        config_name: format!("bnbt_{}", node.config_name),
        source_class: None,
        op: Op::QuantizedTanh(QuantizedTanh { n_in: op.n_in, n_filt: op.n_filt, levels }),
        inputs: node.inputs.clone(),
        shape: input.shape.clone(),
        weights,
        result: Some(match levels {
            QuantizedLevels::Binary => Precision::Xnor.into(),
            QuantizedLevels::Ternary => Precision::int(2).into(),
        }),
        trace: node.trace,
        activation_quantizer: None,
    })
}

fn offset(centre: &Values, scale: &Weight<PrecisionSpec>, threshold: f64) -> Option<Values> {
    scale.values.map(|s| threshold / s).zip(centre, |t, c| t + c)
}

/// Rounded down to the grid of what the thresholds are compared with.
fn on_grid(values: &Values, frac: i32) -> Values {
    let unit = 2f64.powi(frac);
    values.map(|v| v * unit).map(f64::floor).map(|v| v / unit)
}
