//! A graph becomes a list of steps over numbered buffers.

use std::collections::HashMap;
use std::sync::Arc;

use super::EmulateError;
use super::clips::Clips;
use super::families;
use super::input::InputCast;
use super::recurrence::{Moved, Zeros};
use super::step::{Overflows, Site, Step, word_for};
use super::word::{LANES, WordSize, Words, copy, with_word};
use crate::arith::{ArithError, Arithmetic, Operation, Recurrence, Term, TimeDirection, TimePass, TimeStep};
use crate::graph::{Graph, NodeId, TensorId};

/// A buffer's number.
type Slot = usize;

/// What has to be done for [`LANES`] samples.
pub(super) struct Plan {
    buffers: Vec<Buffer>,
    pub(super) inputs: Vec<PlannedInput>,
    steps: Vec<PlannedStep>,
    /// Where the outputs are, in the graph's order.
    pub(super) outputs: Vec<Slot>,
    /// Where the layers' results are, in the graph's order.
    pub(super) layers: Vec<PlannedLayer>,
}

#[derive(Debug, Clone, Copy)]
struct Buffer {
    size: WordSize,
    elements: usize,
}

pub(super) struct PlannedInput {
    pub(super) cast: InputCast,
    pub(super) slot: Slot,
}

pub(super) struct PlannedLayer {
    pub(super) node: NodeId,
    pub(super) tensor: TensorId,
    pub(super) slot: Slot,
    /// The steps that compute it; the last one alone where only the last result of what is repeated is kept.
    pub(super) steps: Vec<usize>,
}

#[derive(Clone)]
struct PlannedStep {
    step: Arc<dyn Step>,
    inputs: Vec<Slot>,
    output: Slot,
    /// The number of the time step, for what is repeated.
    time: usize,
}

impl Plan {
    pub(super) fn new(graph: &Graph, overflows: Overflows) -> Result<Self, EmulateError> {
        let mut planner = Planner::new(graph, overflows);
        // Inputs may follow layers that do not need them.
        for &id in &graph.inputs {
            planner.input(id)?;
        }
        for &id in graph.order() {
            planner.node(id)?;
        }
        let outputs = graph.outputs.iter().map(|&tensor| planner.slot(tensor));
        planner.plan.outputs = outputs.collect::<Result<_, _>>()?;
        Ok(planner.plan)
    }

    /// Fresh buffers.
    pub(super) fn buffers(&self) -> Vec<Words> {
        self.buffers.iter().map(|buffer| Words::zeros(buffer.size, buffer.elements * LANES)).collect()
    }

    /// Elements of each step's result.
    pub(super) fn elements(&self) -> impl Iterator<Item = usize> {
        self.steps.iter().map(|step| self.buffers[step.output].elements)
    }

    /// Number of steps.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// Runs all steps on buffers whose inputs are filled. `clips` has one counter for each step.
    pub(super) fn run(&self, buffers: &mut [Words], clips: &mut [Clips]) {
        for (planned, clips) in self.steps.iter().zip(clips) {
            let mut output =
                std::mem::replace(&mut buffers[planned.output], Words::zeros(WordSize::Bits32, 0));
            // Most steps have one or two inputs, and many are short: a list on the heap would cost as much.
            match planned.inputs[..] {
                [a] => planned.step.run(planned.time, &[&buffers[a]], &mut output, clips),
                [a, b] => planned.step.run(planned.time, &[&buffers[a], &buffers[b]], &mut output, clips),
                ref slots => {
                    let inputs: Vec<&Words> = slots.iter().map(|&slot| &buffers[slot]).collect();
                    planned.step.run(planned.time, &inputs, &mut output, clips);
                }
            }
            buffers[planned.output] = output;
        }
    }
}

struct Planner<'a> {
    graph: &'a Graph,
    overflows: Overflows,
    plan: Plan,
    /// The buffer in which a tensor's elements are computed.
    slots: HashMap<TensorId, Slot>,
    /// Copies of buffers in other words.
    converted: HashMap<(Slot, WordSize), Slot>,
    /// Where the loop over time steps begins that has not ended yet.
    loop_begin: Option<LoopBegin>,
}

/// The first step and the first layer of a loop over time steps.
struct LoopBegin {
    step: usize,
    layer: usize,
}

impl<'a> Planner<'a> {
    fn new(graph: &'a Graph, overflows: Overflows) -> Self {
        let plan = Plan {
            buffers: Vec::new(),
            inputs: Vec::new(),
            steps: Vec::new(),
            outputs: Vec::new(),
            layers: Vec::new(),
        };
        Self { graph, overflows, plan, slots: HashMap::new(), converted: HashMap::new(), loop_begin: None }
    }

    fn buffer(&mut self, size: WordSize, elements: usize) -> Slot {
        self.plan.buffers.push(Buffer { size, elements });
        self.plan.buffers.len() - 1
    }

    fn input(&mut self, id: NodeId) -> Result<(), EmulateError> {
        let (node, tensor) = (self.graph.node(id), self.graph.output_of(id));
        let term = Term::variable(tensor.ty.precision);
        let term = term.ok_or_else(|| ArithError::TooWide { layer: node.name.clone() })?;
        let slot = self.buffer(word_for(&node.name, term.bits(), WordSize::Bits32)?, tensor.len());
        self.slots.insert(node.outputs[0], slot);
        self.plan.inputs.push(PlannedInput { cast: InputCast::new(tensor.ty.precision), slot });
        Ok(())
    }

    fn node(&mut self, id: NodeId) -> Result<(), EmulateError> {
        // Arguments have their buffers, views share those of what they are views of.
        let Some(arithmetic) = Arithmetic::of(self.graph, id)? else { return Ok(()) };
        let node = self.graph.node(id);
        let (layer, narrowest) = (&node.name, WordSize::Bits32);
        let site = Site { arithmetic: &arithmetic, layer, overflows: self.overflows, narrowest };
        if let Operation::Recurrence(op) = &arithmetic.operation {
            return self.recurrence(id, site, op);
        }
        let inputs = node.inputs.iter().map(|&tensor| self.slot(tensor));
        let mut slots = inputs.collect::<Result<Vec<_>, _>>()?;
        let time_step = match &arithmetic.operation {
            Operation::TimeStep(TimeStep { direction, n_time_steps, .. }) => {
                Some((*direction, *n_time_steps))
            }
            _ => None,
        };
        for part in &arithmetic.clone().steps() {
            let compiled = families::compile(Site { arithmetic: part, ..site })?;
            let inputs = slots.iter().map(|&slot| self.slot_of_size(slot, compiled.size)).collect();
            let output = self.buffer(compiled.size, part.elements);
            self.plan.steps.push(PlannedStep { step: compiled.step, inputs, output, time: 0 });
            slots = vec![output];
        }
        // Whatever comes before, the last of them makes the layer's result.
        self.layer(id, slots[0], vec![self.plan.steps.len() - 1]);
        if let Some((direction, n_time_steps)) = time_step {
            let (step, layer) = (self.plan.steps.len() - 1, self.plan.layers.len() - 1);
            match direction {
                TimeDirection::Take => self.loop_begin = Some(LoopBegin { step, layer }),
                TimeDirection::Put => self.repeat(n_time_steps),
            }
        }
        Ok(())
    }

    /// Notes where a layer's result is and which steps compute it.
    fn layer(&mut self, id: NodeId, slot: Slot, steps: Vec<usize>) {
        let tensor = self.graph.node(id).outputs[0];
        self.slots.insert(tensor, slot);
        self.plan.layers.push(PlannedLayer { node: id, tensor, slot, steps });
    }

    /// A step for each part in each time step.
    fn recurrence(&mut self, id: NodeId, site: Site<'_>, op: &Recurrence) -> Result<(), EmulateError> {
        let input = self.slot(self.graph.node(id).inputs[0])?;
        let passes = op.passes.iter().map(|pass| self.time_pass(site, pass, input));
        let mut passes = passes.collect::<Result<Vec<_>, _>>()?;
        let Some(join) = &op.join else {
            if let Some((slot, steps)) = passes.pop() {
                self.layer(id, slot, steps);
            }
            return Ok(());
        };
        let compiled = families::compile(Site { arithmetic: join, ..site })?;
        let (mut steps, mut converted) = (Vec::new(), HashMap::new());
        let inputs =
            passes.iter().map(|&(slot, _)| self.in_words(slot, compiled.size, &mut converted, &mut steps));
        let inputs = inputs.collect();
        let output = self.buffer(compiled.size, join.elements);
        steps.push(PlannedStep { step: compiled.step, inputs, output, time: 0 });
        self.plan.steps.append(&mut steps);
        self.layer(id, output, vec![self.plan.steps.len() - 1]);
        Ok(())
    }

    /// The buffer with the result of a pass, and the steps that compute what is kept of it.
    fn time_pass(
        &mut self,
        site: Site<'_>,
        pass: &TimePass,
        input: Slot,
    ) -> Result<(Slot, Vec<usize>), EmulateError> {
        let narrowest = match self.overflows {
            Overflows::Unseen => WordSize::Bits16,
            Overflows::Counted => WordSize::Bits32,
        };
        let compiled = pass
            .parts
            .iter()
            .map(|part| families::compile(Site { arithmetic: &part.arithmetic, narrowest, ..site }));
        let compiled = compiled.collect::<Result<Vec<_>, _>>()?;
        // What is moved into a register is moved into the words in which it is read first.
        let read_in = |register: usize| {
            let mut parts = pass.parts.iter().zip(&compiled);
            parts.find(|(part, _)| part.inputs.contains(&register)).map(|(_, compiled)| compiled.size)
        };
        let size = read_in(0).unwrap_or(self.plan.buffers[input].size);
        let mut registers = vec![self.buffer(size, pass.elements)];
        for state in &pass.states {
            let size = match read_in(registers.len()) {
                Some(size) => size,
                None => word_for(site.layer, state.term.bits(), narrowest)?,
            };
            let output = self.buffer(size, state.elements);
            self.plan.steps.push(PlannedStep { step: Arc::new(Zeros), inputs: Vec::new(), output, time: 0 });
            registers.push(output);
        }
        let moved = |step: Moved, from, output| PlannedStep {
            step: Arc::new(step),
            inputs: vec![from],
            output,
            time: 0,
        };
        let mut once = vec![moved(Moved::taken(pass), input, registers[0])];
        let (mut converted, mut computes_output) = (HashMap::new(), 0);
        for (part, compiled) in pass.parts.iter().zip(compiled) {
            let inputs = part.inputs.iter().map(|&register| {
                self.in_words(registers[register], compiled.size, &mut converted, &mut once)
            });
            let inputs = inputs.collect();
            let output = self.buffer(compiled.size, part.arithmetic.elements);
            if registers.len() == pass.output {
                computes_output = once.len();
            }
            registers.push(output);
            once.push(PlannedStep { step: compiled.step, inputs, output, time: 0 });
        }
        let result =
            self.buffer(word_for(site.layer, pass.result.bits(), WordSize::Bits32)?, pass.result_elements());
        once.push(moved(Moved::put(pass), registers[pass.output], result));
        for (at, state) in pass.states.iter().enumerate() {
            once.push(moved(Moved::kept(pass, state.elements), registers[state.next], registers[1 + at]));
        }
        let mut steps = Vec::new();
        for time in 0..pass.n_time_steps {
            if pass.place(time).is_some() {
                steps.push(self.plan.steps.len() + computes_output);
            }
            self.plan.steps.extend(once.iter().map(|step| PlannedStep { time, ..step.clone() }));
        }
        Ok((result, steps))
    }

    /// A buffer with a register's elements in words of a size; what copies them there is added to `steps`.
    fn in_words(
        &mut self,
        slot: Slot,
        size: WordSize,
        converted: &mut HashMap<(Slot, WordSize), Slot>,
        steps: &mut Vec<PlannedStep>,
    ) -> Slot {
        let Buffer { size: has, elements } = self.plan.buffers[slot];
        if has == size {
            return slot;
        }
        *converted.entry((slot, size)).or_insert_with(|| {
            let output = self.buffer(size, elements);
            steps.push(PlannedStep { step: Arc::new(Convert), inputs: vec![slot], output, time: 0 });
            output
        })
    }

    /// Repeats the steps since the begin of a loop for the other time steps, in the same buffers; in the end these hold the last.
    fn repeat(&mut self, n_time_steps: usize) {
        let Some(begin) = self.loop_begin.take() else { return };
        let once = self.plan.steps[begin.step..].to_vec();
        for time in 1..n_time_steps {
            self.plan.steps.extend(once.iter().map(|step| PlannedStep { time, ..step.clone() }));
        }
        for layer in &mut self.plan.layers[begin.layer..] {
            let later = n_time_steps.saturating_sub(1) * once.len();
            layer.steps.iter_mut().for_each(|step| *step += later);
        }
    }

    fn slot(&self, tensor: TensorId) -> Result<Slot, EmulateError> {
        let unwritten = || {
            let layer = self.graph.tensor(tensor).name.clone();
            ArithError::Incomplete { layer, class: "Tensor", missing: "layer before it that writes it" }
        };
        Ok(self.slots.get(&self.graph.origin_of(tensor)).copied().ok_or_else(unwritten)?)
    }

    /// A buffer with the elements of another in words of a size.
    fn slot_of_size(&mut self, slot: Slot, size: WordSize) -> Slot {
        let (mut converted, mut steps) = (std::mem::take(&mut self.converted), Vec::new());
        let slot = self.in_words(slot, size, &mut converted, &mut steps);
        self.converted = converted;
        self.plan.steps.append(&mut steps);
        slot
    }
}

/// The same numbers in other words. A tensor's numbers fit in any word that its readers ask for.
struct Convert;

impl Step for Convert {
    fn run(&self, _: usize, inputs: &[&Words], output: &mut Words, _: &mut Clips) {
        let Some(input) = inputs.first() else { return };
        with_word!(input.size(), From => with_word!(output.size(), To => {
            copy(input.get::<From>(), output.get_mut::<To>());
        }));
    }
}
