//! Activations, as layers and as arguments of layers.

use super::{Lowering, Shape, Source};
use crate::error::ConvertError;
use crate::graph::op::{
    Activation, Exponents, Function, HardActivation, HardFunction, HardOrigin, Op, PRelu,
    ParametrizedActivation, ParametrizedFunction, PowerOfTwo, Softmax, SoftmaxImplementation, TernaryTanh,
};
use crate::graph::{LayerSpec, WeightRole, WeightSpec, activation_precision};
use crate::quantizer::Quantizer;
use crate::source::keras::Generation;
use crate::source::keras::config::{self, ActivationFunction};

/// Entries of a table unless a configuration says otherwise.
const TABLE_SIZE: u64 = 1024;

/// The threshold of a ternary activation that gives none (QKeras's default).
const TERNARY_THRESHOLD: f64 = 0.33;

/// An operation with the class that hls4ml's converter reports.
struct Lowered {
    op: Op,
    class: &'static str,
    quantizer: Option<Quantizer>,
}

impl Lowered {
    fn function(function: Function, n_in: usize) -> Self {
        Self::labelled(function, function.as_str(), n_in)
    }

    fn labelled(function: Function, label: &str, n_in: usize) -> Self {
        let op =
            Activation { function, label: label.into(), n_in, table_size: function.default_table_size() };
        Self { op: Op::Activation(op), class: "Activation", quantizer: None }
    }

    fn parametrized(
        function: ParametrizedFunction,
        label: &str,
        parameter: f64,
        class: &'static str,
        n_in: usize,
    ) -> Self {
        let op =
            ParametrizedActivation { function, label: label.into(), parameter, n_in, table_size: TABLE_SIZE };
        Self { op: Op::ParametrizedActivation(op), class, quantizer: None }
    }

    fn hard(function: HardFunction, origin: HardOrigin, n_in: usize) -> Self {
        let op = HardActivation::new(function, origin, n_in, TABLE_SIZE);
        Self { op: Op::HardActivation(op), class: "HardActivation", quantizer: None }
    }

    fn softmax(axis: i64, n_in: usize) -> Self {
        let op = Softmax {
            n_in,
            axis,
            n_outer: 1,
            n_inner: 1,
            implementation: SoftmaxImplementation::default(),
            skip: false,
            table_size: TABLE_SIZE,
            tables: None,
        };
        Self { op: Op::Softmax(op), class: "Softmax", quantizer: None }
    }

    fn power_of_two(op: PowerOfTwo) -> Self {
        Self { op: Op::PowerOfTwo(op), class: "PowerOfTwo", quantizer: None }
    }

    fn ternary(threshold: Option<f64>, n_in: usize) -> Self {
        let threshold = threshold.unwrap_or(TERNARY_THRESHOLD);
        let op = TernaryTanh { threshold, n_in, table_size: TABLE_SIZE };
        Self { op: Op::TernaryTanh(op), class: "TernaryTanh", quantizer: None }
    }
}

impl Lowering {
    pub(super) fn activation_layer(
        &mut self,
        source: &Source<'_>,
        activation: &config::Activation,
    ) -> Result<(), ConvertError> {
        let n_in = source.shape()?.iter().product();
        let origin = if source.keras.class_name.contains("QActivation") {
            HardOrigin::QKeras
        } else {
            self.generation.hard_origin()
        };
        let lowered = self.activation(source, activation, origin, n_in)?;
        self.add_activation(source, lowered)
    }

    /// The activation given as an argument of a layer that has just been added; it becomes a layer after it.
    pub(super) fn argument_activation(
        &mut self,
        source: &Source<'_>,
        activation: &config::Activation,
    ) -> Result<(), ConvertError> {
        let is_linear = *activation == config::Activation::Function(ActivationFunction::Linear);
        if is_linear && self.generation == Generation::Keras3 {
            return Ok(());
        }
        let Some(parent) = self.layers.last().map(|l| l.name.clone()) else { return Ok(()) };
        let Some(Shape { tensor: shape, keras: keras_shape }) = self.shapes.get(&parent).cloned() else {
            return Ok(());
        };
        let lowered =
            self.activation(source, activation, self.generation.hard_origin(), shape.iter().product())?;
        if source.is_qkeras() && *activation == config::Activation::Function(ActivationFunction::HardSigmoid)
        {
            let message = "hls4ml takes its hard_sigmoid for Keras's, with the slope 0.2; QKeras computes its own, with the slope 0.5. \
                           A layer QActivation('hard_sigmoid') is QKeras's";
            self.warn(&source.keras.name, message);
        }
        let suffix = match (activation, self.generation) {
            (config::Activation::Function(function), _) => function.name(),
            (config::Activation::Quantizer(quantizer), Generation::Keras2) => quantizer.class_name(),
            (config::Activation::Quantizer(_), Generation::Keras3) => "activation",
        };
        let (name, config_name) = self.names.of_argument(source.keras, suffix);
        let spec = LayerSpec {
            name,
            config_name,
            source_class: lowered.class.into(),
            op: lowered.op,
            inputs: vec![parent],
            shape,
            weights: Vec::new(),
            activation_quantizer: lowered.quantizer,
            ignored_precisions: Vec::new(),
        };
        self.add_shaped(spec, &source.keras.name, keras_shape);
        Ok(())
    }

    /// A layer that does nothing, which hls4ml makes a linear activation of.
    pub(super) fn linear(&mut self, source: &Source<'_>) -> Result<(), ConvertError> {
        let n_in = source.shape()?.iter().product();
        self.add_activation(source, Lowered::function(Function::Linear, n_in))
    }

    fn add_activation(&mut self, source: &Source<'_>, lowered: Lowered) -> Result<(), ConvertError> {
        let shape = source.shape()?.to_vec();
        let spec = self.spec(source, lowered.class, lowered.op, shape);
        let spec = LayerSpec { activation_quantizer: lowered.quantizer, ..spec };
        self.add_shaped(spec, &source.keras.name, source.keras_shape()?.to_vec());
        Ok(())
    }

    fn activation(
        &mut self,
        source: &Source<'_>,
        activation: &config::Activation,
        origin: HardOrigin,
        n_in: usize,
    ) -> Result<Lowered, ConvertError> {
        match activation {
            config::Activation::Quantizer(quantizer) => self.quantized(source, quantizer, n_in),
            config::Activation::Function(function) => self.function(source, *function, origin, n_in),
        }
    }

    fn function(
        &mut self,
        source: &Source<'_>,
        function: ActivationFunction,
        origin: HardOrigin,
        n_in: usize,
    ) -> Result<Lowered, ConvertError> {
        use ActivationFunction as F;
        let plain = |function| Ok(Lowered::function(function, n_in));
        match function {
            F::Linear => plain(Function::Linear),
            F::Relu => plain(Function::Relu),
            F::Relu6 => plain(Function::Relu6),
            F::Sigmoid => plain(Function::Sigmoid),
            F::Tanh => plain(Function::Tanh),
            F::Softplus => plain(Function::Softplus),
            F::Softsign => plain(Function::Softsign),
            F::Selu => plain(Function::Selu),
            F::BinaryTanh => plain(Function::BinaryTanh),
            F::Gelu => plain(Function::Gelu),
            F::Swish => plain(Function::Swish),
            F::Mish => plain(Function::Mish),
            F::Exponential => plain(Function::Exponential),
            F::TernaryTanh => Ok(Lowered::ternary(None, n_in)),
            F::Softmax => Ok(Lowered::softmax(-1, n_in)),
            F::HardSigmoid => {
                if origin == HardOrigin::Keras3 {
                    let message = "hls4ml takes its hard_sigmoid for that of Keras 2, with the slope 0.2; Keras 3's has the slope 1/6";
                    self.warn(&source.keras.name, message);
                }
                Ok(Lowered::hard(HardFunction::Sigmoid, origin, n_in))
            }
            F::HardTanh => Ok(Lowered::hard(HardFunction::Tanh, HardOrigin::QKeras, n_in)),
            F::Elu => Ok(Lowered::parametrized(ParametrizedFunction::Elu, "elu", 1.0, "ELU", n_in)),
            F::LeakyRelu => {
                Ok(Lowered::parametrized(ParametrizedFunction::LeakyRelu, "leaky_relu", 0.2, "LeakyReLU", n_in))
            }
            F::SmoothSigmoid | F::SmoothTanh | F::BinarySigmoid => {
                Err(source.unsupported(format!(
                    "there is no hardware for the activation {function} (hls4ml has none either); retrain with one of relu, \
                     relu6, sigmoid, tanh, softplus, softsign, elu, selu, gelu, swish, mish, leaky_relu, hard_sigmoid or a QKeras quantizer"
                )))
            }
        }
    }

    fn quantized(
        &mut self,
        source: &Source<'_>,
        quantizer: &Quantizer,
        n_in: usize,
    ) -> Result<Lowered, ConvertError> {
        let refused = || {
            source.unsupported(format!(
                "{quantizer} is not converted as an activation (hls4ml refuses it as well); use quantized_relu, quantized_bits, \
                 quantized_tanh, quantized_sigmoid, quantized_po2, quantized_relu_po2, binary or ternary"
            ))
        };
        if activation_precision(quantizer).is_none() {
            return Err(refused());
        }
        let lowered = match quantizer {
            Quantizer::Bits(_) => Lowered::function(Function::Linear, n_in),
            Quantizer::Relu(relu) => match relu.negative_slope {
                0.0 => Lowered::function(Function::Relu, n_in),
                slope => Lowered::parametrized(
                    ParametrizedFunction::LeakyRelu,
                    "leaky_relu",
                    slope,
                    "LeakyReLU",
                    n_in,
                ),
            },
            Quantizer::Tanh(tanh) if tanh.use_real_tanh => Lowered::function(Function::Tanh, n_in),
            Quantizer::Tanh(_) => Lowered::hard(HardFunction::Tanh, HardOrigin::QKeras, n_in),
            Quantizer::Sigmoid(sigmoid) if sigmoid.use_real_sigmoid => {
                Lowered::function(Function::Sigmoid, n_in)
            }
            Quantizer::Sigmoid(_) => Lowered::hard(HardFunction::Sigmoid, HardOrigin::QKeras, n_in),
            // What is random in training has a fixed outcome in inference.
            Quantizer::Binary(_) | Quantizer::StochasticBinary(_) => {
                Lowered::function(Function::BinaryTanh, n_in)
            }
            Quantizer::Ternary(ternary) => Lowered::ternary(ternary.threshold, n_in),
            Quantizer::StochasticTernary(ternary) => Lowered::ternary(ternary.threshold, n_in),
            Quantizer::Po2(_) | Quantizer::ReluPo2(_) => {
                let (op, exponents) = PowerOfTwo::of(quantizer, n_in).ok_or_else(refused)?;
                self.warn_of_cut_exponents(source, exponents);
                Lowered::power_of_two(op)
            }
            Quantizer::Bernoulli(_) | Quantizer::Ulaw(_) | Quantizer::Hswish(_) => return Err(refused()),
        };
        self.warn_of_ignored_parameters(source, quantizer);
        Ok(Lowered { quantizer: Some(quantizer.clone()), ..lowered })
    }

    fn warn_of_cut_exponents(&mut self, source: &Source<'_>, exponents: Exponents) {
        if let Exponents::Cut { low, high } = exponents {
            self.warn(
                &source.keras.name,
                format!(
                    "the quantizer's exponents {low} … {high} are cut to -32 … 31; fewer bits or a max_value make a smaller circuit"
                ),
            );
        }
    }

    pub(super) fn relu(&mut self, source: &Source<'_>, config: &config::Relu) -> Result<(), ConvertError> {
        if self.generation == Generation::Keras3 {
            return self.parametrized_relu(source, config);
        }
        let ignored = [
            ("max_value", config.max_value.is_some()),
            ("negative_slope", config.negative_slope != 0.0),
            ("threshold", config.threshold != 0.0),
        ];
        for (field, _) in ignored.iter().filter(|(_, given)| *given) {
            self.warn(
                &source.keras.name,
                format!("{field} is ignored by hls4ml; the result is that of a plain ReLU"),
            );
        }
        let n_in = source.shape()?.iter().product();
        self.add_activation(source, Lowered::labelled(Function::Relu, "ReLU", n_in))
    }

    /// A `ReLU` as hls4ml's reader of Keras 3 understands it.
    fn parametrized_relu(&mut self, source: &Source<'_>, config: &config::Relu) -> Result<(), ConvertError> {
        let n_in = source.shape()?.iter().product();
        match (config.max_value, config.negative_slope, config.threshold) {
            (Some(6.0), 0.0, 0.0) => self.add_activation(source, Lowered::function(Function::Relu6, n_in)),
            (Some(limit), ..) => Err(source.unsupported(format!(
                "max_value={limit} is not possible (hls4ml refuses it as well); without other parameters 6 is, and saturation of a \
                 quantized_relu or of the result's precision does the same elsewhere"
            ))),
            (None, 0.0, threshold) => {
                self.parametrized(source, ParametrizedFunction::ThresholdedRelu, "ThresholdedReLU", threshold)
            }
            (None, slope, 0.0) => {
                self.parametrized(source, ParametrizedFunction::LeakyRelu, "LeakyReLU", slope)
            }
            (None, slope, threshold) => Err(source.unsupported(format!(
                "negative_slope={slope} together with threshold={threshold} is not possible (hls4ml refuses it as well); use only one \
                 of them"
            ))),
        }
    }

    pub(super) fn leaky_relu(
        &mut self,
        source: &Source<'_>,
        config: &config::LeakyRelu,
    ) -> Result<(), ConvertError> {
        self.parametrized(source, ParametrizedFunction::LeakyRelu, "LeakyReLU", config.alpha)
    }

    pub(super) fn thresholded_relu(
        &mut self,
        source: &Source<'_>,
        config: &config::ThresholdedRelu,
    ) -> Result<(), ConvertError> {
        self.parametrized(source, ParametrizedFunction::ThresholdedRelu, "ThresholdedReLU", config.theta)
    }

    pub(super) fn elu(&mut self, source: &Source<'_>, config: &config::Elu) -> Result<(), ConvertError> {
        self.parametrized(source, ParametrizedFunction::Elu, "ELU", config.alpha)
    }

    fn parametrized(
        &mut self,
        source: &Source<'_>,
        function: ParametrizedFunction,
        class: &'static str,
        parameter: f64,
    ) -> Result<(), ConvertError> {
        if !parameter.is_finite() {
            return Err(source.unsupported(format!("its parameter is {parameter}")));
        }
        let n_in = source.shape()?.iter().product();
        let label = self.generation.label(class);
        self.add_activation(source, Lowered::parametrized(function, &label, parameter, class, n_in))
    }

    pub(super) fn prelu(&mut self, source: &Source<'_>, config: &config::Prelu) -> Result<(), ConvertError> {
        let shape = source.shape()?.to_vec();
        let (mut held, shared) =
            (source.keras_shape()?.to_vec(), config.shared_axes.as_deref().unwrap_or(&[]));
        for &axis in shared {
            let slot = usize::try_from(axis).ok().and_then(|a| held.get_mut(a.checked_sub(1)?));
            *slot.ok_or_else(|| {
                source.unsupported(format!("its shared_axes {shared:?} are not axes of its input"))
            })? = 1;
        }
        // hls4ml only has slopes for individual elements; shared ones are repeated.
        let alpha = source.values("alpha", &held)?;
        let alpha = alpha.repeated(source.keras_shape()?).and_then(|values| values.reshaped(&shape));
        let alpha = alpha.ok_or_else(|| source.unsupported("its slopes do not fit its input".into()))?;
        let op = Op::PRelu(PRelu {
            label: self.generation.label("PReLU").into_owned(),
            n_in: shape.iter().product(),
            table_size: TABLE_SIZE,
        });
        let weights = vec![WeightSpec::plain(WeightRole::Param, alpha)];
        let spec = LayerSpec { weights, ..self.spec(source, "PReLU", op, shape) };
        self.add_shaped(spec, &source.keras.name, source.keras_shape()?.to_vec());
        Ok(())
    }

    pub(super) fn softmax(
        &mut self,
        source: &Source<'_>,
        config: &config::Softmax,
    ) -> Result<(), ConvertError> {
        let n_in = source.shape()?.iter().product();
        self.add_activation(source, Lowered::softmax(config.axis, n_in))
    }
}
