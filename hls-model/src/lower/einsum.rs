//! Contractions: `EinsumDense`.

use ndarray::{ArrayD, IxDyn};

use super::{Lowering, Source};
use crate::error::ConvertError;
use crate::graph::op::{Contraction, EinsumDense, Op};
use crate::graph::{LayerSpec, Values, WeightRole, WeightSpec};
use crate::source::keras::config;

impl Lowering {
    pub(super) fn einsum_dense(
        &mut self,
        source: &Source<'_>,
        config: &config::EinsumDense,
    ) -> Result<(), ConvertError> {
        let kernel = source.whole("kernel")?;
        // A folded normalization brings one along.
        let has_bias = config.has_bias() || source.keras.weight("bias").is_some();
        let bias = has_bias.then(|| source.whole("bias")).transpose()?;
        let class = source.keras.class_name.clone();
        let (op, weights) = source.contracted(&config.equation, &kernel, bias.as_ref())?;
        let shape = source.sized(op.contraction.output_shape())?;
        let spec = self.spec(source, &class, Op::EinsumDense(op), shape);
        self.add(LayerSpec { weights, ..spec }, &source.keras.name);
        self.argument_activation(source, &config.activation)
    }
}

impl Source<'_> {
    /// An array of the layer, whatever its shape.
    pub(super) fn whole(&self, name: &'static str) -> Result<Values, ConvertError> {
        let shape = self.array(name)?.data.shape().to_vec();
        self.values(name, &shape)
    }

    /// A contraction of the input with a kernel, and its arrays as the loops read them. Keras's equation has a batch axis; a bias is repeated to
    /// the result's shape, and one that the layer does not have is zeros, as in hls4ml.
    pub(super) fn contracted(
        &self,
        equation: &str,
        kernel: &Values,
        bias: Option<&Values>,
    ) -> Result<(EinsumDense, Vec<WeightSpec>), ConvertError> {
        let equation = self.without_batch(equation)?;
        let contraction = Contraction::new(&equation, [self.shape()?, kernel.data.shape()])
            .map_err(|error| self.unsupported(error.to_string()))?;
        let output = self.sized(contraction.output_shape())?;
        let op = EinsumDense::new(contraction);
        let misfit = |name: &str, shape: &[usize]| {
            self.unsupported(format!(
                "its {name} of shape {shape:?} does not fit its equation \"{equation}\", whose result has the shape {output:?}"
            ))
        };
        let contraction = &op.contraction;
        let [_, n_free] = contraction.n_free;
        let moved = kernel.data.clone().permuted_axes(op.kernel_axes());
        let grouped = [contraction.n_inplace, n_free, contraction.n_contract];
        let weight = moved
            .as_standard_layout()
            .to_shape(IxDyn(&grouped))
            .map(|kernel| kernel.permuted_axes(vec![0, 2, 1]).as_standard_layout().into_owned())
            .map_err(|_| misfit("kernel", kernel.data.shape()))?;
        let bias = match bias {
            Some(bias) => bias.repeated(&output).ok_or_else(|| misfit("bias", bias.data.shape()))?,
            // NumPy's zeros are float64.
            None => Values::full(&output, 0.0),
        };
        let rank = contraction.result_permutation.len();
        let data: ArrayD<f64> = match rank {
            0 => bias.data,
            _ => bias.data.permuted_axes(contraction.inverse_permutation()).as_standard_layout().into_owned(),
        };
        let weights = vec![
            WeightSpec::plain(WeightRole::Weight, Values { data: weight, width: kernel.width }),
            WeightSpec::plain(WeightRole::Bias, Values { data, width: bias.width }),
        ];
        Ok((op, weights))
    }

    /// The equation without the batch axis, which input and output have in front of all others.
    fn without_batch(&self, equation: &str) -> Result<String, ConvertError> {
        let wrong = |what: &str| self.unsupported(format!("its equation \"{equation}\" {what}"));
        let equation: String = equation.chars().filter(|letter| !letter.is_whitespace()).collect();
        let split = equation.split_once("->");
        let split = split.and_then(|(inputs, output)| Some((inputs.split_once(',')?, output)));
        let ((input, kernel), output) = split.ok_or_else(|| wrong("is not one of two tensors"))?;
        if input.starts_with("...") {
            return match output.starts_with("...") {
                true => Ok(equation),
                false => Err(wrong("has the batch axis in its input alone")),
            };
        }
        let batch = input.chars().next().filter(|&batch| output.starts_with(batch));
        let batch = batch.ok_or_else(|| wrong("does not keep the batch axis in front"))?;
        if kernel.contains(batch) {
            return Err(wrong("gives the batch axis to the kernel"));
        }
        let rest = |axes: &str| axes.chars().skip(1).collect::<String>();
        Ok(format!("{},{kernel}->{}", rest(input), rest(output)))
    }
}
