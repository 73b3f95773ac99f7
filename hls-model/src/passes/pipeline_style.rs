//! How the top function is scheduled.

use crate::config::{Lookup, Strategy};
use crate::error::ConvertError;
use crate::graph::{Draft, Op, Pipeline, PipelineStyle};

/// Takes the style that the configuration asks for, or chooses: dataflow if a convolution works in partitions or any layer
/// shares multipliers, else one pipeline.
pub(super) fn set_pipeline_style(graph: &mut Draft, lookup: &Lookup) -> Result<(), ConvertError> {
    let strategies: Vec<_> = graph.order().iter().map(|&id| lookup.strategy(graph.scope(id)).0).collect();
    let mut pipeline = Pipeline { style: PipelineStyle::Pipeline, interval: lookup.pipeline_interval };
    let in_partitions = graph.nodes().any(|n| matches!(&n.op, Op::Conv(conv) if conv.n_partitions != 1));
    match lookup.pipeline_style.as_str() {
        "pipeline" => {
            if strategies.contains(&Strategy::Resource) {
                graph.warnings.push(crate::warning::Warning {
                    layer: None,
                    message: "PipelineStyle is \"pipeline\" although layers use the Resource strategy; expect a poor result \
                              of synthesis"
                        .into(),
                });
            }
            if graph.nodes().any(|n| matches!(n.op, Op::Conv(_))) {
                graph.warnings.push(crate::warning::Warning {
                    layer: None,
                    message: "PipelineStyle is \"pipeline\" although convolutions need \"dataflow\"".into(),
                });
            }
        }
        "dataflow" => pipeline.style = PipelineStyle::Dataflow,
        other => {
            if other != "auto" {
                graph.warnings.push(crate::warning::Warning {
                    layer: None,
                    message: format!(
                        "PipelineStyle \"{other}\" is unknown (auto, pipeline, dataflow); using auto"
                    ),
                });
            }
            if in_partitions || strategies.contains(&Strategy::Resource) {
                pipeline.style = PipelineStyle::Dataflow;
            } else if strategies.contains(&Strategy::ResourceUnrolled) {
                pipeline.interval = graph.nodes().map(|n| n.reuse_factor).max();
            }
        }
    }
    graph.pipeline = pipeline;
    Ok(())
}
