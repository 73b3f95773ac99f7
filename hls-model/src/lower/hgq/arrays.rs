//! The arrays that HGQ2's layers compute with: folded normalizations, then the quantizers, all in float32.

use ndarray::{ArrayD, Axis, IxDyn};

use super::{Lowering, Source};
use crate::error::ConvertError;
use crate::graph::op::{BatchNormalization, Op};
use crate::graph::{LayerSpec, Values, WeightRole, WeightSpec, broadcast};
use crate::quantizer::HgqQuantizer;
use crate::source::h5::Dtype;
use crate::source::keras::NamedArray;
use crate::source::keras::config::{BatchNorm, EinsumDense, FoldedNorm, Hgq, HgqLayer, Placed};

/// Keras's `epsilon()`, which HGQ2's QEinsumDenseBatchnorm adds to the variance in place of its own.
const KERAS_EPSILON: f32 = 1e-7;

impl Source<'_> {
    /// The arrays of the plain layer.
    pub(super) fn computed_arrays(&self, config: &Hgq) -> Result<Vec<NamedArray>, ConvertError> {
        let (kernel, bias) = match &config.layer {
            HgqLayer::BatchNormDense(_, norm) => self.dense_of_normalized_input(norm)?,
            HgqLayer::EinsumDenseBatchNorm(dense, norm, axes) => self.normalized_einsum(dense, norm, axes)?,
            HgqLayer::BatchNormalization(norm) => self.scale_and_offset(norm)?,
            _ => {
                let stored =
                    |role: &'static str| self.keras.weight(role).map(|_| self.stored(role)).transpose();
                let Some(kernel) = stored("kernel")? else { return Ok(Vec::new()) };
                (kernel, stored("bias")?)
            }
        };
        let mut arrays = vec![self.quantized("kernel", "kq", config.kernel.as_ref(), kernel)?];
        if let Some(bias) = bias {
            arrays.push(self.quantized("bias", "bq", config.bias.as_ref(), bias)?);
        }
        Ok(arrays)
    }

    fn quantized(
        &self,
        role: &'static str,
        place: &str,
        quantizer: Option<&HgqQuantizer>,
        values: ArrayD<f32>,
    ) -> Result<NamedArray, ConvertError> {
        let quantizer = quantizer.ok_or_else(|| {
            self.unsupported(format!(
                "its {role} has no quantizer (`{place}_conf`), which every layer of HGQ2 0.2 has; save the model with that version"
            ))
        })?;
        let widths = self.widths(&Placed { place: place.to_owned(), quantizer })?;
        let data = quantizer
            .quantize(widths.as_ref(), &values)
            .map_err(|reason| self.unsupported(format!("its quantizer `{place}`: {reason}")))?;
        if data.iter().any(|value| !value.is_finite()) {
            return Err(ConvertError::NotFinite { layer: self.keras.name.clone(), array: role });
        }
        let data = data.mapv(f64::from);
        Ok(NamedArray {
            name: format!("{}/{role}", self.keras.name),
            role: role.to_owned(),
            data,
            dtype: Dtype::F32,
        })
    }

    fn stored(&self, role: &'static str) -> Result<ArrayD<f32>, ConvertError> {
        Ok(self.array(role)?.data.mapv(|value| value as f32))
    }

    /// `gamma / sqrt(variance + epsilon)`.
    fn normalizing_scale(&self, has_gamma: bool, epsilon: f32) -> Result<ArrayD<f32>, ConvertError> {
        let deviation = self.stored("moving_variance")?.mapv(|variance| (variance + epsilon).sqrt());
        match has_gamma {
            true => self.combined(&self.stored("gamma")?, &deviation, |gamma, deviation| gamma / deviation),
            false => Ok(deviation.mapv(f32::recip)),
        }
    }

    /// Two arrays element by element.
    fn combined(
        &self,
        a: &ArrayD<f32>,
        b: &ArrayD<f32>,
        f: impl Fn(f32, f32) -> f32,
    ) -> Result<ArrayD<f32>, ConvertError> {
        let shape = broadcast([a.shape(), b.shape()]);
        let both = shape.and_then(|shape| {
            let (a, b) = (a.broadcast(shape.clone())?, b.broadcast(shape)?);
            Some(ndarray::Zip::from(a).and(b).map_collect(|&a, &b| f(a, b)))
        });
        both.ok_or_else(|| {
            self.unsupported(format!(
                "its arrays have the shapes {:?} and {:?}, which do not go together; the file is inconsistent",
                a.shape(),
                b.shape()
            ))
        })
    }

    /// Kernel and bias of a dense layer of a normalized input. The mean is multiplied with the kernel itself, not with the scaled one.
    fn dense_of_normalized_input(
        &self,
        norm: &FoldedNorm,
    ) -> Result<(ArrayD<f32>, Option<ArrayD<f32>>), ConvertError> {
        let scale = self.normalizing_scale(norm.scale, norm.epsilon as f32)?;
        let kernel = self.stored("kernel")?;
        let scaled = self.combined(&kernel, &scale.insert_axis(Axis(1)), |weight, scale| scale * weight)?;
        let mean = self.stored("moving_mean")?.insert_axis(Axis(1));
        // A sum in float32, whose order of additions is the machine's.
        let shifted = self.combined(&kernel, &mean, |weight, mean| mean * weight)?;
        let offset = shifted.mapv(f64::from).sum_axis(Axis(0)).mapv(|sum| -(sum as f32));
        let bias = self.combined(&self.stored("bias")?, &offset, |bias, offset| bias + offset)?;
        Ok((scaled, Some(bias)))
    }

    /// Kernel and bias of a product whose result is normalized along some axes.
    fn normalized_einsum(
        &self,
        dense: &EinsumDense,
        norm: &FoldedNorm,
        axes: &str,
    ) -> Result<(ArrayD<f32>, Option<ArrayD<f32>>), ConvertError> {
        let (kernel, scale) = (self.stored("kernel")?, self.normalizing_scale(norm.scale, KERAS_EPSILON)?);
        let parts = dense.equation.split_once(',').and_then(|(_, rest)| rest.split_once("->"));
        let (kernel_axes, output_axes) = parts.ok_or_else(|| {
            self.unsupported(format!("its equation {:?} is not one of two tensors", dense.equation))
        })?;
        let kernel_axes: Vec<char> = kernel_axes.chars().filter(|c| !c.is_whitespace()).collect();
        let fits = kernel_axes.len() == kernel.ndim()
            && scale.ndim() == kernel_axes.iter().filter(|axis| axes.contains(**axis)).count();
        if !fits {
            return Err(self.unsupported(format!(
                "a kernel of the shape {:?} and a scale of the shape {:?} do not fit the equation {:?} with the normalized axes {axes:?}",
                kernel.shape(),
                scale.shape(),
                dense.equation
            )));
        }
        let mut spread = scale.clone();
        for (at, _) in kernel_axes.iter().enumerate().filter(|(_, axis)| !axes.contains(**axis)) {
            spread = spread.insert_axis(Axis(at));
        }
        let scaled = self.combined(&kernel, &spread, |weight, scale| weight * scale)?;
        let offset = self.combined(&self.stored("moving_mean")?, &scale, |mean, scale| -mean * scale)?;
        // From the first normalized axis of the result on, with one element along the others.
        let ellipsis_last = output_axes.trim().ends_with("...");
        let letters: Vec<char> = output_axes.chars().filter(|c| c.is_alphabetic()).collect();
        let mut extents = offset.shape().iter().copied();
        let mut shape: Vec<usize> = letters
            .iter()
            .skip_while(|axis| !axes.contains(**axis))
            .map(|axis| if axes.contains(*axis) { extents.next().unwrap_or(1) } else { 1 })
            .collect();
        let bias = self.stored("bias")?;
        if ellipsis_last {
            shape.resize(shape.len().max(bias.ndim()), 1);
        }
        let offset = offset.to_shape(IxDyn(&shape)).map(|offset| offset.into_owned()).map_err(|_| {
            self.unsupported(format!(
                "a mean of the shape {:?} does not fit the normalized axes {axes:?}",
                offset.shape()
            ))
        })?;
        let bias = self.combined(&bias, &offset, |bias, offset| bias + offset)?;
        Ok((scaled, Some(bias)))
    }

    /// Scale and offset of a batch normalization. Without a `beta`, HGQ2 adds 1.
    fn scale_and_offset(&self, norm: &BatchNorm) -> Result<(ArrayD<f32>, Option<ArrayD<f32>>), ConvertError> {
        let scale = self.normalizing_scale(norm.scale, norm.epsilon as f32)?;
        let shift = self.combined(&self.stored("moving_mean")?, &scale, |mean, scale| mean * scale)?;
        let offset = match norm.center {
            true => self.combined(&self.stored("beta")?, &shift, |beta, shift| beta - shift)?,
            false => shift.mapv(|shift| 1.0 - shift),
        };
        Ok((scale, Some(offset)))
    }
}

impl Lowering {
    /// A batch normalization whose scale and offset are quantized.
    pub(super) fn quantized_normalization(
        &mut self,
        source: &Source<'_>,
        norm: &BatchNorm,
    ) -> Result<(), ConvertError> {
        let (shape, keras_shape) = (source.shape()?.to_vec(), source.keras_shape()?.to_vec());
        let channels = keras_shape.last().copied().unwrap_or(0);
        if norm.axis != -1 && usize::try_from(norm.axis) != Ok(keras_shape.len()) {
            return Err(source
                .unsupported(format!("it normalizes axis {}; only the last axis is possible", norm.axis)));
        }
        let array = |role| source.values(role, &[channels]);
        let (scale, offset): (Values, Values) = (array("kernel")?, array("bias")?);
        let op = BatchNormalization { n_in: shape.iter().product(), n_filt: Some(channels) };
        let spec = LayerSpec {
            weights: vec![
                WeightSpec::plain(WeightRole::Scale, scale),
                WeightSpec::plain(WeightRole::Bias, offset),
            ],
            ..self.spec(source, "BatchNormalization", Op::BatchNormalization(op), shape)
        };
        self.add_shaped(spec, &source.keras.name, keras_shape);
        Ok(())
    }
}
