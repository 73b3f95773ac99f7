//! Sums as carry chains.

use super::heap::{Heap, HeapBit, PlannedChain, Planning, Source};
use super::position::Pending;
use crate::rtl::netlist::{Bit, Netlist};

/// A number that is added, bit by bit.
pub(super) struct Row {
    /// Its bits; the last is the sign of a signed number.
    pub bits: Vec<Bit>,
    /// Whether it has a sign.
    pub signed: bool,
    /// The column of its lowest bit.
    pub shift: usize,
    /// Whether it is subtracted.
    pub negative: bool,
}

/// The lowest `width` bits of the sum of some numbers and a constant.
pub(super) fn sum(
    netlist: &mut Netlist,
    planning: &Planning,
    rows: &[Row],
    constant: i128,
    width: usize,
) -> Vec<Bit> {
    let (columns, constant) = columns(rows, constant, width);
    let mut given: Vec<Bit> = Vec::new();
    let mut heap = Heap { columns: vec![Vec::new(); width], constant: bits_of(constant, width) };
    for (column, bits) in columns.iter().enumerate() {
        for &bit in bits {
            heap.columns[column].push(HeapBit {
                source: Source::Given(given.len()),
                inverted: bit.is_inverted(),
                arrival: netlist.arrival_of(bit),
            });
            given.push(bit);
        }
    }
    let plan = planning.plan(&heap);
    let mut outputs: Vec<Vec<Bit>> = Vec::with_capacity(plan.chains.len());
    for chain in &plan.chains {
        let made = build(netlist, chain, width, &given, &outputs);
        outputs.push(made);
    }
    let result = plan.result.iter().zip(&heap.constant);
    result.map(|(bit, &one)| bit.map_or(Bit::Constant(one), |bit| found(bit, &given, &outputs))).collect()
}

/// The bits by columns. A bit that counts negative is its opposite, which counts positive, minus one, so all constants meet in one.
fn columns(rows: &[Row], mut constant: i128, width: usize) -> (Vec<Vec<Bit>>, i128) {
    let mut columns: Vec<Vec<Bit>> = vec![Vec::new(); width];
    for row in rows {
        for (i, &bit) in row.bits.iter().enumerate() {
            let column = row.shift + i;
            if column >= width {
                break;
            }
            let is_sign = row.signed && i + 1 == row.bits.len();
            let counts_negative = row.negative != is_sign;
            let bit = bit.xor(counts_negative);
            if counts_negative {
                constant = constant.wrapping_sub(1 << column);
            }
            match bit {
                Bit::Constant(true) => constant = constant.wrapping_add(1 << column),
                Bit::Constant(false) => {}
                Bit::Of { .. } => columns[column].push(bit),
            }
        }
    }
    // Twice the same bit is one of the next column; a bit and its opposite are one.
    for column in 0..width {
        let mut bits = std::mem::take(&mut columns[column]);
        bits.sort_unstable();
        let mut kept: Vec<Bit> = Vec::with_capacity(bits.len());
        for bit in bits {
            match kept.last() {
                Some(&last) if last == bit => {
                    kept.pop();
                    if column + 1 < width {
                        columns[column + 1].push(bit);
                    }
                }
                Some(&last) if last == !bit => {
                    kept.pop();
                    constant = constant.wrapping_add(1 << column);
                }
                _ => kept.push(bit),
            }
        }
        columns[column] = kept;
    }
    (columns, constant)
}

fn bits_of(number: i128, width: usize) -> Vec<bool> {
    (0..width).map(|i| number >> i.min(127) & 1 == 1).collect()
}

fn found(bit: HeapBit, given: &[Bit], outputs: &[Vec<Bit>]) -> Bit {
    match bit.source {
        Source::Given(i) => given[i],
        Source::Chain { chain, position } => outputs[chain][position],
    }
}

/// A planned chain as cells: what its positions put out, and its carry.
fn build(
    netlist: &mut Netlist,
    chain: &PlannedChain,
    width: usize,
    given: &[Bit],
    outputs: &[Vec<Bit>],
) -> Vec<Bit> {
    let bit = |bit: &HeapBit| found(*bit, given, outputs);
    let (mut s, mut di) = (Vec::new(), Vec::new());
    let mut pending: Vec<Bit> = Vec::new();
    let mut pending_one = false;
    for position in &chain.positions {
        let parity: Vec<Bit> = position.parity.iter().map(bit).collect();
        let direct = position.direct.as_ref().map(bit);
        let (a, b) = place(netlist, &pending, pending_one, &parity, position.one, direct);
        s.push(a);
        di.push(b);
        let after = Pending::after(position.parity.len(), position.one);
        let goes_on = after.is_some_and(|after| after.most > 0);
        (pending, pending_one) = if goes_on { (parity, position.one) } else { (Vec::new(), false) };
    }
    let carry_in = chain.carry_in.as_ref().map_or(Bit::ZERO, bit);
    let with_carry = chain.column + chain.positions.len() < width;
    let (mut sums, carry) = netlist.chain(s, di, carry_in, with_carry);
    sums.push(carry);
    sums
}

/// The LUT of a position: `s` and `di`.
fn place(
    netlist: &mut Netlist,
    pending: &[Bit],
    pending_one: bool,
    parity: &[Bit],
    one: bool,
    direct: Option<Bit>,
) -> (Bit, Bit) {
    let (n_pending, n_parity) = (pending.len(), parity.len());
    let count = |x: u32, from: usize, n: usize| (x >> from & ((1 << n) - 1)).count_ones();
    let value = |x: u32| {
        let carried = (count(x, 0, n_pending) + u32::from(pending_one)) / 2;
        let odd = (count(x, n_pending, n_parity) + u32::from(one)) % 2;
        carried + odd + (x >> (n_pending + n_parity) & 1)
    };
    let mut inputs: Vec<Bit> = [pending, parity].concat();
    inputs.extend(direct);
    match (inputs.len(), direct) {
        // A bit as it is needs no table to become `s`.
        (1, _) if !inputs[0].is_inverted() && value(0) == 0 && value(1) == 1 => (inputs[0], Bit::ZERO),
        (0, _) => (Bit::Constant(value(0) & 1 == 1), Bit::Constant(value(0) > 1)),
        // The direct bit is what the carry is where it does not pass.
        (6, Some(direct)) => {
            let s = netlist.own_function(&inputs, |x| value(x) & 1 == 1);
            (s, direct)
        }
        _ if (0..1 << inputs.len()).all(|x| value(x) < 2) => {
            (netlist.own_function(&inputs, |x| value(x) & 1 == 1), Bit::ZERO)
        }
        _ => {
            let [s, di] = netlist.two_functions(&inputs, |x| value(x) & 1 == 1, |x| value(x) > 1);
            (s, di)
        }
    }
}
