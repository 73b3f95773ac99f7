//! Recurrent layers, in one direction or in both.

use super::{Lowering, Source};
use crate::error::ConvertError;
use crate::graph::op::{
    Bidirectional, Cell, CellSharing, CellWeights, DirectionMerge, Function, GateActivation, GateFunction,
    HardFunction, HardOrigin, Op, Recurrent, ResetGate, Returns, Strategy, TimeOrder,
};
use crate::graph::{
    FloatWidth, LayerSpec, Values, WeightEncoding, WeightQuantizer, WeightRole, WeightSpec,
    activation_precision,
};
use crate::precision::Precision;
use crate::quantizer::Quantizer;
use crate::source::keras;
use crate::source::keras::config::{self, ActivationFunction, Rnn, RnnKind};

/// Entries of the activations' tables unless a configuration says otherwise.
const TABLE_SIZE: u64 = 1024;

/// A lowered direction.
struct Direction {
    op: Recurrent,
    weights: Vec<WeightSpec>,
    /// Precisions that hls4ml writes into a configuration, besides those of arrays.
    stated: Vec<(&'static str, Precision)>,
    /// The quantizer of the activation, which decides the type of the result.
    quantizer: Option<Quantizer>,
}

/// What becomes of the quantizers of a recurrent layer's kernels, and of those that round a function that hls4ml's firmware has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CellQuantizers {
    /// Those of kernels only name a type, which the file's numbers are cut to; those of functions do not round: what hls4ml does.
    Types,
    /// They are applied, as in QKeras: where hls4ml has no firmware to be equal to.
    Applied,
}

impl Lowering {
    pub(super) fn recurrent(&mut self, source: &Source<'_>, config: &Rnn) -> Result<(), ConvertError> {
        let order = if config.go_backwards { TimeOrder::Backward } else { TimeOrder::Forward };
        let quantizers = match is_beyond_hls4ml(config) {
            true => CellQuantizers::Applied,
            false => CellQuantizers::Types,
        };
        let direction = self.direction(source, config, order, quantizers, CellWeights::ONLY)?;
        let shape = match direction.op.returns {
            Returns::Last => vec![config.units],
            Returns::Sequence => vec![direction.op.n_time_steps, config.units],
        };
        let class = source.keras.class_name.clone();
        let spec = self.spec(source, &class, Op::Recurrent(direction.op), source.sized(shape)?);
        let spec = LayerSpec {
            weights: direction.weights,
            activation_quantizer: direction.quantizer,
            ignored_precisions: direction.stated,
            ..spec
        };
        self.add(spec, &source.keras.name);
        Ok(())
    }

    pub(super) fn bidirectional(
        &mut self,
        source: &Source<'_>,
        both: &keras::Bidirectional,
    ) -> Result<(), ConvertError> {
        let mode = both.merge_mode.as_deref();
        let merge = mode.and_then(DirectionMerge::from_name).ok_or_else(|| {
            source.unsupported(format!(
                "its merge_mode is {}; concat, sum, mul and ave are possible",
                mode.unwrap_or("None, which has two results")
            ))
        })?;
        let inner = |layer| Source {
            keras: layer,
            inputs: source.inputs.clone(),
            shapes: source.shapes.clone(),
            ..*source
        };
        let [forward, backward] = [inner(&both.forward), inner(&both.backward)];
        let (a, b) = (recurrence(&forward)?, recurrence(&backward)?);
        if a.go_backwards {
            return Err(source.unsupported(
                "its forward layer has go_backwards=True; make that one the backward layer".into(),
            ));
        }
        if a.return_sequences != b.return_sequences {
            return Err(source.unsupported("only one of its layers has return_sequences=True".into()));
        }
        if merge != DirectionMerge::Concatenate && a.units != b.units {
            return Err(source.unsupported(format!(
                "merge_mode {} needs two layers of the same size; they have {} and {} units",
                merge.as_str(),
                a.units,
                b.units
            )));
        }
        let applied = CellQuantizers::Applied;
        let a = self.direction(&forward, a, TimeOrder::Forward, applied, CellWeights::FORWARD)?;
        let b = self.direction(&backward, b, TimeOrder::Backward, applied, CellWeights::BACKWARD)?;
        let op = Bidirectional { forward: a.op, backward: b.op, merge, reuse_factors: [1, 1] };
        let shape = match op.forward.returns {
            Returns::Last => vec![op.n_out()],
            Returns::Sequence => vec![op.forward.n_time_steps, op.n_out()],
        };
        let spec = self.spec(source, "Bidirectional", Op::Bidirectional(op), source.sized(shape)?);
        let weights = a.weights.into_iter().chain(b.weights).collect();
        self.add(LayerSpec { weights, ..spec }, &source.keras.name);
        Ok(())
    }

    fn direction(
        &mut self,
        source: &Source<'_>,
        config: &Rnn,
        order: TimeOrder,
        quantizers: CellQuantizers,
        roles: CellWeights,
    ) -> Result<Direction, ConvertError> {
        let &[n_time_steps, n_in] = source.shape()? else {
            return Err(source.unsupported(format!(
                "its input has the shape {:?}; it must be a sequence of vectors",
                source.shape()?
            )));
        };
        self.check_modes(source, config)?;
        // Bounds what is multiplied below.
        source.sized(vec![n_time_steps, config.units])?;
        let cell = match config.kind {
            RnnKind::Simple => Cell::Simple,
            RnnKind::Lstm => Cell::Lstm,
            RnnKind::Gru if config.reset_after => Cell::Gru(ResetGate::After),
            RnnKind::Gru => Cell::Gru(ResetGate::Before),
        };
        let op = Recurrent {
            cell,
            n_in,
            units: config.units,
            n_time_steps,
            returns: if config.return_sequences { Returns::Sequence } else { Returns::Last },
            order,
            activation: gate(source, &config.activation, quantizers)?,
            recurrent_activation: gate(source, &config.recurrent_activation, quantizers)?,
            state_type: self.state_type(source, config)?,
            sharing: CellSharing::Shared,
            table_size: TABLE_SIZE,
            strategy: Strategy::default(),
            recurrent_reuse_factor: 1,
            transposed: false,
        };
        let mut arrays = Arrays { source, quantizers, weights: Vec::new() };
        self.arrays(&mut arrays, config, &op, roles)?;
        let Arrays { weights, .. } = arrays;
        let stated = stated_accumulator(config).into_iter().collect();
        // In QKeras what an LSTM or a GRU returns is a product with what the quantizer has rounded; hls4ml rounds that as well.
        let rounds_result = quantizers == CellQuantizers::Types || config.kind == RnnKind::Simple;
        let quantizer = match &config.activation {
            config::Activation::Quantizer(quantizer) if rounds_result => Some(quantizer.clone()),
            config::Activation::Quantizer(_) | config::Activation::Function(_) => None,
        };
        Ok(Direction { op, weights, stated, quantizer })
    }

    fn check_modes(&mut self, source: &Source<'_>, config: &Rnn) -> Result<(), ConvertError> {
        if source.inputs.len() > 1 {
            return Err(source.unsupported(
                "it is given an initial state; the state can only begin at zero (hls4ml cannot do it for Keras models either)"
                    .into(),
            ));
        }
        if config.return_state {
            return Err(source.unsupported(
                "return_state=True is not possible (hls4ml refuses it as well); use return_sequences and a Cropping1D for the last \
                 outputs"
                    .into(),
            ));
        }
        if config.time_major {
            return Err(
                source.unsupported("time_major=True is not possible; put the batch axis first".into())
            );
        }
        if config.kind == RnnKind::Gru && config.recurrent_quantizer.is_none() && source.is_qkeras() {
            let message = "it has no recurrent_quantizer; QKeras 0.9.0 then computes with the kernel in place of the recurrent kernel, \
                           which the firmware does not";
            self.warn(&source.keras.name, message);
        }
        if config.stateful {
            let message = "stateful=True is ignored, as in hls4ml: each sample begins with a state of zero";
            self.warn(&source.keras.name, message);
        }
        Ok(())
    }

    /// What the state of the step before is rounded to.
    fn state_type(&mut self, source: &Source<'_>, config: &Rnn) -> Result<Option<Precision>, ConvertError> {
        let Some(quantizer) = &config.state_quantizer else { return Ok(None) };
        let ty = activation_precision(quantizer).ok_or_else(|| {
            source
                .unsupported(format!("{quantizer} is not possible as a state quantizer; use quantized_bits"))
        })?;
        self.warn_of_ignored_parameters(source, quantizer);
        Ok(Some(ty))
    }

    /// Kernels and biases, in hls4ml's order.
    fn arrays(
        &mut self,
        arrays: &mut Arrays<'_>,
        config: &Rnn,
        op: &Recurrent,
        roles: CellWeights,
    ) -> Result<(), ConvertError> {
        let (source, width) = (arrays.source, op.width());
        let kernel = source.values("kernel", &[op.n_in, width])?;
        self.array(arrays, roles.kernel, "kernel", kernel, &config.kernel_quantizer)?;
        let recurrent = source.values("recurrent_kernel", &[op.units, width])?;
        self.array(
            arrays,
            roles.recurrent_kernel,
            "recurrent_kernel",
            recurrent,
            &config.recurrent_quantizer,
        )?;
        let [bias, recurrent_bias] = biases(source, config, op)?;
        self.array(arrays, roles.bias, "bias", bias, &config.bias_quantizer)?;
        if op.cell.has_recurrent_bias() {
            let quantizer = match op.cell {
                Cell::Gru(ResetGate::After) if arrays.quantizers == CellQuantizers::Applied => {
                    &config.bias_quantizer
                }
                Cell::Simple | Cell::Lstm | Cell::Gru(_) => &None,
            };
            self.array(arrays, roles.recurrent_bias, "bias", recurrent_bias, quantizer)?;
        }
        Ok(())
    }

    fn array(
        &mut self,
        arrays: &mut Arrays<'_>,
        role: WeightRole,
        name: &'static str,
        values: Values,
        quantizer: &Option<Quantizer>,
    ) -> Result<(), ConvertError> {
        let Some(quantizer) = quantizer else {
            arrays.weights.push(WeightSpec::plain(role, values));
            return Ok(());
        };
        let made = self.weight_quantizer(arrays.source, quantizer, name);
        let is_number = made.encoding == WeightEncoding::Value;
        if arrays.quantizers == CellQuantizers::Types && is_number {
            arrays.weights.push(WeightSpec { stated: Some(made), ..WeightSpec::plain(role, values) });
            return Ok(());
        }
        arrays.weights.push(applied(arrays.source, role, name, values, made)?);
        Ok(())
    }
}

/// The arrays of a direction on their way.
struct Arrays<'a> {
    source: &'a Source<'a>,
    quantizers: CellQuantizers,
    weights: Vec<WeightSpec>,
}

/// An array that its quantizer is applied to.
fn applied(
    source: &Source<'_>,
    role: WeightRole,
    name: &str,
    values: Values,
    quantizer: WeightQuantizer,
) -> Result<WeightSpec, ConvertError> {
    if quantizer.scaled {
        return Err(source.unsupported(format!(
            "its {name} quantizer has a scale (alpha), which a recurrent layer has no place for; retrain with alpha=1"
        )));
    }
    Ok(WeightSpec::new(role, Some(values), Some(quantizer)))
}

fn recurrence<'a>(source: &Source<'a>) -> Result<&'a Rnn, ConvertError> {
    let keras::LayerConfig::Rnn(rnn) = &source.keras.config else {
        return Err(source.unsupported("it is not recurrent".into()));
    };
    Ok(rnn)
}

/// The biases of the product with the input and of that with the state: zeros where the layer has none.
fn biases(source: &Source<'_>, config: &Rnn, op: &Recurrent) -> Result<[Values; 2], ConvertError> {
    let width = op.width();
    let zeros = || Values { width: FloatWidth::Single, ..Values::full(&[width], 0.0) };
    if !config.use_bias {
        return Ok([zeros(), zeros()]);
    }
    if op.cell != Cell::Gru(ResetGate::After) {
        return Ok([source.values("bias", &[width])?, zeros()]);
    }
    let both = source.values("bias", &[2, width])?;
    let row = |at| Values { data: both.data.index_axis(ndarray::Axis(0), at).to_owned(), width: both.width };
    Ok([row(0), row(1)])
}

/// Whether hls4ml has no firmware for the layer, so that Keras alone says what is right.
fn is_beyond_hls4ml(config: &Rnn) -> bool {
    let gates = [&config.activation, &config.recurrent_activation];
    let used = if config.kind == RnnKind::Simple { &gates[..1] } else { &gates[..] };
    config.state_quantizer.is_some() || !used.iter().all(|activation| compiles_in_hls4ml(activation))
}

/// hls4ml's firmware has relu, sigmoid and tanh.
fn compiles_in_hls4ml(activation: &config::Activation) -> bool {
    use ActivationFunction as F;
    match activation {
        config::Activation::Function(function) => matches!(function, F::Relu | F::Sigmoid | F::Tanh),
        config::Activation::Quantizer(Quantizer::Tanh(tanh)) => tanh.use_real_tanh,
        config::Activation::Quantizer(Quantizer::Sigmoid(sigmoid)) => sigmoid.use_real_sigmoid,
        config::Activation::Quantizer(Quantizer::Relu(relu)) => relu.negative_slope == 0.0,
        config::Activation::Quantizer(_) => false,
    }
}

/// hls4ml gives accumulators the type of the state quantizer.
fn stated_accumulator(config: &Rnn) -> Option<(&'static str, Precision)> {
    let Quantizer::Bits(bits) = config.state_quantizer.as_ref()? else { return None };
    let width = u32::try_from(bits.bits).ok()?;
    Some(("accum", Precision::fixed(width, bits.integer + 1)))
}

/// An activation inside a cell.
fn gate(
    source: &Source<'_>,
    activation: &config::Activation,
    quantizers: CellQuantizers,
) -> Result<GateActivation, ConvertError> {
    use ActivationFunction as F;
    let plain = |function| Ok(GateActivation { function: GateFunction::Plain(function), rounded_to: None });
    let refused = |name: &dyn std::fmt::Display| {
        source.unsupported(format!(
            "{name} is not possible as an activation inside a recurrent layer; use tanh, sigmoid, relu, linear, hard_sigmoid, \
             softplus, softsign, selu, quantized_tanh, quantized_sigmoid, quantized_relu or quantized_bits"
        ))
    };
    match activation {
        config::Activation::Function(function) => match function {
            F::Linear => plain(Function::Linear),
            F::Relu => plain(Function::Relu),
            F::Relu6 => plain(Function::Relu6),
            F::Sigmoid => plain(Function::Sigmoid),
            F::Tanh => plain(Function::Tanh),
            F::Softplus => plain(Function::Softplus),
            F::Softsign => plain(Function::Softsign),
            F::Selu => plain(Function::Selu),
            F::HardSigmoid => Ok(hard(HardFunction::Sigmoid, source.hard_origin(), None)),
            F::HardTanh => Ok(hard(HardFunction::Tanh, HardOrigin::QKeras, None)),
            F::Softmax
            | F::Elu
            | F::Exponential
            | F::LeakyRelu
            | F::Swish
            | F::Gelu
            | F::Mish
            | F::SmoothSigmoid
            | F::SmoothTanh
            | F::BinarySigmoid
            | F::BinaryTanh
            | F::TernaryTanh => Err(refused(function)),
        },
        config::Activation::Quantizer(quantizer) => {
            let rounded_to = activation_precision(quantizer);
            let rounded = |function| {
                let rounded_to = rounded_to.filter(|_| quantizers == CellQuantizers::Applied);
                Ok(GateActivation { function: GateFunction::Plain(function), rounded_to })
            };
            match quantizer {
                Quantizer::Tanh(tanh) if tanh.use_real_tanh => rounded(Function::Tanh),
                Quantizer::Tanh(_) => Ok(hard(HardFunction::Tanh, HardOrigin::QKeras, rounded_to)),
                Quantizer::Sigmoid(sigmoid) if sigmoid.use_real_sigmoid => rounded(Function::Sigmoid),
                Quantizer::Sigmoid(_) => Ok(hard(HardFunction::Sigmoid, HardOrigin::QKeras, rounded_to)),
                Quantizer::Relu(relu) if relu.negative_slope == 0.0 => rounded(Function::Relu),
                Quantizer::Bits(_) => {
                    Ok(GateActivation { function: GateFunction::Plain(Function::Linear), rounded_to })
                }
                Quantizer::Relu(_)
                | Quantizer::Ternary(_)
                | Quantizer::StochasticTernary(_)
                | Quantizer::Binary(_)
                | Quantizer::StochasticBinary(_)
                | Quantizer::Bernoulli(_)
                | Quantizer::Ulaw(_)
                | Quantizer::Po2(_)
                | Quantizer::ReluPo2(_)
                | Quantizer::Hswish(_) => Err(refused(quantizer)),
            }
        }
    }
}

impl Source<'_> {
    /// QKeras's layers take names for its own functions first, and its `hard_sigmoid` is another one than Keras's.
    fn hard_origin(&self) -> HardOrigin {
        if self.is_qkeras() { HardOrigin::QKeras } else { self.generation.hard_origin() }
    }
}

fn hard(function: HardFunction, origin: HardOrigin, rounded_to: Option<Precision>) -> GateActivation {
    GateActivation { function: GateFunction::Hard(function, origin), rounded_to }
}
