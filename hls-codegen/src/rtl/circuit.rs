//! Circuits of whole numbers: what a graph computes, as operations on single numbers.
//!
//! A [`Circuit`] is in single assignment: each [`Wire`] is the result of one operation on earlier wires, and has the range of the numbers
//! that it can carry, so its width is known. Numbers are raw numbers, as in [`hls_model::arith`]; where the binary point is, nobody needs to
//! know here. Equal operations on equal wires are made only once, and what is constant is computed when it is made.
//!
//! Numbers have up to 126 bits. A circuit in which one could need more [says so](Circuit::is_too_wide), and is of no use.

use std::collections::HashMap;
use std::sync::Arc;

use crate::range::{Range, type_range, width};

/// A number in a circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Wire(pub(crate) u32);

/// An operation with its result.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it computes.
    pub op: Op,
    /// The range of the result.
    pub range: Range,
    /// The layer that it belongs to, an index into [`Circuit::layers`].
    pub layer: usize,
}

/// What a wire carries.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Op {
    /// An element of an input.
    Input {
        /// Which input.
        port: usize,
        /// Which element.
        element: usize,
    },
    /// A number: the only one of the range.
    Constant,
    /// The exact sum of the terms and a constant.
    Sum {
        /// The terms.
        terms: Vec<Term>,
        /// The constant.
        constant: i128,
    },
    /// `⌊x / 2^down⌋`: a selection of bits.
    Floor {
        /// What is shifted.
        x: Wire,
        /// Bits that fall off.
        down: u32,
    },
    /// The lower bits, read as a number with or without sign: a selection of bits.
    Wrap {
        /// What is cut.
        x: Wire,
        /// Bits that stay.
        width: u32,
        /// Whether the highest of them is a sign.
        signed: bool,
    },
    /// `⌊x / 2^down⌋` with the lowest bit cleared if all bits that fall off are zero: with half a unit added before, it rounds to even.
    Even {
        /// What is rounded.
        x: Wire,
        /// Bits that fall off, at least one.
        down: u32,
    },
    /// The nearest number in the range of the result.
    Clamp {
        /// What is limited.
        x: Wire,
    },
    /// One if `a < b`, else zero.
    Less {
        /// The left side.
        a: Wire,
        /// The right side.
        b: Wire,
    },
    /// One of two numbers.
    Select {
        /// Zero or one.
        condition: Wire,
        /// The result for one.
        then: Wire,
        /// The result for zero.
        otherwise: Wire,
    },
    /// The product of two numbers.
    Product {
        /// One factor.
        a: Wire,
        /// The other.
        b: Wire,
    },
    /// An entry of a table.
    Lookup {
        /// Which entry; never beyond the table.
        index: Wire,
        /// The entries.
        table: Arc<[i128]>,
    },
}

impl Op {
    /// The wires that it reads.
    #[must_use]
    pub fn operands(&self) -> Vec<Wire> {
        match self {
            Self::Input { .. } | Self::Constant => Vec::new(),
            Self::Sum { terms, .. } => terms.iter().map(|term| term.wire).collect(),
            Self::Floor { x, .. } | Self::Wrap { x, .. } | Self::Even { x, .. } | Self::Clamp { x } => {
                vec![*x]
            }
            Self::Less { a, b } | Self::Product { a, b } => vec![*a, *b],
            Self::Select { condition, then, otherwise } => vec![*condition, *then, *otherwise],
            Self::Lookup { index, .. } => vec![*index],
        }
    }
}

/// `± wire · 2^shift` in a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Term {
    /// The number.
    pub wire: Wire,
    /// How far it is moved left.
    pub shift: u32,
    /// Whether it is subtracted.
    pub negative: bool,
}

/// An input or an output of a circuit: the elements of a tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Bits of an element.
    pub width: u32,
    /// Whether elements have a sign.
    pub signed: bool,
    /// Bits of an element right of the binary point; negative if it ends left of it.
    pub fraction: i32,
    /// Its elements.
    pub wires: Vec<Wire>,
}

/// A layer of the model, to which operations belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerName {
    /// Its name.
    pub name: String,
    /// hls4ml's name of what it does.
    pub class: &'static str,
}

/// A circuit.
#[derive(Debug, Clone, Default)]
pub struct Circuit {
    nodes: Vec<Node>,
    known: HashMap<(Op, Range), Wire>,
    layers: Vec<LayerName>,
    /// For each layer its result.
    results: Vec<Vec<Wire>>,
    /// The layer to which new operations belong.
    layer: usize,
    is_too_wide: bool,
    /// What goes in.
    pub inputs: Vec<Port>,
    /// What comes out.
    pub outputs: Vec<Port>,
}

impl Circuit {
    /// All nodes with their wires, operands before their users.
    #[must_use]
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = (Wire, &Node)> {
        self.nodes.iter().enumerate().map(|(i, node)| (Wire(i as u32), node))
    }

    /// What a wire carries.
    #[must_use]
    pub fn node(&self, wire: Wire) -> &Node {
        &self.nodes[wire.0 as usize]
    }

    /// The range of a wire.
    #[must_use]
    pub fn range(&self, wire: Wire) -> Range {
        self.node(wire).range
    }

    /// The number that a wire always carries.
    #[must_use]
    pub fn value(&self, wire: Wire) -> Option<i128> {
        let (low, high) = self.range(wire);
        (low == high).then_some(low)
    }

    /// Bits of a wire: without a sign where no number is negative.
    #[must_use]
    pub fn width(&self, wire: Wire) -> u32 {
        width(self.range(wire))
    }

    /// Whether a number could need more than 126 bits: then the circuit does not compute what it should.
    #[must_use]
    pub fn is_too_wide(&self) -> bool {
        self.is_too_wide
    }

    /// The layers.
    #[must_use]
    pub fn layers(&self) -> &[LayerName] {
        &self.layers
    }

    /// For each layer what it hands on, element by element.
    #[must_use]
    pub fn results(&self) -> &[Vec<Wire>] {
        &self.results
    }

    /// Says what the layer hands on that was begun last.
    pub fn end_layer(&mut self, result: &[Wire]) {
        if let Some(last) = self.results.last_mut() {
            *last = result.to_vec();
        }
    }

    /// From here on, operations belong to another layer.
    pub fn begin_layer(&mut self, name: impl Into<String>, class: &'static str) {
        self.layer = self.layers.len();
        self.layers.push(LayerName { name: name.into(), class });
        self.results.push(Vec::new());
    }

    fn make(&mut self, op: Op, range: Range) -> Wire {
        let (low, high) = WIDEST;
        self.is_too_wide |= range.0 < low || high < range.1;
        let range = (range.0.clamp(low, high), range.1.clamp(low, high));
        // A wire of one value needs no operation.
        let op = if range.0 == range.1 && !matches!(op, Op::Input { .. }) { Op::Constant } else { op };
        let key = (op, range);
        if let Some(&wire) = self.known.get(&key) {
            return wire;
        }
        let wire = Wire(self.nodes.len() as u32);
        self.nodes.push(Node { op: key.0.clone(), range, layer: self.layer });
        self.known.insert(key, wire);
        wire
    }

    /// An element of an input.
    pub fn input(&mut self, port: usize, element: usize, range: Range) -> Wire {
        self.make(Op::Input { port, element }, range)
    }

    /// A constant.
    pub fn constant(&mut self, value: i128) -> Wire {
        self.make(Op::Constant, (value, value))
    }

    /// The sum of terms and a constant, whose range follows from theirs.
    pub fn sum(&mut self, terms: impl IntoIterator<Item = Term>, constant: i128) -> Wire {
        self.sum_within(terms, constant, (i128::MIN, i128::MAX))
    }

    /// The sum of terms and a constant, which is known to be in a range.
    pub fn sum_within(
        &mut self,
        terms: impl IntoIterator<Item = Term>,
        mut constant: i128,
        known: Range,
    ) -> Wire {
        let mut kept: Vec<Term> = Vec::new();
        for term in terms {
            match self.value(term.wire) {
                Some(value) => constant = constant.saturating_add(moved(value, &term)),
                None => kept.push(term),
            }
        }
        kept.sort_unstable();
        cancel(&mut kept);
        let range = kept.iter().fold((constant, constant), |(low, high), term| {
            let (a, b) = self.range(term.wire);
            let (a, b) = (moved(a, term), moved(b, term));
            (low.saturating_add(a.min(b)), high.saturating_add(a.max(b)))
        });
        let range = (range.0.max(known.0), range.1.min(known.1));
        match kept[..] {
            [Term { wire, shift: 0, negative: false }] if constant == 0 => wire,
            _ => self.make(Op::Sum { terms: kept, constant }, range),
        }
    }

    /// `x · 2^up`.
    pub fn left(&mut self, x: Wire, up: u32) -> Wire {
        self.sum([Term { wire: x, shift: up, negative: false }], 0)
    }

    /// `x + constant`. A sum takes the constant in, and stays in its layer.
    pub fn add_constant(&mut self, x: Wire, constant: i128) -> Wire {
        let (low, high) = self.range(x);
        match self.node(x).op.clone() {
            _ if constant == 0 => x,
            Op::Sum { terms, constant: first } => {
                let known = (low.saturating_add(constant), high.saturating_add(constant));
                let of_sum = self.node(x).layer;
                let layer = std::mem::replace(&mut self.layer, of_sum);
                let sum = self.sum_within(terms, first.saturating_add(constant), known);
                self.layer = layer;
                sum
            }
            Op::Floor { x, down } => {
                let sum = self.add_constant(x, shifted(constant, down));
                self.floor(sum, down)
            }
            _ => self.sum([Term { wire: x, shift: 0, negative: false }], constant),
        }
    }

    /// `⌊x / 2^down⌋`.
    pub fn floor(&mut self, x: Wire, down: u32) -> Wire {
        let down = down.min(127);
        let (low, high) = self.range(x);
        let range = (low >> down, high >> down);
        match self.node(x).op {
            _ if down == 0 => x,
            Op::Floor { x, down: first } => self.floor(x, (first + down).min(127)),
            _ => self.make(Op::Floor { x, down }, range),
        }
    }

    /// The lower bits as a number.
    pub fn wrap(&mut self, x: Wire, width: u32, signed: bool) -> Wire {
        let width = width.min(MAX_BITS);
        let (low, high) = self.range(x);
        let (min, max) = type_range(width, signed);
        if min <= low && high <= max {
            return x;
        }
        // Where all numbers wrap together, their order stays.
        let unit = 1_i128 << width;
        let turns = |number: i128| (number - min).div_euclid(unit);
        let range = match turns(low) == turns(high) {
            true => (low - turns(low) * unit, high - turns(high) * unit),
            false => (min, max),
        };
        match self.node(x).op {
            Op::Wrap { x, width: first, .. } if first >= width => self.wrap(x, width, signed),
            _ => self.make(Op::Wrap { x, width, signed }, range),
        }
    }

    /// `⌊x / 2^down⌋`, even where nothing falls off.
    pub fn even(&mut self, x: Wire, down: u32) -> Wire {
        let down = down.min(MAX_BITS);
        let (low, high) = self.range(x);
        let at = |number: i128| {
            let floor = number >> down;
            if number & ((1 << down) - 1) == 0 { floor & !1 } else { floor }
        };
        self.make(Op::Even { x, down }, (at(low), at(high)))
    }

    /// The nearest number between two, of which the first is not the greater one.
    pub fn clamp(&mut self, x: Wire, (low, high): Range) -> Wire {
        let high = high.max(low);
        let (a, b) = self.range(x);
        if low <= a && b <= high {
            return x;
        }
        let range = (a.clamp(low, high), b.clamp(low, high));
        match self.node(x).op {
            // Two limits are one.
            Op::Clamp { x } => self.make(Op::Clamp { x }, range),
            _ => self.make(Op::Clamp { x }, range),
        }
    }

    /// One if `a < b`, else zero.
    pub fn less(&mut self, a: Wire, b: Wire) -> Wire {
        let ((a_low, a_high), (b_low, b_high)) = (self.range(a), self.range(b));
        if a_high < b_low {
            return self.constant(1);
        }
        if a_low >= b_high {
            return self.constant(0);
        }
        self.make(Op::Less { a, b }, (0, 1))
    }

    /// One if `x < 0`, else zero.
    pub fn negative(&mut self, x: Wire) -> Wire {
        let zero = self.constant(0);
        self.less(x, zero)
    }

    /// `then` where the condition is one, else `otherwise`.
    pub fn select(&mut self, condition: Wire, then: Wire, otherwise: Wire) -> Wire {
        match self.value(condition) {
            Some(0) => return otherwise,
            Some(_) => return then,
            None if then == otherwise => return then,
            None if self.range(condition) == (0, 1)
                && self.value(then) == Some(1)
                && self.value(otherwise) == Some(0) =>
            {
                return condition;
            }
            None => {}
        }
        let ((a, b), (c, d)) = (self.range(then), self.range(otherwise));
        self.make(Op::Select { condition, then, otherwise }, (a.min(c), b.max(d)))
    }

    /// The greater of two numbers.
    pub fn max(&mut self, a: Wire, b: Wire) -> Wire {
        let less = self.less(a, b);
        let (low, high) = (self.range(a).0.max(self.range(b).0), self.range(a).1.max(self.range(b).1));
        let greater = self.select(less, b, a);
        self.within(greater, (low, high))
    }

    /// The smaller of two numbers.
    pub fn min(&mut self, a: Wire, b: Wire) -> Wire {
        let less = self.less(a, b);
        let (low, high) = (self.range(a).0.min(self.range(b).0), self.range(a).1.min(self.range(b).1));
        let smaller = self.select(less, a, b);
        self.within(smaller, (low, high))
    }

    /// The product of two numbers. One with a constant is a [sum](Self::sum) of shifted numbers instead.
    pub fn product(&mut self, a: Wire, b: Wire) -> Wire {
        let ((p, q), (r, s)) = (self.range(a), self.range(b));
        let corners = [(p, r), (p, s), (q, r), (q, s)].map(|(x, y)| x.saturating_mul(y));
        let (low, high) = corners.iter().fold((corners[0], corners[0]), |(l, h), &c| (l.min(c), h.max(c)));
        // A square is not negative.
        let range = (if a == b { low.max(0) } else { low }, high);
        self.make(Op::Product { a: a.min(b), b: a.max(b) }, range)
    }

    /// An entry of a table, zero if it has none. Beyond its ends the nearest entry counts; the index may be negative.
    pub fn lookup(&mut self, index: Wire, table: &[i128]) -> Wire {
        let last = table.len().max(1) as i128 - 1;
        let index = self.clamp(index, (0, last));
        let (low, high) = self.range(index);
        let reached = table.get(low as usize..=high as usize).unwrap_or_default();
        let Some(&first) = reached.first() else { return self.constant(0) };
        let range = reached.iter().fold((first, first), |(l, h), &x| (l.min(x), h.max(x)));
        self.make(Op::Lookup { index, table: table.into() }, range)
    }

    /// The same wire, which is known to be in a range for a reason that its operands' ranges do not show.
    fn within(&mut self, x: Wire, (low, high): Range) -> Wire {
        let node = self.node(x).clone();
        let range = (node.range.0.max(low), node.range.1.min(high));
        if range == node.range { x } else { self.make(node.op, range) }
    }
}

/// The most bits of a number.
const MAX_BITS: u32 = 126;

/// The smallest and the largest number, far enough from the ends that none of them overflows.
const WIDEST: Range = (-(1 << (MAX_BITS - 1)), (1 << (MAX_BITS - 1)) - 1);

/// What a term makes of a number.
fn moved(number: i128, term: &Term) -> i128 {
    let moved = shifted(number, term.shift);
    if term.negative { moved.saturating_neg() } else { moved }
}

/// `number · 2^up`, or the end of all numbers on that side.
fn shifted(number: i128, up: u32) -> i128 {
    if number == 0 || up < 127 && number << up >> up == number {
        return number << up.min(127);
    }
    if number < 0 { i128::MIN } else { i128::MAX }
}

/// Takes out terms of which the opposite is there as well, in sorted terms.
fn cancel(terms: &mut Vec<Term>) {
    let mut at = 1;
    while at < terms.len() {
        let (a, b) = (terms[at - 1], terms[at]);
        if (a.wire, a.shift) == (b.wire, b.shift) && a.negative != b.negative {
            terms.drain(at - 1..=at);
            at = at.saturating_sub(1).max(1);
        } else {
            at += 1;
        }
    }
}
