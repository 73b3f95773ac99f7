//! Rows as digits, and what they have in common.

use std::collections::HashMap;

/// `± operand · 2^shift` in a row that is being worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Digit {
    /// A number: inputs first, then shared sums.
    pub operand: u32,
    /// How far it is moved left.
    pub shift: i32,
    /// Whether it is subtracted.
    pub negative: bool,
}

/// How the digits of one row have to be moved to meet those of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Alignment {
    /// What is added to their shifts.
    pub shift: i32,
    /// Whether their signs turn.
    pub negative: bool,
}

impl Digit {
    pub fn moved(self, by: Alignment) -> Self {
        Self { shift: self.shift + by.shift, negative: self.negative ^ by.negative, ..self }
    }

    /// How `self` becomes `other`, which has the same operand.
    fn to(self, other: Self) -> Alignment {
        Alignment { shift: other.shift - self.shift, negative: other.negative ^ self.negative }
    }
}

/// The digits with a common operand, as the ranges of two sorted rows.
fn common<'a>(a: &'a [Digit], b: &'a [Digit]) -> impl Iterator<Item = (&'a [Digit], &'a [Digit])> {
    let (mut i, mut j) = (0, 0);
    let run = |row: &[Digit], at: usize| {
        row[at..].iter().take_while(|digit| digit.operand == row[at].operand).count()
    };
    std::iter::from_fn(move || {
        loop {
            let (x, y) = (a.get(i)?.operand, b.get(j)?.operand);
            if x < y {
                i += run(a, i);
            } else if y < x {
                j += run(b, j);
            } else {
                let (n, m) = (run(a, i), run(b, j));
                let found = (&a[i..i + n], &b[j..j + m]);
                (i, j) = (i + n, j + m);
                return Some(found);
            }
        }
    })
}

/// The alignment by which most bits of `a` are digits of `b` too, with those bits. Rows are sorted.
/// The work is about the product of the two counts of digits per common operand.
pub(super) fn best_alignment(
    a: &[Digit],
    b: &[Digit],
    bits: &[u32],
    same: bool,
    scratch: &mut HashMap<Alignment, (u32, u32)>,
) -> Option<(Alignment, u32)> {
    scratch.clear();
    for (xs, ys) in common(a, b) {
        for x in xs {
            for y in ys {
                let alignment = x.to(*y);
                // A row is of course like itself, and what moves it up also moves it down.
                if same && alignment.shift <= 0 {
                    continue;
                }
                let entry = scratch.entry(alignment).or_default();
                *entry = (entry.0 + bits[x.operand as usize], entry.1 + 1);
            }
        }
    }
    let several = scratch.iter().filter(|(_, (_, count))| *count > 1);
    several
        .map(|(&alignment, &(bits, _))| (alignment, bits))
        .max_by_key(|&(alignment, bits)| (bits, alignment))
}

/// The digits of `a` that are, moved, digits of `b` as well; where both are the same row, without those that others are moved to.
pub(super) fn shared_digits(a: &[Digit], b: &[Digit], by: Alignment, same: bool) -> Vec<Digit> {
    let mut taken: Vec<Digit> = Vec::new();
    let mut found = Vec::new();
    for &digit in a {
        let moved = digit.moved(by);
        let overlaps = same && (taken.contains(&digit) || taken.contains(&moved));
        if !overlaps && b.binary_search(&moved).is_ok() {
            found.push(digit);
            if same {
                taken.extend([digit, moved]);
            }
        }
    }
    found
}
