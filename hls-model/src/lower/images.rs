//! Layers that move pixels or summarize them.

use super::{Lowering, Source};
use crate::error::ConvertError;
use crate::graph::op::{
    Cropping, GlobalPooling, MarginAxis, Op, PoolOp, Pooling, Resize, Spacing, Transpose, ZeroPadding,
};
use crate::source::keras::config::{
    GlobalPool, Margins, Permute, Pool, PoolKind, UpSampling1D, UpSampling2D,
};

/// The extents of an input with channels.
pub(super) struct Image<const N: usize, Axis = usize> {
    /// Pixels along each axis.
    pub axes: [Axis; N],
    /// Channels.
    pub channels: usize,
}

impl From<PoolKind> for PoolOp {
    fn from(kind: PoolKind) -> Self {
        match kind {
            PoolKind::Max => Self::Max,
            PoolKind::Average => Self::Average,
        }
    }
}

impl Lowering {
    pub(super) fn pooling<const N: usize>(
        &mut self,
        source: &Source<'_>,
        kind: PoolKind,
        config: &Pool<N>,
    ) -> Result<(), ConvertError> {
        let Image { axes, channels } = source.image::<N>()?;
        let mut windows = Vec::with_capacity(N);
        for (n, &input) in axes.iter().enumerate() {
            windows.push(source.window(config.padding, input, config.pool_size[n], config.strides[n])?);
        }
        let shape: Vec<usize> = windows.iter().map(|w| w.output).chain([channels]).collect();
        let (width, height) = source.width_and_height(&windows)?;
        let op = Op::Pooling(Pooling { op: kind.into(), height, width, n_filt: channels });
        self.add_plain(source, op, shape)
    }

    pub(super) fn global_pooling<const N: usize>(
        &mut self,
        source: &Source<'_>,
        kind: PoolKind,
        config: &GlobalPool,
    ) -> Result<(), ConvertError> {
        let Image { axes, channels } = source.image::<N>()?;
        let (width, height) = source.width_and_height(&axes)?;
        let op = Op::GlobalPooling(GlobalPooling { op: kind.into(), height, width, n_filt: channels });
        // hls4ml's tensor has one axis even where Keras keeps the others.
        let kept = if config.keepdims { N } else { 0 };
        let keras_shape = std::iter::repeat_n(1, kept).chain([channels]).collect();
        let class = source.keras.class_name.clone();
        let spec = self.spec(source, &class, op, vec![channels]);
        self.add_shaped(spec, &source.keras.name, keras_shape);
        Ok(())
    }

    pub(super) fn zero_padding<const N: usize>(
        &mut self,
        source: &Source<'_>,
        config: &Margins<N>,
    ) -> Result<(), ConvertError> {
        let Image { axes: margins, channels: n_chan } = source
            .margins(config, |input, before, after| Ok(input.saturating_add(before).saturating_add(after)))?;
        let shape = margins.iter().map(|m| m.output).chain([n_chan]).collect();
        let (width, height) = source.width_and_height(&margins)?;
        let op = Op::ZeroPadding(ZeroPadding { height, width, n_chan, spacing: Spacing::NONE });
        self.add_plain(source, op, shape)
    }

    pub(super) fn cropping<const N: usize>(
        &mut self,
        source: &Source<'_>,
        config: &Margins<N>,
    ) -> Result<(), ConvertError> {
        let Image { axes: margins, channels: n_chan } = source.margins(config, |input, before, after| {
            let output = input.checked_sub(before.saturating_add(after)).filter(|&left| left > 0);
            let none_left = || format!("it crops {before} and {after} of {input} pixels, so none are left");
            output.ok_or_else(|| source.unsupported(none_left()))
        })?;
        let shape = margins.iter().map(|m| m.output).chain([n_chan]).collect();
        let (width, height) = source.width_and_height(&margins)?;
        self.add_plain(source, Op::Cropping(Cropping { height, width, n_chan }), shape)
    }

    pub(super) fn upsampling_1d(
        &mut self,
        source: &Source<'_>,
        config: &UpSampling1D,
    ) -> Result<(), ConvertError> {
        let Image { axes: [in_width], channels } = source.image::<1>()?;
        let out_width = in_width.saturating_mul(config.size);
        let op = Resize { in_height: 1, in_width, out_height: 1, out_width, n_chan: channels };
        self.add_plain(source, Op::Resize(op), vec![out_width, channels])
    }

    pub(super) fn upsampling_2d(
        &mut self,
        source: &Source<'_>,
        config: &UpSampling2D,
    ) -> Result<(), ConvertError> {
        if config.interpolation != "nearest" {
            return Err(source.unsupported(format!(
                "there is no hardware for the interpolation \"{}\" (hls4ml has none either); use interpolation=\"nearest\"",
                config.interpolation
            )));
        }
        let Image { axes: [in_height, in_width], channels } = source.image::<2>()?;
        let [out_height, out_width] =
            [in_height.saturating_mul(config.size[0]), in_width.saturating_mul(config.size[1])];
        let op = Resize { in_height, in_width, out_height, out_width, n_chan: channels };
        self.add_plain(source, Op::Resize(op), vec![out_height, out_width, channels])
    }

    pub(super) fn permute(&mut self, source: &Source<'_>, config: &Permute) -> Result<(), ConvertError> {
        let from = source.keras_shape()?.to_vec();
        let perm: Option<Vec<usize>> = config.dims.iter().map(|d| d.checked_sub(1)).collect();
        let is_permutation = |perm: &Vec<usize>| {
            let mut sorted = perm.clone();
            sorted.sort_unstable();
            sorted.into_iter().eq(0..from.len())
        };
        let perm = perm.filter(is_permutation).ok_or_else(|| {
            source.unsupported(format!(
                "its dims {:?} are not a permutation of {} axes",
                config.dims,
                from.len()
            ))
        })?;
        let op = Transpose { from, perm };
        let shape = op.to();
        let spec = self.spec(source, "Transpose", Op::Transpose(op), shape);
        self.add(spec, &source.keras.name);
        Ok(())
    }

    /// Adds a layer without arrays.
    fn add_plain(&mut self, source: &Source<'_>, op: Op, shape: Vec<usize>) -> Result<(), ConvertError> {
        let (class, shape) = (source.keras.class_name.clone(), source.sized(shape)?);
        let spec = self.spec(source, &class, op, shape);
        self.add(spec, &source.keras.name);
        Ok(())
    }
}

impl Source<'_> {
    /// The input as `N` axes of pixels followed by one of channels.
    pub(super) fn image<const N: usize>(&self) -> Result<Image<N>, ConvertError> {
        let shape = self.keras_shape()?;
        let image = shape
            .split_last()
            .and_then(|(&channels, axes)| Some(Image { axes: axes.try_into().ok()?, channels }));
        image.ok_or_else(|| {
            self.unsupported(format!(
                "its input has the shape {shape:?}; {N} axes and one of channels are needed"
            ))
        })
    }

    /// The margins of the input; `output` says how many pixels of an axis they leave or make.
    fn margins<const N: usize>(
        &self,
        config: &Margins<N>,
        output: impl Fn(usize, usize, usize) -> Result<usize, ConvertError>,
    ) -> Result<Image<N, MarginAxis>, ConvertError> {
        let Image { axes, channels } = self.image::<N>()?;
        let mut margins = axes.map(|input| MarginAxis { input, output: input, before: 0, after: 0 });
        for (axis, &[before, after]) in margins.iter_mut().zip(&config.amounts) {
            *axis = MarginAxis { output: output(axis.input, before, after)?, before, after, ..*axis };
        }
        Ok(Image { axes: margins, channels })
    }

    /// Channels of the input.
    pub(super) fn channels(&self) -> Result<usize, ConvertError> {
        Ok(self.keras_shape()?.last().copied().unwrap_or(0))
    }

    /// The only axis, or width and height.
    pub(super) fn width_and_height<T: Copy>(&self, axes: &[T]) -> Result<(T, Option<T>), ConvertError> {
        match *axes {
            [width] => Ok((width, None)),
            [height, width] => Ok((width, Some(height))),
            _ => Err(self.unsupported(format!("it works on {} axes; 1 or 2 are possible", axes.len()))),
        }
    }
}
