//! The loops that sum up.

use multiversion::multiversion;

use crate::arith::{PADDING, Row, Tap, Term, Windows};
use crate::emulate::cast::WordCast;
use crate::emulate::chain::WordChain;
use crate::emulate::clips::Clips;
use crate::emulate::step::Kernel;
use crate::emulate::word::{Half, LANES, Word, WordSize};

/// A sparse matrix of factors and the windows that it is applied to.
pub(super) struct SparseMatrix<W> {
    n_in: usize,
    places: Vec<u32>,
    biases: Vec<W>,
    /// Where each row ends in `taps`.
    ends: Vec<usize>,
    /// Factors that are not zero, with the positions that they belong to.
    taps: Vec<(u32, W)>,
}

impl<W: Word> SparseMatrix<W> {
    pub(super) fn new(windows: &Windows, rows: &[Row]) -> Self {
        let mut matrix = Self {
            n_in: windows.n_in(),
            places: windows.places().to_vec(),
            biases: rows.iter().map(|row| W::from_raw(row.bias)).collect(),
            ends: Vec::with_capacity(rows.len()),
            taps: Vec::new(),
        };
        for row in rows {
            let taps = row.taps.iter().filter(|tap| tap.line.factor != 0);
            matrix.taps.extend(taps.map(|tap| (position(tap), W::from_raw(tap.line.factor))));
            matrix.ends.push(matrix.taps.len());
        }
        matrix
    }

    /// The biases with their taps.
    #[inline(always)]
    fn rows(&self) -> impl Iterator<Item = (W, &[(u32, W)])> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        let taps = begins.zip(&self.ends).map(|(begin, &end)| &self.taps[begin..end]);
        self.biases.iter().copied().zip(taps)
    }
}

fn position(tap: &Tap) -> u32 {
    u32::try_from(tap.position).unwrap_or(PADDING)
}

/// Products that need no rounding.
pub(super) struct Plain<W> {
    pub(super) matrix: SparseMatrix<W>,
    /// Whether inputs and factors fit in half a word.
    pub(super) halves: bool,
    pub(super) finish: WordChain<W>,
}

/// Products that need no rounding, of which so many fit in half a word that it pays to add them up there.
pub(super) struct Grouped<W: Word> {
    n_in: usize,
    places: Vec<u32>,
    biases: Vec<W>,
    /// Where the groups of each row end in `groups`.
    row_ends: Vec<usize>,
    /// Where each group ends in `taps`.
    group_ends: Vec<usize>,
    taps: Vec<(u32, W::Half)>,
    finish: WordChain<W>,
}

impl<W: Word> Grouped<W> {
    /// `None` if some product by itself does not fit in half a word. `x` is the range of the inputs.
    pub(super) fn new(windows: &Windows, rows: &[Row], x: &Term, finish: WordChain<W>) -> Option<Self> {
        let limit = 1_i128 << (W::BITS / 2 - 1);
        let widest = x.low.checked_neg()?.max(x.high);
        let mut grouped = Self {
            n_in: windows.n_in(),
            places: windows.places().to_vec(),
            biases: rows.iter().map(|row| W::from_raw(row.bias)).collect(),
            row_ends: Vec::with_capacity(rows.len()),
            group_ends: Vec::new(),
            taps: Vec::new(),
            finish,
        };
        for row in rows {
            let mut sum = 0_i128;
            for tap in row.taps.iter().filter(|tap| tap.line.factor != 0) {
                let product = tap.line.factor.checked_abs()?.checked_mul(widest)?;
                if product >= limit || widest >= limit {
                    return None;
                }
                if sum + product >= limit {
                    grouped.group_ends.push(grouped.taps.len());
                    sum = 0;
                }
                sum += product;
                grouped.taps.push((position(tap), W::from_raw(tap.line.factor).half()));
            }
            grouped.group_ends.push(grouped.taps.len());
            grouped.row_ends.push(grouped.group_ends.len());
        }
        Some(grouped)
    }

    /// Whether groups are long enough to pay for adding them up.
    pub(super) fn pays(&self) -> bool {
        const SHORT: usize = 4;
        self.taps.len() >= SHORT * self.group_ends.len()
    }

    #[inline(always)]
    fn rows(&self) -> impl Iterator<Item = (W, impl Iterator<Item = &[(u32, W::Half)]>)> {
        let mut group = 0;
        let mut tap = 0;
        self.biases.iter().zip(&self.row_ends).map(move |(&bias, &row_end)| {
            let ends = &self.group_ends[group..row_end];
            group = row_end;
            let first = tap;
            tap = ends.last().copied().unwrap_or(tap);
            let begins = std::iter::once(first).chain(ends.iter().copied());
            (bias, begins.zip(ends).map(|(begin, &end)| &self.taps[begin..end]))
        })
    }
}

impl<W: Word> Kernel<W> for Grouped<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let mut halves = vec![W::Half::default(); inputs[0].len()];
        halve(inputs[0], &mut halves);
        match W::SIZE {
            WordSize::Bits16 | WordSize::Bits32 => group_sums::<W, 64>(self, &halves, output),
            WordSize::Bits64 => group_sums::<W, 32>(self, &halves, output),
            WordSize::Bits128 => group_sums::<W, 16>(self, &halves, output),
        }
        self.finish.apply(output, clips);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn halve<W: Word>(words: &[W], halves: &mut [W::Half]) {
    for (half, word) in halves.iter_mut().zip(words) {
        *half = word.half();
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn group_sums<W: Word, const CHUNK: usize>(grouped: &Grouped<W>, x: &[W::Half], output: &mut [W]) {
    let mut elements = output.chunks_exact_mut(LANES);
    for window in grouped.places.chunks_exact(grouped.n_in.max(1)) {
        for ((bias, groups), element) in grouped.rows().zip(&mut elements) {
            element.fill(bias);
            for group in groups {
                for (chunk, sums) in element.chunks_exact_mut(CHUNK).enumerate() {
                    let mut sum = [W::Half::default(); CHUNK];
                    for &(position, factor) in group {
                        let place = window[position as usize];
                        if place == PADDING {
                            continue;
                        }
                        let from = place as usize * LANES + chunk * CHUNK;
                        let numbers = &x[from..from + CHUNK];
                        for lane in 0..CHUNK {
                            sum[lane] = sum[lane].add(numbers[lane].mul(factor));
                        }
                    }
                    for lane in 0..CHUNK {
                        sums[lane] = sums[lane].add(W::from_half(sum[lane]));
                    }
                }
            }
        }
    }
}

/// Products that are rounded down.
pub(super) struct Floored<W> {
    pub(super) matrix: SparseMatrix<W>,
    pub(super) halves: bool,
    pub(super) shift: u32,
    pub(super) finish: WordChain<W>,
}

impl<W: Word> Kernel<W> for Plain<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        sum_up::<W, Exact>(&self.matrix, inputs[0], output, self.halves, 0);
        self.finish.apply(output, clips);
    }
}

impl<W: Word> Kernel<W> for Floored<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        sum_up::<W, Floor>(&self.matrix, inputs[0], output, self.halves, self.shift);
        self.finish.apply(output, clips);
    }
}

/// What happens to a product before it is added.
trait ProductRule {
    fn apply<W: Word>(product: W, shift: u32) -> W;
}

struct Exact;
struct Floor;

impl ProductRule for Exact {
    #[inline(always)]
    fn apply<W: Word>(product: W, _: u32) -> W {
        product
    }
}

impl ProductRule for Floor {
    #[inline(always)]
    fn apply<W: Word>(product: W, shift: u32) -> W {
        product.shr(shift)
    }
}

/// Accumulators stay in eight vector registers of 256 bits, whatever the word.
fn sum_up<W: Word, R: ProductRule>(
    matrix: &SparseMatrix<W>,
    x: &[W],
    output: &mut [W],
    halves: bool,
    shift: u32,
) {
    match (W::SIZE, halves) {
        (WordSize::Bits16, _) => sums::<W, R, 64, false>(matrix, x, output, shift),
        (WordSize::Bits32, true) => sums::<W, R, 64, true>(matrix, x, output, shift),
        (WordSize::Bits32, false) => sums::<W, R, 64, false>(matrix, x, output, shift),
        (WordSize::Bits64, true) => sums::<W, R, 32, true>(matrix, x, output, shift),
        (WordSize::Bits64, false) => sums::<W, R, 32, false>(matrix, x, output, shift),
        (WordSize::Bits128, true) => sums::<W, R, 16, true>(matrix, x, output, shift),
        (WordSize::Bits128, false) => sums::<W, R, 16, false>(matrix, x, output, shift),
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn sums<W: Word, R: ProductRule, const CHUNK: usize, const HALVES: bool>(
    matrix: &SparseMatrix<W>,
    x: &[W],
    output: &mut [W],
    shift: u32,
) {
    let mut elements = output.chunks_exact_mut(LANES);
    for window in matrix.places.chunks_exact(matrix.n_in.max(1)) {
        for ((bias, taps), element) in matrix.rows().zip(&mut elements) {
            for (chunk, sums) in element.chunks_exact_mut(CHUNK).enumerate() {
                let mut sum = [bias; CHUNK];
                for &(position, factor) in taps {
                    let place = window[position as usize];
                    if place == PADDING {
                        continue;
                    }
                    let from = place as usize * LANES + chunk * CHUNK;
                    let numbers = &x[from..from + CHUNK];
                    for lane in 0..CHUNK {
                        let number = numbers[lane];
                        let product = if HALVES { number.mul_halves(factor) } else { number.mul(factor) };
                        sum[lane] = sum[lane].add(R::apply(product, shift));
                    }
                }
                sums.copy_from_slice(&sum);
            }
        }
    }
}

/// Products that are cast one by one, and sums that are cast after each addition.
pub(super) struct Stepwise<W> {
    windows: Windows,
    rows: Vec<StepwiseRow<W>>,
    product: WordChain<W>,
    sum: WordCast<W>,
    finish: WordChain<W>,
}

struct StepwiseRow<W> {
    bias: W,
    taps: Vec<StepwiseTap<W>>,
}

struct StepwiseTap<W> {
    position: u32,
    down: u32,
    factor: W,
    addend: W,
    ends_group: bool,
}

impl<W: Word> Stepwise<W> {
    pub(super) fn new(
        windows: &Windows,
        rows: &[Row],
        product: WordChain<W>,
        sum: WordCast<W>,
        finish: WordChain<W>,
    ) -> Self {
        let tap = |tap: &Tap| StepwiseTap {
            position: position(tap),
            down: tap.line.down.min(W::BITS - 1),
            factor: W::from_raw(tap.line.factor),
            addend: W::from_raw(tap.line.addend),
            ends_group: tap.ends_group,
        };
        let row =
            |row: &Row| StepwiseRow { bias: W::from_raw(row.bias), taps: row.taps.iter().map(tap).collect() };
        Self { windows: windows.clone(), rows: rows.iter().map(row).collect(), product, sum, finish }
    }

    fn row(&self, row: &StepwiseRow<W>, window: &[u32], x: &[W], sum: &mut [W; LANES], clips: &mut Clips) {
        let zeros = [W::default(); LANES];
        // Groups are all or none: a row without an end of a group adds its products one by one.
        let grouped = row.taps.iter().any(|tap| tap.ends_group);
        let mut group = zeros;
        *sum = [row.bias; LANES];
        for tap in &row.taps {
            let place = window[tap.position as usize];
            let from = place as usize * LANES;
            let numbers = if place == PADDING { &zeros[..] } else { &x[from..from + LANES] };
            let mut product = zeros;
            for (product, number) in product.iter_mut().zip(numbers) {
                *product = number.shr(tap.down).mul(tap.factor).add(tap.addend);
            }
            self.product.apply(&mut product, clips);
            self.add(if grouped { &mut group } else { sum }, &product, clips);
            if tap.ends_group {
                self.add(sum, &group, clips);
                group = zeros;
            }
        }
    }

    fn add(&self, sum: &mut [W; LANES], more: &[W; LANES], clips: &mut Clips) {
        for (sum, more) in sum.iter_mut().zip(more) {
            *sum = sum.add(*more);
        }
        self.sum.apply(sum, clips);
    }
}

impl<W: Word> Kernel<W> for Stepwise<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let mut elements = output.chunks_exact_mut(LANES).enumerate();
        for window in self.windows.places().chunks_exact(self.windows.n_in().max(1)) {
            for (row, (i, element)) in self.rows.iter().zip(&mut elements) {
                let mut sum = [W::default(); LANES];
                self.row(row, window, inputs[0], &mut sum, clips.at(i));
                element.copy_from_slice(&sum);
            }
        }
        self.finish.apply(output, clips.at(0));
    }
}
