//! Which weight connects which input with which output, and in which order the kernels add up.

use crate::config::Strategy;
use crate::graph::op::{Conv, ConvFlavour, Dense};

/// One product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// The output.
    pub output: usize,
    /// The input's position in its window.
    pub input: usize,
    /// The weight's position in its array.
    pub weight: usize,
    /// Whether the output's products since the last such one are added up among themselves first.
    pub ends_group: bool,
}

/// The products of a Dense layer.
pub(super) fn dense_order(dense: &Dense, reuse_factor: u64) -> Vec<Connection> {
    let Dense { n_in, n_out, strategy, transposed, .. } = *dense;
    let weight = |input, output| if transposed { output * n_in + input } else { input * n_out + output };
    let pairs = (0..n_in).flat_map(|input| (0..n_out).map(move |output| (input, output)));
    let places = pairs.map(|(input, output)| {
        let weight = weight(input, output);
        Connection { output, input, weight, ends_group: false }
    });
    let mut places: Vec<Connection> = places.collect();
    if strategy == Strategy::Latency || !transposed {
        return places;
    }
    let cycles = order_by_cycle(&mut places, reuse_factor);
    let n_in = u64::try_from(n_in).unwrap_or(u64::MAX).max(1);
    let gathers = strategy == Strategy::Resource && reuse_factor > n_in && !reuse_factor.is_multiple_of(n_in);
    if gathers {
        end_groups_with_cycles(&mut places, n_out, cycles);
    }
    places
}

/// The products of a convolution, for each of its pixels.
pub(super) fn conv_order(conv: &Conv, reuse_factor: u64) -> Vec<Connection> {
    let multiplier = conv.depth_multiplier();
    let filters = |channel: usize| match conv.flavour {
        ConvFlavour::Depthwise => channel * multiplier..(channel + 1) * multiplier,
        ConvFlavour::Full | ConvFlavour::FoldedBatchNorm | ConvFlavour::Pointwise => 0..conv.n_filt,
    };
    let inputs = (0..conv.kernel_size()).flat_map(|tap| (0..conv.n_chan).map(move |channel| (tap, channel)));
    let places = inputs.flat_map(|(tap, channel)| {
        filters(channel).map(move |output| {
            let weight = conv.weight_index(tap, channel, output);
            Connection { output, input: tap * conv.n_chan + channel, weight, ends_group: false }
        })
    });
    let mut places: Vec<Connection> = places.collect();
    if conv.strategy != Strategy::Latency && conv.transposed {
        order_by_cycle(&mut places, reuse_factor);
    }
    places
}

/// Puts products in the order of a loop over cycles, in which each multiplier takes the next weight of its own block. Returns the number
/// of cycles.
fn order_by_cycle(places: &mut [Connection], reuse_factor: u64) -> usize {
    let cycles = usize::try_from(reuse_factor).unwrap_or(usize::MAX).clamp(1, places.len().max(1));
    places.sort_by_key(|place| (place.weight % cycles, place.weight));
    cycles
}

/// `DenseResource_rf_gt_nin` gathers the products of each cycle before it adds them to the accumulators.
fn end_groups_with_cycles(places: &mut [Connection], n_out: usize, cycles: usize) {
    // The cycle of each output's next product, seen from the end.
    let mut next = vec![None; n_out];
    for place in places.iter_mut().rev() {
        let cycle = place.weight % cycles;
        place.ends_group = next[place.output] != Some(cycle);
        next[place.output] = Some(cycle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dense(strategy: Strategy, n_in: usize, n_out: usize) -> Dense {
        Dense { strategy, transposed: strategy != Strategy::Latency, ..Dense::new(n_in, n_out) }
    }

    fn shown(places: &[Connection]) -> Vec<String> {
        let mark = |place: &Connection| if place.ends_group { "." } else { "" };
        places.iter().map(|p| format!("{}+{}*{}{}", p.output, p.input, p.weight, mark(p))).collect()
    }

    #[test]
    fn products_are_added_in_the_order_of_the_kernels() {
        let table: [(Dense, u64, &[&str]); 5] = [
            (dense(Strategy::Latency, 2, 2), 1, &["0+0*0", "1+0*1", "0+1*2", "1+1*3"]),
            (dense(Strategy::Resource, 2, 2), 1, &["0+0*0", "0+1*1", "1+0*2", "1+1*3"]),
            (dense(Strategy::Resource, 4, 1), 2, &["0+0*0", "0+2*2", "0+1*1", "0+3*3"]),
            (dense(Strategy::Resource, 2, 2), 2, &["0+0*0", "1+0*2", "0+1*1", "1+1*3"]),
            (
                dense(Strategy::Resource, 2, 3),
                3,
                &["0+0*0.", "1+1*3.", "0+1*1.", "2+0*4.", "1+0*2.", "2+1*5."],
            ),
        ];
        for (dense, reuse_factor, expected) in table {
            assert_eq!(shown(&dense_order(&dense, reuse_factor)), expected, "{dense:?}, {reuse_factor}");
        }
    }

    #[test]
    fn products_of_one_cycle_and_output_are_one_group() {
        // Three cycles of four multipliers: in each, two take a weight of output 0 or of output 1.
        let mut places = dense_order(&dense(Strategy::Resource, 6, 2), 3);
        end_groups_with_cycles(&mut places, 2, 3);
        let expected = [
            "0+0*0", "0+3*3.", "1+0*6", "1+3*9.", "0+1*1", "0+4*4.", "1+1*7", "1+4*10.", "0+2*2", "0+5*5.",
            "1+2*8", "1+5*11.",
        ];
        assert_eq!(shown(&places), expected);
    }
}
