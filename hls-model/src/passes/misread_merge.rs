//! Merges of arrays repeat the smaller tensor as a whole, which is not always what Keras does.

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::{Draft, NodeId, Op, broadcast};

/// Warns of a merge whose smaller input Keras repeats along another than the first axes.
pub(super) fn warn_of_misread_merge(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    let (Op::Merge(_), &[first, second]) = (&node.op, &node.inputs[..]) else { return Ok(Outcome::Continue) };
    let [first, second] = [first, second].map(|tensor| &graph.tensor(tensor).shape[..]);
    if is_misread(first, second) {
        let name = node.name.clone();
        let message = format!(
            "hls4ml repeats the smaller of its inputs ({first:?} and {second:?}) over and over, which is not what Keras does with these \
             shapes, so the outputs are not the model's; make the shapes equal (UpSampling, Concatenate)"
        );
        graph.warn(&name, message);
    }
    Ok(Outcome::Continue)
}

fn is_misread(first: &[usize], second: &[usize]) -> bool {
    let len = |shape: &[usize]| shape.iter().product::<usize>();
    let smaller = if len(second) > len(first) { first } else { second };
    let ones = smaller.iter().take_while(|&&extent| extent == 1).count();
    let result = broadcast([first, second]);
    len(first) != len(second) && result.is_some_and(|result| !result.ends_with(&smaller[ones..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_axes_are_repeated_rightly() {
        type Axes = &'static [usize];
        let table: [(Axes, Axes, bool); 6] = [
            (&[3, 4, 2], &[3, 4, 2], false),
            (&[3, 4, 2], &[1, 1, 2], false),
            (&[2], &[3, 4, 2], false),
            (&[3, 4], &[1, 1], false),
            (&[3, 4, 2], &[3, 4, 1], true),
            (&[10, 1], &[10, 2], true),
        ];
        for (first, second, expected) in table {
            assert_eq!(is_misread(first, second), expected, "{first:?} {second:?}");
        }
    }
}
