//! Recurrent layers.

use ndarray::{Array1, Array2, ArrayView1, s};

use super::elementwise;
use super::layer::{FloatLayer, FloatModelError};
use crate::graph::op::{
    Activation, Bidirectional, Cell, CellWeights, DirectionMerge, GateFunction, HardActivation, Recurrent,
    ResetGate, Returns,
};

/// A layer in one direction.
pub(super) fn recurrent(
    layer: FloatLayer<'_>,
    x: &Array2<f64>,
    op: &Recurrent,
) -> Result<Array2<f64>, FloatModelError> {
    let weights = Weights::read(layer, op, CellWeights::ONLY)?;
    Ok(by_sample(x, |sample| weights.pass(op, sample, |k| k)))
}

/// Both directions, joined.
pub(super) fn bidirectional(
    layer: FloatLayer<'_>,
    x: &Array2<f64>,
    op: &Bidirectional,
) -> Result<Array2<f64>, FloatModelError> {
    let [forward, backward] = op.directions().map(|(one, roles, _)| Weights::read(layer, one, roles));
    let (forward, backward) = (forward?, backward?);
    let last = op.backward.n_time_steps.saturating_sub(1);
    Ok(by_sample(x, |sample| {
        let a = forward.pass(&op.forward, sample, |k| k);
        let b = backward.pass(&op.backward, sample, |k| last - k);
        let pairs = a.iter().zip(&b);
        match op.merge {
            DirectionMerge::Concatenate => {
                let steps = a.chunks(op.forward.units).zip(b.chunks(op.backward.units));
                steps.flat_map(|(a, b)| [a, b].concat()).collect()
            }
            DirectionMerge::Sum => pairs.map(|(a, b)| a + b).collect(),
            DirectionMerge::Multiply => pairs.map(|(a, b)| a * b).collect(),
            DirectionMerge::Average => pairs.map(|(a, b)| (a + b) / 2.0).collect(),
        }
    }))
}

fn by_sample(x: &Array2<f64>, result: impl Fn(ArrayView1<'_, f64>) -> Vec<f64>) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = x.rows().into_iter().map(result).collect();
    let elements = rows.first().map_or(0, Vec::len);
    Array2::from_shape_fn((rows.len(), elements), |(sample, element)| rows[sample][element])
}

/// The arrays of a direction.
struct Weights {
    /// `[n_in, gates · units]`.
    kernel: Array2<f64>,
    /// `[units, gates · units]`.
    recurrent: Array2<f64>,
    bias: Array1<f64>,
    recurrent_bias: Array1<f64>,
}

impl Weights {
    fn read(layer: FloatLayer<'_>, op: &Recurrent, roles: CellWeights) -> Result<Self, FloatModelError> {
        let width = op.width();
        let shape = |_| layer.error("its arrays do not fit its input");
        let bias = |role| {
            let values = layer.weights(role);
            Array1::from_vec(if values.is_empty() { vec![0.0; width] } else { values })
        };
        let weights = Self {
            kernel: Array2::from_shape_vec((op.n_in, width), layer.weights(roles.kernel)).map_err(shape)?,
            recurrent: Array2::from_shape_vec((op.units, width), layer.weights(roles.recurrent_kernel))
                .map_err(shape)?,
            bias: bias(roles.bias),
            recurrent_bias: bias(roles.recurrent_bias),
        };
        if weights.bias.len() != width || weights.recurrent_bias.len() != width {
            return Err(layer.error("it has no bias for each gate"));
        }
        Ok(weights)
    }

    /// All time steps of a sample; the output of the time step that is read as number `k` is at `place(k)` of a sequence.
    fn pass(&self, op: &Recurrent, x: ArrayView1<'_, f64>, place: impl Fn(usize) -> usize) -> Vec<f64> {
        let units = op.units;
        let (mut h, mut cell) = (Array1::zeros(units), Array1::zeros(units));
        let mut sequence = vec![0.0; units * op.n_time_steps];
        for k in 0..op.n_time_steps {
            let first = op.order.time(k, op.n_time_steps) * op.n_in;
            self.step(op, x.slice(s![first..first + op.n_in]), &mut h, &mut cell);
            let at = place(k) * units;
            sequence[at..at + units].iter_mut().zip(&h).for_each(|(to, from)| *to = *from);
        }
        match op.returns {
            Returns::Last => h.to_vec(),
            Returns::Sequence => sequence,
        }
    }

    /// One time step: Keras's formulas, with the state `h`, of an LSTM also `cell`.
    fn step(&self, op: &Recurrent, x: ArrayView1<'_, f64>, h: &mut Array1<f64>, cell: &mut Array1<f64>) {
        let n = op.units;
        let gate = |all: &Array1<f64>, gate: usize| all.slice(s![gate * n..(gate + 1) * n]).to_owned();
        let act = |values: Array1<f64>| values.mapv(|value| activation(op.activation.function, value));
        let recurrent =
            |values: Array1<f64>| values.mapv(|value| activation(op.recurrent_activation.function, value));
        let from_x = x.dot(&self.kernel) + &self.bias;
        let from_h = h.dot(&self.recurrent) + &self.recurrent_bias;
        match op.cell {
            Cell::Simple => *h = act(from_x + from_h),
            Cell::Lstm => {
                let gates = from_x + from_h;
                let [i, f, o] = [0, 1, 3].map(|at| recurrent(gate(&gates, at)));
                *cell = f * &*cell + i * act(gate(&gates, 2));
                *h = o * act(cell.clone());
            }
            Cell::Gru(reset) => {
                let [z, r] = [0, 1].map(|at| recurrent(gate(&from_x, at) + gate(&from_h, at)));
                let from_state = match reset {
                    ResetGate::After => r * gate(&from_h, 2),
                    ResetGate::Before => gate(&((r * &*h).dot(&self.recurrent) + &self.recurrent_bias), 2),
                };
                let candidate = act(gate(&from_x, 2) + from_state);
                *h = &z * &*h + (1.0 - &z) * candidate;
            }
        }
    }
}

fn activation(function: GateFunction, x: f64) -> f64 {
    match function {
        GateFunction::Plain(function) => {
            let op = Activation { function, label: String::new(), n_in: 1, table_size: 0 };
            elementwise::function(&op, x)
        }
        GateFunction::Hard(function, origin) => {
            elementwise::hard(&HardActivation::new(function, origin, 1, 0), x)
        }
    }
}
