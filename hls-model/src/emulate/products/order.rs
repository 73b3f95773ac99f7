//! Which weight connects which input with which output, and in which order the kernels add up.

use crate::config::Strategy;
use crate::graph::op::{Conv, Dense};

/// One product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::emulate) struct Place {
    pub(in crate::emulate) output: usize,
    /// The input's position in its window.
    pub(in crate::emulate) input: usize,
    /// The weight's position in its array.
    pub(in crate::emulate) weight: usize,
    /// Whether the output's products since the last such one are added up among themselves first.
    pub(in crate::emulate) ends_group: bool,
}

/// A matrix of weights as it lies in its array.
struct Layout {
    n_in: usize,
    n_out: usize,
    /// Whether rows are outputs.
    transposed: bool,
}

impl Layout {
    /// Every product, input by input.
    fn by_input(&self) -> Vec<Place> {
        let places = (0..self.n_in).flat_map(|input| (0..self.n_out).map(move |output| (input, output)));
        let weight = |input, output| {
            if self.transposed { output * self.n_in + input } else { input * self.n_out + output }
        };
        let places = places.map(|(input, output)| {
            let weight = weight(input, output);
            Place { output, input, weight, ends_group: false }
        });
        places.collect()
    }

    /// Every product in the order of a loop over cycles, in which each multiplier takes the next weight of its own block. Rows are
    /// outputs.
    fn by_cycle(&self, reuse_factor: u64) -> Vec<Place> {
        let n_weights = self.n_in * self.n_out;
        let cycles = usize::try_from(reuse_factor).unwrap_or(usize::MAX).clamp(1, n_weights.max(1));
        let weights = (0..cycles).flat_map(|cycle| (cycle..n_weights).step_by(cycles));
        let places = weights.map(|weight| {
            let (output, input) = (weight / self.n_in, weight % self.n_in);
            Place { output, input, weight, ends_group: false }
        });
        places.collect()
    }
}

/// The products of a Dense layer.
pub(in crate::emulate) fn dense_order(dense: &Dense, reuse_factor: u64) -> Vec<Place> {
    let layout = Layout { n_in: dense.n_in, n_out: dense.n_out, transposed: dense.transposed };
    match dense.strategy {
        Strategy::Latency => layout.by_input(),
        _ if !dense.transposed => layout.by_input(),
        Strategy::ResourceUnrolled => layout.by_cycle(reuse_factor),
        Strategy::Resource => {
            let mut places = layout.by_cycle(reuse_factor);
            let n_in = u64::try_from(dense.n_in).unwrap_or(u64::MAX).max(1);
            if reuse_factor > n_in && !reuse_factor.is_multiple_of(n_in) {
                end_groups_with_cycles(&mut places, dense.n_out, reuse_factor);
            }
            places
        }
    }
}

/// The products of a convolution, for each of its pixels.
pub(in crate::emulate) fn conv_order(conv: &Conv, reuse_factor: u64) -> Vec<Place> {
    let n_in = conv.kernel_size() * conv.n_chan;
    let layout = Layout { n_in, n_out: conv.n_filt, transposed: conv.transposed };
    match conv.strategy {
        Strategy::Resource | Strategy::ResourceUnrolled if conv.transposed => layout.by_cycle(reuse_factor),
        _ => layout.by_input(),
    }
}

/// `DenseResource_rf_gt_nin` gathers the products of each cycle before it adds them to the accumulators.
fn end_groups_with_cycles(places: &mut [Place], n_out: usize, reuse_factor: u64) {
    let cycles = usize::try_from(reuse_factor).unwrap_or(usize::MAX).clamp(1, places.len().max(1));
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
        Dense { n_in, n_out, strategy, transposed: strategy != Strategy::Latency }
    }

    fn shown(places: &[Place]) -> Vec<String> {
        let mark = |place: &Place| if place.ends_group { "." } else { "" };
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
        let dense = dense(Strategy::Resource, 6, 2);
        let mut places = Layout { n_in: 6, n_out: 2, transposed: true }.by_cycle(3);
        end_groups_with_cycles(&mut places, dense.n_out, 3);
        let expected = [
            "0+0*0", "0+3*3.", "1+0*6", "1+3*9.", "0+1*1", "0+4*4.", "1+1*7", "1+4*10.", "0+2*2", "0+5*5.",
            "1+2*8", "1+5*11.",
        ];
        assert_eq!(shown(&places), expected);
    }
}
