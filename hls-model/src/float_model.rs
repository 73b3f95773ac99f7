//! The model in floating point, without any quantizer: what quantization is compared with.
//!
//! Layers are those of the [`LoweredModel`], with the arrays of the file as they are, in float64. Functions are the real ones: no tables,
//! no rounding, no saturation. What hls4ml ignores in a model is ignored here as well; the conversion's warnings name it.

use crate::graph::op::{
    Activation, Concatenate, Conv, ConvFlavour, Function, GlobalPooling, HardActivation, HardFunction,
    LayerGroup, LayerNormalization, MergeKind, NegativeSide, Op, ParametrizedActivation,
    ParametrizedFunction, PoolOp, Pooling, PowerOfTwo, Softmax, SoftmaxImplementation, TimeDistributed,
    TimePart,
};
use crate::graph::{LayerSpec, LoweredModel, WeightRole};
use ndarray::{Array2, ArrayView2, Axis, Ix2, concatenate, s};
use std::collections::HashMap;

/// Why a model cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("layer \"{layer}\" ({class}) cannot be evaluated in floating point: {reason}")]
pub struct FloatModelError {
    /// The layer.
    pub layer: String,
    /// hls4ml's class.
    pub class: &'static str,
    /// Why not.
    pub reason: String,
}

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
    let given = model.inputs.iter().cloned().zip(inputs.iter().map(|array| array.mapv(f64::from)));
    let mut results: FloatResults = given.collect();
    layers(&model.layers, &mut results)?;
    Ok(results)
}

fn layers(layers: &[LayerSpec], results: &mut FloatResults) -> Result<(), FloatModelError> {
    for spec in layers {
        if matches!(spec.op, Op::Input(_)) {
            continue;
        }
        let layer = Layer { spec };
        let inputs: Option<Vec<&Array2<f64>>> = spec.inputs.iter().map(|name| results.get(name)).collect();
        let inputs = inputs.ok_or_else(|| layer.error("a layer that it reads has no result"))?;
        let result = match &spec.op {
            Op::LayerGroup(group) => {
                let inner = nested(group, &inputs)?;
                let result = inner.get(&group.output).cloned();
                results.extend(inner);
                result.ok_or_else(|| layer.error("its output has no result"))?
            }
            _ => layer.evaluate(&inputs)?,
        };
        results.insert(spec.name.clone(), result);
    }
    Ok(())
}

fn nested(group: &LayerGroup, inputs: &[&Array2<f64>]) -> Result<FloatResults, FloatModelError> {
    let given = group.inputs.iter().cloned().zip(inputs.iter().map(|&array| array.clone()));
    let mut results: FloatResults = given.collect();
    layers(&group.layers, &mut results)?;
    Ok(results)
}

#[derive(Clone, Copy)]
struct Layer<'a> {
    spec: &'a LayerSpec,
}

impl Layer<'_> {
    fn error(self, reason: impl Into<String>) -> FloatModelError {
        let (layer, class) = (self.spec.name.clone(), self.spec.op.class_name());
        FloatModelError { layer, class, reason: reason.into() }
    }

    /// An array of weights in C order; empty where the layer has none.
    fn weights(self, role: WeightRole) -> Vec<f64> {
        let weight = self.spec.weights.iter().find(|weight| weight.role == role);
        let values = weight.and_then(|weight| weight.values.as_ref());
        values.map(|values| values.data.iter().copied().collect()).unwrap_or_default()
    }

    fn evaluate(self, inputs: &[&Array2<f64>]) -> Result<Array2<f64>, FloatModelError> {
        let x = *inputs.first().ok_or_else(|| self.error("it reads nothing"))?;
        let second = || inputs.get(1).copied().ok_or_else(|| self.error("it reads one value instead of two"));
        match &self.spec.op {
            Op::Dense(dense) => self.product(x, WeightRole::Weight, dense.n_in, dense.n_out),
            Op::Conv(conv) => self.convolution(x, conv, WeightRole::Weight),
            Op::SeparableConv(op) => {
                let between = self.depthwise(x, &op.depthwise, WeightRole::Depthwise, &[]);
                self.convolution(&between, &op.pointwise, WeightRole::Pointwise)
            }
            Op::Pooling(op) => Ok(pooling(x, op)),
            Op::GlobalPooling(op) => Ok(global_pooling(x, op)),
            Op::ZeroPadding(op) => Ok(copied(x, self.len(), |i| op.source(i))),
            Op::Cropping(op) => Ok(copied(x, self.len(), |i| Some(op.source(i)))),
            Op::Resize(op) => Ok(copied(x, self.len(), |i| Some(op.source(i)))),
            Op::Transpose(op) => Ok(copied(x, self.len(), |i| Some(op.source(i)))),
            Op::Embedding(op) => {
                let table = self.weights(WeightRole::Embeddings);
                let row = |x: f64| (x.max(0.0) as usize).min(op.vocab_size.saturating_sub(1));
                Ok(Array2::from_shape_fn((x.nrows(), op.n_in * op.n_out), |(sample, i)| {
                    table[row(x[(sample, i / op.n_out)]) * op.n_out + i % op.n_out]
                }))
            }
            Op::LayerNormalization(op) => Ok(self.layer_normalization(x, op)),
            Op::TimeDistributed(op) => self.time_steps(x, op),
            Op::Activation(op) => Ok(x.mapv(|x| function(op, x))),
            Op::HardActivation(op) => Ok(x.mapv(|x| hard(op, x))),
            Op::ParametrizedActivation(op) => Ok(x.mapv(|x| parametrized(op, x))),
            Op::PRelu(_) => {
                let slopes = self.weights(WeightRole::Param);
                Ok(self.by_channel(x, |x, i| if x > 0.0 { x } else { x * slopes[i % slopes.len()] }))
            }
            Op::TernaryTanh(op) => Ok(x.mapv(|x| f64::from(x > op.threshold) - f64::from(x < -op.threshold))),
            Op::PowerOfTwo(op) => Ok(x.mapv(|x| unrounded(op, x))),
            Op::Softmax(op) => softmax(x, op).ok_or_else(|| self.error("its slices do not divide its input")),
            Op::BatchNormalization(_) | Op::ApplyAlpha(_) => {
                let (scale, bias) = (self.weights(WeightRole::Scale), self.weights(WeightRole::Bias));
                Ok(self.by_channel(x, |x, i| x * scale[i % scale.len()] + bias[i % bias.len()]))
            }
            Op::Merge(op) => Ok(merge(x, second()?, op.kind)),
            Op::Concatenate(op) => self.concatenate(x, second()?, op),
            Op::Dot(_) => Ok((x * second()?).sum_axis(Axis(1)).insert_axis(Axis(1))),
            Op::Reshape(_) => Ok(x.clone()),
            Op::Input(_) | Op::QuantizedTanh(_) | Op::LayerGroup(_) => {
                Err(self.error("it is not part of a model as a file describes it"))
            }
        }
    }

    /// Elements of the result.
    fn len(self) -> usize {
        self.spec.shape.iter().product()
    }

    fn convolution(
        self,
        x: &Array2<f64>,
        conv: &Conv,
        role: WeightRole,
    ) -> Result<Array2<f64>, FloatModelError> {
        match conv.flavour {
            ConvFlavour::Depthwise => Ok(self.depthwise(x, conv, role, &self.weights(WeightRole::Bias))),
            _ => self.product(&windows(x, conv), role, conv.kernel_size() * conv.n_chan, conv.n_filt),
        }
    }

    /// Each channel by itself; without a bias where there is none.
    fn depthwise(self, x: &Array2<f64>, conv: &Conv, role: WeightRole, bias: &[f64]) -> Array2<f64> {
        let weights = self.weights(role);
        let windows = windows(x, conv);
        let n_in = conv.kernel_size() * conv.n_chan;
        Array2::from_shape_fn((x.nrows(), conv.output_pixels() * conv.n_filt), |(sample, i)| {
            let (pixel, filter) = (i / conv.n_filt, i % conv.n_filt);
            let channel = filter / conv.depth_multiplier().max(1);
            let products = (0..conv.kernel_size()).map(|tap| {
                windows[(sample, pixel * n_in + tap * conv.n_chan + channel)]
                    * weights[conv.weight_index(tap, channel, filter)]
            });
            products.sum::<f64>() + bias.get(filter).copied().unwrap_or(0.0)
        })
    }

    fn layer_normalization(self, x: &Array2<f64>, op: &LayerNormalization) -> Array2<f64> {
        let (scale, bias) = (self.weights(WeightRole::Scale), self.weights(WeightRole::Bias));
        let epsilon = 10_f64.powf(-f64::from(op.epsilon_power_of_10));
        let dim = op.dim().max(1);
        let mut y = x.clone();
        for mut sample in y.rows_mut() {
            for mut vector in sample.exact_chunks_mut(dim) {
                let mean = vector.sum() / dim as f64;
                let variance = vector.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / dim as f64;
                let deviation = (variance + epsilon).sqrt();
                vector
                    .iter_mut()
                    .enumerate()
                    .for_each(|(i, x)| *x = (*x - mean) / deviation * scale[i] + bias[i]);
            }
        }
        y
    }

    /// The layer inside, for each time step.
    fn time_steps(self, x: &Array2<f64>, op: &TimeDistributed) -> Result<Array2<f64>, FloatModelError> {
        let TimePart::Whole { inner, .. } = &op.part else {
            return Err(self.error("it is not part of a model as a file describes it"));
        };
        let (samples, steps) = (x.nrows(), op.n_time_steps.max(1));
        let shape = || self.error("its time steps do not divide its input");
        let each = x.to_shape((samples * steps, x.ncols() / steps)).map_err(|_| shape())?.into_owned();
        let result = Layer { spec: inner }.evaluate(&[&each])?;
        let elements = result.ncols() * steps;
        result.into_shape_with_order((samples, elements)).map_err(|_| shape())
    }

    /// Each vector of `n_in` elements times the kernel, plus the bias.
    fn product(
        self,
        x: &Array2<f64>,
        role: WeightRole,
        n_in: usize,
        n_out: usize,
    ) -> Result<Array2<f64>, FloatModelError> {
        let samples = x.nrows();
        let shape = || self.error("its arrays do not fit its input");
        let kernel = Array2::from_shape_vec((n_in, n_out), self.weights(role)).map_err(|_| shape())?;
        let vectors = x.len().checked_div(n_in).ok_or_else(shape)?;
        let vectors = x.to_shape((vectors, n_in)).map_err(|_| shape())?;
        let mut products = vectors.dot(&kernel);
        let bias = self.weights(WeightRole::Bias);
        if bias.len() == n_out {
            products
                .rows_mut()
                .into_iter()
                .for_each(|mut row| row.iter_mut().zip(&bias).for_each(|(y, b)| *y += b));
        }
        let elements = products.len() / samples.max(1);
        products.into_shape_with_order((samples, elements)).map_err(|_| shape())
    }

    /// A function of an element and its place.
    fn by_channel(self, x: &Array2<f64>, f: impl Fn(f64, usize) -> f64) -> Array2<f64> {
        Array2::from_shape_fn(x.raw_dim(), |at: <Ix2 as ndarray::Dimension>::Pattern| f(x[at], at.1))
    }

    fn concatenate(
        self,
        first: &Array2<f64>,
        second: &Array2<f64>,
        op: &Concatenate,
    ) -> Result<Array2<f64>, FloatModelError> {
        let runs = op.runs();
        let repeats = first.ncols() / runs[0].max(1);
        let mut columns = Vec::with_capacity(2 * repeats);
        for repeat in 0..repeats {
            for (tensor, run) in [first, second].into_iter().zip(runs) {
                columns.push(tensor.slice(s![.., repeat * run..(repeat + 1) * run]));
            }
        }
        concatenate(Axis(1), &columns).map_err(|e| self.error(e.to_string()))
    }
}

/// What lies under the filter, pixel after pixel: `[filter, n_chan]` each.
fn windows(x: &Array2<f64>, conv: &Conv) -> Array2<f64> {
    let pixels = (0..conv.output_pixels()).flat_map(|pixel| conv.window(pixel));
    let places: Vec<Option<usize>> = pixels
        .flat_map(|pixel| (0..conv.n_chan).map(move |channel| Some(pixel? * conv.n_chan + channel)))
        .collect();
    let at = |sample, i: usize| places[i].map_or(0.0, |place| x[(sample, place)]);
    Array2::from_shape_fn((x.nrows(), places.len()), |(sample, i)| at(sample, i))
}

/// For each element of the result one of the input, or zero.
fn copied(x: &Array2<f64>, elements: usize, source: impl Fn(usize) -> Option<usize>) -> Array2<f64> {
    let sources: Vec<_> = (0..elements).map(source).collect();
    Array2::from_shape_fn((x.nrows(), elements), |(sample, i)| sources[i].map_or(0.0, |at| x[(sample, at)]))
}

/// The largest of some elements, or their mean.
fn pooled(op: PoolOp, elements: impl Iterator<Item = f64>) -> f64 {
    let elements: Vec<f64> = elements.collect();
    match op {
        PoolOp::Max => elements.into_iter().fold(f64::NEG_INFINITY, f64::max),
        PoolOp::Average => elements.iter().sum::<f64>() / elements.len().max(1) as f64,
    }
}

fn pooling(x: &Array2<f64>, op: &Pooling) -> Array2<f64> {
    let pixels: usize = op.axes().map(|axis| axis.output).product();
    Array2::from_shape_fn((x.nrows(), pixels * op.n_filt), |(sample, i)| {
        let (pixel, channel) = (i / op.n_filt, i % op.n_filt);
        pooled(op.op, op.window(pixel).flatten().map(|pixel| x[(sample, pixel * op.n_filt + channel)]))
    })
}

fn global_pooling(x: &Array2<f64>, op: &GlobalPooling) -> Array2<f64> {
    Array2::from_shape_fn((x.nrows(), op.n_filt), |(sample, channel)| {
        pooled(op.op, (0..op.pixels()).map(|pixel| x[(sample, pixel * op.n_filt + channel)]))
    })
}

fn function(op: &Activation, x: f64) -> f64 {
    match op.function {
        Function::Linear => x,
        Function::Relu => x.max(0.0),
        Function::Relu6 => x.clamp(0.0, 6.0),
        Function::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Function::Tanh => x.tanh(),
        // Without overflow for large numbers.
        Function::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
        Function::Softsign => x / (1.0 + x.abs()),
        Function::Selu => SELU_LAMBDA * if x > 0.0 { x } else { SELU_ALPHA * x.exp_m1() },
        Function::Gelu => gelu(x),
        Function::Swish => x / (1.0 + (-x).exp()),
        Function::BinaryTanh => {
            if x >= 0.0 {
                1.0
            } else {
                -1.0
            }
        }
    }
}

/// x · Φ(x), Φ being the distribution function of the normal distribution.
pub(crate) fn gelu(x: f64) -> f64 {
    0.5 * x * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// λ and α of Klambauer et al. 2017, "Self-Normalizing Neural Networks".
pub(crate) const SELU_LAMBDA: f64 = 1.050_700_987_355_480_493_419_334_985_294_6;
pub(crate) const SELU_ALPHA: f64 = 1.673_263_242_354_377_284_817_042_991_671_7;

fn hard(op: &HardActivation, x: f64) -> f64 {
    let y = (op.slope * x + op.shift).clamp(0.0, 1.0);
    match op.function {
        HardFunction::Sigmoid => y,
        HardFunction::Tanh => 2.0 * y - 1.0,
    }
}

fn parametrized(op: &ParametrizedActivation, x: f64) -> f64 {
    match op.function {
        ParametrizedFunction::LeakyRelu if x > 0.0 => x,
        ParametrizedFunction::LeakyRelu => op.parameter * x,
        ParametrizedFunction::ThresholdedRelu if x > op.parameter => x,
        ParametrizedFunction::ThresholdedRelu => 0.0,
        ParametrizedFunction::Elu if x >= 0.0 => x,
        ParametrizedFunction::Elu => op.parameter * x.exp_m1(),
    }
}

/// What is rounded to a power of two.
fn unrounded(op: &PowerOfTwo, x: f64) -> f64 {
    match op.negative {
        _ if x >= 0.0 => x,
        NegativeSide::Lowest => 0.0,
        NegativeSide::Mirrored { shift } => x * f64::from(-shift).exp2(),
    }
}

fn merge(a: &Array2<f64>, b: &Array2<f64>, kind: MergeKind) -> Array2<f64> {
    let elements = a.ncols().max(b.ncols());
    Array2::from_shape_fn((a.nrows(), elements), |(sample, i)| {
        let (a, b) = (a[(sample, i % a.ncols())], b[(sample, i % b.ncols())]);
        match kind {
            MergeKind::Add => a + b,
            MergeKind::Subtract => a - b,
            MergeKind::Multiply => a * b,
            MergeKind::Average => (a + b) / 2.0,
            MergeKind::Maximum => a.max(b),
            MergeKind::Minimum => a.min(b),
        }
    })
}

/// The softmax itself, or one where the first largest number is if that is what is asked for.
fn softmax(x: &Array2<f64>, op: &Softmax) -> Option<Array2<f64>> {
    let n = op.n_slice().filter(|&n| n > 0)?;
    let mut y = x.clone();
    for mut sample in y.rows_mut() {
        for (outer, inner) in
            (0..op.n_outer).flat_map(|outer| (0..op.n_inner).map(move |inner| (outer, inner)))
        {
            let places = (0..n).map(|j| (outer * n + j) * op.n_inner + inner);
            let slice: Vec<f64> = places.clone().map(|place| sample[place]).collect();
            let maximum = slice.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let first = slice.iter().position(|&x| x == maximum);
            let sum: f64 = slice.iter().map(|x| (x - maximum).exp()).sum();
            for (j, place) in places.enumerate() {
                sample[place] = match op.implementation {
                    SoftmaxImplementation::Argmax => f64::from(u8::from(Some(j) == first)),
                    _ => (slice[j] - maximum).exp() / sum,
                };
            }
        }
    }
    Some(y)
}
