//! The bits that quantizers of activations have in the end against what hls4ml leaves of them.

use std::fs::File;
use std::path::Path;

use hls_model::graph::op::FixedPointQuantizer;
use hls_model::graph::{Graph, Op};
use ndarray::{ArrayD, Axis, IxDyn, OwnedRepr};
use ndarray_npy::NpzReader;

/// Compares every quantizer that is still a layer; a case without quantizers of HGQ2 has none.
pub fn check(case: &Path, graph: &Graph) -> Result<(), String> {
    let Ok(file) = File::open(case.join("masks.npz")) else {
        let quantizers = graph.nodes().filter(|node| matches!(node.op, Op::FixedPointQuantizer(_))).count();
        return if quantizers == 0 {
            Ok(())
        } else {
            Err(format!("{quantizers} quantizers and no masks.npz"))
        };
    };
    let mut masks = NpzReader::new(file).map_err(|e| e.to_string())?;
    let names = masks.names().map_err(|e| e.to_string())?;
    let bits = names.iter().filter_map(|name| name.strip_prefix("final/"));
    let mut theirs: Vec<_> =
        bits.filter_map(|name| name.trim_end_matches(".npy").strip_suffix("/B")).collect();
    let mut ours: Vec<_> = graph
        .nodes()
        .filter(|node| matches!(node.op, Op::FixedPointQuantizer(_)))
        .map(|node| node.name.as_str())
        .collect();
    theirs.sort_unstable();
    ours.sort_unstable();
    if ours != theirs {
        return Err(format!("the quantizers {ours:?} are left instead of {theirs:?}"));
    }
    for node in graph.nodes().filter(|node| ours.contains(&node.name.as_str())) {
        if let Op::FixedPointQuantizer(op) = &node.op {
            compare(op, &node.name, &mut masks)?;
        }
    }
    Ok(())
}

fn compare(op: &FixedPointQuantizer, name: &str, masks: &mut NpzReader<File>) -> Result<(), String> {
    let widths = &op.widths;
    let signed = widths.signed.mapv(i32::from);
    for (key, ours) in [("k", &signed), ("B", &widths.bits), ("I", &widths.integer)] {
        let theirs = mask(masks, &format!("final/{name}/{key}.npy"))?;
        if *ours != theirs {
            return Err(format!("{name}/{key}: {ours} instead of {theirs}"));
        }
    }
    Ok(())
}

/// A mask without the axis of the batch.
fn mask(masks: &mut NpzReader<File>, name: &str) -> Result<ArrayD<i32>, String> {
    let array = masks.by_name::<OwnedRepr<i16>, IxDyn>(name).map_err(|e| format!("{name}: {e}"))?;
    Ok(array.index_axis(Axis(0), 0).mapv(i32::from))
}
