//! The queues between streamed layers.

use hls_model::graph::Graph;
use hls_model::streams::{self, Queue};
use hls_model::target::IoType;

/// Every stream case: nothing is left over, depths are enough, and fewer are not more.
pub fn check(graph: &Graph) -> Result<(), String> {
    if graph.target.io_type() != IoType::Stream {
        return Ok(());
    }
    let queues = streams::queues(graph).map_err(|error| error.to_string())?;
    for Queue { variable, highest, smallest, tokens, .. } in &queues {
        if smallest > highest || *highest > 2 * tokens || *smallest == 0 {
            return Err(format!(
                "{variable}: {tokens} tokens, at most {highest} at a time, {smallest} are enough"
            ));
        }
    }
    let mut shrunk = graph.clone();
    streams::shrink(&mut shrunk).map_err(|error| error.to_string())?;
    let depths = |graph: &Graph| -> Result<Vec<usize>, String> {
        let queues = streams::queues(graph).map_err(|error| error.to_string())?;
        Ok(queues.iter().map(|queue| queue.depth).collect())
    };
    let enough: Vec<usize> = queues.iter().map(|queue| queue.smallest).collect();
    if depths(&shrunk)? != enough {
        return Err(format!("shrunk to {:?} instead of {enough:?}", depths(&shrunk)?));
    }
    Ok(())
}

/// The queue of a tensor.
pub fn named<'a>(queues: &'a [Queue], variable: &str) -> &'a Queue {
    queues.iter().find(|queue| queue.variable == variable).unwrap_or_else(|| panic!("no queue {variable}"))
}
