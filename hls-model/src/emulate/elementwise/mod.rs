//! Operations on one element: activations, scales and shifts, comparisons.

mod kernels;
mod lookup;

use super::EmulateError;
use super::step::{Compiled, Site};
use super::word::{Word, with_word, words};
use crate::arith::{self, Chain, Elementwise, Levels, signed_bits};
use kernels::{Affine, Capped, Chained, Fitted, Hard, Leaky, LevelSteps, Thresholded};
use lookup::{Scale, SmoothRelu, TableLookup, TableProduct};

/// Compiles an operation on each element by itself.
pub(super) fn compile(site: Site<'_>, op: &Elementwise) -> Result<Compiled, EmulateError> {
    let size = site.word(bits(site, op)?)?;
    Ok(match op {
        Elementwise::Chained(op) => with_word!(size, W => Compiled::new(Chained::<W> {
            floor: op.floor.map(W::from_raw),
            chain: op.chain.compile(),
        })),
        Elementwise::Fitted(op) => with_word!(size, W => Compiled::new(Fitted::<W>::new(op))),
        Elementwise::Capped(op) => with_word!(size, W => Compiled::new(Capped::<W> {
            above: W::from_raw(op.above),
            cap: W::from_raw(op.cap),
            chain: op.chain.compile(),
        })),
        Elementwise::Levels(op) => with_word!(size, W => Compiled::new(levels::<W>(op))),
        Elementwise::Hard(op) => with_word!(size, W => Compiled::new(Hard::<W> {
            line: op.line.compile(),
            above_one: W::from_raw(op.above_one),
            one: W::from_raw(op.one),
            after: op.after.compile(),
        })),
        Elementwise::Leaky(op) => with_word!(size, W => Compiled::new(Leaky::<W> {
            slopes: words(&op.slopes),
            positive: op.positive.compile(),
            negative: op.negative.compile(),
        })),
        Elementwise::Thresholded(op) => with_word!(size, W => Compiled::new(Thresholded::<W> {
            limit: W::from_raw(op.limit),
            below_zero_passes: op.below_zero_passes,
            chain: op.chain.compile(),
        })),
        Elementwise::Affine(op) => with_word!(size, W => Compiled::new(Affine::<W>::new(op))),
        Elementwise::Lookup(op) => with_word!(size, W => Compiled::new(lookup::<W>(op))),
        Elementwise::SmoothRelu(op) => with_word!(size, W => Compiled::new(SmoothRelu::<W> {
            below: op.below.compile(),
            above: op.above.compile(),
            entries: words(&op.entries),
            up: op.up,
            after: op.after.compile(),
        })),
        Elementwise::TableProduct(op) => with_word!(size, W => Compiled::new(TableProduct::<W> {
            place: op.place.compile(),
            lower_bits: op.lower_bits,
            upper: words(&op.upper),
            lower: words(&op.lower),
            after: op.after.compile(),
        })),
    })
}

/// Bits of a word that every number of an operation fits in.
fn bits(site: Site<'_>, op: &Elementwise) -> Result<u32, EmulateError> {
    let (x, result) = (site.input(0)?.bits(), site.result_bits());
    let widest = |raws: &[i128]| raws.iter().copied().map(signed_bits).max().unwrap_or(1);
    let all = match op {
        Elementwise::Chained(op) if op.floor.is_none() => vec![op.chain.bits()],
        Elementwise::Chained(op) => vec![op.chain.bits(), x],
        Elementwise::Fitted(op) => op.chains.iter().flatten().map(Chain::bits).chain([x]).collect(),
        Elementwise::Capped(op) => vec![op.chain.bits(), x, widest(&[op.above, op.cap])],
        Elementwise::Levels(op) => {
            let numbers: Vec<i128> =
                op.channels.iter().flatten().flat_map(|&(from, value)| [from, value]).collect();
            let prepare = op.prepare.as_ref().map_or(0, Chain::bits);
            vec![widest(&numbers), signed_bits(op.below), x, result, prepare]
        }
        Elementwise::Hard(op) => vec![op.line.bits(), op.after.bits(), signed_bits(op.above_one)],
        Elementwise::Leaky(op) => vec![op.positive.bits(), op.negative.bits(), x, widest(&op.slopes)],
        Elementwise::Thresholded(op) => vec![op.chain.bits(), x, signed_bits(op.limit)],
        Elementwise::Affine(op) => vec![op.between.bits(), op.after.bits(), x],
        Elementwise::Lookup(op) => {
            let positive = op.positive.as_ref().map_or(0, Chain::bits);
            let last = signed_bits(op.table.len() as i128 + i128::from(op.offset.unsigned_abs()));
            let index = Scale::of(&op.index)
                .map_or(op.index.bits(), |scale| scale.bits.max(scale.place_bits.max(last) + 1));
            vec![index, last, widest(&op.table), x, positive, result]
        }
        Elementwise::SmoothRelu(op) => {
            vec![op.below.bits(), op.above.bits(), op.after.bits(), x]
        }
        Elementwise::TableProduct(op) => vec![op.place.bits(), op.after.bits(), x],
    };
    Ok(all.into_iter().max().unwrap_or(1))
}

fn levels<W: Word>(op: &Levels) -> LevelSteps<W> {
    let channel = |from: &Vec<(i128, i128)>| {
        from.iter().map(|&(from, value)| (W::from_raw(from), W::from_raw(value))).collect()
    };
    LevelSteps {
        below: W::from_raw(op.below),
        channels: op.channels.iter().map(channel).collect(),
        prepare: op.prepare.as_ref().map(Chain::compile),
    }
}

fn lookup<W: Word>(op: &arith::TableLookup) -> TableLookup<W> {
    TableLookup {
        index: op.index.compile(),
        scaled: Scale::of(&op.index).map(Scale::compile),
        offset: op.offset,
        table: words(&op.table),
        positive: op.positive.as_ref().map(Chain::compile),
    }
}
