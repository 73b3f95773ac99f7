//! Arrays of weights with NumPy's arithmetic.
//!
//! hls4ml computes on weights with NumPy, and which decimal text a weight becomes depends on whether a result was
//! rounded to float32 on the way. An f64 holds every f32, and `+ - * /` and `sqrt` computed in f64 and rounded
//! once to f32 equal the f32 operation (53 ≥ 2·24 + 2 bits), so one representation serves both.

use ndarray::{ArrayD, IxDyn, Zip};

/// Which floating-point type NumPy would hold an array in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FloatWidth {
    /// float32
    Single,
    /// float64
    Double,
}

impl FloatWidth {
    /// NumPy's promotion of two arrays.
    fn promote(self, other: Self) -> Self {
        if self == Self::Double || other == Self::Double { Self::Double } else { Self::Single }
    }

    pub(crate) fn round(self, value: f64) -> f64 {
        match self {
            Self::Single => f64::from(value as f32),
            Self::Double => value,
        }
    }
}

/// An array of exact values with the float type that NumPy would give it.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    /// The values.
    pub data: ArrayD<f64>,
    /// The float type that results of arithmetic are rounded to.
    pub width: FloatWidth,
}

impl Values {
    /// A float32 array.
    pub fn single(data: &ArrayD<f32>) -> Self {
        Self { data: data.mapv(f64::from), width: FloatWidth::Single }
    }

    /// A float64 array.
    #[must_use]
    pub fn double(data: ArrayD<f64>) -> Self {
        Self { data, width: FloatWidth::Double }
    }

    /// A float64 array of one value.
    #[must_use]
    pub fn full(shape: &[usize], value: f64) -> Self {
        Self::double(ArrayD::from_elem(IxDyn(shape), value))
    }

    /// The values as float32 (what a QKeras quantizer is given).
    #[must_use]
    pub fn to_f32(&self) -> ArrayD<f32> {
        self.data.mapv(|v| v as f32)
    }

    /// Whether every element equals `value`.
    #[must_use]
    pub fn all_equal(&self, value: f64) -> bool {
        self.data.iter().all(|&v| v == value)
    }

    /// Applies an operation to each element; a Python scalar in it does not widen the type.
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Self { data: self.data.mapv(|v| self.width.round(f(v))), width: self.width }
    }

    /// Combines two arrays element by element with NumPy's broadcasting; `None` where shapes do not agree.
    pub fn zip(&self, other: &Self, f: impl Fn(f64, f64) -> f64) -> Option<Self> {
        let width = self.width.promote(other.width);
        let shape = broadcast([self.data.shape(), other.data.shape()])?;
        let (a, b) = (self.data.broadcast(IxDyn(&shape))?, other.data.broadcast(IxDyn(&shape))?);
        let data = Zip::from(a).and(b).map_collect(|&x, &y| width.round(f(x, y)));
        Some(Self { data, width })
    }

    /// The same elements in another shape; `None` where it does not hold them all.
    #[must_use]
    pub fn reshaped(&self, shape: &[usize]) -> Option<Self> {
        let data = self.data.to_shape(IxDyn(shape)).ok()?.into_owned();
        Some(Self { data, width: self.width })
    }

    /// The same elements repeated along axes of one element; `None` where shapes do not agree.
    #[must_use]
    pub fn repeated(&self, shape: &[usize]) -> Option<Self> {
        let data = self.data.broadcast(IxDyn(shape))?.to_owned();
        Some(Self { data, width: self.width })
    }

    /// A matrix whose rows are the elements of a tensor of this shape, with the tensor's axes in another order; `None` where it
    /// does not have as many rows.
    #[must_use]
    pub fn rows_permuted(&self, shape: &[usize], order: &[usize]) -> Option<Self> {
        let (rows, columns) = (shape.len(), *self.data.shape().get(1)?);
        let tensor = self.reshaped(&[shape, &[columns]].concat())?;
        let axes = [order, &[rows]].concat();
        let data = tensor.data.permuted_axes(axes).as_standard_layout().into_owned();
        Self { data, width: self.width }.reshaped(self.data.shape())
    }

    /// The last axis in front of the others, in C order.
    #[must_use]
    pub fn last_axis_first(&self) -> Self {
        let rank = self.data.ndim();
        let order: Vec<usize> = (0..rank).map(|axis| (axis + rank - 1) % rank).collect();
        let data = self.data.view().permuted_axes(order).as_standard_layout().into_owned();
        Self { data, width: self.width }
    }
}

/// The shape of the result of combining two arrays element by element; `None` where they do not fit.
pub(crate) fn broadcast([a, b]: [&[usize]; 2]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let extent = |shape: &[usize], axis: usize| {
        (axis + shape.len()).checked_sub(rank).and_then(|i| shape.get(i)).copied().unwrap_or(1)
    };
    (0..rank)
        .map(|axis| match (extent(a, axis), extent(b, axis)) {
            (x, y) if x == y => Some(x),
            (1, y) => Some(y),
            (x, 1) => Some(x),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use ndarray::arr1;

    use super::*;

    #[test]
    fn float32_results_are_rounded_to_float32() {
        let a = Values::single(&arr1(&[0.1f32]).into_dyn());
        let b = Values::single(&arr1(&[3.0f32]).into_dyn());
        assert_eq!(a.zip(&b, |x, y| x * y).unwrap().data[0], f64::from(0.1f32 * 3.0f32));
    }

    #[test]
    fn float64_wins_over_float32() {
        let a = Values::single(&arr1(&[0.1f32]).into_dyn());
        let b = Values::double(arr1(&[0.1f64]).into_dyn());
        let sum = a.zip(&b, |x, y| x + y).unwrap();
        assert_eq!(sum.width, FloatWidth::Double);
        assert_eq!(sum.data[0], f64::from(0.1f32) + 0.1f64);
    }

    #[test]
    fn the_last_axis_moves_to_the_front() {
        let values = Values::single(&ndarray::arr2(&[[1.0f32, 2.0, 3.0], [4.0, 5.0, 6.0]]).into_dyn());
        let values = values.reshaped(&[1, 2, 3]).unwrap();
        let turned = values.last_axis_first();
        assert_eq!(turned.data.shape(), [3, 1, 2]);
        assert_eq!(turned.data.iter().copied().collect::<Vec<_>>(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        assert_eq!(values.reshaped(&[4, 2]), None);
    }
}
