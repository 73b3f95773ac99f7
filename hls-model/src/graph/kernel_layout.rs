//! Kernels of convolutions that a file stores otherwise than the products use them.

use ndarray::{Array3, IxDyn};

use super::values::Values;

/// Where the kernel in the file, on which a quantizer acts, lies in the one that is multiplied with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KernelLayout {
    /// They are the same.
    #[default]
    Same,
    /// `[…filter, channels / groups, filters]` in `[…filter, channels, filters]`, which has zeros where a filter does not see a channel.
    Grouped {
        /// A divisor of the channels and of the filters.
        groups: usize,
    },
    /// `[…filter, filters, channels]` in `[…filter, channels, filters]`, the pixels in reverse order: the kernel of a transposed
    /// convolution as that of an ordinary one.
    Transposed,
}

impl KernelLayout {
    /// The shape of the kernel that is multiplied with.
    pub(crate) fn shape(self, stored: &[usize]) -> Vec<usize> {
        let mut shape = stored.to_vec();
        if let [.., channels, filters] = shape.as_mut_slice() {
            match self {
                Self::Same => {}
                Self::Grouped { groups } => *channels = channels.saturating_mul(groups),
                Self::Transposed => std::mem::swap(channels, filters),
            }
        }
        shape
    }

    /// The kernel that is multiplied with, made from the stored one.
    #[must_use]
    pub fn spread(self, stored: &Values) -> Values {
        match self {
            Self::Same => stored.clone(),
            Self::Grouped { groups } => {
                let shape = self.shape(stored.data.shape());
                let [_, channels, filters] = folded(&shape).map(|extent| extent.max(1));
                let group_of = |channel, filter| [channel * groups / channels, filter * groups / filters];
                rearranged(stored, &shape, |[tap, channel, filter]| {
                    let [of_channel, of_filter] = group_of(channel, filter);
                    (of_channel == of_filter).then_some([tap, channel % (channels / groups), filter])
                })
            }
            Self::Transposed => turned(stored, &self.shape(stored.data.shape())),
        }
    }

    /// The stored kernel, taken out of the one that is multiplied with.
    pub(crate) fn gather(self, spread: &Values) -> Values {
        let mut shape = spread.data.shape().to_vec();
        match (self, shape.as_mut_slice()) {
            (Self::Grouped { groups }, [.., channels, filters]) => {
                *channels /= groups;
                let (inside, filters) = (*channels, (*filters).max(1));
                let first = |filter| filter * groups / filters * inside;
                rearranged(spread, &shape, |[tap, channel, filter]| {
                    Some([tap, first(filter) + channel, filter])
                })
            }
            (Self::Transposed, _) => turned(spread, &self.shape(spread.data.shape())),
            (Self::Same | Self::Grouped { .. }, _) => spread.clone(),
        }
    }
}

/// Pixels of the filter, and both axes of channels.
fn folded(shape: &[usize]) -> [usize; 3] {
    match shape {
        [pixels @ .., a, b] => [pixels.iter().product(), *a, *b],
        other => [1, 1, other.iter().product()],
    }
}

/// A kernel of another shape; `source` says which element goes to a place, `None` for a zero.
fn rearranged(values: &Values, shape: &[usize], source: impl Fn([usize; 3]) -> Option<[usize; 3]>) -> Values {
    let (from, to) = (folded(values.data.shape()), folded(shape));
    let data = values.data.to_shape(from).ok().and_then(|from| {
        let element = |(a, b, c)| source([a, b, c]).and_then(|at| from.get(at)).copied().unwrap_or(0.0);
        Array3::from_shape_fn(to, element).into_shape_with_order(IxDyn(shape)).ok()
    });
    // A kernel has all its elements, in any shape with as many.
    Values { data: data.unwrap_or_else(|| values.data.clone()), width: values.width }
}

/// The pixels in reverse order, and both axes of channels exchanged; twice is nothing.
fn turned(values: &Values, shape: &[usize]) -> Values {
    let [pixels, ..] = folded(shape);
    rearranged(values, shape, |[tap, a, b]| Some([pixels - 1 - tap, b, a]))
}

#[cfg(test)]
mod tests {
    use ndarray::{ArrayD, IxDyn};

    use super::*;

    fn counted(shape: &[usize]) -> Values {
        let mut next = 0.0;
        Values::double(ArrayD::from_shape_simple_fn(IxDyn(shape), || {
            next += 1.0;
            next
        }))
    }

    #[test]
    fn kernels_are_spread_and_gathered() {
        let table = [
            (KernelLayout::Same, vec![1, 2, 2], vec![1, 2, 2], vec![1., 2., 3., 4.]),
            // Filters 0 and 1 see channel 0, filters 2 and 3 channel 1.
            (
                KernelLayout::Grouped { groups: 2 },
                vec![1, 1, 4],
                vec![1, 2, 4],
                vec![1., 2., 0., 0., 0., 0., 3., 4.],
            ),
            (KernelLayout::Transposed, vec![2, 1, 2], vec![2, 2, 1], vec![3., 4., 1., 2.]),
        ];
        for (layout, from, to, expected) in table {
            let stored = counted(&from);
            let spread = layout.spread(&stored);
            assert_eq!((spread.data.shape(), layout.shape(&from)), (&to[..], to.clone()));
            assert_eq!(spread.data.iter().copied().collect::<Vec<_>>(), expected, "{layout:?}");
            assert_eq!(layout.gather(&spread), stored, "{layout:?}");
        }
    }

    #[test]
    fn both_axes_of_a_transposed_kernel_are_reversed() {
        let stored = counted(&[2, 3, 2, 1]);
        let spread = KernelLayout::Transposed.spread(&stored);
        assert_eq!(spread.data.shape(), [2, 3, 1, 2]);
        for ((y, x), filter) in [((0, 0), 0), ((1, 0), 1), ((0, 2), 1)] {
            assert_eq!(spread.data[[y, x, 0, filter]], stored.data[[1 - y, 2 - x, filter, 0]]);
        }
    }
}
