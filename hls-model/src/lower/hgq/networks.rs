//! The small networks of a layer of trained tables, in double precision.

use ndarray::ArrayD;

use super::Source;
use crate::error::ConvertError;
use crate::source::keras::config::{ActivationFunction, TableLayer, TableNorm};

/// The layers of a small network, for all pairs of an input and an output, and what follows it.
pub(super) struct Networks {
    /// Outputs of the layer.
    pub outputs: usize,
    /// From the first hidden layer to the result.
    layers: Vec<NetworkLayer>,
    /// What results are multiplied with and what is added then, for each output.
    lines: Option<Vec<(f64, f64)>>,
    /// What they are divided by.
    divisor: f64,
}

struct NetworkLayer {
    /// Units before and after it.
    units: [usize; 2],
    /// `[inputs, outputs, before, after]`.
    kernel: Vec<f64>,
    /// `[inputs, outputs, after]`.
    bias: Option<Vec<f64>>,
    function: fn(f64) -> f64,
}

impl Networks {
    pub fn new(source: &Source<'_>, layer: &TableLayer, inputs: usize) -> Result<Self, ConvertError> {
        let pairs = [inputs, layer.outputs];
        let function = function(layer.hidden_activation).ok_or_else(|| {
            source.unsupported(format!(
                "its small networks have the activation {}, of which there are no tables; use one of Keras's functions of one element",
                layer.hidden_activation
            ))
        })?;
        let mut layers = Vec::with_capacity(layer.hidden_layers + 1);
        let mut before = 1;
        for number in 0..=layer.hidden_layers {
            let is_last = number == layer.hidden_layers;
            let after = if is_last { 1 } else { layer.hidden_units };
            let tail: &[usize] = if is_last { &[] } else { &[after] };
            let array =
                |name: &str, shape: &[usize]| source.table_array(&format!("module/{number}/{name}"), shape);
            let kernel = array("kernel", &[&pairs[..], &[before], tail].concat())?;
            let bias = layer.use_bias.then(|| array("bias", &[&pairs[..], tail].concat())).transpose()?;
            let function = if is_last { |x| x } else { function };
            layers.push(NetworkLayer { units: [before, after], kernel, bias, function });
            before = after;
        }
        let lines = layer.normalization.as_ref().map(|norm| source.table_lines(norm, layer.outputs));
        let divisor = if lines.is_some() { (inputs as f64).sqrt() } else { 1.0 };
        Ok(Self { outputs: layer.outputs, layers, lines: lines.transpose()?, divisor })
    }

    /// Multiplications for one number.
    pub fn products(&self) -> usize {
        self.layers
            .iter()
            .map(|layer| layer.units[0].saturating_mul(layer.units[1]))
            .fold(1, usize::saturating_add)
    }

    /// What the network of an input and an output makes of a number.
    pub fn value(&self, (input, output): (usize, usize), x: f64) -> f64 {
        let pair = input * self.outputs + output;
        let mut numbers = vec![x];
        for layer in &self.layers {
            let [before, after] = layer.units;
            let kernel = &layer.kernel[pair * before * after..(pair + 1) * before * after];
            let bias = layer.bias.as_ref().map(|bias| &bias[pair * after..(pair + 1) * after]);
            let unit = |unit: usize| {
                let products = numbers.iter().enumerate().map(|(i, x)| x * kernel[i * after + unit]);
                (layer.function)(products.sum::<f64>() + bias.map_or(0.0, |bias| bias[unit]))
            };
            numbers = (0..after).map(unit).collect();
        }
        let (scale, shift) = self.lines.as_ref().map_or((1.0, 0.0), |lines| lines[output]);
        (numbers[0] * scale + shift) / self.divisor
    }
}

impl Source<'_> {
    /// An array of a small network, in C order.
    fn table_array(&self, role: &str, shape: &[usize]) -> Result<Vec<f64>, ConvertError> {
        let array = self.keras.weight(role).ok_or_else(|| {
            self.unsupported(format!(
                "its array `{role}` is missing; the file is damaged, save the model again"
            ))
        })?;
        let data: &ArrayD<f64> = &array.data;
        if data.shape() != shape {
            return Err(self.unsupported(format!(
                "its array `{role}` has the shape {:?} where {shape:?} is needed; the file is damaged, save the model again",
                data.shape()
            )));
        }
        if data.iter().any(|value| !value.is_finite()) {
            return Err(self.unsupported(format!(
                "its array `{role}` holds a number that is not finite; train the model again, or look for where it diverged"
            )));
        }
        Ok(data.iter().copied().collect())
    }

    /// Scale and shift of each output's normalization, in float32.
    fn table_lines(&self, norm: &TableNorm, outputs: usize) -> Result<Vec<(f64, f64)>, ConvertError> {
        let array = |name: &str| self.table_array(&format!("bn/{name}"), &[outputs]);
        let (mean, variance) = (array("moving_mean")?, array("moving_variance")?);
        let gamma = if norm.scale { array("gamma")? } else { vec![1.0; outputs] };
        let beta = if norm.center { array("beta")? } else { vec![0.0; outputs] };
        let line = |output: usize| {
            let scale = gamma[output] as f32 / (variance[output] as f32 + norm.epsilon).sqrt();
            let shift = beta[output] as f32 - mean[output] as f32 * scale;
            (f64::from(scale), f64::from(shift))
        };
        let lines: Vec<_> = (0..outputs).map(line).collect();
        match lines.iter().all(|(scale, shift)| scale.is_finite() && shift.is_finite()) {
            true => Ok(lines),
            false => Err(self.unsupported(
                "its batch normalization divides by the root of a variance that is not positive; train the model again".into(),
            )),
        }
    }
}

/// A function of one element as Keras 3 has it, in double precision.
fn function(function: ActivationFunction) -> Option<fn(f64) -> f64> {
    use ActivationFunction as F;
    fn sigmoid(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }
    fn softplus(x: f64) -> f64 {
        x.max(0.0) + (-x.abs()).exp().ln_1p()
    }
    fn elu(x: f64) -> f64 {
        if x > 0.0 { x } else { x.exp_m1() }
    }
    Some(match function {
        F::Linear => |x| x,
        F::Relu => |x| x.max(0.0),
        F::Relu6 => |x| x.clamp(0.0, 6.0),
        F::Sigmoid => sigmoid,
        F::Tanh => f64::tanh,
        F::Softplus => softplus,
        F::Softsign => |x| x / (1.0 + x.abs()),
        F::Elu => elu,
        F::Selu => {
            |x| 1.050_700_987_355_480_5 * if x > 0.0 { x } else { 1.673_263_242_354_377_2 * x.exp_m1() }
        }
        F::Exponential => f64::exp,
        F::HardSigmoid => |x| (x / 6.0 + 0.5).clamp(0.0, 1.0),
        F::HardTanh => |x| x.clamp(-1.0, 1.0),
        F::LeakyRelu => |x| x.max(0.2 * x),
        F::Swish => |x| x * sigmoid(x),
        F::Mish => |x| x * softplus(x).tanh(),
        F::Gelu => |x| 0.5 * x * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2),
        F::Softmax | F::SmoothSigmoid | F::SmoothTanh | F::BinarySigmoid | F::BinaryTanh | F::TernaryTanh => {
            return None;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_networks_compute_what_their_arrays_say() {
        // Two inputs, one output, two hidden units: relu(x·w + b)·v + c, normalized and divided by the root of two.
        let layer = |units, kernel: &[f64], bias: Option<&[f64]>, function| NetworkLayer {
            units,
            kernel: kernel.to_vec(),
            bias: bias.map(<[f64]>::to_vec),
            function,
        };
        let relu = function(ActivationFunction::Relu).expect("a function");
        let hidden = layer([1, 2], &[1.0, -1.0, 0.5, 2.0], Some(&[0.25, 0.0, 0.0, -1.0]), relu);
        let result = layer([2, 1], &[2.0, 3.0, -1.0, 0.5], None, |x: f64| x);
        let mut networks = Networks { outputs: 1, layers: vec![hidden, result], lines: None, divisor: 1.0 };
        assert_eq!(networks.products(), 5);
        for (input, x, expected) in [(0, 1.0, 2.5), (0, -1.0, 3.0), (1, 2.0, 0.5), (1, -2.0, 0.0)] {
            assert_eq!(networks.value((input, 0), x), expected, "{input} {x}");
        }
        (networks.lines, networks.divisor) = (Some(vec![(0.5, -1.0)]), 2.0);
        assert_eq!(networks.value((0, 0), 1.0), 0.125);
    }

    #[test]
    fn curves_have_keras_values() {
        use ActivationFunction as F;
        for (name, x, expected) in [
            (F::Tanh, 0.5, 0.462_117_157_260_009_8),
            (F::Sigmoid, -1.5, 0.182_425_523_806_356_35),
            (F::Swish, 2.0, 1.761_594_155_955_764_9),
            (F::Gelu, -1.0, -0.158_655_253_931_457_07),
            (F::Softplus, 100.0, 100.0),
            (F::Selu, -1.0, -1.111_330_737_812_562_7),
            (F::Elu, -1.0, -0.632_120_558_828_557_7),
            (F::HardSigmoid, 1.5, 0.75),
            (F::HardTanh, -1.5, -1.0),
            (F::LeakyRelu, -5.0, -1.0),
            (F::Mish, 1.0, 0.865_098_388_267_209_9),
            (F::Softsign, -3.0, -0.75),
        ] {
            let value = function(name).expect("a function")(x);
            assert!((value - expected).abs() < 1e-9, "{name} {x}: {value}");
        }
        assert!(function(F::Softmax).is_none());
    }
}
