//! The loops over elements. Each is named after the arithmetic in [`crate::arith`] that it carries out.

use multiversion::multiversion;

use crate::arith::{self, Chain};
use crate::emulate::chain::WordChain;
use crate::emulate::clips::Clips;
use crate::emulate::step::Kernel;
use crate::emulate::word::{LANES, TILE, Word};

/// The input, raised to a floor if there is one, then a chain.
pub(super) struct Chained<W> {
    pub(super) floor: Option<W>,
    pub(super) chain: WordChain<W>,
}

impl<W: Word> Kernel<W> for Chained<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let tiles = inputs[0].chunks(TILE * LANES).zip(output.chunks_mut(TILE * LANES));
        for (i, (x, y)) in tiles.enumerate() {
            match self.floor {
                Some(floor) => raise(x, floor, y),
                None => y.copy_from_slice(x),
            }
            self.chain.apply(y, clips.at(i * TILE));
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn raise<W: Word>(x: &[W], floor: W, output: &mut [W]) {
    for (y, &x) in output.iter_mut().zip(x) {
        *y = x.max(floor);
    }
}

/// A chain of its own for each element, or zero. Neighbours with the same chain are done together.
pub(super) struct Fitted<W> {
    runs: Vec<Run<W>>,
}

struct Run<W> {
    elements: usize,
    /// `None` for elements that are always zero.
    chain: Option<WordChain<W>>,
}

impl<W: Word> Fitted<W> {
    pub(super) fn new(op: &arith::Fitted) -> Self {
        let runs = op.chains.chunk_by(|a, b| a == b);
        let run = |same: &[Option<Chain>]| Run {
            elements: same.len(),
            chain: same.first().and_then(Option::as_ref).map(Chain::compile),
        };
        Self { runs: runs.map(run).collect() }
    }
}

impl<W: Word> Kernel<W> for Fitted<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let mut begin = 0;
        for Run { elements, chain } in &self.runs {
            let end = begin + elements;
            for tile in (begin..end).step_by(TILE) {
                let numbers = tile * LANES..(tile + TILE).min(end) * LANES;
                let y = &mut output[numbers.clone()];
                match chain {
                    Some(chain) => {
                        y.copy_from_slice(&inputs[0][numbers]);
                        chain.apply(y, clips.at(tile));
                    }
                    None => y.fill(W::default()),
                }
            }
            begin = end;
        }
    }
}

/// A chain for positive numbers, zero below them, and a value that takes over from a number on.
pub(super) struct Capped<W> {
    pub(super) above: W,
    pub(super) cap: W,
    pub(super) chain: WordChain<W>,
}

impl<W: Word> Kernel<W> for Capped<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        raise(inputs[0], W::default(), output);
        for y in output.iter_mut() {
            // What the cap replaces cannot clip.
            *y = if *y >= self.above { W::default() } else { *y };
        }
        self.chain.apply(output, clips);
        for (y, &x) in output.iter_mut().zip(inputs[0]) {
            *y = if x >= self.above { self.cap } else { *y };
        }
    }
}

/// Values that take over from a number on.
pub(super) struct LevelSteps<W> {
    pub(super) below: W,
    /// For each channel, in rising order: from which number on which value holds.
    pub(super) channels: Vec<Vec<(W, W)>>,
    /// What is done to the input before it is compared.
    pub(super) prepare: Option<WordChain<W>>,
}

impl<W: Word> Kernel<W> for LevelSteps<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let elements = inputs[0].chunks_exact(LANES).zip(output.chunks_exact_mut(LANES));
        for (i, ((x, y), levels)) in elements.zip(self.channels.iter().cycle()).enumerate() {
            let mut numbers = [W::default(); LANES];
            numbers.copy_from_slice(x);
            if let Some(prepare) = &self.prepare {
                prepare.apply(&mut numbers, clips.at(i));
            }
            compare(&numbers, self.below, levels, y);
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn compare<W: Word>(x: &[W], below: W, levels: &[(W, W)], output: &mut [W]) {
    output.fill(below);
    for &(from, value) in levels {
        for (y, &x) in output.iter_mut().zip(x) {
            *y = if x >= from { value } else { *y };
        }
    }
}

/// A line, clipped to [0, 1], then a chain.
pub(super) struct Hard<W> {
    pub(super) line: WordChain<W>,
    /// The smallest number above one.
    pub(super) above_one: W,
    /// What takes its place.
    pub(super) one: W,
    pub(super) after: WordChain<W>,
}

impl<W: Word> Kernel<W> for Hard<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        output.copy_from_slice(inputs[0]);
        self.line.apply(output, clips);
        for y in output.iter_mut() {
            *y = if *y >= self.above_one { self.one } else { (*y).max(W::default()) };
        }
        self.after.apply(output, clips);
    }
}

/// One chain for positive numbers, a slope and another chain for the others.
pub(super) struct Leaky<W> {
    /// One for all elements, or one for each.
    pub(super) slopes: Vec<W>,
    pub(super) positive: WordChain<W>,
    pub(super) negative: WordChain<W>,
}

impl<W: Word> Kernel<W> for Leaky<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let zero = W::default();
        let elements = inputs[0].chunks_exact(LANES).zip(output.chunks_exact_mut(LANES));
        for (i, ((x, y), &slope)) in elements.zip(self.slopes.iter().cycle()).enumerate() {
            let (mut positive, mut negative) = ([zero; LANES], [zero; LANES]);
            for lane in 0..LANES {
                positive[lane] = x[lane].max(zero);
                negative[lane] = x[lane].min(zero).mul(slope);
            }
            self.positive.apply(&mut positive, clips.at(i));
            self.negative.apply(&mut negative, clips.at(i));
            for lane in 0..LANES {
                y[lane] = if x[lane] > zero { positive[lane] } else { negative[lane] };
            }
        }
    }
}

/// The input above a limit, else zero.
pub(super) struct Thresholded<W> {
    pub(super) limit: W,
    pub(super) below_zero_passes: bool,
    pub(super) chain: WordChain<W>,
}

impl<W: Word> Kernel<W> for Thresholded<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        for (y, &x) in output.iter_mut().zip(inputs[0]) {
            let passes = x > self.limit || self.below_zero_passes && x < W::default();
            *y = if passes { x } else { W::default() };
        }
        self.chain.apply(output, clips);
    }
}

/// A product with a scale, plus a bias; both repeat over the elements.
pub(super) struct Affine<W> {
    channels: Vec<Channel<W>>,
    /// What is done to the products.
    between: WordChain<W>,
    /// How far products move left to the binary point of the sum.
    up: u32,
    after: WordChain<W>,
}

struct Channel<W> {
    down: u32,
    factor: W,
    addend: W,
    bias: W,
}

impl<W: Word> Affine<W> {
    pub(super) fn new(op: &arith::Affine) -> Self {
        let channels = op.scales.iter().zip(&op.biases).map(|(line, &bias)| Channel {
            down: line.down.min(W::BITS - 1),
            factor: W::from_raw(line.factor),
            addend: W::from_raw(line.addend),
            bias: W::from_raw(bias),
        });
        Self {
            channels: channels.collect(),
            between: op.between.compile(),
            up: op.up,
            after: op.after.compile(),
        }
    }
}

impl<W: Word> Kernel<W> for Affine<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let elements = || self.channels.iter().cycle();
        for ((x, y), channel) in
            inputs[0].chunks_exact(LANES).zip(output.chunks_exact_mut(LANES)).zip(elements())
        {
            scale(x, channel, y);
        }
        self.between.apply(output, clips);
        for (y, channel) in output.chunks_exact_mut(LANES).zip(elements()) {
            shift(y, self.up.min(W::BITS - 1), channel.bias);
        }
        self.after.apply(output, clips);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn scale<W: Word>(x: &[W], channel: &Channel<W>, output: &mut [W]) {
    for (y, &x) in output.iter_mut().zip(x) {
        *y = x.shr(channel.down).mul(channel.factor).add(channel.addend);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn shift<W: Word>(values: &mut [W], up: u32, bias: W) {
    for value in values {
        *value = value.shl(up).add(bias);
    }
}
