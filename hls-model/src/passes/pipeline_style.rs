//! How the top function is scheduled.

use crate::ConvertError;
use crate::config::{Lookup, Strategy};
use crate::graph::{Draft, Pipeline, PipelineStyle};

/// Takes the style that the configuration asks for, or chooses: dataflow if any layer shares multipliers, else one
/// pipeline.
pub(super) fn set_pipeline_style(graph: &mut Draft, lookup: &Lookup) -> Result<(), ConvertError> {
    let strategies: Vec<_> = graph.order().iter().map(|&id| lookup.strategy(graph.scope(id)).0).collect();
    let mut pipeline = Pipeline { style: PipelineStyle::Pipeline, interval: lookup.pipeline_interval };
    match lookup.pipeline_style.as_str() {
        "pipeline" => {
            if strategies.contains(&Strategy::Resource) {
                graph.warnings.push(crate::graph::Warning {
                    layer: None,
                    message: "PipelineStyle is \"pipeline\" although layers use the Resource strategy; expect a poor result \
                              of synthesis"
                        .into(),
                });
            }
        }
        "dataflow" => pipeline.style = PipelineStyle::Dataflow,
        other => {
            if other != "auto" {
                graph.warnings.push(crate::graph::Warning {
                    layer: None,
                    message: format!(
                        "PipelineStyle \"{other}\" is unknown (auto, pipeline, dataflow); using auto"
                    ),
                });
            }
            if strategies.contains(&Strategy::Resource) {
                pipeline.style = PipelineStyle::Dataflow;
            } else if strategies.contains(&Strategy::ResourceUnrolled) {
                pipeline.interval = graph.nodes().map(|n| n.reuse_factor).max();
            }
        }
    }
    graph.pipeline = pipeline;
    Ok(())
}
