//! Recurrent layers, in one direction or in both.

use hls_model::arith::{MatrixProduct, Operation};
use hls_model::config::Strategy;
use hls_model::graph::op::{
    Bidirectional, Cell, CellSharing, CellWeights, DirectionMerge, GateActivation, GateFunction,
    HardActivation, Matrix, Recurrent, ResetGate, TimeOrder,
};
use hls_model::graph::{TypeRole, WeightRole};
use hls_model::precision::Precision;
use serde::Serialize;

use super::activation::{Hard, Table};
use super::{Headers, Layer, LayerEmission, WithInterface, adders, dense_unrolled, product};
use crate::CodegenError;
use crate::vitis::cpp::{self, real_literal};
use crate::vitis::templates;

const HEADERS: Headers = Headers::always(&["nnet_utils/nnet_recurrent.h"]);

/// What `layers/recurrent_mult.h` is filled with.
#[derive(Serialize)]
struct Multiplication<'a> {
    config: &'a str,
    n_in: usize,
    n_out: usize,
    strategy: &'static str,
    reuse_factor: u64,
    n_zeros: usize,
    n_nonzeros: usize,
    multiplier_limit: u64,
    accum_t: &'a str,
    bias_t: &'a str,
    weight_t: &'a str,
    kernel: String,
    product: &'static str,
}

/// What `layers/recurrent.h` is filled with.
#[derive(Serialize)]
struct CellContext<'a> {
    config: &'a str,
    base: &'a str,
    accum_t: &'a str,
    weight_t: &'a str,
    recurrent_weight_t: &'a str,
    bias_t: &'a str,
    recurrent_bias_t: &'a str,
    /// What states are rounded to before they are used, if they are.
    state_t: Option<String>,
    /// What the activations return, if that is not the accumulator's type.
    recurrent_activation_t: Option<String>,
    activation_t: Option<String>,
    mult_config1: &'a str,
    mult_config2: &'a str,
    /// The member that names the configuration of the gates' activation; none without gates.
    gates_name: Option<String>,
    gates_config: &'a str,
    recurrent_activation: &'static str,
    activation_config: &'a str,
    activation: &'static str,
    n_in: usize,
    n_state: usize,
    n_mult: usize,
    /// The lengths of input and result; a direction of a bidirectional layer leaves them to that.
    sequence: Option<Lengths>,
    /// hls4ml's word for its `io_type`.
    strategy: &'static str,
    reuse_factor: u64,
    use_static: bool,
    go_backwards: bool,
    reset_before: bool,
}

/// Time steps.
#[derive(Serialize)]
struct Lengths {
    n_in: usize,
    n_out: usize,
}

/// What `layers/bidirectional.h` is filled with.
#[derive(Serialize)]
struct Both<'a> {
    config: &'a str,
    forward_config: &'a str,
    forward_class: String,
    backward_config: &'a str,
    backward_class: String,
    /// The operation of `nnet_merge.h` on both results; none to put one after the other.
    merge_op: Option<&'static str>,
    n_in: usize,
    n_out: usize,
    n_sequence: usize,
    n_sequence_out: usize,
    strategy: &'static str,
    reuse_factor: u64,
    use_static: bool,
}

/// What `layers/distributed_arithmetic_reset.h` is filled with.
#[derive(Serialize)]
struct ResetClasses<'a> {
    comment: String,
    class: &'a str,
    state: &'a str,
    reset: &'a str,
}

/// What a cell's kernels are multiplied with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Factor {
    Input,
    State,
}

impl Factor {
    /// hls4ml's number of the product.
    fn number(self) -> u32 {
        match self {
            Self::Input => 1,
            Self::State => 2,
        }
    }
}

/// One direction with the names that it has in the firmware.
struct Direction<'a> {
    layer: Layer<'a>,
    op: &'a Recurrent,
    weights: CellWeights,
    reuse_factor: u64,
    /// The struct that configures it.
    config: String,
    /// What its struct derives from.
    base: &'a str,
    /// `_f` or `_b` of a bidirectional layer, after the numbers in the other structs' names.
    suffix: &'a str,
}

pub(super) fn one_direction(layer: Layer<'_>, op: &Recurrent) -> Result<LayerEmission, CodegenError> {
    let config = layer.config_name(None);
    let base = match op.cell {
        Cell::Gru(ResetGate::Before) => "gru_reset_before_config".to_owned(),
        Cell::Simple | Cell::Lstm | Cell::Gru(ResetGate::After) => format!("{}_config", function(op.cell)),
    };
    let direction = Direction {
        layer,
        op,
        weights: CellWeights::ONLY,
        reuse_factor: layer.node.reuse_factor,
        config: config.clone(),
        base: &base,
        suffix: "",
    };
    let mut arrays = direction.arrays()?;
    if op.cell == Cell::Simple {
        arrays.truncate(3);
    }
    let call = layer.call(&format!("{}_stack", function(op.cell)), &config, &arrays)?;
    Ok(LayerEmission {
        config: direction.structs()?,
        generated_kernel: direction.generated_kernels(0)?,
        calls: vec![call],
        headers: HEADERS.of(layer),
        ..LayerEmission::default()
    })
}

pub(super) fn bidirectional(layer: Layer<'_>, op: &Bidirectional) -> Result<LayerEmission, CodegenError> {
    let config = layer.config_name(None);
    let names = [("forward", "_f"), ("backward", "_b")];
    let directions =
        op.directions().into_iter().zip(names).map(|((op, weights, reuse_factor), (name, suffix))| {
            let config = format!("{config}_{name}");
            Direction { layer, op, weights, reuse_factor, config, base: "single_layer_config", suffix }
        });
    let directions: Vec<Direction<'_>> = directions.collect();
    let [forward, backward] = &directions[..] else { return Err(layer.incomplete("two directions")) };
    let class = |direction: &Direction<'_>| {
        let kept = if is_static(direction.op) { "_static" } else { "" };
        format!("{}_class{kept}", function(direction.op.cell))
    };
    let context = Both {
        config: &config,
        forward_config: &forward.config,
        forward_class: class(forward),
        backward_config: &backward.config,
        backward_class: class(backward),
        merge_op: match op.merge {
            DirectionMerge::Concatenate => None,
            DirectionMerge::Sum => Some("add_op"),
            DirectionMerge::Multiply => Some("multiply_op"),
            DirectionMerge::Average => Some("average_op"),
        },
        n_in: op.forward.n_in,
        n_out: op.n_out(),
        n_sequence: op.forward.n_time_steps,
        n_sequence_out: op.forward.n_returned(),
        strategy: op.forward.strategy.as_str(),
        reuse_factor: layer.node.reuse_factor,
        use_static: is_static(&op.forward),
    };
    let both = templates::render("firmware/layers/bidirectional.h", &context)?;
    let arrays = [forward.arrays()?, backward.arrays()?].concat();
    Ok(LayerEmission {
        config: [forward.structs()?, backward.structs()?, both].concat(),
        generated_kernel: [forward.generated_kernels(0)?, backward.generated_kernels(1)?].concat(),
        calls: vec![layer.call("bidirectional_stack", &config, &arrays)?],
        headers: HEADERS.of(layer),
        ..LayerEmission::default()
    })
}

/// What the names of a cell's kernels begin with.
fn function(cell: Cell) -> &'static str {
    match cell {
        Cell::Simple => "simple_rnn",
        Cell::Lstm => "lstm",
        Cell::Gru(_) => "gru",
    }
}

fn is_static(op: &Recurrent) -> bool {
    match op.sharing {
        CellSharing::Shared => true,
        CellSharing::PerStep => false,
    }
}

impl<'a> Direction<'a> {
    /// The variables of its arrays, in the order of the kernels' arguments. A cell without recurrent biases is given its biases in their place, and does not look at them.
    fn arrays(&self) -> Result<Vec<&'a str>, CodegenError> {
        let roles =
            [self.weights.kernel, self.weights.recurrent_kernel, self.weights.bias, self.recurrent_bias()];
        roles.into_iter().map(|role| Ok(self.layer.weight(role)?.variable.as_str())).collect()
    }

    fn recurrent_bias(&self) -> WeightRole {
        if self.op.cell.has_recurrent_bias() { self.weights.recurrent_bias } else { self.weights.bias }
    }

    /// All structs that configure it, each before those that name it.
    fn structs(&self) -> Result<String, CodegenError> {
        let (op, index, suffix) = (self.op, self.layer.node.index, self.suffix);
        let mult = [1, 2].map(|number| format!("config{index}_{number}{suffix}"));
        let activation = op.activation.function.as_str();
        let gates = op.recurrent_activation.function.as_str();
        let activation_config = format!("{activation}_config{index}{suffix}");
        let gates_config = format!("{gates}_config{index}{suffix}_recr");
        let gate_count = op.cell.gates().saturating_sub(1);
        let state_t = self.state_type()?;
        let input_t = self.layer.input(0)?.ty.precision;

        let mut text = self.product(&mult[0], Factor::Input, input_t)?;
        text += &self.product(&mult[1], Factor::State, state_t)?;
        if gate_count > 0 {
            text += &self.activation(&gates_config, op.recurrent_activation, gate_count * op.units)?;
        }
        text += &self.activation(&activation_config, op.activation, op.units)?;
        let context = self.cell([&mult[0], &mult[1]], [&gates_config, &activation_config])?;
        text += &templates::render("firmware/layers/recurrent.h", &context)?;
        Ok(text)
    }

    /// The type in which the state is multiplied.
    fn state_type(&self) -> Result<Precision, CodegenError> {
        Ok(self.op.state_type.unwrap_or(self.layer.output()?.ty.precision))
    }

    fn cell<'b>(
        &'b self,
        [mult_config1, mult_config2]: [&'b str; 2],
        [gates_config, activation_config]: [&'b str; 2],
    ) -> Result<CellContext<'b>, CodegenError> {
        let (op, layer) = (self.op, self.layer);
        let accum_t = layer.type_name(TypeRole::Accum)?;
        let rounded = |gate: GateActivation| gate.rounded_to.map(|ty| ty.cpp());
        Ok(CellContext {
            config: &self.config,
            base: self.base,
            accum_t,
            weight_t: layer.weight_type_name(self.weights.kernel)?,
            recurrent_weight_t: layer.weight_type_name(self.weights.recurrent_kernel)?,
            bias_t: layer.weight_type_name(self.weights.bias)?,
            recurrent_bias_t: layer.weight_type_name(self.recurrent_bias())?,
            state_t: op.state_type.map(|ty| ty.cpp()),
            recurrent_activation_t: rounded(op.recurrent_activation),
            activation_t: rounded(op.activation),
            mult_config1,
            mult_config2,
            gates_name: match op.cell {
                Cell::Simple => None,
                Cell::Lstm | Cell::Gru(_) => Some(format!("ACT_CONFIG_{}", op.cell.class_name())),
            },
            gates_config,
            recurrent_activation: op.recurrent_activation.function.as_str(),
            activation_config,
            activation: op.activation.function.as_str(),
            n_in: op.n_in,
            n_state: op.units,
            n_mult: op.cell.gates(),
            sequence: self
                .suffix
                .is_empty()
                .then_some(Lengths { n_in: op.n_time_steps, n_out: op.n_returned() }),
            strategy: op.strategy.as_str(),
            reuse_factor: self.reuse_factor,
            use_static: is_static(op),
            // The kernel of both directions knows which is which.
            go_backwards: self.suffix.is_empty() && op.order == TimeOrder::Backward,
            // Of a layer with one direction its base says it.
            reset_before: !self.suffix.is_empty() && op.cell == Cell::Gru(ResetGate::Before),
        })
    }

    /// A product with the input or with the state.
    fn product(&self, config: &str, factor: Factor, data: Precision) -> Result<String, CodegenError> {
        let layer = self.layer;
        let (n_in, reuse_factor) = self.size(factor);
        let (kernel, bias) = match factor {
            Factor::Input => (self.weights.kernel, self.weights.bias),
            Factor::State => (self.weights.recurrent_kernel, self.recurrent_bias()),
        };
        let weight = layer.weight(kernel)?;
        let Matrix { n_out, strategy, .. } = self.op.recurrent_matrix();
        let context = Multiplication {
            config,
            n_in,
            n_out,
            strategy: strategy.as_str(),
            reuse_factor,
            n_zeros: weight.census.zeros,
            n_nonzeros: weight.census.nonzeros,
            multiplier_limit: product::multiplier_limit(n_in, n_out, reuse_factor, weight.census.zeros),
            accum_t: layer.type_name(TypeRole::Accum)?,
            bias_t: layer.weight_type_name(bias)?,
            weight_t: layer.weight_type_name(kernel)?,
            kernel: match strategy {
                Strategy::Latency => "nnet::DenseLatency".to_owned(),
                Strategy::Resource => product::resource_kernel(n_in, reuse_factor).to_owned(),
                Strategy::ResourceUnrolled => {
                    format!("{}::{}", layer.kernel_namespace, self.unrolled(factor))
                }
                Strategy::DistributedArithmetic => {
                    format!("{}::{}", layer.kernel_namespace, self.adders(factor))
                }
            },
            product: layer.functor(&data, &weight.ty.precision)?,
        };
        templates::render("firmware/layers/recurrent_mult.h", &context)
    }

    /// How many inputs a product has, and how often a multiplier of it is used.
    fn size(&self, factor: Factor) -> (usize, u64) {
        match factor {
            Factor::Input => (self.op.n_in, self.reuse_factor),
            Factor::State => (self.op.units, self.op.recurrent_reuse_factor),
        }
    }

    /// The class of an unrolled product, as hls4ml names it.
    fn unrolled(&self, factor: Factor) -> String {
        format!("{}_{}{}", dense_unrolled::class(self.layer), factor.number(), self.suffix)
    }

    /// The class of a product without multipliers.
    fn adders(&self, factor: Factor) -> String {
        format!("{}_{}{}", adders::class(self.layer), factor.number(), self.suffix)
    }

    /// The kernels of its products that are written for this layer alone, as C++ text; empty where the library's suffice. `pass` is which
    /// of the layer's passes over the sequence it makes.
    fn generated_kernels(&self, pass: usize) -> Result<String, CodegenError> {
        match self.op.strategy {
            Strategy::Latency | Strategy::Resource => Ok(String::new()),
            Strategy::ResourceUnrolled => {
                let kernel = |(factor, role)| {
                    let (n_in, reuse_factor) = self.size(factor);
                    let weight = self.layer.weight(role)?;
                    dense_unrolled::kernel_of(self.layer, self.unrolled(factor), weight, n_in, reuse_factor)
                };
                let input = kernel((Factor::Input, self.weights.kernel))?;
                Ok(input + &kernel((Factor::State, self.weights.recurrent_kernel))?)
            }
            Strategy::DistributedArithmetic => self.adder_kernels(pass),
        }
    }

    fn adder_kernels(&self, pass: usize) -> Result<String, CodegenError> {
        let Operation::Recurrence(recurrence) = adders::operation(self.layer)? else {
            return Err(self.layer.incomplete("time steps"));
        };
        let parts = recurrence.passes.get(pass).map_or(&[][..], |pass| &pass.parts);
        let products = parts.iter().filter_map(|part| match &part.arithmetic.operation {
            Operation::MatrixProduct(product) => Some(product),
            _ => None,
        });
        let products: Vec<&MatrixProduct> = products.collect();
        let (input_t, state_t) = (self.layer.input(0)?.ty.precision, self.state_type()?);
        let kernel = |class: &str, product, ty| adders::kernel_of(self.layer, class, product, ty);
        let (input, state) = (self.adders(Factor::Input), self.adders(Factor::State));
        match products[..] {
            [from_x, from_h] => Ok(kernel(&input, from_x, input_t)? + &kernel(&state, from_h, state_t)?),
            [from_x, from_h, from_reset] => {
                let accum_t = self.layer.ty(TypeRole::Accum)?.precision;
                let names = ResetClasses {
                    comment: cpp::comment(&self.layer.node.name),
                    class: &state,
                    state: &format!("{state}_state"),
                    reset: &format!("{state}_reset"),
                };
                let state =
                    kernel(names.state, from_h, state_t)? + &kernel(names.reset, from_reset, accum_t)?;
                let either = templates::render("firmware/layers/distributed_arithmetic_reset.h", &names)?;
                Ok(kernel(&input, from_x, input_t)? + &state + &either)
            }
            _ => Err(self.layer.incomplete("products with input and state")),
        }
    }

    fn with_interface(&self, template: &str, context: &impl Serialize) -> Result<String, CodegenError> {
        let context = WithInterface { io_type: self.layer.io_type().as_str(), context };
        templates::render(&format!("firmware/layers/{template}"), &context)
    }

    fn activation(&self, config: &str, gate: GateActivation, n_in: usize) -> Result<String, CodegenError> {
        let reuse_factor = self.reuse_factor;
        match gate.function {
            GateFunction::Plain(_) => {
                let table_t = self.layer.type_name(TypeRole::Table)?;
                let table_size = self.op.table_size;
                let context = Table { config, n_in, table_size, reuse_factor, table_t, param_t: None };
                self.with_interface("activation.h", &context)
            }
            GateFunction::Hard(function, origin) => {
                let op = HardActivation::new(function, origin, n_in, 0);
                let [slope_t, shift_t] = [op.slope_type(), op.shift_type()].map(|ty| ty.cpp());
                let context = Hard {
                    config,
                    n_in,
                    slope_t: &slope_t,
                    shift_t: &shift_t,
                    slope: real_literal(op.slope),
                    shift: real_literal(op.shift),
                    reuse_factor,
                };
                self.with_interface("hard_activation.h", &context)
            }
        }
    }
}
