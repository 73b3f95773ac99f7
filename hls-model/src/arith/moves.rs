//! Elements in other places: concatenations, time steps, and whatever else only moves numbers.

use super::chain::Chain;
use super::error::ArithError;
use super::layer::Layer;
use crate::graph::op::{Concatenate, TimePart};

/// Elements of the inputs in a new order, each cast to the result's type.
#[derive(Debug, Clone, PartialEq)]
pub struct Gather {
    /// For each element of the result.
    pub origins: Vec<ElementOrigin>,
    /// For each input the way of its elements to the result.
    pub casts: Vec<Chain>,
}

/// Where an element of the result comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementOrigin {
    /// An element of one of the inputs.
    Element {
        /// Which input.
        input: usize,
        /// Which of its elements.
        element: usize,
    },
    /// Zero.
    Nothing,
}

/// A time step of a tensor, taken out or put in. What the graph has between the two is done for each time step.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeStep {
    /// Which way.
    pub direction: TimeDirection,
    /// How many time steps there are.
    pub n_time_steps: usize,
    /// Elements of one time step. Time step `t` is elements `t · elements ..` of the whole tensor.
    pub elements: usize,
    /// The way of an element to the result.
    pub cast: Chain,
}

/// Which way a time step goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeDirection {
    /// Out of the whole tensor, which is the input.
    Take,
    /// Into the whole tensor, which is the result.
    Put,
}

/// Two tensors, one after the other along an axis.
pub(super) fn concatenate(layer: Layer<'_>, op: &Concatenate) -> Result<Gather, ArithError> {
    let runs = op.runs();
    let repeats = layer.input(0)?.len() / runs[0].max(1);
    let run = |input: usize, repeat: usize| {
        let elements = repeat * runs[input]..(repeat + 1) * runs[input];
        elements.map(move |element| ElementOrigin::Element { input, element })
    };
    let origins = (0..repeats).flat_map(|repeat| run(0, repeat).chain(run(1, repeat)));
    gather(layer, origins.collect())
}

/// For each element of the result one of the input, or zero.
pub(super) fn copy(layer: Layer<'_>, source: impl Fn(usize) -> Option<usize>) -> Result<Gather, ArithError> {
    let origin = |element| match source(element) {
        Some(element) => ElementOrigin::Element { input: 0, element },
        None => ElementOrigin::Nothing,
    };
    let origins = (0..layer.output()?.len()).map(origin).collect();
    gather(layer, origins)
}

fn gather(layer: Layer<'_>, origins: Vec<ElementOrigin>) -> Result<Gather, ArithError> {
    let result = layer.result()?;
    let casts =
        (0..layer.node.inputs.len()).map(|input| Ok(Chain::of(layer.input_term(input)?).cast(result)));
    Ok(Gather { origins, casts: casts.collect::<Result<Vec<_>, ArithError>>()? })
}

pub(super) fn time_step(
    layer: Layer<'_>,
    part: &TimePart,
    n_time_steps: usize,
) -> Result<TimeStep, ArithError> {
    let cast = Chain::of(layer.input_term(0)?).cast(layer.result()?);
    let (direction, elements) = match part {
        TimePart::Begin => (TimeDirection::Take, layer.output()?.len()),
        TimePart::End => (TimeDirection::Put, layer.input(0)?.len()),
        TimePart::Whole { .. } => return Err(layer.only_parts()),
    };
    Ok(TimeStep { direction, n_time_steps, elements, cast })
}
