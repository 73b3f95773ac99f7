//! What a circuit computes, number by number.

use super::circuit::{Circuit, Node, Op, Term, Wire};

impl Circuit {
    /// The numbers of the outputs for numbers of the inputs: for each input, and for each output, those of its elements. Elements that are
    /// missing count as zero.
    #[must_use]
    pub fn evaluate(&self, inputs: &[Vec<i128>]) -> Vec<Vec<i128>> {
        let numbers = self.numbers(inputs);
        let number = |&wire: &Wire| numbers[wire.0 as usize];
        self.outputs.iter().map(|port| port.wires.iter().map(number).collect()).collect()
    }

    /// The numbers of all wires, in the order of [`nodes`](Self::nodes), for numbers of the inputs.
    #[must_use]
    pub fn numbers(&self, inputs: &[Vec<i128>]) -> Vec<i128> {
        let mut numbers = Vec::with_capacity(self.nodes().len());
        for (_, node) in self.nodes() {
            numbers.push(number(node, inputs, &numbers));
        }
        numbers
    }
}

fn number(node: &Node, inputs: &[Vec<i128>], numbers: &[i128]) -> i128 {
    let at = |wire: Wire| numbers[wire.0 as usize];
    match &node.op {
        Op::Input { port, element } => {
            inputs.get(*port).and_then(|elements| elements.get(*element)).copied().unwrap_or(0)
        }
        Op::Constant => node.range.0,
        Op::Sum { terms, constant } => {
            // The sum fits, though a part of it might not.
            terms.iter().fold(*constant, |sum, &Term { wire, shift, negative }| {
                let moved = at(wire) << shift;
                if negative { sum.wrapping_sub(moved) } else { sum.wrapping_add(moved) }
            })
        }
        Op::Floor { x, down } => at(*x) >> down,
        Op::Wrap { x, width, signed } => {
            let lower = at(*x) & ((1 << width) - 1);
            let is_negative = *signed && *width > 0 && lower >> (width - 1) == 1;
            lower - if is_negative { 1 << width } else { 0 }
        }
        Op::Even { x, down } => {
            let is_whole = at(*x) & ((1 << down) - 1) == 0;
            let floor = at(*x) >> down;
            if is_whole { floor & !1 } else { floor }
        }
        Op::Clamp { x } => at(*x).clamp(node.range.0, node.range.1),
        Op::Less { a, b } => (at(*a) < at(*b)).into(),
        Op::Select { condition, then, otherwise } => {
            if at(*condition) == 0 {
                at(*otherwise)
            } else {
                at(*then)
            }
        }
        Op::Product { a, b } => at(*a) * at(*b),
        Op::Lookup { index, table } => {
            usize::try_from(at(*index)).ok().and_then(|index| table.get(index)).copied().unwrap_or(0)
        }
    }
}
