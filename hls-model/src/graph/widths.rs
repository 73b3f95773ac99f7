//! The fixed-point types of a tensor whose elements need not have the same one.

use ndarray::{ArrayD, Zip};

use crate::fixed::{FixedType, Overflow, Rounding};

/// Sign and bits of each element of a tensor; where all elements along an axis have the same, the axis may have the extent 1 (and leading
/// axes may be left out). All three arrays have the same shape, that of the tensor without the batch axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Widths {
    /// Whether elements may be negative.
    pub signed: ArrayD<bool>,
    /// All bits, the sign among them (hls4ml's B); an element with none, or fewer, is always zero.
    pub bits: ArrayD<i32>,
    /// Bits before the binary point, the sign among them (hls4ml's I).
    pub integer: ArrayD<i32>,
}

/// Sign and bits of one element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Width {
    /// Whether the element may be negative.
    pub signed: bool,
    /// All bits, the sign among them; none, or fewer, for an element that is always zero.
    pub bits: i32,
    /// Bits before the binary point, the sign among them.
    pub integer: i32,
}

impl Width {
    /// Whether the element is always zero.
    #[must_use]
    pub fn is_dead(self) -> bool {
        self.bits <= 0
    }

    /// Bits after the binary point.
    #[must_use]
    pub fn fraction(self) -> i32 {
        self.bits - self.integer
    }

    /// The element's type; `None` for one that is always zero.
    #[must_use]
    pub fn fixed(self, rounding: Rounding, overflow: Overflow) -> Option<FixedType> {
        let width = u32::try_from(self.bits).ok().filter(|&bits| bits > 0)?;
        let ty = match self.signed {
            true => FixedType::signed(width, self.integer),
            false => FixedType::unsigned(width, self.integer),
        };
        Some(ty.with_modes(rounding, overflow))
    }
}

impl Widths {
    /// The same for all elements.
    #[must_use]
    pub fn all(width: Width) -> Self {
        let one = |bits| ArrayD::from_elem(vec![1], bits);
        let signed = ArrayD::from_elem(vec![1], width.signed);
        Self { signed, bits: one(width.bits), integer: one(width.integer) }
    }

    /// The shape of the three arrays; `None` if they differ, which they must not.
    #[must_use]
    pub fn shape(&self) -> Option<&[usize]> {
        let shape = self.bits.shape();
        (shape == self.signed.shape() && shape == self.integer.shape()).then_some(shape)
    }

    /// One for each element of a tensor of this shape; `None` if they do not fit it.
    #[must_use]
    pub fn broadcast(&self, shape: &[usize]) -> Option<Self> {
        Some(Self {
            signed: self.signed.broadcast(shape)?.to_owned(),
            bits: self.bits.broadcast(shape)?.to_owned(),
            integer: self.integer.broadcast(shape)?.to_owned(),
        })
    }

    /// Those of the elements of a tensor of this shape, in C order; `None` if they do not fit it.
    #[must_use]
    pub fn elements(&self, shape: &[usize]) -> Option<Vec<Width>> {
        let [bits, integer] = [self.bits.broadcast(shape)?, self.integer.broadcast(shape)?];
        let width = |&signed: &bool, &bits: &i32, &integer: &i32| Width { signed, bits, integer };
        let all = Zip::from(self.signed.broadcast(shape)?).and(bits).and(integer).map_collect(width);
        Some(all.iter().copied().collect())
    }

    /// That of one element of a tensor of this shape, counted in C order.
    #[must_use]
    pub fn at(&self, shape: &[usize], element: usize) -> Option<Width> {
        let mut rest = element;
        let mut index = vec![0; shape.len()];
        for (place, &extent) in index.iter_mut().zip(shape).rev() {
            *place = rest % extent.max(1);
            rest /= extent.max(1);
        }
        let signed = *self.signed.broadcast(shape)?.get(&index[..])?;
        let bits = *self.bits.broadcast(shape)?.get(&index[..])?;
        let integer = *self.integer.broadcast(shape)?.get(&index[..])?;
        Some(Width { signed, bits, integer })
    }

    /// The one that all elements have; `None` where they differ. Elements that are always zero differ if their numbers do.
    #[must_use]
    pub fn uniform(&self) -> Option<Width> {
        let first = Width {
            signed: *self.signed.first()?,
            bits: *self.bits.first()?,
            integer: *self.integer.first()?,
        };
        let same = self.signed.iter().all(|&signed| signed == first.signed)
            && self.bits.iter().all(|&bits| bits == first.bits)
            && self.integer.iter().all(|&integer| integer == first.integer);
        same.then_some(first)
    }

    /// The smallest type that holds every element, whatever its own rounding; that of a single zero bit where all elements are dead.
    #[must_use]
    pub fn union(&self) -> Width {
        let shape = self.bits.shape().to_vec();
        let live = self.elements(&shape).unwrap_or_default().into_iter().filter(|width| !width.is_dead());
        let joined = live.map(|w| (w.signed, w.integer - i32::from(w.signed), w.fraction())).reduce(
            |(signed, whole, fraction), other| (signed || other.0, whole.max(other.1), fraction.max(other.2)),
        );
        let (signed, whole, fraction) = joined.unwrap_or((false, 1, 0));
        let integer = whole + i32::from(signed);
        Width { signed, bits: integer + fraction, integer }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    fn per_column() -> Widths {
        Widths {
            signed: arr2(&[[true, false, false]]).into_dyn(),
            bits: arr2(&[[4, 3, 0]]).into_dyn(),
            integer: arr2(&[[2, -1, 0]]).into_dyn(),
        }
    }

    #[test]
    fn an_axis_of_one_value_counts_for_all_rows() {
        let widths = per_column();
        let rows = widths.elements(&[2, 3]).unwrap();
        assert_eq!(rows[..3], rows[3..]);
        assert_eq!(rows[4], Width { signed: false, bits: 3, integer: -1 });
        assert_eq!((0..6).map(|i| widths.at(&[2, 3], i).unwrap()).collect::<Vec<_>>(), rows);
        assert_eq!(widths.broadcast(&[2, 3]).unwrap().shape(), Some(&[2, 3][..]));
        assert_eq!((widths.elements(&[2, 4]), widths.at(&[2, 3], 9)), (None, widths.at(&[2, 3], 3)));
    }

    #[test]
    fn the_union_holds_every_live_element() {
        assert_eq!(per_column().union(), Width { signed: true, bits: 6, integer: 2 });
        let dead = Width { signed: true, bits: -1, integer: 5 };
        assert_eq!(Widths::all(dead).union(), Width { signed: false, bits: 1, integer: 1 });
        assert_eq!((per_column().uniform(), Widths::all(dead).uniform()), (None, Some(dead)));
    }

    #[test]
    fn dead_elements_have_no_type() {
        let modes = (Rounding::Rnd, Overflow::Sat);
        let types = per_column().elements(&[3]).map(|_| ());
        assert_eq!(types, None, "a row is no vector");
        let types: Vec<_> = per_column()
            .elements(&[1, 3])
            .unwrap()
            .into_iter()
            .map(|width| width.fixed(modes.0, modes.1).map(|ty| (ty.width, ty.integer, ty.signed)))
            .collect();
        assert_eq!(types, [Some((4, 2, true)), Some((3, -1, false)), None]);
    }
}
