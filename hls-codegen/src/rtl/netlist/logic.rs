//! Functions of bits, as lookup tables.

use super::bits::{Bit, Net};
use super::{Cell, Netlist, delay};

/// The most inputs of a lookup table.
pub(in crate::rtl) const LUT_INPUTS: usize = 6;

impl Netlist {
    /// A function of up to six bits; bit `i` of its argument is input `i`. Constants, equal inputs and inputs that do not matter take no
    /// input of the table, and what comes down to a bit that is there takes no table at all.
    pub(in crate::rtl) fn function(&mut self, inputs: &[Bit], f: impl Fn(u32) -> bool) -> Bit {
        let inputs = Inputs::of(inputs);
        let table = inputs.table(f);
        self.of_table(inputs.nets, table)
    }

    /// The function of nets that a table holds.
    pub(in crate::rtl) fn of_table(&mut self, nets: Vec<Net>, table: u64) -> Bit {
        let (nets, table) = without_idle(nets, table);
        match (nets.len(), table) {
            (0, _) => Bit::Constant(table & 1 == 1),
            (1, 0b10) => nets[0].into(),
            (1, _) => !Bit::from(nets[0]),
            _ => self.lut(nets, table).into(),
        }
    }

    /// A lookup table, also for a function that needs none.
    pub(in crate::rtl) fn lut(&mut self, inputs: Vec<Net>, table: u64) -> Net {
        let key = (inputs, table);
        if let Some(&net) = self.known.get(&key) {
            return net;
        }
        let output = self.net(self.latest(&key.0) + delay::NET + delay::LUT);
        self.known.insert(key.clone(), output);
        let (inputs, table) = key;
        self.push(Cell::Lut { inputs, table, output });
        output
    }

    /// Two functions of the same bits, up to five, in one lookup table. Always a cell of its own: a carry chain needs it next to itself.
    pub(in crate::rtl) fn two_functions(
        &mut self,
        inputs: &[Bit],
        o6: impl Fn(u32) -> bool,
        o5: impl Fn(u32) -> bool,
    ) -> [Bit; 2] {
        let inputs = Inputs::of(inputs);
        let tables = [inputs.table(o6) as u32, inputs.table(o5) as u32];
        let end = self.latest(&inputs.nets) + delay::NET + delay::LUT;
        let outputs = [self.net(end), self.net(end)];
        self.push(Cell::Lut2 { inputs: inputs.nets, tables, outputs });
        outputs.map(Bit::from)
    }

    /// A function of up to six bits in a lookup table of its own, as [`two_functions`](Self::two_functions) has it.
    pub(in crate::rtl) fn own_function(&mut self, inputs: &[Bit], f: impl Fn(u32) -> bool) -> Bit {
        let inputs = Inputs::of(inputs);
        let table = inputs.table(f);
        let output = self.net(self.latest(&inputs.nets) + delay::NET + delay::LUT);
        self.push(Cell::Lut { inputs: inputs.nets, table, output });
        output.into()
    }

    /// The same bit, not inverted.
    pub(in crate::rtl) fn plain(&mut self, bit: Bit) -> Bit {
        match bit {
            Bit::Of { net, inverted: true } => self.lut(vec![net], 0b01).into(),
            Bit::Of { .. } | Bit::Constant(_) => bit,
        }
    }

    /// Whether any of the bits is one.
    pub(in crate::rtl) fn any(&mut self, bits: &[Bit]) -> Bit {
        self.tree(bits, |argument, _| argument != 0)
    }

    /// Whether all bits are one.
    pub(in crate::rtl) fn all(&mut self, bits: &[Bit]) -> Bit {
        self.tree(bits, |argument, n| argument == (1 << n) - 1)
    }

    /// An associative function of any number of bits.
    fn tree(&mut self, bits: &[Bit], f: impl Fn(u32, usize) -> bool + Copy) -> Bit {
        let mut level: Vec<Bit> = bits.to_vec();
        while level.len() > 1 {
            // The earliest first, so that what is late passes few tables.
            level.sort_by_key(|&bit| self.arrival_of(bit));
            let n = level.len().min(LUT_INPUTS);
            let first: Vec<Bit> = level.drain(..n).collect();
            let joined = self.function(&first, |argument| f(argument, n));
            level.push(joined);
        }
        level.first().copied().unwrap_or(Bit::Constant(f(0, 0)))
    }

    /// `then` where the condition holds, else `otherwise`.
    pub(in crate::rtl) fn choose(&mut self, condition: Bit, then: Bit, otherwise: Bit) -> Bit {
        self.function(&[condition, then, otherwise], |x| if x & 1 == 1 { x & 2 != 0 } else { x & 4 != 0 })
    }
}

/// Bits as inputs of a table.
struct Inputs<'a> {
    bits: &'a [Bit],
    /// Their nets, sorted, each once.
    nets: Vec<Net>,
}

impl<'a> Inputs<'a> {
    fn of(bits: &'a [Bit]) -> Self {
        let mut nets: Vec<Net> = bits.iter().filter_map(|bit| bit.net()).collect();
        nets.sort_unstable();
        nets.dedup();
        Self { bits, nets }
    }

    /// The table of a function of the bits, indexed by the nets.
    fn table(&self, f: impl Fn(u32) -> bool) -> u64 {
        (0..1_u32 << self.nets.len()).fold(0, |table, i| table | u64::from(f(self.argument(i))) << i)
    }

    /// What the bits are for some values of the nets.
    fn argument(&self, values: u32) -> u32 {
        self.bits.iter().enumerate().fold(0, |argument, (i, bit)| {
            let value = match bit {
                Bit::Constant(value) => *value,
                Bit::Of { net, inverted } => {
                    let place = self.nets.binary_search(net).unwrap_or(0);
                    (values >> place & 1 == 1) ^ inverted
                }
            };
            argument | u32::from(value) << i
        })
    }
}

/// A table without the inputs that do not matter.
pub(super) fn without_idle(mut nets: Vec<Net>, mut table: u64) -> (Vec<Net>, u64) {
    let mut i = 0;
    while i < nets.len() {
        let (low, high) = (cofactor(table, nets.len(), i, false), cofactor(table, nets.len(), i, true));
        if low == high {
            nets.remove(i);
            table = low;
        } else {
            i += 1;
        }
    }
    (nets, table)
}

/// The table of the function of the other inputs for one value of an input.
pub(in crate::rtl) fn cofactor(table: u64, inputs: usize, input: usize, value: bool) -> u64 {
    let rest = (0..1_u64 << (inputs - 1)).map(|i| {
        let (below, above) = (i & ((1 << input) - 1), i >> input);
        table >> (below | u64::from(value) << input | above << (input + 1)) & 1
    });
    rest.enumerate().fold(0, |all, (i, bit)| all | bit << i)
}
