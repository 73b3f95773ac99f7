//! Functions of one element.

use hls_model::graph::op::{
    Activation, Function, HardActivation, PRelu, ParametrizedActivation, TernaryTanh, UnaryLut,
};
use hls_model::graph::{TypeRole, WeightRole};
use serde::Serialize;

use super::{Headers, Layer, LayerEmission, smooth};
use crate::CodegenError;
use crate::vitis::cpp::{Call, identifier, real_literal};

pub(super) const HEADERS: Headers = Headers {
    arrays: &["nnet_utils/nnet_activation.h"],
    streams: &["nnet_utils/nnet_activation.h", "nnet_utils/nnet_activation_stream.h"],
};

/// What `layers/activation.h` is filled with.
#[derive(Serialize)]
pub(super) struct Table<'a> {
    pub(super) config: &'a str,
    pub(super) n_in: usize,
    pub(super) table_size: u64,
    pub(super) reuse_factor: u64,
    pub(super) table_t: &'a str,
    /// The type of the parameter, for functions that have one.
    pub(super) param_t: Option<&'a str>,
}

/// What `layers/hard_activation.h` is filled with.
#[derive(Serialize)]
pub(super) struct Hard<'a> {
    pub(super) config: &'a str,
    pub(super) n_in: usize,
    pub(super) slope_t: &'a str,
    pub(super) shift_t: &'a str,
    pub(super) slope: String,
    pub(super) shift: String,
    pub(super) reuse_factor: u64,
}

/// Headers of the functions that hls4ml does not have.
const OUR_HEADERS: Headers = Headers {
    arrays: &["nnet_utils/nnet_smooth_relu.h"],
    streams: &["nnet_utils/nnet_smooth_relu.h", "nnet_utils/nnet_smooth_relu_stream.h"],
};

fn headers(function: Function) -> Headers {
    match function {
        Function::Gelu | Function::Swish => OUR_HEADERS,
        _ => HEADERS,
    }
}

pub(super) fn plain(layer: Layer<'_>, op: &Activation) -> Result<LayerEmission, CodegenError> {
    match op.function {
        Function::Mish => return smooth::mish(layer, op),
        Function::Exponential => return smooth::exponential(layer, op),
        _ => {}
    }
    let label = identifier(&op.label, "an activation")?;
    let emission = without_parameter(layer, (op.function.as_str(), label), (op.n_in, op.table_size))?;
    Ok(LayerEmission { headers: headers(op.function).of(layer), ..emission })
}

pub(super) fn ternary(layer: Layer<'_>, op: &TernaryTanh) -> Result<LayerEmission, CodegenError> {
    without_parameter(layer, ("ternary_tanh", "ternary_tanh"), (op.n_in, op.table_size))
}

pub(super) fn hard(layer: Layer<'_>, op: &HardActivation) -> Result<LayerEmission, CodegenError> {
    let function = op.function.as_str();
    let config = layer.config_name(Some(function));
    let context = Hard {
        config: &config,
        n_in: op.n_in,
        slope_t: layer.type_name(TypeRole::Slope)?,
        shift_t: layer.type_name(TypeRole::Shift)?,
        slope: real_literal(op.slope),
        shift: real_literal(op.shift),
        reuse_factor: layer.node.reuse_factor,
    };
    layer.emission("hard_activation.h", &context, layer.call(function, &config, &[])?, HEADERS)
}

pub(super) fn parametrized(
    layer: Layer<'_>,
    op: &ParametrizedActivation,
) -> Result<LayerEmission, CodegenError> {
    let param_t = layer.type_name(TypeRole::Param)?;
    let parameter = real_literal(op.parameter);
    let label = identifier(&op.label, "an activation")?;
    with_parameter(layer, (op.function.as_str(), label), (param_t, &parameter), (op.n_in, op.table_size))
}

pub(super) fn prelu(layer: Layer<'_>, op: &PRelu) -> Result<LayerEmission, CodegenError> {
    let param_t = layer.weight_type_name(WeightRole::Param)?;
    let slopes = &layer.weight(WeightRole::Param)?.variable;
    with_parameter(layer, ("prelu", &op.label), (param_t, slopes), (op.n_in, op.table_size))
}

/// `nnet::unary_lut<input type, output type, config>(input, output, table);`
pub(super) fn tabulated(layer: Layer<'_>, op: &UnaryLut) -> Result<LayerEmission, CodegenError> {
    let config = layer.config_name(Some("unary_lut"));
    let table = layer.weight(WeightRole::Table)?;
    let input = layer.input(0)?.ty.precision;
    if 1_usize.checked_shl(input.width()).is_none_or(|numbers| numbers > op.table_size) {
        let reason = format!(
            "its table has {} values, and its input of type {} can be more numbers than that; give the layer before it a narrower result",
            op.table_size,
            input.cpp()
        );
        return Err(layer.unsupported(reason));
    }
    let context = Table {
        config: &config,
        n_in: op.n_in,
        table_size: op.table_size as u64,
        reuse_factor: layer.node.reuse_factor,
        table_t: layer.weight_type_name(WeightRole::Table)?,
        param_t: None,
    };
    layer.emission("activation.h", &context, layer.call("unary_lut", &config, &[&table.variable])?, HEADERS)
}

fn table<'a>(
    layer: Layer<'a>,
    config: &'a str,
    (n_in, table_size): (usize, u64),
    param_t: Option<&'a str>,
) -> Result<Table<'a>, CodegenError> {
    let reuse_factor = layer.node.reuse_factor;
    Ok(Table { config, n_in, table_size, reuse_factor, table_t: layer.type_name(TypeRole::Table)?, param_t })
}

fn without_parameter(
    layer: Layer<'_>,
    (function, label): (&str, &str),
    (n_in, table_size): (usize, u64),
) -> Result<LayerEmission, CodegenError> {
    let config = layer.config_name(Some(label));
    let context = table(layer, &config, (n_in, table_size), None)?;
    layer.emission("activation.h", &context, layer.call(function, &config, &[])?, HEADERS)
}

/// `nnet::function<input type, parameter type, output type, config>(input, parameter, output);`
fn with_parameter(
    layer: Layer<'_>,
    (function, label): (&str, &str),
    (param_t, parameter): (&str, &str),
    (n_in, table_size): (usize, u64),
) -> Result<LayerEmission, CodegenError> {
    let config = layer.config_name(Some(label));
    let context = table(layer, &config, (n_in, table_size), Some(param_t))?;
    let (input, output) = (layer.input(0)?, layer.output()?);
    let call = Call {
        function: function.to_owned(),
        template_arguments: vec![
            input.ty.name.clone(),
            param_t.to_owned(),
            output.ty.name.clone(),
            config.clone(),
        ],
        arguments: vec![input.variable.clone(), parameter.to_owned(), output.variable.clone()],
    };
    layer.emission("activation.h", &context, call.to_string(), HEADERS)
}
