//! What hls4ml does to a graph between reading and writing, in its order.
//!
//! A pass is a rule about one node: it looks at the node, and changes the graph or leaves it. [`run`] applies the
//! [`flows`] of the target one after the other; within a flow the passes are tried in the listed order on every node, and after a
//! change the list starts again from its first pass. So a pass never sees a graph that an earlier one would still
//! change, and the indices of inserted layers come out as hls4ml's.

mod apply_resource_strategy;
mod bit_exact;
mod broadcast_stream;
mod clone_output;
mod eliminate_linear;
mod expand_layer_group;
mod expand_time_distributed;
mod exponential;
mod extract_ternary_threshold;
mod factorize_alpha;
mod final_names;
mod fuse_batch_normalization;
mod fuse_consecutive_batch_normalization;
mod fuse_quantizer_into_sums;
mod infer_precision;
mod init_layers;
mod init_recurrent;
mod inplace_reshape;
mod inplace_stream_flatten;
mod insert_zero_padding;
mod merge_batch_norm_quantized_tanh;
mod misread_merge;
mod optimize_pointwise_conv;
mod padded_maximum;
mod remove_final_reshape;
mod remove_nop_batch_normalization;
mod replace_multidimensional_dense;
mod reshape_stream;
mod reuse_factor;
mod separable_to_depthwise_and_conv;
mod softmax;
mod stream_interfaces;
mod transpose;
mod xnor_pooling;

use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::{Draft, NodeId};
use crate::target::Target;
use crate::warning::Warning;

pub use reuse_factor::valid_reuse_factors;

/// What a pass did with a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing, or a change that concerns this node alone.
    Continue,
    /// A change after which the passes start again.
    Restart,
}

/// A rule about one node.
pub struct Pass {
    /// hls4ml's name of it.
    pub name: &'static str,
    apply: fn(&mut Draft, NodeId, &mut Lookup) -> Result<Outcome, ConvertError>,
}

/// Passes that are repeated together until none changes anything.
pub struct Flow {
    /// hls4ml's name of it.
    pub name: &'static str,
    /// The passes, in order.
    pub passes: &'static [Pass],
}

macro_rules! passes {
    ($($module:ident :: $function:ident),* $(,)?) => {
        &[$(Pass { name: stringify!($function), apply: $module::$function }),*]
    };
}

const CONVERT: Flow = Flow {
    name: "convert",
    passes: passes![
        separable_to_depthwise_and_conv::separable_to_depthwise_and_conv,
        transpose::remove_transpose_before_flatten,
        transpose::remove_nop_transpose,
        transpose::remove_single_channel_transpose,
        expand_time_distributed::expand_time_distributed,
        expand_layer_group::expand_layer_group,
        factorize_alpha::qkeras_factorize_alpha,
        extract_ternary_threshold::extract_ternary_threshold,
        fuse_consecutive_batch_normalization::fuse_consecutive_batch_normalization,
        fuse_batch_normalization::fuse_batch_normalization,
        replace_multidimensional_dense::replace_multidimensional_dense_with_conv,
        bit_exact::bit_exact,
        bit_exact::fuse_fixed_point_quantizer,
        bit_exact::fix_input_precision,
        bit_exact::warn_of_endless_results,
        eliminate_linear::eliminate_linear_activation,
        eliminate_linear::merge_linear_activation,
        infer_precision::infer_precision_types,
    ],
};

const OPTIMIZE: Flow = Flow {
    name: "optimize",
    passes: passes![remove_nop_batch_normalization::remove_nop_batch_normalization],
};

const INIT_LAYERS: Flow = Flow {
    name: "vivado:init_layers",
    passes: passes![
        init_layers::init_base_layer,
        init_layers::init_dense,
        init_layers::init_einsum_dense,
        init_layers::init_conv,
        init_recurrent::init_recurrent,
    ],
};

const VALIDATION: Flow = Flow {
    name: "vitis:validation",
    passes: passes![init_layers::validate_conv_implementation, init_layers::validate_resource_strategy],
};

const STREAMING: Flow = Flow {
    name: "vivado:streaming",
    passes: passes![
        inplace_stream_flatten::inplace_stream_flatten,
        reshape_stream::reshape_stream,
        clone_output::clone_output,
        insert_zero_padding::insert_zero_padding_before_conv1d,
        insert_zero_padding::insert_zero_padding_before_conv2d,
        broadcast_stream::broadcast_stream,
    ],
};

const QUANTIZATION: Flow = Flow {
    name: "vivado:quantization",
    passes: passes![
        merge_batch_norm_quantized_tanh::merge_batch_norm_quantized_tanh,
        fuse_consecutive_batch_normalization::fuse_consecutive_batch_normalization,
        xnor_pooling::xnor_pooling,
    ],
};

/// Every flow for Vitis with arrays between layers, in order.
const VITIS_PARALLEL: &[Flow] = &[
    CONVERT,
    OPTIMIZE,
    INIT_LAYERS,
    VALIDATION,
    QUANTIZATION,
    Flow {
        name: "vivado:optimize",
        passes: passes![
            remove_final_reshape::remove_final_reshape,
            optimize_pointwise_conv::optimize_pointwise_conv,
            inplace_reshape::inplace_parallel_reshape,
            misread_merge::warn_of_misread_merge,
            softmax::skip_softmax,
            softmax::warn_of_flat_softmax,
            softmax::fix_softmax_table_size,
            infer_precision::infer_precision_types,
            fuse_quantizer_into_sums::fuse_quantizer_into_d_a_layers,
            exponential::warn_of_limited_exponential,
            padded_maximum::warn_of_padded_maximum,
        ],
    },
    Flow {
        name: "vivado:specific_types",
        passes: passes![final_names::transform_types, apply_resource_strategy::apply_resource_strategy],
    },
];

/// Every flow for Vitis with streams between layers, in order.
const VITIS_STREAM: &[Flow] = &[
    CONVERT,
    OPTIMIZE,
    INIT_LAYERS,
    VALIDATION,
    STREAMING,
    QUANTIZATION,
    Flow {
        name: "vivado:optimize",
        passes: passes![
            optimize_pointwise_conv::optimize_pointwise_conv,
            softmax::skip_softmax,
            softmax::slice_softmax,
            softmax::fix_softmax_table_size,
            infer_precision::infer_precision_types,
            fuse_quantizer_into_sums::fuse_quantizer_into_d_a_layers,
            exponential::warn_of_limited_exponential,
        ],
    },
    Flow {
        name: "vivado:specific_types",
        passes: passes![
            final_names::transform_types,
            stream_interfaces::stream_interfaces,
            apply_resource_strategy::apply_resource_strategy,
        ],
    },
];

/// More restarts than any real model needs; a rule that undoes another would otherwise run forever.
const MAX_CHANGES_PER_NODE: usize = 100;

/// The flows of a target, in order.
#[must_use]
pub fn flows(target: Target) -> &'static [Flow] {
    match target {
        Target::VitisParallel => VITIS_PARALLEL,
        Target::VitisStream => VITIS_STREAM,
    }
}

/// Applies all flows of the target, then notes what the configuration asks of the back end.
///
/// # Errors
/// A pass cannot do what the model or the configuration asks for.
pub fn run(graph: &mut Draft, lookup: &mut Lookup) -> Result<(), ConvertError> {
    for flow in flows(graph.target) {
        run_flow(graph, lookup, flow)?;
        graph.validate()?;
    }
    note_strategies(graph, lookup);
    Ok(())
}

/// Notes the strategy that the configuration asks for on each layer, also on those that multiply nothing: back ends schedule by it.
fn note_strategies(graph: &mut Draft, lookup: &Lookup) {
    for id in graph.order().to_vec() {
        graph.node_mut(id).requested_strategy = lookup.strategy(graph.scope(id)).0;
    }
    if let Some(word) = lookup.unknown_pipeline_style() {
        let message = format!("PipelineStyle \"{word}\" is unknown (auto, pipeline, dataflow); using auto");
        graph.warnings.push(Warning { layer: None, message });
    }
}

fn run_flow(graph: &mut Draft, lookup: &mut Lookup, flow: &Flow) -> Result<(), ConvertError> {
    let budget = (graph.order().len() + 1) * MAX_CHANGES_PER_NODE;
    for _ in 0..budget {
        if sweep(graph, lookup, flow)? == Outcome::Continue {
            return Ok(());
        }
        if cfg!(debug_assertions) {
            graph.validate()?;
        }
    }
    Err(ConvertError::Unsettled { flow: flow.name })
}

/// Tries every pass on every node until one asks for a restart.
fn sweep(graph: &mut Draft, lookup: &mut Lookup, flow: &Flow) -> Result<Outcome, ConvertError> {
    for pass in flow.passes {
        for id in graph.order().to_vec() {
            if (pass.apply)(graph, id, lookup)? == Outcome::Restart {
                return Ok(Outcome::Restart);
            }
        }
    }
    Ok(Outcome::Continue)
}
