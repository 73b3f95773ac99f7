//! Each element in a type of its own.

use hls_model::graph::op::FixedPointQuantizer;
use hls_model::precision::Precision;
use serde::Serialize;

use super::{Layer, LayerEmission};
use crate::CodegenError;
use crate::vitis::{cpp, templates};

/// What `layers/fixed_point_quantizer.h` is filled with.
#[derive(Serialize)]
struct Elements<'a> {
    comment: String,
    function: &'a str,
    elements: Vec<Option<String>>,
    reads: bool,
}

/// A function with one statement for each element, as hls4ml generates it.
pub(super) fn emit(layer: Layer<'_>, op: &FixedPointQuantizer) -> Result<LayerEmission, CodegenError> {
    let (input, output) = (layer.input(0)?, layer.output()?);
    let types = op.types(&output.shape).ok_or_else(|| layer.incomplete("width for each element"))?;
    let function = format!("fixed_point_quantizer_{}", layer.node.index);
    let elements: Vec<_> = types.into_iter().map(|ty| ty.map(|ty| Precision::Fixed(ty).cpp())).collect();
    let reads = elements.iter().any(Option::is_some);
    let context = Elements { comment: cpp::comment(&layer.node.name), function: &function, elements, reads };
    let generated_kernel = templates::render("firmware/layers/fixed_point_quantizer.h", &context)?;
    let types = format!("{}, {}", input.ty.name, output.ty.name);
    let call =
        format!("{}::{function}<{types}>({}, {});", layer.kernel_namespace, input.variable, output.variable);
    Ok(LayerEmission { calls: vec![call], generated_kernel, ..LayerEmission::default() })
}
