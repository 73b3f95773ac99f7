//! Layers of HGQ2: hls4ml's reader makes a quantizer for each input, the plain layer with quantized arrays, its activation, and a quantizer for the result.
//!
//! Quantizers are called after their layer (`d0_iq`, `d0_oq`), those of several inputs after nothing: Keras names them `quantizer`, `quantizer_1`, … as
//! it makes them when it reads the file ([`quantizer_names`]).

mod arrays;
mod networks;
mod sums;
mod tables;
mod trained_tables;

use std::collections::HashMap;

use ndarray::ArrayD;

use super::{Lowering, Shape, Source};
use crate::error::ConvertError;
use crate::graph::op::{Contraction, Einsum, FixedPointQuantizer, Op};
use crate::graph::{LayerSpec, LoweredModel, Width, Widths};
use crate::quantizer::{HgqKind, HgqQuantizer, HgqWidths};
use crate::source::keras::config::{self, Hgq, HgqLayer, InputQuantizers, Placed};
use crate::source::keras::{KerasLayer, KerasModel, LayerConfig, NamedArray};
use crate::warning::Warning;

/// The names of the quantizers of layers with several inputs, by the layer: counted over the file, in its order.
pub(super) fn quantizer_names(model: &KerasModel) -> HashMap<String, Vec<String>> {
    let mut count = 0;
    let mut names = HashMap::new();
    for layer in &model.layers {
        if let LayerConfig::Hgq(config) = &layer.config
            && let InputQuantizers::Each(each) = &config.inputs
        {
            let numbered = (count..count + each.len()).map(|n| match n {
                0 => "quantizer".to_owned(),
                n => format!("quantizer_{n}"),
            });
            names.insert(layer.name.clone(), numbered.collect());
            count += each.len();
        }
    }
    names
}

/// The warning for a model of HGQ2 in which arrays are quantized and nothing else: its types do not follow from the file.
pub(super) fn warning_of_open_types(model: &KerasModel, lowered: &LoweredModel) -> Option<Warning> {
    let layer = first_layer(model)?;
    let message = "the model has layers of HGQ2, but no quantizer of their inputs or results, so its types are those of the configuration and \
                   its numbers not exactly the model's; build the layers with enable_iq=True, or begin with a Quantizer";
    (!has_quantizer(&lowered.layers))
        .then(|| Warning { layer: Some(layer.to_owned()), message: message.into() })
}

/// The first layer of HGQ2, also in a model inside.
fn first_layer(model: &KerasModel) -> Option<&str> {
    model.layers.iter().find_map(|layer| match &layer.config {
        LayerConfig::Hgq(_) => Some(layer.name.as_str()),
        LayerConfig::Model(inner) => first_layer(inner),
        _ => None,
    })
}

fn has_quantizer(layers: &[LayerSpec]) -> bool {
    layers.iter().any(|layer| match &layer.op {
        Op::FixedPointQuantizer(_) => true,
        Op::LayerGroup(group) => has_quantizer(&group.layers),
        _ => false,
    })
}

impl Lowering {
    pub(super) fn hgq(&mut self, source: &Source<'_>, config: &Hgq) -> Result<(), ConvertError> {
        if let HgqLayer::Quantizer = &config.layer {
            let [Placed { quantizer, .. }] = &config.quantizers()[..] else {
                return Err(source.unsupported("it has no quantizer".into()));
            };
            return self.lone_quantizer(source, quantizer);
        }
        match &config.layer {
            HgqLayer::Tables(layer) => return self.trained_tables(source, config, layer),
            HgqLayer::Sum(sum) => return self.axis_sum(source, config, sum),
            _ => {}
        }
        let inputs = self.quantized_inputs(source, config)?;
        let keras = source.plain_layer(config)?;
        let plain = Source { inputs, keras: &keras, shapes: source.shapes.clone(), ..*source };
        let first = self.layers.len();
        match &config.layer {
            HgqLayer::BatchNormalization(norm) => self.quantized_normalization(&plain, norm)?,
            HgqLayer::Einsum(equation) => self.einsum(&plain, equation)?,
            HgqLayer::Softmax(softmax) => self.quantized_softmax(&plain, softmax)?,
            HgqLayer::UnaryFunction(function) => self.unary_function(&plain, config, *function)?,
            HgqLayer::AveragePow2 => self.average_pow2(&plain)?,
            _ => self.lower_channels_last(&plain)?,
        }
        self.parallelize(first, config.parallelization_factor);
        let Some(quantizer) = &config.output else { return Ok(()) };
        let names = self.names.of_argument(source.keras, "oq");
        let read = self.results.get(&source.keras.name).cloned();
        let read = read.ok_or_else(|| source.unsupported("it has no result".into()))?;
        let placed = Placed { place: "oq".into(), quantizer };
        let spec = self.quantizer(source, names, &placed, read)?;
        self.results.insert(source.keras.name.clone(), spec.name.clone());
        self.layers.push(spec);
        Ok(())
    }

    /// The quantizers of the inputs, and the names of what the layer reads behind them.
    fn quantized_inputs(&mut self, source: &Source<'_>, config: &Hgq) -> Result<Vec<String>, ConvertError> {
        let quantizers: Vec<&HgqQuantizer> = match &config.inputs {
            InputQuantizers::None => return Ok(source.inputs.clone()),
            InputQuantizers::One(quantizer) => vec![quantizer],
            InputQuantizers::Each(each) => each.iter().collect(),
        };
        if quantizers.len() != source.inputs.len() {
            return Err(source.unsupported(format!(
                "it has quantizers for {} inputs and reads {}; the file is inconsistent",
                quantizers.len(),
                source.inputs.len()
            )));
        }
        let several = matches!(config.inputs, InputQuantizers::Each(_));
        let generated = self.quantizers.get(&source.keras.saved_as).cloned().unwrap_or_default();
        let mut names = Vec::with_capacity(quantizers.len());
        for (at, (quantizer, read)) in quantizers.into_iter().zip(&source.inputs).enumerate() {
            let (own, place) = match (several, generated.get(at)) {
                (true, Some(name)) => (self.names.of_generated(name), format!("iq/{at}")),
                (true, None) => {
                    (self.names.of_argument(source.keras, &format!("iq{at}")), format!("iq/{at}"))
                }
                (false, _) => (self.names.of_argument(source.keras, "iq"), "iq".to_owned()),
            };
            let spec = self.quantizer(source, own, &Placed { place, quantizer }, read.clone())?;
            names.push(spec.name.clone());
            self.layers.push(spec);
        }
        self.warn_of_repeated_input(source, &names);
        Ok(names)
    }

    /// hls4ml knows quantized tensors by what they are made of, so that of several made of one tensor it keeps the last.
    fn warn_of_repeated_input(&mut self, source: &Source<'_>, quantizers: &[String]) {
        let op = |name: &String| {
            let made = self.layers.iter().rev().find(|layer| layer.name == *name);
            made.map(|layer| &layer.op)
        };
        let of_each: Vec<_> = source.inputs.iter().zip(quantizers).collect();
        let replaced = of_each.iter().enumerate().any(|(at, (read, quantizer))| {
            let last = of_each[at..].iter().rev().find(|(other, _)| other == read);
            last.is_some_and(|(_, last)| op(last) != op(quantizer))
        });
        if replaced {
            self.warn(
                &source.keras.name,
                "it reads one tensor several times, with quantizers that differ: hls4ml takes the last of them for all, and its results are not \
                 the model's; here each has its own, as in HGQ2",
            );
        }
    }

    /// A layer that only quantizes.
    fn lone_quantizer(&mut self, source: &Source<'_>, quantizer: &HgqQuantizer) -> Result<(), ConvertError> {
        let placed = Placed { place: "iq".into(), quantizer };
        let shape = source.shape()?.to_vec();
        let of = Shape { tensor: shape.clone(), keras: source.keras_shape()?.to_vec() };
        let op = Op::FixedPointQuantizer(source.quantizer(&placed, &of)?);
        let spec = self.spec(source, "FixedPointQuantizer", op, shape);
        self.add_shaped(spec, &source.keras.name, source.keras_shape()?.to_vec());
        Ok(())
    }

    /// A quantizer of what `read` computes, as a layer that the file does not have.
    fn quantizer(
        &mut self,
        source: &Source<'_>,
        (name, config_name): (String, String),
        placed: &Placed<'_>,
        read: String,
    ) -> Result<LayerSpec, ConvertError> {
        let shape = self.shapes.get(&read).cloned();
        let shape = shape.ok_or_else(|| source.unsupported(format!("no layer computes {read}")))?;
        let op = source.quantizer(placed, &shape)?;
        self.shapes.insert(name.clone(), shape.clone());
        Ok(LayerSpec {
            name,
            config_name,
            source_class: "FixedPointQuantizer".into(),
            op: Op::FixedPointQuantizer(op),
            inputs: vec![read],
            shape: shape.tensor,
            weights: Vec::new(),
            activation_quantizer: None,
            ignored_precisions: Vec::new(),
        })
    }

    /// A sum of two tensors' products, by an equation.
    fn einsum(&mut self, source: &Source<'_>, equation: &str) -> Result<(), ConvertError> {
        let [first, second] = &source.shapes[..] else {
            return Err(
                source.unsupported(format!("it has {} inputs; two are possible", source.shapes.len()))
            );
        };
        let equation = without_batch(equation).map_err(|reason| source.unsupported(reason))?;
        let contraction = Contraction::new(&equation, [&first.tensor, &second.tensor])
            .map_err(|error| source.unsupported(error.to_string()))?;
        let shape = source.sized(contraction.output_shape())?;
        let spec = self.spec(source, "Einsum", Op::Einsum(Einsum { contraction }), shape);
        self.add(spec, &source.keras.name);
        Ok(())
    }

    /// The sum of the inputs, times the power of two that is nearest to one part in their number.
    fn average_pow2(&mut self, source: &Source<'_>) -> Result<(), ConvertError> {
        if !source.inputs.len().is_power_of_two() {
            return Err(source.unsupported(format!(
                "it has {} inputs, and its factor is no mean of them; use a QAdd, or a number of inputs that is a power of two",
                source.inputs.len()
            )));
        }
        self.merge(source, config::MergeOp::Average)
    }

    /// Gives the products among the layers from this one on HGQ2's factor.
    fn parallelize(&mut self, first: usize, factor: i64) {
        for layer in &mut self.layers[first..] {
            let pixels = match &layer.op {
                Op::Softmax(softmax) => softmax.n_outer * softmax.n_inner,
                _ => layer.shape.split_last().map_or(1, |(_, leading)| leading.iter().product::<usize>()),
            };
            let factor = match u64::try_from(factor) {
                Ok(0) | Err(_) => pixels as u64,
                Ok(factor) => factor,
            };
            match &mut layer.op {
                Op::Conv(conv) => conv.parallelization_factor = factor,
                Op::Dense(dense) if layer.shape.len() > 1 => dense.parallelization_factor = Some(factor),
                Op::Softmax(softmax) => {
                    if let Some(tables) = &mut softmax.tables {
                        tables.parallelization_factor = factor;
                    }
                }
                _ => {}
            }
        }
    }
}

/// Widths as hls4ml has them: with the sign bit, for each element of a tensor of this shape or one for all; `None` where they do not fit what
/// Keras takes for its shape.
fn types(widths: &HgqWidths, shape: &Shape) -> Option<Widths> {
    let width = |(signed, integer, fractional): (bool, i32, i32)| {
        let sign = i32::from(signed);
        let bits = sign + integer + fractional;
        Width { signed, bits, integer: if bits > 0 { sign + integer } else { 0 } }
    };
    if widths.is_one() {
        return widths.each().next().map(width).map(Widths::all);
    }
    let each: Vec<Width> = widths.repeated(&[&[1], &shape.keras[..]].concat())?.each().map(width).collect();
    let of = |part: fn(&Width) -> i32| {
        ArrayD::from_shape_vec(&shape.tensor[..], each.iter().map(part).collect()).ok()
    };
    Some(Widths {
        signed: of(|width| i32::from(width.signed))?.mapv(|sign| sign == 1),
        bits: of(|width| width.bits)?,
        integer: of(|width| width.integer)?,
    })
}

/// The equation of a product of two tensors without their batch axis.
fn without_batch(equation: &str) -> Result<String, String> {
    let wrong = || format!("its equation {equation:?} does not begin with the batch axis in each tensor");
    let spaceless: String = equation.chars().filter(|c| !c.is_whitespace()).collect();
    let (inputs, output) = spaceless.split_once("->").ok_or_else(wrong)?;
    let (first, second) = inputs.split_once(',').ok_or_else(wrong)?;
    if [first, second, output].iter().all(|tensor| tensor.starts_with("...")) {
        return Ok(spaceless);
    }
    let mut batch = first.chars();
    let letter = batch.next().ok_or_else(wrong)?;
    let rest = |tensor: &str| tensor.strip_prefix(letter).map(str::to_owned).ok_or_else(wrong);
    Ok(format!("{},{}->{}", rest(first)?, rest(second)?, rest(output)?))
}

impl Source<'_> {
    /// A quantizer of a tensor of this shape.
    fn quantizer(&self, placed: &Placed<'_>, shape: &Shape) -> Result<FixedPointQuantizer, ConvertError> {
        let refuse = |reason: &str| self.unsupported(format!("its quantizer `{}` {reason}", placed.place));
        let fixed = match &placed.quantizer.kind {
            HgqKind::Fixed(_) if placed.quantizer.is_scaled() => {
                return Err(refuse(
                    "has a scaler or an affine, which hls4ml leaves out; use a QBatchNormalization before or after it",
                ));
            }
            HgqKind::Fixed(fixed) => fixed,
            HgqKind::Float => {
                return Err(refuse(
                    "makes floating-point numbers, for which there is no hardware; use q_type=\"kif\" or \"kbi\"",
                ));
            }
            HgqKind::Dummy => {
                return Err(refuse(
                    "does nothing (q_type=\"dummy\"); use enable_iq=False or enable_oq=False instead",
                ));
            }
        };
        let widths = self.widths(placed)?.ok_or_else(|| refuse("has no widths"))?;
        let widths = types(&widths, shape).ok_or_else(|| {
            refuse(&format!(
                "has widths of the shape {:?} for a tensor of the shape {:?}; all but the batch axis, which has one element, have to be those of \
                 the tensor or have one element",
                widths.shape(),
                shape.keras
            ))
        })?;
        let n_in = shape.tensor.iter().product();
        Ok(FixedPointQuantizer { n_in, widths, rounding: fixed.rounding, overflow: fixed.overflow })
    }

    /// The widths that a quantizer's variables hold; `None` for one without.
    fn widths(&self, placed: &Placed<'_>) -> Result<Option<HgqWidths>, ConvertError> {
        let HgqKind::Fixed(fixed) = &placed.quantizer.kind else { return Ok(None) };
        let variable = |name: &str| {
            let role = format!("{}/{name}", placed.place);
            self.keras.weight(&role).map(|array| &array.data)
        };
        let widths = HgqWidths::of(fixed, variable);
        widths
            .map(Some)
            .map_err(|reason| self.unsupported(format!("its quantizer `{}`: {reason}", placed.place)))
    }

    /// The layer between its quantizers as a layer of Keras, with the arrays that it computes with.
    fn plain_layer(&self, config: &Hgq) -> Result<KerasLayer, ConvertError> {
        use HgqLayer as L;
        let plain = match &config.layer {
            L::Dense(dense) | L::BatchNormDense(dense, _) => LayerConfig::Dense(dense.clone()),
            L::Conv1D(conv) => LayerConfig::Conv1D(conv.clone()),
            L::Conv2D(conv) => LayerConfig::Conv2D(conv.clone()),
            L::EinsumDense(dense) | L::EinsumDenseBatchNorm(dense, ..) => {
                LayerConfig::EinsumDense(dense.clone())
            }
            L::Merge(op) => LayerConfig::Merge(*op),
            L::Dot(dot) => LayerConfig::Dot(dot.clone()),
            L::Pooling1D(kind, pool) => LayerConfig::Pooling1D(*kind, pool.clone()),
            L::Pooling2D(kind, pool) => LayerConfig::Pooling2D(*kind, pool.clone()),
            L::GlobalPooling1D(kind, pool) => LayerConfig::GlobalPooling1D(*kind, pool.clone()),
            L::GlobalPooling2D(kind, pool) => LayerConfig::GlobalPooling2D(*kind, pool.clone()),
            // These stay what they are.
            L::BatchNormalization(_)
            | L::Einsum(_)
            | L::AveragePow2
            | L::Softmax(_)
            | L::UnaryFunction(_)
            | L::Tables(_)
            | L::Sum(_)
            | L::Quantizer => self.keras.config.clone(),
        };
        let class = self.keras.class_name.rsplit('>').next().unwrap_or_default();
        let class = match &config.layer {
            L::BatchNormDense(..) => "Dense",
            L::EinsumDenseBatchNorm(..) => "EinsumDense",
            _ => class.strip_prefix('Q').unwrap_or(class),
        };
        let arrays: Vec<NamedArray> = self.computed_arrays(config)?;
        let own = self.keras.weights.iter().filter(|array| array.role.contains('/')).cloned();
        Ok(KerasLayer {
            class_name: class.to_owned(),
            config: plain,
            weights: arrays.into_iter().chain(own).collect(),
            ..self.keras.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_lose_their_batch_axis() {
        for (equation, expected) in [
            ("bij,bjk->bik", Some("ij,jk->ik")),
            ("b i j , b j k -> b i k", Some("ij,jk->ik")),
            ("...ij,...jk->...ik", Some("...ij,...jk->...ik")),
            ("ij,jk->ik", None),
            ("bij->bi", None),
            (",->", None),
        ] {
            assert_eq!(without_batch(equation).ok().as_deref(), expected, "{equation}");
        }
    }
}
