//! Attributes that the configuration sets on individual layers.

use serde_json::Value;

use crate::config::{Lookup, Scope};
use crate::error::ConvertError;
use crate::graph::Op;
use crate::graph::op::{
    Cell, CellSharing, Recurrent, Softmax, SoftmaxImplementation, TimeOrder, TimeParallelism,
};
use crate::precision::PrecisionSpec;

/// Variances beyond 2⁻³⁰ are too small for any table.
const MAX_RANGE_POWER: u32 = 30;

/// The attribute of a convolution that says how many pixels are computed in parallel.
pub(crate) const PARALLELIZATION: &str = "parallelization_factor";

/// The operation with the attributes that the configuration sets.
///
/// # Errors
/// It sets one to an impossible value.
pub(crate) fn configured_op(op: &Op, lookup: &Lookup, scope: Scope<'_>) -> Result<Op, ConvertError> {
    let mut op = op.clone();
    if op.table_size().is_some()
        && let Some(value) = lookup.attribute(scope, "table_size")
    {
        let size = value.as_u64().filter(|n| (2..=1 << 24).contains(n));
        let size =
            size.ok_or_else(|| bad(scope, "TableSize", "a number of entries from 2 to 16777216", value))?;
        op.set_table_size(size);
    }
    for (attribute, number) in op.numbers() {
        if let Some(value) = lookup.attribute(scope, attribute) {
            *number = value.as_f64().ok_or_else(|| bad(scope, attribute, "a number", value))?;
        }
    }
    match &mut op {
        Op::Conv(conv) => {
            if let Some(factor) = lookup.natural_attribute(scope, PARALLELIZATION)? {
                conv.parallelization_factor = factor;
            }
        }
        Op::Softmax(softmax) => configure_softmax(softmax, lookup, scope)?,
        Op::LayerNormalization(norm) => {
            if let Some(value) = lookup.attribute(scope, "table_range_power2") {
                norm.table_range_power2 = range_power(value, scope)?;
            }
        }
        Op::TimeDistributed(block) => {
            block.parallelism = loop_parallelism(lookup, scope)?.unwrap_or_default();
        }
        Op::Recurrent(recurrent) => configure_recurrent(recurrent, lookup, scope)?,
        Op::Bidirectional(both) => {
            for direction in both.each_mut() {
                direction.sharing = sharing(lookup, scope)?;
            }
        }
        Op::Resize(_) => {
            let algorithm = lookup.attribute(scope, "algorithm");
            if let Some(value) = algorithm.filter(|value| value.as_str() != Some("nearest")) {
                return Err(bad(scope, "Algorithm", "nearest", value));
            }
        }
        Op::Input(_)
        | Op::Dense(_)
        | Op::SeparableConv(_)
        | Op::Pooling(_)
        | Op::GlobalPooling(_)
        | Op::ZeroPadding(_)
        | Op::Cropping(_)
        | Op::Transpose(_)
        | Op::Embedding(_)
        | Op::Activation(_)
        | Op::HardActivation(_)
        | Op::ParametrizedActivation(_)
        | Op::PRelu(_)
        | Op::TernaryTanh(_)
        | Op::PowerOfTwo(_)
        | Op::FixedPointQuantizer(_)
        | Op::EinsumDense(_)
        | Op::Einsum(_)
        | Op::UnaryLut(_)
        | Op::FunctionSum(_)
        | Op::BatchNormalization(_)
        | Op::ApplyAlpha(_)
        | Op::QuantizedTanh(_)
        | Op::Merge(_)
        | Op::Concatenate(_)
        | Op::Dot(_)
        | Op::Reshape(_)
        | Op::Repack(_)
        | Op::Clone(_)
        | Op::Broadcast(_)
        | Op::LayerGroup(_) => {}
    }
    for (role, _) in op.fixed_types() {
        if let Some(value) = lookup.attribute(scope, role.attribute()) {
            let parsed = value.as_str().and_then(|s| s.parse::<PrecisionSpec>().ok());
            if !matches!(parsed, Some(PrecisionSpec::Is(_))) {
                return Err(bad(scope, role.attribute(), "a precision such as \"fixed<18,8>\"", value));
            }
        }
    }
    Ok(op)
}

fn configure_softmax(softmax: &mut Softmax, lookup: &Lookup, scope: Scope<'_>) -> Result<(), ConvertError> {
    softmax.skip = flag(lookup, scope, "skip")?.unwrap_or(false);
    if let Some(value) = lookup.attribute(scope, "implementation") {
        let known = value.as_str().and_then(|s| SoftmaxImplementation::from_name(&s.to_lowercase()));
        let expected = "latency, stable, legacy, argmax or precise";
        let asked = known.ok_or_else(|| bad(scope, "Implementation", expected, value))?;
        // "stable" is in every generated configuration, also in that of a softmax whose file has no type for distances to the maximum.
        // (hls4ml stops there.)
        let is_stable_in_file = softmax.tables.is_none_or(|tables| tables.input_norm.is_some());
        if asked != SoftmaxImplementation::Stable || is_stable_in_file {
            softmax.implementation = asked;
        }
    }
    Ok(())
}

fn configure_recurrent(
    recurrent: &mut Recurrent,
    lookup: &Lookup,
    scope: Scope<'_>,
) -> Result<(), ConvertError> {
    recurrent.sharing = sharing(lookup, scope)?;
    if recurrent.cell == Cell::Simple
        && let Some(value) = lookup.attribute(scope, "direction")
    {
        let named = |order: &TimeOrder| value.as_str() == Some(order.as_str());
        let order = TimeOrder::ALL.into_iter().find(named);
        // "forward" is in every generated configuration, also in that of a layer which the model lets go backwards.
        match order.ok_or_else(|| bad(scope, "Direction", "forward or backward", value))? {
            TimeOrder::Backward => recurrent.order = TimeOrder::Backward,
            TimeOrder::Forward => {}
        }
    }
    Ok(())
}

/// `Static`: whether the time steps share one circuit.
fn sharing(lookup: &Lookup, scope: Scope<'_>) -> Result<CellSharing, ConvertError> {
    Ok(match flag(lookup, scope, "static")? {
        None | Some(true) => CellSharing::Shared,
        Some(false) => CellSharing::PerStep,
    })
}

fn range_power(value: &Value, scope: Scope<'_>) -> Result<u32, ConvertError> {
    let power = value.as_u64().and_then(|n| u32::try_from(n).ok()).filter(|&n| n <= MAX_RANGE_POWER);
    power.ok_or_else(|| bad(scope, "TableRangePower2", "a power of two from 0 to 30", value))
}

/// What the configuration says about the loop over time steps.
///
/// # Errors
/// It says something else.
pub(crate) fn loop_parallelism(
    lookup: &Lookup,
    scope: Scope<'_>,
) -> Result<Option<TimeParallelism>, ConvertError> {
    let Some(value) = lookup.attribute(scope, "time_step_loop_parallelism") else { return Ok(None) };
    let known = value.as_str().and_then(TimeParallelism::from_name);
    let expected = "Off, Unroll or Pipeline";
    known.map(Some).ok_or_else(|| bad(scope, "TimeStepLoopParallelism", expected, value))
}

/// A truth value that the configuration sets as an attribute of the layer.
///
/// # Errors
/// It is something else.
pub(crate) fn flag(lookup: &Lookup, scope: Scope<'_>, key: &str) -> Result<Option<bool>, ConvertError> {
    match lookup.attribute(scope, key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(value) => match value.as_u64() {
            Some(n) if n <= 1 => Ok(Some(n == 1)),
            _ => Err(bad(scope, key, "true or false", value)),
        },
    }
}

fn bad(scope: Scope<'_>, key: &str, expected: &'static str, found: &Value) -> ConvertError {
    ConvertError::Attribute { layer: scope.name.into(), key: key.into(), expected, found: found.to_string() }
}
