//! The arrays of layers that multiply.

use super::quantizers::{precision_of_powers, precision_of_values};
use super::{Lowering, Source};
use crate::error::ConvertError;
use crate::graph::{
    FloatWidth, KernelLayout, Values, WeightEncoding, WeightQuantizer, WeightRole, WeightSpec,
};
use crate::precision::Precision;
use crate::quantizer::Quantizer;
use crate::source::keras::config::BatchNorm;

/// An array of a layer, with what is needed to find and check it.
pub(super) struct ArrayOf<'a> {
    /// Its name in the file.
    pub name: &'static str,
    /// The shape that it must have.
    pub shape: Vec<usize>,
    /// Its quantizer, if it has one.
    pub quantizer: &'a Option<Quantizer>,
}

/// Bits of the narrower input of most multipliers in FPGAs.
const MAX_WIDTH: u32 = 18;

/// Kernels with more weights than this, zeros included, are damage, not design.
const MAX_WEIGHTS: usize = 1 << 24;

impl Lowering {
    /// A kernel.
    pub(super) fn kernel(
        &mut self,
        source: &Source<'_>,
        role: WeightRole,
        array: ArrayOf<'_>,
    ) -> Result<WeightSpec, ConvertError> {
        let values = source.values(array.name, &array.shape)?;
        let quantizer = array.quantizer.as_ref().map(|q| self.weight_quantizer(source, q, array.name));
        Ok(WeightSpec::new(role, Some(values), quantizer))
    }

    /// A kernel as in the file, as the products use it. Its quantizer keeps acting on what is in the file, and has an encoding and a type for
    /// what comes of that.
    pub(super) fn laid_out(
        &mut self,
        source: &Source<'_>,
        kernel: WeightSpec,
        layout: KernelLayout,
    ) -> Result<WeightSpec, ConvertError> {
        let Some(held) = kernel.folded.as_ref().or(kernel.values.as_ref()) else { return Ok(kernel) };
        if layout == KernelLayout::Same {
            return Ok(kernel);
        }
        let shape = layout.shape(held.data.shape());
        let count = shape.iter().try_fold(1usize, |product, &extent| product.checked_mul(extent));
        if count.is_none_or(|count| count > MAX_WEIGHTS) {
            return Err(source.unsupported(format!(
                "with all zeros its kernel would have the shape {shape:?}; a kernel can have {MAX_WEIGHTS} weights, so use fewer \
                 channels, filters or groups, or a DepthwiseConv"
            )));
        }
        let quantizer = kernel.quantizer.as_ref().map(|quantizer| match layout {
            // The scales are those of input channels, for which there is no layer after the convolution.
            KernelLayout::Transposed if quantizer.scaled => self.with_scale_inside(source, quantizer, held),
            _ => quantizer.laid_out(layout, held),
        });
        let spread = |values: &Option<Values>| values.as_ref().map(|values| layout.spread(values));
        Ok(WeightSpec { values: spread(&kernel.values), folded: spread(&kernel.folded), quantizer, ..kernel })
    }

    /// The quantizer of a kernel that keeps its scale.
    fn with_scale_inside(
        &mut self,
        source: &Source<'_>,
        quantizer: &WeightQuantizer,
        stored: &Values,
    ) -> WeightQuantizer {
        let mut precision = precision_of_values(&quantizer.quantizer, stored);
        if let Precision::Fixed(ty) = &mut precision
            && ty.width > MAX_WIDTH
        {
            let message = format!(
                "the scale (alpha) stays in the weights, which would need {} bits and are cut to {MAX_WIDTH}; use alpha=\"auto_po2\" or \
                 alpha=1",
                ty.width
            );
            self.warn(&source.keras.name, message);
            ty.width = MAX_WIDTH;
        }
        WeightQuantizer {
            encoding: WeightEncoding::Value,
            precision,
            scaled: false,
            layout: KernelLayout::Transposed,
            ..quantizer.clone()
        }
    }

    /// A bias, or the place of one that the layer does not have.
    pub(super) fn bias(
        &mut self,
        source: &Source<'_>,
        len: usize,
        use_bias: bool,
        quantizer: &Option<Quantizer>,
    ) -> Result<WeightSpec, ConvertError> {
        let values = if use_bias { Some(source.values("bias", &[len])?) } else { None };
        let mut quantizer = quantizer.as_ref().map(|q| self.weight_quantizer(source, q, "bias"));
        if let (Some(quantizer), Some(values)) = (&mut quantizer, &values)
            && quantizer.encoding == WeightEncoding::PowerOfTwo
        {
            // Sign and exponent are for products; hls4ml's firmware does not compile with such a bias.
            quantizer.encoding = WeightEncoding::Value;
            quantizer.precision = precision_of_powers(&quantizer.quantizer, values);
        }
        Ok(WeightSpec::new(WeightRole::Bias, values, quantizer))
    }
}

impl Source<'_> {
    /// An array of the layer, checked.
    pub(super) fn values(&self, name: &'static str, shape: &[usize]) -> Result<Values, ConvertError> {
        let array = self.array(name)?;
        self.check_shape(name, array, shape)?;
        let width = if self.keras.has_double_precision() { FloatWidth::Double } else { FloatWidth::Single };
        Ok(Values { data: array.data.clone(), width })
    }

    /// `scale` and `bias` of a batch normalization, in the float type of its arrays as NumPy computes them: `gamma / sqrt(variance + epsilon)` and
    /// `beta - scale · mean`.
    pub(super) fn scale_and_bias(
        &self,
        config: &BatchNorm,
        channels: usize,
    ) -> Result<(Values, Values), ConvertError> {
        let norm = Normalization::read(self, config, channels)?;
        let deviation = norm.deviation();
        let scale = match &norm.gamma {
            Some(gamma) => self.combine(gamma, &deviation, |g, d| g / d)?,
            None => deviation.map(|d| 1.0 / d),
        };
        let shift = self.combine(&scale, &norm.mean, |s, m| s * m)?;
        let bias = match &norm.beta {
            Some(beta) => self.combine(beta, &shift, |b, s| b - s)?,
            None => shift.map(|s| 0.0 - s),
        };
        self.finite([&scale, &bias])?;
        Ok((scale, bias))
    }

    /// Kernel and bias with a batch normalization folded in, in the float type of its arrays as hls4ml computes them:
    /// `kernel · gamma / sqrt(variance + epsilon)` and `(bias - mean) · gamma / sqrt(variance + epsilon) + beta`.
    pub(super) fn folded(
        &self,
        config: &BatchNorm,
        kernel: &Values,
        bias: Option<&Values>,
    ) -> Result<(Values, Values), ConvertError> {
        let channels = kernel.data.shape().last().copied().unwrap_or(0);
        let norm = Normalization::read(self, config, channels)?;
        let inverse = norm.deviation().map(|d| 1.0 / d);
        let inverse = match &norm.gamma {
            Some(gamma) => self.combine(&inverse, gamma, |i, g| i * g)?,
            None => inverse,
        };
        let kernel = self.combine(&inverse, kernel, |i, w| i * w)?;
        let centred = match bias {
            Some(bias) => self.combine(bias, &norm.mean, |b, m| b - m)?,
            None => norm.mean.map(|m| 0.0 - m),
        };
        let bias = self.combine(&inverse, &centred, |i, b| i * b)?;
        let bias = match &norm.beta {
            Some(beta) => self.combine(&bias, beta, |b, t| b + t)?,
            None => bias,
        };
        self.finite([&kernel, &bias])?;
        Ok((kernel, bias))
    }

    fn combine(&self, a: &Values, b: &Values, f: fn(f64, f64) -> f64) -> Result<Values, ConvertError> {
        a.zip(b, f).ok_or_else(|| self.unsupported("the shapes of its arrays do not match".into()))
    }

    fn finite(&self, results: [&Values; 2]) -> Result<(), ConvertError> {
        if results.iter().all(|values| values.data.iter().all(|v| v.is_finite())) {
            return Ok(());
        }
        Err(ConvertError::NotFinite { layer: self.keras.name.clone(), array: "moving_variance" })
    }
}

impl WeightQuantizer {
    /// The same quantizer for a kernel of this layout; `stored` are the values that it acts on.
    fn laid_out(&self, layout: KernelLayout, stored: &Values) -> Self {
        use WeightEncoding::{PlusMinusOne, PowerOfTwo, Value};
        let encoded = |encoding, precision| Self { encoding, precision, layout, ..self.clone() };
        match (layout, self.encoding) {
            // A sign alone is no zero, neither as a weight nor as what an input is multiplied with.
            _ if self.precision == Precision::Xnor => encoded(PlusMinusOne, Precision::int(2)),
            // Neither are sign and exponent.
            (KernelLayout::Grouped { .. }, PowerOfTwo) => {
                encoded(Value, precision_of_powers(&self.quantizer, stored))
            }
            _ => encoded(self.encoding, self.precision),
        }
    }
}

/// The arrays of a batch normalization.
struct Normalization {
    gamma: Option<Values>,
    beta: Option<Values>,
    mean: Values,
    variance: Values,
    epsilon: f64,
}

impl Normalization {
    fn read(source: &Source<'_>, config: &BatchNorm, channels: usize) -> Result<Self, ConvertError> {
        let optional = |has: bool, name| has.then(|| source.values(name, &[channels])).transpose();
        let variance = source.values("moving_variance", &[channels])?;
        Ok(Self {
            gamma: optional(config.scale, "gamma")?,
            beta: optional(config.center, "beta")?,
            mean: source.values("moving_mean", &[channels])?,
            // NumPy takes a Python number in the array's type.
            epsilon: variance.width.round(config.epsilon),
            variance,
        })
    }

    fn deviation(&self) -> Values {
        self.variance.map(|v| v + self.epsilon).map(f64::sqrt)
    }
}
