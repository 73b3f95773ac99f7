//! Sums along axes, and what sums of functions have in common.

use super::{Lowering, Source};
use crate::error::ConvertError;
use crate::fixed::{FixedType, Overflow};
use crate::graph::op::{FunctionSum, Grid, Op, Sum, SumFinish, SumFunction, SumQuantizer, SumTerm};
use crate::source::keras::config::{ActivationFunction, AxisSum, Hgq, InputQuantizers, Placed};

impl Lowering {
    /// Sums along axes, times a power of two.
    pub(super) fn axis_sum(
        &mut self,
        source: &Source<'_>,
        config: &Hgq,
        sum: &AxisSum,
    ) -> Result<(), ConvertError> {
        let input = source.keras_shape()?;
        let summed = source.summed_axes(&sum.axes, input.len())?;
        let arguments = source.sum_arguments(config, input)?;
        let extents: usize = (0..input.len()).filter(|&axis| summed[axis]).map(|axis| input[axis]).product();
        let scale = sum.scale.map_or_else(|| -(extents as f64).log2().round(), f64::log2);
        let mut shape = Vec::with_capacity(input.len());
        for (axis, &extent) in input.iter().enumerate() {
            match (summed[axis], sum.keepdims) {
                (true, true) => shape.push(1),
                (true, false) => {}
                (false, _) => shape.push(extent),
            }
        }
        if shape.is_empty() {
            return Err(source.unsupported(
                "it adds up all elements, and its result has no axis; build it with keepdims=True".into(),
            ));
        }
        let shape = source.sized(shape)?;
        let finish = source.sum_finish(config, &shape, false)?;
        let mut sums: Vec<Sum> = finish.into_iter().map(Sum::of_nothing).collect();
        for (element, argument) in arguments.into_iter().enumerate() {
            let Argument::To(argument) = argument else { continue };
            let (mut rest, mut place, mut step) = (element, 0, 1);
            for axis in (0..input.len()).rev() {
                let at = rest % input[axis];
                rest /= input[axis];
                if !summed[axis] {
                    place += at * step;
                    step *= input[axis];
                }
            }
            sums[place].terms.push(SumTerm {
                element,
                argument,
                function: SumFunction::Scaled(scale as i32),
            });
        }
        let original = if sum.scale.is_some() { "QSum" } else { "QMeanPow2" };
        let op = FunctionSum { original, input_shape: input.to_vec(), sums: sums.into(), tables: [].into() };
        let spec = self.spec(source, "DACombinational", Op::FunctionSum(op), shape);
        self.add(spec, &source.keras.name);
        Ok(())
    }

    /// A vector, repeated along a new first axis.
    pub(in crate::lower) fn repeat_vector(
        &mut self,
        source: &Source<'_>,
        n: usize,
    ) -> Result<(), ConvertError> {
        let [len] = *source.keras_shape()? else {
            return Err(source.unsupported(format!(
                "its input has the shape {:?}, and it repeats vectors; put a Flatten before it",
                source.keras_shape()?
            )));
        };
        let shape = source.sized(vec![n, len])?;
        let op = FunctionSum::copies("RepeatVector", vec![len], (0..n).flat_map(|_| 0..len));
        let spec = self.spec(source, "DACombinational", Op::FunctionSum(op), shape);
        self.add(spec, &source.keras.name);
        Ok(())
    }
}

/// What an element is in a sum.
#[derive(Clone, Copy)]
enum Argument {
    /// Always zero.
    Zero,
    /// Cast to the type, or as it is.
    To(Option<FixedType>),
}

impl Source<'_> {
    /// Which of the axes after the batch are added up.
    fn summed_axes(&self, axes: &[i64], rank: usize) -> Result<Vec<bool>, ConvertError> {
        let mut summed = vec![false; rank];
        for &axis in axes {
            let counted = if axis < 0 { axis + rank as i64 + 1 } else { axis };
            let place = usize::try_from(counted - 1).ok().and_then(|place| summed.get_mut(place));
            *place.ok_or_else(|| {
                self.unsupported(format!(
                    "it adds up along axis {axis}, and its input has the axes 1 to {rank} after the batch"
                ))
            })? = true;
        }
        Ok(summed)
    }

    /// What the quantizer of the input makes of each element.
    fn sum_arguments(&self, config: &Hgq, shape: &[usize]) -> Result<Vec<Argument>, ConvertError> {
        match &config.inputs {
            InputQuantizers::None => Ok(vec![Argument::To(None); shape.iter().product()]),
            InputQuantizers::One(quantizer) => {
                let quantizer =
                    self.quantizer(&Placed { place: "iq".into(), quantizer }, &shape.to_vec().into())?;
                let types = quantizer.types(shape).unwrap_or_default();
                let argument = |ty: Option<FixedType>| match ty.filter(|ty| !is_always_zero(*ty)) {
                    Some(ty) => Argument::To(Some(ty)),
                    None => Argument::Zero,
                };
                Ok(types.into_iter().map(argument).collect())
            }
            InputQuantizers::Each(each) => Err(self.unsupported(format!(
                "it has quantizers for {} inputs and reads one; the file is inconsistent",
                each.len()
            ))),
        }
    }

    /// What happens to each sum of a result of this shape.
    pub(super) fn sum_finish(
        &self,
        config: &Hgq,
        shape: &[usize],
        relu: bool,
    ) -> Result<Vec<SumFinish>, ConvertError> {
        let Some(quantizer) = &config.output else {
            let plain = SumFinish { relu, quantizer: SumQuantizer::None };
            return Ok(vec![plain; shape.iter().product()]);
        };
        let quantizer = self.quantizer(&Placed { place: "oq".into(), quantizer }, &shape.to_vec().into())?;
        let types = quantizer.types(shape).unwrap_or_default();
        let quantized = |ty: Option<FixedType>| {
            ty.filter(|ty| !is_always_zero(*ty)).map_or(SumQuantizer::Zero, SumQuantizer::To)
        };
        Ok(types.into_iter().map(|ty| SumFinish { relu, quantizer: quantized(ty) }).collect())
    }

    /// Whether the activation of sums is a ReLU.
    pub(super) fn sum_activation(&self, activation: ActivationFunction) -> Result<bool, ConvertError> {
        match activation {
            ActivationFunction::Linear => Ok(false),
            ActivationFunction::Relu => Ok(true),
            other => Err(self.unsupported(format!(
                "its sums have the activation {other}, which hls4ml refuses as well; leave it out and put a QUnaryFunctionLUT after the layer"
            ))),
        }
    }
}

/// Whether a type has zero alone: HGQ2's symmetric saturation of a sign without any other bit. (That of `ap_fixed` has -1 as well.)
pub(super) fn is_always_zero(ty: FixedType) -> bool {
    ty.overflow == Overflow::SatSym && ty.signed && ty.width == 1
}

impl Sum {
    fn of_nothing(finish: SumFinish) -> Self {
        Self { terms: Vec::new(), constant: Grid::default(), finish }
    }
}

/// A sum of numbers on grids.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Constant {
    raw: i128,
    fraction: i32,
    is_too_large: bool,
}

impl Constant {
    /// Adds a number.
    pub fn add(&mut self, Grid { raw, fraction }: Grid) {
        if raw == 0 {
            return;
        }
        let finest = if self.raw == 0 { fraction } else { self.fraction.max(fraction) };
        let moved = |raw: i128, from: i32| match raw {
            0 => Some(0),
            _ => crate::fixed::shifted_left(raw, u64::try_from(i64::from(finest) - i64::from(from)).ok()?),
        };
        let sum = moved(self.raw, self.fraction).zip(moved(raw.into(), fraction));
        match sum.and_then(|(a, b)| a.checked_add(b)) {
            Some(sum) => (self.raw, self.fraction) = (sum, finest),
            None => self.is_too_large = true,
        }
    }

    /// The sum; `None` if it needs more than 62 bits.
    pub fn grid(self) -> Option<Grid> {
        let raw = i64::try_from(self.raw).ok().filter(|raw| raw.unsigned_abs() < 1 << 62);
        Some(Grid { raw: raw.filter(|_| !self.is_too_large)?, fraction: self.fraction })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_added_on_the_finest_grid() {
        let mut sum = Constant::default();
        for (raw, fraction) in [(0, 60), (1, -1), (3, 1), (-1, 3), (1, -1)] {
            sum.add(Grid { raw, fraction });
        }
        // 1.5 - 0.125 + 4
        assert_eq!(sum.grid(), Some(Grid { raw: 43, fraction: 3 }));
        sum.add(Grid { raw: 1, fraction: 100 });
        assert_eq!(sum.grid(), None);
    }
}
