//! Pareto fronts.

use std::cmp::Ordering;

/// Sorts points into fronts: for each point the number of its front, from 1.
///
/// Smaller coordinates are better. A point dominates another if no coordinate is worse and at least one is better; the first front has the
/// points that none dominates, the second those that only points of the first dominate, and so on. Equal points are in one front.
/// Coordinates must be finite. Takes time quadratic in the number of points of a front.
///
/// # Panics
/// If points have different numbers of coordinates.
#[must_use]
pub fn fronts(points: &[Vec<f64>]) -> Vec<usize> {
    let axes = points.first().map_or(0, Vec::len);
    assert!(points.iter().all(|point| point.len() == axes), "points of one space");
    // Who comes before a point in this order cannot be dominated by it: each point is placed once.
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|&a, &b| lexicographic(&points[a], &points[b]));
    let mut members: Vec<Vec<usize>> = Vec::new();
    let mut numbers = vec![0; points.len()];
    for index in order {
        let dominated =
            |front: &Vec<usize>| front.iter().any(|&other| dominates(&points[other], &points[index]));
        // What the front's members do not dominate, those of later fronts do not, either.
        let place = members.partition_point(dominated);
        if place == members.len() {
            members.push(Vec::new());
        }
        members[place].push(index);
        numbers[index] = place + 1;
    }
    numbers
}

fn lexicographic(a: &[f64], b: &[f64]) -> Ordering {
    // Not the total order: it has two zeros.
    a.partial_cmp(b).unwrap_or(Ordering::Equal)
}

/// Whether no coordinate of `a` is worse than that of `b`, and one is better.
fn dominates(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| a <= b) && a.iter().zip(b).any(|(a, b)| a < b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_known_example() {
        let points = [[1.0, 5.0], [2.0, 3.0], [3.0, 3.0], [4.0, 1.0], [2.0, 3.0], [5.0, 5.0]];
        assert_eq!(fronts(&points.map(Vec::from)), [1, 1, 2, 1, 1, 3]);
        assert!(fronts(&[]).is_empty());
    }

    #[test]
    fn zero_has_one_sign() {
        assert_eq!(fronts(&[vec![0.0, 1.0], vec![-0.0, 1.0]]), [1, 1]);
        assert_eq!(fronts(&[vec![-0.0, 2.0], vec![0.0, 1.0]]), [2, 1]);
    }

    proptest! {
        /// By the definition: no member of the rest dominates a member of a front, and each point outside is dominated by a member.
        #[test]
        fn fronts_have_no_dominated_member_and_miss_none(
            points in (1_usize..4).prop_flat_map(|axes| {
                // Few different numbers make many ties.
                prop::collection::vec(prop::collection::vec((-4_i32..5).prop_map(f64::from), axes), 0..60)
            })
        ) {
            let numbers = fronts(&points);
            let all: Vec<usize> = (0..points.len()).collect();
            for &point in &all {
                let by = |front: usize| {
                    all.iter().any(|&o| numbers[o] == front && dominates(&points[o], &points[point]))
                };
                prop_assert!(!(numbers[point]..=points.len()).any(by));
                prop_assert!((1..numbers[point]).all(by));
            }
        }
    }
}
