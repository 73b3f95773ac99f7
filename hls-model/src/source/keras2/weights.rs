//! Hands each layer its arrays and checks that they fit its configuration.

use std::collections::HashMap;

use super::archive::LayerWeights;
use super::hgq;
use crate::source::error::Problem;
use crate::source::keras::config::{
    BatchNorm, Conv, ConvTranspose, DepthwiseConv, Hgq, HgqLayer, Rnn, RnnKind, SeparableConv,
};
use crate::source::keras::{Dtype, KerasLayer, KerasModel, LayerConfig, NamedArray};
use crate::warning::Warning;

/// Distributes the arrays of the file over the model's layers.
pub(in crate::source) fn attach(model: &mut KerasModel, groups: Vec<LayerWeights>) -> Result<(), Problem> {
    let mut by_layer = HashMap::new();
    for group in groups {
        if by_layer.contains_key(&group.layer) {
            return Err(Problem::weights(&group.layer, "it is listed twice in `layer_names`"));
        }
        by_layer.insert(group.layer, group.arrays);
    }
    let mut warnings = Vec::new();
    for layer in &mut model.layers {
        let arrays = by_layer.remove(&layer.saved_as).unwrap_or_default();
        give(layer, arrays, &mut warnings)?;
    }
    // Groups without weights mean nothing: a Sequential model's input may be listed or not.
    let strangers = by_layer.iter().filter(|(_, arrays)| !arrays.is_empty());
    if let Some(stranger) = strangers.map(|(name, _)| name).min() {
        return Err(Problem::weights(
            stranger,
            "it has weights in the file but is not a layer of the architecture",
        ));
    }
    warnings.extend(model.layers.iter().flat_map(odd_values));
    model.warnings.extend(warnings);
    Ok(())
}

fn give(layer: &mut KerasLayer, arrays: Vec<NamedArray>, warnings: &mut Vec<Warning>) -> Result<(), Problem> {
    match &mut layer.config {
        LayerConfig::Model(inner) => return give_nested(&layer.name, inner, arrays, warnings),
        LayerConfig::TimeDistributed(inner) => return give(inner, arrays, warnings),
        LayerConfig::Bidirectional(both) => {
            let (forward, rest) = split(arrays, |name| has_part(name, "forward_"));
            let (backward, rest) = split(rest, |name| has_part(name, "backward_"));
            if let Some(stray) = rest.first() {
                let reason = format!("its weight {:?} belongs to neither direction", stray.name);
                return Err(Problem::weights(&layer.name, reason));
            }
            give(&mut both.forward, forward, warnings)?;
            return give(&mut both.backward, backward, warnings);
        }
        _ => {}
    }
    let (state, arrays) = match layer.saved_as == layer.name {
        true => (Vec::new(), arrays),
        false => arrays.into_iter().partition(|array| is_pruning_state(&array.role)),
    };
    let arrays = named_by_role(layer, arrays);
    check(layer, &arrays)?;
    let arrays = as_held(layer, arrays);
    warnings.extend(unpruned(layer, &state, &arrays));
    layer.weights = arrays;
    Ok(())
}

/// Keras 3 calls the kernel of a depthwise convolution `kernel`, Keras 2 `depthwise_kernel`.
fn named_by_role(layer: &KerasLayer, mut arrays: Vec<NamedArray>) -> Vec<NamedArray> {
    if let LayerConfig::Hgq(config) = &layer.config {
        return hgq::named_by_role(layer, config, arrays);
    }
    if matches!(layer.config, LayerConfig::DepthwiseConv1D(_) | LayerConfig::DepthwiseConv2D(_)) {
        for array in arrays.iter_mut().filter(|array| array.role == "kernel") {
            array.role = "depthwise_kernel".to_owned();
        }
    }
    arrays
}

/// The arrays as Keras holds them: a file may have more digits than the layer's variables.
fn as_held(layer: &KerasLayer, mut arrays: Vec<NamedArray>) -> Vec<NamedArray> {
    if !layer.has_double_precision() {
        // Whole numbers are what they are.
        let floats = arrays.iter_mut().filter(|array| !matches!(array.dtype, Dtype::Int(_) | Dtype::UInt(_)));
        floats.for_each(|array| array.data.mapv_inplace(|value| f64::from(value as f32)));
    }
    arrays
}

/// Whether an array is a pruning wrapper's own: which weights it keeps, the size below which it removes them, its count of steps.
fn is_pruning_state(role: &str) -> bool {
    let name = role.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    matches!(name, "mask" | "threshold" | "pruning_step")
}

/// Weights that pruning removes but that the file still has. Neither `strip_pruning` nor this program removes them.
fn unpruned(layer: &KerasLayer, state: &[NamedArray], arrays: &[NamedArray]) -> Option<Warning> {
    let masks = state.iter().filter(|array| array.role.starts_with("mask"));
    let left = masks.filter_map(|mask| {
        let weight = arrays.iter().find(|array| array.data.shape() == mask.data.shape())?;
        let pairs = weight.data.iter().zip(mask.data.iter());
        Some(pairs.filter(|&(&value, &keep)| keep == 0.0 && value != 0.0).count())
    });
    let left: usize = left.sum();
    let message = format!(
        "{left} weights that its pruning mask removes are not zero in the file, and stay as they are (as with strip_pruning); \
         save the model after training has ended"
    );
    (left > 0).then(|| Warning { layer: Some(layer.name.clone()), message })
}

/// The group of a nested model holds the arrays of all its layers, named `layer/…`, however deep they sit.
fn give_nested(
    name: &str,
    model: &mut KerasModel,
    arrays: Vec<NamedArray>,
    warnings: &mut Vec<Warning>,
) -> Result<(), Problem> {
    let mut rest = without_models(name, model, arrays);
    for layer in &mut model.layers {
        let own = owned_names(layer);
        let (mine, others) = split(rest, |array| own.iter().any(|name| is_under(array, name)));
        give(layer, mine, warnings)?;
        rest = others;
    }
    match rest.first() {
        Some(stray) => Err(Problem::weights(
            name,
            format!("its weight {:?} belongs to no layer of the nested model", stray.name),
        )),
        None => Ok(()),
    }
}

/// Keras 3 puts the names of the models that are Sequential in front: `outer/inner/layer/…`.
fn without_models(name: &str, model: &KerasModel, mut arrays: Vec<NamedArray>) -> Vec<NamedArray> {
    let own: Vec<String> = model.layers.iter().flat_map(owned_names).collect();
    let strangers = arrays.iter_mut().filter(|array| !own.iter().any(|name| is_under(&array.name, name)));
    for array in strangers {
        let inside = format!("/{name}/");
        let below = array.name.strip_prefix(&inside[1..]);
        let below = below.or_else(|| array.name.split_once(&inside).map(|(_, below)| below));
        if let Some(below) = below.map(str::to_owned) {
            array.name = below;
        }
    }
    arrays
}

/// The names under which a layer's arrays may be saved: its own, and those of the layers inside.
fn owned_names(layer: &KerasLayer) -> Vec<String> {
    let mut names = vec![layer.name.clone(), layer.saved_as.clone()];
    if let LayerConfig::Model(inner) = &layer.config {
        names.extend(inner.layers.iter().flat_map(owned_names));
    }
    names
}

fn is_under(array: &str, layer: &str) -> bool {
    array.strip_prefix(layer).is_some_and(|rest| rest.starts_with('/'))
}

fn has_part(array: &str, prefix: &str) -> bool {
    array.split('/').any(|part| part.starts_with(prefix))
}

fn split(arrays: Vec<NamedArray>, mine: impl Fn(&str) -> bool) -> (Vec<NamedArray>, Vec<NamedArray>) {
    arrays.into_iter().partition(|array| mine(&array.name))
}

/// One expected array: its role and its shape, `None` where the architecture alone does not determine a size.
type Expected = (&'static str, Vec<Option<usize>>);

fn check(layer: &KerasLayer, arrays: &[NamedArray]) -> Result<(), Problem> {
    let wrong = |reason: String| Problem::weights(&layer.name, reason);
    for (role, shape) in expected(&layer.config) {
        let Some(array) = arrays.iter().find(|array| array.role == role) else {
            let found: Vec<&str> = arrays.iter().map(|array| array.name.as_str()).collect();
            return Err(wrong(format!("its weight `{role}` is missing (the file has {found:?})")));
        };
        let actual = array.data.shape();
        let fits = actual.len() == shape.len()
            && actual
                .iter()
                .zip(&shape)
                .all(|(&size, wanted)| size > 0 && wanted.is_none_or(|wanted| wanted == size));
        if !fits {
            return Err(wrong(format!(
                "its weight `{role}` has the shape {actual:?} where the architecture asks for {}",
                show(&shape)
            )));
        }
    }
    if let LayerConfig::Hgq(config) = &layer.config {
        hgq::check(layer, config, arrays)?;
    }
    check_channels(layer, arrays)
}

fn show(shape: &[Option<usize>]) -> String {
    let sizes: Vec<String> =
        shape.iter().map(|size| size.map_or("any".to_owned(), |n| n.to_string())).collect();
    format!("[{}]", sizes.join(", "))
}

fn with_bias(mut all: Vec<Expected>, use_bias: bool, size: Option<usize>) -> Vec<Expected> {
    if use_bias {
        all.push(("bias", vec![size]));
    }
    all
}

fn kernel_shape<const N: usize>(cells: [usize; N], ends: [Option<usize>; 2]) -> Vec<Option<usize>> {
    cells.into_iter().map(Some).chain(ends).collect()
}

/// What the arrays of a layer are, in the order in which Keras makes them.
pub(in crate::source) fn roles(config: &LayerConfig) -> Vec<&'static str> {
    match config {
        // How many slopes there are depends on the layer's input.
        LayerConfig::Prelu(_) => vec!["alpha"],
        LayerConfig::EinsumDense(layer) if layer.has_bias() => vec!["kernel", "bias"],
        LayerConfig::EinsumDense(_) => vec!["kernel"],
        _ => expected(config).into_iter().map(|(role, _)| role).collect(),
    }
}

fn expected(config: &LayerConfig) -> Vec<Expected> {
    match config {
        LayerConfig::Dense(d) => {
            with_bias(vec![("kernel", vec![None, Some(d.units)])], d.use_bias, Some(d.units))
        }
        LayerConfig::DenseBatchNorm(both) => {
            let (d, norm, _) = &**both;
            let own = with_bias(vec![("kernel", vec![None, Some(d.units)])], d.use_bias, Some(d.units));
            own.into_iter().chain(norm_arrays(norm, Some(d.units))).collect()
        }
        LayerConfig::Conv1D(c) => conv_arrays(c),
        LayerConfig::Conv2D(c) => conv_arrays(c),
        LayerConfig::Conv2DBatchNorm(both) => {
            let (c, norm, _) = &**both;
            let own = conv_arrays(c);
            own.into_iter().chain(norm_arrays(norm, Some(c.own.filters))).collect()
        }
        LayerConfig::Conv1DTranspose(c) => transposed_arrays(c),
        LayerConfig::Conv2DTranspose(c) => transposed_arrays(c),
        LayerConfig::DepthwiseConv1D(c) => depthwise_arrays(c),
        LayerConfig::DepthwiseConv2D(c) => depthwise_arrays(c),
        LayerConfig::SeparableConv1D(c) => separable_arrays(c),
        LayerConfig::SeparableConv2D(c) => separable_arrays(c),
        LayerConfig::BatchNormalization(norm) => norm_arrays(norm, None),
        LayerConfig::LayerNormalization(norm) => [(norm.scale, "gamma"), (norm.center, "beta")]
            .into_iter()
            .filter(|(present, _)| *present)
            .map(|(_, role)| (role, vec![None]))
            .collect(),
        LayerConfig::Embedding(e) => vec![("embeddings", vec![Some(e.input_dim), Some(e.output_dim)])],
        LayerConfig::Rnn(rnn) => rnn_arrays(rnn),
        LayerConfig::Hgq(layer) => hgq_arrays(layer),
        // The shapes follow from the equation and the input.
        LayerConfig::EinsumDense(_)
        | LayerConfig::Input(_)
        | LayerConfig::Activation(_)
        | LayerConfig::Relu(_)
        | LayerConfig::LeakyRelu(_)
        | LayerConfig::ThresholdedRelu(_)
        | LayerConfig::Elu(_)
        | LayerConfig::Prelu(_)
        | LayerConfig::Softmax(_)
        | LayerConfig::Merge(_)
        | LayerConfig::Concatenate(_)
        | LayerConfig::Dot(_)
        | LayerConfig::Flatten(_)
        | LayerConfig::Reshape(_)
        | LayerConfig::Permute(_)
        | LayerConfig::InferenceIdentity
        | LayerConfig::RepeatVector(_)
        | LayerConfig::Pooling1D(..)
        | LayerConfig::Pooling2D(..)
        | LayerConfig::GlobalPooling1D(..)
        | LayerConfig::GlobalPooling2D(..)
        | LayerConfig::ZeroPadding1D(_)
        | LayerConfig::ZeroPadding2D(_)
        | LayerConfig::Cropping1D(_)
        | LayerConfig::Cropping2D(_)
        | LayerConfig::UpSampling1D(_)
        | LayerConfig::UpSampling2D(_)
        | LayerConfig::TimeDistributed(_)
        | LayerConfig::Bidirectional(_)
        | LayerConfig::Model(_) => Vec::new(),
    }
}

fn hgq_arrays(layer: &Hgq) -> Vec<Expected> {
    let dense = |units, use_bias| with_bias(vec![("kernel", vec![None, Some(units)])], use_bias, Some(units));
    let moving = [("moving_mean", vec![None]), ("moving_variance", vec![None])];
    match &layer.layer {
        HgqLayer::Dense(d) => dense(d.units, d.use_bias),
        HgqLayer::BatchNormDense(d, _) => dense(d.units, d.use_bias).into_iter().chain(moving).collect(),
        HgqLayer::Conv1D(c) => conv_arrays(c),
        HgqLayer::Conv2D(c) => conv_arrays(c),
        HgqLayer::BatchNormalization(norm) => norm_arrays(norm, None),
        // What shapes the equation asks for depends on the input's.
        HgqLayer::EinsumDense(_)
        | HgqLayer::EinsumDenseBatchNorm(..)
        | HgqLayer::Einsum(_)
        | HgqLayer::Merge(_)
        | HgqLayer::AveragePow2
        | HgqLayer::Dot(_)
        | HgqLayer::Pooling1D(..)
        | HgqLayer::Pooling2D(..)
        | HgqLayer::GlobalPooling1D(..)
        | HgqLayer::GlobalPooling2D(..)
        | HgqLayer::Softmax(_)
        | HgqLayer::UnaryFunction(_)
        // Those of its small networks are checked where tables are made of them.
        | HgqLayer::Tables(_)
        | HgqLayer::Sum(_)
        | HgqLayer::Quantizer => Vec::new(),
    }
}

fn conv_arrays<const N: usize>(conv: &Conv<N>) -> Vec<Expected> {
    let filters = Some(conv.own.filters);
    let kernel = kernel_shape(conv.common.kernel_size, [None, filters]);
    with_bias(vec![("kernel", kernel)], conv.common.use_bias, filters)
}

fn transposed_arrays<const N: usize>(conv: &ConvTranspose<N>) -> Vec<Expected> {
    let filters = Some(conv.own.filters);
    let kernel = kernel_shape(conv.common.kernel_size, [filters, None]);
    with_bias(vec![("kernel", kernel)], conv.common.use_bias, filters)
}

fn depthwise_arrays<const N: usize>(conv: &DepthwiseConv<N>) -> Vec<Expected> {
    let kernel = kernel_shape(conv.common.kernel_size, [None, Some(conv.own.depth_multiplier)]);
    with_bias(vec![("depthwise_kernel", kernel)], conv.common.use_bias, None)
}

fn separable_arrays<const N: usize>(conv: &SeparableConv<N>) -> Vec<Expected> {
    let filters = Some(conv.own.filters);
    let depthwise = kernel_shape(conv.common.kernel_size, [None, Some(conv.own.depth_multiplier)]);
    let pointwise = kernel_shape([1; N], [None, filters]);
    let kernels = vec![("depthwise_kernel", depthwise), ("pointwise_kernel", pointwise)];
    with_bias(kernels, conv.common.use_bias, filters)
}

fn norm_arrays(norm: &BatchNorm, channels: Option<usize>) -> Vec<Expected> {
    [(norm.scale, "gamma"), (norm.center, "beta"), (true, "moving_mean"), (true, "moving_variance")]
        .into_iter()
        .filter(|(present, _)| *present)
        .map(|(_, role)| (role, vec![channels]))
        .collect()
}

fn rnn_arrays(rnn: &Rnn) -> Vec<Expected> {
    let width = rnn.units.checked_mul(rnn.kind.gates());
    let mut all = vec![("kernel", vec![None, width]), ("recurrent_kernel", vec![Some(rnn.units), width])];
    if rnn.use_bias {
        // A GRU that resets after the product adds one bias on either side of it.
        let doubled = rnn.kind == RnnKind::Gru && rnn.reset_after;
        all.push(("bias", if doubled { vec![Some(2), width] } else { vec![width] }));
    }
    all
}

/// Sizes that only the arrays tell, but that must agree with each other.
fn check_channels(layer: &KerasLayer, arrays: &[NamedArray]) -> Result<(), Problem> {
    let shape = |role: &str| arrays.iter().find(|array| array.role == role).map(|array| array.data.shape());
    let disagree = |a: &str, b: &str| {
        Problem::weights(&layer.name, format!("its weights `{a}` and `{b}` differ in size"))
    };
    match &layer.config {
        LayerConfig::BatchNormalization(_) | LayerConfig::LayerNormalization(_) => {
            let first = arrays.first();
            let odd = arrays
                .iter()
                .find(|array| first.is_some_and(|first| first.data.shape() != array.data.shape()));
            match (first, odd) {
                (Some(first), Some(odd)) => Err(disagree(&first.role, &odd.role)),
                _ => Ok(()),
            }
        }
        LayerConfig::DepthwiseConv1D(_) | LayerConfig::DepthwiseConv2D(_) => {
            match (shape("depthwise_kernel"), shape("bias")) {
                (Some([.., channels, multiplier]), Some([bias]))
                    if channels.checked_mul(*multiplier) != Some(*bias) =>
                {
                    Err(disagree("depthwise_kernel", "bias"))
                }
                _ => Ok(()),
            }
        }
        LayerConfig::SeparableConv1D(_) | LayerConfig::SeparableConv2D(_) => {
            match (shape("depthwise_kernel"), shape("pointwise_kernel")) {
                (Some([.., channels, multiplier]), Some([.., inner, _]))
                    if channels.checked_mul(*multiplier) != Some(*inner) =>
                {
                    Err(disagree("depthwise_kernel", "pointwise_kernel"))
                }
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Weights that training has ruined, anywhere below this layer.
fn odd_values(layer: &KerasLayer) -> Vec<Warning> {
    let inner: Vec<Warning> = match &layer.config {
        LayerConfig::Model(model) => model.layers.iter().flat_map(odd_values).collect(),
        LayerConfig::TimeDistributed(inner) => odd_values(inner),
        LayerConfig::Bidirectional(both) => {
            [&both.forward, &both.backward].into_iter().flat_map(odd_values).collect()
        }
        _ => Vec::new(),
    };
    let own = layer.weights.iter().filter_map(|weight| {
        let bad = weight.data.iter().filter(|value| !value.is_finite()).count();
        let message = format!(
            "{bad} values of its weight {:?} are not finite; training may have diverged",
            weight.name
        );
        (bad > 0).then(|| Warning { layer: Some(layer.name.clone()), message })
    });
    own.chain(inner).collect()
}
