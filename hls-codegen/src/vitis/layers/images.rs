//! Layers that move pixels.

use hls_model::graph::op::{Cropping, MarginAxis, Resize, Transpose, ZeroPadding};
use serde::Serialize;

use super::{Headers, Layer, LayerEmission};
use crate::CodegenError;
use crate::vitis::cpp::Call;

const PADDING: Headers = Headers {
    arrays: &["nnet_utils/nnet_padding.h"],
    streams: &["nnet_utils/nnet_padding.h", "nnet_utils/nnet_padding_stream.h"],
};

const STUFFING: Headers = Headers {
    arrays: &["nnet_utils/nnet_stuffing.h"],
    streams: &["nnet_utils/nnet_stuffing.h", "nnet_utils/nnet_stuffing_stream.h"],
};

const CROPPING: Headers = Headers {
    arrays: &["nnet_utils/nnet_cropping.h"],
    streams: &["nnet_utils/nnet_cropping.h", "nnet_utils/nnet_cropping_stream.h"],
};

const RESIZING: Headers = Headers {
    arrays: &["nnet_utils/nnet_image.h"],
    streams: &["nnet_utils/nnet_image.h", "nnet_utils/nnet_image_stream.h"],
};

const TRANSPOSITION: Headers = Headers {
    arrays: &["nnet_utils/nnet_transpose.h"],
    streams: &["nnet_utils/nnet_transpose.h", "nnet_utils/nnet_transpose_stream.h"],
};

/// What `layers/padding.h` and `layers/cropping.h` are filled with.
#[derive(Serialize)]
struct Margins<'a> {
    config: &'a str,
    height: Option<Margin>,
    width: Margin,
    n_chan: usize,
}

#[derive(Serialize)]
struct Margin {
    input: usize,
    output: usize,
    before: usize,
    after: usize,
}

impl From<&MarginAxis> for Margin {
    fn from(axis: &MarginAxis) -> Self {
        let MarginAxis { input, output, before, after } = *axis;
        Self { input, output, before, after }
    }
}

/// What `layers/stuffing.h` is filled with.
#[derive(Serialize)]
struct Stuffed<'a> {
    #[serde(flatten)]
    margins: Margins<'a>,
    spacing_height: usize,
    spacing_width: usize,
}

/// What `layers/resize.h` is filled with.
#[derive(Serialize)]
struct Enlarged<'a> {
    config: &'a str,
    height: usize,
    width: usize,
    n_chan: usize,
    new_height: usize,
    new_width: usize,
}

/// What `layers/transpose.h` is filled with.
#[derive(Serialize)]
struct Turned<'a> {
    config: &'a str,
    dims: usize,
    elements: usize,
    from_shape: String,
    to_shape: String,
    perm: String,
    perm_strides: String,
}

pub(super) fn padding(layer: Layer<'_>, op: &ZeroPadding) -> Result<LayerEmission, CodegenError> {
    if op.spreads() {
        return stuffing(layer, op);
    }
    let function = if op.height.is_some() { "zeropad2d_cl" } else { "zeropad1d_cl" };
    let margins = (op.height.as_ref(), &op.width, op.n_chan);
    with_margins(layer, margins, "padding.h", function, PADDING)
}

/// Zeros between pixels, too.
fn stuffing(layer: Layer<'_>, op: &ZeroPadding) -> Result<LayerEmission, CodegenError> {
    let config = layer.config_name(None);
    let function = if op.height.is_some() { "zerostuff2d_cl" } else { "zerostuff1d_cl" };
    let height = op.height.as_ref().map(Margin::from);
    let context = Stuffed {
        margins: Margins { config: &config, height, width: Margin::from(&op.width), n_chan: op.n_chan },
        spacing_height: op.spacing.height,
        spacing_width: op.spacing.width,
    };
    layer.emission("stuffing.h", &context, layer.call(function, &config, &[])?, STUFFING)
}

pub(super) fn cropping(layer: Layer<'_>, op: &Cropping) -> Result<LayerEmission, CodegenError> {
    let function = if op.height.is_some() { "cropping2d_cl" } else { "cropping1d_cl" };
    let margins = (op.height.as_ref(), &op.width, op.n_chan);
    with_margins(layer, margins, "cropping.h", function, CROPPING)
}

fn with_margins(
    layer: Layer<'_>,
    (height, width, n_chan): (Option<&MarginAxis>, &MarginAxis, usize),
    template: &str,
    function: &str,
    headers: Headers,
) -> Result<LayerEmission, CodegenError> {
    let config = layer.config_name(None);
    let context =
        Margins { config: &config, height: height.map(Margin::from), width: Margin::from(width), n_chan };
    layer.emission(template, &context, layer.call(function, &config, &[])?, headers)
}

pub(super) fn resize(layer: Layer<'_>, op: &Resize) -> Result<LayerEmission, CodegenError> {
    let config = layer.config_name(None);
    let context = Enlarged {
        config: &config,
        height: op.in_height,
        width: op.in_width,
        n_chan: op.n_chan,
        new_height: op.out_height,
        new_width: op.out_width,
    };
    // hls4ml's kernel has one type for both arrays; ours finds out that of the result.
    let (input, output) = (layer.input(0)?, layer.output()?);
    let call = Call {
        function: "resize_nearest".into(),
        template_arguments: vec![input.ty.name.clone(), config.clone()],
        arguments: vec![input.variable.clone(), output.variable.clone()],
    };
    layer.emission("resize.h", &context, call.to_string(), RESIZING)
}

pub(super) fn transpose(layer: Layer<'_>, op: &Transpose) -> Result<LayerEmission, CodegenError> {
    let config = layer.config_name(None);
    let calls = vec![layer.call("transpose", &config, &[])?];
    let config = turned(layer, &config, op)?;
    Ok(LayerEmission { config, calls, headers: TRANSPOSITION.of(layer), ..LayerEmission::default() })
}

/// The struct that configures a transposition. Axes are taken out of a scalar as out of a vector of one element.
pub(super) fn turned(layer: Layer<'_>, config: &str, op: &Transpose) -> Result<String, CodegenError> {
    let scalar = Transpose { from: vec![1], perm: vec![0] };
    let op = if op.from.is_empty() { &scalar } else { op };
    let list = |numbers: &[usize]| numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    let context = Turned {
        config,
        dims: op.from.len(),
        elements: op.from.iter().product(),
        from_shape: list(&op.from),
        to_shape: list(&op.to()),
        perm: list(&op.perm),
        perm_strides: list(&op.strides()),
    };
    layer.config("transpose.h", &context)
}
