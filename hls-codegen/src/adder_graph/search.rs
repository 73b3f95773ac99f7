//! The search for parts that rows share.

use std::collections::HashMap;

use super::cost::{Cost, Shape};
use super::csd::signed_digits;
use super::pattern::{Alignment, Digit, best_alignment, shared_digits};
use super::{Addend, AdderGraph, Effort, Operand, SharedSum};
use crate::range::{Range, width};

/// The rows of a matrix, given as the factors of the inputs that are not zero, as sums that share parts.
///
/// `ranges` has a range for each input; no sum of a row may be out of 126 bits.
#[must_use]
pub fn share(rows: &[Vec<(usize, i128)>], ranges: &[Range], effort: Effort) -> AdderGraph {
    let mut search = Search::new(rows, ranges, effort);
    while search.spent < search.budget {
        match search.best() {
            Some(found) => search.take(&found),
            None => break,
        }
    }
    search.finish()
}

/// A number that digits move: an input, or a shared sum.
struct Number {
    /// Factors of the inputs, sorted by input.
    form: Vec<(usize, i128)>,
    range: Range,
}

struct Search<'a> {
    ranges: &'a [Range],
    cost: Cost,
    /// How many pairs of rows are looked at closely for each pattern.
    breadth: usize,
    /// Steps of comparisons, as a measure of time that is the same everywhere.
    spent: u64,
    budget: u64,
    numbers: Vec<Number>,
    /// Bits of each number.
    bits: Vec<u32>,
    /// The matrix's rows, then one for each shared sum; digits are sorted.
    rows: Vec<Vec<Digit>>,
    /// Bits of each row's sum.
    widths: Vec<u32>,
    n_rows: usize,
    /// For each pair of rows `i >= j` what they have in common.
    pairs: Vec<Vec<Option<Pair>>>,
    scratch: HashMap<Alignment, (u32, u32)>,
}

/// What two rows have in common.
#[derive(Debug, Clone, Copy)]
struct Pair {
    /// How they fit best.
    alignment: Alignment,
    /// Bits that they share then.
    bits: u32,
    /// What a pattern that begins here was last found to save.
    gain: Option<f64>,
}

/// A pattern with the places where it occurs.
struct Found {
    digits: Vec<Digit>,
    /// Rows with what moves the pattern's digits there.
    places: Vec<(usize, Alignment)>,
    /// The row that is nothing but the pattern, if a shared sum is.
    existing: Option<usize>,
    gain: f64,
}

/// Lookup tables that a pattern must save.
const LEAST_GAIN: f64 = 0.2;

/// How many times as many pairs as are looked at closely are looked at at all.
const CANDIDATES: usize = 8;

/// How much more a pattern may save when it has found further rows.
const OPTIMISM: f64 = 2.0;

const IN_PLACE: Alignment = Alignment { shift: 0, negative: false };

impl<'a> Search<'a> {
    fn new(rows: &[Vec<(usize, i128)>], ranges: &'a [Range], effort: Effort) -> Self {
        let (breadth, budget) = match effort {
            Effort::Low => (24, 400_000_000),
            Effort::High => (400, 6_000_000_000),
        };
        let numbers: Vec<Number> =
            ranges.iter().enumerate().map(|(i, &range)| Number { form: vec![(i, 1)], range }).collect();
        let mut search = Self {
            ranges,
            cost: Cost::default(),
            breadth,
            spent: 0,
            budget,
            bits: ranges.iter().map(|&range| width(range)).collect(),
            numbers,
            rows: Vec::new(),
            widths: Vec::new(),
            n_rows: rows.len(),
            pairs: Vec::new(),
            scratch: HashMap::new(),
        };
        for row in rows {
            let digits = row.iter().flat_map(|&(input, factor)| {
                signed_digits(factor).into_iter().map(move |digit| Digit {
                    operand: input as u32,
                    shift: digit.shift as i32,
                    negative: digit.negative,
                })
            });
            search.add_row(digits.collect(), width(range_of(row, ranges)));
        }
        search
    }

    fn add_row(&mut self, mut digits: Vec<Digit>, width: u32) {
        digits.sort_unstable();
        self.rows.push(digits);
        self.widths.push(width);
        self.pairs.push(vec![None; self.rows.len()]);
        self.compare(self.rows.len() - 1);
    }

    /// Compares a row with all others anew.
    fn compare(&mut self, row: usize) {
        for other in 0..self.rows.len() {
            let (i, j) = (row.max(other), row.min(other));
            let (a, b) = (&self.rows[i], &self.rows[j]);
            self.spent += 8 + a.len() as u64 + b.len() as u64;
            let found = best_alignment(a, b, &self.bits, i == j, &mut self.scratch);
            self.pairs[i][j] = found.map(|(alignment, bits)| Pair { alignment, bits, gain: None });
        }
    }

    /// The most valuable pattern, if one is worth its sum.
    fn best(&mut self) -> Option<Found> {
        let mut best: Option<Found> = None;
        for (looked, (promise, i, j)) in self.candidates().into_iter().enumerate() {
            // What a pattern was found to save earlier it hardly saves more of now.
            let enough = best.as_ref().is_some_and(|best| best.gain >= promise);
            if enough || looked == self.breadth {
                break;
            }
            let Some(Pair { alignment, .. }) = self.pairs[i][j] else { continue };
            let found = self.grow(i, j, alignment);
            if let Some(pair) = &mut self.pairs[i][j] {
                pair.gain = Some(found.as_ref().map_or(0.0, |found| found.gain));
            }
            best = best.into_iter().chain(found).reduce(better);
        }
        best.filter(|found| found.gain > LEAST_GAIN)
    }

    /// Pairs of rows, those that promise most first.
    fn candidates(&mut self) -> Vec<(f64, usize, usize)> {
        let mut most: Vec<(u32, usize, usize)> = Vec::new();
        for (i, row) in self.pairs.iter().enumerate() {
            let pairs = row.iter().enumerate().filter_map(|(j, pair)| Some((j, (*pair)?)));
            most.extend(
                pairs
                    .filter(|(_, pair)| pair.gain.is_none_or(|gain| gain > 0.0))
                    .map(|(j, pair)| (pair.bits, i, j)),
            );
        }
        let kept = (CANDIDATES * self.breadth).min(most.len());
        if kept > 0 && kept < most.len() {
            most.select_nth_unstable_by(kept - 1, |a, b| b.cmp(a));
        }
        most.truncate(kept);
        let mut candidates = Vec::with_capacity(kept);
        for (_, i, j) in most {
            let Some(Pair { alignment, gain, .. }) = self.pairs[i][j] else { continue };
            let promise = match gain {
                Some(gain) => gain,
                None => self.two_rows(i, j, alignment).map_or(0.0, |found| found.gain * OPTIMISM + 5.0),
            };
            candidates.push((promise, i, j));
        }
        candidates.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then((b.1, b.2).cmp(&(a.1, a.2))));
        candidates
    }

    /// What two rows have in common.
    fn two_rows(&mut self, i: usize, j: usize, alignment: Alignment) -> Option<Found> {
        self.spent += 16 + self.rows[i].len() as u64;
        let digits = shared_digits(&self.rows[i], &self.rows[j], alignment, i == j);
        self.valued(digits, vec![(i, IN_PLACE), (j, alignment)])
    }

    /// What two rows have in common, given up in part where that wins further rows.
    fn grow(&mut self, i: usize, j: usize, alignment: Alignment) -> Option<Found> {
        let mut found = self.two_rows(i, j, alignment)?;
        loop {
            let mut wider: Option<Found> = None;
            for row in 0..self.rows.len() {
                if found.places.iter().any(|&(place, _)| place == row) {
                    continue;
                }
                self.spent += 4 + found.digits.len() as u64;
                let Some((by, _)) =
                    best_alignment(&found.digits, &self.rows[row], &self.bits, false, &mut self.scratch)
                else {
                    continue;
                };
                let digits = shared_digits(&found.digits, &self.rows[row], by, false);
                let mut places = found.places.clone();
                places.push((row, by));
                wider = wider.into_iter().chain(self.valued(digits, places)).reduce(better);
            }
            match wider {
                Some(wider) if wider.gain > found.gain => found = wider,
                _ => return Some(found),
            }
        }
    }

    /// A pattern with its gain.
    fn valued(&self, digits: Vec<Digit>, places: Vec<(usize, Alignment)>) -> Option<Found> {
        if digits.len() < 2 {
            return None;
        }
        let is_whole = |row: usize| row >= self.n_rows && self.rows[row].len() == digits.len();
        let existing = places.iter().map(|&(row, _)| row).find(|&row| is_whole(row));
        let form = self.form_of(&digits);
        let lowest = digits.iter().map(|digit| digit.shift).min()?;
        let range = range_of(&form, self.ranges);
        // The pattern's numbers begin at its lowest digit.
        let own_width = width((range.0 >> lowest.max(0), range.1 >> lowest.max(0)));
        let own = match existing {
            Some(_) => 0.0,
            None => self.cost.of(self.shape(&digits, own_width)),
        };
        let bits: u32 = digits.iter().map(|digit| self.bits[digit.operand as usize]).sum();
        let mut gain = -own;
        let mut counted: Vec<usize> = Vec::with_capacity(places.len());
        for &(row, _) in places.iter().filter(|&&(row, _)| Some(row) != existing) {
            if counted.contains(&row) {
                continue;
            }
            counted.push(row);
            let times = places.iter().filter(|&&(place, _)| place == row).count();
            let before = self.shape(&self.rows[row], self.widths[row]);
            let (fewer, less) = (times * (digits.len() - 1), times as u32 * bits);
            let after = Shape {
                operands: before.operands - fewer,
                bits: (before.bits + times as u32 * own_width).saturating_sub(less),
                ..before
            };
            gain += self.cost.of(before) - self.cost.of(after);
        }
        Some(Found { digits, places, existing, gain })
    }

    fn shape(&self, digits: &[Digit], width: u32) -> Shape {
        let bits = digits.iter().map(|digit| self.bits[digit.operand as usize]).sum();
        let mut lowest = [i32::MAX; 2];
        for digit in digits {
            if digit.shift < lowest[0] {
                lowest = [digit.shift, lowest[0]];
            } else if digit.shift < lowest[1] {
                lowest[1] = digit.shift;
            }
        }
        let alone = if digits.len() < 2 { 0 } else { u32::try_from(lowest[1] - lowest[0]).unwrap_or(0) };
        Shape { operands: digits.len(), bits, width, alone }
    }

    /// The factors of the inputs in a sum of digits. The digits of patterns may begin anywhere; none is below zero.
    fn form_of(&self, digits: &[Digit]) -> Vec<(usize, i128)> {
        let mut all: Vec<(usize, i128)> = Vec::new();
        for digit in digits {
            let form = &self.numbers[digit.operand as usize].form;
            let factor = if digit.negative { -1 } else { 1 } * (1_i128 << digit.shift);
            all.extend(form.iter().map(|&(input, own)| (input, own * factor)));
        }
        all.sort_unstable_by_key(|&(input, _)| input);
        all.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        all.retain(|&(_, factor)| factor != 0);
        all
    }

    /// Replaces a pattern by a shared sum, wherever it was found.
    fn take(&mut self, found: &Found) {
        let lowest = found.digits.iter().map(|digit| digit.shift).min().unwrap_or(0);
        let operand = match found.existing {
            Some(row) => (self.ranges.len() + row - self.n_rows) as u32,
            None => self.numbers.len() as u32,
        };
        // What a place's digits are with the pattern as its own row has it.
        let own = match found.existing {
            Some(row) => found.places.iter().find(|place| place.0 == row).map_or(IN_PLACE, |place| place.1),
            None => Alignment { shift: -lowest, negative: false },
        };
        for &(row, by) in found.places.iter().filter(|place| Some(place.0) != found.existing) {
            let old: Vec<Digit> = found.digits.iter().map(|digit| digit.moved(by)).collect();
            let digits = &mut self.rows[row];
            digits.retain(|digit| !old.contains(digit));
            let place = Digit { operand, shift: by.shift - own.shift, negative: by.negative ^ own.negative };
            digits.push(place);
            digits.sort_unstable();
        }
        if found.existing.is_none() {
            let digits: Vec<Digit> = found.digits.iter().map(|digit| digit.moved(own)).collect();
            let form = self.form_of(&digits);
            let range = range_of(&form, self.ranges);
            self.numbers.push(Number { form, range });
            self.bits.push(width(range));
            self.add_row(digits, width(range));
        }
        let mut changed: Vec<usize> = found.places.iter().map(|place| place.0).collect();
        changed.dedup();
        for row in changed {
            self.compare(row);
        }
    }

    /// The graph, with each shared sum after those that it uses.
    fn finish(self) -> AdderGraph {
        let n_in = self.ranges.len();
        // A shared sum may have got a later one as a part.
        let mut place: Vec<Option<usize>> = vec![None; self.numbers.len() - n_in];
        let mut order: Vec<usize> = Vec::with_capacity(place.len());
        for first in 0..place.len() {
            let mut open = vec![first];
            while let Some(&at) = open.last() {
                let parts = self.rows[self.n_rows + at].iter().filter(|digit| digit.operand as usize >= n_in);
                let missing =
                    parts.map(|digit| digit.operand as usize - n_in).find(|&part| place[part].is_none());
                match missing {
                    Some(part) => open.push(part),
                    None => {
                        if place[at].is_none() {
                            place[at] = Some(order.len());
                            order.push(at);
                        }
                        open.pop();
                    }
                }
            }
        }
        let addend = |digit: &Digit| Addend {
            operand: match (digit.operand as usize).checked_sub(n_in) {
                None => Operand::Input(digit.operand as usize),
                Some(part) => Operand::Shared(place[part].unwrap_or_default()),
            },
            shift: u32::try_from(digit.shift).unwrap_or_default(),
            negative: digit.negative,
        };
        let addends = |row: &Vec<Digit>| row.iter().map(addend).collect::<Vec<_>>();
        let shared = order.iter().map(|&part| SharedSum {
            addends: addends(&self.rows[self.n_rows + part]),
            range: self.numbers[n_in + part].range,
        });
        AdderGraph { shared: shared.collect(), rows: self.rows[..self.n_rows].iter().map(addends).collect() }
    }
}

/// The pattern that saves more; of two that save the same the first.
fn better(first: Found, second: Found) -> Found {
    if second.gain > first.gain { second } else { first }
}

/// The exact range of a sum of products.
fn range_of(form: &[(usize, i128)], ranges: &[Range]) -> Range {
    form.iter().fold((0, 0), |(low, high), &(input, factor)| {
        let (a, b) = (ranges[input].0 * factor, ranges[input].1 * factor);
        (low + a.min(b), high + a.max(b))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn shared_sums_are_the_rows(
            matrix in prop::collection::vec(prop::collection::vec(-300_i128..300, 5), 1..12),
            inputs in prop::collection::vec(-128_i128..128, 5),
        ) {
            let rows: Vec<Vec<(usize, i128)>> = matrix.iter().map(|row| row.iter().copied().enumerate().filter(|f| f.1 != 0).collect()).collect();
            let graph = share(&rows, &[(-128, 127); 5], Effort::Low);
            let expected: Vec<i128> = matrix.iter().map(|row| row.iter().zip(&inputs).map(|(w, x)| w * x).sum()).collect();
            prop_assert_eq!(graph.evaluate(&inputs), expected);
        }
    }
}
