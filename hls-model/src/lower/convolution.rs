//! Convolutions.

use super::images::Image;
use super::weights::ArrayOf;
use super::{Lowering, Source};
use crate::config::Strategy;
use crate::error::ConvertError;
use crate::graph::op::{Conv, ConvFlavour, Op, SeparableConv, WindowAxis};
use crate::graph::{KernelLayout, LayerSpec, Values, WeightRole, WeightSpec};
use crate::source::keras::Generation;
use crate::source::keras::config::{self, BatchNorm, ConvFields, Convolution, Padding};

impl Lowering {
    pub(super) fn convolution<const N: usize>(
        &mut self,
        source: &Source<'_>,
        config: &config::Conv<N>,
        norm: Option<&BatchNorm>,
    ) -> Result<(), ConvertError> {
        let Convolution { common, own } = config;
        let layout = source.groups(own.groups, own.filters)?;
        let flavour = if norm.is_some() { ConvFlavour::FoldedBatchNorm } else { ConvFlavour::Full };
        // hls4ml's windows are not always Keras's, and it has no layer with groups.
        let windows = match layout {
            KernelLayout::Same => self.windows(source, common)?,
            KernelLayout::Grouped { .. } | KernelLayout::Transposed => source.keras_windows(common)?,
        };
        let conv = source.conv_op(&windows, flavour, own.filters)?;
        let shape = [&common.kernel_size[..], &[conv.n_chan / own.groups.max(1), conv.n_filt]].concat();
        let kernel = ArrayOf { name: "kernel", shape, quantizer: &own.kernel_quantizer };
        let mut kernel = self.kernel(source, WeightRole::Weight, kernel)?;
        let mut bias = self.bias(source, own.filters, common.use_bias, &common.bias_quantizer)?;
        if let Some(norm) = norm {
            self.fold(source, norm, &mut kernel, &mut bias)?;
        }
        let kernel = self.laid_out(source, kernel, layout)?;
        let shape = conv.output_shape();
        self.add_convolution(source, Op::Conv(conv), shape, vec![kernel, bias], &common.activation)
    }

    /// Folds a batch normalization into a convolution as hls4ml does, which has its own ideas about a missing bias quantizer
    /// and a missing bias.
    fn fold(
        &mut self,
        source: &Source<'_>,
        norm: &BatchNorm,
        kernel: &mut WeightSpec,
        bias: &mut WeightSpec,
    ) -> Result<(), ConvertError> {
        let raw = kernel.values.clone().unwrap_or_else(|| Values::full(&[0], 0.0));
        let (folded, shift) = source.folded(norm, &raw, bias.values.as_ref())?;
        kernel.folded = Some(folded);
        let wrong = match (&bias.quantizer, &bias.values) {
            (Some(_), Some(_)) => None,
            (Some(_), None) => {
                Some("stores the bias of the batch normalization in one bit, as use_bias is False")
            }
            (None, _) => Some("drops the bias of the batch normalization, as there is no bias_quantizer"),
        };
        if bias.quantizer.is_some() {
            bias.folded = Some(shift);
        }
        if let Some(what) = wrong {
            self.warn(
                &source.keras.name,
                format!("hls4ml {what}, so the outputs are not the model's; give the layer a bias and a bias_quantizer"),
            );
        }
        Ok(())
    }

    pub(super) fn depthwise<const N: usize>(
        &mut self,
        source: &Source<'_>,
        config: &config::DepthwiseConv<N>,
    ) -> Result<(), ConvertError> {
        let Convolution { common, own } = config;
        let n_chan = source.channels()?;
        let n_filt = n_chan.saturating_mul(own.depth_multiplier);
        let windows = self.windows(source, common)?;
        let conv = source.conv_op(&windows, ConvFlavour::Depthwise, n_filt)?;
        let shape = [&common.kernel_size[..], &[n_chan, own.depth_multiplier]].concat();
        let kernel = ArrayOf { name: "depthwise_kernel", shape, quantizer: &own.depthwise_quantizer };
        let kernel = self.kernel(source, WeightRole::Weight, kernel)?;
        if kernel.quantizer.as_ref().is_some_and(|q| q.scaled) {
            self.warn_of_kept_scale(source, "depthwise");
        }
        let bias = self.bias(source, n_filt, common.use_bias, &common.bias_quantizer)?;
        let shape = conv.output_shape();
        self.add_convolution(source, Op::Conv(conv), shape, vec![kernel, bias], &common.activation)
    }

    pub(super) fn separable<const N: usize>(
        &mut self,
        source: &Source<'_>,
        config: &config::SeparableConv<N>,
    ) -> Result<(), ConvertError> {
        let Convolution { common, own } = config;
        let n_chan = source.channels()?;
        let middle = n_chan.saturating_mul(own.depth_multiplier);
        let windows = self.windows(source, common)?;
        let depthwise = source.conv_op(&windows, ConvFlavour::Depthwise, middle)?;
        let point = |axis: &WindowAxis| WindowAxis::pointwise(axis.output);
        let pointwise = Conv {
            flavour: ConvFlavour::Full,
            height: depthwise.height.as_ref().map(point),
            width: point(&depthwise.width),
            n_chan: middle,
            n_filt: own.filters,
            ..depthwise.clone()
        };
        let shape = [&common.kernel_size[..], &[n_chan, own.depth_multiplier]].concat();
        let filter = ArrayOf { name: "depthwise_kernel", shape, quantizer: &own.depthwise_quantizer };
        let shape = [&[1; N][..], &[middle, own.filters]].concat();
        let mixing = ArrayOf { name: "pointwise_kernel", shape, quantizer: &own.pointwise_quantizer };
        let weights = vec![
            self.kernel(source, WeightRole::Depthwise, filter)?,
            self.kernel(source, WeightRole::Pointwise, mixing)?,
            self.bias(source, own.filters, common.use_bias, &common.bias_quantizer)?,
        ];
        if weights[0].quantizer.as_ref().is_some_and(|q| q.scaled) {
            self.warn_of_kept_scale(source, "depthwise");
        }
        let shape = pointwise.output_shape();
        let op = Op::SeparableConv(SeparableConv { depthwise, pointwise });
        self.add_convolution(source, op, shape, weights, &common.activation)
    }

    fn warn_of_kept_scale(&mut self, source: &Source<'_>, which: &str) {
        self.warn(
            &source.keras.name,
            format!(
                "hls4ml does not factor the scale (alpha) out of the {which} weights; scaled weights are cast to the \
                 quantizer's type. Use alpha=1"
            ),
        );
    }

    pub(super) fn add_convolution(
        &mut self,
        source: &Source<'_>,
        op: Op,
        shape: Vec<usize>,
        weights: Vec<WeightSpec>,
        activation: &config::Activation,
    ) -> Result<(), ConvertError> {
        let shape = source.sized(shape)?;
        let class = source.keras.class_name.clone();
        let spec = LayerSpec { weights, ..self.spec(source, &class, op, shape) };
        self.add(spec, &source.keras.name);
        self.argument_activation(source, activation)
    }

    /// The windows along each axis, with hls4ml's idea of padding.
    fn windows<const N: usize>(
        &mut self,
        source: &Source<'_>,
        fields: &ConvFields<N>,
    ) -> Result<Vec<WindowAxis>, ConvertError> {
        let Image { axes, .. } = source.image::<N>()?;
        let dilation = self.dilation(source, fields);
        let causal = fields.padding == Padding::Causal;
        let causal_as_in_keras = causal && self.generation == Generation::Keras3;
        let mut windows = Vec::with_capacity(N);
        for (n, &input) in axes.iter().enumerate() {
            let window = source.window(fields.padding, input, fields.kernel_size[n], fields.strides[n])?;
            let pad_before = match causal_as_in_keras && dilation[n] == 1 {
                true => window.filter - 1,
                false => window.pad_before,
            };
            windows.push(source.dilated(WindowAxis { pad_before, ..window }, dilation[n])?);
        }
        if causal && !causal_as_in_keras && fields.strides.iter().any(|&s| s > 1) {
            let message = "hls4ml pads a causal convolution with strides by less than Keras does, so the outputs differ. Use \
                           strides=1, or ZeroPadding1D and padding=\"valid\"";
            self.warn(&source.keras.name, message);
        }
        Ok(windows)
    }

    /// The dilation that is implemented. hls4ml ignores it. Where padding keeps the image's size, that only shows in the
    /// numbers; elsewhere its layers no longer fit together, and we do what the model asks for.
    fn dilation<const N: usize>(&mut self, source: &Source<'_>, fields: &ConvFields<N>) -> [usize; N] {
        if fields.dilation_rate == [1; N] || fields.kernel_size == [1; N] {
            return [1; N];
        }
        if fields.padding == Padding::Valid {
            return fields.dilation_rate;
        }
        self.warn(
            &source.keras.name,
            format!(
                "dilation_rate {:?} is ignored by hls4ml; the result is that of adjacent pixels. Use padding=\"valid\", for \
                 which this conversion implements dilation",
                fields.dilation_rate
            ),
        );
        [1; N]
    }
}

impl Source<'_> {
    /// Where the kernel of a convolution with so many groups lies in that of one without, which takes its place. hls4ml has no groups.
    fn groups(&self, groups: usize, filters: usize) -> Result<KernelLayout, ConvertError> {
        let channels = self.channels()?;
        match groups {
            1 => Ok(KernelLayout::Same),
            0 => Err(self.unsupported("it has groups=0; use groups=1 for a convolution over all channels".into())),
            _ if channels.is_multiple_of(groups) && filters.is_multiple_of(groups) => {
                Ok(KernelLayout::Grouped { groups })
            }
            _ => Err(self.unsupported(format!(
                "its {groups} groups do not divide its {channels} channels and {filters} filters; use a number of groups that divides both"
            ))),
        }
    }

    /// The operation with a window along each axis.
    pub(super) fn conv_op(
        &self,
        windows: &[WindowAxis],
        flavour: ConvFlavour,
        n_filt: usize,
    ) -> Result<Conv, ConvertError> {
        let (width, height) = self.width_and_height(windows)?;
        Ok(Conv {
            flavour,
            height,
            width,
            n_chan: self.channels()?,
            n_filt,
            strategy: Strategy::default(),
            parallelization_factor: 1,
            n_partitions: 1,
            transposed: false,
            input_quantizer: None,
        })
    }

    /// The windows along each axis as Keras has them, dilation included.
    pub(super) fn keras_windows<const N: usize>(
        &self,
        fields: &ConvFields<N>,
    ) -> Result<Vec<WindowAxis>, ConvertError> {
        let Image { axes, .. } = self.image::<N>()?;
        let window = |n: usize| {
            let (filter, dilation) = (fields.kernel_size[n], fields.dilation_rate[n]);
            let window = self.window(fields.padding, axes[n], spread(filter, dilation), fields.strides[n])?;
            let pad_before = match fields.padding {
                // Whatever the strides: the first result sees one pixel.
                Padding::Causal => window.filter - 1,
                Padding::Same | Padding::Valid => window.pad_before,
            };
            Ok(WindowAxis { filter, dilation, pad_before, ..window })
        };
        (0..N).map(window).collect()
    }

    /// hls4ml's `compute_padding_1d` and `_2d`.
    pub(super) fn window(
        &self,
        padding: Padding,
        input: usize,
        filter: usize,
        stride: usize,
    ) -> Result<WindowAxis, ConvertError> {
        let rest = match input % stride {
            0 => stride,
            rest => rest,
        };
        let missing = filter.saturating_sub(rest);
        let (output, pad_before, pad_after) = match padding {
            Padding::Same => (input.div_ceil(stride), missing / 2, missing.div_ceil(2)),
            Padding::Causal => (input.div_ceil(stride), missing, 0),
            Padding::Valid => ((input + 1).saturating_sub(filter).div_ceil(stride), 0, 0),
        };
        if output == 0 {
            return Err(self.unsupported(format!(
                "a window of {filter} pixels does not fit into {input} without padding"
            )));
        }
        Ok(WindowAxis { input, output, filter, stride, dilation: 1, pad_before, pad_after })
    }

    /// A window without padding, with its pixels apart.
    fn dilated(&self, window: WindowAxis, dilation: usize) -> Result<WindowAxis, ConvertError> {
        if dilation == 1 {
            return Ok(window);
        }
        let spread = spread(window.filter, dilation);
        let spread = self.window(Padding::Valid, window.input, spread, window.stride)?;
        Ok(WindowAxis { output: spread.output, dilation, ..window })
    }
}

/// Pixels from the first to the last of a filter.
pub(super) fn spread(filter: usize, dilation: usize) -> usize {
    filter.saturating_sub(1).saturating_mul(dilation).saturating_add(1)
}
