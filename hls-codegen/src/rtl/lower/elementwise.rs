//! Operations on single elements.

use hls_model::arith::{
    Affine, Capped, Chained, Elementwise, Hard, Leaky, Levels, SmoothRelu, TableLookup, TableProduct,
    Thresholded,
};

use super::Layer;
use crate::rtl::circuit::{Term, Wire};
use crate::rtl::error::RtlError;

/// Numbers of up to so many bits are compared with levels by a table.
const TABULATED_BITS: u32 = 10;

impl Layer<'_> {
    pub(super) fn elementwise(&mut self, op: &Elementwise, x: &[Wire]) -> Result<Vec<Wire>, RtlError> {
        x.iter().enumerate().map(|(i, &x)| self.element(op, i, x)).collect()
    }

    /// Element number `i`; where something is given for each channel, channels repeat.
    fn element(&mut self, op: &Elementwise, i: usize, x: Wire) -> Result<Wire, RtlError> {
        match op {
            Elementwise::Chained(op) => self.chained(op, x),
            Elementwise::Fitted(op) => match self.of_channel(&op.chains, i)? {
                Some(chain) => self.chain(x, chain),
                None => Ok(self.circuit.constant(0)),
            },
            Elementwise::Capped(op) => self.capped(op, x),
            Elementwise::Levels(op) => self.levels(op, i, x),
            Elementwise::Hard(op) => self.hard(op, x),
            Elementwise::Leaky(op) => self.leaky(op, i, x),
            Elementwise::Thresholded(op) => self.thresholded(op, x),
            Elementwise::Affine(op) => self.affine(op, i, x),
            Elementwise::Lookup(op) => self.table(op, x),
            Elementwise::SmoothRelu(op) => self.smooth_relu(op, x),
            Elementwise::TableProduct(op) => self.table_product(op, x),
        }
    }

    fn chained(&mut self, op: &Chained, x: Wire) -> Result<Wire, RtlError> {
        let raised = match op.floor {
            Some(floor) => self.circuit.clamp(x, (floor, i128::MAX)),
            None => x,
        };
        self.chain(raised, &op.chain)
    }

    fn capped(&mut self, op: &Capped, x: Wire) -> Result<Wire, RtlError> {
        let between = self.circuit.clamp(x, (0, op.above.saturating_sub(1).max(0)));
        let chained = self.chain(between, &op.chain)?;
        let [begin, cap] = [op.above, op.cap].map(|number| self.circuit.constant(number));
        let below = self.circuit.less(x, begin);
        Ok(self.circuit.select(below, chained, cap))
    }

    fn levels(&mut self, op: &Levels, i: usize, x: Wire) -> Result<Wire, RtlError> {
        let x = match &op.prepare {
            Some(prepare) => self.chain(x, prepare)?,
            None => x,
        };
        let levels = self.of_channel(&op.channels, i)?;
        let result = |x: i128| {
            let reached = levels.iter().rev().find(|&&(begin, _)| begin <= x);
            reached.map_or(op.below, |&(_, value)| value)
        };
        if levels.len() > 1 && self.circuit.width(x) <= TABULATED_BITS {
            return self.tabulated(x, result);
        }
        self.count_bits(self.circuit.width(x).saturating_mul(levels.len() as u32))?;
        let mut at = self.circuit.constant(op.below);
        for &(begin, value) in levels {
            let begin = self.circuit.constant(begin);
            let below = self.circuit.less(x, begin);
            let value = self.circuit.constant(value);
            at = self.circuit.select(below, at, value);
        }
        Ok(at)
    }

    fn hard(&mut self, op: &Hard, x: Wire) -> Result<Wire, RtlError> {
        let line = self.chain(x, &op.line)?;
        let clipped = if op.one >= 0 && (op.above_one == op.one || op.above_one == op.one + 1) {
            self.circuit.clamp(line, (0, op.one))
        } else {
            let positive = self.circuit.clamp(line, (0, op.above_one.saturating_sub(1).max(0)));
            let [begin, one] = [op.above_one, op.one].map(|number| self.circuit.constant(number));
            let below = self.circuit.less(line, begin);
            self.circuit.select(below, positive, one)
        };
        self.chain(clipped, &op.after)
    }

    fn leaky(&mut self, op: &Leaky, i: usize, x: Wire) -> Result<Wire, RtlError> {
        let slope = *self.of_channel(&op.slopes, i)?;
        let positive = self.circuit.clamp(x, (0, i128::MAX));
        let negative = self.circuit.clamp(x, (i128::MIN, 0));
        let product = self.times(negative, slope);
        let [above, below] = [self.chain(positive, &op.positive)?, self.chain(product, &op.negative)?];
        let one = self.circuit.constant(1);
        let is_below = self.circuit.less(x, one);
        Ok(self.circuit.select(is_below, below, above))
    }

    fn thresholded(&mut self, op: &Thresholded, x: Wire) -> Result<Wire, RtlError> {
        let limit = self.circuit.constant(op.limit);
        let above = self.circuit.less(limit, x);
        let zero = self.circuit.constant(0);
        let left = self.circuit.select(above, x, zero);
        let left = match op.below_zero_passes {
            true => {
                let negative = self.circuit.less(x, zero);
                self.circuit.select(negative, x, left)
            }
            false => left,
        };
        self.chain(left, &op.chain)
    }

    fn affine(&mut self, op: &Affine, i: usize, x: Wire) -> Result<Wire, RtlError> {
        let line = self.of_channel(&op.scales, i)?;
        let cut = self.circuit.floor(x, line.down);
        let multiple = self.times(cut, line.factor);
        let product = self.circuit.add_constant(multiple, line.addend);
        let between = self.chain(product, &op.between)?;
        let moved = self.circuit.left(between, op.up);
        let sum = self.circuit.add_constant(moved, *self.of_channel(&op.biases, i)?);
        self.chain(sum, &op.after)
    }

    fn table(&mut self, op: &TableLookup, x: Wire) -> Result<Wire, RtlError> {
        let Some(positive) = &op.positive else { return self.entry(op, x) };
        let below = self.circuit.clamp(x, (i128::MIN, -1));
        let above = self.circuit.clamp(x, (0, i128::MAX));
        let [below, above] = [self.entry(op, below)?, self.chain(above, positive)?];
        let negative = self.circuit.negative(x);
        Ok(self.circuit.select(negative, below, above))
    }

    fn entry(&mut self, op: &TableLookup, x: Wire) -> Result<Wire, RtlError> {
        let index = self.chain(x, &op.index)?;
        let index = self.circuit.add_constant(index, op.offset.into());
        self.entry_of(&op.table, index)
    }

    /// What is given for the channel of element number `i`.
    fn of_channel<'a, T>(&self, channels: &'a [T], i: usize) -> Result<&'a T, RtlError> {
        let channel = channels.get(i % channels.len().max(1));
        channel.ok_or_else(|| self.unsupported("it has no channels".to_owned()))
    }

    fn table_product(&mut self, op: &TableProduct, x: Wire) -> Result<Wire, RtlError> {
        let place = self.chain(x, &op.place)?;
        let upper = self.circuit.floor(place, op.lower_bits);
        let upper = self.entry_of(&op.upper, upper)?;
        let lower = match op.lower_bits {
            0 => self.circuit.constant(0),
            bits => self.circuit.wrap(place, bits, false),
        };
        let lower = self.entry_of(&op.lower, lower)?;
        let product = self.multiplied(upper, lower)?;
        self.chain(product, &op.after)
    }

    fn smooth_relu(&mut self, op: &SmoothRelu, x: Wire) -> Result<Wire, RtlError> {
        let positive = self.circuit.clamp(x, (0, i128::MAX));
        let negative = self.circuit.clamp(x, (i128::MIN, -1));
        let [above, below] = [self.chain(positive, &op.above)?, self.chain(negative, &op.below)?];
        let is_negative = self.circuit.negative(x);
        let limit = (0, op.entries.len().max(1) as i128 - 1);
        let [above, below] = [self.circuit.clamp(above, limit), self.circuit.clamp(below, limit)];
        let index = self.circuit.select(is_negative, below, above);
        let entry = self.entry_of(&op.entries, index)?;
        let terms = [
            Term { wire: positive, shift: op.up, negative: false },
            Term { wire: entry, shift: 0, negative: false },
        ];
        let sum = self.circuit.sum(terms, 0);
        self.chain(sum, &op.after)
    }
}
