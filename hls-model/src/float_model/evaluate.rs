//! Layer after layer, and what each of them is.

use std::collections::HashMap;

use ndarray::{Array2, ArrayView2};

use super::layer::{Arithmetic, FloatLayer, FloatModelError};
use super::{
    elementwise, embedding, function_sums, merge, moves, normalization, pooling, products, recurrence,
    softmax,
};
use crate::graph::op::{LayerGroup, Op, TimeDistributed, TimePart};
use crate::graph::{LayerSpec, LoweredModel, WeightRole};

/// The results of all layers, by the layer's name: `[samples, elements]`.
pub type FloatResults = HashMap<String, Array2<f64>>;

/// Evaluates samples: for each input of the model an array `[samples, elements]`.
///
/// # Errors
/// An array or a layer does not fit the model.
pub fn evaluate(
    model: &LoweredModel,
    inputs: &[ArrayView2<'_, f32>],
) -> Result<FloatResults, FloatModelError> {
    evaluate_in(Arithmetic::Float, model, inputs)
}

pub(super) fn evaluate_in(
    arithmetic: Arithmetic,
    model: &LoweredModel,
    inputs: &[ArrayView2<'_, f32>],
) -> Result<FloatResults, FloatModelError> {
    let given = model.inputs.iter().cloned().zip(inputs.iter().map(|array| array.mapv(f64::from)));
    let mut results: FloatResults = given.collect();
    layers(arithmetic, &model.layers, &mut results)?;
    Ok(results)
}

fn layers(
    arithmetic: Arithmetic,
    layers: &[LayerSpec],
    results: &mut FloatResults,
) -> Result<(), FloatModelError> {
    for spec in layers {
        if matches!(spec.op, Op::Input(_)) {
            continue;
        }
        let layer = FloatLayer { spec, arithmetic };
        let inputs: Option<Vec<&Array2<f64>>> = spec.inputs.iter().map(|name| results.get(name)).collect();
        let inputs = inputs.ok_or_else(|| layer.error("a layer that it reads has no result"))?;
        let result = match &spec.op {
            Op::LayerGroup(group) => {
                let inner = nested(arithmetic, group, &inputs)?;
                let result = inner.get(&group.output).cloned();
                results.extend(inner);
                result.ok_or_else(|| layer.error("its output has no result"))?
            }
            _ => compute(layer, &inputs, &shapes(layers, spec))?,
        };
        results.insert(spec.name.clone(), result);
    }
    Ok(())
}

/// The shapes of what a layer reads.
fn shapes<'a>(layers: &'a [LayerSpec], spec: &LayerSpec) -> Vec<&'a [usize]> {
    let shape = |name: &String| layers.iter().find(|layer| layer.name == *name).map(|layer| &layer.shape[..]);
    spec.inputs.iter().filter_map(shape).collect()
}

fn nested(
    arithmetic: Arithmetic,
    group: &LayerGroup,
    inputs: &[&Array2<f64>],
) -> Result<FloatResults, FloatModelError> {
    let given = group.inputs.iter().cloned().zip(inputs.iter().map(|&array| array.clone()));
    let mut results: FloatResults = given.collect();
    layers(arithmetic, &group.layers, &mut results)?;
    Ok(results)
}

/// What one layer makes of its inputs. Families are in files named like those of `arith`.
fn compute(
    layer: FloatLayer<'_>,
    inputs: &[&Array2<f64>],
    shapes: &[&[usize]],
) -> Result<Array2<f64>, FloatModelError> {
    let x = *inputs.first().ok_or_else(|| layer.error("it reads nothing"))?;
    if let (Arithmetic::Quantized, Some(quantizer)) = (layer.arithmetic, &layer.spec.activation_quantizer) {
        return elementwise::quantized(layer, x, quantizer);
    }
    let second = || inputs.get(1).copied().ok_or_else(|| layer.error("it reads one value instead of two"));
    match &layer.spec.op {
        Op::Dense(dense) => products::dense(layer, x, dense),
        Op::Conv(conv) => products::convolution(layer, x, conv, WeightRole::Weight),
        Op::SeparableConv(op) => products::separable(layer, x, op),
        Op::Pooling(op) => Ok(pooling::windows(x, op)),
        Op::GlobalPooling(op) => Ok(pooling::global(x, op)),
        Op::ZeroPadding(op) => Ok(moves::copied(x, layer.len(), |i| op.source(i))),
        Op::Cropping(op) => Ok(moves::copied(x, layer.len(), |i| Some(op.source(i)))),
        Op::Resize(op) => Ok(moves::copied(x, layer.len(), |i| Some(op.source(i)))),
        Op::Transpose(op) => Ok(moves::copied(x, layer.len(), |i| Some(op.source(i)))),
        Op::Embedding(op) => Ok(embedding::rows(layer, x, op)),
        Op::LayerNormalization(op) => Ok(normalization::vectors(layer, x, op)),
        Op::Recurrent(op) => recurrence::recurrent(layer, x, op),
        Op::Bidirectional(op) => recurrence::bidirectional(layer, x, op),
        Op::TimeDistributed(op) => time_steps(layer, x, op),
        Op::Activation(op) => Ok(elementwise::activation(op, x)),
        Op::HardActivation(op) => Ok(x.mapv(|x| elementwise::hard(op, x))),
        Op::ParametrizedActivation(op) => Ok(x.mapv(|x| elementwise::parametrized(op, x))),
        Op::PRelu(_) => Ok(elementwise::prelu(layer, x)),
        Op::TernaryTanh(op) => Ok(x.mapv(|x| f64::from(x > op.threshold) - f64::from(x < -op.threshold))),
        Op::PowerOfTwo(op) => Ok(x.mapv(|x| elementwise::unrounded(op, x))),
        Op::Softmax(op) => {
            softmax::softmax(layer, x, op).ok_or_else(|| layer.error("its input does not have its axis"))
        }
        Op::BatchNormalization(_) | Op::ApplyAlpha(_) => Ok(elementwise::scaled(layer, x)),
        Op::Merge(op) => {
            let shapes = shapes.first_chunk().copied().unwrap_or([&layer.spec.shape; 2]);
            merge::pairs([x, second()?], shapes, op.kind)
                .ok_or_else(|| layer.error("the shapes of its inputs cannot be combined"))
        }
        Op::Concatenate(op) => moves::concatenated(layer, x, second()?, op),
        Op::Dot(_) => Ok(merge::dot(x, second()?)),
        Op::Reshape(_) => Ok(x.clone()),
        Op::FixedPointQuantizer(op) => elementwise::fitted(layer, x, op),
        Op::UnaryLut(op) => elementwise::tabulated(layer, x, op),
        Op::FunctionSum(op) => function_sums::sums(layer, x, op),
        Op::EinsumDense(op) => products::einsum_dense(layer, x, op),
        Op::Einsum(op) => Ok(merge::einsum(x, second()?, op)),
        Op::Input(_)
        | Op::QuantizedTanh(_)
        | Op::LayerGroup(_)
        | Op::Repack(_)
        | Op::Clone(_)
        | Op::Broadcast(_) => Err(layer.error("it is not part of a model as a file describes it")),
    }
}

/// The layer inside, for each time step.
fn time_steps(
    layer: FloatLayer<'_>,
    x: &Array2<f64>,
    op: &TimeDistributed,
) -> Result<Array2<f64>, FloatModelError> {
    let TimePart::Whole { inner, .. } = &op.part else {
        return Err(layer.error("it is not part of a model as a file describes it"));
    };
    let (samples, steps) = (x.nrows(), op.n_time_steps.max(1));
    let shape = || layer.error("its time steps do not divide its input");
    let each = x.to_shape((samples * steps, x.ncols() / steps)).map_err(|_| shape())?.into_owned();
    let result = compute(FloatLayer { spec: inner, ..layer }, &[&each], &[])?;
    let elements = result.ncols() * steps;
    result.into_shape_with_order((samples, elements)).map_err(|_| shape())
}
