//! Each element in a type of its own.

use hls_model::graph::Tensor;
use hls_model::graph::op::FixedPointQuantizer;
use hls_model::precision::Precision;
use hls_model::target::IoType;
use serde::Serialize;

use super::{Headers, Layer, LayerEmission};
use crate::CodegenError;
use crate::vitis::{cpp, templates};

const HEADERS: Headers = Headers { arrays: &[], streams: &["nnet_utils/nnet_stream.h"] };

/// What `layers/fixed_point_quantizer.h` is filled with.
#[derive(Serialize)]
struct Elements<'a> {
    comment: String,
    function: &'a str,
    elements: Vec<Option<String>>,
    reads: bool,
}

/// A function with one statement for each element, as hls4ml generates it; between streams, where hls4ml has none, for each element of a token.
pub(super) fn emit(layer: Layer<'_>, op: &FixedPointQuantizer) -> Result<LayerEmission, CodegenError> {
    let (input, output) = (layer.input(0)?, layer.output()?);
    let mut types = op.types(&output.shape).ok_or_else(|| layer.incomplete("width for each element"))?;
    if layer.io_type() == IoType::Stream {
        let token = of_token(op, output).ok_or_else(|| layer.unsupported(DIFFERENT_TOKENS))?;
        types.truncate(token);
    }
    let function = format!("fixed_point_quantizer_{}", layer.node.index);
    let elements: Vec<_> = types.into_iter().map(|ty| ty.map(|ty| Precision::Fixed(ty).cpp())).collect();
    let reads = elements.iter().any(Option::is_some);
    let context = Elements { comment: cpp::comment(&layer.node.name), function: &function, elements, reads };
    let generated_kernel = templates::render("firmware/layers/fixed_point_quantizer.h", &context)?;
    let (from, to) = (&input.ty.name, &output.ty.name);
    let function = format!("{}::{function}", layer.kernel_namespace);
    let function = match layer.io_type() {
        IoType::Parallel => format!("{function}<{from}, {to}>"),
        IoType::Stream => format!(
            "nnet::detail::map_packs<{from}, {to}, {}, 1, {function}<{from}::value_type, {to}::value_type>>",
            output.len()
        ),
    };
    let call = format!("{function}({}, {});", input.variable, output.variable);
    let headers = HEADERS.of(layer);
    Ok(LayerEmission { calls: vec![call], generated_kernel, headers, ..LayerEmission::default() })
}

/// The elements of a token, if all tokens have the same types.
pub(super) fn of_token(op: &FixedPointQuantizer, tensor: &Tensor) -> Option<usize> {
    let types = op.types(&tensor.shape)?;
    let token = *tensor.shape.last()?;
    let first = types.get(..token)?;
    types.chunks(token.max(1)).all(|types| types == first).then_some(token)
}

/// Why there is no kernel between streams.
pub(super) const DIFFERENT_TOKENS: &str = "its widths differ from one token of a stream to the next, and there is no kernel for that; use widths for \
                                           each channel (heterogeneous_axis=(-1,)), or io_parallel";
