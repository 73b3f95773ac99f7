//! Recurrent layers: the same operations for each time step, with states that go from one to the next.

use super::cell;
use super::error::ArithError;
use super::layer::Layer;
use super::term::Term;
use crate::graph::op::{Bidirectional, CellWeights, Recurrent, Returns, TimeOrder};
use crate::graph::{Graph, NodeId, TensorId};

/// One pass over a sequence, or two whose results are joined.
#[derive(Debug, Clone, PartialEq)]
pub struct Recurrence<A> {
    /// The passes; all read the layer's input.
    pub passes: Vec<TimePass<A>>,
    /// What becomes of the results of two passes, which are its inputs. Without it there is one pass, whose result is the layer's.
    pub join: Option<Box<A>>,
}

/// A pass over the time steps of a sequence. In each of them the parts are computed in order; then each state takes the number that it has
/// in the next time step. States begin at zero.
///
/// Numbers live in registers. Register 0 is the time step of the input, then come the states, then the results of the parts, each of which
/// is written once in a time step.
#[derive(Debug, Clone, PartialEq)]
pub struct TimePass<A> {
    /// Number of time steps.
    pub n_time_steps: usize,
    /// Elements of a time step. Time step `t` is elements `t · elements ..` of the input.
    pub elements: usize,
    /// In which order time steps are read.
    pub order: TimeOrder,
    /// What is kept from one time step to the next.
    pub states: Vec<State>,
    /// What is computed.
    pub parts: Vec<Part<A>>,
    /// The register with the output of a time step.
    pub output: Register,
    /// What a number of the output can be.
    pub result: Term,
    /// Elements of the output.
    pub output_elements: usize,
    /// Which outputs are the result.
    pub kept: KeptOutputs,
}

/// A register's number.
pub type Register = usize;

/// What is kept from one time step to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct State {
    /// What a number of it can be.
    pub term: Term,
    /// Number of elements.
    pub elements: usize,
    /// The register with its numbers for the next time step.
    pub next: Register,
}

/// An operation on registers.
#[derive(Debug, Clone, PartialEq)]
pub struct Part<A> {
    /// What is computed.
    pub arithmetic: A,
    /// Which registers are the inputs.
    pub inputs: Vec<Register>,
}

/// Which outputs are the result of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptOutputs {
    /// That of the time step read last.
    Last,
    /// All, in the order of reading.
    AsRead,
    /// All, each at its own time step.
    AtItsTime,
}

impl<A> TimePass<A> {
    /// The register with the result of a part.
    #[must_use]
    pub fn register_of(&self, part: usize) -> Register {
        1 + self.states.len() + part
    }

    /// Number of registers.
    #[must_use]
    pub fn registers(&self) -> usize {
        self.register_of(self.parts.len())
    }

    /// Which time step is read as number `k`.
    #[must_use]
    pub fn time(&self, k: usize) -> usize {
        self.order.time(k, self.n_time_steps)
    }

    /// Where the output of the time step that is read as number `k` is in the result, counted in outputs; `None` if it is not kept.
    #[must_use]
    pub fn place(&self, k: usize) -> Option<usize> {
        match self.kept {
            KeptOutputs::Last => (k + 1 == self.n_time_steps).then_some(0),
            KeptOutputs::AsRead => Some(k),
            KeptOutputs::AtItsTime => Some(self.time(k)),
        }
    }

    /// Elements of the result.
    #[must_use]
    pub fn result_elements(&self) -> usize {
        match self.kept {
            KeptOutputs::Last => self.output_elements,
            KeptOutputs::AsRead | KeptOutputs::AtItsTime => self.output_elements * self.n_time_steps,
        }
    }
}

/// The arithmetic of a node of a graph, by whoever knows that of all operations.
pub(super) type Of<'a, A> = &'a dyn Fn(&Graph, NodeId) -> Result<Option<A>, ArithError>;

pub(super) fn recurrent<A>(
    layer: Layer<'_>,
    op: &Recurrent,
    of: Of<'_, A>,
) -> Result<Recurrence<A>, ArithError> {
    let kept = match op.returns {
        Returns::Last => KeptOutputs::Last,
        Returns::Sequence => KeptOutputs::AsRead,
    };
    let step = cell::Step::new(layer, op, CellWeights::ONLY, layer.node.reuse_factor)?;
    Ok(Recurrence { passes: vec![pass(step, kept, of)?], join: None })
}

pub(super) fn bidirectional<A>(
    layer: Layer<'_>,
    op: &Bidirectional,
    of: Of<'_, A>,
) -> Result<Recurrence<A>, ArithError> {
    let passes = op.directions().map(|(direction, weights, reuse_factor)| {
        let kept = match direction.returns {
            Returns::Last => KeptOutputs::Last,
            Returns::Sequence => KeptOutputs::AtItsTime,
        };
        pass(cell::Step::new(layer, direction, weights, reuse_factor)?, kept, of)
    });
    let passes = passes.into_iter().collect::<Result<Vec<_>, _>>()?;
    let (graph, node) = cell::join(layer, op)?;
    let join = of(&graph, node)?.ok_or_else(|| layer.incomplete("way to join both directions"))?;
    Ok(Recurrence { passes, join: Some(Box::new(join)) })
}

/// A pass whose parts are the nodes of a graph of one time step.
fn pass<A>(step: cell::Step<'_>, kept: KeptOutputs, of: Of<'_, A>) -> Result<TimePass<A>, ArithError> {
    let (layer, op) = (step.layer, step.op);
    let cell::Graphed { graph, mut registers, states } = step.graphed()?;
    let number = |registers: &[TensorId], tensor: TensorId| {
        let found = registers.iter().position(|&register| register == tensor);
        found.ok_or_else(|| layer.incomplete("register for each number"))
    };
    let mut parts = Vec::new();
    for &id in graph.order() {
        let inputs = graph.node(id).inputs.iter().map(|&tensor| number(&registers, tensor));
        let inputs = inputs.collect::<Result<_, _>>()?;
        let arithmetic = of(&graph, id)?.ok_or_else(|| layer.incomplete("arithmetic for each part"))?;
        parts.push(Part { arithmetic, inputs });
        registers.push(graph.node(id).outputs[0]);
    }
    let state = |&(now, next): &(TensorId, TensorId)| {
        let tensor = graph.tensor(now);
        let term = layer.variable(tensor.ty.precision)?;
        Ok(State { term, elements: tensor.len(), next: number(&registers, next)? })
    };
    let states = states.iter().map(state).collect::<Result<Vec<State>, ArithError>>()?;
    Ok(TimePass {
        n_time_steps: op.n_time_steps,
        elements: op.n_in,
        order: op.order,
        // The first state is the output.
        output: states.first().map_or(0, |state| state.next),
        states,
        parts,
        result: layer.variable(layer.result()?)?,
        output_elements: op.units,
        kept,
    })
}
