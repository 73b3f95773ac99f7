//! What only streams need: operations that copy and regroup packs, and what their kernels cannot do.

use hls_model::graph::op::{Broadcast, Copies, Pooling, Repack, Resize, Softmax, WindowAxis};
use hls_model::graph::{Graph, Node, Op, Tensor, TensorId};
use serde::Serialize;

use super::{Headers, Layer, LayerEmission, quantizer};
use crate::CodegenError;
use crate::vitis::cpp::Call;

const HEADERS: Headers = Headers { arrays: &[], streams: &["nnet_utils/nnet_stream.h"] };

/// The most axes that a broadcast can have.
const MAX_RANK: usize = 3;

/// What `layers/broadcast.h` is filled with: three axes each, missing ones of length one.
#[derive(Serialize)]
struct Repeated<'a> {
    config: &'a str,
    input: [usize; MAX_RANK],
    output: [usize; MAX_RANK],
}

/// `nnet::clone_stream<input type, output type, elements>(input, output, output…);`
pub(super) fn clone(layer: Layer<'_>, op: &Copies) -> Result<LayerEmission, CodegenError> {
    let copies = layer.node.outputs.iter().map(|&id| layer.graph.tensor(id).variable.clone());
    regrouped(layer, "clone_stream", op.elements, copies.collect())
}

/// `nnet::repack_stream<input type, output type, elements>(input, output);`
pub(super) fn repack(layer: Layer<'_>, _: &Repack) -> Result<LayerEmission, CodegenError> {
    let output = layer.output()?;
    regrouped(layer, "repack_stream", output.len(), vec![output.variable.clone()])
}

fn regrouped(
    layer: Layer<'_>,
    function: &str,
    elements: usize,
    outputs: Vec<String>,
) -> Result<LayerEmission, CodegenError> {
    let (input, output) = (layer.input(0)?, layer.output()?);
    let call = Call {
        function: function.to_owned(),
        template_arguments: vec![input.ty.name.clone(), output.ty.name.clone(), elements.to_string()],
        arguments: [vec![input.variable.clone()], outputs].concat(),
    };
    let calls = vec![call.to_string()];
    Ok(LayerEmission { calls, headers: HEADERS.of(layer), ..LayerEmission::default() })
}

pub(super) fn broadcast(layer: Layer<'_>, op: &Broadcast) -> Result<LayerEmission, CodegenError> {
    let config = layer.config_name(None);
    let context = Repeated { config: &config, input: axes(&op.input_shape), output: axes(&op.target_shape) };
    layer.emission("broadcast.h", &context, layer.call("broadcast_stream", &config, &[])?, HEADERS)
}

/// The last three axes, with axes of length one before them where there are fewer.
fn axes(shape: &[usize]) -> [usize; MAX_RANK] {
    let mut axes = [1; MAX_RANK];
    for (axis, &extent) in axes.iter_mut().rev().zip(shape.iter().rev()) {
        *axis = extent;
    }
    axes
}

/// Checks that a graph with streams between its layers can be written: each stream is read once, and each layer has a kernel.
///
/// # Errors
/// [`CodegenError::Unsupported`], which names the layer and says what to do instead.
pub(in crate::vitis) fn check(graph: &Graph) -> Result<(), CodegenError> {
    graph.nodes().try_for_each(|node| {
        let refused = |reason| CodegenError::Unsupported {
            layer: node.name.clone(),
            class: node.op.class_name(),
            reason,
        };
        node.outputs.iter().try_for_each(|&id| read_once(graph, id)).map_err(refused)?;
        kernel_exists(graph, node).map_err(refused)
    })
}

/// Whether exactly one layer reads a stream, or whatever is outside for an output.
fn read_once(graph: &Graph, id: TensorId) -> Result<(), String> {
    let outside = graph.outputs.iter().filter(|&&output| output == id).count();
    match graph.consumers(id).len() + outside {
        1 => Ok(()),
        0 => Err("nobody reads its stream, so that whoever writes it would wait for ever; remove it from the model, or \
                  use io_parallel"
            .to_owned()),
        readers => Err(format!(
            "its stream has {readers} readers, and whoever reads a stream takes its contents away; convert the model with \
             hls_model::convert, which makes copies"
        )),
    }
}

/// Whether there is a kernel for what the node asks for.
fn kernel_exists(graph: &Graph, node: &Node) -> Result<(), String> {
    match &node.op {
        Op::Conv(op) => op.axes().try_for_each(not_dilated),
        Op::Pooling(op) => not_padded(op),
        Op::Resize(op) => enlarged_by_whole_numbers(op),
        Op::Softmax(op) => over_the_last_axis(op, graph, node),
        Op::Broadcast(op) if op.target_shape.len() > MAX_RANK => Err(format!(
            "it repeats a tensor of {} axes, and streams are repeated along at most {MAX_RANK}; use io_parallel",
            op.target_shape.len()
        )),
        Op::Bidirectional(_) => Err("there is no kernel for a layer that reads a sequence from both ends over streams, and hls4ml refuses it \
                                     for Vitis as well; use io_parallel".to_owned()),
        Op::FixedPointQuantizer(op) => {
            let outputs = node.outputs.iter().map(|&output| graph.tensor(output));
            let mut tokens = outputs.map(|output| quantizer::of_token(op, output));
            tokens.all(|token| token.is_some()).then_some(()).ok_or_else(|| quantizer::DIFFERENT_TOKENS.to_owned())
        }
        Op::EinsumDense(_) | Op::Einsum(_) => Err("there is no kernel for a contraction over streams; use io_parallel".to_owned()),
        Op::FunctionSum(_) => Err("there is no kernel for sums of tables, and for copies of elements, over streams; use io_parallel".to_owned()),
        Op::LayerGroup(_) | Op::SeparableConv(_) => Err(super::ONLY_PARTS.to_owned()),
        Op::Input(_)
        | Op::Reshape(_)
        | Op::Dense(_)
        | Op::GlobalPooling(_)
        | Op::ZeroPadding(_)
        | Op::Cropping(_)
        | Op::Transpose(_)
        | Op::Embedding(_)
        | Op::Recurrent(_)
        | Op::LayerNormalization(_)
        | Op::Activation(_)
        | Op::HardActivation(_)
        | Op::ParametrizedActivation(_)
        | Op::PRelu(_)
        | Op::TernaryTanh(_)
        | Op::PowerOfTwo(_)
        | Op::UnaryLut(_)
        | Op::BatchNormalization(_)
        | Op::ApplyAlpha(_)
        | Op::QuantizedTanh(_)
        | Op::Merge(_)
        | Op::Concatenate(_)
        | Op::Dot(_)
        | Op::TimeDistributed(_)
        | Op::Clone(_)
        | Op::Repack(_)
        | Op::Broadcast(_) => Ok(()),
    }
}

fn not_dilated(axis: &WindowAxis) -> Result<(), String> {
    if axis.dilation == 1 {
        return Ok(());
    }
    Err(format!(
        "its filter has a dilation of {}, and over streams only 1 is possible; use io_parallel",
        axis.dilation
    ))
}

fn not_padded(op: &Pooling) -> Result<(), String> {
    let mut axes = op.height.iter().chain([&op.width]);
    if axes.all(|axis| axis.pad_before == 0 && axis.pad_after == 0) {
        return Ok(());
    }
    Err("its windows reach beyond the edge of the image, and a stream has no pixels there (hls4ml writes firmware whose C simulation stops at \
         an assertion); use padding=\"valid\", or io_parallel"
        .to_owned())
}

fn enlarged_by_whole_numbers(op: &Resize) -> Result<(), String> {
    let is_whole = |before: usize, after: usize| before > 0 && after.is_multiple_of(before);
    if is_whole(op.in_height, op.out_height) && is_whole(op.in_width, op.out_width) {
        return Ok(());
    }
    Err("over streams an image can only be enlarged by whole numbers; use io_parallel".to_owned())
}

/// A pack is all that a kernel sees of the other axes.
fn over_the_last_axis(op: &Softmax, graph: &Graph, node: &Node) -> Result<(), String> {
    let input = node.inputs.first().map(|&id| graph.tensor(id));
    let last = input.and_then(|tensor: &Tensor| tensor.shape.last().copied());
    if op.n_inner == 1 && op.n_slice() == last {
        return Ok(());
    }
    Err("it normalizes along another axis than the last; over streams only the last is possible; use io_parallel".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_axes_have_length_one() {
        for (shape, expected) in [(&[5][..], [1, 1, 5]), (&[2, 5], [1, 2, 5]), (&[4, 2, 5], [4, 2, 5])] {
            assert_eq!(axes(shape), expected);
        }
    }
}
