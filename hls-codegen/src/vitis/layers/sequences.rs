//! Layers that work on sequences.

use hls_model::graph::op::{Embedding, LayerNormalization, TimeDistributed, TimeParallelism, TimePart};
use hls_model::graph::{TypeRole, WeightRole};
use hls_model::target::IoType;
use serde::Serialize;

use super::{Headers, Layer, LayerEmission, ONLY_PARTS};
use crate::CodegenError;
use crate::vitis::cpp::Call;

const EMBEDDING: Headers = Headers {
    arrays: &["nnet_utils/nnet_embed.h"],
    streams: &["nnet_utils/nnet_embed.h", "nnet_utils/nnet_embed_stream.h"],
};

const NORMALIZATION: Headers = Headers {
    arrays: &["nnet_utils/nnet_layernorm.h"],
    streams: &["nnet_utils/nnet_layernorm.h", "nnet_utils/nnet_layernorm_stream.h"],
};

const TIME_STEPS: Headers = Headers {
    arrays: &["nnet_utils/nnet_time_distributed.h"],
    streams: &["nnet_utils/nnet_time_distributed.h", "nnet_utils/nnet_time_distributed_stream.h"],
};

/// What `layers/embedding.h` is filled with.
#[derive(Serialize)]
struct Rows<'a> {
    config: &'a str,
    n_in: usize,
    n_out: usize,
    vocab_size: usize,
    reuse_factor: u64,
    embeddings_t: &'a str,
}

/// What `layers/layernorm.h` is filled with.
#[derive(Serialize)]
struct Normalized<'a> {
    config: &'a str,
    n_in: String,
    seq_len: usize,
    epsilon_power_of_10: u32,
    table_range_power2: u32,
    table_size: u64,
    reuse_factor: u64,
    accum_t: &'a str,
    bias_t: &'a str,
    scale_t: &'a str,
    table_t: &'a str,
    product: &'static str,
}

/// What `layers/time_distributed.h` is filled with.
#[derive(Serialize)]
struct Step<'a> {
    config: &'a str,
    dim: usize,
    n_time_steps: usize,
    in_height: usize,
    in_width: usize,
    n_chan: usize,
}

pub(super) fn embedding(layer: Layer<'_>, op: &Embedding) -> Result<LayerEmission, CodegenError> {
    let config = layer.config_name(None);
    let context = Rows {
        config: &config,
        n_in: op.n_in,
        n_out: op.n_out,
        vocab_size: op.vocab_size,
        reuse_factor: layer.node.reuse_factor,
        embeddings_t: layer.weight_type_name(WeightRole::Embeddings)?,
    };
    let table = &layer.weight(WeightRole::Embeddings)?.variable;
    let call = layer.call("embedding", &config, &[table])?;
    layer.emission("embedding.h", &context, call, EMBEDDING)
}

pub(super) fn layer_normalization(
    layer: Layer<'_>,
    op: &LayerNormalization,
) -> Result<LayerEmission, CodegenError> {
    let (scale, bias) = (layer.weight(WeightRole::Scale)?, layer.weight(WeightRole::Bias)?);
    let config = layer.config_name(None);
    let context = Normalized {
        config: &config,
        n_in: layer.input_size()?,
        seq_len: op.seq_len,
        epsilon_power_of_10: op.epsilon_power_of_10,
        table_range_power2: op.table_range_power2,
        table_size: op.table_size,
        reuse_factor: layer.node.reuse_factor,
        accum_t: layer.type_name(TypeRole::Accum)?,
        bias_t: layer.weight_type_name(WeightRole::Bias)?,
        scale_t: layer.weight_type_name(WeightRole::Scale)?,
        table_t: layer.type_name(TypeRole::Table)?,
        product: layer.functor(&layer.input(0)?.ty.precision, &scale.ty.precision)?,
    };
    let call = layer.call("layernormalize", &config, &[&scale.variable, &bias.variable])?;
    layer.emission("layernorm.h", &context, call, NORMALIZATION)
}

/// The loop over time steps: the beginning of a block opens it, the end closes it.
pub(super) fn time_distributed(
    layer: Layer<'_>,
    op: &TimeDistributed,
) -> Result<LayerEmission, CodegenError> {
    let config = layer.config_name(None);
    let (input, output) = (layer.input(0)?, layer.output()?);
    let (step, function, ty) = match op.part {
        TimePart::Begin => (output, "read_time_step", &input.ty.name),
        TimePart::End => (input, "write_time_step", &output.ty.name),
        TimePart::Whole { .. } => return Err(layer.unsupported(ONLY_PARTS)),
    };
    let (in_height, in_width, n_chan) = match step.shape[..] {
        [channels] => (1, 1, channels),
        [width, channels] => (1, width, channels),
        [height, width, channels] => (height, width, channels),
        _ => {
            let axes = step.shape.len();
            return Err(layer.unsupported(format!("a time step has {axes} axes; 1 to 3 are possible")));
        }
    };
    let dim = step.shape.len() + 1;
    let context = Step { config: &config, dim, n_time_steps: op.n_time_steps, in_height, in_width, n_chan };
    let call = Call {
        function: format!("{function}_{dim}d"),
        template_arguments: vec![ty.clone(), config.clone()],
        arguments: vec!["ts".into(), input.variable.clone(), output.variable.clone()],
    };
    let emission = layer.emission("time_distributed.h", &context, call.to_string(), TIME_STEPS)?;
    let (before, after) = match op.part {
        TimePart::Begin => {
            let open = format!("for (unsigned ts = 0; ts < {config}::n_time_steps; ts++) {{");
            let pragma = loop_pragma(layer.io_type(), op.parallelism);
            ([open].into_iter().chain(pragma).collect(), None)
        }
        TimePart::End | TimePart::Whole { .. } => (Vec::new(), Some("}".to_owned())),
    };
    Ok(LayerEmission { before, calls: emission.calls.into_iter().chain(after).collect(), ..emission })
}

/// What synthesis is told about the loop over time steps. Steps of a stream come one after the other, so that there is nothing to choose.
fn loop_pragma(io_type: IoType, parallelism: TimeParallelism) -> Option<String> {
    let pragma = match (io_type, parallelism) {
        (IoType::Stream, _) => "#pragma HLS DATAFLOW",
        (IoType::Parallel, TimeParallelism::Off) => return None,
        (IoType::Parallel, TimeParallelism::Unroll) => "#pragma HLS UNROLL",
        (IoType::Parallel, TimeParallelism::Pipeline) => "#pragma HLS PIPELINE",
    };
    Some(pragma.to_owned())
}
