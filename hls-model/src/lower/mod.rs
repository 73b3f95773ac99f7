//! Typed Keras layers become the list of layers that hls4ml's converter would make.
//!
//! Here activations given as arguments become layers of their own, layers that only matter in training vanish, names
//! become C++ identifiers, and shapes are known. Nothing here depends on a configuration; a generated configuration
//! is made from this list.

mod activation;
mod affine;
mod channels_first;
mod convolution;
mod dense;
mod einsum;
mod generation;
mod hgq;
mod ignored;
mod images;
mod merge;
mod names;
mod quantizers;
mod recurrent;
mod sequences;
mod source;
mod transposed_convolution;
mod weights;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::error::ConvertError;
use crate::graph::op::{Elements, Input, LayerGroup, Op, Reshape};
use crate::graph::{LayerSpec, LoweredModel};
use crate::source::keras::config::DataFormat;
use crate::source::keras::{Generation, KerasLayer, KerasModel, LayerConfig, TensorRef};
use crate::warning::Warning;
use generation::Call;
use names::Names;
use source::{MAX_ELEMENTS, Shape, Source, resolve_shape};

/// Lowers a model.
///
/// # Errors
/// A layer cannot be converted, or the file contradicts itself.
pub fn lower(model: &KerasModel) -> Result<LoweredModel, ConvertError> {
    let mut lowering = Lowering::new(model);
    lowering.every_call(model)?;
    let mut lowered = lowering.finish(model)?;
    lowered.warnings.extend(hgq::warning_of_open_types(model, &lowered));
    Ok(lowered)
}

/// The work in progress.
struct Lowering {
    layers: Vec<LayerSpec>,
    /// Whose rules hold.
    generation: Generation,
    /// What calls may still cost, in elements of arrays.
    budget: usize,
    /// By layer in the file and number of the call: the Keras name that the call has here. Without an entry it is the layer's.
    called: HashMap<(String, usize), String>,
    /// By Keras name: the lowered layer that holds its result.
    results: HashMap<String, String>,
    /// By lowered name: the shape of its result.
    shapes: HashMap<String, Shape>,
    names: Names,
    /// By layer with several inputs, of HGQ2: the names of their quantizers.
    quantizers: HashMap<String, Vec<String>>,
    removed: Vec<String>,
    warnings: Vec<Warning>,
}

/// Gives each layer a name of its own for configurations, which do not distinguish upper from lower case: of layers with the
/// same name (models in models may repeat them) the one that the firmware knows by it keeps it.
fn distinguish(layers: &mut [LayerSpec]) {
    let own = |layer: &&LayerSpec| layer.name == layer.config_name;
    let mut taken: HashSet<String> =
        layers.iter().filter(own).map(|layer| layer.config_name.to_lowercase()).collect();
    for layer in layers.iter_mut().filter(|layer| layer.name != layer.config_name) {
        if !taken.insert(layer.config_name.to_lowercase()) {
            layer.config_name.clone_from(&layer.name);
        }
    }
}

impl Lowering {
    fn new(model: &KerasModel) -> Self {
        let warnings =
            model.warnings.iter().map(|w| Warning { layer: w.layer.clone(), message: w.message.clone() });
        Self {
            names: Names::new(model.generation, model.layers.iter().map(|l| l.name.as_str())),
            warnings: warnings.collect(),
            quantizers: hgq::quantizer_names(model),
            ..Self::empty(model.generation)
        }
    }

    fn empty(generation: Generation) -> Self {
        Self {
            generation,
            budget: MAX_ELEMENTS,
            called: HashMap::new(),
            layers: Vec::new(),
            results: HashMap::new(),
            shapes: HashMap::new(),
            names: Names::new(generation, std::iter::empty()),
            quantizers: HashMap::new(),
            removed: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn finish(mut self, model: &KerasModel) -> Result<LoweredModel, ConvertError> {
        distinguish(&mut self.layers);
        let lowered = |reference: &TensorRef| {
            self.result(reference).cloned().ok_or_else(|| ConvertError::UnknownInput {
                layer: "the model".into(),
                input: reference.layer.clone(),
            })
        };
        Ok(LoweredModel {
            name: model.name.clone(),
            inputs: model.inputs.iter().map(lowered).collect::<Result<_, _>>()?,
            outputs: model.outputs.iter().map(lowered).collect::<Result<_, _>>()?,
            output_names: distinct(model.outputs.iter().map(|r| self.name_of_call(r).to_owned())),
            layers: self.layers,
            removed: self.removed,
            ebops: model.layers.iter().filter_map(|l| Some((l.name.clone(), l.ebops()?))).collect(),
            warnings: self.warnings,
        })
    }

    fn warn(&mut self, layer: &str, message: impl Into<String>) {
        self.warnings.push(Warning { layer: Some(layer.into()), message: message.into() });
    }

    fn every_call(&mut self, model: &KerasModel) -> Result<(), ConvertError> {
        generation::calls(model).into_iter().try_for_each(|call| self.call(call))
    }

    fn call(&mut self, call: Call<'_>) -> Result<(), ConvertError> {
        self.spend(call)?;
        let name = self.names.of_call(&call.layer.name);
        let mut keras = Cow::Borrowed(call.layer);
        if name != call.layer.name {
            self.called.insert((call.layer.name.clone(), call.node), name.clone());
            keras.to_mut().name = name;
        }
        let source = self.source(&keras, call.node)?;
        self.lower(&source)
    }

    /// Counts a call. In Keras 3 each gets copies of the layer's arrays, and models in models that are called again and again multiply.
    fn spend(&mut self, call: Call<'_>) -> Result<(), ConvertError> {
        if self.generation == Generation::Keras2 {
            return Ok(());
        }
        let arrays: usize = call.layer.weights.iter().map(|weight| weight.data.len()).sum();
        let left = self.budget.checked_sub(arrays.saturating_add(ELEMENTS_PER_CALL));
        self.budget = left.ok_or_else(|| ConvertError::Unsupported {
            layer: call.layer.name.clone(),
            class: call.layer.class_name.clone(),
            reason: "each call of a layer becomes a layer with its own weights, and all calls of the model together are too many; call \
                     fewer layers, or smaller ones, more than once"
                .into(),
        })?;
        Ok(())
    }

    /// The Keras name of what computes a tensor.
    fn name_of_call<'a>(&'a self, tensor: &'a TensorRef) -> &'a str {
        let called = self.called.get(&(tensor.layer.clone(), tensor.node));
        called.map_or(&tensor.layer, |name| name)
    }

    /// The lowered layer that computes a tensor.
    fn result(&self, tensor: &TensorRef) -> Option<&String> {
        self.results.get(self.name_of_call(tensor))
    }

    fn lower(&mut self, source: &Source<'_>) -> Result<(), ConvertError> {
        if source.has_channels_first() {
            return self.channels_first(source);
        }
        self.lower_channels_last(source)
    }

    fn lower_channels_last(&mut self, source: &Source<'_>) -> Result<(), ConvertError> {
        use LayerConfig as L;
        match &source.keras.config {
            L::InferenceIdentity if self.generation == Generation::Keras3 => self.linear(source),
            L::InferenceIdentity => {
                let (name, parent) = (source.keras.name.clone(), source.input()?.to_owned());
                self.results.insert(name.clone(), parent);
                self.removed.push(name);
                Ok(())
            }
            L::Input(config) => self.input(source, config),
            L::Dense(config) => self.dense(source, config),
            L::DenseBatchNorm(layer) => self.dense_batch_norm(source, &layer.0, &layer.1),
            L::EinsumDense(config) => self.einsum_dense(source, config),
            L::Activation(config) => self.activation_layer(source, config),
            L::Relu(config) => self.relu(source, config),
            L::LeakyRelu(config) => self.leaky_relu(source, config),
            L::ThresholdedRelu(config) => self.thresholded_relu(source, config),
            L::Elu(config) => self.elu(source, config),
            L::Prelu(config) => self.prelu(source, config),
            L::Softmax(config) => self.softmax(source, config),
            L::BatchNormalization(config) => self.batch_normalization(source, config),
            L::LayerNormalization(config) => self.layer_normalization(source, config),
            L::Merge(kind) => self.merge(source, *kind),
            L::Concatenate(config) => self.concatenate(source, config),
            L::Dot(config) => self.dot(source, config),
            L::Flatten(format) => self.flatten(source, *format),
            L::RepeatVector(n) => self.repeat_vector(source, *n),
            L::Reshape(config) => {
                let target = resolve_shape(source, &config.target_shape)?;
                self.reshape(source, target)
            }
            L::Permute(config) => self.permute(source, config),
            L::Conv1D(config) => self.convolution(source, config, None),
            L::Conv2D(config) => self.convolution(source, config, None),
            L::Conv2DBatchNorm(layer) => self.convolution(source, &layer.0, Some(&layer.1)),
            L::Conv1DTranspose(config) => self.transposed_convolution(source, config),
            L::Conv2DTranspose(config) => self.transposed_convolution(source, config),
            L::DepthwiseConv1D(config) => self.depthwise(source, config),
            L::DepthwiseConv2D(config) => self.depthwise(source, config),
            L::SeparableConv1D(config) => self.separable(source, config),
            L::SeparableConv2D(config) => self.separable(source, config),
            L::Pooling1D(kind, config) => self.pooling(source, *kind, config),
            L::Pooling2D(kind, config) => self.pooling(source, *kind, config),
            L::GlobalPooling1D(kind, config) => self.global_pooling::<1>(source, *kind, config),
            L::GlobalPooling2D(kind, config) => self.global_pooling::<2>(source, *kind, config),
            L::ZeroPadding1D(config) => self.zero_padding(source, config),
            L::ZeroPadding2D(config) => self.zero_padding(source, config),
            L::Cropping1D(config) => self.cropping(source, config),
            L::Cropping2D(config) => self.cropping(source, config),
            L::UpSampling1D(config) => self.upsampling_1d(source, config),
            L::UpSampling2D(config) => self.upsampling_2d(source, config),
            L::Embedding(config) => self.embedding(source, config),
            L::TimeDistributed(inner) => self.time_distributed(source, inner),
            L::Model(model) => self.nested(source, model),
            L::Rnn(config) => self.recurrent(source, config),
            L::Bidirectional(both) => self.bidirectional(source, both),
            L::Hgq(config) => self.hgq(source, config),
        }
    }

    /// The layer with what a call of it reads.
    fn source<'a>(&mut self, keras: &'a KerasLayer, node: usize) -> Result<Source<'a>, ConvertError> {
        if keras.calls.len() > 1 && self.generation == Generation::Keras2 {
            self.warn(
                &keras.name,
                format!(
                    "the layer is called {} times; hls4ml converts a shared layer once, with the inputs of its first call, \
                     and so does this conversion",
                    keras.calls.len()
                ),
            );
        }
        let mut inputs = Vec::new();
        let mut shapes = Vec::new();
        for reference in keras.calls.get(node).into_iter().flatten() {
            let unknown =
                || ConvertError::UnknownInput { layer: keras.name.clone(), input: reference.layer.clone() };
            let name = self.result(reference).ok_or_else(unknown)?.clone();
            shapes.push(self.shapes.get(&name).ok_or_else(unknown)?.clone());
            inputs.push(name);
        }
        Ok(Source { generation: self.generation, keras, inputs, shapes })
    }

    /// Adds a lowered layer that holds the result of a Keras layer.
    fn add(&mut self, spec: LayerSpec, keras_name: &str) {
        let keras_shape = spec.shape.clone();
        self.add_shaped(spec, keras_name, keras_shape);
    }

    /// Adds a layer without arrays whose result is not a Keras layer's, and gives its name.
    fn add_inner(
        &mut self,
        config_name: String,
        class: &str,
        op: Op,
        inputs: Vec<String>,
        shape: Vec<usize>,
    ) -> String {
        let name = self.names.derived(&config_name);
        self.shapes.insert(name.clone(), shape.clone().into());
        self.layers.push(LayerSpec {
            name: name.clone(),
            config_name,
            source_class: class.into(),
            op,
            inputs,
            shape,
            weights: Vec::new(),
            activation_quantizer: None,
            ignored_precisions: Vec::new(),
        });
        name
    }

    /// As [`add`](Self::add), where Keras gives the result another shape.
    fn add_shaped(&mut self, spec: LayerSpec, keras_name: &str, keras_shape: Vec<usize>) {
        self.results.insert(keras_name.into(), spec.name.clone());
        self.shapes.insert(spec.name.clone(), Shape { tensor: spec.shape.clone(), keras: keras_shape });
        self.layers.push(spec);
    }

    fn input(
        &mut self,
        source: &Source<'_>,
        config: &crate::source::keras::config::Input,
    ) -> Result<(), ConvertError> {
        let axes = config.batch_input_shape.get(1..).unwrap_or_default();
        let shape: Option<Vec<usize>> = axes.iter().copied().collect();
        let shape =
            shape.filter(|s| !s.is_empty() && !s.contains(&0)).ok_or_else(|| ConvertError::OpenShape {
                layer: source.keras.name.clone(),
                shape: format!(
                    "{:?}",
                    axes.iter().map(|a| a.map_or("?".into(), |n| n.to_string())).collect::<Vec<_>>()
                ),
            })?;
        let shape = source.sized(shape)?;
        let integer = config.dtype.as_deref().is_some_and(|d| d.starts_with("int") || d.starts_with("uint"));
        let elements = if integer { Elements::Integer } else { Elements::Float };
        let spec =
            self.spec(source, "InputLayer", Op::Input(Input { shape: shape.clone(), elements }), shape);
        self.add(spec, &source.keras.name);
        Ok(())
    }

    /// A model used as a layer.
    fn nested(&mut self, source: &Source<'_>, model: &KerasModel) -> Result<(), ConvertError> {
        let names = self.names.nested(&source.keras.name, model.layers.iter().map(|l| l.name.as_str()));
        let mut inner = Lowering { names, budget: self.budget, ..Lowering::new(model) };
        inner.every_call(model)?;
        self.budget = inner.budget;
        self.names.absorb(&inner.names);
        self.warnings.append(&mut inner.warnings);
        let lowered = inner.finish(model)?;
        let [output] = lowered.outputs.as_slice() else {
            let found = lowered.outputs.len();
            return Err(source.unsupported(format!("it has {found} outputs; a nested model can have one")));
        };
        let of = |name: &String| lowered.layers.iter().find(|l| l.name == *name).map(|l| l.shape.clone());
        let shape =
            of(output).ok_or_else(|| source.unsupported("none of its layers computes its output".into()))?;
        let taken: Vec<_> = lowered.inputs.iter().filter_map(of).collect();
        let given: Vec<_> = source.shapes.iter().map(|shape| shape.keras.clone()).collect();
        if taken != given {
            return Err(
                source.unsupported(format!("it takes inputs of the shapes {taken:?} but is given {given:?}"))
            );
        }
        let group = LayerGroup { inputs: lowered.inputs, output: output.clone(), layers: lowered.layers };
        let spec = self.spec(source, "LayerGroup", Op::LayerGroup(group), shape);
        self.add(spec, &source.keras.name);
        Ok(())
    }

    fn flatten(&mut self, source: &Source<'_>, format: DataFormat) -> Result<(), ConvertError> {
        if format == DataFormat::ChannelsFirst && source.keras_shape()?.len() > 1 {
            let message =
                "data_format=\"channels_first\" is ignored by hls4ml; the elements keep their order";
            self.warn(&source.keras.name, message);
        }
        let size = source.shape()?.iter().product();
        self.reshape(source, vec![size])
    }

    fn reshape(&mut self, source: &Source<'_>, target: Vec<usize>) -> Result<(), ConvertError> {
        let op = Op::Reshape(Reshape { target_shape: target.clone() });
        let spec = self.spec(source, "Reshape", op, target);
        self.add(spec, &source.keras.name);
        Ok(())
    }

    /// A layer without arrays and quantizers.
    fn spec(&mut self, source: &Source<'_>, class: &str, op: Op, shape: Vec<usize>) -> LayerSpec {
        let name = match op.arity() {
            Some(0) => self.names.argument(&source.keras.name),
            Some(_) | None => self.names.identifier(&source.keras.name),
        };
        if name != source.keras.name {
            self.warn(
                &source.keras.name,
                format!("the name is not a C++ identifier or is already taken; the firmware calls it {name}"),
            );
        }
        LayerSpec {
            name,
            config_name: source.keras.name.clone(),
            source_class: class.into(),
            op,
            inputs: source.inputs.clone(),
            shape,
            weights: Vec::new(),
            activation_quantizer: None,
            ignored_precisions: Vec::new(),
        }
    }
}

/// What a call costs in any case: a model can have some four thousand.
const ELEMENTS_PER_CALL: usize = 1 << 16;

/// The names, with numbers appended to those that occur again.
fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for name in names {
        let again = (2..).map(|n| format!("{name}_{n}"));
        let free = std::iter::once(name.clone()).chain(again).find(|candidate| !distinct.contains(candidate));
        distinct.extend(free);
    }
    distinct
}
